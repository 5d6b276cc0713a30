//! Which volumes hold everything: written down before the first write that leaves one out, so that a volume that was
//! away is never taken for whole, even after a restart with another set of disks.
//!
//! The rule is that of RAID superblocks: each volume carries the set and its epoch, and the highest epoch wins.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::vault::{
    error::Error,
    volume::{Volume, json, parse},
};

/// `members.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Members {
    /// Raised by each change.
    pub(super) epoch: u64,
    /// The volumes that hold everything, by identifier.
    pub(super) current: BTreeSet<String>,
}

impl Members {
    /// The set of the highest epoch that any reachable volume carries.
    pub(super) fn read(volumes: &[Arc<Volume>]) -> Option<Self> {
        let readable = volumes.iter().filter(|volume| volume.id().is_some());
        readable.filter_map(|volume| parse::<Self>(&volume.places.members()).ok()).max_by_key(|members| members.epoch)
    }

    /// Whether `volume` holds everything.
    pub(super) fn holds(&self, volume: &Volume) -> bool {
        volume.id().is_some_and(|id| self.current.contains(&id))
    }

    /// The next set, of `volumes`.
    pub(super) fn next(&self, volumes: &[Arc<Volume>]) -> Self {
        Self { epoch: self.epoch + 1, current: volumes.iter().filter_map(|volume| volume.id()).collect() }
    }

    /// Writes the set on `volumes`, durably.
    pub(super) fn write(&self, volumes: &[Arc<Volume>]) -> Result<(), Error> {
        for volume in volumes {
            let path = volume.places.members();
            volume.disk.write_durably(&path, json(self, &path)?.as_bytes())?;
        }
        Ok(())
    }
}
