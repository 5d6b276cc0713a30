//! `amend`, `undo` and `reclassify`: units described anew, taken back, and moved, with a reason.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    archive::{
        amend::{AmendRequest, Changed, Mode, Outcome, Placement},
        selection::Refusal,
    },
    cli::{
        Common, Status,
        failure::{Misuse, ensure_found, refuse},
        house::House,
        output::{Output, Paint},
        render,
        selection::Selected,
    },
    domain::{
        amendment::{CategoryChange, Changes, Difference, Edit, RuleUpdate},
        id::{AmendmentId, UnitId},
        mandate::Describe,
        rule::{Category, RuleUse},
    },
    record::changes,
};

/// Modifie la description et les règles d’unités d’archives, une ou beaucoup à la fois ; rien n’est perdu de l’état
/// précédent
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Box<Selected>,
    /// Motif de la modification
    #[arg(long, value_name = "MOTIF")]
    reason: String,
    /// Changements, en JSON (schemas/cartulaire/changes.schema.json)
    #[arg(long, value_name = "FICHIER", conflicts_with_all = ["set", "add_keywords", "remove_keywords", "add_identifiers", "remove_identifiers", "rules", "final_action"])]
    changes: Option<PathBuf>,
    /// Champ et valeur : `title`, `description`, `level`, `start_date`, `end_date`, `originating_agency`,
    /// `submission_agency` ou `document_type` ; une valeur vide retire le champ
    #[arg(long, value_name = "CHAMP=VALEUR")]
    set: Vec<String>,
    /// Mot-clé à ajouter
    #[arg(long = "add-keyword", value_name = "MOT-CLÉ")]
    add_keywords: Vec<String>,
    /// Mot-clé à retirer
    #[arg(long = "remove-keyword", value_name = "MOT-CLÉ")]
    remove_keywords: Vec<String>,
    /// Identifiant à ajouter, tel que FilePlanPosition=1.2
    #[arg(long = "add-identifier", value_name = "ÉLÉMENT=VALEUR")]
    add_identifiers: Vec<String>,
    /// Identifiant à retirer
    #[arg(long = "remove-identifier", value_name = "ÉLÉMENT=VALEUR")]
    remove_identifiers: Vec<String>,
    /// Règle, telle que AppraisalRule:add=APP-1,start=2020-01-01 ; aussi update, remove, prevent=true, ref=RÈGLE et
    /// unref=RÈGLE
    #[arg(long = "rule", value_name = "CATÉGORIE:ACTION")]
    rules: Vec<String>,
    /// Sort final de `AppraisalRule` : Keep ou Destroy
    #[arg(long, value_name = "SORT")]
    final_action: Option<String>,
    /// Montre les différences, sans rien écrire
    #[arg(long)]
    dry_run: bool,
}

/// Annule une modification : chaque unité redevient ce qu’elle était avant elle
#[derive(Debug, clap::Args)]
pub(super) struct UndoArgs {
    /// Modification, telle que « history » la donne
    #[arg(value_name = "MODIFICATION")]
    amendment: AmendmentId,
    /// Motif de l’annulation
    #[arg(long, value_name = "MOTIF")]
    reason: String,
    /// Même si des unités ont été modifiées depuis : ces modifications sont perdues aussi
    #[arg(long)]
    force: bool,
    /// Montre les différences, sans rien écrire
    #[arg(long)]
    dry_run: bool,
}

/// Déplace des unités dans le plan de classement, y compris d’une archive à l’autre
#[derive(Debug, clap::Args)]
pub(super) struct ReclassifyArgs {
    /// Unités à déplacer
    #[arg(value_name = "UNITÉ", required = true)]
    units: Vec<UnitId>,
    /// Unité sous laquelle les placer
    #[arg(long, value_name = "UNITÉ", required_unless_present = "root")]
    under: Option<UnitId>,
    /// À la racine de leur archive
    #[arg(long, conflicts_with = "under")]
    root: bool,
    /// Seulement à la place de cette unité mère, parmi plusieurs
    #[arg(long, value_name = "UNITÉ")]
    from: Option<UnitId>,
    /// En plus des unités mères actuelles
    #[arg(long, conflicts_with_all = ["from", "root"])]
    also: bool,
    /// Motif du déplacement
    #[arg(long, value_name = "MOTIF")]
    reason: String,
    /// Montre les différences, sans rien écrire
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let changes = read_changes(&args)?;
    let mode = mode(args.dry_run);
    let request = AmendRequest { selection: args.selected.selection()?, changes, reason: args.reason };
    let house = House::open(common)?;
    let outcome = house.archive().amend(&house.mandate::<Describe>()?, &request, mode)?;
    tell(outcome, mode, out)
}

