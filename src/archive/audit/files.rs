//! The files beside the objects: the log's, made again from the lines, and those whose digests lines tell: time-stamp
//! tokens and reports of refusals.

use crate::{
    archive::{
        Archive,
        audit::{Examined, Outcome, pace::Pace},
        error::Error,
        log::{derive::Derived, publish::CHECKPOINT, read},
        stamps,
    },
    digest,
    domain::{digest::Digest, journal::Line},
    proof::checkpoint::Checkpoint,
    record::facts::{Fact, REFUSAL, TIME_STAMPING, installation::VolumeRepaired},
    vault::{
        beside::{Beside, File},
        papers::PaperPlace,
        verify::Repaired,
    },
};

/// What a file of the log that was made again comes from.
const FROM_LINES: &str = "journals";

/// The paper of a refusal whose digest its line tells.
const REPORT: &str = "report.jsonl";

impl Archive {
    /// Holds the files of a volume that are no objects against the lines, and makes bad ones again; whether it came to
    /// the end.
    pub(super) fn audit_files(
        &self,
        volume: usize,
        pace: &Pace<'_>,
        each: &mut dyn FnMut(&Examined),
    ) -> Result<bool, Error> {
        let Some((checkpoint, bytes)) = self.last_checkpoint()? else { return Ok(true) };
        let published = checkpoint.checkpoint();
        // A checkpoint is published a moment before the catalog has its lines.
        let known = self.store.log_size()?.min(published.size());
        let mut derived = Derived::new(&self.store, known)?;
        while let Some(page) = derived.next()? {
            if pace.pauses() {
                return Ok(false);
            }
            for file in &page.files {
                if !pace.spend(length(&file.1)) {
                    return Ok(false);
                }
                self.audit_log_file(volume, file, each)?;
            }
            for line in &page.lines {
                self.audit_told_file(volume, line, pace, each)?;
            }
        }
        if known == published.size() {
            self.audit_ends(volume, &derived, published, each)?;
        }
        if read::checkpoint_on(&self.vault, volume)?.is_none() {
            self.mend_log_file(volume, &(CHECKPOINT.to_owned(), bytes), each)?;
        }
        Ok(true)
    }

    fn audit_log_file(&self, volume: usize, file: &File, each: &mut dyn FnMut(&Examined)) -> Result<(), Error> {
        if self.vault.read_beside(volume, Beside::Log, &file.0)?.as_ref() == Some(&file.1) {
            let object = format!("log/{}", file.0);
            each(&Examined { object, volume, outcome: Outcome::Whole, bytes: length(&file.1), faults: Vec::new() });
            return Ok(());
        }
        self.mend_log_file(volume, file, each)
    }

    /// The files at the log's end, unless the log grew meanwhile: they are written anew then.
    fn audit_ends(
        &self,
        volume: usize,
        derived: &Derived<'_>,
        published: &Checkpoint,
        each: &mut dyn FnMut(&Examined),
    ) -> Result<(), Error> {
        for file in derived.ends() {
            let stands = self.vault.read_beside(volume, Beside::Log, &file.0)?;
            let is_last = self.last_checkpoint()?.is_some_and(|(last, _)| last.checkpoint().size() == published.size());
            if is_last && stands.as_ref() != Some(&file.1) {
                self.mend_log_file(volume, &file, each)?;
            }
        }
        if derived.root() != published.root() {
            tracing::error!(entries = published.size(), "the published checkpoint is not of these journals");
            let faults = vec!["le point de contrôle publié n’est pas celui des journaux".to_owned()];
            let object = format!("log/{CHECKPOINT}");
            each(&Examined { object, volume, outcome: Outcome::Bad, bytes: 0, faults });
        }
        Ok(())
    }

    /// The checkpoint that a volume has, when it is one.
    fn mend_log_file(&self, volume: usize, file: &File, each: &mut dyn FnMut(&Examined)) -> Result<(), Error> {
        let (object, bytes) = (format!("log/{}", file.0), length(&file.1));
        let mut faults = vec!["ce fichier du registre manque, ou n’est pas celui que font les journaux".to_owned()];
        let mended = match self.vault.ensure_writable(0) {
            Ok(()) => self.vault.mend_beside(volume, Beside::Log, file).map_err(|error| error.to_string()),
            Err(unavailable) => Err(unavailable.to_string()),
        };
        let outcome = match mended {
            Ok(()) => {
                tracing::warn!(object, volume, "a file of the log was made again from the lines");
                self.tell(Fact::VolumeRepaired(VolumeRepaired {
                    bytes,
                    files: 1,
                    object: object.clone(),
                    source: FROM_LINES.to_owned(),
                    volume: self.vault.volume_id(volume).unwrap_or_default(),
                }))?;
                Outcome::Repaired
            }
            Err(reason) => {
                tracing::error!(object, volume, reason, "a bad file of the log could not be made again");
                faults.push(format!("il n’a pas pu être refait : {reason}"));
                Outcome::Bad
            }
        };
        each(&Examined { object, volume, outcome, bytes, faults });
        Ok(())
    }

