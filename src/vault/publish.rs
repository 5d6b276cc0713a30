//! Group commit: many objects are written, synchronised once, renamed into place, and their folders synchronised once.
//!
//! The order is the proof. The intent and all bytes are durable before the first rename, so that a crash among the
//! renames leaves objects that are whole and named; the renames are durable before `publish` returns, so that what the
//! catalog then accepts is there.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use crate::vault::{
    Vault,
    disk::{Failure, failure},
    error::Error,
    intent::{Intended, Intent},
    inventory::{INVENTORY, SIDECAR},
    layout::OcflId,
    papers::Papers,
    recover,
    staging::{Copy, Staged},
    volume::{Volume, lock},
};

/// A batch that stands on every required volume, and waits for the catalog to accept it (`settle`) or not
/// (`withdraw`). If neither comes, `recover` decides.
#[derive(Debug)]
#[must_use = "a published batch is settled or withdrawn"]
pub struct Published {
    serial: u64,
    intent: Intent,
    volumes: Vec<Arc<Volume>>,
}

impl Published {
    /// The objects' versions that were made visible.
    pub fn objects(&self) -> &[Intended] {
        &self.intent.objects
    }
}

impl Vault {
    /// Makes a batch of objects and papers durable and visible on every volume that took them, all or none.
    ///
    /// # Errors
    /// Fewer volumes than required succeeded, or an object stands already: nothing of the batch is left.
    pub fn publish(&self, batch: Vec<Staged>, papers: &[Papers<'_>]) -> Result<Published, Error> {
        let _open = self.writing();
        let writers = self.writers(0)?;
        let took_all = |volume: &Arc<Volume>| batch.iter().all(|staged| staged.on(volume).is_some());
        let volumes: Vec<_> = writers.into_iter().filter(took_all).collect();
        self.require(&volumes)?;
        let _claim = self.claim(&batch, &volumes)?;
        let places = Papers::places(papers)?;
        // A paper that replaces another stays when the batch is undone.
        let is_new = |paper: &&PathBuf| !volumes.iter().any(|volume| volume.path().join(paper).exists());
        let intent = Intent {
            objects: batch.iter().map(Staged::intended).collect(),
            papers: places.iter().filter(is_new).cloned().collect(),
        };
        let mut published = Published { serial: self.next_serial(), intent, volumes };
        let done = self.publish_on(&mut published, &batch, papers, &places);
        if let Err(error) = done {
            // What cannot be undone now is named by the intent, and undone by `recover`.
            let _ = self.undo(&published);
            return Err(error);
        }
        // Nothing is left aside of what was staged; what another volume could not take is removed.
        drop(batch);
        published.intent.objects.iter().for_each(|intended| self.changed(&intended.object));
        Ok(published)
    }

    fn publish_on(
        &self,
        published: &mut Published,
        batch: &[Staged],
        papers: &[Papers<'_>],
        places: &[PathBuf],
    ) -> Result<(), Error> {
        let serial = published.serial;
        self.leave_behind_all_but(&published.volumes)?;
        let prepared = self.on_each(&published.volumes, |volume| {
            let staging = volume.places.staging(&self.node);
            published.intent.write(volume, &staging, serial)?;
            Papers::stage(papers, volume, &staging, serial)?;
            volume.make_all_durable()?;
            Ok(batch.iter().filter_map(|staged| staged.on(volume)).try_for_each(Copy::trusted)?)
        })?;
        let prepared: Vec<_> = prepared.into_iter().map(|(volume, ())| volume).collect();
        self.leave_behind_all_but(&prepared)?;
        let visible = self.on_each(&prepared, |volume| {
            let mut folders = BTreeSet::new();
            for staged in batch {
                let place = volume.places.object(&staged.object);
                if let Some(copy) = staged.on(volume) {
                    copy.take_place(staged, &place)?;
                }
                folders.extend(chain(&place, &volume.places.ocfl(), staged.version > 1));
            }
            Papers::take_place(places, volume, &volume.places.staging(&self.node), serial)?;
            for paper in places {
                folders.extend(chain(&volume.path().join(paper), volume.path(), false));
            }
            Ok(volume.make_durable(&folders.into_iter().collect::<Vec<_>>())?)
        })?;
        published.volumes = visible.into_iter().map(|(volume, ())| volume).collect();
        self.leave_behind_all_but(&published.volumes)
    }

    /// Forgets the intent of a batch that the catalog has accepted.
    pub fn settle(&self, published: Published) {
        let Published { serial, volumes, .. } = published;
        for volume in &volumes {
            // An intent that stays is settled by `recover`, which asks whether its objects were accepted.
            if let Err(error) = Intent::remove(volume, &volume.places.staging(&self.node), serial) {
                volume.note(&error);
            }
        }
    }

    /// Forgets the intent of a batch of which the catalog has accepted all but `left`, which are removed.
    ///
    /// # Errors
    /// A disk fails; `recover` will finish.
    pub fn settle_but(&self, mut published: Published, left: &[OcflId]) -> Result<(), Error> {
        if left.is_empty() {
            self.settle(published);
            return Ok(());
        }
        published.intent.objects.retain(|intended| left.contains(&intended.object));
        published.intent.papers.clear();
        self.withdraw(published)
    }

    /// Removes a batch that the catalog has refused.
    ///
    /// # Errors
    /// A disk fails; `recover` will finish.
    pub fn withdraw(&self, published: Published) -> Result<(), Error> {
        let _open = self.writing();
        let done = self.undo(&published);
        published.intent.objects.into_iter().for_each(|intended| self.changed(&intended.object));
        done
    }

    fn undo(&self, published: &Published) -> Result<(), Error> {
        let undo_on = |volume: &Arc<Volume>| {
            let staging = volume.places.staging(&self.node);
            recover::undo(volume, &staging, &published.intent)?;
            Papers::forget(volume, &staging, published.serial)?;
            Intent::remove(volume, &staging, published.serial)
        };
        // Each volume is undone, also when another is lost.
        published.volumes.iter().map(undo_on).fold(Ok(()), Result::and)
    }

    /// Takes the batch's objects for this publication alone, none of which may stand already.
    fn claim(&self, batch: &[Staged], volumes: &[Arc<Volume>]) -> Result<Claim<'_>, Error> {
        let mut claim = Claim { publishing: &self.publishing, objects: Vec::new() };
        for staged in batch {
            let place = |volume: &Arc<Volume>| match staged.version {
                1 => volume.places.object(&staged.object),
                version => volume.places.object(&staged.object).join(format!("v{version}")),
            };
            let stands = volumes.iter().any(|volume| place(volume).exists());
            if stands || !lock(&self.publishing).insert(staged.object.clone()) {
                return Err(Error::Exists { object: staged.object.clone(), version: staged.version });
            }
            claim.objects.push(staged.object.clone());
        }
        Ok(claim)
    }

    pub(super) fn require(&self, volumes: &[Arc<Volume>]) -> Result<(), Error> {
        if volumes.len() >= self.required {
            return Ok(());
        }
        let reasons = self.volumes.iter().filter_map(|volume| volume.last_error()).collect();
        Err(crate::vault::error::Unavailable { writable: volumes.len(), required: self.required, reasons }.into())
    }
}

/// Objects that one publication has for itself.
struct Claim<'a> {
    publishing: &'a Mutex<BTreeSet<OcflId>>,
    objects: Vec<OcflId>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut publishing = lock(self.publishing);
        self.objects.iter().for_each(|object| _ = publishing.remove(object));
    }
}

