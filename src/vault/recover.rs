//! What a crash left behind: each intent is kept or undone, as the catalog says, and unfinished work is removed.

use std::{fs, path::Path};

use crate::{
    digest,
    vault::{
        Vault,
        disk::failure,
        erase::erase_all,
        error::Error,
        intent::{Intended, Intent},
        inventory::{self, INVENTORY, Inventory, SIDECAR},
        layout::OcflId,
        volume::Volume,
    },
};

/// What `recover` did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Objects of unsettled batches that the catalog had accepted.
    pub kept: Vec<OcflId>,
    /// Objects of unsettled batches that it had not: they are gone.
    pub removed: Vec<OcflId>,
    /// How many unfinished files and folders were removed from `staging/`.
    pub leftovers: usize,
}

impl Vault {
    /// Settles what this node left when it stopped. To be called once, before anything is staged.
    /// `is_accepted` says whether the catalog knows the version with that inventory.
    ///
    /// # Errors
    /// A disk fails; calling again goes on.
    pub fn recover(&self, is_accepted: &dyn Fn(&Intended) -> bool) -> Result<Recovered, Error> {
        let _alone = self.alone();
        let volumes = self.readers();
        let mut recovered = Recovered::default();
        for intent in Intent::left(&volumes, &self.node)?.into_values() {
            let (kept, refused): (Vec<_>, Vec<_>) = intent.objects.into_iter().partition(is_accepted);
            // Papers of a batch without objects were promised to nobody, and do no harm.
            let papers = if kept.is_empty() && !refused.is_empty() { intent.papers } else { Vec::new() };
            for intended in &kept {
                self.complete(intended)?;
            }
            let refused = Intent { objects: refused, papers };
            for volume in &volumes {
                undo(volume, &volume.places.staging(&self.node), &refused)?;
            }
            recovered.kept.extend(kept.into_iter().map(|intended| intended.object));
            recovered.removed.extend(refused.objects.into_iter().map(|intended| intended.object));
        }
        for volume in &volumes {
            recovered.leftovers += clear(volume, &volume.places.staging(&self.node))?;
        }
        Ok(recovered)
    }

    /// Whether a volume that can be read has the intended version whole, or a later one.
    pub fn holds(&self, intended: &Intended) -> bool {
        self.readers().iter().any(|volume| holds(volume, intended))
    }

    /// Makes an accepted version whole on every volume that holds everything, by copying from one where it is.
    fn complete(&self, intended: &Intended) -> Result<(), Error> {
        let members = self.members();
        let volumes = self.readers();
        for volume in volumes.iter().filter(|volume| holds(volume, intended)) {
            finish_sidecar(volume, &volume.places.object(&intended.object))?;
        }
        let good = volumes.iter().find(|volume| holds(volume, intended));
        let good = good.ok_or_else(|| Error::Absent { object: intended.object.clone() })?;
        for volume in volumes.iter().filter(|volume| members.holds(volume) && !holds(volume, intended)) {
            self.copy_object(&intended.object, good, volume)?;
        }
        Ok(())
    }
}

/// Whether a volume has the intended version whole: its inventory comes last. A later version may stand by now.
fn holds(volume: &Volume, intended: &Intended) -> bool {
    let read = Inventory::read(&volume.places.object(&intended.object));
    read.is_ok_and(|(inventory, digest)| inventory.head() > intended.version || digest == intended.inventory)
}

/// Replaces a root sidecar that a stop left behind its inventory, which the version's own sidecar vouches for.
fn finish_sidecar(volume: &Volume, place: &Path) -> Result<(), Error> {
    let (_, digest) = Inventory::read(place)?;
    if inventory::sidecar(place) != Some(digest) {
        volume.disk.write_durably(&place.join(SIDECAR), inventory::sidecar_text(digest).as_bytes())?;
    }
    Ok(())
}

/// Takes back what an intent names from one volume, and makes that durable.
pub(super) fn undo(volume: &Volume, staging: &Path, intent: &Intent) -> Result<(), Error> {
    for intended in &intent.objects {
        let place = volume.places.object(&intended.object);
        let gone = volume.next_spent(staging);
        if intended.version == 1 {
            remove_object(volume, &place, &gone, intended)?;
        } else {
            step_back(volume, &place, &gone, intended)?;
        }
    }
    for paper in &intent.papers {
        let path = volume.path().join(paper);
        volume.disk.remove_tree(&path)?;
        if let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
            volume.disk.sync(folder)?;
            volume.disk.prune(folder, &volume.places.transfers())?;
        }
    }
    Ok(())
}

/// Removes a first version, if it is the one that was intended.
fn remove_object(volume: &Volume, place: &Path, gone: &Path, intended: &Intended) -> Result<(), Error> {
    if Inventory::read(place).is_ok_and(|(_, digest)| digest == intended.inventory) {
        return take_away(volume, place, gone);
    }
    prune_above(volume, place)
}

/// Makes an object, or a version, vanish at once, durably; it is left at `gone`, to be erased. While `gone` is whole,
/// recovery finds in it whose empty folders are left.
pub(super) fn take_away(volume: &Volume, place: &Path, gone: &Path) -> Result<(), Error> {
    volume.disk.rename(place, gone)?;
    place.parent().map_or(Ok(()), |parent| volume.disk.sync(parent))?;
    gone.parent().map_or(Ok(()), |parent| volume.disk.sync(parent))?;
    prune_above(volume, place)
}

/// Removes the folders above an object root that have become empty.
fn prune_above(volume: &Volume, place: &Path) -> Result<(), Error> {
    Ok(place.parent().map_or(Ok(()), |parent| volume.disk.prune(parent, &volume.places.ocfl()))?)
}

/// Brings an object back to the version before the one that was intended: its inventory first, then the version goes.
fn step_back(volume: &Volume, place: &Path, gone: &Path, intended: &Intended) -> Result<(), Error> {
    let version = place.join(format!("v{}", intended.version));
    let before = place.join(format!("v{}", intended.version - 1));
    let stands = fs::read(place.join(INVENTORY)).is_ok_and(|bytes| digest::sha512(&bytes) == intended.inventory);
    if stands || inventory::sidecar(place) == Some(intended.inventory) {
        for name in [INVENTORY, SIDECAR] {
            let former = before.join(name);
            let bytes = fs::read(&former).map_err(failure("read", &former))?;
            volume.disk.write_durably(&place.join(name), &bytes)?;
        }
    }
    if inventory::sidecar(&version) == Some(intended.inventory) {
        take_away(volume, &version, gone)?;
    }
    Ok(())
}

/// Empties the node's staging folder, but for the lock that we hold.
fn clear(volume: &Volume, staging: &Path) -> Result<usize, Error> {
    if !staging.is_dir() {
        return Ok(0);
    }
    let mut left = Vec::new();
    for entry in fs::read_dir(staging).map_err(failure("list", staging))? {
        let path = entry.map_err(failure("list", staging))?.path();
        if path.file_name().is_some_and(|name| name != "lock") {
            if let Ok((inventory, _)) = Inventory::read(&path) {
                prune_above(volume, &volume.places.object(&inventory.id))?;
            }
            left.push(path);
        }
    }
    // It may hold what was to be destroyed: nothing is removed that is not overwritten.
    erase_all(volume, &left)?;
    Ok(left.len())
}
