//! The rows of an archive's parts, gathered and written by the many: memory stays flat whatever the archive holds.

use crate::{
    domain::{archive::Part, id::ArchiveId, unit::Unit},
    store::{
        archives::Kept,
        batch::{self, Batch},
        cells,
        database::Database,
        error::Error,
        objects::{GroupRow, ObjectRow},
        rule_uses::RuleRows,
        unit_rows::{IdentifierRow, KeywordRow, ParentRow, UnitRow},
        words,
    },
};

/// Parts that are gathered before they are written.
const PARTS: usize = 500;

/// The most units, and the most objects, of one archive: a cursor leaves 24 bits for their place in it.
pub const PARTS_OF_ARCHIVE: i64 = 1 << 24;

/// Rows that wait for their batch.
pub struct Shelf {
    tenant: String,
    archive: ArchiveId,
    /// The cursor of the archive's first unit, and of its first object.
    first: i64,
    next_unit: i64,
    next_object: i64,
    groups: Vec<GroupRow>,
    objects: Vec<ObjectRow>,
    units: Vec<UnitRow>,
    parents: Vec<ParentRow>,
    identifiers: Vec<IdentifierRow>,
    keywords: Vec<KeywordRow>,
    rules: RuleRows,
    words: Vec<(i64, String)>,
}

/// The cursors of an archive of this rank: from the first, to before the second.
pub fn cursors(sequence: i64) -> Result<(i64, i64), Error> {
    let what = "an archive's rank";
    let first = sequence.checked_mul(PARTS_OF_ARCHIVE).ok_or(Error::TooLarge { what })?;
    Ok((first, first.checked_add(PARTS_OF_ARCHIVE).ok_or(Error::TooLarge { what })?))
}

impl Shelf {
    pub fn new(kept: &Kept) -> Result<Self, Error> {
        let (first, _) = cursors(cells::stored(kept.place.sequence, "an archive's rank")?)?;
        Ok(Self { first, ..Self::of(kept.archive.tenant.as_str(), kept.archive.id) })
    }

    /// A shelf for units of an archive that have their cursors already.
    pub fn of(tenant: &str, archive: ArchiveId) -> Self {
        Self {
            tenant: tenant.to_owned(),
            archive,
            first: 0,
            next_unit: 0,
            next_object: 0,
            groups: Vec::new(),
            objects: Vec::new(),
            units: Vec::new(),
            parents: Vec::new(),
            identifiers: Vec::new(),
            keywords: Vec::new(),
            rules: RuleRows::default(),
            words: Vec::new(),
        }
    }

    /// Adds a part's rows.
    pub fn add(&mut self, part: &Part) -> Result<(), Error> {
        match part {
            Part::Group(group) => self.groups.push(GroupRow::new(&self.tenant, self.archive, group)),
            Part::Object(object) => {
                let cursor = place(self.first, &mut self.next_object)?;
                self.objects.push(ObjectRow::new(&self.tenant, self.archive, cursor, object)?);
            }
            Part::Unit(unit) => self.add_unit(unit)?,
        }
        Ok(())
    }

    fn add_unit(&mut self, unit: &Unit) -> Result<(), Error> {
        let cursor = place(self.first, &mut self.next_unit)?;
        self.put_unit(cursor, unit)
    }

    /// Adds the rows of a unit at a cursor.
    pub fn put_unit(&mut self, cursor: i64, unit: &Unit) -> Result<(), Error> {
        self.units.push(UnitRow::new(&self.tenant, self.archive, cursor, unit)?);
        self.parents.extend(ParentRow::all(&self.tenant, cursor, &unit.parents));
        self.identifiers.extend(IdentifierRow::all(&self.tenant, cursor, &unit.content.identifiers));
        self.keywords.extend(KeywordRow::all(&self.tenant, cursor, &unit.content.keywords));
        self.rules.add(&self.tenant, &unit.id.to_string(), &unit.management.categories)?;
        self.words.push((cursor, words::of_unit(&self.tenant, unit)));
        Ok(())
    }

    /// Writes what waits, once there is enough of it.
    pub fn empty_when_full(&mut self, database: &mut Database) -> Result<(), Error> {
        let waiting = self.groups.len() + self.objects.len() + self.units.len();
        if waiting >= PARTS { self.empty(database) } else { Ok(()) }
    }

    /// Writes what waits.
    pub fn empty(&mut self, database: &mut Database) -> Result<(), Error> {
        write(&mut self.groups, database)?;
        write(&mut self.objects, database)?;
        write(&mut self.units, database)?;
        write(&mut self.parents, database)?;
        write(&mut self.identifiers, database)?;
        write(&mut self.keywords, database)?;
        self.rules.insert(database)?;
        batch::insert_words(database, &self.tenant, &self.words)?;
        self.words.clear();
        Ok(())
    }
}

fn write<R: Batch>(rows: &mut Vec<R>, database: &mut Database) -> Result<(), Error> {
    R::insert(rows, database)?;
    rows.clear();
    Ok(())
}

/// The cursor of the next part.
fn place(first: i64, next: &mut i64) -> Result<i64, Error> {
    if *next >= PARTS_OF_ARCHIVE {
        return Err(Error::TooLarge { what: "the number of an archive's parts" });
    }
    let cursor = first + *next;
    *next += 1;
    Ok(cursor)
}
