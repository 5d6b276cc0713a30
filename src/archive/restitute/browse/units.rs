//! One unit on a page: what it says, its rules, its files, where it stands.

use crate::{
    archive::restitute::browse::{
        outline::{Item, Outline, titled},
        page::Page,
        words,
    },
    domain::{
        rule::{CategoryRules, Management},
        unit::Unit,
    },
    vault::extract::Extract,
};

/// Links to units below one that a page shows; the tree shows them all.
const CHILDREN: usize = 50;

/// Characters of a unit's source that a page shows.
const SOURCE_CHARS: usize = 20_000;

/// What a unit's section needs beside the unit.
pub(super) struct Around<'a> {
    pub(super) outline: &'a Outline,
    pub(super) extract: &'a Extract,
    /// The page of a unit by its place.
    pub(super) path: &'a dyn Fn(usize) -> String,
}

/// Writes a unit.
pub(super) fn write(page: &mut Page, unit: &Unit, around: &Around<'_>) {
    let anchor = format!("u-{}", unit.id);
    page.tag("article", &[("id", &anchor)], |page| {
        page.tag("h3", &[], |page| page.text(titled(&unit.content.title)));
        said(page, unit);
        places(page, unit, around);
        files(page, unit, around);
        rules(page, &unit.management);
        source(page, &unit.source);
    });
}

fn said(page: &mut Page, unit: &Unit) {
    let content = &unit.content;
    let dates = match (&content.start_date, &content.end_date) {
        (Some(start), Some(end)) if start != end => Some(format!("du {start} au {end}")),
        (Some(one), _) | (None, Some(one)) => Some(one.clone()),
        (None, None) => None,
    };
    let several = |all: &[String]| (!all.is_empty()).then(|| all.join(" ; "));
    let identifiers: Vec<String> =
        content.identifiers.iter().map(|(kind, value)| format!("{value} ({kind})")).collect();
    page.facts([
        ("Niveau", content.level.as_deref().map(|level| words::level(level).to_owned())),
        ("Description", content.description.clone()),
        ("Dates", dates),
        ("Producteur", content.originating_agency.clone()),
        ("Service versant", content.submission_agency.clone()),
        ("Type de document", content.document_type.clone()),
        ("Identifiants", several(&identifiers)),
        ("Mots-clés", several(&content.keywords)),
        ("Identifiant d’archive", Some(unit.id.to_string())),
    ]);
}

/// The units above and below.
fn places(page: &mut Page, unit: &Unit, around: &Around<'_>) {
    let link = |page: &mut Page, at: usize, id, title: &str| {
        page.link(&format!("{}#u-{id}", (around.path)(at)), titled(title));
    };
    let above: Vec<_> =
        unit.parents.iter().filter_map(|id| around.outline.find(*id).map(|(at, title)| (at, *id, title))).collect();
    let below: Vec<_> = around.outline.below(unit.id).collect();
    for (words, units) in [("Dans", &above), ("Contient", &below)] {
        if units.is_empty() {
            continue;
        }
        page.paragraph(&format!("{words} :"));
        page.tag("ul", &[], |page| {
            for (at, id, title) in units.iter().take(CHILDREN) {
                page.tag("li", &[], |page| link(page, *at, *id, title));
            }
            if let Some(more) = units.len().checked_sub(CHILDREN).filter(|more| *more > 0) {
                page.tag("li", &[], |page| page.text(&format!("et {more} autres, que montre l’arborescence")));
            }
        });
    }
}

fn files(page: &mut Page, unit: &Unit, around: &Around<'_>) {
    if let Some(existing) = &unit.existing_group {
        page.paragraph(&format!("Renvoie au groupe d’objets {existing} d’une autre archive."));
    }
    let items = unit.group.and_then(|group| around.outline.groups.get(&group));
    let Some(items) = items.filter(|items| !items.is_empty()) else { return };
    page.table("Fichiers", &["Nom", "Version", "Format", "Taille"], |page| {
        for item in items {
            file(page, item, around);
        }
    });
}

fn file(page: &mut Page, item: &Item, around: &Around<'_>) {
    page.tag("tr", &[], |page| {
        page.tag("td", &[], |page| {
            let content = item.bytes.and_then(|(_, digest)| path_of(around.extract, digest));
            match content {
                Some(path) => page.file(&path, &item.name, item.mime.as_deref()),
                None => page.text(&item.name),
            }
        });
        page.cell(item.version.as_deref().unwrap_or_default());
        page.cell(item.format.as_deref().or(item.mime.as_deref()).unwrap_or_default());
        page.cell(&item.bytes.map_or_else(|| "objet physique".to_owned(), |(size, _)| words::bytes(size)));
    });
}

/// Where a content stands in the restitution.
pub(super) fn path_of(extract: &Extract, digest: crate::domain::digest::Digest) -> Option<String> {
    let version = extract.inventory.manifest.get(&digest)?;
    Some(format!("ocfl/{}/v{version}/content/{digest}", extract.place().display()))
}

/// What a unit, or a whole transfer, says of rules.
pub(super) fn rules(page: &mut Page, management: &Management) {
    if management.categories.is_empty() {
        return;
    }
    page.table("Règles de gestion", &["Catégorie", "Règles", "Sort final", "Héritage"], |page| {
        for category in &management.categories {
            page.tag("tr", &[], |page| {
                page.tag("th", &[("scope", "row")], |page| page.text(words::category(category.category)));
                page.cell(&named(category));
                page.cell(category.final_action.as_deref().map(words::final_action).unwrap_or_default());
                page.cell(&inheritance(category));
            });
        }
    });
}

fn named(category: &CategoryRules) -> String {
    let rule = |one: &crate::domain::rule::RuleUse| {
        let start = one.start.map(|day| format!(" à partir du {day}")).unwrap_or_default();
        let end = one.hold_end.map(|day| format!(" jusqu’au {day}")).unwrap_or_default();
        format!("{}{start}{end}", one.rule)
    };
    category.rules.iter().map(rule).collect::<Vec<_>>().join(" ; ")
}

fn inheritance(category: &CategoryRules) -> String {
    match (category.prevent_inheritance, category.ref_non_rule_ids.as_slice()) {
        (true, _) => "rien n’est hérité".to_owned(),
        (false, []) => String::new(),
        (false, refused) => format!("n’hérite pas de {}", refused.join(", ")),
    }
}

/// The unit as its manifest describes it, with what the sections above do not show.
fn source(page: &mut Page, source: &str) {
    if source.is_empty() {
        return;
    }
    page.tag("details", &[], |page| {
        page.tag("summary", &[], |page| page.text("Description complète (SEDA)"));
        page.tag("pre", &[], |page| page.text(&words::cut(source, SOURCE_CHARS)));
        if source.chars().nth(SOURCE_CHARS).is_some() {
            page.paragraph("La suite est dans le bordereau.");
        }
    });
}
