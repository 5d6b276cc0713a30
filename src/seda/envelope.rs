//! What every message that we write has around its matter.

use std::io::{self, Write};

use crate::{
    domain::{clock::Timestamp, seda::SedaVersion},
    xml::writer::Writer,
};

/// Begins a message: declaration, root, comment, date, identifier.
pub(crate) fn begin<W: Write>(
    out: W,
    root: &str,
    version: SedaVersion,
    comment: Option<&str>,
    date: Timestamp,
    identifier: &str,
) -> io::Result<Writer<W>> {
    let mut writer = Writer::document(out)?;
    writer.open_in(root, version.namespace())?;
    writer.optional("Comment", comment)?;
    writer.element("Date", &date.to_string())?;
    writer.element("MessageIdentifier", identifier)?;
    Ok(writer)
}

/// Writes an agency by its identifier.
pub(crate) fn agency<W: Write>(writer: &mut Writer<W>, role: &str, identifier: &str) -> io::Result<()> {
    writer.open(role)?;
    writer.element("Identifier", identifier)?;
    writer.close()
}
