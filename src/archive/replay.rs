//! Brings the catalog up to the volumes: every line that a segment has and the catalog lacks is replayed, with the rows
//! that it stands for. `rebuild` does this from nothing; opening does it for what a crash left.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufReader,
};

use chrono::NaiveDate;

use crate::{
    archive::{
        error::Error,
        keep,
        referentials::{self, Entries, Notation, record_object},
    },
    domain::{
        clock::Timestamp,
        id::{ActorId, TransferId},
        journal::{JournalId, Line},
        mandate::Actor,
        name::Name,
        tenant::{Tenant, TenantId},
        transfer::{PackageFacts, Transfer, TransferStatus},
    },
    record::{
        self, accounts, archive_json, description,
        facts::{
            Fact,
            life_cycle::{Accepted, Received},
        },
        transfer_json,
    },
    store::{Credential, Edition, Kept, Pen, Place, Store},
    vault::{Intended, Vault, layout::OcflId},
};

/// Lines replayed in one transaction.
const LINES_PER_TRANSACTION: usize = 500;

/// How many lines were replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Lines that the segments had and the catalog lacked.
    pub lines: u64,
}

/// Makes the volumes' journals level, then replays what the catalog lacks, from every readable volume.
pub fn roll_forward(store: &Store, vault: &Vault) -> Result<Forwarded, Error> {
    for journal in vault.uneven()? {
        // Whoever holds the pen is the only one who appends.
        store.restore(std::slice::from_ref(&journal), |_| vault.level(&journal).map_err(Error::from))?;
    }
    let mut forwarded = Forwarded::default();
    for volume in vault.reachable() {
        forwarded.lines += roll_forward_from(store, vault, volume, &mut |_| {})?.lines;
    }
    Ok(forwarded)
}

/// Replays what the catalog lacks from one volume: the installation's journal first, then each tenant's events, then
/// its life cycle. The rows of one journal do not depend on when those of another were written.
pub fn roll_forward_from(
    store: &Store,
    vault: &Vault,
    volume: usize,
    on_line: &mut dyn FnMut(&Line),
) -> Result<Forwarded, Error> {
    let mut days: BTreeMap<(u8, JournalId), Vec<NaiveDate>> = BTreeMap::new();
    for (journal, day) in vault.segments(volume)? {
        days.entry((rank(&journal), journal)).or_default().push(day);
    }
    let mut forwarded = Forwarded::default();
    for ((_, journal), mut days) in days {
        days.sort_unstable();
        forwarded.lines += replay_journal(store, vault, volume, &journal, &days, on_line)?;
    }
    Ok(forwarded)
}

const fn rank(journal: &JournalId) -> u8 {
    match journal {
        JournalId::Installation => 0,
        JournalId::Events(_) => 1,
        JournalId::LifeCycle(_) => 2,
    }
}

fn replay_journal(
    store: &Store,
    vault: &Vault,
    volume: usize,
    journal: &JournalId,
    days: &[NaiveDate],
    on_line: &mut dyn FnMut(&Line),
) -> Result<u64, Error> {
    let known = store.head(journal)?;
    // Days before the catalog's last line hold nothing that it lacks.
    let first = known.at.map(Timestamp::day);
    let days = days.iter().filter(|day| first.is_none_or(|first| **day >= first));
    let mut replayed = 0;
    for day in days {
        let mut waiting: Vec<Line> = Vec::new();
        for text in vault.read_segment(volume, journal, *day)? {
            let line = record::line::from_json(&text?)?;
            if line.position >= known.length {
                waiting.push(line);
            }
            if waiting.len() >= LINES_PER_TRANSACTION {
                replayed += replay_lines(store, vault, journal, &std::mem::take(&mut waiting), on_line)?;
            }
        }
        replayed += replay_lines(store, vault, journal, &waiting, on_line)?;
    }
    Ok(replayed)
}

/// Replays some lines in one transaction. Holding the pen, it looks again at what is lacking: another process may have
/// been in the midst of committing them.
fn replay_lines(
    store: &Store,
    vault: &Vault,
    journal: &JournalId,
    lines: &[Line],
    on_line: &mut dyn FnMut(&Line),
) -> Result<u64, Error> {
    if lines.is_empty() {
        return Ok(0);
    }
    store.restore(std::slice::from_ref(journal), |pen| {
        let mut replayed = 0;
        for line in lines {
            if replay_line(pen, vault, line)? {
                on_line(line);
                replayed += 1;
            }
        }
        Ok(replayed)
    })
}

