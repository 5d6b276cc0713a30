//! What the archive makes of a manifest, for tests: system identifiers, groups, parents.

use std::collections::BTreeMap;

use cartulaire::{
    domain::{
        archive::Part,
        clock::Timestamp,
        digest::Digest,
        id::{GroupId, Id, UnitId},
        name::Name,
        object::{Binary, DataObject, Group, Matter},
        unit::Unit,
    },
    seda::piece::{Kind, ObjectReference, SourceUnit},
};

use crate::seda::Manifest;

/// The instant at which everything happens.
pub fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00.5Z").unwrap()
}

/// What the archive makes of a manifest. Objects follow their group, or all groups come first.
pub fn mint(manifest: &Manifest, nested: bool) -> Vec<Part> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for group in &manifest.groups {
        let local_id = Some(group.local_id.clone());
        groups.insert(group.local_id.clone(), Group { id: Id::mint(now()), local_id, source: group.source.clone() });
    }
    let mut objects = Vec::new();
    let mut of_object = BTreeMap::new();
    for object in &manifest.objects {
        let local_id = object.group().map(str::to_owned);
        let key = local_id.clone().unwrap_or_else(|| format!("lone {}", object.local_id));
        let group = groups.entry(key).or_insert_with(|| Group { id: Id::mint(now()), local_id, source: None }).id;
        of_object.insert(object.local_id.clone(), group);
        let binary = || Binary {
            name: Name::from(object.uri.as_ref().map_or("inline", |uri| uri.value.as_str())),
            filename: String::new(),
            size: object.size.as_ref().map_or(0, |size| size.value.parse().unwrap()),
            digest: Digest::ZERO,
            declared: object.digests.clone(),
            format: object.format.clone(),
        };
        objects.push(DataObject {
            id: Id::mint(now()),
            local_id: object.local_id.clone(),
            group,
            version: object.version.as_ref().map(|version| version.value.clone()),
            matter: match object.kind {
                Kind::Binary => Matter::Binary(binary()),
                Kind::Physical => Matter::Physical(object.physical_id.as_ref().map(|id| id.value.clone())),
            },
            source: object.source.clone(),
        });
    }
    let mut parts = Vec::new();
    for group in groups.values() {
        parts.push(Part::Group(group.clone()));
        let own = objects.iter().filter(|object| nested && object.group == group.id);
        parts.extend(own.cloned().map(|object| Part::Object(Box::new(object))));
    }
    if !nested {
        parts.extend(objects.into_iter().map(|object| Part::Object(Box::new(object))));
    }
    let by_name = groups.into_iter().map(|(name, group)| (name, group.id)).collect();
    parts.extend(mint_units(manifest, &by_name, &of_object));
    parts
}

fn mint_units(
    manifest: &Manifest,
    groups: &BTreeMap<String, GroupId>,
    of_object: &BTreeMap<String, GroupId>,
) -> Vec<Part> {
    let ids: BTreeMap<&str, UnitId> =
        manifest.units.iter().map(|unit| (unit.local_id.as_str(), Id::mint(now()))).collect();
    let unit = |unit: &SourceUnit| Unit {
        id: ids.get(unit.local_id.as_str()).copied().unwrap(),
        local_id: unit.local_id.clone(),
        parents: parents(manifest, &unit.local_id)
            .iter()
            .map(|parent| ids.get(parent.as_str()).copied().unwrap())
            .collect(),
        group: unit.object_references.iter().find_map(|reference| match reference {
            ObjectReference::Group(reference) => groups.get(&reference.target).copied(),
            ObjectReference::Object(reference) => of_object.get(&reference.target).copied(),
            ObjectReference::ExistingGroup(_) => None,
        }),
        existing_group: None,
        content: unit.content.clone(),
        management: unit.management.clone(),
        source: unit.source.clone(),
        text: unit.text.clone(),
    };
    manifest.units.iter().map(unit).map(|unit| Part::Unit(Box::new(unit))).collect()
}

/// The parents of a unit, nested or by reference, sorted.
pub fn parents(manifest: &Manifest, local_id: &str) -> Vec<String> {
    let alias = |id: &str| manifest.aliases.iter().find(|alias| alias.local_id == id).map(|a| a.target.target.clone());
    let mut parents: Vec<String> = Vec::new();
    for unit in &manifest.units {
        let refers = |target: &str| target == local_id || alias(target).as_deref() == Some(local_id);
        if unit.child_references.iter().any(|reference| refers(&reference.target)) {
            parents.push(unit.local_id.clone());
        }
        if unit.local_id == local_id {
            parents.extend(unit.parent.clone());
        }
    }
    parents.sort();
    parents.dedup();
    parents
}
