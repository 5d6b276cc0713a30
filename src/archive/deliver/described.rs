//! The description of a whole archive as a SEDA message without its files: what a restitution shows beside an object whose
//! manifest as received no longer says everything.

use std::{collections::HashSet, io::Seek};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        deliver::{Letter, parcel::Places, share::Share},
        error::Error,
    },
    domain::{self, archive::Part, clock::Timestamp, id::ArchiveId, tenant::TenantId},
};

impl Archive {
    /// The description of an archive as it stands, whole, as a SEDA transfer that names its objects and does not bring
    /// them, dated `at` under the archive's identifier; it stands at its beginning, and its length comes with it.
    pub(in crate::archive) fn described_in_seda(
        &self,
        tenant: &TenantId,
        id: ArchiveId,
        at: Timestamp,
    ) -> Result<(SpooledTempFile, u64), Error> {
        let kept = self.store.holdings(tenant).archive(id)?;
        let archive = kept.ok_or_else(|| Error::Inconsistent(format!("archive {id} is not known")))?.archive;
        let header = self.record(tenant, id)?.archive.header;
        let (mut units, mut groups) = (HashSet::new(), HashSet::new());
        for part in self.parts(tenant, id)? {
            match part? {
                Part::Unit(unit) => _ = units.insert(unit.id),
                Part::Group(group) => _ = groups.insert(group.id),
                Part::Object(_) => {}
            }
        }
        let version = archive.version;
        let archive = domain::archive::Archive { header, ..archive };
        let mut shares = [Share { archive, units, groups, objects: 0, bytes: 0 }];
        let mut places = Places::default();
        self.tally(tenant, &mut shares, &mut places)?;
        let mut manifest = self.work_file();
        let message = id.to_string().parse().map_err(|_| Error::Inconsistent(format!("{id} is no identifier")))?;
        self.write_manifest(tenant, &[], &shares, &places, (version, message, at, Letter::Copy), &mut manifest)?;
        let size = manifest.stream_position()?;
        manifest.rewind()?;
        Ok((manifest, size))
    }
}
