//! Derogations: asked of the originating agencies and of the control authority, granted or refused by their accounts or
//! by their signed messages. One account speaks once.

use crate::{
    archive::{Archive, error::Error, ingest::seal, replay, requests::RequestError, writer::Act},
    digest,
    domain::{
        agency::Role,
        communication::{Consulted, Derogation, Request, RequestState},
        id::{ActorId, RequestId},
        mandate::{Agree, Control, Describe, Mandate, Read},
        seda::SedaVersion,
        tenant::TenantId,
    },
    record::{
        facts::{Fact, communication::DerogationAnswered},
        request::object_name,
    },
    seda::derogation::{self, Question},
    vault::staging::Staged,
    xml::bounds::Bounds,
};

/// What is said of a derogation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is granted.
    Granted,
    /// It is refused.
    Refused,
}

impl Archive {
    /// What an originating agency says of the derogation that a request needs.
    pub fn agree_to_request(&self, by: &Mandate<Agree>, id: RequestId, said: Said) -> Result<Request, RequestError> {
        let agency = by.agency().ok_or(RequestError::Mute)?.to_owned();
        let consulted = Consulted { agency, role: Role::Originating };
        self.answer(by.tenant(), by.actor(), id, consulted, said, None)
    }

    /// What the control authority says of it.
    pub fn rule_on_request(&self, by: &Mandate<Control>, id: RequestId, said: Said) -> Result<Request, RequestError> {
        let agency = by.agency().ok_or(RequestError::Mute)?.to_owned();
        let consulted = Consulted { agency, role: Role::Control };
        self.answer(by.tenant(), by.actor(), id, consulted, said, None)
    }

