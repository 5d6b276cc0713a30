//! The articles of a plan: units that go and whose own parents stay, each with what goes below it counted in.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use crate::{
    archive::{Archive, error::Error},
    domain::{appraisal::Decision, disposal::Disposal, id::UnitId, tenant::TenantId},
    record::disposal::{Listed, ListedUnit},
};

/// A line of the paper that agencies sign.
#[derive(Clone, Debug)]
pub(super) struct Article {
    pub(super) archive: u64,
    pub(super) title: String,
    pub(super) start_date: Option<String>,
    pub(super) end_date: Option<String>,
    pub(super) rules: Vec<String>,
    pub(super) until: Option<NaiveDate>,
    /// Units that go with it, itself counted in, and the bytes of their objects.
    pub(super) units: u64,
    pub(super) bytes: u64,
}

/// The articles of each originating agency, in the order of the list.
pub(super) type Articles = BTreeMap<String, Vec<Article>>;

impl Archive {
    /// The articles of a plan, at most `limit` of them in all, and how many there are.
    pub(super) fn articles(
        &self,
        tenant: &TenantId,
        plan: &Disposal,
        limit: usize,
    ) -> Result<(Articles, usize), Error> {
        let shares = self.shares_of_articles(tenant, plan)?;
        let (mut articles, mut count, mut place) = (Articles::new(), 0, None);
        for listed in self.list_of(tenant, plan)? {
            match listed? {
                Listed::Archive(archive) => place = Some((archive.number, archive.agency)),
                Listed::Unit(unit) => {
                    let Some((units, bytes)) = shares.get(&unit.unit).copied() else { continue };
                    let Some((number, agency)) = &place else { continue };
                    count += 1;
                    if count <= limit {
                        articles.entry(agency.clone()).or_default().push(article(*number, *unit, units, bytes));
                    }
                }
            }
        }
        Ok((articles, count))
    }

    /// How many units and bytes go under each unit that goes and whose parents stay. A unit of several parents counts once.
    fn shares_of_articles(&self, tenant: &TenantId, plan: &Disposal) -> Result<HashMap<UnitId, (u64, u64)>, Error> {
        let mut going: Vec<(UnitId, Vec<UnitId>, u64)> = Vec::new();
        for listed in self.list_of(tenant, plan)? {
            if let Listed::Unit(unit) = listed?
                && unit.decision == Decision::Destroy
            {
                going.push((unit.unit, unit.parents, unit.objects.iter().map(|object| object.size).sum()));
            }
        }
        let goes: HashSet<UnitId> = going.iter().map(|(unit, ..)| *unit).collect();
        let above: HashMap<UnitId, UnitId> = going
            .iter()
            .filter_map(|(unit, parents, _)| Some((*unit, *parents.iter().find(|parent| goes.contains(parent))?)))
            .collect();
        let mut shares: HashMap<UnitId, (u64, u64)> = HashMap::new();
        for (unit, _, bytes) in &going {
            // Parents form no loop; a bound keeps a broken catalog from turning for ever.
            let (mut top, mut steps) = (*unit, 0);
            while let Some(next) = above.get(&top).filter(|_| steps < going.len()) {
                (top, steps) = (*next, steps + 1);
            }
            let share = shares.entry(top).or_default();
            *share = (share.0 + 1, share.1 + bytes);
        }
        Ok(shares)
    }
}

fn article(archive: u64, unit: ListedUnit, units: u64, bytes: u64) -> Article {
    Article {
        archive,
        title: unit.title,
        start_date: unit.start_date,
        end_date: unit.end_date,
        until: unit.rules.iter().filter_map(|rule| rule.end).max(),
        rules: unit.rules.into_iter().map(|rule| rule.rule).collect(),
        units,
        bytes,
    }
}
