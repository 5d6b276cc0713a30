//! Telling: what was made or renewed becomes a version of its month's record and lines of the installation's journal, as
//! one act.

use tempfile::SpooledTempFile;

use crate::{
    archive::{Archive, error::Error, evidence::last_told, writer::Act},
    digest,
    domain::{
        digest::Digest,
        journal::{JournalId, Line},
        name::Name,
    },
    record::{
        evidence::chain_file,
        facts::{ACCESSION, EVIDENCE, Fact, installation::EvidenceMade},
    },
    store::{self, Pen},
    vault::layout::OcflId,
};

/// What is to be told of a day.
pub(super) struct Change {
    pub(super) fact: EvidenceMade,
    /// The chains as they were told last; `None` for the day's first.
    pub(super) before: Option<Digest>,
    /// The chains as they are now, in DER.
    pub(super) sequence: Vec<u8>,
    /// The files that come with them, which stand at their beginning.
    pub(super) files: Vec<(String, SpooledTempFile)>,
    /// The entry of the log from which on no accession of the day may stand.
    pub(super) reached: Option<u64>,
}

/// What is told of a day, and what it rests on.
struct Telling {
    fact: EvidenceMade,
    before: Option<Digest>,
    reached: Option<u64>,
}

impl Archive {
    /// Keeps changes of one month and tells them; `false`, and nothing of them stands, when another came first.
    pub(super) fn tell_evidence(&self, month: &OcflId, changes: Vec<Change>) -> Result<bool, Error> {
        let _one_at_a_time = self.records();
        let exists = self.vault.read_inventory(month).is_ok();
        let mut staging = if exists { self.vault.new_version(month)? } else { self.vault.stage(month)? };
        let mut tellings = Vec::with_capacity(changes.len());
        for Change { fact, before, sequence, files, reached } in changes {
            for (name, mut file) in files {
                // A version that no line told may have left one.
                staging.remove(&Name::from(name.as_str()));
                staging.put(&Name::from(name.as_str()), &mut file, &[])?;
            }
            let chain = chain_file(fact.day);
            staging.remove(&Name::from(chain.as_str()));
            staging.put_bytes(&chain, &sequence)?;
            tellings.push(Telling { fact, before, reached });
        }
        let now = self.clock.now();
        let staged = staging.finish("Preuve", "cartulaire", now)?;
        let work = move |pen: &mut Pen<'_>, lines: &mut Vec<Line>| {
            for telling in &tellings {
                if !telling.is_next(pen)? {
                    return Ok(false);
                }
            }
            for telling in tellings {
                let event = Fact::EvidenceMade(telling.fact).event(None)?;
                lines.push(pen.seal(&JournalId::Installation, event, now, digest::random()?)?);
            }
            Ok(true)
        };
        self.writer.commit(Act { objects: vec![staged], papers: Vec::new(), spooled: Vec::new(), work: Box::new(work) })
    }
}

impl Telling {
    /// Whether what it rests on is still what was told last, and the day has no archive more.
    fn is_next(&self, pen: &mut Pen<'_>) -> Result<bool, Error> {
        let lines = pen.told_of(&JournalId::Installation, &self.fact.day.to_string(), EVIDENCE)?;
        if last_told(&lines)?.map(|told| told.evidence) != self.before {
            return Ok(false);
        }
        Ok(match self.reached {
            Some(reached) => self.is_over(pen, reached)?,
            None => true,
        })
    }

    /// Whether no accession of the day stands from the entry `reached` on. None can come later: no line is dated before
    /// the log's last, and this one is dated after the day.
    fn is_over(&self, pen: &mut Pen<'_>, reached: u64) -> Result<bool, store::Error> {
        Ok(pen.logged_of(ACCESSION, reached, 1)?.iter().all(|line| line.at.day() > self.fact.day))
    }
}
