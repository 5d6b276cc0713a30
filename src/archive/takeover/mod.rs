//! Taking over a tenant from the restitution that another installation made: verified whole, copied verbatim, let in at
//! once, its journals going on here.
//!
//! ```text
//! verify ── copy aside ── keep the foreign log ── let in ── one act: rows of all its lines, and the lines that tell it
//! ```
//!
//! Nothing of the tenant shows before the act; an interrupted take-over leaves its copies aside, and the next one goes
//! on from there.

mod offer;
mod settle;

use std::path::Path;

use crate::{
    archive::{
        Archive,
        error::Error,
        replay,
        takeover::offer::Offer,
        verify::{finding::Verified, trust::Known},
        writer::Act,
    },
    digest,
    domain::{
        id::TransferId,
        journal::{JournalId, Line},
        tenant::TenantId,
    },
    record::facts::{
        Fact,
        takeover::{Cited, TakenOver, TenantTaken},
    },
    store::Pen,
    vault::arrival::{Arrival, Batch},
};

pub(super) use crate::archive::takeover::settle::settle;

/// The lease under which one node takes over one tenant at a time.
const LEASE: &str = "take-over";

/// How long the lease is held without being renewed: 10 minutes, in milliseconds.
const LEASE_MILLIS: i64 = 600_000;

/// What becomes durable at once: objects, and 256 MiB.
const BATCH: Batch = Batch { objects: 256, bytes: 256 << 20 };

/// A tenant that was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name for people.
    pub name: String,
    /// The installation that gave it back.
    pub installation: String,
    /// Its OCFL objects.
    pub objects: u64,
    /// Bytes copied to each volume by this call.
    pub bytes: u64,
    /// Lines of its journals that came with it.
    pub lines: u64,
    /// Accounts that came with it: their secrets did not, each must be enrolled anew.
    pub accounts: u64,
    /// Transfers that came with it and are not settled.
    pub pending: Vec<TransferId>,
}

/// Why nothing was taken over.
#[derive(Debug)]
pub enum Refusal {
    /// The folder is no restitution, as a French sentence.
    NotOne(String),
    /// It is of a format that this version does not know.
    Format(String),
    /// It does not verify.
    Broken(Box<Verified>),
    /// The tenant is here already.
    Stands(TenantId),
    /// Another process is taking a tenant over.
    Busy,
}

/// Told how far a take-over is.
pub struct Watch<'a> {
    /// A copy of an object was verified.
    pub verified: &'a (dyn Fn() + Sync),
    /// An object was copied.
    pub copied: &'a dyn Fn(),
}

