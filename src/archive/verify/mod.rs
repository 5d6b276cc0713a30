//! Verification, from the bytes up to the other copies: each layer is held against the one that proves it, on each volume
//! alone, then the volumes against each other, then the catalog. Nothing is written.

mod brought;
mod catalog;
mod checkpoints;
mod files;
pub mod finding;
mod journals;
mod ledger;
mod report;
mod restitution;
mod seals;
mod shelf;
mod stamps;
pub mod trust;

use std::path::{Path, PathBuf};

use crate::{
    archive::{
        Archive,
        error::Error,
        verify::{
            brought::Brought,
            finding::{Book, Layer, Verified},
            journals::{Told, Walk},
            ledger::Ledger,
            shelf::{Entries, Shelf},
            stamps::Stamps,
            trust::{Known, Trust},
        },
    },
    domain::clock::Timestamp,
    proof::checkpoint::SignedCheckpoint,
    store::Store,
    vault::Vault,
};

/// The lease under which days are sealed: what is sealed meanwhile would be read twice, or not at all.
const SEALING: &str = "sealing";

/// How long that lease is held without being renewed: one hour, in milliseconds.
const SEALING_MILLIS: i64 = 3_600_000;

/// What is to be verified.
pub struct Subject<'a> {
    /// The volumes' folders.
    pub volumes: Vec<PathBuf>,
    /// The catalog of a live installation.
    pub catalog: Option<&'a Store>,
    /// The present instant.
    pub now: Timestamp,
    /// What is known from elsewhere than the data.
    pub known: Known,
    /// A checkpoint that somebody kept elsewhere.
    pub since: Option<SignedCheckpoint>,
}

impl Archive {
    /// Verifies this installation: every volume that can be reached, and the catalog. `on_copy` is told of each copy of
    /// an object that was read.
    ///
    /// # Errors
    /// A volume was lost on the way, or the catalog cannot be asked. What is altered is in the answer.
    pub fn verify(&self, on_copy: &(dyn Fn() + Sync)) -> Result<Verified, Error> {
        let volumes = self.vault.status().into_iter().map(|volume| volume.path).collect();
        let roots = self.means.authorities.iter().map(|one| (one.name.clone(), one.trust.clone())).collect();
        let known = Known {
            keys: self.means.keys.clone(),
            authorities: roots,
            witnesses: Some(self.means.witnesses.policy.clone()),
        };
        let subject = Subject { volumes, catalog: Some(&self.store), now: self.clock.now(), known, since: None };
        verify(&subject, on_copy)
    }
}

/// Verifies volumes, and the catalog when there is one.
///
/// # Errors
/// As [`Archive::verify`].
pub fn verify(subject: &Subject<'_>, on_copy: &(dyn Fn() + Sync)) -> Result<Verified, Error> {
    let mut verified = Verified::default();
    let mut volumes = Vec::new();
    for path in &subject.volumes {
        match restitution::open(path) {
            Ok(vault) => volumes.push((path.clone(), vault)),
            Err(error) => {
                let mut book = Book::of(Some(path));
                book.skipped(format!("Ce volume : hors d’atteinte ({error})."));
                verified.take(book);
            }
        }
    }
    compare(&volumes, subject.catalog, &mut verified)?;
    for (path, vault) in &volumes {
        let book = volume(path, vault, subject, on_copy)?;
        verified.take(book);
    }
    let best = volumes.iter().max_by_key(|(_, vault)| size_of(vault));
    if let (Some(store), Some((_, vault))) = (subject.catalog, best) {
        let mut book = Book::of(None);
        let size = at_rest(Some(store), || size_of(vault))?;
        catalog::read(store, vault, size, &mut book);
        verified.take(book);
    } else {
        let mut book = Book::of(None);
        book.skipped("Le catalogue : il n’est pas de la partie, rien de ce qui est vérifié n’en dépend.");
        verified.take(book);
    }
    verified.volumes = volumes.into_iter().map(|(path, _)| path).collect();
    Ok(verified)
}

