//! What goes and what stays of an archive, read once: identifiers and counts, no texts.

use std::collections::BTreeSet;

use crate::{
    archive::error::Error,
    domain::{
        archive::{Counts, Part},
        digest::Digest,
        id::{GroupId, ObjectId, UnitId},
        name::Name,
        object::Matter,
    },
};

/// What goes and what stays.
pub struct Sifted {
    /// Groups that go: those to which no unit that stays refers.
    pub groups_gone: BTreeSet<GroupId>,
    /// How much goes; physical objects are not counted among the objects.
    pub goes: Counts,
    /// How much stays.
    pub stays: Counts,
    /// The digital objects that go, with their digests and lengths.
    pub objects: Vec<(ObjectId, Digest, u64)>,
    /// The files that stay: under the names they came with.
    pub files: Vec<(Name, Digest)>,
}

/// A digital object, for as long as nobody knows whether its group goes.
struct Bytes {
    id: ObjectId,
    group: GroupId,
    name: Name,
    digest: Digest,
    size: u64,
}

impl Sifted {
    /// Reads the parts of an archive; `None` when the units that are to go are none, or not all the archive's.
    pub fn of(
        parts: impl Iterator<Item = Result<Part, Error>>,
        doomed: &BTreeSet<UnitId>,
    ) -> Result<Option<Self>, Error> {
        let (mut groups, mut physical, mut digital) = (BTreeSet::new(), Vec::new(), Vec::new());
        let (mut borne, mut units) = (BTreeSet::new(), Counts::default());
        let mut found = 0_usize;
        for part in parts {
            match part? {
                Part::Group(group) => _ = groups.insert(group.id),
                Part::Object(object) => match object.matter {
                    Matter::Physical(_) => physical.push(object.group),
                    Matter::Binary(binary) => digital.push(Bytes {
                        id: object.id,
                        group: object.group,
                        name: binary.name,
                        digest: binary.digest,
                        size: binary.size,
                    }),
                },
                Part::Unit(unit) if doomed.contains(&unit.id) => found += 1,
                Part::Unit(unit) => {
                    units.units += 1;
                    borne.extend(unit.group);
                }
            }
        }
        if doomed.is_empty() || found != doomed.len() {
            return Ok(None);
        }
        let gone = groups.difference(&borne).copied().collect();
        let mut sifted = Self {
            goes: Counts { units: count(found), ..Counts::default() },
            stays: Counts { groups: count(groups.intersection(&borne).count()), ..units },
            groups_gone: gone,
            objects: Vec::new(),
            files: Vec::new(),
        };
        sifted.goes.groups = count(sifted.groups_gone.len());
        sifted.stays.objects = count(physical.iter().filter(|group| borne.contains(group)).count());
        digital.into_iter().for_each(|bytes| sifted.place(bytes, borne_by(&borne)));
        Ok(Some(sifted))
    }

    fn place(&mut self, bytes: Bytes, stays: impl Fn(GroupId) -> bool) {
        let Bytes { id, group, name, digest, size } = bytes;
        let counts = if stays(group) {
            self.files.push((name, digest));
            &mut self.stays
        } else {
            self.objects.push((id, digest, size));
            &mut self.goes
        };
        counts.objects += 1;
        counts.bytes += size;
    }

    /// Whether a part stays.
    pub fn keeps(&self, part: &Part, doomed: &BTreeSet<UnitId>) -> bool {
        match part {
            Part::Group(group) => !self.groups_gone.contains(&group.id),
            Part::Object(object) => !self.groups_gone.contains(&object.group),
            Part::Unit(unit) => !doomed.contains(&unit.id),
        }
    }
}

fn borne_by(borne: &BTreeSet<GroupId>) -> impl Fn(GroupId) -> bool {
    |group| borne.contains(&group)
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        clock::Timestamp,
        id::Id,
        object::{Binary, DataObject, Group},
        rule::Management,
        unit::{Content, Unit},
    };

    fn at() -> Timestamp {
        Timestamp::from_millis(1_750_000_000_000).unwrap()
    }

    fn unit(group: Option<GroupId>) -> Unit {
        Unit {
            id: Id::mint(at()),
            local_id: String::new(),
            parents: Vec::new(),
            group,
            existing_group: None,
            content: Content::default(),
            management: Management::default(),
            source: String::new(),
            text: String::new(),
        }
    }

    fn object(group: GroupId, name: &str) -> DataObject {
        let binary = Binary {
            name: Name::from(name),
            filename: name.to_owned(),
            size: 10,
            digest: Digest::ZERO,
            declared: Vec::new(),
            format: crate::domain::object::DeclaredFormat::default(),
        };
        let (local_id, source) = (String::new(), String::new());
        DataObject { id: Id::mint(at()), local_id, group, version: None, matter: Matter::Binary(binary), source }
    }

    #[test]
    fn a_group_that_a_unit_shares_with_one_that_stays_stays() {
        let (shared, own) = (Id::mint(at()), Id::mint(at()));
        let (goes, stays, other) = (unit(Some(shared)), unit(Some(shared)), unit(Some(own)));
        let doomed = BTreeSet::from([goes.id, other.id]);
        let group = |id| Part::Group(Group { id, local_id: None, source: None });
        let parts = vec![
            group(shared),
            group(own),
            Part::Object(Box::new(object(shared, "a"))),
            Part::Object(Box::new(object(own, "b"))),
            Part::Unit(Box::new(goes)),
            Part::Unit(Box::new(stays)),
            Part::Unit(Box::new(other)),
        ];
        let sifted = Sifted::of(parts.clone().into_iter().map(Ok), &doomed).unwrap().unwrap();
        assert_eq!(sifted.groups_gone, BTreeSet::from([own]));
        assert_eq!(sifted.files, [(Name::from("a"), Digest::ZERO)]);
        assert_eq!(sifted.goes, Counts { units: 2, groups: 1, objects: 1, bytes: 10 });
        assert_eq!(sifted.stays, Counts { units: 1, groups: 1, objects: 1, bytes: 10 });
        assert_eq!(parts.iter().filter(|part| sifted.keeps(part, &doomed)).count(), 3);
    }

    #[test]
    fn units_that_the_archive_does_not_hold_cannot_go() {
        let parts = || std::iter::once(Ok(Part::Unit(Box::new(unit(None)))));
        assert!(Sifted::of(parts(), &BTreeSet::new()).unwrap().is_none());
        assert!(Sifted::of(parts(), &BTreeSet::from([Id::mint(at())])).unwrap().is_none());
    }
}
