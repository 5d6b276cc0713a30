//! Finding and reading: searches, trees, contents, and what became of transfers. Nothing here changes an archive; that a
//! content was read is journalled (`readings`).

use crate::{
    archive::{Archive, error::Error, keep},
    domain::archive::Part,
    domain::{
        id::{ArchiveId, GroupId, ObjectId, TransferId, UnitId},
        mandate::{Deposit, Mandate, Read as MayRead},
        name::Name,
        object::{DataObject, Matter},
        rule::Attachment,
        search::{Criteria, Cursor, Facets, Hit, Page},
        tenant::TenantId,
        transfer::{Transfer, TransferStatus},
        unit::Unit,
    },
    record::{archive_json, archive_json::ArchiveRecord, description, facts::life_cycle::Purpose},
    vault::{error::ReadError, layout::OcflId},
};

// What the keepers answer, under the names by which faces speak of it without knowing the keepers.
pub use crate::{
    store::{ArchiveFilter, Credential, Edition, Kept, UnitEntry, Upload},
    vault::read::Opened,
};

impl Archive {
    /// A transfer, as it stands.
    pub fn transfer(&self, by: &Mandate<Deposit>, id: TransferId) -> Result<Option<Transfer>, Error> {
        Ok(self.store.holdings(by.tenant()).transfer(id)?)
    }

    /// At most `limit` transfers, newest first, past `after`; only those whose state has the word `status`, if given.
    pub fn transfers(
        &self,
        by: &Mandate<Deposit>,
        status: Option<&str>,
        after: Option<TransferId>,
        limit: u32,
    ) -> Result<Vec<Transfer>, Error> {
        Ok(self.store.holdings(by.tenant()).transfers(status, after, limit)?)
    }

    /// The acknowledgement of a transfer, as XML.
    pub fn acknowledgement(&self, by: &Mandate<Deposit>, transfer: &Transfer) -> Result<Option<Vec<u8>>, Error> {
        self.paper(by.tenant(), transfer, "acknowledgement.xml")
    }

    /// The reply to a settled transfer, as XML; `None` while it is not settled.
    pub fn reply(&self, by: &Mandate<Deposit>, transfer: &Transfer) -> Result<Option<Vec<u8>>, Error> {
        match transfer.status {
            TransferStatus::Accepted { .. } | TransferStatus::Refused { .. } => {
                self.paper(by.tenant(), transfer, "reply.xml")
            }
            TransferStatus::Received | TransferStatus::AwaitingValidation { .. } => Ok(None),
        }
    }

    /// What the examination of a settled transfer found; `None` while it is not settled, and once its archive is
    /// destroyed.
    pub fn findings(
        &self,
        by: &Mandate<Deposit>,
        transfer: &Transfer,
    ) -> Result<Option<Vec<crate::domain::check::Finding>>, Error> {
        match &transfer.status {
            TransferStatus::Accepted { archive, .. } => match self.record(by.tenant(), *archive) {
                Err(Error::Read(ReadError::NotFound { .. })) => Ok(None),
                record => Ok(Some(record?.examination.findings)),
            },
            TransferStatus::Refused { .. } => match self.paper(by.tenant(), transfer, "report.jsonl")? {
                Some(lines) => Ok(Some(crate::record::report::findings(lines.as_slice()).collect::<Result<_, _>>()?)),
                None => Ok(None),
            },
            TransferStatus::Received | TransferStatus::AwaitingValidation { .. } => Ok(None),
        }
    }

