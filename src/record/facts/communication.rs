//! Facts of communication: archives asked for, derogations granted or refused. That they were delivered is `Delivered`.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        agency::Role,
        communication::{Consulted, Motive},
        digest::Digest,
        id::RequestId,
    },
    record::form::{self, mirrored, spoken},
};

/// Archives were asked for. Who asks stands in the request's record only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommunicationRequested {
    /// The units that were not communicable on that day.
    pub blocked: u64,
    /// The agencies whose word a derogation needs; nothing needs one when none.
    #[serde(with = "form")]
    pub consulted: Vec<Consulted>,
    /// The digest of the list of units.
    #[serde(with = "form")]
    pub list: Digest,
    /// What for.
    #[serde(with = "form")]
    pub motive: Motive,
    /// The day on which communicability was looked at.
    #[serde(with = "form")]
    pub on: NaiveDate,
    /// The digest of `request.json`, which says who asks.
    #[serde(with = "form")]
    pub record: Digest,
    /// The request.
    #[serde(with = "form")]
    pub request: RequestId,
    /// The units asked for.
    pub units: u64,
}

/// An agency granted a derogation, or refused it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerogationAnswered {
    /// The agency, as the referential names it.
    pub agency: String,
    /// Whether it granted it.
    pub granted: bool,
    /// The digest of the list that it saw.
    #[serde(with = "form")]
    pub list: Digest,
    /// The digest of the message that said so; an account said so when none.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Digest>,
    /// The request.
    #[serde(with = "form")]
    pub request: RequestId,
    /// As what it spoke.
    #[serde(with = "form")]
    pub role: Role,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Consulted", deny_unknown_fields)]
struct ConsultedForm {
    agency: String,
    #[serde(with = "form")]
    role: Role,
}

mirrored! { Consulted => ConsultedForm }

spoken! { Motive, |motive: &Self| motive.word(), Self::from_word; }
