//! Exports: rows of named cells, as CSV or as a JSON array, written one by one.

use std::{collections::BTreeMap, io::Write};

use crate::record::{
    Error,
    referential::row::{Cell, LIST},
};

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
        let fields = columns.iter().filter_map(|column| Some(field(column, row.get(column)?)));
        let object = fields.collect::<Result<Vec<_>, _>>()?.join(",");
        let before = if at == 0 { "\n" } else { ",\n" };
        write!(out, "{before}{{{object}}}").map_err(Error::Write)?;
    }
    out.write_all(b"\n]\n").map_err(Error::Write)
}

/// A field and its value in JSON.
fn field(column: &str, cell: &Cell) -> Result<String, Error> {
    let value = match cell {
        Cell::Text(text) => serde_json::to_string(text),
        Cell::List(values) => serde_json::to_string(values),
        Cell::Number(number) => serde_json::to_string(number),
        Cell::Flag(flag) => serde_json::to_string(flag),
    }?;
    Ok(format!("\"{column}\":{value}"))
}
