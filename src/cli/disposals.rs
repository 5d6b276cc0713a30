//! `disposals`: plans listed and shown, with their lists, their papers and what was said of them; given up.

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    archive::disposals::{Denial, stands},
    cli::{
        Common, Status,
        deliver::write_whole,
        failure::refuse,
        house::House,
        integrity::write_paper,
        output::{Output, Paint},
        plan, render,
    },
    domain::{
        agency::Role,
        appraisal::Decision,
        consent::Consent,
        disposal::{Disposal, Disposition},
        id::DisposalId,
        mandate::{Describe, Mandate, Read},
    },
    record::disposal::{Listed, ListedUnit},
};

/// Plans asked for at once.
const PAGE: u32 = 500;

/// Liste les plans d’élimination, de transfert et de restitution ; montre l’un d’eux, ou l’abandonne
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Montre un plan : ce qui part, ce qui reste et pourquoi, qui s’est prononcé
    Show {
        /// Identifiant du plan
        #[arg(value_name = "PLAN")]
        id: DisposalId,
        /// Écrit le bordereau d’élimination en CSV
        #[arg(long, value_name = "FICHIER.csv")]
        csv: Option<PathBuf>,
        /// Écrit le bordereau d’élimination en PDF, sous le cachet de l’installation
        #[arg(long, value_name = "FICHIER.pdf")]
        pdf: Option<PathBuf>,
    },
    /// Abandonne un plan dont rien n’a encore été exécuté
    Abandon {
        /// Identifiant du plan
        #[arg(value_name = "PLAN")]
        id: DisposalId,
    },
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    match args.action {
        None => list(&house, out),
        Some(Action::Show { id, csv, pdf }) => show(&house, id, csv.as_ref(), pdf.as_ref(), out),
        Some(Action::Abandon { id }) => match house.archive().abandon(&house.mandate::<Describe>()?, id)? {
            Ok(plan) => told(&plan, out),
            Err(denial) => denied(&denial),
        },
    }
}

fn list(house: &House, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let by = house.mandate::<Read>()?;
    let (mut before, mut any) = (None, false);
    loop {
        let page = house.archive().disposals(&by, before, PAGE)?;
        before = page.last().map(|plan| plan.id);
        any |= before.is_some();
        for plan in &page {
            told(plan, out)?;
        }
        if before.is_none() {
            break;
        }
    }
    if !any && !out.is_json() {
        out.note("Aucun plan.")?;
    }
    Ok(Status::Done)
}

fn show(
    house: &House,
    id: DisposalId,
    csv: Option<&PathBuf>,
    pdf: Option<&PathBuf>,
    out: &mut Output<'_>,
) -> anyhow::Result<Status> {
    let by = house.mandate::<Read>()?;
    let Some(plan) = house.archive().disposal(&by, id)? else { return denied(&Denial::Unknown(id)) };
    if let Some(path) = csv {
        write_whole(path, |file| {
            let _known = house.archive().bordereau_csv(&by, id, file)?;
            Ok(())
        })?;
        out.note(format!("Bordereau : {}", path.display()))?;
    }
    if let Some(path) = pdf {
        match house.archive().bordereau_pdf(&by, id)? {
            Ok(paper) => write_paper(path, &paper)?,
            Err(denial) => return denied(&denial),
        }
        out.note(format!("Bordereau : {}", path.display()))?;
    }
    told(&plan, out)?;
    for consent in house.archive().consents(&by, id)? {
        tell_consent(&consent, out)?;
    }
    if csv.is_none() && pdf.is_none() {
        tell_list(house, &by, &plan, out)?;
    }
    Ok(Status::Done)
}

fn tell_consent(consent: &Consent, out: &mut Output<'_>) -> anyhow::Result<()> {
    if out.is_json() {
        return out.item(&ConsentItem::from(consent));
    }
    let role = if consent.role == Role::Control { "contrôle" } else { "service" };
    let answer = if consent.granted { "oui" } else { "non" };
    let how = if consent.message.is_some() { "message signé" } else { "compte" };
    Ok(out.line(format!("  {role} {} : {answer}, le {} ({how})", consent.agency, consent.at))?)
}

fn tell_list(house: &House, by: &Mandate<Read>, plan: &Disposal, out: &mut Output<'_>) -> anyhow::Result<()> {
    for listed in house.archive().disposal_list(by, plan)? {
        match listed? {
            Listed::Archive(archive) if !out.is_json() => {
                out.line(format!("Archive n° {} ({}), {}", archive.number, archive.agency, archive.archive))?;
            }
            Listed::Archive(_) => {}
            Listed::Unit(unit) if out.is_json() => out.item(&UnitItem::from(&*unit))?,
            Listed::Unit(unit) => tell_unit(&unit, out)?,
        }
    }
    Ok(())
}

