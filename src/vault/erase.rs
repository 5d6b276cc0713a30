//! Erasing: what is to be gone is overwritten where it stands, made durable so, and only then removed.
//!
//! An object goes at once: its folder leaves its place durably, and whatever stops the erasure then is taken up by
//! `recover`. What nobody waits for (packages, copies that were given up) is only set aside, and erased many at once.
//! What a medium cannot promise is said, never passed over (`medium`).

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::{
    digest,
    vault::{
        Vault,
        disk::{Failure, failure},
        error::Error,
        layout::OcflId,
        medium,
        recover::take_away,
        volume::{SPENT, Volume, lock},
    },
};

pub use crate::vault::medium::Doubt;

/// What became of an object's bytes on one volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The volume's place in the configuration.
    pub volume: usize,
    /// The volume's identifier, which it keeps wherever it stands; `None` while it was never reached.
    pub id: Option<String>,
    /// What was possible.
    pub means: Means,
}

/// How bytes were erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Every block was overwritten where it stood, and the medium was told that it is free.
    Overwritten,
    /// The files are gone; that none of their blocks can be read any more cannot be promised.
    Unlinked(Doubt),
    /// The volume could not be written: it is erased there when it comes back.
    Away,
}

impl Means {
    /// The word of programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Overwritten => "overwritten",
            Self::Unlinked(_) => "unlinked",
            Self::Away => "away",
        }
    }

    /// What was done, in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Overwritten => "Effacé par récriture sur place de chaque bloc, puis retiré.",
            Self::Unlinked(doubt) => doubt.french(),
            Self::Away => "Volume absent : l’effacement y sera fait à son retour.",
        }
    }
}

/// What was erased of what had been set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What cannot be promised of some of them.
    pub doubt: Option<Doubt>,
}

impl Vault {
    /// Erases an object on every volume that can be written, for ever, and says what was possible on each. Whether that
    /// is right is the caller's to know; a volume that is away is told when it catches up. An object that stands nowhere
    /// is erased already.
    ///
    /// # Errors
    /// Fewer volumes than required can be written, or a disk fails: calling again goes on.
    pub fn erase(&self, object: &OcflId) -> Result<Vec<Erasure>, Error> {
        let _open = self.writing();
        let writers = self.writers(0)?;
        self.leave_behind_all_but(&writers)?;
        let done = self.on_each(&writers, |volume| self.erase_on(object, volume))?;
        self.changed(object);
        let means = |volume: &Volume| {
            let own = done.iter().find(|(one, _)| std::ptr::eq(one.as_ref(), volume));
            own.map_or(Means::Away, |(_, doubt)| doubt.map_or(Means::Overwritten, Means::Unlinked))
        };
        let told = self.volumes.iter().enumerate();
        let told = told.map(|(at, volume)| Erasure { volume: at, id: volume.id(), means: means(volume) }).collect();
        self.leave_behind_all_but(&done.iter().map(|(volume, _)| volume.clone()).collect::<Vec<_>>())?;
        Ok(told)
    }

    /// Erases an object on one volume; what cannot be promised.
    pub(super) fn erase_on(&self, object: &OcflId, volume: &Volume) -> Result<Option<Doubt>, Error> {
        let place = volume.places.object(object);
        if !place.is_dir() {
            return Ok(medium::doubt(volume.path()));
        }
        let staging = volume.places.staging(&self.node);
        volume.disk.make_dirs(&staging)?;
        let gone = volume.next_spent(&staging);
        take_away(volume, &place, &gone)?;
        Ok(erase_all(volume, &[gone])?.doubt)
    }

    /// Whether an object stands on a volume that can be read.
    pub fn stands(&self, object: &OcflId) -> bool {
        self.readers().iter().any(|volume| volume.places.object(object).is_dir())
    }

