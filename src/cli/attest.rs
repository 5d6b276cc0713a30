//! `attest`: papers under the installation's seal that say what was done. So far, deposits.

use std::path::PathBuf;

use crate::{
    cli::{Common, Status, failure::refuse, house::House, integrity::write_paper, output::Output},
    domain::{id::TransferId, mandate::Deposit},
};

/// Délivre une attestation en PDF, sous le cachet de l’installation
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Atteste un dépôt : ce qui a été reçu, quand, et son issue
    Deposit {
        /// Identifiant d’un transfert
        #[arg(value_name = "TRANSFERT")]
        transfer: String,
        /// Fichier PDF à écrire
        #[arg(long, value_name = "FICHIER.pdf")]
        out: PathBuf,
    },
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let What::Deposit { transfer, out: path } = &args.what;
    let house = House::open(common)?;
    let by = house.mandate::<Deposit>()?;
    let paper = match transfer.parse::<TransferId>() {
        Ok(id) => house.archive().deposit_attestation(&by, id)?,
        Err(_) => None,
    };
    let Some(paper) = paper else {
        return refuse(format!("Aucun transfert ne porte l’identifiant « {transfer} » dans ce service."));
    };
    write_paper(path, &paper)?;
    if out.is_json() {
        out.item(&serde_json::json!({ "transfer": transfer, "file": path, "bytes": paper.len() }))?;
    } else {
        out.line(format!("Attestation : {}", path.display()))?;
    }
    Ok(Status::Done)
}
