//! `rules`: the rules in force for a unit, explained; the tenant's rules; the delays of the code du patrimoine.

use chrono::NaiveDate;
use clap::Subcommand;
use serde::Serialize;

use crate::{
    archive::delays::{DELAYS, Delay},
    cli::{
        Common, Status, failure::refuse, house::House, output::Output, progress::Progress, render, search::category,
    },
    domain::{
        id::UnitId,
        mandate::Read,
        rule::{Category, Duration, Rule},
    },
};

mod explain;

/// Explique et liste les règles de gestion
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Explique les règles en vigueur pour une unité : d’où vient chacune, par quels chemins, jusqu’à quand
    Explain {
        /// Unité d’archives
        #[arg(value_name = "UNITÉ")]
        unit: UnitId,
        /// Jour où l’on se place (AAAA-MM-JJ ; par défaut : aujourd’hui)
        #[arg(long, value_name = "JOUR")]
        date: Option<NaiveDate>,
    },
    /// Liste les règles du référentiel
    List {
        /// Seulement celles de cette catégorie, telle que `AppraisalRule`
        #[arg(long, value_name = "CATÉGORIE", value_parser = category)]
        category: Option<Category>,
    },
    /// Liste les délais de communicabilité du code du patrimoine, que « import rules --embedded » ajoute au référentiel
    Delays,
    /// Calcule tout de suite les échéances qui attendent de l’être
    Compute,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    match &args.action {
        Action::Explain { unit, date } => {
            let house = House::open(common)?;
            let by = house.mandate::<Read>()?;
            let Some(told) = house.archive().explain_rules(&by, *unit)? else {
                return refuse(format!("Aucune unité d’archives « {unit} »."));
            };
            explain::tell(&told, date.unwrap_or_else(|| house.archive().legal_day()), out)
        }
        Action::List { category } => list(*category, common, out),
        Action::Delays => delays(out),
        Action::Compute => compute(common, out),
    }
}

fn list(category: Option<Category>, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let mut rules = house.archive().rules(&house.mandate::<Read>()?)?;
    rules.retain(|rule| category.is_none_or(|category| rule.category == category));
    if out.is_json() {
        rules.iter().try_for_each(|rule| out.item(&RuleItem::from(rule)))?;
        return Ok(Status::Done);
    }
    let row = |rule: &Rule| {
        vec![rule.identifier.clone(), rule.category.element().to_owned(), duration(rule.duration), rule.value.clone()]
    };
    for line in render::columns(&rules.iter().map(row).collect::<Vec<_>>()) {
        out.line(line)?;
    }
    out.note(format!("{}.", render::counted(u64::try_from(rules.len())?, "règle", "règles")))?;
    Ok(Status::Done)
}

fn delays(out: &mut Output<'_>) -> anyhow::Result<Status> {
    if out.is_json() {
        DELAYS.iter().try_for_each(|delay| out.item(&DelayItem::from(delay)))?;
        return Ok(Status::Done);
    }
    let row = |delay: &Delay| {
        let doubt = if delay.doubt.is_some() { "*" } else { "" };
        let length = duration(Some(delay.years.map_or(Duration::Unlimited, Duration::Years)));
        vec![format!("{}{doubt}", delay.identifier), length, delay.reference.to_owned(), delay.subject.to_owned()]
    };
    for line in render::columns(&DELAYS.iter().map(row).collect::<Vec<_>>()) {
        out.line(line)?;
    }
    for delay in &DELAYS {
        if let Some(doubt) = delay.doubt {
            out.note(format!("* {} : {doubt}.", delay.identifier))?;
        }
    }
    Ok(Status::Done)
}

fn compute(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    house.mandate::<Read>()?;
    let progress = Progress::counting("unités calculées");
    let computed = house.archive().compute_rules(&mut |units| progress.advance(units))?;
    drop(progress);
    if out.is_json() {
        out.item(&serde_json::json!({
            "archives": computed.archives, "units": computed.units, "waiting": computed.waiting,
        }))?;
        return Ok(Status::Done);
    }
    let archives = render::counted(computed.archives, "archive", "archives");
    let units = render::counted(computed.units, "unité", "unités");
    out.line(format!("Échéances calculées : {archives}, {units}."))?;
    if computed.waiting > 0 {
        let waiting = render::counted(computed.waiting, "archive attend", "archives attendent");
        out.note(format!("{waiting} encore : un autre processus les calcule."))?;
    }
    Ok(Status::Done)
}

/// A duration, as `10 ans`.
fn duration(duration: Option<Duration>) -> String {
    let counted = |count: u32, one, many| render::counted(u64::from(count), one, many);
    match duration {
        None => "sans durée".to_owned(),
        Some(Duration::Days(days)) => counted(days, "jour", "jours"),
        Some(Duration::Months(months)) => counted(months, "mois", "mois"),
        Some(Duration::Years(years)) => counted(years, "an", "ans"),
        Some(Duration::Unlimited) => "illimitée".to_owned(),
    }
}

#[derive(Debug, Serialize)]
struct RuleItem<'a> {
    rule: &'a str,
    category: &'a str,
    value: &'a str,
    description: Option<&'a str>,
    duration: Option<u32>,
    unit: Option<&'a str>,
}

impl<'a> From<&'a Rule> for RuleItem<'a> {
    fn from(rule: &'a Rule) -> Self {
        let (duration, unit) = match rule.duration {
            None => (None, None),
            Some(Duration::Days(days)) => (Some(days), Some("day")),
            Some(Duration::Months(months)) => (Some(months), Some("month")),
            Some(Duration::Years(years)) => (Some(years), Some("year")),
            Some(Duration::Unlimited) => (None, Some("unlimited")),
        };
        Self {
            rule: &rule.identifier,
            category: rule.category.element(),
            value: &rule.value,
            description: rule.description.as_deref(),
            duration,
            unit,
        }
    }
}

#[derive(Debug, Serialize)]
struct DelayItem {
    rule: &'static str,
    years: Option<u32>,
    reference: &'static str,
    subject: &'static str,
    counted_from: &'static str,
    doubt: Option<&'static str>,
}

impl From<&Delay> for DelayItem {
    fn from(delay: &Delay) -> Self {
        let Delay { identifier, years, reference, subject, counted_from, doubt } = *delay;
        Self { rule: identifier, years, reference, subject, counted_from, doubt }
    }
}
