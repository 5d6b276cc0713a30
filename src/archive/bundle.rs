//! Packages made by ourselves: files that came one by one, or a folder, put into one ZIP as they are.

use std::{
    fs::File,
    io::{Seek, Write},
    path::PathBuf,
};

use crate::{
    archive::error::Error,
    digest::{self, Digests, Hasher},
    domain::{digest::Digest, name::Name},
    package::{
        open::Package,
        zip_stream::{Packed, ZipStream},
    },
};

/// Puts files into a ZIP, stored, under their names.
pub fn of_files<W: Write + Seek>(files: &[(Name, PathBuf)], out: W) -> Result<W, Error> {
    let mut zip = ZipStream::new(out);
    for (name, path) in files {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        zip.add(&name.display(), size, Packed::Stored, &mut file)?;
    }
    Ok(zip.finish()?)
}

/// Puts every readable entry of a package into a ZIP, stored, the manifest first.
pub fn of_package<W: Write>(package: &Package, out: W) -> Result<W, Error> {
    let mut zip = ZipStream::new(out);
    if let Some(manifest) = package.manifest().map(Name::display) {
        let size =
            package.entries().iter().find(|entry| entry.name.display() == manifest).map_or(0, |entry| entry.size);
        let added = package.with_manifest(|bytes| zip.add(&manifest, size, Packed::Stored, bytes))?;
        added.map_err(|faults| Error::Inconsistent(format!("the package changed while it was read: {faults:?}")))??;
    }
    package.walk(&mut |entry, bytes| {
        zip.add(&entry.name.display(), entry.size, Packed::Stored, bytes)?;
        Ok::<(), Error>(())
    })?;
    Ok(zip.finish()?)
}

/// The size and digest of a folder as a package: the sum of its files, and the digest of the list of their names and
/// digests, sorted by name.
pub fn folder_facts(package: &Package) -> Result<(u64, Digest), Error> {
    let mut lines: Vec<(Vec<u8>, Digests)> = Vec::new();
    if let Some(manifest) = package.manifest().cloned() {
        let hashed = package.with_manifest(|bytes| digest::of(bytes, &[]))?;
        if let Ok(digests) = hashed {
            lines.push((manifest.bytes().to_vec(), digests?));
        }
    }
    package.walk(&mut |entry, bytes| {
        lines.push((entry.name.bytes().to_vec(), digest::of(bytes, &[])?));
        Ok::<(), Error>(())
    })?;
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    let mut hasher = Hasher::new(&[])?;
    for (name, digests) in &lines {
        hasher.update(digests.sha512().to_string().as_bytes())?;
        hasher.update(b"  ")?;
        hasher.update(name)?;
        hasher.update(b"\n")?;
    }
    let size = lines.iter().map(|(_, digests)| digests.size()).sum();
    Ok((size, hasher.finish()?.sha512()))
}
