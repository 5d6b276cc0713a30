//! Why the store could not do what it was asked.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

use crate::domain::journal::Break;

/// The store failed, or was asked for what it must not do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is neither `sqlite:PATH` nor `postgres://…`.
    #[error("not the address of a database: it begins with sqlite: or postgres://")]
    Address,
    /// The database cannot be reached, or did not do what it was asked.
    #[error("the database did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database holds what the archive never wrote.
    #[error("the database holds something else than {what}")]
    Corrupt {
        /// What should have stood there.
        what: &'static str,
    },
    /// A row with the same key is already there; the whole act was rolled back.
    #[error("a row with this key is already there")]
    Conflict,
    /// Something that must have stood there does not; the whole act was rolled back.
    #[error("{what} is not there")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// A number is larger than the catalog can hold.
    #[error("{what} is larger than the catalog can hold")]
    TooLarge {
        /// Which number.
        what: &'static str,
    },
    /// A line does not follow those that the journal has.
    #[error(transparent)]
    Broken(#[from] Break),
    /// The act changed something and sealed no line; it was rolled back.
    #[error("nothing changes without a line, and none was sealed")]
    Silent,
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Conflict,
            Diesel::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::Missing { what: "the tenant" },
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

impl From<diesel::ConnectionError> for Error {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<diesel::r2d2::PoolError> for Error {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<diesel::r2d2::Error> for Error {
    fn from(error: diesel::r2d2::Error) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
