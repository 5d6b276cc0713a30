//! Referentials in and out: agencies, agreements and rules as CSV and JSON.
//!
//! An import is taken whole or not at all: everything wrong with it is listed. Whether a rule in use may go, or an
//! agreement names agencies that exist, is asked elsewhere. VITAM's files are taken as they are where they mean the
//! same; what they ask for and we do not do is refused by name, never dropped.
//!
//! CSV is UTF-8, with or without a byte order mark, separated by `,` or `;`; the first line names the columns, in any
//! order and letter case. Space around a value is not part of it. Lists within a field are separated by `|`, which no
//! identifier may hold. JSON is an array of objects whose fields have the columns' names.

mod row;
mod import;
mod export;
pub mod agencies;
pub mod agreements;
pub mod rules;

use std::fmt;

/// How much an import may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most rows.
    pub rows: usize,
    /// The most characters of one value.
    pub field_chars: usize,
    /// The most faults listed; the last one then tells how many more there are.
    pub faults: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 1_000_000, field_chars: 32_000, faults: 1_000 }
    }
}

/// Something wrong with an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFault {
    /// The line of the file where the row, or the JSON object, begins, from 1; 0 for what the file lacks.
    pub line: u64,
    /// The column's name; empty for a whole row or the whole file.
    pub column: String,
    /// A French sentence that its reader can act on.
    pub message: String,
}

impl fmt::Display for ImportFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}", self.message)
        } else if self.column.is_empty() {
            write!(f, "ligne {} : {}", self.line, self.message)
        } else {
            write!(f, "ligne {}, {} : {}", self.line, self.column, self.message)
        }
    }
}
