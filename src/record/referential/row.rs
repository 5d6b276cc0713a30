//! Rows of named cells, and what a referential asks of them. Where rows come from is not known here.

use std::collections::HashMap;

use crate::record::referential::ImportFault;

/// Separates the values of a list within a CSV field.
pub(super) const LIST: char = '|';

/// What a referential's rows are made of.
pub(super) struct Grammar {
    /// Every column, in the order of exports.
    pub(super) columns: &'static [&'static str],
    /// The columns that a file must have.
    pub(super) required: &'static [&'static str],
    /// Whether columns of other names are passed over; otherwise a filled one is a fault.
    pub(super) free: bool,
}

/// The value of a cell. An empty one is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    List(Vec<String>),
    Number(u64),
    Flag(bool),
}

/// One row, with what is found wrong with it.
pub(super) struct Row {
    line: u64,
    cells: HashMap<&'static str, Cell>,
    faults: Vec<ImportFault>,
}

impl Row {
    /// A row without a cell, at a line of its file.
    pub(super) fn at(line: u64) -> Self {
        Self { line, cells: HashMap::new(), faults: Vec::new() }
    }

    /// Its line.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// Fills a cell.
    pub(super) fn put(&mut self, column: &'static str, cell: Cell) {
        self.cells.insert(column, cell);
    }

    /// What was found wrong.
    pub(super) fn into_faults(self) -> Vec<ImportFault> {
        self.faults
    }

    /// Notes that a column is wrong.
    pub(super) fn fault(&mut self, column: &str, message: impl Into<String>) {
        self.faults.push(ImportFault { line: self.line, column: column.to_owned(), message: message.into() });
    }

    /// The text of a cell, if it is there.
    pub(super) fn text(&mut self, column: &'static str) -> Option<String> {
        match self.cells.remove(column)? {
            Cell::Text(text) => Some(text),
            Cell::Number(number) => Some(number.to_string()),
            Cell::Flag(flag) => Some(flag.to_string()),
            Cell::List(_) => {
                self.fault(column, "une seule valeur est attendue ici, et non une liste.");
                None
            }
        }
    }

    /// The text of a cell that must be there; empty, with a fault, when it is not.
    pub(super) fn required(&mut self, column: &'static str) -> String {
        self.text(column).unwrap_or_else(|| {
            // A cell of the wrong kind has its fault already.
            let told = self.faults.iter().any(|fault| fault.column == column);
            if !told {
                self.fault(column, "cette valeur est obligatoire : renseignez-la.");
            }
            String::new()
        })
    }

    /// An identifier that must be there and fit in messages, journals and lists.
    pub(super) fn identifier(&mut self, column: &'static str) -> String {
        let identifier = self.required(column);
        self.check_identifier(column, &identifier);
        identifier
    }

    /// The values of a list: `a|b` in CSV, an array of texts in JSON.
    pub(super) fn list(&mut self, column: &'static str, separators: &[char]) -> Vec<String> {
        let values = match self.cells.remove(column) {
            None => Vec::new(),
            Some(Cell::List(values)) => values,
            Some(Cell::Text(text)) => text.split(separators).map(|value| value.trim().to_owned()).collect(),
            Some(Cell::Number(number)) => vec![number.to_string()],
            Some(Cell::Flag(flag)) => vec![flag.to_string()],
        };
        for value in &values {
            self.check_identifier(column, value);
        }
        values.into_iter().filter(|value| !value.is_empty()).collect()
    }

    /// The values of a list, each a known word.
    pub(super) fn words<T>(
        &mut self,
        column: &'static str,
        separators: &[char],
        known: &[&str],
        value: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for word in self.list(column, separators) {
            match value(&word) {
                Some(value) => values.push(value),
                None => self.unknown(column, &word, known),
            }
        }
        values
    }

    /// A known word, or `otherwise` when the cell is empty.
    pub(super) fn word<T>(
        &mut self,
        column: &'static str,
        known: &[&str],
        otherwise: T,
        value: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Some(word) = self.text(column) else { return otherwise };
        value(&word).unwrap_or_else(|| {
            self.unknown(column, &word, known);
            otherwise
        })
    }

    /// A whole number, if it is there.
    pub(super) fn number(&mut self, column: &'static str) -> Option<u64> {
        let text = self.text(column)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.fault(column, format!("« {text} » n’est pas un nombre entier positif."));
        }
        number
    }

    /// `true` or `false` (also `oui` or `non`); false when the cell is empty.
    pub(super) fn flag(&mut self, column: &'static str) -> bool {
        self.word(column, &["true", "false"], false, |word| match word.to_lowercase().as_str() {
            "true" | "oui" => Some(true),
            "false" | "non" => Some(false),
            _ => None,
        })
    }

    /// Notes that a word is not one of those known.
    pub(super) fn unknown(&mut self, column: &str, word: &str, known: &[&str]) {
        self.fault(column, format!("« {word} » n’est pas une valeur connue : choisissez parmi {}.", known.join(", ")));
    }

    fn check_identifier(&mut self, column: &str, value: &str) {
        if value.contains(|c: char| c == LIST || c.is_control()) {
            self.fault(column, "un identifiant ne peut contenir ni « | », ni saut de ligne, ni tabulation.");
        }
    }
}
