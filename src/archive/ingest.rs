//! From a package to what becomes of it: examines it while its bytes are written aside on every volume, then keeps,
//! refuses, or lets it wait for a person, each as one act of the writer.

use std::{
    cell::{Cell, RefCell},
    io::Read,
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        error::Error,
        examine::{
            self, Examination, header,
            question::{Fault, finding},
            terms::Terms,
        },
        keep::as_received,
        messages,
        writer::{Act, TransferPapers},
    },
    digest::{self, Digests},
    domain::{
        archive::Header,
        check::Outcome,
        clock::Timestamp,
        digest::Algorithm,
        id::{ActorId, ArchiveId, Id},
        journal::Line,
        name::Name,
        seda::{Dialect, SedaVersion},
        tenant::TenantId,
        transfer::{Transfer, TransferKey, TransferStatus},
    },
    package::open::Source,
    record::{
        facts::{self, Fact},
        report::{self, Summary},
        transfer_json,
    },
    store::{Pen, Registered},
    vault::{error::PutError, layout::OcflId, staging::Staging},
};

/// The code of a refusal by a person.
pub const VALIDATION_REFUSED: &str = "VALIDATION.REFUSED";

/// How a transfer comes into the catalog: as a new row, or as the next state of one that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// It was never told before: its reception and its outcome are one act.
    New,
    /// It stands in the catalog.
    Standing {
        /// The state that it leaves.
        from: TransferStatus,
    },
}

/// A package that was examined while its bytes were staged.
pub struct Examined {
    /// What was found.
    pub examination: Examination,
    /// The staged bytes; `None` once something refuses.
    pub(super) staging: Option<Staging>,
    pub(super) archive: ArchiveId,
    /// Every finding, one JSON line each.
    pub(super) findings: SpooledTempFile,
}

impl Examined {
    /// Adds the refusal of a person to what was found.
    pub fn refuse_by_hand(&mut self, reason: &str) -> Result<(), Error> {
        let finding = finding(VALIDATION_REFUSED, Outcome::Ko, Fault::at("", reason));
        report::write_finding(&finding, &mut self.findings)?;
        self.examination.report.add(finding);
        self.staging = None;
        Ok(())
    }

    /// What is kept of the report.
    pub fn summary(&self) -> Summary {
        Summary::from(&self.examination.report)
    }

    /// The key and version of the transfer, when its manifest could be read.
    pub fn key(&self) -> (Option<TransferKey>, Option<SedaVersion>) {
        match &self.examination.submission {
            Some(submission) => (key_of(&submission.survey.header), submission.version),
            None => (None, None),
        }
    }
}

/// The key that a manifest gives to its transfer; `None` when one of its halves is blank.
pub fn key_of(header: &Header) -> Option<TransferKey> {
    let filled = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
    Some(TransferKey {
        transferring_agency: filled(&header.transferring_agency)?,
        message_identifier: filled(&header.message_identifier)?,
    })
}

/// What became of a transfer, and what was found.
#[derive(Debug)]
pub struct Settled {
    /// The transfer in its new state.
    pub transfer: Transfer,
    /// What was found; `None` when the answer is an earlier one.
    pub summary: Option<Summary>,
}

impl Archive {
    /// Examines a package while its bytes are written aside on every volume, until something refuses.
    pub(super) fn examine_staging(&self, transfer: &Transfer, source: Source) -> Result<Examined, Error> {
        let archive = Id::mint(self.clock.now());
        let object = OcflId::archive(transfer.tenant.clone(), archive);
        let staging = RefCell::new(Some(self.vault.stage(&object)?));
        let refused = Cell::new(false);
        let mut findings = self.work_file();
        let mut unwritten = None;
        let referentials = self.referentials(&transfer.tenant)?;
        let resolve = |attachment: &_| self.designated(&transfer.tenant, attachment);
        let terms = Terms { resolve: Some(&resolve), ..Terms::blank(&referentials, &Dialect::ALL) };
        let examination = examine::examine(
            source,
            &terms,
            &self.limits,
            &mut |finding| {
                refused.set(refused.get() || finding.outcome == Outcome::Ko);
                unwritten = unwritten.take().or(report::write_finding(finding, &mut findings).err());
            },
            &mut |name, bytes, algorithms| take(&mut staging.borrow_mut(), refused.get(), name, bytes, algorithms),
        )?;
        if let Some(error) = unwritten {
            return Err(error.into());
        }
        let staging = staging.into_inner().filter(|_| examination.report.passes());
        Ok(Examined { examination, staging, archive, findings })
    }

    /// Whether the agreement asks for a person before this package is kept.
    pub(super) fn awaits_a_person(&self, transfer: &Transfer, examined: &Examined) -> Result<bool, Error> {
        let Some(submission) = &examined.examination.submission else { return Ok(false) };
        let referentials = self.referentials(&transfer.tenant)?;
        let terms = Terms::blank(&referentials, &Dialect::ALL);
        Ok(examined.examination.report.passes() && header::awaits_a_person(&terms, &submission.survey.header))
    }

    /// Keeps what passed its examination, or refuses it; in both cases as one act.
    pub(super) fn settle(&self, transfer: Transfer, examined: Examined, entrance: &Entrance) -> Result<Settled, Error> {
        let (key, version) = examined.key();
        let transfer = Transfer { key: key.or(transfer.key), version: version.or(transfer.version), ..transfer };
        if examined.staging.is_some() {
            self.keep(&transfer, examined, entrance)
        } else {
            self.refuse(transfer, examined, entrance)
        }
    }

