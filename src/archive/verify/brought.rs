//! The logs that tenants brought with them: each computed anew and held against its own checkpoints and time-stamps, and
//! each line that stands in one of them held against it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    archive::{
        brought::{self, BroughtLog},
        log::entry,
        verify::{
            finding::{Book, Layer},
            journals::Walk,
            log_of,
            shelf::{Entries, Shelf},
            stamps::Stamps,
            trust::Trust,
        },
    },
    domain::{
        journal::{Head, JournalId, Line},
        tenant::TenantId,
    },
    record::facts::takeover::{Cited, TakenOver},
    vault::{Vault, layout::OcflId},
};

/// The logs of all tenants of a volume.
#[derive(Default)]
pub(super) struct Brought<'a>(BTreeMap<TenantId, Vec<Log<'a>>>);

/// One of them.
struct Log<'a> {
    files: &'a BroughtLog,
    entries: Entries<'a>,
    size: u64,
    checkpoint: Option<Cited>,
    stamps: Stamps,
    /// Whether the line at which the tenant leaves it cites it.
    is_cited: bool,
}

/// The logs that the records of a volume keep.
pub(super) fn kept(vault: &Vault, book: &mut Book) -> Vec<BroughtLog> {
    let mut tenants = BTreeSet::new();
    for record in vault.list_records(0).unwrap_or_default() {
        if let OcflId::Record { tenant, name } = record
            && name.as_str() == brought::record_name(1)
        {
            tenants.insert(tenant);
        }
    }
    let mut logs = Vec::new();
    for tenant in tenants {
        match brought::logs(vault, &tenant) {
            Ok(own) => logs.extend(own),
            Err(error) => {
                let what = format!("Un registre que ce service a apporté ne se lit pas ({error}).");
                book.found(Layer::Log, format!("{tenant}, {}", brought::record_name(1)), what);
            }
        }
    }
    logs
}

impl<'a> Brought<'a> {
    /// Verifies each log by itself.
    pub(super) fn verified(vault: &'a Vault, logs: &'a [BroughtLog], book: &mut Book) -> Self {
        let mut all = Self::default();
        for log in logs {
            let shelf = Shelf::brought(vault, log);
            let mut own = Book::of(None);
            let trust = Trust::of_brought(vault, log, &mut own);
            let (ledger, stamps) = log_of(shelf, None, &trust, &mut own);
            book.take_below(&log.name(), own);
            all.add(vault, log, ledger.size, stamps);
        }
        all
    }

    /// The logs as they are, not verified here.
    pub(super) fn as_they_are(vault: &'a Vault, logs: &'a [BroughtLog]) -> Self {
        let mut all = Self::default();
        for log in logs {
            all.add(vault, log, log.told.log.size, Stamps::default());
        }
        all
    }

    fn add(&mut self, vault: &'a Vault, log: &'a BroughtLog, size: u64, stamps: Stamps) {
        let published = Shelf::brought(vault, log);
        let checkpoint = published.last().map(|signed| signed.checkpoint().clone()).map(|end| Cited {
            origin: end.origin().to_owned(),
            root: end.root().to_base64(),
            size: end.size(),
        });
        let entries = Entries::new(published, size);
        let own = Log { files: log, entries, size, checkpoint, stamps, is_cited: false };
        self.0.entry(log.tenant.clone()).or_default().push(own);
    }

    /// Whether a line came with its tenant: it stands in one of these logs, and not in the installation's.
    pub(super) fn has(&self, journal: &JournalId, position: u64) -> bool {
        self.log_at(journal, position).is_some()
    }

    fn log_at(&self, journal: &JournalId, position: u64) -> Option<usize> {
        let logs = self.0.get(journal.tenant()?)?;
        logs.iter().position(|log| log.files.told.journal(journal).is_some_and(|end| position < end.length))
    }

    /// Whether the log in which a line stands has it. A line that is none of theirs is not judged.
    pub(super) fn is_logged(&mut self, line: &Line) -> bool {
        let Some(at) = self.log_at(&line.journal, line.position) else { return true };
        let logs = line.journal.tenant().and_then(|tenant| self.0.get_mut(tenant));
        let Some(log) = logs.and_then(|logs| logs.get_mut(at)) else { return true };
        let first = log.files.told.journal(&line.journal).and_then(|end| end.first);
        let expected = first.and_then(|first| entry::of(line, first).ok()).and_then(|entry| entry.to_bytes().ok());
        line.entry < log.size && expected.is_some() && log.entries.get(line.entry) == expected.as_deref()
    }

