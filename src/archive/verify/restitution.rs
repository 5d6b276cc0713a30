//! A restitution: what it says of itself, its journals up to where it says, the installation's lines that it brings, and
//! the files that only a list of digests engages. What belongs to others is not there, and that is said.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use crate::{
    archive::{
        log::publish::CHECKPOINT,
        verify::{
            finding::{Book, Layer},
            journals::{Told, Walk},
            ledger::Ledger,
            shelf::Shelf,
        },
    },
    digest,
    domain::{
        digest::Digest,
        journal::{Head, JournalId, Line},
    },
    proof::entry::Entry,
    record::{
        facts::{LOG_KEY, TENANT_CREATION, TENANT_TAKING, TIME_STAMPING},
        restitution::{ATTESTATION, DIGESTS, FILE, Holds, INSTALLATION, Restitution, UNFINISHED},
    },
    vault::{Vault, error::Error},
};

/// What a file that describes the storage root begins with; the rest of that folder is objects.
const OBJECTS: &str = "ocfl/";

/// Opens the folder of a volume, or of a restitution, which has no card of its own.
pub(super) fn open(path: &Path) -> Result<Vault, Error> {
    match fs::read(path.join(FILE)).ok().filter(|_| !path.join("volume.json").exists()) {
        Some(bytes) => {
            let installation = Restitution::from_json(&bytes).map(|given| given.installation).unwrap_or_default();
            Vault::inspect_restitution(path.to_owned(), &installation)
        }
        None => Vault::inspect(path.to_owned()),
    }
}

/// What a restitution says of itself.
pub(super) struct Given {
    path: PathBuf,
    says: Option<Restitution>,
}

/// Reads what the folder says, when it is that of a restitution; and the installation's lines that it brings.
pub(super) fn read(path: &Path, walk: &mut Walk<'_>) -> Option<Given> {
    if path.join("volume.json").exists() {
        return None;
    }
    let bytes = fs::read(path.join(FILE)).ok()?;
    let says = Restitution::from_json(&bytes).ok().filter(|says| says.holds.is_some());
    if says.is_none() {
        walk.book.found(Layer::Inventories, FILE, "Ce fichier ne se lit pas, ou est d’un format inconnu.");
    }
    if path.join(UNFINISHED).exists() {
        let what = "Cette restitution est inachevée : la commande qui l’a faite la reprend.";
        walk.book.found(Layer::Files, UNFINISHED, what);
    }
    installation(path, walk);
    Some(Given { path: path.to_owned(), says })
}

/// Each of the installation's lines alone: the journal itself is not here.
fn installation(path: &Path, walk: &mut Walk<'_>) {
    let Ok(file) = File::open(path.join(INSTALLATION)) else {
        return walk.book.found(Layer::Journals, INSTALLATION, "Ce fichier manque.");
    };
    for (text, number) in BufReader::new(file).lines().zip(1_u64..) {
        let place = format!("{INSTALLATION}, ligne {number}");
        let Some(line) = text.ok().and_then(|text| walk.read(&text, &place)) else { continue };
        let is_needed = matches!(line.event.kind.as_str(), LOG_KEY | TENANT_CREATION | TENANT_TAKING | TIME_STAMPING);
        if line.journal != JournalId::Installation || !is_needed {
            walk.book.found(Layer::Journals, place, "Cette ligne n’a pas sa place ici.");
            continue;
        }
        walk.book.looked(Layer::Journals, 1);
        let before = Head { length: line.position, digest: line.previous, at: None, first: None };
        if before.step(&line).is_err() {
            walk.book.found(
                Layer::Journals,
                &place,
                "Cette ligne a été modifiée : ses empreintes ne sont pas les siennes.",
            );
        }
        let first = entry(walk, &line).map_or(line.entry, |entry| entry.journal);
        walk.hold_against_log(&line, first, &place);
        walk.stamps.note(line.entry, line.at);
    }
}

fn entry(walk: &mut Walk<'_>, line: &Line) -> Option<Entry> {
    walk.entries.get(line.entry).and_then(|bytes| Entry::parse(bytes).ok())
}

impl Given {
    /// Ends the walk along the lines: every entry of the tenant's own journals has its line, every key and every token that
    /// the log publishes has the installation's line; the entries of others are counted.
    pub(super) fn end(&self, mut walk: Walk<'_>, ledger: &Ledger) -> Told {
        let own: BTreeSet<u64> = walk.heads.values().filter_map(|head| head.first).collect();
        let needed: BTreeSet<u64> =
            ledger.keys.iter().map(|(entry, _)| *entry).chain(ledger.stamps.iter().map(|told| told.entry)).collect();
        let (mut others, mut lacking) = (0_u64, None);
        for at in 0..walk.size {
            if walk.has_line(at) {
                continue;
            }
            let journal = walk.entries.get(at).and_then(|bytes| Entry::parse(bytes).ok()).map(|entry| entry.journal);
            if journal.is_some_and(|journal| own.contains(&journal)) || needed.contains(&at) {
                let (_, count) = lacking.get_or_insert((at, 0_u64));
                *count += 1;
            } else {
                others += 1;
            }
        }
        if let Some((first, count)) = lacking {
            let more = if count > 1 { format!(" ({count} entrées dans ce cas)") } else { String::new() };
            let what = format!("L’entrée {first} du registre n’a plus sa ligne ici{more} : elle a été retirée.");
            walk.book.found(Layer::Log, format!("log, entrée {first}"), what);
        }
        if let Some((line, count)) = &walk.uncovered {
            let what = format!(
                "Aucun point de contrôle ne couvre la ligne {} du journal {} ({count} dans ce cas) : elle a été ajoutée.",
                line.position, line.journal
            );
            walk.book.found(Layer::Log, format!("log/{CHECKPOINT}"), what);
        }
        walk.book.skipped(format!(
            "Les lignes des autres services et le reste du journal de l’installation ({others} entrées du registre) : elles ne \
             sont pas dans une restitution ; le registre n’en porte que des empreintes salées."
        ));
        self.journals(&mut walk);
        walk.brought.end(&walk.heads, walk.book);
        walk.told
    }

