//! `evidence make`, `renew` and `export`: the evidence of an installation.

use std::{io::Write, path::PathBuf};

use chrono::NaiveDate;

use crate::{
    archive::evidence::{Making, Policy, Renewing},
    boot,
    cli::{
        Common, Status,
        deliver::write_whole,
        failure::refuse,
        house::House,
        output::{Output, Paint},
        render,
    },
    domain::{digest::Algorithm, id::ArchiveId, mandate::Read},
};

#[derive(Debug, clap::Args)]
pub(super) struct RenewArgs {
    /// Algorithme que les arbres doivent avoir : SHA-256, SHA-384 ou SHA-512 ; ceux d’un autre sont refaits, en relisant
    /// chaque fichier (par défaut : aucun n’est refait)
    #[arg(long, value_name = "ALGORITHME", value_parser = strong)]
    algorithm: Option<Algorithm>,
    /// Jours avant la fin d’un certificat où l’horodatage est renouvelé (par défaut : 180)
    #[arg(long, value_name = "JOURS", default_value_t = Policy::MARGIN_DAYS, hide_default_value = true)]
    margin: u32,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// Identifiant de l’archive
    #[arg(value_name = "ARCHIVE")]
    archive: ArchiveId,
    /// Fichier à écrire
    #[arg(long, value_name = "FICHIER.ers")]
    out: PathBuf,
}

pub(super) fn make(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let Making { days, archives, missed } = boot::open(&common.data())?.archive.evidence_due()?;
    if out.is_json() {
        out.item(&serde_json::json!({ "days": texts(&days), "archives": archives, "missed": missed }))?;
        return Ok(Status::refused_if(!missed.is_empty()));
    }
    if days.is_empty() && missed.is_empty() {
        out.line("Aucune journée finie n’attend sa preuve.")?;
    }
    if !days.is_empty() {
        let (days, archives) = (days_of(&days)?, render::counted(archives, "archive", "archives"));
        out.line(format!("Preuve faite pour {days} : {archives}."))?;
    }
    tell_missed(&missed, out)?;
    Ok(Status::refused_if(!missed.is_empty()))
}

pub(super) fn renew(args: &RenewArgs, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let policy = Policy { algorithm: args.algorithm, margin_days: args.margin };
    let renewing = boot::open(&common.data())?.archive.renew_due(policy)?;
    let left = !(renewing.lapsed.is_empty() && renewing.unread.is_empty() && renewing.missed.is_empty());
    if out.is_json() {
        let unread = |(day, why): &(NaiveDate, String)| serde_json::json!({ "day": day.to_string(), "reason": why });
        out.item(&serde_json::json!({
            "time_stamps": texts(&renewing.time_stamps), "hash_trees": texts(&renewing.hash_trees),
            "lapsed": texts(&renewing.lapsed), "unread": renewing.unread.iter().map(unread).collect::<Vec<_>>(),
            "missed": renewing.missed,
        }))?;
    } else {
        tell_renewing(&renewing, left, out)?;
    }
    Ok(Status::refused_if(left))
}

pub(super) fn export(args: &ExportArgs, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Read>()?;
    let Some(record) = house.archive().evidence_record(&by, args.archive)? else {
        return refuse(if house.archive().archive(&by, args.archive)?.is_some() {
            "La preuve de cette archive n’est pas encore faite : elle l’est une fois la journée finie (« cartulaire \
             evidence make »)."
                .to_owned()
        } else {
            format!("Aucune archive ne porte l’identifiant {} dans ce service.", args.archive)
        });
    };
    write_whole(&args.out, |file| Ok(file.write_all(&record)?))?;
    let bytes = u64::try_from(record.len())?;
    if out.is_json() {
        out.item(&serde_json::json!({ "file": args.out, "bytes": bytes }))?;
    } else {
        out.line(format!("{} : enregistrement de preuve, {}", args.out.display(), render::bytes(bytes)))?;
    }
    Ok(Status::Done)
}

fn tell_renewing(renewing: &Renewing, left: bool, out: &mut Output<'_>) -> anyhow::Result<()> {
    if !renewing.time_stamps.is_empty() {
        out.line(format!("Horodatage renouvelé pour {}.", days_of(&renewing.time_stamps)?))?;
    }
    if !renewing.hash_trees.is_empty() {
        out.line(format!("Arbre refait pour {}.", days_of(&renewing.hash_trees)?))?;
    }
    for day in &renewing.lapsed {
        let word = out.painted(Paint::Red, "expirée");
        out.line(format!("{word}  preuve du {day} : son dernier horodatage ne peut plus être renouvelé"))?;
    }
    for (day, why) in &renewing.unread {
        out.line(format!(
            "{}  preuve du {day} : un fichier n’a pu être relu ({why})",
            out.painted(Paint::Red, "à refaire")
        ))?;
    }
    tell_missed(&renewing.missed, out)?;
    if !left && renewing.time_stamps.is_empty() && renewing.hash_trees.is_empty() {
        out.line("Aucune preuve n’est à renouveler.")?;
    }
    Ok(())
}

fn tell_missed(missed: &[String], out: &mut Output<'_>) -> anyhow::Result<()> {
    for why in missed {
        out.line(format!("{}  {why}", out.painted(Paint::Yellow, "sans horodatage")))?;
    }
    Ok(())
}

fn days_of(days: &[NaiveDate]) -> anyhow::Result<String> {
    let span = match days {
        [first, .., last] => format!(" (du {first} au {last})"),
        [only] => format!(" ({only})"),
        [] => String::new(),
    };
    Ok(render::counted(u64::try_from(days.len())?, "journée", "journées") + &span)
}

fn texts(days: &[NaiveDate]) -> Vec<String> {
    days.iter().map(ToString::to_string).collect()
}

fn strong(name: &str) -> Result<Algorithm, String> {
    let strong = [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];
    let known = strong.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name));
    known.ok_or_else(|| "« SHA-256 », « SHA-384 » ou « SHA-512 »".to_owned())
}
