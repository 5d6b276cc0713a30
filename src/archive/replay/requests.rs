//! What lines of communication stand for, as rows: requests, derogations, deliveries made under a request.

use crate::{
    archive::{error::Error, referentials::record_object},
    domain::{
        communication::{Answer, Consulted, Request, RequestState, state_of},
        journal::Line,
        tenant::TenantId,
    },
    record::{
        facts::{
            communication::{CommunicationRequested, DerogationAnswered},
            life_cycle::Delivered,
        },
        request::{Asker, object_name},
    },
    store::Pen,
    vault::Vault,
};

/// A request, with what its record says of who asks.
pub fn requested(
    pen: &mut Pen<'_>,
    vault: &Vault,
    tenant: &TenantId,
    fact: &CommunicationRequested,
    line: &Line,
) -> Result<(), Error> {
    let object = record_object(tenant, &object_name(fact.request))?;
    let asker = Asker::from_json(&vault.read_content(&object, fact.record)?)?;
    enter(pen, tenant, fact, asker, line)
}

/// Writes the rows of a request.
pub fn enter(
    pen: &mut Pen<'_>,
    tenant: &TenantId,
    fact: &CommunicationRequested,
    asker: Asker,
    line: &Line,
) -> Result<(), Error> {
    let by = line.event.actor.ok_or_else(|| Error::Inconsistent("a request without an actor".to_owned()))?;
    let request = Request {
        id: fact.request,
        by,
        made_at: line.at,
        on: fact.on,
        requester: asker.requester,
        is_agency: asker.is_agency,
        motive: fact.motive,
        list: fact.list,
        units: fact.units,
        blocked: fact.blocked,
        state: if fact.consulted.is_empty() { RequestState::Open } else { RequestState::Waiting },
        delivery: None,
    };
    Ok(pen.insert_request(tenant, &request, &fact.consulted)?)
}

/// What an agency said of a derogation.
pub fn answered(pen: &mut Pen<'_>, tenant: &TenantId, fact: &DerogationAnswered, line: &Line) -> Result<(), Error> {
    let by = line.event.actor.ok_or_else(|| Error::Inconsistent("a derogation without an actor".to_owned()))?;
    let answer = Answer { granted: fact.granted, by, at: line.at, message: fact.message };
    let consulted = Consulted { agency: fact.agency.clone(), role: fact.role };
    if !pen.answer_derogation(tenant, fact.request, &consulted, &answer)? {
        return Err(Error::Inconsistent(format!("a derogation of request {} was not asked for", fact.request)));
    }
    let state = state_of(&pen.derogations(tenant, fact.request)?);
    pen.move_request(tenant, fact.request, state)?;
    Ok(())
}

/// A delivery made under a request.
pub fn delivered(pen: &mut Pen<'_>, tenant: Option<&TenantId>, fact: &Delivered) -> Result<(), Error> {
    let Some((tenant, request)) = tenant.zip(fact.request) else { return Ok(()) };
    pen.request_delivered(tenant, request, fact.reply)?;
    Ok(())
}
