//! Agencies: VITAM's columns `Identifier,Name,Description`, and our `Roles`, separated by `;` or `|`, and
//! `Certificate`, in base64.
//!
//! Columns of other names are free, and passed over, as VITAM does.

use std::io::Write;

use crate::{
    domain::agency::{Agency, Role},
    record::{
        Error,
        referential::{
            ImportFault, Limits,
            export::{self, Cells},
            import::Import,
            row::{Grammar, LIST, Row},
        },
    },
};

const GRAMMAR: Grammar = Grammar {
    columns: &["Identifier", "Name", "Description", "Roles", "Certificate"],
    required: &["Identifier", "Name"],
    free: true,
};

/// Reads agencies from CSV; everything wrong with it otherwise.
pub fn from_csv(bytes: &[u8], limits: &Limits) -> Result<Vec<Agency>, Vec<ImportFault>> {
    Import::new(&GRAMMAR, limits, agency, |agency| &agency.identifier).csv(bytes)
}

/// Reads agencies from a JSON array; everything wrong with it otherwise.
pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Vec<Agency>, Vec<ImportFault>> {
    Import::new(&GRAMMAR, limits, agency, |agency| &agency.identifier).json(bytes)
}

/// Writes agencies as CSV.
pub fn to_csv<'a>(agencies: impl IntoIterator<Item = &'a Agency>, out: impl Write) -> Result<(), Error> {
    export::write_csv(GRAMMAR.columns, agencies.into_iter().map(cells), out)
}

/// Writes agencies as a JSON array.
pub fn to_json<'a>(agencies: impl IntoIterator<Item = &'a Agency>, out: impl Write) -> Result<(), Error> {
    export::write_json(GRAMMAR.columns, agencies.into_iter().map(cells), out)
}

fn agency(row: &mut Row) -> Agency {
    Agency {
        identifier: row.identifier("Identifier"),
        name: row.required("Name"),
        description: row.text("Description"),
        roles: row.words("Roles", &[';', LIST], &Role::ALL.map(Role::word), Role::from_word),
        certificate: row.text("Certificate"),
    }
}

fn cells(agency: &Agency) -> Cells {
    export::cells([
        ("Identifier", export::text(&agency.identifier)),
        ("Name", export::text(&agency.name)),
        ("Description", agency.description.as_deref().and_then(export::text)),
        ("Roles", export::list(agency.roles.iter().map(|role| role.word()))),
        ("Certificate", agency.certificate.as_deref().and_then(export::text)),
    ])
}
