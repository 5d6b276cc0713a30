//! Who may be given what: communicability on the day, and what opens a unit to one requester before that.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use crate::{
    archive::{
        Archive,
        deliver::{DeliverError, share::Share},
        error::Error,
    },
    domain::{
        archive::Part,
        communication::{Access, Communicability},
        id::{ArchiveId, GroupId, UnitId},
        inheritance::{End, InForce, of_category},
        mandate::{Mandate, Read},
        rule::Category,
        tenant::TenantId,
    },
};

/// What opens units to whoever a parcel is for.
pub enum Pass<'a> {
    /// Everything: it stays in the house, or leaves under a plan.
    House,
    /// Nothing but the end of the delays.
    Anybody,
    /// The units of this originating agency.
    Agency(&'a str),
    /// The units of this originating agency, if any, and those to which a derogation was granted.
    Granted(Option<&'a str>, &'a HashSet<UnitId>),
}

impl Pass<'_> {
    fn opens(&self, unit: UnitId, agency: Option<&str>) -> bool {
        match self {
            Self::House => true,
            Self::Anybody => false,
            Self::Agency(own) => agency == Some(own),
            Self::Granted(own, granted) => (own.is_some() && agency == *own) || granted.contains(&unit),
        }
    }
}

/// The agencies of an archive's units, and which of them share files.
#[derive(Default)]
struct Sharing {
    agencies: HashMap<UnitId, String>,
    groups: HashMap<UnitId, GroupId>,
    units: HashMap<GroupId, Vec<UnitId>>,
}

/// From when on a unit is open to anybody, by its access rules in force.
pub fn access(rules: &[InForce], on: NaiveDate) -> Access {
    let Some(in_force) = of_category(rules, Category::Access) else { return Access::Open };
    let Some(last) = in_force.rules.iter().max_by_key(|rule| rule.end) else { return Access::Open };
    let rule = last.rule.clone();
    match last.end {
        End::Day(day) if day <= on => Access::Open,
        End::Day(day) => Access::Until { day, rule },
        End::Never => Access::Never { rule },
        End::Unknown => Access::Unknown { rule },
    }
}

impl Archive {
    /// From when on each of these units may be communicated, as seen on a day, or today; a unit that is not there is left
    /// out.
    pub fn communicability(
        &self,
        by: &Mandate<Read>,
        units: &[UnitId],
        on: Option<NaiveDate>,
    ) -> Result<Vec<Communicability>, Error> {
        let on = on.unwrap_or_else(|| self.clock.now().legal_day());
        let holdings = self.store.holdings(by.tenant());
        let mut all = Vec::with_capacity(units.len());
        for unit in units {
            let Some(entry) = holdings.unit(*unit)? else { continue };
            let rules = self.unit_rules(by, *unit)?.unwrap_or_default();
            let agency = entry.hit.content.originating_agency;
            all.push(Communicability { unit: *unit, agency, access: access(&rules, on) });
        }
        Ok(all)
    }

    /// From when on the units of a share may be communicated, each with its files: a file that several units share is
    /// open when all of them are.
    pub(in crate::archive) fn accesses(
        &self,
        tenant: &TenantId,
        share: &Share,
        on: NaiveDate,
    ) -> Result<Vec<Communicability>, Error> {
        let rules: HashMap<UnitId, _> = self.rules_in_force(tenant, share.archive.id)?.into_iter().collect();
        let own = |unit: UnitId| rules.get(&unit).map_or(Access::Open, |rules| access(rules, on));
        let Sharing { agencies, groups, units: sharing } = self.sharing(tenant, share.archive.id, &share.groups)?;
        let mut units: Vec<UnitId> = share.units.iter().copied().collect();
        units.sort_unstable();
        let strictest = |unit: UnitId| {
            let with = groups.get(&unit).and_then(|group| sharing.get(group));
            let mut closed = with.into_iter().flatten().map(|other| own(*other)).filter(|access| !access.is_open());
            match own(unit) {
                Access::Open => closed.next().unwrap_or(Access::Open),
                closed => closed,
            }
        };
        let agency = |unit: UnitId| agencies.get(&unit).cloned();
        Ok(units
            .into_iter()
            .map(|unit| Communicability { unit, agency: agency(unit), access: strictest(unit) })
            .collect())
    }

