//! What a destruction stands for, as rows: written by its act and by every replay alike, from what the volumes hold.
//!
//! A replay meets the line that accepted an archive long after its bytes are gone. Such an archive is awaited until the
//! line of its destruction comes; where none comes, it is lost, and the replay says so at its end.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
};

use crate::{
    archive::{destroy, error::Error, keep},
    domain::{
        amendment::Amendment,
        archive::Part,
        digest::Digest,
        id::{ArchiveId, TransferId, UnitId},
        journal::{JournalId, Line},
        name::Name,
        tenant::TenantId,
        transfer::{PackageFacts, Transfer, TransferStatus},
        unit::Unit,
    },
    record::{
        amendment, archive_json,
        departure::{self, Brought, Gone},
        description,
        facts::{ACCESSION, Fact, disposal::Destroyed, life_cycle::Accepted},
    },
    store::{Departed, Kept, Pen, Place, Store},
    vault::{Vault, error::ReadError, inventory::Inventory, layout::OcflId},
};

/// Units whose departure is written at once.
const UNITS_AT_ONCE: usize = 500;

/// Writes what a destruction stands for.
pub fn destroyed(
    pen: &mut Pen<'_>,
    vault: &Vault,
    tenant: &TenantId,
    fact: &Destroyed,
    line: &Line,
) -> Result<(), Error> {
    let archive = fact.archive;
    let (place, transfer) = match pen.archive(tenant, archive)? {
        Some(kept) => (kept.place, kept.archive.transfer),
        None => accession(pen, tenant, archive)?,
    };
    pen.remove_archive(tenant, archive)?;
    let left = Departed { archive, generation: fact.generation, disposal: fact.disposal, at: line.at };
    let brought = depart(pen, vault, tenant, fact, &left)?;
    pen.owe_erasure(tenant, archive, fact.generation, &object_of(tenant, fact, fact.generation).to_string())?;
    match fact.successor {
        None => {
            pen.depart_archive(tenant, &left)?;
            let brought = brought.ok_or_else(|| inconsistent(archive, "has a list that tells no transfer"))?;
            settle(pen, tenant, transfer, |standing| remains(standing, archive, brought))?;
            pen.reserve_place(tenant, place)?;
            pen.end_awaiting(tenant, archive)?;
            Ok(())
        }
        Some(inventory) => succeed(pen, vault, tenant, fact, inventory, (place, transfer)),
    }
}

/// Keeps the successor; it may have gone in its turn, which a later line then tells.
fn succeed(
    pen: &mut Pen<'_>,
    vault: &Vault,
    tenant: &TenantId,
    fact: &Destroyed,
    inventory: Digest,
    (place, transfer): (Place, TransferId),
) -> Result<(), Error> {
    let object = object_of(tenant, fact, fact.generation + 1);
    let held = match vault.read_inventory_told(&object, 1, inventory) {
        Err(crate::vault::error::Error::Absent { .. }) => {
            pen.reserve_place(tenant, place)?;
            return Ok(pen.await_archive(tenant, fact.archive)?);
        }
        held => held?,
    };
    let file = held.find(&Name::from("archive.json")).ok_or_else(|| inconsistent(fact.archive, "has no header"))?;
    let record = archive_json::read(vault.open_content(&object, file)?.verified()?)?;
    settle(pen, tenant, transfer, |standing| keep::accepted(&record, &standing))?;
    let kept = Kept { archive: record.archive, place, inventory };
    pen.keep_archive(&kept, first_parts(vault, &object, &held)?)?;
    for (_, digest) in held.state().filter(|(path, _)| path.starts_with(destroy::AMENDMENTS)) {
        let text = BufReader::new(vault.open_content(&object, digest)?.verified()?);
        note_amendment(pen, tenant, fact.archive, text)?;
    }
    Ok(pen.end_awaiting(tenant, fact.archive)?)
}

/// Notes an amendment that a successor carries on, of the units that are left.
fn note_amendment(pen: &mut Pen<'_>, tenant: &TenantId, archive: ArchiveId, text: impl BufRead) -> Result<(), Error> {
    let (header, parts) = amendment::read(text)?;
    let mut units: Vec<UnitId> = Vec::new();
    for part in parts {
        if let Part::Unit(unit) = part? {
            units.push(unit.id);
        }
    }
    let (id, at, by, reverts) = (header.amendment, header.at, header.by, header.reverts);
    let count = u64::try_from(units.len()).unwrap_or(u64::MAX);
    Ok(pen.note_amendment(tenant, &Amendment { id, archive, at, by, reverts, units: count }, &units)?)
}

/// An accepted archive that stands on no volume: what its line alone tells, until another tells why.
pub fn awaited(pen: &mut Pen<'_>, tenant: &TenantId, fact: &Accepted, line: &Line) -> Result<(), Error> {
    let (archive, reply, at, with_warnings) = (fact.archive, fact.reply, line.at, fact.with_warnings);
    pen.reserve_place(tenant, Place { number: fact.number, sequence: fact.sequence })?;
    settle(pen, tenant, fact.transfer, |standing| Transfer {
        status: TransferStatus::Accepted { archive, reply, at, with_warnings },
        ..standing
    })?;
    Ok(pen.await_archive(tenant, archive)?)
}

