//! What leaves is put into a package; that it was sent is journalled with the package's digest, and its manifest is kept
//! with the plan, to hold the receiver's answer against.

use std::io::{self, Seek, Write};

use crate::{
    archive::{
        Archive,
        deliver::{Asked, Delivered, Errand, Letter, Parcel, Pass},
        departures::{DepartureError, SENT, record_of},
        error::Error,
        ingest::seal,
        replay,
        writer::Act,
    },
    digest::Hasher,
    domain::{
        archive::Part,
        digest::Digest,
        disposal::{Disposal, DisposalState, Disposition, Doomed},
        id::{DisposalId, Id},
        mandate::{Dispose, Mandate},
        name::Name,
        seda::SedaVersion,
        tenant::TenantId,
    },
    record::facts::{Fact, disposal::DisposalSent},
};

/// How units are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sending {
    /// The version of the message; that of the units when none. Another is taken only where everything can be said in it.
    pub version: Option<SedaVersion>,
    /// The receiver's `ArchivalAgreement`.
    pub agreement: Option<String>,
    /// The request that a restitution answers (`MessageRequestIdentifier`); the plan when none.
    pub request: Option<String>,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What the package holds.
    pub delivered: Delivered,
    /// Its digest.
    pub package: Digest,
    /// Its length in bytes.
    pub size: u64,
}

impl Archive {
    /// Writes the package of a plan to `out`, and journals that it was sent. Sent again before an answer, it is the same
    /// message, to the byte.
    pub fn send(
        &self,
        by: &Mandate<Dispose>,
        id: DisposalId,
        sending: &Sending,
        out: impl Write,
    ) -> Result<Sent, DepartureError> {
        let (plan, mut parcel) = self.departing(by.tenant(), id, sending)?;
        let mut out = Measured::new(out)?;
        self.write_parcel(by.tenant(), &mut parcel, true, None, &mut out)?;
        let (package, size) = out.finish()?;
        self.journal_sending(by, &plan, &mut parcel, package, size)
    }

    /// The parcel of a plan, once it is certain that nothing of it changed and nothing is held.
    pub(super) fn departing(
        &self,
        tenant: &TenantId,
        id: DisposalId,
        sending: &Sending,
    ) -> Result<(Disposal, Parcel), DepartureError> {
        let (plan, receiver) = self.departure(tenant, id, &[DisposalState::Planned, DisposalState::Sent])?;
        let (holdings, today) = (self.store.holdings(tenant), self.clock.now().legal_day());
        let mut asked = Asked::new();
        for doomed in self.doomed(tenant, &plan)? {
            let kept = holdings.archive(doomed.archive).map_err(Error::from)?;
            let stands = kept
                .is_some_and(|kept| kept.inventory == doomed.inventory && kept.archive.generation == doomed.generation);
            if !stands {
                return Err(DepartureError::Changed(doomed.archive));
            }
            let held = self.held(tenant, doomed.archive, today)?;
            if let Some(unit) = doomed.units.iter().find(|unit| held.contains_key(unit)) {
                return Err(DepartureError::Held(*unit));
            }
            if plan.disposition == Disposition::Restitution {
                self.ensure_theirs(tenant, &doomed, &receiver)?;
            }
            asked.insert(doomed.archive, doomed.units.into_iter().collect());
        }
        let own = plan.id.to_string();
        let letter = match plan.disposition {
            Disposition::Restitution => {
                Letter::Restitution { request: sending.request.as_deref().unwrap_or(&own), agency: &receiver }
            }
            _ => Letter::Transfer { receiver: &receiver, agreement: sending.agreement.as_deref() },
        };
        let identifier = plan.sent.as_ref().map_or_else(|| Id::mint(self.clock.now()), |sent| sent.message);
        let errand = Errand {
            asked,
            with_descendants: false,
            limit: usize::MAX,
            version: sending.version,
            identifier,
            letter,
            pass: Pass::House,
        };
        let parcel = self.parcel(tenant, errand)?;
        Ok((plan, parcel))
    }

    /// Nothing goes back to an agency that is another's.
    fn ensure_theirs(&self, tenant: &TenantId, doomed: &Doomed, agency: &str) -> Result<(), DepartureError> {
        for part in self.parts(tenant, doomed.archive)? {
            if let Part::Unit(unit) = part?
                && doomed.units.contains(&unit.id)
                && unit.content.originating_agency.as_deref() != Some(agency)
            {
                return Err(DepartureError::NotTheirs(unit.id));
            }
        }
        Ok(())
    }

    /// Journals that a package was sent, unless that very package was before.
    pub(super) fn journal_sending(
        &self,
        by: &Mandate<Dispose>,
        plan: &Disposal,
        parcel: &mut Parcel,
        package: Digest,
        size: u64,
    ) -> Result<Sent, DepartureError> {
        let delivered = parcel.delivered.clone();
        let sent = Sent { delivered, package, size };
        let is_again =
            plan.sent.as_ref().is_some_and(|one| one.package == package && one.message == sent.delivered.message);
        if is_again {
            return Ok(sent);
        }
        let tenant = by.tenant();
        let _one_at_a_time = self.records();
        let mut staging = self.vault.new_version(&record_of(tenant, plan.id)?).map_err(Error::from)?;
        staging.remove(&Name::from(SENT));
        parcel.manifest.rewind()?;
        staging.put(&Name::from(SENT), &mut parcel.manifest, &[]).map_err(Error::from)?;
        let staged = staging.finish("Envoi", "cartulaire", self.clock.now()).map_err(Error::from)?;
        let fact = DisposalSent { disposal: plan.id, message: sent.delivered.message, package, size };
        let (owner, who, id, clock) = (tenant.clone(), by.actor(), plan.id, self.clock.clone());
        let stands = self.writer.commit(Act {
            objects: vec![staged],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let state = pen.disposal(&owner, id)?.map(|plan| plan.state);
                if !matches!(state, Some(DisposalState::Planned | DisposalState::Sent)) {
                    return Ok(false);
                }
                lines.push(seal(pen, &owner, &Fact::DisposalSent(fact.clone()), Some(who), clock.now())?);
                replay::disposals::sent(pen, &owner, &fact)?;
                Ok(true)
            }),
        })?;
        if stands { Ok(sent) } else { Err(DepartureError::State(plan.state)) }
    }
}

/// A writer that measures what passes.
pub(super) struct Measured<W> {
    out: W,
    hasher: Hasher,
}

impl<W: Write> Measured<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        Ok(Self { out, hasher: Hasher::new(&[])? })
    }

    /// The digest and the length of what passed.
    pub(super) fn finish(self) -> io::Result<(Digest, u64)> {
        let (_, digest, size) = self.into_parts()?;
        Ok((digest, size))
    }

    /// What was written to, with the digest and the length of what passed.
    pub(super) fn into_parts(self) -> io::Result<(W, Digest, u64)> {
        let digests = self.hasher.finish()?;
        Ok((self.out, digests.sha512(), digests.size()))
    }
}

impl<W: Write> Write for Measured<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or(bytes))?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