pub(super) fn undo(args: &UndoArgs, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let mode = mode(args.dry_run);
    let by = house.mandate::<Describe>()?;
    tell(house.archive().undo(&by, args.amendment, &args.reason, args.force, mode)?, mode, out)
}

pub(super) fn reclassify(args: &ReclassifyArgs, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let placement = match (args.under, args.from) {
        (to, Some(parent)) => Placement::From { parent, to },
        (Some(target), None) if args.also => Placement::Also(target),
        (Some(target), None) => Placement::Under(target),
        (None, None) => Placement::Root,
    };
    let house = House::open(common)?;
    let mode = mode(args.dry_run);
    let by = house.mandate::<Describe>()?;
    tell(house.archive().reclassify(&by, &args.units, placement, &args.reason, mode)?, mode, out)
}

const fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Show } else { Mode::Act }
}

fn tell(outcome: Result<Outcome, Refusal>, mode: Mode, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(Refusal::Faults { told, count }) => return tell_faults(&told, count, out),
        Err(refusal) => return refuse(refusal),
    };
    for changed in &outcome.changed {
        if out.is_json() { out.item(&item(changed))? } else { for_people(changed, out)? }
    }
    let status = Status::refused_if(!outcome.overtaken.is_empty());
    for archive in &outcome.overtaken {
        out.note(Refusal::Overtaken(*archive))?;
    }
    if out.is_json() {
        out.item(&json!({
            "amendment": outcome.amendment.map(|id| id.to_string()),
            "units": outcome.units,
            "archives": outcome.archives,
            "unchanged": outcome.unchanged,
            "overtaken": outcome.overtaken.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))?;
        return Ok(status);
    }
    let units = render::counted(outcome.units, "unité", "unités");
    let archives = render::counted(outcome.archives, "archive", "archives");
    let unchanged = render::counted(outcome.unchanged, "unité reste telle quelle", "unités restent telles quelles");
    out.note(match (mode, outcome.amendment) {
        (Mode::Show, _) => format!("{units} de {archives} changeraient ; {unchanged}. Rien n’est écrit."),
        (Mode::Act, Some(id)) => format!("Modification {id} : {units} de {archives} ; {unchanged}."),
        (Mode::Act, None) => format!("Rien à changer ; {unchanged}."),
    })?;
    Ok(status)
}

fn tell_faults(told: &[(UnitId, String)], count: u64, out: &mut Output<'_>) -> anyhow::Result<Status> {
    for (unit, why) in told {
        if out.is_json() {
            out.item(&json!({"unit": unit.to_string(), "fault": why}))?;
        } else {
            out.line(format!("{unit}  {why}"))?;
        }
    }
    out.note(format!("{} : rien n’est changé.", render::counted(count, "défaut", "défauts")))?;
    Ok(Status::Refused)
}

fn for_people(changed: &Changed, out: &mut Output<'_>) -> anyhow::Result<()> {
    let id = out.painted(Paint::Dim, &changed.unit.to_string());
    out.line(format!("{id}  {}", changed.title))?;
    changed.differences.iter().try_for_each(|one| difference(one, out))
}

/// A difference, as `- avant` and `+ après`.
pub(super) fn difference(one: &Difference, out: &mut Output<'_>) -> anyhow::Result<()> {
    if let Some(before) = &one.before {
        let text = out.painted(Paint::Red, &format!("  - {} : {}", one.field, render::cut(before, 200)));
        out.line(text)?;
    }
    if let Some(after) = &one.after {
        let text = out.painted(Paint::Green, &format!("  + {} : {}", one.field, render::cut(after, 200)));
        out.line(text)?;
    }
    Ok(())
}

fn item(changed: &Changed) -> Value {
    json!({
        "unit": changed.unit.to_string(),
        "archive": changed.archive.to_string(),
        "title": changed.title,
        "differences": differences(&changed.differences),
    })
}

/// Differences as programs read them.
pub(super) fn differences(all: &[Difference]) -> Vec<Value> {
    all.iter().map(|one| json!({"field": one.field, "before": one.before, "after": one.after})).collect()
}

