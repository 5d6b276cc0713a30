//! The tiles that new entries make: full ones, and the partial one at each level's end.

use crate::proof::{
    error::Malformed,
    merkle::Hash,
    tile::{self, FULL, TOP, Tile, hashes_at, subtree, width},
};

/// The tiles to write when `leaves` are appended to a tree of `old` entries, with their bytes, level by level from 0;
/// `fetch` gives the bytes of a partial tile of the old tree. Memory: some 100 bytes per leaf.
///
/// # Errors
/// What `fetch` answers; what it gives is no tile, or the tree would be too large.
pub fn extend<E: From<Malformed>>(
    old: u64,
    leaves: &[Hash],
    mut fetch: impl FnMut(Tile) -> Result<Vec<u8>, E>,
) -> Result<Vec<(Tile, Vec<u8>)>, E> {
    let too_large = Malformed::new("a tree", "it would have 2^63 entries or more");
    let count = u64::try_from(leaves.len()).map_err(|_| too_large)?;
    let new = old.checked_add(count).filter(|new| i64::try_from(*new).is_ok()).ok_or(too_large)?;
    let mut made = Vec::new();
    let mut hashes = leaves.to_vec();
    for level in 0..=TOP {
        if hashes.is_empty() {
            break;
        }
        let before = hashes_at(level, old);
        let first = before / u64::from(FULL);
        let mut row = match width(first, before) {
            0 => Vec::new(),
            width => {
                let partial = Tile { level, index: first, width };
                tile::parse(partial, &fetch(partial)?)?
            }
        };
        row.append(&mut hashes);
        for (index, part) in (first..).zip(row.chunks(usize::from(FULL))) {
            let width = width(index, hashes_at(level, new));
            made.push((Tile { level, index, width }, part.iter().flat_map(Hash::bytes).copied().collect()));
            if width == FULL {
                hashes.extend(subtree(part));
            }
        }
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::proof::{
        merkle::{
            Node, Tree, consistency, inclusion,
            tests::{by_definition, leaves},
            verify_consistency, verify_inclusion,
        },
        tile::{between, reader::TileReader},
    };

    type Shelf = BTreeMap<Tile, Vec<u8>>;

    fn fetch(shelf: &Shelf) -> impl Fn(Tile) -> Result<Vec<u8>, Malformed> {
        |tile| shelf.get(&tile).cloned().ok_or(Malformed::new("there", "no such tile"))
    }

    fn grow(shelf: &mut Shelf, old: usize, leaves: &[Hash]) {
        let old = u64::try_from(old).unwrap();
        let made = extend(old, leaves, fetch(shelf)).unwrap();
        let new = old + u64::try_from(leaves.len()).unwrap();
        assert!(made.iter().map(|(tile, _)| *tile).eq(between(old, new)));
        shelf.extend(made);
    }

    #[test]
    fn tiles_grown_by_steps_are_those_grown_at_once() {
        let leaves = leaves(70_000);
        let (mut stepwise, mut at) = (Shelf::new(), 0);
        for step in [1, 254, 1, 1, 300, 65_000, 0, 200, 4_000, 243] {
            grow(&mut stepwise, at, &leaves[at..at + step]);
            at += step;
        }
        assert_eq!(at, leaves.len());
        let mut at_once = Shelf::new();
        grow(&mut at_once, 0, &leaves);
        for (tile, bytes) in &at_once {
            assert!(stepwise.get(tile) == Some(bytes), "{tile:?}");
        }
        let mut reader = TileReader::new(70_000, fetch(&at_once));
        let root = by_definition(&leaves);
        assert_eq!(Tree::restore(70_000, |node| reader.hash(node)).unwrap().root(), root);
        for index in [0, 1, 255, 256, 65_535, 65_536, 69_999] {
            let path = inclusion(index, 70_000, |node| reader.hash(node)).unwrap().unwrap();
            assert!(verify_inclusion(leaves[usize::try_from(index).unwrap()], index, 70_000, &path, root));
        }
        for (old, size) in [(1, 1), (256, 256), (65_536, 65_536), (65_537, 65_537), (69_999, 69_999_usize)] {
            let proof = consistency(old, 70_000, |node| reader.hash(node)).unwrap().unwrap();
            assert!(verify_consistency((old, by_definition(&leaves[..size])), (70_000, root), &proof));
        }
    }

    #[test]
    fn every_subtree_of_a_tree_is_read_and_no_other() {
        let leaves = leaves(777);
        let mut shelf = Shelf::new();
        grow(&mut shelf, 0, &leaves);
        let mut reader = TileReader::new(777, fetch(&shelf));
        for level in 0..12_u8 {
            for index in 0..=777 >> level {
                let (start, end) = (index << level, (index + 1) << level);
                let expected = leaves.get(start..end).map(by_definition);
                let node = Node { level, index: u64::try_from(index).unwrap() };
                assert_eq!(reader.hash(node).ok(), expected, "{node:?}");
            }
        }
        assert!(reader.hash(Node { level: 255, index: u64::MAX }).is_err());
    }

    #[test]
    fn a_tile_of_another_length_is_no_tile() {
        let mut reader = TileReader::new(3, |_| Ok::<_, Malformed>(vec![0; 64]));
        assert!(reader.hash(Node { level: 0, index: 0 }).is_err());
        assert!(extend(3, &leaves(1), |_| Ok::<_, Malformed>(vec![0; 64])).is_err());
        assert!(extend(u64::MAX, &leaves(1), |_| Ok::<_, Malformed>(vec![0; 255 * 32])).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn whatever_the_steps_proofs_come_from_tiles(steps in prop::collection::vec(0..300_usize, 1..6), at: prop::sample::Index) {
            let total: usize = steps.iter().sum();
            prop_assume!(total > 0);
            let leaves = leaves(total);
            let (mut shelf, mut size) = (Shelf::new(), 0);
            for step in steps {
                grow(&mut shelf, size, &leaves[size..size + step]);
                size += step;
            }
            let wide = u64::try_from(size).unwrap();
            let mut reader = TileReader::new(wide, fetch(&shelf));
            let index = at.index(size);
            let path = inclusion(u64::try_from(index).unwrap(), wide, |node| reader.hash(node)).unwrap().unwrap();
            prop_assert!(verify_inclusion(leaves[index], u64::try_from(index).unwrap(), wide, &path, by_definition(&leaves)));
        }
    }
}
