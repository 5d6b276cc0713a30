//! The copies of an archive, each read whole from its volume and held against the inventory that the journal tells.

use std::path::PathBuf;

use crate::{
    archive::{Archive, error::Error},
    domain::{archive, digest::Digest},
    record::integrity::{Copy, CopyState, FileFault},
    vault::{
        layout::OcflId,
        verify::{FaultKind, Verification},
    },
};

impl Archive {
    /// Every copy of an archive, on every volume of the configuration.
    pub(super) fn copies(&self, archive: &archive::Archive, inventory: Digest) -> Result<Vec<Copy>, Error> {
        let object =
            OcflId::Archive { tenant: archive.tenant.clone(), archive: archive.id, generation: archive.generation };
        let reachable = self.vault.reachable();
        let mut copies = Vec::new();
        for volume in 0..self.vault.volume_count() {
            let verified =
                if reachable.contains(&volume) { Some(self.vault.verify_object(&object, volume)?) } else { None };
            copies.push(self.copy(volume, verified, inventory));
        }
        Ok(copies)
    }

    fn copy(&self, volume: usize, verified: Option<Verification>, inventory: Digest) -> Copy {
        let (state, bytes, faults) = match verified {
            None => (CopyState::Unreachable, 0, Vec::new()),
            Some(found) if found.faults.iter().any(|fault| fault.path == PathBuf::new()) => {
                (CopyState::Missing, 0, Vec::new())
            }
            Some(found) => {
                let mut faults: Vec<FileFault> = found.faults.iter().map(FileFault::from).collect();
                // A copy that agrees with itself, and with another inventory than the one that was told.
                if found.inventory.is_some_and(|digest| digest != inventory) {
                    faults.push(FileFault { path: "inventory.json".to_owned(), kind: word(FaultKind::Altered) });
                }
                let state = if faults.is_empty() { CopyState::Whole } else { CopyState::Altered };
                (state, found.bytes, faults)
            }
        };
        Copy { volume: volume + 1, state, verified_at: self.clock.now(), bytes, faults }
    }
}

impl From<&crate::vault::verify::Fault> for FileFault {
    fn from(fault: &crate::vault::verify::Fault) -> Self {
        Self { path: fault.path.display().to_string(), kind: word(fault.kind) }
    }
}

fn word(kind: FaultKind) -> String {
    match kind {
        FaultKind::Missing => "missing",
        FaultKind::Altered => "altered",
        FaultKind::Extra => "extra",
    }
    .to_owned()
}
