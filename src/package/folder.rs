//! A package already unpacked: a manifest and its files in a folder. Links are never followed.
//!
//! The folder must no longer be written to: what changes between listing and reading is refused, not followed.

use std::{
    ffi::OsStr,
    fs::{self, File, FileType},
    io::{self, Read},
    ops::ControlFlow,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt},
    },
    path::Path,
};

use crate::package::{
    Error,
    fault::{Fault, FaultKind},
    limits::Limits,
    listing::{Entry, Listed, Offered},
};

/// Lists every file beneath the folder, by name.
pub(super) fn list(root: &Path, limits: &Limits, listed: &mut Listed<'_>) -> Result<(), Error> {
    let mut folders = vec![Vec::new()];
    while let Some(folder) = folders.pop() {
        let mut inside = Vec::new();
        for found in fs::read_dir(root.join(OsStr::from_bytes(&folder))).map_err(Error::Folder)? {
            let found = found.map_err(Error::Folder)?;
            let Some(position) = listed.begin() else { return Ok(()) };
            let mut name = folder.clone();
            name.extend_from_slice(found.file_name().as_bytes());
            let offered = offered(&found).map_err(Error::Folder)?;
            if matches!(offered, Offered::Folder) {
                name.push(b'/');
            }
            inside.push((name, position, offered));
        }
        inside.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        for (name, position, offered) in inside {
            let is_deep = name.len() > limits.path_bytes;
            let descend = matches!(offered, Offered::Folder) && !is_deep;
            listed.offer(position, &name, offered);
            if descend {
                folders.push(name);
            }
        }
    }
    Ok(())
}

/// Hands out the entries asked for.
pub(super) fn pass<'p>(
    root: &Path,
    picks: &mut dyn Iterator<Item = &'p Entry>,
    each: &mut dyn FnMut(&Entry, &mut dyn Read) -> ControlFlow<()>,
) -> Result<Vec<Fault>, Error> {
    let mut faults = Vec::new();
    for entry in picks {
        match open(&root.join(OsStr::from_bytes(entry.name.bytes()))).map_err(Error::Folder)? {
            Ok(mut file) => {
                if each(entry, &mut file).is_break() {
                    break;
                }
            }
            Err(kind) => faults.push(Fault { kind, name: Some(entry.name.clone()) }),
        }
    }
    Ok(faults)
}

fn offered(found: &fs::DirEntry) -> io::Result<Offered> {
    let kind = found.file_type()?;
    if kind.is_dir() {
        return Ok(Offered::Folder);
    }
    match refusal(kind) {
        Some(refusal) => Ok(Offered::Refused(vec![refusal])),
        None => Ok(Offered::File(found.metadata()?.len())),
    }
}

fn refusal(kind: FileType) -> Option<FaultKind> {
    let is_device = kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device();
    match kind {
        _ if kind.is_symlink() => Some(FaultKind::Link),
        _ if is_device || !kind.is_file() => Some(FaultKind::Device),
        _ => None,
    }
}

/// Opens a file that is still what was listed; the second look catches a link put in its place between the two.
fn open(path: &Path) -> io::Result<Result<File, FaultKind>> {
    let listed = fs::symlink_metadata(path)?;
    if let Some(refusal) = refusal(listed.file_type()) {
        return Ok(Err(refusal));
    }
    let file = File::open(path)?;
    let opened = file.metadata()?;
    let is_same = (opened.dev(), opened.ino()) == (listed.dev(), listed.ino());
    Ok(if is_same { Ok(file) } else { Err(FaultKind::Link) })
}
