//! Lines of the journals: each canonical, each after the one before it, each the one that the log has at its place. What
//! they announce is kept for the other layers.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::{
    archive::{
        log::entry,
        verify::{
            brought::Brought,
            finding::{Book, Layer},
            shelf::Entries,
            stamps::Stamps,
        },
    },
    digest,
    domain::{
        digest::Digest,
        id::{ArchiveId, DisposalId, RestitutionId, TransferId},
        journal::{Flaw, Head, JournalId, Line},
        tenant::TenantId,
    },
    record::{
        self,
        facts::{Fact, disposal::Destroyed, events::DaySealed, life_cycle::Refused},
    },
    vault::{Vault, layout::OcflId},
};

/// The paper that holds the whole report of a refusal.
const REPORT: &str = "report.jsonl";

/// The walk along every line of a volume.
pub(super) struct Walk<'a> {
    pub(super) vault: &'a Vault,
    pub(super) book: &'a mut Book,
    pub(super) entries: Entries<'a>,
    pub(super) size: u64,
    pub(super) stamps: &'a mut Stamps,
    /// The logs that tenants brought, and what stands in them.
    pub(super) brought: Brought<'a>,
    /// Where each journal stands.
    pub(super) heads: HashMap<JournalId, Head>,
    /// How many lines of each journal are sealed.
    pub(super) sealed: HashMap<JournalId, u64>,
    /// One bit for each entry of the log that has its line.
    pub(super) seen: Vec<u64>,
    /// The first line that no checkpoint covers, and how many there are.
    pub(super) uncovered: Option<(Line, u64)>,
    /// The day on which each transfer that is not settled was received.
    received: HashMap<TransferId, NaiveDate>,
    pub(super) told: Told,
}

