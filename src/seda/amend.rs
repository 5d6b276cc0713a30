//! The source of a unit amended: what is changed is written in the order of the schemas, the rest stays as it is. What
//! the amended source says is read from it again, by the reader of manifests.

use chrono::NaiveDate;

use crate::{
    domain::{
        amendment::{CategoryChange, Changes, Edit, RuleUpdate},
        rule::RuleUse,
    },
    seda::{
        manifest::ManifestReader,
        piece::{Piece, SourceUnit},
        tree::{self, Element, Node},
    },
    xml::{bounds::Bounds, escape, fault::Error},
};

/// The elements of `Content` in the order of the schemas, as far as anything is put among them. What is not here comes
/// after.
const CONTENT: &[&str] = &[
    "DescriptionLevel",
    "Title",
    "FilePlanPosition",
    "SystemId",
    "OriginatingSystemId",
    "ArchivalAgencyArchiveUnitIdentifier",
    "OriginatingAgencyArchiveUnitIdentifier",
    "TransferringAgencyArchiveUnitIdentifier",
    "Description",
    "CustodialHistory",
    "Type",
    "DocumentType",
    "Language",
    "DescriptionLanguage",
    "Status",
    "Version",
    "Tag",
    "Keyword",
    "Coverage",
    "OriginatingAgency",
    "SubmissionAgency",
    "Agent",
    "AuthorizedAgent",
    "Writer",
    "Addressee",
    "Recipient",
    "Transmitter",
    "Sender",
    "Source",
    "RelatedObjectReference",
    "CreatedDate",
    "TransactedDate",
    "AcquiredDate",
    "SentDate",
    "ReceivedDate",
    "RegisteredDate",
    "StartDate",
    "EndDate",
];

/// The elements of `Management` in the order of the schemas.
const MANAGEMENT: &[&str] = &[
    "StorageRule",
    "AppraisalRule",
    "AccessRule",
    "DisseminationRule",
    "ReuseRule",
    "ClassificationRule",
    "LogBook",
    "NeedAuthorization",
    "HoldRule",
];

/// The elements of a category in the order of the schemas: its rules with what is said of each, then the rest.
const CATEGORY: &[&str] = &[
    "Rule",
    "StartDate",
    "HoldEndDate",
    "HoldOwner",
    "HoldReassessingDate",
    "HoldReason",
    "PreventRearrangement",
    "ClassificationAudience",
    "PreventInheritance",
    "RefNonRuleId",
    "FinalAction",
    "ClassificationLevel",
    "ClassificationOwner",
    "ClassificationReassessingDate",
    "NeedReassessingAuthorization",
];

/// The elements of a unit in their order.
const UNIT: &[&str] = &["ArchiveUnitProfile", "Management", "Content"];

/// The identifiers that may be added: elements of `Content` that hold nothing but their value.
pub const IDENTIFIERS: &[&str] = &[
    "FilePlanPosition",
    "SystemId",
    "OriginatingSystemId",
    "ArchivalAgencyArchiveUnitIdentifier",
    "OriginatingAgencyArchiveUnitIdentifier",
    "TransferringAgencyArchiveUnitIdentifier",
];

/// The source with the changes made; `None` when it has no `Content`, so that nothing says which version it is of.
pub fn amend(source: &str, changes: &Changes) -> Result<Option<String>, Error> {
    let mut unit = Element::declaring("", "unit");
    unit.nodes = tree::read(source)?;
    let Some(namespace) = namespace_of(&unit) else { return Ok(None) };
    if let Some(content) = unit.find_mut("Content", |_| true) {
        amend_content(content, changes);
    }
    for change in &changes.rules {
        if unit.find_mut("Management", |_| true).is_none() {
            unit.insert(Element::declaring(&namespace, "Management"), UNIT);
        }
        if let Some(management) = unit.find_mut("Management", |_| true) {
            amend_category(management, change);
        }
    }
    unit.remove(|element| element.local() == "Management" && element.nodes.is_empty());
    let mut amended = String::with_capacity(source.len() + 256);
    tree::write(&unit.nodes, &mut amended);
    Ok(Some(amended))
}

/// Reads the source of a unit by itself, as the reader of manifests reads it within its own; `None` when it has no
/// `Content`.
pub fn read(source: &str) -> Result<Option<SourceUnit>, Error> {
    let mut unit = Element::declaring("", "unit");
    unit.nodes = tree::read(source)?;
    let Some(namespace) = namespace_of(&unit) else { return Ok(None) };
    // A prefix of its own keeps elements without one in the namespace that they have.
    let namespace = escape::attribute(&namespace).into_owned();
    let manifest = format!(
        "<w:ArchiveTransfer xmlns:w=\"{namespace}\"><w:DataObjectPackage><w:DescriptiveMetadata>\
         <w:ArchiveUnit>{source}</w:ArchiveUnit></w:DescriptiveMetadata></w:DataObjectPackage></w:ArchiveTransfer>"
    );
    let mut reader = ManifestReader::new(manifest.as_bytes(), Bounds::NONE);
    while let Some(piece) = reader.next()? {
        if let Piece::Unit(unit) = piece {
            return Ok(Some(*unit));
        }
    }
    Ok(None)
}

