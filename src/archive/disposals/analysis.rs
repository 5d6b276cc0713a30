//! What becomes of units on a day: each judged on its rules and holds, then leaf first. Nothing is written but work files.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    io::{BufReader, BufWriter, Seek, Write},
};

use chrono::NaiveDate;
use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        disposals::choice::{Chosen, Part, agency_of},
        error::Error,
    },
    domain::{
        appraisal::{Because, Decision, Judgement, Reason, Situation, Survivor, judge, survivors},
        hold::HoldCause,
        id::{ArchiveId, GroupId, UnitId},
        inheritance::{Computation, End, Graph, InForce, Origin, Rules, of_category},
        rule::{Category, Rule},
        search::{Cursor, Hit},
        tenant::TenantId,
    },
    record::disposal::{self, Listed, ListedArchive, ListedRule, ListedUnit},
    store::Kept,
};

/// Units read at once.
const AT_ONCE: u32 = 1_000;

/// What is asked of an analysis.
pub(super) struct Question<'a> {
    pub(super) tenant: &'a TenantId,
    /// The day for which rules are computed.
    pub(super) on: NaiveDate,
    /// Whether appraisal rules decide; everything chosen leaves but for holds otherwise.
    pub(super) by_rules: bool,
    /// Whether only units whose administrative use is over are looked at, and what stands below them.
    pub(super) due: bool,
    /// Units that an agency wants to be kept.
    pub(super) except: &'a BTreeSet<UnitId>,
}

/// What was found: a draft of the list, where decisions are those of each unit by itself; what would go; what stays of it.
pub(super) struct Findings {
    pub(super) draft: SpooledTempFile,
    /// Units that may go by themselves, each with its group of objects.
    pub(super) candidates: HashMap<UnitId, Option<GroupId>>,
    /// Candidates that stay all the same, and what keeps them.
    pub(super) kept: HashMap<UnitId, Survivor>,
    /// Groups that several units of their archive share, and how many.
    pub(super) shared: HashMap<GroupId, u32>,
}

impl Findings {
    /// Whether a unit goes.
    pub(super) fn goes(&self, unit: UnitId) -> bool {
        self.candidates.contains_key(&unit) && !self.kept.contains_key(&unit)
    }

    /// A line of the draft with the decision that stands once everything is looked at.
    pub(super) fn settled(&self, mut unit: ListedUnit) -> ListedUnit {
        if let Some(by) = self.kept.get(&unit.unit) {
            let reason = if by.below { Reason::NonDestroyableHasChildUnits } else { Reason::ObjectsInUse };
            unit.decision = Decision::Keep;
            unit.reasons = vec![Because { reason, about: vec![by.unit.to_string()] }];
        }
        unit
    }
}

impl Archive {
    /// Looks at every unit chosen.
    pub(super) fn analysed(&self, question: &Question<'_>, chosen: &[Chosen]) -> Result<Findings, Error> {
        let referentials = self.referentials(question.tenant)?;
        let none = HashMap::new();
        let mut pass = Pass {
            archive: self,
            question,
            rules: referentials.rules.as_ref().unwrap_or(&none),
            agencies: HashMap::new(),
            draft: BufWriter::new(self.work_file()),
            candidates: HashMap::new(),
            shared: HashMap::new(),
        };
        for one in chosen {
            pass.look_at(one)?;
        }
        let Pass { draft, candidates, shared, .. } = pass;
        let mut draft = draft.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        draft.rewind()?;
        let kept = self.survivors_among(question.tenant, &candidates)?;
        Ok(Findings { draft, candidates, kept, shared })
    }

