//! `/api/v1`: one file per resource, handlers of four movements: take, be allowed, act, render.

pub mod views;
pub mod transfers;
pub mod transfer_views;
pub mod examinations;
pub mod uploads;
pub mod archives;
pub mod proofs;
pub mod units;
pub mod unit_views;
pub mod unit_rules;
pub mod objects;
pub mod deliveries;
pub mod departures;
pub mod disposals;
pub mod requests;
pub mod restitutions;
pub mod referentials;
pub mod credentials;
pub mod selection;
pub mod holds;
pub mod amendments;
pub mod openapi;

use crate::{domain::id::Id, http::error::Error};

/// Where the API stands.
pub const ROOT: &str = "/api/v1";

/// The media type of our messages.
pub const XML: &str = "application/xml";

/// The most items that a page may have.
pub const PAGE_ITEMS: u32 = 200;

/// How many items a page has when the request does not say.
const USUAL_ITEMS: u32 = 50;

/// The identifier that a path holds; what is none is not found.
pub fn id<K>(text: &str, missing: &'static str) -> Result<Id<K>, Error> {
    text.parse().map_err(|_| Error::NotFound(missing))
}

/// A value of a query; what cannot be read is told by the parameter's name.
pub fn parsed<T: std::str::FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Error::Unreadable(format!("Le paramètre « {name} » ne se lit pas.")))
}

/// How many items the request wants on a page.
pub fn page_items(asked: Option<u32>) -> Result<u32, Error> {
    match asked.unwrap_or(USUAL_ITEMS) {
        items @ 1..=PAGE_ITEMS => Ok(items),
        _ => Err(Error::Unreadable(format!("Le paramètre « limit » va de 1 à {PAGE_ITEMS}."))),
    }
}
