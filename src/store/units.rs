//! Archive units: what lists and trees show of them. Their `source` and `text` stand on the volumes.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use crate::{
    domain::{
        id::{ArchiveId, UnitId},
        rule::Management,
        search::{Cursor, Hit},
    },
    store::{
        archives::cursors_of,
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        rule_uses,
        schema::{unit_identifiers, unit_parents, units},
        unit_rows::{UnitRow, at, shown},
    },
};

/// Units of which titles are looked for in one query.
const TITLES: usize = 500;

/// A unit as the catalog knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitEntry {
    /// The unit, its archive and its description.
    pub hit: Hit,
    /// A group of another archive it refers to, as written.
    pub existing_group: Option<String>,
    /// What its `Management` says.
    pub management: Management,
}

impl Holdings<'_> {
    /// A unit.
    pub fn unit(&self, id: UnitId) -> Result<Option<UnitEntry>, Error> {
        self.read(|database, tenant| {
            let own = units::table.filter(units::tenant.eq(tenant)).filter(units::id.eq(id.to_string()));
            let row: Option<UnitRow> = own.select(UnitRow::as_select()).first(database).optional()?;
            row.map(|row| entry(database, tenant, row)).transpose()
        })
    }

    /// Some units, in the order given, each once; those that are not there are left out.
    pub fn hits(&self, ids: &[UnitId]) -> Result<Vec<Hit>, Error> {
        let mut hits: BTreeMap<UnitId, Hit> = BTreeMap::new();
        for chunk in ids.chunks(500) {
            let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
            let found = self.read(|database, tenant| {
                let own = units::table.filter(units::tenant.eq(tenant)).filter(units::id.eq_any(&ids));
                let rows: Vec<UnitRow> = own.select(UnitRow::as_select()).load(database)?;
                shown(database, tenant, rows)
            })?;
            hits.extend(found.into_iter().map(|hit| (hit.unit, hit)));
        }
        Ok(ids.iter().filter_map(|id| hits.remove(id)).collect())
    }

    /// At most `limit` children of a unit, in the order of the manifest, past `after`.
    pub fn children(&self, unit: UnitId, after: Option<Cursor>, limit: u32) -> Result<Vec<Hit>, Error> {
        self.read(|database, tenant| {
            let of = unit_parents::table
                .filter(unit_parents::tenant.eq(tenant))
                .filter(unit_parents::parent.eq(unit.to_string()))
                .filter(unit_parents::cursor.gt(after.map_or(0, |cursor| cursor.0)))
                .order(unit_parents::cursor)
                .limit(i64::from(limit));
            let cursors: Vec<i64> = of.select(unit_parents::cursor).load(database)?;
            at(database, tenant, &cursors)
        })
    }

    /// The identifier in the manifest and the title of some units; those that the tenant does not have are absent.
    pub fn titles(&self, ids: &[UnitId]) -> Result<BTreeMap<UnitId, (String, String)>, Error> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        self.read(|database, tenant| {
            let mut titles = BTreeMap::new();
            for chunk in ids.chunks(TITLES) {
                let own = units::table.filter(units::tenant.eq(tenant)).filter(units::id.eq_any(chunk));
                let rows: Vec<(String, String, String)> =
                    own.select((units::id, units::local_id, units::title)).load(database)?;
                for (id, local_id, title) in rows {
                    titles.insert(cells::parsed(&id, "a unit's identifier")?, (local_id, title));
                }
            }
            Ok(titles)
        })
    }

    /// How many children each of `parents` has; those that have none are absent.
    pub fn children_counts(&self, parents: &[UnitId]) -> Result<BTreeMap<UnitId, u64>, Error> {
        let parents: Vec<String> = parents.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, i64)> = self.read(|database, tenant| {
            let own = unit_parents::table.filter(unit_parents::tenant.eq(tenant));
            let of = own.filter(unit_parents::parent.eq_any(&parents)).group_by(unit_parents::parent);
            Ok(of.select((unit_parents::parent, diesel::dsl::count_star())).load(database)?)
        })?;
        rows.into_iter()
            .map(|(id, n)| Ok((cells::parsed(&id, "a unit's identifier")?, cells::count(n, "a count")?)))
            .collect()
    }

    /// At most `limit` units without a parent in an archive, in the order of the manifest, past `after`.
    pub fn roots(&self, archive: ArchiveId, after: Option<Cursor>, limit: u32) -> Result<Vec<Hit>, Error> {
        self.units_of(archive, true, after, limit)
    }

    /// At most `limit` units of an archive, in the order of the manifest, past `after`.
    pub fn units(&self, archive: ArchiveId, after: Option<Cursor>, limit: u32) -> Result<Vec<Hit>, Error> {
        self.units_of(archive, false, after, limit)
    }

    fn units_of(&self, id: ArchiveId, roots: bool, after: Option<Cursor>, limit: u32) -> Result<Vec<Hit>, Error> {
        self.read(|database, tenant| {
            let Some((first, end)) = cursors_of(database, tenant, id)? else {
                return Ok(Vec::new());
            };
            let from = after.map_or(first, |cursor| cursor.0.saturating_add(1).max(first));
            let mut own = units::table.filter(units::tenant.eq(tenant)).into_boxed();
            own = own.filter(units::cursor.ge(from)).filter(units::cursor.lt(end));
            if roots {
                own = own.filter(units::root.eq(true));
            }
            let page = own.order(units::cursor).limit(i64::from(limit));
            let rows: Vec<UnitRow> = page.select(UnitRow::as_select()).load(database)?;
            shown(database, tenant, rows)
        })
    }

    /// Every unit above a unit within its archive, each once, in the order of the manifest.
    pub fn ancestors(&self, unit: UnitId) -> Result<Vec<Hit>, Error> {
        self.read(|database, tenant| {
            let mut found: BTreeSet<i64> = BTreeSet::new();
            let mut below: Vec<String> = vec![unit.to_string()];
            while !below.is_empty() {
                let above: Vec<(i64, String)> = parents_of(database, tenant, &below)?;
                below = above.into_iter().filter(|(cursor, _)| found.insert(*cursor)).map(|(_, id)| id).collect();
            }
            at(database, tenant, &found.into_iter().collect::<Vec<_>>())
        })
    }

    /// The units below some units, however deep and in whatever archive, with their archives; once there are more than
    /// `limit`, not all of them.
    pub fn descendants(&self, tops: &[UnitId], limit: usize) -> Result<BTreeMap<UnitId, ArchiveId>, Error> {
        let mut found: BTreeMap<UnitId, ArchiveId> = BTreeMap::new();
        let mut open: Vec<String> = tops.iter().map(ToString::to_string).collect();
        while !open.is_empty() && found.len() <= limit {
            let mut next = Vec::new();
            for chunk in open.chunks(500) {
                let rows: Vec<(String, String)> = self.read(|database, tenant| {
                    let own = unit_parents::table.filter(unit_parents::tenant.eq(tenant));
                    let of = own.filter(unit_parents::parent.eq_any(chunk));
                    let cursors: Vec<i64> = of.select(unit_parents::cursor).distinct().load(database)?;
                    let mut rows = Vec::with_capacity(cursors.len());
                    for chunk in cursors.chunks(500) {
                        let own = units::table.filter(units::tenant.eq(tenant)).filter(units::cursor.eq_any(chunk));
                        rows.extend(own.select((units::id, units::archive)).load::<(String, String)>(database)?);
                    }
                    Ok(rows)
                })?;
                for (id, archive) in rows {
                    let unit = cells::parsed(&id, "a unit's identifier")?;
                    if found.insert(unit, cells::parsed(&archive, "an archive's identifier")?).is_none() {
                        next.push(id);
                    }
                }
            }
            open = next;
        }
        Ok(found)
    }

    /// At most `limit` units that hold `value` as an identifier of the kind `kind` (an element's name, or any).
    pub fn units_by_identifier(&self, kind: Option<&str>, value: &str, limit: u32) -> Result<Vec<Hit>, Error> {
        self.read(|database, tenant| {
            let own = unit_identifiers::table.filter(unit_identifiers::tenant.eq(tenant));
            let mut of = own.filter(unit_identifiers::value.eq(value)).into_boxed();
            if let Some(kind) = kind {
                of = of.filter(unit_identifiers::kind.eq(kind));
            }
            let page = of.order(unit_identifiers::cursor.desc()).limit(i64::from(limit));
            let cursors: BTreeSet<i64> = page.select(unit_identifiers::cursor).load(database)?.into_iter().collect();
            at(database, tenant, &cursors.into_iter().rev().collect::<Vec<_>>())
        })
    }
}

