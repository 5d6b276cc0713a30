//! Agencies speak: originating agencies agree, the control authority gives its visa, either refuses in whole or in part.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    archive::{
        Archive,
        disposals::{
            analysis::Question,
            choice::{Chosen, Part},
            denial::Denial,
            plan::{Draft, Purpose},
        },
        error::Error,
        ingest::seal,
        replay,
        writer::Act,
    },
    domain::{
        agency::Role,
        consent::{Consent, Objection},
        digest::Digest,
        disposal::{Disposal, DisposalState, Disposition},
        id::{ActorId, ArchiveId, DisposalId, UnitId},
        mandate::{Agree, Control, Describe, Mandate},
        tenant::TenantId,
    },
    record::facts::{
        Fact,
        disposal::{Consented, DisposalAbandoned},
    },
    store::Pen,
    vault::staging::Staged,
};

/// What an agency answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, to the whole list.
    Grant,
    /// No.
    Refuse,
    /// Not these units, nor what stands below them; another plan is made of the rest.
    Except(Vec<UnitId>),
}

/// An answer that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The plan as it stands now.
    pub disposal: Disposal,
    /// The plan made of the rest, when units were excepted and something is left.
    pub next: Option<Disposal>,
}

/// Who speaks, and how.
pub(super) struct Speech {
    pub(super) by: ActorId,
    pub(super) agency: String,
    pub(super) role: Role,
    pub(super) granted: bool,
    pub(super) list: Digest,
    pub(super) message: Option<Digest>,
}

impl Archive {
    /// An originating agency answers a plan, of which it saw the list of this digest.
    pub fn agree(
        &self,
        by: &Mandate<Agree>,
        id: DisposalId,
        list: Digest,
        answer: &Answer,
    ) -> Result<Result<Heard, Denial>, Error> {
        let Some(agency) = by.agency() else { return Ok(Err(Denial::NoAgency)) };
        self.answered(by.tenant(), id, &speech(by.actor(), agency, Role::Originating, list), answer)
    }

    /// The control authority answers a plan, of which it saw the list of this digest.
    pub fn control(
        &self,
        by: &Mandate<Control>,
        id: DisposalId,
        list: Digest,
        answer: &Answer,
    ) -> Result<Result<Heard, Denial>, Error> {
        let Some(agency) = by.agency() else { return Ok(Err(Denial::NoAgency)) };
        if !self.is_control_authority(by.tenant(), agency)? {
            return Ok(Err(Denial::NotControl(agency.to_owned())));
        }
        self.answered(by.tenant(), id, &speech(by.actor(), agency, Role::Control, list), answer)
    }

    /// Gives a plan up, as long as nothing was destroyed under it.
    pub fn abandon(&self, by: &Mandate<Describe>, id: DisposalId) -> Result<Result<Disposal, Denial>, Error> {
        let (tenant, who, now) = (by.tenant().clone(), by.actor(), self.clock.now());
        if let Some(plan) = self.store.holdings(&tenant).disposal(id)?
            && !self.progress_of(&tenant, &plan)?.0.is_empty()
        {
            return Ok(Err(Denial::State(plan.state)));
        }
        let denied: Arc<Mutex<Option<Denial>>> = Arc::default();
        let told = denied.clone();
        self.writer.commit(Act::telling(move |pen, lines| {
            let Some(plan) = pen.disposal(&tenant, id)? else { return deny(&told, Denial::Unknown(id)) };
            let may_be_given_up = [DisposalState::Planned, DisposalState::Agreed, DisposalState::Authorised];
            if !may_be_given_up.contains(&plan.state) {
                return deny(&told, Denial::State(plan.state));
            }
            let fact = Fact::DisposalAbandoned(DisposalAbandoned { disposal: id });
            lines.push(seal(pen, &tenant, &fact, Some(who), now)?);
            Ok(pen.move_disposal(&tenant, id, DisposalState::Abandoned)?)
        }))?;
        self.standing_plan(by.tenant(), id, &denied)
    }

