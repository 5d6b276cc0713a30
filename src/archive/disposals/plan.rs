//! Plans are made: what leaves is listed on the volumes, and the list's digest is what agencies will authorise.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    io::{BufWriter, Seek},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::NaiveDate;
use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        disposals::{
            analysis::{Findings, Question, Tally, lines, write},
            choice::{Choice, Chosen},
            read::disposal_object,
        },
        error::Error,
        ingest::seal,
        replay,
        writer::Act,
    },
    domain::{
        appraisal::Decision,
        clock::Timestamp,
        disposal::{Disposal, Disposition, Leaving},
        id::{ActorId, ArchiveId, DisposalId, GroupId, Id, UnitId},
        mandate::{Describe, Mandate},
        name::Name,
        tenant::TenantId,
    },
    record::{
        disposal::{Listed, ListedArchive, ListedObject, ListedUnit, PLAN, Plan, UNITS},
        facts::{Fact, disposal::DisposalPlanned},
    },
    vault::staging::{Staged, Staging},
};

/// A plan that was drawn, unless nothing leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The plan; none when nothing that was looked at may leave.
    pub disposal: Option<Disposal>,
    /// What was looked at.
    pub tally: Tally,
}

/// What a plan is for, beside its units.
pub(super) struct Purpose {
    pub(super) disposition: Disposition,
    pub(super) on: NaiveDate,
    pub(super) chosen: String,
    pub(super) receiver: Option<String>,
    pub(super) replaces: Option<DisposalId>,
}

/// A plan, drawn and not yet committed.
pub(super) struct Draft {
    pub(super) staged: Staged,
    pub(super) fact: DisposalPlanned,
}

impl Archive {
    /// Plans an elimination: looks at what was chosen on a day, and lists what may be destroyed and what stays, and why.
    pub fn plan_elimination(&self, by: &Mandate<Describe>, choice: &Choice, on: NaiveDate) -> Result<Drawn, Error> {
        let chosen = self.meant(by.tenant(), choice)?;
        let question =
            Question { tenant: by.tenant(), on, by_rules: true, due: choice.is_due(), except: &BTreeSet::new() };
        let purpose = Purpose {
            disposition: Disposition::Elimination,
            on,
            chosen: choice.in_words(),
            receiver: None,
            replaces: None,
        };
        self.plan(by.actor(), &question, &chosen, purpose)
    }

    /// Plans that units leave for another agency, with all that stands below them in their archive; what is held stays.
    pub(in crate::archive) fn plan_departure(
        &self,
        by: &Mandate<Describe>,
        disposition: Disposition,
        choice: &Choice,
        receiver: &str,
    ) -> Result<Drawn, Error> {
        let chosen = self.meant(by.tenant(), choice)?;
        let on = self.clock.now().legal_day();
        let question = Question { tenant: by.tenant(), on, by_rules: false, due: false, except: &BTreeSet::new() };
        let receiver = Some(receiver.to_owned());
        let purpose = Purpose { disposition, on, chosen: choice.in_words(), receiver, replaces: None };
        self.plan(by.actor(), &question, &chosen, purpose)
    }

    fn plan(&self, by: ActorId, question: &Question<'_>, chosen: &[Chosen], purpose: Purpose) -> Result<Drawn, Error> {
        let (tally, draft) = self.drafted(by, question, chosen, purpose)?;
        let Some(Draft { staged, fact }) = draft else { return Ok(Drawn { disposal: None, tally }) };
        let (tenant, now) = (question.tenant.clone(), self.clock.now());
        let planned: Arc<Mutex<Option<Disposal>>> = Arc::default();
        let told = planned.clone();
        self.writer.commit(Act {
            objects: vec![staged],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let line = seal(pen, &tenant, &Fact::DisposalPlanned(fact.clone()), Some(by), now)?;
                let plan = replay::disposals::plan(&fact, by, &line);
                pen.insert_disposal(&tenant, &plan)?;
                lines.push(line);
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(plan);
                Ok(true)
            }),
        })?;
        let disposal = planned.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(Drawn { disposal, tally })
    }

    /// Draws a plan and stages its record; no plan when nothing leaves.
    pub(super) fn drafted(
        &self,
        by: ActorId,
        question: &Question<'_>,
        chosen: &[Chosen],
        purpose: Purpose,
    ) -> Result<(Tally, Option<Draft>), Error> {
        let findings = self.analysed(question, chosen)?;
        let mut list = self.listed(question.tenant, findings)?;
        if list.leaving.units == 0 {
            return Ok((list.tally, None));
        }
        let now = self.clock.now();
        let id = Id::mint(now);
        let mut staging = self.vault.stage(&disposal_object(question.tenant, id)?)?;
        let written = staging.put(&Name::from(UNITS), &mut list.file, &[])?;
        let Purpose { disposition, on, chosen, receiver, replaces } = purpose;
        let agencies: Vec<String> = match disposition {
            Disposition::Elimination => list.agencies.into_iter().collect(),
            Disposition::Transfer | Disposition::Restitution => Vec::new(),
        };
        let Leaving { archives, units, objects, bytes } = list.leaving;
        let plan = Plan {
            format: Plan::format(),
            disposal: id,
            disposition,
            by,
            made_at: now,
            on,
            chosen,
            agencies: agencies.clone(),
            receiver: receiver.clone(),
            replaces,
            looked_at: list.tally.looked_at,
            archives,
            units,
            objects,
            bytes,
            list: written.digests.sha512(),
        };
        let staged = finished(staging, &plan, now)?;
        let fact = DisposalPlanned {
            agencies,
            archives,
            bytes,
            disposal: id,
            disposition,
            list: plan.list,
            objects,
            on,
            receiver,
            replaces,
            units,
        };
        Ok((list.tally, Some(Draft { staged, fact })))
    }

    /// The list as it will stand: decisions settled, objects named.
    fn listed(&self, tenant: &TenantId, mut findings: Findings) -> Result<List, Error> {
        let mut draft = std::mem::replace(&mut findings.draft, self.work_file());
        let mut lister = Lister::new(self, tenant, &findings);
        let mut out = BufWriter::new(self.work_file());
        for line in lines(&mut draft) {
            let line = lister.line(line?)?;
            write(&line, &mut out)?;
        }
        let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        let Lister { tally, leaving, agencies, .. } = lister;
        Ok(List { file, tally, leaving, agencies })
    }
}

