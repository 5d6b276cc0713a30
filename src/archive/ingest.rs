//! From a package to an archive or a refusal: examines it while its bytes are written aside on every volume, writes
//! what must stand beside them, and hands one act to the writer.

use std::{
    cell::{Cell, RefCell},
    io::{Read, Seek, SeekFrom, Write},
    sync::Arc,
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive, Error,
        describe::{self, Minted},
        examine::{self, Examination, Submission, header, terms::Terms},
        messages,
        writer::Act,
    },
    digest::{self, Digests},
    domain::{
        archive as domain_archive,
        check::{Finding, Outcome, Verdict},
        digest::Algorithm,
        id::{ArchiveId, Id},
        journal::{JournalId, Line},
        name::Name,
        seda::{Dialect, SedaVersion},
        transfer::{Transfer, TransferKey, TransferStatus},
    },
    package::Source,
    record::{
        archive_json::{self, ArchiveRecord},
        description, facts,
        report::{self, Summary},
    },
    store::{Kept, Pen, Registered},
    vault::{OcflId, OwnedPapers, PutError, Spooled, Staging},
};

/// The folder of an archive's object that holds the package's entries under the names they came with.
pub const AS_RECEIVED: &str = "transfer/";

/// How a transfer comes into the catalog: as a new row, or as the next state of one that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// It was never told before: its reception and its outcome are one act.
    New,
    /// It stands in the catalog, as received or as awaiting a person.
    Standing,
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
    /// What is kept of the report.
    pub fn summary(&self) -> Summary {
        Summary::from(&self.examination.report)
    }

    /// The key and version of the transfer, when its manifest could be read.
    pub fn key(&self) -> Option<(TransferKey, Option<SedaVersion>)> {
        let submission = self.examination.submission.as_ref()?;
        Some((key_of(submission)?, submission.version))
    }
}

/// The key that a manifest gives to its transfer; `None` when one of its halves is blank.
pub fn key_of(submission: &Submission) -> Option<TransferKey> {
    let header = &submission.survey.header;
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
    pub(super) fn settle(
        &self,
        transfer: Transfer,
        examined: Examined,
        entrance: Entrance,
        spooled: Option<Arc<Spooled>>,
    ) -> Result<Settled, Error> {
        match examined.staging.is_some() && examined.examination.verdict() != Verdict::Refused {
            true => self.keep(transfer, examined, entrance, spooled),
            false => self.refuse(transfer, examined, entrance, spooled),
        }
    }

    fn keep(
        &self,
        transfer: Transfer,
        examined: Examined,
        entrance: Entrance,
        spooled: Option<Arc<Spooled>>,
    ) -> Result<Settled, Error> {
        let summary = examined.summary();
        let Examined { examination, staging, archive, .. } = examined;
        let (Some(mut staging), Some(submission)) = (staging, examination.submission) else {
            return Err(Error::Inconsistent("a package that passed has no submission".to_owned()));
        };
        let (record, mut parts) = self.describe(&transfer, archive, &submission, summary.clone())?;
        put_manifest(&mut staging, &submission)?;
        let mut header = Vec::new();
        archive_json::write(&record, &mut header)?;
        staging.put_bytes("archive.json", &header)?;
        staging.put_bytes("acknowledgement.xml", &messages::acknowledgement(&record.transfer(), &record.archive.header)?)?;
        staging.put(&Name::from("description.jsonl"), &mut parts, &[])?;
        let mut reply = self.work_file();
        parts.seek(SeekFrom::Start(0))?;
        messages::accepted(&record, description::parts(&mut parts), &mut reply)?;
        reply.seek(SeekFrom::Start(0))?;
        staging.put(&Name::from("reply.xml"), &mut reply, &[])?;
        let accepted = record.accepted_transfer(transfer.package);
        let staged = staging.finish("Versement", &accepted.by.to_string(), record.archive.accepted_at)?;
        let kept = Kept { inventory: staged.inventory, archive: record.archive, place: crate::store::Place::default() };
        let work = self.keeping(kept, accepted.clone(), entrance, parts);
        let stands = self.commit(Act {
            objects: vec![staged],
            papers: Vec::new(),
            spooled: Vec::new(),
            journals: vec![JournalId::LifeCycle(accepted.tenant.clone())],
            work,
        })?;
        self.after(stands, accepted, summary, spooled)
    }
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
