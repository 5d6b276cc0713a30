//! Containers in and out: ZIP, tar, tar.gz, tar.bz2 and plain folders, read one entry at a time within named limits.
//!
//! What a guest's package is wrong about is a [`fault::Fault`]; [`Error`] is for the house's own disks. The room writes
//! nothing to disk, unpacks nothing beside itself, knows no manifest's content, and opens no path but those beneath the
//! folder that it is given. A container inside a container stays an ordinary file.

pub mod fault;
pub mod limits;
pub mod listing;
pub mod open;
pub mod read;
pub mod tar_stream;
pub mod zip_stream;

mod disk;
mod folder;
mod safe;
mod spout;
mod unpack;
mod untar;
mod unzip;

use std::io;

/// The house failed while it held a package.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The package's file could not be read from the disk.
    #[error("cannot read the package")]
    Read(#[source] io::Error),
    /// Something beneath the package's folder could not be read.
    #[error("cannot read the package's folder")]
    Folder(#[source] io::Error),
    /// A container could not be written.
    #[error("cannot write the container")]
    Write(#[source] io::Error),
    /// What was to go into a container could not be read.
    #[error("cannot read what goes into the container")]
    Content(#[source] io::Error),
    /// The ZIP writer refused an entry: a name given twice, or a body larger than announced.
    #[error("cannot add `{name}` to the container: {reason}")]
    Entry {
        /// The entry's name.
        name: String,
        /// What the writer said.
        reason: String,
    },
}
