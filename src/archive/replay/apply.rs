//! What each kind of line stands for, as rows of the catalog.

use std::io::BufReader;

use crate::{
    archive::{
        error::Error,
        keep,
        referentials::{self, Entries, Notation, record_object},
        replay::{departures, describing, destroyed, disposals, profiles, requests, taken},
        seal,
    },
    domain::{
        id::{ActorId, TransferId},
        journal::Line,
        mandate::Actor,
        name::Name,
        tenant::{Tenant, TenantId},
        transfer::{PackageFacts, Transfer, TransferStatus},
    },
    record::{
        accounts, archive_json, description,
        facts::{
            Fact,
            life_cycle::{Accepted, Received},
        },
        transfer_json,
    },
    store::{Credential, Edition, Kept, Pen, Place},
    vault::{Vault, layout::OcflId},
};

/// Writes the rows that a line stands for.
pub fn apply(pen: &mut Pen<'_>, vault: &Vault, line: &Line) -> Result<(), Error> {
    let Some(fact) = Fact::read(&line.event)? else { return Ok(()) };
    let tenant = line.journal.tenant().cloned();
    let tenant =
        || tenant.clone().ok_or_else(|| Error::Inconsistent(format!("{} is no tenant's journal", line.journal)));
    match fact {
        Fact::TenantCreated(fact) => {
            let (id, name, archival_agency) = (fact.tenant, fact.name, fact.archival_agency);
            Ok(pen.insert_tenant(&Tenant { id, name, archival_agency, created_at: line.at })?)
        }
        Fact::TenantTaken(fact) => taken::tenant_taken(pen, vault, &fact),
        Fact::CredentialIssued(fact) => {
            let tenant = tenant()?;
            let label = label_of(vault, &tenant, fact.actor)?;
            let actor = Actor { id: fact.actor, tenant, permissions: fact.permissions, agency: fact.agency };
            Ok(pen.insert_credential(&Credential { actor, label, revoked_at: None })?)
        }
        Fact::CredentialRevoked(fact) => {
            pen.revoke_credential(&tenant()?, fact.actor, line.at)?;
            Ok(())
        }
        Fact::ReferentialImported(fact) => {
            let tenant = tenant()?;
            let bytes = vault.read_content(&record_object(&tenant, referentials::OBJECT)?, fact.digest)?;
            let entries = Entries::read(fact.kind, Notation::Json, &bytes)
                .map_err(|faults| Error::Inconsistent(format!("a referential cannot be read back: {faults:?}")))?;
            entries.replace(pen, &tenant, &Edition { version: fact.version, digest: fact.digest, imported_at: line.at })
        }
        Fact::ProfileImported(fact) => profiles::imported(pen, vault, &tenant()?, &fact),
        Fact::Received(fact) => received(pen, vault, &tenant()?, &fact, line),
        Fact::AwaitingValidation(fact) => {
            advanced(pen, vault, &tenant()?, fact.transfer, TransferStatus::AwaitingValidation { since: line.at }, line)
        }
        Fact::Accepted(fact) => accepted(pen, vault, &tenant()?, &fact, line),
        Fact::Refused(fact) => advanced(
            pen,
            vault,
            &tenant()?,
            fact.transfer,
            TransferStatus::Refused { reply: fact.reply, at: line.at },
            line,
        ),
        Fact::HoldPlaced(fact) => describing::hold_placed(pen, vault, &tenant()?, &fact, line),
        Fact::HoldLifted(fact) => describing::hold_lifted(pen, vault, &tenant()?, &fact, line),
        Fact::DisposalPlanned(fact) => disposals::planned(pen, &tenant()?, &fact, line),
        Fact::Consented(fact) => {
            disposals::consented(pen, &tenant()?, &fact, line)?;
            departures::answered(pen, vault, &tenant()?, &fact)
        }
        Fact::DisposalSent(fact) => disposals::sent(pen, &tenant()?, &fact),
        Fact::DisposalAbandoned(fact) => disposals::abandoned(pen, &tenant()?, &fact),
        Fact::Disposed(fact) => disposals::disposed(pen, &tenant()?, &fact),
        Fact::Amended(fact) => describing::amended(pen, vault, &tenant()?, &fact, line),
        Fact::Destroyed(fact) => destroyed::destroyed(pen, vault, &tenant()?, &fact, line),
        Fact::DaySealed(fact) => Ok(pen.insert_seal(&seal::row(line.journal.tenant(), &fact))?),
        Fact::CommunicationRequested(fact) => requests::requested(pen, vault, &tenant()?, &fact, line),
        Fact::DerogationAnswered(fact) => requests::answered(pen, &tenant()?, &fact, line),
        Fact::Delivered(fact) => requests::delivered(pen, line.journal.tenant(), &fact),
        Fact::ContentRead(_)
        | Fact::CredentialEnrolled(_)
        | Fact::TakenOver(_)
        | Fact::Restituted(_)
        | Fact::VolumeRepaired(_)
        | Fact::LogKey(_)
        | Fact::TimeStamped(_)
        | Fact::TimeStampMissed(_)
        | Fact::Witnessed(_)
        | Fact::Audited(_)
        | Fact::EvidenceMade(_) => Ok(()),
    }
}