    /// Erases what this node has set aside, with one synchronisation for all of it on each volume.
    ///
    /// # Errors
    /// A disk fails: calling again goes on.
    pub fn erase_spent(&self) -> Result<Erased, Error> {
        let _one_at_a_time = lock(&self.erasing);
        let mut erased = Erased::default();
        for volume in self.readers() {
            let staging = volume.places.staging(&self.node);
            let is_spent = |path: &PathBuf| {
                path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(SPENT.as_bytes()))
            };
            let spent: Vec<PathBuf> = entries(&staging)?.into_iter().filter(is_spent).collect();
            if !spent.is_empty() {
                let own = erase_all(&volume, &spent)?;
                erased.files += own.files;
                erased.bytes += own.bytes;
                erased.doubt = erased.doubt.or(own.doubt);
            }
        }
        Ok(erased)
    }

    /// Sets a file or a folder of a volume aside, to be erased with others; what is not there is no failure.
    pub(super) fn spend(&self, volume: &Volume, path: &Path) -> Result<(), Failure> {
        set_aside(volume, &volume.places.staging(&self.node), path)
    }
}

/// Sets a file or a folder of a volume aside in `staging`, to be erased with others; what is not there is no failure.
pub(super) fn set_aside(volume: &Volume, staging: &Path, path: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(());
    }
    volume.disk.make_dirs(staging)?;
    match volume.disk.rename(path, &volume.next_spent(staging)) {
        Err(failed) if failed.source.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Overwrites every file of some folders, makes that durable at once, gives their blocks back and removes them.
pub(super) fn erase_all(volume: &Volume, roots: &[PathBuf]) -> Result<Erased, Error> {
    let mut erased = Erased { doubt: medium::doubt(volume.path()), ..Erased::default() };
    let (mut files, mut overwritten) = (Vec::new(), Vec::new());
    for root in roots {
        gather(root, &mut files)?;
    }
    let is_pointless = erased.doubt == Some(Doubt::CopyOnWrite);
    let mut noise = Vec::new();
    for file in files.iter().filter(|_| !is_pointless) {
        if noise.is_empty() {
            noise = noise_block(file)?;
        }
        match overwrite(volume, file, &noise) {
            Ok(bytes) => {
                (erased.files, erased.bytes) = (erased.files + 1, erased.bytes + bytes);
                overwritten.push(file.clone());
            }
            Err(Left::Doubtful(doubt)) => erased.doubt = erased.doubt.or(Some(doubt)),
            Err(Left::Failed(failed)) => return Err(failed.into()),
        }
    }
    if !overwritten.is_empty() {
        volume.make_durable(&overwritten)?;
        // Only now: blocks that are given back are not overwritten any more.
        overwritten.iter().try_for_each(|file| volume.disk.discard(file))?;
    }
    roots.iter().try_for_each(|root| volume.disk.remove_tree(root))?;
    Ok(erased)
}

/// Why a file was not overwritten.
enum Left {
    /// It goes all the same, and this is said.
    Doubtful(Doubt),
    /// The volume does not do what is asked: it is tried again later.
    Failed(Failure),
}

fn overwrite(volume: &Volume, file: &Path, noise: &[u8]) -> Result<u64, Left> {
    let links = fs::symlink_metadata(file).map_err(failure("look at", file)).map_err(Left::Failed)?.nlink();
    if links > 1 {
        // Another name for the same bytes may be another archive's, where somebody saved room behind our back.
        return Err(Left::Doubtful(Doubt::Linked));
    }
    volume.disk.overwrite(file, noise).map_err(|failed| match failed.source.raw_os_error() {
        // The medium itself has given up these blocks.
        Some(code) if code == rustix::io::Errno::IO.raw_os_error() => {
            volume.note(&failed);
            Left::Doubtful(Doubt::Unwritable)
        }
        _ => Left::Failed(failed),
    })
}

/// Every regular file below a folder, or the file itself.
fn gather(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failure("look at", path)(error)),
    };
    if kind.is_file() {
        files.push(path.to_owned());
    } else if kind.is_dir() {
        for entry in entries(path)? {
            gather(&entry, files)?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => {
            let listed = listed.map_err(failure("list", folder))?;
            listed.map(|entry| Ok(entry.map_err(failure("list", folder))?.path())).collect()
        }
    }
}

/// Bytes that no compression and no search for zeroes makes anything of.
fn noise_block(file: &Path) -> Result<Vec<u8>, Failure> {
    let noise: [u8; NOISE_BYTES] = digest::random().map_err(failure("draw noise for", file))?;
    Ok(noise.to_vec())
}

/// How many bytes are drawn, to be written again and again: 64 KiB.
const NOISE_BYTES: usize = 64 * 1024;
