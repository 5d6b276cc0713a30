//! What can be wrong with a package: data for the report, never an error of the house. The sentences are the caller's.

use std::{fmt, io};

use crate::{domain::name::Name, package::Error};

/// One thing that is wrong with a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The entry that is wrong; `None` when it is the package as a whole.
    pub name: Option<Name>,
}

/// The ways in which a package can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Neither ZIP, tar, tar.gz nor tar.bz2.
    UnknownContainer,
    /// The container ends before its content does, or a ZIP has no central directory.
    Truncated,
    /// The container contradicts itself; the words are the reader's, in English, for the log.
    Corrupt(String),
    /// The entry is encrypted.
    Encrypted,
    /// The entry is packed by a method other than "stored" and "deflated" (APPNOTE 4.4.5).
    UnsupportedMethod,
    /// No file at all.
    Empty,
    /// More entries than allowed; those beyond the limit were not looked at.
    TooManyEntries {
        /// The most entries allowed.
        limit: u64,
    },
    /// More bytes than allowed, in the manifest (then with its name) or in all.
    TooLarge {
        /// The most bytes allowed.
        limit: u64,
    },
    /// Packed so well that it must be a bomb.
    RatioTooHigh {
        /// The most unpacked bytes allowed per packed byte.
        limit: u64,
    },
    /// A name, or a step of it, longer than allowed.
    NameTooLong {
        /// The most bytes allowed.
        limit: usize,
        /// The bytes that it has.
        found: usize,
    },
    /// A name that means something else than "a file of this package" on some system.
    NameUnsafe(Unsafe),
    /// A symbolic or hard link.
    Link,
    /// A device, a pipe, a socket, or a member of an unknown type.
    Device,
    /// A sparse member of a tar.
    Sparse,
    /// A name that an entry before it has, byte for byte or once both are in NFC.
    DuplicateName,
    /// A ZIP entry that shares bytes with another one or with the central directory.
    Overlap,
    /// A ZIP entry whose own header says something else than the central directory.
    HeadersDisagree,
    /// No manifest at the root.
    ManifestMissing,
    /// Several manifests at the root; one fault for each, and none is read.
    ManifestAmbiguous,
}

/// Why a name is not safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unsafe {
    /// A step is `..`.
    Traversal,
    /// It begins with `/`.
    Absolute,
    /// It holds `\`, which parts steps on Windows.
    Backslash,
    /// It begins with a letter and `:`.
    DriveLetter,
    /// It holds a control character, or one that turns the direction of writing.
    ControlCharacter,
    /// It holds one of `# ? * < > | "`.
    ForbiddenCharacter,
    /// A step is empty, or is `.` beyond the beginning.
    EmptyStep,
}

/// A fault met while reading, carried as an error through `Read`.
#[derive(Debug)]
pub(super) struct Carried(pub(super) FaultKind);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the package is at fault: {:?}", self.0)
    }
}

impl std::error::Error for Carried {}

impl Carried {
    pub(super) fn error(kind: FaultKind) -> io::Error {
        io::Error::other(Self(kind))
    }
}

/// Tells whose failure it was: errors that the system numbered are the house's, all others come from decoders.
pub(super) fn judge(error: io::Error) -> Result<FaultKind, Error> {
    if error.raw_os_error().is_some() {
        return Err(Error::Read(error));
    }
    if let Some(Carried(kind)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return Ok(kind.clone());
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Ok(FaultKind::Truncated),
        _ => Ok(FaultKind::Corrupt(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_is_the_house_s() {
        assert!(matches!(judge(io::Error::from_raw_os_error(5)), Err(Error::Read(_))));
    }

    #[test]
    fn an_error_of_a_decoder_is_the_guest_s() {
        let corrupt = judge(io::Error::new(io::ErrorKind::InvalidData, "bad block")).unwrap();
        assert_eq!(corrupt, FaultKind::Corrupt("bad block".to_owned()));
        assert_eq!(judge(io::ErrorKind::UnexpectedEof.into()).unwrap(), FaultKind::Truncated);
        let limit = FaultKind::TooLarge { limit: 7 };
        assert_eq!(judge(Carried::error(limit.clone())).unwrap(), limit);
    }
}
