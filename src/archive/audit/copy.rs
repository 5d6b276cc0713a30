//! One copy: what it is, and how a bad one is made again from a good one.

use std::{thread, time::Duration};

use crate::{
    archive::{
        Archive,
        audit::{Examined, pace::Pace},
        error::Error,
    },
    domain::{clock::Timestamp, digest::Digest},
    record::facts::{Fact, installation::VolumeRepaired},
    vault::{
        self,
        layout::OcflId,
        verify::{Fault, FaultKind, Repaired, Verification, Versions},
    },
};

/// How often a copy that seems bad is looked at again before it is called so: somebody may be replacing it.
const LOOKS: u32 = 2;

/// The rest before each of these looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// How long an object without its line may be one that is being deposited: 1 hour, in milliseconds.
const IN_FLIGHT_MILLIS: i64 = 3_600_000;

/// Faults of one copy that are told.
const MOST_FAULTS: usize = 20;

/// What a copy was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What was kept.
    Whole,
    /// Something else; it was made again from a good one, and is what was kept.
    Repaired,
    /// Something else, and no good one to make it again from: a person has to look.
    Bad,
    /// An object that no line accepts. It is left alone.
    Stranger,
}

/// A copy that was read.
struct Judged {
    bytes: u64,
    standing: Standing,
}

enum Standing {
    Whole,
    /// What is wrong, in French.
    Bad(Vec<String>),
    /// No line accepts the object; whether it stands there for longer than a deposit takes.
    Stranger {
        is_old: bool,
    },
}

/// What the catalog tells of an object.
enum Told {
    /// The digest of its first version's inventory.
    Inventory(Digest),
    /// Nothing is told of lasting records.
    Nothing,
    /// No line accepts it.
    Unknown,
}

impl Archive {
    /// Reads a copy and, when it is bad, makes it again; `None` when it was told to stop.
    pub(super) fn audit_copy(
        &self,
        object: &OcflId,
        volume: usize,
        pace: &Pace<'_>,
    ) -> Result<Option<Examined>, Error> {
        let examined =
            |outcome, bytes, faults| Ok(Some(Examined { object: object.to_string(), volume, outcome, bytes, faults }));
        let Some(judged) = self.judge(object, volume, pace)? else { return Ok(None) };
        match judged.standing {
            Standing::Whole | Standing::Stranger { is_old: false } => {
                return examined(Outcome::Whole, judged.bytes, Vec::new());
            }
            Standing::Stranger { is_old: true } => {
                tracing::error!(%object, volume, "an object stands on a volume that no line accepts");
                let why = "aucune ligne de journal n’accepte cet objet".to_owned();
                return examined(Outcome::Stranger, judged.bytes, vec![why]);
            }
            Standing::Bad(_) => {}
        }
        // Nobody of this process makes a version of a record meanwhile.
        let _no_version = (!matches!(object, OcflId::Archive { .. })).then(|| self.records());
        let Some(judged) = self.look_again(object, volume, pace)? else { return Ok(None) };
        let Standing::Bad(faults) = judged.standing else { return examined(Outcome::Whole, judged.bytes, Vec::new()) };
        match self.mend(object, volume, pace)? {
            Mended::Stopped => Ok(None),
            Mended::Whole => examined(Outcome::Repaired, judged.bytes, faults),
            Mended::Not(reasons) => {
                tracing::error!(%object, volume, ?faults, ?reasons, "a bad copy could not be repaired");
                examined(Outcome::Bad, judged.bytes, faults.into_iter().chain(reasons).collect())
            }
        }
    }

    fn look_again(&self, object: &OcflId, volume: usize, pace: &Pace<'_>) -> Result<Option<Judged>, Error> {
        let mut last = None;
        for _ in 0..LOOKS {
            thread::sleep(BETWEEN_LOOKS);
            last = self.judge(object, volume, pace)?;
            if last.as_ref().is_none_or(|judged| !matches!(judged.standing, Standing::Bad(_))) {
                break;
            }
        }
        Ok(last)
    }

    /// Reads a copy, and holds it against its inventory, the catalog and the other volumes' versions.
    fn judge(&self, object: &OcflId, volume: usize, pace: &Pace<'_>) -> Result<Option<Judged>, Error> {
        let read = self.vault.verify_object_paced(object, volume, &mut |bytes| pace.spend(bytes))?;
        let Some(verification) = read else { return Ok(None) };
        let told = self.told_of(object)?;
        let bytes = verification.bytes;
        if let (Told::Unknown, OcflId::Archive { archive, .. }) = (&told, object) {
            let age = archive.minted_at().map_or(i64::MAX, |at: Timestamp| self.clock.now().millis() - at.millis());
            let is_gone = verification.inventory.is_none() && verification.faults.iter().all(is_of_all);
            return Ok(Some(Judged {
                bytes,
                standing: Standing::Stranger { is_old: age > IN_FLIGHT_MILLIS && !is_gone },
            }));
        }
        let mut faults: Vec<String> = verification.faults.iter().take(MOST_FAULTS).map(sentence).collect();
        if faults.is_empty() {
            faults.extend(self.contradiction(object, volume, &verification, &told));
        }
        let standing = if faults.is_empty() { Standing::Whole } else { Standing::Bad(faults) };
        Ok(Some(Judged { bytes, standing }))
    }

