//! Where things stand on a volume: object ids, the OCFL storage layout, and the folders beside it.
//!
//! Paths are decided here and nowhere else. The layout is a local extension, described in
//! `ocfl/extensions/cartulaire-tenant-layout`, since no registered one starts with the identifier's middle: the tenant,
//! so that a tenant's objects can be listed, moved and removed as one folder. `ocfl_layout.json` is optional and may
//! name only registered extensions (OCFL 1.1, E071), so there is none.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use chrono::NaiveDate;

use crate::domain::{
    id::{ArchiveId, TransferId},
    tenant::TenantId,
};

/// The name of the layout extension.
pub(super) const EXTENSION: &str = "cartulaire-tenant-layout";

/// What stands in the place of a tenant's identifier for what is the installation's: no tenant can be called so.
const INSTALLATION: &str = "_installation";

/// The OCFL identifier of an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OcflId {
    /// What one accepted transfer left, or its successor after a partial destruction:
    /// `urn:cartulaire:TENANT:ARCHIVE:GENERATION`.
    Archive {
        /// The tenant.
        tenant: TenantId,
        /// The archive.
        archive: ArchiveId,
        /// 1 for the first, raised by each partial destruction.
        generation: u32,
    },
    /// A lasting record of the tenant's, as `referentials`: `urn:cartulaire:TENANT:NAME`. The name is 1 to 40
    /// characters of `a-z 0-9 -`.
    Record {
        /// The tenant.
        tenant: TenantId,
        /// The name, which follows the same rule as a tenant's.
        name: TenantId,
    },
    /// A lasting record of the installation, as its sealed journals: `urn:cartulaire:_installation:NAME`.
    Installation {
        /// The name, which follows the same rule as a tenant's.
        name: TenantId,
    },
}

/// The text is not the identifier of an object of this archive.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not the identifier of an object of this archive")]
pub struct NotAnOcflId;

impl OcflId {
    /// The object of an archive's first generation.
    pub const fn archive(tenant: TenantId, archive: ArchiveId) -> Self {
        Self::Archive { tenant, archive, generation: 1 }
    }

    /// A lasting record of the tenant's, as `referentials` or `journals-2026-11`.
    ///
    /// # Errors
    /// The name is not 1 to 40 characters of `a-z 0-9 -`.
    pub fn record(tenant: TenantId, name: &str) -> Result<Self, NotAnOcflId> {
        Ok(Self::Record { tenant, name: name.parse().map_err(|_| NotAnOcflId)? })
    }

    /// A lasting record of the installation, as `journals-2026-11`.
    ///
    /// # Errors
    /// The name is not 1 to 40 characters of `a-z 0-9 -`.
    pub fn installation(name: &str) -> Result<Self, NotAnOcflId> {
        Ok(Self::Installation { name: name.parse().map_err(|_| NotAnOcflId)? })
    }

    /// The tenant whose object it is; `None` for the installation's.
    pub const fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Archive { tenant, .. } | Self::Record { tenant, .. } => Some(tenant),
            Self::Installation { .. } => None,
        }
    }

    /// The object root's path below the storage root. The first eight digits of a version 7 UUID are its minute, so that
    /// objects of one batch share their folder, and a folder holds what 65 seconds brought.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Archive { tenant, archive, generation } => {
                let id = archive.to_string();
                let tuple = |from: usize| id.get(from..from + 4).unwrap_or_default();
                [tenant.as_str(), tuple(0), tuple(4), &format!("{id}.{generation}")].iter().collect()
            }
            Self::Record { tenant, name } => [tenant.as_str(), "records", name.as_str()].iter().collect(),
            Self::Installation { name } => [INSTALLATION, "records", name.as_str()].iter().collect(),
        }
    }
}

impl fmt::Display for OcflId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive { tenant, archive, generation } => {
                write!(f, "urn:cartulaire:{tenant}:{archive}:{generation}")
            }
            Self::Record { tenant, name } => write!(f, "urn:cartulaire:{tenant}:{name}"),
            Self::Installation { name } => write!(f, "urn:cartulaire:{INSTALLATION}:{name}"),
        }
    }
}

impl fmt::Debug for OcflId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for OcflId {
    type Err = NotAnOcflId;

