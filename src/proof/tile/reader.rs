//! Reading hashes of subtrees from tiles, for proofs and for the right edge.
//!
//! What a tile says is not trusted here: a proof made from it is verified against a signed root.

use std::collections::BTreeMap;

use crate::proof::{
    error::Malformed,
    merkle::{Hash, Node},
    tile::{self, HEIGHT, Tile, subtree},
};

/// Tiles kept in memory at once: 512 KiB.
const KEPT: usize = 64;

/// Reads hashes from the tiles of a tree.
#[derive(Debug)]
pub struct TileReader<F> {
    size: u64,
    fetch: F,
    kept: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<F, E> TileReader<F>
where
    F: FnMut(Tile) -> Result<Vec<u8>, E>,
    E: From<Malformed>,
{
    /// A reader of the tree of `size` entries; `fetch` gives the bytes of a tile of that tree.
    pub const fn new(size: u64, fetch: F) -> Self {
        Self { size, fetch, kept: BTreeMap::new() }
    }

    /// The hash of a complete subtree.
    ///
    /// # Errors
    /// What `fetch` answers; the tile's bytes are no tile, or the tree has no such subtree.
    pub fn hash(&mut self, node: Node) -> Result<Hash, E> {
        let absent = Malformed::new("a subtree of the tree", "the tree is too small");
        let tile = Tile::of(node, self.size).ok_or(absent)?;
        let hashes = self.hashes(tile)?;
        let count = 1_usize << (node.level % HEIGHT);
        // The subtree's place in its tile: there are as many of its height as the tile has hashes, over `count`.
        let per_tile = u64::from(tile::FULL) >> (node.level % HEIGHT);
        let at = usize::try_from(node.index % per_tile).map_err(|_| absent)? * count;
        Ok(hashes.get(at..at + count).and_then(subtree).ok_or(absent)?)
    }

    fn hashes(&mut self, tile: Tile) -> Result<&[Hash], E> {
        let place = (tile.level, tile.index);
        if !self.kept.contains_key(&place) {
            let hashes = tile::parse(tile, &(self.fetch)(tile)?)?;
            if self.kept.len() >= KEPT {
                self.kept.clear();
            }
            self.kept.insert(place, hashes);
        }
        Ok(self.kept.get(&place).map(Vec::as_slice).unwrap_or_default())
    }
}
