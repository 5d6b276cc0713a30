//! The list of what goes: identifiers and digests, in a lasting record of the archive's own, so that the catalog is made
//! again and the evidence still verifies when the bytes are gone.

use std::io::{BufReader, Write};

use crate::{
    archive::{
        Archive,
        access::Kept,
        destroy::{object_of, sift::Sifted},
        error::Error,
        referentials::record_object,
    },
    digest,
    domain::{
        digest::Digest,
        disposal::{Disposal, Doomed},
        id::ArchiveId,
        name::Name,
        tenant::TenantId,
        transfer::{Transfer, TransferStatus},
    },
    record::departure::{self, Brought, FORMAT, Gone, Header},
    vault::{Vault, error::ReadError, layout::OcflId, staging::Staged},
};

/// A list, ready to be published with the act.
pub struct Listing {
    /// The next version of the record.
    pub staged: Staged,
    /// The digest of the list.
    pub digest: Digest,
}

impl Archive {
    /// Writes the list of what goes of an archive.
    pub(super) fn list_gone(
        &self,
        kept: &Kept,
        disposal: &Disposal,
        doomed: &Doomed,
        sifted: &Sifted,
    ) -> Result<Listing, Error> {
        let tenant = &kept.archive.tenant;
        let transfer = if sifted.stays.units > 0 { None } else { Some(self.brought(kept)?) };
        let header = Header {
            format: FORMAT.to_owned(),
            archive: doomed.archive,
            generation: doomed.generation,
            disposal: disposal.id,
            inventory: doomed.inventory,
            transfer,
        };
        let mut text = Vec::new();
        departure::write_header(&header, &mut text)?;
        for unit in &doomed.units {
            departure::write(&Gone::Unit { id: *unit }, &mut text)?;
        }
        for (id, digest, size) in &sifted.objects {
            departure::write(&Gone::Object { id: *id, digest: *digest, size: *size }, &mut text)?;
        }
        let inventory = self.vault.read_inventory(&object_of(tenant, doomed.archive, doomed.generation))?;
        // Evidence rests on the files of the first version, those that the archive was accepted with.
        for digest in inventory.manifest.iter().filter(|(_, version)| **version == 1).map(|(digest, _)| *digest) {
            departure::write(&Gone::File { digest }, &mut text)?;
        }
        text.flush()?;
        let digest = digest::sha512(&text);
        let file = file_of(doomed.generation);
        let staged = self.new_record(tenant, &name_of(doomed.archive), &[(&file, text)])?;
        Ok(Listing { staged, digest })
    }

    /// The transfer that brought an archive, but for its package's name: a person may be named in it.
    fn brought(&self, kept: &Kept) -> Result<Brought, Error> {
        let id = kept.archive.transfer;
        let transfer = self.store.holdings(&kept.archive.tenant).transfer(id)?;
        let Some(Transfer { by, received_at, package, key, version, acknowledgement, status, .. }) = transfer else {
            return Err(Error::Inconsistent(format!("no transfer brought the archive {}", kept.archive.id)));
        };
        let TransferStatus::Accepted { reply, at, with_warnings, .. } = status else {
            return Err(Error::Inconsistent(format!("the transfer {id} is not accepted")));
        };
        Ok(Brought {
            transfer: id,
            deposited_by: by,
            received_at,
            accepted_at: at,
            size: package.size,
            package: package.digest,
            key,
            version,
            acknowledgement,
            reply,
            with_warnings,
        })
    }
}

/// The digests of the files of a generation that was destroyed, as it was accepted; `None` when no list tells them.
pub fn gone_files(
    vault: &Vault,
    tenant: &TenantId,
    archive: ArchiveId,
    generation: u32,
) -> Result<Option<Vec<Digest>>, Error> {
    let opened = match vault.open_file(&record_of(tenant, archive)?, &Name::from(file_of(generation).as_str())) {
        Err(ReadError::NotFound { .. }) => return Ok(None),
        opened => opened?.verified()?,
    };
    let mut files = Vec::new();
    for gone in departure::read(BufReader::new(opened))?.1 {
        if let Gone::File { digest } = gone? {
            files.push(digest);
        }
    }
    Ok(Some(files))
}

/// The record that tells what went of an archive.
pub fn record_of(tenant: &TenantId, archive: ArchiveId) -> Result<OcflId, Error> {
    record_object(tenant, &name_of(archive))
}

/// A record's name has 40 characters at most: the identifier goes without its hyphens.
fn name_of(archive: ArchiveId) -> String {
    format!("gone-{}", archive.to_string().replace('-', ""))
}

fn file_of(generation: u32) -> String {
    format!("{generation}.jsonl")
}
