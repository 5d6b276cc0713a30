//! What a report says, before any page: title, verdict, sections and their blocks. Nothing here knows a measure.

use crate::domain::clock::Timestamp;

/// A report or an attestation of the archive.
#[derive(Clone, Debug)]
pub struct Document {
    /// What sort of paper it is, as « Rapport d’intégrité ».
    pub kind: String,
    /// Of what it speaks, as the archive's title.
    pub title: String,
    /// The number by which that is known; repeated on each page.
    pub reference: String,
    /// One sentence on the whole, for the file's properties.
    pub subject: String,
    /// Who issues it, as the name of the archiving service.
    pub issuer: String,
    /// The language of the text (RFC 3066), as `fr`.
    pub language: String,
    /// The instant at which it was made.
    pub made_at: Timestamp,
    /// What stands under the title, before the first section: the verdict, and the facts that matter most.
    pub summary: Vec<Block>,
    /// The body.
    pub sections: Vec<Section>,
    /// Files that travel inside the PDF.
    pub attachments: Vec<Attachment>,
}

/// A part of the body with a heading of its own, which also stands in the outline.
#[derive(Clone, Debug)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// A piece of the text, one under the other.
#[derive(Clone, Debug)]
pub enum Block {
    /// A heading inside a section.
    Heading(String),
    /// A paragraph; a line feed starts a new line.
    Paragraph(String),
    /// Pairs of a name and a value.
    Facts(Vec<Fact>),
    /// Lines under columns.
    Table(Table),
    /// A framed message: the verdict, a warning.
    Notice(Notice),
    /// Numbered steps.
    Steps(Vec<String>),
    /// Commands to be typed as they stand.
    Code(String),
}

/// A name and its value.
#[derive(Clone, Debug)]
pub struct Fact {
    /// The name, as « Service versant ».
    pub name: String,
    /// The value.
    pub value: Value,
}

impl Fact {
    /// A name with a value of ordinary text.
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Value::Text(value.into()) }
    }

    /// A name with a value that is shown letter by letter.
    pub fn exact(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Value::Exact(value.into()) }
    }
}

/// What stands beside a name or in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Ordinary text.
    Text(String),
    /// What is compared letter by letter: a digest, an identifier, a path. Fixed width, broken every eight letters.
    Exact(String),
}

/// Lines under columns; the titles are repeated on each page.
#[derive(Clone, Debug)]
pub struct Table {
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The lines; a line that is too short is completed with blanks, and one that is too long is cut.
    pub rows: Vec<Vec<Value>>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands at its head.
    pub title: String,
    /// Its part of the width, among the parts of all columns; at least 1.
    pub share: u16,
}

impl Column {
    /// A column with its title and its part of the width.
    pub fn new(title: impl Into<String>, share: u16) -> Self {
        Self { title: title.into(), share }
    }
}

/// A framed message.
#[derive(Clone, Debug)]
pub struct Notice {
    /// How it is coloured; the words say it too.
    pub tone: Tone,
    /// What it says in a few words.
    pub title: String,
    /// What it says at length; may be empty.
    pub text: String,
}

/// The mood of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Something is to be known.
    Plain,
    /// Something is to be watched.
    Warning,
    /// Something is wrong.
    Bad,
}

/// A file that travels inside the PDF (ISO 19005-3, 6.8).
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name, once in a document.
    pub name: String,
    /// Its MIME type, as `application/json`.
    pub mime: String,
    /// What it is, in a sentence.
    pub description: String,
    /// How it bears on the text.
    pub relation: Relation,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// How an embedded file bears on the text (`AFRelationship`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The text was made from it.
    Source,
    /// The text shows part of its data.
    Data,
    /// It says the same in another form.
    Alternative,
    /// It goes further than the text.
    Supplement,
}
