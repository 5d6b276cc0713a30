//! The static browser of a restitution, in French: no server, no script, pages of bounded size. It helps to read; nothing
//! is proven by it.

pub(super) mod catalogue;
mod chronicle;
mod home;
mod outline;
mod page;
mod sheets;
mod units;
mod words;

use crate::{
    archive::restitute::{RestituteError, browse::catalogue::Notice, objects::Standing, sink::Sink, task::Task},
    vault::extract::Extract,
};

/// The one style sheet.
const STYLE: &str = include_str!("style.css");

/// The pages of an archive; what the lists say of it.
pub(super) fn archive(
    task: &Task<'_>,
    standing: &Standing,
    extract: &Extract,
    sink: &mut dyn Sink,
) -> Result<Notice, RestituteError> {
    sheets::write(task, standing, extract, sink)
}

/// The lists of archives, the journal, the home page.
pub(super) fn lists(task: &Task<'_>, sink: &mut dyn Sink) -> Result<(), RestituteError> {
    task.put(sink, "navigation/style.css", STYLE.as_bytes())?;
    catalogue::write(task, sink)?;
    chronicle::write(task, sink)?;
    home::write(task, sink)
}
