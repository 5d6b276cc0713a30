//! A parcel: the manifest that tells what it holds, then the files, written once and counted before anybody is answered.

use std::{
    collections::{BTreeSet, HashMap},
    io::{Seek, Write},
    ops::ControlFlow,
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        deliver::{Asked, DeliverError, Delivered, Pass, count, share::Share},
        error::Error,
    },
    domain::{
        archive::Part,
        clock::Timestamp,
        id::{ArchiveId, MessageId, ObjectId, UnitId},
        mandate::{Mandate, Read},
        object::{DataObject, Matter},
        seda::{Dialect, SedaVersion},
        tenant::TenantId,
    },
    package::zip_stream::{Packed, ZipStream},
    record::facts::life_cycle::Purpose,
    seda::{
        delivery::{self, Delivery, Message},
        schemas,
    },
};

/// What cannot be said in a version is told up to so many times.
const TOLD: usize = 20;

/// What is to be put into a parcel, and for whom.
pub struct Errand<'a> {
    /// The units.
    pub asked: Asked,
    /// Whether what stands below them comes too.
    pub with_descendants: bool,
    /// The most units.
    pub limit: usize,
    /// The version of the message; that of the units when none.
    pub version: Option<SedaVersion>,
    /// The message's identifier.
    pub identifier: MessageId,
    /// Which message.
    pub letter: Letter<'a>,
    /// What opens it to whoever it is for.
    pub pass: Pass<'a>,
}

/// Which message goes with a parcel.
#[derive(Clone, Copy, Debug)]
pub enum Letter<'a> {
    /// For a requester.
    Delivery {
        /// As the message names them.
        requester: &'a str,
        /// The request that it answers; its own identifier when none.
        request: Option<&'a str>,
        /// The authorisation that allows it.
        authorization: Option<&'a str>,
    },
    /// A transfer of what stays here too.
    Copy,
    /// A transfer to an archive that takes over.
    Transfer {
        /// Its identifier.
        receiver: &'a str,
        /// The agreement under which it takes over.
        agreement: Option<&'a str>,
    },
    /// What is given back to its originating agency.
    Restitution {
        /// The request that it answers.
        request: &'a str,
        /// The agency.
        agency: &'a str,
    },
}

/// A parcel that is ready to be written.
pub struct Parcel {
    shares: Vec<Share>,
    places: Places,
    /// `manifest.xml`, at its beginning.
    pub manifest: SpooledTempFile,
    /// Its length in bytes.
    pub manifest_size: u64,
    /// What it holds.
    pub delivered: Delivered,
}

impl Parcel {
    /// The archives that it draws on.
    pub fn archives(&self) -> Vec<ArchiveId> {
        self.shares.iter().map(|share| share.archive.id).collect()
    }
}

impl Archive {
    /// Makes a parcel ready: everything that may be refused is refused here.
    pub(in crate::archive) fn parcel(&self, tenant: &TenantId, errand: Errand<'_>) -> Result<Parcel, DeliverError> {
        let Errand { asked, with_descendants, limit, version, identifier, letter, pass } = errand;
        let mut named: Vec<UnitId> = asked.values().flatten().copied().collect();
        named.sort_unstable();
        let mut shares = self.shares(tenant, asked, with_descendants, limit)?;
        let now = self.clock.now();
        self.ensure_open(tenant, &shares, &pass, now.legal_day())?;
        let own = one_version(&shares);
        let version = match version {
            Some(version) => version,
            None => own?,
        };
        let mut places = Places::default();
        self.tally(tenant, &mut shares, &mut places)?;
        let mut manifest = self.work_file();
        // The message is dated as its identifier is, so that it is the same when it is written again.
        let at = identifier.minted_at().unwrap_or(now);
        self.write_manifest(tenant, &named, &shares, &places, (version, identifier, at, letter), &mut manifest)?;
        let manifest_size = manifest.stream_position().map_err(Error::from)?;
        manifest.rewind().map_err(Error::from)?;
        if shares.iter().any(|share| share.archive.version != version) {
            ensure_expressible(&shares, version, &mut manifest)?;
        }
        let delivered = Delivered {
            message: identifier,
            version,
            archives: count(shares.len()),
            units: count(shares.iter().map(|share| share.units.len()).sum()),
            objects: shares.iter().map(|share| share.objects).sum(),
            bytes: shares.iter().map(|share| share.bytes).sum(),
        };
        Ok(Parcel { shares, places, manifest, manifest_size, delivered })
    }

