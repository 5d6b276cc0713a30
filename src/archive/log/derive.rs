//! The log's files made again from the lines, page by page, to be held against those that are published.

use std::collections::BTreeMap;

use crate::{
    archive::{
        error::Error,
        log::{
            Edge, Fault, entry,
            raise::{firsts, page},
        },
    },
    domain::journal::{JournalId, Line},
    proof::merkle::Hash,
    store::Store,
    vault::beside::File,
};

/// The log as the lines make it, from its beginning.
pub struct Derived<'a> {
    store: &'a Store,
    firsts: BTreeMap<JournalId, u64>,
    edge: Edge,
    size: u64,
}

/// A page of lines, and the files of the log that they bring to their end.
pub struct Derivation {
    /// The lines.
    pub lines: Vec<Line>,
    /// The files that will never change.
    pub files: Vec<File>,
}

impl<'a> Derived<'a> {
    /// The log of the first `size` lines.
    pub fn new(store: &'a Store, size: u64) -> Result<Self, Error> {
        Ok(Self { store, firsts: firsts(store)?, edge: Edge::EMPTY, size })
    }

    /// The next page; `None` past the last.
    pub fn next(&mut self) -> Result<Option<Derivation>, Error> {
        if self.edge.tree.size() >= self.size {
            return Ok(None);
        }
        let lines = page(self.store, self.edge.tree.size(), self.size)?;
        let mut entries = Vec::with_capacity(lines.len());
        for line in &lines {
            let first = self.firsts.get(&line.journal).copied().unwrap_or(line.entry);
            entries.push(entry::of(line, first)?.to_bytes().map_err(Fault::from)?);
        }
        let grown = self.edge.grown(&entries).map_err(Fault::from)?;
        self.edge = grown.edge;
        let is_full = |file: &File| grown.full.contains(&file.0);
        Ok(Some(Derivation { lines, files: grown.files.into_iter().filter(is_full).collect() }))
    }

    /// The files at the log's end, which its next lines will widen.
    pub fn ends(&self) -> Vec<File> {
        let tiles = self.edge.tiles.iter().map(|(tile, bytes)| (tile.path(), bytes.clone()));
        let bundles = self.edge.bundles.iter().map(|(bundle, bytes)| (bundle.path(), bytes.clone()));
        tiles.chain(bundles).collect()
    }

    /// The root of the lines so far.
    pub fn root(&self) -> Hash {
        self.edge.tree.root()
    }
}
