//! The journals' lines about an archive, each held against the published log; what covers the line that accepted it.

use std::cell::Cell;

use crate::{
    archive::{Archive, access::Kept, error::Error, log::entry, published::Published},
    domain::{
        digest::Digest,
        journal::{Head, JournalId, Line},
    },
    pdf::document::{Attachment, Relation},
    proof::{
        checkpoint::SignedCheckpoint,
        merkle::{inclusion, leaf_hash, verify_inclusion},
        vkey::Vkey,
    },
    record::{
        facts::{ACCESSION, AMENDMENT, DELETION, EVIDENCE, FIXITY_CHECK, Fact, REPLICATION},
        integrity::{Checkpoint, EvidenceStep, Fixity, LineSeen, State},
    },
    vault::layout::OcflId,
};

/// Lines about one object that are looked at.
const LINES_ABOUT: u32 = 1_000;

/// Audits and repairs that are told, the last ones.
const FIXITY_TOLD: usize = 100;

/// What the object of an audit of all copies is called.
const ALL_COPIES: &str = "volumes";

/// What the journals and the log say of an archive.
pub(super) struct Covered {
    pub lines: Vec<LineSeen>,
    /// The line that tells its present inventory, and this inventory: the one that accepted it, the one that destroyed the
    /// generation before it, or its last amendment's.
    pub accession: Option<(Line, Digest)>,
    /// The log in which that line stands.
    pub of: Published,
    pub checkpoint: Option<Last>,
    pub fixity: Vec<Fixity>,
    pub evidence: Vec<EvidenceStep>,
}

/// The last checkpoint of the log.
pub(super) struct Last {
    pub signed: SignedCheckpoint,
    pub told: Checkpoint,
}

/// A line, and the log that should cover it.
pub(super) struct Covering<'a> {
    pub line: &'a Line,
    /// The log in which it stands.
    pub of: &'a Published,
    /// The entries that the log's tiles can be read for.
    pub size: u64,
    /// Whether the last checkpoint covers the line.
    pub state: State,
}

/// The line that tells the inventory of a generation, of those up to this one.
fn telling(line: &Line, generation: u32, before: Option<(Line, Digest)>) -> Result<Option<(Line, Digest)>, Error> {
    if ![ACCESSION, AMENDMENT, DELETION].contains(&line.event.kind.as_str()) {
        return Ok(before);
    }
    let told = match Fact::read(&line.event)? {
        Some(Fact::Accepted(fact)) if fact.generation == generation => Some(fact.inventory),
        Some(Fact::Amended(fact)) if before.is_some() => Some(fact.inventory),
        Some(Fact::Destroyed(fact)) if fact.generation + 1 == generation => fact.successor,
        _ => None,
    };
    Ok(told.map(|inventory| (line.clone(), inventory)).or(before))
}

impl Archive {
    /// What the journals and the log say of an archive and of its transfer.
    pub(super) fn covered(&self, kept: &Kept) -> Result<Covered, Error> {
        let archive = &kept.archive;
        let journal = JournalId::LifeCycle(archive.tenant.clone());
        let mut lines = self.store.lines_about(&journal, &archive.transfer.to_string(), 0, LINES_ABOUT)?;
        lines.extend(self.store.lines_about(&journal, &archive.id.to_string(), 0, LINES_ABOUT)?);
        lines.sort_by_key(|line| line.position);
        let mut accession = None;
        for line in &lines {
            accession = telling(line, archive.generation, accession)?;
        }
        let of = accession.as_ref().map_or(Ok(Published::OWN), |(line, _)| self.published(line))?;
        let checkpoint = self.last(&of)?;
        let seen = self.all_seen(&lines)?;
        let object =
            OcflId::Archive { tenant: archive.tenant.clone(), archive: archive.id, generation: archive.generation };
        // Whatever was looked at here was looked at since a line that came from elsewhere.
        let since = accession.as_ref().filter(|_| of.number().is_none()).map_or(0, |(line, _)| line.entry);
        let day = archive.accepted_at.day().to_string();
        let evidence = if of.number().is_none() { self.evidence_steps(&day)? } else { Vec::new() };
        Ok(Covered { lines: seen, accession, of, checkpoint, fixity: self.fixity(&object, since)?, evidence })
    }

