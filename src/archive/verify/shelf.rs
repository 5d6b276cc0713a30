//! Reading a published log, one volume's own or one that a tenant brought: its bundles and tiles, whatever their width has become since.

use crate::{
    archive::{
        brought::{BroughtLog, LOG},
        log::publish::CHECKPOINT,
    },
    proof::{
        checkpoint::SignedCheckpoint,
        merkle::Hash,
        tile::{self, FULL, Tile, bundle::Bundle},
    },
    vault::{Vault, beside::Beside},
};

/// A published log: that of one volume, or one that a tenant brought. What cannot be read is `None`, like what is not
/// there.
#[derive(Clone, Copy)]
pub(super) struct Shelf<'a> {
    vault: &'a Vault,
    brought: Option<&'a BroughtLog>,
}

impl<'a> Shelf<'a> {
    /// The log of the volume's own installation.
    pub(super) const fn own(vault: &'a Vault) -> Self {
        Self { vault, brought: None }
    }

    /// A log that a tenant brought.
    pub(super) const fn brought(vault: &'a Vault, log: &'a BroughtLog) -> Self {
        Self { vault, brought: Some(log) }
    }

    pub(super) fn read(self, path: &str) -> Option<Vec<u8>> {
        match self.brought {
            None => self.vault.read_beside(0, Beside::Log, path).ok().flatten(),
            Some(log) => log.read(self.vault, &format!("{LOG}/{path}")).ok().flatten(),
        }
    }

    pub(super) fn list(self, folder: &str) -> Vec<String> {
        match self.brought {
            None => self.vault.list_beside(0, Beside::Log, folder).unwrap_or_default(),
            Some(log) => log.list(&format!("{LOG}/{folder}")),
        }
    }

    /// The last checkpoint.
    pub(super) fn last(self) -> Option<SignedCheckpoint> {
        SignedCheckpoint::parse(&self.read(CHECKPOINT)?).ok()
    }

    /// The hashes of a tile, if need be the first ones of the full tile that has taken its place.
    pub(super) fn tile(self, wanted: Tile) -> Option<Vec<Hash>> {
        if let Some(bytes) = self.read(&wanted.path()) {
            return tile::parse(wanted, &bytes).ok();
        }
        let full = Tile { width: FULL, ..wanted };
        let mut hashes = tile::parse(full, &self.read(&full.path())?).ok()?;
        hashes.truncate(usize::from(wanted.width));
        Some(hashes)
    }

    /// The entries of a bundle, if need be the first ones of the full bundle that has taken its place.
    pub(super) fn bundle(self, wanted: Bundle) -> Option<Vec<Vec<u8>>> {
        let owned = |entries: Vec<&[u8]>| entries.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
        if let Some(bytes) = self.read(&wanted.path()) {
            return tile::bundle::parse(wanted, &bytes).ok().map(owned);
        }
        let full = Bundle { width: FULL, ..wanted };
        let mut entries = tile::bundle::parse(full, &self.read(&full.path())?).ok().map(owned)?;
        entries.truncate(usize::from(wanted.width));
        Some(entries)
    }
}

/// The entries of the log, one by one; those of one bundle are kept at hand.
pub(super) struct Entries<'a> {
    shelf: Shelf<'a>,
    size: u64,
    at_hand: Option<(u64, Vec<Vec<u8>>)>,
}

impl<'a> Entries<'a> {
    pub(super) const fn new(shelf: Shelf<'a>, size: u64) -> Self {
        Self { shelf, size, at_hand: None }
    }

    /// The bytes of an entry; `None` when the log has none, or its bundle cannot be read.
    pub(super) fn get(&mut self, entry: u64) -> Option<&[u8]> {
        let (bundle, at) = Bundle::of(entry, self.size)?;
        if self.at_hand.as_ref().is_none_or(|(index, _)| *index != bundle.index) {
            self.at_hand = Some((bundle.index, self.shelf.bundle(bundle).unwrap_or_default()));
        }
        let (_, entries) = self.at_hand.as_ref()?;
        entries.get(usize::from(at)).map(Vec::as_slice)
    }
}
