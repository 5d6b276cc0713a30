//! The receiver answers: an archive that took units over, by its `ArchiveTransferReply`; an originating agency that got its
//! own back, by its account or its signed `Acknowledgement`.

use std::io::BufReader;

use crate::{
    archive::{
        Archive,
        departures::{DepartureError, SENT, compare::compare, record_of},
        error::Error,
        ingest::seal,
        replay,
        writer::Act,
    },
    digest,
    domain::{
        agency::Role,
        consent::{Consent, Objection},
        disposal::{Disposal, DisposalState, Disposition},
        id::{ActorId, DisposalId},
        mandate::{Agree, Describe, Mandate},
        name::Name,
        tenant::TenantId,
    },
    record::{
        disposal::object_name,
        facts::{Fact, disposal::Consented},
    },
    seda::receipt,
    vault::staging::Staged,
    xml::bounds::Bounds,
};

/// The file of the receiver's answer, in a plan's record.
const REPLY: &str = "messages/reply.xml";
/// The file of its signature.
const SIGNATURE: &str = "messages/reply.p7s";

/// Who answers, and how.
struct Speech {
    by: ActorId,
    agency: String,
    role: Role,
    granted: bool,
    /// The message, and its signature.
    message: Option<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Archive {
    /// Takes the reply of an archive to which units were transferred. An acceptance authorises the plan, a refusal refuses
    /// it; what is no answer to this very transfer, or lists something else than what was sent, changes nothing.
    pub fn take_reply(
        &self,
        by: &Mandate<Describe>,
        id: DisposalId,
        message: &[u8],
    ) -> Result<Disposal, DepartureError> {
        let tenant = by.tenant();
        let (plan, receiver) = self.departure(tenant, id, &[DisposalState::Sent])?;
        if plan.disposition != Disposition::Transfer {
            return Err(DepartureError::Unknown);
        }
        let sent = self.vault.open_file(&record_of(tenant, id)?, &Name::from(SENT)).map_err(Error::from)?;
        let (receipt, differences) = compare(message, BufReader::new(sent.verified()?))?;
        let own = sent_message(&plan)?;
        if !receipt.answers(&own) {
            return Err(DepartureError::Elsewhere(receipt.answered.unwrap_or_default()));
        }
        if receipt.is_acknowledgement() {
            return Err(DepartureError::OnlyAcknowledged);
        }
        let agency = receipt.agency.clone().unwrap_or_default();
        if agency != receiver {
            return Err(DepartureError::NotTheReceiver(agency));
        }
        let granted = receipt.accepts().ok_or(DepartureError::Undecided)?;
        if granted && !differences.is_none() {
            return Err(DepartureError::Lies(differences.first));
        }
        let message = Some((message.to_vec(), None));
        self.heard_receiver(tenant, id, Speech { by: by.actor(), agency, role: Role::Archival, granted, message })
    }

    /// An originating agency says that it got its archives back.
    pub fn acknowledge_restitution(&self, by: &Mandate<Agree>, id: DisposalId) -> Result<Disposal, DepartureError> {
        let agency = by.agency().ok_or(DepartureError::Mute)?.to_owned();
        self.departure(by.tenant(), id, &[DisposalState::Sent])?;
        let speech = Speech { by: by.actor(), agency, role: Role::Originating, granted: true, message: None };
        self.heard_receiver(by.tenant(), id, speech)
    }

    /// Takes the `Acknowledgement` by which an originating agency says so, under a detached signature of the certificate
    /// that is pinned for it.
    pub fn take_acknowledgement(
        &self,
        by: &Mandate<Describe>,
        id: DisposalId,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Disposal, DepartureError> {
        let tenant = by.tenant();
        let (plan, receiver) = self.departure(tenant, id, &[DisposalState::Sent])?;
        let receipt = receipt::read(message, Bounds::default(), |_| {})?;
        if !receipt.is_acknowledgement() || !receipt.answers(&sent_message(&plan)?) {
            return Err(DepartureError::Elsewhere(receipt.answered.unwrap_or_default()));
        }
        let agency = receipt.agency.unwrap_or_default();
        if agency != receiver {
            return Err(DepartureError::NotTheReceiver(agency));
        }
        if let Err(why) = self.signed_by(tenant, &agency, message, signature)? {
            return Err(DepartureError::Signature(why));
        }
        let message = Some((message.to_vec(), Some(signature.to_vec())));
        let speech = Speech { by: by.actor(), agency, role: Role::Originating, granted: true, message };
        self.heard_receiver(tenant, id, speech)
    }

    fn heard_receiver(&self, tenant: &TenantId, id: DisposalId, speech: Speech) -> Result<Disposal, DepartureError> {
        let (plan, _) = self.departure(tenant, id, &[DisposalState::Sent])?;
        let Speech { by, agency, role, granted, message } = speech;
        let _one_at_a_time = self.records();
        let digest = message.as_ref().map(|(message, _)| digest::sha512(message));
        let fact = Consented { agency, disposal: id, granted, list: plan.list, message: digest, role };
        let bytes = message.as_ref().map(|(message, _)| message.clone());
        let object = message.map(|message| self.kept_reply(tenant, id, message)).transpose()?;
        let (owner, clock) = (tenant.clone(), self.clock.clone());
        let denied = std::sync::Arc::new(std::sync::Mutex::new(None));
        let told = denied.clone();
        let stands = self.writer.commit(Act {
            objects: object.into_iter().collect(),
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let deny = |objection: Objection| {
                    *told.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(objection);
                    Ok(false)
                };
                let Some(plan) = pen.disposal(&owner, id)? else { return Ok(false) };
                let said = pen.consents(&owner, id)?;
                let now = clock.now();
                let consent = Consent {
                    agency: fact.agency.clone(),
                    role,
                    by,
                    at: now,
                    granted,
                    list: fact.list,
                    message: fact.message,
                };
                if let Err(objection) = plan.hear(&said, &consent) {
                    return deny(objection);
                }
                let line = seal(pen, &owner, &Fact::Consented(fact.clone()), Some(by), now)?;
                replay::disposals::consented(pen, &owner, &fact, &line)?;
                replay::departures::taken(pen, &owner, &fact, bytes.as_deref())?;
                lines.push(line);
                Ok(true)
            }),
        })?;
        if let Some(objection) = denied.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take() {
            return Err(objection.into());
        }
        let after = self.store.holdings(tenant).disposal(id).map_err(Error::from)?.ok_or(DepartureError::Unknown)?;
        if stands { Ok(after) } else { Err(DepartureError::State(after.state)) }
    }

    fn kept_reply(
        &self,
        tenant: &TenantId,
        id: DisposalId,
        (message, signature): (Vec<u8>, Option<Vec<u8>>),
    ) -> Result<Staged, Error> {
        let mut files = vec![(REPLY, message)];
        files.extend(signature.map(|signature| (SIGNATURE, signature)));
        self.new_record(tenant, &object_name(id), &files)
    }
}

fn sent_message(plan: &Disposal) -> Result<String, DepartureError> {
    let sent = plan.sent.as_ref().ok_or(DepartureError::State(plan.state))?;
    Ok(sent.message.to_string())
}
