//! A tenant that was taken over: its rows, from the lines that it brought, as the line that tells the take-over replays
//! them: at the take-over itself as at every rebuild.

use std::collections::HashMap;

use crate::{
    archive::{
        brought::{self, BroughtLog},
        error::Error,
        replay::apply::apply,
        sealed,
    },
    domain::{
        journal::{JournalId, Line},
        tenant::{Tenant, TenantId},
    },
    record::facts::{Fact, takeover::TenantTaken},
    store::{Pen, Seam},
    vault::Vault,
};

/// Writes the rows of the tenant, of where its journals change logs, and of every line that it brought.
pub fn tenant_taken(pen: &mut Pen<'_>, vault: &Vault, fact: &TenantTaken) -> Result<(), Error> {
    let (id, name, archival_agency) = (fact.tenant.clone(), fact.name.clone(), fact.archival_agency.clone());
    pen.insert_tenant(&Tenant { id, name, archival_agency, created_at: fact.created_at })?;
    let logs = brought::logs(vault, &fact.tenant)?;
    if logs.last().is_none_or(|last| (last.number, last.inventory) != (fact.log, fact.inventory)) {
        return Err(inconsistent(&fact.tenant, "does not have the log that its take-over tells"));
    }
    let seams = seams(&fact.tenant, &logs);
    seams.iter().try_for_each(|seam| pen.insert_seam(seam))?;
    let mut take = |line: &Line| -> Result<(), Error> {
        let seam = seams.iter().find(|seam| seam.journal == line.journal && line.position < seam.until);
        let Some(seam) = seam else { return Ok(()) };
        // The last lines that it brought may have been sealed here since.
        if line.position < pen.head(&line.journal)?.length {
            return Ok(());
        }
        pen.replay_foreign(line, seam.number)?;
        apply(pen, vault, &placed(line, fact.rank)?)
    };
    sealed::lines_of_tenant(vault, brought::volume(vault)?, &fact.tenant, &mut |line| take(&line))?;
    for log in &logs {
        log.tail(vault, &mut |line, _| take(&line))?;
    }
    for end in logs.last().into_iter().flat_map(|last| &last.told.journals) {
        let head = pen.head(&end.journal)?;
        if (head.length, head.digest) != (end.length, end.head) {
            return Err(inconsistent(&fact.tenant, "does not have all the lines that it brought"));
        }
    }
    Ok(())
}

/// A line as this installation reads it: an archive's rank is the one that it has here.
fn placed(line: &Line, rank: u64) -> Result<Line, Error> {
    let Some(Fact::Accepted(mut fact)) = Fact::read(&line.event)? else { return Ok(line.clone()) };
    fact.sequence = rank.saturating_add(fact.number);
    Ok(Line { event: Fact::Accepted(fact).event(line.event.actor)?, ..line.clone() })
}

/// Where the tenant's journals pass from one of the logs to the next, and at last to our own.
fn seams(tenant: &TenantId, logs: &[BroughtLog]) -> Vec<Seam> {
    let mut seams = Vec::new();
    for journal in [JournalId::Events(tenant.clone()), JournalId::LifeCycle(tenant.clone())] {
        let mut from = 0;
        for log in logs {
            let end = log.told.journal(&journal).filter(|end| end.length > from);
            if let Some((end, first)) = end.and_then(|end| Some((end, end.first?))) {
                from = end.length;
                seams.push(Seam { journal: journal.clone(), until: from, number: log.number, first });
            }
        }
    }
    seams
}

fn inconsistent(tenant: &TenantId, what: &str) -> Error {
    Error::Inconsistent(format!("the tenant {tenant}, which was taken over, {what}"))
}

/// Which sealed lines tenants brought with them, looked up once per tenant.
#[derive(Default)]
pub struct Brought(HashMap<TenantId, Option<BroughtLog>>);

impl Brought {
    /// Whether the line's tenant brought it.
    pub fn has(&mut self, vault: &Vault, line: &Line) -> Result<bool, Error> {
        let Some(tenant) = line.journal.tenant() else { return Ok(false) };
        if !self.0.contains_key(tenant) {
            self.0.insert(tenant.clone(), brought::logs(vault, tenant)?.pop());
        }
        let last = self.0.get(tenant).and_then(Option::as_ref);
        let end = last.and_then(|log| log.told.journal(&line.journal));
        Ok(end.is_some_and(|end| line.position < end.length))
    }
}
