//! `audit`: reads the copies on the volumes again, makes bad ones again from good ones, and says what was read when.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    archive::audit::{AuditPass, Budget, Coverage, Ended, Examined, Order, Outcome, Start, VolumePass},
    boot::{self, Installation},
    cli::{
        Common, Status,
        failure::{Misuse, refuse},
        output::{Output, Paint},
        progress::Progress,
        render,
    },
    domain::clock::Timestamp,
};

/// Relit les copies, refait les mauvaises à partir des bonnes ; statut 1 si quelque chose n’a pas pu être refait
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Un seul volume, par son numéro dans la configuration, à partir de 1
    #[arg(long, value_name = "NUMÉRO")]
    volume: Option<usize>,
    /// Recommence tout de suite, sans attendre l’échéance ni reprendre où l’audit précédent s’est arrêté
    #[arg(long)]
    now: bool,
    /// Octets lus par seconde au plus ; 0 pour aller aussi vite que possible (par défaut : celui de la configuration)
    #[arg(long, value_name = "OCTETS")]
    rate: Option<u64>,
    /// Ne relit rien : dit ce qui a été relu, quand, et ce qui ne l’a jamais été
    #[arg(long, conflicts_with_all = ["now", "rate"])]
    coverage: bool,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let installation = boot::open(&common.data())?;
    let order = order(args, common, &installation)?;
    let coverage = wanted(installation.archive.coverage()?, &order);
    if args.coverage {
        return tell_coverage(&coverage, out);
    }
    if let Some(tenant) = &order.tenant
        && coverage.is_empty()
    {
        return refuse(format!("Il n’y a pas de service « {tenant} » dans cette installation."));
    }
    let objects = coverage.iter().filter(|one| one.is_current).map(|one| one.objects).sum::<u64>();
    let progress = Progress::of(usize::try_from(objects)?, "copies relues");
    let budget = Budget {
        bytes_per_second: args.rate.unwrap_or(installation.config.audit_bytes_per_second),
        pause: &|| false,
        stop: &|| false,
    };
    let step = |examined: &Examined| {
        if examined.object.starts_with("urn:") {
            progress.step();
        }
    };
    let pass = installation.archive.audit(&order, &budget, &step)?;
    drop(progress);
    let paths: BTreeMap<usize, String> =
        installation.archive.health().volumes.iter().map(|one| one.path.display().to_string()).enumerate().collect();
    if out.is_json() {
        out.item(&as_json(&pass, &paths))?;
    } else {
        tell(&pass, &paths, out)?;
    }
    Ok(Status::refused_if(pass.busy || pass.unrepaired > 0))
}

fn order(args: &Args, common: &Common, installation: &Installation) -> anyhow::Result<Order> {
    let volumes = installation.config.volumes.len();
    let volume = args.volume.map(|number| number.wrapping_sub(1));
    if volume.is_some_and(|at| at >= volumes) {
        return Err(Misuse(format!("Les volumes sont numérotés de 1 à {volumes}.")).into());
    }
    // What is asked of one tenant is read at once: it belongs to no pass.
    let start = if args.now { Start::Now } else { Start::Every(installation.config.audit_days) };
    Ok(Order { volume, tenant: common.tenant.clone(), start })
}

fn wanted(mut coverage: Vec<Coverage>, order: &Order) -> Vec<Coverage> {
    coverage.retain(|one| {
        order.volume.is_none_or(|only| one.volume == only)
            && order.tenant.as_ref().is_none_or(|only| one.tenant.as_ref() == Some(only))
    });
    coverage
}

