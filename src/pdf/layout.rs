//! Lays a document out on A4 pages: which line stands where, in which ink, and of which element of the structure. The
//! pages are drawn elsewhere.

use crate::pdf::{
    Error,
    column::{Column, Frame, Line},
    document::{Block, Document, Fact, Notice, Section, Tone, Value},
    table::{self, Cell},
    typeface::{Face, Faces},
};

/// A4, in points.
pub const PAGE: (f32, f32) = (595.28, 841.89);
/// Where lines begin.
pub const LEFT: f32 = 62.0;
/// How wide they may be.
pub const WIDTH: f32 = PAGE.0 - 2.0 * LEFT;
/// Where the text of a page begins.
pub const TOP: f32 = 72.0;
/// Where the text of a page ends.
pub const BOTTOM: f32 = PAGE.1 - 72.0;

/// The width of the names in a list of facts.
const NAMES: f32 = 148.0;

/// How much a document may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pages at most; a table of 10,000 lines of ordinary width takes some 400.
    pub pages: usize,
}

/// A colour by its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Running text.
    Body,
    /// What stands behind: names, page headers.
    Muted,
    /// Titles and rules of the house.
    Accent,
    /// Thin lines between rows.
    Hairline,
    /// The ground of heads of tables and of commands.
    Wash,
    /// The bar of a notice.
    Bar(Tone),
    /// The ground of a notice.
    Ground(Tone),
}

/// How a line is written; lengths in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Its typeface.
    pub face: Face,
    /// The size of its letters.
    pub size: f32,
    /// From this line to the next.
    pub leading: f32,
    /// Its colour.
    pub ink: Ink,
}

impl Style {
    const fn new(face: Face, size: f32, leading: f32, ink: Ink) -> Self {
        Self { face, size, leading, ink }
    }

    /// From the top of the line to the foot of its letters: capitals stand in the middle.
    pub fn baseline(self) -> f32 {
        self.leading / 2.0 + self.size * 0.35
    }
}

/// Running heads and feet.
pub const MARGINAL: Style = Style::new(Face::Text, 8.0, 11.0, Ink::Muted);
const KIND: Style = Style::new(Face::Strong, 11.0, 17.0, Ink::Accent);
const TITLE: Style = Style::new(Face::Strong, 21.0, 27.0, Ink::Body);
const REFERENCE: Style = Style::new(Face::Text, 10.5, 17.0, Ink::Muted);
const SECTION: Style = Style::new(Face::Strong, 14.0, 20.0, Ink::Accent);
const HEADING: Style = Style::new(Face::Strong, 11.0, 16.0, Ink::Body);
const BODY: Style = Style::new(Face::Text, 10.0, 15.0, Ink::Body);
const NAME: Style = Style::new(Face::Text, 9.5, 13.5, Ink::Muted);
const FACT: Style = Style::new(Face::Text, 9.5, 13.5, Ink::Body);
const EXACT_FACT: Style = Style::new(Face::Fixed, 8.3, 13.5, Ink::Body);
const NOTICE: Style = Style::new(Face::Strong, 12.5, 18.0, Ink::Body);
const CODE: Style = Style::new(Face::Fixed, 8.5, 13.0, Ink::Body);

/// An element of the structure, by its place in [`Laid::tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeId(pub usize);

/// What an element of the structure is (ISO 32000-1, 14.8.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A heading of a level from 1, and its words.
    Heading(u16, String),
    /// A section.
    Section,
    /// A group of paragraphs that stand apart.
    Division,
    /// A paragraph.
    Paragraph,
    /// Commands.
    Code,
    /// A list; numbered or of names and values.
    List {
        /// Whether its items are numbered.
        numbered: bool,
    },
    /// An item of a list.
    Item,
    /// Its number or its name.
    Label,
    /// What it says.
    Body,
    /// A table.
    Table,
    /// Its head.
    Head,
    /// Its lines.
    Rows,
    /// A line.
    Row,
    /// The title of a column.
    ColumnTitle,
    /// A cell.
    Cell,
}

/// An element of the structure and the one that holds it; elements come after those that hold them.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub role: Role,
    /// What holds it; `None` for those of the top.
    pub parent: Option<NodeId>,
}

/// Something on a page; `x` from the left, `y` from the top, in points.
#[derive(Clone, Debug)]
pub enum Piece {
    /// A line of text.
    Text(Run),
    /// A rectangle.
    Fill {
        /// Its left.
        x: f32,
        /// Its top.
        y: f32,
        /// Its width.
        width: f32,
        /// Its height.
        height: f32,
        /// Its colour.
        ink: Ink,
    },
}

/// A line of text on a page.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where it begins.
    pub x: f32,
    /// The foot of its letters.
    pub y: f32,
    /// How it is written.
    pub style: Style,
    /// What it says; drawable.
    pub text: String,
    /// The element that it belongs to; `None` for what is repeated or mere ornament.
    pub owner: Option<NodeId>,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What stands on it, the undermost first.
    pub pieces: Vec<Piece>,
}

/// Where a section begins.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Its heading.
    pub title: String,
    /// The page, from 0.
    pub page: usize,
    /// How far from the top, in points.
    pub y: f32,
}

/// A document on its pages.
#[derive(Clone, Debug, Default)]
pub struct Laid {
    /// The pages; one at least.
    pub sheets: Vec<Sheet>,
    /// The structure.
    pub tree: Vec<Node>,
    /// Where sections begin.
    pub outline: Vec<Mark>,
}