    /// The candidates that must stay because something that stays hangs on them, in whatever archive.
    fn survivors_among(
        &self,
        tenant: &TenantId,
        candidates: &HashMap<UnitId, Option<GroupId>>,
    ) -> Result<HashMap<UnitId, Survivor>, Error> {
        let holdings = self.store.holdings(tenant);
        let units: Vec<UnitId> = candidates.keys().copied().collect();
        let below = holdings.below(&units)?.into_iter().map(|(above, unit)| (above, Survivor { unit, below: true }));
        let mut links: Vec<(UnitId, Survivor)> = below.collect();
        let mut bearers: HashMap<GroupId, Vec<UnitId>> = HashMap::new();
        for (unit, group) in candidates {
            if let Some(group) = group {
                bearers.entry(*group).or_default().push(*unit);
            }
        }
        let groups: Vec<GroupId> = bearers.keys().copied().collect();
        for (group, unit) in holdings.referring(&groups)? {
            let of = bearers.get(&group).into_iter().flatten();
            links.extend(of.map(|bearer| (*bearer, Survivor { unit, below: false })));
        }
        Ok(survivors(&candidates.keys().copied().collect(), links))
    }
}

/// The pass over archives, one at a time.
struct Pass<'a> {
    archive: &'a Archive,
    question: &'a Question<'a>,
    rules: &'a HashMap<String, Rule>,
    /// The originating agency of each archive met.
    agencies: HashMap<ArchiveId, String>,
    draft: BufWriter<SpooledTempFile>,
    candidates: HashMap<UnitId, Option<GroupId>>,
    shared: HashMap<GroupId, u32>,
}

/// What is known of the archive that is looked at.
struct Within<'a> {
    agency: String,
    graph: &'a Graph,
    computation: Computation<'a>,
    held: HashMap<UnitId, Vec<String>>,
}

