//! The logs that a tenant brought with it: each is kept, read-only, in a record of the tenant (`log-1`, `log-2`…), with
//! the keys of its kit, and proves the lines that stand in it.

use std::collections::BTreeMap;

use crate::{
    archive::error::Error,
    digest,
    domain::{digest::Digest, journal::Line, name::Name, tenant::TenantId},
    record::{
        self,
        restitution::{FILE, Restitution},
    },
    vault::{self, Vault, layout::OcflId},
};

/// The name of the record that keeps a tenant's `number`-th log.
pub fn record_name(number: u32) -> String {
    format!("log-{number}")
}

/// The folder of the log's own files in the record.
pub const LOG: &str = "log";

/// The folder of its kit.
pub const KIT: &str = "kit";

/// The folder of the last lines that it brought: those that no sealed day held.
pub const JOURNAL: &str = "journal";

/// A log that a tenant brought.
#[derive(Clone)]
pub struct BroughtLog {
    /// The tenant.
    pub tenant: TenantId,
    /// Which of the tenant's logs, from 1.
    pub number: u32,
    /// The restitution with which it came.
    pub told: Restitution,
    /// The digest of that text.
    pub restitution: Digest,
    /// The digest of the record's inventory.
    pub inventory: Digest,
    object: OcflId,
    /// Each file of the record, by its path there.
    files: BTreeMap<String, Digest>,
}

/// The logs that a tenant brought, first first; none when it was made here.
pub fn logs(vault: &Vault, tenant: &TenantId) -> Result<Vec<BroughtLog>, Error> {
    let mut logs = Vec::new();
    while let Some(log) = log(vault, tenant, u32::try_from(logs.len()).unwrap_or(u32::MAX).saturating_add(1))? {
        logs.push(log);
    }
    Ok(logs)
}

/// One of the logs that a tenant brought; `None` when it has no such record.
pub fn log(vault: &Vault, tenant: &TenantId, number: u32) -> Result<Option<BroughtLog>, Error> {
    let name = record_name(number);
    let object = OcflId::record(tenant.clone(), &name)
        .map_err(|_| Error::Inconsistent(format!("{name} cannot name a record")))?;
    let (inventory, digest) = match vault.read_inventory_digest(&object) {
        Ok(read) => read,
        Err(vault::error::Error::Absent { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let text = vault.read_all(&object, &Name::from(FILE))?;
    let (told, restitution) = (Restitution::from_json(&text)?, digest::sha512(&text));
    let files = inventory.state().map(|(path, digest)| (path.to_owned(), digest)).collect();
    Ok(Some(BroughtLog { tenant: tenant.clone(), number, told, restitution, inventory: digest, object, files }))
}

/// The volume on which a tenant's records are listed: one that holds everything, if one can be read.
pub fn volume(vault: &Vault) -> Result<usize, Error> {
    let reachable = vault.reachable();
    let whole = reachable.iter().copied().find(|volume| vault.is_current(*volume));
    whole.or_else(|| reachable.first().copied()).ok_or(Error::Vault(vault::error::Error::NoVolume))
}

impl BroughtLog {
    /// A file of the record, as `log/checkpoint`; `None` when it is not there, an error when it is and cannot be read.
    pub fn read(&self, vault: &Vault, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(digest) = self.files.get(path) else { return Ok(None) };
        Ok(Some(vault.read_content(&self.object, *digest)?))
    }

    /// Each of the last lines that it brought, which no sealed day held, in the log's order.
    pub fn tail(&self, vault: &Vault, each: &mut dyn FnMut(Line, &str) -> Result<(), Error>) -> Result<(), Error> {
        for name in self.list(JOURNAL) {
            let place = format!("{JOURNAL}/{name}");
            let bytes = self.read(vault, &place)?.unwrap_or_default();
            for text in bytes.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()) {
                let line = record::line::from_json(&String::from_utf8_lossy(text))?;
                each(line, &place)?;
            }
        }
        Ok(())
    }

    /// The names directly in a folder of the record, in order.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let below = format!("{folder}/");
        let names = self.files.range(below.clone()..).take_while(|(path, _)| path.starts_with(&below));
        let mut names: Vec<String> =
            names.filter_map(|(path, _)| path.strip_prefix(&below)?.split('/').next().map(str::to_owned)).collect();
        names.dedup();
        names
    }

    /// What it is called when a person is told of it.
    pub fn name(&self) -> String {
        format!("{}, {}", self.tenant, record_name(self.number))
    }
}
