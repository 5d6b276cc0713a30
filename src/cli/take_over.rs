//! `take-over`: a tenant comes from another installation, by the restitution that was made there.

use std::path::PathBuf;

use crate::{
    archive::{
        takeover::{Refusal, Taken, Watch},
        verify::trust::Known,
    },
    boot,
    cli::{
        Common, Status,
        failure::{ensure_found, refuse},
        output::Output,
        progress::Progress,
        render,
    },
    proof::vkey::Vkey,
};

/// Ruptures of a restitution that are shown; `verify` gives them all.
const SHOWN: usize = 20;

/// Reprend un service d’archives depuis la restitution qu’une autre installation en a faite : vérifiée en entier, copiée à
/// l’identique, ses journaux et ses preuves continués ici
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Dossier de la restitution ; un ZIP ou un tar se décompresse d’abord
    #[arg(value_name = "DOSSIER")]
    path: PathBuf,
    /// Clé publique du registre de l’installation d’origine, connue par ailleurs que par la restitution (peut être
    /// répétée)
    #[arg(long, value_name = "CLÉ")]
    key: Vec<Vkey>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    ensure_found(std::slice::from_ref(&args.path))?;
    let installation = boot::open(&common.data())?;
    for notice in &installation.notices {
        out.note(notice)?;
    }
    let known = Known { keys: args.key.clone(), ..Known::default() };
    let is_known = !known.keys.is_empty();
    let progress = Progress::counting("objets vérifiés, puis copiés");
    let watch = Watch { verified: &|| progress.step(), copied: &|| progress.step() };
    let taken = installation.archive.take_over(&args.path, &known, &watch)?;
    drop(progress);
    match taken {
        Ok(taken) => tell(&taken, is_known, out),
        Err(refusal) => refused(refusal, args, out),
    }
}

fn tell(taken: &Taken, is_known: bool, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let pending: Vec<String> = taken.pending.iter().map(ToString::to_string).collect();
    if out.is_json() {
        out.item(&serde_json::json!({
            "tenant": taken.tenant.as_str(),
            "name": taken.name,
            "installation": taken.installation,
            "objects": taken.objects,
            "bytes": taken.bytes,
            "lines": taken.lines,
            "accounts_locked": taken.accounts,
            "pending": pending,
        }))?;
        return Ok(Status::Done);
    }
    let objects = render::counted(taken.objects, "objet", "objets");
    let lines = render::counted(taken.lines, "ligne de journal", "lignes de journal");
    out.line(format!("Service « {} » ({}) repris : {objects}, {lines}.", taken.tenant, taken.name))?;
    out.line(format!("Il vient de l’installation {}, dont le registre est conservé avec lui.", taken.installation))?;
    if !is_known {
        out.note(
            "La clé de ce registre n’est connue que par la restitution : comparez-la à celle que l’installation d’origine \
             publie (« verify » la montre ; --key l’exige).",
        )?;
    }
    out.note(format!(
        "{} sans secret : « cartulaire --tenant {} token enrol IDENTIFIANT » en délivre un à chacun. Le compte local \
         de cette machine agit dès maintenant.",
        render::counted(taken.accounts, "compte est venu", "comptes sont venus"),
        taken.tenant
    ))?;
    for transfer in pending {
        out.note(format!("Transfert non réglé, venu avec son paquet : {transfer}"))?;
    }
    Ok(Status::Done)
}

fn refused(refusal: Refusal, args: &Args, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let path = args.path.display();
    match refusal {
        Refusal::NotOne(why) => refuse(format!("« {path} » n’est pas une restitution à reprendre : {why}")),
        Refusal::Format(found) => refuse(format!(
            "« {path} » est au format « {found} », que cette version de Cartulaire ne connaît pas : reprenez-la par une \
             version plus récente."
        )),
        Refusal::Stands(tenant) => refuse(format!(
            "Il y a déjà un service « {tenant} » dans cette installation : un service n’est jamais repris par-dessus \
             lui-même."
        )),
        Refusal::Busy => refuse("Une autre reprise est en cours dans cette installation."),
        Refusal::Broken(verified) => {
            for finding in verified.findings.iter().take(SHOWN) {
                let (place, what) = (&finding.place, &finding.what);
                if out.is_json() {
                    out.item(&serde_json::json!({ "layer": finding.layer.word(), "place": place, "what": what }))?;
                } else {
                    out.line(format!("rompu  {place}\n        {what}"))?;
                }
            }
            let found = render::counted(verified.total, "rupture", "ruptures");
            refuse(format!(
                "La restitution ne se vérifie pas ({found}) : rien n’a été repris. « cartulaire verify {path} » les \
                 donne toutes."
            ))
        }
    }
}
