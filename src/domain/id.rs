//! Identifiers that the archive mints: UUID version 7 (RFC 9562), as text.

use std::{fmt, hash, marker::PhantomData, str::FromStr};

use uuid::{ContextV7, Uuid};

use crate::domain::clock::Timestamp;

/// An identifier of one kind of thing: a unit's cannot be handed where an archive's belongs.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

/// Marks the identifiers of archives.
#[derive(Debug)]
pub enum ArchiveKind {}
/// Marks the identifiers of archive units.
#[derive(Debug)]
pub enum UnitKind {}
/// Marks the identifiers of data object groups.
#[derive(Debug)]
pub enum GroupKind {}
/// Marks the identifiers of data objects.
#[derive(Debug)]
pub enum ObjectKind {}
/// Marks the identifiers of transfers.
#[derive(Debug)]
pub enum TransferKind {}
/// Marks the identifiers of messages that we write.
#[derive(Debug)]
pub enum MessageKind {}
/// Marks the identifiers of accounts and service credentials.
#[derive(Debug)]
pub enum ActorKind {}

/// Marks the identifiers of amendments.
#[derive(Debug)]
pub enum AmendmentKind {}
/// Marks the identifiers of holds.
#[derive(Debug)]
pub enum HoldKind {}
/// Marks the identifiers of disposals: eliminations, outgoing transfers, restitutions.
#[derive(Debug)]
pub enum DisposalKind {}
/// Marks the identifiers of restitutions of a whole tenant.
#[derive(Debug)]
pub enum RestitutionKind {}
/// Marks the identifiers of requests for communication.
#[derive(Debug)]
pub enum RequestKind {}

/// Identifies what one accepted transfer left in storage.
pub type ArchiveId = Id<ArchiveKind>;
/// Identifies an `ArchiveUnit` (its `SystemId`).
pub type UnitId = Id<UnitKind>;
/// Identifies a `DataObjectGroup` (its system id).
pub type GroupId = Id<GroupKind>;
/// Identifies a `BinaryDataObject` or `PhysicalDataObject`.
pub type ObjectId = Id<ObjectKind>;
/// Identifies a deposit, from its reception on.
pub type TransferId = Id<TransferKind>;
/// Identifies an acknowledgement or a reply.
pub type MessageId = Id<MessageKind>;
/// Identifies who acts: an account or a service credential, opaque in journals.
pub type ActorId = Id<ActorKind>;
/// Identifies a change of descriptions, rules or places, of one unit or of many.
pub type AmendmentId = Id<AmendmentKind>;
/// Identifies a hold that an archivist placed.
pub type HoldId = Id<HoldKind>;
/// Identifies a plan by which units leave: an elimination, an outgoing transfer, a restitution.
pub type DisposalId = Id<DisposalKind>;
/// Identifies a restitution of a whole tenant.
pub type RestitutionId = Id<RestitutionKind>;
/// Identifies a request for communication.
pub type RequestId = Id<RequestKind>;

static CONTEXT: std::sync::Mutex<ContextV7> = std::sync::Mutex::new(ContextV7::new());

impl<K> Id<K> {
    /// Mints an identifier that sorts after every one minted by this process before `at`.
    pub fn mint(at: Timestamp) -> Self {
        let millis = u64::try_from(at.millis()).unwrap_or_default();
        let nanos = u32::try_from(millis % 1000).unwrap_or_default() * 1_000_000;
        let context = CONTEXT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Self(Uuid::new_v7(uuid::Timestamp::from_unix(&*context, millis / 1000, nanos)), PhantomData)
    }

    /// When it was minted, to the millisecond; `None` when it is no UUID of version 7.
    pub fn minted_at(self) -> Option<Timestamp> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        let millis = seconds.checked_mul(1000)?.checked_add(u64::from(nanos / 1_000_000))?;
        Timestamp::from_millis(i64::try_from(millis).ok()?)
    }
}

impl<K> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let uuid = Uuid::try_parse(text).map_err(|_| NotAnId)?;
        Ok(Self(uuid, PhantomData))
    }
}

/// The text is not a UUID.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an identifier of this archive")]
pub struct NotAnId;

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.hyphenated())
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.hyphenated())
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_minted_in_one_millisecond_keep_their_order() {
        let at = Timestamp::from_millis(1_700_000_000_000).unwrap();
        let minted: Vec<UnitId> = (0..1000).map(|_| Id::mint(at)).collect();
        assert!(minted.is_sorted());
        assert_eq!(minted[0].to_string().parse::<UnitId>().unwrap(), minted[0]);
    }
}