    fn from_str(text: &str) -> Result<Self, NotAnOcflId> {
        let rest = text.strip_prefix("urn:cartulaire:").ok_or(NotAnOcflId)?;
        let parts: Vec<&str> = rest.split(':').collect();
        let id = match parts.as_slice() {
            [tenant, archive, generation] => Self::Archive {
                tenant: tenant.parse().map_err(|_| NotAnOcflId)?,
                archive: archive.parse().map_err(|_| NotAnOcflId)?,
                generation: generation.parse().map_err(|_| NotAnOcflId)?,
            },
            [INSTALLATION, name] => Self::installation(name)?,
            [tenant, name] => Self::record(tenant.parse().map_err(|_| NotAnOcflId)?, name)?,
            _ => return Err(NotAnOcflId),
        };
        // Another writing of the same identifier (upper case, leading zeros) would be another object to OCFL.
        if id.to_string() == text { Ok(id) } else { Err(NotAnOcflId) }
    }
}

/// The folders of one volume.
#[derive(Clone, Debug)]
pub(super) struct Places {
    root: PathBuf,
}

impl Places {
    pub(super) const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn card(&self) -> PathBuf {
        self.root.join("volume.json")
    }

    pub(super) fn members(&self) -> PathBuf {
        self.root.join("members.json")
    }

    pub(super) fn ocfl(&self) -> PathBuf {
        self.root.join("ocfl")
    }

    pub(super) fn object(&self, object: &OcflId) -> PathBuf {
        self.ocfl().join(object.path())
    }

    /// The open days.
    pub(super) fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    pub(super) fn segment(&self, day: NaiveDate) -> PathBuf {
        self.journal().join(format!("{day}.jsonl"))
    }

    /// The installation's log: checkpoint, tiles, time-stamps.
    pub(super) fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// What a verification needs beside: public keys, certificates, a verifier.
    pub(super) fn kit(&self) -> PathBuf {
        self.root.join("kit")
    }

    pub(super) fn pending(&self) -> PathBuf {
        self.root.join("pending")
    }

    pub(super) fn received(&self, transfer: TransferId) -> PathBuf {
        self.pending().join(transfer.to_string())
    }

    pub(super) fn transfers(&self) -> PathBuf {
        self.root.join("transfers")
    }

    pub(super) fn papers(&self, tenant: &TenantId, day: NaiveDate, transfer: TransferId) -> PathBuf {
        self.transfers().join(tenant.as_str()).join(day.to_string()).join(transfer.to_string())
    }

    /// What a tenant brings that comes from another installation, until it is let in.
    pub(super) fn arrivals(&self) -> PathBuf {
        self.root.join("arriving")
    }

    /// The papers of a tenant's transfers.
    pub(super) fn papers_of(&self, tenant: &TenantId) -> PathBuf {
        self.transfers().join(tenant.as_str())
    }

    /// The objects of a tenant.
    pub(super) fn objects_of(&self, tenant: &TenantId) -> PathBuf {
        self.ocfl().join(tenant.as_str())
    }

    pub(super) fn staging(&self, node: &str) -> PathBuf {
        self.root.join("staging").join(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_id_survives_its_text_and_starts_its_path_with_the_tenant() {
        for (text, path) in [
            (
                "urn:cartulaire:ville:019aa8f0-1111-7222-8333-944455556666:2",
                "ville/019a/a8f0/019aa8f0-1111-7222-8333-944455556666.2",
            ),
            ("urn:cartulaire:ville:referentials", "ville/records/referentials"),
            ("urn:cartulaire:_installation:journals-2026-11", "_installation/records/journals-2026-11"),
        ] {
            let id: OcflId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
            assert_eq!(id.path(), Path::new(path));
        }
    }

    #[test]
    fn another_writing_of_an_id_is_not_an_id() {
        for text in [
            "",
            "urn:cartulaire:ville",
            "urn:cartulaire:ville:../x",
            "urn:cartulaire:Ville:referentials",
            "urn:cartulaire:ville:019AA8F0-1111-7222-8333-944455556666:2",
            "urn:cartulaire:ville:019aa8f0-1111-7222-8333-944455556666:02",
            "urn:cartulaire:ville:019aa8f0-1111-7222-8333-944455556666:1:1",
        ] {
            assert_eq!(text.parse::<OcflId>(), Err(NotAnOcflId), "{text}");
        }
    }
}