/// One volume alone.
fn volume(path: &Path, vault: &Vault, subject: &Subject<'_>, on_copy: &(dyn Fn() + Sync)) -> Result<Book, Error> {
    let mut book = Book::of(Some(path));
    let sealing = Sealing::hold(subject)?;
    if subject.catalog.is_some() && sealing.is_none() {
        book.skipped("Ce volume : des journées y sont en train d’être scellées ; recommencez.");
        return Ok(book);
    }
    let trust = Trust::of(vault, &subject.known, &mut book);
    let (ledger, mut stamps) = log_of(Shelf::own(vault), subject.since.as_ref(), &trust, &mut book);
    let logs = brought::kept(vault, &mut book);
    let brought = Brought::verified(vault, &logs, &mut book);
    let entries = Entries::new(Shelf::own(vault), ledger.size);
    let mut walk = Walk::new(vault, &mut book, entries, ledger.size, &mut stamps, brought);
    let standing = seals::walk(&mut walk);
    brought::tails(&mut walk, &logs);
    seals::open_book(&mut walk);
    let given = restitution::read(path, &mut walk);
    let mut told: Told = match &given {
        Some(given) => given.end(walk, &ledger),
        None => walk.end(at_rest(subject.catalog, || size_of(vault))?),
    };
    drop(sealing);
    seals::hold_against_lines(&standing, &told, &mut book);
    stamps.judge(&mut book);
    if let Some(given) = &given {
        given.hold_against(&told, &mut book);
    }
    files::referentials(vault, &told, &mut book);
    files::gone(vault, &told, &mut book);
    files::read(vault, files::Announced::by(&mut told), subject.catalog, &mut book, on_copy)?;
    Ok(book)
}

/// A log: computed anew, held against its checkpoints and time-stamps.
fn log_of(shelf: Shelf<'_>, since: Option<&SignedCheckpoint>, trust: &Trust, book: &mut Book) -> (Ledger, Stamps) {
    let kept = checkpoints::kept(shelf, since, book);
    let Some(last) = shelf.last() else {
        let what = "Le point de contrôle manque, ou ne se lit pas : rien n’atteste les journaux.";
        book.found(Layer::Checkpoints, "log/checkpoint", what);
        return (Ledger::default(), Stamps::default());
    };
    let size = last.checkpoint().size();
    let sizes = kept.iter().map(|one| one.signed.checkpoint().size()).chain([size]).collect();
    let ledger = Ledger::read(shelf, size, &sizes, book);
    ledger.judge(size, last.checkpoint().root(), book);
    checkpoints::judge(&last, &kept, &ledger, trust, book);
    let stamps = Stamps::read(shelf, &ledger, trust, book);
    (ledger, stamps)
}

/// The last checkpoint of a volume.
fn last(vault: &Vault) -> Option<SignedCheckpoint> {
    Shelf::own(vault).last()
}

/// Entries that the last checkpoint of a volume covers.
fn size_of(vault: &Vault) -> u64 {
    last(vault).map_or(0, |last| last.checkpoint().size())
}

/// Volumes against each other: one that stands at a smaller size is an older copy, or was left aside.
fn compare(volumes: &[(PathBuf, Vault)], catalog: Option<&Store>, verified: &mut Verified) -> Result<(), Error> {
    let look = || -> Vec<Option<SignedCheckpoint>> { volumes.iter().map(|(_, vault)| last(vault)).collect() };
    let found = at_rest(catalog, look)?;
    let most = found.iter().flatten().max_by_key(|one| one.checkpoint().size());
    for ((path, _), own) in volumes.iter().zip(&found) {
        let mut book = Book::of(Some(path));
        book.looked(Layer::Volumes, 1);
        if let (Some(own), Some(most)) =
            (own.as_ref().map(SignedCheckpoint::checkpoint), most.map(SignedCheckpoint::checkpoint))
        {
            if own.size() < most.size() {
                let what = format!(
                    "Ce volume n’en est qu’à {} entrées du registre, un autre en a {} : c’est une copie plus ancienne, ou \
                     il est resté à l’écart.",
                    own.size(),
                    most.size()
                );
                book.found(Layer::Volumes, "log/checkpoint", what);
            } else if own.root() != most.root() {
                let what = "À taille égale, son registre n’est pas celui d’un autre volume.";
                book.found(Layer::Volumes, "log/checkpoint", what);
            }
        }
        verified.take(book);
    }
    Ok(())
}

/// Looks at the volumes while nothing is being written: with a live catalog's pen in hand.
fn at_rest<T>(catalog: Option<&Store>, look: impl FnOnce() -> T) -> Result<T, Error> {
    match catalog {
        Some(store) => store.restore(|_| Ok(look())),
        None => Ok(look()),
    }
}

/// The lease that keeps days from being sealed while the journals are read; given back when it is dropped.
struct Sealing<'a> {
    store: &'a Store,
    holder: String,
}

impl<'a> Sealing<'a> {
    fn hold(subject: &Subject<'a>) -> Result<Option<Self>, Error> {
        let Some(store) = subject.catalog else { return Ok(None) };
        let holder = format!("verify-{}-{}", std::process::id(), subject.now.millis());
        let until = Timestamp::from_millis(subject.now.millis().saturating_add(SEALING_MILLIS)).unwrap_or(subject.now);
        Ok(store.take_lease(SEALING, &holder, subject.now, until)?.then_some(Self { store, holder }))
    }
}

impl Drop for Sealing<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.store.drop_lease(SEALING, &self.holder) {
            tracing::warn!(%error, "the lease of sealing could not be given back; it will run out");
        }
    }
}
