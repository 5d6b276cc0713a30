//! An authorised plan is carried out, whatever it is for: looked at again, destroyed archive after archive, then attested.
//! What was interrupted goes on from where it stopped.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use crate::{
    archive::{
        Archive,
        destroy::{Bond, Erasure, Objection},
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
        id::{ActorId, ArchiveId, DisposalId},
        mandate::{Dispose, Mandate, Read},
        tenant::TenantId,
    },
    record::{
        disposal::{Listed, object_name},
        facts::{Fact, disposal::Disposed},
    },
};

/// What became of one archive of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The archive.
    pub archive: ArchiveId,
    /// The digest of the inventory of what remains; nothing remains when none.
    pub successor: Option<Digest>,
    /// What became of the bytes on each volume; `None` when an earlier run destroyed it.
    pub volumes: Option<Vec<Erasure>>,
}

/// A plan that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The plan, with the papers that tell its end.
    pub disposal: Disposal,
    /// What became of each archive.
    pub fates: Vec<Fate>,
}

impl Archive {
    /// Destroys what an authorised plan lists and attests it; `progress` is told how many archives of how many are done.
    /// Running it again after an interruption goes on. An elimination is judged again by the rules in force today; what its
    /// receiver took over leaves by that word alone. A hold stops either, and so does any change since the plan.
    pub fn eliminate(
        &self,
        by: &Mandate<Dispose>,
        id: DisposalId,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Result<Carried, Denial>, Error> {
        let tenant = by.tenant();
        let Some(plan) = self.store.holdings(tenant).disposal(id)? else { return Ok(Err(Denial::Unknown(id))) };
        if plan.state != DisposalState::Authorised {
            return Ok(Err(Denial::State(plan.state)));
        }
        if self.today() < plan.on {
            return Ok(Err(Denial::Early(plan.on)));
        }
        let (gone, left) = self.progress_of(tenant, &plan)?;
        let changes = self.changes(tenant, &plan, &left)?;
        if !changes.is_empty() {
            return Ok(Err(Denial::Changed(changes)));
        }
        let fates = match self.destroy_listed(by.actor(), tenant, &plan, gone, left, progress)? {
            Ok(fates) => fates,
            Err(denial) => return Ok(Err(denial)),
        };
        let disposal = self.attest(by.actor(), tenant, &plan, &fates)?;
        Ok(disposal.map(|disposal| Carried { disposal, fates }))
    }

    /// The certificate of a plan that was carried out; `None` when there is none.
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

    /// Destroys what is left, newest archives first, and again until nothing moves: what is attached goes before what it
    /// is attached to.
    fn destroy_listed(
        &self,
        actor: ActorId,
        tenant: &TenantId,
        plan: &Disposal,
        gone: Vec<Doomed>,
        mut left: Vec<Doomed>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Result<Vec<Fate>, Denial>, Error> {
        let total = gone.len() + left.len();
        let earlier = |doomed: Doomed| Fate { archive: doomed.archive, successor: None, volumes: None };
        let mut fates: Vec<Fate> = gone.into_iter().map(earlier).collect();
        while !left.is_empty() {
            let (before, mut waiting, mut tie) = (left.len(), Vec::new(), None::<Bond>);
            for doomed in left.into_iter().rev() {
                progress(fates.len(), total);
                match self.destroy(actor, tenant, plan, &doomed)? {
                    Ok(destroyed) => fates.push(Fate {
                        archive: destroyed.archive,
                        successor: destroyed.successor,
                        volumes: Some(destroyed.volumes),
                    }),
                    Err(Objection::Tied(bond)) => {
                        tie = Some(bond);
                        waiting.push(doomed);
                    }
                    Err(Objection::Changed | Objection::Unknown | Objection::Closed) => {
                        let changes = Changes { archives: vec![doomed.archive], units: Vec::new() };
                        return Ok(Err(Denial::Changed(changes)));
                    }
                }
            }
            if let Some(bond) = tie.filter(|_| waiting.len() == before) {
                return Ok(Err(Denial::Tied(bond)));
            }
            waiting.reverse();
            left = waiting;
        }
        progress(total, total);
        self.settle_erasures()?;
        self.scrub()?;
        Ok(Ok(fates))
    }

    /// What changed since a plan was made: archives that are not those it saw, units that may not go today.
    fn changes(&self, tenant: &TenantId, plan: &Disposal, left: &[Doomed]) -> Result<Changes, Error> {
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
        let by_rules = plan.disposition == Disposition::Elimination;
        let question = Question { tenant, on: self.today(), by_rules, due: false, except: &BTreeSet::new() };
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
    fn attest(
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
