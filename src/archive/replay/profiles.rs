//! What a line about archival profiles stands for, as rows.

use crate::{
    archive::{error::Error, referentials::record_object},
    domain::tenant::TenantId,
    record::{facts::profiles::ProfileImported, profiles},
    store::Pen,
    vault::Vault,
};

/// The tenant's profiles become those of the list that the line tells.
pub fn imported(pen: &mut Pen<'_>, vault: &Vault, tenant: &TenantId, fact: &ProfileImported) -> Result<(), Error> {
    let list = vault.read_content(&record_object(tenant, profiles::OBJECT)?, fact.digest)?;
    Ok(pen.replace_profiles(tenant, &profiles::from_json(&list)?)?)
}
