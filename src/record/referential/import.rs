//! Imports: rows out of CSV or a JSON array, turned into values one by one; everything found wrong is listed.

use std::collections::HashMap;

use serde_json::{Map, Value, value::RawValue};

use crate::record::referential::{
    ImportFault, Limits,
    row::{Cell, Grammar, Row},
};

/// The rows of an import that became values, and everything found wrong.
pub(super) struct Import<'a, T> {
    grammar: &'a Grammar,
    limits: &'a Limits,
    convert: fn(&mut Row) -> T,
    identifier: fn(&T) -> &str,
    values: Vec<T>,
    seen: HashMap<String, u64>,
    faults: Vec<ImportFault>,
    untold: usize,
    rows: usize,
}

impl<'a, T> Import<'a, T> {
    /// An import by `grammar`, whose rows `convert` turns into values that `identifier` tells apart.
    pub(super) fn new(
        grammar: &'a Grammar,
        limits: &'a Limits,
        convert: fn(&mut Row) -> T,
        identifier: fn(&T) -> &str,
    ) -> Self {
        let (values, seen, faults) = (Vec::new(), HashMap::new(), Vec::new());
        Self { grammar, limits, convert, identifier, values, seen, faults, untold: 0, rows: 0 }
    }

    /// Reads CSV.
    pub(super) fn csv(mut self, bytes: &[u8]) -> Result<Vec<T>, Vec<ImportFault>> {
        if let Some(text) = self.utf8(bytes) {
            self.csv_rows(text);
        }
        self.end()
    }

    /// Reads a JSON array of objects.
    pub(super) fn json(mut self, bytes: &[u8]) -> Result<Vec<T>, Vec<ImportFault>> {
        if let Some(text) = self.utf8(bytes) {
            self.json_rows(text);
        }
        self.end()
    }

