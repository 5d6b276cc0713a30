//! Opening the installation for a command, and the rights that its actor has there.

use std::{
    io::{self, BufRead, Read},
    net::TcpListener,
};

use crate::{
    archive::{Archive, tenants::TenantChoice},
    boot::{self, Installation},
    cli::{Common, failure::refuse, output::Output},
    config,
    domain::{
        mandate::{Actor, Mandate, Right},
        tenant::TenantId,
    },
};

/// The longest token read, in bytes.
const TOKEN_BYTES: u64 = 1_024;

/// An open installation, and who acts in it.
pub(super) struct House {
    installation: Installation,
    actor: Actor,
}

impl House {
    /// Opens the installation that the command line names. Who acts is the bearer of `CARTULAIRE_TOKEN` when there is
    /// one, the machine's own user otherwise.
    pub(super) fn open(common: &Common) -> anyhow::Result<Self> {
        let installation = boot::open(&common.data())?;
        let actor = actor(&installation.archive, common)?;
        Ok(Self { installation, actor })
    }

    /// The same installation, with its machine's user in another tenant.
    pub(super) fn within(self, tenant: &TenantId) -> anyhow::Result<Self> {
        match self.installation.archive.local_actor(Some(tenant)) {
            Ok(actor) => Ok(Self { actor, ..self }),
            Err(choice) => no_tenant(choice).map(|actor| Self { actor, ..self }),
        }
    }

    /// Tells what a person who adds to the archive should know: copies on one disk, and the like.
    pub(super) fn tell_notices(&self, out: &mut Output<'_>) -> io::Result<()> {
        self.installation.notices.iter().try_for_each(|notice| out.note(notice))
    }

    /// The archive.
    pub(super) fn archive(&self) -> &Archive {
        &self.installation.archive
    }

    /// The right `R`, if the actor has it.
    pub(super) fn mandate<R: Right>(&self) -> anyhow::Result<Mandate<R>> {
        Ok(self.actor.mandate()?)
    }
}

fn actor(archive: &Archive, common: &Common) -> anyhow::Result<Actor> {
    let token = match (&common.account, config::token()) {
        (Some(_), None) => Some(typed_token()?),
        (_, token) => token,
    };
    let Some(token) = token else {
        return match archive.local_actor(common.tenant.as_ref()) {
            Ok(actor) => Ok(actor),
            Err(choice) => no_tenant(choice),
        };
    };
    let known = archive.actor_of_token(&token)?;
    if let (Some(account), Some(actor)) = (&common.account, &known)
        && !archive.is_account(actor, account)?
    {
        return refuse(format!("Ce jeton n’est pas celui du compte « {account} »."));
    }
    match known {
        Some(actor) if common.tenant.as_ref().is_none_or(|tenant| *tenant == actor.tenant) => Ok(actor),
        Some(actor) => refuse(format!("Ce jeton agit pour « {} » et pour aucun autre service.", actor.tenant)),
        None => refuse("Ce jeton n’est pas connu, ou a été révoqué."),
    }
}

/// Listens on an address.
pub(super) fn listen_on(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).or_else(|error| refuse(format!("Impossible d’écouter sur « {address} » : {error}.")))
}

/// The token that stands on the first line of the standard input.
fn typed_token() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(TOKEN_BYTES).read_line(&mut line)?;
    let token = line.trim();
    if token.is_empty() {
        return refuse("Il manque le jeton du compte : dans CARTULAIRE_TOKEN, ou sur l’entrée standard.");
    }
    Ok(token.to_owned())
}

fn no_tenant(choice: TenantChoice) -> anyhow::Result<Actor> {
    match choice {
        TenantChoice::Unknown(tenant) => {
            refuse(format!("Il n’y a pas de service « {tenant} » dans cette installation."))
        }
        TenantChoice::Several(tenants) => {
            let names: Vec<String> = tenants.iter().map(ToString::to_string).collect();
            refuse(format!("Plusieurs services : choisissez par --tenant entre {}.", names.join(", ")))
        }
        TenantChoice::None => {
            refuse("L’installation n’a encore aucun service : « cartulaire tenant create » en ajoute un.")
        }
        TenantChoice::House(error) => Err(error.into()),
    }
}
