//! The graph of units that decides rules: the units of some archives, and whatever stands above them elsewhere. What they
//! say comes by few queries, however many units there are.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::prelude::*;

use crate::{
    domain::{
        id::{ArchiveId, UnitId},
        inheritance::{Graph, Node},
    },
    store::{
        archives::cursors_of,
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        rule_uses,
        schema::{unit_identifiers, unit_parents, units},
        shelf::PARTS_OF_ARCHIVE,
    },
};

/// Values looked for in one query.
const AT_ONCE: usize = 500;

/// Some archives' units with what decides their rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// The units and all above them.
    pub graph: Graph,
    /// The units asked for, in the catalog's order.
    pub units: Vec<(i64, UnitId)>,
    /// Which archive has units just under units of which other.
    pub beneath: BTreeSet<(ArchiveId, ArchiveId)>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = units)]
struct PlaceRow {
    cursor: i64,
    id: String,
    archive: String,
    attachment_name: Option<String>,
    attachment_value: Option<String>,
}

impl Holdings<'_> {
    /// What decides the rules of the units of some archives; those that the tenant does not have are left out.
    pub fn lineage(&self, archives: &[ArchiveId]) -> Result<Lineage, Error> {
        self.read(|database, tenant| {
            let mut grown = Growing::new(database, tenant);
            for archive in archives {
                grown.add_archive(*archive)?;
            }
            grown.grow()
        })
    }

    /// What decides the rules of one unit: the unit and all above it. Empty when the tenant has no such unit.
    pub fn lineage_of(&self, unit: UnitId) -> Result<Lineage, Error> {
        self.read(|database, tenant| {
            let mut grown = Growing::new(database, tenant);
            let rows = grown.rows_of(&HashSet::from([unit]))?;
            grown.ask_for(&rows)?;
            grown.absorb(rows)?;
            grown.grow()
        })
    }
}

/// A graph on its way upwards.
struct Growing<'a> {
    database: &'a mut Database,
    tenant: &'a str,
    lineage: Lineage,
    archives: HashMap<UnitId, ArchiveId>,
    /// Parents named and not yet looked for.
    wanted: HashSet<UnitId>,
}

impl<'a> Growing<'a> {
    fn new(database: &'a mut Database, tenant: &'a str) -> Self {
        Self { database, tenant, lineage: Lineage::default(), archives: HashMap::new(), wanted: HashSet::new() }
    }

    fn add_archive(&mut self, archive: ArchiveId) -> Result<(), Error> {
        let Some((first, end)) = cursors_of(self.database, self.tenant, archive)? else { return Ok(()) };
        let own = units::table.filter(units::tenant.eq(self.tenant));
        let of = own.filter(units::cursor.ge(first)).filter(units::cursor.lt(end)).order(units::cursor);
        let rows: Vec<PlaceRow> = of.select(PlaceRow::as_select()).load(self.database)?;
        self.ask_for(&rows)?;
        self.absorb(rows)
    }

    /// Notes rows as those that are asked for, not only met on the way up.
    fn ask_for(&mut self, rows: &[PlaceRow]) -> Result<(), Error> {
        for row in rows {
            self.lineage.units.push((row.cursor, cells::parsed(&row.id, "a unit's identifier")?));
        }
        Ok(())
    }

    /// Adds what stands above, level by level, then the headers that speak for roots.
    fn grow(mut self) -> Result<Lineage, Error> {
        let mut looked_for: HashSet<UnitId> = HashSet::new();
        loop {
            let known = &self.archives;
            let missing: HashSet<UnitId> = std::mem::take(&mut self.wanted)
                .into_iter()
                .filter(|unit| !known.contains_key(unit) && looked_for.insert(*unit))
                .collect();
            if missing.is_empty() {
                break;
            }
            let rows = self.rows_of(&missing)?;
            self.absorb(rows)?;
        }
        let roots: Vec<ArchiveId> = self.lineage.graph.archives_of_roots().into_iter().collect();
        let holders: Vec<String> = roots.iter().map(ToString::to_string).collect();
        let mut said = rule_uses::said_by_all(self.database, self.tenant, &holders)?;
        for (archive, holder) in roots.into_iter().zip(&holders) {
            self.lineage.graph.add_header(archive, said.remove(holder).unwrap_or_default());
        }
        for (_, unit) in &self.lineage.units {
            let Some(node) = self.lineage.graph.node(*unit) else { continue };
            let above = node.parents.iter().filter_map(|parent| self.archives.get(parent));
            let elsewhere = above.filter(|archive| **archive != node.archive);
            self.lineage.beneath.extend(elsewhere.map(|archive| (node.archive, *archive)));
        }
        Ok(self.lineage)
    }

