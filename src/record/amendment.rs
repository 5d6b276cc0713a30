//! `amendments/AMENDMENT.jsonl` of an archive's object: who amended it, when and why, then each changed unit whole, as it
//! stands from then on, in the form of `description.jsonl`.

use std::io::{BufRead, Read, Write};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        archive::Part,
        clock::Timestamp,
        id::{ActorId, AmendmentId},
    },
    record::{
        Error, description,
        form::{self, Owned, Written, mirrored},
    },
};

/// The only format there is so far.
const FORMAT: &str = "cartulaire amendment 1";

/// The most bytes of the header's line: 4 MiB.
const HEADER_BYTES: u64 = 4 * 1024 * 1024;

/// The folder of an archive's object that holds its amendments.
pub const FOLDER: &str = "amendments/";

/// The file of an amendment in an archive's object.
pub fn file_of(amendment: AmendmentId) -> String {
    format!("{FOLDER}{amendment}.jsonl")
}

/// What the first line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendmentHeader {
    /// The operation.
    pub amendment: AmendmentId,
    /// When it was prepared; its journal line says when it took effect.
    pub at: Timestamp,
    /// Who.
    pub by: ActorId,
    /// Why.
    pub reason: String,
    /// The amendment that it undoes.
    pub reverts: Option<AmendmentId>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AmendmentHeader", deny_unknown_fields)]
struct HeaderForm {
    #[serde(with = "form")]
    amendment: AmendmentId,
    #[serde(with = "form")]
    at: Timestamp,
    #[serde(with = "form")]
    by: ActorId,
    reason: String,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    reverts: Option<AmendmentId>,
}

mirrored! { AmendmentHeader => HeaderForm }

#[derive(Serialize, Deserialize)]
struct HeaderLine {
    format: String,
    #[serde(flatten)]
    header: serde_json::Map<String, serde_json::Value>,
}

/// Writes the first line.
pub fn write_header(header: &AmendmentHeader, mut out: impl Write) -> Result<(), Error> {
    let serde_json::Value::Object(fields) = serde_json::to_value(Written(header))? else {
        return Err(Error::NotCanonical);
    };
    let line = serde_json::to_string(&HeaderLine { format: FORMAT.to_owned(), header: fields })?;
    writeln!(out, "{line}").map_err(Error::Write)
}

/// Reads the first line, then gives the changed units as the reader comes to them.
pub fn read<R: BufRead>(mut text: R) -> Result<(AmendmentHeader, impl Iterator<Item = Result<Part, Error>>), Error> {
    let mut line = Vec::new();
    text.by_ref().take(HEADER_BYTES).read_until(b'\n', &mut line).map_err(Error::Read)?;
    if !line.ends_with(b"\n") {
        return Err(Error::TooLong { limit: HEADER_BYTES });
    }
    let HeaderLine { format, header } = serde_json::from_slice(&line)?;
    if format != FORMAT {
        return Err(Error::Format { found: format, known: FORMAT });
    }
    let header: Owned<AmendmentHeader> = serde_json::from_value(serde_json::Value::Object(header))?;
    Ok((header.0, description::parts(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Id;

    #[test]
    fn the_header_comes_back_and_another_format_is_refused() {
        let at = Timestamp::parse("2026-11-22T10:00:00.000Z").unwrap();
        let reason = "Coquille « dans »\nl’intitulé".to_owned();
        let header = AmendmentHeader { amendment: Id::mint(at), at, by: Id::mint(at), reason, reverts: None };
        let mut text = Vec::new();
        write_header(&header, &mut text).unwrap();
        let (read_back, mut units) = read(text.as_slice()).unwrap();
        assert_eq!(read_back, header);
        assert!(units.next().is_none());
        let other = String::from_utf8(text.clone()).unwrap().replace("amendment 1", "amendment 9");
        assert!(matches!(read(other.as_bytes()), Err(Error::Format { .. })));
        assert!(read(&b"{}"[..]).is_err());
    }
}