/// Whether a `HoldRule` of a source says `PreventRearrangement` of a rule.
pub fn prevents_rearrangement(source: &str, rule: &str) -> Result<bool, Error> {
    let nodes = tree::read(source)?;
    let management = nodes.iter().filter_map(Node::element).filter(|element| element.local() == "Management");
    let holds = management.flat_map(Element::elements).filter(|element| element.local() == "HoldRule");
    for hold in holds {
        let mut is_meant = false;
        for element in hold.elements() {
            match element.local() {
                "Rule" => is_meant = element.text() == rule,
                "PreventRearrangement" if is_meant && matches!(element.text().as_str(), "true" | "1") => {
                    return Ok(true);
                }
                _ => {}
            }
        }
    }
    Ok(false)
}

fn namespace_of(unit: &Element) -> Option<String> {
    let content = unit.elements().find(|element| element.local() == "Content")?;
    content.namespace().map(str::to_owned)
}

fn amend_content(content: &mut Element, changes: &Changes) {
    single(content, "DescriptionLevel", &changes.level);
    if let Some(title) = &changes.title {
        match content.find_mut("Title", |_| true) {
            Some(first) => first.say(title),
            None => insert(content, "Title", title),
        }
    }
    description(content, &changes.description);
    single(content, "DocumentType", &changes.document_type);
    agency(content, "OriginatingAgency", &changes.originating_agency);
    agency(content, "SubmissionAgency", &changes.submission_agency);
    single(content, "StartDate", &changes.start_date);
    single(content, "EndDate", &changes.end_date);
    keywords(content, changes);
    identifiers(content, changes);
}

/// An element that stands once; the first that says something counts.
fn single(content: &mut Element, local: &str, edit: &Edit<String>) {
    match edit {
        Edit::Keep => {}
        Edit::Clear => content.remove(|element| element.local() == local),
        Edit::Set(value) => {
            let filled = content.elements().any(|element| element.local() == local && !element.text().is_empty());
            match content.find_mut(local, |element| !filled || !element.text().is_empty()) {
                Some(element) => element.say(value),
                None => insert(content, local, value),
            }
        }
    }
}

/// The first `Description` counts, even when it is empty.
fn description(content: &mut Element, edit: &Edit<String>) {
    match edit {
        Edit::Set(value) => match content.find_mut("Description", |_| true) {
            Some(first) => first.say(value),
            None => insert(content, "Description", value),
        },
        other => single(content, "Description", other),
    }
}

fn agency(content: &mut Element, local: &str, edit: &Edit<String>) {
    let Edit::Set(value) = edit else { return single(content, local, edit) };
    let named = |agency: &Element| agency.elements().any(|one| one.local() == "Identifier" && !one.text().is_empty());
    let is_named = content.elements().any(|element| element.local() == local && named(element));
    let Some(agency) = content.find_mut(local, |element| !is_named || named(element)) else {
        let identifier = Element::saying(content, "Identifier", value);
        let agency = Element::beside(content, local, vec![Node::Element(identifier)]);
        return content.insert(agency, CONTENT);
    };
    match agency.find_mut("Identifier", |one| !is_named || !one.text().is_empty()) {
        Some(identifier) => identifier.say(value),
        None => {
            let identifier = Element::saying(agency, "Identifier", value);
            agency.insert(identifier, &["Identifier"]);
        }
    }
}

fn keywords(content: &mut Element, changes: &Changes) {
    let word = |element: &Element| match element.local() {
        "Tag" => Some(element.text()),
        "Keyword" => element.elements().find(|one| one.local() == "KeywordContent").map(Element::text),
        _ => None,
    };
    let edit = &changes.keywords;
    content.remove(|element| word(element).is_some_and(|word| edit.remove.contains(&word)));
    for added in &edit.add {
        if !content.elements().any(|element| word(element).as_ref() == Some(added)) {
            let said = Element::saying(content, "KeywordContent", added);
            let keyword = Element::beside(content, "Keyword", vec![Node::Element(said)]);
            content.insert(keyword, CONTENT);
        }
    }
}

fn identifiers(content: &mut Element, changes: &Changes) {
    let edit = &changes.identifiers;
    let identifier = |element: &Element| {
        let value = match element.local() {
            "PersistentIdentifier" => {
                element.elements().find(|one| one.local() == "PersistentIdentifierContent").map(Element::text)?
            }
            local if IDENTIFIERS.contains(&local) => element.text(),
            _ => return None,
        };
        Some((element.local().to_owned(), value))
    };
    content.remove(|element| identifier(element).is_some_and(|one| edit.remove.contains(&one)));
    for added in &edit.add {
        if !content.elements().any(|element| identifier(element).as_ref() == Some(added)) {
            insert(content, &added.0, &added.1);
        }
    }
}