    /// What each unit says of its agency and its files, and which units share these.
    fn sharing(&self, tenant: &TenantId, archive: ArchiveId, groups: &HashSet<GroupId>) -> Result<Sharing, Error> {
        let mut sharing = Sharing::default();
        for part in self.parts(tenant, archive)? {
            let Part::Unit(unit) = part? else { continue };
            if let Some(group) = unit.group.filter(|group| groups.contains(group)) {
                sharing.units.entry(group).or_default().push(unit.id);
                sharing.groups.insert(unit.id, group);
            }
            sharing.agencies.extend(unit.content.originating_agency.map(|agency| (unit.id, agency)));
        }
        Ok(sharing)
    }

    /// Refuses what is neither communicable nor opened to whoever it is for.
    pub(super) fn ensure_open(
        &self,
        tenant: &TenantId,
        shares: &[Share],
        pass: &Pass<'_>,
        on: NaiveDate,
    ) -> Result<(), DeliverError> {
        if matches!(pass, Pass::House) {
            return Ok(());
        }
        let mut closed = Vec::new();
        for share in shares {
            let all = self.accesses(tenant, share, on)?;
            closed.extend(
                all.into_iter().filter(|one| !one.access.is_open() && !pass.opens(one.unit, one.agency.as_deref())),
            );
        }
        if closed.is_empty() { Ok(()) } else { Err(DeliverError::Closed(closed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        clock::Timestamp,
        id::Id,
        inheritance::{Inherited, Origin},
    };

    #[test]
    fn the_rule_that_ends_last_decides_and_an_unknown_end_keeps_closed() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let at = Timestamp::from_millis(0).unwrap();
        let rules = |ends: &[End]| {
            let rule = |(number, end): (usize, &End)| Inherited {
                rule: format!("ACC-{number}"),
                origin: Origin::Unit(Id::mint(at)),
                start: None,
                end: *end,
                paths: Vec::new(),
            };
            let rules = ends.iter().enumerate().map(rule).collect();
            [InForce { category: Category::Access, rules, final_actions: Vec::new(), cuts: Vec::new() }]
        };
        let (past, today, future) = (End::Day(day("2020-01-01")), day("2026-11-22"), End::Day(day("2026-11-23")));
        let one = "ACC-1".to_owned();
        for (ends, expected) in [
            (&[][..], Access::Open),
            (&[past, End::Day(today)][..], Access::Open),
            (&[past, future], Access::Until { day: day("2026-11-23"), rule: one.clone() }),
            (&[future, End::Unknown], Access::Unknown { rule: one.clone() }),
            (&[End::Unknown, End::Never], Access::Never { rule: one }),
        ] {
            assert_eq!(access(&rules(ends), today), expected, "{ends:?}");
        }
        assert_eq!(access(&[], today), Access::Open);
    }

    #[test]
    fn an_agency_sees_its_own_and_a_grant_opens_what_it_names() {
        let at = Timestamp::from_millis(0).unwrap();
        let (unit, other) = (Id::mint(at), Id::mint(at));
        assert!(Pass::Agency("A").opens(unit, Some("A")));
        assert!(!Pass::Agency("A").opens(unit, Some("B")) && !Pass::Agency("A").opens(unit, None));
        let granted = HashSet::from([unit]);
        assert!(Pass::Granted(None, &granted).opens(unit, None));
        assert!(!Pass::Granted(None, &granted).opens(other, None));
        assert!(Pass::Granted(Some("A"), &granted).opens(other, Some("A")));
        assert!(Pass::House.opens(unit, None) && !Pass::Anybody.opens(unit, Some("A")));
    }
}