    /// Holds the file whose digest a line tells, if it tells one, against it.
    fn audit_told_file(
        &self,
        volume: usize,
        line: &Line,
        pace: &Pace<'_>,
        each: &mut dyn FnMut(&Examined),
    ) -> Result<(), Error> {
        if !matches!(line.event.kind.as_str(), REFUSAL | TIME_STAMPING) {
            return Ok(());
        }
        match (Fact::read(&line.event)?, line.journal.tenant()) {
            (Some(Fact::TimeStamped(fact)), _) => {
                let name = format!("{}/{}.{}.tst", stamps::FOLDER, fact.size, fact.authority);
                let told = ToldFile { object: format!("log/{name}"), digest: fact.token };
                let read = |at| Ok(self.vault.read_beside(at, Beside::Log, &name)?);
                let write = |bytes| Ok(self.vault.mend_beside(volume, Beside::Log, &(name.clone(), bytes))?);
                self.audit_told(volume, &told, pace, (&read, &write), each)
            }
            (Some(Fact::Refused(fact)), Some(tenant)) => {
                let Some(transfer) = self.store.holdings(tenant).transfer(fact.transfer)? else { return Ok(()) };
                let day = transfer.received_at.day();
                let paper = PaperPlace { tenant, day, transfer: fact.transfer, name: REPORT };
                let object = format!("transfers/{tenant}/{day}/{}/{REPORT}", fact.transfer);
                let told = ToldFile { object, digest: fact.report };
                let read = |at| Ok(self.vault.read_paper(at, &paper)?);
                let write = |bytes: Vec<u8>| Ok(self.vault.mend_paper(volume, &paper, &bytes)?);
                self.audit_told(volume, &told, pace, (&read, &write), each)
            }
            _ => Ok(()),
        }
    }

    fn audit_told(
        &self,
        volume: usize,
        told: &ToldFile,
        pace: &Pace<'_>,
        (read, write): (Reads<'_>, Writes<'_>),
        each: &mut dyn FnMut(&Examined),
    ) -> Result<(), Error> {
        let good = |at: usize| -> Result<Option<Vec<u8>>, Error> {
            Ok(read(at)?.filter(|bytes| digest::sha512(bytes) == told.digest))
        };
        let mut examined =
            Examined { object: told.object.clone(), volume, outcome: Outcome::Whole, bytes: 0, faults: Vec::new() };
        if let Some(bytes) = good(volume)? {
            examined.bytes = length(&bytes);
            pace.spend(examined.bytes);
            each(&examined);
            return Ok(());
        }
        examined.outcome = Outcome::Bad;
        examined.faults.push("ce fichier manque, ou n’est pas celui que dit le journal".to_owned());
        for from in self.vault.reachable().into_iter().filter(|from| *from != volume) {
            let Some(bytes) = good(from)? else { continue };
            let repaired = Repaired { files: 1, bytes: length(&bytes) };
            if self.vault.ensure_writable(0).is_ok() && write(bytes).is_ok() && good(volume)?.is_some() {
                self.tell_repaired(told.object.clone(), repaired, from, volume)?;
                examined.outcome = Outcome::Repaired;
                break;
            }
        }
        if examined.outcome == Outcome::Bad {
            tracing::error!(object = told.object, volume, "a bad file could not be repaired");
        }
        each(&examined);
        Ok(())
    }
}

/// A file whose digest a line tells.
struct ToldFile {
    /// Its path on a volume.
    object: String,
    digest: Digest,
}

/// Gives the file's bytes on a volume.
type Reads<'a> = &'a dyn Fn(usize) -> Result<Option<Vec<u8>>, Error>;
/// Writes the file again.
type Writes<'a> = &'a dyn Fn(Vec<u8>) -> Result<(), Error>;

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