impl Archive {
    /// Takes over the tenant of a restitution that stands in a folder. `known` is what is known of the log of the
    /// installation that made it, from elsewhere than the restitution.
    ///
    /// # Errors
    /// The house failed: a disk is full, a volume was lost. What was copied stays aside; calling again goes on.
    pub fn take_over(&self, from: &Path, known: &Known, watch: &Watch<'_>) -> Result<Result<Taken, Refusal>, Error> {
        let offer = match Offer::read(from)? {
            Ok(offer) => offer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let tenant = offer.told.tenant.id.clone();
        let Some(lease) = self.lease(LEASE, LEASE_MILLIS)? else { return Ok(Err(Refusal::Busy)) };
        if self.store.tenant(&tenant)?.is_some() {
            return Ok(Err(Refusal::Stands(tenant)));
        }
        // What an earlier take-over let in without its act is aside again before anything is looked at.
        if self.vault.arrivals()?.contains(&tenant) {
            self.vault.put_out(&tenant)?;
        }
        let verified = offer.verify(known, self.clock.now(), watch.verified)?;
        if verified.volumes.is_empty() {
            return Ok(Err(Refusal::NotOne("elle ne se lit pas.".to_owned())));
        }
        if !verified.is_whole() {
            return Ok(Err(Refusal::Broken(Box::new(verified))));
        }
        if let Some(what) = offer.contradiction()? {
            return Ok(Err(Refusal::NotOne(what.to_owned())));
        }
        let mut arrival = self.vault.bring(&offer.origin(), BATCH, &mut || {
            (watch.copied)();
            // One that ran out is noticed before anything is let in.
            let _ = lease.renew(self.clock.now(), LEASE_MILLIS);
        })?;
        let number = offer.next_log()?;
        self.vault.add_to(&mut arrival, &self.keep_log(&offer, number)?)?;
        if !lease.renew(self.clock.now(), LEASE_MILLIS)? {
            return Ok(Err(Refusal::Busy));
        }
        self.let_in(&offer, number, &arrival)
    }

    /// Lets in what arrived, and commits the act that tells it; takes it back when the act does not stand.
    fn let_in(&self, offer: &Offer, number: u32, arrival: &Arrival) -> Result<Result<Taken, Refusal>, Error> {
        let tenant = offer.told.tenant.id.clone();
        self.vault.let_in(arrival)?;
        let stands = self.telling(offer, number).and_then(|act| self.writer.commit(act));
        // A commit that failed after its lines were appended stands all the same.
        if self.store.tenant(&tenant)?.is_none() {
            if !self.writer.has_stopped() {
                self.vault.put_out(&tenant)?;
            }
            stands?;
            return Ok(Err(Refusal::Stands(tenant)));
        }
        self.vault.forget_arrival(&tenant)?;
        stands?;
        let holdings = self.store.holdings(&tenant);
        let told = &offer.told;
        Ok(Ok(Taken {
            name: told.tenant.name.clone(),
            installation: told.installation.clone(),
            objects: arrival.objects,
            bytes: arrival.bytes,
            lines: told.journals.iter().map(|journal| journal.length).sum(),
            accounts: u64::try_from(holdings.credentials()?.iter().filter(|one| one.revoked_at.is_none()).count())
                .unwrap_or(u64::MAX),
            pending: offer.pending()?,
            tenant,
        }))
    }

    /// The act: the line of the installation that tells the take-over, the rows of all that the tenant brought, and the
    /// first line of its life cycle here, which cites the state of the log that it leaves.
    fn telling(&self, offer: &Offer, number: u32) -> Result<Act, Error> {
        let brought = crate::archive::brought::log(&self.vault, &offer.told.tenant.id, number)?;
        let inventory = brought.map(|log| log.inventory);
        let inventory = inventory.ok_or_else(|| Error::Inconsistent("the foreign log was not kept".to_owned()))?;
        let (tenant, installation) = (offer.told.tenant.clone(), offer.told.installation.clone());
        let checkpoint =
            Cited { origin: offer.told.log.origin.clone(), root: offer.root()?, size: offer.told.log.size };
        let (restitution, vault, now) = (offer.digest, self.vault.clone(), self.clock.now());
        Ok(Act::telling(move |pen: &mut Pen<'_>, lines: &mut Vec<Line>| {
            if pen.knows_tenant(&tenant.id)? {
                return Ok(false);
            }
            let fact = TenantTaken {
                archival_agency: tenant.archival_agency,
                checkpoint: checkpoint.clone(),
                created_at: tenant.created_at,
                installation: installation.clone(),
                inventory,
                log: number,
                name: tenant.name,
                rank: pen.last_rank()?,
                restitution,
                tenant: tenant.id.clone(),
            };
            let event = Fact::TenantTaken(fact.clone()).event(None)?;
            lines.push(pen.seal(&JournalId::Installation, event, now, digest::random()?)?);
            replay::tenant_taken(pen, &vault, &fact)?;
            let told = TakenOver { checkpoint, installation, inventory, log: number, restitution };
            let event = Fact::TakenOver(told).event(None)?;
            lines.push(pen.seal(&JournalId::LifeCycle(tenant.id), event, now, digest::random()?)?);
            Ok(true)
        }))
    }
}
