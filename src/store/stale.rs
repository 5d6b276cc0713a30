//! Which archives wait for their rules to be computed again. Marks are made in the act that changes something; what
//! spreads from there is found in the background, by small acts.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use crate::{
    domain::{id::ArchiveId, rule::Rule, tenant::TenantId},
    store::{
        Store, batch, cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        referentials,
        schema::{archives, beneath, changed_rules, rule_uses, rules, stale, units},
    },
};

/// Archives marked in one act, and values looked for in one query.
const AT_ONCE: usize = 500;

/// Holders of a changed rule that are read at once.
const HOLDERS: i64 = 2_000;

/// An archive that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The archive; it may be gone.
    pub archive: ArchiveId,
    /// Its mark: a computation takes away the mark that it found, and no later one.
    pub mark: i64,
    /// Whether what lies below it in other archives is to be marked too.
    pub spreads: bool,
    /// How many units it holds.
    pub units: u64,
}

impl Pen<'_> {
    /// Marks an archive, and with time whatever lies below it in other archives, for its rules to be computed again.
    pub fn rules_changed(&mut self, tenant: &TenantId, archive: ArchiveId) -> Result<(), Error> {
        mark(self.looking(), tenant.as_str(), &archive.to_string(), true)
    }

    /// Marks the rules that an edition which is about to replace the present one adds, takes away or changes in what
    /// decides an end. Whoever uses them is found in the background.
    pub fn mark_changed_rules(&mut self, tenant: &TenantId, next: &[Rule]) -> Result<(), Error> {
        type Sense = (String, Option<String>, Option<i64>);
        let database = self.looking();
        let own = rules::table.filter(rules::tenant.eq(tenant.as_str()));
        let columns = (rules::identifier, (rules::category, rules::duration_unit, rules::duration));
        let present: Vec<(String, Sense)> = own.select(columns).load(database)?;
        let mut present: HashMap<String, Sense> = present.into_iter().collect();
        let mut changed: Vec<String> = Vec::new();
        for rule in next {
            let (unit, length) = referentials::duration_cells(rule.duration);
            let sense = (rule.category.element().to_owned(), unit.map(str::to_owned), length);
            if present.remove(&rule.identifier) != Some(sense) {
                changed.push(rule.identifier.clone());
            }
        }
        changed.extend(present.into_keys());
        for rule in changed {
            let known = changed_rules::table.find((tenant.as_str(), &rule));
            if diesel::select(diesel::dsl::exists(known)).get_result::<bool>(database)? {
                continue;
            }
            let row = (changed_rules::tenant.eq(tenant.as_str()), changed_rules::rule.eq(&rule));
            diesel::insert_into(changed_rules::table).values(row).execute(database)?;
        }
        Ok(())
    }
}

impl Holdings<'_> {
    /// At most `limit` archives that wait, in the order of their identifiers.
    pub fn stale(&self, limit: u32) -> Result<Vec<Stale>, Error> {
        self.read(|database, tenant| {
            let own = stale::table.filter(stale::tenant.eq(tenant)).order(stale::archive).limit(i64::from(limit));
            let rows: Vec<(String, i64, bool)> =
                own.select((stale::archive, stale::mark, stale::spreads)).load(database)?;
            let ids: Vec<&str> = rows.iter().map(|(id, ..)| id.as_str()).collect();
            let mut units: HashMap<String, i64> = HashMap::new();
            for chunk in ids.chunks(AT_ONCE) {
                let own = archives::table.filter(archives::tenant.eq(tenant)).filter(archives::id.eq_any(chunk));
                units.extend(own.select((archives::id, archives::units)).load::<(String, i64)>(database)?);
            }
            let waiting = |(id, mark, spreads): &(String, i64, bool)| {
                Ok(Stale {
                    archive: cells::parsed(id, "an archive's identifier")?,
                    mark: *mark,
                    spreads: *spreads,
                    units: cells::count(units.get(id).copied().unwrap_or_default(), "a count of units")?,
                })
            };
            rows.iter().map(waiting).collect()
        })
    }

    /// A rule of the referential that changed and whose users are not marked yet.
    pub fn changed_rule(&self) -> Result<Option<String>, Error> {
        self.read(|database, tenant| {
            let own = changed_rules::table.filter(changed_rules::tenant.eq(tenant)).order(changed_rules::rule);
            Ok(own.select(changed_rules::rule).first(database).optional()?)
        })
    }

    /// Those of `archives` and of what lies below them in other archives, level by level; without `archives` themselves.
    fn archives_below(&self, archives: &[ArchiveId]) -> Result<BTreeSet<String>, Error> {
        let from: BTreeSet<String> = archives.iter().map(ToString::to_string).collect();
        self.read(|database, tenant| {
            let (mut found, mut level) = (from.clone(), from.iter().cloned().collect::<Vec<_>>());
            while !level.is_empty() {
                let mut next = Vec::new();
                for chunk in level.chunks(AT_ONCE) {
                    let own = beneath::table.filter(beneath::tenant.eq(tenant)).filter(beneath::above.eq_any(chunk));
                    let below: Vec<String> = own.select(beneath::archive).load(database)?;
                    next.extend(below.into_iter().filter(|id| found.insert(id.clone())));
                }
                level = next;
            }
            Ok(found.difference(&from).cloned().collect())
        })
    }
}

