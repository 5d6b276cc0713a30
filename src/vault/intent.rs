//! What a batch is about to make visible, written beside it before anything is renamed, so that a crash leaves nothing
//! that is not named.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::{
    domain::digest::Digest,
    vault::{
        disk::failure,
        error::Error,
        layout::OcflId,
        volume::{Volume, json, parse},
    },
};

/// A version of an object that a batch makes visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intended {
    /// The object.
    pub object: OcflId,
    /// The version.
    pub version: u32,
    /// The digest of the version's inventory.
    pub inventory: Digest,
}

/// All that a batch makes visible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) objects: Vec<Intended>,
    /// The papers, below a volume's root.
    pub(super) papers: Vec<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    objects: Vec<StoredObject>,
    papers: Vec<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct StoredObject {
    object: String,
    version: u32,
    inventory: String,
}

impl Intent {
    /// Writes the intent in the node's `staging` folder, not yet durable.
    pub(super) fn write(&self, volume: &Volume, staging: &Path, serial: u64) -> Result<(), Error> {
        let object = |intended: &Intended| StoredObject {
            object: intended.object.to_string(),
            version: intended.version,
            inventory: intended.inventory.to_string(),
        };
        let stored = Stored { objects: self.objects.iter().map(object).collect(), papers: self.papers.clone() };
        let path = path(staging, serial);
        Ok(volume.disk.write_new(&path, json(&stored, &path)?.as_bytes())?)
    }

    /// Forgets the intent on one volume.
    pub(super) fn remove(volume: &Volume, staging: &Path, serial: u64) -> Result<(), Error> {
        Ok(volume.disk.remove_tree(&path(staging, serial))?)
    }

    /// The intents that stand on any of `volumes`, by serial. One that a crash left torn was not durable, so that
    /// nothing it names was made visible.
    pub(super) fn left(volumes: &[Arc<Volume>], node: &str) -> Result<BTreeMap<u64, Self>, Error> {
        let mut intents = BTreeMap::new();
        for volume in volumes {
            for (path, stem, serial) in numbered(&volume.places.staging(node))? {
                if stem != "intent" {
                    continue;
                }
                if let Some(intent) = parse::<Stored>(&path).ok().and_then(Stored::into_intent) {
                    intents.insert(serial, intent);
                }
            }
        }
        Ok(intents)
    }
}

impl Stored {
    fn into_intent(self) -> Option<Intent> {
        let object = |stored: StoredObject| {
            Some(Intended {
                object: stored.object.parse().ok()?,
                version: stored.version,
                inventory: stored.inventory.parse().ok()?,
            })
        };
        let objects = self.objects.into_iter().map(object).collect::<Option<_>>()?;
        Some(Intent { objects, papers: self.papers })
    }
}

/// The first number that nothing left in the node's staging folders has.
pub(super) fn first_serial(volumes: &[Arc<Volume>], node: &str) -> u64 {
    let entries = volumes.iter().flat_map(|volume| numbered(&volume.places.staging(node)).unwrap_or_default());
    entries.map(|(_, _, serial)| serial + 1).max().unwrap_or_default()
}

fn path(staging: &Path, serial: u64) -> PathBuf {
    staging.join(format!("intent-{serial}.json"))
}

/// The entries `STEM-NUMBER` of a staging folder.
fn numbered(staging: &Path) -> Result<Vec<(PathBuf, String, u64)>, Error> {
    let mut found = Vec::new();
    if !staging.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(staging).map_err(failure("list", staging))? {
        let path = entry.map_err(failure("list", staging))?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let parts = stem.and_then(|stem| stem.split_once('-')).map(|(stem, serial)| (stem.to_owned(), serial.parse()));
        if let Some((stem, Ok(serial))) = parts {
            found.push((path, stem, serial));
        }
    }
    Ok(found)
}
