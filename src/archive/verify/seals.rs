//! Sealed days: every seal after the one before it, every file the one that its seal names, every seal told by a line.

use std::io::{BufRead, BufReader};

use crate::{
    archive::{
        sealed::{self, folder},
        verify::{
            finding::{Book, Layer},
            journals::{Told, Walk},
        },
    },
    digest,
    domain::{
        digest::Digest,
        journal::{Head, JournalId},
        name::Name,
        tenant::TenantId,
    },
    record::seal::{self, Seal, SealedJournal},
    vault::layout::OcflId,
};

/// A seal as it stands: whose, where, and its digest.
pub(super) struct Standing {
    owner: Option<TenantId>,
    place: String,
    seal: Seal,
    digest: Digest,
}

/// Walks the sealed days of every owner, and gives the seals that stand there.
pub(super) fn walk(walk: &mut Walk<'_>) -> Vec<Standing> {
    let mut standing: Vec<Standing> = Vec::new();
    let months = match walk.vault.list_records(0) {
        Ok(records) => records.into_iter().filter(sealed::is_sealed_month),
        Err(error) => {
            walk.book.found(Layer::Seals, "ocfl", format!("Les journées scellées ne peuvent être lues ({error})."));
            return standing;
        }
    };
    for month in months {
        let parts = match sealed::parts(walk.vault, &month) {
            Ok(parts) => parts,
            Err(error) => {
                walk.book.found(Layer::Seals, &month, format!("Ces journées scellées ne peuvent être lues ({error})."));
                continue;
            }
        };
        for (day, part) in parts {
            let place = format!("{month}, {day}/{part}/{}", seal::FILE);
            walk.book.looked(Layer::Seals, 1);
            let name = Name::from(format!("{}{}", folder(day, part), seal::FILE).as_str());
            let bytes = walk.vault.read_all(&month, &name).unwrap_or_default();
            let read = Seal::from_json(&bytes).ok().filter(|seal| (seal.day, seal.part) == (day, part));
            let Some(seal) = read else {
                walk.book.found(Layer::Seals, place, "Ce sceau est altéré, ou manque.");
                continue;
            };
            let owner = month.tenant().cloned();
            let before = standing.last().filter(|before| before.owner == owner);
            if let Some(what) = succession(before, &seal) {
                walk.book.found(Layer::Seals, &place, what);
            }
            for journal in &seal.journals {
                lines(walk, &month, &seal, journal);
            }
            standing.push(Standing { owner, place, seal, digest: digest::sha512(&bytes) });
        }
    }
    walk.sealed = walk.heads.iter().map(|(journal, head)| (journal.clone(), head.length)).collect();
    standing
}

/// What is wrong with a seal after the one before it.
fn succession(before: Option<&Standing>, seal: &Seal) -> Option<String> {
    let previous = before.map_or(Digest::ZERO, |before| before.digest);
    let expected = before.map_or((seal.day, 1), |Standing { seal: before, .. }| {
        if before.closed { (before.day.succ_opt().unwrap_or(before.day), 1) } else { (before.day, before.part + 1) }
    });
    if (seal.day, seal.part) != expected {
        return Some(format!(
            "Il manque des journées scellées : le {}, partie {}, était attendu.",
            expected.0, expected.1
        ));
    }
    (seal.previous != previous).then(|| "Ce sceau ne suit pas celui qui le précède : la chaîne est rompue.".to_owned())
}

/// The lines of a journal in a sealed part.
fn lines(walk: &mut Walk<'_>, month: &OcflId, seal: &Seal, journal: &SealedJournal) {
    let name = format!("{}{}", folder(seal.day, seal.part), seal::file_of(&journal.journal));
    let place = format!("{month}, {name}");
    let opened = walk.vault.open_file(month, &Name::from(name.as_str()));
    let Some(text) = opened.ok().filter(|file| file.digest == journal.sha512).and_then(|file| file.verified().ok())
    else {
        walk.book.found(
            Layer::Seals,
            place,
            "Ce fichier scellé est altéré, manque, ou n’est pas celui que le sceau nomme.",
        );
        return go_on(walk, journal);
    };
    let stood = walk.heads.get(&journal.journal).map_or(0, |head| head.length);
    if stood != journal.first {
        let what = format!("Le sceau commence à la ligne {}, la ligne {stood} était attendue.", journal.first);
        walk.book.found(Layer::Seals, &place, what);
    }
    let mut count = 0;
    for (text, number) in BufReader::new(text).lines().zip(1_u64..) {
        let at = format!("{place}, ligne {number}");
        let Ok(text) = text else {
            walk.book.found(Layer::Seals, at, "Ce fichier scellé est altéré.");
            return go_on(walk, journal);
        };
        let Some(line) = walk.read(&text, &at) else { continue };
        if line.journal != journal.journal || line.at.day() > seal.day {
            walk.book.found(Layer::Seals, &at, "Cette ligne n’est pas de ce journal, ou pas de ce jour.");
        }
        walk.step(&line, &at);
        count += 1;
    }
    let head = walk.heads.get(&journal.journal).map_or(Digest::ZERO, |head| head.digest);
    if (count, head) != (journal.lines, journal.head) {
        walk.book.found(
            Layer::Seals,
            place,
            "Ces lignes ne sont pas celles que le sceau dénombre, ou ne mènent pas à sa fin.",
        );
    }
}