    /// The tenant's journals go exactly as far as it says.
    fn journals(&self, walk: &mut Walk<'_>) {
        let Some(says) = &self.says else { return };
        for journal in walk.heads.keys().filter(|journal| says.journal(journal).is_none()) {
            let what = "Ce journal n’est pas de ceux que la restitution annonce.";
            walk.book.found(Layer::Journals, journal, what);
        }
        for one in &says.journals {
            let stands = walk.heads.get(&one.journal).copied().unwrap_or(Head::EMPTY);
            if (stands.length, stands.digest) != (one.length, one.head) || stands.first != one.first {
                let what = format!(
                    "Ce journal a {} lignes ; la restitution lui en annonce {}, ou une autre fin.",
                    stands.length, one.length
                );
                walk.book.found(Layer::Journals, &one.journal, what);
            }
        }
        let checkpoint = Shelf::own(walk.vault).read(CHECKPOINT).unwrap_or_default();
        if checkpoint != says.log.checkpoint.as_bytes() || says.log.size != walk.size {
            let what = "Ce point de contrôle n’est pas celui que la restitution annonce.";
            walk.book.found(Layer::Checkpoints, format!("log/{CHECKPOINT}"), what);
        }
    }

    /// The restitution has its line, as many archives as it says, and every file that it lists.
    pub(super) fn hold_against(&self, told: &Told, book: &mut Book) {
        let Some(says) = &self.says else { return };
        book.looked(Layer::Inventories, 1);
        if !told.restitutions.contains(&(says.log.line, says.restitution)) {
            let what = "Aucune ligne du journal, à l’entrée dite, n’annonce cette restitution.";
            book.found(Layer::Inventories, FILE, what);
        }
        if told.archives.keys().any(|object| object.tenant() != Some(&says.tenant.id)) {
            book.found(Layer::Inventories, FILE, "Des archives d’un autre service y sont.");
        }
        if let Some(holds) = &says.holds {
            let archives = u64::try_from(told.archives.len()).unwrap_or(u64::MAX);
            if archives != holds.archives {
                let what = format!("Elle annonce {} archives, les journaux {archives}.", holds.archives);
                book.found(Layer::Inventories, FILE, what);
            }
            self.files(holds, book);
        }
        book.skipped(
            "Le parcours (index.html, navigation/) : ses fichiers sont ceux qui ont été écrits ; rien ne compare ce qu’il montre \
             à ce que contiennent les archives.",
        );
        book.skipped("Le cachet de attestation.pdf : un lecteur de PDF le vérifie.");
    }

    /// Every file that neither an object nor the log proves has its digest in the list, and none is more.
    fn files(&self, holds: &Holds, book: &mut Book) {
        let Ok(file) = File::open(self.path.join(DIGESTS)) else {
            return book.found(Layer::Files, DIGESTS, "Ce fichier manque.");
        };
        let own = File::open(self.path.join(DIGESTS)).and_then(|mut file| digest::of(&mut file, &[]));
        if own.map(|digests| digests.sha512()).ok() != Some(holds.digests) {
            return book.found(Layer::Files, DIGESTS, "Cette liste n’est pas celle que restitution.json annonce.");
        }
        let mut listed = 0_u64;
        for text in BufReader::new(file).lines().map_while(Result::ok) {
            let Some((digest, path)) = text.split_once("  ") else { continue };
            listed += u64::from(!path.starts_with(OBJECTS));
            book.looked(Layer::Files, 1);
            let file = self.path.join(path);
            let is_own = fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file());
            let digests = File::open(&file).and_then(|mut file| digest::of(&mut file, &[]));
            match digests {
                Ok(digests) if is_own && digest.parse::<Digest>().ok() == Some(digests.sha512()) => {}
                Ok(_) => book.found(Layer::Files, path, "Ce fichier est altéré."),
                Err(_) => book.found(Layer::Files, path, "Ce fichier manque, ou ne se lit pas."),
            }
        }
        self.nothing_more(holds, listed, book);
    }

    /// Counts the files outside the storage root and the log: one more than listed was added.
    fn nothing_more(&self, holds: &Holds, listed: u64, book: &mut Book) {
        let known: BTreeSet<&str> = holds.entries.iter().map(|entry| entry.trim_end_matches('/')).collect();
        let proven: BTreeSet<&str> = ["ocfl", "log", DIGESTS, FILE, ATTESTATION, UNFINISHED].into();
        let mut files = 0;
        let mut open = vec![self.path.clone()];
        while let Some(folder) = open.pop() {
            let at_root = folder == self.path;
            let entries = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
            for entry in entries {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if at_root && name != UNFINISHED && !known.contains(&*name) {
                    book.found(Layer::Files, &*name, "Rien n’annonce ce qui est là.");
                } else if !(at_root && proven.contains(&*name)) {
                    match entry.file_type() {
                        Ok(kind) if kind.is_dir() => open.push(entry.path()),
                        _ => files += 1,
                    }
                }
            }
        }
        if files > listed {
            let what = format!("Il y a {} fichier(s) de plus que la liste n’en compte.", files - listed);
            book.found(Layer::Files, DIGESTS, what);
        }
        for absent in known.iter().filter(|name| !self.path.join(name).exists()) {
            book.found(Layer::Files, *absent, "La restitution l’annonce, et il n’est pas là.");
        }
    }
}
