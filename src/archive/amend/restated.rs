//! The last state of the units that amendments changed: read once, laid down in a work file, given by identifier.

use std::{
    collections::HashMap,
    io::{BufReader, Read as _, Seek as _, SeekFrom, Write as _},
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{Archive, error::Error},
    domain::{
        amendment::Amendment,
        archive::Part,
        id::{ArchiveId, UnitId},
        name::Name,
        tenant::TenantId,
        unit::Unit,
    },
    record::{amendment, description},
};

/// Units at hand: a place in the work file per unit, the texts in the file.
pub(in crate::archive) struct Restated {
    file: SpooledTempFile,
    places: HashMap<UnitId, Place>,
    end: u64,
}

#[derive(Clone, Copy)]
struct Place {
    at: u64,
    length: u64,
}

impl Restated {
    /// None yet, in a work file.
    pub(super) fn none(file: SpooledTempFile) -> Self {
        Self { file, places: HashMap::new(), end: 0 }
    }

    /// Lays down a unit, in the place of what was laid down of it before.
    pub(super) fn put(&mut self, unit: Box<Unit>) -> Result<(), Error> {
        let (id, mut line) = (unit.id, Vec::new());
        description::write_part(&Part::Unit(unit), &mut line)?;
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&line)?;
        self.places.insert(id, Place { at: self.end, length });
        self.end += length;
        Ok(())
    }

    /// A unit as it was last laid down.
    pub(in crate::archive) fn unit(&mut self, id: UnitId) -> Result<Option<Box<Unit>>, Error> {
        let Some(place) = self.places.get(&id).copied() else { return Ok(None) };
        self.file.seek(SeekFrom::Start(place.at))?;
        let mut parts = description::parts((&mut self.file).take(place.length));
        match parts.next().transpose()? {
            Some(Part::Unit(unit)) => Ok(Some(unit)),
            _ => Err(Error::Inconsistent(format!("the state of unit {id} cannot be read back"))),
        }
    }
}

impl Archive {
    /// The units of an archive as some of its amendments, in their order, left them.
    pub(in crate::archive) fn restated(
        &self,
        tenant: &TenantId,
        archive: ArchiveId,
        amendments: &[Amendment],
    ) -> Result<Restated, Error> {
        let mut restated = Restated::none(self.work_file());
        for one in amendments {
            for part in self.amended_parts(tenant, archive, one)?.1 {
                if let Part::Unit(unit) = part? {
                    restated.put(unit)?;
                }
            }
        }
        Ok(restated)
    }

    /// What the file of an amendment says.
    pub(super) fn amended_parts(
        &self,
        tenant: &TenantId,
        archive: ArchiveId,
        one: &Amendment,
    ) -> Result<(amendment::AmendmentHeader, impl Iterator<Item = Result<Part, Error>> + use<>), Error> {
        let object = self.object_of(tenant, archive)?;
        let opened = self.vault.open_file(&object, &Name::from(amendment::file_of(one.id).as_str()))?.verified()?;
        let (header, parts) = amendment::read(BufReader::new(opened))?;
        Ok((header, parts.map(|part| part.map_err(Error::from))))
    }
}
