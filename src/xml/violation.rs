//! What is wrong with a document, in French and with its place. How it is found lives in `schema`.

use std::fmt;

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The kind of rule that is broken.
    pub kind: Kind,
    /// Line in the decoded text, from 1; lines end with U+000A.
    pub line: u64,
    /// Column in the decoded text, in characters, from 1.
    pub column: u64,
    /// Local name of the element at fault; empty when the document is at fault as a whole.
    pub element: String,
    /// Local names and positions from the root, as in `/ArchiveTransfer/DataObjectPackage[1]/ArchiveUnit[3]/@id`. For a
    /// missing element, it leads to the parent.
    pub path: String,
    /// What is wrong, as a French sentence without its place.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Ligne {}, colonne {} : {}", self.line, self.column, self.message)
    }
}

/// The kinds of violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The text is not well-formed XML (XML 1.0, Namespaces in XML 1.0).
    NotWellFormed,
    /// The bytes are not in the encoding that they declare, or it is not an accepted one.
    Encoding,
    /// One of the [`Limits`](crate::xml::limits::Limits) is passed.
    Limit,
    /// The document carries a document type declaration, which is refused.
    Dtd,
    /// No declaration has the element's name.
    UnknownElement,
    /// A mandatory element is absent.
    MissingElement,
    /// A known element stands where it may not.
    UnexpectedElement,
    /// Text stands where only elements may.
    UnexpectedText,
    /// The attribute is not allowed on its element.
    UnknownAttribute,
    /// A mandatory attribute is absent.
    MissingAttribute,
    /// The value is not of its type.
    WrongValue,
    /// The value is none of the listed ones.
    Enumeration,
    /// The value has not the required form.
    Pattern,
    /// The value is too short or too long.
    Length,
    /// The value is too small, too great or too precise.
    Bounds,
    /// The value differs from the one that the schema fixes.
    FixedValue,
    /// A reference names an identifier that the document does not have.
    UnknownReference,
    /// An identifier is used twice.
    DuplicateId,
    /// A key, unique or keyref constraint is broken.
    Uniqueness,
    /// An abstract element or type is used.
    Abstract,
    /// `xsi:nil` is wrongly used.
    Nil,
    /// `xsi:type` names no type, or one that may not be used there.
    WrongType,
    /// Another rule of the schema, which the message names.
    Other,
}
