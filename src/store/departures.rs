//! What left for good: rows removed, what remains told of them, and what is still to be erased on the volumes.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use crate::{
    domain::{
        clock::Timestamp,
        id::{ArchiveId, DisposalId, GroupId, UnitId},
        tenant::TenantId,
    },
    store::{
        Store,
        archives::cursors_of,
        batch::{self, Batch as _},
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        schema::{
            archives, awaited, departed, erasures, fixity, object_groups, objects, rule_categories, rule_uses,
            unit_identifiers, unit_keywords, unit_parents, units,
        },
    },
};

/// Identifiers named in one statement: under the parameters that SQLite takes.
const AT_ONCE: usize = 500;

/// Where something went that was kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departed {
    /// The archive that held it, or that it was.
    pub archive: ArchiveId,
    /// The last generation that held it.
    pub generation: u32,
    /// The plan under which it left.
    pub disposal: DisposalId,
    /// When.
    pub at: Timestamp,
}

/// What keeps a unit from going: something that would be left without what it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// This unit stands below it.
    Child(UnitId),
    /// This unit of another archive is attached to it.
    Attached(UnitId),
    /// This unit of another archive refers to its group of objects.
    Refers(UnitId),
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = departed)]
pub struct DepartedRow {
    tenant: String,
    id: String,
    archive: String,
    generation: i64,
    disposal: String,
    at: i64,
}

impl DepartedRow {
    fn new(tenant: &TenantId, id: String, left: &Departed) -> Self {
        Self {
            tenant: tenant.to_string(),
            id,
            archive: left.archive.to_string(),
            generation: i64::from(left.generation),
            disposal: left.disposal.to_string(),
            at: left.at.millis(),
        }
    }

    fn into_departed(self) -> Result<Departed, Error> {
        Ok(Departed {
            archive: cells::parsed(&self.archive, "an archive's identifier")?,
            generation: cells::count(self.generation, "a generation")?,
            disposal: cells::parsed(&self.disposal, "a plan's identifier")?,
            at: cells::instant(self.at)?,
        })
    }
}

