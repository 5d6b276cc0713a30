//! SEDA messages about eliminations: requests for authorisation written, signed replies read and believed or not.

use crate::{
    archive::{
        Archive,
        disposals::{
            consent::{Heard, Speech},
            denial::{Denial, Distrust},
            read::disposal_object,
        },
        error::Error,
    },
    digest,
    domain::{
        agency::Role,
        appraisal::Decision,
        digest::{Algorithm, Digest},
        disposal::{Disposal, Disposition},
        id::DisposalId,
        mandate::{Describe, Mandate, Read},
        seda::SedaVersion,
        tenant::TenantId,
    },
    pki::{certificate::Certificate, cms::SignedData, imprint::Imprint},
    record::disposal::Listed,
    seda::authorization::{self, Reply, Request},
};

/// Hexadecimal digits of the list's digest that a request's identifier holds: 128 bits.
const DIGITS: usize = 32;

/// A message, and the plain name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its file's name.
    pub name: String,
    /// The message.
    pub bytes: Vec<u8>,
}

impl Archive {
    /// The requests for the authorisations that an elimination waits for: one per originating agency that has not
    /// answered, or the one for each control authority that the referential knows. The same each time.
    pub fn authorization_requests(
        &self,
        by: &Mandate<Read>,
        id: DisposalId,
    ) -> Result<Result<Vec<Written>, Denial>, Error> {
        let tenant = by.tenant();
        let holdings = self.store.holdings(tenant);
        let Some(plan) = holdings.disposal(id)? else { return Ok(Err(Denial::Unknown(id))) };
        let Some(role) = plan.turn().filter(|_| plan.disposition == Disposition::Elimination) else {
            return Ok(Err(Denial::State(plan.state)));
        };
        let said = holdings.consents(id)?;
        let has_answered = |agency: &String| said.iter().any(|one| one.role == role && one.agency == *agency);
        let asked: Vec<(usize, String)> = match role {
            Role::Control => {
                let known = holdings.agencies()?.into_iter().filter(|agency| agency.roles.contains(&Role::Control));
                known.map(|agency| agency.identifier).enumerate().collect()
            }
            _ => plan.agencies.iter().cloned().enumerate().filter(|(_, agency)| !has_answered(agency)).collect(),
        };
        let written = asked.into_iter().map(|(at, agency)| self.request(tenant, &plan, role, at + 1, &agency));
        Ok(Ok(written.collect::<Result<_, _>>()?))
    }

    fn request(
        &self,
        tenant: &TenantId,
        plan: &Disposal,
        role: Role,
        number: usize,
        agency: &str,
    ) -> Result<Written, Error> {
        let archival_agency = self.store.tenant(tenant)?.map(|tenant| tenant.archival_agency).unwrap_or_default();
        let details = [
            format!("Règles calculées au {}.", plan.on.format("%d/%m/%Y")),
            format!("Empreinte SHA-512 de la liste des unités : {}.", plan.list),
        ];
        let message = Request {
            role,
            message_identifier: &request_identifier(plan, role, number),
            date: plan.made_at,
            comment: "Demande d’autorisation d’éliminer les unités d’archives désignées.",
            reason: "Durée d’utilité administrative échue, sort final : élimination",
            details: &details,
            on: plan.made_at.legal_day(),
            archival_agency: &archival_agency,
            agency,
        };
        let version = self.version_for(tenant, plan)?;
        let units = self.list_of(tenant, plan)?.filter_map(|listed| match listed {
            Ok(Listed::Unit(unit)) => (unit.decision == Decision::Destroy).then(|| Ok(unit.unit.to_string())),
            Ok(Listed::Archive(_)) => None,
            Err(error) => Some(Err(error)),
        });
        let bytes = authorization::write_request(&message, units, version, Vec::new())?;
        Ok(Written { name: format!("demande-{}-{number}.xml", role.word()), bytes })
    }

    /// The newest version of the SEDA in which something that leaves under a plan came.
    pub(super) fn version_for(&self, tenant: &TenantId, plan: &Disposal) -> Result<SedaVersion, Error> {
        let mut versions = Vec::new();
        for doomed in self.doomed(tenant, plan)? {
            versions.extend(self.store.holdings(tenant).archive(doomed.archive)?.map(|kept| kept.archive.version));
        }
        Ok(SedaVersion::ALL.into_iter().rev().find(|one| versions.contains(one)).unwrap_or(SedaVersion::V2_2))
    }

