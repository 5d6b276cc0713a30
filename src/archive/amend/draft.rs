//! Drafts: the new state of an archive's units, written aside, then committed with the others as few groups.

use std::{
    collections::{BTreeSet, HashSet},
    io::{BufReader, BufWriter, Seek as _, Write as _},
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        amend::{CHANGES_TOLD, Changed, Outcome},
        error::Error,
        ingest::seal,
        selection::Refusal,
        writer::Act,
    },
    domain::{
        amendment::{self, Amendment},
        archive::Part,
        clock::Clock,
        digest::Digest,
        id::{ArchiveId, UnitId},
        journal::Line,
        mandate::{Describe, Mandate},
        name::Name,
        tenant::TenantId,
        unit::Unit,
    },
    record::{
        self,
        amendment::AmendmentHeader,
        description,
        facts::{Fact, describing::Amended},
    },
    store::{Kept, Pen},
    vault::layout::OcflId,
};

/// Faults that are told; all are counted.
const FAULTS_TOLD: usize = 100;

/// The new state of an archive's units.
pub(super) struct Draft {
    kept: Kept,
    units: u64,
    /// The units whose parents change, with those that they will have.
    moved: Vec<(UnitId, Vec<UnitId>)>,
    /// The amendment's file.
    file: SpooledTempFile,
}

/// What becomes of a unit.
pub(super) enum Restatement {
    /// It stays as it is.
    Same,
    /// Its new state.
    New(Box<Unit>),
    /// What is wrong with the change, in French.
    Faulty(Vec<String>),
}

/// What was found while drafting.
#[derive(Default)]
pub(super) struct Tally {
    faults: Vec<(UnitId, String)>,
    n_faults: u64,
    changed: Vec<Changed>,
    n_changed: u64,
    unchanged: u64,
}

impl Tally {
    /// Notes what is wrong with a unit.
    pub(super) fn fault(&mut self, unit: UnitId, why: String) {
        self.n_faults += 1;
        if self.faults.len() < FAULTS_TOLD {
            self.faults.push((unit, why));
        }
    }

    fn change(&mut self, archive: ArchiveId, before: &Unit, after: &Unit) {
        self.n_changed += 1;
        if self.changed.len() < CHANGES_TOLD {
            let (unit, title) = (after.id, after.content.title.clone());
            self.changed.push(Changed { unit, archive, title, differences: amendment::differences(before, after) });
        }
    }

    /// What would be done, unless something is wrong.
    pub(super) fn outcome(self, archives: usize) -> Result<Outcome, Refusal> {
        if self.n_faults > 0 {
            return Err(Refusal::Faults { told: self.faults, count: self.n_faults });
        }
        let archives = u64::try_from(archives).unwrap_or(u64::MAX);
        let Self { n_changed: units, unchanged, changed, .. } = self;
        Ok(Outcome { amendment: None, units, archives, unchanged, changed, overtaken: Vec::new() })
    }
}

impl Archive {
    /// Drafts the new state of some units of an archive; `None` when none of them changes.
    pub(super) fn draft(
        &self,
        kept: &Kept,
        header: &AmendmentHeader,
        units: &HashSet<UnitId>,
        tally: &mut Tally,
        restate: &mut dyn FnMut(&Unit) -> Result<Restatement, Error>,
    ) -> Result<Option<Draft>, Error> {
        let mut file = self.work_file();
        let mut out = BufWriter::new(&mut file);
        record::amendment::write_header(header, &mut out)?;
        let (mut n_units, mut left, mut moved) = (0, units.len(), Vec::new());
        let mut parts = self.parts(&kept.archive.tenant, kept.archive.id)?;
        while left > 0 {
            let Some(part) = parts.next().transpose()? else { break };
            let Part::Unit(unit) = part else { continue };
            if !units.contains(&unit.id) {
                continue;
            }
            left -= 1;
            match restate(&unit)? {
                Restatement::Same => tally.unchanged += 1,
                Restatement::Faulty(faults) => faults.into_iter().for_each(|why| tally.fault(unit.id, why)),
                Restatement::New(new) => {
                    tally.change(kept.archive.id, &unit, &new);
                    if new.parents != unit.parents {
                        moved.push((new.id, new.parents.clone()));
                    }
                    n_units += 1;
                    description::write_part(&Part::Unit(new), &mut out)?;
                }
            }
        }
        out.flush()?;
        drop(out);
        Ok((n_units > 0).then(|| Draft { kept: kept.clone(), units: n_units, moved, file }))
    }

