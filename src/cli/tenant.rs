//! `tenants` and `tenant create`: the archival agencies of a shared installation.

use clap::Subcommand;
use serde::Serialize;

use crate::{
    boot,
    cli::{Common, Status, failure::refuse, output::Output, render},
    domain::tenant::{Tenant, TenantId},
};

/// Liste les services d’archives de l’installation
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {}

/// Ajoute un service d’archives à l’installation
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Ajoute un service d’archives
    Create {
        /// Identifiant : 1 à 40 caractères parmi a-z, 0-9 et -
        #[arg(value_name = "IDENTIFIANT")]
        id: TenantId,
        /// Nom, pour les personnes (par défaut : l’identifiant)
        #[arg(long, value_name = "NOM")]
        name: Option<String>,
        /// Identifiant que portent les messages pour ce service (par défaut : l’identifiant)
        #[arg(long, value_name = "SERVICE")]
        archival_agency: Option<String>,
    },
}

pub(super) fn list(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let tenants = boot::open(&common.data())?.archive.tenants()?;
    for tenant in &tenants {
        if out.is_json() {
            out.item(&TenantItem::from(tenant))?;
            continue;
        }
        let id = render::padded(tenant.id.as_str(), 16);
        out.line(format!("{id}  {}  (ArchivalAgency : {})", tenant.name, tenant.archival_agency))?;
    }
    Ok(Status::Done)
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let Action::Create { id, name, archival_agency } = args.action;
    let installation = boot::open(&common.data())?;
    let (name, agency) = (name.unwrap_or_else(|| id.to_string()), archival_agency.unwrap_or_else(|| id.to_string()));
    if !installation.archive.create_tenant(id.clone(), &name, &agency)? {
        return refuse(format!("Il y a déjà un service « {id} »."));
    }
    if out.is_json() {
        out.item(&serde_json::json!({ "tenant": id.as_str(), "name": name, "archival_agency": agency }))?;
    } else {
        out.line(format!("Service « {id} » ajouté."))?;
    }
    Ok(Status::Done)
}

#[derive(Debug, Serialize)]
struct TenantItem<'a> {
    tenant: &'a str,
    name: &'a str,
    archival_agency: &'a str,
    created_at: String,
}

impl<'a> From<&'a Tenant> for TenantItem<'a> {
    fn from(tenant: &'a Tenant) -> Self {
        Self {
            tenant: tenant.id.as_str(),
            name: &tenant.name,
            archival_agency: &tenant.archival_agency,
            created_at: tenant.created_at.to_string(),
        }
    }
}
