//! `status`: how the volumes fare, and what waits.

use crate::{
    cli::{
        Common, Status,
        house::House,
        output::{Output, Paint},
        render,
    },
    domain::mandate::Deposit,
};

/// Transfers counted at once.
const PAGE: u32 = 1_000;

/// Dit l’état des volumes et ce qui attend ; statut 1 si rien ne peut être versé
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let health = house.archive().health();
    let waiting = waiting(&house)?;
    if out.is_json() {
        let volumes: Vec<_> = health
            .volumes
            .iter()
            .map(|volume| {
                serde_json::json!({
                    "path": volume.path.display().to_string(),
                    "reachable": volume.reachable,
                    "current": volume.current,
                    "writable": volume.writable,
                    "free_bytes": volume.free_bytes,
                    "shares_device": volume.shares_device,
                    "last_error": volume.last_error,
                })
            })
            .collect();
        out.item(&serde_json::json!({
            "takes_deposits": health.takes_deposits, "stopped": health.stopped, "one_disk": health.one_disk,
            "waiting": waiting, "volumes": volumes,
        }))?;
        return Ok(Status::refused_if(!health.takes_deposits));
    }
    for volume in &health.volumes {
        let state = match (volume.reachable, volume.current, volume.writable) {
            (false, _, _) => out.painted(Paint::Red, "inaccessible"),
            (true, false, _) => out.painted(Paint::Yellow, "en retard"),
            (true, true, false) => out.painted(Paint::Red, "lecture seule"),
            (true, true, true) => out.painted(Paint::Green, "à jour"),
        };
        let shared = if volume.shares_device { "  (même disque qu’un autre volume)" } else { "" };
        let free = render::bytes(volume.free_bytes);
        out.line(format!("{state}  {}  {free} libres{shared}", volume.path.display()))?;
        if let Some(error) = &volume.last_error {
            out.line(out.painted(Paint::Dim, &format!("    {error}")))?;
        }
    }
    out.line(format!("{} en attente de contrôle.", render::counted(waiting, "transfert", "transferts")))?;
    out.line(match (health.takes_deposits, health.stopped) {
        (true, _) => "Les versements sont reçus.",
        (false, true) => "Les versements sont arrêtés jusqu’au redémarrage.",
        (false, false) => "Trop peu de volumes sont inscriptibles : les versements sont refusés, la lecture continue.",
    })?;
    Ok(Status::refused_if(!health.takes_deposits))
}

/// How many transfers are received and not yet settled.
fn waiting(house: &House) -> anyhow::Result<u64> {
    let by = house.mandate::<Deposit>()?;
    let (mut waiting, mut after) = (0, None);
    loop {
        let page = house.archive().transfers(&by, Some("received"), after, PAGE)?;
        let Some(last) = page.last() else { return Ok(waiting) };
        (waiting, after) = (waiting + u64::try_from(page.len())?, Some(last.id));
    }
}
