//! Tenants, and the service credentials that let tools act in them.

use crate::{
    archive::{Archive, error::Error, ingest::seal, writer::Act},
    digest,
    domain::{
        digest::to_hex,
        id::{ActorId, Id},
        journal::JournalId,
        mandate::{Actor, Administer, Mandate, Permission},
        tenant::{Tenant, TenantId},
    },
    record::{
        accounts,
        facts::{self, Fact},
    },
    store::Credential,
};

/// What every token begins with, so that a leaked one is recognised by scanners.
const TOKEN_PREFIX: &str = "cart_";

/// The label of the account of whoever uses the command line on the machine itself.
pub const LOCAL: &str = "local";

/// Which tenant was meant cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum TenantChoice {
    /// There is none of this identifier.
    #[error("there is no tenant {0}")]
    Unknown(TenantId),
    /// There are several, and none was named.
    #[error("there are several tenants: name one of {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Several(Vec<TenantId>),
    /// There is none at all.
    #[error("there is no tenant yet")]
    None,
    /// The house failed.
    #[error(transparent)]
    House(#[from] Error),
}

impl Archive {
    /// Every tenant of the installation.
    pub fn tenants(&self) -> Result<Vec<Tenant>, Error> {
        Ok(self.store.tenants()?)
    }

    /// Makes a tenant, with the account of the machine's own user; `false` when there is one of this identifier.
    pub fn create_tenant(&self, id: TenantId, name: &str, archival_agency: &str) -> Result<bool, Error> {
        if self.store.tenant(&id)?.is_some() {
            return Ok(false);
        }
        let now = self.clock.now();
        let tenant = Tenant { id, name: name.to_owned(), archival_agency: archival_agency.to_owned(), created_at: now };
        let fact = Fact::TenantCreated(facts::installation::TenantCreated {
            archival_agency: tenant.archival_agency.clone(),
            name: tenant.name.clone(),
            tenant: tenant.id.clone(),
        });
        let row = tenant.clone();
        let stands = self.writer.commit(Act {
            objects: Vec::new(),
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let line = seal(pen, &row.id, &fact, None, now)?;
                pen.insert_tenant(&Tenant { created_at: line.at, ..row })?;
                lines.push(line);
                Ok(true)
            }),
        })?;
        let local =
            Actor { id: Id::mint(now), tenant: tenant.id, permissions: Permission::LOCAL.to_vec(), agency: None };
        self.register(&Credential { actor: local, label: LOCAL.to_owned(), revoked_at: None }, None, None)?;
        Ok(stands)
    }

    /// The machine's own user in a tenant; in the only one when none is named.
    pub fn local_actor(&self, tenant: Option<&TenantId>) -> Result<Actor, TenantChoice> {
        let tenants: Vec<TenantId> = self.tenants()?.into_iter().map(|tenant| tenant.id).collect();
        let chosen = match (tenant, tenants.as_slice()) {
            (Some(named), all) if all.contains(named) => named.clone(),
            (Some(named), _) => return Err(TenantChoice::Unknown(named.clone())),
            (None, [only]) => only.clone(),
            (None, []) => return Err(TenantChoice::None),
            (None, _) => return Err(TenantChoice::Several(tenants)),
        };
        let credentials = self.store.holdings(&chosen).credentials().map_err(Error::from)?;
        let local = credentials.into_iter().find(|credential| credential.label == LOCAL);
        let local = local.ok_or_else(|| Error::Inconsistent(format!("tenant {chosen} has no local account")))?;
        Ok(local.actor)
    }

    /// Who bears a token; `None` when nobody does, or no longer.
    pub fn actor_of_token(&self, token: &str) -> Result<Option<Actor>, Error> {
        if !token.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        let credential = self.store.credential_by_verifier(&verifier(token))?;
        Ok(credential.map(|credential| credential.actor))
    }

    /// Whether an actor is the account of this label or identifier.
    pub fn is_account(&self, actor: &Actor, account: &str) -> Result<bool, Error> {
        let known = self.store.holdings(&actor.tenant).credential(actor.id)?;
        Ok(actor.id.to_string() == account || known.is_some_and(|known| known.label == account))
    }

    /// Issues a credential within the tenant; its token is given once, and only its verifier is kept.
    pub fn issue(
        &self,
        by: &Mandate<Administer>,
        label: &str,
        permissions: &[Permission],
        agency: Option<&str>,
    ) -> Result<(Credential, String), Error> {
        let token = format!("{TOKEN_PREFIX}{}", to_hex(&digest::random::<32>()?));
        let actor = Actor {
            id: Id::mint(self.clock.now()),
            tenant: by.tenant().clone(),
            permissions: permissions.to_vec(),
            agency: agency.map(str::to_owned),
        };
        let credential = Credential { actor, label: label.to_owned(), revoked_at: None };
        self.register(&credential, Some(verifier(&token)), Some(by.actor()))?;
        Ok((credential, token))
    }

    /// Gives an account that stands a new token, in the place of any former one: an account that was taken over, or made
    /// again by a rebuild, has none. `None` when there is no such account, or it was revoked, or is the machine's own
    /// user, who has no token.
    pub fn enrol(&self, by: &Mandate<Administer>, actor: ActorId) -> Result<Option<String>, Error> {
        let known = self.store.holdings(by.tenant()).credential(actor)?;
        if known.is_none_or(|known| known.revoked_at.is_some() || known.label == LOCAL) {
            return Ok(None);
        }
        let token = format!("{TOKEN_PREFIX}{}", to_hex(&digest::random::<32>()?));
        let (tenant, who, now, verifier) = (by.tenant().clone(), by.actor(), self.clock.now(), verifier(&token));
        let fact = Fact::CredentialEnrolled(facts::events::CredentialEnrolled { actor });
        let stands = self.writer.commit(Act::telling(move |pen, lines| {
            if !pen.has_credential_in_force(&tenant, actor)? {
                return Ok(false);
            }
            pen.set_verifier(&tenant, actor, &verifier)?;
            lines.push(seal(pen, &tenant, &fact, Some(who), now)?);
            Ok(true)
        }))?;
        Ok(stands.then_some(token))
    }

    /// Revokes a credential; `false` when it was revoked already or never was.
    pub fn revoke(&self, by: &Mandate<Administer>, actor: ActorId) -> Result<bool, Error> {
        let (tenant, who, now) = (by.tenant().clone(), by.actor(), self.clock.now());
        let work = move |pen: &mut crate::store::Pen<'_>, lines: &mut Vec<_>| {
            let fact = Fact::CredentialRevoked(facts::events::CredentialRevoked { actor });
            let at = pen.head(&JournalId::Events(tenant.clone()))?.at.map_or(now, |last| last.max(now));
            if !pen.revoke_credential(&tenant, actor, at)? {
                return Ok(false);
            }
            lines.push(seal(pen, &tenant, &fact, Some(who), at)?);
            Ok(true)
        };
        self.writer.commit(Act { objects: Vec::new(), papers: Vec::new(), spooled: Vec::new(), work: Box::new(work) })
    }

    /// Every credential of the tenant, revoked or not, oldest first.
    pub fn credentials(&self, by: &Mandate<Administer>) -> Result<Vec<Credential>, Error> {
        Ok(self.store.holdings(by.tenant()).credentials()?)
    }

    /// Writes an account: its name in the tenant's directory on the volumes, its rights in the journal, its secret's
    /// verifier only in the catalog.
    fn register(&self, credential: &Credential, verifier: Option<String>, by: Option<ActorId>) -> Result<(), Error> {
        let tenant = credential.actor.tenant.clone();
        let _one_at_a_time = self.records();
        let mut names: Vec<(ActorId, String)> = self
            .store
            .holdings(&tenant)
            .credentials()?
            .into_iter()
            .map(|known| (known.actor.id, known.label))
            .collect();
        names.push((credential.actor.id, credential.label.clone()));
        let directory = self.new_record(&tenant, accounts::OBJECT, &[(accounts::FILE, accounts::to_json(&names)?)])?;
        let fact = Fact::CredentialIssued(facts::events::CredentialIssued {
            actor: credential.actor.id,
            agency: credential.actor.agency.clone(),
            permissions: credential.actor.permissions.clone(),
        });
        let (credential, now) = (credential.clone(), self.clock.now());
        self.writer.commit(Act {
            objects: vec![directory],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                pen.insert_credential(&credential)?;
                if let Some(verifier) = verifier {
                    pen.set_verifier(&tenant, credential.actor.id, &verifier)?;
                }
                lines.push(seal(pen, &tenant, &fact, by, now)?);
                Ok(true)
            }),
        })?;
        Ok(())
    }
}

/// What is kept of a token: its SHA-512. A token holds 256 random bits, so no slower function is needed.
fn verifier(token: &str) -> String {
    digest::sha512(token.as_bytes()).to_string()
}
