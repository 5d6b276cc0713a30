//! The installation's log: every line of every journal is an entry of one Merkle tree, published on the volumes as C2SP
//! tiles under signed checkpoints.
//!
//! The lines in the open days are the truth and stand durably before anything is published; tiles and checkpoints are
//! made of them and can be made again. One thread of one node at a time extends the log: whoever has the catalog's pen.

pub(super) mod entry;
pub(super) mod derive;
mod keys;
pub mod publish;
mod raise;
pub mod read;

use std::sync::Arc;

use crate::{
    archive::error::Error,
    proof::{
        checkpoint::Checkpoint,
        error::Malformed,
        merkle::Tree,
        signer::SignError,
        tile::{Tile, bundle::Bundle},
    },
    vault::Vault,
};

pub use crate::archive::log::keys::LogKeys;

/// Why the log cannot be extended: somebody has to look before anything more is signed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// What is published speaks of more lines than the journals hold.
    #[error("the published log has {published} entries, the journals only {known}: the journals are an older copy")]
    Ahead {
        /// Entries of the last published checkpoint.
        published: u64,
        /// Lines of the journals.
        known: u64,
    },
    /// What is published is not the beginning of what the journals make.
    #[error("the published checkpoint of {size} entries is not of these journals: one of the two was altered")]
    Fork {
        /// Entries of the published checkpoint.
        size: u64,
    },
    /// No key at hand is the one that the journal names.
    #[error("the log is signed by the key {recorded}, which is not among those of this installation")]
    Key {
        /// The key that the journal names.
        recorded: String,
    },
    /// A line, a tile or a checkpoint is not of the expected form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The key does not sign.
    #[error("the log cannot be signed")]
    Sign(#[from] SignError),
}

/// The log, as the one thread that extends it knows it.
pub struct Log {
    vault: Arc<Vault>,
    keys: LogKeys,
    edge: Edge,
    /// Entries of the last checkpoint that is published: no smaller one is signed.
    published: u64,
    /// Whether a volume lacks the end of the log because it could not be written.
    is_uneven: bool,
}

/// The end of what is published.
struct Edge {
    tree: Tree,
    /// The partial tile at each level's end, which the next entries widen.
    tiles: Vec<(Tile, Vec<u8>)>,
    /// The partial bundle at the end, if there is one.
    bundles: Vec<(Bundle, Vec<u8>)>,
}

impl Edge {
    const EMPTY: Self = Self { tree: Tree::empty(), tiles: Vec::new(), bundles: Vec::new() };
}

impl Log {
    /// A log of which nothing is known yet: [`raise`](Self::raise) looks at what is published.
    pub const fn new(vault: Arc<Vault>, keys: LogKeys) -> Self {
        Self { vault, keys, edge: Edge::EMPTY, published: 0, is_uneven: false }
    }

    /// The keys that sign it.
    pub const fn keys(&self) -> &LogKeys {
        &self.keys
    }

    /// What the log says of itself at an end.
    fn checkpoint(&self, edge: &Edge) -> Result<Checkpoint, Error> {
        let (size, root) = (edge.tree.size(), edge.tree.root());
        Ok(Checkpoint::new(self.keys.origin(), size, root).map_err(Fault::from)?)
    }
}
