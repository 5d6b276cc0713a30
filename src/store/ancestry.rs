//! What stands above units, up every path and across archives: parents, and the units to which a unit was attached.
//!
//! A compact record of identifiers; no description is read.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::{
    domain::{
        id::{ArchiveId, UnitId},
        tenant::TenantId,
    },
    store::{
        archives::cursors_of,
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        schema::{unit_identifiers, unit_parents, units},
    },
};

/// Units looked up in one query.
const CHUNK: usize = 500;

/// Units and all that stands above them.
#[derive(Debug, Default)]
pub struct Ancestry {
    parents: HashMap<UnitId, Vec<UnitId>>,
}

/// A unit's cursor, identifier and attachment.
type Link = (i64, String, Option<String>, Option<String>);

impl Ancestry {
    /// Every unit of it.
    pub fn units(&self) -> impl Iterator<Item = UnitId> + '_ {
        self.parents.keys().copied()
    }

    /// Whether it holds a unit.
    pub fn holds(&self, unit: UnitId) -> bool {
        self.parents.contains_key(&unit)
    }

    /// The parents of a unit, attachments among them.
    pub fn parents(&self, unit: UnitId) -> &[UnitId] {
        self.parents.get(&unit).map_or(&[], Vec::as_slice)
    }

    /// The units of it at or below any of `tops`.
    pub fn covered_by(&self, tops: &HashSet<UnitId>) -> HashSet<UnitId> {
        let mut children: HashMap<UnitId, Vec<UnitId>> = HashMap::new();
        for (unit, parents) in &self.parents {
            parents.iter().for_each(|parent| children.entry(*parent).or_default().push(*unit));
        }
        let mut open: Vec<UnitId> = tops.iter().copied().filter(|top| self.holds(*top)).collect();
        let mut covered = HashSet::new();
        while let Some(unit) = open.pop() {
            if covered.insert(unit) {
                open.extend(children.get(&unit).into_iter().flatten().copied());
            }
        }
        covered
    }

    /// The units of an archive and all that stands above them.
    pub(super) fn of_archive(database: &mut Database, tenant: &str, archive: ArchiveId) -> Result<Self, Error> {
        let mut ancestry = Self::default();
        let Some((first, end)) = cursors_of(database, tenant, archive)? else { return Ok(ancestry) };
        let own = units::table.filter(units::tenant.eq(tenant));
        let own = own.filter(units::cursor.ge(first)).filter(units::cursor.lt(end));
        let links: Vec<Link> =
            own.select((units::cursor, units::id, units::attachment_name, units::attachment_value)).load(database)?;
        let above = ancestry.step(database, tenant, &links)?;
        ancestry.climb(database, tenant, above)?;
        Ok(ancestry)
    }

    /// Some units and all that stands above them; those that are not there are left out.
    pub(super) fn of_units(database: &mut Database, tenant: &str, of: &[UnitId]) -> Result<Self, Error> {
        let mut ancestry = Self::default();
        ancestry.climb(database, tenant, of.iter().copied().collect())?;
        Ok(ancestry)
    }

    /// Enters units, then whatever stands above them.
    fn climb(&mut self, database: &mut Database, tenant: &str, mut open: HashSet<UnitId>) -> Result<(), Error> {
        while !open.is_empty() {
            open.retain(|unit| !self.holds(*unit));
            let ids: Vec<String> = open.iter().map(ToString::to_string).collect();
            open.clear();
            for chunk in ids.chunks(CHUNK) {
                let own = units::table.filter(units::tenant.eq(tenant)).filter(units::id.eq_any(chunk));
                let links: Vec<Link> = own
                    .select((units::cursor, units::id, units::attachment_name, units::attachment_value))
                    .load(database)?;
                open.extend(self.step(database, tenant, &links)?);
            }
        }
        Ok(())
    }

    /// Enters units with their parents; which of these are not entered yet.
    fn step(&mut self, database: &mut Database, tenant: &str, links: &[Link]) -> Result<HashSet<UnitId>, Error> {
        let mut at = HashMap::with_capacity(links.len());
        for (cursor, id, name, value) in links {
            let unit: UnitId = cells::parsed(id, "a unit's identifier")?;
            let attached = attached_to(database, tenant, name.as_deref(), value.as_deref())?;
            self.parents.insert(unit, attached);
            at.insert(*cursor, unit);
        }
        let cursors: Vec<i64> = links.iter().map(|link| link.0).collect();
        for chunk in cursors.chunks(CHUNK) {
            let own = unit_parents::table.filter(unit_parents::tenant.eq(tenant));
            let of =
                own.filter(unit_parents::cursor.eq_any(chunk)).order((unit_parents::cursor, unit_parents::ordinal));
            let rows: Vec<(i64, String)> = of.select((unit_parents::cursor, unit_parents::parent)).load(database)?;
            for (cursor, parent) in rows {
                let parent = cells::parsed(&parent, "a unit's identifier")?;
                if let Some(parents) = at.get(&cursor).and_then(|unit| self.parents.get_mut(unit)) {
                    parents.push(parent);
                }
            }
        }
        let parents = at.values().flat_map(|unit| self.parents(*unit));
        Ok(parents.copied().filter(|parent| !self.holds(*parent)).collect())
    }
}

/// The units that an attachment designates: every one that bears the metadata, when it names none.
fn attached_to(
    database: &mut Database,
    tenant: &str,
    name: Option<&str>,
    value: Option<&str>,
) -> Result<Vec<UnitId>, Error> {
    let ids: Vec<String> = match (name, value) {
        (_, None) => Vec::new(),
        (None, Some(id)) => vec![id.to_owned()],
        (Some(name), Some(value)) => {
            let own = unit_identifiers::table.filter(unit_identifiers::tenant.eq(tenant));
            let of = own.filter(unit_identifiers::value.eq(value)).filter(unit_identifiers::kind.eq(name));
            let cursors: Vec<i64> = of.select(unit_identifiers::cursor).load(database)?;
            let own = units::table.filter(units::tenant.eq(tenant)).filter(units::cursor.eq_any(cursors));
            own.select(units::id).load(database)?
        }
    };
    // What is no identifier of ours designates nothing.
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

impl Holdings<'_> {
    /// The units of an archive and all that stands above them.
    pub fn ancestry_of_archive(&self, archive: ArchiveId) -> Result<Ancestry, Error> {
        self.read(|database, tenant| Ancestry::of_archive(database, tenant, archive))
    }

    /// Some units and all that stands above them.
    pub fn ancestry(&self, of: &[UnitId]) -> Result<Ancestry, Error> {
        self.read(|database, tenant| Ancestry::of_units(database, tenant, of))
    }
}

impl Pen<'_> {
    /// Some units and all that stands above them, as this act has them.
    pub fn ancestry(&mut self, tenant: &TenantId, of: &[UnitId]) -> Result<Ancestry, Error> {
        Ancestry::of_units(self.looking(), tenant.as_str(), of)
    }
}
