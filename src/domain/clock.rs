//! Time: instants cut to the millisecond, in UTC, and the clock that is handed in.
//!
//! Nothing here reads the machine's clock; `boot` holds the only one that does.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, SubsecRound, Utc};

/// An instant in UTC, cut to the millisecond so that every engine gives back what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Makes an instant from milliseconds since 1970-01-01T00:00:00Z; `None` past what a calendar holds.
    pub fn from_millis(millis: i64) -> Option<Self> {
        DateTime::from_timestamp_millis(millis).map(Self)
    }

    /// Reads an RFC 3339 instant; finer parts than the millisecond are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = DateTime::parse_from_rfc3339(text).ok()?;
        Self::from_millis(instant.timestamp_millis())
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// The day in UTC, by which journals are cut.
    pub fn day(self) -> NaiveDate {
        self.0.date_naive()
    }

    /// The year and month in UTC, as `2026-11`.
    pub fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }

    /// The day in Europe/Paris, on which legal delays are counted.
    pub fn legal_day(self) -> NaiveDate {
        self.0.with_timezone(&chrono_tz::Europe::Paris).date_naive()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.trunc_subsecs(3))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// Where time comes from: the system's clock in production, a chosen instant in tests.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_cut_to_the_millisecond_and_written_in_utc() {
        let instant = Timestamp::parse("2026-11-22T01:30:00.123987+01:00").unwrap();
        assert_eq!(instant.to_string(), "2026-11-22T00:30:00.123Z");
        assert_eq!(Timestamp::from_millis(instant.millis()), Some(instant));
    }

    #[test]
    fn the_legal_day_is_that_of_paris() {
        let instant = Timestamp::parse("2026-12-31T23:30:00Z").unwrap();
        assert_eq!(instant.day().to_string(), "2026-12-31");
        assert_eq!(instant.legal_day().to_string(), "2027-01-01");
    }
}