fn tell(pass: &AuditPass, paths: &BTreeMap<usize, String>, out: &mut Output<'_>) -> anyhow::Result<()> {
    if pass.busy {
        out.line("Un autre processus est en train de relire les copies : rien n’a été fait.")?;
        return Ok(());
    }
    let path = |volume: usize| paths.get(&volume).map_or("", String::as_str);
    for one in &pass.findings {
        let word = match one.outcome {
            Outcome::Repaired => out.painted(Paint::Yellow, "refaite"),
            Outcome::Stranger => out.painted(Paint::Yellow, "étrangère"),
            Outcome::Bad | Outcome::Whole => out.painted(Paint::Red, "PERDUE"),
        };
        out.line(format!("{word}  {} sur {}", one.object, path(one.volume)))?;
        for fault in &one.faults {
            out.line(format!("    {fault}"))?;
        }
    }
    for volume in &pass.volumes {
        let told = match volume.ended {
            Ended::Finished => out.painted(Paint::Green, "relu en entier"),
            Ended::Paused => out.painted(Paint::Yellow, "à poursuivre"),
            Ended::Resting(next) => format!("rien avant le {}", next.day().format("%d/%m/%Y")),
            Ended::Away => out.painted(Paint::Red, "inaccessible ou en retard : rien n’y a été relu jusqu’au bout"),
        };
        out.line(format!("{}  {told}", path(volume.volume)))?;
    }
    out.line(format!(
        "{} ({}), {}, {}.",
        render::counted(pass.copies, "copie relue", "copies relues"),
        render::bytes(pass.bytes),
        render::counted(pass.repaired, "refaite", "refaites"),
        render::counted(pass.unrepaired, "n’a pas pu l’être", "n’ont pas pu l’être"),
    ))?;
    Ok(())
}

fn as_json(pass: &AuditPass, paths: &BTreeMap<usize, String>) -> Value {
    let path = |volume: usize| paths.get(&volume).cloned().unwrap_or_default();
    let findings: Vec<Value> = pass
        .findings
        .iter()
        .map(|one| {
            json!({
                "object": one.object, "volume": path(one.volume), "outcome": word(one.outcome), "faults": one.faults,
            })
        })
        .collect();
    let volume = |one: &VolumePass| {
        let (ended, next) = match one.ended {
            Ended::Finished => ("finished", None),
            Ended::Paused => ("paused", None),
            Ended::Resting(next) => ("resting", Some(next.to_string())),
            Ended::Away => ("away", None),
        };
        json!({ "volume": path(one.volume), "ended": ended, "next": next })
    };
    json!({
        "busy": pass.busy, "copies": pass.copies, "bytes": pass.bytes, "repaired": pass.repaired,
        "unrepaired": pass.unrepaired, "findings": findings,
        "volumes": pass.volumes.iter().map(volume).collect::<Vec<_>>(),
    })
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Whole => "whole",
        Outcome::Repaired => "repaired",
        Outcome::Bad => "bad",
        Outcome::Stranger => "stranger",
    }
}

fn tell_coverage(coverage: &[Coverage], out: &mut Output<'_>) -> anyhow::Result<Status> {
    let is_bad = coverage.iter().any(|one| one.bad > 0);
    if out.is_json() {
        for one in coverage {
            let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
            out.item(&json!({
                "volume": one.path.display().to_string(), "current": one.is_current,
                "tenant": one.tenant.as_ref().map(ToString::to_string), "objects": one.objects, "never": one.never,
                "bad": one.bad, "oldest": instant(one.oldest), "newest": instant(one.newest),
                "pass_since": instant(one.pass.as_ref().map(|pass| pass.since)),
                "pass_finished": instant(one.pass.as_ref().and_then(|pass| pass.finished_at)),
            }))?;
        }
        return Ok(Status::refused_if(is_bad));
    }
    let heads = ["volume", "service", "objets", "jamais relus", "mauvais", "plus ancienne", "plus récente"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let day = |at: Option<Timestamp>| at.map_or_else(|| "—".to_owned(), |at| at.day().format("%d/%m/%Y").to_string());
    rows.extend(coverage.iter().map(|one| {
        vec![
            one.path.display().to_string(),
            one.tenant.as_ref().map_or_else(|| "(installation)".to_owned(), ToString::to_string),
            render::count(one.objects),
            render::count(one.never),
            render::count(one.bad),
            day(one.oldest),
            day(one.newest),
        ]
    }));
    for (at, line) in render::columns(&rows).into_iter().enumerate() {
        out.line(if at == 0 { out.painted(Paint::Bold, &line) } else { line })?;
    }
    Ok(Status::refused_if(is_bad))
}
