//! `plan`: what may leave, and what stays, and why. So far, eliminations.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    archive::disposals::{Choice, Drawn, Tally},
    cli::{Common, Status, disposals, house::House, output::Output, render},
    domain::{
        appraisal::Reason,
        id::{ArchiveId, UnitId},
        mandate::Describe,
        search::Criteria,
    },
};

/// Établit un plan : rien n’est détruit avant les accords et le visa
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Élimination : sans choix, tout ce dont la durée d’utilité administrative est échue au jour donné
    Elimination(Elimination),
}

#[derive(Debug, clap::Args)]
struct Elimination {
    /// Mots de la description des unités à examiner, avec ce qui est sous elles
    #[arg(long, value_name = "MOTS")]
    query: Option<String>,
    /// Unité à examiner, avec ce qui est sous elle ; à répéter
    #[arg(long = "unit", value_name = "UNITÉ")]
    units: Vec<UnitId>,
    /// Archive à examiner en entier ; à répéter
    #[arg(long = "archive", value_name = "ARCHIVE")]
    archives: Vec<ArchiveId>,
    /// Seulement les archives de ce service producteur
    #[arg(long, value_name = "SERVICE")]
    agency: Option<String>,
    /// Seulement ce qui est échu, parmi ce qui est choisi
    #[arg(long)]
    due: bool,
    /// Jour pour lequel les règles sont calculées (AAAA-MM-JJ)
    #[arg(long, value_name = "JOUR")]
    date: NaiveDate,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let What::Elimination(args) = args.what;
    let house = House::open(common)?;
    let by = house.mandate::<Describe>()?;
    let query = args.query.map(|text| Criteria { text, ..Criteria::default() });
    let Elimination { units, archives, agency, due, date, .. } = args;
    let choice = Choice { units, archives, query, agency, due };
    let Drawn { disposal, tally } = house.archive().plan_elimination(&by, &choice, date)?;
    if out.is_json() {
        out.item(&PlanItem::new(disposal.as_ref().map(disposals::Item::from), &tally))?;
    } else {
        tell(&tally, out)?;
        match &disposal {
            Some(plan) => disposals::tell(plan, out)?,
            None => out.note("Rien de ce qui est choisi n’est éliminable : aucun plan n’est établi.")?,
        }
    }
    Ok(Status::refused_if(disposal.is_none()))
}

fn tell(tally: &Tally, out: &mut Output<'_>) -> anyhow::Result<()> {
    out.line(format!("Unités examinées : {}", render::count(tally.looked_at)))?;
    out.line(format!("  DESTROY   {}", render::count(tally.destroy)))?;
    out.line(format!("  KEEP      {}", render::count(tally.keep)))?;
    out.line(format!("  CONFLICT  {}", render::count(tally.conflict)))?;
    for (reason, units) in &tally.reasons {
        out.line(format!("    {} : {} ({})", reason.word(), render::count(*units), in_french(*reason)))?;
    }
    Ok(())
}

/// What a reason means.
pub(super) const fn in_french(reason: Reason) -> &'static str {
    match reason {
        Reason::NoAppraisalRule => "aucune règle de durée d’utilité administrative",
        Reason::RuleNotExpired => "durée d’utilité administrative en cours",
        Reason::RuleWithoutEnd => "échéance inconnue ou sans limite",
        Reason::FinalActionKeep => "sort final : conservation",
        Reason::FinalActionInconsistency => "sorts finaux contradictoires",
        Reason::KeepAccessSp => "un autre service producteur conserve",
        Reason::AccessLinkInconsistency => "un parent commun à des services qui divergent",
        Reason::BlockedByHoldRule => "gel en cours",
        Reason::NonDestroyableHasChildUnits => "une unité en dessous reste",
        Reason::ObjectsInUse => "une autre archive se sert de ses objets",
        Reason::ExceptedByAgency => "exceptée par un service",
    }
}

#[derive(Serialize)]
struct PlanItem<'a> {
    plan: Option<disposals::Item<'a>>,
    looked_at: u64,
    destroy: u64,
    keep: u64,
    conflict: u64,
    reasons: serde_json::Map<String, serde_json::Value>,
}

impl<'a> PlanItem<'a> {
    fn new(plan: Option<disposals::Item<'a>>, tally: &Tally) -> Self {
        let Tally { looked_at, destroy, keep, conflict, ref reasons } = *tally;
        let reasons = reasons.iter().map(|(reason, units)| (reason.word().to_owned(), (*units).into())).collect();
        Self { plan, looked_at, destroy, keep, conflict, reasons }
    }
}