impl Pen<'_> {
    /// Removes every row of an archive: header, units, words, rules, objects. `false` when there is none.
    pub fn remove_archive(&mut self, tenant: &TenantId, id: ArchiveId) -> Result<bool, Error> {
        self.forget_due(tenant, id)?;
        self.forget_amendments(tenant, id)?;
        let (tenant, archive) = (tenant.as_str(), id.to_string());
        let database = self.changing();
        let Some((first, end)) = cursors_of(database, tenant, id)? else { return Ok(false) };
        let own = units::table.filter(units::tenant.eq(tenant)).filter(units::cursor.ge(first));
        let mut holders: Vec<String> = own.filter(units::cursor.lt(end)).select(units::id).load(database)?;
        holders.push(archive.clone());
        for chunk in holders.chunks(AT_ONCE) {
            let said = rule_categories::table.filter(rule_categories::tenant.eq(tenant));
            diesel::delete(said.filter(rule_categories::holder.eq_any(chunk))).execute(database)?;
            let used = rule_uses::table.filter(rule_uses::tenant.eq(tenant));
            diesel::delete(used.filter(rule_uses::holder.eq_any(chunk))).execute(database)?;
        }
        batch::delete_words_between(database, tenant, (first, end))?;
        macro_rules! between {
            ($($table:ident),*) => {$(
                let own = $table::table.filter($table::tenant.eq(tenant));
                let own = own.filter($table::cursor.ge(first)).filter($table::cursor.lt(end));
                diesel::delete(own).execute(database)?;
            )*};
        }
        between!(unit_parents, unit_identifiers, unit_keywords, units, objects);
        let groups = object_groups::table.filter(object_groups::tenant.eq(tenant));
        diesel::delete(groups.filter(object_groups::archive.eq(&archive))).execute(database)?;
        let own = archives::table.filter(archives::tenant.eq(tenant)).filter(archives::id.eq(&archive));
        diesel::delete(own).execute(database)?;
        Ok(true)
    }

    /// Tells under which plan units left.
    pub fn depart_units(&mut self, tenant: &TenantId, left: &Departed, units: &[UnitId]) -> Result<(), Error> {
        let rows: Vec<_> = units.iter().map(|unit| DepartedRow::new(tenant, unit.to_string(), left)).collect();
        Ok(DepartedRow::insert(&rows, self.changing())?)
    }

    /// Tells under which plan the last of an archive left.
    pub fn depart_archive(&mut self, tenant: &TenantId, left: &Departed) -> Result<(), Error> {
        let row = DepartedRow::new(tenant, left.archive.to_string(), left);
        Ok(DepartedRow::insert(&[row], self.changing())?)
    }

    /// Notes that the bytes of a generation are to be erased on every volume; `object` is how the volumes name it.
    pub fn owe_erasure(
        &mut self,
        tenant: &TenantId,
        archive: ArchiveId,
        generation: u32,
        object: &str,
    ) -> Result<(), Error> {
        let database = self.changing();
        batch::insert_erasure(database, tenant.as_str(), &archive.to_string(), i64::from(generation))?;
        // What is gone is not audited any more.
        diesel::delete(fixity::table.filter(fixity::object.eq(object))).execute(database)?;
        Ok(())
    }

    /// Notes that an archive was accepted and stands on no volume: a later line must tell why.
    pub fn await_archive(&mut self, tenant: &TenantId, archive: ArchiveId) -> Result<(), Error> {
        batch::insert_awaited(self.changing(), tenant.as_str(), &archive.to_string())?;
        Ok(())
    }

    /// Whether an archive was found on no volume, and no line has told yet why.
    pub fn awaits(&mut self, tenant: &TenantId, archive: ArchiveId) -> Result<bool, Error> {
        let key = (tenant.as_str(), archive.to_string());
        let found: Option<String> =
            awaited::table.find(key).select(awaited::archive).first(self.looking()).optional()?;
        Ok(found.is_some())
    }

    /// A line has told why an archive stands on no volume.
    pub fn end_awaiting(&mut self, tenant: &TenantId, archive: ArchiveId) -> Result<(), Error> {
        diesel::delete(awaited::table.find((tenant.as_str(), archive.to_string()))).execute(self.changing())?;
        Ok(())
    }

    /// What would be left without what it refers to, did these units of an archive go and these groups with them: the
    /// first found, if any.
    pub fn tied(
        &mut self,
        tenant: &TenantId,
        units: &BTreeSet<UnitId>,
        groups: &BTreeSet<GroupId>,
    ) -> Result<Option<Tie>, Error> {
        let database = self.looking();
        let ids: Vec<String> = units.iter().map(ToString::to_string).collect();
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        let stays = |found: Vec<String>| -> Result<Option<UnitId>, Error> {
            for id in found {
                let id = cells::parsed(&id, "a unit's identifier")?;
                if !units.contains(&id) {
                    return Ok(Some(id));
                }
            }
            Ok(None)
        };
        for chunk in ids.chunks(AT_ONCE) {
            if let Some(child) = stays(children_of(database, tenant.as_str(), chunk)?)? {
                return Ok(Some(Tie::Child(child)));
            }
            if let Some(attached) = stays(attached_to(database, tenant.as_str(), chunk)?)? {
                return Ok(Some(Tie::Attached(attached)));
            }
        }
        for chunk in groups.chunks(AT_ONCE) {
            let own = units::table.filter(units::tenant.eq(tenant.as_str()));
            let of = own.filter(units::existing_group.eq_any(chunk)).select(units::id);
            if let Some(refers) = stays(of.load(database)?)? {
                return Ok(Some(Tie::Refers(refers)));
            }
        }
        Ok(None)
    }
}

