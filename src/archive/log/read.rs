//! Looking at the published log: the checkpoints that stand on the volumes, and the keys that lines tell.

use crate::{
    archive::{error::Error, log::publish::CHECKPOINT},
    domain::journal::{JournalId, Line},
    proof::checkpoint::SignedCheckpoint,
    record::facts::{Fact, LOG_KEY, LOG_OBJECT, installation::LogKey},
    store::Store,
    vault::{Vault, beside::Beside},
};

/// What the names of kept checkpoints end with; the size of the log stands before it.
const SUFFIX: &str = ".checkpoint";

/// The checkpoint that stands on a volume, and its file; `None` when none does, or none that can be read.
pub fn checkpoint_on(vault: &Vault, volume: usize) -> Result<Option<(SignedCheckpoint, Vec<u8>)>, Error> {
    let bytes = vault.read_beside(volume, Beside::Log, CHECKPOINT)?;
    Ok(bytes.and_then(|bytes| SignedCheckpoint::parse(&bytes).ok().map(|signed| (signed, bytes))))
}

/// The checkpoint of the largest size on any volume, among those that hold, and its file.
pub fn last_checkpoint(
    vault: &Vault,
    holds: impl Fn(&SignedCheckpoint) -> bool,
) -> Result<Option<(SignedCheckpoint, Vec<u8>)>, Error> {
    let mut last: Option<(SignedCheckpoint, Vec<u8>)> = None;
    for volume in vault.reachable() {
        let Some(found) = checkpoint_on(vault, volume)?.filter(|(signed, _)| holds(signed)) else { continue };
        if last.as_ref().is_none_or(|(last, _)| last.checkpoint().size() < found.0.checkpoint().size()) {
            last = Some(found);
        }
    }
    Ok(last)
}

/// The sizes of the checkpoints that a folder of the log keeps, on the first volume that can be read.
pub fn kept_sizes(vault: &Vault, folder: &str) -> Result<Vec<u64>, Error> {
    let Some(volume) = vault.reachable().first().copied() else { return Ok(Vec::new()) };
    let names = vault.list_beside(volume, Beside::Log, folder)?;
    Ok(names.iter().filter_map(|name| name.strip_suffix(SUFFIX)?.parse().ok()).collect())
}

/// Every key that the log was told, in order, each with its line.
pub fn keys_told(store: &Store) -> Result<Vec<(Line, LogKey)>, Error> {
    let mut keys = Vec::new();
    for line in store.told_of(&JournalId::Installation, LOG_OBJECT, LOG_KEY)? {
        if let Some(Fact::LogKey(fact)) = Fact::read(&line.event)? {
            keys.push((line, fact));
        }
    }
    Ok(keys)
}