    /// Searches units; newest deposit first.
    pub fn search(
        &self,
        by: &Mandate<MayRead>,
        criteria: &Criteria,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Error> {
        Ok(self.store.holdings(by.tenant()).search(criteria, after, limit)?)
    }

    /// How the units found divide by agency, year and level.
    pub fn facets(&self, by: &Mandate<MayRead>, criteria: &Criteria) -> Result<Facets, Error> {
        Ok(self.store.holdings(by.tenant()).facets(criteria)?)
    }

    /// At most `limit` archives, newest first, before the one of catalog rank `before`.
    pub fn archives(
        &self,
        by: &Mandate<MayRead>,
        filter: &ArchiveFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Kept>, Error> {
        Ok(self.store.holdings(by.tenant()).archives(filter, before, limit)?)
    }

    /// An archive.
    pub fn archive(&self, by: &Mandate<MayRead>, id: ArchiveId) -> Result<Option<Kept>, Error> {
        Ok(self.store.holdings(by.tenant()).archive(id)?)
    }

    /// A unit.
    pub fn unit(&self, by: &Mandate<MayRead>, id: UnitId) -> Result<Option<UnitEntry>, Error> {
        Ok(self.store.holdings(by.tenant()).unit(id)?)
    }

    /// The units above a unit, up every path.
    pub fn ancestors(&self, by: &Mandate<MayRead>, id: UnitId) -> Result<Vec<Hit>, Error> {
        Ok(self.store.holdings(by.tenant()).ancestors(id)?)
    }

    /// A page of the units just below a unit.
    pub fn children(
        &self,
        by: &Mandate<MayRead>,
        id: UnitId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Hit>, Error> {
        Ok(self.store.holdings(by.tenant()).children(id, after, limit)?)
    }

    /// A page of an archive's root units.
    pub fn roots(
        &self,
        by: &Mandate<MayRead>,
        archive: ArchiveId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Hit>, Error> {
        Ok(self.store.holdings(by.tenant()).roots(archive, after, limit)?)
    }

    /// The objects of a group.
    pub fn objects(&self, by: &Mandate<MayRead>, group: GroupId) -> Result<Vec<DataObject>, Error> {
        Ok(self.store.holdings(by.tenant()).objects_of_group(group)?)
    }

    /// A unit in full, with its source, from the volumes.
    pub fn full_unit(&self, by: &Mandate<MayRead>, archive: ArchiveId, id: UnitId) -> Result<Option<Unit>, Error> {
        for part in self.parts(by.tenant(), archive)? {
            if let Part::Unit(unit) = part?
                && unit.id == id
            {
                return Ok(Some(*unit));
            }
        }
        Ok(None)
    }

    /// Opens the bytes of an object, on any volume that can be read, and journals it; `None` when there is no such digital
    /// object.
    pub fn open_object(&self, by: &Mandate<MayRead>, id: ObjectId) -> Result<Option<(DataObject, Opened)>, Error> {
        let Some((archive, object)) = self.store.holdings(by.tenant()).object(id)? else { return Ok(None) };
        let Matter::Binary(binary) = &object.matter else { return Ok(None) };
        let opened = self.vault.open_content(&self.object_of(by.tenant(), archive)?, binary.digest)?;
        self.tell_reading(by, archive, Some(id), Purpose::Consultation);
        Ok(Some((object, opened)))
    }

    /// Opens the manifest of an archive, as received, and journals it.
    pub fn open_manifest(&self, by: &Mandate<MayRead>, archive: ArchiveId) -> Result<Opened, Error> {
        let record = self.record(by.tenant(), archive)?;
        let name = keep::as_received(&record.manifest);
        let opened = self.vault.open_file(&self.object_of(by.tenant(), archive)?, &name)?;
        self.tell_reading(by, archive, None, Purpose::Consultation);
        Ok(opened)
    }

    /// The name that an archive's manifest came with.
    pub fn manifest_name(&self, by: &Mandate<MayRead>, archive: ArchiveId) -> Result<Name, Error> {
        Ok(self.record(by.tenant(), archive)?.manifest)
    }

    /// What `archive.json` says.
    pub(super) fn record(&self, tenant: &TenantId, archive: ArchiveId) -> Result<ArchiveRecord, Error> {
        let object = self.object_of(tenant, archive)?;
        Ok(archive_json::read(self.vault.open_file(&object, &Name::from("archive.json"))?.verified()?)?)
    }

    /// The description's parts, streamed from the volumes.
    pub(super) fn parts(
        &self,
        tenant: &TenantId,
        archive: ArchiveId,
    ) -> Result<impl Iterator<Item = Result<Part, Error>> + use<>, Error> {
        let object = self.object_of(tenant, archive)?;
        let opened = self.vault.open_file(&object, &Name::from("description.jsonl"))?.verified()?;
        Ok(description::parts(std::io::BufReader::new(opened)).map(|part| part.map_err(Error::from)))
    }

    /// The OCFL object that holds an archive's present generation.
    pub(super) fn object_of(&self, tenant: &TenantId, archive: ArchiveId) -> Result<OcflId, Error> {
        let kept = self.store.holdings(tenant).archive(archive)?;
        let generation = kept.map_or(1, |kept| kept.archive.generation);
        Ok(OcflId::Archive { tenant: tenant.clone(), archive, generation })
    }

    /// How many kept units an attachment designates, up to two.
    pub(super) fn designated(&self, tenant: &TenantId, attachment: &Attachment) -> usize {
        let holdings = self.store.holdings(tenant);
        let found = match attachment {
            Attachment::SystemId(id) => match id.parse() {
                Ok(id) => holdings.unit(id).map(|unit| usize::from(unit.is_some())),
                Err(_) => Ok(0),
            },
            Attachment::Key { name, value } => {
                holdings.units_by_identifier(Some(name), value, 2).map(|units| units.len())
            }
        };
        // A catalog that fails here fails the deposit a moment later, with its own error.
        found.unwrap_or_default()
    }

    fn paper(&self, tenant: &TenantId, transfer: &Transfer, name: &str) -> Result<Option<Vec<u8>>, Error> {
        if let TransferStatus::Accepted { archive, .. } = transfer.status {
            return match self.vault.read_all(&self.object_of(tenant, archive)?, &Name::from(name)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(ReadError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            };
        }
        let papers = self.vault.read_papers(tenant, transfer.received_at.day(), transfer.id)?;
        Ok(papers.into_iter().find(|(paper, _)| paper == name).map(|(_, bytes)| bytes))
    }
}
