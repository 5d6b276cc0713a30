//! `evidence`: the evidence of an installation, made, renewed and given; and `evidence verify`: a record over the objects
//! that it proves, without any installation.

mod house;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use serde_json::{Value, json};

use crate::{
    boot::SystemClock,
    cli::{
        Common, Status,
        failure::{ensure_found, refuse},
        output::{Output, Paint},
        render,
    },
    digest,
    domain::{
        clock::{Clock, Timestamp},
        digest::Algorithm,
    },
    pki::trust::Trust,
    proof::evidence::{
        hash::HashValue,
        record::{Record, Unreadable},
        verdict::{Judgement, Outcome, TimeStamp, Verdict},
        verify::{Given, verify_believing},
    },
};

/// The longest record that is read: 64 MiB, the hashes of a million files. A record is read whole, and most have some
/// kilobytes.
const RECORD_BYTES: u64 = 64 << 20;

/// Fait, renouvelle, exporte et vérifie les enregistrements de preuve (RFC 4998)
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Vérifie un enregistrement de preuve et les objets qu’il protège, sans installation ; statut 1 s’il n’est pas valide
    Verify(VerifyArgs),
    /// Fait la preuve de chaque journée finie qui n’en a pas ; statut 1 si aucune autorité n’horodate
    Make,
    /// Renouvelle les preuves avant qu’un certificat n’expire ou qu’un algorithme ne vieillisse ; statut 1 s’il en reste
    Renew(house::RenewArgs),
    /// Écrit l’enregistrement de preuve d’une archive
    Export(house::ExportArgs),
}

#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// Enregistrement de preuve, en DER (RFC 4998) ou en XML (RFC 6283)
    #[arg(value_name = "ENREGISTREMENT")]
    record: PathBuf,
    /// Objet protégé, tel qu’il a été archivé ; sans aucun objet, rien n’est valide
    #[arg(long = "object", value_name = "FICHIER", num_args = 1..)]
    objects: Vec<PathBuf>,
    /// Certificats racines des autorités d’horodatage de confiance, en PEM ; sans eux, rien n’est valide
    #[arg(long = "trust", value_name = "PEM", num_args = 1..)]
    trust: Vec<PathBuf>,
    /// Instant auquel la preuve doit valoir, comme 2026-11-22T08:00:00Z (par défaut : maintenant)
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Timestamp>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    match &args.action {
        Action::Verify(args) => verify(args, out),
        Action::Make => house::make(common, out),
        Action::Renew(args) => house::renew(args, common, out),
        Action::Export(args) => house::export(args, common, out),
    }
}

fn verify(args: &VerifyArgs, out: &mut Output<'_>) -> anyhow::Result<Status> {
    for paths in [std::slice::from_ref(&args.record), &args.objects, &args.trust] {
        ensure_found(paths)?;
    }
    let trust = trust(&args.trust)?;
    let at = args.at.unwrap_or_else(|| SystemClock.now());
    let verdict = match Record::read(&whole(&args.record)?) {
        Ok(record) => verify_believing(&trust, &record, &given(&record, &args.objects)?, at)?,
        Err(Unreadable(why)) => unreadable(why),
    };
    if out.is_json() {
        out.item(&as_json(&verdict, at))?;
    } else {
        tell(&args.record, &verdict, at, out)?;
    }
    Ok(Status::refused_if(verdict.judgement.outcome != Outcome::Valid))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "un instant comme 2026-11-22T08:00:00Z".to_owned())
}

fn trust(paths: &[PathBuf]) -> anyhow::Result<Trust> {
    let mut pem = Vec::new();
    for path in paths {
        let text = std::fs::read(path)?;
        if let Err(fault) = Trust::from_pem(&text, b"") {
            return refuse(format!("« {} » : {}", path.display(), fault.sentence()));
        }
        pem.extend(text);
        pem.push(b'\n');
    }
    match Trust::from_pem(&pem, b"") {
        Ok(trust) => Ok(trust),
        Err(fault) => refuse(fault.sentence()),
    }
}

fn whole(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(RECORD_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len())? > RECORD_BYTES {
        return refuse(format!("« {} » dépasse {}.", path.display(), render::bytes(RECORD_BYTES)));
    }
    Ok(bytes)
}

