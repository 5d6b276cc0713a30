//! Under which XML identifiers the parts of a message stand, and what a unit must refer to for its group.

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    io::{self, Write},
};

use crate::{
    domain::{archive::Part, id::GroupId, object::Group, unit::Unit},
    xml::{escape, writer::Writer},
};

/// A compact record: one entry per group and one identifier per part.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    groups: HashMap<GroupId, Target>,
    known: HashSet<Box<str>>,
}

/// What stands for a group in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A `DataObjectGroup` element.
    Group(Box<str>),
    /// The group's only object, which stands in no group.
    Object(Box<str>),
}

impl Ledger {
    /// Enters a part.
    pub(crate) fn enter(&mut self, part: &Part) {
        let id = match part {
            Part::Group(group) => {
                let Some(id) = group_id(group) else { return };
                self.groups.insert(group.id, Target::Group(id.as_str().into()));
                id
            }
            Part::Object(object) => {
                let id = xml_id(&object.local_id, object.id);
                self.groups.entry(object.group).or_insert_with(|| Target::Object(id.as_str().into()));
                id
            }
            Part::Unit(unit) => unit_id(unit),
        };
        self.known.insert(id.into());
    }

    /// What stands for a group.
    pub(crate) fn target(&self, group: GroupId) -> Option<&Target> {
        self.groups.get(&group)
    }

    /// Whether a part stands under this identifier.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.known.contains(id)
    }
}

/// The identifier of a group that was an element or that objects declared.
pub(crate) fn group_id(group: &Group) -> Option<String> {
    group.local_id.as_deref().map(|local| xml_id(local, group.id))
}

pub(crate) fn unit_id(unit: &Unit) -> String {
    xml_id(&unit.local_id, unit.id)
}

/// The local identifier, or one made of the system identifier where the local one is no XML identifier.
pub(crate) fn xml_id(local: &str, system: impl Display) -> String {
    let is_id = !local.contains(':') && escape::is_name(local);
    if is_id { local.to_owned() } else { format!("_{system}") }
}

/// Writes a unit's `DataObjectReference` to what stands for its group, whose identifier gets a prefix.
pub(crate) fn refer<W: Write>(writer: &mut Writer<W>, target: Option<&Target>, prefix: &str) -> io::Result<()> {
    let (name, id) = match target {
        Some(Target::Group(id)) => ("DataObjectGroupReferenceId", id),
        Some(Target::Object(id)) => ("DataObjectReferenceId", id),
        None => return Ok(()),
    };
    writer.open("DataObjectReference")?;
    writer.element(name, &format!("{prefix}{id}"))?;
    writer.close()
}
