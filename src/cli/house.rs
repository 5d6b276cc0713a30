//! Opening the installation for a command, and the rights that its actor has there.

use std::io;

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
    let Some(token) = config::token() else {
        return match archive.local_actor(common.tenant.as_ref()) {
            Ok(actor) => Ok(actor),
            Err(choice) => no_tenant(choice),
        };
    };
    match archive.actor_of_token(&token)? {
        Some(actor) if common.tenant.as_ref().is_none_or(|tenant| *tenant == actor.tenant) => Ok(actor),
        Some(actor) => refuse(format!("Ce jeton agit pour « {} » et pour aucun autre service.", actor.tenant)),
        None => refuse("Le jeton de CARTULAIRE_TOKEN n’est pas connu, ou a été révoqué."),
    }
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
