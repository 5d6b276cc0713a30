//! The main events of the tenant's journals, in the order in which they were written.

use std::collections::{HashSet, VecDeque};

use crate::{
    archive::{
        error::Error,
        restitute::{
            RestituteError, Task,
            browse::{catalogue::page_of, page::Page, words},
            sink::Sink,
        },
    },
    domain::journal::{JournalId, Line},
    pdf::in_french,
    record::facts::Fact,
};

/// Events on one page.
const ROWS: usize = 200;

/// Lines read at once.
const LINES_AT_ONCE: u32 = 1_000;

/// The lines of both journals under the checkpoint that a reader wants, in the order of the log.
struct Lines<'a> {
    task: &'a Task<'a>,
    sources: Vec<Source>,
}

struct Source {
    journal: JournalId,
    next: u64,
    end: u64,
    waiting: VecDeque<Line>,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Option<Line>, Error> {
        for source in &mut self.sources {
            while source.waiting.is_empty() && source.next < source.end {
                let lines = self.task.archive.store.lines(&source.journal, source.next, LINES_AT_ONCE)?;
                let Some(last) = lines.last() else { break };
                source.next = last.position + 1;
                let end = source.end;
                let wanted = |line: &Line| line.position < end && words::event(&line.event.kind).is_some();
                source.waiting.extend(lines.into_iter().filter(wanted));
            }
        }
        let first = self.sources.iter_mut().filter(|source| !source.waiting.is_empty());
        let first = first.min_by_key(|source| source.waiting.front().map(|line| line.entry));
        Ok(first.and_then(|source| source.waiting.pop_front()))
    }
}

/// Writes the pages of the journal.
pub(super) fn write(task: &Task<'_>, sink: &mut dyn Sink) -> Result<(), RestituteError> {
    let sources = || {
        let source = |one: &crate::record::restitution::JournalAsOf| Source {
            journal: one.journal.clone(),
            next: 0,
            end: one.length,
            waiting: VecDeque::new(),
        };
        Lines { task, sources: task.cut.journals.iter().map(source).collect() }
    };
    let mut counting = sources();
    let mut total = 0_usize;
    while counting.next()?.is_some() {
        total += 1;
    }
    let here: HashSet<u64> = task.found().notices.iter().map(|notice| notice.number).collect();
    let last = total.div_ceil(ROWS).max(1);
    let mut lines = sources();
    for at in 1..=last {
        let mut rows = Vec::with_capacity(ROWS);
        while rows.len() < ROWS {
            let Some(line) = lines.next()? else { break };
            rows.push(line);
        }
        task.put(sink, &path(at), &sheet(task, (at, last), &rows, &here))?;
    }
    Ok(())
}

fn path(at: usize) -> String {
    format!("navigation/journal/{at}.html")
}

fn sheet(task: &Task<'_>, (at, last): (usize, usize), rows: &[Line], here: &HashSet<u64>) -> Vec<u8> {
    let title = if last > 1 { format!("Journal (page {at} sur {last})") } else { "Journal".to_owned() };
    Page::whole(&title, &task.cut.tenant.name, 2, |page| {
        page.paragraph(
            "Les principaux événements, dans l’ordre où ils ont été inscrits. Les consultations et les scellements n’y sont pas : \
             les journaux entiers sont dans ocfl/ et dans journal/.",
        );
        page.pages(at, last, path);
        page.table("Événements", &["Date", "Événement", "Objet", "Issue"], |page| {
            for line in rows {
                row(page, line, here);
            }
        });
        page.pages(at, last, path);
    })
}

fn row(page: &mut Page, line: &Line, here: &HashSet<u64>) {
    page.tag("tr", &[], |page| {
        page.cell(&in_french(line.at));
        page.cell(words::event(&line.event.kind).unwrap_or_default());
        page.tag("td", &[], |page| match Fact::read(&line.event) {
            Ok(Some(Fact::Accepted(fact))) if here.contains(&fact.number) => {
                page.link(&page_of(fact.number), &format!("archive n° {}", fact.number));
            }
            // One that was destroyed since has no page.
            Ok(Some(Fact::Accepted(fact))) => page.text(&format!("archive n° {}", fact.number)),
            _ => page.tag("code", &[], |page| page.text(&line.event.object)),
        });
        page.cell(words::outcome(&line.event.outcome));
    });
}