impl Staged {
    fn on(&self, volume: &Volume) -> Option<&Copy> {
        self.copies.iter().find(|copy| std::ptr::eq(Arc::as_ptr(&copy.volume), volume))
    }

    fn intended(&self) -> Intended {
        Intended { object: self.object.clone(), version: self.version, inventory: self.inventory }
    }
}

impl Copy {
    /// Whether nothing failed on the volume since the first byte: an error of writing back is told only once, and
    /// perhaps to another batch.
    fn trusted(&self) -> Result<(), Failure> {
        if self.volume.failures() == self.failures {
            return Ok(());
        }
        let told = self.volume.last_error().unwrap_or_default();
        Err(failure("trust what was written to", &self.folder)(io::Error::other(told)))
    }

    /// Gives the object, or its new version, its place.
    fn take_place(&self, staged: &Staged, place: &Path) -> Result<(), Error> {
        let disk = &self.volume.disk;
        if staged.version == 1 {
            return self.rename_into(&self.folder, place, staged);
        }
        let version = format!("v{}", staged.version);
        self.rename_into(&self.folder.join(&version), &place.join(&version), staged)?;
        let is_archive = matches!(staged.object, OcflId::Archive { .. });
        // An archive's former inventory names files that may be destroyed one day: it is erased, not only replaced.
        let stays = is_archive && disk.exchange(&self.folder.join(INVENTORY), &place.join(INVENTORY)).is_ok();
        if !stays {
            disk.replace(&self.folder.join(INVENTORY), &place.join(INVENTORY))?;
        }
        disk.replace(&self.folder.join(SIDECAR), &place.join(SIDECAR))?;
        let left = if stays { self.set_aside(&self.folder) } else { disk.remove_dir(&self.folder) };
        Ok(left?)
    }

    fn rename_into(&self, from: &Path, to: &Path, staged: &Staged) -> Result<(), Error> {
        let disk = &self.volume.disk;
        // Another batch may remove the folder, just emptied, before the rename.
        for _ in 0..RENAMES {
            if let Some(parent) = to.parent().filter(|_| staged.version == 1) {
                disk.make_dirs(parent)?;
            }
            match disk.rename(from, to) {
                Ok(()) => return Ok(()),
                Err(failed) => match failed.source.kind() {
                    io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => {
                        return Err(Error::Exists { object: staged.object.clone(), version: staged.version });
                    }
                    io::ErrorKind::NotFound if from.exists() => {}
                    _ => return Err(failed.into()),
                },
            }
        }
        Err(failure("rename to", to)(io::ErrorKind::NotFound.into()).into())
    }
}

/// How often a rename is tried when its folder vanishes.
const RENAMES: usize = 16;

/// The folders whose entries make `place` reachable from `root`, and `place` itself when its own entries changed.
/// Folders that stood before are among them: another batch may have made them and not synchronised them yet.
pub(super) fn chain(place: &Path, root: &Path, itself: bool) -> Vec<PathBuf> {
    let above = place.ancestors().skip(usize::from(!itself));
    above.take_while(|folder| folder.starts_with(root)).map(Path::to_owned).collect()
}
