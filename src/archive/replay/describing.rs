//! Rows of holds and amendments, from their lines and what the volumes hold of them.

use crate::{
    archive::{error::Error, referentials::record_object},
    domain::{
        hold::{Hold, Lifting},
        id::ActorId,
        journal::Line,
        tenant::TenantId,
    },
    record::{
        facts::holding::{HoldLifted, HoldPlaced},
        hold,
    },
    store::Pen,
    vault::Vault,
};

/// The row of a hold, as its file says it.
pub fn hold_placed(
    pen: &mut Pen<'_>,
    vault: &Vault,
    tenant: &TenantId,
    fact: &HoldPlaced,
    line: &Line,
) -> Result<(), Error> {
    let order = hold::from_json(&vault.read_content(&record_object(tenant, hold::OBJECT)?, fact.order)?)?;
    let placed = Hold { id: fact.hold, order, placed_by: actor(line)?, placed_at: line.at, lifted: None };
    Ok(pen.insert_hold(tenant, &placed)?)
}

/// The end of a hold, as its file says it.
pub fn hold_lifted(
    pen: &mut Pen<'_>,
    vault: &Vault,
    tenant: &TenantId,
    fact: &HoldLifted,
    line: &Line,
) -> Result<(), Error> {
    let bytes = vault.read_content(&record_object(tenant, hold::OBJECT)?, fact.lifting)?;
    let lifting = Lifting { by: actor(line)?, at: line.at, reason: hold::lifting_from_json(&bytes)? };
    if pen.lift_hold(tenant, fact.hold, &lifting)? {
        return Ok(());
    }
    Err(Error::Inconsistent(format!("hold {} is lifted and was not placed", fact.hold)))
}

fn actor(line: &Line) -> Result<ActorId, Error> {
    line.event.actor.ok_or_else(|| Error::Inconsistent("a line of description without an actor".to_owned()))
}
