//! Transfers, as rows: registered once per key, moved from state to state by guarded updates.

use diesel::prelude::*;

use crate::{
    domain::{
        id::TransferId,
        seda::SedaVersion,
        tenant::TenantId,
        transfer::{PackageFacts, Transfer, TransferKey, TransferStatus},
    },
    store::{cells, database::Database, error::Error, holdings::Holdings, pen::Pen, schema::transfers},
};

/// What became of a transfer that was to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It was not known, and is now.
    New,
    /// One that is not refused stands already under its key; nothing was written.
    Known(Box<Transfer>),
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = transfers, treat_none_as_null = true, primary_key(tenant, id))]
struct TransferRow {
    tenant: String,
    id: String,
    actor: String,
    received_at: i64,
    package_name: String,
    package_size: i64,
    package_digest: String,
    transferring_agency: Option<String>,
    message_identifier: Option<String>,
    version: Option<String>,
    acknowledgement: String,
    status: String,
    status_at: Option<i64>,
    archive: Option<String>,
    reply: Option<String>,
    with_warnings: Option<bool>,
}

impl TransferRow {
    fn new(transfer: &Transfer) -> Result<Self, Error> {
        let key = transfer.key.as_ref();
        let row = Self {
            tenant: transfer.tenant.to_string(),
            id: transfer.id.to_string(),
            actor: transfer.by.to_string(),
            received_at: transfer.received_at.millis(),
            package_name: transfer.package.name.clone(),
            package_size: cells::stored(transfer.package.size, "a package's size")?,
            package_digest: transfer.package.digest.to_string(),
            transferring_agency: key.map(|key| key.transferring_agency.clone()),
            message_identifier: key.map(|key| key.message_identifier.clone()),
            version: transfer.version.map(|version| version.number().to_owned()),
            acknowledgement: transfer.acknowledgement.to_string(),
            status: transfer.status.word().to_owned(),
            status_at: None,
            archive: None,
            reply: None,
            with_warnings: None,
        };
        Ok(match &transfer.status {
            TransferStatus::Received => row,
            TransferStatus::AwaitingValidation { since } => Self { status_at: Some(since.millis()), ..row },
            TransferStatus::Accepted { archive, reply, at, with_warnings } => Self {
                status_at: Some(at.millis()),
                archive: Some(archive.to_string()),
                reply: Some(reply.to_string()),
                with_warnings: Some(*with_warnings),
                ..row
            },
            TransferStatus::Refused { reply, at } => {
                Self { status_at: Some(at.millis()), reply: Some(reply.to_string()), ..row }
            }
        })
    }

    fn status(&self) -> Result<TransferStatus, Error> {
        let at = || cells::known(cells::instant_if(self.status_at)?, "the instant of a transfer's state");
        let reply = || cells::parsed(self.reply.as_deref().unwrap_or_default(), "a reply's identifier");
        Ok(match self.status.as_str() {
            "received" => TransferStatus::Received,
            "awaiting-validation" => TransferStatus::AwaitingValidation { since: at()? },
            "accepted" => TransferStatus::Accepted {
                archive: cells::parsed(self.archive.as_deref().unwrap_or_default(), "an archive's identifier")?,
                reply: reply()?,
                at: at()?,
                with_warnings: cells::known(self.with_warnings, "whether a transfer has warnings")?,
            },
            "refused" => TransferStatus::Refused { reply: reply()?, at: at()? },
            _ => return Err(Error::Corrupt { what: "a transfer's state" }),
        })
    }

    fn into_transfer(self) -> Result<Transfer, Error> {
        let status = self.status()?;
        let version = self.version.as_deref().map(|number| cells::known(SedaVersion::from_number(number), "a version"));
        Ok(Transfer {
            id: cells::parsed(&self.id, "a transfer's identifier")?,
            tenant: cells::parsed(&self.tenant, "a tenant's identifier")?,
            by: cells::parsed(&self.actor, "an actor")?,
            received_at: cells::instant(self.received_at)?,
            package: PackageFacts {
                name: self.package_name,
                size: cells::count(self.package_size, "a package's size")?,
                digest: cells::parsed(&self.package_digest, "a digest")?,
            },
            key: self.transferring_agency.zip(self.message_identifier).map(
                |(transferring_agency, message_identifier)| TransferKey { transferring_agency, message_identifier },
            ),
            version: version.transpose()?,
            acknowledgement: cells::parsed(&self.acknowledgement, "an acknowledgement's identifier")?,
            status,
        })
    }
}

