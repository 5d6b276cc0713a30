//! Deliveries: chosen units and what they hold, as a SEDA package that another system, or Cartulaire, can take in.
//!
//! What is given to somebody is communicable, or theirs, or granted to them (`rights`); what the archive's own staff take
//! out to look at is no communication. Parcels for another archive or an originating agency are made here too; when and
//! under which plan they leave is `departures`'.

mod described;
mod parcel;
mod rights;
mod share;

use std::io::Write;

use crate::{
    archive::{Archive, error::Error, ingest::seal, writer::Act},
    domain::{
        communication::Communicability,
        id::{Id, MessageId, RequestId, UnitId},
        mandate::{Mandate, Read},
        seda::SedaVersion,
        tenant::TenantId,
    },
    record::facts::{Fact, life_cycle::Delivered as DeliveredFact},
};

pub(super) use crate::archive::deliver::{
    parcel::{Errand, Letter, Parcel, place_of},
    rights::Pass,
    share::Asked,
};

/// Which message carries the units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `ArchiveDeliveryRequestReply`: for a requester.
    Delivery,
    /// `ArchiveTransfer`: for another archiving system. The units stay here.
    Transfer,
}

/// For whom units are delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The archive's own staff, who look at what they keep: no communication. An account that speaks for another agency
    /// is that agency.
    House,
    /// Somebody, as the message names them: only what is communicable to anybody.
    Requester(String),
    /// An agency of the referential: what it made or received itself, and what is communicable to anybody.
    Agency(String),
}

/// What is to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The units asked for.
    pub units: Vec<UnitId>,
    /// Whether what stands below them comes too.
    pub with_descendants: bool,
    /// Which message.
    pub form: Form,
    /// For whom.
    pub to: Recipient,
    /// The version of the message; that of the units when none. Another is taken only where everything can be said in it.
    pub version: Option<SedaVersion>,
}

/// What was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The message's identifier.
    pub message: MessageId,
    /// The version it is written in.
    pub version: SedaVersion,
    /// How many archives it draws on.
    pub archives: u64,
    /// How many units it holds.
    pub units: u64,
    /// How many digital objects it holds.
    pub objects: u64,
    /// How many bytes these have.
    pub bytes: u64,
}

/// Why nothing was delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// No unit was asked for.
    #[error("no unit was asked for")]
    Nothing,
    /// There is no such unit in this tenant.
    #[error("there is no unit {0}")]
    Unknown(UnitId),
    /// More units than one delivery may hold.
    #[error("a delivery holds at most {limit} units")]
    TooMany {
        /// The most units.
        limit: usize,
    },
    /// The units come from manifests of several versions, which one message cannot carry as they are.
    #[error("the units come from several versions of the SEDA: {}", .0.iter().map(|version| version.number()).collect::<Vec<_>>().join(", "))]
    SeveralVersions(Vec<SedaVersion>),
    /// What the units say cannot all be said in the version asked for.
    #[error("SEDA {} cannot say {total} things of the units", .version.number())]
    Inexpressible {
        /// The version asked for.
        version: SedaVersion,
        /// The first of what cannot be said, in French.
        first: Vec<String>,
        /// How many there are.
        total: u64,
    },
    /// Units are not communicable to whoever asks: each of them, with the rule and the day.
    #[error("{} units are not communicable", .0.len())]
    Closed(Vec<Communicability>),
    /// The house failed.
    #[error(transparent)]
    House(#[from] Error),
}

impl Archive {
    /// Writes a delivery as a ZIP stream: `manifest.xml`, then the objects. It is journalled before the first byte.
    pub fn deliver(&self, by: &Mandate<Read>, order: &Order, out: impl Write) -> Result<Delivered, DeliverError> {
        let tenant = by.tenant();
        let own = self.archival_agency(tenant)?;
        let speaks_for = by.agency().filter(|agency| *agency != own).map(str::to_owned);
        let to = match (&order.to, speaks_for) {
            (Recipient::House, Some(agency)) => Recipient::Agency(agency),
            (to, _) => to.clone(),
        };
        let (requester, pass) = match &to {
            Recipient::House => (own.as_str(), Pass::House),
            Recipient::Requester(name) => (name.as_str(), Pass::Anybody),
            Recipient::Agency(agency) => (agency.as_str(), Pass::Agency(agency)),
        };
        let letter = match order.form {
            Form::Delivery => Letter::Delivery { requester, request: None, authorization: None },
            Form::Transfer => Letter::Copy,
        };
        let asked = self.asked(tenant, &order.units, self.limits.delivery_units)?;
        let errand = Errand {
            asked,
            with_descendants: order.with_descendants,
            limit: self.limits.delivery_units,
            version: order.version,
            identifier: Id::mint(self.clock.now()),
            letter,
            pass,
        };
        let mut parcel = self.parcel(tenant, errand)?;
        self.journal_delivery(by, &parcel, None)?;
        self.write_parcel(tenant, &mut parcel, true, Some(by), out)?;
        Ok(parcel.delivered)
    }

    /// Journals a delivery, made under a request when there is one.
    pub(super) fn journal_delivery(
        &self,
        by: &Mandate<Read>,
        parcel: &Parcel,
        request: Option<RequestId>,
    ) -> Result<(), Error> {
        let message = parcel.delivered.message;
        let fact = Fact::Delivered(DeliveredFact {
            archives: parcel.archives(),
            reply: message,
            request,
            units: parcel.delivered.units,
        });
        let (tenant, who, clock) = (by.tenant().clone(), by.actor(), self.clock.clone());
        self.writer.commit(Act::telling(move |pen, lines| {
            lines.push(seal(pen, &tenant, &fact, Some(who), clock.now())?);
            if let Some(request) = request {
                pen.request_delivered(&tenant, request, message)?;
            }
            Ok(true)
        }))?;
        Ok(())
    }

    /// The identifier under which a tenant's own archival service stands in messages.
    pub(super) fn archival_agency(&self, tenant: &TenantId) -> Result<String, Error> {
        let tenant = self.store.tenant(tenant)?;
        Ok(tenant.map(|tenant| tenant.archival_agency).unwrap_or_default())
    }

    /// The units asked for, by the archive that holds them.
    pub(super) fn asked(&self, tenant: &TenantId, units: &[UnitId], limit: usize) -> Result<Asked, DeliverError> {
        if units.len() > limit {
            return Err(DeliverError::TooMany { limit });
        }
        let mut asked: Asked = Asked::new();
        for unit in units {
            let entry = self.store.holdings(tenant).unit(*unit).map_err(Error::from)?;
            asked.entry(entry.ok_or(DeliverError::Unknown(*unit))?.hit.archive).or_default().insert(*unit);
        }
        if asked.is_empty() { Err(DeliverError::Nothing) } else { Ok(asked) }
    }
}

/// A count of things in memory.
pub(super) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
