//! How single values of the domain stand in JSON, for fields marked `#[serde(with = "form")]`.
//!
//! Domain types derive nothing of serde: identifiers, digests, instants and words are text, and what is not the text of
//! a value is an error, never a default.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::domain::{
    check::{Outcome, Verdict},
    clock::Timestamp,
    digest::Digest,
    id::Id,
    journal::JournalId,
    mandate::Permission,
    rule::Category,
    seda::{Dialect, SedaVersion},
    tenant::TenantId,
};

/// A type with one form in JSON.
pub(super) trait Form: Sized {
    /// Writes the value.
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
    /// Reads a value.
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;
}

/// Writes a field (`serde(with)` calls it).
pub(super) fn serialize<T: Form, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.write(to)
}

/// Reads a field (`serde(with)` calls it).
pub(super) fn deserialize<'de, T: Form, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::read(from)
}

/// Gives domain types the form of a private struct that mirrors them (`serde(remote)`): a field that is added to the
/// domain and not to the mirror does not compile.
macro_rules! mirrored {
    ($($domain:ty => $mirror:ty),+ $(,)?) => {$(
        impl crate::record::form::Form for $domain {
            fn write<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                <$mirror>::serialize(self, to)
            }
            fn read<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <$mirror>::deserialize(from)
            }
        }
    )+};
}
pub(super) use mirrored;

/// Gives types the form of a text.
macro_rules! spoken {
    ($($spoken:ty, $to:expr, $from:expr;)+) => {$(
        impl crate::record::form::Form for $spoken {
            fn write<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let text = $to;
                to.collect_str(&text(self))
            }
            fn read<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                crate::record::form::parse(from, $from)
            }
        }
    )+};
}
pub(super) use spoken;

spoken! {
    Digest, Self::to_string, |text| text.parse().ok();
    TenantId, Self::to_string, |text| text.parse().ok();
    JournalId, Self::to_string, |text| text.parse().ok();
    NaiveDate, Self::to_string, |text| text.parse().ok();
    Timestamp, Self::to_string, Self::parse;
    SedaVersion, |version: &Self| version.number(), Self::from_number;
    Dialect, |dialect: &Self| dialect.word(), Self::from_word;
    Category, |category: &Self| category.element(), Self::from_element;
    Permission, |permission: &Self| permission.word(), Self::from_word;
    Verdict, |verdict: &Self| verdict.word(), verdict;
    Outcome, |outcome: &Self| outcome.word(), outcome;
}

impl<K> Form for Id<K> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        parse(from, |text| text.parse().ok())
    }
}

impl<T: Form> Form for Option<T> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => to.serialize_some(&Written(value)),
            None => to.serialize_none(),
        }
    }
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::<Owned<T>>::deserialize(from)?.map(|owned| owned.0))
    }
}

impl<T: Form> Form for Vec<T> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter().map(Written))
    }
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::<Owned<T>>::deserialize(from)?.into_iter().map(|owned| owned.0).collect())
    }
}

impl<T: Form> Form for Box<T> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        T::write(self, to)
    }
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::read(from).map(Self::new)
    }
}

/// A value to write.
pub(super) struct Written<'a, T>(pub(super) &'a T);

impl<T: Form> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.write(to)
    }
}

/// A value that was read.
pub(super) struct Owned<T>(pub(super) T);

impl<'de, T: Form> Deserialize<'de> for Owned<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::read(from).map(Self)
    }
}

/// Reads a text and what it stands for.
pub(super) fn parse<'de, T, D: Deserializer<'de>>(from: D, value: impl Fn(&str) -> Option<T>) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    value(&text).ok_or_else(|| D::Error::custom(format_args!("{text:?} is not what stands here")))
}

fn verdict(word: &str) -> Option<Verdict> {
    [Verdict::Accepted, Verdict::Warning, Verdict::Refused].into_iter().find(|verdict| verdict.word() == word)
}

fn outcome(word: &str) -> Option<Outcome> {
    [Outcome::Ok, Outcome::NotExamined, Outcome::Warning, Outcome::Ko]
        .into_iter()
        .find(|outcome| outcome.word() == word)
}
