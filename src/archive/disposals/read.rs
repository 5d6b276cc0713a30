//! Reading plans: their rows, their lists, what leaves of each archive.

use std::io::BufReader;

use crate::{
    archive::{Archive, error::Error, referentials::record_object},
    domain::{
        consent::Consent,
        disposal::{Disposal, Doomed},
        id::DisposalId,
        mandate::{Mandate, Read},
        name::Name,
        tenant::TenantId,
    },
    record::disposal::{self, Listed, Plan},
    vault::layout::OcflId,
};

impl Archive {
    /// A plan.
    pub fn disposal(&self, by: &Mandate<Read>, id: DisposalId) -> Result<Option<Disposal>, Error> {
        Ok(self.store.holdings(by.tenant()).disposal(id)?)
    }

    /// At most `limit` plans, latest first, made before the plan `before`.
    pub fn disposals(
        &self,
        by: &Mandate<Read>,
        before: Option<DisposalId>,
        limit: u32,
    ) -> Result<Vec<Disposal>, Error> {
        Ok(self.store.holdings(by.tenant()).disposals(before, limit)?)
    }

    /// What agencies said of a plan, in the order in which they said it.
    pub fn consents(&self, by: &Mandate<Read>, id: DisposalId) -> Result<Vec<Consent>, Error> {
        Ok(self.store.holdings(by.tenant()).consents(id)?)
    }

    /// What a plan is, in words and figures.
    pub fn plan_of(&self, by: &Mandate<Read>, id: DisposalId) -> Result<Plan, Error> {
        let object = disposal_object(by.tenant(), id)?;
        Ok(Plan::from_json(&self.vault.read_all(&object, &Name::from(disposal::PLAN))?)?)
    }

    /// The list of a plan, line after line: archives, and the units looked at in each.
    pub fn disposal_list(
        &self,
        by: &Mandate<Read>,
        disposal: &Disposal,
    ) -> Result<impl Iterator<Item = Result<Listed, Error>> + use<>, Error> {
        self.list_of(by.tenant(), disposal)
    }

    /// The list of a plan, by the digest that is authorised.
    pub(in crate::archive) fn list_of(
        &self,
        tenant: &TenantId,
        disposal: &Disposal,
    ) -> Result<impl Iterator<Item = Result<Listed, Error>> + use<>, Error> {
        let opened = self.vault.open_content(&disposal_object(tenant, disposal.id)?, disposal.list)?.verified()?;
        Ok(disposal::read(BufReader::new(opened)).map(|listed| listed.map_err(Error::from)))
    }

    /// What leaves under a plan, archive after archive, in the order of the list, which was read to its end and is that of
    /// the plan's digest.
    pub(in crate::archive) fn doomed(&self, tenant: &TenantId, disposal: &Disposal) -> Result<Vec<Doomed>, Error> {
        let opened = self.vault.open_content(&disposal_object(tenant, disposal.id)?, disposal.list)?.verified()?;
        let doomed = disposal::doomed(disposal::read(BufReader::new(opened)));
        Ok(doomed.collect::<Result<_, _>>()?)
    }
}

/// The record of a plan on the volumes.
pub(in crate::archive) fn disposal_object(tenant: &TenantId, id: DisposalId) -> Result<OcflId, Error> {
    record_object(tenant, &disposal::object_name(id))
}