    /// A line against the checkpoint's tree, and the state of that.
    pub(super) fn covering<'a>(&self, line: &'a Line, of: &'a Published, last: &Last) -> Result<Covering<'a>, Error> {
        let size = last.signed.checkpoint().size();
        Ok(Covering { line, of, size, state: self.state_under(line, of, &last.signed, size)? })
    }

    /// The proof of the line that accepted the archive, as a file for others.
    pub(super) fn line_proof(&self, covering: &Covering<'_>) -> Result<Option<Attachment>, Error> {
        if covering.state != State::Verified {
            return Ok(None);
        }
        Ok(Some(Attachment {
            name: "entree.tlog-proof".to_owned(),
            mime: "text/plain".to_owned(),
            description: "La preuve que la ligne d’entrée est au registre (C2SP tlog-proof)".to_owned(),
            relation: Relation::Supplement,
            bytes: self.proof(covering.line)?.to_string().into_bytes(),
        }))
    }

    /// Whether a line says what was sealed and stands under a checkpoint, of which the tiles of `size` entries tell.
    pub(super) fn state_under(
        &self,
        line: &Line,
        of: &Published,
        under: &SignedCheckpoint,
        size: u64,
    ) -> Result<State, Error> {
        let before = Head { length: line.position, digest: line.previous, at: None, first: None };
        if before.step(line).is_err() {
            return Ok(State::Faulty);
        }
        let checkpoint = under.checkpoint();
        if line.entry >= checkpoint.size() || checkpoint.size() > size {
            return Ok(State::NotVerified);
        }
        let first = self.first_in_log(line)?;
        let leaf = leaf_hash(&entry::of(line, first)?.to_bytes()?);
        let is_read = Cell::new(false);
        let found = self.with_tiles_of(of, size, |read| {
            let path = inclusion(line.entry, checkpoint.size(), read)?.unwrap_or_default();
            is_read.set(true);
            let holds = verify_inclusion(leaf, line.entry, checkpoint.size(), &path, checkpoint.root());
            holds.then_some(()).ok_or_else(|| Error::Inconsistent(format!("the log has another entry {}", line.entry)))
        });
        Ok(match found {
            Ok(()) => State::Verified,
            Err(_) if is_read.get() => State::Faulty,
            Err(error) => {
                tracing::warn!(%error, entry = line.entry, "the log's tiles cannot be read");
                State::NotVerified
            }
        })
    }

    /// Whether the log's key of that time signed a checkpoint, and that key.
    pub(super) fn signed(&self, of: &Published, signed: &SignedCheckpoint) -> Result<(State, String), Error> {
        let (keys, origin) = self.keys_of(of)?;
        let checkpoint = signed.checkpoint();
        let Some(key) = keys.iter().rfind(|key| key.from <= checkpoint.size()) else {
            return Ok((State::NotVerified, String::new()));
        };
        let vkey: Result<Vkey, _> = key.vkey.parse();
        let holds = vkey.is_ok_and(|vkey| signed.verify(&[vkey]).is_ok()) && checkpoint.origin() == origin;
        Ok((if holds { State::Verified } else { State::Faulty }, key.vkey.clone()))
    }

    fn last(&self, of: &Published) -> Result<Option<Last>, Error> {
        let Some(signed) = self.last_of(of)? else { return Ok(None) };
        let (state, key) = self.signed(of, &signed)?;
        let checkpoint = signed.checkpoint();
        let told = Checkpoint {
            origin: checkpoint.origin().to_owned(),
            size: checkpoint.size(),
            root: checkpoint.root().to_base64(),
            key,
            state,
        };
        Ok(Some(Last { signed, told }))
    }

