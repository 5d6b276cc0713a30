//! How the archive is: its volumes and its writer. Whether what it keeps is still what it kept is `verify`'s to say.

use crate::{archive::Archive, vault::volume::VolumeStatus};

/// How the archive is.
#[derive(Clone, Debug)]
pub struct Health {
    /// Each volume.
    pub volumes: Vec<VolumeStatus>,
    /// Whether deposits can be taken now.
    pub takes_deposits: bool,
    /// Whether writing has stopped until a restart.
    pub stopped: bool,
    /// Whether volumes share a device.
    pub one_disk: bool,
}

impl Archive {
    /// How the archive is now.
    pub fn health(&self) -> Health {
        Health {
            volumes: self.vault.status(),
            takes_deposits: !self.writer.has_stopped() && self.vault.ensure_writable(0).is_ok(),
            stopped: self.writer.has_stopped(),
            one_disk: self.vault.shares_device(),
        }
    }
}
