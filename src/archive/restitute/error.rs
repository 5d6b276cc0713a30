//! Why a restitution was not made, or not to its end.

use std::path::PathBuf;

use crate::{
    archive::error::Error,
    domain::id::ArchiveId,
    package, store,
    vault::{self, Failure, error::ReadError, outside::OutsideError},
};

/// A restitution was not made, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum RestituteError {
    /// The folder holds something else than a restitution of this tenant by this installation.
    #[error("{} holds something else", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A link, or a file, stands where a folder is wanted.
    #[error("{} is not a folder of its own", path.display())]
    InTheWay {
        /// What stands there.
        path: PathBuf,
    },
    /// Another process gives back into the same folder.
    #[error("another process writes to {}", path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// The folder's disk cannot hold it.
    #[error("{needed} bytes are needed and {free} are free")]
    NoRoom {
        /// Bytes that are needed, about.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The folder cannot be written, or is full: calling again goes on.
    #[error(transparent)]
    Folder(Failure),
    /// A content is whole on no volume.
    #[error(transparent)]
    Lost(ReadError),
    /// Part of an archive was destroyed since the restitution was begun: it has to begin anew.
    #[error("archive {archive} changed while the restitution was being made")]
    Changed {
        /// The archive.
        archive: ArchiveId,
    },
    /// Whoever receives the stream went away.
    #[error("the stream cannot be written")]
    Stream(#[source] std::io::Error),
    /// Another process seals journals and does not end.
    #[error("journals are being sealed by another process")]
    Busy,
    /// Whoever watches asked to stop: calling again goes on.
    #[error("the restitution was stopped")]
    Stopped,
    /// The house failed.
    #[error(transparent)]
    House(#[from] Error),
}

impl RestituteError {
    /// What somebody can do about it, in French; `None` when the house failed.
    pub fn sentence(&self) -> Option<String> {
        Some(match self {
            Self::NotEmpty { path } => format!(
                "« {} » contient autre chose : donnez un dossier vide, ou celui d’une restitution interrompue de ce \
                 service.",
                path.display()
            ),
            Self::InTheWay { path } => {
                format!(
                    "« {} » est un lien ou un fichier, là où il faut un dossier : rien n’y est écrit.",
                    path.display()
                )
            }
            Self::Taken { path } => format!("Un autre processus restitue déjà dans « {} ».", path.display()),
            Self::NoRoom { needed, free } => format!(
                "Il faut environ {} Mio et il y en a {} de libres : rien n’a été commencé.",
                mebibytes(*needed),
                mebibytes(*free)
            ),
            Self::Folder(failure) if failure.is_full() => format!(
                "Le disque est plein ({}). Faites de la place et relancez la même commande : elle reprendra.",
                failure.path.display()
            ),
            Self::Folder(failure) => format!(
                "« {} » ne peut pas être écrit ou relu : {}. Relancez la même commande une fois la cause levée : elle \
                 reprendra.",
                failure.path.display(),
                failure.source
            ),
            Self::Lost(error) => format!(
                "Un fichier n’est intact sur aucun volume ({error}). Une restitution ne porte pas de copie altérée : \
                 rapportez le volume absent ou réparez la copie, puis relancez."
            ),
            Self::Changed { archive } => format!(
                "L’archive {archive} a été détruite, en tout ou partie, depuis le début de la restitution : \
                 recommencez-la dans un autre dossier."
            ),
            Self::Stream(error) => format!("Le flux s’est interrompu ({error}) : ce qui est déjà sorti est incomplet."),
            Self::Busy => "Un autre processus scelle les journaux : recommencez dans un instant.".to_owned(),
            Self::Stopped => "La restitution a été interrompue : la même commande la reprendra.".to_owned(),
            Self::House(_) => return None,
        })
    }
}

const fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

impl From<OutsideError> for RestituteError {
    fn from(error: OutsideError) -> Self {
        match error {
            OutsideError::NotEmpty { path } => Self::NotEmpty { path },
            OutsideError::InTheWay { path } => Self::InTheWay { path },
            OutsideError::Taken { path } => Self::Taken { path },
            OutsideError::Disk(failure) => Self::Folder(failure),
            OutsideError::Read(error) => Self::Lost(error),
            OutsideError::Stopped => Self::Stopped,
        }
    }
}

impl From<package::Error> for RestituteError {
    fn from(error: package::Error) -> Self {
        match error {
            package::Error::Write(error) => Self::Stream(error),
            other => Self::House(other.into()),
        }
    }
}

impl From<store::Error> for RestituteError {
    fn from(error: store::Error) -> Self {
        Self::House(error.into())
    }
}

impl From<vault::error::Error> for RestituteError {
    fn from(error: vault::error::Error) -> Self {
        Self::House(error.into())
    }
}

impl From<ReadError> for RestituteError {
    fn from(error: ReadError) -> Self {
        Self::Lost(error)
    }
}

impl From<std::io::Error> for RestituteError {
    fn from(error: std::io::Error) -> Self {
        Self::House(error.into())
    }
}

impl From<crate::record::Error> for RestituteError {
    fn from(error: crate::record::Error) -> Self {
        Self::House(error.into())
    }
}
