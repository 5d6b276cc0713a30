//! Bringing the published log up to the journals: after a crash, after a rebuild, when a volume lost some of it.

use std::collections::BTreeMap;

use crate::{
    archive::{
        error::Error,
        log::{
            Edge, Fault, Log, entry,
            publish::{CHECKPOINT, LINES_AT_ONCE},
            read,
        },
    },
    domain::{
        clock::Timestamp,
        journal::{JournalId, Line},
    },
    proof::{
        checkpoint::Checkpoint,
        error::Malformed,
        merkle::{Hash, Tree},
        tile::{self, Tile, bundle::Bundle, reader::TileReader},
    },
    store::Store,
    vault::{Vault, beside::Beside},
};

impl Log {
    /// Publishes what the journals hold and the log lacks. Tiles that cannot be read are made again from the lines.
    ///
    /// # Errors
    /// What is published is ahead of the journals, or of other journals: nothing is signed then.
    pub fn raise(&mut self, store: &Store, at: Timestamp) -> Result<(), Error> {
        let known = store.log_size()?;
        if let Some((_, recorded)) = read::keys_told(store)?.pop() {
            self.keys.settle_on(&recorded.key)?;
        }
        self.edge = Edge::EMPTY;
        if let Some(published) = self.published()? {
            self.published = published.size();
            if published.size() > known {
                return Err(Fault::Ahead { published: published.size(), known }.into());
            }
            match self.edge_at(&published) {
                Some(edge) => {
                    self.edge = edge;
                    self.level(&published);
                }
                None if root_of_lines(store, published.size())? == published.root() => {
                    tracing::warn!(entries = published.size(), "the log's tiles are made again from the lines");
                }
                None => return Err(Fault::Fork { size: published.size() }.into()),
            }
        }
        self.follow(store, known, at)
    }

    /// Takes up what another node published since.
    pub(super) fn look_again(&mut self) -> Result<(), Error> {
        if let Some(published) = self.published()?.filter(|published| published.size() > self.edge.tree.size()) {
            self.edge = self.edge_at(&published).ok_or(Fault::Fork { size: published.size() })?;
            self.published = published.size();
            self.level(&published);
        }
        Ok(())
    }

    /// Gives every volume whose checkpoint is older the tiles that it lacks: a process died, or a disk was full, between
    /// two volumes. What cannot be written now is told, and tried again with the next act.
    fn level(&mut self, published: &Checkpoint) {
        self.is_uneven = false;
        for volume in self.vault.reachable() {
            if let Err(error) = self.level_volume(volume, published) {
                tracing::warn!(%error, volume, "a volume lacks the end of the log");
                self.is_uneven = true;
            }
        }
    }

    /// Tries again to give every volume what it lacked when it could not be written.
    pub(super) fn level_again(&mut self) -> Result<(), Error> {
        if self.is_uneven
            && let Some(published) = self.published()?
        {
            self.level(&published);
        }
        Ok(())
    }

    fn level_volume(&self, volume: usize, published: &Checkpoint) -> Result<(), Error> {
        let of = |volume: usize, name: &str| self.vault.read_beside(volume, Beside::Log, name);
        let own = read::checkpoint_on(&self.vault, volume)?.map_or(0, |(signed, _)| signed.checkpoint().size());
        if own >= published.size() {
            return Ok(());
        }
        let bundles = (own / u64::from(tile::FULL)..published.size().div_ceil(u64::from(tile::FULL)))
            .filter_map(|index| Bundle::of(index * u64::from(tile::FULL), published.size()))
            .map(|(bundle, _)| bundle.path());
        let names = tile::between(own, published.size()).map(Tile::path).chain(bundles);
        for name in names.chain([CHECKPOINT.to_owned()]) {
            if name != CHECKPOINT && of(volume, &name)?.is_some() {
                continue;
            }
            let mut others = self.vault.reachable().into_iter().filter(|other| *other != volume);
            if let Some(bytes) = others.find_map(|other| of(other, &name).ok().flatten()) {
                self.vault.mend_beside(volume, Beside::Log, &(name, bytes))?;
            }
        }
        Ok(())
    }

