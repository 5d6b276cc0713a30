//! A new object, or an object's next version, being written aside on every volume.
//!
//! The source is read once: hashed while it goes to all volumes. Nothing is synchronised here; `publish` does, once
//! for a whole batch.

use std::{collections::BTreeMap, fs, io::Read, path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    digest::{self, BUFFER_BYTES, Digests, Hasher},
    domain::{
        clock::Timestamp,
        digest::{Algorithm, Digest, from_hex, to_hex},
        name::Name,
    },
    vault::{
        Vault,
        disk::Failure,
        erase,
        error::{Error, PutError},
        inventory::{self, DECLARATION, DECLARED, INVENTORY, Inventory, NAMES, SIDECAR, Version},
        layout::OcflId,
        volume::Volume,
    },
};

/// An object being written. Dropping it removes its files.
#[derive(Debug)]
pub struct Staging {
    object: OcflId,
    required: usize,
    copies: Vec<Copy>,
    inventory: Inventory,
    state: BTreeMap<String, Digest>,
    names: BTreeMap<String, Vec<u8>>,
    bytes: u64,
}

/// The files of a staged object on one volume. Dropping it removes them.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) volume: Arc<Volume>,
    pub(super) folder: PathBuf,
    /// What had failed on the volume before the first byte.
    pub(super) failures: u64,
}

/// What was put: its length, and every digest that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its length in bytes.
    pub size: u64,
    /// Its digests, SHA-512 among them.
    pub digests: Digests,
    /// The logical path under which it stands in the object.
    pub path: String,
}

/// A whole object, or version, that waits for `publish`. Dropping it removes its files.
#[derive(Debug)]
pub struct Staged {
    /// The object.
    pub object: OcflId,
    /// The version that it becomes.
    pub version: u32,
    /// The digest of its inventory, which the journal line holds.
    pub inventory: Digest,
    /// How many bytes were written to each volume, inventories apart.
    pub bytes: u64,
    pub(super) copies: Vec<Copy>,
}

/// A name that cannot be a logical path, in `escaped/names.json`.
#[derive(Serialize, Deserialize)]
struct Escaped {
    path: String,
    name_hex: String,
    shown: String,
}

impl Vault {
    /// Starts a new object on every volume that can be written.
    ///
    /// # Errors
    /// Fewer volumes than required can be written.
    pub fn stage(&self, object: &OcflId) -> Result<Staging, Error> {
        let inventory = Inventory { id: object.clone(), manifest: BTreeMap::new(), versions: Vec::new() };
        self.stage_onto(inventory)
    }

    /// Starts the next version of an object: what stands in its last version, to be added to, replaced and removed.
    ///
    /// # Errors
    /// No volume holds the object; fewer volumes than required can be written.
    pub fn new_version(&self, object: &OcflId) -> Result<Staging, Error> {
        let inventory = self.read_inventory(object)?;
        let names = match inventory.find_path(NAMES) {
            None => BTreeMap::new(),
            Some(digest) => self.read_names(object, digest)?,
        };
        let mut staging = self.stage_onto(inventory)?;
        staging.state = staging.inventory.versions.last().map(|version| version.state.clone()).unwrap_or_default();
        staging.state.remove(NAMES);
        staging.names = names;
        Ok(staging)
    }

    fn read_names(&self, object: &OcflId, digest: Digest) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let corrupt = |why: String| Error::Corrupt { path: PathBuf::from(NAMES), why };
        let bytes = self.read_content(object, digest).map_err(|error| corrupt(error.to_string()))?;
        let table: Vec<Escaped> = serde_json::from_slice(&bytes).map_err(|error| corrupt(error.to_string()))?;
        let name = |line: Escaped| Some((line.path, from_hex(&line.name_hex)?));
        table.into_iter().map(|line| name(line).ok_or_else(|| corrupt("not hexadecimal".to_owned()))).collect()
    }

    fn stage_onto(&self, inventory: Inventory) -> Result<Staging, Error> {
        let writers = self.writers(0)?;
        let serial = self.next_serial();
        let content = format!("v{}/content", inventory.head() + 1);
        let mut staging = Staging {
            object: inventory.id.clone(),
            required: self.required,
            copies: Vec::with_capacity(writers.len()),
            inventory,
            state: BTreeMap::new(),
            names: BTreeMap::new(),
            bytes: 0,
        };
        for volume in writers {
            let folder = volume.places.staging(&self.node).join(format!("object-{serial}"));
            staging.copies.push(Copy { failures: volume.failures(), volume, folder });
        }
        staging.write(|copy| copy.volume.disk.make_dirs(&copy.folder.join(&content)))?;
        Ok(staging)
    }
}

