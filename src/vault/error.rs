//! How the vault fails: always the house's doing, never a guest's package.

use std::{io, path::PathBuf};

use crate::{domain::digest::Digest, vault::disk::Failure, vault::layout::OcflId};

/// The vault could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A disk failed, or is full.
    #[error(transparent)]
    Disk(#[from] Failure),
    /// Fewer volumes than required can be written.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A volume of another installation was given.
    #[error("volume {} belongs to installation {found}, not to {expected}", path.display())]
    Foreign {
        /// The volume.
        path: PathBuf,
        /// The installation that its `volume.json` names.
        found: String,
        /// The installation that the others name.
        expected: String,
    },
    /// A folder that was to become a volume holds something.
    #[error("{} is not empty and cannot become a volume", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The same volume was given twice.
    #[error("{} is a volume that was already given", path.display())]
    Twice {
        /// The second folder.
        path: PathBuf,
    },
    /// None of the volumes can be reached, or none was given.
    #[error("no volume can be reached")]
    NoVolume,
    /// Another process works under this node's name.
    #[error("another process works as node {node} on {}", path.display())]
    NodeBusy {
        /// The node's name.
        node: String,
        /// The volume where its lock is held.
        path: PathBuf,
    },
    /// The node's name cannot be a folder's name.
    #[error("a node's name is 1 to 40 characters of a-z, 0-9 and -")]
    NodeName,
    /// A file of ours is not as we write it.
    #[error("{} is not as this archive writes it: {why}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The object, or its next version, stands already.
    #[error("{object} has already its version {version}")]
    Exists {
        /// The object.
        object: OcflId,
        /// The version that stands.
        version: u32,
    },
    /// No readable volume holds the object.
    #[error("no readable volume holds {object}")]
    Absent {
        /// The object.
        object: OcflId,
    },
    /// Too few volumes took what was written before, and the object was given up.
    #[error("{object} was given up when too few volumes could be written")]
    GivenUp {
        /// The object.
        object: OcflId,
    },
    /// A journal line holds a line break.
    #[error("a line of a journal holds a line break")]
    LineBreak,
    /// A paper's name is not a plain file name.
    #[error("{name} is not the plain name of a paper")]
    PaperName {
        /// The name.
        name: String,
    },
}

/// Nothing new can be kept now: too few volumes can be written, or too little room is left. Nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{writable} of {required} required volumes can be written: {}", reasons.join("; "))]
pub struct Unavailable {
    /// How many volumes can be written.
    pub writable: usize,
    /// How many are required.
    pub required: usize,
    /// Why each of the others cannot.
    pub reasons: Vec<String>,
}

/// A file could not be put into a new object.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The source could not be read: the deposit's side failed.
    #[error("cannot read what is to be kept")]
    Source(#[source] io::Error),
    /// The name stands already in the object.
    #[error("{path} stands already in the object")]
    Duplicate {
        /// The logical path.
        path: String,
    },
    /// Too few volumes took the bytes.
    #[error(transparent)]
    Vault(#[from] Error),
}

/// A package could not be received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The source could not be read: the connection or the deposit's file failed.
    #[error("cannot read what is deposited")]
    Source(#[source] io::Error),
    /// The package is longer than the limit.
    #[error("the package is longer than {limit_bytes} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// No volume took the bytes.
    #[error(transparent)]
    Vault(#[from] Error),
}

/// A kept file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The object, or the file in it, is not kept here.
    #[error("{object} holds no {file}")]
    NotFound {
        /// The object.
        object: OcflId,
        /// The logical path, or the digest.
        file: String,
    },
    /// It should be there, and no volume gave it back whole.
    #[error("no volume gives back {file} of {object}: {}", reasons.join("; "))]
    AllCopiesFailed {
        /// The object.
        object: OcflId,
        /// The logical path, or the digest.
        file: String,
        /// Why each volume failed.
        reasons: Vec<String>,
    },
    /// The bytes that were read do not have the digest under which they are kept.
    #[error("the bytes of {path} are not those of digest {expected}", path = path.display())]
    Altered {
        /// The copy that was read.
        path: PathBuf,
        /// The digest that it should have.
        expected: Digest,
    },
    /// The place that the bytes were copied to failed.
    #[error("cannot write the copy")]
    Sink(#[source] io::Error),
}
