//! A tenant that comes from another installation: what it brings is copied aside, verbatim and verified, and let in as
//! one folder, so that nothing of it shows before all of it stands.
//!
//! On each volume `arriving/TENANT/` holds `ocfl` and `transfers`, which become `ocfl/TENANT` and `transfers/TENANT` by
//! one renaming each. What stands below `arriving/` under its own name is whole and durable: an interrupted copy goes on
//! where it stopped. The folder itself goes last: while it is there, whoever opens the volumes asks whether the tenant
//! was accepted, and takes back what was let in without it.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    domain::{digest::Digest, id::TransferId, tenant::TenantId},
    vault::{
        Vault,
        disk::{aside, failure},
        error::Error,
        inventory::Inventory,
        layout::OcflId,
        read::Objects,
        reception::copy_to,
        segments::names,
        staging::Staged,
        verify::expected,
        volume::Volume,
    },
};

/// The tenant's objects, within its folder among the arrivals.
const OBJECTS: &str = "ocfl";

/// The papers of its transfers.
const PAPERS: &str = "transfers";

/// The packages of its transfers that are not settled, by transfer.
const PENDING: &str = "pending";

/// The file that says from what the tenant is being copied.
const MARK: &str = "mark";

/// Objects on their way to their places.
const PARTS: &str = "parts";

/// Where a tenant comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// What tells this source from any other: what was copied from another is not gone on with.
    pub mark: Digest,
    /// The OCFL storage root that holds its objects.
    pub objects: PathBuf,
    /// The folder that holds the papers of transfers, by tenant.
    pub papers: PathBuf,
    /// The folder that holds the packages of transfers that are not settled.
    pub pending: PathBuf,
    /// The tenant.
    pub tenant: TenantId,
}

/// How many objects, and bytes, become durable at once.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Objects.
    pub objects: usize,
    /// Bytes.
    pub bytes: u64,
}

/// A tenant's things, whole and durable on these volumes, and not let in yet.
#[derive(Debug)]
#[must_use = "what arrived is let in, or stays aside"]
pub struct Arrival {
    tenant: TenantId,
    volumes: Vec<Arc<Volume>>,
    /// How many objects it has.
    pub objects: u64,
    /// How many bytes were copied to each volume by this call.
    pub bytes: u64,
}

impl Vault {
    /// Copies a tenant's objects and papers aside, from where an earlier call stopped. `each` is told of every object.
    ///
    /// # Errors
    /// The source is not whole; fewer volumes than required can take it, or have room for a batch of it.
    pub fn bring(&self, from: &Origin, batch: Batch, each: &mut dyn FnMut()) -> Result<Arrival, Error> {
        let volumes = self.gives(&self.writers(0)?, |volume| begin(volume, from))?;
        let mut arrival = Arrival { tenant: from.tenant.clone(), volumes, objects: 0, bytes: 0 };
        let (mut waiting, mut bytes) = (Vec::new(), 0);
        for object in Objects::of(from.objects.clone(), &from.tenant) {
            let object = object?;
            bytes += size_of(&from.objects.join(object.path()))?;
            waiting.push(object);
            if waiting.len() >= batch.objects || bytes >= batch.bytes {
                self.bring_batch(from, &std::mem::take(&mut waiting), std::mem::take(&mut bytes), &mut arrival, each)?;
            }
        }
        self.bring_batch(from, &waiting, bytes, &mut arrival, each)?;
        let papers = from.papers.join(from.tenant.as_str());
        arrival.volumes = self.gives(&arrival.volumes, |volume| {
            let own = arriving(volume, &from.tenant);
            for (folder, name) in [(&papers, PAPERS), (&from.pending, PENDING)] {
                if folder.is_dir() {
                    copy_folder(volume, folder, &own.join(name))?;
                }
            }
            Ok(())
        })?;
        Ok(arrival)
    }

    /// Adds an object of our own to what arrived, in the place of any former one.
    ///
    /// # Errors
    /// Fewer volumes than required took it.
    pub fn add_to(&self, arrival: &mut Arrival, staged: &Staged) -> Result<(), Error> {
        let tenant = arrival.tenant.clone();
        arrival.volumes = self.gives(&arrival.volumes, |volume| {
            let copy = staged.copies.iter().find(|copy| std::ptr::eq(Arc::as_ptr(&copy.volume), volume));
            let copy = copy.ok_or_else(|| Error::GivenUp { object: staged.object.clone() })?;
            let place = arriving(volume, &tenant).join(OBJECTS).join(below_tenant(&staged.object));
            volume.disk.remove_tree(&place)?;
            volume.make_all_durable()?;
            place.parent().map_or(Ok(()), |parent| volume.disk.make_dirs(parent))?;
            Ok(volume.disk.rename(&copy.folder, &place)?)
        })?;
        Ok(())
    }