impl Pass<'_> {
    fn look_at(&mut self, chosen: &Chosen) -> Result<(), Error> {
        let Kept { archive, place, inventory } = &chosen.kept;
        let agency = agency_of(&chosen.kept);
        self.agencies.insert(archive.id, agency.clone());
        let lineage = self.archive.store.holdings(self.question.tenant).lineage(&[archive.id])?;
        let mut within = Within {
            agency: agency.clone(),
            graph: &lineage.graph,
            computation: Computation::new(&lineage.graph, self.rules),
            held: self.held(archive.id)?,
        };
        let ids = lineage.units.iter().map(|(_, unit)| *unit);
        let wanted = self.wanted(&chosen.part, ids, &mut within);
        if wanted.as_ref().is_some_and(HashSet::is_empty) {
            return Ok(());
        }
        let listed = Listed::Archive(ListedArchive {
            archive: archive.id,
            number: place.number,
            generation: archive.generation,
            inventory: *inventory,
            agency,
            message_identifier: archive.header.message_identifier.clone(),
        });
        disposal::write(&listed, &mut self.draft)?;
        let mut bearers: HashMap<GroupId, u32> = HashMap::new();
        let mut after: Option<Cursor> = None;
        loop {
            let page = self.archive.store.holdings(self.question.tenant).units(archive.id, after, AT_ONCE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.cursor);
            for hit in page {
                hit.group.into_iter().for_each(|group| *bearers.entry(group).or_default() += 1);
                if wanted.as_ref().is_none_or(|wanted| wanted.contains(&hit.unit)) {
                    self.list(hit, &mut within)?;
                }
            }
        }
        self.shared.extend(bearers.into_iter().filter(|(_, bearers)| *bearers > 1));
        Ok(())
    }

    /// The holds that archivists placed on the units of an archive, or above them.
    fn held(&self, archive: ArchiveId) -> Result<HashMap<UnitId, Vec<String>>, Error> {
        let held = self.archive.held(self.question.tenant, archive, self.question.on)?;
        let placed = |cause: HoldCause| match cause {
            HoldCause::Placed { hold, .. } => Some(hold.to_string()),
            // What deposits said is among the rules in force.
            HoldCause::Rule { .. } => None,
        };
        Ok(held.into_iter().map(|(unit, causes)| (unit, causes.into_iter().filter_map(placed).collect())).collect())
    }

    /// The units of the archive that are looked at; `None` for all.
    fn wanted(
        &self,
        part: &Part,
        ids: impl Iterator<Item = UnitId> + Clone,
        within: &mut Within<'_>,
    ) -> Option<HashSet<UnitId>> {
        let mut from: HashSet<UnitId> = match part {
            Part::Whole if !self.question.due => return None,
            Part::Exactly(units) => return Some(units.iter().copied().collect()),
            Part::Whole => ids.clone().collect(),
            Part::From(units) => units.clone(),
        };
        if self.question.due {
            let on = self.question.on;
            let is_due = |appraisal: &InForce| !appraisal.rules.is_empty() && appraisal.is_over(on);
            from.retain(|unit| of_category(&within.computation.of(*unit), Category::Appraisal).is_some_and(is_due));
        }
        let mut children: HashMap<UnitId, Vec<UnitId>> = HashMap::new();
        for unit in ids {
            for parent in within.graph.node(unit).into_iter().flat_map(|node| &node.parents) {
                children.entry(*parent).or_default().push(unit);
            }
        }
        let mut waiting: Vec<UnitId> = from.iter().copied().collect();
        while let Some(unit) = waiting.pop() {
            waiting.extend(children.get(&unit).into_iter().flatten().filter(|child| from.insert(**child)));
        }
        Some(from)
    }

    fn list(&mut self, hit: Hit, within: &mut Within<'_>) -> Result<(), Error> {
        let rules = within.computation.of(hit.unit);
        let judgement = self.judgement(&hit, &rules, within)?;
        if judgement.decision == Decision::Destroy {
            self.candidates.insert(hit.unit, hit.group);
        }
        let appraisal = of_category(&rules, Category::Appraisal);
        let listed = ListedUnit {
            unit: hit.unit,
            decision: judgement.decision,
            reasons: judgement.reasons,
            title: hit.content.title,
            level: hit.content.level,
            start_date: hit.content.start_date,
            end_date: hit.content.end_date,
            parents: within.graph.node(hit.unit).map(|node| node.parents.clone()).unwrap_or_default(),
            agencies: judgement.agencies.into_iter().collect(),
            rules: appraisal.map(listed_rules).unwrap_or_default(),
            final_actions: appraisal.map(final_actions).unwrap_or_default(),
            objects: Vec::new(),
        };
        Ok(disposal::write(&Listed::Unit(Box::new(listed)), &mut self.draft)?)
    }

    fn judgement(&mut self, hit: &Hit, rules: &Rules, within: &mut Within<'_>) -> Result<Judgement, Error> {
        let mut holds = holds_by_rule(rules, self.question.on);
        holds.extend(within.held.remove(&hit.unit).unwrap_or_default());
        if self.question.except.contains(&hit.unit) {
            let reasons = vec![Because { reason: Reason::ExceptedByAgency, about: Vec::new() }];
            return Ok(Judgement {
                decision: Decision::Keep,
                reasons,
                agencies: BTreeSet::from([within.agency.clone()]),
            });
        }
        if !self.question.by_rules {
            let held = !holds.is_empty();
            return Ok(Judgement {
                decision: if held { Decision::Conflict } else { Decision::Destroy },
                reasons: held
                    .then_some(Because { reason: Reason::BlockedByHoldRule, about: holds })
                    .into_iter()
                    .collect(),
                agencies: BTreeSet::from([within.agency.clone()]),
            });
        }
        let above: Vec<UnitId> = within.graph.node(hit.unit).map(|node| node.parents.clone()).unwrap_or_default();
        let above: Vec<(UnitId, Rules)> =
            above.into_iter().map(|parent| (parent, within.computation.of(parent))).collect();
        for rules in above.iter().map(|(_, rules)| rules).chain([rules]) {
            self.meet(rules, within.graph)?;
        }
        let parents: Vec<(UnitId, Option<&InForce>)> =
            above.iter().map(|(parent, rules)| (*parent, of_category(rules, Category::Appraisal))).collect();
        let agency_of = |origin| {
            let archive = archive_of(origin, within.graph);
            archive.and_then(|archive| self.agencies.get(&archive)).cloned().unwrap_or_default()
        };
        Ok(judge(&Situation {
            on: self.question.on,
            agency: &within.agency,
            appraisal: of_category(rules, Category::Appraisal),
            parents: &parents,
            holds,
            agency_of: &agency_of,
        }))
    }

    /// Makes sure that the agencies from whose archives appraisal rules come are known.
    fn meet(&mut self, rules: &Rules, graph: &Graph) -> Result<(), Error> {
        let Some(appraisal) = of_category(rules, Category::Appraisal) else { return Ok(()) };
        let origins = appraisal.rules.iter().map(|rule| rule.origin);
        for origin in origins.chain(appraisal.final_actions.iter().map(|(_, origin)| *origin)) {
            let Some(archive) = archive_of(origin, graph).filter(|archive| !self.agencies.contains_key(archive)) else {
                continue;
            };
            let kept = self.archive.store.holdings(self.question.tenant).archive(archive)?;
            self.agencies.insert(archive, kept.as_ref().map(agency_of).unwrap_or_default());
        }
        Ok(())
    }
}