/// Lays a document out.
pub fn lay(document: &Document, faces: &Faces, limits: Limits) -> Result<Laid, Error> {
    let mut column = Column::new(faces, limits);
    head(&mut column, document)?;
    for block in &document.summary {
        lay_block(&mut column, block, None)?;
    }
    for section in &document.sections {
        lay_section(&mut column, section)?;
    }
    Ok(column.finish())
}

fn head(column: &mut Column, document: &Document) -> Result<(), Error> {
    let words = format!("{} — {}", document.kind, document.title);
    let heading = column.node(Role::Heading(1, words), None);
    column.flow(KIND, &document.kind, heading)?;
    column.advance(3.0);
    column.flow(TITLE, &document.title, heading)?;
    column.advance(2.0);
    let reference = column.node(Role::Paragraph, None);
    column.flow(REFERENCE, &document.reference, reference)?;
    column.advance(9.0);
    column.fill(LEFT, 0.0, WIDTH, 1.6, Ink::Accent);
    column.advance(16.0);
    Ok(())
}

fn lay_section(column: &mut Column, section: &Section) -> Result<(), Error> {
    let node = column.node(Role::Section, None);
    column.skip(14.0);
    column.need(SECTION.leading + 56.0)?;
    column.mark(&section.title);
    let heading = column.node(Role::Heading(2, section.title.clone()), Some(node));
    column.flow(SECTION, &section.title, heading)?;
    column.advance(5.0);
    section.blocks.iter().try_for_each(|block| lay_block(column, block, Some(node)))
}

fn lay_block(column: &mut Column, block: &Block, parent: Option<NodeId>) -> Result<(), Error> {
    match block {
        Block::Heading(text) => {
            column.skip(6.0);
            column.need(HEADING.leading + 40.0)?;
            // under a section it is of the third level; in the summary nothing stands between it and the title
            let level = if parent.is_some() { 3 } else { 2 };
            let heading = column.node(Role::Heading(level, text.clone()), parent);
            column.flow(HEADING, text, heading)?;
            column.advance(3.5);
        }
        Block::Paragraph(text) => {
            let paragraph = column.node(Role::Paragraph, parent);
            column.flow(BODY, text, paragraph)?;
            column.advance(7.0);
        }
        Block::Facts(facts) => lay_facts(column, facts, parent)?,
        Block::Table(rows) => table::lay(column, rows, parent)?,
        Block::Notice(notice) => lay_notice(column, notice, parent)?,
        Block::Steps(steps) => lay_steps(column, steps, parent)?,
        Block::Code(text) => {
            let paragraph = column.node(Role::Paragraph, parent);
            let owner = column.node(Role::Code, Some(paragraph));
            let lines = column.cut(CODE, WIDTH - 24.0, text);
            let lines = lines.into_iter().map(|text| Line { style: CODE, text, owner }).collect();
            column.framed(&Frame { wash: Ink::Wash, bar: None, padding: 8.0 }, lines)?;
            column.advance(12.0);
        }
    }
    Ok(())
}

fn lay_facts(column: &mut Column, facts: &[Fact], parent: Option<NodeId>) -> Result<(), Error> {
    let list = column.node(Role::List { numbered: false }, parent);
    for fact in facts {
        let item = column.node(Role::Item, Some(list));
        let (style, text) = match &fact.value {
            Value::Text(text) => (FACT, text),
            Value::Exact(text) => (EXACT_FACT, text),
        };
        let (label, body) = (column.node(Role::Label, Some(item)), column.node(Role::Body, Some(item)));
        let cells = [
            Cell::new(column, LEFT, NAMES - 14.0, NAME, &fact.name, Some(label)),
            Cell::new(column, LEFT + NAMES, WIDTH - NAMES, style, text, Some(body)),
        ];
        table::row(column, &cells, 3.0, |_| Ok(()))?;
    }
    column.advance(10.0);
    Ok(())
}

fn lay_notice(column: &mut Column, notice: &Notice, parent: Option<NodeId>) -> Result<(), Error> {
    let division = column.node(Role::Division, parent);
    let mut lines = Vec::new();
    for (style, text) in [(NOTICE, &notice.title), (BODY, &notice.text)] {
        if !text.is_empty() {
            let owner = column.node(Role::Paragraph, Some(division));
            let cut = column.cut(style, WIDTH - 34.0, text);
            lines.extend(cut.into_iter().map(|text| Line { style, text, owner }));
        }
    }
    let frame = Frame { wash: Ink::Ground(notice.tone), bar: Some(Ink::Bar(notice.tone)), padding: 12.0 };
    column.framed(&frame, lines)?;
    column.advance(14.0);
    Ok(())
}

fn lay_steps(column: &mut Column, steps: &[String], parent: Option<NodeId>) -> Result<(), Error> {
    let list = column.node(Role::List { numbered: true }, parent);
    for (at, step) in steps.iter().enumerate() {
        let item = column.node(Role::Item, Some(list));
        let (label, body) = (column.node(Role::Label, Some(item)), column.node(Role::Body, Some(item)));
        let number = format!("{}.", at + 1);
        let cells = [
            Cell::new(column, LEFT, 22.0, Style { ink: Ink::Accent, ..BODY }, &number, Some(label)),
            Cell::new(column, LEFT + 22.0, WIDTH - 22.0, BODY, step, Some(body)),
        ];
        table::row(column, &cells, 2.0, |_| Ok(()))?;
    }
    column.advance(6.0);
    Ok(())
}
