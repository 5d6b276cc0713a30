//! Keeping: what passed its examination becomes an archive, in one act.

use std::io::{BufReader, BufWriter, Seek, Write};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        describe::{self, Minted},
        error::Error,
        examine::Submission,
        ingest::{Entrance, Examined, Settled, enter, key_of, seal},
        messages,
        writer::Act,
    },
    domain::{
        self,
        check::Verdict,
        clock::Timestamp,
        digest::Digest,
        id::{ArchiveId, Id},
        journal::Line,
        name::Name,
        transfer::{Transfer, TransferStatus},
    },
    record::{
        archive_json::{self, ArchiveRecord},
        description,
        facts::{self, Fact},
        report::Summary,
    },
    store::{Kept, Pen},
    vault::staging::Staging,
};

/// The folder of an archive's object that holds the package's entries under the names they came with.
pub const AS_RECEIVED: &str = "transfer/";

impl Archive {
    pub(super) fn keep(&self, transfer: &Transfer, examined: Examined, entrance: &Entrance) -> Result<Settled, Error> {
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

fn put_manifest(staging: &mut Staging, submission: &Submission) -> Result<(), Error> {
    let name = as_received(&submission.manifest);
    let put = submission.package.with_manifest(|manifest| staging.put(&name, manifest, &[]))?;
    put.map_err(|faults| Error::Inconsistent(format!("the manifest changed while it was read: {faults:?}")))??;
    Ok(())
}

/// The logical path of an entry in its archive's object.
pub fn as_received(name: &Name) -> Name {
    Name::new([AS_RECEIVED.as_bytes(), name.bytes()].concat())
}
