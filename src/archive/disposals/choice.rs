//! Which units a plan looks at: as they were chosen, by archive.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::{
    archive::{Archive, error::Error},
    domain::{
        id::{ArchiveId, UnitId},
        search::{Criteria, Cursor},
        tenant::TenantId,
    },
    store::{ArchiveFilter, Kept},
};

/// Archives, and units found, that are read at once.
const AT_ONCE: u32 = 500;

/// What a plan looks at. Nothing chosen means everything whose administrative use is over on the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// These units, with all that stands below them in their archive.
    pub units: Vec<UnitId>,
    /// These archives, whole.
    pub archives: Vec<ArchiveId>,
    /// The units that a search finds, with all that stands below them in their archive.
    pub query: Option<Criteria>,
    /// Only archives of this originating agency.
    pub agency: Option<String>,
    /// Only units whose administrative use is over on the day, and what stands below them.
    pub due: bool,
}

impl Choice {
    /// How it was made, in words for the plan's record.
    pub(super) fn in_words(&self) -> String {
        let mut said = Vec::new();
        if let Some(query) = &self.query {
            said.push(format!("recherche : {}", described(query)));
        }
        if !self.units.is_empty() {
            let ids: Vec<String> = self.units.iter().map(ToString::to_string).collect();
            said.push(format!("unités : {}", ids.join(", ")));
        }
        if !self.archives.is_empty() {
            let ids: Vec<String> = self.archives.iter().map(ToString::to_string).collect();
            said.push(format!("archives : {}", ids.join(", ")));
        }
        said.extend(self.agency.as_ref().map(|agency| format!("service producteur : {agency}")));
        if self.is_due() {
            said.push("durée d’utilité administrative échue".to_owned());
        }
        said.join(" ; ")
    }

    /// Whether only what is due is looked at.
    pub(super) const fn is_due(&self) -> bool {
        self.due || (self.query.is_none() && self.units.is_empty() && self.archives.is_empty())
    }
}

fn described(query: &Criteria) -> String {
    let day = |day: &Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    let said = [
        ("texte", Some(query.text.clone()).filter(|text| !text.is_empty())),
        ("producteur", query.originating_agency.clone()),
        ("niveau", query.level.clone()),
        ("identifiant", query.identifier.clone()),
        ("mot-clé", query.keyword.clone()),
        ("depuis", day(&query.from)),
        ("jusqu’à", day(&query.until)),
    ];
    let said: Vec<String> =
        said.into_iter().filter_map(|(name, value)| Some(format!("{name} « {} »", value?))).collect();
    if said.is_empty() { "tout".to_owned() } else { said.join(", ") }
}

/// The units of one archive that are looked at.
pub(super) enum Part {
    /// All of them.
    Whole,
    /// These, and all that stands below them in the archive.
    From(HashSet<UnitId>),
    /// These and no other.
    Exactly(BTreeSet<UnitId>),
}

/// An archive that a plan looks at.
pub(super) struct Chosen {
    pub(super) kept: Kept,
    pub(super) part: Part,
}

impl Archive {
    /// The archives to look at, in the order of their numbers. What does not exist is not there.
    pub(super) fn meant(&self, tenant: &TenantId, choice: &Choice) -> Result<Vec<Chosen>, Error> {
        let mut parts: BTreeMap<ArchiveId, Part> = BTreeMap::new();
        let holdings = self.store.holdings(tenant);
        let mut from = |archive, unit| match parts.entry(archive).or_insert_with(|| Part::From(HashSet::new())) {
            Part::From(units) => _ = units.insert(unit),
            Part::Whole | Part::Exactly(_) => {}
        };
        for unit in &choice.units {
            if let Some(entry) = holdings.unit(*unit)? {
                from(entry.hit.archive, *unit);
            }
        }
        if let Some(query) = &choice.query {
            let mut after: Option<Cursor> = None;
            loop {
                let page = holdings.search(query, after, AT_ONCE)?;
                page.hits.iter().for_each(|hit| from(hit.archive, hit.unit));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        parts.extend(choice.archives.iter().map(|archive| (*archive, Part::Whole)));
        let nothing_named = choice.query.is_none() && choice.units.is_empty() && choice.archives.is_empty();
        let filter = ArchiveFilter::default();
        let mut chosen = Vec::new();
        if nothing_named {
            let mut before = None;
            loop {
                let page = holdings.archives(&filter, before, AT_ONCE)?;
                before = page.last().map(|kept| kept.place.number);
                chosen.extend(page.into_iter().map(|kept| Chosen { kept, part: Part::Whole }));
                if before.is_none() {
                    break;
                }
            }
        }
        for (archive, part) in parts {
            chosen.extend(holdings.archive(archive)?.map(|kept| Chosen { kept, part }));
        }
        if let Some(agency) = &choice.agency {
            chosen.retain(|one| agency_of(&one.kept) == *agency);
        }
        chosen.sort_by_key(|one| one.kept.place.sequence);
        Ok(chosen)
    }
}

/// The originating agency of an archive: whoever transferred it where its manifest names none.
pub(super) fn agency_of(kept: &Kept) -> String {
    let header = &kept.archive.header;
    header.originating_agency.clone().unwrap_or_else(|| header.transferring_agency.clone())
}
