//! The successor: what stays of an archive, as an object of its own, whole by itself.
//!
//! Originals that stay are copied as they came. The manifest is written anew without what goes (`seda::delivery`); the
//! description and its amendments lose the lines of what goes, and nothing else.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, BufWriter, Seek as _, Write as _},
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        access::Kept,
        destroy::{object_of, sift::Sifted},
        error::Error,
        keep::as_received,
    },
    domain::{
        archive::{Header, Part},
        clock::Timestamp,
        disposal::Doomed,
        id::{ActorId, UnitId},
        name::Name,
        object::{DataObject, Matter},
    },
    record::{archive_json, description},
    seda::delivery::{self, Chosen, Delivery, Message},
    vault::{
        layout::OcflId,
        staging::{Staged, Staging},
    },
};

/// The folder of amendments in an archive's object.
pub const AMENDMENTS: &str = "amendments/";

/// Papers that stay as they are.
const PAPERS: [&str; 2] = ["acknowledgement.xml", "reply.xml"];

/// What the manifest of a successor says of itself.
const COMMENT: &str = "Bordereau dérivé par Cartulaire après une élimination, une restitution ou un transfert partiel ; le \
     bordereau reçu décrivait aussi ce qui est parti.";

impl Archive {
    /// Writes the next generation of an archive aside.
    pub(super) fn stage_successor(
        &self,
        actor: ActorId,
        kept: &Kept,
        doomed: &Doomed,
        sifted: &Sifted,
    ) -> Result<Staged, Error> {
        let now = self.clock.now();
        let tenant = &kept.archive.tenant;
        let old = object_of(tenant, doomed.archive, doomed.generation);
        let mut staging = self.vault.stage(&object_of(tenant, doomed.archive, doomed.generation + 1))?;
        let mut record = self.record(tenant, doomed.archive)?;
        record.archive.generation = doomed.generation + 1;
        record.archive.counts = sifted.stays;
        let mut header = Vec::new();
        archive_json::write(&record, &mut header)?;
        staging.put_bytes("archive.json", &header)?;
        self.copy_papers(&old, &mut staging)?;
        self.copy_originals(&old, sifted, &record.manifest, &mut staging)?;
        let mut manifest = self.derived_manifest(kept, &record.archive.header, doomed, sifted, now)?;
        staging.put(&as_received(&record.manifest), &mut manifest, &[])?;
        let mut description = self.sifted_description(&old, doomed, sifted)?;
        staging.put(&Name::from("description.jsonl"), &mut description, &[])?;
        self.sift_amendments(&old, &doomed.units, &mut staging)?;
        Ok(staging.finish("Ce qui reste après une destruction partielle", &actor.to_string(), now)?)
    }

    fn copy_papers(&self, old: &OcflId, staging: &mut Staging) -> Result<(), Error> {
        let inventory = self.vault.read_inventory(old)?;
        for paper in PAPERS.map(Name::from) {
            if let Some(digest) = inventory.find(&paper) {
                staging.put(&paper, &mut self.vault.open_content(old, digest)?.verified()?, &[])?;
            }
        }
        Ok(())
    }

    fn copy_originals(
        &self,
        old: &OcflId,
        sifted: &Sifted,
        manifest: &Name,
        staging: &mut Staging,
    ) -> Result<(), Error> {
        // Several objects may be one entry of the package.
        let mut copied = BTreeSet::from([manifest]);
        for (name, digest) in &sifted.files {
            if copied.insert(name) {
                staging.put(&as_received(name), &mut self.vault.open_content(old, *digest)?.verified()?, &[])?;
            }
        }
        Ok(())
    }

    /// The manifest without what goes, of the version and under the identifier of the one received.
    fn derived_manifest(
        &self,
        kept: &Kept,
        header: &Header,
        doomed: &Doomed,
        sifted: &Sifted,
        now: Timestamp,
    ) -> Result<SpooledTempFile, Error> {
        let delivery = Delivery {
            message: Message::Transfer { transferring_agency: &header.transferring_agency },
            version: kept.archive.version,
            message_identifier: &header.message_identifier,
            date: now,
            comment: Some(COMMENT),
            agreement: header.agreement.as_deref(),
            archival_agency: &header.archival_agency,
            header_source: Some(&header.source),
        };
        let parts = || {
            let (parts, failed) = match self.parts(&kept.archive.tenant, doomed.archive) {
                Ok(parts) => (Some(parts), None),
                Err(error) => (None, Some(Err(error))),
            };
            let stays = parts.into_iter().flatten();
            let stays = stays.filter(|part| part.as_ref().map_or(true, |part| sifted.keeps(part, &doomed.units)));
            failed.into_iter().chain(stays.map(|part| Ok(Chosen { archive: 0, part: part? })))
        };
        let mut manifest: SpooledTempFile = delivery::write::<_, Error, _>(&delivery, parts, uri, self.work_file())?;
        manifest.rewind()?;
        Ok(manifest)
    }

    /// `description.jsonl` as it was first written, without what goes.
    fn sifted_description(&self, old: &OcflId, doomed: &Doomed, sifted: &Sifted) -> Result<SpooledTempFile, Error> {
        let opened = self.vault.open_file(old, &Name::from("description.jsonl"))?.verified()?;
        let mut out = BufWriter::new(self.work_file());
        for part in description::parts(BufReader::new(opened)) {
            let part = part?;
            if sifted.keeps(&part, &doomed.units) {
                description::write_part(&part, &mut out)?;
            }
        }
        rewound(out)
    }

    /// Amendments, each with its header and without the units that go; one that spoke of none that stays is left out.
    fn sift_amendments(&self, old: &OcflId, doomed: &BTreeSet<UnitId>, staging: &mut Staging) -> Result<(), Error> {
        let inventory = self.vault.read_inventory(old)?;
        for (path, digest) in inventory.state().filter(|(path, _)| path.starts_with(AMENDMENTS)) {
            let mut text = BufReader::new(self.vault.open_content(old, digest)?.verified()?);
            let mut out = BufWriter::new(self.work_file());
            let mut header = Vec::new();
            text.read_until(b'\n', &mut header)?;
            out.write_all(&header)?;
            let mut stay = 0_u64;
            for part in description::parts(text) {
                let part = part?;
                if matches!(&part, Part::Unit(unit) if !doomed.contains(&unit.id)) {
                    description::write_part(&part, &mut out)?;
                    stay += 1;
                }
            }
            if stay > 0 {
                staging.put(&Name::from(path), &mut rewound(out)?, &[])?;
            }
        }
        Ok(())
    }
}

/// Where an object stands in the package: where it came.
fn uri(object: &DataObject) -> String {
    match &object.matter {
        Matter::Binary(binary) => binary.name.display(),
        Matter::Physical(_) => String::new(),
    }
}

fn rewound(out: BufWriter<SpooledTempFile>) -> Result<SpooledTempFile, Error> {
    let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}
