//! The rows of archive units: from domain values to columns, and back by the many, one query per table.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        id::{ArchiveId, UnitId},
        rule::Attachment,
        search::{Cursor, Hit},
        unit::{Content, Signing, Unit},
    },
    store::{
        cells,
        database::Database,
        days,
        error::Error,
        schema::{unit_identifiers, unit_keywords, unit_parents, units},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = units, treat_none_as_default_value = false)]
pub struct UnitRow {
    tenant: String,
    cursor: i64,
    pub id: String,
    archive: String,
    local_id: String,
    root: bool,
    group_id: Option<String>,
    pub existing_group: Option<String>,
    level: Option<String>,
    title: String,
    description: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    first_day: Option<String>,
    last_day: Option<String>,
    originating_agency: Option<String>,
    submission_agency: Option<String>,
    document_type: Option<String>,
    signing: Option<String>,
    pub need_authorization: Option<bool>,
    attachment_name: Option<String>,
    attachment_value: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = unit_parents)]
pub struct ParentRow {
    tenant: String,
    cursor: i64,
    ordinal: i64,
    parent: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = unit_identifiers)]
pub struct IdentifierRow {
    tenant: String,
    cursor: i64,
    ordinal: i64,
    kind: String,
    value: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = unit_keywords)]
pub struct KeywordRow {
    tenant: String,
    cursor: i64,
    ordinal: i64,
    keyword: String,
}

/// `Signing` as a cell of JSON.
#[derive(Serialize, Deserialize)]
struct SigningCell {
    roles: Vec<String>,
    detached_roles: Vec<String>,
    signed_document_references: Vec<String>,
    described: bool,
}

impl UnitRow {
    pub fn new(tenant: &str, archive: ArchiveId, cursor: i64, unit: &Unit) -> Result<Self, Error> {
        let content = unit.content.clone();
        let (first, last) = days::span_of(content.start_date.as_deref(), content.end_date.as_deref());
        let (attachment_name, attachment_value) = match &unit.management.attachment {
            None => (None, None),
            Some(Attachment::SystemId(id)) => (None, Some(id.clone())),
            Some(Attachment::Key { name, value }) => (Some(name.clone()), Some(value.clone())),
        };
        Ok(Self {
            tenant: tenant.to_owned(),
            cursor,
            id: unit.id.to_string(),
            archive: archive.to_string(),
            local_id: unit.local_id.clone(),
            root: unit.parents.is_empty(),
            group_id: unit.group.map(|group| group.to_string()),
            existing_group: unit.existing_group.clone(),
            level: content.level,
            title: content.title,
            description: content.description,
            start_date: content.start_date,
            end_date: content.end_date,
            first_day: first.map(cells::day),
            last_day: last.map(cells::day),
            originating_agency: content.originating_agency,
            submission_agency: content.submission_agency,
            document_type: content.document_type,
            signing: content.signing.map(signing_cell).transpose()?,
            need_authorization: unit.management.need_authorization,
            attachment_name,
            attachment_value,
        })
    }

    pub fn attachment(&self) -> Option<Attachment> {
        match (self.attachment_name.clone(), self.attachment_value.clone()) {
            (_, None) => None,
            (None, Some(id)) => Some(Attachment::SystemId(id)),
            (Some(name), Some(value)) => Some(Attachment::Key { name, value }),
        }
    }

    fn into_hit(self, beside: &mut Beside) -> Result<Hit, Error> {
        Ok(Hit {
            cursor: Cursor(self.cursor),
            unit: cells::parsed(&self.id, "a unit's identifier")?,
            local_id: self.local_id,
            archive: cells::parsed(&self.archive, "an archive's identifier")?,
            parents: beside.parents.remove(&self.cursor).unwrap_or_default(),
            group: cells::parsed_if(self.group_id.as_deref(), "a group's identifier")?,
            content: Content {
                level: self.level,
                title: self.title,
                description: self.description,
                start_date: self.start_date,
                end_date: self.end_date,
                originating_agency: self.originating_agency,
                submission_agency: self.submission_agency,
                identifiers: beside.identifiers.remove(&self.cursor).unwrap_or_default(),
                keywords: beside.keywords.remove(&self.cursor).unwrap_or_default(),
                document_type: self.document_type,
                signing: self.signing.as_deref().map(signing).transpose()?,
            },
        })
    }
}

