//! The entries of a package: what may be read, in the container's order, and what is wrong with the rest.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use crate::{
    domain::name::Name,
    package::{
        fault::{Fault, FaultKind},
        limits::Limits,
        safe,
    },
};

/// A file of a package that may be read. Folders and refused entries have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name: bytes as they came, without a leading `./`; a ZIP name that is not UTF-8 was decoded from code page 437.
    pub name: Name,
    /// The unpacked size in bytes, as the container says.
    pub size: u64,
    /// The rank among all entries of the container, folders and refused ones included.
    pub(super) position: u64,
}

/// What a container was found to hold.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    pub(super) faults: Vec<Fault>,
    /// The index of the manifest in `entries`.
    pub(super) manifest: Option<usize>,
}

/// What an entry is, apart from its name.
pub(super) enum Offered {
    /// A file of so many unpacked bytes.
    File(u64),
    /// A folder: its name is looked at, and no more.
    Folder,
    /// Something that is never read.
    Refused(Vec<FaultKind>),
}

/// Makes a [`Listing`] while a container is scanned.
pub(super) struct Listed<'l> {
    limits: &'l Limits,
    listing: Listing,
    begun: u64,
    unpacked: u64,
    /// From the hash of a name, as compared, to its first entry: eight bytes a name where texts would cost a hundred.
    seen: HashMap<u64, usize>,
    hasher: RandomState,
    is_cut: bool,
    manifest_refused: bool,
}

