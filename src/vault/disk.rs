//! The one place that opens, writes, synchronises, renames and removes files of a volume.
//!
//! Every change of a volume is one [`Step`] here, shown to a witness before it happens: that is how tests stop the
//! vault between two system calls, and rebuild what a power failure would leave. Reading needs no such care and is
//! done with `std::fs` where it is needed.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::{CWD, FallocateFlags, FlockOperation, RenameFlags, SeekFrom};

/// One change of a volume, of the size of a system call.
#[derive(Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "only tests look into a step"))]
pub(super) enum Step<'a> {
    /// A folder is made.
    MakeDir(&'a Path),
    /// An empty file is made, or opened for appending.
    OpenFile(&'a Path),
    /// Bytes are written at the end of a file.
    Write(&'a Path, &'a [u8]),
    /// A file is cut to a length in bytes.
    Truncate(&'a Path, u64),
    /// A file's bytes are overwritten where they stand.
    Overwrite(&'a Path),
    /// A file gives its blocks back.
    Discard(&'a Path),
    /// A file's bytes, or a folder's entries, are made durable.
    Sync(&'a Path),
    /// All that was written to the file system that holds a folder is made durable.
    SyncAll(&'a Path),
    /// A file or folder takes a name that nothing has.
    Rename(&'a Path, &'a Path),
    /// A file takes the name of another, which is gone.
    Replace(&'a Path, &'a Path),
    /// Two folders take each other's names.
    Exchange(&'a Path, &'a Path),
    /// A file's name is removed.
    RemoveFile(&'a Path),
    /// An empty folder is removed.
    RemoveDir(&'a Path),
}

/// Sees each step before it happens, and may refuse it.
pub(super) type Witness = Arc<dyn Fn(&Step<'_>) -> io::Result<()> + Send + Sync>;

/// A disk did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct Failure {
    /// What was tried, as a verb.
    pub action: &'static str,
    /// On which file or folder.
    pub path: PathBuf,
    /// What the system answered.
    pub source: io::Error,
}

impl Failure {
    /// Whether the disk, or the share of it that we may use, is full.
    pub fn is_full(&self) -> bool {
        matches!(
            self.source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        )
    }
}

/// Says what failed, and on what.
pub(super) fn failure(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failure {
    move |source| Failure { action, path: path.to_owned(), source }
}

/// Writes on file systems, under the eyes of an optional witness.
#[derive(Clone, Default)]
pub(super) struct Disk {
    witness: Option<Witness>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    /// A disk whose every step `witness` sees.
    #[cfg(test)]
    pub(super) fn watched(witness: Witness) -> Self {
        Self { witness: Some(witness) }
    }

    /// Makes a folder that does not exist.
    pub(super) fn make_dir(&self, path: &Path) -> Result<(), Failure> {
        self.act("make folder", path, &Step::MakeDir(path), || fs::create_dir(path))
    }

    /// Makes a folder and those above it, where they do not exist.
    pub(super) fn make_dirs(&self, path: &Path) -> Result<(), Failure> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.make_dirs(parent)?;
        }
        match self.make_dir(path) {
            Err(failure) if failure.source.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    }

    /// Makes a file that does not exist, and gives its end to write to.
    pub(super) fn create(&self, path: &Path) -> Result<Sink, Failure> {
        self.open(path, OpenOptions::new().write(true).create_new(true))
    }

    /// Opens a file for appending; makes it when it does not exist.
    pub(super) fn append(&self, path: &Path) -> Result<Sink, Failure> {
        self.open(path, OpenOptions::new().append(true).create(true))
    }

    /// Makes a file that does not exist, with `bytes` in it.
    pub(super) fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        self.create(path)?.write(bytes)
    }

    /// Makes or replaces the small file `path`, whole and durable: written aside, synchronised, renamed over.
    pub(super) fn write_durably(&self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let aside = aside(path);
        self.remove_tree(&aside)?;
        self.write_new(&aside, bytes)?;
        self.sync(&aside)?;
        self.replace(&aside, path)?;
        path.parent().map_or(Ok(()), |parent| self.sync(parent))
    }

    /// Cuts a file to `length` bytes.
    pub(super) fn truncate(&self, path: &Path, length: u64) -> Result<(), Failure> {
        self.act("cut", path, &Step::Truncate(path, length), || {
            OpenOptions::new().write(true).open(path)?.set_len(length)
        })
    }

    /// Writes `noise`, again and again, over all that a file holds, to the end of its last block; how many bytes the file
    /// had. Its holes stay holes. Nothing is durable yet.
    pub(super) fn overwrite(&self, path: &Path, noise: &[u8]) -> Result<u64, Failure> {
        self.act("overwrite", path, &Step::Overwrite(path), || {
            let file = OpenOptions::new().write(true).open(path)?;
            let metadata = file.metadata()?;
            let (length, block) = (metadata.len(), metadata.blksize().max(1));
            let mut at = 0;
            while let Some((from, until)) = data_from(&file, at, length)? {
                let until = if until == length { length.next_multiple_of(block) } else { until };
                write_over(&file, from, until, noise)?;
                at = until;
            }
            Ok(length)
        })
    }

    /// Gives a file's blocks back, so that a medium that is told of free blocks forgets them. That a file system cannot
    /// is no failure.
    pub(super) fn discard(&self, path: &Path) -> Result<(), Failure> {
        self.act("discard the blocks of", path, &Step::Discard(path), || {
            let file = OpenOptions::new().write(true).open(path)?;
            let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            match rustix::fs::fallocate(&file, flags, 0, file.metadata()?.len().max(1)) {
                Ok(()) | Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS | rustix::io::Errno::INVAL) => {
                    Ok(())
                }
                Err(errno) => Err(errno.into()),
            }
        })
    }

    /// Makes a file's bytes, or a folder's entries, durable (`fsync`).
    pub(super) fn sync(&self, path: &Path) -> Result<(), Failure> {
        self.act("synchronise", path, &Step::Sync(path), || File::open(path)?.sync_all())
    }

    /// Makes durable all that was written to the file system that holds `path` (`syncfs`). Since Linux 5.8 it
    /// reports bytes that could not be written.
    pub(super) fn sync_all(&self, path: &Path) -> Result<(), Failure> {
        self.act("synchronise the file system of", path, &Step::SyncAll(path), || {
            Ok(rustix::fs::syncfs(File::open(path)?)?)
        })
    }

    /// Gives `from` the name `to`, which nothing may have.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), Failure> {
        self.act("rename to", to, &Step::Rename(from, to), || {
            match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
                Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !to.exists() => fs::rename(from, to),
                answer => Ok(answer?),
            }
        })
    }

    /// Gives the file `from` the name `to`; a file of that name is gone.
    pub(super) fn replace(&self, from: &Path, to: &Path) -> Result<(), Failure> {
        self.act("replace", to, &Step::Replace(from, to), || fs::rename(from, to))
    }

    /// Makes two folders take each other's names, at once.
    pub(super) fn exchange(&self, one: &Path, other: &Path) -> Result<(), Failure> {
        self.act("exchange", other, &Step::Exchange(one, other), || {
            Ok(rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
        })
    }

    /// Removes a file or a folder with all it holds; what is not there is no failure.
    pub(super) fn remove_tree(&self, path: &Path) -> Result<(), Failure> {
        let kind = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failure("look at", path)(error)),
        };
        if !kind.is_dir() {
            return self.act("remove", path, &Step::RemoveFile(path), || fs::remove_file(path));
        }
        for entry in fs::read_dir(path).map_err(failure("list", path))? {
            self.remove_tree(&entry.map_err(failure("list", path))?.path())?;
        }
        self.remove_dir(path)
    }

    /// Removes an empty folder.
    pub(super) fn remove_dir(&self, path: &Path) -> Result<(), Failure> {
        self.act("remove", path, &Step::RemoveDir(path), || fs::remove_dir(path))
    }

    /// Removes, durably, the folder `path` and those above it while they are empty, up to `root`, which stays.
    pub(super) fn prune(&self, path: &Path, root: &Path) -> Result<(), Failure> {
        let mut removed = false;
        let below = |folder: &&Path| *folder != root && folder.starts_with(root);
        for folder in path.ancestors().take_while(below) {
            match self.remove_dir(folder) {
                Ok(()) => removed = true,
                Err(failure) if failure.source.kind() == io::ErrorKind::NotFound => {}
                Err(failure) if failure.source.kind() == io::ErrorKind::DirectoryNotEmpty => break,
                Err(failure) => return Err(failure),
            }
        }
        for folder in path.ancestors().filter(|_| removed) {
            match self.sync(folder) {
                Err(failure) if failure.source.kind() == io::ErrorKind::NotFound => {}
                other => return other,
            }
        }
        Ok(())
    }

    fn open(&self, path: &Path, options: &mut OpenOptions) -> Result<Sink, Failure> {
        // Nothing that the archive keeps is readable by the machine's other users.
        let options = options.mode(0o640);
        let file = self.act("open", path, &Step::OpenFile(path), || options.open(path))?;
        Ok(Sink { disk: self.clone(), path: path.to_owned(), file })
    }

    fn act<T>(
        &self,
        action: &'static str,
        path: &Path,
        step: &Step<'_>,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, Failure> {
        self.witness
            .as_ref()
            .map_or(Ok(()), |witness| witness(step))
            .and_then(|()| act())
            .map_err(failure(action, path))
    }
}

/// The end of a file being written.
#[derive(Debug)]
pub(super) struct Sink {
    disk: Disk,
    path: PathBuf,
    file: File,
}

impl Sink {
    /// Writes all of `bytes` at the end.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let file = &mut self.file;
        self.disk.act("write", &self.path, &Step::Write(&self.path, bytes), || file.write_all(bytes))
    }

    /// Makes the empty file share all bytes of another, where the file system can (`FICLONE`).
    pub(super) fn share(&self, source: &File) -> io::Result<bool> {
        match rustix::fs::ioctl_ficlone(&self.file, source) {
            Ok(()) => Ok(true),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Makes the bytes durable.
    pub(super) fn sync(&self) -> Result<(), Failure> {
        self.disk.act("synchronise", &self.path, &Step::Sync(&self.path), || self.file.sync_data())
    }

    /// Waits until no other process holds the file's lock, and holds it until dropped.
    pub(super) fn lock(&self) -> Result<(), Failure> {
        rustix::fs::flock(&self.file, FlockOperation::LockExclusive)
            .map_err(|errno| failure("lock", &self.path)(errno.into()))
    }

    /// Holds the file's lock until dropped, or says that another holds it.
    pub(super) fn try_lock(&self) -> Result<bool, Failure> {
        match rustix::fs::flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
            Err(errno) => Err(failure("lock", &self.path)(errno.into())),
        }
    }
}

/// The next stretch of a file that holds data, from `at` on: its beginning and its end. A file system that cannot tell
/// holes from data has one stretch.
fn data_from(file: &File, at: u64, length: u64) -> io::Result<Option<(u64, u64)>> {
    if at >= length {
        return Ok(None);
    }
    let from = match rustix::fs::seek(file, SeekFrom::Data(at)) {
        Ok(from) => from,
        Err(rustix::io::Errno::NXIO) => return Ok(None),
        Err(_) => return Ok(Some((at, length))),
    };
    let until = rustix::fs::seek(file, SeekFrom::Hole(from)).unwrap_or(length);
    Ok(Some((from, until.clamp(from + 1, length))))
}

fn write_over(file: &File, from: u64, until: u64, noise: &[u8]) -> io::Result<()> {
    let mut at = from;
    while at < until {
        let left = usize::try_from(until - at).unwrap_or(usize::MAX).min(noise.len());
        let written = file.write_at(noise.get(..left).unwrap_or_default(), at)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        at += u64::try_from(written).map_err(io::Error::other)?;
    }
    Ok(())
}

/// The name under which a file is written before it takes its own.
pub(super) fn aside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}
