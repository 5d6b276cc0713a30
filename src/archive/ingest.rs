//! From a package to an archive or a refusal: examines it while its bytes are written aside on every volume, writes
//! what must stand beside them, and hands one act to the writer.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io::{BufReader, BufWriter, Read, Seek, Write},
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        describe::{self, Minted},
        error::Error,
        examine::{
            self, Examination, Submission, header,
            question::{Fault, finding},
            terms::Terms,
        },
        messages,
        writer::{Act, TransferPapers},
    },
    digest::{self, Digests},
    domain::{
        self,
        archive::Header,
        check::{Outcome, Verdict},
        clock::Timestamp,
        digest::{Algorithm, Digest},
        id::{ActorId, ArchiveId, Id},
        journal::{JournalId, Line},
        name::Name,
        seda::{Dialect, SedaVersion},
        tenant::TenantId,
        transfer::{Transfer, TransferKey, TransferStatus},
    },
    package::open::Source,
    record::{
        archive_json::{self, ArchiveRecord},
        description,
        facts::{self, Fact},
        report::{self, Summary},
        transfer_json,
    },
    store::{Kept, Pen, Registered},
    vault::{error::PutError, layout::OcflId, staging::Staging},
};

/// The folder of an archive's object that holds the package's entries under the names they came with.
pub const AS_RECEIVED: &str = "transfer/";

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
    staging: Option<Staging>,
    archive: ArchiveId,
    /// Every finding, one JSON line each.
    findings: SpooledTempFile,
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

    fn keep(&self, transfer: &Transfer, examined: Examined, entrance: &Entrance) -> Result<Settled, Error> {
        let summary = examined.summary();
        let Examined { examination, staging, archive, .. } = examined;
        let (Some(mut staging), Some(submission)) = (staging, examination.submission) else {
            return Err(Error::Inconsistent("a package that passed has no submission".to_owned()));
        };
        put_manifest(&mut staging, &submission)?;
        let (record, mut parts) = self.described(transfer, archive, &submission, summary.clone())?;
        let report = examination.report;
        drop(submission);
        let mut header = Vec::new();
        archive_json::write(&record, &mut header)?;
        staging.put_bytes("archive.json", &header)?;
        staging.put_bytes("acknowledgement.xml", &messages::acknowledgement(transfer, &record.archive.header)?)?;
        staging.put(&Name::from("description.jsonl"), &mut parts, &[])?;
        let mut reply = self.work_file();
        parts.rewind()?;
        messages::accepted(&record, &report, description::parts(BufReader::new(&mut parts)), &mut reply)?;
        reply.rewind()?;
        staging.put(&Name::from("reply.xml"), &mut reply, &[])?;
        let accepted = accepted(&record, transfer);
        let staged = staging.finish("Versement", &accepted.by.to_string(), record.archive.accepted_at)?;
        let keeping = Keeping {
            inventory: staged.inventory,
            record,
            transfer: accepted.clone(),
            parts,
            entrance: entrance.clone(),
        };
        let clock = self.clock.clone();
        let stands = self.writer.commit(Act {
            objects: vec![staged],
            papers: Vec::new(),
            spooled: Vec::new(),
            journals: vec![JournalId::LifeCycle(accepted.tenant.clone())],
            work: Box::new(move |pen, lines| keeping.write(pen, lines, clock.now())),
        })?;
        self.settled(stands, accepted, summary, *entrance == Entrance::New)
    }

    /// The archive's header and its description, written to a work file that stands at its beginning.
    fn described(
        &self,
        transfer: &Transfer,
        archive: ArchiveId,
        submission: &Submission,
        examination: Summary,
    ) -> Result<(ArchiveRecord, SpooledTempFile), Error> {
        let now = self.clock.now();
        let minted = Minted::of(&submission.survey, now);
        let mut parts = self.work_file();
        let mut out = BufWriter::new(&mut parts);
        describe::describe(submission, &minted, &self.limits, &mut |part| {
            Ok(description::write_part(&part, &mut out)?)
        })?;
        out.flush()?;
        drop(out);
        parts.rewind()?;
        let bytes = submission.arrived.iter().flatten().map(|arrived| arrived.size).sum();
        let passed = || Error::Inconsistent("a manifest that passed has no version or dialect".to_owned());
        let archive = domain::archive::Archive {
            id: archive,
            tenant: transfer.tenant.clone(),
            generation: 1,
            transfer: transfer.id,
            version: submission.version.ok_or_else(passed)?,
            dialect: submission.dialect.ok_or_else(passed)?,
            header: submission.survey.header.clone(),
            accepted_at: now,
            counts: minted.counts(bytes),
        };
        let record = ArchiveRecord {
            archive,
            package: transfer.package.clone(),
            manifest: submission.manifest.clone(),
            deposited_by: transfer.by,
            received_at: transfer.received_at,
            acknowledgement: transfer.acknowledgement,
            reply: Id::mint(now),
            examination,
        };
        Ok((record, parts))
    }

    /// Refuses: the papers that say why stand on every volume before anybody is told.
    pub(super) fn refuse(
        &self,
        transfer: Transfer,
        mut examined: Examined,
        entrance: &Entrance,
    ) -> Result<Settled, Error> {
        let summary = examined.summary();
        let at = self.clock.now();
        let header = examined.examination.submission.as_ref().map(|submission| submission.survey.header.clone());
        let header = header.unwrap_or_default();
        let refused = Transfer { status: TransferStatus::Refused { reply: Id::mint(at), at }, ..transfer };
        let mut findings = Vec::new();
        examined.findings.rewind()?;
        examined.findings.read_to_end(&mut findings)?;
        let report = digest::sha512(&findings);
        let mut reply = Vec::new();
        messages::refused(&refused, &header, &examined.examination.report, &mut reply)?;
        let mut papers = Self::papers(&refused, &header)?;
        papers.files.extend([("reply.xml", reply), ("report.jsonl", findings)]);
        let is_new = *entrance == Entrance::New;
        let (transfer, totals, entrance, clock) =
            (refused.clone(), summary.totals.clone(), entrance.clone(), self.clock.clone());
        let stands = self.writer.commit(Act {
            objects: Vec::new(),
            papers: vec![papers],
            spooled: Vec::new(),
            journals: vec![JournalId::LifeCycle(refused.tenant.clone())],
            work: Box::new(move |pen, lines| refusing(&transfer, report, totals, &entrance, pen, lines, clock.now())),
        })?;
        self.settled(stands, refused, summary, is_new)
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
            journals: vec![JournalId::LifeCycle(waiting.tenant.clone())],
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
    fn settled(&self, stands: bool, transfer: Transfer, summary: Summary, is_new: bool) -> Result<Settled, Error> {
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

/// A transfer in its accepted state, as the archive's own record says it.
pub(super) fn accepted(record: &ArchiveRecord, transfer: &Transfer) -> Transfer {
    Transfer {
        id: transfer.id,
        tenant: transfer.tenant.clone(),
        by: record.deposited_by,
        received_at: record.received_at,
        package: record.package.clone(),
        key: key_of(&record.archive.header),
        version: Some(record.archive.version),
        acknowledgement: record.acknowledgement,
        status: TransferStatus::Accepted {
            archive: record.archive.id,
            reply: record.reply,
            at: record.archive.accepted_at,
            with_warnings: record.examination.verdict == Verdict::Warning,
        },
    }
}

/// What an acceptance writes to the catalog.
struct Keeping {
    inventory: Digest,
    record: ArchiveRecord,
    transfer: Transfer,
    parts: SpooledTempFile,
    entrance: Entrance,
}

impl Keeping {
    fn write(mut self, pen: &mut Pen<'_>, lines: &mut Vec<Line>, now: Timestamp) -> Result<bool, Error> {
        if !enter(&self.transfer, &self.entrance, pen, lines, now)? {
            return Ok(false);
        }
        let archive = self.record.archive;
        let place = pen.next_place(&archive.tenant)?;
        let fact = Fact::Accepted(facts::life_cycle::Accepted {
            archive: archive.id,
            bytes: archive.counts.bytes,
            generation: archive.generation,
            inventory: self.inventory,
            number: place.number,
            objects: archive.counts.objects,
            reply: self.record.reply,
            sequence: place.sequence,
            transfer: archive.transfer,
            units: archive.counts.units,
            with_warnings: self.record.examination.verdict == Verdict::Warning,
        });
        self.parts.rewind()?;
        let kept = Kept { archive, place, inventory: self.inventory };
        pen.keep_archive(
            &kept,
            description::parts(BufReader::new(&mut self.parts)).map(|part| part.map_err(Error::from)),
        )?;
        lines.push(seal(pen, &self.transfer.tenant, &fact, Some(self.transfer.by), now)?);
        Ok(true)
    }
}

fn refusing(
    transfer: &Transfer,
    report: Digest,
    counts: BTreeMap<String, u64>,
    entrance: &Entrance,
    pen: &mut Pen<'_>,
    lines: &mut Vec<Line>,
    now: Timestamp,
) -> Result<bool, Error> {
    let TransferStatus::Refused { reply, .. } = transfer.status else { return Ok(false) };
    if !enter(transfer, entrance, pen, lines, now)? {
        return Ok(false);
    }
    let fact = Fact::Refused(facts::life_cycle::Refused { counts, reply, report, transfer: transfer.id });
    lines.push(seal(pen, &transfer.tenant, &fact, Some(transfer.by), now)?);
    Ok(true)
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

fn put_manifest(staging: &mut Staging, submission: &Submission) -> Result<(), Error> {
    let name = as_received(&submission.manifest);
    let put = submission.package.with_manifest(|manifest| staging.put(&name, manifest, &[]))?;
    put.map_err(|faults| Error::Inconsistent(format!("the manifest changed while it was read: {faults:?}")))??;
    Ok(())
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

/// The logical path of an entry in its archive's object.
pub fn as_received(name: &Name) -> Name {
    Name::new([AS_RECEIVED.as_bytes(), name.bytes()].concat())
}