impl Pen<'_> {
    /// Registers a transfer, unless one that is not refused stands under its key.
    pub fn insert_transfer(&mut self, transfer: &Transfer) -> Result<Registered, Error> {
        if let Some(key) = &transfer.key
            && transfer.status.word() != "refused"
            && let Some(known) = self.transfer_by_key(&transfer.tenant, key)?
        {
            return Ok(Registered::Known(Box::new(known)));
        }
        diesel::insert_into(transfers::table).values(TransferRow::new(transfer)?).execute(self.changing())?;
        Ok(Registered::New)
    }

    /// Writes a transfer's new state, with the key and version that its examination found; `false`, with nothing
    /// written, when it no longer stands in the state `from`. `Conflict` when its key is another's.
    pub fn advance_transfer(&mut self, transfer: &Transfer, from: &TransferStatus) -> Result<bool, Error> {
        let row = TransferRow::new(transfer)?;
        let standing = transfers::table
            .filter(transfers::tenant.eq(transfer.tenant.as_str()))
            .filter(transfers::id.eq(transfer.id.to_string()))
            .filter(transfers::status.eq(from.word()));
        let advanced = diesel::update(standing).set(row).execute(self.trying())?;
        Ok(self.changed(advanced))
    }

    /// A transfer, as this act sees it.
    pub fn transfer(&mut self, tenant: &TenantId, id: TransferId) -> Result<Option<Transfer>, Error> {
        by_id(self.looking(), tenant.as_str(), id)
    }

    /// The transfer that is not refused under a key, as this act sees it.
    pub fn transfer_by_key(&mut self, tenant: &TenantId, key: &TransferKey) -> Result<Option<Transfer>, Error> {
        by_key(self.looking(), tenant.as_str(), key)
    }
}

impl Holdings<'_> {
    /// A transfer.
    pub fn transfer(&self, id: TransferId) -> Result<Option<Transfer>, Error> {
        self.read(|database, tenant| by_id(database, tenant, id))
    }

    /// The transfer that is not refused under a key.
    pub fn transfer_by_key(&self, key: &TransferKey) -> Result<Option<Transfer>, Error> {
        self.read(|database, tenant| by_key(database, tenant, key))
    }

    /// At most `limit` transfers, newest first, past `after`; only those whose state has the word `status`, if given.
    pub fn transfers(
        &self,
        status: Option<&str>,
        after: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, Error> {
        let rows: Vec<TransferRow> = self.read(|database, tenant| {
            let mut own = transfers::table.filter(transfers::tenant.eq(tenant)).into_boxed();
            if let Some(status) = status {
                own = own.filter(transfers::status.eq(status));
            }
            if let Some(after) = after {
                own = own.filter(transfers::id.lt(after.to_string()));
            }
            let page = own.order(transfers::id.desc()).limit(i64::from(limit));
            Ok(page.select(TransferRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(TransferRow::into_transfer).collect()
    }
}

fn by_id(database: &mut Database, tenant: &str, id: TransferId) -> Result<Option<Transfer>, Error> {
    let key = (tenant, id.to_string());
    let row = transfers::table.find(key).select(TransferRow::as_select()).first(database).optional()?;
    row.map(TransferRow::into_transfer).transpose()
}

fn by_key(database: &mut Database, tenant: &str, key: &TransferKey) -> Result<Option<Transfer>, Error> {
    let row: Option<TransferRow> = transfers::table
        .filter(transfers::tenant.eq(tenant))
        .filter(transfers::transferring_agency.eq(&key.transferring_agency))
        .filter(transfers::message_identifier.eq(&key.message_identifier))
        .filter(transfers::status.ne("refused"))
        .select(TransferRow::as_select())
        .first(database)
        .optional()?;
    row.map(TransferRow::into_transfer).transpose()
}
