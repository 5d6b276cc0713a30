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
    record::{Error, form},
};

/// Its name among a transfer's papers.
pub const FILE: &str = "transfer.json";

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
    status: StatusForm,
}

/// Where it stands. An accepted transfer has no such paper: the archive's own record says it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum StatusForm {
    Received,
    AwaitingValidation {
        #[serde(with = "form")]
        since: Timestamp,
    },
    Refused {
        #[serde(with = "form")]
        reply: MessageId,
        #[serde(with = "form")]
        at: Timestamp,
    },
}

/// Writes what a transfer is and where it stands, unless it is accepted.
pub fn write(transfer: &Transfer, out: impl Write) -> Result<(), Error> {
    let status = match &transfer.status {
        TransferStatus::Received | TransferStatus::Accepted { .. } => StatusForm::Received,
        TransferStatus::AwaitingValidation { since } => StatusForm::AwaitingValidation { since: *since },
        TransferStatus::Refused { reply, at } => StatusForm::Refused { reply: *reply, at: *at },
    };
    let form = TransferForm {
        status,
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

/// Reads it back.
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
        status: match form.status {
            StatusForm::Received => TransferStatus::Received,
            StatusForm::AwaitingValidation { since } => TransferStatus::AwaitingValidation { since },
            StatusForm::Refused { reply, at } => TransferStatus::Refused { reply, at },
        },
    })
}