/// Replays a line unless the catalog has it already.
fn replay_line(pen: &mut Pen<'_>, vault: &Vault, line: &Line) -> Result<bool, Error> {
    if line.position < pen.head(&line.journal)?.length {
        return Ok(false);
    }
    pen.replay(line)?;
    apply(pen, vault, line)?;
    Ok(true)
}

/// Replays, under pens already held, what another process appended and did not live to commit: a line sealed without it
/// would take its place. Whoever holds the pens is the only one who appends.
pub fn overtake(pen: &mut Pen<'_>, vault: &Vault, journals: &[JournalId]) -> Result<(), Error> {
    for journal in journals {
        let mut tails = BTreeSet::new();
        for volume in vault.reachable() {
            tails.insert(vault.segment_tail(volume, journal)?.map(|tail| (tail.day, tail.line)));
        }
        let known = pen.head(journal)?;
        let last =
            tails.iter().flatten().map(|(_, line)| record::line::from_json(line)).collect::<Result<Vec<_>, _>>()?;
        if last.iter().all(|line| line.position < known.length) {
            continue;
        }
        tracing::warn!(%journal, "lines that a dead process appended are replayed");
        vault.level(journal)?;
        let Some(volume) = vault.reachable().first().copied() else { continue };
        let first = known.at.map(Timestamp::day);
        let mut days: Vec<NaiveDate> =
            vault.segments(volume)?.into_iter().filter(|(of, _)| of == journal).map(|(_, day)| day).collect();
        days.sort_unstable();
        for day in days.into_iter().filter(|day| first.is_none_or(|first| *day >= first)) {
            for text in vault.read_segment(volume, journal, day)? {
                replay_line(pen, vault, &record::line::from_json(&text?)?)?;
            }
        }
    }
    Ok(())
}

/// Writes the rows that a line stands for.
fn apply(pen: &mut Pen<'_>, vault: &Vault, line: &Line) -> Result<(), Error> {
    let Some(fact) = Fact::read(&line.event)? else { return Ok(()) };
    let tenant = line.journal.tenant().cloned();
    let tenant =
        || tenant.clone().ok_or_else(|| Error::Inconsistent(format!("{} is no tenant's journal", line.journal)));
    match fact {
        Fact::TenantCreated(fact) => {
            let (id, name, archival_agency) = (fact.tenant, fact.name, fact.archival_agency);
            Ok(pen.insert_tenant(&Tenant { id, name, archival_agency, created_at: line.at })?)
        }
        Fact::CredentialIssued(fact) => {
            let tenant = tenant()?;
            let label = label_of(vault, &tenant, fact.actor)?;
            let actor = Actor { id: fact.actor, tenant, permissions: fact.permissions };
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
        Fact::Received(fact) => received(pen, vault, &tenant()?, &fact, line),
        Fact::AwaitingValidation(fact) => {
            advanced(pen, vault, &tenant()?, fact.transfer, TransferStatus::AwaitingValidation { since: line.at }, line)
        }
        Fact::Accepted(fact) => accepted(pen, vault, &tenant()?, &fact),
        Fact::Refused(fact) => advanced(
            pen,
            vault,
            &tenant()?,
            fact.transfer,
            TransferStatus::Refused { reply: fact.reply, at: line.at },
            line,
        ),
        Fact::ContentRead(_) | Fact::Delivered(_) | Fact::VolumeRepaired(_) => Ok(()),
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

fn accepted(pen: &mut Pen<'_>, vault: &Vault, tenant: &TenantId, fact: &Accepted) -> Result<(), Error> {
    let object = OcflId::Archive { tenant: tenant.clone(), archive: fact.archive, generation: fact.generation };
    let record = archive_json::read(vault.open_file(&object, &Name::from("archive.json"))?.verified()?)?;
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

/// Whether the catalog accepted a version that an unsettled batch made visible.
pub fn is_accepted(store: &Store, vault: &Vault, intended: &Intended) -> Result<bool, Error> {
    match &intended.object {
        OcflId::Archive { tenant, archive, .. } => {
            let kept = store.holdings(tenant).archive(*archive)?;
            Ok(kept.is_some_and(|kept| kept.inventory == intended.inventory))
        }
        // A record's version that no line names holds nothing that anybody was told; keeping it harms nothing, while
        // removing one that a line names would lose it. One that is whole nowhere has no line: lines come after it.
        OcflId::Record { .. } => Ok(vault.holds(intended)),
    }
}

/// Whether the catalog knows an object at all.
pub fn is_known(store: &Store, object: &OcflId) -> Result<bool, Error> {
    match object {
        OcflId::Archive { tenant, archive, .. } => Ok(store.holdings(tenant).archive(*archive)?.is_some()),
        OcflId::Record { .. } => Ok(true),
    }
}
