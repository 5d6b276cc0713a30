//! `status`: how the volumes fare, and what waits.

use crate::{
    archive::standing::Standing,
    cli::{
        Common, Status,
        house::House,
        output::{Output, Paint},
        render,
    },
    domain::{clock::Timestamp, mandate::Deposit},
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
    let standing = house.archive().standing()?;
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
            "waiting": waiting, "volumes": volumes, "proof": proof(&standing),
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
    tell_proof(&standing, out)?;
    out.line(match (health.takes_deposits, health.stopped) {
        (true, _) => "Les versements sont reçus.",
        (false, true) => "Les versements sont arrêtés jusqu’au redémarrage.",
        (false, false) => "Trop peu de volumes sont inscriptibles : les versements sont refusés, la lecture continue.",
    })?;
    Ok(Status::refused_if(!health.takes_deposits))
}

fn proof(standing: &Standing) -> serde_json::Value {
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let stamp = standing.stamp.as_ref().map(|stamp| {
        serde_json::json!({
            "size": stamp.size, "at": stamp.at.to_string(), "authority": stamp.authority, "third_party": stamp.third_party,
        })
    });
    serde_json::json!({
        "entries": standing.entries, "published": standing.published, "time_stamp": stamp,
        "sealed": standing.sealed.map(|day| day.to_string()), "time_stamp_missing_since": text(standing.time_gap),
        "quorum": standing.quorum, "witnessed": standing.witnessed, "quorum_missing_since": text(standing.witness_gap),
        "witnesses_of_this_machine": standing.own_witnesses,
    })
}

/// How far log, seals, time and witnesses have come.
fn tell_proof(standing: &Standing, out: &mut Output<'_>) -> anyhow::Result<()> {
    let sealed = standing.sealed.map_or("aucune journée scellée".to_owned(), |day| format!("scellé jusqu’au {day}"));
    out.line(format!("Registre : {} ; {sealed}.", render::counted(standing.entries, "entrée", "entrées")))?;
    match &standing.stamp {
        None => out.line("Horodatage : aucun encore.")?,
        Some(stamp) => {
            let party = if stamp.third_party { "" } else { ", qui n’est pas un tiers" };
            let size = render::counted(stamp.size, "entrée", "entrées");
            out.line(format!("Horodatage : {size}, le {}, par « {} »{party}.", stamp.at, stamp.authority))?;
        }
    }
    for (since, what) in [(standing.time_gap, "aucun horodatage"), (standing.witness_gap, "pas de quorum de témoins")]
    {
        if let Some(since) = since {
            out.line(format!("{}  {what} depuis le {since}", out.painted(Paint::Red, "manque")))?;
        }
    }
    if standing.quorum > 0 {
        let size = render::counted(standing.witnessed.unwrap_or(0), "entrée cosignée", "entrées cosignées");
        out.line(format!("Témoins : {size} ({} exigés).", standing.quorum))?;
    }
    for name in &standing.own_witnesses {
        out.line(format!("  « {name} » est sur cette machine : ce n’est pas un tiers."))?;
    }
    Ok(())
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
