//! `import`: a referential, taken whole or not at all; everything wrong with it is listed.

use std::{fs, path::PathBuf};

use serde::Serialize;

use crate::{
    archive::referentials::Notation,
    cli::{Common, Status, failure::ensure_found, house::House, output::Output, render},
    domain::{mandate::Administer, referential::Referential},
};

/// Importe un référentiel en entier ; un fichier fautif n’est pas pris, et tout ce qui ne va pas est dit
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// agencies (services), agreements (accords) ou rules (règles)
    #[arg(value_name = "RÉFÉRENTIEL", value_parser = referential)]
    referential: Referential,
    /// Fichier CSV ou JSON
    #[arg(value_name = "FICHIER")]
    file: PathBuf,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    ensure_found(std::slice::from_ref(&args.file))?;
    let bytes = fs::read(&args.file)?;
    let house = House::open(common)?;
    let by = house.mandate::<Administer>()?;
    match house.archive().import(&by, args.referential, &bytes, notation(args, &bytes))? {
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
        Err(faults) => {
            for fault in &faults {
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
    }
}

/// By the file's extension; by its first character when that says nothing.
fn notation(args: &Args, bytes: &[u8]) -> Notation {
    let extension = args.file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
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
