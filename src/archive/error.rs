//! Why an office could not do its work. What is wrong with a guest's package is a report, never an error.

use crate::{domain::journal::Break, package, pdf, pki, record, store, vault, xml};

/// The house failed, or it refuses before anything is examined.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The catalog failed.
    #[error("the catalog failed")]
    Store(#[from] store::Error),
    /// The volumes failed.
    #[error("the volumes failed")]
    Vault(#[from] vault::error::Error),
    /// A kept file cannot be read.
    #[error("a kept file cannot be read")]
    Read(#[from] vault::error::ReadError),
    /// A file cannot be kept.
    #[error("a file cannot be kept")]
    Put(#[from] vault::error::PutError),
    /// A package could not be read for a reason that is not its own.
    #[error("a package could not be read")]
    Package(#[from] package::Error),
    /// XML could not be read or written.
    #[error("XML could not be read or written")]
    Xml(#[from] xml::fault::Error),
    /// One of our own schemas cannot be used.
    #[error("a schema cannot be used: {0}")]
    Schema(String),
    /// A record on the volumes is not what the archive wrote.
    #[error("a record on the volumes cannot be read")]
    Record(#[from] record::Error),
    /// Work files failed.
    #[error("a work file failed")]
    Work(#[from] std::io::Error),
    /// A journal does not hold.
    #[error("a journal does not hold")]
    Journal(#[from] Break),
    /// The log cannot be extended.
    #[error("the log cannot be extended")]
    Log(#[from] crate::archive::log::Fault),
    /// A report or an attestation cannot be written as PDF.
    #[error("a report cannot be written")]
    Pdf(#[from] pdf::Error),
    /// The installation's seal cannot sign.
    #[error("the seal cannot sign")]
    Seal(#[from] pki::Error),
    /// Evidence cannot be computed, written or read back.
    #[error("evidence cannot be made or read")]
    Evidence(#[from] crate::proof::evidence::Error),
    /// The group that an act was committed with failed.
    #[error("the group commit failed")]
    NotCommitted(#[source] std::sync::Arc<Error>),
    /// Nothing is written any more until a restart, because an earlier commit could not be brought to an end.
    #[error("writing has stopped until the service is restarted: an earlier commit could not be brought to an end")]
    Stopped,
    /// What the volumes hold contradicts the catalog or itself.
    #[error("the volumes hold something inconsistent: {0}")]
    Inconsistent(String),
}

impl From<package::read::WalkError<Self>> for Error {
    fn from(error: package::read::WalkError<Self>) -> Self {
        match error {
            package::read::WalkError::Package(error) => error.into(),
            package::read::WalkError::Visitor(error) => error,
        }
    }
}

impl From<crate::proof::error::Malformed> for Error {
    fn from(error: crate::proof::error::Malformed) -> Self {
        Self::Log(error.into())
    }
}

impl Error {
    /// Whether the same may succeed later, with nothing to repair in what is kept: too few volumes or too little room,
    /// no database, writing that has stopped.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Stopped | Self::Store(store::Error::Unavailable(_)) => true,
            Self::Vault(error) => match error {
                vault::error::Error::Unavailable(_) | vault::error::Error::NoVolume => true,
                vault::error::Error::Disk(failure) => failure.is_full(),
                _ => false,
            },
            Self::NotCommitted(error) => error.may_pass(),
            _ => false,
        }
    }
}

/// An error with its causes, for the log.
pub fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
