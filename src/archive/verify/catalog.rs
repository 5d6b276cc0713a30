//! The catalog: its lines, each after the one before it, each the one of the log; its heads; its headers of archives.

use std::collections::{BTreeSet, HashMap};

use crate::{
    archive::{
        brought::BroughtLog,
        log::entry,
        verify::{
            brought::{self, Brought},
            finding::{Book, Layer},
            shelf::{Entries, Shelf},
        },
    },
    domain::{
        digest::Digest,
        journal::{Head, JournalId, Line},
        tenant::TenantId,
    },
    record::facts::{AMENDMENT, DELETION, Fact, TENANT_TAKING, life_cycle::Accepted},
    store::{Error, Store},
    vault::Vault,
};

/// Lines read at once.
const LINES_AT_ONCE: u32 = 2_560;

/// Holds the catalog against the log of a volume, up to `size` entries.
pub(super) fn read(store: &Store, vault: &Vault, size: u64, book: &mut Book) {
    let logs = brought::kept(vault, book);
    let mut walk = Walk {
        store,
        entries: Entries::new(Shelf::own(vault), size),
        brought: Brought::as_they_are(vault, &logs),
        ranks: HashMap::new(),
        heads: HashMap::new(),
        expected: 0,
        book: &mut *book,
    };
    if let Err(error) = walk.taken(&logs).and_then(|()| walk.lines(size)).and_then(|()| walk.ends()) {
        book.found(Layer::Catalog, "catalogue", format!("Il ne se lit pas ({error})."));
    }
    book.skipped(
        "Les tables que le catalogue tire des volumes pour la recherche (unités, transferts) : « cartulaire rebuild » \
         les refait.",
    );
}

struct Walk<'a> {
    store: &'a Store,
    entries: Entries<'a>,
    /// The logs that tenants brought.
    brought: Brought<'a>,
    /// For each tenant that was taken over, the rank here before its first archive.
    ranks: HashMap<TenantId, u64>,
    heads: HashMap<JournalId, Head>,
    expected: u64,
    book: &'a mut Book,
}

