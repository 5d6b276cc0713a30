//! Archival agreements, as rows; their lists are cells. They are imported and read with the other referentials.

use diesel::prelude::*;

use crate::{
    domain::{
        agreement::{Acceptance, Agreement, SignaturePolicy},
        seda::{Dialect, SedaVersion},
    },
    store::{cells, error::Error, schema::agreements},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = agreements, treat_none_as_default_value = false)]
pub struct AgreementRow {
    tenant: String,
    identifier: String,
    name: String,
    active: bool,
    transferring_agencies: String,
    originating_agencies: String,
    versions: String,
    dialects: String,
    acceptance: String,
    formats: String,
    signatures: String,
    profile: Option<String>,
    max_bytes: Option<i64>,
    max_objects: Option<i64>,
    master_mandatory: bool,
}

impl AgreementRow {
    pub fn new(tenant: &str, agreement: &Agreement) -> Result<Self, Error> {
        let Agreement { versions, dialects, .. } = agreement;
        let most = |limit: Option<u64>| limit.map(|limit| cells::stored(limit, "an agreement's limit")).transpose();
        Ok(Self {
            tenant: tenant.to_owned(),
            identifier: agreement.identifier.clone(),
            name: agreement.name.clone(),
            active: agreement.active,
            transferring_agencies: cells::json(&agreement.transferring_agencies)?,
            originating_agencies: cells::json(&agreement.originating_agencies)?,
            versions: versions.iter().map(|version| version.number()).collect::<Vec<_>>().join(" "),
            dialects: dialects.iter().map(|dialect| dialect.word()).collect::<Vec<_>>().join(" "),
            acceptance: acceptance_word(agreement.acceptance).to_owned(),
            formats: cells::json(&agreement.formats)?,
            signatures: signatures_word(agreement.signatures).to_owned(),
            profile: agreement.profile.clone(),
            max_bytes: most(agreement.max_bytes)?,
            max_objects: most(agreement.max_objects)?,
            master_mandatory: agreement.master_mandatory,
        })
    }

    pub fn into_agreement(self) -> Result<Agreement, Error> {
        let list = |text: &str| cells::from_json::<Vec<String>>(text, "a list");
        let most = |limit: Option<i64>| limit.map(|limit| cells::count(limit, "an agreement's limit")).transpose();
        let versions = self.versions.split_whitespace().map(SedaVersion::from_number);
        let dialects = self.dialects.split_whitespace().map(Dialect::from_word);
        let acceptances = [Acceptance::Automatic, Acceptance::Human];
        let policies = [SignaturePolicy::Allowed, SignaturePolicy::Mandatory, SignaturePolicy::Forbidden];
        let acceptance = acceptances.into_iter().find(|one| acceptance_word(*one) == self.acceptance);
        let signatures = policies.into_iter().find(|one| signatures_word(*one) == self.signatures);
        Ok(Agreement {
            identifier: self.identifier,
            name: self.name,
            active: self.active,
            transferring_agencies: list(&self.transferring_agencies)?,
            originating_agencies: list(&self.originating_agencies)?,
            versions: cells::known(versions.collect(), "a version")?,
            dialects: cells::known(dialects.collect(), "a dialect")?,
            acceptance: cells::known(acceptance, "who accepts")?,
            formats: list(&self.formats)?,
            signatures: cells::known(signatures, "a signature policy")?,
            profile: self.profile,
            max_bytes: most(self.max_bytes)?,
            max_objects: most(self.max_objects)?,
            master_mandatory: self.master_mandatory,
        })
    }
}

const fn acceptance_word(acceptance: Acceptance) -> &'static str {
    match acceptance {
        Acceptance::Automatic => "automatic",
        Acceptance::Human => "human",
    }
}

const fn signatures_word(policy: SignaturePolicy) -> &'static str {
    match policy {
        SignaturePolicy::Allowed => "allowed",
        SignaturePolicy::Mandatory => "mandatory",
        SignaturePolicy::Forbidden => "forbidden",
    }
}
