//! The rules in force for one unit, told to people and to programs.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    archive::rules::Explanation,
    cli::{
        Status,
        output::{Output, Paint},
    },
    domain::{
        id::UnitId,
        inheritance::{Cut, End, FinalAction, How, InForce, Inherited, Origin, PATHS, is_communicable},
        rule::Category,
    },
};

/// Tells what is in force for a unit on a day.
pub(super) fn tell(told: &Explanation, on: NaiveDate, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if out.is_json() {
        for found in &told.in_force {
            out.item(&CategoryItem::new(told, found, on))?;
        }
        return Ok(Status::Done);
    }
    let title = out.painted(Paint::Bold, &unit_name(told, told.unit));
    out.line(format!("{title}, au {}", french(on)))?;
    if told.in_force.is_empty() {
        out.line("Aucune règle en vigueur : l’unité est communicable et se conserve.")?;
    }
    for found in &told.in_force {
        tell_category(told, found, on, out)?;
    }
    if !told.in_force.is_empty() {
        let open = is_communicable(&told.in_force, on);
        out.line(if open { "\nCommunicable ce jour." } else { "\nNon communicable ce jour." })?;
    }
    Ok(Status::Done)
}

fn tell_category(told: &Explanation, found: &InForce, on: NaiveDate, out: &mut Output<'_>) -> anyhow::Result<()> {
    let name = out.painted(Paint::Bold, category_name(found.category));
    out.line(format!("\n{name} ({}) : {}", found.category.element(), standing(found, on)))?;
    for rule in &found.rules {
        let value = told.rules.get(&rule.rule).map_or_else(String::new, |known| format!(", « {} »", known.value));
        out.line(format!("  {}{value} : {}", rule.rule, dates(rule)))?;
        out.line(format!("    dite par {}", origin_name(told, rule.origin)))?;
        for path in rule.paths.iter().filter(|path| path.len() > 1) {
            let steps: Vec<String> = path.iter().map(|step| unit_name(told, *step)).collect();
            out.line(format!("    par le chemin {}", steps.join(" ← ")))?;
        }
        if rule.paths.len() >= PATHS {
            out.line(format!("    et peut-être par d’autres chemins : {PATHS} sont montrés"))?;
        }
    }
    for (action, origin) in &found.final_actions {
        out.line(format!("  sort final {action}, dit par {}", origin_name(told, *origin)))?;
    }
    if found.final_action() == FinalAction::Conflict {
        let warning = out.painted(Paint::Yellow, "  CONFLIT : les sorts finaux venus d’en haut se contredisent.");
        out.line(warning)?;
    }
    for cut in &found.cuts {
        out.line(format!("  {}", cut_sentence(told, cut)))?;
    }
    Ok(())
}

/// Where a category stands on a day, in a few words.
fn standing(found: &InForce, on: NaiveDate) -> String {
    match found.last_end() {
        None => "aucune règle en vigueur".to_owned(),
        Some(End::Day(day)) if day <= on => format!("échue depuis le {}", french(day)),
        Some(End::Day(day)) => format!("court jusqu’au {}", french(day)),
        Some(End::Unknown) => "échéance inconnue".to_owned(),
        Some(End::Never) => "sans terme".to_owned(),
    }
}

fn dates(rule: &Inherited) -> String {
    let start = rule.start.map_or_else(|| "sans date de départ".to_owned(), |day| format!("depuis le {}", french(day)));
    let end = match rule.end {
        End::Day(day) => format!("jusqu’au {}", french(day)),
        End::Never => "sans terme".to_owned(),
        End::Unknown if rule.start.is_none() => "elle ne vient jamais à échéance".to_owned(),
        End::Unknown => "échéance inconnue : le référentiel ne connaît pas cette règle dans cette catégorie".to_owned(),
    };
    format!("{start}, {end}")
}

fn cut_sentence(told: &Explanation, cut: &Cut) -> String {
    let (by, from) = (unit_name(told, cut.by), origin_name(told, cut.origin));
    let what = &cut.what;
    match cut.how {
        How::PreventInheritance => {
            format!("{what} de {from} est arrêtée par {by}, qui n’hérite rien (PreventInheritance)")
        }
        How::RefNonRuleId => format!("{what} de {from} est écartée par {by} (RefNonRuleId)"),
        How::Redefined => format!("{what} de {from} est remplacée par celle de {by}"),
        How::FinalAction => format!("le sort final {what} de {from} est remplacé par celui de {by}"),
    }
}