    /// Every line, each against the last checkpoint of the log in which it stands.
    fn all_seen(&self, lines: &[Line]) -> Result<Vec<LineSeen>, Error> {
        let mut at_hand: Option<(Published, Option<SignedCheckpoint>)> = None;
        let mut seen = Vec::with_capacity(lines.len());
        for line in lines {
            let seam = self.store.seam_of(&line.journal, line.position)?.map(|seam| seam.number);
            let (of, last) = if let Some(same) = at_hand.take().filter(|(of, _)| of.number() == seam) {
                same
            } else {
                let of = self.published(line)?;
                let last = self.last_of(&of)?;
                (of, last)
            };
            seen.push(self.seen(line, &of, last.as_ref())?);
            at_hand = Some((of, last));
        }
        Ok(seen)
    }

    fn seen(&self, line: &Line, of: &Published, under: Option<&SignedCheckpoint>) -> Result<LineSeen, Error> {
        let state = match under {
            Some(under) => self.state_under(line, of, under, under.checkpoint().size())?,
            None => State::NotVerified,
        };
        Ok(LineSeen {
            journal: line.journal.clone(),
            position: line.position,
            entry: line.entry,
            at: line.at,
            kind: line.event.kind.clone(),
            object: line.event.object.clone(),
            outcome: line.event.outcome.clone(),
            actor: line.event.actor,
            digest: line.digest,
            state,
        })
    }

    /// Audits of all copies since an entry of the log, and repairs of an object; the last ones.
    fn fixity(&self, object: &OcflId, since: u64) -> Result<Vec<Fixity>, Error> {
        let mut told = Vec::new();
        for (about, kind) in [(ALL_COPIES.to_owned(), FIXITY_CHECK), (object.to_string(), REPLICATION)] {
            self.each_about(&about, &mut |line| {
                if line.entry > since && line.event.kind == kind {
                    told.extend(fixity(&line)?);
                    // Twice what is told is held at most.
                    if told.len() > 2 * FIXITY_TOLD {
                        told.drain(..FIXITY_TOLD);
                    }
                }
                Ok(())
            })?;
        }
        told.sort_by_key(|one| one.entry);
        Ok(told.split_off(told.len().saturating_sub(FIXITY_TOLD)))
    }

    fn evidence_steps(&self, day: &str) -> Result<Vec<EvidenceStep>, Error> {
        let mut steps = Vec::new();
        self.each_about(day, &mut |line| {
            if line.event.kind == EVIDENCE
                && let Some(Fact::EvidenceMade(fact)) = Fact::read(&line.event)?
            {
                let (at, entry) = (line.at, line.entry);
                steps.push(EvidenceStep { at, entry, step: fact.step, evidence: fact.evidence });
            }
            Ok(())
        })?;
        Ok(steps)
    }

    /// Every line of the installation's journal about something.
    fn each_about(&self, object: &str, each: &mut dyn FnMut(Line) -> Result<(), Error>) -> Result<(), Error> {
        let mut from = 0;
        loop {
            let lines = self.store.lines_about(&JournalId::Installation, object, from, LINES_ABOUT)?;
            let Some(last) = lines.last() else { return Ok(()) };
            from = last.position + 1;
            lines.into_iter().try_for_each(&mut *each)?;
        }
    }
}

fn fixity(line: &Line) -> Result<Option<Fixity>, Error> {
    let (copies, bad, repaired) = match Fact::read(&line.event)? {
        Some(Fact::Audited(fact)) => (fact.copies, fact.bad, fact.repaired),
        Some(Fact::VolumeRepaired(_)) => (1, 1, 1),
        _ => return Ok(None),
    };
    let (at, entry, kind) = (line.at, line.entry, line.event.kind.clone());
    Ok(Some(Fixity { at, entry, kind, copies, bad, repaired }))
}