    /// Lets in what arrived: all of it shows at once on each volume.
    ///
    /// # Errors
    /// Something of the tenant stands here already; fewer volumes than required could do so: what shows is taken back.
    pub fn let_in(&self, arrival: &Arrival) -> Result<(), Error> {
        let _open = self.writing();
        self.leave_behind_all_but(&arrival.volumes)?;
        let done = self.on_each(&arrival.volumes, |volume| {
            volume.make_all_durable()?;
            let_packages_in(volume, &arriving(volume, &arrival.tenant).join(PENDING))?;
            for (from, to) in moves(volume, &arrival.tenant) {
                if from.is_dir() {
                    to.parent().map_or(Ok(()), |parent| volume.disk.make_dirs(parent))?;
                    volume.disk.rename(&from, &to)?;
                }
            }
            Ok(volume.make_all_durable()?)
        });
        let done = match done {
            Ok(done) => done.into_iter().map(|(volume, ())| volume).collect::<Vec<_>>(),
            Err(error) => {
                // What cannot be taken back now is taken back at the next opening.
                let _ = arrival.volumes.iter().try_for_each(|volume| take_back(volume, &arrival.tenant));
                return Err(error);
            }
        };
        self.leave_behind_all_but(&done)
    }

    /// Takes back what was let in, because the catalog refused the tenant: it waits aside again.
    ///
    /// # Errors
    /// A disk fails: calling again goes on.
    pub fn put_out(&self, tenant: &TenantId) -> Result<(), Error> {
        let _open = self.writing();
        self.readers().iter().try_for_each(|volume| take_back(volume, tenant))
    }

    /// Forgets that a tenant arrived: it was accepted, or what it brought is not wanted any more.
    ///
    /// # Errors
    /// A disk fails: calling again goes on.
    pub fn forget_arrival(&self, tenant: &TenantId) -> Result<(), Error> {
        let _open = self.writing();
        for volume in self.readers() {
            volume.disk.remove_tree(&arriving(&volume, tenant))?;
            let root = volume.places.arrivals();
            if root.is_dir() {
                volume.disk.prune(&root, volume.path())?;
            }
        }
        Ok(())
    }

    /// The tenants that are arriving, or arrived and were not said to be accepted.
    ///
    /// # Errors
    /// A volume cannot be read.
    pub fn arrivals(&self) -> Result<BTreeSet<TenantId>, Error> {
        let mut tenants = BTreeSet::new();
        for volume in self.readers() {
            let names = names(&volume.places.arrivals())?;
            tenants.extend(names.into_iter().filter_map(|name| name.parse::<TenantId>().ok()));
        }
        Ok(tenants)
    }

    /// Copies the objects that do not stand there yet: whole and durable before any of them takes its place.
    fn bring_batch(
        &self,
        from: &Origin,
        objects: &[OcflId],
        bytes: u64,
        arrival: &mut Arrival,
        each: &mut dyn FnMut(),
    ) -> Result<(), Error> {
        self.ensure_writable(bytes)?;
        let _open = self.writing();
        let done = self.on_each(&arrival.volumes, |volume| {
            let own = arriving(volume, &from.tenant);
            let place = |object: &OcflId| own.join(OBJECTS).join(below_tenant(object));
            let lacking: Vec<&OcflId> = objects.iter().filter(|object| !place(object).is_dir()).collect();
            volume.disk.remove_tree(&own.join(PARTS))?;
            let mut copied = 0;
            for (at, object) in lacking.iter().enumerate() {
                copied += copy(object, &from.objects, volume, &own.join(PARTS).join(at.to_string()))?;
            }
            volume.make_all_durable()?;
            for (at, object) in lacking.iter().enumerate() {
                let place = place(object);
                place.parent().map_or(Ok(()), |parent| volume.disk.make_dirs(parent))?;
                volume.disk.rename(&own.join(PARTS).join(at.to_string()), &place)?;
            }
            volume.disk.remove_tree(&own.join(PARTS))?;
            Ok(copied)
        })?;
        arrival.bytes += done.iter().map(|(_, copied)| *copied).max().unwrap_or_default();
        arrival.volumes = done.into_iter().map(|(volume, _)| volume).collect();
        arrival.objects += u64::try_from(objects.len()).unwrap_or(u64::MAX);
        for _ in objects {
            each();
        }
        Ok(())
    }

    fn gives(
        &self,
        volumes: &[Arc<Volume>],
        work: impl Fn(&Volume) -> Result<(), Error> + Sync,
    ) -> Result<Vec<Arc<Volume>>, Error> {
        let _open = self.writing();
        Ok(self.on_each(volumes, work)?.into_iter().map(|(volume, ())| volume).collect())
    }
}