impl Walk<'_> {
    /// The lines that tenants brought: they come before whatever our own log tells of them.
    fn taken(&mut self, logs: &[BroughtLog]) -> Result<(), Error> {
        let tenants: BTreeSet<&TenantId> = logs.iter().map(|log| &log.tenant).collect();
        for tenant in tenants {
            for line in self.store.told_of(&JournalId::Installation, tenant.as_str(), TENANT_TAKING)? {
                if let Ok(Some(Fact::TenantTaken(fact))) = Fact::read(&line.event) {
                    self.ranks.insert(fact.tenant, fact.rank);
                }
            }
            for journal in [JournalId::Events(tenant.clone()), JournalId::LifeCycle(tenant.clone())] {
                let (mut head, mut at) = (Head::EMPTY, 0);
                while self.brought.has(&journal, at) {
                    let page = self.store.lines(&journal, at, LINES_AT_ONCE)?;
                    if page.is_empty() {
                        let what = format!("Les lignes du journal {journal} manquent à partir de la ligne {at}.");
                        self.book.found(Layer::Catalog, "catalogue, lignes", what);
                        break;
                    }
                    for line in &page {
                        if self.brought.has(&journal, line.position) {
                            head = self.brought_line(line, head)?;
                        }
                    }
                    at = page.last().map_or(at, |line| line.position + 1);
                }
                self.heads.insert(journal, Head { first: None, ..head });
            }
        }
        Ok(())
    }

    fn brought_line(&mut self, line: &Line, head: Head) -> Result<Head, Error> {
        self.book.looked(Layer::Catalog, 1);
        let next = head.step(line);
        if next.is_err() || !self.brought.is_logged(line) {
            let place = format!("catalogue, {}, ligne {}", line.journal, line.position);
            self.book.found(
                Layer::Catalog,
                place,
                "Elle y a été modifiée : ce n’est pas celle que le service a apportée.",
            );
        }
        if let (Ok(Some(Fact::Accepted(mut fact))), Some(tenant)) = (Fact::read(&line.event), line.journal.tenant()) {
            // The rank that it had where it comes from says nothing here.
            fact.sequence = self.ranks.get(tenant).copied().unwrap_or_default() + fact.number;
            self.archive(line, &fact)?;
        }
        let on = Head { length: line.position + 1, digest: line.digest, at: Some(line.at), first: None };
        Ok(next.unwrap_or(on))
    }

    fn lines(&mut self, size: u64) -> Result<(), Error> {
        while self.expected < size {
            let mut page = self.store.logged(self.expected, LINES_AT_ONCE)?;
            page.retain(|line| line.entry < size);
            if page.is_empty() {
                let what = format!("Ses lignes manquent à partir de l’entrée {} du registre.", self.expected);
                self.book.found(Layer::Catalog, "catalogue, lignes", what);
                break;
            }
            for line in &page {
                self.line(line)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &Line) -> Result<(), Error> {
        self.book.looked(Layer::Catalog, 1);
        let place = format!("catalogue, entrée {}", line.entry);
        if line.entry != self.expected {
            let what = format!("Les lignes des entrées {} à {} manquent.", self.expected, line.entry.saturating_sub(1));
            self.book.found(Layer::Catalog, &place, what);
        }
        self.expected = line.entry + 1;
        let head = self.heads.get(&line.journal).copied().unwrap_or(Head::EMPTY);
        let next = head.step(line);
        let first = head.first.unwrap_or(line.entry);
        let expected = entry::of(line, first).ok().and_then(|entry| entry.to_bytes().ok());
        if next.is_err() || expected.is_none() || self.entries.get(line.entry) != expected.as_deref() {
            let what = format!(
                "La ligne {} du journal {} y a été modifiée : ce n’est pas celle des volumes.",
                line.position, line.journal
            );
            self.book.found(Layer::Catalog, &place, what);
        }
        let on = Head { length: line.position + 1, digest: line.digest, at: Some(line.at), first: Some(first) };
        self.heads.insert(line.journal.clone(), next.unwrap_or(on));
        match (Fact::read(&line.event), line.journal.tenant()) {
            (Ok(Some(Fact::Accepted(fact))), Some(_)) => self.archive(line, &fact),
            _ => Ok(()),
        }
    }

    /// The header of an accepted archive names the inventory that its line tells.
    fn archive(&mut self, line: &Line, fact: &Accepted) -> Result<(), Error> {
        let Some(tenant) = line.journal.tenant() else { return Ok(()) };
        let kept = self.store.holdings(tenant).archive(fact.archive)?;
        let as_accepted = (fact.generation, fact.inventory);
        let is_told = match &kept {
            Some(kept) if (kept.place.number, kept.place.sequence) != (fact.number, fact.sequence) => false,
            Some(kept) if (kept.archive.generation, kept.inventory) == as_accepted => true,
            _ => {
                let told = self.told_since(&line.journal, fact)?;
                kept.map(|kept| (kept.archive.generation, kept.inventory)) == told
            }
        };
        if !is_told {
            let place = format!("catalogue, archive {}", fact.archive);
            self.book.found(
                Layer::Catalog,
                place,
                "Sa notice n’est pas celle que la ligne d’entrée annonce, ou manque.",
            );
        }
        Ok(())
    }

    /// The generation and the inventory of an archive, as the lines since its entry leave it; `None` when it is gone.
    fn told_since(&self, journal: &JournalId, fact: &Accepted) -> Result<Option<(u32, Digest)>, Error> {
        let object = fact.archive.to_string();
        let mut lines = self.store.told_of(journal, &object, AMENDMENT)?;
        lines.extend(self.store.told_of(journal, &object, DELETION)?);
        lines.sort_by_key(|line| line.entry);
        let mut told = Some((fact.generation, fact.inventory));
        for line in lines {
            match Fact::read(&line.event) {
                Ok(Some(Fact::Amended(fact))) => told = told.map(|(generation, _)| (generation, fact.inventory)),
                Ok(Some(Fact::Destroyed(fact))) => told = fact.successor.map(|next| (fact.generation + 1, next)),
                _ => {}
            }
        }
        Ok(told)
    }

    /// Each journal ends there as the catalog says; lines may have come since.
    fn ends(&mut self) -> Result<(), Error> {
        for (journal, head) in self.store.heads()? {
            let walked = self.heads.get(&journal).copied().unwrap_or(Head::EMPTY);
            let is_same = head.length > walked.length || (head.length, head.digest) == (walked.length, walked.digest);
            if !is_same || (walked.length > 0 && head.first != walked.first) {
                let what = "La fin qu’il donne à ce journal n’est pas sa dernière ligne.";
                self.book.found(Layer::Catalog, format!("catalogue, journal {journal}"), what);
            }
        }
        if self.store.log_size()? < self.expected {
            self.book.found(Layer::Catalog, "catalogue", "Il compte moins de lignes que le registre n’a d’entrées.");
        }
        Ok(())
    }
}
