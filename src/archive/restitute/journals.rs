//! The lines that no sealed day holds yet; those of the installation that proofs need; the referentials as files.

use std::{
    collections::BTreeMap,
    io::{Seek, SeekFrom, Write},
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        error::Error,
        referentials::{self, Entries, Notation, record_object},
        restitute::{RestituteError, sink::Sink, task::Task},
    },
    domain::{
        journal::{JournalId, Line},
        name::Name,
        referential::Referential,
    },
    record::{
        self,
        facts::{LOG_KEY, TENANT_CREATION, TENANT_TAKING, TIME_STAMPING},
        restitution,
    },
};

/// Lines read at once.
const LINES_AT_ONCE: u32 = 1_000;

impl Task<'_> {
    /// The lines of the tenant that no sealed day holds, day by day in the order of the log; and the installation's.
    pub(super) fn journals(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let mut open: BTreeMap<(chrono::NaiveDate, u64), String> = BTreeMap::new();
        for one in &self.cut.journals {
            let mut from = one.sealed;
            while from < one.length {
                let lines = self.archive.store.lines(&one.journal, from, LINES_AT_ONCE)?;
                let Some(last) = lines.last() else { break };
                from = last.position + 1;
                for line in lines.iter().filter(|line| line.position < one.length) {
                    open.insert((line.at.day(), line.entry), record::line::to_json(line)?);
                }
            }
        }
        let mut days: BTreeMap<chrono::NaiveDate, String> = BTreeMap::new();
        for ((day, _), line) in open {
            let text = days.entry(day).or_default();
            text.push_str(&line);
            text.push('\n');
        }
        for (day, text) in days {
            self.put(sink, &format!("journal/{day}.jsonl"), text.as_bytes())?;
        }
        self.installation(sink)
    }

    /// The installation's lines that proofs need, in the order of the log.
    fn installation(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let mut few = Vec::new();
        for kind in [LOG_KEY, TENANT_CREATION, TENANT_TAKING] {
            self.each_told(kind, &mut |line| {
                let is_ours = kind == LOG_KEY || line.event.object == self.cut.tenant.id.to_string();
                few.extend(is_ours.then_some(line));
                Ok(())
            })?;
        }
        few.sort_by_key(|line: &Line| std::cmp::Reverse(line.entry));
        let mut file = self.archive.work_file();
        self.each_told(TIME_STAMPING, &mut |line| {
            while few.last().is_some_and(|few| few.entry < line.entry) {
                few.pop().map_or(Ok(()), |line| write(&mut file, &line))?;
            }
            write(&mut file, &line)
        })?;
        while let Some(line) = few.pop() {
            write(&mut file, &line)?;
        }
        let size = file.stream_position()?;
        file.seek(SeekFrom::Start(0))?;
        self.pour(sink, restitution::INSTALLATION, size, &mut file)
    }

    /// Every line of the installation's of a kind, under the checkpoint.
    fn each_told(&self, kind: &str, each: &mut dyn FnMut(Line) -> Result<(), Error>) -> Result<(), Error> {
        let mut from = 0;
        loop {
            let lines = self.archive.store.logged_of(kind, from, LINES_AT_ONCE)?;
            let Some(last) = lines.last() else { return Ok(()) };
            from = last.entry + 1;
            for line in lines.into_iter().filter(|line| line.journal == JournalId::Installation) {
                if line.entry >= self.cut.log.size {
                    return Ok(());
                }
                each(line)?;
            }
        }
    }

    /// The referentials, as of the version of their record that the restitution holds.
    pub(super) fn referentials(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let vault = &self.archive.vault;
        let object = record_object(&self.cut.tenant.id, referentials::OBJECT)?;
        let end = self.last_instant()?;
        let made = vault.made(&object)?.into_iter().take_while(|made| *made <= end).count();
        let version = u32::try_from(made).unwrap_or(u32::MAX);
        if version == 0 {
            return Ok(());
        }
        let extract = vault.extract(&object, version, None)?;
        for kind in Referential::ALL {
            let Some(digest) = extract.inventory.find(&Name::from(referentials::file_of(kind).as_str())) else {
                continue;
            };
            let bytes = vault.read_content(&object, digest)?;
            let entries = Entries::read(kind, Notation::Json, &bytes)
                .map_err(|faults| Error::Inconsistent(format!("a referential cannot be read back: {faults:?}")))?;
            self.put(sink, &format!("referentials/{}.json", kind.word()), &bytes)?;
            self.put(sink, &format!("referentials/{}.csv", kind.word()), &entries.write(Notation::Csv)?)?;
        }
        Ok(())
    }
}

fn write(file: &mut SpooledTempFile, line: &Line) -> Result<(), Error> {
    file.write_all(record::line::to_json(line)?.as_bytes())?;
    Ok(file.write_all(b"\n")?)
}