    /// Whether the referential names an agency as a control authority; one without roles is none.
    pub(super) fn is_control_authority(&self, tenant: &TenantId, agency: &str) -> Result<bool, Error> {
        let known = self.store.holdings(tenant).agency(agency)?;
        Ok(known.is_some_and(|agency| agency.roles.contains(&Role::Control)))
    }

    fn answered(
        &self,
        tenant: &TenantId,
        id: DisposalId,
        speech: &Speech,
        answer: &Answer,
    ) -> Result<Result<Heard, Denial>, Error> {
        let Some(plan) = self.store.holdings(tenant).disposal(id)? else { return Ok(Err(Denial::Unknown(id))) };
        if plan.disposition != Disposition::Elimination {
            // What the receiver of a departure says is heard with its message, elsewhere.
            return Ok(Err(Denial::Objection(Objection::Turn { state: plan.state, role: speech.role })));
        }
        let speech = Speech { granted: *answer == Answer::Grant, agency: speech.agency.clone(), ..*speech };
        let rest = match answer {
            Answer::Grant | Answer::Refuse => None,
            Answer::Except(units) => {
                let proposed = self.proposed(&plan, speech.by, &speech.agency, speech.role, speech.list);
                let said = self.store.holdings(tenant).consents(id)?;
                if let Err(objection) = plan.hear(&said, &proposed) {
                    return Ok(Err(Denial::Objection(objection)));
                }
                match self.rest(tenant, &plan, speech.by, units)? {
                    Ok(rest) => rest,
                    Err(denial) => return Ok(Err(denial)),
                }
            }
        };
        self.heard(tenant, id, speech, Vec::new(), rest)
    }

