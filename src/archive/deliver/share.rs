//! Which units and groups of which archives a delivery holds, and their parts streamed from the volumes.

use std::collections::{BTreeMap, HashSet};

use crate::{
    archive::{Archive, deliver::DeliverError, error::Error},
    domain::{
        self,
        archive::Part,
        id::{ArchiveId, GroupId, UnitId},
        tenant::TenantId,
    },
    seda::delivery::Chosen,
};

/// Units by the archive that holds them.
pub type Asked = BTreeMap<ArchiveId, HashSet<UnitId>>;

/// One archive's share of a delivery: which of its units and groups.
pub struct Share {
    pub archive: domain::archive::Archive,
    pub units: HashSet<UnitId>,
    pub groups: HashSet<GroupId>,
    pub objects: u64,
    pub bytes: u64,
}

impl Archive {
    /// The units asked for, by archive, with their descendants when wanted, and the groups that they refer to.
    pub(in crate::archive) fn shares(
        &self,
        tenant: &TenantId,
        mut asked: Asked,
        with_descendants: bool,
        limit: usize,
    ) -> Result<Vec<Share>, DeliverError> {
        if with_descendants {
            let tops: Vec<UnitId> = asked.values().flatten().copied().collect();
            for (unit, archive) in self.store.holdings(tenant).descendants(&tops, limit).map_err(Error::from)? {
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
            if n_units > limit {
                return Err(DeliverError::TooMany { limit });
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
    pub(super) fn chosen<'a>(
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
}
