//! What a verification says: findings by layer, what was verified, and what was not and why.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    path::{Path, PathBuf},
};

use crate::{domain::id::DisposalId, vault::layout::OcflId};

/// Findings kept of one layer on one volume; all are counted.
const FINDINGS_PER_LAYER: u64 = 1_000;

/// What proves what, from the bytes up to the other copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Files against the inventory of their object.
    Files,
    /// Inventories against the journals.
    Inventories,
    /// Lines, each against the one before it.
    Journals,
    /// Sealed days, each seal against the one before it.
    Seals,
    /// Lines against the log, and the log's tiles against its entries.
    Log,
    /// Signed checkpoints against the log.
    Checkpoints,
    /// Time-stamps against checkpoints.
    Times,
    /// Volumes against each other.
    Volumes,
    /// The catalog against the log.
    Catalog,
}

impl Layer {
    /// Every layer, from the bytes up.
    pub const ALL: [Self; 9] = [
        Self::Files,
        Self::Inventories,
        Self::Journals,
        Self::Seals,
        Self::Log,
        Self::Checkpoints,
        Self::Times,
        Self::Volumes,
        Self::Catalog,
    ];

    /// The word of programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Inventories => "inventories",
            Self::Journals => "journals",
            Self::Seals => "seals",
            Self::Log => "log",
            Self::Checkpoints => "checkpoints",
            Self::Times => "times",
            Self::Volumes => "volumes",
            Self::Catalog => "catalog",
        }
    }

    /// What is held against what, in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Files => "copies d’objets, chaque fichier contre l’inventaire",
            Self::Inventories => "inventaires, contre les lignes du journal",
            Self::Journals => "lignes de journal, chacune contre la précédente",
            Self::Seals => "journées scellées, chaque sceau contre le précédent",
            Self::Log => "entrées du registre, contre les lignes et les tuiles",
            Self::Checkpoints => "points de contrôle signés, contre le registre",
            Self::Times => "horodatages, contre les points de contrôle",
            Self::Volumes => "volumes, les uns contre les autres",
            Self::Catalog => "lignes du catalogue, contre le registre",
        }
    }
}

/// Something that is not as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The layer at which it shows.
    pub layer: Layer,
    /// Where: a file, an object, a line.
    pub place: String,
    /// What is wrong, as a French sentence.
    pub what: String,
    /// The volume; none for the catalog.
    pub volume: Option<PathBuf>,
}

/// Something that was not verified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unverified {
    /// What, and why, in French.
    pub what: String,
    /// The volume, when it is of one.
    pub volume: Option<PathBuf>,
}

/// What a verification found.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// The volumes that were read.
    pub volumes: Vec<PathBuf>,
    /// How many things of each layer were verified, on all volumes together.
    pub counts: BTreeMap<Layer, u64>,
    /// What is wrong, the most telling first: of each layer of each volume, the first ones.
    pub findings: Vec<Finding>,
    /// How many findings there are, kept or not.
    pub total: u64,
    /// What was not verified.
    pub unverified: BTreeSet<Unverified>,
    /// Which key of the log was believed, and why, in French.
    pub keys: BTreeSet<String>,
    /// The objects that lines tell were destroyed and that are gone, and the plan of each.
    pub destroyed: BTreeMap<OcflId, DisposalId>,
}

impl Verified {
    /// How many objects were destroyed under each plan.
    pub fn destroyed_by_plan(&self) -> BTreeMap<DisposalId, u64> {
        let mut plans = BTreeMap::new();
        self.destroyed.values().for_each(|plan| *plans.entry(*plan).or_default() += 1);
        plans
    }

    /// Whether nothing wrong was found.
    pub const fn is_whole(&self) -> bool {
        self.total == 0
    }

    /// The first break: of the lowest layer, the first found.
    pub fn first(&self) -> Option<&Finding> {
        self.findings.first()
    }

    /// How many things of a layer were verified.
    pub fn count(&self, layer: Layer) -> u64 {
        self.counts.get(&layer).copied().unwrap_or(0)
    }

    /// Whether a layer has findings.
    pub fn blames(&self, layer: Layer) -> bool {
        self.findings.iter().any(|finding| finding.layer == layer)
    }

    pub(super) fn take(&mut self, book: Book) {
        for (layer, count) in book.counts {
            *self.counts.entry(layer).or_default() += count;
        }
        self.total += book.found.values().sum::<u64>();
        self.findings.extend(book.findings);
        self.findings.sort_by_key(|finding| finding.layer);
        self.unverified.extend(book.unverified);
        self.keys.extend(book.keys);
        self.destroyed.extend(book.destroyed);
    }
}

/// Where one part of a verification writes what it finds.
pub(super) struct Book {
    volume: Option<PathBuf>,
    counts: BTreeMap<Layer, u64>,
    findings: Vec<Finding>,
    found: BTreeMap<Layer, u64>,
    unverified: Vec<Unverified>,
    keys: Vec<String>,
    destroyed: Vec<(OcflId, DisposalId)>,
}

impl Book {
    pub(super) fn of(volume: Option<&Path>) -> Self {
        Self {
            volume: volume.map(Path::to_owned),
            counts: BTreeMap::new(),
            findings: Vec::new(),
            found: BTreeMap::new(),
            unverified: Vec::new(),
            keys: Vec::new(),
            destroyed: Vec::new(),
        }
    }

    /// Takes what another book says of something below `place`.
    pub(super) fn take_below(&mut self, place: &str, other: Self) {
        for (layer, count) in other.counts {
            *self.counts.entry(layer).or_default() += count;
        }
        for (layer, count) in other.found {
            *self.found.entry(layer).or_default() += count;
        }
        let below = |text: &str| format!("{place}, {text}");
        let volume = self.volume.clone();
        let found =
            other.findings.into_iter().map(|one| Finding { place: below(&one.place), volume: volume.clone(), ..one });
        self.findings.extend(found);
        let volume = self.volume.clone();
        let unverified =
            other.unverified.into_iter().map(|one| Unverified { what: below(&one.what), volume: volume.clone() });
        self.unverified.extend(unverified);
        self.keys.extend(other.keys.iter().map(|key| below(key)));
    }

    /// Something is wrong.
    pub(super) fn found(&mut self, layer: Layer, place: impl Display, what: impl Into<String>) {
        let found = self.found.entry(layer).or_default();
        *found += 1;
        if *found <= FINDINGS_PER_LAYER {
            let (place, what, volume) = (place.to_string(), what.into(), self.volume.clone());
            self.findings.push(Finding { layer, place, what, volume });
        }
    }

    /// So many more things of a layer were looked at.
    pub(super) fn looked(&mut self, layer: Layer, count: u64) {
        *self.counts.entry(layer).or_default() += count;
    }

    /// Something was not verified.
    pub(super) fn skipped(&mut self, what: impl Into<String>) {
        self.unverified.push(Unverified { what: what.into(), volume: self.volume.clone() });
    }

    /// An object was destroyed under a plan, and is gone.
    pub(super) fn destroyed(&mut self, object: OcflId, plan: DisposalId) {
        self.destroyed.push((object, plan));
    }

    /// A key was believed.
    pub(super) fn believed(&mut self, why: String) {
        self.keys.push(why);
    }
}
