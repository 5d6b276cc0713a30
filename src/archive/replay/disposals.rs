//! What the lines of plans stand for: rows of plans and of what agencies said of them.

use crate::{
    archive::error::Error,
    domain::{
        consent::Consent,
        disposal::{Attested, Disposal, DisposalState, Leaving, Sending},
        id::{ActorId, DisposalId},
        journal::Line,
        tenant::TenantId,
    },
    record::facts::disposal::{Consented, DisposalAbandoned, DisposalPlanned, DisposalSent, Disposed},
    store::Pen,
};

/// A plan was made.
pub fn planned(pen: &mut Pen<'_>, tenant: &TenantId, fact: &DisposalPlanned, line: &Line) -> Result<(), Error> {
    Ok(pen.insert_disposal(tenant, &plan(fact, by(line)?, line))?)
}

/// The plan that a line tells.
pub fn plan(fact: &DisposalPlanned, by: ActorId, line: &Line) -> Disposal {
    let leaving = Leaving { archives: fact.archives, units: fact.units, objects: fact.objects, bytes: fact.bytes };
    Disposal {
        id: fact.disposal,
        disposition: fact.disposition,
        by,
        made_at: line.at,
        on: fact.on,
        list: fact.list,
        agencies: fact.agencies.clone(),
        receiver: fact.receiver.clone(),
        replaces: fact.replaces,
        state: DisposalState::Planned,
        leaving,
        sent: None,
        attested: None,
    }
}

/// An agency agreed, or refused.
pub fn consented(pen: &mut Pen<'_>, tenant: &TenantId, fact: &Consented, line: &Line) -> Result<(), Error> {
    let consent = Consent {
        agency: fact.agency.clone(),
        role: fact.role,
        by: by(line)?,
        at: line.at,
        granted: fact.granted,
        list: fact.list,
        message: fact.message,
    };
    let plan = pen.disposal(tenant, fact.disposal)?.ok_or_else(|| unknown(fact.disposal))?;
    let state = plan.after(&pen.consents(tenant, fact.disposal)?, &consent);
    Ok(pen.consent(tenant, fact.disposal, &consent, state)?)
}

/// The units were sent.
pub fn sent(pen: &mut Pen<'_>, tenant: &TenantId, fact: &DisposalSent) -> Result<(), Error> {
    let sent = Sending { message: fact.message, package: fact.package };
    reached(pen.disposal_sent(tenant, fact.disposal, &sent)?, fact.disposal)
}

/// The plan was given up.
pub fn abandoned(pen: &mut Pen<'_>, tenant: &TenantId, fact: &DisposalAbandoned) -> Result<(), Error> {
    reached(pen.move_disposal(tenant, fact.disposal, DisposalState::Abandoned)?, fact.disposal)
}

/// The plan was carried out.
pub fn disposed(pen: &mut Pen<'_>, tenant: &TenantId, fact: &Disposed) -> Result<(), Error> {
    let papers = Attested { certificate: fact.certificate, notification: fact.notification };
    reached(pen.disposal_done(tenant, fact.disposal, &papers)?, fact.disposal)
}

fn by(line: &Line) -> Result<ActorId, Error> {
    line.event.actor.ok_or_else(|| Error::Inconsistent("a plan's line without an actor".to_owned()))
}

fn reached(found: bool, id: DisposalId) -> Result<(), Error> {
    if found { Ok(()) } else { Err(unknown(id)) }
}

fn unknown(id: DisposalId) -> Error {
    Error::Inconsistent(format!("the plan {id} was never made"))
}
