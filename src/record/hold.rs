//! `holds/HOLD.json` and `holds/HOLD-lifted.json`: what was decided when a hold was placed, and when it was lifted.
//!
//! Who decided and when stands in the journal's line, which holds these files' digests.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        hold::HoldOrder,
        id::{HoldId, UnitId},
    },
    record::{
        Error,
        form::{self, Owned, Written, mirrored},
        management::is_false,
    },
};

/// The tenant's record that holds them.
pub const OBJECT: &str = "holds";

/// The file of a hold in that record.
pub fn file_of(hold: HoldId) -> String {
    format!("holds/{hold}.json")
}

/// The file of its lifting.
pub fn lifting_file_of(hold: HoldId) -> String {
    format!("holds/{hold}-lifted.json")
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "HoldOrder", deny_unknown_fields)]
struct HoldOrderForm {
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(with = "form")]
    units: Vec<UnitId>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    reassess: Option<NaiveDate>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "is_false")]
    prevents_rearrangement: bool,
}

mirrored! { HoldOrder => HoldOrderForm }

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LiftingForm {
    reason: String,
}

/// Writes what was decided.
pub fn to_json(order: &HoldOrder) -> Result<Vec<u8>, Error> {
    Ok(serde_json::to_vec_pretty(&Written(order))?)
}

/// Reads what was decided.
pub fn from_json(bytes: &[u8]) -> Result<HoldOrder, Error> {
    Ok(serde_json::from_slice::<Owned<HoldOrder>>(bytes)?.0)
}

/// Writes why a hold was lifted.
pub fn lifting_to_json(reason: &str) -> Result<Vec<u8>, Error> {
    Ok(serde_json::to_vec_pretty(&LiftingForm { reason: reason.to_owned() })?)
}

/// Reads why a hold was lifted.
pub fn lifting_from_json(bytes: &[u8]) -> Result<String, Error> {
    Ok(serde_json::from_slice::<LiftingForm>(bytes)?.reason)
}