impl ParentRow {
    pub fn all(tenant: &str, cursor: i64, parents: &[UnitId]) -> impl Iterator<Item = Self> {
        let row = move |(ordinal, parent): (i64, &UnitId)| Self {
            tenant: tenant.to_owned(),
            cursor,
            ordinal,
            parent: parent.to_string(),
        };
        (0..).zip(parents).map(row)
    }
}

impl IdentifierRow {
    pub fn all(tenant: &str, cursor: i64, identifiers: &[(String, String)]) -> impl Iterator<Item = Self> {
        let row = move |(ordinal, (kind, value)): (i64, &(String, String))| Self {
            tenant: tenant.to_owned(),
            cursor,
            ordinal,
            kind: kind.clone(),
            value: value.clone(),
        };
        (0..).zip(identifiers).map(row)
    }
}

impl KeywordRow {
    pub fn all(tenant: &str, cursor: i64, keywords: &[String]) -> impl Iterator<Item = Self> {
        let row = move |(ordinal, keyword): (i64, &String)| Self {
            tenant: tenant.to_owned(),
            cursor,
            ordinal,
            keyword: keyword.clone(),
        };
        (0..).zip(keywords).map(row)
    }
}

fn signing_cell(signing: Signing) -> Result<String, Error> {
    let Signing { roles, detached_roles, signed_document_references, described } = signing;
    cells::json(&SigningCell { roles, detached_roles, signed_document_references, described })
}

fn signing(text: &str) -> Result<Signing, Error> {
    let SigningCell { roles, detached_roles, signed_document_references, described } =
        cells::from_json(text, "what a unit says of its signing")?;
    Ok(Signing { roles, detached_roles, signed_document_references, described })
}

/// What stands beside units' rows, by cursor.
struct Beside {
    parents: BTreeMap<i64, Vec<UnitId>>,
    identifiers: BTreeMap<i64, Vec<(String, String)>>,
    keywords: BTreeMap<i64, Vec<String>>,
}

impl Beside {
    /// One query per table, however many units.
    fn read(database: &mut Database, tenant: &str, cursors: &[i64]) -> Result<Self, Error> {
        let mut beside = Self { parents: BTreeMap::new(), identifiers: BTreeMap::new(), keywords: BTreeMap::new() };
        let own = unit_parents::table.filter(unit_parents::tenant.eq(tenant));
        let of = own.filter(unit_parents::cursor.eq_any(cursors)).order((unit_parents::cursor, unit_parents::ordinal));
        for row in of.select(ParentRow::as_select()).load(database)? {
            let parent = cells::parsed(&row.parent, "a unit's identifier")?;
            beside.parents.entry(row.cursor).or_default().push(parent);
        }
        let own = unit_identifiers::table.filter(unit_identifiers::tenant.eq(tenant));
        let of = own.filter(unit_identifiers::cursor.eq_any(cursors));
        let ordered = of.order((unit_identifiers::cursor, unit_identifiers::ordinal));
        for row in ordered.select(IdentifierRow::as_select()).load(database)? {
            beside.identifiers.entry(row.cursor).or_default().push((row.kind, row.value));
        }
        let own = unit_keywords::table.filter(unit_keywords::tenant.eq(tenant));
        let of = own.filter(unit_keywords::cursor.eq_any(cursors));
        let ordered = of.order((unit_keywords::cursor, unit_keywords::ordinal));
        for row in ordered.select(KeywordRow::as_select()).load(database)? {
            beside.keywords.entry(row.cursor).or_default().push(row.keyword);
        }
        Ok(beside)
    }
}

/// The units of some cursors, in the order of `cursors`.
pub fn at(database: &mut Database, tenant: &str, cursors: &[i64]) -> Result<Vec<Hit>, Error> {
    let own = units::table.filter(units::tenant.eq(tenant)).filter(units::cursor.eq_any(cursors));
    let rows: Vec<UnitRow> = own.select(UnitRow::as_select()).load(database)?;
    let mut hits: BTreeMap<i64, Hit> =
        shown(database, tenant, rows)?.into_iter().map(|hit| (hit.cursor.0, hit)).collect();
    Ok(cursors.iter().filter_map(|cursor| hits.remove(cursor)).collect())
}

/// Rows with what stands beside them, in the order of the rows.
pub fn shown(database: &mut Database, tenant: &str, rows: Vec<UnitRow>) -> Result<Vec<Hit>, Error> {
    let cursors: Vec<i64> = rows.iter().map(|row| row.cursor).collect();
    let mut beside = Beside::read(database, tenant, &cursors)?;
    rows.into_iter().map(|row| row.into_hit(&mut beside)).collect()
}
