//! The log of one volume computed anew: every entry hashed, every tile compared, up to the root.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    archive::verify::{
        finding::{Book, Layer},
        shelf::Shelf,
    },
    domain::digest::Digest,
    proof::{
        entry::{Entry, Notice},
        merkle::{Hash, Tree, leaf_hash},
        tile::{FULL, Tile, bundle::Bundle},
        vkey::Vkey,
    },
};

/// What the log of a volume says, computed anew from its entries.
#[derive(Default)]
pub(super) struct Ledger {
    /// Entries that were read.
    pub(super) size: u64,
    /// The roots by the entries and by the tiles, at the sizes asked for.
    roots: BTreeMap<u64, [Hash; 2]>,
    /// The keys that sign, each from the checkpoint on that covers its entry.
    pub(super) keys: Vec<(u64, Vkey)>,
    /// The time-stamps that lines tell.
    pub(super) stamps: Vec<ToldStamp>,
    /// The first entry whose bundle and tile do not agree.
    differing: Option<u64>,
}

/// A time-stamp that a line of the journal tells.
#[derive(Clone, Copy)]
pub(super) struct ToldStamp {
    /// The entry of the line.
    pub(super) entry: u64,
    /// The size of the checkpoint.
    pub(super) size: u64,
    /// The digest of the token.
    pub(super) token: Digest,
}

impl Ledger {
    /// Reads the first `size` entries, and keeps the roots at some sizes.
    pub(super) fn read(shelf: Shelf<'_>, size: u64, sizes: &BTreeSet<u64>, book: &mut Book) -> Self {
        let mut walk = Walk {
            shelf,
            sizes,
            ledger: Self::default(),
            by_entries: Tree::empty(),
            by_tiles: Tree::empty(),
            levels: Vec::new(),
        };
        for index in 0..size.div_ceil(u64::from(FULL)) {
            let Some((Bundle { width, .. }, _)) = Bundle::of(index * u64::from(FULL), size) else { break };
            if walk.bundle(Bundle { index, width }, book).is_none() {
                break;
            }
        }
        walk.end(book);
        walk.ledger.size = walk.by_entries.size();
        book.looked(Layer::Log, walk.ledger.size);
        walk.ledger
    }

    /// Says whether the log makes the root of its own checkpoint, and what is altered when it does not.
    pub(super) fn judge(&self, size: u64, root: Hash, book: &mut Book) {
        let place = format!("log, {size} entrées");
        let Some([by_entries, by_tiles]) = self.roots.get(&size).copied() else {
            return book.found(
                Layer::Log,
                place,
                "Le registre ne peut pas être recalculé jusqu’à ce point de contrôle.",
            );
        };
        let shelves = |entry: u64| -> Option<[String; 2]> {
            let (bundle, _) = Bundle::of(entry, size)?;
            let tile = Tile { level: 0, index: bundle.index, width: bundle.width };
            Some([format!("log/{}", tile.path()), format!("log/{}", bundle.path())])
        };
        match self.differing.and_then(|entry| Some((entry, shelves(entry)?))) {
            Some((entry, [tile, _])) if by_entries == root => {
                book.found(Layer::Log, tile, format!("La tuile est altérée : elle ne porte pas l’entrée {entry}."));
            }
            Some((entry, [_, bundle])) => {
                let what = format!("Les entrées sont altérées : l’entrée {entry} n’est pas celle de sa tuile.");
                book.found(Layer::Log, bundle, what);
            }
            None => {}
        }
        if by_entries != root && by_tiles != root {
            let what = "La racine recalculée n’est pas celle que le point de contrôle signé atteste : le registre a été \
                        refait.";
            book.found(Layer::Checkpoints, "log/checkpoint", what);
        }
    }

    /// The root at one of the sizes asked for: that of the tiles where the entries do not make the expected one.
    pub(super) fn root_at(&self, size: u64, expected: Hash) -> Option<Hash> {
        let [by_entries, by_tiles] = *self.roots.get(&size)?;
        Some(if by_tiles == expected { by_tiles } else { by_entries })
    }

    /// The key that signs the checkpoint of a size.
    pub(super) fn key_at(&self, size: u64) -> Option<&Vkey> {
        self.keys.iter().rev().find(|(entry, _)| *entry < size).map(|(_, key)| key)
    }
}

struct Walk<'a> {
    shelf: Shelf<'a>,
    sizes: &'a BTreeSet<u64>,
    ledger: Ledger,
    by_entries: Tree,
    by_tiles: Tree,
    /// The hashes at the end of each level above 0, and the index of the tile that they begin.
    levels: Vec<(u64, Vec<Hash>)>,
}

