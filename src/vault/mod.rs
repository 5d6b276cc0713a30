//! What the archive keeps: OCFL volumes; all writing of bytes.
//!
//! Knows nothing of SQL, of SEDA or of what an archive means: objects of named bytes, journals of lines, papers of
//! transfers. Every function blocks. Invariants: what `publish` and `append` return from is on stable storage on every
//! required volume; a crash leaves an object whole or named by an intent that `recover` settles; a name is data and
//! never a path.

pub mod error;
pub mod layout;
pub mod inventory;
pub mod staging;
pub mod arrival;
pub mod publish;
pub mod read;
pub mod segments;
pub mod reception;
pub mod parts;
pub mod papers;
pub mod beside;
pub mod verify;
pub mod catch_up;
pub mod extract;
pub mod outside;
pub mod erase;
pub mod volume;
mod disk;
mod intent;
mod level;
mod medium;
mod members;
mod notice;
mod paced;
mod recover;

#[cfg(test)]
mod trial;

pub use disk::Failure;
pub use intent::Intended;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::{
    domain::{clock::Timestamp, id::Id},
    vault::{
        disk::{Disk, Sink},
        error::{Error, Unavailable},
        layout::OcflId,
        members::Members,
        volume::{Volume, VolumeStatus, card, lock},
    },
};

/// Marks the identifiers of volumes.
#[derive(Debug)]
enum VolumeKind {}

/// How a vault is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The volumes' folders, the preferred one for reading first.
    pub volumes: Vec<PathBuf>,
    /// How many volumes must take every byte; `None` for all of them.
    pub required: Option<usize>,
    /// The name of this process among those that write to the same volumes: 1 to 40 characters of `a-z 0-9 -`.
    pub node: String,
    /// How many bytes must stay free on a volume after a write.
    pub reserve_bytes: u64,
}

impl Terms {
    /// How many bytes stay free unless the configuration says otherwise: 256 MiB.
    pub const RESERVE_BYTES: u64 = 256 * 1024 * 1024;

    /// All of `volumes` required, the usual reserve.
    pub fn new(volumes: Vec<PathBuf>, node: &str) -> Self {
        Self { volumes, required: None, node: node.to_owned(), reserve_bytes: Self::RESERVE_BYTES }
    }
}

/// The volumes of one installation.
#[derive(Debug)]
pub struct Vault {
    volumes: Vec<Arc<Volume>>,
    required: usize,
    reserve_bytes: u64,
    node: String,
    installation: String,
    members: Mutex<Members>,
    /// Held by every write; taken whole by a volume that ends its catching up.
    gate: RwLock<()>,
    serial: AtomicU64,
    appending: Mutex<()>,
    /// The objects that some thread makes visible now.
    publishing: Mutex<BTreeSet<OcflId>>,
    /// Held while what was set aside is erased.
    erasing: Mutex<()>,
    /// What was published or erased while a volume catches up.
    missed: Mutex<Option<BTreeSet<OcflId>>>,
    _locks: Vec<Sink>,
}

impl Vault {
    /// Makes volumes of empty or missing folders.
    ///
    /// # Errors
    /// A folder holds something, or a disk fails.
    pub fn create(volumes: &[PathBuf], installation: &str, at: Timestamp) -> Result<(), Error> {
        Self::create_on(&Disk::default(), volumes, installation, at)
    }

    fn create_on(disk: &Disk, paths: &[PathBuf], installation: &str, at: Timestamp) -> Result<(), Error> {
        let volumes: Vec<_> = paths.iter().map(|path| Arc::new(Volume::new(path.clone(), disk.clone()))).collect();
        for volume in &volumes {
            volume.make(&card(installation, Id::<VolumeKind>::mint(at).to_string()))?;
            volume.read_card()?;
        }
        Members::default().next(&volumes).write(&volumes)
    }

    /// Opens volumes. One that cannot be reached is left out, and can come back later.
    ///
    /// # Errors
    /// None can be reached; one belongs to another installation; another process works under the node's name.
    pub fn open(terms: Terms) -> Result<Self, Error> {
        Self::open_on(&Disk::default(), terms)
    }

    /// Opens one volume's folder to look at it only: nothing is written there, no name is taken, and every write is
    /// refused.
    ///
    /// # Errors
    /// It is no volume, or cannot be read.
    pub fn inspect(volume: PathBuf) -> Result<Self, Error> {
        let volume = Volume::new(volume, Disk::default());
        let installation = volume.read_card()?.installation;
        volume.installation.get_or_init(|| installation.clone());
        Ok(Self::to_look_at(volume, installation))
    }

