//! Reading the days that are sealed: their lines stand in one record object per owner and month.

use std::io::{BufRead, BufReader};

use chrono::NaiveDate;

use crate::{
    archive::error::Error,
    domain::{
        journal::{JournalId, Line},
        name::Name,
        tenant::TenantId,
    },
    record::{self, seal},
    vault::{Vault, layout::OcflId},
};

/// What the names of the objects that hold sealed days begin with; the month follows, as `2026-11`.
const PREFIX: &str = "journals-";

/// The name of the record that holds a month's sealed days.
pub fn record_name(day: NaiveDate) -> String {
    format!("{PREFIX}{}", day.format("%Y-%m"))
}

/// The folder of a part of a day within the record, with a closing slash.
pub fn folder(day: NaiveDate, part: u32) -> String {
    format!("{day}/{part}/")
}

/// Every sealed line of the installation, in order.
pub fn lines_of_installation(
    vault: &Vault,
    volume: usize,
    each: &mut dyn FnMut(Line) -> Result<(), Error>,
) -> Result<(), Error> {
    let is_month = |object: &OcflId| object.tenant().is_none() && is_sealed_month(object);
    let months: Vec<OcflId> = vault.list_records(volume)?.into_iter().filter(is_month).collect();
    lines_in(vault, &months, each)
}

/// Every sealed line of the tenants: each one's events, then its life cycle; each journal in order.
pub fn lines_of_tenants(
    vault: &Vault,
    volume: usize,
    each: &mut dyn FnMut(Line) -> Result<(), Error>,
) -> Result<(), Error> {
    let is_month = |object: &OcflId| object.tenant().is_some() && is_sealed_month(object);
    let months: Vec<OcflId> = vault.list_records(volume)?.into_iter().filter(is_month).collect();
    months.chunk_by(|one, other| one.tenant() == other.tenant()).try_for_each(|months| lines_in(vault, months, each))
}

/// Every sealed line of one tenant: its events, then its life cycle; each journal in order.
pub fn lines_of_tenant(
    vault: &Vault,
    volume: usize,
    tenant: &TenantId,
    each: &mut dyn FnMut(Line) -> Result<(), Error>,
) -> Result<(), Error> {
    lines_in(vault, &months_of(vault, volume, tenant)?, each)
}

/// The records of a tenant that hold sealed days, in order.
pub fn months_of(vault: &Vault, volume: usize, tenant: &TenantId) -> Result<Vec<OcflId>, Error> {
    let is_month = |object: &OcflId| object.tenant() == Some(tenant) && is_sealed_month(object);
    Ok(vault.list_records(volume)?.into_iter().filter(is_month).collect())
}

/// Every line in the months of one owner.
fn lines_in(vault: &Vault, months: &[OcflId], each: &mut dyn FnMut(Line) -> Result<(), Error>) -> Result<(), Error> {
    let Some(owner) = months.first().map(OcflId::tenant) else { return Ok(()) };
    let journals = owner.cloned().map_or_else(
        || vec![JournalId::Installation],
        |tenant| vec![JournalId::Events(tenant.clone()), JournalId::LifeCycle(tenant)],
    );
    for journal in journals {
        months.iter().try_for_each(|month| lines_of(vault, month, &journal, each))?;
    }
    Ok(())
}

/// Whether a record holds sealed days.
pub fn is_sealed_month(object: &OcflId) -> bool {
    match object {
        OcflId::Record { name, .. } | OcflId::Installation { name } => name.as_str().starts_with(PREFIX),
        OcflId::Archive { .. } => false,
    }
}

/// One journal's lines of a month, part by part.
fn lines_of(
    vault: &Vault,
    month: &OcflId,
    journal: &JournalId,
    each: &mut dyn FnMut(Line) -> Result<(), Error>,
) -> Result<(), Error> {
    for (day, part) in parts(vault, month)? {
        let name = Name::from(format!("{}{}", folder(day, part), seal::file_of(journal)).as_str());
        for text in BufReader::new(vault.open_file(month, &name)?.verified()?).lines() {
            each(record::line::from_json(&text?)?)?;
        }
    }
    Ok(())
}

/// The days and parts that a month's record holds, in order.
pub fn parts(vault: &Vault, month: &OcflId) -> Result<Vec<(NaiveDate, u32)>, Error> {
    let mut parts = Vec::new();
    for (name, _) in vault.read_inventory(month)?.state() {
        let mut steps = name.split('/');
        if let (Some(day), Some(part), Some(seal::FILE), None) =
            (steps.next(), steps.next(), steps.next(), steps.next())
            && let (Ok(day), Ok(part)) = (day.parse(), part.parse())
        {
            parts.push((day, part));
        }
    }
    parts.sort_unstable();
    Ok(parts)
}