/// What the lines announce of the rest.
#[derive(Default)]
pub(super) struct Told {
    /// The inventory of each archive's first version, of the generation that stands.
    pub(super) archives: HashMap<OcflId, Digest>,
    /// The inventories of later versions.
    pub(super) amended: HashMap<OcflId, Vec<Digest>>,
    /// What was destroyed, and under which plan.
    pub(super) destroyed: HashMap<OcflId, DisposalId>,
    /// The list of what each destruction tells.
    pub(super) gone: Vec<(TenantId, ArchiveId, Digest)>,
    /// The generation of each archive of which something was destroyed.
    generations: HashMap<ArchiveId, u32>,
    /// The days that each owner sealed.
    pub(super) seals: Vec<(Option<TenantId>, DaySealed)>,
    /// The contents that a tenant's referentials hold.
    pub(super) referentials: Vec<(TenantId, Digest)>,
    /// The restitutions, by the entries of their lines.
    pub(super) restitutions: Vec<(u64, RestitutionId)>,
    /// The lists of a tenant's archival profiles.
    pub(super) profiles: Vec<(TenantId, Digest)>,
    /// Lines that were walked.
    pub(super) lines: u64,
    /// The last entry that has a line.
    pub(super) last: Option<u64>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        vault: &'a Vault,
        book: &'a mut Book,
        entries: Entries<'a>,
        size: u64,
        stamps: &'a mut Stamps,
        brought: Brought<'a>,
    ) -> Self {
        Self {
            vault,
            book,
            entries,
            size,
            stamps,
            brought,
            heads: HashMap::new(),
            sealed: HashMap::new(),
            seen: Vec::new(),
            uncovered: None,
            received: HashMap::new(),
            told: Told::default(),
        }
    }

    /// Reads a line where it stands; `None` when it is no line.
    pub(super) fn read(&mut self, text: &str, place: &str) -> Option<Line> {
        let read = record::line::from_json(text);
        if read.is_err() {
            let what = "Cette ligne ne se lit pas, ou n’est pas écrite comme elle l’a été.";
            self.book.found(Layer::Journals, place, what);
        }
        read.ok()
    }

    /// Takes the next line of its journal.
    pub(super) fn step(&mut self, line: &Line, place: &str) {
        let head = self.heads.get(&line.journal).copied().unwrap_or(Head::EMPTY);
        let next = head.step(line).unwrap_or_else(|broken| {
            self.book.found(Layer::Journals, place, flaw(&broken.flaw, head.length, &line.journal));
            // The walk goes on from here, so that one break is told once.
            let first = head.first.filter(|_| line.position > 0).or(Some(line.entry));
            Head { length: line.position + 1, digest: line.digest, at: Some(line.at), first }
        });
        self.told.lines += 1;
        if self.brought.has(&line.journal, line.position) {
            // The installation's log does not know the journal yet.
            self.heads.insert(line.journal.clone(), Head { first: None, ..next });
            self.book.looked(Layer::Journals, 1);
            self.brought.hold(line, &next, place, self.book);
            return self.learn(line, place);
        }
        self.heads.insert(line.journal.clone(), next);
        self.told.last = self.told.last.max(Some(line.entry));
        self.book.looked(Layer::Journals, 1);
        self.hold_against_log(line, next.first.unwrap_or(line.entry), place);
        self.stamps.note(line.entry, line.at);
        self.learn(line, place);
    }

    /// A line of the open book that also stands in a seal must be the same one.
    pub(super) fn again(&mut self, line: &Line, place: &str) {
        let before = Head { length: line.position, digest: line.previous, at: None, first: None };
        let first = self.heads.get(&line.journal).and_then(|head| head.first).unwrap_or(line.entry);
        if let Err(broken) = before.step(line) {
            self.book.found(Layer::Journals, place, flaw(&broken.flaw, line.position, &line.journal));
        } else if line.entry < self.size && !self.is_logged(line, first) {
            self.book.found(Layer::Journals, place, "Cette ligne n’est pas celle qui est scellée à la même place.");
        }
    }

    fn is_logged(&mut self, line: &Line, first: u64) -> bool {
        let expected = entry::of(line, first).ok().and_then(|entry| entry.to_bytes().ok());
        expected.is_some() && self.entries.get(line.entry) == expected.as_deref()
    }

    pub(super) fn hold_against_log(&mut self, line: &Line, first: u64, place: &str) {
        if line.entry >= self.size {
            let (_, count) = self.uncovered.get_or_insert_with(|| (line.clone(), 0));
            *count += 1;
            return;
        }
        if !self.is_logged(line, first) {
            let what = format!(
                "La ligne {} du journal {} n’est pas celle que l’entrée {} du registre atteste : elle a été réécrite.",
                line.position, line.journal, line.entry
            );
            self.book.found(Layer::Log, place, what);
        }
        let (word, bit) = (usize::try_from(line.entry / 64).unwrap_or(usize::MAX), 1 << (line.entry % 64));
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        if let Some(word) = self.seen.get_mut(word) {
            if *word & bit != 0 {
                let what = format!("Une autre ligne se donne déjà pour l’entrée {} du registre.", line.entry);
                self.book.found(Layer::Log, place, what);
            }
            *word |= bit;
        }
    }

    /// Whether an entry of the log has its line.
    pub(super) fn has_line(&self, entry: u64) -> bool {
        let word = usize::try_from(entry / 64).ok().and_then(|at| self.seen.get(at));
        word.is_some_and(|word| word & (1 << (entry % 64)) != 0)
    }

    /// Says which entries have no line, and which lines have no entry. `covered` is how many entries are published by
    /// now: what was written meanwhile is no break.
    pub(super) fn end(self, covered: u64) -> Told {
        self.brought.end(&self.heads, self.book);
        let is_seen = |entry: u64| self.has_line(entry);
        let lacking: u64 = (0..self.size).filter(|entry| !is_seen(*entry)).count().try_into().unwrap_or(u64::MAX);
        if let Some(first) = (0..self.size).find(|entry| !is_seen(*entry)) {
            let more = if lacking > 1 { format!(" ({lacking} entrées dans ce cas)") } else { String::new() };
            let what =
                format!("L’entrée {first} du registre n’a plus sa ligne dans les journaux{more} : elle a été retirée.");
            self.book.found(Layer::Log, format!("log, entrée {first}"), what);
        }
        if let Some((line, count)) = self.uncovered.filter(|_| self.told.last.is_some_and(|last| last >= covered)) {
            let what = format!(
                "Aucun point de contrôle ne couvre la ligne {} du journal {} ({count} dans ce cas) : elle a été ajoutée \
                 après coup, ou le point de contrôle est plus ancien que les journaux (un arrêt brutal en laisse ainsi : \
                 ouvrir l’installation les publie).",
                line.position, line.journal
            );
            self.book.found(Layer::Log, "log/checkpoint", what);
        }
        self.told
    }

    /// Keeps what a line announces.
    fn learn(&mut self, line: &Line, place: &str) {
        let tenant = line.journal.tenant();
        match (Fact::read(&line.event), tenant) {
            (Ok(Some(Fact::Accepted(fact))), Some(tenant)) => {
                self.received.remove(&fact.transfer);
                let (tenant, archive, generation) = (tenant.clone(), fact.archive, fact.generation);
                self.told.archives.insert(OcflId::Archive { tenant, archive, generation }, fact.inventory);
            }
            (Ok(Some(Fact::Amended(fact))), Some(tenant)) => {
                let generation = self.told.generations.get(&fact.archive).copied().unwrap_or(1);
                let object = OcflId::Archive { tenant: tenant.clone(), archive: fact.archive, generation };
                self.told.amended.entry(object).or_default().push(fact.inventory);
            }
            (Ok(Some(Fact::Destroyed(fact))), Some(tenant)) => self.destroyed(tenant, &fact, place),
            (Ok(Some(Fact::Received(fact))), _) => {
                self.received.insert(fact.transfer, line.at.day());
            }
            (Ok(Some(Fact::Refused(fact))), Some(tenant)) => self.refused(tenant, &fact, line),
            (Ok(Some(Fact::TakenOver(fact))), Some(_)) => self.brought.cite(line, &fact, place, self.book),
            (Ok(Some(Fact::DaySealed(fact))), tenant) => self.told.seals.push((tenant.cloned(), fact)),
            (Ok(Some(Fact::ReferentialImported(fact))), Some(tenant)) => {
                self.told.referentials.push((tenant.clone(), fact.digest));
            }
            (Ok(Some(Fact::Restituted(fact))), _) => self.told.restitutions.push((line.entry, fact.restitution)),
            (Ok(Some(Fact::ProfileImported(fact))), Some(tenant)) => {
                self.told.profiles.push((tenant.clone(), fact.digest));
            }
            (Err(_), _) => self.book.found(Layer::Journals, place, "Le détail de cette ligne ne se lit pas."),
            _ => {}
        }
    }

    /// What a destruction takes away, and what it leaves.
    fn destroyed(&mut self, tenant: &TenantId, fact: &Destroyed, place: &str) {
        let object = |generation| OcflId::Archive { tenant: tenant.clone(), archive: fact.archive, generation };
        let gone = object(fact.generation);
        if self.told.archives.remove(&gone).is_none() {
            let what = "Cette ligne détruit ce qu’aucune ligne n’a fait entrer, ou qui est déjà détruit.";
            self.book.found(Layer::Journals, place, what);
        }
        self.told.amended.remove(&gone);
        self.told.destroyed.insert(gone, fact.disposal);
        self.told.gone.push((tenant.clone(), fact.archive, fact.list));
        if let Some(successor) = fact.successor {
            self.told.archives.insert(object(fact.generation + 1), successor);
            self.told.generations.insert(fact.archive, fact.generation + 1);
        }
    }

    /// The report of a refused transfer is the one whose digest its line tells.
    fn refused(&mut self, tenant: &TenantId, fact: &Refused, line: &Line) {
        let received = self.received.remove(&fact.transfer).unwrap_or_else(|| line.at.day());
        // A package is received a moment before its line is written.
        let days = [Some(received), received.pred_opt()].into_iter().flatten();
        let papers = days.filter_map(|day| self.vault.read_papers(tenant, day, fact.transfer).ok());
        let report = papers.flatten().find(|(name, _)| name == REPORT).map(|(_, bytes)| digest::sha512(&bytes));
        self.book.looked(Layer::Files, 1);
        if report != Some(fact.report) {
            let what = "Le rapport de ce transfert refusé n’est pas celui que son refus annonce, ou il manque.";
            self.book.found(Layer::Files, format!("transfert {}", fact.transfer), what);
        }
    }
}

fn flaw(flaw: &Flaw, expected: u64, journal: &JournalId) -> String {
    match *flaw {
        Flaw::Position { found } if found > expected => {
            format!("Il manque les lignes {expected} à {} du journal {journal}.", found - 1)
        }
        Flaw::Position { found } => {
            format!(
                "La ligne {found} du journal {journal} est répétée, ou déplacée : la ligne {expected} était attendue."
            )
        }
        Flaw::Previous => {
            format!("La ligne {expected} du journal {journal} ne suit pas celle qui la précède : la chaîne est rompue.")
        }
        Flaw::Time => format!("La ligne {expected} du journal {journal} est datée d’avant celle qui la précède."),
        Flaw::Body => format!("Le contenu de la ligne {expected} du journal {journal} a été modifié."),
        Flaw::Digest => {
            format!(
                "L’empreinte de la ligne {expected} du journal {journal} n’est pas la sienne : elle a été modifiée."
            )
        }
    }
}
