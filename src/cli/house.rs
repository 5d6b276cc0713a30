//! Opening the installation for a command, and the rights that its actor has there.

use crate::{
    archive::Archive,
    boot::{self, Installation},
    cli::{Common, failure::refuse, output::Output},
    config::{self, Config},
    domain::mandate::{Actor, Mandate, Right},
};

/// An open installation, and who acts in it.
pub(super) struct House {
    installation: Installation,
    actor: Actor,
}

impl House {
    /// Opens the installation that the command line names. Who acts is the bearer of `CARTULAIRE_TOKEN` when there is
    /// one, the machine's own user otherwise.
    pub(super) fn open(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Self> {
        let installation = boot::open(&common.data())?;
        for notice in &installation.notices {
            out.note(notice)?;
        }
        let actor = actor(&installation.archive, common)?;
        Ok(Self { installation, actor })
    }

    /// The archive.
    pub(super) fn archive(&self) -> &Archive {
        &self.installation.archive
    }

    /// The configuration.
    pub(super) fn config(&self) -> &Config {
        &self.installation.config
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
            Err(choice) => refuse(choice),
        };
    };
    match archive.actor_of_token(&token)? {
        Some(actor) if common.tenant.as_ref().is_none_or(|tenant| *tenant == actor.tenant) => Ok(actor),
        Some(actor) => refuse(format!("Ce jeton agit pour « {} » et pour aucun autre service.", actor.tenant)),
        None => refuse("Le jeton de CARTULAIRE_TOKEN n’est pas connu, ou a été révoqué."),
    }
}
