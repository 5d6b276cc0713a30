//! `serve`: the HTTP face, until it is stopped.

use crate::{
    boot,
    cli::{Common, Status, house, output::Output},
    http,
};

/// Sert l’API et l’interface web, jusqu’à ce qu’on l’arrête
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Adresse d’écoute, telle que « 127.0.0.1:8425 » (par défaut : celle de la configuration)
    #[arg(long, value_name = "ADRESSE")]
    listen: Option<String>,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let installation = boot::open(&common.data())?;
    for notice in &installation.notices {
        out.note(notice)?;
    }
    let listen = args.listen.unwrap_or_else(|| installation.config.listen.clone());
    let listener = house::listen_on(&listen)?;
    let address = listener.local_addr()?;
    if out.is_json() {
        out.item(&serde_json::json!({ "listening": address.to_string() }))?;
    }
    out.note(format!("Cartulaire écoute sur http://{address}/ ; Ctrl-C l’arrête."))?;
    http::serve(installation, listener, http::told_to_stop())?;
    Ok(Status::Done)
}
