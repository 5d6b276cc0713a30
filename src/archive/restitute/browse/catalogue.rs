//! The lists of archives, by date and by title: what a reader without a search engine goes through.

use crate::{
    archive::{
        letterhead::counted,
        restitute::{
            RestituteError, Task,
            browse::{page::Page, words},
            sink::Sink,
        },
    },
    domain::{archive::Counts, clock::Timestamp},
    text::fold,
};

/// Archives on one page.
const ROWS: usize = 200;

/// Characters of a title in a list.
const TITLE_CHARS: usize = 120;

/// What the lists say of an archive: small, since all of them are sorted in memory.
pub(in crate::archive::restitute) struct Notice {
    /// Its number.
    pub(super) number: u64,
    /// What it is called: its comment, or the title of its first unit.
    pub(super) title: String,
    /// When it was accepted.
    pub(super) accepted_at: Timestamp,
    /// The agency whose records they are.
    pub(super) agency: String,
    /// How much it holds.
    pub(in crate::archive::restitute) counts: Counts,
}

impl Notice {
    pub(super) fn new(number: u64, title: &str, accepted_at: Timestamp, agency: &str, counts: Counts) -> Self {
        let (title, agency) = (words::cut(title, TITLE_CHARS), words::cut(agency, TITLE_CHARS));
        Self { number, title, accepted_at, agency, counts }
    }

    /// The letter under which it stands; what begins with none stands under `#`.
    fn letter(&self) -> char {
        let first = self.key().chars().next().unwrap_or_default();
        if first.is_alphabetic() { first.to_uppercase().next().unwrap_or(first) } else { '#' }
    }

    fn key(&self) -> String {
        fold::fold(&self.title)
    }
}

/// The page of an archive.
pub(super) fn page_of(number: u64) -> String {
    format!("navigation/archives/{}/{number}.html", number / 1_000)
}

/// Writes both lists.
pub(super) fn write(task: &Task<'_>, sink: &mut dyn Sink) -> Result<(), RestituteError> {
    let mut notices = std::mem::take(&mut task.found().notices);
    notices.sort_by_key(|notice| notice.number);
    list(task, sink, &notices, "par-date", "Archives, par date d’entrée", &[])?;
    notices.sort_by_cached_key(|notice| (notice.letter() == '#', notice.key(), notice.number));
    let mut letters: Vec<(char, usize)> = Vec::new();
    for (at, notice) in notices.iter().enumerate() {
        if letters.last().is_none_or(|(letter, _)| *letter != notice.letter()) {
            letters.push((notice.letter(), at / ROWS + 1));
        }
    }
    list(task, sink, &notices, "par-titre", "Archives, par titre", &letters)?;
    task.found().notices = notices;
    Ok(())
}

fn list(
    task: &Task<'_>,
    sink: &mut dyn Sink,
    notices: &[Notice],
    folder: &str,
    title: &str,
    letters: &[(char, usize)],
) -> Result<(), RestituteError> {
    let path = |at: usize| format!("navigation/{folder}/{at}.html");
    let last = notices.len().div_ceil(ROWS).max(1);
    let mut chunks = notices.chunks(ROWS);
    for at in 1..=last {
        let rows = chunks.next().unwrap_or_default();
        let titled = if last > 1 { format!("{title} (page {at} sur {last})") } else { title.to_owned() };
        let bytes = Page::whole(&titled, &task.cut.tenant.name, 2, |page| {
            by_letter(page, letters, &path);
            page.pages(at, last, path);
            if rows.is_empty() {
                page.paragraph("Ce service n’a confié aucune archive.");
            } else {
                page.table(title, &["N°", "Titre", "Producteur", "Entrée", "Contenu"], |page| {
                    for notice in rows {
                        row(page, notice);
                    }
                });
            }
            page.pages(at, last, path);
        });
        task.put(sink, &path(at), &bytes)?;
    }
    Ok(())
}

fn by_letter(page: &mut Page, letters: &[(char, usize)], path: &dyn Fn(usize) -> String) {
    if letters.len() < 2 {
        return;
    }
    page.tag("nav", &[("class", "pages"), ("aria-label", "Par première lettre")], |page| {
        page.tag("ul", &[], |page| {
            for (letter, at) in letters {
                page.tag("li", &[], |page| page.link(&path(*at), &letter.to_string()));
            }
        });
    });
}

fn row(page: &mut Page, notice: &Notice) {
    page.tag("tr", &[], |page| {
        page.cell(&notice.number.to_string());
        page.tag("td", &[], |page| page.link(&page_of(notice.number), &notice.title));
        page.cell(&notice.agency);
        page.cell(&notice.accepted_at.day().to_string());
        let (units, objects) = (notice.counts.units, notice.counts.objects);
        page.cell(&format!("{}, {}", counted(units, "unité", "unités"), counted(objects, "objet", "objets")));
    });
}
