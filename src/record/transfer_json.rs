//! `transfer.json`: what a transfer is, among its papers on the volumes until it is accepted. A rebuild reads it back.

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        clock::Timestamp,
        id::{ActorId, MessageId, TransferId},
        seda::SedaVersion,
        tenant::TenantId,
        transfer::{PackageFacts, Transfer, TransferKey, TransferStatus},
    },
    record::{
        Error,
        form::{self},
    },
};

/// The format that is written, and the only one read so far.
pub const FORMAT: &str = "cartulaire-transfer/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TransferForm {
    format: String,
    #[serde(with = "form")]
    transfer: TransferId,
    #[serde(with = "form")]
    tenant: TenantId,
    #[serde(with = "form")]
    deposited_by: ActorId,
    #[serde(with = "form")]
    received_at: Timestamp,
    #[serde(with = "form")]
    package: PackageFacts,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    key: Option<TransferKey>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    version: Option<SedaVersion>,
    #[serde(with = "form")]
    acknowledgement: MessageId,
}

/// Writes what a transfer is, but not where it stands: that is the journal's to say.
pub fn write(transfer: &Transfer, out: impl Write) -> Result<(), Error> {
    let form = TransferForm {
        format: FORMAT.to_owned(),
        transfer: transfer.id,
        tenant: transfer.tenant.clone(),
        deposited_by: transfer.by,
        received_at: transfer.received_at,
        package: transfer.package.clone(),
        key: transfer.key.clone(),
        version: transfer.version,
        acknowledgement: transfer.acknowledgement,
    };
    Ok(serde_json::to_writer_pretty(out, &form)?)
}

/// Reads it back, as received.
pub fn read(text: impl Read) -> Result<Transfer, Error> {
    let form: TransferForm = serde_json::from_reader(text)?;
    if form.format != FORMAT {
        return Err(Error::Format { found: form.format, known: FORMAT });
    }
    Ok(Transfer {
        id: form.transfer,
        tenant: form.tenant,
        by: form.deposited_by,
        received_at: form.received_at,
        package: form.package,
        key: form.key,
        version: form.version,
        acknowledgement: form.acknowledgement,
        status: TransferStatus::Received,
    })
}