/// At the end of a replay, no archive is lacking whose destruction no line tells.
pub fn all_told(store: &Store) -> Result<(), Error> {
    match store.awaited()? {
        None => Ok(()),
        Some(archive) => Err(inconsistent(archive, "stands on no volume, and no line tells that it was destroyed")),
    }
}

/// Whether a version of an object of which no volume holds anything is lacking.
pub const fn is_absent(error: &ReadError) -> bool {
    matches!(error, ReadError::NotFound { .. })
}

/// Tells where each unit went, as the list on the volumes says; and the transfer, when nothing else tells it.
fn depart(
    pen: &mut Pen<'_>,
    vault: &Vault,
    tenant: &TenantId,
    fact: &Destroyed,
    left: &Departed,
) -> Result<Option<Brought>, Error> {
    let record = destroy::record_of(tenant, fact.archive)?;
    let (header, lines) = departure::read(BufReader::new(vault.open_content(&record, fact.list)?.verified()?))?;
    let mut units: Vec<UnitId> = Vec::new();
    for gone in lines {
        if let Gone::Unit { id } = gone? {
            units.push(id);
        }
        if units.len() >= UNITS_AT_ONCE {
            pen.depart_units(tenant, left, &units)?;
            units.clear();
        }
    }
    pen.depart_units(tenant, left, &units)?;
    Ok(header.transfer)
}

/// The place and the transfer of an archive, from the line that accepted it.
fn accession(pen: &mut Pen<'_>, tenant: &TenantId, archive: ArchiveId) -> Result<(Place, TransferId), Error> {
    let journal = JournalId::LifeCycle(tenant.clone());
    for line in pen.told_of(&journal, &archive.to_string(), ACCESSION)? {
        if let Some(Fact::Accepted(fact)) = Fact::read(&line.event)? {
            return Ok((Place { number: fact.number, sequence: fact.sequence }, fact.transfer));
        }
    }
    Err(inconsistent(archive, "is destroyed and was never accepted"))
}

fn settle(
    pen: &mut Pen<'_>,
    tenant: &TenantId,
    id: TransferId,
    next: impl FnOnce(Transfer) -> Transfer,
) -> Result<(), Error> {
    let standing = pen.transfer(tenant, id)?;
    let standing = standing.ok_or_else(|| Error::Inconsistent(format!("transfer {id} was never received")))?;
    let from = standing.status.clone();
    pen.advance_transfer(&next(standing), &from)?;
    Ok(())
}

/// What remains of a transfer whose archive is gone.
fn remains(standing: Transfer, archive: ArchiveId, brought: Brought) -> Transfer {
    let Brought { deposited_by, received_at, accepted_at, size, package, key, version, .. } = brought;
    let (acknowledgement, reply, with_warnings) = (brought.acknowledgement, brought.reply, brought.with_warnings);
    Transfer {
        by: deposited_by,
        received_at,
        package: PackageFacts { name: String::new(), size, digest: package },
        key,
        version,
        acknowledgement,
        status: TransferStatus::Accepted { archive, reply, at: accepted_at, with_warnings },
        ..standing
    }
}

/// The parts of an object's first version, units as its amendments left them.
fn first_parts(
    vault: &Vault,
    object: &OcflId,
    held: &Inventory,
) -> Result<impl Iterator<Item = Result<Part, Error>> + use<>, Error> {
    let mut amended: HashMap<UnitId, Box<Unit>> = HashMap::new();
    // Amendments bear identifiers that sort by time.
    for (_, digest) in held.state().filter(|(path, _)| path.starts_with(destroy::AMENDMENTS)) {
        let mut text = BufReader::new(vault.open_content(object, digest)?.verified()?);
        text.skip_until(b'\n')?;
        for part in description::parts(text) {
            if let Part::Unit(unit) = part? {
                amended.insert(unit.id, unit);
            }
        }
    }
    let lacking = || Error::Inconsistent(format!("{object} has no description"));
    let digest = held.find(&Name::from("description.jsonl")).ok_or_else(lacking)?;
    let opened = vault.open_content(object, digest)?.verified()?;
    Ok(description::parts(BufReader::new(opened)).map(move |part| {
        Ok(match part? {
            Part::Unit(unit) => Part::Unit(amended.remove(&unit.id).unwrap_or(unit)),
            other => other,
        })
    }))
}

fn object_of(tenant: &TenantId, fact: &Destroyed, generation: u32) -> OcflId {
    OcflId::Archive { tenant: tenant.clone(), archive: fact.archive, generation }
}

fn inconsistent(archive: ArchiveId, what: &str) -> Error {
    Error::Inconsistent(format!("the archive {archive} {what}"))
}
