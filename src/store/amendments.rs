//! Amendments, as rows; and the rows of units, put in the place of their former ones.

use diesel::prelude::*;

use crate::{
    domain::{
        amendment::Amendment,
        archive::Part,
        digest::Digest,
        id::{AmendmentId, ArchiveId, UnitId},
        tenant::TenantId,
        unit::Unit,
    },
    store::{
        batch::{self, Batch as _},
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        schema::{
            amended_units, amendments, archives, rule_categories, rule_uses, unit_identifiers, unit_keywords,
            unit_parents, units,
        },
        shelf::Shelf,
    },
};

/// Units whose rows are replaced at once.
const CHUNK: usize = 500;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = amendments, treat_none_as_default_value = false)]
struct AmendmentRow {
    tenant: String,
    archive: String,
    ordinal: i64,
    id: String,
    at: i64,
    actor: String,
    reverts: Option<String>,
    units: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = amended_units)]
pub struct AmendedUnitRow {
    tenant: String,
    unit: String,
    ordinal: i64,
    archive: String,
}

impl AmendmentRow {
    fn into_amendment(self) -> Result<Amendment, Error> {
        Ok(Amendment {
            id: cells::parsed(&self.id, "an amendment")?,
            archive: cells::parsed(&self.archive, "an archive's identifier")?,
            at: cells::instant(self.at)?,
            by: cells::parsed(&self.actor, "an account")?,
            reverts: cells::parsed_if(self.reverts.as_deref(), "an amendment")?,
            units: cells::count(self.units, "a count of units")?,
        })
    }
}

impl Pen<'_> {
    /// Notes an amendment of an archive, whose object has the inventory `inventory` from now on, and replaces the rows of
    /// the units that changed. The parts are read once, in order, and written by the many.
    pub fn amend<E: From<Error>>(
        &mut self,
        tenant: &TenantId,
        amendment: &Amendment,
        inventory: Digest,
        parts: impl Iterator<Item = Result<Part, E>>,
    ) -> Result<(), E> {
        let database = self.changing();
        let ordinal = note(database, tenant, amendment)?;
        restate_archive(database, tenant, amendment.archive, inventory)?;
        let mut waiting: Vec<Unit> = Vec::new();
        let replace = |waiting: &mut Vec<Unit>, database: &mut Database| {
            let done = replace_units(database, tenant, amendment.archive, ordinal, waiting);
            waiting.clear();
            done
        };
        for part in parts {
            if let Part::Unit(unit) = part? {
                waiting.push(*unit);
                if waiting.len() >= CHUNK {
                    replace(&mut waiting, database)?;
                }
            }
        }
        Ok(replace(&mut waiting, database)?)
    }
}

impl Pen<'_> {
    /// Notes an amendment of units that an archive brings with it: its rows stand already as it left them.
    pub fn note_amendment(&mut self, tenant: &TenantId, amendment: &Amendment, units: &[UnitId]) -> Result<(), Error> {
        let database = self.changing();
        let ordinal = note(database, tenant, amendment)?;
        let (name, archive) = (tenant.as_str(), amendment.archive.to_string());
        let row = |unit: &UnitId| AmendedUnitRow {
            tenant: name.to_owned(),
            unit: unit.to_string(),
            ordinal,
            archive: archive.clone(),
        };
        Ok(AmendedUnitRow::insert(&units.iter().map(row).collect::<Vec<_>>(), database)?)
    }

    /// Forgets the amendments of an archive.
    pub(super) fn forget_amendments(&mut self, tenant: &TenantId, archive: ArchiveId) -> Result<(), Error> {
        let (tenant, archive) = (tenant.as_str(), archive.to_string());
        let database = self.changing();
        let units = amended_units::table.filter(amended_units::tenant.eq(tenant));
        diesel::delete(units.filter(amended_units::archive.eq(&archive))).execute(database)?;
        let own = amendments::table.filter(amendments::tenant.eq(tenant));
        diesel::delete(own.filter(amendments::archive.eq(&archive))).execute(database)?;
        Ok(())
    }
}

/// Writes the amendment's row; its place among those of the archive, from 1.
fn note(database: &mut Database, tenant: &TenantId, amendment: &Amendment) -> Result<i64, Error> {
    let archive = amendment.archive.to_string();
    let own = amendments::table.filter(amendments::tenant.eq(tenant.as_str())).filter(amendments::archive.eq(&archive));
    let last: Option<i64> = own.select(diesel::dsl::max(amendments::ordinal)).first(database)?;
    let row = AmendmentRow {
        tenant: tenant.to_string(),
        archive,
        ordinal: last.unwrap_or_default() + 1,
        id: amendment.id.to_string(),
        at: amendment.at.millis(),
        actor: amendment.by.to_string(),
        reverts: amendment.reverts.map(|reverts| reverts.to_string()),
        units: cells::stored(amendment.units, "a count of units")?,
    };
    diesel::insert_into(amendments::table).values(&row).execute(database)?;
    Ok(row.ordinal)
}

fn restate_archive(
    database: &mut Database,
    tenant: &TenantId,
    archive: ArchiveId,
    inventory: Digest,
) -> Result<(), Error> {
    let own = archives::table.filter(archives::tenant.eq(tenant.as_str())).filter(archives::id.eq(archive.to_string()));
    match diesel::update(own).set(archives::inventory.eq(inventory.to_string())).execute(database)? {
        1 => Ok(()),
        _ => Err(Error::Missing { what: "the archive that is amended" }),
    }
}