    /// Holds a line that came with its tenant, after which its journal stands at `head`, against its log.
    pub(super) fn hold(&mut self, line: &Line, head: &Head, place: &str, book: &mut Book) {
        let Some(at) = self.log_at(&line.journal, line.position) else { return };
        if !self.is_logged(line) {
            let what = format!(
                "La ligne {} du journal {} n’est pas celle que l’entrée {} du registre apporté atteste : elle a été \
                 réécrite.",
                line.position, line.journal, line.entry
            );
            book.found(Layer::Log, place, what);
        }
        let logs = line.journal.tenant().and_then(|tenant| self.0.get_mut(tenant));
        let Some(log) = logs.and_then(|logs| logs.get_mut(at)) else { return };
        log.stamps.note(line.entry, line.at);
        let end = log.files.told.journal(&line.journal).filter(|end| end.length == head.length);
        if end.is_some_and(|end| end.head != head.digest) {
            let what = "La restitution avec laquelle ce service est venu finissait ce journal par une autre ligne.";
            book.found(Layer::Journals, place, what);
        }
    }

    /// Takes note of the line by which a tenant's life cycle goes on elsewhere: it must cite the log that it leaves.
    pub(super) fn cite(&mut self, line: &Line, fact: &TakenOver, place: &str, book: &mut Book) {
        let logs = line.journal.tenant().and_then(|tenant| self.0.get_mut(tenant));
        let log = logs.and_then(|logs| logs.iter_mut().find(|log| log.files.number == fact.log));
        let Some(log) = log else {
            return book.found(Layer::Log, place, "Le registre que cette reprise cite n’est pas là.");
        };
        let follows = log.files.told.journal(&line.journal).is_some_and(|end| end.length == line.position);
        let is_same = (log.files.inventory, log.files.restitution) == (fact.inventory, fact.restitution)
            && log.checkpoint.as_ref() == Some(&fact.checkpoint);
        if follows && is_same {
            log.is_cited = true;
        } else {
            let what = "Le registre apporté n’est pas celui que cette reprise cite, ou elle n’est pas à sa place.";
            book.found(Layer::Log, place, what);
        }
    }

    /// Says which logs nobody cites, which journals are cut short, and which instants contradict the time-stamps.
    pub(super) fn end(&self, heads: &std::collections::HashMap<JournalId, Head>, book: &mut Book) {
        for log in self.0.values().flatten() {
            let place = log.files.name();
            if !log.is_cited {
                let what = "Aucune ligne du journal ne dit que ce service a été repris avec ce registre.";
                book.found(Layer::Log, &place, what);
            }
            for end in &log.files.told.journals {
                let stands = heads.get(&end.journal).map_or(0, |head| head.length);
                if stands < end.length {
                    let what =
                        format!("Il manque les lignes {stands} à {} du journal {}.", end.length - 1, end.journal);
                    book.found(Layer::Journals, &place, what);
                }
            }
            let mut own = Book::of(None);
            log.stamps.judge(&mut own);
            book.take_below(&place, own);
        }
    }
}

/// The last lines that each tenant brought, which no sealed day held then: they stand with its log, and in a day sealed
/// since.
pub(super) fn tails(walk: &mut Walk<'_>, logs: &[BroughtLog]) {
    for log in logs {
        let mut lines = Vec::new();
        let read = log.tail(walk.vault, &mut |line, file| {
            lines.push((line, format!("{}, {file}", log.name())));
            Ok(())
        });
        if let Err(error) = read {
            let what = format!("Les dernières lignes qui sont venues avec ce registre ne se lisent pas ({error}).");
            walk.book.found(Layer::Journals, log.name(), what);
        }
        for (line, place) in lines {
            if walk.sealed.get(&line.journal).is_none_or(|length| line.position >= *length) {
                walk.step(&line, &place);
            } else if !walk.brought.is_logged(&line) {
                let what = "Cette ligne n’est pas celle qui est scellée à la même place.";
                walk.book.found(Layer::Journals, &place, what);
            }
        }
    }
}
