//! Who acts, and with what right: a right is a parameter of the function that needs it.

use std::{fmt, marker::PhantomData};

use crate::domain::{id::ActorId, tenant::TenantId};

/// What an actor may be allowed to do within its tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Deposit transfers, and read what became of them.
    Deposit,
    /// Search, read and be delivered archives.
    Read,
    /// Validate or refuse transfers that await a person.
    Validate,
    /// Import referentials, issue and revoke credentials.
    Administer,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 4] = [Self::Deposit, Self::Read, Self::Validate, Self::Administer];

    /// The word that stands for it in configuration, storage and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Read => "read",
            Self::Validate => "validate",
            Self::Administer => "administer",
        }
    }

    /// The permission that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.word() == word)
    }
}

/// Who acts: an account or a service credential, within one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Opaque, as journals name it.
    pub id: ActorId,
    /// The tenant it acts in.
    pub tenant: TenantId,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

impl Actor {
    /// The mandate to use the right `R`, if the actor has it. No other function makes a mandate.
    pub fn mandate<R: Right>(&self) -> Result<Mandate<R>, Refused> {
        if self.permissions.contains(&R::PERMISSION) {
            Ok(Mandate { actor: self.id, tenant: self.tenant.clone(), right: PhantomData })
        } else {
            Err(Refused(R::PERMISSION))
        }
    }
}

/// The actor lacks this permission.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the actor may not {}", .0.word())]
pub struct Refused(pub Permission);

/// A right, as a type: `Mandate<Deposit>` proves that it was checked.
pub trait Right {
    /// The permission that gives it.
    const PERMISSION: Permission;
}

/// The right to deposit.
#[derive(Debug)]
pub enum Deposit {}
/// The right to search and read.
#[derive(Debug)]
pub enum Read {}
/// The right to validate or refuse what awaits a person.
#[derive(Debug)]
pub enum Validate {}
/// The right to import referentials and issue credentials.
#[derive(Debug)]
pub enum Administer {}

impl Right for Deposit {
    const PERMISSION: Permission = Permission::Deposit;
}
impl Right for Read {
    const PERMISSION: Permission = Permission::Read;
}
impl Right for Validate {
    const PERMISSION: Permission = Permission::Validate;
}
impl Right for Administer {
    const PERMISSION: Permission = Permission::Administer;
}

/// The proof that an actor has the right `R` in a tenant. It also signs the journal line.
pub struct Mandate<R> {
    actor: ActorId,
    tenant: TenantId,
    right: PhantomData<fn() -> R>,
}

impl<R> Mandate<R> {
    /// Who acts.
    pub const fn actor(&self) -> ActorId {
        self.actor
    }

    /// Where.
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }
}

impl<R> Clone for Mandate<R> {
    fn clone(&self) -> Self {
        Self { actor: self.actor, tenant: self.tenant.clone(), right: PhantomData }
    }
}

impl<R: Right> fmt::Debug for Mandate<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} may {} in {}", self.actor, R::PERMISSION.word(), self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{clock::Timestamp, id::Id};

    #[test]
    fn a_mandate_is_given_for_a_held_permission_and_for_no_other() {
        let actor = Actor {
            id: Id::mint(Timestamp::from_millis(0).unwrap()),
            tenant: "ville".parse().unwrap(),
            permissions: vec![Permission::Read],
        };
        assert!(actor.mandate::<Read>().is_ok());
        assert_eq!(actor.mandate::<Deposit>().err(), Some(Refused(Permission::Deposit)));
    }
}