fn tell_unit(unit: &ListedUnit, out: &mut Output<'_>) -> anyhow::Result<()> {
    let paint = match unit.decision {
        Decision::Destroy => Paint::Red,
        Decision::Keep => Paint::Green,
        Decision::Conflict => Paint::Yellow,
    };
    let decision = out.painted(paint, &render::padded(unit.decision.word(), 8));
    out.line(format!("  {decision}  {}  {}", unit.unit, render::cut(&unit.title, 80)))?;
    for because in &unit.reasons {
        let about = because.about.join(", ");
        let about = if about.is_empty() { String::new() } else { format!(" : {about}") };
        out.line(format!("            {} ({}){about}", because.reason.word(), plan::in_french(because.reason)))?;
    }
    Ok(())
}

/// Tells a plan as one line, or item.
pub(super) fn told(plan: &Disposal, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if out.is_json() {
        out.item(&Item::from(plan))?;
    } else {
        tell(plan, out)?;
    }
    Ok(Status::Done)
}

/// Tells a plan to people.
pub(super) fn tell(plan: &Disposal, out: &mut Output<'_>) -> anyhow::Result<()> {
    let what = match plan.disposition {
        Disposition::Elimination => "Élimination",
        Disposition::Transfer => "Transfert",
        Disposition::Restitution => "Restitution",
    };
    let leaving = plan.leaving;
    let units = render::counted(leaving.units, "unité", "unités");
    let archives = render::counted(leaving.archives, "archive", "archives");
    let state = stands(plan.state);
    out.line(format!("{what} {} : {state}", out.painted(Paint::Bold, &plan.id.to_string())))?;
    out.line(format!("  au {}, {units} de {archives}, {}", plan.on.format("%d/%m/%Y"), render::bytes(leaving.bytes)))?;
    if !plan.agencies.is_empty() {
        out.line(format!("  services producteurs : {}", plan.agencies.join(", ")))?;
    }
    Ok(out.line(format!("  liste {}", out.painted(Paint::Dim, &plan.list.to_string())))?)
}

/// Ends with why not.
pub(super) fn denied(denial: &Denial) -> anyhow::Result<Status> {
    refuse(denial.in_french())
}

/// A plan as JSON.
#[derive(Serialize)]
pub(super) struct Item<'a> {
    id: String,
    disposition: &'a str,
    state: &'a str,
    made_at: String,
    on: String,
    list: String,
    agencies: Vec<String>,
    receiver: Option<String>,
    replaces: Option<String>,
    archives: u64,
    units: u64,
    objects: u64,
    bytes: u64,
}

impl From<&Disposal> for Item<'_> {
    fn from(plan: &Disposal) -> Self {
        Self {
            id: plan.id.to_string(),
            disposition: plan.disposition.word(),
            state: plan.state.word(),
            made_at: plan.made_at.to_string(),
            on: plan.on.to_string(),
            list: plan.list.to_string(),
            agencies: plan.agencies.clone(),
            receiver: plan.receiver.clone(),
            replaces: plan.replaces.map(|id| id.to_string()),
            archives: plan.leaving.archives,
            units: plan.leaving.units,
            objects: plan.leaving.objects,
            bytes: plan.leaving.bytes,
        }
    }
}

#[derive(Serialize)]
struct ConsentItem<'a> {
    agency: &'a str,
    role: &'static str,
    granted: bool,
    at: String,
    actor: String,
    message: Option<String>,
}

impl<'a> From<&'a Consent> for ConsentItem<'a> {
    fn from(consent: &'a Consent) -> Self {
        Self {
            agency: &consent.agency,
            role: consent.role.word(),
            granted: consent.granted,
            at: consent.at.to_string(),
            actor: consent.by.to_string(),
            message: consent.message.map(|digest| digest.to_string()),
        }
    }
}

#[derive(Serialize)]
struct UnitItem<'a> {
    unit: String,
    decision: &'static str,
    reasons: Vec<ReasonItem<'a>>,
    title: &'a str,
    bytes: u64,
}

#[derive(Serialize)]
struct ReasonItem<'a> {
    code: &'static str,
    about: &'a [String],
}

impl<'a> From<&'a ListedUnit> for UnitItem<'a> {
    fn from(unit: &'a ListedUnit) -> Self {
        let reason =
            |one: &'a crate::domain::appraisal::Because| ReasonItem { code: one.reason.word(), about: &one.about };
        Self {
            unit: unit.unit.to_string(),
            decision: unit.decision.word(),
            reasons: unit.reasons.iter().map(reason).collect(),
            title: &unit.title,
            bytes: unit.objects.iter().map(|object| object.size).sum(),
        }
    }
}
