//! An authorised elimination is carried out: looked at again, destroyed archive after archive, then attested. What was
//! interrupted goes on from where it stopped.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use crate::{
    archive::{
        Archive,
        destroy::Erasure,
        disposals::{
            analysis::{Question, lines},
            certificate::Papers,
            choice::{Chosen, Part},
            consent::deny,
            denial::{Changes, Denial},
            read::disposal_object,
        },
        error::Error,
        ingest::seal,
        writer::Act,
    },
    domain::{
        appraisal::Decision,
        digest::Digest,
        disposal::{Attested, Disposal, DisposalState, Disposition, Doomed},
        id::{ActorId, ArchiveId, DisposalId, UnitId},
        mandate::{Dispose, Mandate, Read},
        tenant::TenantId,
    },
    record::{
        disposal::{Listed, object_name},
        facts::{Fact, disposal::Disposed},
    },
    store::Pen,
};

/// What became of one archive of a plan.
#[derive(Clone, Debug)]
pub(super) struct Fate {
    pub(super) archive: ArchiveId,
    /// The digest of the inventory of what remains.
    pub(super) successor: Option<Digest>,
    /// What became of the bytes on each volume; `None` when an earlier run destroyed it.
    pub(super) volumes: Option<Vec<Erasure>>,
}

impl Archive {
    /// Destroys what an authorised plan lists and attests it; `progress` is told how many archives of how many are done.
    /// Running it again after an interruption goes on.
    pub fn eliminate(
        &self,
        by: &Mandate<Dispose>,
        id: DisposalId,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Result<Disposal, Denial>, Error> {
        let tenant = by.tenant();
        let Some(plan) = self.store.holdings(tenant).disposal(id)? else { return Ok(Err(Denial::Unknown(id))) };
        if plan.disposition != Disposition::Elimination {
            return Ok(Err(Denial::Disposition(plan.disposition)));
        }
        if plan.state != DisposalState::Authorised {
            return Ok(Err(Denial::State(plan.state)));
        }
        if self.today() < plan.on {
            return Ok(Err(Denial::Early(plan.on)));
        }
        let (gone, left) = self.progress_of(tenant, &plan)?;
        let changes = self.changes(tenant, &left)?;
        if !changes.is_empty() {
            return Ok(Err(Denial::Changed(changes)));
        }
        let fates = match self.destroy_listed(by.actor(), tenant, &plan, gone, left, progress)? {
            Ok(fates) => fates,
            Err(denial) => return Ok(Err(denial)),
        };
        self.attest_elimination(by.actor(), tenant, &plan, &fates)
    }

    /// The certificate of an elimination that was carried out; `None` when there is none.
    pub fn elimination_certificate(&self, by: &Mandate<Read>, id: DisposalId) -> Result<Option<Vec<u8>>, Error> {
        let plan = self.store.holdings(by.tenant()).disposal(id)?;
        let Some(papers) = plan.and_then(|plan| plan.attested) else { return Ok(None) };
        Ok(Some(self.vault.read_content(&disposal_object(by.tenant(), id)?, papers.certificate)?))
    }

    /// The archives of a plan that are done with, and those that are not.
    pub(super) fn progress_of(&self, tenant: &TenantId, plan: &Disposal) -> Result<(Vec<Doomed>, Vec<Doomed>), Error> {
        let (mut gone, mut left) = (Vec::new(), Vec::new());
        for doomed in self.doomed(tenant, plan)? {
            // One act takes all that a plan names in an archive.
            let first = doomed.units.first().map(ToString::to_string).unwrap_or_default();
            let departed = self.store.holdings(tenant).departed(&first)?;
            if departed.is_some_and(|departed| departed.disposal == plan.id) {
                gone.push(doomed);
            } else {
                left.push(doomed);
            }
        }
        Ok((gone, left))
    }

    /// Destroys what is left, one archive after the other.
    pub(super) fn destroy_listed(
        &self,
        actor: ActorId,
        tenant: &TenantId,
        plan: &Disposal,
        gone: Vec<Doomed>,
        left: Vec<Doomed>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Result<Vec<Fate>, Denial>, Error> {
        let total = gone.len() + left.len();
        let earlier = |doomed: Doomed| Fate { archive: doomed.archive, successor: None, volumes: None };
        let mut fates: Vec<Fate> = gone.into_iter().map(earlier).collect();
        for doomed in left {
            progress(fates.len(), total);
            let gate = gate(tenant.clone(), plan, doomed.units.iter().copied().collect());
            if let Ok(destroyed) = self.destroy(actor, tenant, plan, &doomed, gate)? {
                fates.push(Fate {
                    archive: destroyed.archive,
                    successor: destroyed.successor,
                    volumes: Some(destroyed.volumes),
                });
            } else {
                let changes = Changes { archives: vec![doomed.archive], units: Vec::new() };
                return Ok(Err(Denial::Changed(changes)));
            }
        }
        progress(total, total);
        self.settle_erasures()?;
        self.scrub()?;
        Ok(Ok(fates))
    }

    /// What changed since a plan was made: archives that are not those it saw, units that may not go today.
    fn changes(&self, tenant: &TenantId, left: &[Doomed]) -> Result<Changes, Error> {
        let mut changes = Changes::default();
        let (mut chosen, mut listed) = (Vec::new(), BTreeMap::new());
        for doomed in left {
            let kept = self.store.holdings(tenant).archive(doomed.archive)?;
            let as_seen =
                kept.filter(|kept| (kept.archive.generation, kept.inventory) == (doomed.generation, doomed.inventory));
            let Some(kept) = as_seen else {
                changes.archives.push(doomed.archive);
                continue;
            };
            listed.extend(doomed.units.iter().map(|unit| (*unit, None::<Decision>)));
            chosen.push(Chosen { kept, part: Part::Exactly(doomed.units.clone()) });
        }
        let question = Question { tenant, on: self.today(), by_rules: true, due: false, except: &BTreeSet::new() };
        let mut findings = self.analysed(&question, &chosen)?;
        let mut draft = std::mem::replace(&mut findings.draft, self.work_file());
        for line in lines(&mut draft) {
            if let Listed::Unit(unit) = line? {
                let unit = findings.settled(*unit);
                listed.insert(unit.unit, Some(unit.decision));
            }
        }
        changes.units = listed.into_iter().filter(|(_, decision)| *decision != Some(Decision::Destroy)).collect();
        Ok(changes)
    }

    /// Issues the papers, keeps them with the plan, and tells its end.
    fn attest_elimination(
        &self,
        actor: ActorId,
        tenant: &TenantId,
        plan: &Disposal,
        fates: &[Fate],
    ) -> Result<Result<Disposal, Denial>, Error> {
        let Papers { files, attested } = self.papers_of(tenant, plan, fates)?;
        let one_at_a_time = self.records();
        let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        let record = self.new_record(tenant, &object_name(plan.id), &files)?;
        let Attested { certificate, notification } = attested;
        let fact = Fact::Disposed(Disposed { certificate, disposal: plan.id, notification });
        let denied: Arc<Mutex<Option<Denial>>> = Arc::default();
        let (told, owner, id, now) = (denied.clone(), tenant.clone(), plan.id, self.clock.now());
        self.writer.commit(Act {
            objects: vec![record],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let state = pen.disposal_state(&owner, id)?.map(|(state, _)| state);
                if let Some(other) = state.filter(|state| *state != DisposalState::Authorised) {
                    return deny(&told, Denial::State(other));
                }
                lines.push(seal(pen, &owner, &fact, Some(actor), now)?);
                Ok(pen.disposal_done(&owner, id, &attested)?)
            }),
        })?;
        drop(one_at_a_time);
        self.stamp(true)?;
        self.standing_plan(tenant, id, &denied)
    }
}

/// What is asked within the act that destroys: the plan is authorised still, for this very list, and nothing is held.
fn gate(
    tenant: TenantId,
    plan: &Disposal,
    units: Vec<UnitId>,
) -> impl FnOnce(&mut Pen<'_>) -> Result<bool, Error> + Send + 'static {
    let (id, list) = (plan.id, plan.list);
    move |pen| {
        let authorised = pen.disposal_state(&tenant, id)? == Some((DisposalState::Authorised, list));
        Ok(authorised && !pen.is_any_held(&tenant, &units)?)
    }
}
