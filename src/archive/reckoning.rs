//! The index of due dates, brought up to the catalog in the background: what changed is found, computed and written by
//! small acts beside deposits. Who decides by rules (elimination, communication) computes them anew and does not ask it.

use std::collections::HashMap;

use crate::{
    archive::{Archive, Lease, error::Error},
    domain::{
        id::UnitId,
        inheritance::{Computation, Rules},
        tenant::TenantId,
    },
    store::{Lineage, Reckoned, Stale, UNITS_OF_ARCHIVE},
};

/// How long one process may hold the right to compute, in milliseconds, before it takes it again.
const LEASE_MILLIS: i64 = 300_000;

/// Archives looked for at once.
const ARCHIVES: u32 = 500;

/// Units read at once, unless one archive holds more.
const UNITS_READ: u64 = 10_000;

/// Units written in one transaction.
const UNITS_WRITTEN: usize = 1_000;

/// Units computed in one round, after which other work has its turn.
const UNITS_PER_ROUND: u64 = 50_000;

/// What was computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Computed {
    /// Archives.
    pub archives: u64,
    /// Units.
    pub units: u64,
    /// Archives that still wait, of any tenant: another process computes, or there was no more time.
    pub waiting: u64,
}

impl Archive {
    /// Computes whatever waits. `progress` is told how many units each step brought.
    pub fn compute_rules(&self, progress: &mut dyn FnMut(u64)) -> Result<Computed, Error> {
        self.compute_until(u64::MAX, progress)
    }

    /// Computes what fits in a round.
    pub(super) fn compute_some(&self) -> Result<Computed, Error> {
        self.compute_until(UNITS_PER_ROUND, &mut |_| {})
    }

    /// How many archives wait for their rules to be computed.
    pub fn waiting_for_rules(&self) -> Result<u64, Error> {
        Ok(self.store.waiting_for_rules()?)
    }

    fn compute_until(&self, most: u64, progress: &mut dyn FnMut(u64)) -> Result<Computed, Error> {
        let mut computed = Computed { waiting: self.store.waiting_for_rules()?, ..Computed::default() };
        if computed.waiting == 0 {
            return Ok(computed);
        }
        // One at a time: what lies below is marked once what is above was read.
        if let Some(lease) = self.lease("rules", LEASE_MILLIS)? {
            for tenant in self.store.tenants()? {
                while computed.units < most && self.compute_step(&lease, &tenant.id, &mut computed, progress)? {}
            }
            computed.waiting = self.store.waiting_for_rules()?;
        }
        Ok(computed)
    }

    /// Does the next step for a tenant; `false` when nothing waits there, or another process took over.
    fn compute_step(
        &self,
        lease: &Lease<'_>,
        tenant: &TenantId,
        computed: &mut Computed,
        progress: &mut dyn FnMut(u64),
    ) -> Result<bool, Error> {
        if !lease.renew(self.clock.now(), LEASE_MILLIS)? {
            return Ok(false);
        }
        let holdings = self.store.holdings(tenant);
        if let Some(rule) = holdings.changed_rule()? {
            self.store.mark_users(tenant, &rule)?;
            return Ok(true);
        }
        let batch = batch(holdings.stale(ARCHIVES)?);
        if batch.is_empty() {
            return Ok(false);
        }
        self.store.spread(tenant, &batch)?;
        let units = self.compute_batch(tenant, &batch)?;
        computed.archives += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        computed.units += units;
        progress(units);
        Ok(true)
    }

    /// Computes some archives and takes away their marks; how many units they have.
    fn compute_batch(&self, tenant: &TenantId, batch: &[Stale]) -> Result<u64, Error> {
        let archives: Vec<_> = batch.iter().map(|one| one.archive).collect();
        let referentials = self.referentials(tenant)?;
        let none = HashMap::new();
        let lineage = self.store.holdings(tenant).lineage(&archives)?;
        let mut computation = Computation::new(&lineage.graph, referentials.rules.as_ref().unwrap_or(&none));
        let mut waiting: Vec<Reckoned> = Vec::new();
        for range in ranges(&lineage) {
            let rules = |(cursor, unit): &_| (*cursor, computation.of(*unit));
            let units: Vec<(i64, Rules)> = range.units.iter().map(rules).collect();
            waiting.push(Reckoned { first: range.first, end: range.end, units });
            if waiting.iter().map(|part| part.units.len()).sum::<usize>() >= UNITS_WRITTEN {
                self.store.note_due(tenant, &std::mem::take(&mut waiting), &[], &lineage.beneath)?;
            }
        }
        self.store.note_due(tenant, &waiting, batch, &lineage.beneath)?;
        Ok(u64::try_from(lineage.units.len()).unwrap_or(u64::MAX))
    }
}

/// The first of the archives that wait, as many as are read at once.
fn batch(stale: Vec<Stale>) -> Vec<Stale> {
    let mut units = 0;
    let fits = |one: &Stale| {
        let is_first = units == 0;
        units += one.units.max(1);
        is_first || units <= UNITS_READ
    };
    stale.into_iter().take_while(fits).collect()
}

/// Units that follow each other, with the cursors from which and to which they are all there is.
struct Range<'a> {
    first: i64,
    end: i64,
    units: &'a [(i64, UnitId)],
}

/// The units cut into ranges: none reaches over two archives, and each archive's ranges cover all its cursors.
fn ranges(lineage: &Lineage) -> Vec<Range<'_>> {
    let archive_of = |cursor: i64| cursor.div_euclid(UNITS_OF_ARCHIVE);
    let mut ranges = Vec::new();
    for of_archive in lineage.units.chunk_by(|a, b| archive_of(a.0) == archive_of(b.0)) {
        let Some((any, _)) = of_archive.first() else { continue };
        let (mut first, end) = (archive_of(*any) * UNITS_OF_ARCHIVE, (archive_of(*any) + 1) * UNITS_OF_ARCHIVE);
        let mut chunks = of_archive.chunks(UNITS_WRITTEN).peekable();
        while let Some(units) = chunks.next() {
            let next = chunks.peek().and_then(|next| next.first()).map_or(end, |(cursor, _)| *cursor);
            ranges.push(Range { first, end: next, units });
            first = next;
        }
    }
    ranges
}
