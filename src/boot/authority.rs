//! The installation's own time-stamp authority: made at its first use, kept beside the other secrets.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::{
    boot::Error,
    domain::clock::Timestamp,
    pki::authority::{Authority, Files},
};

/// Where the authority stands within the directory: secrets, so not on a volume.
const FOLDER: &str = "keys/tsa";
const ROOT: &str = "root.pem";
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

/// The installation's own authority.
pub struct Own {
    /// The authority.
    pub authority: Authority,
    /// The file of its root, to be trusted.
    pub root: PathBuf,
    /// Whether it was made just now.
    pub is_new: bool,
}

/// Takes up the authority of an installation's directory; makes one called `name` for so many days when there is none.
pub fn own(data: &Path, name: &str, at: Timestamp, days: u32) -> Result<Own, Error> {
    let folder = data.join(FOLDER);
    let unusable = |reason: String| Error::Key { path: folder.clone(), reason };
    let is_new = !folder.exists();
    if is_new {
        let files = Authority::create(name, at, days).map_err(|error| unusable(error.to_string()))?;
        keep(&files, &folder).map_err(|error| unusable(error.to_string()))?;
    }
    let read = |name: &str| fs::read(folder.join(name)).map_err(|error| unusable(error.to_string()));
    let authority =
        Authority::from_pem(&read(CERTIFICATE)?, &read(KEY)?).map_err(|error| unusable(error.to_string()))?;
    Ok(Own { authority, root: folder.join(ROOT), is_new })
}

/// Keeps a new authority: all of it or nothing, readable by its owner alone.
fn keep(files: &Files, folder: &Path) -> io::Result<()> {
    let parent = folder.parent().unwrap_or(folder);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    let aside = tempfile::Builder::new().prefix(".tsa-").tempdir_in(parent)?;
    for (name, text) in [(ROOT, &files.root), (CERTIFICATE, &files.certificate), (KEY, &files.key)] {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(aside.path().join(name))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
    }
    // A rename onto a folder that another process has just made fails, and nothing of it is lost.
    fs::rename(aside.keep(), folder)?;
    fs::File::open(parent)?.sync_all()
}
