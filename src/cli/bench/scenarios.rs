//! The scenarios of the measures, each in a process and an installation of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    boot,
    cli::{
        bench::{
            Args, audit,
            figure::{Aim, Figure, Spent, peak_megabytes, percentile, real},
            ground::{accepted_units, installation, least, n_units, open},
            packages,
            reference::sync_file_system,
            restitution,
        },
        deposit, examine,
        output::Output,
        threads,
    },
    config::Config,
    domain::{
        check::Verdict,
        mandate::{Deposit, Read},
        search::Criteria,
        seda::Dialect,
    },
    package::{open::Source, zip_stream::Packed},
};

/// The most resident memory that any scenario may take, in megabytes (the design's 256 MiB).
const MEMORY: f64 = 268.0;
/// Objects of the large transfer.
const LARGE_OBJECTS: u32 = 10_000;
/// Bytes of each of them.
const LARGE_OBJECT_BYTES: usize = 2_000;
/// Objects of a small act, and bytes of each: 300 kB in all.
pub(super) const ACT: (u32, usize) = (4, 75_000);

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scenario {
    /// A large transfer, and real ones, durable on two volumes.
    Large,
    /// Many small acts, by several depositors at once.
    Small,
    /// One large object.
    Object,
    /// A manifest of many units, examined.
    Manifest,
    /// The catalog of what `Large` left, made again.
    Rebuild,
    /// Searches in what `Large` left.
    Search,
    /// What reading copies again costs those who deposit.
    Audit,
    /// A tenant given back, beside `cp -r`.
    Restitution,
}

impl Scenario {
    /// Every scenario, in the order they are run.
    pub(super) const ALL: [Self; 8] = [
        Self::Large,
        Self::Rebuild,
        Self::Search,
        Self::Small,
        Self::Audit,
        Self::Restitution,
        Self::Object,
        Self::Manifest,
    ];

    /// The word of the command line.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Small => "small",
            Self::Object => "object",
            Self::Manifest => "manifest",
            Self::Rebuild => "rebuild",
            Self::Search => "search",
            Self::Audit => "audit",
            Self::Restitution => "restitution",
        }
    }

    /// What people read while it runs.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Large => "gros transferts",
            Self::Small => "petits actes versés ensemble",
            Self::Object => "un gros objet",
            Self::Manifest => "contrôle d’un grand bordereau",
            Self::Rebuild => "catalogue refait",
            Self::Search => "recherches",
            Self::Audit => "relecture des copies pendant les versements",
            Self::Restitution => "restitution d’un service",
        }
    }

    /// The scenario of a word.
    pub(super) fn from_word(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scenario| scenario.word() == word);
        found.ok_or_else(|| Self::ALL.map(Self::word).join(", "))
    }
}

/// Runs one scenario in this process, and writes its figures, the peak of memory last.
pub(super) fn run(scenario: Scenario, args: &Args, room: &Path, out: &mut Output<'_>) -> anyhow::Result<()> {
    let mut figures = match scenario {
        Scenario::Large => large(args, room),
        Scenario::Small => small(args, room),
        Scenario::Object => object(args, room),
        Scenario::Manifest => manifest(args, room),
        Scenario::Rebuild => rebuild(room),
        Scenario::Search => search(args, room),
        Scenario::Audit => audit::audit(args, room),
        Scenario::Restitution => restitution::restitution(args, room),
    }?;
    if let Some(peak) = peak_megabytes() {
        let what = format!("  mémoire au plus ({})", scenario.title());
        figures.push(Figure::new(scenario.word(), &what, peak, "Mo").aimed(Aim::AtMost(MEMORY)));
    }
    figures.iter().try_for_each(|figure| out.item(figure))
}