/// The cursors and identifiers of the parents of some units.
fn parents_of(database: &mut Database, tenant: &str, ids: &[String]) -> Result<Vec<(i64, String)>, Error> {
    let own = units::table.filter(units::tenant.eq(tenant)).filter(units::id.eq_any(ids));
    let cursors: Vec<i64> = own.select(units::cursor).load(database)?;
    let above = unit_parents::table.filter(unit_parents::tenant.eq(tenant));
    let above = above.filter(unit_parents::cursor.eq_any(&cursors)).select(unit_parents::parent);
    let parents: Vec<String> = above.load(database)?;
    let own = units::table.filter(units::tenant.eq(tenant)).filter(units::id.eq_any(&parents));
    Ok(own.select((units::cursor, units::id)).load(database)?)
}

fn entry(database: &mut Database, tenant: &str, row: UnitRow) -> Result<UnitEntry, Error> {
    let management = Management {
        categories: rule_uses::said_by(database, tenant, &row.id)?,
        need_authorization: row.need_authorization,
        attachment: row.attachment(),
    };
    let existing_group = row.existing_group.clone();
    let hit = shown(database, tenant, vec![row])?.pop().ok_or(Error::Corrupt { what: "a unit" })?;
    Ok(UnitEntry { hit, existing_group, management })
}
