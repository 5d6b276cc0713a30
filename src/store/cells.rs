//! Single cells: domain values to columns and back. What comes back is parsed, never trusted.

use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Serialize, de::DeserializeOwned};

use crate::{domain::clock::Timestamp, store::error::Error};

/// What `text` stands for, as `what` names it.
pub fn parsed<T: FromStr>(text: &str, what: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Corrupt { what })
}

/// What `text` stands for, when there is one.
pub fn parsed_if<T: FromStr>(text: Option<&str>, what: &'static str) -> Result<Option<T>, Error> {
    text.map(|text| parsed(text, what)).transpose()
}

/// The value of a word, when it is one.
pub fn known<T>(value: Option<T>, what: &'static str) -> Result<T, Error> {
    value.ok_or(Error::Corrupt { what })
}

/// The instant of a column in milliseconds.
pub fn instant(millis: i64) -> Result<Timestamp, Error> {
    known(Timestamp::from_millis(millis), "an instant")
}

/// The instant of a column in milliseconds, when there is one.
pub fn instant_if(millis: Option<i64>) -> Result<Option<Timestamp>, Error> {
    millis.map(instant).transpose()
}

/// A count as a column.
pub fn stored<N: TryInto<i64>>(count: N, what: &'static str) -> Result<i64, Error> {
    count.try_into().map_err(|_| Error::TooLarge { what })
}

/// The count of a column.
pub fn count<N: TryFrom<i64>>(column: i64, what: &'static str) -> Result<N, Error> {
    N::try_from(column).map_err(|_| Error::Corrupt { what })
}

/// A day as a column.
pub fn day(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

/// A small list or record as a column of JSON text.
pub fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Unavailable(Box::new(error)))
}

/// The small list or record of a column of JSON text.
pub fn from_json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt { what })
}
