//! Holds, as rows: what was decided, on which units, and by whom they were lifted.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    domain::{
        clock::Timestamp,
        hold::{Hold, HoldOrder, Lifting},
        id::{ArchiveId, HoldId, UnitId},
        tenant::TenantId,
    },
    store::{
        ancestry::Ancestry,
        batch::Batch as _,
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        schema::{hold_units, holds},
    },
};

/// Before any day: whatever has a last day is still in force on it.
const EVERY_DAY: NaiveDate = NaiveDate::MIN;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = holds, treat_none_as_default_value = false)]
struct HoldRow {
    tenant: String,
    id: String,
    reason: String,
    owner: Option<String>,
    placed_at: i64,
    placed_by: String,
    reassess: Option<String>,
    until_day: Option<String>,
    prevents_rearrangement: bool,
    lifted_at: Option<i64>,
    lifted_by: Option<String>,
    lifting_reason: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = hold_units)]
pub struct HoldUnitRow {
    tenant: String,
    unit: String,
    hold: String,
}

impl HoldRow {
    fn new(tenant: &TenantId, hold: &Hold) -> Self {
        let order = &hold.order;
        let lifted = hold.lifted.as_ref();
        Self {
            tenant: tenant.to_string(),
            id: hold.id.to_string(),
            reason: order.reason.clone(),
            owner: order.owner.clone(),
            placed_at: hold.placed_at.millis(),
            placed_by: hold.placed_by.to_string(),
            reassess: order.reassess.map(cells::day),
            until_day: order.until.map(cells::day),
            prevents_rearrangement: order.prevents_rearrangement,
            lifted_at: lifted.map(|lifted| lifted.at.millis()),
            lifted_by: lifted.map(|lifted| lifted.by.to_string()),
            lifting_reason: lifted.map(|lifted| lifted.reason.clone()),
        }
    }

    fn into_hold(self, units: Vec<UnitId>) -> Result<Hold, Error> {
        let lifted = match (self.lifted_by, self.lifted_at, self.lifting_reason) {
            (Some(by), Some(at), Some(reason)) => {
                Some(Lifting { by: cells::parsed(&by, "an account")?, at: cells::instant(at)?, reason })
            }
            _ => None,
        };
        let order = HoldOrder {
            reason: self.reason,
            owner: self.owner,
            units,
            reassess: cells::parsed_if(self.reassess.as_deref(), "a day")?,
            until: cells::parsed_if(self.until_day.as_deref(), "a day")?,
            prevents_rearrangement: self.prevents_rearrangement,
        };
        Ok(Hold {
            id: cells::parsed(&self.id, "a hold")?,
            order,
            placed_by: cells::parsed(&self.placed_by, "an account")?,
            placed_at: cells::instant(self.placed_at)?,
            lifted,
        })
    }
}

