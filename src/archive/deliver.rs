//! Deliveries: chosen units and what they hold, as a SEDA package that another system, or Cartulaire, can take in.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    io::{Seek, Write},
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{Archive, error::Error, ingest::seal, writer::Act},
    domain::{
        self,
        archive::Part,
        clock::Timestamp,
        id::{ArchiveId, GroupId, Id, MessageId, ObjectId, UnitId},
        mandate::{Mandate, Read},
        object::{DataObject, Matter},
        seda::SedaVersion,
        tenant::TenantId,
    },
    package::zip_stream::{Packed, ZipStream},
    record::facts::{
        Fact,
        life_cycle::{Delivered as DeliveredFact, Purpose},
    },
    seda::delivery::{self, Chosen, Delivery, Message},
};

/// Which message carries the units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `ArchiveDeliveryRequestReply`: for a requester.
    Delivery,
    /// `ArchiveTransfer`: for another archiving system.
    Transfer,
}

/// What is to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The units asked for.
    pub units: Vec<UnitId>,
    /// Whether what stands below them comes too.
    pub with_descendants: bool,
    /// Which message.
    pub form: Form,
    /// Who asks (`Requester/Identifier`).
    pub requester: String,
}

/// What was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The message's identifier.
    pub message: MessageId,
    /// The version it is written in.
    pub version: SedaVersion,
    /// How many archives it draws on.
    pub archives: u64,
    /// How many units it holds.
    pub units: u64,
    /// How many digital objects it holds.
    pub objects: u64,
    /// How many bytes these have.
    pub bytes: u64,
}

/// Why nothing was delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// No unit was asked for.
    #[error("no unit was asked for")]
    Nothing,
    /// There is no such unit in this tenant.
    #[error("there is no unit {0}")]
    Unknown(UnitId),
    /// More units than one delivery may hold.
    #[error("a delivery holds at most {limit} units")]
    TooMany {
        /// The most units.
        limit: usize,
    },
    /// The units come from manifests of several versions, which one message cannot carry as they are.
    #[error("the units come from several versions of the SEDA: {}", .0.iter().map(|version| version.number()).collect::<Vec<_>>().join(", "))]
    SeveralVersions(Vec<SedaVersion>),
    /// The house failed.
    #[error(transparent)]
    House(#[from] Error),
}

/// One archive's share of a delivery: which of its units and groups.
struct Share {
    archive: domain::archive::Archive,
    units: HashSet<UnitId>,
    groups: HashSet<GroupId>,
    objects: u64,
    bytes: u64,
}

impl Archive {
    /// Writes a delivery as a ZIP stream: `manifest.xml`, then the objects. It is journalled before the first byte.
    pub fn deliver(&self, by: &Mandate<Read>, order: &Order, out: impl Write) -> Result<Delivered, DeliverError> {
        let mut shares = self.shares(by.tenant(), order)?;
        let version = one_version(&shares)?;
        let (now, tenant) = (self.clock.now(), by.tenant());
        let message = Id::mint(now);
        let mut places = Places::default();
        self.tally(tenant, &mut shares, &mut places)?;
        let mut manifest = self.work_file();
        self.write_manifest(tenant, order, &shares, &places, (version, message, now), &mut manifest)?;
        let delivered = Delivered {
            message,
            version,
            archives: count(shares.len()),
            units: count(shares.iter().map(|share| share.units.len()).sum()),
            objects: shares.iter().map(|share| share.objects).sum(),
            bytes: shares.iter().map(|share| share.bytes).sum(),
        };
        self.journal_delivery(by, &delivered, &shares)?;
        let mut zip = ZipStream::new(out);
        let size = manifest.stream_position().map_err(Error::from)?;
        manifest.rewind().map_err(Error::from)?;
        zip.add("manifest.xml", size, Packed::Deflated, &mut manifest).map_err(Error::from)?;
        self.write_objects(by, &shares, &places, &mut zip)?;
        zip.finish().map_err(Error::from)?.flush().map_err(Error::from)?;
        Ok(delivered)
    }

