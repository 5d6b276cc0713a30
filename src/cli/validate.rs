//! `validate` and `reject`: a person's answer to a transfer whose controls pass and whose agreement asks for one.

use crate::{
    cli::{Common, Status, failure::refuse, house::House, output::Output, transfers},
    domain::{id::TransferId, mandate::Validate},
};

/// Accepte un transfert en attente de validation
#[derive(Debug, clap::Args)]
pub(super) struct ValidateArgs {
    /// Identifiant du transfert
    #[arg(value_name = "TRANSFERT")]
    transfer: TransferId,
}

/// Refuse un transfert en attente de validation
#[derive(Debug, clap::Args)]
pub(super) struct RejectArgs {
    /// Identifiant du transfert
    #[arg(value_name = "TRANSFERT")]
    transfer: TransferId,
    /// Motif, que la réponse donne au service versant
    #[arg(long, value_name = "MOTIF")]
    reason: String,
}

pub(super) fn validate(args: &ValidateArgs, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    match house.archive().validate(&house.mandate::<Validate>()?, args.transfer)? {
        Some(settled) => transfers::tell(&settled.transfer, out)?,
        None => return not_waiting(args.transfer),
    }
    Ok(Status::Done)
}

pub(super) fn reject(args: &RejectArgs, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    match house.archive().reject(&house.mandate::<Validate>()?, args.transfer, &args.reason)? {
        Some(settled) => transfers::tell(&settled.transfer, out)?,
        None => return not_waiting(args.transfer),
    }
    Ok(Status::Done)
}

fn not_waiting(transfer: TransferId) -> anyhow::Result<Status> {
    refuse(format!("Le transfert {transfer} n’est pas en attente de validation."))
}
