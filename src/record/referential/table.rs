//! The grammar that all referentials share: rows of named cells, out of CSV or JSON and back.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
};

use serde_json::{Map, Value, value::RawValue};

use crate::record::{
    Error,
    referential::{ImportFault, Limits},
};

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
            if !self.faults.iter().any(|fault| fault.column == column) {
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
            let mut row = Row { line, cells: HashMap::new(), faults: Vec::new() };
            if record.len() != header.len() {
                row.fault("", format!("{} valeurs pour {} colonnes.", record.len(), header.len()));
            }
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
            row.cells.insert(column, Cell::Text(field.to_owned()));
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
        let mut row = Row { line, cells: HashMap::new(), faults: Vec::new() };
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
            row.cells.insert(column, cell);
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
        match self.seen.get(identifier) {
            Some(first) => {
                let message = format!("« {identifier} » figure déjà à la ligne {first}.");
                row.fault(self.grammar.required.first().copied().unwrap_or_default(), message);
            }
            None if identifier.is_empty() => {}
            None => {
                self.seen.insert(identifier.to_owned(), row.line);
            }
        }
        if row.faults.is_empty() && self.faults.is_empty() {
            self.values.push(value);
        }
        for ImportFault { line, column, message } in row.faults {
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
    u64::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u64::MAX)
}

/// The cells of a row to write, by column.
pub(super) type Cells = BTreeMap<&'static str, Cell>;

/// Gathers the cells that are there.
pub(super) fn cells(cells: impl IntoIterator<Item = (&'static str, Option<Cell>)>) -> Cells {
    cells.into_iter().filter_map(|(column, cell)| Some((column, cell?))).collect()
}

/// A cell of text, unless it is empty.
pub(super) fn text(value: &str) -> Option<Cell> {
    Some(Cell::Text(value.to_owned())).filter(|_| !value.is_empty())
}

/// A cell that holds a list, unless it is empty.
pub(super) fn list<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<Cell> {
    let values: Vec<_> = values.into_iter().map(str::to_owned).collect();
    Some(values).filter(|values| !values.is_empty()).map(Cell::List)
}

/// Writes rows as CSV (RFC 4180 but for the line feed), separated by commas.
pub(super) fn write_csv(columns: &[&str], rows: impl Iterator<Item = Cells>, out: impl Write) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(columns.iter().map(|column| match row.get(column) {
            None => String::new(),
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::List(values)) => values.join(&LIST.to_string()),
            Some(Cell::Number(number)) => number.to_string(),
            Some(Cell::Flag(flag)) => flag.to_string(),
        }))?;
    }
    writer.flush().map_err(Error::Write)
}

/// Writes rows as a JSON array, one object per line, fields in the order of the columns.
pub(super) fn write_json(
    columns: &[&str],
    rows: impl Iterator<Item = Cells>,
    mut out: impl Write,
) -> Result<(), Error> {
    out.write_all(b"[").map_err(Error::Write)?;
    for (at, row) in rows.enumerate() {
        let mut object = if at == 0 { "\n{".to_owned() } else { ",\n{".to_owned() };
        for (column, cell) in columns.iter().filter_map(|column| Some((column, row.get(column)?))) {
            let value = match cell {
                Cell::Text(text) => serde_json::to_string(text),
                Cell::List(values) => serde_json::to_string(values),
                Cell::Number(number) => serde_json::to_string(number),
                Cell::Flag(flag) => serde_json::to_string(flag),
            }?;
            let comma = if object.ends_with('{') { "" } else { "," };
            object.push_str(&format!("{comma}\"{column}\":{value}"));
        }
        object.push('}');
        out.write_all(object.as_bytes()).map_err(Error::Write)?;
    }
    out.write_all(b"\n]\n").map_err(Error::Write)
}
