//! `export`: a referential as it stands, in the form that `import` takes.

use crate::{
    archive::referentials::Notation,
    cli::{Common, Status, house::House, import, output::Output},
    domain::{mandate::Read, referential::Referential},
};

/// Donne un référentiel en CSV ou en JSON, tel que « import » le reprend
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// agencies (services), agreements (accords) ou rules (règles)
    #[arg(value_name = "RÉFÉRENTIEL", value_parser = import::referential)]
    referential: Referential,
    /// « csv » (par défaut) ou « json »
    #[arg(long, value_name = "FORMAT", value_parser = notation)]
    format: Option<Notation>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Read>()?;
    let default = if out.is_json() { Notation::Json } else { Notation::Csv };
    let bytes = house.archive().export(&by, args.referential, args.format.unwrap_or(default))?;
    out.bytes().write_all(&bytes)?;
    Ok(Status::Done)
}

fn notation(word: &str) -> Result<Notation, String> {
    match word {
        "csv" => Ok(Notation::Csv),
        "json" => Ok(Notation::Json),
        _ => Err("« csv » ou « json »".to_owned()),
    }
}