fn insert(content: &mut Element, local: &str, value: &str) {
    let element = Element::saying(content, local, value);
    content.insert(element, CONTENT);
}

fn amend_category(management: &mut Element, change: &CategoryChange) {
    let local = change.category.element();
    if management.find_mut(local, |_| true).is_none() {
        let category = Element::beside(management, local, Vec::new());
        management.insert(category, MANAGEMENT);
    }
    let Some(category) = management.find_mut(local, |_| true) else { return };
    remove_rules(category, &change.remove);
    change.update.iter().for_each(|update| update_rule(category, update));
    change.add.iter().for_each(|used| add_rule(category, used));
    cuts(category, change);
    match &change.final_action {
        Edit::Keep => {}
        Edit::Clear => category.remove(|element| element.local() == "FinalAction"),
        Edit::Set(action) => {
            category.remove(|element| element.local() == "FinalAction");
            put(category, "FinalAction", action);
        }
    }
    let is_silent = |category: &Element| category.elements().next().is_none();
    management.remove(|element| element.local() == local && is_silent(element));
}

/// Takes out rules, each with what is said of it.
fn remove_rules(category: &mut Element, rules: &[String]) {
    let mut goes = false;
    category.nodes.retain(|node| {
        if let Some(element) = node.element() {
            goes = match element.local() {
                "Rule" => rules.contains(&element.text()),
                other if is_tail(other) => false,
                _ => goes,
            };
        }
        !goes
    });
}

fn update_rule(category: &mut Element, update: &RuleUpdate) {
    dated(category, &update.rule, "StartDate", &["Rule"], &update.start);
    dated(category, &update.rule, "HoldEndDate", &["Rule", "StartDate"], &update.hold_end);
}

/// Gives a rule a date, after those of the elements `before` that it has.
fn dated(category: &mut Element, rule: &str, local: &str, before: &[&str], edit: &Edit<NaiveDate>) {
    if edit.is_keep() {
        return;
    }
    let mut made = Vec::with_capacity(category.nodes.len() + 1);
    let kin = category.clone();
    let (mut is_meant, mut owes) = (false, false);
    for node in std::mem::take(&mut category.nodes) {
        if let Some(element) = node.element() {
            let is_before = is_meant && before.contains(&element.local()) && element.local() != "Rule";
            if owes && !is_before {
                made.extend(new_date(&kin, local, edit));
                owes = false;
            }
            if element.local() == "Rule" {
                is_meant = element.text() == rule;
                owes = is_meant;
            } else if is_meant && is_tail(element.local()) {
                is_meant = false;
            } else if is_meant && element.local() == local {
                continue;
            }
        }
        made.push(node);
    }
    if owes {
        made.extend(new_date(&kin, local, edit));
    }
    category.nodes = made;
}

fn new_date(kin: &Element, local: &str, edit: &Edit<NaiveDate>) -> Option<Node> {
    match edit {
        Edit::Set(day) => Some(Node::Element(Element::saying(kin, local, &day.to_string()))),
        Edit::Keep | Edit::Clear => None,
    }
}

fn add_rule(category: &mut Element, used: &RuleUse) {
    put(category, "Rule", &used.rule);
    if let Some(start) = used.start {
        put(category, "StartDate", &start.to_string());
    }
    if let Some(end) = used.hold_end {
        put(category, "HoldEndDate", &end.to_string());
    }
}

/// Puts an element where it comes in a category: after all rules, before what ends the category.
fn put(category: &mut Element, local: &str, value: &str) {
    let element = Element::saying(category, local, value);
    if is_tail(local) {
        return category.insert(element, CATEGORY);
    }
    let is_tail = |node: &Node| node.element().is_some_and(|one| is_tail(one.local()));
    let last = category.nodes.iter().rposition(|node| node.element().is_some()).map_or(0, |at| at + 1);
    let at = category.nodes.iter().position(is_tail).unwrap_or(last);
    category.nodes.insert(at, Node::Element(element));
}

/// Whether an element stands after the rules of its category.
fn is_tail(local: &str) -> bool {
    CATEGORY.iter().skip_while(|name| **name != "ClassificationAudience").any(|name| *name == local)
}

fn cuts(category: &mut Element, change: &CategoryChange) {
    if let Some(prevents) = change.prevent_inheritance {
        category.remove(|element| element.local() == "PreventInheritance");
        if prevents {
            put(category, "PreventInheritance", "true");
        }
    }
    let edit = &change.ref_non_rule_ids;
    category.remove(|element| element.local() == "RefNonRuleId" && edit.remove.contains(&element.text()));
    for rule in &edit.add {
        if !category.elements().any(|one| one.local() == "RefNonRuleId" && one.text() == *rule) {
            put(category, "RefNonRuleId", rule);
        }
    }
}