fn read_changes(args: &Args) -> anyhow::Result<Changes> {
    if let Some(file) = &args.changes {
        ensure_found(std::slice::from_ref(file))?;
        return match changes::from_json(&fs::read(file)?) {
            Ok(changes) => Ok(changes),
            Err(error) => misuse(format!("« {} » n’est pas un jeu de changements : {error}.", file.display())),
        };
    }
    let mut changes = Changes::default();
    for set in &args.set {
        let (field, value) = pair(set)?;
        put(&mut changes, field, value)?;
    }
    changes.keywords.add.clone_from(&args.add_keywords);
    changes.keywords.remove.clone_from(&args.remove_keywords);
    let identifier = |text: &String| pair(text).map(|(kind, value)| (kind.to_owned(), value.to_owned()));
    changes.identifiers.add = args.add_identifiers.iter().map(identifier).collect::<Result<_, _>>()?;
    changes.identifiers.remove = args.remove_identifiers.iter().map(identifier).collect::<Result<_, _>>()?;
    for rule in &args.rules {
        put_rule(&mut changes.rules, rule)?;
    }
    if let Some(action) = &args.final_action {
        let action = if action.is_empty() { Edit::Clear } else { Edit::Set(action.clone()) };
        category(&mut changes.rules, Category::Appraisal).final_action = action;
    }
    Ok(changes)
}

fn put(changes: &mut Changes, field: &str, value: &str) -> anyhow::Result<()> {
    if field == "title" {
        changes.title = Some(value.to_owned());
        return Ok(());
    }
    let edit = match field {
        "description" => &mut changes.description,
        "level" => &mut changes.level,
        "start_date" => &mut changes.start_date,
        "end_date" => &mut changes.end_date,
        "originating_agency" => &mut changes.originating_agency,
        "submission_agency" => &mut changes.submission_agency,
        "document_type" => &mut changes.document_type,
        _ => return misuse(format!("« {field} » n’est pas un champ modifiable.")),
    };
    *edit = if value.is_empty() { Edit::Clear } else { Edit::Set(value.to_owned()) };
    Ok(())
}

/// `AppraisalRule:add=APP-1,start=2020-01-01`.
fn put_rule(changes: &mut Vec<CategoryChange>, text: &str) -> anyhow::Result<()> {
    let unreadable = || -> anyhow::Error {
        Misuse(format!("« {text} » ne se lit pas : écrivez par exemple AppraisalRule:add=APP-1,start=2020-01-01."))
            .into()
    };
    let (name, action) = text.split_once(':').ok_or_else(unreadable)?;
    let change = category(changes, Category::from_element(name).ok_or_else(unreadable)?);
    let mut steps = action.split(',');
    let (verb, value) = steps.next().and_then(|step| step.split_once('=')).ok_or_else(unreadable)?;
    let (mut start, mut hold_end) = (Edit::Keep, Edit::Keep);
    for step in steps {
        let (name, day) = step.split_once('=').ok_or_else(unreadable)?;
        let day = if day.is_empty() { Edit::Clear } else { Edit::Set(day.parse().map_err(|_| unreadable())?) };
        match name {
            "start" => start = day,
            "end" => hold_end = day,
            _ => return Err(unreadable()),
        }
    }
    let rule = value.to_owned();
    match verb {
        "add" => change.add.push(RuleUse { rule, start: start.of(None), hold_end: hold_end.of(None) }),
        "update" => change.update.push(RuleUpdate { rule, start, hold_end }),
        "remove" => change.remove.push(rule),
        "prevent" => change.prevent_inheritance = Some(value.parse().map_err(|_| unreadable())?),
        "ref" => change.ref_non_rule_ids.add.push(rule),
        "unref" => change.ref_non_rule_ids.remove.push(rule),
        _ => return Err(unreadable()),
    }
    Ok(())
}

fn category(changes: &mut Vec<CategoryChange>, category: Category) -> &mut CategoryChange {
    let at = changes.iter().position(|change| change.category == category).unwrap_or(changes.len());
    if at == changes.len() {
        changes.push(CategoryChange::of(category));
    }
    #[expect(clippy::indexing_slicing, reason = "the place was found or made just above")]
    &mut changes[at]
}

fn pair(text: &str) -> anyhow::Result<(&str, &str)> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.trim(), value.trim())),
        None => misuse(format!("« {text} » ne se lit pas : écrivez NOM=VALEUR.")),
    }
}

fn misuse<T>(sentence: String) -> anyhow::Result<T> {
    Err(Misuse(sentence).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_with_its_action_and_its_dates() {
        let mut changes = Vec::new();
        for text in ["AppraisalRule:add=APP-1,start=2020-01-01", "AppraisalRule:remove=APP-2", "HoldRule:update=H,end="]
        {
            put_rule(&mut changes, text).unwrap();
        }
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[0].add[0].start, Some("2020-01-01".parse().unwrap()));
        assert_eq!(changes[0].remove, ["APP-2"]);
        assert_eq!((&changes[1].update[0].start, &changes[1].update[0].hold_end), (&Edit::Keep, &Edit::Clear));
        for bad in ["APP-1", "Sort:add=A", "AppraisalRule:add", "AppraisalRule:add=A,start=hier", "AccessRule:x=A"] {
            assert!(put_rule(&mut changes, bad).is_err(), "{bad}");
        }
    }
}
