//! Questions about the graph of units, groups and objects: no cycle, no orphan, no unknown reference.

use std::collections::{BTreeMap, HashSet};

use crate::{
    archive::examine::{
        question::{Fault, Question},
        survey::{Bearer, GroupNode, Index, ObjectNode, ReferredBy, Survey, UnitNode},
    },
    domain::check::Outcome,
};

/// The questions put to the whole skeleton, in the profession's order.
pub const QUESTIONS: &[Question<Survey>] = &[
    Question {
        code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.DUPLICATE_ID",
        weight: Outcome::Ko,
        question: "Chaque identifiant du bordereau n'est-il porté qu'une fois ?",
        ask: repeated_identifiers,
    },
    Question {
        code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.UNKNOWN_REFERENCE",
        weight: Outcome::Ko,
        question: "Chaque unité citée comme fille existe-t-elle ?",
        ask: unknown_units,
    },
    Question {
        code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.CHECK_MANIFEST_LOOP",
        weight: Outcome::Ko,
        question: "L'arborescence des unités est-elle sans boucle ?",
        ask: loops,
    },
    Question {
        code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.EXISTING_OG_NOT_DECLARED",
        weight: Outcome::Ko,
        question: "Chaque objet ou groupe d'objets cité existe-t-il ?",
        ask: unknown_objects,
    },
    Question {
        code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.REFERENCES_OBJECT_IN_GROUP",
        weight: Outcome::Ko,
        question: "Les unités citent-elles le groupe, et non l'un de ses objets ?",
        ask: objects_cited_instead_of_their_group,
    },
    Question {
        code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.ARCHIVEUNIT_REFERENCES_MULTIPLE_OBJECTGROUP",
        weight: Outcome::Ko,
        question: "Chaque unité ne cite-t-elle qu'un groupe d'objets ?",
        ask: several_groups,
    },
    Question {
        code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.TOO_MANY_VERSION_BY_USAGE",
        weight: Outcome::Ko,
        question: "Un groupe n'a-t-il qu'un objet par usage et version ?",
        ask: several_versions_of_one_usage,
    },
    Question {
        code: "CHECK_DATAOBJECTPACKAGE.CHECK_CONSISTENCY.CHECK_CONSISTENCY_ORPHAN_OBJECT",
        weight: Outcome::Ko,
        question: "Chaque objet et chaque groupe est-il décrit par une unité ?",
        ask: orphans,
    },
    Question {
        code: "OBJECTS_LIST_EMPTY",
        weight: Outcome::Warning,
        question: "Le transfert comporte-t-il au moins un objet ?",
        ask: |survey, tell| {
            if survey.objects.is_empty() {
                tell(Fault::at(
                    "",
                    "Le transfert ne comporte aucun objet, ni numérique ni physique : vérifiez que c'est voulu.",
                ));
            }
        },
    },
];

fn of_unit(unit: &UnitNode) -> String {
    format!("ArchiveUnit {} (ligne {})", unit.local_id, unit.line)
}

fn of_object(object: &ObjectNode) -> String {
    let element = if object.physical { "PhysicalDataObject" } else { "BinaryDataObject" };
    format!("{element} {} (ligne {})", object.local_id, object.line)
}

fn of_group(group: &GroupNode) -> String {
    format!("DataObjectGroup {} (ligne {})", group.local_id, group.line)
}

fn repeated_identifiers(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    for (local_id, line) in &survey.repeated {
        tell(Fault::at(
            format!("{local_id} (ligne {line})"),
            format!("L'identifiant « {local_id} » est déjà porté plus haut dans le bordereau : donnez-en un autre."),
        ));
    }
}

fn unknown_units(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    for unit in &survey.units {
        for child in unit.children.iter().filter(|child| survey.unit_named(&child.to).is_none()) {
            tell(Fault::at(
                format!("ArchiveUnitRefId (ligne {})", child.line),
                format!(
                    "L'unité « {} » cite l'unité « {} », que le bordereau ne contient pas : corrigez la référence.",
                    unit.local_id, child.to
                ),
            ));
        }
    }
    for root in survey.root_references.iter().filter(|root| survey.unit_named(&root.to).is_none()) {
        tell(Fault::at(
            format!("ArchiveUnitRefId (ligne {})", root.line),
            format!("L'unité « {} » est citée mais le bordereau ne la contient pas : corrigez la référence.", root.to),
        ));
    }
}

/// Walks the graph downwards in depth without recursion; an edge to a unit still open closes a loop.
fn loops(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    let children = children(survey);
    let list =
        |index: Index| usize::try_from(index).ok().and_then(|at| children.get(at)).map_or(&[][..], Vec::as_slice);
    let mut done: HashSet<Index> = HashSet::new();
    let mut open: HashSet<Index> = HashSet::new();
    for start in (0..).take(children.len()) {
        let mut path: Vec<(Index, usize)> = vec![(start, 0)];
        while let Some((unit, next)) = path.last_mut() {
            if *next == 0 && !done.contains(unit) {
                open.insert(*unit);
            }
            let child = if done.contains(unit) { None } else { list(*unit).get(*next).copied() };
            *next += 1;
            match child {
                Some(child) if open.contains(&child) => tell_loop(survey, &path, child, tell),
                Some(child) if done.contains(&child) => {}
                Some(child) => path.push((child, 0)),
                None => {
                    open.remove(unit);
                    done.insert(*unit);
                    path.pop();
                }
            }
        }
    }
}