    /// Writes a parcel as a ZIP stream: `manifest.xml` unless it goes apart, then the files. Each file is told as read by
    /// `by`, if given.
    pub(in crate::archive) fn write_parcel(
        &self,
        tenant: &TenantId,
        parcel: &mut Parcel,
        with_manifest: bool,
        by: Option<&Mandate<Read>>,
        out: impl Write,
    ) -> Result<(), Error> {
        let mut zip = ZipStream::new(out);
        if with_manifest {
            parcel.manifest.rewind()?;
            zip.add("manifest.xml", parcel.manifest_size, Packed::Deflated, &mut parcel.manifest)?;
        }
        self.write_files(tenant, parcel, by, &mut zip)?;
        zip.finish()?.flush()?;
        Ok(())
    }

    /// Writes the files of a parcel.
    fn write_files(
        &self,
        tenant: &TenantId,
        parcel: &Parcel,
        by: Option<&Mandate<Read>>,
        zip: &mut ZipStream<impl Write>,
    ) -> Result<(), Error> {
        let Parcel { shares, places, .. } = parcel;
        for chosen in self.chosen(tenant, shares) {
            let chosen = chosen?;
            let Part::Object(object) = chosen.part else { continue };
            let Matter::Binary(binary) = &object.matter else { continue };
            let share = usize::try_from(chosen.archive).ok().and_then(|at| shares.get(at));
            let archive = share.ok_or_else(|| Error::Inconsistent("an object of no share".to_owned()))?.archive.id;
            let opened = self.vault.open_content(&self.object_of(tenant, archive)?, binary.digest)?;
            if let Some(by) = by {
                self.tell_reading(by, archive, Some(object.id), Purpose::Delivery);
            }
            zip.add(&places.of(&object), binary.size, Packed::Stored, &mut opened.verified()?)?;
        }
        Ok(())
    }

    /// Counts what each share holds, and gives every digital object its place in the package.
    pub(super) fn tally(&self, tenant: &TenantId, shares: &mut [Share], places: &mut Places) -> Result<(), Error> {
        let mut sizes: Vec<(u32, u64)> = Vec::new();
        for chosen in self.chosen(tenant, shares) {
            let chosen = chosen?;
            if let Part::Object(object) = chosen.part
                && let Matter::Binary(binary) = &object.matter
            {
                places.give(&object, &binary.filename);
                sizes.push((chosen.archive, binary.size));
            }
        }
        for (number, size) in sizes {
            let share = usize::try_from(number).ok().and_then(|at| shares.get_mut(at));
            if let Some(share) = share {
                share.objects += 1;
                share.bytes += size;
            }
        }
        Ok(())
    }

