//! The messages that answer a deposit: acknowledgement, acceptance, refusal, in the version of the deposit.

use std::io::Write;

use crate::{
    archive::error::Error,
    domain::{
        archive::{Header, Part},
        check::{Report, Verdict},
        seda::SedaVersion,
        transfer::{Transfer, TransferStatus},
    },
    record::{self, archive_json::ArchiveRecord},
    seda::{
        acknowledgement::{self, Acknowledgement},
        reply::{self, Reply},
    },
};

/// What stands where an unreadable manifest names nobody: the schemas want something.
const UNKNOWN: &str = "inconnu";

/// The acknowledgement of a transfer. One whose version is unknown is answered in the newest.
pub fn acknowledgement(transfer: &Transfer, header: &Header) -> Result<Vec<u8>, Error> {
    let message = Acknowledgement {
        message_identifier: &transfer.acknowledgement.to_string(),
        message_received: &named(&header.message_identifier, transfer),
        date: transfer.received_at,
        comment: Some("Votre transfert est bien reçu et conservé de façon durable ; son contrôle suit."),
        sender: or_unknown(&header.archival_agency),
        receiver: or_unknown(&header.transferring_agency),
    };
    Ok(acknowledgement::write(&message, version_of(transfer), Vec::new())?)
}

/// Writes the reply to an accepted transfer, each unit, group and object with its system identifier.
pub fn accepted(
    record: &ArchiveRecord,
    report: &Report,
    parts: impl Iterator<Item = Result<Part, record::Error>>,
    out: impl Write,
) -> Result<(), Error> {
    let warned = record.examination.verdict == Verdict::Warning;
    let comment =
        if warned { "Votre transfert est accepté, avec des réserves." } else { "Votre transfert est accepté." };
    let header = &record.archive.header;
    let message = Reply {
        message_identifier: &record.reply.to_string(),
        request_identifier: &header.message_identifier,
        code: if warned { "WARNING" } else { "OK" },
        date: record.archive.accepted_at,
        comment: Some(comment),
        agreement: header.agreement.as_deref(),
        archival_agency: or_unknown(&header.archival_agency),
        transferring_agency: or_unknown(&header.transferring_agency),
        report,
    };
    let archive = record.archive.id.to_string();
    let parts = parts.map(|part| part.map_err(Error::from));
    reply::write_accepted(&message, record.archive.accepted_at, &archive, parts, record.archive.version, out)?
        .flush()?;
    Ok(())
}

/// Writes the reply to a refused transfer: everything wrong, up to the report's limit per code, with the totals.
pub fn refused(transfer: &Transfer, header: &Header, report: &Report, out: impl Write) -> Result<(), Error> {
    let TransferStatus::Refused { reply, at } = &transfer.status else {
        return Err(Error::Inconsistent(format!("transfer {} is not refused", transfer.id)));
    };
    let message = Reply {
        message_identifier: &reply.to_string(),
        request_identifier: &named(&header.message_identifier, transfer),
        code: "KO",
        date: *at,
        comment: Some("Votre transfert est refusé : corrigez ce qui suit et versez de nouveau."),
        agreement: header.agreement.as_deref(),
        archival_agency: or_unknown(&header.archival_agency),
        transferring_agency: or_unknown(&header.transferring_agency),
        report,
    };
    reply::write_refused(&message, version_of(transfer), out)?.flush()?;
    Ok(())
}

fn version_of(transfer: &Transfer) -> SedaVersion {
    transfer.version.unwrap_or(SedaVersion::V2_3)
}

fn named(message_identifier: &str, transfer: &Transfer) -> String {
    let name = message_identifier.trim();
    if name.is_empty() { transfer.id.to_string() } else { name.to_owned() }
}

fn or_unknown(identifier: &str) -> &str {
    let identifier = identifier.trim();
    if identifier.is_empty() { UNKNOWN } else { identifier }
}
