//! The skeleton of a manifest: what the questions about the whole must know, compact enough for 100,000 units.
//!
//! Descriptions are not here: they pass by, one unit at a time.

use std::collections::HashMap;

use crate::domain::{archive::Header, digest::DeclaredDigest};

/// An index into one of the survey's lists.
pub type Index = u32;

/// A line of the manifest, from 1.
pub type LineNumber = u64;

/// What was met while reading a manifest.
#[derive(Debug, Default)]
pub struct Survey {
    /// What the manifest says around its units and objects.
    pub header: Header,
    /// Units, in document order of their closing.
    pub units: Vec<UnitNode>,
    /// Objects, in document order.
    pub objects: Vec<ObjectNode>,
    /// Groups, declared or defined by an object, in document order.
    pub groups: Vec<GroupNode>,
    /// References to units that stand in no unit: their targets are roots.
    pub root_references: Vec<Reference>,
    /// Units that say something of their signing.
    pub signings: Vec<SigningNode>,
    /// How many units attach to, or stand for, one that the archive already keeps.
    pub n_attachments: u64,
    /// What bears each local identifier.
    pub bearers: HashMap<Box<str>, Bearer>,
    /// Local identifiers borne twice, with the line of the second.
    pub repeated: Vec<(Box<str>, LineNumber)>,
}

/// What a local identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bearer {
    /// A unit.
    Unit(Index),
    /// An object.
    Object(Index),
    /// A group.
    Group(Index),
}

/// A unit's place in the graph.
#[derive(Debug)]
pub struct UnitNode {
    /// Its `id`.
    pub local_id: Box<str>,
    /// Where it starts.
    pub line: LineNumber,
    /// The unit it is nested in.
    pub parent: Option<Box<str>>,
    /// Units it names as children (`ArchiveUnitRefId`).
    pub children: Vec<Reference>,
    /// Objects and groups it refers to.
    pub objects: Vec<ObjectReference>,
}

/// What a unit says of its signing.
#[derive(Debug)]
pub struct SigningNode {
    /// The unit.
    pub unit: Index,
    /// Its roles (2.3); none where `Signature` describes (2.1, 2.2).
    pub roles: Vec<Box<str>>,
    /// The roles that it says others hold.
    pub detached_roles: Vec<Box<str>>,
    /// The signed documents it refers to.
    pub references: Vec<Box<str>>,
}

impl SigningNode {
    /// Whether it says anything of roles.
    pub fn has_role(&self) -> bool {
        !self.roles.is_empty()
    }

    /// Whether it describes the signed document itself.
    pub fn is_signed_document(&self) -> bool {
        self.roles.iter().any(|role| role.as_ref() == "SignedDocument")
    }
}

/// A reference to a local identifier.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The identifier.
    pub to: Box<str>,
    /// Where it stands.
    pub line: LineNumber,
}

/// A unit's reference to what it describes.
#[derive(Clone, Debug)]
pub struct ObjectReference {
    /// The identifier and its place.
    pub reference: Reference,
    /// By which element.
    pub by: ReferredBy,
}

/// The element that refers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferredBy {
    /// `DataObjectReferenceId`.
    Object,
    /// `DataObjectGroupReferenceId`.
    Group,
    /// `DataObjectGroupExistingReferenceId`: a group that the archive already keeps.
    ExistingGroup,
}

/// An object's place among the others.
#[derive(Debug)]
pub struct ObjectNode {
    /// Its `id`.
    pub local_id: Box<str>,
    /// Where it starts.
    pub line: LineNumber,
    /// Whether it is physical.
    pub physical: bool,
    /// The group it stands in; `None` for a lone object.
    pub group: Option<Index>,
    /// A group it names and that nothing declares.
    pub unknown_group: Option<Box<str>>,
    /// `DataObjectVersion`.
    pub version: Option<Box<str>>,
    /// `Uri`.
    pub uri: Option<Box<str>>,
    /// Whether it has a `PhysicalId` that says nothing.
    pub blank_physical_id: bool,
    /// The digests declared.
    pub declared: Vec<DeclaredDigest>,
    /// `Size`, when it is a number of bytes.
    pub size: Option<u64>,
}

/// A group of objects.
#[derive(Debug)]
pub struct GroupNode {
    /// Its `id`.
    pub local_id: Box<str>,
    /// Where it is first met.
    pub line: LineNumber,
    /// Whether a `DataObjectGroup` element stands for it; else only objects name it.
    pub is_element: bool,
}

impl Survey {
    /// The unit at `index`.
    pub fn unit(&self, index: Index) -> Option<&UnitNode> {
        self.units.get(usize::try_from(index).ok()?)
    }

    /// The object at `index`.
    pub fn object(&self, index: Index) -> Option<&ObjectNode> {
        self.objects.get(usize::try_from(index).ok()?)
    }

    /// The unit that bears `local_id`.
    pub fn unit_named(&self, local_id: &str) -> Option<Index> {
        match self.bearers.get(local_id) {
            Some(Bearer::Unit(index)) => Some(*index),
            _ => None,
        }
    }

    /// For each unit, its parents within the manifest: the one it is nested in, then those that name it.
    pub fn parents(&self) -> Vec<Vec<Index>> {
        let mut parents: Vec<Vec<Index>> = vec![Vec::new(); self.units.len()];
        let mut link = |child: Option<Index>, parent: Option<Index>| {
            let (Some(child), Some(parent)) = (child, parent) else { return };
            let Some(list) = usize::try_from(child).ok().and_then(|at| parents.get_mut(at)) else { return };
            if !list.contains(&parent) {
                list.push(parent);
            }
        };
        for unit in &self.units {
            let parent = unit.parent.as_deref().and_then(|name| self.unit_named(name));
            link(self.unit_named(&unit.local_id), parent);
        }
        for unit in &self.units {
            for child in &unit.children {
                link(self.unit_named(&child.to), self.unit_named(&unit.local_id));
            }
        }
        parents
    }
}