    /// Appends the lines of the catalog up to `size` entries.
    fn follow(&mut self, store: &Store, size: u64, at: Timestamp) -> Result<(), Error> {
        let firsts = firsts(store)?;
        while self.edge.tree.size() < size {
            let lines = page(store, self.edge.tree.size(), size)?;
            self.append(&lines, &mut |line| Ok(firsts.get(&line.journal).copied().unwrap_or(line.entry)), at)?;
        }
        Ok(())
    }

    /// The last checkpoint on any volume that a key of ours signed.
    fn published(&self) -> Result<Option<Checkpoint>, Error> {
        let keys = self.keys.vkeys();
        let last = read::last_checkpoint(&self.vault, |signed| signed.verify(&keys).is_ok())?;
        Ok(last.map(|(signed, _)| signed.checkpoint().clone()))
    }

    /// The end of the log as the tiles give it at a checkpoint; `None` when no volume's tiles make its root.
    fn edge_at(&self, published: &Checkpoint) -> Option<Edge> {
        self.vault.reachable().into_iter().find_map(|volume| {
            let edge = read_edge(&self.vault, volume, published.size()).ok()?;
            (edge.tree.root() == published.root()).then_some(edge)
        })
    }
}

/// The entry of each journal's first line.
pub(super) fn firsts(store: &Store) -> Result<BTreeMap<JournalId, u64>, Error> {
    Ok(store.heads()?.into_iter().filter_map(|(journal, head)| Some((journal, head.first?))).collect())
}

/// Some lines of the log from an entry on, before the entry `end`; never none.
pub(super) fn page(store: &Store, from: u64, end: u64) -> Result<Vec<Line>, Error> {
    let mut lines = store.logged(from, LINES_AT_ONCE)?;
    lines.retain(|line| line.entry < end);
    if lines.is_empty() { Err(Fault::Ahead { published: end, known: from }.into()) } else { Ok(lines) }
}

/// The root that the catalog's first `size` lines make.
fn root_of_lines(store: &Store, size: u64) -> Result<Hash, Error> {
    let firsts = firsts(store)?;
    let mut tree = Tree::empty();
    while tree.size() < size {
        for line in page(store, tree.size(), size)? {
            let first = firsts.get(&line.journal).copied().unwrap_or(line.entry);
            tree.append(entry::of(&line, first)?.leaf().map_err(Fault::from)?);
        }
    }
    Ok(tree.root())
}

/// Reads the end of the log from one volume's tiles.
fn read_edge(vault: &Vault, volume: usize, size: u64) -> Result<Edge, Error> {
    let fetch = |path: String| -> Result<Vec<u8>, Error> {
        let absent = || Fault::from(Malformed::new("the log", "a tile is not there"));
        vault.read_beside(volume, Beside::Log, &path)?.ok_or_else(|| absent().into())
    };
    let mut reader = TileReader::new(size, |tile: Tile| fetch(tile.path()));
    let tree = Tree::restore(size, |node| reader.hash(node))?;
    let mut tiles = Vec::new();
    for tile in tile::between(0, size).filter(|tile| !tile.is_full()) {
        tiles.push((tile, fetch(tile.path())?));
    }
    let mut bundles = Vec::new();
    let last = size.checked_sub(1).and_then(|last| Bundle::of(last, size));
    if let Some((bundle, _)) = last.filter(|(bundle, _)| bundle.width < tile::FULL) {
        let bytes = fetch(bundle.path())?;
        tile::bundle::parse(bundle, &bytes).map_err(Fault::from)?;
        bundles.push((bundle, bytes));
    }
    Ok(Edge { tree, tiles, bundles })
}
