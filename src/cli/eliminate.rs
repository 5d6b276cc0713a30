//! `eliminate`: carries an authorised plan out, whether an elimination, a transfer or a restitution, and attests it.

use std::cell::Cell;

use crate::{
    archive::disposals::Carried,
    cli::{Common, Status, disposals, house::House, output::Output, progress::Progress},
    domain::{id::DisposalId, mandate::Dispose},
};

/// Exécute un plan autorisé (élimination, transfert ou restitution) : détruit sur tous les volumes, puis atteste
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Identifiant du plan
    #[arg(long, value_name = "PLAN")]
    plan: DisposalId,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Dispose>()?;
    let progress = Progress::counting("archives");
    let told = Cell::new(0);
    let step = |done: usize, _total: usize| {
        for _ in told.replace(done)..done {
            progress.step();
        }
    };
    match house.archive().eliminate(&by, args.plan, &step)? {
        Ok(Carried { disposal: plan, .. }) => {
            disposals::told(&plan, out)?;
            if !out.is_json() {
                out.note(format!("Certificat : cartulaire attest elimination {} --out FICHIER.pdf", plan.id))?;
            }
            Ok(Status::Done)
        }
        Err(denial) => disposals::denied(&denial),
    }
}
