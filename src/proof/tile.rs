//! Tiles of the log (C2SP tlog-tiles): which there are for a size, their names, and the hashes in them.
//!
//! Where tiles are kept is others' affair; partial tiles are never removed here.

pub mod bundle;
pub mod reader;
pub mod writer;

use std::fmt::Write as _;

use crate::proof::{
    error::{Malformed, decimal},
    merkle::{Hash, Node, node_hash},
};

/// Hashes of a full tile, and entries of a full bundle.
pub const FULL: u16 = 256;

/// Levels of the tree in one tile: 2⁸ is 256.
const HEIGHT: u8 = 8;

/// The highest level of a tile in a tree of at most 2⁶³ entries; C2SP allows 63 in a name.
const TOP: u8 = 7;

const WHAT: &str = "a tile";

/// A tile of hashes: `width` hashes of complete subtrees of 256^level entries, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// 0 for hashes of entries.
    pub level: u8,
    /// How many tiles of the same level stand on its left.
    pub index: u64,
    /// How many hashes it has: from 1 to 256.
    pub width: u16,
}

impl Tile {
    /// Its path below the log's root: `tile/0/x001/x234/067`, with `.p/12` when it has 12 hashes of 256.
    pub fn path(self) -> String {
        format!("tile/{}/{}", self.level, place(self.index, self.width))
    }

    /// Whether it will never change.
    pub const fn is_full(self) -> bool {
        self.width == FULL
    }

    /// The tile that has what the hash of `node` is made of, as it is in a tree of `size` entries; `None` when the
    /// tree has no such subtree.
    fn of(node: Node, size: u64) -> Option<Self> {
        let level = node.level / HEIGHT;
        let hashes = hashes_at(level, size);
        let first = node.index.checked_mul(1 << (node.level % HEIGHT))?;
        let last = first.checked_add((1 << (node.level % HEIGHT)) - 1)?;
        (last < hashes).then(|| Self {
            level,
            index: first / u64::from(FULL),
            width: width(first / u64::from(FULL), hashes),
        })
    }
}

/// A static file of the log, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asset {
    /// Hashes.
    Tile(Tile),
    /// Entries.
    Bundle(bundle::Bundle),
}

impl Asset {
    /// Reads a path below the log's root, as [`Tile::path`] and [`bundle::Bundle::path`] write them and no other.
    pub fn parse(path: &str) -> Option<Self> {
        let (shelf, place) = path.strip_prefix("tile/")?.split_once('/')?;
        let (index, width) = parse_place(place)?;
        if shelf == "entries" {
            return Some(Self::Bundle(bundle::Bundle { index, width }));
        }
        let level = u8::try_from(decimal(shelf)?).ok().filter(|level| *level <= 63)?;
        Some(Self::Tile(Tile { level, index, width }))
    }
}

/// The tiles that a tree of `new` entries has and one of `old` had not, or had narrower, level by level from 0.
pub fn between(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    (0..=TOP).flat_map(move |level| {
        let (before, after) = (hashes_at(level, old), hashes_at(level, new));
        let first = before / u64::from(FULL);
        let end = if before < after { after.div_ceil(u64::from(FULL)) } else { first };
        (first..end).map(move |index| Tile { level, index, width: width(index, after) })
    })
}

/// How many hashes a tree of `size` entries has at a level of tiles.
fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0)
}

/// How many of `count` things stand in the tile or bundle `index`.
fn width(index: u64, count: u64) -> u16 {
    let beyond = count.saturating_sub(index.saturating_mul(u64::from(FULL)));
    u16::try_from(beyond).unwrap_or(FULL).min(FULL)
}

/// `x001/x234/067`, and `.p/WIDTH` when partial.
fn place(index: u64, width: u16) -> String {
    let mut groups = vec![format!("{:03}", index % 1000)];
    let mut rest = index / 1000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    groups.reverse();
    let mut path = groups.join("/");
    if width < FULL {
        // Writing into a String cannot fail.
        let _ = write!(path, ".p/{width}");
    }
    path
}