/// Hashes each object once, by every algorithm of the record.
fn given(record: &Record, objects: &[PathBuf]) -> io::Result<Vec<Given>> {
    let mut algorithms = record.algorithms();
    if algorithms.is_empty() {
        // The record leaves it to its time-stamps to say.
        algorithms = vec![Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];
    }
    let hashed = |path: &PathBuf| {
        let mut head = Vec::new();
        let mut file = File::open(path)?;
        file.by_ref().take(256).read_to_end(&mut head)?;
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let is_xml = text.trim_ascii_start().starts_with(b"<");
        let digests = digest::of(&mut head.as_slice().chain(file), &algorithms)?;
        let hash = |by: &Algorithm| Some((*by, HashValue::taken(&digests, *by)?));
        let hashes: BTreeMap<Algorithm, HashValue> = algorithms.iter().filter_map(hash).collect();
        Ok(Given { name: path.display().to_string(), hashes, is_xml })
    };
    objects.iter().map(hashed).collect()
}

fn unreadable(why: String) -> Verdict {
    let mut judgement = Judgement::default();
    judgement.refuse(why);
    Verdict { judgement, time_stamps: Vec::new(), objects: Vec::new(), not_given: 0 }
}

fn as_json(verdict: &Verdict, at: Timestamp) -> Value {
    let time_stamp = |stamp: &TimeStamp| {
        json!({
            "chain": stamp.chain, "place": stamp.place, "at": stamp.at.map(|at| at.to_string()),
            "authority": stamp.authority, "algorithm": stamp.algorithm.map(Algorithm::name),
            "valid_until": stamp.until.map(|until| until.to_string()),
            "verdict": stamp.judgement.outcome.word(), "reasons": stamp.judgement.reasons,
        })
    };
    let objects: Vec<Value> = verdict
        .objects
        .iter()
        .map(|object| {
            json!({ "name": object.name, "verdict": object.judgement.outcome.word(),
                "reasons": object.judgement.reasons })
        })
        .collect();
    let reasons = &verdict.judgement.reasons;
    json!({
        "verdict": verdict.judgement.outcome.word(), "at": at.to_string(),
        "reason": (!reasons.is_empty()).then(|| reasons.join(" ")),
        "time_stamps": verdict.time_stamps.iter().map(time_stamp).collect::<Vec<_>>(),
        "objects": objects, "hashes_without_object": verdict.not_given,
    })
}

fn tell(record: &Path, verdict: &Verdict, at: Timestamp, out: &mut Output<'_>) -> anyhow::Result<()> {
    let word = painted(verdict.judgement.outcome, out);
    out.line(format!("{word}  enregistrement de preuve « {} », au {at}", record.display()))?;
    for stamp in &verdict.time_stamps {
        let word = painted(stamp.judgement.outcome, out);
        let when = stamp.at.map_or_else(|| "heure illisible".to_owned(), |at| at.to_string());
        let by = stamp.authority.as_deref().unwrap_or("autorité inconnue");
        let algorithm = stamp.algorithm.map_or("algorithme inconnu", Algorithm::name);
        let until = stamp.until.map(|until| format!(", certificat jusqu’au {until}")).unwrap_or_default();
        let (chain, place) = (stamp.chain, stamp.place);
        out.line(format!("{word}  chaîne {chain}, horodatage {place} : {when}, {by}, {algorithm}{until}"))?;
    }
    for object in &verdict.objects {
        let word = painted(object.judgement.outcome, out);
        out.line(format!("{word}  objet « {} »", object.name))?;
    }
    if verdict.not_given > 0 && !verdict.objects.is_empty() {
        let left = u64::try_from(verdict.not_given)?;
        let left = render::counted(left, "empreinte protégée", "empreintes protégées");
        out.line(format!("{left} sans objet fourni."))?;
    }
    for reason in &verdict.judgement.reasons {
        out.line(format!("- {reason}"))?;
    }
    Ok(())
}

fn painted(outcome: Outcome, out: &Output<'_>) -> String {
    let paint = match outcome {
        Outcome::Valid => Paint::Green,
        Outcome::NotVerified => Paint::Yellow,
        Outcome::Invalid => Paint::Red,
    };
    out.painted(paint, outcome.french())
}