    /// The description of an archive as it stands, whole, as a SEDA transfer that names its objects and does not bring
    /// them, dated `at` under the archive's identifier; it stands at its beginning, and its length comes with it.
    pub(super) fn described_in_seda(
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
        let order = Order { units: Vec::new(), with_descendants: true, form: Form::Transfer, requester: String::new() };
        let mut manifest = self.work_file();
        let message = id.to_string().parse().map_err(|_| Error::Inconsistent(format!("{id} is no identifier")))?;
        self.write_manifest(tenant, &order, &shares, &places, (version, message, at), &mut manifest)?;
        let size = manifest.stream_position()?;
        manifest.rewind()?;
        Ok((manifest, size))
    }

    /// The units asked for, by archive, with their descendants when wanted, and the groups that they refer to.
    fn shares(&self, tenant: &TenantId, order: &Order) -> Result<Vec<Share>, DeliverError> {
        let mut asked: BTreeMap<ArchiveId, HashSet<UnitId>> = BTreeMap::new();
        for unit in &order.units {
            let entry = self.store.holdings(tenant).unit(*unit).map_err(Error::from)?;
            asked.entry(entry.ok_or(DeliverError::Unknown(*unit))?.hit.archive).or_default().insert(*unit);
        }
        if asked.is_empty() {
            return Err(DeliverError::Nothing);
        }
        if order.with_descendants {
            let below = self.store.holdings(tenant).below(&order.units, self.limits.delivery_units);
            for (unit, archive) in below.map_err(Error::from)? {
                asked.entry(archive).or_default().insert(unit);
            }
        }
        let mut shares = Vec::new();
        let mut n_units = 0;
        for (id, units) in asked {
            let kept = self.store.holdings(tenant).archive(id).map_err(Error::from)?;
            let archive =
                kept.ok_or_else(|| Error::Inconsistent(format!("a unit's archive {id} is not known")))?.archive;
            let record = self.record(tenant, id)?;
            let groups = self.groups_of(tenant, id, &units)?;
            n_units += units.len();
            if n_units > self.limits.delivery_units {
                return Err(DeliverError::TooMany { limit: self.limits.delivery_units });
            }
            shares.push(Share {
                archive: domain::archive::Archive { header: record.archive.header, ..archive },
                units,
                groups,
                objects: 0,
                bytes: 0,
            });
        }
        Ok(shares)
    }

    /// The groups that some units of an archive refer to.
    fn groups_of(
        &self,
        tenant: &TenantId,
        archive: ArchiveId,
        units: &HashSet<UnitId>,
    ) -> Result<HashSet<GroupId>, Error> {
        let mut groups = HashSet::new();
        for part in self.parts(tenant, archive)? {
            match part? {
                Part::Unit(unit) if units.contains(&unit.id) => groups.extend(unit.group),
                _ => {}
            }
        }
        Ok(groups)
    }

