//! How the archive is: its volumes, its writer, and whether what it keeps is still what it kept.

use crate::{
    archive::{Archive, error::Error},
    domain::journal::{Head, JournalId},
    vault::{layout::OcflId, verify::Verification, volume::VolumeStatus},
};

/// Lines of a journal read at once.
const LINES_AT_ONCE: u32 = 1_000;

/// How the archive is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Each volume.
    pub volumes: Vec<VolumeStatus>,
    /// Whether deposits can be taken now.
    pub takes_deposits: bool,
    /// Whether writing has stopped until a restart.
    pub stopped: bool,
    /// Whether volumes share a device.
    pub one_disk: bool,
}

/// What a verification found.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Copies of objects read.
    pub copies: u64,
    /// Copies that are not what was kept: the object, the volume's place, what is wrong.
    pub bad: Vec<(OcflId, usize, String)>,
    /// Journals whose chain was followed, with their length.
    pub journals: Vec<(JournalId, u64)>,
    /// Journals that do not hold, and where.
    pub broken: Vec<String>,
}

impl Archive {
    /// How the archive is now.
    pub fn health(&self) -> Health {
        Health {
            volumes: self.vault.status(),
            takes_deposits: !self.writer.has_stopped() && self.vault.ensure_writable(0).is_ok(),
            stopped: self.writer.has_stopped(),
            one_disk: self.vault.shares_device(),
        }
    }

    /// Reads every copy of every object against its inventory, and follows every journal's chain. Seals, the log,
    /// time-stamps and signatures are not verified here.
    pub fn verify(&self, on_copy: &mut dyn FnMut(&OcflId, usize)) -> Result<Verified, Error> {
        let mut verified = Verified::default();
        for volume in self.vault.reachable() {
            for object in self.vault.list_objects(volume)? {
                let object = object?;
                let verification: Verification = self.vault.verify_object(&object, volume)?;
                on_copy(&object, volume);
                verified.copies += 1;
                verified
                    .bad
                    .extend(verification.faults.iter().map(|fault| (object.clone(), volume, format!("{fault:?}"))));
            }
        }
        for (journal, head) in self.store.heads()? {
            match self.follow(&journal, head)? {
                None => verified.journals.push((journal, head.length)),
                Some(broken) => verified.broken.push(broken),
            }
        }
        Ok(verified)
    }

    fn follow(&self, journal: &JournalId, to: Head) -> Result<Option<String>, Error> {
        let mut head = Head::EMPTY;
        while head.length < to.length {
            let lines = self.store.lines(journal, head.length, LINES_AT_ONCE)?;
            if lines.is_empty() {
                return Ok(Some(format!(
                    "journal {journal}: {} lines are missing at its end",
                    to.length - head.length
                )));
            }
            for line in &lines {
                head = match head.step(line) {
                    Ok(next) => next,
                    Err(broken) => return Ok(Some(broken.to_string())),
                };
            }
        }
        Ok((head.digest != to.digest).then(|| format!("journal {journal}: its last line is not the one it ends with")))
    }
}