fn tell_loop(survey: &Survey, path: &[(Index, usize)], back_to: Index, tell: &mut dyn FnMut(Fault)) {
    const SHOWN: usize = 20;
    let from = path.iter().position(|(unit, _)| *unit == back_to).unwrap_or_default();
    let mut names: Vec<&str> = path
        .iter()
        .skip(from)
        .take(SHOWN)
        .filter_map(|(unit, _)| Some(survey.unit(*unit)?.local_id.as_ref()))
        .collect();
    if path.len() - from > SHOWN {
        names.push("…");
    }
    let Some(unit) = survey.unit(back_to) else { return };
    tell(Fault::at(
        of_unit(unit),
        format!(
            "Les unités forment une boucle : {} → {}. Une unité ne peut pas descendre d'elle-même : retirez l'un de ces liens.",
            names.join(" → "),
            unit.local_id
        ),
    ));
}

/// For each unit, the units nested in it and those it names.
fn children(survey: &Survey) -> Vec<Vec<Index>> {
    let mut children: Vec<Vec<Index>> = vec![Vec::new(); survey.units.len()];
    for (child, parents) in (0..).zip(survey.parents()) {
        for parent in parents {
            if let Some(list) = usize::try_from(parent).ok().and_then(|at| children.get_mut(at)) {
                list.push(child);
            }
        }
    }
    children
}

fn unknown_objects(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    for unit in &survey.units {
        for object in unit.objects.iter().filter(|object| object.by != ReferredBy::ExistingGroup) {
            let known = matches!(survey.bearers.get(&object.reference.to), Some(Bearer::Object(_) | Bearer::Group(_)));
            if !known {
                tell(Fault::at(
                    format!("DataObjectReference (ligne {})", object.reference.line),
                    format!(
                        "L'unité « {} » cite l'objet ou le groupe d'objets « {} », que le bordereau ne contient pas : corrigez la référence.",
                        unit.local_id, object.reference.to
                    ),
                ));
            }
        }
    }
    for object in &survey.objects {
        if let Some(group) = &object.unknown_group {
            tell(Fault::at(
                of_object(object),
                format!(
                    "L'objet se dit du groupe « {group} », que le bordereau ne déclare pas : corrigez la référence."
                ),
            ));
        }
    }
}

fn objects_cited_instead_of_their_group(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    for unit in &survey.units {
        for cited in unit.objects.iter().filter(|cited| cited.by != ReferredBy::ExistingGroup) {
            let Some(Bearer::Object(index)) = survey.bearers.get(&cited.reference.to) else { continue };
            let group = survey.object(*index).and_then(|object| object.group);
            let Some(group) = group.and_then(|group| survey.groups.get(usize::try_from(group).ok()?)) else { continue };
            tell(Fault::at(
                format!("DataObjectReference (ligne {})", cited.reference.line),
                format!(
                    "L'unité « {} » cite l'objet « {} », qui appartient au groupe « {} » : citez le groupe par « DataObjectGroupReferenceId ».",
                    unit.local_id, cited.reference.to, group.local_id
                ),
            ));
        }
    }
}

fn several_groups(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    for unit in &survey.units {
        let cited: HashSet<&str> = unit.objects.iter().map(|cited| cited.reference.to.as_ref()).collect();
        if cited.len() > 1 {
            tell(Fault::at(
                of_unit(unit),
                format!(
                    "L'unité « {} » cite {} objets ou groupes d'objets : réunissez-les dans un seul groupe, ou décrivez chacun par sa propre unité.",
                    unit.local_id,
                    cited.len()
                ),
            ));
        }
    }
}

fn several_versions_of_one_usage(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    let mut held: BTreeMap<(Index, String), u32> = BTreeMap::new();
    for object in &survey.objects {
        let (Some(group), Some(version)) = (object.group, &object.version) else { continue };
        let full = if version.contains('_') { version.to_string() } else { format!("{version}_1") };
        let count = held.entry((group, full)).or_default();
        *count += 1;
        if *count == 2 {
            tell(Fault::at(
                of_object(object),
                format!(
                    "Le groupe tient deux objets de version « {version} » : donnez à chacun son usage ou son numéro."
                ),
            ));
        }
    }
}

fn orphans(survey: &Survey, tell: &mut dyn FnMut(Fault)) {
    let cited: HashSet<Bearer> = survey
        .units
        .iter()
        .flat_map(|unit| &unit.objects)
        .filter_map(|cited| survey.bearers.get(&cited.reference.to).copied())
        .collect();
    let group_cited_by_object: HashSet<Index> = cited
        .iter()
        .filter_map(|bearer| match bearer {
            Bearer::Object(index) => survey.object(*index)?.group,
            _ => None,
        })
        .collect();
    for (index, group) in (0..).zip(&survey.groups) {
        if !cited.contains(&Bearer::Group(index)) && !group_cited_by_object.contains(&index) {
            tell(Fault::at(
                of_group(group),
                format!(
                    "Aucune unité ne décrit le groupe d'objets « {} » : citez-le dans une unité ou retirez-le.",
                    group.local_id
                ),
            ));
        }
    }
    for (index, object) in (0..).zip(&survey.objects) {
        if object.group.is_none() && object.unknown_group.is_none() && !cited.contains(&Bearer::Object(index)) {
            tell(Fault::at(
                of_object(object),
                format!(
                    "Aucune unité ne décrit l'objet « {} » : citez-le dans une unité ou retirez-le.",
                    object.local_id
                ),
            ));
        }
    }
}