/// A large transfer of our own, then the real ones, each beside the least that any archive must do with its bytes.
fn large(args: &Args, room: &Path) -> anyhow::Result<Vec<Figure>> {
    let objects = if args.quick { LARGE_OBJECTS / 10 } else { LARGE_OBJECTS };
    let own = room.join(format!("{objects} objets.zip"));
    packages::transfer(&own, "gros", objects, LARGE_OBJECT_BYTES, Packed::Deflated)?;
    sync_file_system(room)?;
    let house = installation(&room.join("large"), None)?;
    let mut figures = Vec::new();
    for package in std::iter::once(&own).chain(&args.packages) {
        let (least, bytes) = least(package, &room.join("least"))?;
        let (units, spent) = Spent::on(|| accepted_units(&house, package))?;
        let name = package.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let rate = spent.rate(units);
        let moving = real(bytes) / spent.wall.as_secs_f64();
        let units = Figure::new("large", &format!("transfert {name}, sur deux volumes"), rate, "unités/s");
        figures.push(units.aimed(Aim::AtLeast(2_500.0)).during(&spent).moving(moving));
        let over = spent.wall.as_secs_f64() / least.as_secs_f64().max(f64::EPSILON);
        let what = "  rapporté à décompresser, hacher, copier deux fois et synchroniser";
        figures.push(Figure::new("large", what, over, "fois").aimed(Aim::AtMost(1.5)));
    }
    fs::remove_file(&own)?;
    Ok(figures)
}

/// Many small acts, deposited by several depositors at once: on SQLite, then on the database given.
fn small(args: &Args, room: &Path) -> anyhow::Result<Vec<Figure>> {
    let n_acts: u32 = if args.quick { 200 } else { 2_000 };
    let folder = room.join("acts");
    fs::create_dir(&folder)?;
    let (objects, object_bytes) = ACT;
    let acts = (0..n_acts)
        .map(|at| {
            let path = folder.join(format!("acte-{at}.zip"));
            packages::transfer(&path, &format!("acte-{at}"), objects, object_bytes, Packed::Stored).map(|_| path)
        })
        .collect::<anyhow::Result<Vec<PathBuf>>>()?;
    let mut figures = Vec::new();
    for (engine, database) in [("SQLite", None), ("PostgreSQL", args.database.as_deref())] {
        if engine == "SQLite" || database.is_some() {
            sync_file_system(room)?;
            figures.extend(deposit_all(&acts, args.depositors, &room.join(engine), engine, database)?);
        }
    }
    fs::remove_dir_all(&folder)?;
    Ok(figures)
}

/// Deposits acts by so many depositors at once: the rate, and how long each waits.
fn deposit_all(
    acts: &[PathBuf],
    depositors: usize,
    data: &Path,
    engine: &str,
    database: Option<&str>,
) -> anyhow::Result<Vec<Figure>> {
    let house = installation(data, database)?;
    let by = house.mandate::<Deposit>()?;
    let mut latencies = Vec::new();
    let ((), spent) = Spent::on(|| {
        let timed = |act: &PathBuf| {
            let start = Instant::now();
            deposit::deposit(house.archive(), &by, act).map(|answer| (answer.summary.verdict, start.elapsed()))
        };
        threads::in_order(acts, depositors, timed, |act, answer| {
            let (verdict, latency) = answer?;
            latencies.push(latency);
            if verdict == Verdict::Refused {
                bail!("{} was refused", act.display())
            }
            Ok(())
        })
    })?;
    let (n_acts, bytes) = (u64::try_from(acts.len())?, u64::from(ACT.0) * u64::try_from(ACT.1)?);
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
    let what = format!("petits actes, {depositors} versants, {engine}");
    Ok(vec![
        Figure::new("small", &what, spent.rate(n_acts), "transferts/s")
            .aimed(Aim::AtLeast(300.0))
            .during(&spent)
            .moving(spent.rate(n_acts * bytes)),
        Figure::new("small", "  délai médian", milliseconds(percentile(&mut latencies, 50)), "ms")
            .aimed(Aim::AtMost(200.0)),
        Figure::new("small", "  délai au 95e centile", milliseconds(percentile(&mut latencies, 95)), "ms"),
    ])
}

