//! Witnesses of the log: they are asked to cosign its checkpoints, and never waited for by a deposit. A quorum that is
//! lacking too long is told.

use std::{collections::BTreeMap, sync::PoisonError};

use crate::{
    archive::{Archive, error::Error, log::read, means::WitnessDoor},
    domain::clock::Timestamp,
    proof::{
        checkpoint::SignedCheckpoint,
        exchange::{AddCheckpoint, Answer, PATH},
        merkle::{Hash, consistency},
        note::Signature,
    },
    record::facts::{Fact, installation::Witnessed},
    vault::beside::Beside,
};

/// The folder of checkpoints that a quorum cosigned, within the log's.
pub const FOLDER: &str = "witnessed";

/// The lease under which one node asks the witnesses.
const LEASE: &str = "witnessing";
const LEASE_MILLIS: i64 = 300_000;

/// What is known of the witnesses between two rounds.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The size at which each stands, by the text of its key.
    sizes: BTreeMap<String, u64>,
    /// Since when a quorum is lacking.
    lacking_since: Option<Timestamp>,
    told: bool,
}

/// How a round of asking ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessing {
    /// Entries of the checkpoint that they were asked about.
    pub size: u64,
    /// Whether a quorum cosigned it.
    pub quorum: bool,
    /// What each witness did, in French, by its name.
    pub answers: Vec<(String, String)>,
}

impl Archive {
    /// Asks every witness for its cosignature of the last checkpoint; `None` when there is no witness, nothing new to
    /// cosign, or another node is at it.
    pub fn witness(&self) -> Result<Option<Witnessing>, Error> {
        if self.means.witnesses.doors.is_empty() {
            return Ok(None);
        }
        let Some(_lease) = self.lease(LEASE, LEASE_MILLIS)? else { return Ok(None) };
        let Some((mut checkpoint, _)) = self.last_checkpoint()? else { return Ok(None) };
        let size = checkpoint.checkpoint().size();
        if self.last_witnessed()? == Some(size) {
            return Ok(None);
        }
        let mut answers = Vec::new();
        for door in &self.means.witnesses.doors {
            let (signatures, said) = self.ask_witness(door, &checkpoint)?;
            checkpoint.note_mut().add(signatures);
            answers.push((door.key.name().to_owned(), said));
        }
        let quorum = self.means.witnesses.policy.met_by(checkpoint.note()).is_met;
        if quorum {
            let file = (format!("{FOLDER}/{size}.checkpoint"), checkpoint.to_string().into_bytes());
            self.vault.put_beside(Beside::Log, &[file])?;
        }
        self.watch_quorum(quorum, size)?;
        Ok(Some(Witnessing { size, quorum, answers }))
    }

    /// Entries of the last checkpoint that a quorum cosigned.
    pub fn last_witnessed(&self) -> Result<Option<u64>, Error> {
        Ok(read::kept_sizes(&self.vault, FOLDER)?.into_iter().max())
    }

    /// Since when the quorum of witnesses is lacking, as this process knows it.
    pub fn witness_gap(&self) -> Option<Timestamp> {
        self.witnesses.lock().unwrap_or_else(PoisonError::into_inner).lacking_since
    }

    /// Asks one witness, again from where it stands when that is elsewhere than we thought.
    fn ask_witness(
        &self,
        door: &WitnessDoor,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(Vec<Signature>, String), Error> {
        let (key, size) = (door.key.to_string(), checkpoint.checkpoint().size());
        let mut known = self.witnesses.lock().unwrap_or_else(PoisonError::into_inner);
        let mut old = known.sizes.get(&key).copied().unwrap_or(0);
        for _ in 0..2 {
            let proof = self.consistency(old, size)?.unwrap_or_default();
            let asked = AddCheckpoint { old, proof, checkpoint: checkpoint.clone() };
            let url = format!("{}{PATH}", door.url.trim_end_matches('/'));
            let answer = match self.means.caller.post(&url, "text/plain; charset=utf-8", asked.to_string().as_bytes()) {
                Ok(answer) => answer,
                Err(error) => return Ok((Vec::new(), format!("injoignable ({error})"))),
            };
            let keys = std::slice::from_ref(&door.key);
            match Answer::read(answer.status, &answer.body, checkpoint.note(), keys) {
                Answer::Cosigned(signatures) => {
                    known.sizes.insert(key, size);
                    return Ok((signatures, "a cosigné".to_owned()));
                }
                Answer::Stands { size: stands } if stands < size && stands != old => old = stands,
                Answer::Stands { size: stands } => {
                    tracing::error!(witness = door.key.name(), stands, size, "a witness has seen another log");
                    return Ok((Vec::new(), format!("a vu un autre registre : il en est à {stands} entrées")));
                }
                Answer::Refused(422) => {
                    tracing::error!(witness = door.key.name(), size, "a witness sees a fork of the log");
                    return Ok((Vec::new(), "refuse : ce registre ne prolonge pas celui qu’il a vu".to_owned()));
                }
                Answer::Refused(status) => return Ok((Vec::new(), format!("refuse (statut {status})"))),
                Answer::Useless => return Ok((Vec::new(), "sa signature n’est pas celle de sa clé".to_owned())),
            }
        }
        Ok((Vec::new(), "change d’avis d’une demande à l’autre".to_owned()))
    }

    /// The proof that the log of `new` entries begins with that of `old`; `None` when `old` is more.
    pub(super) fn consistency(&self, old: u64, new: u64) -> Result<Option<Vec<Hash>>, Error> {
        self.with_tiles(new, |read| consistency(old, new, read))
    }

    fn watch_quorum(&self, quorum: bool, size: u64) -> Result<(), Error> {
        let now = self.clock.now();
        let mut known = self.witnesses.lock().unwrap_or_else(PoisonError::into_inner);
        if quorum {
            known.lacking_since = None;
            if std::mem::take(&mut known.told) {
                self.tell(Fact::Witnessed(Witnessed { quorum, size }))?;
            }
            return Ok(());
        }
        let since = *known.lacking_since.get_or_insert(now);
        if !known.told && now.millis() - since.millis() >= self.means.witnesses.patience_millis {
            tracing::error!(%since, "the quorum of witnesses is lacking");
            let size = self.last_witnessed()?.unwrap_or(0);
            self.tell(Fact::Witnessed(Witnessed { quorum, size }))?;
            known.told = true;
        }
        Ok(())
    }
}
