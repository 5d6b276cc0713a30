//! `keys`: the log's public keys, and the change of the key that signs it.

use clap::Subcommand;

use crate::{
    boot,
    cli::{Common, Status, output::Output},
};

/// Montre les clés publiques du registre, ou change celle qui le signe
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fait une nouvelle clé et la consigne au registre ; l’ancienne signe encore le point de contrôle qui l’annonce
    ///
    /// Le service doit être arrêté pendant ce temps : il signerait avec l’ancienne clé.
    Rotate,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if matches!(args.action, Some(Action::Rotate)) {
        boot::rotate_log_key(&common.data())?;
    }
    let installation = boot::open(&common.data())?;
    let (keys, origin) = installation.archive.log_keys()?;
    for key in keys {
        if out.is_json() {
            out.item(&serde_json::json!({
                "origin": origin, "from": key.from, "vkey": key.vkey, "second": key.second,
            }))?;
        } else {
            out.line(format!("à partir de l’entrée {} : {}", key.from, key.vkey))?;
            if let Some(second) = key.second {
                out.line(format!("  et {second}"))?;
            }
        }
    }
    Ok(Status::Done)
}
