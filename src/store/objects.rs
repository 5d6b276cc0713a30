//! Data objects and their groups, as rows. Their `source` stands on the volumes: it comes back empty from here.

use diesel::prelude::*;

use crate::{
    domain::{
        digest::{DeclaredDigest, from_hex, to_hex},
        id::{ArchiveId, GroupId, ObjectId},
        name::Name,
        object::{Binary, DataObject, DeclaredFormat, Group, Matter},
    },
    store::{
        cells,
        error::Error,
        holdings::Holdings,
        schema::{object_groups, objects},
    },
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = object_groups, treat_none_as_default_value = false)]
pub struct GroupRow {
    tenant: String,
    id: String,
    archive: String,
    local_id: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = objects, treat_none_as_default_value = false)]
pub struct ObjectRow {
    tenant: String,
    cursor: i64,
    id: String,
    archive: String,
    local_id: String,
    group_id: String,
    version: Option<String>,
    digital: bool,
    physical_id: Option<String>,
    name: Option<String>,
    raw_name: Option<String>,
    filename: Option<String>,
    size: Option<i64>,
    digest: Option<String>,
    declared: Option<String>,
    puid: Option<String>,
    mime: Option<String>,
    format_name: Option<String>,
}

impl GroupRow {
    pub fn new(tenant: &str, archive: ArchiveId, group: &Group) -> Self {
        Self {
            tenant: tenant.to_owned(),
            id: group.id.to_string(),
            archive: archive.to_string(),
            local_id: group.local_id.clone(),
        }
    }
}

impl ObjectRow {
    pub fn new(tenant: &str, archive: ArchiveId, cursor: i64, object: &DataObject) -> Result<Self, Error> {
        let row = Self {
            tenant: tenant.to_owned(),
            cursor,
            id: object.id.to_string(),
            archive: archive.to_string(),
            local_id: object.local_id.clone(),
            group_id: object.group.to_string(),
            version: object.version.clone(),
            digital: false,
            physical_id: None,
            name: None,
            raw_name: None,
            filename: None,
            size: None,
            digest: None,
            declared: None,
            puid: None,
            mime: None,
            format_name: None,
        };
        match &object.matter {
            Matter::Physical(physical_id) => Ok(Self { physical_id: physical_id.clone(), ..row }),
            Matter::Binary(binary) => row.with_bytes(binary),
        }
    }

    fn with_bytes(self, binary: &Binary) -> Result<Self, Error> {
        let declared: Vec<(&str, &str)> =
            binary.declared.iter().map(|one| (one.algorithm.as_str(), one.value.as_str())).collect();
        // PostgreSQL holds no U+0000 in a text.
        let shown = binary.name.display().replace('\0', "\u{fffd}");
        let raw = (shown.as_bytes() != binary.name.bytes()).then(|| to_hex(binary.name.bytes()));
        Ok(Self {
            digital: true,
            name: Some(shown),
            raw_name: raw,
            filename: Some(binary.filename.replace('\0', "\u{fffd}")),
            size: Some(cells::stored(binary.size, "an object's size")?),
            digest: Some(binary.digest.to_string()),
            declared: Some(cells::json(&declared)?),
            puid: binary.format.puid.clone(),
            mime: binary.format.mime.clone(),
            format_name: binary.format.name.clone(),
            ..self
        })
    }

    fn into_object(self) -> Result<(ArchiveId, DataObject), Error> {
        let archive = cells::parsed(&self.archive, "an archive's identifier")?;
        let object = DataObject {
            id: cells::parsed(&self.id, "an object's identifier")?,
            local_id: self.local_id.clone(),
            group: cells::parsed(&self.group_id, "a group's identifier")?,
            version: self.version.clone(),
            matter: if self.digital { Matter::Binary(self.into_binary()?) } else { Matter::Physical(self.physical_id) },
            source: String::new(),
        };
        Ok((archive, object))
    }

    fn into_binary(self) -> Result<Binary, Error> {
        let name = match self.raw_name {
            Some(raw) => Name::new(cells::known(from_hex(&raw), "a name")?),
            None => Name::from(cells::known(self.name, "a name")?.as_str()),
        };
        let declared: Vec<(String, String)> =
            cells::from_json(self.declared.as_deref().unwrap_or_default(), "the declared digests")?;
        Ok(Binary {
            name,
            filename: cells::known(self.filename, "a file's name")?,
            size: cells::count(cells::known(self.size, "an object's size")?, "an object's size")?,
            digest: cells::parsed(self.digest.as_deref().unwrap_or_default(), "a digest")?,
            declared: declared.into_iter().map(|(algorithm, value)| DeclaredDigest { algorithm, value }).collect(),
            format: DeclaredFormat { puid: self.puid, mime: self.mime, name: self.format_name },
        })
    }
}

impl Holdings<'_> {
    /// An object and the archive that holds it.
    pub fn object(&self, id: ObjectId) -> Result<Option<(ArchiveId, DataObject)>, Error> {
        let row: Option<ObjectRow> = self.read(|database, tenant| {
            let own = objects::table.filter(objects::tenant.eq(tenant)).filter(objects::id.eq(id.to_string()));
            Ok(own.select(ObjectRow::as_select()).first(database).optional()?)
        })?;
        row.map(ObjectRow::into_object).transpose()
    }

    /// The objects of a group, in the order of the manifest.
    pub fn objects_of_group(&self, group: GroupId) -> Result<Vec<DataObject>, Error> {
        let rows: Vec<ObjectRow> = self.read(|database, tenant| {
            let own = objects::table.filter(objects::tenant.eq(tenant));
            let of = own.filter(objects::group_id.eq(group.to_string())).order(objects::cursor);
            Ok(of.select(ObjectRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(|row| Ok(row.into_object()?.1)).collect()
    }

    /// A group and the archive that holds it.
    pub fn group(&self, id: GroupId) -> Result<Option<(ArchiveId, Group)>, Error> {
        let row: Option<GroupRow> = self.read(|database, tenant| {
            let key = (tenant, id.to_string());
            Ok(object_groups::table.find(key).select(GroupRow::as_select()).first(database).optional()?)
        })?;
        row.map(|row| {
            let id = cells::parsed(&row.id, "a group's identifier")?;
            let archive = cells::parsed(&row.archive, "an archive's identifier")?;
            Ok((archive, Group { id, local_id: row.local_id, source: None }))
        })
        .transpose()
    }
}
