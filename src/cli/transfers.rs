//! `transfers`: what was deposited and where it stands, newest first.

use serde::Serialize;

use crate::{
    cli::{
        Common, Status,
        failure::Misuse,
        house::House,
        output::{Output, Paint},
        render,
    },
    domain::{
        mandate::Deposit,
        seda::SedaVersion,
        transfer::{Transfer, TransferStatus},
    },
};

/// Transfers asked for at once.
const PAGE: u32 = 200;

const STATUSES: [&str; 4] = ["received", "awaiting-validation", "accepted", "refused"];

/// Donne les transferts et leur état, les plus récents d’abord
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Seulement ceux dans cet état : received, awaiting-validation, accepted ou refused
    #[arg(long, value_name = "ÉTAT")]
    status: Option<String>,
    /// Nombre de transferts au plus (par défaut : tous)
    #[arg(long, value_name = "NOMBRE")]
    limit: Option<usize>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if let Some(unknown) = args.status.as_deref().filter(|status| !STATUSES.contains(status)) {
        return Err(Misuse(format!("« {unknown} » n’est pas un état : {}.", STATUSES.join(", "))).into());
    }
    let house = House::open(common)?;
    let by = house.mandate::<Deposit>()?;
    let mut left = args.limit.unwrap_or(usize::MAX);
    let mut after = None;
    while left > 0 {
        let size = PAGE.min(u32::try_from(left).unwrap_or(PAGE));
        let page = house.archive().transfers(&by, args.status.as_deref(), after, size)?;
        for transfer in &page {
            tell(transfer, out)?;
        }
        left = left.saturating_sub(page.len());
        let Some(last) = page.last() else { break };
        after = Some(last.id);
    }
    Ok(Status::Done)
}

/// Writes a transfer on one line.
pub(super) fn tell(transfer: &Transfer, out: &mut Output<'_>) -> anyhow::Result<()> {
    if out.is_json() {
        return out.item(&TransferItem::from(transfer));
    }
    let (word, paint) = match transfer.status {
        TransferStatus::Received => ("reçu", Paint::Yellow),
        TransferStatus::AwaitingValidation { .. } => ("à valider", Paint::Yellow),
        TransferStatus::Accepted { .. } => ("accepté", Paint::Green),
        TransferStatus::Refused { .. } => ("refusé", Paint::Red),
    };
    let received = transfer.received_at.to_string();
    let (day, id) = (received.get(..16).unwrap_or(&received).replace('T', " "), transfer.id);
    let (size, name) = (render::bytes(transfer.package.size), &transfer.package.name);
    let word = out.painted(paint, &render::padded(word, 9));
    Ok(out.line(format!("{id}  {day}  {word}  {}  {name}", render::padded(&size, 7)))?)
}

/// A transfer as programs read it.
#[derive(Debug, Serialize)]
pub(super) struct TransferItem<'a> {
    transfer: String,
    status: &'a str,
    received_at: String,
    package: &'a str,
    size: u64,
    digest: String,
    version: Option<&'a str>,
    transferring_agency: Option<&'a str>,
    message_identifier: Option<&'a str>,
    archive: Option<String>,
}

impl<'a> From<&'a Transfer> for TransferItem<'a> {
    fn from(transfer: &'a Transfer) -> Self {
        Self {
            transfer: transfer.id.to_string(),
            status: transfer.status.word(),
            received_at: transfer.received_at.to_string(),
            package: &transfer.package.name,
            size: transfer.package.size,
            digest: transfer.package.digest.to_string(),
            version: transfer.version.map(SedaVersion::number),
            transferring_agency: transfer.key.as_ref().map(|key| key.transferring_agency.as_str()),
            message_identifier: transfer.key.as_ref().map(|key| key.message_identifier.as_str()),
            archive: match transfer.status {
                TransferStatus::Accepted { archive, .. } => Some(archive.to_string()),
                _ => None,
            },
        }
    }
}
