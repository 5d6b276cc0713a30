//! `tsa`: a time-stamp authority of the house's own, for trials and for where no other can be reached.

use std::sync::Arc;

use crate::{
    boot::{
        SystemClock,
        authority::{self, Own},
    },
    cli::{Common, Status, house, output::Output},
    domain::clock::Clock,
    http,
};

/// Tient une autorité d’horodatage (RFC 3161) locale ; son heure n’est pas celle d’un tiers
///
/// Ses jetons disent l’heure de cette machine, signée par une clé que tient la même maison : ils enchaînent le journal et
/// rendent visible toute retouche ultérieure, mais ne prouvent l’heure à personne d’autre. Pour une preuve opposable,
/// déclarez une autorité tierce, de préférence qualifiée (eIDAS). L’autorité est créée au premier lancement, dans le
/// dossier « keys/tsa » du répertoire ; sa racine de confiance est « root.pem ».
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Adresse d’écoute (par défaut : 127.0.0.1:8318)
    #[arg(long, value_name = "ADRESSE", hide_default_value = true, default_value = "127.0.0.1:8318")]
    listen: String,
    /// Nom de l’autorité, inscrit dans son certificat à sa création (par défaut : « Cartulaire, horodatage local »)
    #[arg(long, value_name = "NOM", hide_default_value = true, default_value = "Cartulaire, horodatage local")]
    name: String,
    /// Durée de validité de l’autorité, en jours, à sa création (par défaut : 3653, soit dix ans)
    #[arg(long, value_name = "JOURS", hide_default_value = true, default_value_t = 3653, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let Own { authority, root, is_new } = authority::own(&common.data(), &args.name, SystemClock.now(), args.days)?;
    let listener = house::listen_on(&args.listen)?;
    let address = listener.local_addr()?;
    if out.is_json() {
        out.item(&serde_json::json!({ "listening": address.to_string(), "root": root, "created": is_new }))?;
    }
    let (subject, end) = (authority.certificate().subject(), authority.certificate().not_after());
    out.note(format!("Autorité « {subject} », valable jusqu’au {end} ; racine : « {} ».", root.display()))?;
    out.note("Son heure est celle de cette machine : ce n’est pas celle d’un tiers.")?;
    out.note(format!("Elle écoute sur http://{address}/ ; Ctrl-C l’arrête."))?;
    http::tsa::serve(authority, Arc::new(SystemClock), listener, http::told_to_stop())?;
    Ok(Status::Done)
}
