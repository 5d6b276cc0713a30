//! One volume: a folder that holds everything, the card that says whose it is, and how it fares.
//!
//! Which volumes are up to date is the vault's to decide (`members`); here stands only what one folder knows.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::fs::StatVfsMountFlags;
use serde::{Deserialize, Serialize};

use crate::vault::{
    disk::{Disk, Failure, failure},
    error::Error,
    layout::{EXTENSION, Places},
    notice,
    segments::KnownTail,
};

/// The version of the arrangement of a volume's folders, in `volume.json`.
const FORMAT: u32 = 1;

/// How one volume fares.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent observations, shown side by side")]
pub struct VolumeStatus {
    /// Its folder.
    pub path: PathBuf,
    /// Whether its card can be read: it is mounted, and ours.
    pub reachable: bool,
    /// Whether it holds everything. One that was away does not until it has caught up.
    pub current: bool,
    /// Whether new things are written to it.
    pub writable: bool,
    /// Free room in bytes for us; 0 when it cannot be reached.
    pub free_bytes: u64,
    /// Whether another volume stands on the same device: two copies, one disk.
    pub shares_device: bool,
    /// The last thing that failed on it, if any did since the vault was opened.
    pub last_error: Option<String>,
}

/// `volume.json`: whose volume a folder is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Card {
    /// The installation.
    pub(super) installation: String,
    /// The volume.
    pub(super) volume: String,
    /// The version of the arrangement.
    pub(super) format: u32,
}

/// One volume.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) places: Places,
    pub(super) disk: Disk,
    card: Mutex<Option<Card>>,
    /// The card of a folder that has none of its own: a restitution.
    lent: Option<Card>,
    /// The installation that it must belong to, once that is known.
    pub(super) installation: OnceLock<String>,
    last_error: Mutex<Option<String>>,
    failures: AtomicU64,
    synchronising: Mutex<()>,
    /// How many things were set aside to be erased since the vault was opened.
    spent: AtomicU64,
    /// Segments whose names are known to be durable.
    pub(super) durable_names: Mutex<BTreeSet<PathBuf>>,
    /// The last line of the open days, as last read.
    pub(super) tail: Mutex<Option<KnownTail>>,
}

impl Volume {
    pub(super) fn new(path: PathBuf, disk: Disk) -> Self {
        Self {
            places: Places::new(path),
            disk,
            card: Mutex::new(None),
            lent: None,
            installation: OnceLock::new(),
            last_error: Mutex::new(None),
            failures: AtomicU64::new(0),
            synchronising: Mutex::new(()),
            spent: AtomicU64::new(0),
            durable_names: Mutex::new(BTreeSet::new()),
            tail: Mutex::new(None),
        }
    }

    /// The folder of a restitution, which is arranged like a volume.
    pub(super) fn restituted(path: PathBuf, installation: &str) -> Self {
        let lent = Card { installation: installation.to_owned(), volume: String::new(), format: FORMAT };
        Self { lent: Some(lent), ..Self::new(path, Disk::default()) }
    }

    pub(super) fn path(&self) -> &Path {
        self.places.root()
    }

    /// Makes the folder a volume. Its card is written last: a folder without one is no volume.
    pub(super) fn make(&self, card: &Card) -> Result<(), Error> {
        let (disk, root) = (&self.disk, self.path());
        disk.make_dirs(root)?;
        if fs::read_dir(root).map_err(failure("list", root))?.next().is_some() {
            return Err(Error::NotEmpty { path: root.to_owned() });
        }
        let ocfl = self.places.ocfl();
        let extension = ocfl.join("extensions").join(EXTENSION);
        for folder in [
            &extension,
            &self.places.journal(),
            &self.places.log(),
            &self.places.kit(),
            &self.places.pending(),
            &self.places.transfers(),
        ] {
            disk.make_dirs(folder)?;
        }
        disk.make_dirs(&root.join("staging"))?;
        disk.write_new(&ocfl.join("0=ocfl_1.1"), b"ocfl_1.1\n")?;
        disk.write_new(&extension.join("config.json"), notice::LAYOUT_CONFIG.as_bytes())?;
        disk.write_new(&extension.join("LISEZMOI.md"), notice::LAYOUT_TEXT.as_bytes())?;
        disk.write_new(&root.join("LISEZMOI.txt"), notice::ROOT_TEXT.as_bytes())?;
        disk.sync_all(root)?;
        disk.write_durably(&self.places.card(), json(card, &self.places.card())?.as_bytes())?;
        Ok(root.parent().map_or(Ok(()), |parent| disk.sync(parent))?)
    }