    /// Lets a transfer wait for a person: its package stands on every volume from then on.
    pub(super) fn stand_by(
        &self,
        transfer: Transfer,
        examined: &Examined,
        entrance: &Entrance,
    ) -> Result<Settled, Error> {
        self.vault.mirror(transfer.id)?;
        let waiting = Transfer { status: TransferStatus::AwaitingValidation { since: self.clock.now() }, ..transfer };
        let header = examined.examination.submission.as_ref().map(|submission| submission.survey.header.clone());
        let papers = Self::papers(&waiting, &header.unwrap_or_default())?;
        let is_new = *entrance == Entrance::New;
        let (row, entrance, clock) = (waiting.clone(), entrance.clone(), self.clock.clone());
        let stands = self.writer.commit(Act {
            objects: Vec::new(),
            papers: vec![papers],
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let now = clock.now();
                if !enter(&row, &entrance, pen, lines, now)? {
                    return Ok(false);
                }
                let fact = Fact::AwaitingValidation(facts::life_cycle::AwaitingValidation { transfer: row.id });
                lines.push(seal(pen, &row.tenant, &fact, Some(row.by), now)?);
                Ok(true)
            }),
        })?;
        if stands {
            Ok(Settled { transfer: waiting, summary: Some(examined.summary()) })
        } else {
            self.superseded(&waiting, is_new)
        }
    }

    /// The papers that every transfer has until it is accepted: what it is, and its acknowledgement.
    pub(super) fn papers(transfer: &Transfer, header: &Header) -> Result<TransferPapers, Error> {
        let mut facts = Vec::new();
        transfer_json::write(transfer, &mut facts)?;
        Ok(TransferPapers {
            tenant: transfer.tenant.clone(),
            day: transfer.received_at.day(),
            transfer: transfer.id,
            files: vec![
                (transfer_json::FILE, facts),
                ("acknowledgement.xml", messages::acknowledgement(transfer, header)?),
            ],
        })
    }

    /// The answer once the act was committed; an act that found another in its place answers with that one.
    pub(super) fn settled(
        &self,
        stands: bool,
        transfer: Transfer,
        summary: Summary,
        is_new: bool,
    ) -> Result<Settled, Error> {
        if stands {
            self.discard(&transfer);
            return Ok(Settled { transfer, summary: Some(summary) });
        }
        self.superseded(&transfer, is_new)
    }

    /// Lets go of a package that nobody waits for any more.
    fn discard(&self, transfer: &Transfer) {
        if let Err(error) = self.vault.discard(transfer.id) {
            tracing::warn!(%error, transfer = %transfer.id, "a package stays in pending that nobody waits for");
        }
    }

    /// The answer that came first. A transfer that never stood leaves nothing.
    fn superseded(&self, transfer: &Transfer, is_new: bool) -> Result<Settled, Error> {
        if is_new {
            self.discard(transfer);
        }
        let holdings = self.store.holdings(&transfer.tenant);
        let earlier = match &transfer.key {
            Some(key) => holdings.transfer_by_key(key)?,
            None => holdings.transfer(transfer.id)?,
        };
        let earlier = earlier.ok_or_else(|| Error::Inconsistent(format!("transfer {} has no state", transfer.id)))?;
        Ok(Settled { transfer: earlier, summary: None })
    }
}

/// Writes the transfer's row in its new state, with its reception's line when it was never told; `false` when another
/// came first.
pub(super) fn enter(
    transfer: &Transfer,
    entrance: &Entrance,
    pen: &mut Pen<'_>,
    lines: &mut Vec<Line>,
    now: Timestamp,
) -> Result<bool, Error> {
    match entrance {
        Entrance::New => {
            if let Registered::Known(_) = pen.insert_transfer(transfer)? {
                return Ok(false);
            }
            let fact = Fact::Received(facts::life_cycle::Received {
                acknowledgement: transfer.acknowledgement,
                key: None,
                package: transfer.package.digest,
                size: transfer.package.size,
                transfer: transfer.id,
                version: transfer.version,
            });
            lines.push(seal(pen, &transfer.tenant, &fact, Some(transfer.by), now)?);
            Ok(true)
        }
        Entrance::Standing { from } => Ok(pen.advance_transfer(transfer, from)?),
    }
}

/// Seals a fact as the next line of the journal it belongs to.
pub(super) fn seal(
    pen: &mut Pen<'_>,
    tenant: &TenantId,
    fact: &Fact,
    actor: Option<ActorId>,
    now: Timestamp,
) -> Result<Line, Error> {
    let salt = digest::random()?;
    Ok(pen.seal(&fact.chain().within(tenant), fact.event(actor)?, now, salt)?)
}

/// Takes an entry's bytes to the staging, or only hashes them once something refuses.
fn take(
    staging: &mut Option<Staging>,
    refused: bool,
    name: &Name,
    bytes: &mut dyn Read,
    algorithms: &[Algorithm],
) -> Result<Option<(u64, Digests)>, Error> {
    if refused {
        *staging = None;
    }
    let Some(staging) = staging else {
        return Ok(digest::of(bytes, algorithms).ok().map(|digests| (digests.size(), digests)));
    };
    match staging.put(&as_received(name), bytes, algorithms) {
        Ok(written) => Ok(Some((written.size, written.digests))),
        Err(PutError::Source(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