/// A category in French.
fn category_name(category: Category) -> &'static str {
    match category {
        Category::Storage => "Durée d’utilité courante",
        Category::Appraisal => "Durée d’utilité administrative",
        Category::Access => "Communicabilité",
        Category::Dissemination => "Diffusion",
        Category::Reuse => "Réutilisation",
        Category::Classification => "Classification",
        Category::Hold => "Gel",
    }
}

fn unit_name(told: &Explanation, unit: UnitId) -> String {
    match told.units.get(&unit) {
        Some((local_id, title)) => format!("« {title} » ({local_id})"),
        None => unit.to_string(),
    }
}

fn origin_name(told: &Explanation, origin: Origin) -> String {
    match origin {
        Origin::Unit(unit) => unit_name(told, unit),
        Origin::Archive(archive) => match told.archives.get(&archive) {
            Some((number, message)) => format!("l’en-tête de l’archive nº {number}, « {message} »"),
            None => format!("l’en-tête de l’archive {archive}"),
        },
    }
}

/// A day, as `22/11/2026`.
fn french(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

#[derive(Debug, Serialize)]
struct CategoryItem {
    unit: String,
    category: &'static str,
    on: String,
    over: bool,
    last_end: Option<String>,
    final_action: Option<String>,
    conflict: bool,
    rules: Vec<RuleItem>,
    final_actions: Vec<ActionItem>,
    cuts: Vec<CutItem>,
}

#[derive(Debug, Serialize)]
struct RuleItem {
    rule: String,
    start: Option<String>,
    end: String,
    origin: OriginItem,
    paths: Vec<Vec<String>>,
}

#[derive(Debug, Serialize)]
struct ActionItem {
    action: String,
    origin: OriginItem,
}

#[derive(Debug, Serialize)]
struct CutItem {
    what: String,
    how: &'static str,
    by: String,
    origin: OriginItem,
}

#[derive(Debug, Serialize)]
struct OriginItem {
    kind: &'static str,
    id: String,
    name: String,
}

impl CategoryItem {
    fn new(told: &Explanation, found: &InForce, on: NaiveDate) -> Self {
        let rule = |rule: &Inherited| RuleItem {
            rule: rule.rule.clone(),
            start: rule.start.map(|day| day.to_string()),
            end: rule.end.to_string(),
            origin: OriginItem::new(told, rule.origin),
            paths: rule.paths.iter().map(|path| path.iter().map(ToString::to_string).collect()).collect(),
        };
        let action = |(action, origin): &(String, Origin)| ActionItem {
            action: action.clone(),
            origin: OriginItem::new(told, *origin),
        };
        let cut = |cut: &Cut| CutItem {
            what: cut.what.clone(),
            how: cut.how.word(),
            by: cut.by.to_string(),
            origin: OriginItem::new(told, cut.origin),
        };
        Self {
            unit: told.unit.to_string(),
            category: found.category.element(),
            on: on.to_string(),
            over: found.is_over(on),
            last_end: found.last_end().map(|end| end.to_string()),
            final_action: match found.final_action() {
                FinalAction::One(action) => Some(action.to_owned()),
                FinalAction::None | FinalAction::Conflict => None,
            },
            conflict: found.final_action() == FinalAction::Conflict,
            rules: found.rules.iter().map(rule).collect(),
            final_actions: found.final_actions.iter().map(action).collect(),
            cuts: found.cuts.iter().map(cut).collect(),
        }
    }
}

impl OriginItem {
    fn new(told: &Explanation, origin: Origin) -> Self {
        let (kind, id, name) = match origin {
            Origin::Unit(unit) => ("unit", unit.to_string(), told.units.get(&unit).map(|(_, title)| title.clone())),
            Origin::Archive(archive) => {
                ("archive", archive.to_string(), told.archives.get(&archive).map(|(_, message)| message.clone()))
            }
        };
        Self { kind, id, name: name.unwrap_or_default() }
    }
}
