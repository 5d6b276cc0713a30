//! What was destroyed of one generation of an archive, as the record `gone-…` keeps it: identifiers, digests and lengths,
//! and of the transfer what no line tells. No title, no name of a file.
//!
//! JSON Lines: a header, then the units, the digital objects and the files that went.

use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        clock::Timestamp,
        digest::Digest,
        id::{ActorId, ArchiveId, DisposalId, MessageId, ObjectId, TransferId, UnitId},
        seda::SedaVersion,
        transfer::TransferKey,
    },
    record::{Error, form},
};

/// The format that is written, and the only one read so far.
pub const FORMAT: &str = "cartulaire-destroyed/1";

/// The first line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// The archive.
    #[serde(with = "form")]
    pub archive: ArchiveId,
    /// The generation that went.
    pub generation: u32,
    /// The plan.
    #[serde(with = "form")]
    pub disposal: DisposalId,
    /// The digest of its last inventory.
    #[serde(with = "form")]
    pub inventory: Digest,
    /// The transfer that brought it, when nothing remains that tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Brought>,
}

/// What remains of an accepted transfer when its archive is destroyed: all but the package's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brought {
    /// Its identifier.
    #[serde(with = "form")]
    pub transfer: TransferId,
    /// Who deposited it.
    #[serde(with = "form")]
    pub deposited_by: ActorId,
    /// When it was received.
    #[serde(with = "form")]
    pub received_at: Timestamp,
    /// When it was accepted.
    #[serde(with = "form")]
    pub accepted_at: Timestamp,
    /// The package's length in bytes.
    pub size: u64,
    /// The package's digest.
    #[serde(with = "form")]
    pub package: Digest,
    /// Its key.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<TransferKey>,
    /// The version of its manifest.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<SedaVersion>,
    /// The identifier of its acknowledgement.
    #[serde(with = "form")]
    pub acknowledgement: MessageId,
    /// The identifier of its reply.
    #[serde(with = "form")]
    pub reply: MessageId,
    /// Whether a finding was a warning.
    pub with_warnings: bool,
}

/// A line of a list, past the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Gone {
    /// An archive unit.
    Unit {
        /// Its identifier.
        #[serde(with = "form")]
        id: UnitId,
    },
    /// A digital object.
    Object {
        /// Its identifier.
        #[serde(with = "form")]
        id: ObjectId,
        /// Its digest.
        #[serde(with = "form")]
        digest: Digest,
        /// Its length in bytes.
        size: u64,
    },
    /// A file of the archive's object as it was accepted: what evidence records rest on.
    File {
        /// Its digest.
        #[serde(with = "form")]
        digest: Digest,
    },
}

/// Writes the first line.
pub fn write_header(header: &Header, out: &mut impl Write) -> Result<(), Error> {
    line(header, out)
}

/// Writes another line.
pub fn write(gone: &Gone, out: &mut impl Write) -> Result<(), Error> {
    line(gone, out)
}

/// Reads a list: its header, and its other lines one by one.
pub fn read<R: BufRead>(text: R) -> Result<(Header, impl Iterator<Item = Result<Gone, Error>> + use<R>), Error> {
    let mut lines = text.lines();
    let first = lines.next().transpose().map_err(Error::Read)?.unwrap_or_default();
    let header: Header = serde_json::from_str(&first)?;
    if header.format != FORMAT {
        return Err(Error::Format { found: header.format, known: FORMAT });
    }
    Ok((header, lines.map(|line| Ok(serde_json::from_str(&line.map_err(Error::Read)?)?))))
}

fn line(value: &impl Serialize, out: &mut impl Write) -> Result<(), Error> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    out.write_all(&text).map_err(Error::Write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Id;

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let at = Timestamp::from_millis(1_750_000_000_000).unwrap();
        let header = Header {
            format: FORMAT.to_owned(),
            archive: Id::mint(at),
            generation: 1,
            disposal: Id::mint(at),
            inventory: Digest::ZERO,
            transfer: Some(Brought {
                transfer: Id::mint(at),
                deposited_by: Id::mint(at),
                received_at: at,
                accepted_at: at,
                size: 3,
                package: Digest::ZERO,
                key: Some(TransferKey { transferring_agency: "A".to_owned(), message_identifier: "M".to_owned() }),
                version: Some(SedaVersion::V2_2),
                acknowledgement: Id::mint(at),
                reply: Id::mint(at),
                with_warnings: true,
            }),
        };
        let all = [
            Gone::Unit { id: Id::mint(at) },
            Gone::Object { id: Id::mint(at), digest: Digest::ZERO, size: 12 },
            Gone::File { digest: Digest::ZERO },
        ];
        let mut text = Vec::new();
        write_header(&header, &mut text).unwrap();
        all.iter().for_each(|gone| write(gone, &mut text).unwrap());
        let (read_header, lines) = read(text.as_slice()).unwrap();
        assert_eq!(read_header, header);
        assert_eq!(lines.collect::<Result<Vec<_>, _>>().unwrap(), all);
        assert!(read(&b"{}\n"[..]).is_err());
    }
}
