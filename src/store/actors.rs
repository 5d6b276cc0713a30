//! Service credentials and accounts: what they may do, and the verifiers of their secrets.

use diesel::prelude::*;

use crate::{
    domain::{
        clock::Timestamp,
        id::ActorId,
        mandate::{Actor, Permission},
        tenant::TenantId,
    },
    store::{
        Store,
        batch::Batch as _,
        cells,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        schema::{actors, verifiers},
    },
};

/// An actor as the catalog knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Who, where, and what it may do.
    pub actor: Actor,
    /// For people.
    pub label: String,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = actors, treat_none_as_default_value = false)]
pub struct ActorRow {
    tenant: String,
    id: String,
    label: String,
    permissions: String,
    agency: Option<String>,
    revoked_at: Option<i64>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = verifiers)]
pub struct VerifierRow {
    tenant: String,
    actor: String,
    verifier: String,
}

impl ActorRow {
    fn new(credential: &Credential) -> Self {
        let words: Vec<&str> = credential.actor.permissions.iter().map(|permission| permission.word()).collect();
        Self {
            tenant: credential.actor.tenant.to_string(),
            id: credential.actor.id.to_string(),
            label: credential.label.clone(),
            permissions: words.join(" "),
            agency: credential.actor.agency.clone(),
            revoked_at: credential.revoked_at.map(Timestamp::millis),
        }
    }

    fn into_credential(self) -> Result<Credential, Error> {
        let permissions = self.permissions.split_whitespace().map(Permission::from_word);
        Ok(Credential {
            actor: Actor {
                id: cells::parsed(&self.id, "an actor")?,
                tenant: cells::parsed(&self.tenant, "a tenant's identifier")?,
                permissions: cells::known(permissions.collect(), "a permission")?,
                agency: self.agency,
            },
            label: self.label,
            revoked_at: cells::instant_if(self.revoked_at)?,
        })
    }
}

impl Pen<'_> {
    /// Registers an actor, still locked: it has no secret.
    pub fn insert_credential(&mut self, credential: &Credential) -> Result<(), Error> {
        ActorRow::insert(&[ActorRow::new(credential)], self.changing())?;
        Ok(())
    }

    /// Sets the verifier (the hash, in hexadecimal) of an actor's secret in the place of any former one.
    pub fn set_verifier(&mut self, tenant: &TenantId, actor: ActorId, verifier: &str) -> Result<(), Error> {
        let row = VerifierRow { tenant: tenant.to_string(), actor: actor.to_string(), verifier: verifier.to_owned() };
        let database = self.changing();
        diesel::delete(verifiers::table.find((&row.tenant, &row.actor))).execute(database)?;
        VerifierRow::insert(&[row], database)?;
        Ok(())
    }

    /// Whether an actor stands and is not revoked, within this act.
    pub fn has_credential_in_force(&mut self, tenant: &TenantId, actor: ActorId) -> Result<bool, Error> {
        let row = actors::table.find((tenant.as_str(), actor.to_string())).filter(actors::revoked_at.is_null());
        Ok(row.select(actors::id).first::<String>(self.looking()).optional()?.is_some())
    }

    /// Revokes an actor and forgets its secret's verifier; `false` when it was revoked already or never was.
    pub fn revoke_credential(&mut self, tenant: &TenantId, actor: ActorId, at: Timestamp) -> Result<bool, Error> {
        let key = (tenant.as_str(), actor.to_string());
        let database = self.trying();
        let standing = actors::table.find(key.clone()).filter(actors::revoked_at.is_null());
        if diesel::update(standing).set(actors::revoked_at.eq(at.millis())).execute(database)? == 0 {
            return Ok(false);
        }
        let forgotten = diesel::delete(verifiers::table.find(key)).execute(database)?;
        Ok(self.changed(1 + forgotten))
    }
}

impl Store {
    /// The actor whose secret has this verifier, unless it is revoked. This is the only look-up across tenants: a
    /// caller does not know its tenant before it is known itself.
    pub fn credential_by_verifier(&self, verifier: &str) -> Result<Option<Credential>, Error> {
        let row: Option<ActorRow> = self.read(|database| {
            let known = verifiers::table
                .inner_join(actors::table.on(actors::tenant.eq(verifiers::tenant).and(actors::id.eq(verifiers::actor))))
                .filter(verifiers::verifier.eq(verifier))
                .filter(actors::revoked_at.is_null());
            Ok(known.select(ActorRow::as_select()).first(database).optional()?)
        })?;
        row.map(ActorRow::into_credential).transpose()
    }
}

impl Holdings<'_> {
    /// The actor of an identifier, revoked or not.
    pub fn credential(&self, actor: ActorId) -> Result<Option<Credential>, Error> {
        let row: Option<ActorRow> = self.read(|database, tenant| {
            let key = (tenant, actor.to_string());
            Ok(actors::table.find(key).select(ActorRow::as_select()).first(database).optional()?)
        })?;
        row.map(ActorRow::into_credential).transpose()
    }

    /// Every actor, revoked or not, oldest first.
    pub fn credentials(&self) -> Result<Vec<Credential>, Error> {
        let rows: Vec<ActorRow> = self.read(|database, tenant| {
            let own = actors::table.filter(actors::tenant.eq(tenant)).order(actors::id);
            Ok(own.select(ActorRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(ActorRow::into_credential).collect()
    }
}
