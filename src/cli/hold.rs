//! `hold`: holds placed on units, lifted, and listed.

use chrono::NaiveDate;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::{
    archive::hold::HoldRequest,
    cli::{
        Common, Status,
        failure::refuse,
        house::House,
        output::{Output, Paint},
        render,
        selection::Selected,
    },
    domain::{
        hold::Hold,
        id::HoldId,
        mandate::{Describe, Read},
    },
};

/// Gèle des unités d’archives : ni éliminées ni transférées tant que le gel n’est pas levé
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Pose un gel sur des unités et sur tout ce qu’elles contiennent
    Place {
        #[command(flatten)]
        selected: Box<Selected>,
        /// Motif du gel
        #[arg(long, value_name = "MOTIF")]
        reason: String,
        /// Qui le demande, tel qu’un tribunal ou un service
        #[arg(long, value_name = "DEMANDEUR")]
        owner: Option<String>,
        /// Jour où le gel est à réexaminer (AAAA-MM-JJ) ; il tient au-delà
        #[arg(long, value_name = "JOUR")]
        reassess: Option<NaiveDate>,
        /// Dernier jour du gel (AAAA-MM-JJ) ; sans lui, il tient jusqu’à sa levée
        #[arg(long, value_name = "JOUR")]
        until: Option<NaiveDate>,
        /// Interdit aussi de déplacer ces unités dans le plan de classement
        #[arg(long)]
        no_rearrangement: bool,
    },
    /// Lève un gel
    Lift {
        /// Identifiant, tel que « hold list » le donne
        #[arg(value_name = "GEL")]
        id: HoldId,
        /// Motif de la levée
        #[arg(long, value_name = "MOTIF")]
        reason: String,
    },
    /// Liste les gels, les plus anciens d’abord
    List {
        /// Avec ceux qui sont levés
        #[arg(long)]
        all: bool,
    },
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    match args.action {
        Action::Place { selected, reason, owner, reassess, until, no_rearrangement } => {
            let selection = selected.selection()?;
            let request =
                HoldRequest { selection, reason, owner, reassess, until, prevents_rearrangement: no_rearrangement };
            match house.archive().place_hold(&house.mandate::<Describe>()?, &request)? {
                Ok(hold) => told(&hold, out),
                Err(refusal) => refuse(refusal),
            }
        }
        Action::Lift { id, reason } => match house.archive().lift_hold(&house.mandate::<Describe>()?, id, &reason)? {
            Ok(hold) => told(&hold, out),
            Err(refusal) => refuse(refusal),
        },
        Action::List { all } => {
            let holds = house.archive().holds(&house.mandate::<Read>()?, all)?;
            for hold in &holds {
                told(hold, out)?;
            }
            if !out.is_json() {
                out.note(format!("{}.", render::counted(u64::try_from(holds.len())?, "gel", "gels")))?;
            }
            Ok(Status::Done)
        }
    }
}

fn told(hold: &Hold, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if out.is_json() {
        out.item(&item(hold))?;
        return Ok(Status::Done);
    }
    let units = render::counted(u64::try_from(hold.order.units.len())?, "unité", "unités");
    let state = match (&hold.lifted, hold.order.until) {
        (Some(lifting), _) => format!("levé le {} ({})", lifting.at.legal_day(), lifting.reason),
        (None, Some(until)) => format!("jusqu’au {until}"),
        (None, None) => "jusqu’à sa levée".to_owned(),
    };
    let reassess = hold.order.reassess.map_or_else(String::new, |day| format!(", à réexaminer le {day}"));
    let id = out.painted(Paint::Dim, &hold.id.to_string());
    let (placed, reason) = (hold.placed_at.legal_day(), &hold.order.reason);
    out.line(format!("{id}  {placed}  {units}, {state}{reassess} : {reason}"))?;
    Ok(Status::Done)
}

fn item(hold: &Hold) -> Value {
    let order = &hold.order;
    json!({
        "hold": hold.id.to_string(),
        "reason": order.reason,
        "owner": order.owner,
        "units": order.units.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "placed_at": hold.placed_at.to_string(),
        "placed_by": hold.placed_by.to_string(),
        "reassess": order.reassess,
        "until": order.until,
        "prevents_rearrangement": order.prevents_rearrangement,
        "lifted": hold.lifted.as_ref().map(|lifting| json!({
            "at": lifting.at.to_string(), "by": lifting.by.to_string(), "reason": lifting.reason,
        })),
    })
}