impl Walk<'_> {
    /// Takes in a bundle and the tile of its hashes; `None` when neither can be read.
    fn bundle(&mut self, bundle: Bundle, book: &mut Book) -> Option<()> {
        let tile = Tile { level: 0, index: bundle.index, width: bundle.width };
        let (entries, hashes) = (self.shelf.bundle(bundle), self.shelf.tile(tile));
        for (path, is_there) in [(bundle.path(), entries.is_some()), (tile.path(), hashes.is_some())] {
            if !is_there {
                book.found(Layer::Log, format!("log/{path}"), "Ce fichier du registre manque ou ne se lit pas.");
            }
        }
        let leaves: Option<Vec<Hash>> = entries.as_ref().map(|all| all.iter().map(|one| leaf_hash(one)).collect());
        let leaves = leaves.or_else(|| hashes.clone())?;
        let hashes = hashes.unwrap_or_else(|| leaves.clone());
        self.older(bundle, tile, &leaves, &hashes, book);
        for (leaf, hash) in leaves.iter().zip(&hashes) {
            if leaf != hash {
                self.ledger.differing.get_or_insert(self.by_entries.size());
            }
            self.by_entries.append(*leaf);
            self.by_tiles.append(*hash);
            let size = self.by_entries.size();
            if self.sizes.contains(&size) {
                self.ledger.roots.insert(size, [self.by_entries.root(), self.by_tiles.root()]);
            }
        }
        for (bytes, entry) in entries.unwrap_or_default().iter().zip(bundle.index * u64::from(FULL)..) {
            self.learn(entry, bytes, book);
        }
        if bundle.width == FULL {
            self.push(1, root_of(&leaves), book);
        }
        Some(())
    }

    /// Narrower copies that still stand beside the widest must be its beginning.
    fn older(&self, bundle: Bundle, tile: Tile, leaves: &[Hash], hashes: &[Hash], book: &mut Book) {
        let widths = |path: &str| {
            let names = self.shelf.list(&format!("{path}.p"));
            names.into_iter().filter_map(|name| name.parse::<u16>().ok()).collect::<Vec<u16>>()
        };
        for width in widths(&Bundle { width: FULL, ..bundle }.path()) {
            let older = Bundle { width, ..bundle };
            let entries = self.shelf.bundle(older).unwrap_or_default();
            let own: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
            if width < bundle.width && (own.is_empty() || !leaves.starts_with(&own)) {
                let what = "Ces entrées sont altérées : ce n’est pas le début de celles qui les suivent.";
                book.found(Layer::Log, format!("log/{}", older.path()), what);
            }
        }
        for width in widths(&Tile { width: FULL, ..tile }.path()) {
            let older = Tile { width, ..tile };
            let own = self.shelf.tile(older).unwrap_or_default();
            if width < tile.width && (own.is_empty() || !hashes.starts_with(&own)) {
                let what = "La tuile est altérée : ce n’est pas le début de celle qui la suit.";
                book.found(Layer::Log, format!("log/{}", older.path()), what);
            }
        }
    }

    /// What an entry makes public.
    fn learn(&mut self, entry: u64, bytes: &[u8], book: &mut Book) {
        match Entry::parse(bytes) {
            Ok(Entry { notice: Some(Notice::Key(key)), .. }) => self.ledger.keys.push((entry, key)),
            Ok(Entry { notice: Some(Notice::TimeStamp { size, token }), .. }) => {
                self.ledger.stamps.push(ToldStamp { entry, size, token });
            }
            Ok(_) => {}
            Err(_) => book.found(Layer::Log, format!("log, entrée {entry}"), "Cette entrée ne se lit pas."),
        }
    }

    /// Takes in the hash of a complete subtree at a level of tiles.
    fn push(&mut self, level: usize, hash: Hash, book: &mut Book) {
        if self.levels.len() < level {
            self.levels.push((0, Vec::new()));
        }
        let Some((index, hashes)) = self.levels.get_mut(level - 1) else { return };
        hashes.push(hash);
        if hashes.len() == usize::from(FULL) {
            let (at, full) = (*index, std::mem::take(hashes));
            *index += 1;
            self.compare(level, at, &full, book);
            self.push(level + 1, root_of(&full), book);
        }
    }

    /// Compares the partial tiles at the end.
    fn end(&self, book: &mut Book) {
        for (level, (index, hashes)) in self.levels.iter().enumerate() {
            if !hashes.is_empty() {
                self.compare(level + 1, *index, hashes, book);
            }
        }
    }

    fn compare(&self, level: usize, index: u64, hashes: &[Hash], book: &mut Book) {
        let (Ok(level), Ok(width)) = (u8::try_from(level), u16::try_from(hashes.len())) else { return };
        let tile = Tile { level, index, width };
        if self.shelf.tile(tile).as_deref() != Some(hashes) {
            book.found(Layer::Log, format!("log/{}", tile.path()), "La tuile est altérée, ou manque.");
        }
    }
}

/// The root over the hashes of a full tile.
fn root_of(hashes: &[Hash]) -> Hash {
    let mut tree = Tree::empty();
    for hash in hashes {
        tree.append(*hash);
    }
    tree.root()
}
