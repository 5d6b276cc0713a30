//! Requests for communication: a basket of units is asked for, each is looked at on the day, derogations are asked where
//! the delays have not run out, and what may be given is delivered. Each step is journalled; names and words stand in the
//! request's record.

mod attest;
mod derogation;
mod index;
mod register;

use std::collections::HashSet;

use crate::{
    archive::{
        Archive,
        deliver::{Asked, DeliverError, Delivered, Errand, Letter, Pass},
        error::Error,
        referentials::record_object,
        selection::Refusal,
    },
    domain::{
        communication::{Derogation, Request, RequestState},
        id::{Id, RequestId, UnitId},
        mandate::{Mandate, Read},
        name::Name,
        seda::SedaVersion,
        tenant::TenantId,
    },
    record::request::{self, AskedUnit, Asker},
    seda::misread::Misread,
};

pub use crate::archive::requests::{derogation::Said, register::Wanted};

/// What a request asks for and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dossier {
    /// The request.
    pub request: Request,
    /// What for, in the requester's words.
    pub reason: Option<String>,
    /// The units asked for.
    pub units: Vec<AskedUnit>,
    /// What agencies were asked, and said.
    pub derogations: Vec<Derogation>,
}

/// Why a request is not taken, answered or delivered.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// There is no such request in this tenant.
    #[error("there is no such request")]
    Unknown,
    /// Nobody is named who asks, or not in a way that a message can carry.
    #[error("a requester has 1 to {limit} characters")]
    Requester {
        /// The most characters.
        limit: usize,
    },
    /// The account speaks for another agency than the one in whose name it asks.
    #[error("the account does not speak for {0:?}")]
    NotYours(String),
    /// The referential knows no such agency in this role.
    #[error("{0:?} is no such agency of the referential")]
    Stranger(String),
    /// The units cannot be delivered.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// Nothing, or too much, is selected.
    #[error("{0}")]
    Selection(Refusal),
    /// The request is in a state in which this cannot be done.
    #[error("the request is {}", .0.word())]
    State(RequestState),
    /// The agency was not asked, or has answered already.
    #[error("{0:?} is not awaited")]
    NotAwaited(String),
    /// The same account has spoken of this request already, for another agency.
    #[error("this account has spoken already")]
    SamePerson,
    /// The account speaks for no agency.
    #[error("the account speaks for no agency")]
    Mute,
    /// A message cannot be taken for what it should be.
    #[error(transparent)]
    Misread(#[from] Misread),
    /// A message names another archival agency.
    #[error("the message is for {0:?}")]
    Elsewhere(String),
    /// What a message names as a unit is none.
    #[error("{0:?} is no unit")]
    NotAUnit(String),
    /// A message is not signed as it should be: the sentence says what is wrong, in French.
    #[error("{0}")]
    Signature(String),
    /// The house failed.
    #[error(transparent)]
    House(#[from] Error),
}

impl Archive {
    /// A request with all that is known of it.
    pub fn communication_request(&self, by: &Mandate<Read>, id: RequestId) -> Result<Option<Dossier>, Error> {
        let tenant = by.tenant();
        let holdings = self.store.holdings(tenant);
        let Some(request) = holdings.request(id)? else { return Ok(None) };
        let derogations = holdings.derogations(id)?;
        if !self.concerns(by, &request, &derogations)? {
            return Ok(None);
        }
        let object = record_object(tenant, &request::object_name(id))?;
        let asker = Asker::from_json(&self.vault.read_all(&object, &Name::from(request::REQUEST))?)?;
        let units = self.asked_units(tenant, &request)?;
        Ok(Some(Dossier { request, reason: asker.reason, units, derogations }))
    }

    /// At most `limit` requests, latest first, made before `before`; only those in a state, if given.
    pub fn communication_requests(
        &self,
        by: &Mandate<Read>,
        state: Option<RequestState>,
        before: Option<RequestId>,
        limit: u32,
    ) -> Result<Vec<Request>, Error> {
        let holdings = self.store.holdings(by.tenant());
        let mut shown = Vec::new();
        for request in holdings.requests(state, before, limit)? {
            if self.concerns(by, &request, &holdings.derogations(request.id)?)? {
                shown.push(request);
            }
        }
        Ok(shown)
    }

    /// The archive's own staff see every request; an account that speaks for an agency sees those in which it has a part.
    fn concerns(&self, by: &Mandate<Read>, request: &Request, derogations: &[Derogation]) -> Result<bool, Error> {
        let Some(agency) = by.agency() else { return Ok(true) };
        let is_asked = derogations.iter().any(|one| one.consulted.agency == agency);
        let is_theirs = request.by == by.actor() || request.requester == agency;
        Ok(is_asked || is_theirs || agency == self.archival_agency(by.tenant())?)
    }

    /// Delivers what a request asks for, as a ZIP stream. Communicability is looked at again: what was granted is open,
    /// and what opened meanwhile.
    pub fn deliver_request(
        &self,
        by: &Mandate<Read>,
        id: RequestId,
        version: Option<SedaVersion>,
        out: impl std::io::Write,
    ) -> Result<Delivered, RequestError> {
        let tenant = by.tenant();
        let holdings = self.store.holdings(tenant);
        let request = holdings.request(id).map_err(Error::from)?.ok_or(RequestError::Unknown)?;
        self.ensure_may_see(by, &request)?;
        if !request.state.is_deliverable() {
            return Err(RequestError::State(request.state));
        }
        let units = self.asked_units(tenant, &request)?;
        let derogations = holdings.derogations(id).map_err(Error::from)?;
        let (own, granted) = (request.is_agency.then_some(request.requester.as_str()), granted(&units, &derogations));
        let mut asked = Asked::new();
        for unit in &units {
            asked.entry(unit.archive).or_default().insert(unit.unit);
        }
        let answered = id.to_string();
        let authorization = derogations.last().map(|last| derogation::message_identifier(id, &last.consulted));
        let errand = Errand {
            asked,
            with_descendants: false,
            limit: self.limits.delivery_units,
            version,
            identifier: Id::mint(self.clock.now()),
            letter: Letter::Delivery {
                requester: &request.requester,
                request: Some(&answered),
                authorization: authorization.as_deref(),
            },
            pass: Pass::Granted(own, &granted),
        };
        let mut parcel = self.parcel(tenant, errand)?;
        self.journal_delivery(by, &parcel, Some(id))?;
        self.write_parcel(tenant, &mut parcel, true, Some(by), out)?;
        Ok(parcel.delivered)
    }

    /// An account that speaks for an agency sees that agency's requests; the archive's own staff see all.
    fn ensure_may_see(&self, by: &Mandate<Read>, request: &Request) -> Result<(), RequestError> {
        let own = self.archival_agency(by.tenant())?;
        match by.agency() {
            Some(agency) if agency != own && request.by != by.actor() && request.requester != agency => {
                Err(RequestError::NotYours(request.requester.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The units that a request asks for, as its record lists them: the very list whose digest its line holds.
    fn asked_units(&self, tenant: &TenantId, request: &Request) -> Result<Vec<AskedUnit>, Error> {
        let object = record_object(tenant, &request::object_name(request.id))?;
        Ok(request::read(&self.vault.read_content(&object, request.list)?)?)
    }
}

/// The units that a derogation opens: those that were blocked, once every agency asked granted it.
fn granted(units: &[AskedUnit], derogations: &[Derogation]) -> HashSet<UnitId> {
    let all = !derogations.is_empty() && derogations.iter().all(|one| one.answer.is_some_and(|answer| answer.granted));
    units.iter().filter(|unit| all && unit.blocked).map(|unit| unit.unit).collect()
}

impl RequestError {
    /// A sentence for whoever asked.
    pub fn in_french(&self) -> String {
        match self {
            Self::Unknown => "Aucune demande de cet identifiant.".to_owned(),
            Self::Requester { limit } => format!("Le demandeur a de 1 à {limit} caractères."),
            Self::NotYours(name) => format!("Votre compte ne parle pas au nom de « {name} »."),
            Self::Stranger(name) => format!("« {name} » n’est pas un service du référentiel qui tienne ce rôle."),
            Self::Selection(refusal) => refusal.to_string(),
            Self::State(state) => format!("La demande ne s’y prête pas : elle est {}.", in_french(*state)),
            Self::NotAwaited(name) => format!("Aucune réponse n’est attendue de « {name} » sur cette demande."),
            Self::SamePerson => "Ce compte a déjà répondu sur cette demande, au nom d’un autre service.".to_owned(),
            Self::Mute => "Votre compte ne parle au nom d’aucun service.".to_owned(),
            Self::Misread(misread) => misread.in_french(),
            Self::Elsewhere(name) => format!("Le message s’adresse à un autre service d’archives : « {name} »."),
            Self::NotAUnit(text) => format!("« {text} » n’identifie aucune unité d’archives."),
            Self::Signature(why) => why.clone(),
            Self::Deliver(_) | Self::House(_) => "La demande n’a pas pu être servie.".to_owned(),
        }
    }
}

const fn in_french(state: RequestState) -> &'static str {
    match state {
        RequestState::Open => "ouverte",
        RequestState::Waiting => "en attente d’une dérogation",
        RequestState::Granted => "accordée",
        RequestState::Refused => "refusée",
        RequestState::Delivered => "remise",
    }
}