    fn rows_of(&mut self, ids: &HashSet<UnitId>) -> Result<Vec<PlaceRow>, Error> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut rows = Vec::new();
        for chunk in ids.chunks(AT_ONCE) {
            let own = units::table.filter(units::tenant.eq(self.tenant)).filter(units::id.eq_any(chunk));
            rows.extend(own.select(PlaceRow::as_select()).load::<PlaceRow>(self.database)?);
        }
        Ok(rows)
    }

    /// Adds units to the graph; the parents that they name are wanted.
    fn absorb(&mut self, rows: Vec<PlaceRow>) -> Result<(), Error> {
        let mut parents = self.parents_of(&rows)?;
        self.attach(&rows, &mut parents)?;
        let holders: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        let mut said = rule_uses::said_by_all(self.database, self.tenant, &holders)?;
        for row in rows {
            let unit = cells::parsed(&row.id, "a unit's identifier")?;
            let archive = cells::parsed(&row.archive, "an archive's identifier")?;
            let parents = parents.remove(&row.cursor).unwrap_or_default();
            self.archives.insert(unit, archive);
            self.wanted.extend(&parents);
            let said = said.remove(&row.id).unwrap_or_default();
            self.lineage.graph.add(unit, Node { archive, parents, said });
        }
        Ok(())
    }

    fn parents_of(&mut self, rows: &[PlaceRow]) -> Result<HashMap<i64, Vec<UnitId>>, Error> {
        let mut parents: HashMap<i64, Vec<UnitId>> = HashMap::new();
        for chunk in rows.chunks(AT_ONCE) {
            let cursors: Vec<i64> = chunk.iter().map(|row| row.cursor).collect();
            let own = unit_parents::table.filter(unit_parents::tenant.eq(self.tenant));
            let of = own.filter(unit_parents::cursor.eq_any(&cursors));
            let ordered = of.order((unit_parents::cursor, unit_parents::ordinal));
            let found: Vec<(i64, String)> =
                ordered.select((unit_parents::cursor, unit_parents::parent)).load(self.database)?;
            for (cursor, parent) in found {
                parents.entry(cursor).or_default().push(cells::parsed(&parent, "a unit's identifier")?);
            }
        }
        Ok(parents)
    }

    /// Adds the units to which some are attached: by identifier, else by the value that one unit held at the deposit,
    /// which is the first that the catalog knows before this archive.
    fn attach(&mut self, rows: &[PlaceRow], parents: &mut HashMap<i64, Vec<UnitId>>) -> Result<(), Error> {
        let mut keys: BTreeMap<&str, Vec<(&str, i64)>> = BTreeMap::new();
        for row in rows {
            match (row.attachment_name.as_deref(), row.attachment_value.as_deref()) {
                // What is no identifier of ours designates nothing.
                (None, Some(id)) => parents.entry(row.cursor).or_default().extend(id.parse::<UnitId>().ok()),
                (Some(name), Some(value)) => keys.entry(value).or_default().push((name, row.cursor)),
                (_, None) => {}
            }
        }
        let values: Vec<&str> = keys.keys().copied().collect();
        for chunk in values.chunks(AT_ONCE) {
            let own = unit_identifiers::table.filter(unit_identifiers::tenant.eq(self.tenant));
            let of = own.filter(unit_identifiers::value.eq_any(chunk)).order(unit_identifiers::cursor);
            let columns = (unit_identifiers::value, unit_identifiers::kind, unit_identifiers::cursor);
            let held: Vec<(String, String, i64)> = of.select(columns).load(self.database)?;
            let mut designated: Vec<(i64, i64)> = Vec::new();
            for (name, value, cursor) in
                chunk.iter().flat_map(|value| keys.get(value).into_iter().flatten().map(move |(n, c)| (*n, *value, *c)))
            {
                let first = cursor - cursor.rem_euclid(PARTS_OF_ARCHIVE);
                let is_meant = |one: &&(String, String, i64)| one.0 == value && one.1 == name && one.2 < first;
                designated.extend(held.iter().find(is_meant).map(|one| (cursor, one.2)));
            }
            let cursors: Vec<i64> = designated.iter().map(|(_, above)| *above).collect();
            let own = units::table.filter(units::tenant.eq(self.tenant)).filter(units::cursor.eq_any(&cursors));
            let ids: Vec<(i64, String)> = own.select((units::cursor, units::id)).load(self.database)?;
            let ids: HashMap<i64, String> = ids.into_iter().collect();
            for (cursor, above) in designated {
                let Some(id) = ids.get(&above) else { continue };
                parents.entry(cursor).or_default().push(cells::parsed(id, "a unit's identifier")?);
            }
        }
        Ok(())
    }
}