    /// Tells what an agency said, if the plan hears it, with what else becomes durable by the same act.
    pub(super) fn heard(
        &self,
        tenant: &TenantId,
        id: DisposalId,
        speech: Speech,
        record: Vec<Staged>,
        rest: Option<Draft>,
    ) -> Result<Result<Heard, Denial>, Error> {
        let denied: Arc<Mutex<Option<Denial>>> = Arc::default();
        let (told, owner, now) = (denied.clone(), tenant.clone(), self.clock.now());
        let (staged, planned) = rest.map(|rest| (rest.staged, rest.fact)).unzip();
        let next = planned.as_ref().map(|fact| fact.disposal);
        let work = move |pen: &mut Pen<'_>, lines: &mut Vec<_>| {
            let Some(plan) = pen.disposal(&owner, id)? else { return deny(&told, Denial::Unknown(id)) };
            let said = pen.consents(&owner, id)?;
            let Speech { by, agency, role, granted, list, message } = speech;
            let consent = Consent { agency, role, by, at: now, granted, list, message };
            let state = match plan.hear(&said, &consent) {
                Ok(state) => state,
                Err(objection) => return deny(&told, Denial::Objection(objection)),
            };
            let fact = Consented { agency: consent.agency.clone(), disposal: id, granted, list, message, role };
            let line = seal(pen, &owner, &Fact::Consented(fact), Some(by), now)?;
            pen.consent(&owner, id, &Consent { at: line.at, ..consent }, state)?;
            lines.push(line);
            if let Some(fact) = planned {
                let line = seal(pen, &owner, &Fact::DisposalPlanned(fact.clone()), Some(by), now)?;
                pen.insert_disposal(&owner, &replay::disposals::plan(&fact, by, &line))?;
                lines.push(line);
            }
            Ok(true)
        };
        let objects = record.into_iter().chain(staged).collect();
        self.writer.commit(Act { objects, papers: Vec::new(), spooled: Vec::new(), work: Box::new(work) })?;
        let disposal = match self.standing_plan(tenant, id, &denied)? {
            Ok(disposal) => disposal,
            Err(denial) => return Ok(Err(denial)),
        };
        let next = next.map(|next| self.store.holdings(tenant).disposal(next)).transpose()?.flatten();
        Ok(Ok(Heard { disposal, next }))
    }

    /// The plan once an act is over, unless the act was denied.
    pub(super) fn standing_plan(
        &self,
        tenant: &TenantId,
        id: DisposalId,
        denied: &Mutex<Option<Denial>>,
    ) -> Result<Result<Disposal, Denial>, Error> {
        if let Some(denial) = denied.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(Err(denial));
        }
        Ok(self.store.holdings(tenant).disposal(id)?.ok_or(Denial::Unknown(id)))
    }

    fn proposed(&self, plan: &Disposal, by: ActorId, agency: &str, role: Role, list: Digest) -> Consent {
        let agency = agency.to_owned();
        Consent { agency, role, by, at: self.clock.now().max(plan.made_at), granted: false, list, message: None }
    }

    /// A plan of what is left once some units of `plan` are to be kept; none when nothing is.
    fn rest(
        &self,
        tenant: &TenantId,
        plan: &Disposal,
        by: ActorId,
        units: &[UnitId],
    ) -> Result<Result<Option<Draft>, Denial>, Error> {
        let mut listed: BTreeMap<ArchiveId, BTreeSet<UnitId>> = BTreeMap::new();
        for doomed in self.doomed(tenant, plan)? {
            listed.insert(doomed.archive, doomed.units);
        }
        let is_listed = |unit: &&UnitId| listed.values().any(|units| units.contains(*unit));
        let strangers: Vec<UnitId> = units.iter().filter(|unit| !is_listed(unit)).copied().collect();
        if !strangers.is_empty() || units.is_empty() {
            return Ok(Err(Denial::NotListed(strangers)));
        }
        let except = self.with_all_below(tenant, units, &listed)?;
        let mut chosen = Vec::new();
        for (archive, units) in listed {
            let kept = self.store.holdings(tenant).archive(archive)?;
            chosen.extend(kept.map(|kept| Chosen { kept, part: Part::Exactly(units) }));
        }
        chosen.sort_by_key(|one| one.kept.place.sequence);
        let question = Question { tenant, on: plan.on, by_rules: true, due: false, except: &except };
        let purpose = Purpose {
            disposition: plan.disposition,
            on: plan.on,
            chosen: format!("plan {}, sans les unités refusées", plan.id),
            receiver: plan.receiver.clone(),
            replaces: Some(plan.id),
        };
        Ok(Ok(self.drafted(by, &question, &chosen, purpose)?.1))
    }

    /// Units, and whatever of the list stands below them.
    fn with_all_below(
        &self,
        tenant: &TenantId,
        units: &[UnitId],
        listed: &BTreeMap<ArchiveId, BTreeSet<UnitId>>,
    ) -> Result<BTreeSet<UnitId>, Error> {
        let all: Vec<UnitId> = listed.values().flatten().copied().collect();
        let mut children: HashMap<UnitId, Vec<UnitId>> = HashMap::new();
        for (above, below) in self.store.holdings(tenant).below(&all)? {
            children.entry(above).or_default().push(below);
        }
        let mut found: BTreeSet<UnitId> = units.iter().copied().collect();
        let mut waiting = units.to_vec();
        while let Some(unit) = waiting.pop() {
            waiting.extend(children.get(&unit).into_iter().flatten().filter(|below| found.insert(**below)));
        }
        Ok(found)
    }
}

fn speech(by: ActorId, agency: &str, role: Role, list: Digest) -> Speech {
    Speech { by, agency: agency.to_owned(), role, granted: false, list, message: None }
}

/// Leaves word why an act does not stand.
#[expect(clippy::unnecessary_wraps, reason = "what an act answers")]
pub(super) fn deny(told: &Mutex<Option<Denial>>, denial: Denial) -> Result<bool, Error> {
    *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(denial);
    Ok(false)
}