/// One large object, from a folder.
fn object(args: &Args, room: &Path) -> anyhow::Result<Vec<Figure>> {
    let megabytes = args.object_megabytes.unwrap_or(if args.quick { 500 } else { 10_000 });
    let (folder, bytes) = (room.join("film"), megabytes * 1_000_000);
    packages::one_object(&folder, bytes)?;
    sync_file_system(room)?;
    let house = installation(&room.join("object"), None)?;
    let (_, spent) = Spent::on(|| accepted_units(&house, &folder))?;
    drop(house);
    fs::remove_dir_all(&folder)?;
    fs::remove_dir_all(room.join("object"))?;
    let rate = spent.rate(bytes);
    let what = format!("un objet de {megabytes} Mo, sur deux volumes");
    Ok(vec![Figure::new("object", &what, rate / 1e6, "Mo/s").during(&spent).moving(rate)])
}

/// A manifest of many units, examined without an installation.
fn manifest(args: &Args, room: &Path) -> anyhow::Result<Vec<Figure>> {
    let units: u32 = if args.quick { 20_000 } else { 100_000 };
    let folder = room.join("plan");
    packages::only_units(&folder, units)?;
    let (report, spent) = Spent::on(|| {
        let source = Source::Folder(folder.clone());
        Ok(examine::blank(source, &[Dialect::Strict], None)?.report)
    })?;
    if !report.passes() {
        bail!("the manifest was refused: {:?}", report.findings().first());
    }
    fs::remove_dir_all(&folder)?;
    let what = format!("bordereau de {units} unités, contrôlé");
    Ok(vec![Figure::new("manifest", &what, spent.rate(u64::from(units)), "unités/s").during(&spent)])
}

/// The catalog of what `large` left, made again from its first volume.
fn rebuild(room: &Path) -> anyhow::Result<Vec<Figure>> {
    let data = room.join("large");
    let config = Config::load(&data).context("the scenario `large` has to come before")?;
    let units = n_units(&data)?;
    for entry in fs::read_dir(&data)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("catalogue.sqlite")) {
            fs::remove_file(path)?;
        }
    }
    let volume = config.volume_paths(&data).into_iter().next().context("an installation has a volume")?;
    let (_, spent) = Spent::on(|| Ok(boot::rebuild(&data, &volume, &mut |_| ())?))?;
    if n_units(&data)? != units {
        bail!("the catalog was not made again as it was");
    }
    let what = format!("catalogue refait ({units} unités)");
    Ok(vec![Figure::new("rebuild", &what, spent.rate(units), "unités/s").aimed(Aim::AtLeast(5_000.0)).during(&spent)])
}

/// Searches in what `large` left: words alone and together, with and without other criteria.
fn search(args: &Args, room: &Path) -> anyhow::Result<Vec<Figure>> {
    let house = open(&room.join("large")).context("the scenario `large` has to come before")?;
    let by = house.mandate::<Read>()?;
    let words =
        ["délibération", "bibliothèque subvention", "ecole", "arrete n° 12", "voirie marché budget", "introuvable"];
    let agency = Some("MESURE-CONSEIL".to_owned());
    let (rounds, mut latencies) = (if args.quick { 10 } else { 50 }, Vec::new());
    for _ in 0..rounds {
        for text in words {
            for originating_agency in [None, agency.clone()] {
                let criteria = Criteria { text: text.to_owned(), originating_agency, ..Criteria::default() };
                let start = Instant::now();
                std::hint::black_box(house.archive().search(&by, &criteria, None, 50)?);
                latencies.push(start.elapsed());
            }
        }
    }
    let p95 = percentile(&mut latencies, 95).as_secs_f64() * 1e3;
    let what = format!("recherche, 95e centile ({} unités)", n_units(&room.join("large"))?);
    Ok(vec![Figure::new("search", &what, p95, "ms").aimed(Aim::AtMost(50.0))])
}