fn label_of(vault: &Vault, tenant: &TenantId, actor: ActorId) -> Result<String, Error> {
    let directory = vault.read_all(&record_object(tenant, accounts::OBJECT)?, &Name::from(accounts::FILE))?;
    // A name erased from the directory leaves an account without one.
    Ok(accounts::from_json(&directory)?.remove(&actor.to_string()).unwrap_or_default())
}

/// A transfer's row as received: from its papers when its state is still that one, else from the line, to be completed
/// by the line that settles it.
fn received(pen: &mut Pen<'_>, vault: &Vault, tenant: &TenantId, fact: &Received, line: &Line) -> Result<(), Error> {
    let told = told(vault, tenant, line, fact.transfer)?.filter(|transfer| transfer.status == TransferStatus::Received);
    let transfer = match told {
        Some(transfer) => transfer,
        None => Transfer {
            id: fact.transfer,
            tenant: tenant.clone(),
            by: line.event.actor.ok_or_else(|| Error::Inconsistent("a reception without an actor".to_owned()))?,
            received_at: line.at,
            package: PackageFacts { name: String::new(), size: fact.size, digest: fact.package },
            key: None,
            version: fact.version,
            acknowledgement: fact.acknowledgement,
            status: TransferStatus::Received,
        },
    };
    pen.insert_transfer(&transfer)?;
    Ok(())
}

/// A transfer's next state, as its papers say; by the line alone when they speak of a later one already.
fn advanced(
    pen: &mut Pen<'_>,
    vault: &Vault,
    tenant: &TenantId,
    id: TransferId,
    status: TransferStatus,
    line: &Line,
) -> Result<(), Error> {
    let standing = standing(pen, tenant, id)?;
    let from = standing.status.clone();
    let told = told_since(vault, tenant, &standing, line, id)?;
    let next = told.filter(|told| told.status.word() == status.word()).unwrap_or(Transfer { status, ..standing });
    pen.advance_transfer(&next, &from)?;
    Ok(())
}

fn accepted(pen: &mut Pen<'_>, vault: &Vault, tenant: &TenantId, fact: &Accepted, line: &Line) -> Result<(), Error> {
    let object = OcflId::Archive { tenant: tenant.clone(), archive: fact.archive, generation: fact.generation };
    let header = match vault.open_file(&object, &Name::from("archive.json")) {
        Err(error) if destroyed::is_absent(&error) => return destroyed::awaited(pen, tenant, fact, line),
        header => header?,
    };
    let record = archive_json::read(header.verified()?)?;
    let opened = vault.open_file(&object, &Name::from("description.jsonl"))?.verified()?;
    let standing = standing(pen, tenant, fact.transfer)?;
    let transfer = keep::accepted(&record, &standing);
    let place = Place { number: fact.number, sequence: fact.sequence };
    let kept = Kept { archive: record.archive, place, inventory: fact.inventory };
    pen.keep_archive(&kept, description::parts(BufReader::new(opened)).map(|part| part.map_err(Error::from)))?;
    pen.advance_transfer(&transfer, &standing.status)?;
    Ok(())
}

fn standing(pen: &mut Pen<'_>, tenant: &TenantId, id: TransferId) -> Result<Transfer, Error> {
    pen.transfer(tenant, id)?.ok_or_else(|| Error::Inconsistent(format!("transfer {id} was never received")))
}

/// What a transfer's papers say, under the day of its line or the day before: it was received a moment earlier.
fn told(vault: &Vault, tenant: &TenantId, line: &Line, id: TransferId) -> Result<Option<Transfer>, Error> {
    for day in [Some(line.at.day()), line.at.day().pred_opt()].into_iter().flatten() {
        let papers = vault.read_papers(tenant, day, id)?;
        if let Some((_, bytes)) = papers.iter().find(|(name, _)| name == transfer_json::FILE) {
            return Ok(Some(transfer_json::read(bytes.as_slice())?));
        }
    }
    Ok(None)
}

fn told_since(
    vault: &Vault,
    tenant: &TenantId,
    standing: &Transfer,
    line: &Line,
    id: TransferId,
) -> Result<Option<Transfer>, Error> {
    let papers = vault.read_papers(tenant, standing.received_at.day(), id)?;
    match papers.iter().find(|(name, _)| name == transfer_json::FILE) {
        Some((_, bytes)) => Ok(Some(transfer_json::read(bytes.as_slice())?)),
        None => told(vault, tenant, line, id),
    }
}