/// The tenant's folder among the arrivals of a volume.
fn arriving(volume: &Volume, tenant: &TenantId) -> PathBuf {
    volume.places.arrivals().join(tenant.as_str())
}

/// Begins to copy, or goes on where a copy of the same source stopped.
fn begin(volume: &Volume, from: &Origin) -> Result<(), Error> {
    let own = arriving(volume, &from.tenant);
    let (mark, text) = (own.join(MARK), format!("{}\n", from.mark));
    if fs::read(&mark).is_ok_and(|known| known == text.as_bytes()) {
        return Ok(());
    }
    volume.disk.remove_tree(&own)?;
    volume.disk.make_dirs(&own)?;
    Ok(volume.disk.write_durably(&mark, text.as_bytes())?)
}

/// What is renamed when the tenant is let in.
fn moves(volume: &Volume, tenant: &TenantId) -> [(PathBuf, PathBuf); 2] {
    let own = arriving(volume, tenant);
    [(own.join(PAPERS), volume.places.papers_of(tenant)), (own.join(OBJECTS), volume.places.objects_of(tenant))]
}

/// Gives packages that are not settled their places. They are not taken back: nobody asks for one whose transfer is not
/// known, and the next copy brings them again.
fn let_packages_in(volume: &Volume, from: &Path) -> Result<(), Error> {
    for name in names(from)? {
        let transfer: TransferId = name
            .parse()
            .map_err(|_| Error::Corrupt { path: from.join(&name), why: "it is not named by a transfer".to_owned() })?;
        let to = volume.places.received(transfer);
        if !to.exists() {
            volume.disk.make_dirs(&volume.places.pending())?;
            volume.disk.rename(&from.join(&name), &to)?;
        }
    }
    Ok(())
}

/// An object's place within its tenant's folder.
fn below_tenant(object: &OcflId) -> PathBuf {
    object.path().iter().skip(1).collect()
}

/// Gives the tenant's folders on one volume their places among the arrivals again.
fn take_back(volume: &Volume, tenant: &TenantId) -> Result<(), Error> {
    for (from, to) in moves(volume, tenant).into_iter().rev() {
        if to.is_dir() && !from.is_dir() {
            from.parent().map_or(Ok(()), |parent| volume.disk.make_dirs(parent))?;
            volume.disk.rename(&to, &from)?;
        }
    }
    Ok(volume.make_all_durable()?)
}

/// Copies an object to `to`, every file held against its digest; how many bytes.
fn copy(object: &OcflId, from: &Path, volume: &Volume, to: &Path) -> Result<u64, Error> {
    let source = from.join(object.path());
    let (inventory, digest) = Inventory::read(&source)?;
    if inventory.id != *object {
        return Err(Error::Corrupt { path: source, why: format!("it is the inventory of {}", inventory.id) });
    }
    let mut bytes = 0;
    for (path, content) in expected(&source, &inventory, digest) {
        let (origin, target) = (source.join(&path), to.join(&path));
        target.parent().map_or(Ok(()), |folder| volume.disk.make_dirs(folder))?;
        let mut file = File::open(&origin).map_err(failure("read", &origin))?;
        let copied = copy_to(volume, &mut file, &target)?;
        if copied.sha512() != content {
            return Err(Error::Corrupt { path: origin, why: "its bytes are not those of its digest".to_owned() });
        }
        bytes += copied.size();
    }
    Ok(bytes)
}

/// Copies plain files, folder by folder.
fn copy_folder(volume: &Volume, from: &Path, to: &Path) -> Result<(), Error> {
    volume.disk.make_dirs(to)?;
    for entry in fs::read_dir(from).map_err(failure("list", from))? {
        let entry = entry.map_err(failure("list", from))?;
        let (one, other) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(failure("look at", &one))?;
        if kind.is_dir() {
            copy_folder(volume, &one, &other)?;
            continue;
        }
        if !kind.is_file() {
            return Err(Error::Corrupt { path: one, why: "it is neither a file nor a folder".to_owned() });
        }
        let part = aside(&other);
        let mut file = File::open(&one).map_err(failure("read", &one))?;
        copy_to(volume, &mut file, &part)?;
        volume.disk.replace(&part, &other)?;
    }
    Ok(())
}

/// The bytes of all files of an object.
fn size_of(folder: &Path) -> Result<u64, Error> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(failure("list", folder))? {
        let entry = entry.map_err(failure("list", folder))?;
        let metadata = entry.metadata().map_err(failure("look at", folder))?;
        bytes += if metadata.is_dir() { size_of(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
