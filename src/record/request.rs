//! The record of a request for communication: `request.json`, who asks and why in their words, and `units.jsonl`, whose
//! digest is what agencies grant. Journal lines hold neither names nor words.

use std::io::Write;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        clock::Timestamp,
        communication::{Access, Motive},
        digest::Digest,
        id::{ActorId, ArchiveId, RequestId, UnitId},
    },
    record::{Error, form},
};

/// The file of who asks, and why.
pub const REQUEST: &str = "request.json";

/// The file of the units asked for.
pub const UNITS: &str = "units.jsonl";

/// The format that this version writes.
const FORMAT: &str = "cartulaire request 1";

/// The name of the tenant's record that holds a request: 40 characters at most, the identifier goes without its hyphens.
pub fn object_name(id: RequestId) -> String {
    format!("request-{}", id.to_string().replace('-', ""))
}

/// Who asks, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asker {
    /// `cartulaire request 1`.
    pub format: String,
    /// The request.
    #[serde(with = "form")]
    pub request: RequestId,
    /// Who registered it.
    #[serde(with = "form")]
    pub by: ActorId,
    /// When it was received.
    #[serde(with = "form")]
    pub received_at: Timestamp,
    /// Who asks, as messages name it.
    pub requester: String,
    /// Whether the requester is an agency of the referential.
    pub is_agency: bool,
    /// What for, in a word.
    #[serde(with = "form")]
    pub motive: Motive,
    /// What for, in the requester's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The digest of `units.jsonl`.
    #[serde(with = "form")]
    pub list: Digest,
}

impl Asker {
    /// The name of the format that this version writes.
    pub fn format() -> String {
        FORMAT.to_owned()
    }

    /// Writes it.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        crate::record::to_text(self)
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is not what this version or an earlier one wrote.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let asker: Self = serde_json::from_slice(text)?;
        if asker.format == FORMAT { Ok(asker) } else { Err(Error::Format { found: asker.format, known: FORMAT }) }
    }
}

/// A unit asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedUnit {
    /// The unit.
    pub unit: UnitId,
    /// The archive that holds it.
    pub archive: ArchiveId,
    /// `Title`.
    pub title: String,
    /// Its originating agency.
    pub agency: Option<String>,
    /// From when on it may be communicated to anybody, as seen on the day of the request.
    pub access: Access,
    /// Whether it needs a derogation.
    pub blocked: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedUnitForm {
    #[serde(with = "form")]
    unit: UnitId,
    #[serde(with = "form")]
    archive: ArchiveId,
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agency: Option<String>,
    access: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    day: Option<NaiveDate>,
    blocked: bool,
}

/// Writes a line of `units.jsonl`.
///
/// # Errors
/// The output fails.
pub fn write(asked: &AskedUnit, mut out: impl Write) -> Result<(), Error> {
    let AskedUnit { unit, archive, title, agency, access, blocked } = asked.clone();
    let (rule, day, access) = (access.rule().map(str::to_owned), access.day(), access.word().to_owned());
    let mut line = serde_json::to_vec(&AskedUnitForm { unit, archive, title, agency, access, rule, day, blocked })?;
    line.push(b'\n');
    out.write_all(&line).map_err(Error::Write)
}

/// Reads `units.jsonl`.
///
/// # Errors
/// A line is not what this version wrote.
pub fn read(text: &[u8]) -> Result<Vec<AskedUnit>, Error> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(one).collect()
}

fn one(line: &[u8]) -> Result<AskedUnit, Error> {
    let AskedUnitForm { unit, archive, title, agency, access, rule, day, blocked } = serde_json::from_slice(line)?;
    let known = match (access.as_str(), rule, day) {
        ("open", None, None) => Some(Access::Open),
        ("until", Some(rule), Some(day)) => Some(Access::Until { day, rule }),
        ("never", Some(rule), None) => Some(Access::Never { rule }),
        ("unknown", Some(rule), None) => Some(Access::Unknown { rule }),
        _ => None,
    };
    let access = known.ok_or(Error::Format { found: access, known: FORMAT })?;
    Ok(AskedUnit { unit, archive, title, agency, access, blocked })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_back_as_it_was_written_and_is_pinned() {
        let id = |number: u8| format!("01939e6c-0000-7000-8000-0000000000{number:02x}");
        let unit = |number: u8, access: Access| AskedUnit {
            unit: id(number).parse().unwrap(),
            archive: id(9).parse().unwrap(),
            title: "Décès".to_owned(),
            agency: Some("MAIRIE".to_owned()),
            blocked: !access.is_open(),
            access,
        };
        let rule = "ACC-1".to_owned();
        let all = [
            unit(1, Access::Open),
            unit(2, Access::Until { day: "2101-01-01".parse().unwrap(), rule: rule.clone() }),
            unit(3, Access::Never { rule: rule.clone() }),
            unit(4, Access::Unknown { rule }),
        ];
        let mut text = Vec::new();
        for one in &all {
            write(one, &mut text).unwrap();
        }
        assert_eq!(read(&text).unwrap(), all);
        let lines = String::from_utf8(text).unwrap();
        assert_eq!(
            lines.lines().nth(1),
            Some(
                "{\"unit\":\"01939e6c-0000-7000-8000-000000000002\",\"archive\":\"01939e6c-0000-7000-8000-000000000009\",\
                 \"title\":\"Décès\",\"agency\":\"MAIRIE\",\"access\":\"until\",\"rule\":\"ACC-1\",\"day\":\"2101-01-01\",\
                 \"blocked\":true}"
            )
        );
        assert!(read(b"{}").is_err());
        let asker = Asker {
            format: Asker::format(),
            request: id(1).parse().unwrap(),
            by: id(2).parse().unwrap(),
            received_at: Timestamp::from_millis(0).unwrap(),
            requester: "Élise".to_owned(),
            is_agency: false,
            motive: Motive::Research,
            reason: Some("thèse".to_owned()),
            list: Digest::ZERO,
        };
        let written = asker.to_json().unwrap();
        assert_eq!(Asker::from_json(&written).unwrap(), asker);
        let other = String::from_utf8(written).unwrap().replace("request 1", "request 2");
        assert!(matches!(Asker::from_json(other.as_bytes()), Err(Error::Format { .. })));
    }
}