    /// The chosen parts of every share: groups and objects of all first, then units of all, as the message wants them.
    fn chosen<'a>(
        &'a self,
        tenant: &'a TenantId,
        shares: &'a [Share],
    ) -> impl Iterator<Item = Result<Chosen, Error>> + use<'a> {
        let read = move |wanted: fn(&Share, &Part) -> bool| {
            (0_u32..).zip(shares).flat_map(move |(number, share)| {
                let parts = self.parts(tenant, share.archive.id);
                let (parts, failed) = match parts {
                    Ok(parts) => (Some(parts), None),
                    Err(error) => (None, Some(Err(error))),
                };
                let chosen = parts
                    .into_iter()
                    .flatten()
                    .filter(move |part| part.as_ref().map_or(true, |part| wanted(share, part)));
                failed.into_iter().chain(chosen.map(move |part| Ok(Chosen { archive: number, part: part? })))
            })
        };
        let objects = read(|share, part| match part {
            Part::Group(group) => share.groups.contains(&group.id),
            Part::Object(object) => share.groups.contains(&object.group),
            Part::Unit(_) => false,
        });
        let units = read(|share, part| matches!(part, Part::Unit(unit) if share.units.contains(&unit.id)));
        objects.chain(units)
    }

    /// Counts what each share holds, and gives every digital object its place in the package.
    fn tally(&self, tenant: &TenantId, shares: &mut [Share], places: &mut Places) -> Result<(), Error> {
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

    fn write_manifest(
        &self,
        tenant: &TenantId,
        order: &Order,
        shares: &[Share],
        places: &Places,
        (version, message, now): (SedaVersion, MessageId, Timestamp),
        out: &mut SpooledTempFile,
    ) -> Result<(), Error> {
        let units: Vec<String> = order.units.iter().map(ToString::to_string).collect();
        let identifier = message.to_string();
        let first = shares.first().map(|share| &share.archive.header);
        // What several headers say differently, one message cannot say of all.
        let common = first.filter(|first| {
            shares.iter().all(|share| {
                let header = &share.archive.header;
                (&header.source, &header.agreement) == (&first.source, &first.agreement)
            })
        });
        let archival_agency = first.map(|header| header.archival_agency.as_str()).unwrap_or_default();
        let wanted = match order.form {
            Form::Delivery => Message::DeliveryReply {
                request: &identifier,
                authorization: None,
                units: &units,
                requester: &order.requester,
            },
            Form::Transfer => Message::Transfer { transferring_agency: archival_agency },
        };
        let delivery = Delivery {
            message: wanted,
            version,
            message_identifier: &identifier,
            date: now,
            comment: Some("Communication d'archives par Cartulaire."),
            agreement: common.and_then(|header| header.agreement.as_deref()),
            archival_agency,
            header_source: common.map(|header| header.source.as_str()),
        };
        delivery::write(&delivery, || self.chosen(tenant, shares), |object| places.of(object), out)?;
        Ok(())
    }

    fn journal_delivery(&self, by: &Mandate<Read>, delivered: &Delivered, shares: &[Share]) -> Result<(), Error> {
        let fact = Fact::Delivered(DeliveredFact {
            archives: shares.iter().map(|share| share.archive.id).collect(),
            reply: delivered.message,
            units: delivered.units,
        });
        let (tenant, who, clock) = (by.tenant().clone(), by.actor(), self.clock.clone());
        self.writer.commit(Act {
            objects: Vec::new(),
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                lines.push(seal(pen, &tenant, &fact, Some(who), clock.now())?);
                Ok(true)
            }),
        })?;
        Ok(())
    }

    fn write_objects(
        &self,
        by: &Mandate<Read>,
        shares: &[Share],
        places: &Places,
        zip: &mut ZipStream<impl Write>,
    ) -> Result<(), Error> {
        let tenant = by.tenant();
        for chosen in self.chosen(tenant, shares) {
            let chosen = chosen?;
            let Part::Object(object) = chosen.part else { continue };
            let Matter::Binary(binary) = &object.matter else { continue };
            let share = usize::try_from(chosen.archive).ok().and_then(|at| shares.get(at));
            let archive = share.ok_or_else(|| Error::Inconsistent("an object of no share".to_owned()))?.archive.id;
            let opened = self.vault.open_content(&self.object_of(tenant, archive)?, binary.digest)?;
            self.tell_reading(by, archive, Some(object.id), Purpose::Delivery);
            zip.add(&places.of(&object), binary.size, Packed::Stored, &mut opened.verified()?)?;
        }
        Ok(())
    }
}

/// Where each object's bytes stand in the package: its own system identifier, and its file's extension.
#[derive(Default)]
struct Places {
    extensions: HashMap<ObjectId, String>,
}

impl Places {
    fn give(&mut self, object: &DataObject, filename: &str) {
        let extension = filename.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
        let plain =
            !extension.is_empty() && extension.len() <= 8 && extension.chars().all(|c| c.is_ascii_alphanumeric());
        if plain {
            self.extensions.insert(object.id, format!(".{}", extension.to_ascii_lowercase()));
        }
    }

    fn of(&self, object: &DataObject) -> String {
        format!("content/{}{}", object.id, self.extensions.get(&object.id).map_or("", String::as_str))
    }
}

fn one_version(shares: &[Share]) -> Result<SedaVersion, DeliverError> {
    let versions: BTreeSet<SedaVersion> = shares.iter().map(|share| share.archive.version).collect();
    match versions.into_iter().collect::<Vec<_>>().as_slice() {
        [only] => Ok(*only),
        several => Err(DeliverError::SeveralVersions(several.to_vec())),
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
