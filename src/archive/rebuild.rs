//! Rebuilds the catalog from one volume: replays every line of its journals into an empty database.

use crate::{
    archive::{error::Error, replay},
    domain::journal::Line,
    store::Store,
    vault::{Vault, layout::OcflId},
};

/// What a rebuild did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Lines replayed.
    pub lines: u64,
    /// Objects that stand in storage and that no line accepts: left where they are, and not catalogued.
    pub quarantined: Vec<OcflId>,
}

/// Fills an empty catalog from the first volume of `vault`, which may be its only one.
pub fn rebuild(store: &Store, vault: &Vault, on_line: &mut dyn FnMut(&Line)) -> Result<Rebuilt, Error> {
    if !store.tenants()?.is_empty() {
        return Err(Error::Inconsistent("a rebuild needs an empty catalog".to_owned()));
    }
    let forwarded = replay::roll_forward_from(store, vault, 0, on_line)?;
    replay::destroyed::all_told(store)?;
    let mut quarantined = Vec::new();
    for object in vault.list_objects(0)? {
        let object = object?;
        if let OcflId::Archive { tenant, archive, generation } = &object {
            let kept = store.holdings(tenant).archive(*archive)?;
            let is_kept = kept.is_some_and(|kept| kept.archive.generation == *generation);
            // What was destroyed and stands here by accident is erased when the archive is next opened.
            if !is_kept && !store.owes_erasure(tenant, *archive, *generation)? {
                quarantined.push(object);
            }
        }
    }
    Ok(Rebuilt { lines: forwarded.lines, quarantined })
}