fn finished(mut staging: Staging, plan: &Plan, now: Timestamp) -> Result<Staged, Error> {
    staging.put_bytes(PLAN, &plan.to_json()?)?;
    Ok(staging.finish("Plan", "cartulaire", now)?)
}

/// A list, and what it comes to.
struct List {
    file: SpooledTempFile,
    tally: Tally,
    leaving: Leaving,
    agencies: BTreeSet<String>,
}

/// Settles the lines of a draft, one after the other.
struct Lister<'a> {
    archive: &'a Archive,
    tenant: &'a TenantId,
    findings: &'a Findings,
    /// How many of the units that share a group go.
    going: HashMap<GroupId, u32>,
    /// Shared groups that are listed already.
    told: HashSet<GroupId>,
    /// The archive of the lines that come, and the objects of its groups once they are needed.
    current: Option<ListedArchive>,
    objects: Option<HashMap<GroupId, Vec<ListedObject>>>,
    tally: Tally,
    leaving: Leaving,
    agencies: BTreeSet<String>,
    counted: Option<ArchiveId>,
}

impl<'a> Lister<'a> {
    fn new(archive: &'a Archive, tenant: &'a TenantId, findings: &'a Findings) -> Self {
        let mut going: HashMap<GroupId, u32> = HashMap::new();
        for (unit, group) in &findings.candidates {
            if let Some(group) = group.filter(|group| findings.shared.contains_key(group) && findings.goes(*unit)) {
                *going.entry(group).or_default() += 1;
            }
        }
        Self {
            archive,
            tenant,
            findings,
            going,
            told: HashSet::new(),
            current: None,
            objects: None,
            tally: Tally::default(),
            leaving: Leaving::default(),
            agencies: BTreeSet::new(),
            counted: None,
        }
    }

    fn line(&mut self, listed: Listed) -> Result<Listed, Error> {
        let unit = match listed {
            Listed::Archive(archive) => {
                self.current = Some(archive.clone());
                self.objects = None;
                return Ok(Listed::Archive(archive));
            }
            Listed::Unit(unit) => unit,
        };
        let mut unit = self.findings.settled(*unit);
        if unit.decision == Decision::Destroy {
            unit.objects = self.objects_of(unit.unit)?;
            self.count(&unit);
        }
        self.tally.add(&unit);
        Ok(Listed::Unit(Box::new(unit)))
    }

    /// The objects that go with a unit: those of its group, unless a unit that stays, or one listed before, has it too.
    fn objects_of(&mut self, unit: UnitId) -> Result<Vec<ListedObject>, Error> {
        let Some(group) = self.findings.candidates.get(&unit).copied().flatten() else { return Ok(Vec::new()) };
        let is_shared = self.findings.shared.get(&group);
        if is_shared.is_some_and(|all| self.going.get(&group) != Some(all) || !self.told.insert(group)) {
            return Ok(Vec::new());
        }
        let Some(current) = &self.current else { return Ok(Vec::new()) };
        if self.objects.is_none() {
            let mut of: HashMap<GroupId, Vec<ListedObject>> = HashMap::new();
            for one in self.archive.store.holdings(self.tenant).kernels(current.archive)? {
                let listed = ListedObject { object: one.object, digest: one.digest, size: one.size };
                of.entry(one.group).or_default().push(listed);
            }
            self.objects = Some(of);
        }
        Ok(self.objects.as_mut().and_then(|objects| objects.remove(&group)).unwrap_or_default())
    }

    fn count(&mut self, unit: &ListedUnit) {
        let archive = self.current.as_ref().map(|current| current.archive);
        if self.counted != archive {
            self.counted = archive;
            self.leaving.archives += 1;
        }
        self.leaving.units += 1;
        self.leaving.objects += u64::try_from(unit.objects.len()).unwrap_or(u64::MAX);
        self.leaving.bytes += unit.objects.iter().map(|object| object.size).sum::<u64>();
        self.agencies.extend(unit.agencies.iter().cloned());
    }
}