/// Every unit below some units, of whatever archive.
fn children_of(database: &mut Database, tenant: &str, ids: &[String]) -> Result<Vec<String>, Error> {
    let below = unit_parents::table.filter(unit_parents::tenant.eq(tenant));
    let cursors: Vec<i64> =
        below.filter(unit_parents::parent.eq_any(ids)).select(unit_parents::cursor).load(database)?;
    let mut found = Vec::new();
    for chunk in cursors.chunks(AT_ONCE) {
        let own = units::table.filter(units::tenant.eq(tenant)).filter(units::cursor.eq_any(chunk));
        found.extend(own.select(units::id).load::<String>(database)?);
    }
    Ok(found)
}

/// Every unit that is attached to one of some units, by its identifier here or by one of its own.
fn attached_to(database: &mut Database, tenant: &str, ids: &[String]) -> Result<Vec<String>, Error> {
    let attached = || units::table.filter(units::tenant.eq(tenant));
    let by_id = attached().filter(units::attachment_name.is_null()).filter(units::attachment_value.eq_any(ids));
    let mut found: Vec<String> = by_id.select(units::id).load(database)?;
    let cursors: Vec<i64> = attached().filter(units::id.eq_any(ids)).select(units::cursor).load(database)?;
    let borne = unit_identifiers::table.filter(unit_identifiers::tenant.eq(tenant));
    let borne = borne.filter(unit_identifiers::cursor.eq_any(&cursors));
    let borne: Vec<(String, String)> =
        borne.select((unit_identifiers::kind, unit_identifiers::value)).load(database)?;
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (kind, value) in &borne {
        kinds.entry(kind).or_default().push(value);
    }
    for (kind, values) in kinds {
        for chunk in values.chunks(AT_ONCE) {
            let by_key = attached().filter(units::attachment_name.eq(kind));
            let by_key = by_key.filter(units::attachment_value.eq_any(chunk.iter().copied()));
            found.extend(by_key.select(units::id).load::<String>(database)?);
        }
    }
    Ok(found)
}

impl Holdings<'_> {
    /// Where a unit or an archive of this identifier went; `None` when nothing of it left, or nothing was ever kept
    /// under it.
    pub fn departed(&self, id: &str) -> Result<Option<Departed>, Error> {
        let row: Option<DepartedRow> = self.read(|database, tenant| {
            Ok(departed::table.find((tenant, id)).select(DepartedRow::as_select()).first(database).optional()?)
        })?;
        row.map(DepartedRow::into_departed).transpose()
    }
}

impl Store {
    /// The generations whose bytes are still to be erased.
    pub fn erasures(&self) -> Result<Vec<(TenantId, ArchiveId, u32)>, Error> {
        let rows: Vec<(String, String, i64)> = self.read(|database| Ok(erasures::table.load(database)?))?;
        let read = |(tenant, archive, generation): (String, String, i64)| {
            Ok((
                cells::parsed(&tenant, "a tenant's identifier")?,
                cells::parsed(&archive, "an archive's identifier")?,
                cells::count(generation, "a generation")?,
            ))
        };
        rows.into_iter().map(read).collect()
    }

    /// Whether the bytes of a generation are still to be erased.
    pub fn owes_erasure(&self, tenant: &TenantId, archive: ArchiveId, generation: u32) -> Result<bool, Error> {
        let key = (tenant.as_str(), archive.to_string(), i64::from(generation));
        let found: Option<String> = self
            .read(|database| Ok(erasures::table.find(key).select(erasures::archive).first(database).optional()?))?;
        Ok(found.is_some())
    }

    /// The bytes of a generation are erased on every volume.
    pub fn end_erasure(&self, tenant: &TenantId, archive: ArchiveId, generation: u32) -> Result<(), Error> {
        self.act(|database| {
            let key = (tenant.as_str(), archive.to_string(), i64::from(generation));
            diesel::delete(erasures::table.find(key)).execute(database)?;
            Ok(())
        })
    }

    /// An archive that a replay found on no volume, and whose destruction no line tells.
    pub fn awaited(&self) -> Result<Option<ArchiveId>, Error> {
        let id: Option<String> =
            self.read(|database| Ok(awaited::table.select(awaited::archive).first(database).optional()?))?;
        id.map(|id| cells::parsed(&id, "an archive's identifier")).transpose()
    }
}
