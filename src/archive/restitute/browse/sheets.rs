//! The pages of one archive: its header and its first units; then, when there are many, a tree and further pages.

use crate::{
    archive::{
        error::Error,
        keep,
        letterhead::counted,
        restitute::{
            RestituteError, Task,
            browse::{
                catalogue::{Notice, page_of},
                outline::{self, Item, Outline},
                page::Page,
                units::{self, Around, path_of},
                words,
            },
            objects::Standing,
            sink::Sink,
        },
    },
    domain::{
        archive::{Counts, Part},
        name::Name,
        object::{DataObject, Matter},
        unit::Unit,
    },
    pdf::in_french,
    record::archive_json::ArchiveRecord,
    vault::extract::Extract,
};

/// Units on one page.
const UNITS: usize = 50;

/// Bytes of markup after which a page of units ends before its time.
const SOURCE_BYTES: usize = 256 << 10;

/// Characters of a file's name or format that are kept while pages are written.
const NAME_CHARS: usize = 200;

/// What the pages of an archive are made of.
struct Sheets<'a> {
    task: &'a Task<'a>,
    standing: &'a Standing,
    extract: &'a Extract,
    record: ArchiveRecord,
    outline: Outline,
    /// The first unit of each page.
    starts: Vec<usize>,
}

/// Writes the pages of an archive, and gives what the lists say of it.
pub(super) fn write(
    task: &Task<'_>,
    standing: &Standing,
    extract: &Extract,
    sink: &mut dyn Sink,
) -> Result<Notice, RestituteError> {
    let (tenant, archive) = (&task.cut.tenant.id, standing.kept.archive.id);
    let record = task.archive.record(tenant, archive)?;
    let mut sheets = Sheets { task, standing, extract, record, outline: Outline::default(), starts: vec![0] };
    let counts = sheets.survey()?;
    sheets.write(sink)?;
    let header = &sheets.record.archive.header;
    let agency = header.originating_agency.as_deref().unwrap_or(&header.transferring_agency);
    let place = standing.kept.place.number;
    Ok(Notice::new(place, &sheets.title(), sheets.record.archive.accepted_at, agency, counts))
}

