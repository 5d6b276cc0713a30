//! Units leave for another archive, or go back to their originating agency: planned, sent, answered for. Only the
//! receiver's word authorises what then destroys them here (`disposals`); a receiver that is wrong about what it took
//! authorises nothing.

mod answer;
mod attest;
mod compare;
mod push;
mod send;
mod whereabouts;

use crate::{
    archive::{
        Archive,
        deliver::DeliverError,
        disposals::{Choice, Drawn},
        error::Error,
        referentials::record_object,
    },
    domain::{
        agency::Role,
        consent::Objection,
        disposal::{Disposal, DisposalState, Disposition},
        id::{ArchiveId, DisposalId, UnitId},
        mandate::{Describe, Mandate},
        tenant::TenantId,
    },
    net,
    record::disposal::object_name,
    seda::{
        asking::{self, Asked},
        misread::Misread,
    },
    vault::layout::OcflId,
    xml::bounds::Bounds,
};

pub use crate::archive::departures::{
    push::{Door, Polled},
    send::{Sending, Sent},
    whereabouts::Whereabouts,
};

/// The file of what was sent, in a plan's record.
const SENT: &str = "messages/transfer.xml";

/// Why units do not leave, or an answer is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DepartureError {
    /// There is no such plan in this tenant, or it is of another kind.
    #[error("there is no such plan")]
    Unknown,
    /// The plan is in a state in which this cannot be done.
    #[error("the plan is {}", .0.word())]
    State(DisposalState),
    /// The referential knows no such agency in this role.
    #[error("{agency:?} is no {} of the referential", .role.word())]
    Stranger {
        /// The agency.
        agency: String,
        /// The role.
        role: Role,
    },
    /// An archive changed since the plan was made.
    #[error("archive {0} changed since the plan")]
    Changed(ArchiveId),
    /// A hold came over a unit since the plan was made.
    #[error("unit {0} is held")]
    Held(UnitId),
    /// A unit is another agency's.
    #[error("unit {0} is of another agency")]
    NotTheirs(UnitId),
    /// The package cannot be made.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// A message cannot be taken for what it should be.
    #[error(transparent)]
    Misread(#[from] Misread),
    /// The message only acknowledges: nothing is taken over yet.
    #[error("the message only acknowledges")]
    OnlyAcknowledged,
    /// The message answers something else than what was sent.
    #[error("the message answers {0:?}")]
    Elsewhere(String),
    /// The message does not say whether the receiver took the units.
    #[error("the message has no reply code")]
    Undecided,
    /// Another agency than the receiver speaks.
    #[error("{0:?} is not the receiver")]
    NotTheReceiver(String),
    /// The receiver lists something else than what was sent: the first differences, in French.
    #[error("the receiver lists something else")]
    Lies(Vec<String>),
    /// The plan does not hear it.
    #[error(transparent)]
    Objection(#[from] Objection),
    /// A message is not signed as it should be: the sentence says what is wrong, in French.
    #[error("{0}")]
    Signature(String),
    /// The account speaks for no agency.
    #[error("the account speaks for no agency")]
    Mute,
    /// The receiver cannot be reached.
    #[error(transparent)]
    Net(#[from] net::Error),
    /// The receiver refuses what is sent: its status and its words.
    #[error("the receiver answers {status}: {words}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// Its words.
        words: String,
    },
    /// The house failed.
    #[error(transparent)]
    House(#[from] Error),
}

/// The record of a plan on the volumes.
fn record_of(tenant: &TenantId, id: DisposalId) -> Result<OcflId, Error> {
    record_object(tenant, &object_name(id))
}

impl From<std::io::Error> for DepartureError {
    fn from(error: std::io::Error) -> Self {
        Self::House(error.into())
    }
}

impl Archive {
    /// Plans that units leave for another archive, with all that stands below them. Nothing leaves by it.
    pub fn plan_transfer(
        &self,
        by: &Mandate<Describe>,
        choice: &Choice,
        receiver: &str,
    ) -> Result<Drawn, DepartureError> {
        self.ensure_agency(by.tenant(), receiver, Role::Archival)?;
        Ok(self.plan_departure(by, Disposition::Transfer, choice, receiver)?)
    }

    /// Plans that units go back to their originating agency: all of them are its own.
    pub fn plan_restitution(
        &self,
        by: &Mandate<Describe>,
        choice: &Choice,
        agency: &str,
    ) -> Result<Drawn, DepartureError> {
        self.ensure_agency(by.tenant(), agency, Role::Originating)?;
        for unit in &choice.units {
            let entry = self.store.holdings(by.tenant()).unit(*unit).map_err(Error::from)?;
            let of = entry.and_then(|entry| entry.hit.content.originating_agency);
            if of.as_deref() != Some(agency) {
                return Err(DepartureError::NotTheirs(*unit));
            }
        }
        let is_broad = choice.units.is_empty();
        let choice = Choice { agency: is_broad.then(|| agency.to_owned()), ..choice.clone() };
        Ok(self.plan_departure(by, Disposition::Restitution, &choice, agency)?)
    }

    /// Plans the restitution that an `ArchiveRestitutionRequest` asks for, signed by the agency (detached CMS) under the
    /// certificate pinned for it.
    pub fn plan_restitution_by_message(
        &self,
        by: &Mandate<Describe>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Drawn, DepartureError> {
        let asking = asking::read(message, Bounds::default())?;
        if asking.asked != Asked::Restitution {
            let name = "ArchiveDeliveryRequest".to_owned();
            return Err(Misread::Another { name, namespace: None }.into());
        }
        if asking.archival_agency != self.archival_agency(by.tenant())? {
            return Err(DepartureError::Elsewhere(asking.archival_agency));
        }
        if let Err(why) = self.signed_by(by.tenant(), &asking.asker, message, signature)? {
            return Err(DepartureError::Signature(why));
        }
        let unit = |text: &String| text.parse().map_err(|_| Misread::Lacking("UnitIdentifier"));
        let units = asking.units.iter().map(unit).collect::<Result<_, _>>()?;
        self.plan_restitution(by, &Choice { units, ..Choice::default() }, &asking.asker)
    }

    /// Once agencies were imported, a receiver is one of them.
    fn ensure_agency(&self, tenant: &TenantId, agency: &str, role: Role) -> Result<(), DepartureError> {
        let referentials = self.referentials(tenant)?;
        let Some(agencies) = &referentials.agencies else { return Ok(()) };
        let may = agencies.get(agency).is_some_and(|known| known.may_be(role));
        if may { Ok(()) } else { Err(DepartureError::Stranger { agency: agency.to_owned(), role }) }
    }

    /// A plan by which units leave for somebody, in one of these states.
    fn departure(
        &self,
        tenant: &TenantId,
        id: DisposalId,
        states: &[DisposalState],
    ) -> Result<(Disposal, String), DepartureError> {
        let plan = self.store.holdings(tenant).disposal(id).map_err(Error::from)?;
        let plan = plan.filter(|plan| plan.disposition != Disposition::Elimination).ok_or(DepartureError::Unknown)?;
        if !states.contains(&plan.state) {
            return Err(DepartureError::State(plan.state));
        }
        let receiver = plan.receiver.clone().ok_or(DepartureError::Unknown)?;
        Ok((plan, receiver))
    }
}

impl DepartureError {
    /// A sentence for whoever asked.
    pub fn in_french(&self) -> String {
        match self {
            Self::Unknown => "Aucun plan de transfert ou de restitution de cet identifiant.".to_owned(),
            Self::State(state) => {
                format!("Le plan ne s’y prête pas : il est {}.", crate::archive::disposals::stands(*state))
            }
            Self::Stranger { agency, .. } => {
                format!("« {agency} » n’est pas un service du référentiel qui tienne ce rôle.")
            }
            Self::Changed(archive) => {
                format!("L’archive {archive} a changé depuis le plan : établissez-en un nouveau.")
            }
            Self::Held(unit) => format!("L’unité {unit} est gelée : elle ne peut pas partir."),
            Self::NotTheirs(unit) => format!("L’unité {unit} n’est pas de ce service producteur."),
            Self::Misread(misread) => misread.in_french(),
            Self::OnlyAcknowledged => {
                "Ce message accuse seulement réception : le destinataire n’a encore rien pris en charge.".to_owned()
            }
            Self::Elsewhere(other) => format!("Ce message répond à autre chose que cet envoi : « {other} »."),
            Self::Undecided => "Ce message ne dit pas si les archives sont acceptées : il n’a pas de code.".to_owned(),
            Self::NotTheReceiver(name) => format!("« {name} » n’est pas le destinataire de cet envoi."),
            Self::Lies(first) => format!(
                "Ce que le destinataire dit avoir reçu n’est pas ce qui lui a été envoyé : rien n’est autorisé. {}",
                first.join(" ")
            ),
            Self::Objection(_) => "Le plan n’attend pas cette réponse.".to_owned(),
            Self::Signature(why) => why.clone(),
            Self::Mute => "Votre compte ne parle au nom d’aucun service.".to_owned(),
            Self::Net(error) => format!("Le destinataire n’a pas pu être joint : {error}."),
            Self::Rejected { status, words } => format!("Le destinataire refuse l’envoi ({status}) : {words}"),
            Self::Deliver(_) | Self::House(_) => "L’envoi n’a pas pu être préparé.".to_owned(),
        }
    }
}
