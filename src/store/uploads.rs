//! Unfinished resumable uploads. Their bytes stand in the spool; a rebuild does not restore them.

use diesel::prelude::*;

use crate::{
    domain::{
        clock::Timestamp,
        id::{ActorId, TransferId},
        tenant::TenantId,
    },
    store::{Store, cells, error::Error, holdings::Holdings, schema::uploads},
};

/// A resumable upload that is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The identifier of the transfer that it is to become.
    pub id: TransferId,
    /// The tenant it is deposited in.
    pub tenant: TenantId,
    /// Who deposits it.
    pub by: ActorId,
    /// Its whole length in bytes.
    pub length: u64,
    /// How many of its bytes are durable.
    pub received: u64,
    /// Where the spool keeps them.
    pub path: String,
    /// What the depositor said of it, as it was sent.
    pub metadata: String,
    /// When it may be forgotten.
    pub expires_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = uploads)]
struct UploadRow {
    tenant: String,
    id: String,
    actor: String,
    length: i64,
    received: i64,
    path: String,
    metadata: String,
    expires_at: i64,
}

impl UploadRow {
    fn new(upload: &Upload) -> Result<Self, Error> {
        Ok(Self {
            tenant: upload.tenant.to_string(),
            id: upload.id.to_string(),
            actor: upload.by.to_string(),
            length: cells::stored(upload.length, "an upload's length")?,
            received: cells::stored(upload.received, "an upload's length")?,
            path: upload.path.clone(),
            metadata: upload.metadata.clone(),
            expires_at: upload.expires_at.millis(),
        })
    }

    fn into_upload(self) -> Result<Upload, Error> {
        Ok(Upload {
            id: cells::parsed(&self.id, "an upload's identifier")?,
            tenant: cells::parsed(&self.tenant, "a tenant's identifier")?,
            by: cells::parsed(&self.actor, "an actor")?,
            length: cells::count(self.length, "an upload's length")?,
            received: cells::count(self.received, "an upload's length")?,
            path: self.path,
            metadata: self.metadata,
            expires_at: cells::instant(self.expires_at)?,
        })
    }
}

impl Store {
    /// Begins an upload.
    pub fn begin_upload(&self, upload: &Upload) -> Result<(), Error> {
        self.act(|database| {
            diesel::insert_into(uploads::table).values(UploadRow::new(upload)?).execute(database)?;
            Ok(())
        })
    }

    /// Notes that `received` bytes are durable; `false` when the upload does not stand at `from` any more.
    pub fn advance_upload(&self, tenant: &TenantId, id: TransferId, from: u64, received: u64) -> Result<bool, Error> {
        let (from, to) = (cells::stored(from, "an offset")?, cells::stored(received, "an offset")?);
        self.act(|database| {
            let standing = uploads::table.find((tenant.as_str(), id.to_string())).filter(uploads::received.eq(from));
            Ok(diesel::update(standing).set(uploads::received.eq(to)).execute(database)? == 1)
        })
    }

    /// Forgets an upload that is finished or given up; `false` when it was already.
    pub fn end_upload(&self, tenant: &TenantId, id: TransferId) -> Result<bool, Error> {
        self.act(|database| {
            Ok(diesel::delete(uploads::table.find((tenant.as_str(), id.to_string()))).execute(database)? == 1)
        })
    }

    /// At most `limit` uploads that have expired, whosever they are: their spool is to be cleared.
    pub fn expired_uploads(&self, now: Timestamp, limit: u32) -> Result<Vec<Upload>, Error> {
        let rows: Vec<UploadRow> = self.read(|database| {
            let expired = uploads::table.filter(uploads::expires_at.le(now.millis())).order(uploads::expires_at);
            Ok(expired.limit(i64::from(limit)).select(UploadRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(UploadRow::into_upload).collect()
    }
}

impl Holdings<'_> {
    /// An unfinished upload.
    pub fn upload(&self, id: TransferId) -> Result<Option<Upload>, Error> {
        let row: Option<UploadRow> = self.read(|database, tenant| {
            let key = (tenant, id.to_string());
            Ok(uploads::table.find(key).select(UploadRow::as_select()).first(database).optional()?)
        })?;
        row.map(UploadRow::into_upload).transpose()
    }
}
