//! From a manifest to our normal form: the second reading, in which every piece gets the identifiers that the archive
//! minted for it.
//!
//! It judges nothing: what it is given has passed its examination.

use std::collections::HashMap;

use crate::{
    archive::{
        error::Error,
        examine::{
            Submission,
            survey::{Bearer, Index, ReferredBy, Survey},
        },
        limits::Limits,
    },
    domain::{
        archive::{Counts, Part},
        clock::Timestamp,
        digest::Digest,
        id::{GroupId, Id, ObjectId, UnitId},
        name::Name,
        object::{Binary, DataObject, Group, Matter},
        unit::Unit,
    },
    seda::{
        manifest::ManifestReader,
        piece::{Kind, Piece, SourceGroup, SourceObject, SourceUnit},
    },
    xml::encoding,
};

/// The identifiers minted for what a manifest describes, by the survey's indexes.
pub struct Minted {
    units: Vec<UnitId>,
    objects: Vec<ObjectId>,
    groups: Vec<GroupId>,
    /// Groups implied by objects that stand in none.
    lone: HashMap<Index, GroupId>,
    parents: Vec<Vec<Index>>,
}

impl Minted {
    /// Mints an identifier for everything that was surveyed.
    pub fn of(survey: &Survey, at: Timestamp) -> Self {
        let lone = (0..).zip(&survey.objects).filter(|(_, object)| object.group.is_none()).map(|(at, _)| at);
        Self {
            units: survey.units.iter().map(|_| Id::mint(at)).collect(),
            objects: survey.objects.iter().map(|_| Id::mint(at)).collect(),
            groups: survey.groups.iter().map(|_| Id::mint(at)).collect(),
            lone: lone.map(|object| (object, Id::mint(at))).collect(),
            parents: survey.parents(),
        }
    }

    /// How much the archive will hold; `bytes` are those of its digital objects.
    pub fn counts(&self, bytes: u64) -> Counts {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        Counts {
            units: count(self.units.len()),
            groups: count(self.groups.len() + self.lone.len()),
            objects: count(self.objects.len()),
            bytes,
        }
    }
}

/// Reads the manifest again and hands each part over in the order groups, objects, units, as far as the manifest
/// itself keeps it: an object's group comes before it, a unit after everything it refers to.
pub fn describe(
    submission: &Submission,
    minted: &Minted,
    limits: &Limits,
    each: &mut dyn FnMut(Part) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut describer = Describer {
        submission,
        minted,
        n_objects: 0,
        n_units: 0,
        told: vec![false; minted.groups.len()],
        waiting: Vec::new(),
    };
    let read = submission.package.with_manifest(|manifest| -> Result<(), Error> {
        let mut reader = ManifestReader::new(encoding::utf8(manifest), limits.xml);
        while let Some(piece) = reader.next()? {
            describer.take(piece, each)?;
        }
        describer.remaining(each)
    })?;
    read.map_err(|faults| Error::Inconsistent(format!("the manifest changed while it was read: {faults:?}")))?
}

struct Describer<'a> {
    submission: &'a Submission,
    minted: &'a Minted,
    n_objects: Index,
    n_units: Index,
    /// Which groups were handed over.
    told: Vec<bool>,
    /// Objects whose group is still to come: nested ones until its end, others until the units.
    waiting: Vec<DataObject>,
}

