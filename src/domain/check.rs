//! Findings and reports: what an examination answers. A bad package is a normal answer made of named findings.

use std::collections::BTreeMap;

/// How an answered question came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Asked, and nothing is wrong.
    Ok,
    /// Not asked, because what it needs is not there: never to be read as "valid".
    NotExamined,
    /// Something to look at that does not refuse.
    Warning,
    /// Something that refuses.
    Ko,
}

impl Outcome {
    /// The word that stands for it in reports, messages and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::NotExamined => "not examined",
            Self::Warning => "WARNING",
            Self::Ko => "KO",
        }
    }
}

/// Something found, or the truthful note that a question was not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The question's code, as `CHECK_DIGEST.INVALID`.
    pub code: String,
    /// How it came out.
    pub outcome: Outcome,
    /// Where: an element with its line, an entry's name, an identifier; empty for the whole package.
    pub place: String,
    /// A French sentence that its reader can act on.
    pub message: String,
}

/// The verdict on a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing found.
    Accepted,
    /// Accepted, with something to look at.
    Warning,
    /// Refused.
    Refused,
}

impl Verdict {
    /// The word that stands for it in reports and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Warning => "warning",
            Self::Refused => "refused",
        }
    }
}

/// What an examination found. At most `per_code` findings of each code are kept here; all are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    per_code: u64,
    findings: Vec<Finding>,
    totals: BTreeMap<String, u64>,
    worst: Option<Outcome>,
}

impl Report {
    /// An empty report that keeps at most `per_code` findings of each code.
    pub const fn new(per_code: u64) -> Self {
        Self { per_code, findings: Vec::new(), totals: BTreeMap::new(), worst: None }
    }

    /// Adds a finding. It is counted even when there are already enough of its code to be kept.
    pub fn add(&mut self, finding: Finding) {
        self.worst = self.worst.max(Some(finding.outcome));
        let total = self.totals.entry(finding.code.clone()).or_default();
        *total += 1;
        if *total <= self.per_code {
            self.findings.push(finding);
        }
    }

    /// The verdict: refused by one KO, a warning by one warning. "Not examined" changes nothing.
    pub const fn verdict(&self) -> Verdict {
        match self.worst {
            Some(Outcome::Ko) => Verdict::Refused,
            Some(Outcome::Warning) => Verdict::Warning,
            Some(Outcome::Ok | Outcome::NotExamined) | None => Verdict::Accepted,
        }
    }

    /// Whether nothing refuses.
    pub fn passes(&self) -> bool {
        self.verdict() != Verdict::Refused
    }

    /// The findings kept, in the order they were found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How many findings there were of each code, kept or not.
    pub const fn totals(&self) -> &BTreeMap<String, u64> {
        &self.totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(code: &str, outcome: Outcome) -> Finding {
        Finding { code: code.to_owned(), outcome, place: String::new(), message: String::new() }
    }

    #[test]
    fn the_worst_finding_gives_the_verdict_and_what_was_not_examined_gives_none() {
        for (outcomes, expected) in [
            (vec![], Verdict::Accepted),
            (vec![Outcome::Ok, Outcome::NotExamined], Verdict::Accepted),
            (vec![Outcome::Warning, Outcome::NotExamined], Verdict::Warning),
            (vec![Outcome::Warning, Outcome::Ko, Outcome::Ok], Verdict::Refused),
        ] {
            let mut report = Report::new(10);
            for outcome in &outcomes {
                report.add(finding("A", *outcome));
            }
            assert_eq!(report.verdict(), expected, "{outcomes:?}");
        }
    }

    #[test]
    fn findings_past_the_limit_are_counted_and_still_refuse() {
        let mut report = Report::new(2);
        (0..5).for_each(|_| report.add(finding("A", Outcome::Warning)));
        (0..3).for_each(|_| report.add(finding("B", Outcome::Ko)));
        assert_eq!(report.findings().len(), 4);
        assert_eq!(report.totals().values().sum::<u64>(), 8);
        assert!(!report.passes());
    }
}
