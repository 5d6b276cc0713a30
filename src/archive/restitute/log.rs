//! The log as the checkpoint covers it: computed anew from its entries while it is copied, so that no tile goes out that
//! does not make the signed root.

use crate::{
    archive::{
        error::Error,
        log::publish::{CHECKPOINT, ROTATIONS},
        restitute::{RestituteError, Task, sink::Sink},
        stamps, witnesses,
    },
    proof::{
        checkpoint::SignedCheckpoint,
        merkle::{Tree, leaf_hash},
        tile::{self, FULL, Tile, bundle, bundle::Bundle},
    },
    vault::beside::Beside,
};

impl Task<'_> {
    /// Entries, tiles, checkpoints and tokens.
    pub(super) fn log(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let size = self.cut.log.size;
        let signed = SignedCheckpoint::parse(self.cut.log.checkpoint.as_bytes()).map_err(Error::from)?;
        let mut tree = Tree::empty();
        for index in 0..size.div_ceil(u64::from(FULL)) {
            let Some((bundle, _)) = Bundle::of(index * u64::from(FULL), size) else { break };
            let bundle = Bundle { index, width: bundle.width };
            let bytes = self.bundle(bundle)?;
            for entry in bundle::parse(bundle, &bytes).map_err(Error::from)? {
                tree.append(leaf_hash(entry));
            }
            self.put(sink, &format!("log/{}", bundle.path()), &bytes)?;
        }
        if tree.root() != signed.checkpoint().root() {
            let what = "the log's entries do not make the root of its checkpoint: verify the installation";
            return Err(Error::Inconsistent(what.to_owned()).into());
        }
        for tile in tile::between(0, size) {
            self.put(sink, &format!("log/{}", tile.path()), &self.tile(tile)?)?;
        }
        for folder in [stamps::FOLDER, witnesses::FOLDER, ROTATIONS] {
            self.kept(folder, sink)?;
        }
        self.put(sink, &format!("log/{CHECKPOINT}"), self.cut.log.checkpoint.as_bytes())
    }

    /// The entries of a bundle, if need be the first ones of a wider one that stands in its place by now.
    fn bundle(&self, wanted: Bundle) -> Result<Vec<u8>, Error> {
        for path in
            [wanted.path(), Bundle { width: FULL, ..wanted }.path()].into_iter().chain(self.wider(&wanted.path()))
        {
            for bytes in self.copies(&path) {
                if let Some(cut) = first_entries(&bytes, wanted.width) {
                    return Ok(cut);
                }
            }
        }
        Err(Error::Inconsistent(format!("the log lacks {}", wanted.path())))
    }

    /// The hashes of a tile, likewise.
    fn tile(&self, wanted: Tile) -> Result<Vec<u8>, Error> {
        let length = usize::from(wanted.width) * crate::proof::merkle::Hash::BYTES;
        for path in [wanted.path(), Tile { width: FULL, ..wanted }.path()].into_iter().chain(self.wider(&wanted.path()))
        {
            for bytes in self.copies(&path) {
                if let Some(cut) = bytes.get(..length) {
                    return Ok(cut.to_vec());
                }
            }
        }
        Err(Error::Inconsistent(format!("the log lacks {}", wanted.path())))
    }

    /// Wider partial files in the place of one that was replaced.
    fn wider(&self, path: &str) -> Vec<String> {
        let Some((folder, width)) = path.rsplit_once(".p/") else { return Vec::new() };
        let (folder, width) = (format!("{folder}.p"), width.parse::<u16>().unwrap_or(u16::MAX));
        let vault = &self.archive.vault;
        let listed = vault
            .reachable()
            .into_iter()
            .flat_map(|volume| vault.list_beside(volume, Beside::Log, &folder).unwrap_or_default());
        let is_wider = |name: &String| name.parse::<u16>().is_ok_and(|own| own > width);
        listed.filter(is_wider).map(|name| format!("{folder}/{name}")).collect()
    }

    /// A file of the log on each volume that has it.
    fn copies(&self, path: &str) -> Vec<Vec<u8>> {
        let vault = &self.archive.vault;
        let read = |volume| vault.read_beside(volume, Beside::Log, path).ok().flatten();
        vault.reachable().into_iter().filter_map(read).collect()
    }

    /// Checkpoints that were kept, and their tokens, as far as the checkpoint covers them.
    fn kept(&self, folder: &str, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let vault = &self.archive.vault;
        let mut names = std::collections::BTreeSet::new();
        for volume in vault.reachable() {
            names.extend(vault.list_beside(volume, Beside::Log, folder)?);
        }
        for name in names {
            let size = name.split('.').next().and_then(|size| size.parse::<u64>().ok());
            let is_kept = matches!(name.rsplit('.').next(), Some("checkpoint" | "tst"));
            let path = format!("{folder}/{name}");
            if size.is_some_and(|size| size <= self.cut.log.size)
                && is_kept
                && let Some(bytes) = self.copies(&path).into_iter().next()
            {
                self.put(sink, &format!("log/{path}"), &bytes)?;
            }
        }
        Ok(())
    }
}

/// The first entries of a bundle, each still with its length before it.
fn first_entries(bytes: &[u8], width: u16) -> Option<Vec<u8>> {
    let mut at = 0;
    for _ in 0..width {
        let length = bytes.get(at..at + 2)?;
        at += 2 + usize::from(u16::from_be_bytes(length.try_into().ok()?));
    }
    bytes.get(..at).map(<[u8]>::to_vec)
}
