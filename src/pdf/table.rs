//! Lines under columns: cells that wrap, a head that is repeated on each page, a line that is cut only when no page could
//! hold it.

use crate::pdf::{
    Error,
    column::{Column, length},
    document::{Table, Value},
    layout::{BOTTOM, Ink, LEFT, NodeId, Role, Style, TOP, WIDTH},
    typeface::Face,
};

const HEAD: Style = Style { face: Face::Strong, size: 8.5, leading: 11.5, ink: Ink::Accent };
const TEXT: Style = Style { face: Face::Text, size: 8.5, leading: 11.5, ink: Ink::Body };
const EXACT: Style = Style { face: Face::Fixed, size: 7.5, leading: 11.5, ink: Ink::Body };

/// Between the text of a cell and its edge, aside.
const ASIDE: f32 = 5.0;
/// And above and below.
const ABOVE: f32 = 4.0;
/// Lines that a title of a column may take.
const TITLE_LINES: usize = 6;

/// A text that is cut to the width of its cell.
pub struct Cell {
    x: f32,
    style: Style,
    lines: Vec<String>,
    owner: Option<NodeId>,
}

impl Cell {
    /// Cuts a text to `width` points; a blank one keeps its place in the structure.
    pub fn new(column: &Column, x: f32, width: f32, style: Style, text: &str, owner: Option<NodeId>) -> Self {
        let text = if text.is_empty() { "\u{a0}" } else { text };
        Self { x, style, lines: column.cut(style, width, text), owner }
    }
}

/// Lays a table out.
pub fn lay(column: &mut Column, table: &Table, parent: Option<NodeId>) -> Result<(), Error> {
    let places = places(table);
    let node = column.node(Role::Table, parent);
    let head = column.node(Role::Head, Some(node));
    let titles = column.node(Role::Row, Some(head));
    let owners: Vec<NodeId> = table.columns.iter().map(|_| column.node(Role::ColumnTitle, Some(titles))).collect();
    let mut head = titled(column, table, &places);
    column.need(height(&head) + 40.0)?;
    for (cell, owner) in head.iter_mut().zip(owners) {
        cell.owner = Some(owner);
    }
    put_head(column, &head);
    for cell in &mut head {
        cell.owner = None;
    }
    let rows = column.node(Role::Rows, Some(node));
    for values in &table.rows {
        let line = column.node(Role::Row, Some(rows));
        let cells = cells(column, values, &places, line);
        row(column, &cells, ABOVE, |column| {
            put_head(column, &head);
            Ok(())
        })?;
        column.fill(LEFT, -0.25, WIDTH, 0.5, Ink::Hairline);
    }
    column.advance(12.0);
    Ok(())
}

/// Puts cells side by side and goes under them. They stand on one page when they fit on one; `turned` writes what each
/// new page begins with.
pub fn row(
    column: &mut Column,
    cells: &[Cell],
    above: f32,
    mut turned: impl FnMut(&mut Column) -> Result<(), Error>,
) -> Result<(), Error> {
    let leading = cells.iter().map(|cell| cell.style.leading).fold(1.0, f32::max);
    let total = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or_default();
    let whole = length(total) * leading + 2.0 * above;
    let mut fresh = false;
    let mut from = 0;
    while from < total {
        let fits = fitting(column.room() - 2.0 * above, leading);
        let too_long = total - from > fits;
        // a line that some page could hold goes to the next one whole
        if too_long && !fresh && (fits == 0 || whole <= BOTTOM - TOP) {
            column.turn()?;
            turned(column)?;
            fresh = true;
            continue;
        }
        let to = total.min(from + fits.max(1));
        put(column, cells, from, to, above, leading);
        column.advance(length(to - from) * leading + 2.0 * above);
        fresh = false;
        from = to;
    }
    Ok(())
}

/// How many lines go in a height.
fn fitting(room: f32, leading: f32) -> usize {
    (1..u16::MAX).take_while(|lines| f32::from(*lines) * leading <= room).count()
}

fn put(column: &mut Column, cells: &[Cell], from: usize, to: usize, above: f32, leading: f32) {
    let foot = cells.iter().map(|cell| cell.style.baseline()).fold(0.0, f32::max);
    for cell in cells {
        // all cells of a line stand on the same foot
        let lower = above + foot - cell.style.baseline();
        for (at, text) in cell.lines.iter().enumerate().take(to).skip(from) {
            column.put(cell.x, lower + length(at - from) * leading, cell.style, text.clone(), cell.owner);
        }
    }
}

/// Left edge and width of the text of each column.
fn places(table: &Table) -> Vec<(f32, f32)> {
    let shares: f32 = table.columns.iter().map(|column| f32::from(column.share.max(1))).sum();
    let mut x = LEFT;
    let place = |share: u16| {
        let width = WIDTH * f32::from(share.max(1)) / shares;
        let place = (x + ASIDE, (width - 2.0 * ASIDE).max(ASIDE));
        x += width;
        place
    };
    table.columns.iter().map(|column| column.share).map(place).collect()
}

fn titled(column: &Column, table: &Table, places: &[(f32, f32)]) -> Vec<Cell> {
    let cell = |title: &str, (x, width)| {
        let mut cell = Cell::new(column, x, width, HEAD, title, None);
        cell.lines.truncate(TITLE_LINES);
        cell
    };
    table.columns.iter().zip(places).map(|(titled, place)| cell(&titled.title, *place)).collect()
}

fn height(cells: &[Cell]) -> f32 {
    let lines = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or_default();
    length(lines) * HEAD.leading + 2.0 * ABOVE
}

fn put_head(column: &mut Column, cells: &[Cell]) {
    let height = height(cells);
    column.fill(LEFT, 0.0, WIDTH, height, Ink::Wash);
    put(column, cells, 0, TITLE_LINES, ABOVE, HEAD.leading);
    column.advance(height);
}

fn cells(column: &mut Column, values: &[Value], places: &[(f32, f32)], row: NodeId) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(places.len());
    for (at, (x, width)) in places.iter().enumerate() {
        let (style, text) = match values.get(at) {
            Some(Value::Text(text)) => (TEXT, text.as_str()),
            Some(Value::Exact(text)) => (EXACT, text.as_str()),
            None => (TEXT, ""),
        };
        let owner = column.node(Role::Cell, Some(row));
        cells.push(Cell::new(column, *x, *width, style, text, Some(owner)));
    }
    cells
}
