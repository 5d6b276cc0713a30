//! Bundles of entries (C2SP tlog-tiles, "Log entries"): each entry after its length, 256 to a full bundle.

use crate::proof::{
    error::Malformed,
    tile::{FULL, place, width},
};

const WHAT: &str = "a bundle of entries";

/// A bundle: the entries whose hashes stand in the tile of level 0 of the same index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bundle {
    /// How many bundles stand before it.
    pub index: u64,
    /// How many entries it has: from 1 to 256.
    pub width: u16,
}

impl Bundle {
    /// Its path below the log's root: `tile/entries/x001/234`, with `.p/12` when it has 12 entries of 256.
    pub fn path(self) -> String {
        format!("tile/entries/{}", place(self.index, self.width))
    }

    /// The bundle of the entry `index` in a log of `size` entries, and the entry's place in it; `None` when the log
    /// has no such entry.
    pub fn of(index: u64, size: u64) -> Option<(Self, u16)> {
        let bundle = index / u64::from(FULL);
        let at = u16::try_from(index % u64::from(FULL)).ok()?;
        (index < size).then(|| (Self { index: bundle, width: width(bundle, size) }, at))
    }
}

/// The bundles to write when `entries` are appended to a log of `old` entries, with their bytes; `fetch` gives the
/// bytes of a partial bundle of the old log.
///
/// # Errors
/// What `fetch` answers; an entry is longer than 65535 bytes.
pub fn extend<E: From<Malformed>>(
    old: u64,
    entries: &[impl AsRef<[u8]>],
    fetch: impl FnOnce(Bundle) -> Result<Vec<u8>, E>,
) -> Result<Vec<(Bundle, Vec<u8>)>, E> {
    let index = old / u64::from(FULL);
    let mut bundle = Bundle { index, width: width(index, old) };
    let mut bytes = if bundle.width == 0 || entries.is_empty() { Vec::new() } else { fetch(bundle)? };
    let mut made = Vec::new();
    for entry in entries {
        append(&mut bytes, entry.as_ref())?;
        bundle.width += 1;
        if bundle.width == FULL {
            made.push((bundle, std::mem::take(&mut bytes)));
            bundle = Bundle { index: bundle.index + 1, width: 0 };
        }
    }
    if !bytes.is_empty() {
        made.push((bundle, bytes));
    }
    Ok(made)
}

/// The entries of a bundle's bytes, which must be as many as its name says.
pub fn parse(bundle: Bundle, bytes: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let mut entries = Vec::with_capacity(usize::from(bundle.width));
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let split = after.split_at_checked(usize::from(u16::from_be_bytes(*length)));
        let (entry, after) = split.ok_or(Malformed::new(WHAT, "an entry is cut short"))?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() && entries.len() == usize::from(bundle.width) {
        Ok(entries)
    } else {
        Err(Malformed::new(WHAT, "its entries are not as many as its name says"))
    }
}

fn append(bytes: &mut Vec<u8>, entry: &[u8]) -> Result<(), Malformed> {
    let length = u16::try_from(entry.len()).map_err(|_| Malformed::new(WHAT, "an entry is longer than 65535 bytes"))?;
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(entry);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bundle_is_lengths_and_entries() {
        let none = |_| Err(Malformed::new(WHAT, "none"));
        let made = extend(0, &[b"ab".as_slice(), b""], none).unwrap();
        assert_eq!(made, [(Bundle { index: 0, width: 2 }, vec![0, 2, b'a', b'b', 0, 0])]);
        let (bundle, bytes) = &made[0];
        assert_eq!(bundle.path(), "tile/entries/000.p/2");
        assert_eq!(parse(*bundle, bytes).unwrap(), [b"ab".as_slice(), b""]);
        assert!(extend(0, &[vec![0; 65_536]], none).is_err());
        assert_eq!(extend(0, &[vec![0; 65_535]], none).unwrap()[0].1.len(), 65_537);
    }

    #[test]
    fn an_entry_is_found_in_its_bundle() {
        assert_eq!(Bundle::of(0, 1), Some((Bundle { index: 0, width: 1 }, 0)));
        assert_eq!(Bundle::of(255, 300), Some((Bundle { index: 0, width: 256 }, 255)));
        assert_eq!(Bundle::of(299, 300), Some((Bundle { index: 1, width: 44 }, 43)));
        assert_eq!(Bundle::of(300, 300), None);
        assert_eq!(Bundle::of(u64::MAX, 0), None);
    }

    proptest! {
        #[test]
        fn bundles_grown_by_steps_hold_every_entry(steps in prop::collection::vec(0..300_usize, 1..6)) {
            let mut shelf = BTreeMap::new();
            let (mut size, mut all) = (0_u64, Vec::new());
            for step in steps {
                let new: Vec<Vec<u8>> = (0..step).map(|at| vec![7; at % 5]).collect();
                let made = extend(size, &new, |bundle| {
                    shelf.get(&bundle).cloned().ok_or(Malformed::new(WHAT, "it is not there"))
                }).unwrap();
                shelf.extend(made);
                all.extend(new);
                size = u64::try_from(all.len()).unwrap();
            }
            for (index, entry) in (0..size).zip(&all) {
                let (bundle, at) = Bundle::of(index, size).unwrap();
                let bytes = &shelf[&bundle];
                prop_assert_eq!(parse(bundle, bytes).unwrap()[usize::from(at)], entry.as_slice());
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(width in 0..4_u16, bytes in prop::collection::vec(0..4_u8, 0..24)) {
            if let Ok(entries) = parse(Bundle { index: 0, width }, &bytes) {
                prop_assert_eq!(entries.concat().len() + 2 * entries.len(), bytes.len());
            }
        }
    }
}
