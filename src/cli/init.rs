//! `init`: makes an installation with one tenant, and says what it accepts until the archivist imports referentials.

use std::{path::PathBuf, sync::Arc};

use crate::{
    boot::{self, Init},
    cli::{Common, Status, house::House, output::Output, token},
    config::Config,
    domain::{mandate::Permission, tenant::TenantId},
};

/// The tenant that is made when none is named.
const TENANT: &str = "principal";

/// What is said once, because an archivist must know it before the first deposit.
const OPEN_DOORS: &str = "\
Tant qu’aucun référentiel n’est importé, tout service, tout accord, toute règle et les deux dialectes du SEDA sont admis :
ce qui demande un référentiel est dit « non examiné ». L’archiviste les importe par « cartulaire import ».";

/// Crée une installation avec un service d’archives
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Nom du service d’archives, pour les personnes
    #[arg(long, value_name = "NOM", default_value = "Service d’archives", hide_default_value = true)]
    name: String,
    /// Identifiant que portent les messages pour ce service (par défaut : celui de --tenant)
    #[arg(long, value_name = "SERVICE")]
    archival_agency: Option<String>,
    /// Catalogue : « sqlite:FICHIER » ou « postgres://… » (par défaut : sqlite:catalogue.sqlite)
    #[arg(long, value_name = "ADRESSE")]
    database: Option<String>,
    /// Volume, à répéter : tout y est conservé sur chacun (par défaut : volumes/a et volumes/b)
    #[arg(long = "volume", value_name = "DOSSIER")]
    volumes: Vec<PathBuf>,
    /// Adresse d’écoute de « serve » (par défaut : 127.0.0.1:8425)
    #[arg(long, value_name = "ADRESSE")]
    listen: Option<String>,
    /// Ne crée aucun service d’archives : l’installation en reprendra un par « take-over »
    #[arg(long, conflicts_with_all = ["name", "archival_agency", "token"])]
    empty: bool,
    /// Délivre aussi un premier jeton, avec tous les droits
    #[arg(long)]
    token: bool,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let (wants_token, is_empty) = (args.token, args.empty);
    let init = wanted(args, common)?;
    let (tenant, data) = (init.tenant.clone(), common.data());
    let installation = if is_empty {
        boot::init_empty(&data, &init.config, Arc::new(boot::SystemClock))?
    } else {
        boot::init(&data, &init)?
    };
    for notice in &installation.notices {
        out.note(notice)?;
    }
    let volumes: Vec<String> =
        installation.config.volume_paths(&data).iter().map(|path| path.display().to_string()).collect();
    if out.is_json() {
        let (data, tenant) = (data.display().to_string(), (!is_empty).then(|| tenant.as_str()));
        out.item(&serde_json::json!({ "data": data, "tenant": tenant, "volumes": volumes }))?;
    } else if is_empty {
        out.line(format!("Installation créée dans « {} », sans service d’archives.", data.display()))?;
        out.line(format!("Volumes : {}.", volumes.join(", ")))?;
    } else {
        out.line(format!("Installation créée dans « {} » pour le service « {tenant} ».", data.display()))?;
        out.line(format!("Volumes : {}.", volumes.join(", ")))?;
        out.note(OPEN_DOORS)?;
    }
    drop(installation);
    if wants_token {
        let house = House::open(&Common { tenant: Some(tenant), ..common.clone() })?;
        token::issue(&house, "Premier jeton", &Permission::LOCAL, None, out)?;
    }
    Ok(Status::Done)
}

fn wanted(args: Args, common: &Common) -> anyhow::Result<Init> {
    let tenant: TenantId = match &common.tenant {
        Some(tenant) => tenant.clone(),
        None => TENANT.parse()?,
    };
    let mut config = Config::default();
    if !args.volumes.is_empty() {
        config.required_volumes = args.volumes.len();
        // A path on the command line starts where the command was typed, not at the installation.
        config.volumes = args.volumes.iter().map(std::path::absolute).collect::<Result<_, _>>()?;
    }
    config.database = args.database.unwrap_or(config.database);
    config.listen = args.listen.unwrap_or(config.listen);
    let archival_agency = args.archival_agency.unwrap_or_else(|| tenant.to_string());
    Ok(Init { tenant, name: args.name, archival_agency, config })
}
