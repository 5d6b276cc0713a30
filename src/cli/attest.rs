//! `attest`: papers under the installation's seal that say what was done. So far, deposits and eliminations.

use std::path::{Path, PathBuf};

use crate::{
    cli::{Common, Status, failure::refuse, house::House, integrity::write_paper, output::Output},
    domain::{
        id::{DisposalId, TransferId},
        mandate::{Deposit, Read},
    },
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
    /// Donne le certificat d’une élimination exécutée
    Elimination {
        /// Identifiant du plan
        #[arg(value_name = "PLAN")]
        plan: DisposalId,
        /// Fichier PDF à écrire
        #[arg(long, value_name = "FICHIER.pdf")]
        out: PathBuf,
    },
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    match &args.what {
        What::Deposit { transfer, out: path } => deposit(transfer, path, common, out),
        What::Elimination { plan, out: path } => elimination(*plan, path, common, out),
    }
}

fn elimination(plan: DisposalId, path: &Path, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let Some(paper) = house.archive().elimination_certificate(&house.mandate::<Read>()?, plan)? else {
        return refuse(format!("Aucune élimination exécutée ne porte l’identifiant « {plan} » dans ce service."));
    };
    write_paper(path, &paper)?;
    if out.is_json() {
        out.item(&serde_json::json!({ "plan": plan.to_string(), "file": path, "bytes": paper.len() }))?;
    } else {
        out.line(format!("Certificat : {}", path.display()))?;
    }
    Ok(Status::Done)
}

fn deposit(transfer: &str, path: &Path, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
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
