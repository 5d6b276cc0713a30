//! `work`: settles the transfers that were received and acknowledged, until none waits.

use std::{thread, time::Duration};

use crate::cli::{Common, Status, house::House, output::Output, progress::Progress, render};

/// How long `--watch` rests when nothing waits.
const REST: Duration = Duration::from_secs(1);

/// Contrôle et conserve les transferts reçus, jusqu’à ce qu’aucun n’attende
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Continue tant qu’on ne l’arrête pas
    #[arg(long)]
    watch: bool,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let progress = Progress::counting("transferts réglés");
    let mut n_settled = 0;
    loop {
        if house.archive().work_once()? {
            n_settled += 1;
            progress.step();
        } else if args.watch {
            thread::sleep(REST);
        } else {
            break;
        }
    }
    drop(progress);
    if out.is_json() {
        out.item(&serde_json::json!({ "settled": n_settled }))?;
    } else {
        out.line(format!("{}.", render::counted(n_settled, "transfert réglé", "transferts réglés")))?;
    }
    Ok(Status::Done)
}
