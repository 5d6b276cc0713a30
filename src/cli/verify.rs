//! `verify`: every copy of every object against its inventory, every journal against its chain; and what was not
//! verified, as plainly as what was.

use crate::cli::{
    Common, Status,
    house::House,
    output::{Output, Paint},
    progress::Progress,
    render,
};

/// What this version does not verify.
const NOT_VERIFIED: [&str; 4] = [
    "les signatures des actes",
    "le scellement des journées de journal",
    "le registre de Merkle et ses points de contrôle",
    "les horodatages",
];

/// Vérifie les fichiers sur chaque volume et les chaînes des journaux ; statut 1 si quelque chose est altéré
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let progress = Progress::counting("copies relues");
    let verified = house.archive().verify(&mut |_, _| progress.step())?;
    drop(progress);
    let volumes = house.archive().health().volumes;
    let unreachable: Vec<String> =
        volumes.iter().filter(|volume| !volume.reachable).map(|volume| volume.path.display().to_string()).collect();
    let is_whole = verified.bad.is_empty() && verified.broken.is_empty();
    let path = |volume: usize| volumes.get(volume).map_or_else(String::new, |volume| volume.path.display().to_string());
    if out.is_json() {
        let bad: Vec<_> = verified
            .bad
            .iter()
            .map(|(object, volume, fault)| {
                serde_json::json!({ "object": object.to_string(), "volume": path(*volume), "fault": fault })
            })
            .collect();
        let journals: Vec<_> = verified
            .journals
            .iter()
            .map(|(journal, length)| serde_json::json!({ "journal": journal.to_string(), "lines": length }))
            .collect();
        out.item(&serde_json::json!({
            "whole": is_whole, "copies": verified.copies, "bad": bad, "journals": journals,
            "broken": verified.broken, "unreachable_volumes": unreachable, "not_verified": NOT_VERIFIED,
        }))?;
        return Ok(Status::refused_if(!is_whole));
    }
    let lines: u64 = verified.journals.iter().map(|(_, length)| length).sum();
    out.line(format!(
        "Vérifié : {}, chaque fichier contre son inventaire ; {} ({}), chaque ligne contre la précédente.",
        render::counted(verified.copies, "copie d’objet", "copies d’objets"),
        render::counted(u64::try_from(verified.journals.len())?, "journal", "journaux"),
        render::counted(lines, "ligne", "lignes"),
    ))?;
    for (object, volume, fault) in &verified.bad {
        out.line(format!("{}  {object} sur {} : {fault}", out.painted(Paint::Red, "altéré"), path(*volume)))?;
    }
    for journal in &verified.broken {
        out.line(format!("{}  {journal}", out.painted(Paint::Red, "chaîne rompue")))?;
    }
    for volume in &unreachable {
        out.line(format!("{}  volume inaccessible : {volume}", out.painted(Paint::Yellow, "non vérifié")))?;
    }
    out.line(format!("{}  {}", out.painted(Paint::Yellow, "non vérifié"), NOT_VERIFIED.join(", ")))?;
    out.line(if is_whole {
        "Tout ce qui a été vérifié est intact."
    } else {
        "Des altérations ont été trouvées."
    })?;
    Ok(Status::refused_if(!is_whole))
}
