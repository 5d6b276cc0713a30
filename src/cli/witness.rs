//! `witness`: cosigns other installations' checkpoints, until it is stopped.

use std::{path::PathBuf, sync::Arc};

use crate::{
    boot::SystemClock,
    cli::{
        Common, Status,
        failure::{Misuse, refuse},
        house,
        output::Output,
    },
    http::{
        self,
        witness::seat::{Error, Seat},
    },
    proof::vkey::Vkey,
};

/// Tient un témoin : contresigne les points de contrôle d’autres installations, tant que leur journal ne fait que
/// croître (protocole C2SP tlog-witness)
///
/// À la première utilisation, les clés du témoin sont créées dans le répertoire (par défaut : cartulaire-witness) ; ce
/// sont elles qu’il faut remettre aux installations. Sans « --log », la commande les affiche et s’arrête.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Adresse d’écoute (par défaut : 127.0.0.1:8426)
    #[arg(long, value_name = "ADRESSE", default_value = "127.0.0.1:8426", hide_default_value = true)]
    listen: String,
    /// Nom du témoin, tel que « archives.exemple.fr/temoin » ; il est choisi une fois pour toutes
    #[arg(long, value_name = "NOM")]
    name: Option<String>,
    /// Clé publique d’un journal à contresigner (autant de fois que de journaux ou de clés)
    #[arg(long = "log", value_name = "CLÉ")]
    logs: Vec<String>,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let folder = common.data.clone().unwrap_or_else(|| PathBuf::from("cartulaire-witness"));
    if folder.join("cartulaire.toml").exists() {
        return refuse(
            "Un témoin ne se tient pas dans l’installation qu’il surveille : donnez-lui un répertoire à lui.",
        );
    }
    let logs = args.logs.iter().map(|text| vkey(text)).collect::<anyhow::Result<Vec<Vkey>>>()?;
    let watches = !logs.is_empty();
    let seat = match Seat::open(&folder, args.name.as_deref(), logs, Arc::new(SystemClock)) {
        Ok(seat) => seat,
        Err(error) => return why(error),
    };
    for vkey in seat.vkeys() {
        if out.is_json() {
            out.item(&serde_json::json!({ "vkey": vkey.to_string() }))?;
        } else {
            out.line(vkey)?;
        }
    }
    if !watches {
        out.note("Voici les clés publiques du témoin. Indiquez les journaux à contresigner avec « --log ».")?;
        return Ok(Status::Done);
    }
    let listen = args.listen;
    let listener = house::listen_on(&listen)?;
    let address = listener.local_addr()?;
    if out.is_json() {
        out.item(&serde_json::json!({ "listening": address.to_string() }))?;
    }
    out.note(format!("Le témoin écoute sur http://{address}/ ; Ctrl-C l’arrête."))?;
    out.flush()?;
    http::witness::serve(seat, listener, http::told_to_stop())?;
    Ok(Status::Done)
}

fn vkey(text: &str) -> anyhow::Result<Vkey> {
    text.parse().map_err(|_| Misuse(format!("« {text} » n’est pas une clé publique de journal.")).into())
}

/// Says why there is no witness, when the operator can do something about it.
fn why(error: Error) -> anyhow::Result<Status> {
    match error {
        Error::Nameless => {
            Err(Misuse("Ce témoin n’a pas encore de nom : donnez-lui-en un avec « --name ».".to_owned()).into())
        }
        Error::OtherName(name) => refuse(format!(
            "Ce témoin se nomme « {name} » : un autre nom demande un autre répertoire et d’autres clés."
        )),
        Error::Taken(folder) => refuse(format!("Un autre témoin travaille déjà dans « {} ».", folder.display())),
        Error::Forgotten(state) => refuse(format!(
            "Le témoin a ses clés et n’a plus sa mémoire (« {} » manque) : il pourrait contresigner deux histoires \
             d’un même journal. Rétablissez ce répertoire, ou faites un nouveau témoin ailleurs.",
            state.display()
        )),
        Error::Sign(_) => {
            Err(Misuse("Ce nom ne convient pas : ni espace, ni signe « + », 255 octets au plus.".to_owned()).into())
        }
        other => Err(other.into()),
    }
}
