//! The entry of a line: its digest and its place, and what two kinds of lines make public.

use crate::{
    archive::{error::Error, log::Fault},
    domain::journal::Line,
    proof::entry::{Entry, Notice},
    record::facts::{Fact, LOG_KEY, TIME_STAMPING},
};

/// The entry of a line of the journal whose first line is the log's entry `first`.
pub fn of(line: &Line, first: u64) -> Result<Entry, Error> {
    Ok(Entry { digest: line.digest, journal: first, position: line.position, notice: notice(line)? })
}

fn notice(line: &Line) -> Result<Option<Notice>, Error> {
    let is_public = matches!(line.event.kind.as_str(), LOG_KEY | TIME_STAMPING) && line.journal.tenant().is_none();
    if !is_public {
        return Ok(None);
    }
    Ok(match Fact::read(&line.event)? {
        Some(Fact::LogKey(fact)) => Some(Notice::Key(fact.key.parse().map_err(Fault::from)?)),
        Some(Fact::TimeStamped(fact)) => Some(Notice::TimeStamp { size: fact.size, token: fact.token }),
        _ => None,
    })
}