    /// Makes drafts stand, many archives per commit; which archives had changed meanwhile, and stay as they are.
    pub(super) fn commit(
        &self,
        by: &Mandate<Describe>,
        header: &AmendmentHeader,
        drafts: Vec<Draft>,
    ) -> Result<Vec<ArchiveId>, Error> {
        let mut overtaken = Vec::new();
        let mut drafts = drafts.into_iter();
        loop {
            let group: Vec<Draft> = drafts.by_ref().take(self.limits.acts_per_commit).collect();
            if group.is_empty() {
                return Ok(overtaken);
            }
            let archives: Vec<ArchiveId> = group.iter().map(|draft| draft.kept.archive.id).collect();
            let acts = group.into_iter().map(|draft| self.act(by, header, draft)).collect::<Result<_, _>>()?;
            for (archive, answer) in archives.into_iter().zip(self.writer.commit_all(acts)) {
                if !answer? {
                    overtaken.push(archive);
                }
            }
        }
    }

    fn act(&self, by: &Mandate<Describe>, header: &AmendmentHeader, mut draft: Draft) -> Result<Act, Error> {
        let (tenant, archive) = (by.tenant().clone(), draft.kept.archive.id);
        let object = OcflId::Archive { tenant: tenant.clone(), archive, generation: draft.kept.archive.generation };
        let mut staging = self.vault.new_version(&object)?;
        draft.file.rewind()?;
        let name = record::amendment::file_of(header.amendment);
        let delta = staging.put(&Name::from(name.as_str()), &mut draft.file, &[])?.digests.sha512();
        let staged = staging.finish("Modification", &by.actor().to_string(), header.at)?;
        let amending = Amending { tenant, header: header.clone(), delta, inventory: staged.inventory, draft };
        let clock = self.clock.clone();
        Ok(Act {
            objects: vec![staged],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| amending.write(pen, lines, &*clock)),
        })
    }
}

/// What the amendment of one archive writes to the catalog.
struct Amending {
    tenant: TenantId,
    header: AmendmentHeader,
    delta: Digest,
    inventory: Digest,
    draft: Draft,
}

impl Amending {
    fn write(mut self, pen: &mut Pen<'_>, lines: &mut Vec<Line>, clock: &dyn Clock) -> Result<bool, Error> {
        let (archive, AmendmentHeader { amendment: id, by, reverts, .. }) = (self.draft.kept.archive.id, self.header);
        if pen.archive(&self.tenant, archive)?.as_ref() != Some(&self.draft.kept) {
            return Ok(false);
        }
        if !still_fits(pen, &self.tenant, &self.draft.moved)? {
            return Ok(false);
        }
        let units = self.draft.units;
        let fact = Fact::Amended(Amended {
            amendment: id,
            archive,
            delta: self.delta,
            inventory: self.inventory,
            reverts,
            units,
        });
        let line = seal(pen, &self.tenant, &fact, Some(by), clock.now())?;
        let amendment = Amendment { id, archive, at: line.at, by, reverts, units };
        self.draft.file.rewind()?;
        let (_, parts) = record::amendment::read(BufReader::new(self.draft.file))?;
        pen.rules_changed(&self.tenant, archive)?;
        pen.amend(&self.tenant, &amendment, self.inventory, parts.map(|part| part.map_err(Error::from)))?;
        lines.push(line);
        Ok(true)
    }
}

/// Whether units may still be moved under their new parents, as this act has everything: these are there, none of them
/// stands below what moves, and no hold forbids it.
fn still_fits(pen: &mut Pen<'_>, tenant: &TenantId, moved: &[(UnitId, Vec<UnitId>)]) -> Result<bool, Error> {
    if moved.is_empty() {
        return Ok(true);
    }
    let units: Vec<UnitId> = moved.iter().map(|(unit, _)| *unit).collect();
    let targets: BTreeSet<UnitId> = moved.iter().flat_map(|(_, parents)| parents.iter().copied()).collect();
    for target in targets {
        let above = pen.ancestry(tenant, &[target])?;
        let below_itself = |(unit, parents): &(UnitId, Vec<UnitId>)| parents.contains(&target) && above.holds(*unit);
        if !above.holds(target) || moved.iter().any(below_itself) {
            return Ok(false);
        }
    }
    Ok(!pen.is_any_fixed(tenant, &units)?)
}
