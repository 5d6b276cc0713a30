//! `history`: each amendment of a unit, oldest first, with its reason and what it changed.

use serde_json::json;

use crate::{
    cli::{
        Common, Status, amend,
        failure::refuse,
        house::House,
        output::{Output, Paint},
        render,
    },
    domain::{id::UnitId, mandate::Read},
};

/// Montre les modifications d’une unité d’archives : quand, par qui, pourquoi, et ce qui a changé
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Unité d’archives
    #[arg(value_name = "UNITÉ")]
    unit: UnitId,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let Some(history) = house.archive().history(&house.mandate::<Read>()?, args.unit)? else {
        return refuse(format!("Aucune unité d’archives {}.", args.unit));
    };
    for one in &history {
        if out.is_json() {
            out.item(&json!({
                "amendment": one.amendment.to_string(),
                "at": one.at.to_string(),
                "by": one.by.to_string(),
                "reason": one.reason,
                "reverts": one.reverts.map(|id| id.to_string()),
                "differences": amend::differences(&one.differences),
            }))?;
            continue;
        }
        let id = out.painted(Paint::Dim, &one.amendment.to_string());
        let reverts = one.reverts.map_or_else(String::new, |id| format!(", annule {id}"));
        out.line(format!("{id}  {}  {}{reverts}", one.at, one.reason))?;
        one.differences.iter().try_for_each(|one| amend::difference(one, out))?;
    }
    if !out.is_json() {
        let count = u64::try_from(history.len())?;
        out.note(format!("{}.", render::counted(count, "modification", "modifications")))?;
    }
    Ok(Status::Done)
}
