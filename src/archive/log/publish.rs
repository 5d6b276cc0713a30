//! Extending the published log: new tiles first, then the checkpoint that speaks of them.

use crate::{
    archive::{
        error::Error,
        log::{Edge, Fault, Log, entry},
    },
    domain::{clock::Timestamp, journal::Line},
    proof::{
        entry::{Entry, Notice},
        error::Malformed,
        merkle::{Hash, leaf_hash},
        tile::{self, Tile, bundle},
    },
    store::Pen,
    vault::beside::{Beside, File},
};

/// The name of the file that holds the last checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

/// The folder of the checkpoints at which the key changed.
pub const ROTATIONS: &str = "rotations";

/// Lines read at once when the log is behind the journals.
pub const LINES_AT_ONCE: u32 = 2_560;

impl Log {
    /// Publishes the lines that an act has appended to the open days, and whatever stands before them unpublished,
    /// under one checkpoint. To be called with the pen in hand.
    pub fn extend(&mut self, pen: &mut Pen<'_>, lines: &[Line], at: Timestamp) -> Result<(), Error> {
        let first = lines.first().map_or(pen.log_size(), |line| line.entry);
        self.level_again()?;
        if self.edge.tree.size() != first {
            // Another node has published since, or somebody died or met a full disk before he could.
            self.look_again()?;
        }
        while self.edge.tree.size() < first {
            let missing = pen.logged(self.edge.tree.size(), LINES_AT_ONCE)?;
            let before: Vec<Line> = missing.into_iter().take_while(|line| line.entry < first).collect();
            if before.is_empty() {
                return Err(Fault::Ahead { published: first, known: self.edge.tree.size() }.into());
            }
            self.append(&before, &mut |line| first_of(pen, line), at)?;
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.append(lines, &mut |line| first_of(pen, line), at)
    }

    /// Appends lines to the tree, publishes their tiles and a checkpoint over them.
    pub(super) fn append(
        &mut self,
        lines: &[Line],
        first: &mut dyn FnMut(&Line) -> Result<u64, Error>,
        at: Timestamp,
    ) -> Result<(), Error> {
        let (mut entries, mut rotated) = (Vec::new(), false);
        for (line, expected) in lines.iter().zip(self.edge.tree.size()..) {
            if line.entry != expected {
                return Err(Error::Inconsistent(format!("line {} stands at the log's entry {expected}", line.entry)));
            }
            let entry = entry::of(line, first(line)?)?;
            rotated |= self.follow_key(&entry)?;
            entries.push(entry.to_bytes().map_err(Fault::from)?);
        }
        let mut grown = self.edge.grown(&entries).map_err(Fault::from)?;
        self.publish(&mut grown, rotated, at)?;
        self.edge = grown.edge;
        // Narrower copies of what is full now are of no use to anybody.
        grown.full.iter().try_for_each(|path| Ok(self.vault.remove_beside(Beside::Log, &format!("{path}.p"))?))
    }

    fn publish(&mut self, grown: &mut Grown, rotated: bool, at: Timestamp) -> Result<(), Error> {
        if grown.edge.tree.size() < self.published {
            // The tiles are made again under a checkpoint that stands: no smaller one is ever signed.
            return Ok(self.vault.publish_log(&grown.files)?);
        }
        let checkpoint = self.checkpoint(&grown.edge)?;
        if rotated {
            let both = self.keys.sign_over(checkpoint.clone(), at).map_err(Fault::from)?;
            let name = format!("{ROTATIONS}/{}.checkpoint", checkpoint.size());
            self.vault.put_beside(Beside::Log, &[(name, both.to_string().into_bytes())])?;
        }
        let signed = self.keys.sign(checkpoint, at).map_err(Fault::from)?;
        grown.files.push((CHECKPOINT.to_owned(), signed.to_string().into_bytes()));
        self.vault.publish_log(&grown.files)?;
        self.published = grown.edge.tree.size();
        Ok(())
    }

    /// Signs with the key that a line names from here on; whether that is another than before.
    fn follow_key(&mut self, entry: &Entry) -> Result<bool, Error> {
        let Some(Notice::Key(vkey)) = &entry.notice else { return Ok(false) };
        let before = self.keys.current().cloned();
        self.keys.settle_on(&vkey.to_string())?;
        Ok(entry.position > 0 && before.as_ref() != Some(vkey))
    }
}

/// A log with new entries, to be published.
pub(super) struct Grown {
    pub(super) edge: Edge,
    /// The tiles and bundles that are new or wider.
    pub(super) files: Vec<File>,
    /// Those of them that will never change.
    pub(super) full: Vec<String>,
}

impl Edge {
    /// The log with these entries after its own.
    pub(super) fn grown(&self, entries: &[Vec<u8>]) -> Result<Grown, Malformed> {
        let size = self.tree.size();
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let tiles = tile::writer::extend::<Malformed>(size, &leaves, |tile| known(&self.tiles, &tile))?;
        let bundles = bundle::extend::<Malformed>(size, entries, |bundle| known(&self.bundles, &bundle))?;
        let mut tree = self.tree.clone();
        for leaf in leaves {
            tree.append(leaf);
        }
        let paths = tiles.iter().map(|(tile, bytes)| (tile.path(), tile.is_full(), bytes));
        let all = paths.chain(bundles.iter().map(|(one, bytes)| (one.path(), one.width == tile::FULL, bytes)));
        let (mut files, mut full) = (Vec::new(), Vec::new());
        for (path, is_full, bytes) in all {
            full.extend(is_full.then(|| path.clone()));
            files.push((path, bytes.clone()));
        }
        // A level without a new tile ends as it did.
        let same = |known: &&(Tile, Vec<u8>)| tiles.iter().all(|(tile, _)| tile.level != known.0.level);
        let kept: Vec<_> = self.tiles.iter().filter(same).cloned().collect();
        let tiles = tiles.into_iter().filter(|(tile, _)| !tile.is_full()).chain(kept).collect();
        let bundles = bundles.into_iter().filter(|(bundle, _)| bundle.width < tile::FULL).collect();
        Ok(Grown { edge: Self { tree, tiles, bundles }, files, full })
    }
}

fn known<T: PartialEq>(kept: &[(T, Vec<u8>)], one: &T) -> Result<Vec<u8>, Malformed> {
    kept.iter().find(|(known, _)| known == one).map(|(_, bytes)| bytes.clone()).ok_or(ABSENT)
}

const ABSENT: Malformed = Malformed::new("the end of the log", "a partial tile is lacking");

fn first_of(pen: &mut Pen<'_>, line: &Line) -> Result<u64, Error> {
    Ok(pen.head(&line.journal)?.first.unwrap_or(line.entry))
}