impl Sheets<'_> {
    /// Reads the description once: what the tree, the links and the tables of files need.
    fn survey(&mut self) -> Result<Counts, RestituteError> {
        let mut counts = Counts::default();
        let mut bytes = 0;
        for part in self.parts()? {
            match part? {
                Part::Group(_) => counts.groups += 1,
                Part::Object(object) => {
                    counts.objects += 1;
                    counts.bytes += item_size(&object);
                    let item = item(&object);
                    self.outline.groups.entry(object.group).or_default().push(item);
                }
                Part::Unit(unit) => {
                    counts.units += 1;
                    let at = self.outline.len();
                    let from = self.starts.last().copied().unwrap_or_default();
                    if at > from && (at - from >= UNITS || bytes > SOURCE_BYTES) {
                        self.starts.push(at);
                        bytes = 0;
                    }
                    bytes += weight(&unit);
                    self.outline.add(&unit);
                }
            }
        }
        self.outline.tie();
        Ok(counts)
    }

    fn parts(&self) -> Result<impl Iterator<Item = Result<Part, Error>> + use<>, Error> {
        self.task.archive.parts(&self.task.cut.tenant.id, self.standing.kept.archive.id)
    }

    fn number(&self) -> u64 {
        self.standing.kept.place.number
    }

    /// The path of the page that shows a unit, by its place.
    fn path_of_unit(&self, at: usize) -> String {
        self.path(self.starts.partition_point(|start| *start <= at))
    }

    /// The path of a page of units, from 1.
    fn path(&self, sheet: usize) -> String {
        let first = page_of(self.number());
        if sheet <= 1 { first } else { first.replace(".html", &format!("-{sheet}.html")) }
    }

    /// The path of a page of the tree, from 1.
    fn path_of_tree(&self, sheet: usize) -> String {
        page_of(self.number()).replace(".html", &format!("-arbre-{sheet}.html"))
    }

    fn title(&self) -> String {
        let own = self.record.archive.header.comment.as_deref().filter(|comment| !comment.trim().is_empty());
        own.or_else(|| self.outline.first_title().filter(|title| !title.is_empty()))
            .map_or_else(|| format!("Archive n° {}", self.number()), str::to_owned)
    }

    fn write(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let rows = self.outline.rows();
        if self.starts.len() > 1 {
            self.trees(&rows, sink)?;
        }
        let (mut sheet, mut held, mut at) = (1, Vec::new(), 0);
        for part in self.parts()? {
            let Part::Unit(unit) = part? else { continue };
            if self.starts.get(sheet).is_some_and(|start| *start == at) {
                self.sheet(sheet, &std::mem::take(&mut held), &rows, sink)?;
                sheet += 1;
            }
            held.push(*unit);
            at += 1;
        }
        self.sheet(sheet, &held, &rows, sink)
    }

    /// The tree, page by page.
    fn trees(&self, rows: &[(usize, usize)], sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let last = rows.len().div_ceil(outline::ROWS);
        for (at, rows) in (1..).zip(rows.chunks(outline::ROWS)) {
            let title = format!("Arborescence : {} (page {at} sur {last})", self.title());
            let bytes = Page::whole(&title, &self.task.cut.tenant.name, 3, |page| {
                page.tag("p", &[], |page| page.link(&self.path(1), "Retour à l’archive"));
                page.pages(at, last, |at| self.path_of_tree(at));
                self.outline.write(page, rows, &|at| self.path_of_unit(at));
                page.pages(at, last, |at| self.path_of_tree(at));
            });
            self.task.put(sink, &self.path_of_tree(at), &bytes)?;
        }
        Ok(())
    }

    /// A page of units; the first one begins with the archive's header.
    fn sheet(
        &self,
        sheet: usize,
        held: &[Unit],
        rows: &[(usize, usize)],
        sink: &mut dyn Sink,
    ) -> Result<(), RestituteError> {
        let last = self.starts.len();
        let title = if sheet > 1 { format!("{} (page {sheet} sur {last})", self.title()) } else { self.title() };
        let path = |at| self.path_of_unit(at);
        let around = Around { outline: &self.outline, extract: self.extract, path: &path };
        let bytes = Page::whole(&title, &self.task.cut.tenant.name, 3, |page| {
            if sheet == 1 {
                self.header(page);
                self.tree(page, rows);
            }
            page.tag("section", &[("aria-labelledby", "unites")], |page| {
                page.tag("h2", &[("id", "unites")], |page| page.text("Unités d’archives"));
                page.pages(sheet, last, |at| self.path(at));
                for unit in held {
                    units::write(page, unit, &around);
                }
                page.pages(sheet, last, |at| self.path(at));
            });
        });
        self.task.put(sink, &self.path(sheet), &bytes)
    }

    fn header(&self, page: &mut Page) {
        let (archive, header) = (&self.record.archive, &self.record.archive.header);
        let counts = &archive.counts;
        page.tag("section", &[("aria-labelledby", "notice")], |page| {
            page.tag("h2", &[("id", "notice")], |page| page.text("Notice"));
            page.facts([
                ("Numéro", Some(self.number().to_string())),
                ("Entrée", Some(in_french(archive.accepted_at))),
                ("Producteur", header.originating_agency.clone()),
                ("Service versant", Some(header.transferring_agency.clone())),
                ("Service d’archives", Some(header.archival_agency.clone())),
                ("Accord de versement", header.agreement.clone()),
                ("Profil", header.profile.clone()),
                ("Message", Some(header.message_identifier.clone())),
                ("Date du message", Some(header.date.clone())),
                ("Modalités d’entrée", header.acquisition.clone()),
                ("Statut légal", header.legal_status.clone()),
                ("Commentaire", header.comment.clone()),
                ("Unités", Some(counted(counts.units, "unité", "unités"))),
                ("Objets", Some(counted(counts.objects, "objet", "objets"))),
                ("Volume", Some(words::bytes(counts.bytes))),
                ("Identifiant", Some(archive.id.to_string())),
            ]);
            units::rules(page, &header.management);
            self.messages(page);
        });
    }

    /// The messages that went with it, as they stand in its object.
    fn messages(&self, page: &mut Page) {
        let manifest = keep::as_received(&self.record.manifest);
        let last = self.record.manifest.last();
        let all = [
            (manifest, last.as_str(), "le bordereau tel qu’il est arrivé"),
            (Name::from("acknowledgement.xml"), "acknowledgement.xml", "l’accusé de réception"),
            (Name::from("reply.xml"), "reply.xml", "la réponse au transfert"),
            (Name::from("archive.json"), "archive.json", "la notice, pour les programmes"),
            (Name::from("description.jsonl"), "description.jsonl", "les descriptions, pour les programmes"),
        ];
        page.paragraph("Pièces :");
        page.tag("ul", &[], |page| {
            for (name, shown, what) in &all {
                let path = self.extract.inventory.find(name).and_then(|digest| path_of(self.extract, digest));
                if let Some(path) = path {
                    page.tag("li", &[], |page| {
                        page.file(&path, shown, None);
                        page.text(&format!(" : {what}"));
                    });
                }
            }
            if self.standing.is_changed() {
                let path = format!("descriptions/{}.xml", self.number());
                page.tag("li", &[], |page| page.link(&path, "le bordereau d’après les modifications"));
            }
        });
    }

    /// The whole tree when it is short; the way to it otherwise.
    fn tree(&self, page: &mut Page, rows: &[(usize, usize)]) {
        if rows.len() < 2 {
            return;
        }
        page.tag("section", &[("aria-labelledby", "arbre")], |page| {
            page.tag("h2", &[("id", "arbre")], |page| page.text("Arborescence"));
            if self.starts.len() > 1 {
                let words = format!(
                    "L’arborescence des {}",
                    counted(rows.len().try_into().unwrap_or(u64::MAX), "unité", "unités")
                );
                page.tag("p", &[], |page| page.link(&self.path_of_tree(1), &words));
            } else {
                self.outline.write(page, rows, &|at| self.path_of_unit(at));
            }
        });
    }
}

/// About how much of a page a unit takes, in bytes.
fn weight(unit: &Unit) -> usize {
    unit.source.len() + unit.content.description.as_ref().map_or(0, String::len)
}

fn item_size(object: &DataObject) -> u64 {
    match &object.matter {
        Matter::Binary(binary) => binary.size,
        Matter::Physical(_) => 0,
    }
}

fn item(object: &DataObject) -> Item {
    let short = |text: &String| words::cut(text, NAME_CHARS);
    let (name, bytes, format, mime) = match &object.matter {
        Matter::Binary(binary) => (
            short(&binary.filename),
            Some((binary.size, binary.digest)),
            binary.format.name.as_ref().or(binary.format.puid.as_ref()).map(short),
            binary.format.mime.as_ref().map(short),
        ),
        Matter::Physical(id) => (id.as_ref().map_or_else(|| object.local_id.clone(), short), None, None, None),
    };
    Item { version: object.version.as_ref().map(short), name, bytes, format, mime }
}