/// Replaces the rows of units, each at its own cursor.
fn replace_units(
    database: &mut Database,
    tenant: &TenantId,
    archive: ArchiveId,
    ordinal: i64,
    changed: &[Unit],
) -> Result<(), Error> {
    let name = tenant.as_str();
    let ids: Vec<String> = changed.iter().map(|unit| unit.id.to_string()).collect();
    let own = units::table.filter(units::tenant.eq(name)).filter(units::id.eq_any(&ids));
    let own = own.filter(units::archive.eq(archive.to_string()));
    let places: Vec<(String, i64)> = own.select((units::id, units::cursor)).load(database)?;
    let places: std::collections::HashMap<String, i64> = places.into_iter().collect();
    let cursors: Vec<i64> = places.values().copied().collect();
    forget(database, name, &ids, &cursors)?;
    let mut shelf = Shelf::of(name, archive);
    for (unit, id) in changed.iter().zip(&ids) {
        let cursor = *places.get(id).ok_or(Error::Missing { what: "a unit that is amended" })?;
        shelf.put_unit(cursor, unit)?;
    }
    shelf.empty(database)?;
    let row = |unit: String| AmendedUnitRow { tenant: name.to_owned(), unit, ordinal, archive: archive.to_string() };
    let rows: Vec<AmendedUnitRow> = ids.into_iter().map(row).collect();
    Ok(AmendedUnitRow::insert(&rows, database)?)
}

/// Deletes the rows of units, words and rules among them.
fn forget(database: &mut Database, tenant: &str, ids: &[String], cursors: &[i64]) -> Result<(), Error> {
    macro_rules! forget {
        ($table:ident, $column:ident, $values:expr) => {
            diesel::delete($table::table.filter($table::tenant.eq(tenant)).filter($table::$column.eq_any($values)))
                .execute(database)?;
        };
    }
    forget!(unit_parents, cursor, cursors);
    forget!(unit_identifiers, cursor, cursors);
    forget!(unit_keywords, cursor, cursors);
    forget!(rule_uses, holder, ids);
    forget!(rule_categories, holder, ids);
    forget!(units, cursor, cursors);
    Ok(batch::delete_words(database, tenant, cursors)?)
}

impl Holdings<'_> {
    /// The amendments of an archive, in the order in which they took effect.
    pub fn amendments_of(&self, archive: ArchiveId) -> Result<Vec<Amendment>, Error> {
        self.read(|database, tenant| {
            let own = amendments::table.filter(amendments::tenant.eq(tenant));
            let of = own.filter(amendments::archive.eq(archive.to_string())).order(amendments::ordinal);
            let rows: Vec<AmendmentRow> = of.select(AmendmentRow::as_select()).load(database)?;
            rows.into_iter().map(AmendmentRow::into_amendment).collect()
        })
    }

    /// What an amendment did, archive by archive; none when there is no such amendment.
    pub fn amendment(&self, id: AmendmentId) -> Result<Vec<Amendment>, Error> {
        self.read(|database, tenant| {
            let own = amendments::table.filter(amendments::tenant.eq(tenant)).filter(amendments::id.eq(id.to_string()));
            let of = own.order(amendments::archive);
            let rows: Vec<AmendmentRow> = of.select(AmendmentRow::as_select()).load(database)?;
            rows.into_iter().map(AmendmentRow::into_amendment).collect()
        })
    }

    /// The units of an archive that one of its amendments changed.
    pub fn units_amended_by(&self, archive: ArchiveId, id: AmendmentId) -> Result<Vec<UnitId>, Error> {
        self.read(|database, tenant| {
            let own = amendments::table.filter(amendments::tenant.eq(tenant)).filter(amendments::id.eq(id.to_string()));
            let of = own.filter(amendments::archive.eq(archive.to_string()));
            let ordinal: Option<i64> = of.select(amendments::ordinal).first(database).optional()?;
            let Some(ordinal) = ordinal else { return Ok(Vec::new()) };
            let own = amended_units::table.filter(amended_units::tenant.eq(tenant));
            let of =
                own.filter(amended_units::archive.eq(archive.to_string())).filter(amended_units::ordinal.eq(ordinal));
            let ids: Vec<String> = of.order(amended_units::unit).select(amended_units::unit).load(database)?;
            ids.iter().map(|id| cells::parsed(id, "a unit's identifier")).collect()
        })
    }

    /// The amendments that changed a unit, in the order in which they took effect.
    pub fn amendments_of_unit(&self, unit: UnitId) -> Result<Vec<Amendment>, Error> {
        self.read(|database, tenant| {
            let own = amended_units::table.filter(amended_units::tenant.eq(tenant));
            let of = own.filter(amended_units::unit.eq(unit.to_string()));
            let places: Vec<(String, i64)> =
                of.select((amended_units::archive, amended_units::ordinal)).load(database)?;
            let ordinals: Vec<i64> = places.iter().map(|place| place.1).collect();
            let Some((archive, _)) = places.into_iter().next() else { return Ok(Vec::new()) };
            let own = amendments::table.filter(amendments::tenant.eq(tenant)).filter(amendments::archive.eq(archive));
            let of = own.filter(amendments::ordinal.eq_any(ordinals)).order(amendments::ordinal);
            let rows: Vec<AmendmentRow> = of.select(AmendmentRow::as_select()).load(database)?;
            rows.into_iter().map(AmendmentRow::into_amendment).collect()
        })
    }
}
