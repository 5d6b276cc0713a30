//! `verify`: an installation, or a volume's folder without its database nor its keys, layer by layer; what was not verified
//! is said as plainly as what was. Nothing is written but the report that is asked for.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::{
    archive::verify::{
        self,
        finding::{Finding, Layer, Verified},
    },
    boot::{self, Inspected},
    cli::{
        Common, Status,
        failure::refuse,
        output::{Output, Paint},
        progress::Progress,
        render,
    },
    config,
    proof::{checkpoint::SignedCheckpoint, vkey::Vkey},
    record::restitution,
};

/// Findings shown to people; with `--json` and in the report, all that are kept.
const SHOWN: usize = 50;

/// Vérifie une installation, ou le dossier d’un volume ou d’une restitution seul, des fichiers jusqu’aux horodatages ; statut 1 si quelque
/// chose est rompu
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Dossier d’un volume ou d’une restitution, ou sa copie : vérifié sans base de données ni secret ; sans lui, toute l’installation
    #[arg(value_name = "DOSSIER")]
    path: Option<PathBuf>,
    /// Point de contrôle conservé ailleurs : le registre doit le prolonger
    #[arg(long, value_name = "FICHIER")]
    since: Option<PathBuf>,
    /// Clé publique du registre, connue par ailleurs que par les données (peut être répétée)
    #[arg(long, value_name = "CLÉ")]
    key: Vec<Vkey>,
    /// Écrit aussi le rapport, en PDF
    #[arg(long, value_name = "FICHIER")]
    report: Option<PathBuf>,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let inspected = inspected(&args, common)?;
    let since = args.since.as_ref().map(checkpoint).transpose()?;
    let mut subject = inspected.subject(since);
    subject.known.keys.extend(args.key);
    let progress = Progress::counting("copies relues");
    let verified = verify::verify(&subject, &|| progress.step())?;
    drop(progress);
    if let Some(file) = &args.report {
        let reference = args.path.unwrap_or_else(|| common.data()).display().to_string();
        let pdf = verified.report("Cartulaire", &reference, subject.now, inspected.seal())?;
        fs::write(file, pdf).with_context(|| format!("cannot write {}", file.display()))?;
        let signed = if inspected.seal().is_some() { "signé par le cachet de l’installation" } else { "non signé" };
        out.note(format!("Rapport : {} ({signed})", file.display()))?;
    }
    if out.is_json() {
        tell_programs(&verified, out)?;
    } else {
        tell_people(&verified, out)?;
    }
    Ok(Status::refused_if(!verified.is_whole()))
}

/// What is to be verified: the folder that is named, else the installation.
fn inspected(args: &Args, common: &Common) -> anyhow::Result<Inspected> {
    match &args.path {
        Some(path) if path.join("volume.json").is_file() || path.join(restitution::FILE).is_file() => {
            Ok(Inspected::folder(path.clone()))
        }
        Some(path) if path.join(config::FILE).is_file() => Ok(boot::inspect(path)?),
        Some(path) => refuse(format!(
            "« {} » n’est ni un volume, ni une restitution entière, ni une installation : il n’y a là ni volume.json, ni \
             restitution.json, ni {}.",
            path.display(),
            config::FILE
        )),
        None => Ok(boot::inspect(&common.data())?),
    }
}

fn checkpoint(file: &PathBuf) -> anyhow::Result<SignedCheckpoint> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    match SignedCheckpoint::parse(&bytes) {
        Ok(signed) => Ok(signed),
        Err(_) => refuse(format!("« {} » n’est pas un point de contrôle.", file.display())),
    }
}

fn tell_programs(verified: &Verified, out: &mut Output<'_>) -> anyhow::Result<()> {
    let finding = |one: &Finding| json!({ "layer": one.layer.word(), "place": one.place, "what": one.what, "volume": one.volume });
    let counts: serde_json::Map<_, _> =
        verified.counts.iter().map(|(layer, count)| (layer.word().to_owned(), json!(count))).collect();
    let unverified: Vec<_> =
        verified.unverified.iter().map(|one| json!({ "what": one.what, "volume": one.volume })).collect();
    let destroyed: Vec<_> = verified
        .destroyed_by_plan()
        .iter()
        .map(|(plan, count)| json!({ "plan": plan.to_string(), "archives": count }))
        .collect();
    out.item(&json!({
        "whole": verified.is_whole(),
        "first": verified.first().map(finding),
        "findings": verified.findings.iter().map(finding).collect::<Vec<_>>(),
        "findings_total": verified.total,
        "verified": counts,
        "not_verified": unverified,
        "keys": verified.keys,
        "volumes": verified.volumes,
        "destroyed": destroyed,
    }))
}

fn tell_people(verified: &Verified, out: &mut Output<'_>) -> anyhow::Result<()> {
    for finding in verified.findings.iter().take(SHOWN) {
        let place = match &finding.volume {
            Some(volume) => format!("{} : {}", volume.display(), finding.place),
            None => finding.place.clone(),
        };
        out.line(format!("{}  {place}\n        {}", out.painted(Paint::Red, "rompu"), finding.what))?;
    }
    if verified.total > u64::try_from(SHOWN)? {
        out.line(format!(
            "… {} en tout ; --json ou --report les donnent.",
            render::counted(verified.total, "rupture", "ruptures")
        ))?;
    }
    for layer in Layer::ALL.into_iter().filter(|layer| verified.count(*layer) > 0) {
        out.line(format!("vérifié      {:>8} {}", verified.count(layer), layer.french()))?;
    }
    for (plan, count) in verified.destroyed_by_plan() {
        let archives = render::counted(count, "archive détruite", "archives détruites");
        out.line(format!("détruit      {archives} selon le plan {plan}"))?;
    }
    for key in &verified.keys {
        out.line(format!("clé          {key}"))?;
    }
    for one in &verified.unverified {
        let volume = one.volume.as_ref().map_or_else(String::new, |volume| format!("  ({})", volume.display()));
        out.line(format!("{}  {}{volume}", out.painted(Paint::Yellow, "non vérifié"), one.what))?;
    }
    out.line(verified.sentence())?;
    Ok(())
}
