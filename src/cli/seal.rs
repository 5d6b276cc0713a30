//! `seal`: seals the journals at once, and has the log time-stamped and cosigned.

use crate::{
    archive::stamps::Stamping,
    boot,
    cli::{Common, Status, output::Output, render},
};

/// Scelle sur-le-champ les journaux du jour, puis fait horodater et cosigner le registre ; statut 1 sans horodatage
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let installation = boot::open(&common.data())?;
    let archive = &installation.archive;
    let sealed = archive.seal_now()?;
    let stamped = archive.stamp(true)?;
    let asked = archive.witness()?;
    if out.is_json() {
        let stamp = match &stamped {
            Stamping::Stamped(fact) => serde_json::json!({
                "authority": fact.authority, "size": fact.size, "third_party": fact.third_party,
                "time": fact.time.to_string(),
            }),
            Stamping::NoNews => serde_json::Value::Null,
            Stamping::Missed(why) => serde_json::json!({ "missed": why }),
        };
        let witnesses = asked.map(|one| {
            let answers: Vec<_> =
                one.answers.iter().map(|(name, said)| serde_json::json!({ "witness": name, "said": said })).collect();
            serde_json::json!({ "size": one.size, "quorum": one.quorum, "answers": answers })
        });
        out.item(&serde_json::json!({
            "parts": sealed.parts, "lines": sealed.lines, "time_stamp": stamp, "witnesses": witnesses,
        }))?;
        return Ok(Status::refused_if(matches!(stamped, Stamping::Missed(_))));
    }
    out.line(format!(
        "{} ({}).",
        render::counted(sealed.parts, "journée scellée", "journées scellées"),
        render::counted(sealed.lines, "ligne", "lignes"),
    ))?;
    match &stamped {
        Stamping::NoNews => out.line("Rien de nouveau à horodater.")?,
        Stamping::Stamped(fact) => {
            let party = if fact.third_party { "" } else { " : son heure n’est pas celle d’un tiers" };
            out.line(format!(
                "Registre de {} horodaté le {} par « {} »{party}.",
                render::counted(fact.size, "entrée", "entrées"),
                fact.time,
                fact.authority,
            ))?;
        }
        Stamping::Missed(why) => {
            out.line("Aucune autorité d’horodatage n’a répondu ; la lacune est journalisée :")?;
            why.iter().try_for_each(|why| out.line(format!("  {why}")))?;
        }
    }
    if let Some(one) = asked {
        for (name, said) in &one.answers {
            out.line(format!("Témoin {name} : {said}."))?;
        }
        out.line(if one.quorum { "Le quorum des témoins est atteint." } else { "Le quorum des témoins manque." })?;
    }
    Ok(Status::refused_if(matches!(stamped, Stamping::Missed(_))))
}
