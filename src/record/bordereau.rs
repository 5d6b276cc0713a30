//! The lines of a *bordereau d'élimination* as CSV: semicolons and a byte-order mark, as French spreadsheets expect.

use std::io::Write;

use crate::record::{Error, disposal::ListedUnit};

/// What stands at the head of each column.
const COLUMNS: [&str; 13] = [
    "Numéro d’ordre",
    "Archive",
    "Service producteur",
    "Identifiant",
    "Intitulé",
    "Niveau",
    "Date de début",
    "Date de fin",
    "Règles (DUA)",
    "Échéance",
    "Sort final",
    "Octets",
    "Empreintes SHA-512",
];

/// Writes units that are to be destroyed, one per line.
pub struct Bordereau<W: Write> {
    csv: csv::Writer<W>,
    number: u64,
}

impl<W: Write> Bordereau<W> {
    /// Begins.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(mut out: W) -> Result<Self, Error> {
        out.write_all("\u{feff}".as_bytes()).map_err(Error::Write)?;
        let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(out);
        csv.write_record(COLUMNS)?;
        Ok(Self { csv, number: 0 })
    }

    /// Writes a unit of the archive of this number and originating agency.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn unit(&mut self, archive: u64, agency: &str, unit: &ListedUnit) -> Result<(), Error> {
        self.number += 1;
        let joined = |all: Vec<String>| all.join(" ");
        let bytes: u64 = unit.objects.iter().map(|object| object.size).sum();
        let end = unit.rules.iter().filter_map(|rule| rule.end).max();
        let row = [
            self.number.to_string(),
            archive.to_string(),
            plain(agency),
            unit.unit.to_string(),
            plain(&unit.title),
            plain(unit.level.as_deref().unwrap_or_default()),
            plain(unit.start_date.as_deref().unwrap_or_default()),
            plain(unit.end_date.as_deref().unwrap_or_default()),
            plain(&joined(unit.rules.iter().map(|rule| rule.rule.clone()).collect())),
            end.map(|day| day.to_string()).unwrap_or_default(),
            plain(&joined(unit.final_actions.clone())),
            bytes.to_string(),
            joined(unit.objects.iter().map(|object| object.digest.to_string()).collect()),
        ];
        Ok(self.csv.write_record(row)?)
    }

    /// Ends, and gives what it was written to back.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> Result<W, Error> {
        self.csv.into_inner().map_err(|error| Error::Write(error.into_error()))
    }
}

/// A text that no spreadsheet takes for a formula: an apostrophe goes before what begins like one.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{appraisal::Decision, digest::Digest};
    use crate::record::disposal::{ListedObject, ListedRule};

    #[test]
    fn a_unit_is_a_line_and_no_title_is_a_formula() {
        let unit = ListedUnit {
            unit: "01939e6c-0000-7000-8000-000000000001".parse().unwrap(),
            decision: Decision::Destroy,
            reasons: Vec::new(),
            title: "=1+1; \"vrai\" titre".to_owned(),
            level: Some("File".to_owned()),
            start_date: Some("1999".to_owned()),
            end_date: None,
            parents: Vec::new(),
            agencies: vec!["A".to_owned()],
            rules: vec![ListedRule { rule: "APP-1".to_owned(), start: None, end: "2009-01-01".parse().ok() }],
            final_actions: vec!["Destroy".to_owned()],
            objects: vec![ListedObject {
                object: "01939e6c-0000-7000-8000-000000000002".parse().unwrap(),
                digest: Digest::ZERO,
                size: 12,
            }],
        };
        let mut bordereau = Bordereau::begin(Vec::new()).unwrap();
        bordereau.unit(7, "A", &unit).unwrap();
        let text = String::from_utf8(bordereau.finish().unwrap()).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert!(text.starts_with("\u{feff}Numéro d’ordre;Archive;"));
        let expected = format!(
            "1;7;A;{};\"'=1+1; \"\"vrai\"\" titre\";File;1999;;APP-1;2009-01-01;Destroy;12;{}",
            unit.unit,
            Digest::ZERO
        );
        assert_eq!(line, expected);
    }
}