impl Inventory {
    fn find_path(&self, path: &str) -> Option<Digest> {
        self.versions.last()?.state.get(path).copied()
    }
}

impl Staging {
    /// The object being written.
    pub const fn object(&self) -> &OcflId {
        &self.object
    }

    /// Reads `source` once, to its end, and keeps it under `name`.
    ///
    /// # Errors
    /// The source fails; the name stands already; too few volumes take the bytes.
    pub fn put(&mut self, name: &Name, source: &mut dyn Read, algorithms: &[Algorithm]) -> Result<Written, PutError> {
        let path = self.logical_path(name)?;
        let digests = self.keep(source, algorithms)?;
        self.state.insert(path.clone(), digests.sha512());
        if inventory::plain(name) != Some(path.as_str()) {
            self.names.insert(path.clone(), name.bytes().to_vec());
        }
        Ok(Written { size: digests.size(), digests, path })
    }

    /// Keeps `bytes` under `name`.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_bytes(&mut self, name: &str, mut bytes: &[u8]) -> Result<Written, PutError> {
        self.put(&Name::from(name), &mut bytes, &[])
    }

    /// Takes `name` out of the version being written, so that another can be put; whether it stood there. Former
    /// versions keep it.
    pub fn remove(&mut self, name: &Name) -> bool {
        let escaped = inventory::escaped(name);
        self.names.remove(&escaped);
        let plain = inventory::plain(name).and_then(|path| self.state.remove(path));
        plain.or_else(|| self.state.remove(&escaped)).is_some()
    }

    /// Writes the inventories: the object, or version, is whole, and waits for `publish`.
    ///
    /// # Errors
    /// Too few volumes take the bytes.
    pub fn finish(mut self, message: &str, user: &str, at: Timestamp) -> Result<Staged, Error> {
        self.put_names()?;
        let state = std::mem::take(&mut self.state);
        let version = Version { created: at, message: message.to_owned(), user: user.to_owned(), state };
        self.inventory.versions.push(version);
        let (bytes, digest) = self.inventory.write()?;
        let head = self.inventory.head();
        let sidecar = inventory::sidecar_text(digest);
        let own = format!("v{head}");
        self.write(|copy| {
            if head == 1 {
                copy.write_new(DECLARATION, DECLARED)?;
            }
            // A version that brings no content has no content folder (OCFL 1.1, 3.3: it should not).
            let content = copy.folder.join(&own).join("content");
            if fs::read_dir(&content).is_ok_and(|mut entries| entries.next().is_none()) {
                copy.volume.disk.remove_dir(&content)?;
            }
            for folder in ["", &own] {
                let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                copy.write_new(&format!("{folder}{INVENTORY}"), &bytes)?;
                copy.write_new(&format!("{folder}{SIDECAR}"), sidecar.as_bytes())?;
            }
            Ok(())
        })?;
        Ok(Staged { object: self.object, version: head, inventory: digest, bytes: self.bytes, copies: self.copies })
    }

    /// Writes the table of names that cannot be logical paths.
    fn put_names(&mut self) -> Result<(), Error> {
        if self.names.is_empty() {
            return Ok(());
        }
        let line = |(path, name): (&String, &Vec<u8>)| Escaped {
            path: path.clone(),
            name_hex: to_hex(name),
            shown: String::from_utf8_lossy(name).into_owned(),
        };
        let table: Vec<Escaped> = self.names.iter().map(line).collect();
        let text = crate::vault::volume::json(&table, &PathBuf::from(NAMES))?;
        let digests = self.keep(&mut text.as_bytes(), &[]).map_err(|error| match error {
            PutError::Vault(error) => error,
            other => Error::Corrupt { path: PathBuf::from(NAMES), why: other.to_string() },
        })?;
        self.state.insert(NAMES.to_owned(), digests.sha512());
        Ok(())
    }

    /// The logical path for `name`: itself when it can be one and no other stands in its way (`a` beside `a/b`, which
    /// a folder could not hold), else its escaped form.
    fn logical_path(&self, name: &Name) -> Result<String, PutError> {
        let escaped = inventory::escaped(name);
        let plain = inventory::plain(name).filter(|path| !self.in_the_way_of(path));
        let path = plain.map_or(escaped.clone(), str::to_owned);
        if self.state.contains_key(&path) || self.state.contains_key(&escaped) {
            return Err(PutError::Duplicate { path });
        }
        Ok(path)
    }

    fn in_the_way_of(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let is_folder = self.state.range(below.clone()..).next().is_some_and(|(next, _)| next.starts_with(&below));
        is_folder || path.match_indices('/').filter_map(|(at, _)| path.get(..at)).any(|up| self.state.contains_key(up))
    }

    /// Reads `source` to its end and keeps its bytes, once.
    fn keep(&mut self, source: &mut dyn Read, algorithms: &[Algorithm]) -> Result<Digests, PutError> {
        let mut hasher = Hasher::new(algorithms).map_err(PutError::Source)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        let first = digest::fill(source, &mut buffer).map_err(PutError::Source)?;
        hasher.update(first).map_err(PutError::Source)?;
        let version = self.inventory.head() + 1;
        // What fits a buffer is hashed before it is written, and takes its name at once.
        if first.len() < BUFFER_BYTES {
            let digests = hasher.finish().map_err(PutError::Source)?;
            if self.is_new(digests.sha512()) {
                let path = inventory::content_path(version, digests.sha512());
                self.write(|copy| copy.write_new(&path, first))?;
                self.count(&digests, version);
            }
            return Ok(digests);
        }
        let part = format!("v{version}/content/part");
        let digests = self.keep_long(source, hasher, &mut buffer, &part);
        let digests = digests.inspect_err(|_| self.forget(&part))?;
        let path = inventory::content_path(version, digests.sha512());
        if !self.is_new(digests.sha512()) {
            self.forget(&part);
            return Ok(digests);
        }
        self.write(|copy| copy.volume.disk.rename(&copy.folder.join(&part), &copy.folder.join(&path)))?;
        self.count(&digests, version);
        Ok(digests)
    }

    /// Writes the full `buffer` and the rest of `source` to the file `part` of every volume.
    fn keep_long(
        &mut self,
        source: &mut dyn Read,
        mut hasher: Hasher,
        buffer: &mut [u8],
        part: &str,
    ) -> Result<Digests, PutError> {
        let mut sinks = Vec::new();
        self.write(|copy| {
            sinks.push((copy.folder.clone(), copy.volume.disk.create(&copy.folder.join(part))?));
            Ok(())
        })?;
        let mut filled = buffer.len();
        while filled > 0 {
            let bytes = buffer.get(..filled).unwrap_or_default();
            self.write(|copy| {
                let own = sinks.iter_mut().find(|(folder, _)| *folder == copy.folder);
                own.map_or(Ok(()), |(_, sink)| sink.write(bytes))
            })?;
            filled = digest::fill(source, buffer).map_err(PutError::Source)?.len();
            hasher.update(buffer.get(..filled).unwrap_or_default()).map_err(PutError::Source)?;
        }
        hasher.finish().map_err(PutError::Source)
    }

    fn is_new(&self, digest: Digest) -> bool {
        !self.inventory.manifest.contains_key(&digest)
    }

    fn count(&mut self, digests: &Digests, version: u32) {
        self.inventory.manifest.insert(digests.sha512(), version);
        self.bytes += digests.size();
    }

    fn forget(&self, file: &str) {
        for copy in &self.copies {
            // What stays behind is removed with the folder, or by `recover`.
            let _ = copy.set_aside(&copy.folder.join(file));
        }
    }

    /// Does `work` on every copy; one that fails is given up while enough are left.
    fn write(&mut self, mut work: impl FnMut(&mut Copy) -> Result<(), Failure>) -> Result<(), Error> {
        let (mut kept, mut failed) = (Vec::new(), None);
        for mut copy in self.copies.drain(..) {
            match work(&mut copy) {
                Ok(()) => kept.push(copy),
                Err(failure) => {
                    copy.volume.note(&failure);
                    failed.get_or_insert(failure);
                }
            }
        }
        self.copies = kept;
        match failed {
            _ if self.copies.len() >= self.required => Ok(()),
            Some(failure) => Err(failure.into()),
            // It had failed before, and the caller went on.
            None => Err(Error::GivenUp { object: self.object.clone() }),
        }
    }
}

impl Copy {
    fn write_new(&self, file: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.volume.disk.write_new(&self.folder.join(file), bytes)
    }

    /// Sets a part of it, or all, aside to be erased.
    fn set_aside(&self, path: &std::path::Path) -> Result<(), Failure> {
        let staging = self.folder.parent().unwrap_or(&self.folder);
        erase::set_aside(&self.volume, staging, path)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // After `publish` nothing stands there; after a failure `recover` removes what stays.
        if self.folder.exists() {
            let _ = self.set_aside(&self.folder);
        }
    }
}