    /// Takes in the reply of an agency to a request for an authorisation, if it is signed (detached CMS) under the
    /// certificate pinned for that agency. It is kept with the plan.
    pub fn import_authorization(
        &self,
        by: &Mandate<Describe>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Result<Heard, Denial>, Error> {
        let tenant = by.tenant();
        let reply = match authorization::read_reply(message, self.limits.xml) {
            Ok(Some(reply)) => reply,
            Ok(None) | Err(crate::xml::fault::Error::Malformed { .. }) => return distrust(Distrust::NoReply),
            Err(error) => return Err(error.into()),
        };
        let (plan, number) = match self.answered_request(tenant, &reply)? {
            Ok(answered) => answered,
            Err(denial) => return Ok(Err(denial)),
        };
        let granted = match reply.code.as_str() {
            "OK" => true,
            "KO" => false,
            other => return distrust(Distrust::Code(other.to_owned())),
        };
        if let Some(why) = self.distrusted(tenant, &reply.agency, message, signature)? {
            return distrust(why);
        }
        let stem = format!("messages/{}-{number}", reply.role.word());
        let (xml, p7s) = (format!("{stem}.xml"), format!("{stem}.p7s"));
        let files = [(xml.as_str(), message.to_vec()), (p7s.as_str(), signature.to_vec())];
        let speech = Speech {
            by: by.actor(),
            agency: reply.agency,
            role: reply.role,
            granted,
            list: plan.list,
            message: Some(digest::sha512(message)),
        };
        let _one_at_a_time = self.records();
        let record = self.new_record(tenant, &crate::record::disposal::object_name(plan.id), &files)?;
        self.heard(tenant, plan.id, speech, vec![record], None)
    }

    /// The plan, and the number of the request, that a reply answers.
    fn answered_request(&self, tenant: &TenantId, reply: &Reply) -> Result<Result<(Disposal, usize), Denial>, Error> {
        let other = || Denial::Message(Distrust::OtherRequest(reply.request_identifier.clone()));
        let Some((id, role, number)) = parsed_request(&reply.request_identifier) else { return Ok(Err(other())) };
        let plan = self.store.holdings(tenant).disposal(id)?;
        let is_meant =
            |plan: &Disposal| role == reply.role && request_identifier(plan, role, number) == reply.request_identifier;
        let Some(plan) = plan.filter(is_meant) else { return Ok(Err(other())) };
        let archival_agency = self.store.tenant(tenant)?.map(|tenant| tenant.archival_agency).unwrap_or_default();
        if reply.archival_agency != archival_agency {
            let addressed = reply.archival_agency.clone();
            return Ok(Err(Denial::Message(Distrust::OtherArchivalAgency(addressed))));
        }
        if role == Role::Control {
            if !self.is_control_authority(tenant, &reply.agency)? {
                return Ok(Err(Denial::NotControl(reply.agency.clone())));
            }
        } else if plan.agencies.get(number.saturating_sub(1)) != Some(&reply.agency) {
            let asked = plan.agencies.get(number.saturating_sub(1)).cloned().unwrap_or_default();
            return Ok(Err(Denial::Message(Distrust::OtherAgency { asked, answers: reply.agency.clone() })));
        }
        Ok(Ok((plan, number)))
    }

    /// Why a message is not believed to be an agency's; `None` when it is.
    fn distrusted(
        &self,
        tenant: &TenantId,
        agency: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Option<Distrust>, Error> {
        let known = self.store.holdings(tenant).agency(agency)?;
        let Some(pinned) = known.and_then(|agency| agency.certificate) else {
            return Ok(Some(Distrust::NoCertificate(agency.to_owned())));
        };
        let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", pinned.trim());
        let Ok(certificate) = Certificate::from_pem(pem.as_bytes()) else {
            return Ok(Some(Distrust::BrokenCertificate(agency.to_owned())));
        };
        if !certificate.is_valid_at(self.clock.now()) {
            return Ok(Some(Distrust::Expired(agency.to_owned())));
        }
        Ok(verified(message, signature, &certificate)?.err().map(Distrust::Signature))
    }

    /// The identifier of what allowed a plan: the reply of the control authority, or our request when an account spoke.
    pub(super) fn authorization_identifier(&self, tenant: &TenantId, plan: &Disposal) -> Result<String, Error> {
        let said = self.store.holdings(tenant).consents(plan.id)?;
        let visa = said.into_iter().rev().find(|one| one.role == Role::Control && one.granted);
        if let Some(message) = visa.and_then(|visa| visa.message) {
            let bytes = self.vault.read_content(&disposal_object(tenant, plan.id)?, message)?;
            if let Some(reply) = authorization::read_reply(bytes.as_slice(), self.limits.xml)? {
                return Ok(reply.message_identifier);
            }
        }
        Ok(request_identifier(plan, Role::Control, 1))
    }
}

/// Whether a detached signature over a message holds under a certificate; why not otherwise.
fn verified(message: &[u8], signature: &[u8], certificate: &Certificate) -> Result<Result<(), String>, Error> {
    let envelope = match SignedData::read(signature) {
        Ok(envelope) if envelope.content().is_none() => envelope,
        Ok(_) => return Ok(Err("la signature n’est pas détachée".to_owned())),
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    let signer = match envelope.only_signer() {
        Ok(signer) => signer,
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    let algorithm = signer.digest_algorithm();
    let content = imprint(message, algorithm)?;
    let held =
        signer.ensure_strong(certificate).and_then(|()| signer.verify(envelope.content_type(), &content, certificate));
    Ok(held.map_err(|fault| fault.to_string()))
}

fn imprint(message: &[u8], algorithm: Algorithm) -> Result<Imprint, Error> {
    let digests = digest::of(&mut &*message, &[algorithm])?;
    let hex = digests.get(algorithm).unwrap_or_default();
    Ok(Imprint { algorithm, value: crate::domain::digest::from_hex(&hex).unwrap_or_default() })
}

/// The identifier of a request: it names the plan, its list, and who is asked.
fn request_identifier(plan: &Disposal, role: Role, number: usize) -> String {
    let list = short(plan.list);
    format!("{}/{}/{number}/{list}", plan.id, role.word())
}

fn short(list: Digest) -> String {
    list.to_string().chars().take(DIGITS).collect()
}

/// The plan, the role and the number that a request's identifier names; its list is compared as a whole.
fn parsed_request(identifier: &str) -> Option<(DisposalId, Role, usize)> {
    let mut steps = identifier.split('/');
    let (id, role, number) = (steps.next()?, steps.next()?, steps.next()?);
    Some((id.parse().ok()?, Role::from_word(role)?, number.parse().ok()?))
}

#[expect(clippy::unnecessary_wraps, reason = "what a caller returns: the house did not fail, the message did")]
fn distrust<T>(why: Distrust) -> Result<Result<T, Denial>, Error> {
    Ok(Err(Denial::Message(why)))
}