impl<'l> Listed<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            listing: Listing { entries: Vec::new(), faults: Vec::new(), manifest: None },
            begun: 0,
            unpacked: 0,
            seen: HashMap::new(),
            hasher: RandomState::new(),
            is_cut: false,
            manifest_refused: false,
        }
    }

    /// Gives the next entry its position; `None` once there are too many, and then the scan must stop.
    pub(super) fn begin(&mut self) -> Option<u64> {
        if self.begun == self.limits.entries {
            self.cut(FaultKind::TooManyEntries { limit: self.limits.entries });
            return None;
        }
        self.begun += 1;
        Some(self.begun - 1)
    }

    /// Takes an entry up, or says everything that is wrong with it.
    pub(super) fn offer(&mut self, position: u64, raw: &[u8], offered: Offered) {
        let known = safe::known_as(raw);
        let as_file = if let Offered::Folder = offered { known.strip_suffix(b"/").unwrap_or(known) } else { known };
        let is_the_root = matches!(offered, Offered::Folder) && matches!(as_file, b"" | b".") && !raw.starts_with(b"/");
        if is_the_root {
            return;
        }
        let mut faults = safe::faults_of(as_file, self.limits);
        let size = match offered {
            Offered::File(size) => Some(size),
            Offered::Folder => None,
            Offered::Refused(more) => {
                faults.extend(more);
                None
            }
        };
        if let Some(size) = size.filter(|_| faults.is_empty()) {
            faults.extend(self.take_up(Entry { name: Name::new(known), size, position }));
        }
        self.manifest_refused |= !faults.is_empty() && safe::names_manifest(known);
        self.listing.faults.extend(faults.into_iter().map(|kind| Fault { kind, name: Some(Name::new(known)) }));
    }

    /// Notes that the scan went no further: what was not seen is then not said to be missing.
    pub(super) fn cut(&mut self, kind: FaultKind) {
        self.is_cut = true;
        self.listing.faults.push(Fault { kind, name: None });
    }

    /// Whether the scan went no further than some place.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Takes entries back, for a reason that shows only once all are known.
    pub(super) fn withdraw(&mut self, positions: &HashSet<u64>, kind: &FaultKind) {
        let faults = &mut self.listing.faults;
        self.listing.entries.retain(|entry| {
            let stays = !positions.contains(&entry.position);
            if !stays {
                faults.push(Fault { kind: kind.clone(), name: Some(entry.name.clone()) });
                self.manifest_refused |= safe::names_manifest(entry.name.bytes());
            }
            stays
        });
    }

    /// Ends the scan: sizes, the manifest, and whether there is anything at all.
    pub(super) fn finish(mut self) -> Listing {
        self.listing.entries.shrink_to_fit();
        if self.unpacked > self.limits.unpacked_bytes {
            let kind = FaultKind::TooLarge { limit: self.limits.unpacked_bytes };
            self.listing.faults.push(Fault { kind, name: None });
        }
        if self.listing.entries.is_empty() && self.listing.faults.is_empty() {
            self.listing.faults.push(Fault { kind: FaultKind::Empty, name: None });
            return self.listing;
        }
        self.find_manifest();
        self.listing
    }

    fn take_up(&mut self, entry: Entry) -> Option<FaultKind> {
        let compared = safe::as_compared(entry.name.bytes());
        let next = self.listing.entries.len();
        let first = *self.seen.entry(self.hasher.hash_one(&compared)).or_insert(next);
        let earlier = self.listing.entries.get(first).map(|earlier| safe::as_compared(earlier.name.bytes()));
        if earlier.is_some_and(|earlier| earlier == compared) {
            return Some(FaultKind::DuplicateName);
        }
        self.unpacked = self.unpacked.saturating_add(entry.size);
        self.listing.entries.push(entry);
        None
    }

    fn find_manifest(&mut self) {
        let listing = &mut self.listing;
        let named = |(index, entry): (usize, &Entry)| safe::names_manifest(entry.name.bytes()).then_some(index);
        let found: Vec<usize> = listing.entries.iter().enumerate().filter_map(named).collect();
        let fault =
            |kind, index: usize| Fault { kind, name: listing.entries.get(index).map(|entry| entry.name.clone()) };
        match found.as_slice() {
            [] if self.is_cut || self.manifest_refused => {}
            [] => listing.faults.push(Fault { kind: FaultKind::ManifestMissing, name: None }),
            [only] => {
                listing.manifest = Some(*only);
                let limit = self.limits.manifest_bytes;
                if listing.entries.get(*only).is_some_and(|entry| entry.size > limit) {
                    let fault = fault(FaultKind::TooLarge { limit }, *only);
                    listing.faults.push(fault);
                }
            }
            several => {
                let faults: Vec<Fault> =
                    several.iter().map(|index| fault(FaultKind::ManifestAmbiguous, *index)).collect();
                listing.faults.extend(faults);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str]) -> Listing {
        let limits = Limits::default();
        let mut listed = Listed::new(&limits);
        for name in names {
            let position = listed.begin().unwrap();
            let offered = if name.ends_with('/') { Offered::Folder } else { Offered::File(1) };
            listed.offer(position, name.as_bytes(), offered);
        }
        listed.finish()
    }

    #[track_caller]
    fn check(names: &[&str], expected: &[(FaultKind, Option<&str>)]) {
        let faults: Vec<_> = listed(names).faults.into_iter().map(|fault| (fault.kind, fault.name)).collect();
        let expected: Vec<_> = expected.iter().map(|(kind, name)| (kind.clone(), name.map(Name::from))).collect();
        assert_eq!(faults, expected);
    }

    #[test]
    fn there_is_exactly_one_manifest() {
        check(&["manifest.xml", "a/manifest.xml"], &[]);
        check(&["./bordereau.xml"], &[]);
        check(&["a/manifest.xml"], &[(FaultKind::ManifestMissing, None)]);
        check(
            &["manifest.xml", "b", "x-manifest.xml"],
            &[
                (FaultKind::ManifestAmbiguous, Some("manifest.xml")),
                (FaultKind::ManifestAmbiguous, Some("x-manifest.xml")),
            ],
        );
        check(&["manifest.xml", "manifest.xml"], &[(FaultKind::DuplicateName, Some("manifest.xml"))]);
    }

    #[test]
    fn folders_alone_are_nothing() {
        check(&[], &[(FaultKind::Empty, None)]);
        check(&["./", "a/", "a/b/"], &[(FaultKind::Empty, None)]);
        check(
            &["../"],
            &[
                (FaultKind::NameUnsafe(crate::package::fault::Unsafe::Traversal), Some("../")),
                (FaultKind::ManifestMissing, None),
            ],
        );
    }

    #[test]
    fn names_that_look_alike_are_duplicates() {
        let duplicate = |name| (FaultKind::DuplicateName, Some(name));
        check(&["manifest.xml", "é", "e\u{301}"], &[duplicate("e\u{301}")]);
        check(&["manifest.xml", "a", "./a", "a"], &[duplicate("a"), duplicate("a")]);
        check(&["manifest.xml", "a", "A", "b/a"], &[]);
    }

    #[test]
    fn a_position_counts_every_entry() {
        let listing = listed(&["d/", "manifest.xml", "../x", "b"]);
        let positions: Vec<u64> = listing.entries.iter().map(|entry| entry.position).collect();
        assert_eq!((positions, listing.manifest), (vec![1, 3], Some(0)));
    }
}
