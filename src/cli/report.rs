//! What an examination or a deposit found: as the JSON line that others script against, or grouped for people.

use crate::{
    cli::{
        output::{Output, Paint},
        render,
    },
    domain::{
        check::{Finding, Outcome, Report, Verdict},
        id::ArchiveId,
        transfer::{Transfer, TransferStatus},
    },
    record::report::{self, Summary},
};

/// What there is to tell of one package.
pub(super) struct Told<'a> {
    /// The package, as the command line names it.
    pub(super) package: &'a str,
    /// What was found.
    pub(super) summary: &'a Summary,
    /// What it became, when it was deposited.
    pub(super) transfer: Option<&'a Transfer>,
}

impl Told<'_> {
    /// Writes it, as JSON when that is asked for.
    pub(super) fn write(&self, out: &mut Output<'_>) -> anyhow::Result<()> {
        if out.is_json() { Ok(out.line(self.json()?)?) } else { self.for_people(out) }
    }

    /// The line of `record::report`; a deposit's also says `transfer` and `status`.
    fn json(&self) -> anyhow::Result<String> {
        let line = report::to_json(self.package, self.archive(), self.summary)?;
        let Some(transfer) = self.transfer else { return Ok(line) };
        let open = line.strip_suffix('}').unwrap_or(&line);
        Ok(format!("{open},\"transfer\":\"{}\",\"status\":\"{}\"}}", transfer.id, transfer.status.word()))
    }

    fn archive(&self) -> Option<ArchiveId> {
        match self.transfer?.status {
            TransferStatus::Accepted { archive, .. } => Some(archive),
            _ => None,
        }
    }

    fn for_people(&self, out: &mut Output<'_>) -> anyhow::Result<()> {
        let verdict = match self.transfer.map(|transfer| &transfer.status) {
            Some(TransferStatus::AwaitingValidation { .. }) => out.painted(Paint::Yellow, "en attente de validation"),
            _ => render::verdict(self.summary.verdict, out),
        };
        out.line(format!("{verdict}  {}", out.painted(Paint::Bold, self.package)))?;
        if let Some(transfer) = self.transfer {
            out.line(format!("  transfert {}", transfer.id))?;
        }
        if let Some(archive) = self.archive() {
            out.line(format!("  archive   {archive}"))?;
        }
        for outcome in [Outcome::Ko, Outcome::Warning] {
            self.faults(outcome, out)?;
        }
        self.not_examined(out)
    }

    /// The faults of one outcome: each code once, then its places.
    fn faults(&self, outcome: Outcome, out: &mut Output<'_>) -> anyhow::Result<()> {
        let paint = if outcome == Outcome::Ko { Paint::Red } else { Paint::Yellow };
        for code in codes(&self.summary.findings, outcome) {
            let total = self.summary.totals.get(code).copied().unwrap_or_default();
            let times = if total > 1 { format!(" ({})", render::count(total)) } else { String::new() };
            out.line(format!("  {}{times}", out.painted(paint, code)))?;
            let shown: Vec<&Finding> =
                of(&self.summary.findings, outcome).filter(|finding| finding.code == code).collect();
            for finding in &shown {
                out.line(fault_line(finding))?;
            }
            let untold = total.saturating_sub(u64::try_from(shown.len())?);
            if untold > 0 {
                out.line(format!("    … et {}", render::counted(untold, "autre", "autres")))?;
            }
        }
        Ok(())
    }

    /// What was not asked, on one line: never to be read as "valid".
    fn not_examined(&self, out: &mut Output<'_>) -> anyhow::Result<()> {
        let codes = codes(&self.summary.findings, Outcome::NotExamined);
        if !codes.is_empty() {
            out.line(out.painted(Paint::Dim, &format!("  non examiné : {}", codes.join(", "))))?;
        }
        Ok(())
    }
}

/// What is kept of findings that were read back.
pub(super) fn summary_of(findings: Vec<Finding>, verdict: Verdict) -> Summary {
    let mut report = Report::new(u64::MAX);
    for finding in findings {
        report.add(finding);
    }
    Summary { verdict: report.verdict().max(verdict), ..Summary::from(&report) }
}

fn fault_line(finding: &Finding) -> String {
    match finding.place.as_str() {
        "" => format!("    {}", finding.message),
        place => format!("    {place} : {}", finding.message),
    }
}

fn of(findings: &[Finding], outcome: Outcome) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(move |finding| finding.outcome == outcome)
}

fn codes(findings: &[Finding], outcome: Outcome) -> Vec<&str> {
    let mut codes = Vec::new();
    for finding in of(findings, outcome) {
        if !codes.contains(&finding.code.as_str()) {
            codes.push(finding.code.as_str());
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let mut report = Report::new(1);
        for (code, outcome, place) in [
            ("SANITY_CHECK_SIP", Outcome::NotExamined, ""),
            ("CHECK_DIGEST.INVALID", Outcome::Ko, "content/1.pdf"),
            ("CHECK_DIGEST.INVALID", Outcome::Ko, "content/2.pdf"),
            ("CHECK_OBJECT_SIZE", Outcome::Warning, ""),
        ] {
            let (place, message) = (place.to_owned(), "C’est faux.".to_owned());
            report.add(Finding { code: code.to_owned(), outcome, place, message });
        }
        Summary::from(&report)
    }

    fn written(json: bool) -> String {
        let (mut data, mut notes) = (Vec::new(), Vec::new());
        let told = Told { package: "a.zip", summary: &summary(), transfer: None };
        told.write(&mut Output::new(&mut data, &mut notes, json, false)).unwrap();
        String::from_utf8(data).unwrap()
    }

    #[test]
    fn people_read_the_verdict_then_each_code_with_its_places() {
        assert_eq!(
            written(false),
            "refusé  a.zip\n  CHECK_DIGEST.INVALID (2)\n    content/1.pdf : C’est faux.\n    … et 1\u{a0}autre\n  \
             CHECK_OBJECT_SIZE\n    C’est faux.\n  non examiné : SANITY_CHECK_SIP\n"
        );
    }

    #[test]
    fn programs_read_one_line_of_the_contract() {
        let line = written(true);
        assert!(line.starts_with("{\"package\":\"a.zip\",\"verdict\":\"refused\",\"findings\":[{\"code\":"), "{line}");
        assert!(line.ends_with("}\n") && line.lines().count() == 1, "{line}");
    }
}