    /// What speaks against a copy that holds together: the journal, or what another volume has.
    fn contradiction(
        &self,
        object: &OcflId,
        volume: usize,
        verification: &Verification,
        told: &Told,
    ) -> Option<String> {
        if let Told::Inventory(told) = told
            && verification.versions.first() != Some(told)
        {
            return Some("son inventaire n’est pas celui que dit le journal".to_owned());
        }
        let others = self.vault.reachable().into_iter().filter(|other| *other != volume);
        others.into_iter().find_map(|other| match self.vault.compare_versions(object, volume, other)? {
            Versions::Same | Versions::Ahead => None,
            Versions::Behind => Some("un autre volume en a une version ultérieure".to_owned()),
            // The journal has decided already which of two first versions is the right one.
            Versions::Forked if matches!(told, Told::Inventory(_)) => None,
            Versions::Forked => Some("un autre volume en a d’autres versions".to_owned()),
        })
    }

    fn told_of(&self, object: &OcflId) -> Result<Told, Error> {
        let OcflId::Archive { tenant, archive, generation } = object else { return Ok(Told::Nothing) };
        let kept = self.store.holdings(tenant).archive(*archive)?;
        let kept = kept.filter(|kept| kept.archive.generation == *generation);
        Ok(kept.map_or(Told::Unknown, |kept| Told::Inventory(kept.inventory)))
    }

    /// Makes a bad copy again from the first good one that any other volume has.
    fn mend(&self, object: &OcflId, volume: usize, pace: &Pace<'_>) -> Result<Mended, Error> {
        if let Err(unavailable) = self.vault.ensure_writable(0) {
            return Ok(Mended::Not(vec![format!("le journal ne peut pas être écrit : {unavailable}")]));
        }
        let told = self.told_of(object)?;
        let mut reasons = Vec::new();
        for from in self.vault.reachable().into_iter().filter(|from| *from != volume) {
            if !self.may_give(object, from, volume, &told) {
                reasons.push("la copie d’un autre volume la contredit".to_owned());
                continue;
            }
            let repaired = match self.vault.repair(object, from, volume) {
                Ok(repaired) => repaired,
                Err(error @ vault::error::Error::Corrupt { .. }) => {
                    tracing::error!(%object, volume = from, %error, "the other copy is bad too");
                    reasons.push("la copie d’un autre volume est altérée aussi".to_owned());
                    continue;
                }
                Err(error) => {
                    reasons.push(format!("la copie n’a pas pu être refaite : {error}"));
                    continue;
                }
            };
            match self.judge(object, volume, pace)? {
                None => return Ok(Mended::Stopped),
                Some(Judged { standing: Standing::Whole, .. }) => {
                    self.tell_repaired(object.to_string(), repaired, from, volume)?;
                    return Ok(Mended::Whole);
                }
                Some(_) => reasons.push("la copie refaite n’a pas pu être relue".to_owned()),
            }
        }
        if reasons.is_empty() {
            reasons.push("aucun autre volume n’est accessible".to_owned());
        }
        Ok(Mended::Not(reasons))
    }

    /// Whether the copy on `from` may take the place of the one on `to`, by their inventories.
    fn may_give(&self, object: &OcflId, from: usize, to: usize, told: &Told) -> bool {
        if let Told::Inventory(told) = told {
            return self.vault.first_inventory(object, from) == Some(*told);
        }
        !matches!(self.vault.compare_versions(object, from, to), Some(Versions::Behind | Versions::Forked))
    }

    /// Tells that something on a volume was made again.
    pub(super) fn tell_repaired(
        &self,
        object: String,
        repaired: Repaired,
        from: usize,
        to: usize,
    ) -> Result<(), Error> {
        tracing::warn!(object, from, to, "a bad copy was made again from a good one");
        let name = |volume: usize| self.vault.volume_id(volume).unwrap_or_default();
        let Repaired { files, bytes } = repaired;
        self.tell(Fact::VolumeRepaired(VolumeRepaired { bytes, files, object, source: name(from), volume: name(to) }))
    }
}

/// How the repair of a copy ended.
enum Mended {
    Whole,
    /// Why not, in French.
    Not(Vec<String>),
    Stopped,
}

/// Whether the fault is that nothing is there.
fn is_of_all(fault: &Fault) -> bool {
    fault.path.as_os_str().is_empty()
}

/// What is wrong with a file, in French.
fn sentence(fault: &Fault) -> String {
    let path = fault.path.display();
    match (fault.kind, is_of_all(fault)) {
        (FaultKind::Missing, true) => "l’objet entier manque".to_owned(),
        (FaultKind::Missing, false) => format!("{path} manque"),
        (FaultKind::Altered, _) => format!("{path} est altéré ou illisible"),
        (FaultKind::Extra, _) => format!("{path} est en trop"),
    }
}
