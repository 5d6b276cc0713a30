//! What hangs on units: units below them, in whatever archive, and units of other archives that refer to their objects.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    domain::{
        digest::Digest,
        id::{ArchiveId, GroupId, ObjectId, UnitId},
    },
    store::{
        archives::cursors_of,
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        schema::{objects, unit_identifiers, unit_parents, units},
    },
};

/// Values looked for in one query.
const AT_ONCE: usize = 500;

/// A digital object of an archive, as plans list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The group that it stands in.
    pub group: GroupId,
    /// The object.
    pub object: ObjectId,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

impl Holdings<'_> {
    /// The units just below each of `parents`, in whatever archive: by their parents, or by what they were attached to. A
    /// unit attached by a value is told below each unit that holds the value.
    pub fn below(&self, parents: &[UnitId]) -> Result<Vec<(UnitId, UnitId)>, Error> {
        self.read(|database, tenant| {
            let mut found = Vec::new();
            for chunk in parents.chunks(AT_ONCE) {
                let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
                let mut links = children(database, tenant, &ids)?;
                links.extend(attached_by_id(database, tenant, &ids)?);
                links.extend(attached_by_value(database, tenant, &ids)?);
                for (above, below) in links {
                    found.push((unit(&above)?, unit(&below)?));
                }
            }
            Ok(found)
        })
    }

    /// The units that refer to each of these groups from elsewhere (`DataObjectGroupExistingReferenceId`).
    pub fn referring(&self, groups: &[GroupId]) -> Result<Vec<(GroupId, UnitId)>, Error> {
        self.read(|database, tenant| {
            let mut found = Vec::new();
            for chunk in groups.chunks(AT_ONCE) {
                let ids: Vec<String> = chunk.iter().map(ToString::to_string).collect();
                let own = units::table.filter(units::tenant.eq(tenant)).filter(units::existing_group.eq_any(&ids));
                let rows: Vec<(Option<String>, String)> =
                    own.select((units::existing_group, units::id)).load(database)?;
                for (group, id) in rows {
                    let group = cells::parsed(group.as_deref().unwrap_or_default(), "a group's identifier")?;
                    found.push((group, unit(&id)?));
                }
            }
            Ok(found)
        })
    }

    /// The digital objects of an archive, in the order of the manifest.
    pub fn kernels(&self, archive: ArchiveId) -> Result<Vec<Kernel>, Error> {
        let rows: Vec<(String, String, Option<String>, Option<i64>)> = self.read(|database, tenant| {
            let Some((first, end)) = cursors_of(database, tenant, archive)? else { return Ok(Vec::new()) };
            let own = objects::table.filter(objects::tenant.eq(tenant)).filter(objects::digital.eq(true));
            let of = own.filter(objects::cursor.ge(first)).filter(objects::cursor.lt(end)).order(objects::cursor);
            Ok(of.select((objects::group_id, objects::id, objects::digest, objects::size)).load(database)?)
        })?;
        let kernel = |(group, object, digest, size): (String, String, Option<String>, Option<i64>)| {
            Ok(Kernel {
                group: cells::parsed(&group, "a group's identifier")?,
                object: cells::parsed(&object, "an object's identifier")?,
                digest: cells::parsed(digest.as_deref().unwrap_or_default(), "a digest")?,
                size: cells::count(cells::known(size, "an object's size")?, "an object's size")?,
            })
        };
        rows.into_iter().map(kernel).collect()
    }
}

type Links = Vec<(String, String)>;

fn children(database: &mut Database, tenant: &str, ids: &[String]) -> Result<Links, Error> {
    let own = unit_parents::table.filter(unit_parents::tenant.eq(tenant)).filter(unit_parents::parent.eq_any(ids));
    let rows: Vec<(String, i64)> = own.select((unit_parents::parent, unit_parents::cursor)).load(database)?;
    let mut links = Vec::new();
    for chunk in rows.chunks(AT_ONCE) {
        let cursors: Vec<i64> = chunk.iter().map(|(_, cursor)| *cursor).collect();
        let of = units::table.filter(units::tenant.eq(tenant)).filter(units::cursor.eq_any(&cursors));
        let rows: Vec<(i64, String)> = of.select((units::cursor, units::id)).load(database)?;
        let ids: HashMap<i64, String> = rows.into_iter().collect();
        let link = |(parent, cursor): &(String, i64)| Some((parent.clone(), ids.get(cursor)?.clone()));
        links.extend(chunk.iter().filter_map(link));
    }
    Ok(links)
}

fn attached_by_id(database: &mut Database, tenant: &str, ids: &[String]) -> Result<Links, Error> {
    let own = units::table.filter(units::tenant.eq(tenant)).filter(units::attachment_name.is_null());
    let of = own.filter(units::attachment_value.eq_any(ids));
    let rows: Vec<(Option<String>, String)> = of.select((units::attachment_value, units::id)).load(database)?;
    Ok(rows.into_iter().filter_map(|(above, below)| Some((above?, below))).collect())
}

fn attached_by_value(database: &mut Database, tenant: &str, ids: &[String]) -> Result<Links, Error> {
    let of = units::table.filter(units::tenant.eq(tenant)).filter(units::id.eq_any(ids));
    let places: Vec<(i64, String)> = of.select((units::cursor, units::id)).load(database)?;
    let cursors: Vec<i64> = places.iter().map(|(cursor, _)| *cursor).collect();
    let own = unit_identifiers::table.filter(unit_identifiers::tenant.eq(tenant));
    let held = own.filter(unit_identifiers::cursor.eq_any(&cursors));
    let columns = (unit_identifiers::cursor, unit_identifiers::kind, unit_identifiers::value);
    let held: Vec<(i64, String, String)> = held.select(columns).load(database)?;
    let mut links = Vec::new();
    for chunk in held.chunks(AT_ONCE) {
        let values: Vec<&str> = chunk.iter().map(|(_, _, value)| value.as_str()).collect();
        let own = units::table.filter(units::tenant.eq(tenant)).filter(units::attachment_value.eq_any(&values));
        let of = own.filter(units::attachment_name.is_not_null());
        let rows: Vec<(Option<String>, Option<String>, String)> =
            of.select((units::attachment_name, units::attachment_value, units::id)).load(database)?;
        for (name, value, below) in rows {
            let is_meant = |one: &&(i64, String, String)| {
                Some(one.1.as_str()) == name.as_deref() && Some(one.2.as_str()) == value.as_deref()
            };
            for (cursor, ..) in chunk.iter().filter(is_meant) {
                let above = places.iter().find(|(place, _)| place == cursor).map(|(_, id)| id.clone());
                links.extend(above.filter(|above| *above != below).map(|above| (above, below.clone())));
            }
        }
    }
    Ok(links)
}

fn unit(id: &str) -> Result<UnitId, Error> {
    cells::parsed(id, "a unit's identifier")
}
