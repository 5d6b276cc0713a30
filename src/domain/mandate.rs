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
    /// Amend descriptions and rules, place and lift holds, plan what leaves.
    Describe,
    /// Carry out what was planned and authorised: destroy, send away.
    Dispose,
    /// Agree, for an originating agency, to what becomes of its records.
    Agree,
    /// Grant or refuse the visa of the control authority.
    Control,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 8] = [
        Self::Deposit,
        Self::Read,
        Self::Validate,
        Self::Administer,
        Self::Describe,
        Self::Dispose,
        Self::Agree,
        Self::Control,
    ];

    /// What whoever uses the command line on the machine itself may do: nothing that authorises or destroys.
    pub const LOCAL: [Self; 5] = [Self::Deposit, Self::Read, Self::Validate, Self::Administer, Self::Describe];

    /// The word that stands for it in configuration, storage and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Read => "read",
            Self::Validate => "validate",
            Self::Administer => "administer",
            Self::Describe => "describe",
            Self::Dispose => "dispose",
            Self::Agree => "agree",
            Self::Control => "control",
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
    /// The agency for which it speaks, as the referential names it.
    pub agency: Option<String>,
}

impl Actor {
    /// The mandate to use the right `R`, if the actor has it. No other function makes a mandate.
    pub fn mandate<R: Right>(&self) -> Result<Mandate<R>, Refused> {
        if self.permissions.contains(&R::PERMISSION) {
            let (tenant, agency) = (self.tenant.clone(), self.agency.clone());
            Ok(Mandate { actor: self.id, tenant, agency, right: PhantomData })
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
/// The right to amend descriptions and rules, to place and lift holds, to plan what leaves.
#[derive(Debug)]
pub enum Describe {}
/// The right to carry out what was planned and authorised.
#[derive(Debug)]
pub enum Dispose {}
/// The right to agree for an originating agency.
#[derive(Debug)]
pub enum Agree {}
/// The right to grant or refuse the visa of the control authority.
#[derive(Debug)]
pub enum Control {}

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
impl Right for Describe {
    const PERMISSION: Permission = Permission::Describe;
}
impl Right for Dispose {
    const PERMISSION: Permission = Permission::Dispose;
}
impl Right for Agree {
    const PERMISSION: Permission = Permission::Agree;
}
impl Right for Control {
    const PERMISSION: Permission = Permission::Control;
}

/// The proof that an actor has the right `R` in a tenant. It also signs the journal line.
pub struct Mandate<R> {
    actor: ActorId,
    tenant: TenantId,
    agency: Option<String>,
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

    /// The agency for which they speak.
    pub fn agency(&self) -> Option<&str> {
        self.agency.as_deref()
    }
}

impl<R> Clone for Mandate<R> {
    fn clone(&self) -> Self {
        Self { actor: self.actor, tenant: self.tenant.clone(), agency: self.agency.clone(), right: PhantomData }
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
            agency: None,
        };
        assert!(actor.mandate::<Read>().is_ok());
        assert_eq!(actor.mandate::<Deposit>().err(), Some(Refused(Permission::Deposit)));
    }
}
