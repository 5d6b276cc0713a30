//! Where what left is now: what the receiver's answer says, as a row.

use crate::{
    archive::{error::Error, referentials::record_object},
    domain::{disposal::Disposition, tenant::TenantId},
    record::{disposal::object_name, facts::disposal::Consented},
    seda::receipt,
    store::{Destination, Pen},
    vault::Vault,
    xml::bounds::Bounds,
};

/// A receiver's answer, whose message stands with the plan.
pub fn answered(pen: &mut Pen<'_>, vault: &Vault, tenant: &TenantId, fact: &Consented) -> Result<(), Error> {
    let message = match fact.message {
        Some(digest) => Some(vault.read_content(&record_object(tenant, &object_name(fact.disposal))?, digest)?),
        None => None,
    };
    taken(pen, tenant, fact, message.as_deref())
}

/// Notes where what left under a plan is, once its receiver took it.
pub fn taken(pen: &mut Pen<'_>, tenant: &TenantId, fact: &Consented, message: Option<&[u8]>) -> Result<(), Error> {
    let plan = pen.disposal(tenant, fact.disposal)?;
    let Some(plan) = plan.filter(|plan| plan.disposition != Disposition::Elimination && fact.granted) else {
        return Ok(());
    };
    let mut destination = Destination::new(tenant, fact.disposal, &fact.agency);
    let receipt = message.and_then(|message| receipt::read(message, Bounds::default(), |_| {}).ok());
    if let (Some(receipt), Some(sent)) = (receipt, plan.sent) {
        destination.reply = receipt.own_identifier(&sent.message.to_string()).map(str::to_owned);
        destination.archive = receipt.archive;
    }
    Ok(pen.set_destination(&destination)?)
}