/// Goes on after lines that cannot be read, from where their seal says that they end.
fn go_on(walk: &mut Walk<'_>, journal: &SealedJournal) {
    let first = walk.heads.get(&journal.journal).and_then(|head| head.first);
    let head = Head { length: journal.first + journal.lines, digest: journal.head, at: None, first };
    walk.heads.insert(journal.journal.clone(), head);
}

/// Every seal is told by a line, and every line that tells a seal has it.
pub(super) fn hold_against_lines(standing: &[Standing], told: &Told, book: &mut Book) {
    for one in standing {
        let fact = told
            .seals
            .iter()
            .rev()
            .find(|(owner, fact)| *owner == one.owner && (fact.day, fact.part) == (one.seal.day, one.seal.part));
        match fact {
            None => book.found(Layer::Seals, &one.place, "Aucune ligne du journal n’annonce ce sceau."),
            Some((_, fact)) if fact.seal != one.digest => {
                book.found(Layer::Seals, &one.place, "Ce sceau n’est pas celui que la ligne du journal annonce.");
            }
            Some(_) => {}
        }
    }
    for (owner, fact) in &told.seals {
        let stands = |one: &Standing| one.owner == *owner && (one.seal.day, one.seal.part) == (fact.day, fact.part);
        if !standing.iter().any(stands) {
            let owner = owner.as_ref().map_or_else(|| "l’installation".to_owned(), |tenant| format!("« {tenant} »"));
            let place = format!("{owner}, {}/{}", fact.day, fact.part);
            book.found(Layer::Seals, place, "Cette journée est annoncée scellée, et son sceau n’est pas là.");
        }
    }
}

/// The record that holds an owner's sealed days of a month.
pub(super) fn record_of(owner: Option<&TenantId>, day: chrono::NaiveDate) -> Option<OcflId> {
    let name = sealed::record_name(day);
    match owner {
        Some(tenant) => OcflId::record(tenant.clone(), &name).ok(),
        None => OcflId::installation(&name).ok(),
    }
}

/// The open book: the lines of all journals in the order of the log, day by day.
pub(super) fn open_book(walk: &mut Walk<'_>) {
    let days = walk.vault.segments(0).unwrap_or_default();
    let mut expected: Option<u64> = None;
    for day in days {
        let file = format!("journal/{day}.jsonl");
        let lines = match walk.vault.read_segment(0, day) {
            Ok(lines) => lines,
            Err(error) => {
                walk.book.found(Layer::Journals, file, format!("Ce jour du livre ouvert ne se lit pas ({error})."));
                continue;
            }
        };
        for (text, number) in lines.zip(1_u64..) {
            let place = format!("{file}, ligne {number}");
            let Some(line) = text.ok().and_then(|text| walk.read(&text, &place)) else {
                expected = expected.map(|entry| entry + 1);
                continue;
            };
            if line.at.day() != day {
                walk.book.found(Layer::Journals, &place, "Cette ligne n’est pas de ce jour.");
            }
            if let Some(entry) = expected.filter(|entry| *entry != line.entry) {
                let what = format!("Le livre ouvert passe à l’entrée {}, l’entrée {entry} était attendue.", line.entry);
                walk.book.found(Layer::Journals, &place, what);
            }
            expected = Some(line.entry + 1);
            if is_sealed(walk, &line.journal, line.position) {
                walk.again(&line, &place);
            } else {
                walk.step(&line, &place);
            }
        }
    }
}

fn is_sealed(walk: &Walk<'_>, journal: &JournalId, position: u64) -> bool {
    walk.sealed.get(journal).is_some_and(|length| position < *length)
}