impl Describer<'_> {
    fn take(&mut self, piece: Piece, each: &mut dyn FnMut(Part) -> Result<(), Error>) -> Result<(), Error> {
        match piece {
            Piece::Object(object) => self.object(*object, each),
            Piece::Group(group) => self.group(group, each),
            Piece::Unit(unit) => self.unit(*unit, each),
            Piece::Alias(_) => Ok(()),
        }
    }

    fn group(&mut self, group: SourceGroup, each: &mut dyn FnMut(Part) -> Result<(), Error>) -> Result<(), Error> {
        let Some(Bearer::Group(index)) = self.submission.survey.bearers.get(group.local_id.as_str()) else {
            return Ok(());
        };
        let id = minted(&self.minted.groups, *index)?;
        if !self.is_told(*index) {
            each(Part::Group(Group { id, local_id: Some(group.local_id), source: group.source }))?;
        }
        let (own, others) = std::mem::take(&mut self.waiting).into_iter().partition(|object| object.group == id);
        self.waiting = others;
        let own: Vec<DataObject> = own;
        own.into_iter().try_for_each(|object| each(Part::Object(Box::new(object))))
    }

    /// Whether a group was handed over; it counts as such from now on.
    fn is_told(&mut self, group: Index) -> bool {
        at_mut(&mut self.told, group).is_none_or(|told| std::mem::replace(told, true))
    }

    /// Groups that no element stood for, and the objects that waited for them: what must come before the units.
    fn remaining(&mut self, each: &mut dyn FnMut(Part) -> Result<(), Error>) -> Result<(), Error> {
        for ((told, id), node) in self.told.iter_mut().zip(&self.minted.groups).zip(&self.submission.survey.groups) {
            if !std::mem::replace(told, true) {
                each(Part::Group(Group { id: *id, local_id: Some(node.local_id.to_string()), source: None }))?;
            }
        }
        std::mem::take(&mut self.waiting).into_iter().try_for_each(|object| each(Part::Object(Box::new(object))))
    }

    fn object(&mut self, object: SourceObject, each: &mut dyn FnMut(Part) -> Result<(), Error>) -> Result<(), Error> {
        let index = self.n_objects;
        self.n_objects += 1;
        let node = self.submission.survey.object(index).ok_or_else(changed)?;
        let group = match (node.group, self.minted.lone.get(&index)) {
            (Some(group), _) => minted(&self.minted.groups, group)?,
            (None, Some(lone)) => {
                each(Part::Group(Group { id: *lone, local_id: None, source: None }))?;
                *lone
            }
            (None, None) => return Err(changed()),
        };
        let id = minted(&self.minted.objects, index)?;
        let matter = match object.kind {
            Kind::Physical => Matter::Physical(object.physical_id.map(|mark| mark.value)),
            Kind::Binary => Matter::Binary(self.binary(index, object.filename, object.digests, object.format)?),
        };
        let version = object.version.map(|mark| mark.value);
        let object = DataObject { id, local_id: object.local_id, group, version, matter, source: object.source };
        match node.group {
            Some(index) if !at(&self.told, index).copied().unwrap_or_default() => {
                self.before_its_group(index, object, each)
            }
            _ => each(Part::Object(Box::new(object))),
        }
    }

    /// An object whose group was not handed over yet: it waits for the element that stands for the group, or tells the
    /// group itself when there is none.
    fn before_its_group(
        &mut self,
        index: Index,
        object: DataObject,
        each: &mut dyn FnMut(Part) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let node = at(&self.submission.survey.groups, index).ok_or_else(changed)?;
        if node.is_element {
            self.waiting.push(object);
            return Ok(());
        }
        self.is_told(index);
        each(Part::Group(Group { id: object.group, local_id: Some(node.local_id.to_string()), source: None }))?;
        each(Part::Object(Box::new(object)))
    }

    fn binary(
        &self,
        index: Index,
        filename: Option<String>,
        declared: Vec<crate::domain::digest::DeclaredDigest>,
        format: crate::domain::object::DeclaredFormat,
    ) -> Result<Binary, Error> {
        let name = at(&self.submission.designated, index).and_then(Option::as_ref).ok_or_else(changed)?;
        let arrived = at(&self.submission.arrived, index).copied().flatten().ok_or_else(changed)?;
        let (size, digest): (u64, Digest) = (arrived.size, arrived.digest);
        let name: Name = name.clone();
        Ok(Binary { filename: filename.unwrap_or_else(|| name.last()), name, size, digest, declared, format })
    }

    fn unit(&mut self, unit: SourceUnit, each: &mut dyn FnMut(Part) -> Result<(), Error>) -> Result<(), Error> {
        if self.n_units == 0 {
            self.remaining(each)?;
        }
        let index = self.n_units;
        self.n_units += 1;
        let survey = &self.submission.survey;
        let node = survey.unit(index).ok_or_else(changed)?;
        let parents = at(&self.minted.parents, index).ok_or_else(changed)?;
        let parents = parents.iter().map(|parent| minted(&self.minted.units, *parent)).collect::<Result<_, _>>()?;
        let existing = node.objects.iter().find(|object| object.by == ReferredBy::ExistingGroup);
        let existing_group = existing.map(|object| object.reference.to.to_string());
        let own = node.objects.iter().find(|object| object.by != ReferredBy::ExistingGroup);
        let group = own.and_then(|object| match survey.bearers.get(&object.reference.to)? {
            Bearer::Group(group) => at(&self.minted.groups, *group).copied(),
            Bearer::Object(object) => self.minted.lone.get(object).copied(),
            Bearer::Unit(_) => None,
        });
        let mut content = unit.content;
        if content.originating_agency.is_none() {
            content.originating_agency.clone_from(&survey.header.originating_agency);
        }
        each(Part::Unit(Box::new(Unit {
            id: minted(&self.minted.units, index)?,
            local_id: unit.local_id,
            parents,
            group,
            existing_group,
            content,
            management: unit.management,
            source: unit.source,
            text: unit.text,
        })))
    }
}

fn at<T>(list: &[T], index: Index) -> Option<&T> {
    list.get(usize::try_from(index).ok()?)
}

fn at_mut<T>(list: &mut [T], index: Index) -> Option<&mut T> {
    list.get_mut(usize::try_from(index).ok()?)
}

fn minted<T: Copy>(list: &[T], index: Index) -> Result<T, Error> {
    at(list, index).copied().ok_or_else(changed)
}

fn changed() -> Error {
    Error::Inconsistent("the manifest changed while it was read".to_owned())
}