    /// What an agency says by a message, under a detached signature of the certificate that is pinned for it.
    pub fn answer_request_by_message(
        &self,
        by: &Mandate<Describe>,
        id: RequestId,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Request, RequestError> {
        let reply = derogation::read(message, Bounds::default())?;
        let consulted = Consulted { agency: reply.agency, role: reply.role };
        let derogations = self.store.holdings(by.tenant()).derogations(id).map_err(Error::from)?;
        let awaited = awaited(&derogations, &consulted).ok_or_else(|| not_awaited(&consulted))?;
        if reply.answered != message_identifier(id, awaited) {
            return Err(not_awaited(&consulted));
        }
        if let Err(why) = self.signed_by(by.tenant(), &consulted.agency, message, signature)? {
            return Err(RequestError::Signature(why));
        }
        let said = if reply.granted { Said::Granted } else { Said::Refused };
        let messages = Some((message.to_vec(), signature.to_vec()));
        self.answer(by.tenant(), by.actor(), id, consulted, said, messages)
    }

    /// The questions to put to the agencies that have not answered, as SEDA messages.
    pub fn derogation_questions(
        &self,
        by: &Mandate<Read>,
        id: RequestId,
        version: SedaVersion,
    ) -> Result<Vec<(Consulted, Vec<u8>)>, RequestError> {
        let dossier = self.communication_request(by, id)?.ok_or(RequestError::Unknown)?;
        let archival_agency = self.archival_agency(by.tenant())?;
        let blocked = || dossier.units.iter().filter(|unit| unit.blocked);
        let waiting = dossier.derogations.iter().filter(|one| one.answer.is_none());
        waiting
            .map(|one| {
                let concerns = |agency: Option<&str>| {
                    one.consulted.role != Role::Originating || agency == Some(one.consulted.agency.as_str())
                };
                let of_theirs: Vec<_> = blocked().filter(|unit| concerns(unit.agency.as_deref())).collect();
                let units: Vec<String> = of_theirs.iter().map(|unit| unit.unit.to_string()).collect();
                let comments: Vec<String> =
                    of_theirs.iter().map(|unit| format!("« {} » : {}.", unit.title, unit.access.in_french())).collect();
                let question = Question {
                    role: one.consulted.role,
                    agency: &one.consulted.agency,
                    version,
                    message_identifier: &message_identifier(id, &one.consulted),
                    date: self.clock.now(),
                    comments: &comments,
                    units: &units,
                    requester: &dossier.request.requester,
                    archival_agency: &archival_agency,
                };
                let message = derogation::ask(&question, Vec::new()).map_err(Error::from)?;
                Ok((one.consulted.clone(), message))
            })
            .collect()
    }

    fn answer(
        &self,
        tenant: &TenantId,
        who: ActorId,
        id: RequestId,
        consulted: Consulted,
        said: Said,
        messages: Option<(Vec<u8>, Vec<u8>)>,
    ) -> Result<Request, RequestError> {
        let holdings = self.store.holdings(tenant);
        let request = holdings.request(id).map_err(Error::from)?.ok_or(RequestError::Unknown)?;
        if request.state != RequestState::Waiting {
            return Err(RequestError::State(request.state));
        }
        let derogations = holdings.derogations(id).map_err(Error::from)?;
        awaited(&derogations, &consulted).ok_or_else(|| not_awaited(&consulted))?;
        self.ensure_authority(tenant, &consulted)?;
        let spoke = |one: &Derogation| one.answer.is_some_and(|said| said.by == who && said.message.is_none());
        if messages.is_none() && derogations.iter().any(spoke) {
            return Err(RequestError::SamePerson);
        }
        let _one_at_a_time = self.records();
        let (object, message) = self.kept_messages(tenant, id, messages)?;
        let fact = DerogationAnswered {
            agency: consulted.agency.clone(),
            granted: said == Said::Granted,
            list: request.list,
            message,
            request: id,
            role: consulted.role,
        };
        let (owner, clock) = (tenant.clone(), self.clock.clone());
        let stands = self.writer.commit(Act {
            objects: object.into_iter().collect(),
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let is_awaited = awaited(&pen.derogations(&owner, id)?, &consulted).is_some();
                let is_waiting = pen.request(&owner, id)?.is_some_and(|one| one.state == RequestState::Waiting);
                if !is_awaited || !is_waiting {
                    return Ok(false);
                }
                let line = seal(pen, &owner, &Fact::DerogationAnswered(fact.clone()), Some(who), clock.now())?;
                replay::requests::answered(pen, &owner, &fact, &line)?;
                lines.push(line);
                Ok(true)
            }),
        })?;
        let after = holdings.request(id).map_err(Error::from)?.ok_or(RequestError::Unknown)?;
        if stands { Ok(after) } else { Err(RequestError::State(after.state)) }
    }

    /// Keeps a message and its signature in the request's record; the message's digest.
    fn kept_messages(
        &self,
        tenant: &TenantId,
        id: RequestId,
        messages: Option<(Vec<u8>, Vec<u8>)>,
    ) -> Result<(Option<Staged>, Option<crate::domain::digest::Digest>), Error> {
        let Some((message, signature)) = messages else { return Ok((None, None)) };
        let digest = digest::sha512(&message);
        let name = digest.to_string().chars().take(16).collect::<String>();
        let (xml, p7s) = (format!("messages/{name}.xml"), format!("messages/{name}.p7s"));
        let files = [(xml.as_str(), message), (p7s.as_str(), signature)];
        Ok((Some(self.new_record(tenant, &object_name(id), &files)?), Some(digest)))
    }

    /// Who was asked without a name is a control authority, as the referential says.
    fn ensure_authority(&self, tenant: &TenantId, consulted: &Consulted) -> Result<(), RequestError> {
        let referentials = self.referentials(tenant)?;
        let Some(agencies) = &referentials.agencies else { return Ok(()) };
        let may = agencies.get(&consulted.agency).is_some_and(|agency| agency.may_be(consulted.role));
        if may { Ok(()) } else { Err(RequestError::Stranger(consulted.agency.clone())) }
    }
}

/// The identifier of the question put to an agency about a request.
pub(super) fn message_identifier(id: RequestId, consulted: &Consulted) -> String {
    match consulted.role {
        Role::Originating => format!("{id}-{}", consulted.agency),
        _ => format!("{id}-visa"),
    }
}

/// Who is still awaited and may be meant by `consulted`.
fn awaited<'a>(derogations: &'a [Derogation], consulted: &Consulted) -> Option<&'a Consulted> {
    let is_meant = |one: &&Derogation| {
        let asked = &one.consulted;
        one.answer.is_none()
            && asked.role == consulted.role
            && (asked.agency == consulted.agency || asked.agency.is_empty())
    };
    derogations.iter().find(is_meant).map(|one| &one.consulted)
}

fn not_awaited(consulted: &Consulted) -> RequestError {
    RequestError::NotAwaited(consulted.agency.clone())
}