    /// Reads the card, so that an empty mount point is never taken for the volume.
    pub(super) fn read_card(&self) -> Result<Card, Error> {
        if let Some(lent) = &self.lent {
            let root = self.path();
            fs::metadata(root).map_err(failure("look at", root))?;
            return Ok(lent.clone());
        }
        let path = self.places.card();
        let card: Card = parse(&path)?;
        if card.format != FORMAT {
            return Err(Error::Corrupt { path, why: format!("format {} is not {FORMAT}", card.format) });
        }
        if let Some(expected) = self.installation.get().filter(|expected| **expected != card.installation) {
            let path = self.path().to_owned();
            return Err(Error::Foreign { path, found: card.installation, expected: expected.clone() });
        }
        let mut known = lock(&self.card);
        match known.as_ref() {
            Some(before) if *before != card => {
                Err(Error::Corrupt { path, why: "another volume has taken this folder".to_owned() })
            }
            _ => Ok(known.insert(card).clone()),
        }
    }

    /// The volume's identifier, once its card was read.
    pub(super) fn id(&self) -> Option<String> {
        lock(&self.card).as_ref().map(|card| card.volume.clone())
    }

    /// Free room in bytes, or why the volume cannot be written.
    pub(super) fn room(&self) -> Result<u64, Error> {
        self.read_card()?;
        let root = self.path();
        let space = rustix::fs::statvfs(root).map_err(|errno| failure("look at", root)(errno.into()))?;
        if space.f_flag.contains(StatVfsMountFlags::RDONLY) {
            return Err(failure("write to", root)(io::ErrorKind::ReadOnlyFilesystem.into()).into());
        }
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    /// The device that holds the folder.
    pub(super) fn device(&self) -> Option<u64> {
        fs::metadata(self.path()).ok().map(|metadata| metadata.dev())
    }

    /// A name below a node's `staging` folder under which nothing was set aside yet.
    pub(super) fn next_spent(&self, staging: &Path) -> PathBuf {
        loop {
            let path = staging.join(format!("{SPENT}{}", self.spent.fetch_add(1, Ordering::SeqCst)));
            if !path.exists() {
                return path;
            }
        }
    }

    /// Makes `paths` durable, one by one when they are few, else with all of the file system.
    ///
    /// Measured on two volumes of one ext4 disk, ten files an object: `syncfs` made batches of 1, 4, 32 and 128
    /// objects durable in 1–2, 3, 10 and 30–37 ms; sixteen threads of `fsync` took 3, 10–14, 77–95 and 290–390 ms.
    /// Only a path or two, as a journal's segment, is better served alone: what others write need not be waited for.
    pub(super) fn make_durable(&self, paths: &[PathBuf]) -> Result<(), Failure> {
        if paths.len() <= ONE_BY_ONE {
            return paths.iter().try_for_each(|path| self.disk.sync(path));
        }
        self.make_all_durable()
    }

    /// Makes durable all that was written to the volume's file system.
    pub(super) fn make_all_durable(&self) -> Result<(), Failure> {
        // One at a time: an error of writing back is told to one caller only, and `failures` tells the others.
        let _alone = lock(&self.synchronising);
        self.disk.sync_all(self.path()).inspect_err(|failed| self.note(failed))
    }

    /// Keeps what failed, for people and for [`failures`](Self::failures).
    pub(super) fn note(&self, error: &dyn std::error::Error) {
        let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        *lock(&self.last_error) = Some(format!("{error}{cause}"));
        self.failures.fetch_add(1, Ordering::SeqCst);
    }

    /// How often something failed. Bytes written before a failure and synchronised after it are not trusted.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::SeqCst)
    }

    /// The last thing that failed.
    pub(super) fn last_error(&self) -> Option<String> {
        lock(&self.last_error).clone()
    }
}

/// How the names begin, in a node's staging folder, of what is to be erased.
pub(super) const SPENT: &str = "spent-";

/// Up to how many files or folders are synchronised one by one.
const ONE_BY_ONE: usize = 4;

/// A new card.
pub(super) fn card(installation: &str, volume: String) -> Card {
    Card { installation: installation.to_owned(), volume, format: FORMAT }
}

/// Reads a small JSON file of ours.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(failure("read", path))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::Corrupt { path: path.to_owned(), why: error.to_string() })
}

/// Writes a small JSON file of ours, for people to read too.
pub(super) fn json(value: &impl Serialize, path: &Path) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Corrupt { path: path.to_owned(), why: error.to_string() })?;
    Ok(text + "\n")
}

/// Takes a lock; a thread that died holding it left nothing half-done that the disk does not show.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