impl Store {
    /// How many archives, in all tenants, wait for their rules to be computed; a changed rule whose users are not marked
    /// yet counts as one.
    pub fn waiting_for_rules(&self) -> Result<u64, Error> {
        self.read(|database| {
            let archives: i64 = stale::table.count().get_result(database)?;
            let rules: i64 = changed_rules::table.count().get_result(database)?;
            cells::count(archives.saturating_add(rules), "a count")
        })
    }

    /// Marks what lies below some archives in others, by small acts. It is done again when it was interrupted.
    pub fn spread(&self, tenant: &TenantId, from: &[Stale]) -> Result<(), Error> {
        let sources: Vec<&Stale> = from.iter().filter(|one| one.spreads).collect();
        let archives: Vec<ArchiveId> = sources.iter().map(|one| one.archive).collect();
        let below: Vec<String> = self.holdings(tenant).archives_below(&archives)?.into_iter().collect();
        for chunk in below.chunks(AT_ONCE) {
            self.act(|database| chunk.iter().try_for_each(|id| mark(database, tenant.as_str(), id, false)))?;
        }
        for chunk in sources.chunks(AT_ONCE) {
            self.act(|database| {
                for one in chunk {
                    let known = stale::table.find((tenant.as_str(), one.archive.to_string()));
                    let same = known.filter(stale::mark.eq(one.mark));
                    diesel::update(same).set(stale::spreads.eq(false)).execute(database)?;
                }
                Ok::<(), Error>(())
            })?;
        }
        Ok(())
    }

    /// Marks every archive of which a unit or the header uses a changed rule, by small acts.
    pub fn mark_users(&self, tenant: &TenantId, rule: &str) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            let (users, last) = self.holdings(tenant).read(|database, tenant| {
                let own = rule_uses::table.filter(rule_uses::tenant.eq(tenant)).filter(rule_uses::rule.eq(rule));
                let past = own.filter(rule_uses::holder.gt(&after)).order(rule_uses::holder).limit(HOLDERS);
                let mut holders: Vec<String> = past.select(rule_uses::holder).load(database)?;
                let last = holders.last().cloned();
                holders.dedup();
                Ok((archives_of(database, tenant, &holders)?, last))
            })?;
            for chunk in users.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
                self.act(|database| chunk.iter().try_for_each(|id| mark(database, tenant.as_str(), id, true)))?;
            }
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
        self.act(|database| {
            diesel::delete(changed_rules::table.find((tenant.as_str(), rule))).execute(database)?;
            Ok(())
        })
    }
}

/// The archives of some holders of rules: units, or archives themselves.
fn archives_of(database: &mut Database, tenant: &str, holders: &[String]) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    for chunk in holders.chunks(AT_ONCE) {
        let own = units::table.filter(units::tenant.eq(tenant)).filter(units::id.eq_any(chunk));
        found.extend(own.select(units::archive).load::<String>(database)?);
        let own = archives::table.filter(archives::tenant.eq(tenant)).filter(archives::id.eq_any(chunk));
        found.extend(own.select(archives::id).load::<String>(database)?);
    }
    Ok(found)
}

/// Marks an archive: a mark that stands is raised, so that a computation under way does not take it away.
fn mark(database: &mut Database, tenant: &str, archive: &str, spreads: bool) -> Result<(), Error> {
    if raise(database, tenant, archive, spreads)? == 0 && batch::insert_mark(database, tenant, archive, spreads)? == 0 {
        // Another process marked it between the two.
        raise(database, tenant, archive, spreads)?;
    }
    Ok(())
}

fn raise(database: &mut Database, tenant: &str, archive: &str, spreads: bool) -> Result<usize, Error> {
    let known = stale::table.find((tenant, archive));
    let raised = stale::mark.eq(stale::mark + 1);
    Ok(if spreads {
        diesel::update(known).set((raised, stale::spreads.eq(true))).execute(database)?
    } else {
        diesel::update(known).set(raised).execute(database)?
    })
}