fn parse_place(text: &str) -> Option<(u64, u16)> {
    let (index, width) = match text.split_once(".p/") {
        None => (text, FULL),
        Some((index, width)) => (index, u16::try_from(decimal(width)?).ok().filter(|width| (1..FULL).contains(width))?),
    };
    let mut number = 0_u64;
    for group in index.split('/') {
        let digits = group.trim_start_matches('x');
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        number = number.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    // One number has one name.
    (place(number, width) == text).then_some((number, width))
}

/// The hashes of a tile's bytes, which must be as many as its name says.
pub fn parse(tile: Tile, bytes: &[u8]) -> Result<Vec<Hash>, Malformed> {
    let (hashes, rest) = bytes.as_chunks::<{ Hash::BYTES }>();
    if rest.is_empty() && hashes.len() == usize::from(tile.width) {
        Ok(hashes.iter().copied().map(Hash::new).collect())
    } else {
        Err(Malformed::new(WHAT, "its length is not that of its hashes"))
    }
}

/// The hash over as many hashes side by side as a power of two; `None` for other counts.
fn subtree(hashes: &[Hash]) -> Option<Hash> {
    if let [hash] = hashes {
        return Some(*hash);
    }
    let (left, right) = hashes.split_at_checked(hashes.len() / 2).filter(|_| hashes.len().is_power_of_two())?;
    Some(node_hash(subtree(left)?, subtree(right)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_those_of_c2sp() {
        let tile = |level, index, width| Tile { level, index, width };
        assert_eq!(tile(0, 1_234_067, FULL).path(), "tile/0/x001/x234/067");
        assert_eq!(tile(0, 1_234_067, 12).path(), "tile/0/x001/x234/067.p/12");
        assert_eq!(tile(7, 0, 1).path(), "tile/7/000.p/1");
        assert_eq!(tile(1, 1000, FULL).path(), "tile/1/x001/000");
        for wrong in [
            "tile/0/x001/x234/67",
            "tile/0/x001/234/067",
            "tile/0/x001/x234/x067",
            "tile/0/x000/001",
            "tile/0/xx001/001",
            "tile/00/001",
            "tile/64/001",
            "tile/-1/001",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/007",
            "tile/0/001.p/",
            "tile/0/001.p/1.p/1",
            "tile/0/../../checkpoint",
            "tile/0/001/",
            "tile/0/",
            "tile/0",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "checkpoint",
            "",
        ] {
            assert_eq!(Asset::parse(wrong), None, "{wrong}");
        }
        assert_eq!(
            Asset::parse("tile/entries/x001/000.p/7"),
            Some(Asset::Bundle(bundle::Bundle { index: 1000, width: 7 }))
        );
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_of_the_specification() {
        let tiles: Vec<Tile> = between(0, 70_000).collect();
        let count = |level, full| tiles.iter().filter(|tile| tile.level == level && tile.is_full() == full).count();
        assert_eq!((count(0, true), count(0, false)), (273, 1));
        assert_eq!((count(1, true), count(1, false)), (1, 1));
        assert_eq!((count(2, true), count(2, false)), (0, 1));
        let partial: Vec<u16> = tiles.iter().filter(|tile| !tile.is_full()).map(|tile| tile.width).collect();
        assert_eq!(partial, [112, 17, 1]);
        assert_eq!(tiles.len(), 277);
        assert_eq!(between(70_000, 70_000).count(), 0);
        assert_eq!(between(0, 0).count(), 0);
        assert_eq!(between(255, 256).map(Tile::path).collect::<Vec<_>>(), ["tile/0/000", "tile/1/000.p/1"]);
    }

    #[test]
    fn the_ends_of_the_numbers_do_not_overflow() {
        assert_eq!(between(u64::MAX - 1, u64::MAX).next().map(|tile| tile.width), Some(255));
        assert_eq!(Tile::of(Node { level: 63, index: u64::MAX }, u64::MAX), None);
        assert_eq!(Tile::of(Node { level: 63, index: 0 }, 1 << 63).map(|tile| tile.level), Some(7));
        assert_eq!(Tile::of(Node { level: 255, index: 0 }, u64::MAX), None);
        assert_eq!(width(u64::MAX, 5), 0);
    }

    #[test]
    fn a_tile_is_as_long_as_its_name_says() {
        let tile = Tile { level: 0, index: 0, width: 2 };
        assert_eq!(parse(tile, &[7; 64]), Ok(vec![Hash::new([7; 32]); 2]));
        for wrong in [0, 32, 63, 65, 96] {
            assert!(parse(tile, &vec![0; wrong]).is_err());
        }
    }

    proptest! {
        #[test]
        fn names_are_read_again(level in 0..=63_u8, index: u64, width in 1..=FULL) {
            let tile = Tile { level, index, width };
            prop_assert_eq!(Asset::parse(&tile.path()), Some(Asset::Tile(tile)));
        }

        #[test]
        fn no_name_makes_the_reader_panic(name in "(tile/)?[0-9exntris/.p]{0,24}") {
            if let Some(Asset::Tile(tile)) = Asset::parse(&name) {
                prop_assert_eq!(tile.path(), name);
            }
        }
    }
}
