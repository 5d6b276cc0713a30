//! `import`: a referential, taken whole or not at all; everything wrong with it is listed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    archive::referentials::Notation,
    cli::{
        Common, Status,
        failure::{ensure_found, refuse},
        house::House,
        output::Output,
        render,
    },
    domain::{
        mandate::{Administer, Read},
        referential::Referential,
    },
    record::referential::ImportFault,
};

/// Importe un référentiel en entier ; un fichier fautif n’est pas pris, et tout ce qui ne va pas est dit
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// agencies (services), agreements (accords) ou rules (règles)
    #[arg(value_name = "RÉFÉRENTIEL", value_parser = referential)]
    referential: Referential,
    /// Fichier CSV ou JSON
    #[arg(value_name = "FICHIER", required_unless_present = "embedded", conflicts_with = "embedded")]
    file: Option<PathBuf>,
    /// Ajoute aux règles les délais de communicabilité du code du patrimoine qui leur manquent (AR038 à AR062)
    #[arg(long)]
    embedded: bool,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let Some(file) = &args.file else { return embedded(args, common, out) };
    ensure_found(std::slice::from_ref(file))?;
    let bytes = fs::read(file)?;
    let house = House::open(common)?;
    let by = house.mandate::<Administer>()?;
    match house.archive().import(&by, args.referential, &bytes, notation(file, &bytes))? {
        Ok(edition) => {
            if out.is_json() {
                out.item(&serde_json::json!({
                    "referential": args.referential.word(),
                    "version": edition.version,
                    "digest": edition.digest.to_string(),
                    "imported_at": edition.imported_at.to_string(),
                }))?;
            } else {
                out.line(format!("{} : édition {} importée.", args.referential.word(), edition.version))?;
            }
            Ok(Status::Done)
        }
        Err(faults) => refused(&faults, out),
    }
}

fn refused(faults: &[ImportFault], out: &mut Output<'_>) -> anyhow::Result<Status> {
    for fault in faults {
        if out.is_json() {
            let (line, column, message) = (fault.line, fault.column.as_str(), fault.message.as_str());
            out.item(&FaultItem { line, column, message })?;
        } else {
            out.line(fault)?;
        }
    }
    let faults = render::counted(u64::try_from(faults.len())?, "faute", "fautes");
    out.note(format!("{faults} : rien n’est importé, l’édition précédente reste en vigueur."))?;
    Ok(Status::Refused)
}

/// Adds the delays of the code du patrimoine to the rules.
fn embedded(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if args.referential != Referential::Rules {
        return refuse("Seules les règles ont des entrées toutes prêtes : « import rules --embedded ».");
    }
    let house = House::open(common)?;
    let added = match house.archive().add_delays(&house.mandate::<Administer>()?, &house.mandate::<Read>()?)? {
        Ok(added) => added,
        Err(faults) => return refused(&faults, out),
    };
    if out.is_json() {
        let version = added.edition.as_ref().map(|edition| edition.version);
        out.item(&serde_json::json!({
            "referential": "rules", "version": version, "added": added.added, "kept": added.kept,
        }))?;
        return Ok(Status::Done);
    }
    let delays = render::counted(u64::try_from(added.added.len())?, "délai ajouté", "délais ajoutés");
    match &added.edition {
        Some(edition) => out.line(format!("{delays} : édition {} des règles.", edition.version))?,
        None => out.line("Aucun délai ne manquait : les règles restent telles quelles.")?,
    }
    if !added.kept.is_empty() {
        out.note(format!("Déjà au référentiel, laissés tels quels : {}.", added.kept.join(", ")))?;
    }
    Ok(Status::Done)
}

/// By the file's extension; by its first character when that says nothing.
fn notation(file: &Path, bytes: &[u8]) -> Notation {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("json") => Notation::Json,
        Some("csv") => Notation::Csv,
        _ if bytes.trim_ascii_start().first() == Some(&b'[') => Notation::Json,
        _ => Notation::Csv,
    }
}

/// Reads a referential's word.
pub(super) fn referential(word: &str) -> Result<Referential, String> {
    Referential::from_word(word).ok_or_else(|| "agencies, agreements ou rules".to_owned())
}

#[derive(Debug, Serialize)]
struct FaultItem<'a> {
    line: u64,
    column: &'a str,
    message: &'a str,
}