    fn to_look_at(volume: Volume, installation: String) -> Self {
        Self {
            // More volumes than there are: no write ever finds enough of them.
            required: usize::MAX,
            reserve_bytes: 0,
            installation,
            members: Mutex::new(Members::default()),
            gate: RwLock::new(()),
            serial: AtomicU64::new(0),
            appending: Mutex::new(()),
            publishing: Mutex::new(BTreeSet::new()),
            erasing: Mutex::new(()),
            missed: Mutex::new(None),
            _locks: Vec::new(),
            node: String::new(),
            volumes: vec![Arc::new(volume)],
        }
    }

    /// Opens the folder of a restitution to look at it only, as [`inspect`](Self::inspect) does a volume's. `installation`
    /// is the one that its `restitution.json` names.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn inspect_restitution(folder: PathBuf, installation: &str) -> Result<Self, Error> {
        let volume = Volume::restituted(folder, installation);
        volume.read_card()?;
        Ok(Self::to_look_at(volume, installation.to_owned()))
    }

    fn open_on(disk: &Disk, terms: Terms) -> Result<Self, Error> {
        terms.node.parse::<crate::domain::tenant::TenantId>().map_err(|_| Error::NodeName)?;
        let volumes: Vec<_> = terms.volumes.into_iter().map(|path| Arc::new(Volume::new(path, disk.clone()))).collect();
        let mut cards = Vec::new();
        for volume in &volumes {
            match volume.read_card() {
                Ok(card) => cards.push((volume, card)),
                Err(error @ Error::Corrupt { .. }) => return Err(error),
                Err(error) => volume.note(&error),
            }
        }
        let installation = cards.first().ok_or(Error::NoVolume)?.1.installation.clone();
        let mut seen = BTreeSet::new();
        for (volume, card) in &cards {
            let path = volume.path().to_owned();
            if card.installation != installation {
                return Err(Error::Foreign { path, found: card.installation.clone(), expected: installation });
            }
            if !seen.insert(&card.volume) {
                return Err(Error::Twice { path });
            }
        }
        for volume in &volumes {
            volume.installation.get_or_init(|| installation.clone());
        }
        let locks = take_node(&volumes, &terms.node)?;
        let members = Members::read(&volumes).ok_or(Error::NoVolume)?;
        Ok(Self {
            required: terms.required.unwrap_or(volumes.len()).clamp(1, volumes.len()),
            reserve_bytes: terms.reserve_bytes,
            installation,
            members: Mutex::new(members),
            gate: RwLock::new(()),
            serial: AtomicU64::new(intent::first_serial(&volumes, &terms.node)),
            appending: Mutex::new(()),
            publishing: Mutex::new(BTreeSet::new()),
            erasing: Mutex::new(()),
            missed: Mutex::new(None),
            _locks: locks,
            node: terms.node,
            volumes,
        })
    }

    /// The installation whose volumes these are.
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// The name of this process among those that write to the same volumes.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// How many volumes must take every byte.
    pub const fn required(&self) -> usize {
        self.required
    }

    /// How many volumes were given, reachable or not. They are numbered from 0 in the order given.
    pub const fn volume_count(&self) -> usize {
        self.volumes.len()
    }

    /// Whether two volumes stand on one device, so that one dead disk loses both.
    pub fn shares_device(&self) -> bool {
        let devices: Vec<u64> = self.volumes.iter().filter_map(|volume| volume.device()).collect();
        devices.iter().collect::<BTreeSet<_>>().len() < devices.len()
    }

    /// How every volume fares now.
    pub fn status(&self) -> Vec<VolumeStatus> {
        let members = self.members();
        let device = |volume: &Volume| volume.id().and_then(|_| volume.device());
        let status = |volume: &Arc<Volume>| {
            let room = volume.room();
            let current = members.holds(volume);
            let own = device(volume);
            VolumeStatus {
                path: volume.path().to_owned(),
                reachable: volume.read_card().is_ok(),
                current,
                writable: current && room.as_ref().is_ok_and(|free| *free > self.reserve_bytes),
                free_bytes: room.unwrap_or_default(),
                shares_device: own.is_some()
                    && self.volumes.iter().any(|other| !Arc::ptr_eq(other, volume) && device(other) == own),
                last_error: volume.last_error(),
            }
        };
        self.volumes.iter().map(status).collect()
    }

    /// Whether `bytes` can be kept on every required volume, with the reserve left over.
    ///
    /// # Errors
    /// They cannot: why, volume by volume. Nothing was written.
    pub fn ensure_writable(&self, bytes: u64) -> Result<(), Unavailable> {
        if self.writers(bytes).is_ok() {
            return Ok(());
        }
        // What was set aside to be erased takes room that nobody needs.
        if let Err(error) = self.erase_spent() {
            tracing::warn!(%error, "what was set aside could not be erased");
        }
        self.writers(bytes).map(|_| ())
    }

    /// The volumes that new things go to: up to date, reachable, with room for `bytes`.
    fn writers(&self, bytes: u64) -> Result<Vec<Arc<Volume>>, Unavailable> {
        let members = self.members();
        let (mut writers, mut reasons) = (Vec::new(), Vec::new());
        for volume in &self.volumes {
            let path = volume.path().display();
            match volume.room() {
                Err(error) => reasons.push(error.to_string()),
                Ok(_) if !members.holds(volume) => reasons.push(format!("{path} has not caught up")),
                Ok(free) if free < bytes.saturating_add(self.reserve_bytes) => {
                    reasons
                        .push(format!("{path} has {free} bytes left, {bytes} and {} are needed", self.reserve_bytes));
                }
                Ok(_) => writers.push(Arc::clone(volume)),
            }
        }
        if writers.len() < self.required {
            return Err(Unavailable { writable: writers.len(), required: self.required, reasons });
        }
        Ok(writers)
    }

    /// The volumes that can be read now, by their place in the configuration.
    pub fn reachable(&self) -> Vec<usize> {
        self.volumes.iter().enumerate().filter(|(_, volume)| volume.read_card().is_ok()).map(|(at, _)| at).collect()
    }

    /// The identifier of a volume, which it keeps wherever it stands; `None` while it was never reached.
    pub fn volume_id(&self, volume: usize) -> Option<String> {
        self.volumes.get(volume)?.id()
    }

    /// Whether a volume can be read, and holds everything.
    pub fn is_current(&self, volume: usize) -> bool {
        self.volumes.get(volume).is_some_and(|one| one.read_card().is_ok() && self.members().holds(one))
    }

    /// The volumes that can be read, those that hold everything first.
    fn readers(&self) -> Vec<Arc<Volume>> {
        let members = self.members();
        let (whole, behind): (Vec<_>, Vec<_>) = self.volumes.iter().cloned().partition(|volume| members.holds(volume));
        whole.into_iter().chain(behind).filter(|volume| volume.read_card().is_ok()).collect()
    }

    /// The set of volumes that hold everything, as the last of all nodes wrote it.
    fn members(&self) -> Members {
        let mut known = lock(&self.members);
        if let Some(read) = Members::read(&self.volumes).filter(|read| read.epoch > known.epoch) {
            *known = read;
        }
        known.clone()
    }

    /// Writes down, before anything is written to `volumes` only, that the others are left behind.
    fn leave_behind_all_but(&self, volumes: &[Arc<Volume>]) -> Result<(), Error> {
        let members = self.members();
        let next = members.next(volumes);
        if next.current != members.current {
            next.write(volumes)?;
            *lock(&self.members) = next;
        }
        Ok(())
    }

    /// Does `work` on every volume at once, and gives those on which it succeeded.
    ///
    /// # Errors
    /// Fewer than required succeeded; or something failed that is no disk's fault.
    fn on_each<T: Send>(
        &self,
        volumes: &[Arc<Volume>],
        work: impl Fn(&Volume) -> Result<T, Error> + Sync,
    ) -> Result<Vec<(Arc<Volume>, T)>, Error> {
        let results: Vec<Result<T, Error>> = thread::scope(|scope| {
            let work = &work;
            let others: Vec<_> = volumes.iter().skip(1).map(|volume| scope.spawn(move || work(volume))).collect();
            let first = volumes.first().map(|volume| work(volume));
            let joined =
                others.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            first.into_iter().chain(joined).collect()
        });
        let (mut done, mut failed) = (Vec::new(), None);
        for (volume, result) in volumes.iter().zip(results) {
            match result {
                Ok(value) => done.push((Arc::clone(volume), value)),
                Err(error @ Error::Disk(_)) => {
                    volume.note(&error);
                    failed.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match failed {
            Some(error) if done.len() < self.required => Err(error),
            _ => Ok(done),
        }
    }

    /// A number that this process has not used yet.
    fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::SeqCst)
    }

    fn writing(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a volume that catches up that `object` changed meanwhile.
    fn changed(&self, object: &OcflId) {
        if let Some(missed) = lock(&self.missed).as_mut() {
            missed.insert(object.clone());
        }
    }
}

/// Takes the node's name on every volume that can be written.
fn take_node(volumes: &[Arc<Volume>], node: &str) -> Result<Vec<Sink>, Error> {
    let mut locks = Vec::new();
    for volume in volumes.iter().filter(|volume| volume.room().is_ok()) {
        let staging = volume.places.staging(node);
        let taken = volume.disk.make_dirs(&staging).and_then(|()| volume.disk.append(&staging.join("lock")));
        match taken {
            Ok(sink) if sink.try_lock()? => locks.push(sink),
            Ok(_) => return Err(Error::NodeBusy { node: node.to_owned(), path: volume.path().to_owned() }),
            Err(failure) => volume.note(&failure),
        }
    }
    Ok(locks)
}
