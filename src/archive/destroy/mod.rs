//! Destruction: what a plan names in one archive goes, in one act, and what stays becomes the archive's next generation.
//!
//! Nothing goes on the word of a caller: within the act, where nobody else writes, the plan is authorised for this very
//! list, nothing is held, the archive is the one that the plan saw, and nothing is left without what it refers to. The
//! bytes go after the act (`erase`), on every volume, whatever stops us in between.

mod erase;
mod list;
mod sift;
mod successor;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    archive::{
        Archive,
        access::Kept,
        destroy::{list::Listing, sift::Sifted},
        error::Error,
        ingest::seal,
        replay::destroyed,
        writer::Act,
    },
    domain::{
        digest::Digest,
        disposal::{Disposal, DisposalState, Doomed},
        id::{ActorId, ArchiveId, DisposalId, GroupId, ObjectId},
        mandate::{Mandate, Read},
        tenant::TenantId,
    },
    record::facts::{Fact, disposal::Destroyed},
    store::{Pen, Tie},
    vault::layout::OcflId,
};

pub use crate::{
    store::{Departed, Tie as Bond},
    vault::erase::{Doubt, Erasure, Means},
};

pub(super) use erase::finish;
pub(super) use list::{gone_files, record_of};
pub(super) use successor::AMENDMENTS;

/// What was destroyed of one archive, and what was possible on each volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destruction {
    /// The archive.
    pub archive: ArchiveId,
    /// The generation that went.
    pub generation: u32,
    /// The digest of the inventory of the next one; nothing remains when none.
    pub successor: Option<Digest>,
    /// What became of the bytes, volume by volume.
    pub volumes: Vec<Erasure>,
    /// How many units went.
    pub units: u64,
    /// The digital objects that went, and their digests.
    pub objects: Vec<(ObjectId, Digest)>,
    /// How many bytes these had.
    pub bytes: u64,
}

/// Why nothing was destroyed. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// The archive is not the one that the plan saw: amended, partly destroyed or gone since.
    Changed,
    /// The plan names units that the archive does not hold, or none.
    Unknown,
    /// Something that stays would be left without what it refers to.
    Tied(Tie),
    /// The plan is not authorised for this list (any more), or something is held.
    Closed,
}

impl Archive {
    /// Destroys what a plan names in one archive, and writes what stays as its next generation.
    ///
    /// # Errors
    /// The house failed, and nothing was destroyed. When it fails after the act, every volume is told as away: the erasure
    /// goes on at the next round or opening.
    pub(super) fn destroy(
        &self,
        actor: ActorId,
        tenant: &TenantId,
        disposal: &Disposal,
        doomed: &Doomed,
    ) -> Result<Result<Destruction, Objection>, Error> {
        let one_at_a_time = self.records();
        let Some(kept) = self.store.holdings(tenant).archive(doomed.archive)?.filter(|kept| is_as_seen(kept, doomed))
        else {
            return Ok(Err(Objection::Changed));
        };
        let Some(sifted) = Sifted::of(self.parts(tenant, doomed.archive)?, &doomed.units)? else {
            return Ok(Err(Objection::Unknown));
        };
        let listing = self.list_gone(&kept, disposal, doomed, &sifted)?;
        let successor =
            if sifted.stays.units > 0 { Some(self.stage_successor(actor, &kept, doomed, &sifted)?) } else { None };
        let Listing { staged: record, digest: list } = listing;
        let fact = Destroyed {
            archive: doomed.archive,
            bytes: sifted.goes.bytes,
            disposal: disposal.id,
            generation: doomed.generation,
            list,
            objects: sifted.goes.objects,
            successor: successor.as_ref().map(|staged| staged.inventory),
            units: sifted.goes.units,
        };
        let destruction = Destruction {
            archive: doomed.archive,
            generation: doomed.generation,
            successor: fact.successor,
            volumes: Vec::new(),
            units: fact.units,
            objects: sifted.objects.iter().map(|(id, digest, _)| (*id, *digest)).collect(),
            bytes: fact.bytes,
        };
        let tied = Arc::new(Mutex::new(None));
        let work = self.work_of(actor, tenant, disposal, doomed, sifted.groups_gone, fact, tied.clone());
        let objects = std::iter::once(record).chain(successor).collect();
        let stands = self.writer.commit(Act { objects, papers: Vec::new(), spooled: Vec::new(), work })?;
        drop(one_at_a_time);
        if !stands {
            let objection = tied.lock().unwrap_or_else(PoisonError::into_inner).take();
            return Ok(Err(objection.unwrap_or(Objection::Closed)));
        }
        let object = object_of(tenant, doomed.archive, doomed.generation);
        let erased = self.erase_generation(tenant, doomed.archive, doomed.generation, &object);
        let volumes = erased.unwrap_or_else(|error| {
            tracing::error!(%error, %object, "a destruction stands, and its bytes are erased later");
            self.nowhere_yet()
        });
        Ok(Ok(Destruction { volumes, ..destruction }))
    }

    /// What the act writes: nothing when the archive changed, something is tied to what goes, or the plan is closed.
    #[expect(clippy::too_many_arguments, reason = "an act is handed everything that it writes")]
    fn work_of(
        &self,
        actor: ActorId,
        tenant: &TenantId,
        disposal: &Disposal,
        doomed: &Doomed,
        groups: BTreeSet<GroupId>,
        fact: Destroyed,
        objection: Arc<Mutex<Option<Objection>>>,
    ) -> crate::archive::writer::Work {
        let (plan, list) = (disposal.id, disposal.list);
        let (tenant, doomed, clock, vault) = (tenant.clone(), doomed.clone(), self.clock.clone(), self.vault.clone());
        Box::new(move |pen, lines| {
            let object = |why| {
                *objection.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                Ok(false)
            };
            if !pen.archive(&tenant, doomed.archive)?.is_some_and(|kept| is_as_seen(&kept, &doomed)) {
                return object(Objection::Changed);
            }
            if let Some(tie) = pen.tied(&tenant, &doomed.units, &groups)? {
                return object(Objection::Tied(tie));
            }
            if !is_open(pen, &tenant, (plan, list), &doomed)? {
                return object(Objection::Closed);
            }
            let line = seal(pen, &tenant, &Fact::Destroyed(fact.clone()), Some(actor), clock.now())?;
            destroyed::destroyed(pen, &vault, &tenant, &fact, &line)?;
            lines.push(line);
            Ok(true)
        })
    }

    /// Where a unit or an archive of this identifier went; `None` when nothing of it left.
    pub fn departed(&self, by: &Mandate<Read>, id: &str) -> Result<Option<Departed>, Error> {
        Ok(self.store.holdings(by.tenant()).departed(id)?)
    }
}

/// The OCFL object of a generation.
pub(super) fn object_of(tenant: &TenantId, archive: ArchiveId, generation: u32) -> OcflId {
    OcflId::Archive { tenant: tenant.clone(), archive, generation }
}

/// Whether a plan is authorised for this very list, and nothing of what goes is held.
fn is_open(
    pen: &mut Pen<'_>,
    tenant: &TenantId,
    (plan, list): (DisposalId, Digest),
    doomed: &Doomed,
) -> Result<bool, Error> {
    let is_authorised = pen.disposal_state(tenant, plan)? == Some((DisposalState::Authorised, list));
    let units: Vec<_> = doomed.units.iter().copied().collect();
    Ok(is_authorised && !pen.is_any_held(tenant, &units)?)
}

fn is_as_seen(kept: &Kept, doomed: &Doomed) -> bool {
    (kept.archive.generation, kept.inventory) == (doomed.generation, doomed.inventory)
}
