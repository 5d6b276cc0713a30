//! Refusing: the papers that say why stand on every volume before anybody is told.

use std::{
    collections::BTreeMap,
    io::{Read, Seek},
};

use crate::{
    archive::{
        Archive,
        error::Error,
        ingest::{Entrance, Examined, Settled, enter, seal},
        messages,
        writer::Act,
    },
    digest,
    domain::{
        clock::Timestamp,
        digest::Digest,
        id::Id,
        journal::Line,
        transfer::{Transfer, TransferStatus},
    },
    record::facts::{self, Fact},
    store::Pen,
};

impl Archive {
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
            work: Box::new(move |pen, lines| refusing(&transfer, report, totals, &entrance, pen, lines, clock.now())),
        })?;
        self.settled(stands, refused, summary, is_new)
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
