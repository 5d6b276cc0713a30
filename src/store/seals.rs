//! Which days of journals are sealed, as rows: the installation's and each tenant's.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    domain::{digest::Digest, tenant::TenantId},
    store::{Store, cells, error::Error, pen::Pen, schema::seals},
};

/// A sealed day, or a part of it, of a tenant's journals or of the installation's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The tenant; `None` for the installation.
    pub owner: Option<TenantId>,
    /// The day, in UTC.
    pub day: NaiveDate,
    /// Its number within the day, from 1.
    pub part: u32,
    /// Whether the day is over.
    pub closed: bool,
    /// The digest of its `seal.json`.
    pub seal: Digest,
    /// How many lines the owner's events journal has up to here.
    pub events: u64,
    /// How many lines the life cycle's journal has up to here.
    pub life_cycle: u64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = seals)]
struct SealRow {
    owner: String,
    day: String,
    part: i64,
    closed: bool,
    seal: String,
    events: i64,
    life_cycle: i64,
}

impl SealRow {
    fn new(sealed: &Sealed) -> Result<Self, Error> {
        Ok(Self {
            owner: key(sealed.owner.as_ref()),
            day: sealed.day.to_string(),
            part: sealed.part.into(),
            closed: sealed.closed,
            seal: sealed.seal.to_string(),
            events: cells::stored(sealed.events, "a journal's length")?,
            life_cycle: cells::stored(sealed.life_cycle, "a journal's length")?,
        })
    }

    fn into_sealed(self) -> Result<Sealed, Error> {
        let owner = Some(self.owner).filter(|owner| !owner.is_empty());
        Ok(Sealed {
            owner: cells::parsed_if(owner.as_deref(), "a tenant")?,
            day: cells::parsed(&self.day, "a day")?,
            part: cells::known(u32::try_from(self.part).ok(), "a part")?,
            closed: self.closed,
            seal: cells::parsed(&self.seal, "a digest")?,
            events: cells::count(self.events, "a journal's length")?,
            life_cycle: cells::count(self.life_cycle, "a journal's length")?,
        })
    }
}

impl Pen<'_> {
    /// Notes that a day, or a part of it, is sealed; `Conflict` when it is already.
    pub fn insert_seal(&mut self, sealed: &Sealed) -> Result<(), Error> {
        diesel::insert_into(seals::table).values(SealRow::new(sealed)?).execute(self.changing())?;
        Ok(())
    }

    /// The last seal of an owner, within this act.
    pub fn last_seal(&mut self, owner: Option<&TenantId>) -> Result<Option<Sealed>, Error> {
        last(self.looking(), owner)
    }
}

impl Store {
    /// The last seal of an owner; `None` before its first.
    pub fn last_seal(&self, owner: Option<&TenantId>) -> Result<Option<Sealed>, Error> {
        self.read(|database| last(database, owner))
    }
}

fn last(database: &mut crate::store::database::Database, owner: Option<&TenantId>) -> Result<Option<Sealed>, Error> {
    let of = seals::table.filter(seals::owner.eq(key(owner)));
    let row: Option<SealRow> =
        of.order((seals::day.desc(), seals::part.desc())).select(SealRow::as_select()).first(database).optional()?;
    row.map(SealRow::into_sealed).transpose()
}

/// The installation has no identifier.
fn key(owner: Option<&TenantId>) -> String {
    owner.map(ToString::to_string).unwrap_or_default()
}