    fn utf8<'t>(&mut self, bytes: &'t [u8]) -> Option<&'t str> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text),
            Err(error) => {
                let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
                self.fault(
                    1 + line_feeds(before),
                    "",
                    "le fichier n’est pas en UTF-8 : enregistrez-le de nouveau dans ce codage.",
                );
                None
            }
        }
    }

    fn csv_rows(&mut self, text: &str) {
        let (delimiter, header) = header(text, self.grammar);
        let columns = self.columns(&header);
        if !self.faults.is_empty() {
            return;
        }
        let mut reader = csv_reader(text, delimiter);
        let mut record = csv::StringRecord::new();
        let mut is_header = true;
        // The text is UTF-8 and rows may be of any length: nothing is left that the reader could refuse.
        while reader.read_record(&mut record).unwrap_or(false) {
            let line = record.position().map_or(1, csv::Position::line);
            if std::mem::take(&mut is_header) || record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            if !self.counts(line) {
                return;
            }
            if record.len() != header.len() {
                // Its values may stand in the wrong columns: there is nothing more to say of them.
                self.fault(line, "", format!("{} valeurs pour {} colonnes.", record.len(), header.len()));
                continue;
            }
            let mut row = Row::at(line);
            for (column, field) in columns.iter().zip(&record) {
                self.put(&mut row, *column, field.trim());
            }
            self.take(row);
        }
    }

    /// The column that each field stands in; `None` for one to pass over.
    fn columns(&mut self, header: &[String]) -> Vec<Option<&'static str>> {
        let mut found = Vec::new();
        for name in header {
            let column = self.grammar.columns.iter().copied().find(|column| column.eq_ignore_ascii_case(name));
            if column.is_none() && !self.grammar.free && !name.is_empty() {
                let known = self.grammar.columns.join(", ");
                self.fault(1, name, format!("cette colonne n’est pas connue : les colonnes sont {known}."));
            }
            if column.is_some() && found.contains(&column) {
                self.fault(1, name, "cette colonne figure deux fois.");
            }
            found.push(column);
        }
        for required in self.grammar.required {
            if !found.contains(&Some(required)) {
                self.fault(1, required, "cette colonne manque à la première ligne.");
            }
        }
        found
    }

    fn put(&self, row: &mut Row, column: Option<&'static str>, field: &str) {
        let Some(column) = column.filter(|_| !field.is_empty()) else { return };
        if self.fits(row, column, field) {
            row.put(column, Cell::Text(field.to_owned()));
        }
    }

    fn fits(&self, row: &mut Row, column: &str, text: &str) -> bool {
        let limit = self.limits.field_chars;
        let fits = text.len() <= limit || text.chars().count() <= limit;
        if !fits {
            row.fault(column, format!("cette valeur dépasse {limit} caractères."));
        }
        fits
    }

    fn json_rows(&mut self, text: &str) {
        let items = match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(items) => items,
            Err(error) => {
                let line = u64::try_from(error.line()).unwrap_or(1);
                self.fault(line, "", "le fichier n’est pas un tableau JSON bien formé : sa lecture s’arrête ici.");
                return;
            }
        };
        let (mut line, mut read) = (1, 0);
        for item in items {
            // Each item is a slice of the text: where it begins tells its line.
            let start = item.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
            line += line_feeds(text.as_bytes().get(read..start).unwrap_or_default());
            read = start;
            if !self.counts(line) {
                return;
            }
            match serde_json::from_str::<Map<String, Value>>(item.get()) {
                Ok(fields) => {
                    let row = self.json_row(line, fields);
                    self.take(row);
                }
                Err(_) => self.fault(line, "", "cet élément du tableau n’est pas un objet JSON."),
            }
        }
    }

    fn json_row(&self, line: u64, fields: Map<String, Value>) -> Row {
        let mut row = Row::at(line);
        for (name, value) in fields {
            match value {
                Value::Object(inner) => {
                    for (inner_name, value) in inner {
                        self.put_json(&mut row, &format!("{name}.{inner_name}"), value);
                    }
                }
                value => self.put_json(&mut row, &name, value),
            }
        }
        row
    }

    fn put_json(&self, row: &mut Row, name: &str, value: Value) {
        let Some(column) = self.grammar.columns.iter().copied().find(|column| *column == name) else {
            if !self.grammar.free && !says_nothing(&value) {
                row.fault(name, "ce champ n’est pas connu, et ce qu’il demande ne serait pas fait : retirez-le.");
            }
            return;
        };
        let Ok(cell) = cell(value) else {
            return row.fault(column, "cette valeur n’est ni un texte, ni un nombre entier, ni une liste de textes.");
        };
        let fits = match &cell {
            Some(Cell::Text(text)) => self.fits(row, column, text),
            Some(Cell::List(texts)) => texts.iter().all(|text| self.fits(row, column, text)),
            _ => true,
        };
        if let Some(cell) = cell.filter(|_| fits) {
            row.put(column, cell);
        }
    }

    /// Counts a row; false, with a fault, when it is one too many.
    fn counts(&mut self, line: u64) -> bool {
        self.rows += 1;
        let within = self.rows <= self.limits.rows;
        if !within {
            self.fault(line, "", format!("le fichier dépasse {} lignes.", self.limits.rows));
        }
        within
    }

    fn take(&mut self, mut row: Row) {
        let value = (self.convert)(&mut row);
        let identifier = (self.identifier)(&value);
        let line = row.line();
        match self.seen.get(identifier) {
            Some(first) => {
                let column = self.grammar.required.first().copied().unwrap_or_default();
                row.fault(column, format!("« {identifier} » figure déjà à la ligne {first}."));
            }
            None if identifier.is_empty() => {}
            None => {
                self.seen.insert(identifier.to_owned(), line);
            }
        }
        let faults = row.into_faults();
        if faults.is_empty() && self.faults.is_empty() {
            self.values.push(value);
        }
        for ImportFault { line, column, message } in faults {
            self.fault(line, &column, message);
        }
    }

    fn fault(&mut self, line: u64, column: &str, message: impl Into<String>) {
        if self.faults.len() < self.limits.faults {
            self.faults.push(ImportFault { line, column: column.to_owned(), message: message.into() });
        } else {
            self.untold += 1;
        }
    }

    fn end(mut self) -> Result<Vec<T>, Vec<ImportFault>> {
        if self.faults.is_empty() && self.untold == 0 {
            return Ok(self.values);
        }
        if self.untold > 0 {
            let line = self.faults.last().map_or(1, |last| last.line);
            let message = format!("et {} autres défauts, non listés.", self.untold);
            self.faults.push(ImportFault { line, column: String::new(), message });
        }
        Err(self.faults)
    }
}

/// The delimiter whose reading of the first line knows the most columns, and that reading.
fn header(text: &str, grammar: &Grammar) -> (u8, Vec<String>) {
    let read = |delimiter| {
        let mut record = csv::StringRecord::new();
        // What cannot be read has no column.
        let _ = csv_reader(text, delimiter).read_record(&mut record);
        record.iter().map(|name| name.trim().to_owned()).collect::<Vec<_>>()
    };
    let known = |header: &[String]| {
        header.iter().filter(|name| grammar.columns.iter().any(|column| column.eq_ignore_ascii_case(name))).count()
    };
    let (comma, semicolon) = (read(b','), read(b';'));
    if known(&semicolon) > known(&comma) { (b';', semicolon) } else { (b',', comma) }
}

fn csv_reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// The cell of a JSON value: `Ok(None)` when it says nothing, `Err` when it is no cell.
fn cell(value: Value) -> Result<Option<Cell>, ()> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(Cell::Flag(flag))),
        Value::Number(number) => number.as_u64().map(|number| Some(Cell::Number(number))).ok_or(()),
        Value::String(text) => {
            let text = text.trim();
            Ok(Some(text).filter(|text| !text.is_empty()).map(|text| Cell::Text(text.to_owned())))
        }
        Value::Array(values) => {
            let text = |value: &Value| value.as_str().map(|text| text.trim().to_owned()).ok_or(());
            values.iter().map(text).collect::<Result<_, ()>>().map(Cell::List).map(Some)
        }
        Value::Object(_) => Err(()),
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}
