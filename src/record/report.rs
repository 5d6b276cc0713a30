//! What an examination found, as one JSON line that others script against, and the whole list as JSON Lines.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        check::{Finding, Outcome, Report, Verdict},
        id::ArchiveId,
    },
    record::{
        Error,
        form::{self, Written, mirrored},
        jsonl,
    },
};

/// What is kept of a report: its verdict, the findings up to its limit per code, and how many of each code there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The verdict.
    pub verdict: Verdict,
    /// The findings kept, in the order they were found.
    pub findings: Vec<Finding>,
    /// How many findings of each code, kept or not.
    pub totals: BTreeMap<String, u64>,
}

impl From<&Report> for Summary {
    fn from(report: &Report) -> Self {
        Self { verdict: report.verdict(), findings: report.findings().to_vec(), totals: report.totals().clone() }
    }
}

/// The report on `package` as one JSON object on one line, without a line feed; its keys are `package`, `verdict`,
/// `findings` and `totals`, in this order, then `archive` when a deposit was accepted.
pub fn to_json(package: &str, archive: Option<ArchiveId>, summary: &Summary) -> Result<String, Error> {
    let Summary { verdict, findings, totals } = summary;
    Ok(serde_json::to_string(&ReportForm { package, verdict: *verdict, findings: Written(findings), totals, archive })?)
}

/// Writes one finding as a line of `report.jsonl`.
pub fn write_finding(finding: &Finding, out: impl Write) -> Result<(), Error> {
    jsonl::write(finding, out)
}

/// Reads the findings of `report.jsonl` one by one, to the end or the first error.
pub fn findings(text: impl Read) -> impl Iterator<Item = Result<Finding, Error>> {
    jsonl::read(text)
}

#[derive(Serialize)]
struct ReportForm<'a> {
    package: &'a str,
    #[serde(with = "form")]
    verdict: Verdict,
    findings: Written<'a, Vec<Finding>>,
    totals: &'a BTreeMap<String, u64>,
    #[serde(with = "form", skip_serializing_if = "Option::is_none")]
    archive: Option<ArchiveId>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Summary", deny_unknown_fields)]
struct SummaryForm {
    #[serde(with = "form")]
    verdict: Verdict,
    #[serde(with = "form", default)]
    findings: Vec<Finding>,
    #[serde(default)]
    totals: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Finding", deny_unknown_fields)]
struct FindingForm {
    code: String,
    #[serde(with = "form")]
    outcome: Outcome,
    place: String,
    message: String,
}

mirrored! { Summary => SummaryForm, Finding => FindingForm }

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut report = Report::new(1);
        for place in ["content/1.pdf", "content/2.pdf"] {
            report.add(Finding {
                code: "CHECK_DIGEST.INVALID".to_owned(),
                outcome: Outcome::Ko,
                place: place.to_owned(),
                message: "L’empreinte du fichier ne correspond pas.".to_owned(),
            });
        }
        report
    }

    #[test]
    fn the_line_that_others_script_against_is_pinned() {
        let archive = "01939e6c-0000-7000-8000-000000000001".parse().ok();
        assert_eq!(
            to_json("a.zip", None, &Summary::from(&report())).unwrap(),
            "{\"package\":\"a.zip\",\"verdict\":\"refused\",\"findings\":[{\"code\":\"CHECK_DIGEST.INVALID\",\
             \"outcome\":\"KO\",\"place\":\"content/1.pdf\",\"message\":\"L’empreinte du fichier ne correspond pas.\"}],\
             \"totals\":{\"CHECK_DIGEST.INVALID\":2}}"
        );
        assert_eq!(
            to_json("a.zip", archive, &Summary::from(&Report::new(1))).unwrap(),
            "{\"package\":\"a.zip\",\"verdict\":\"accepted\",\"findings\":[],\"totals\":{},\
             \"archive\":\"01939e6c-0000-7000-8000-000000000001\"}"
        );
    }

    #[test]
    fn the_whole_list_comes_back_line_by_line() {
        let listed: Vec<_> = (0..3).map(|_| report().findings()[0].clone()).collect();
        let mut text = Vec::new();
        for finding in &listed {
            write_finding(finding, &mut text).unwrap();
        }
        assert_eq!(text.split(|byte| *byte == b'\n').count(), 4);
        assert_eq!(findings(text.as_slice()).collect::<Result<Vec<_>, _>>().unwrap(), listed);
    }

    #[test]
    fn reading_stops_at_the_first_line_that_is_wrong_and_names_it() {
        let mut text = Vec::new();
        write_finding(&report().findings()[0], &mut text).unwrap();
        text.extend(b"{\"code\":\"A\",\"outcome\":\"PERHAPS\",\"place\":\"\",\"message\":\"\"}\nnever read\n");
        let read: Vec<_> = findings(text.as_slice()).collect();
        assert_eq!(read.len(), 2);
        assert!(matches!(read[1], Err(Error::Line { line: 2, .. })));
    }
}
