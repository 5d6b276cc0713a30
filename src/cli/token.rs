//! `token`: credentials of the tools that deposit and read; a token is shown once, when it is issued.

use clap::Subcommand;
use serde::Serialize;

use crate::{
    cli::{
        Common, Status,
        failure::refuse,
        house::House,
        output::{Output, Paint},
        render,
    },
    domain::{
        id::ActorId,
        mandate::{Administer, Permission},
    },
};

/// Délivre, liste et révoque les jetons d’accès à l’API
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Délivre un jeton : il est montré une seule fois
    Issue {
        /// À quoi il sert, tel que « Parapheur de la ville »
        #[arg(value_name = "LIBELLÉ")]
        label: String,
        /// Droit : deposit, read, validate, administer, describe, dispose, agree ou control ; à répéter (par défaut :
        /// deposit et read)
        #[arg(long = "permission", value_name = "DROIT", value_parser = permission)]
        permissions: Vec<Permission>,
        /// Service au nom duquel il parle, tel que le référentiel le nomme
        #[arg(long, value_name = "IDENTIFIANT")]
        agency: Option<String>,
    },
    /// Liste les jetons délivrés, sans leur secret
    List,
    /// Délivre un nouveau jeton à un compte qui est là : un compte repris ou refait, dont le secret manque, ou un secret
    /// perdu ; l’ancien ne vaut plus rien
    Enrol {
        /// Identifiant, tel que « token list » le donne
        #[arg(value_name = "IDENTIFIANT")]
        id: ActorId,
    },
    /// Révoque un jeton
    Revoke {
        /// Identifiant, tel que « token list » le donne
        #[arg(value_name = "IDENTIFIANT")]
        id: ActorId,
    },
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    match args.action {
        Action::Issue { label, permissions, agency } => issue(&house, &label, &permissions, agency.as_deref(), out),
        Action::List => list(&house, out),
        Action::Enrol { id } => {
            let Some(token) = house.archive().enrol(&house.mandate::<Administer>()?, id)? else {
                return refuse(format!("Aucun compte en vigueur n’a l’identifiant {id}."));
            };
            if out.is_json() {
                out.item(&serde_json::json!({ "id": id.to_string(), "token": token }))?;
            } else {
                out.note("Jeton délivré. Notez-le : il ne sera plus montré.")?;
                out.line(token)?;
            }
            Ok(Status::Done)
        }
        Action::Revoke { id } => {
            let by = house.mandate::<Administer>()?;
            let known = house.archive().credentials(&by)?;
            let in_force = known.iter().any(|known| known.actor.id == id && known.revoked_at.is_none());
            if !in_force || !house.archive().revoke(&by, id)? {
                return refuse(format!("Aucun jeton en vigueur n’a l’identifiant {id}."));
            }
            if out.is_json() {
                out.item(&serde_json::json!({ "revoked": id.to_string() }))?;
            }
            out.note("Jeton révoqué.")?;
            Ok(Status::Done)
        }
    }
}

/// Issues a token and shows it: the token alone is data.
pub(super) fn issue(
    house: &House,
    label: &str,
    permissions: &[Permission],
    agency: Option<&str>,
    out: &mut Output<'_>,
) -> anyhow::Result<Status> {
    let permissions = if permissions.is_empty() { &[Permission::Deposit, Permission::Read] } else { permissions };
    let by = house.mandate::<Administer>()?;
    let (credential, token) = house.archive().issue(&by, label, permissions, agency)?;
    if out.is_json() {
        let id = credential.actor.id.to_string();
        out.item(&serde_json::json!({ "id": id, "label": label, "permissions": words(permissions), "agency": agency, "token": token }))?;
    } else {
        out.note("Jeton délivré. Notez-le : il ne sera plus montré.")?;
        out.line(token)?;
    }
    Ok(Status::Done)
}

fn list(house: &House, out: &mut Output<'_>) -> anyhow::Result<Status> {
    for credential in house.archive().credentials(&house.mandate::<Administer>()?)? {
        let item = CredentialItem {
            id: credential.actor.id.to_string(),
            label: &credential.label,
            permissions: words(&credential.actor.permissions),
            agency: credential.actor.agency.as_deref(),
            revoked_at: credential.revoked_at.map(|at| at.to_string()),
        };
        if out.is_json() {
            out.item(&item)?;
            continue;
        }
        let end = item.revoked_at.map_or_else(String::new, |at| out.painted(Paint::Dim, &format!("  révoqué le {at}")));
        out.line(format!("{}  {}  {}{end}", item.id, render::padded(&item.permissions.join(","), 24), item.label))?;
    }
    Ok(Status::Done)
}

fn words(permissions: &[Permission]) -> Vec<&'static str> {
    permissions.iter().map(|permission| permission.word()).collect()
}

fn permission(word: &str) -> Result<Permission, String> {
    Permission::from_word(word).ok_or_else(|| Permission::ALL.map(Permission::word).join(", "))
}

#[derive(Debug, Serialize)]
struct CredentialItem<'a> {
    id: String,
    label: &'a str,
    permissions: Vec<&'static str>,
    agency: Option<&'a str>,
    revoked_at: Option<String>,
}
