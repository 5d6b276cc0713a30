//! A volume that was away catches up: it is given the objects, segments and papers that it lacks, from a volume that
//! holds everything, while the others go on working.
//!
//! Packages received are left alone: one may stand on the returning volume only. Those that wait for a person are
//! mirrored again (`mirror`), and those that are settled discarded again (`received`, `discard`).

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use crate::{
    digest::BUFFER_BYTES,
    vault::{
        Vault,
        disk::{aside, failure},
        error::Error,
        inventory,
        layout::{OcflId, Places},
        read::Objects,
        reception::copy_to,
        volume::{Volume, lock},
    },
};

/// What a volume was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaughtUp {
    /// The volume's number.
    pub volume: usize,
    /// How many objects it lacked, or held in another version.
    pub objects: usize,
    /// How many segments and papers it lacked, or held otherwise.
    pub files: usize,
    /// Objects that only it holds: destroyed while it was away, or never accepted. They are left to the caller, who
    /// knows which (`erase` removes them).
    pub extra: Vec<OcflId>,
}

impl Vault {
    /// Brings every reachable volume that is behind up to date, and counts it again among those that hold everything.
    ///
    /// # Errors
    /// No volume that holds everything can be read; a disk fails: calling again goes on.
    pub fn catch_up(&self) -> Result<Vec<CaughtUp>, Error> {
        let mut done = Vec::new();
        for (at, volume) in self.volumes.iter().enumerate() {
            if volume.room().is_ok() && !self.members().holds(volume) {
                let caught = self.catch_up_volume(at, volume);
                *lock(&self.missed) = None;
                done.push(caught.inspect_err(|error| volume.note(error))?);
            }
        }
        Ok(done)
    }

    fn catch_up_volume(&self, at: usize, to: &Volume) -> Result<CaughtUp, Error> {
        let members = self.members();
        let readers = self.readers();
        let from = readers.iter().find(|volume| members.holds(volume)).ok_or(Error::NoVolume)?;
        let mut caught = CaughtUp { volume: at, ..CaughtUp::default() };
        *lock(&self.missed) = Some(std::collections::BTreeSet::new());
        for object in Objects::below(from.places.ocfl()) {
            caught.objects += usize::from(self.give_object(&object?, from, to)?);
        }
        for object in Objects::below(to.places.ocfl()) {
            let object = object?;
            if !from.places.object(&object).is_dir() {
                caught.extra.push(object);
            }
        }
        caught.files += give_files(from, to)?;
        self.join(from, to, &mut caught)?;
        Ok(caught)
    }

    /// While nobody writes: gives what changed meanwhile, and counts the volume in.
    fn join(&self, from: &Arc<Volume>, to: &Volume, caught: &mut CaughtUp) -> Result<(), Error> {
        let _alone = self.alone();
        for object in lock(&self.missed).take().unwrap_or_default() {
            if from.places.object(&object).is_dir() {
                caught.objects += usize::from(self.give_object(&object, from, to)?);
                caught.extra.retain(|extra| *extra != object);
            } else {
                self.erase_on(&object, to)?;
            }
        }
        caught.files += give_files(from, to)?;
        to.make_all_durable()?;
        let members = self.members();
        let now_current = |volume: &&Arc<Volume>| members.holds(volume) || std::ptr::eq(Arc::as_ptr(volume), to);
        let all: Vec<_> = self.volumes.iter().filter(now_current).cloned().collect();
        let next = members.next(&all);
        // Should we stop between two, the highest epoch wins, and what it says is true already.
        let reachable: Vec<_> = all.into_iter().filter(|volume| volume.room().is_ok()).collect();
        next.write(&reachable)?;
        *lock(&self.members) = next;
        Ok(())
    }

    /// Gives one object when it is lacking or other; whether it did.
    fn give_object(&self, object: &OcflId, from: &Volume, to: &Volume) -> Result<bool, Error> {
        let (source, target) = (from.places.object(object), to.places.object(object));
        if inventory::sidecar(&source).is_some_and(|digest| inventory::sidecar(&target) == Some(digest)) {
            return Ok(false);
        }
        self.copy_object(object, from, to)?;
        Ok(true)
    }
}

/// Gives the papers, segments and files of the log that are lacking or other, and removes segments that are gone.
fn give_files(from: &Volume, to: &Volume) -> Result<usize, Error> {
    let mut given = give_folder(to, &from.places.transfers(), &to.places.transfers())?;
    for folder in [Places::journal, Places::log, Places::kit] {
        given += give_folder(to, &folder(&from.places), &folder(&to.places))?;
    }
    forget_others(to, &from.places.journal(), &to.places.journal())?;
    Ok(given)
}

fn give_folder(to: &Volume, source: &Path, target: &Path) -> Result<usize, Error> {
    let mut given = 0;
    for entry in fs::read_dir(source).map_err(failure("list", source))? {
        let entry = entry.map_err(failure("list", source))?;
        let (one, other) = (entry.path(), target.join(entry.file_name()));
        if entry.file_type().map_err(failure("look at", &one))?.is_dir() {
            given += give_folder(to, &one, &other)?;
        } else if !same(&one, &other).map_err(failure("compare", &other))? {
            to.disk.make_dirs(target)?;
            let part = aside(&other);
            let mut file = File::open(&one).map_err(failure("read", &one))?;
            copy_to(to, &mut file, &part)?;
            to.disk.sync(&part)?;
            to.disk.replace(&part, &other)?;
            given += 1;
        }
    }
    Ok(given)
}

fn forget_others(to: &Volume, source: &Path, target: &Path) -> Result<(), Error> {
    if !target.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(target).map_err(failure("list", target))? {
        let entry = entry.map_err(failure("list", target))?;
        let (one, other) = (source.join(entry.file_name()), entry.path());
        if !one.exists() {
            to.disk.remove_tree(&other)?;
        } else if one.is_dir() {
            forget_others(to, &one, &other)?;
        }
    }
    Ok(())
}

/// Whether two files hold the same bytes.
fn same(one: &Path, other: &Path) -> io::Result<bool> {
    let mut first = File::open(one)?;
    let mut second = match File::open(other) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    if first.metadata()?.len() != second.metadata()?.len() {
        return Ok(false);
    }
    let (mut ours, mut theirs) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
    loop {
        let read = crate::digest::fill(&mut first, &mut ours)?;
        if read != crate::digest::fill(second.by_ref(), &mut theirs)? {
            return Ok(false);
        }
        if read.is_empty() {
            return Ok(true);
        }
    }
}