fn archive_of(origin: Origin, graph: &Graph) -> Option<ArchiveId> {
    match origin {
        Origin::Archive(archive) => Some(archive),
        Origin::Unit(unit) => graph.node(unit).map(|node| node.archive),
    }
}

/// The `HoldRule`s in force that a deposit brought.
fn holds_by_rule(rules: &[InForce], on: NaiveDate) -> Vec<String> {
    let held = of_category(rules, Category::Hold).map_or(&[][..], |hold| hold.rules.as_slice());
    held.iter().filter(|rule| !rule.end.is_past(on)).map(|rule| rule.rule.clone()).collect()
}

fn listed_rules(appraisal: &InForce) -> Vec<ListedRule> {
    let listed = |rule: &crate::domain::inheritance::Inherited| ListedRule {
        rule: rule.rule.clone(),
        start: rule.start,
        end: match rule.end {
            End::Day(day) => Some(day),
            End::Unknown | End::Never => None,
        },
    };
    appraisal.rules.iter().map(listed).collect()
}

fn final_actions(appraisal: &InForce) -> Vec<String> {
    let said: BTreeSet<&String> = appraisal.final_actions.iter().map(|(action, _)| action).collect();
    said.into_iter().cloned().collect()
}

/// How many units were looked at, and what becomes of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Units looked at.
    pub looked_at: u64,
    /// Units that go.
    pub destroy: u64,
    /// Units that stay.
    pub keep: u64,
    /// Units that a person must settle first.
    pub conflict: u64,
    /// How many units have each reason to stay.
    pub reasons: BTreeMap<Reason, u64>,
}

impl Tally {
    /// Counts one unit.
    pub(super) fn add(&mut self, unit: &ListedUnit) {
        self.looked_at += 1;
        match unit.decision {
            Decision::Destroy => self.destroy += 1,
            Decision::Keep => self.keep += 1,
            Decision::Conflict => self.conflict += 1,
        }
        let reasons: BTreeSet<Reason> = unit.reasons.iter().map(|because| because.reason).collect();
        for reason in reasons {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }
}

/// Reads a draft, or what was made of it, from its beginning.
pub(super) fn lines(file: &mut SpooledTempFile) -> impl Iterator<Item = Result<Listed, Error>> {
    disposal::read(BufReader::new(file)).map(|listed| listed.map_err(Error::from))
}

/// Writes a line of a list.
pub(super) fn write(listed: &Listed, out: impl Write) -> Result<(), Error> {
    Ok(disposal::write(listed, out)?)
}