    pub(super) fn write_manifest(
        &self,
        tenant: &TenantId,
        named: &[UnitId],
        shares: &[Share],
        places: &Places,
        (version, message, now, letter): (SedaVersion, MessageId, Timestamp, Letter<'_>),
        out: &mut SpooledTempFile,
    ) -> Result<(), Error> {
        let units: Vec<String> = named.iter().map(ToString::to_string).collect();
        let identifier = message.to_string();
        let first = shares.first().map(|share| &share.archive.header);
        // What several headers say differently, one message cannot say of all.
        let common = first.filter(|first| {
            shares.iter().all(|share| {
                let header = &share.archive.header;
                (&header.source, &header.agreement) == (&first.source, &first.agreement)
            })
        });
        let own = first.map(|header| header.archival_agency.as_str()).unwrap_or_default();
        let own_agreement = common.and_then(|header| header.agreement.as_deref());
        let (message, archival_agency, agreement) = match letter {
            Letter::Delivery { requester, request, authorization } => {
                let request = request.unwrap_or(&identifier);
                (Message::DeliveryReply { request, authorization, units: &units, requester }, own, own_agreement)
            }
            Letter::Copy => (Message::Transfer { transferring_agency: own }, own, own_agreement),
            Letter::Transfer { receiver, agreement } => {
                (Message::Transfer { transferring_agency: own }, receiver, agreement)
            }
            Letter::Restitution { request, agency } => {
                let message = Message::RestitutionReply { request, units: &units, originating_agency: agency };
                (message, own, own_agreement)
            }
        };
        let delivery = Delivery {
            message,
            version,
            message_identifier: &identifier,
            date: now,
            comment: Some(letter.comment()),
            agreement,
            archival_agency,
            header_source: common.map(|header| header.source.as_str()),
        };
        delivery::write(&delivery, || self.chosen(tenant, shares), |object| places.of(object), out)?;
        Ok(())
    }
}

impl Letter<'_> {
    const fn comment(&self) -> &'static str {
        match self {
            Self::Delivery { .. } | Self::Copy => "Communication d'archives par Cartulaire.",
            Self::Transfer { .. } => "Transfert sortant d'archives par Cartulaire.",
            Self::Restitution { .. } => "Restitution d'archives au service producteur par Cartulaire.",
        }
    }
}

/// Where each object's bytes stand in the package.
#[derive(Default)]
pub struct Places {
    extensions: HashMap<ObjectId, String>,
}

impl Places {
    fn give(&mut self, object: &DataObject, filename: &str) {
        self.extensions.extend(extension(filename).map(|extension| (object.id, extension)));
    }

    fn of(&self, object: &DataObject) -> String {
        format!("content/{}{}", object.id, self.extensions.get(&object.id).map_or("", String::as_str))
    }
}

/// Where an object's bytes stand in a package: its own system identifier, and its file's extension.
pub fn place_of(object: &DataObject, filename: &str) -> String {
    format!("content/{}{}", object.id, extension(filename).unwrap_or_default())
}

/// A file's extension with its point, when it is a plain one.
fn extension(filename: &str) -> Option<String> {
    let (_, extension) = filename.rsplit_once('.')?;
    let plain = !extension.is_empty() && extension.len() <= 8 && extension.chars().all(|c| c.is_ascii_alphanumeric());
    plain.then(|| format!(".{}", extension.to_ascii_lowercase()))
}

fn one_version(shares: &[Share]) -> Result<SedaVersion, DeliverError> {
    let versions: BTreeSet<SedaVersion> = shares.iter().map(|share| share.archive.version).collect();
    match versions.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => Ok(*only),
        several => Err(DeliverError::SeveralVersions(several.to_vec())),
    }
}

/// Another version is taken when the message is valid under its schema: nothing is left out to make it so.
fn ensure_expressible(
    shares: &[Share],
    version: SedaVersion,
    manifest: &mut SpooledTempFile,
) -> Result<(), DeliverError> {
    let is_strict = shares.iter().all(|share| share.archive.dialect == Dialect::Strict);
    let dialect = if is_strict { Dialect::Strict } else { Dialect::Vitam };
    let schema = schemas::schema(version, dialect).map_err(|error| Error::Schema(error.to_string()))?;
    let (mut first, mut total) = (Vec::new(), 0_u64);
    let limits = crate::xml::limits::Limits::default();
    let mut tell = |violation: crate::xml::violation::Violation| {
        total += 1;
        if first.len() < TOLD {
            first.push(format!("{} : {}", violation.path, violation.message));
        }
        ControlFlow::Continue(())
    };
    schema.validate(&mut *manifest, &limits, &mut tell).map_err(|error| Error::Schema(error.to_string()))?;
    manifest.rewind().map_err(Error::from)?;
    if total == 0 { Ok(()) } else { Err(DeliverError::Inexpressible { version, first, total }) }
}