impl Pen<'_> {
    /// Notes a hold.
    pub fn insert_hold(&mut self, tenant: &TenantId, hold: &Hold) -> Result<(), Error> {
        let row = |unit: &UnitId| HoldUnitRow {
            tenant: tenant.to_string(),
            unit: unit.to_string(),
            hold: hold.id.to_string(),
        };
        let rows: Vec<HoldUnitRow> = hold.order.units.iter().map(row).collect();
        let database = self.changing();
        diesel::insert_into(holds::table).values(HoldRow::new(tenant, hold)).execute(database)?;
        HoldUnitRow::insert(&rows, database)?;
        Ok(())
    }

    /// Notes that a hold is lifted; `false` when it was already, or never was placed.
    pub fn lift_hold(&mut self, tenant: &TenantId, hold: HoldId, lifting: &Lifting) -> Result<bool, Error> {
        let own = holds::table.filter(holds::tenant.eq(tenant.as_str())).filter(holds::id.eq(hold.to_string()));
        let lifted = (
            holds::lifted_at.eq(Some(lifting.at.millis())),
            holds::lifted_by.eq(Some(lifting.by.to_string())),
            holds::lifting_reason.eq(Some(&lifting.reason)),
        );
        let rows = diesel::update(own.filter(holds::lifted_at.is_null())).set(lifted).execute(self.trying())?;
        Ok(self.changed(rows))
    }

    /// Whether a hold was lifted, or never was placed, as this act has it.
    pub fn is_lifted(&mut self, tenant: &TenantId, hold: HoldId) -> Result<bool, Error> {
        let own = holds::table.filter(holds::tenant.eq(tenant.as_str())).filter(holds::id.eq(hold.to_string()));
        let standing: i64 = own.filter(holds::lifted_at.is_null()).count().get_result(self.looking())?;
        Ok(standing == 0)
    }

    /// Whether a hold in force, as this act has it, names a unit of an archive or one above it. A hold past its last day
    /// is no longer in force once a line of any journal is younger.
    pub fn is_held(&mut self, tenant: &TenantId, archive: ArchiveId) -> Result<bool, Error> {
        let on = self.at().map_or(EVERY_DAY, Timestamp::legal_day);
        let database = self.looking();
        let named = named_by(&in_force(database, tenant.as_str(), on)?);
        if named.is_empty() {
            return Ok(false);
        }
        let ancestry = Ancestry::of_archive(database, tenant.as_str(), archive)?;
        Ok(named.iter().any(|unit| ancestry.holds(*unit)))
    }

    /// Whether a hold in force, as this act has it, covers one of `units`: it names it, or one above it.
    pub fn is_any_held(&mut self, tenant: &TenantId, units: &[UnitId]) -> Result<bool, Error> {
        let on = self.at().map_or(EVERY_DAY, Timestamp::legal_day);
        let database = self.looking();
        let named = named_by(&in_force(database, tenant.as_str(), on)?);
        if named.is_empty() {
            return Ok(false);
        }
        let ancestry = Ancestry::of_units(database, tenant.as_str(), units)?;
        Ok(named.iter().any(|unit| ancestry.holds(*unit)))
    }
}

fn named_by(holds: &[Hold]) -> HashSet<UnitId> {
    holds.iter().flat_map(|hold| hold.order.units.iter().copied()).collect()
}

impl Holdings<'_> {
    /// A hold.
    pub fn hold(&self, id: HoldId) -> Result<Option<Hold>, Error> {
        self.read(|database, tenant| {
            let own = holds::table.filter(holds::tenant.eq(tenant)).filter(holds::id.eq(id.to_string()));
            let rows: Vec<HoldRow> = own.select(HoldRow::as_select()).load(database)?;
            Ok(with_units(database, tenant, rows)?.pop())
        })
    }

    /// Every hold, lifted or not, oldest first.
    pub fn holds(&self) -> Result<Vec<Hold>, Error> {
        self.read(|database, tenant| {
            let own = holds::table.filter(holds::tenant.eq(tenant)).order((holds::placed_at, holds::id));
            let rows: Vec<HoldRow> = own.select(HoldRow::as_select()).load(database)?;
            with_units(database, tenant, rows)
        })
    }

    /// The holds in force on a day.
    pub fn holds_in_force(&self, on: NaiveDate) -> Result<Vec<Hold>, Error> {
        self.read(|database, tenant| in_force(database, tenant, on))
    }
}

fn in_force(database: &mut Database, tenant: &str, on: NaiveDate) -> Result<Vec<Hold>, Error> {
    let own = holds::table.filter(holds::tenant.eq(tenant)).filter(holds::lifted_at.is_null());
    let rows: Vec<HoldRow> = own.order((holds::placed_at, holds::id)).select(HoldRow::as_select()).load(database)?;
    let mut holds = with_units(database, tenant, rows)?;
    holds.retain(|hold| hold.is_in_force(on));
    Ok(holds)
}

fn with_units(database: &mut Database, tenant: &str, rows: Vec<HoldRow>) -> Result<Vec<Hold>, Error> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut units: BTreeMap<String, Vec<UnitId>> = BTreeMap::new();
    for chunk in ids.chunks(500) {
        let own = hold_units::table.filter(hold_units::tenant.eq(tenant)).filter(hold_units::hold.eq_any(chunk));
        let named: Vec<HoldUnitRow> =
            own.order((hold_units::hold, hold_units::unit)).select(HoldUnitRow::as_select()).load(database)?;
        for row in named {
            units.entry(row.hold).or_default().push(cells::parsed(&row.unit, "a unit's identifier")?);
        }
    }
    rows.into_iter()
        .map(|row| {
            let units = units.remove(&row.id).unwrap_or_default();
            row.into_hold(units)
        })
        .collect()
}
