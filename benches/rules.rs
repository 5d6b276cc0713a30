//! What rules cost on a large catalog: computing the index of due dates, asking it, an analysis as an elimination makes
//! it, and computing again after a rule changed. `CARTULAIRE_BENCH_UNITS` tells how many units (20,000 by default);
//! `CARTULAIRE_BENCH_DATABASE` may name a PostgreSQL database that is empty.

#![expect(clippy::print_stdout, reason = "what is measured is for its reader")]
#![expect(clippy::disallowed_methods, reason = "the scale of a measure is its reader's choice, and no configuration")]

use std::{error::Error, sync::Arc, time::Instant};

use cartulaire::{
    archive::{Archive, reckoning::Computed, referentials::Notation},
    boot::{self, Init, SystemClock},
    config::Config,
    digest,
    domain::{
        self,
        archive::{Counts, Header, Part},
        clock::{Clock as _, Timestamp},
        id::{ArchiveId, Id, UnitId},
        inheritance::{FinalAction, of_category},
        journal::{Event, JournalId},
        mandate::{Administer, Mandate, Read},
        referential::Referential,
        rule::{Category, CategoryRules, Management, RuleUse},
        search::{Criteria, Due},
        seda::{Dialect, SedaVersion},
        tenant::TenantId,
        unit::{Content, Unit},
    },
    store::{Kept, Place, Store},
};
use chrono::{Days, NaiveDate};

/// Units of one archive: a root, ten files, and what is in them.
const UNITS_OF_ARCHIVE: u64 = 1_000;

/// Files of one archive.
const FILES: u64 = 10;

/// Times that the question is asked.
const QUESTIONS: u64 = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let units: u64 = std::env::var("CARTULAIRE_BENCH_UNITS").map_or(Ok(20_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let database = std::env::var("CARTULAIRE_BENCH_DATABASE").unwrap_or_else(|_| Config::default().database);
    let config = Config { reserve_bytes: 0, database, ..Config::default() };
    let init = Init { tenant: "ville".parse()?, name: "Ville".to_owned(), archival_agency: "VILLE".to_owned(), config };
    let installation = boot::init_at(&data, &init, Arc::new(SystemClock))?;
    let url = installation.config.database_url(&data);
    let archive = installation.archive;
    let actor = archive.local_actor(None).map_err(|_| "the tenant is there")?;
    let (by, may) = (actor.mandate::<Read>()?, actor.mandate::<Administer>()?);
    import(&archive, &may, 10)?;

    let (filled, seconds) = timed(|| fill(&url, units.div_ceil(UNITS_OF_ARCHIVE)));
    let (units, archives) = filled?;
    println!("{units} units in {} archives catalogued in {seconds:.1} s", archives.len());

    tell_computed("the whole index computed", timed(|| archive.compute_rules(&mut |_| {})))?;
    questions(&archive, &by)?;
    let (analysed, seconds) = timed(|| analysis(&archive, &by, &archives));
    let (due, doomed) = analysed?;
    tell(&format!("analysis: {due} units due by the index, {doomed} to destroy by their rules"), seconds, units);
    import(&archive, &may, 12)?;
    tell_computed("computed again after the rule of every unit changed", timed(|| archive.compute_rules(&mut |_| {})))?;
    let (again, seconds) = timed(|| archives.iter().try_for_each(|id| archive.archive_rules(&by, *id).map(drop)));
    again?;
    tell("rules in force of every unit, computed and not written", seconds, units);
    Ok(())
}

fn import(archive: &Archive, by: &Mandate<Administer>, years: u32) -> Result<(), Box<dyn Error>> {
    let csv = format!(
        "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n\
         DUA,AppraisalRule,Dua,,{years},Year\nCOM,AccessRule,Com,,25,Year\n"
    );
    archive.import(by, Referential::Rules, csv.as_bytes(), Notation::Csv)?.map_err(|faults| format!("{faults:?}"))?;
    Ok(())
}

/// Fills the catalog as deposits do, without packages; how many units there are, and the archives.
fn fill(url: &str, archives: u64) -> Result<(u64, Vec<ArchiveId>), Box<dyn Error>> {
    let (store, tenant): (Store, TenantId) = (Store::open(url)?, "ville".parse()?);
    let journal = JournalId::LifeCycle(tenant.clone());
    let mut made = Vec::new();
    for number in 1..=archives {
        let now = SystemClock.now();
        let id = Id::mint(now);
        store.write(|pen| {
            let place = Place { number, sequence: number };
            let kept = Kept { archive: header(id, &tenant, now), place, inventory: digest::sha512(b"") };
            pen.keep_archive(&kept, parts(number, now).map(Ok::<Part, cartulaire::store::Error>))?;
            let (kind, outcome, detail) = ("bench".to_owned(), "OK".to_owned(), "{}".to_owned());
            let event = Event { actor: None, kind, object: id.to_string(), outcome, detail };
            pen.seal(&journal, event, now, [7; 16])?;
            Ok::<_, cartulaire::store::Error>(())
        })?;
        made.push(id);
    }
    Ok((archives * UNITS_OF_ARCHIVE, made))
}

fn header(id: ArchiveId, tenant: &TenantId, now: Timestamp) -> domain::archive::Archive {
    let said = said(Category::Access, "COM", day(0), None);
    let management = Management { categories: vec![said], ..Management::default() };
    domain::archive::Archive {
        id,
        tenant: tenant.clone(),
        generation: 1,
        transfer: Id::mint(now),
        version: SedaVersion::V2_2,
        dialect: Dialect::Strict,
        header: Header { message_identifier: id.to_string(), management, ..Header::default() },
        accepted_at: now,
        counts: Counts { units: UNITS_OF_ARCHIVE, ..Counts::default() },
    }
}

/// A root, files that each say an appraisal rule of their own date, and items that inherit it.
fn parts(number: u64, now: Timestamp) -> impl Iterator<Item = Part> {
    let mut files: Vec<UnitId> = Vec::new();
    let mut root: Option<UnitId> = None;
    (0..UNITS_OF_ARCHIVE).map(move |at| {
        let id = Id::mint(now);
        let is_file = (1..=FILES).contains(&at);
        let parents: Vec<UnitId> = match at {
            0 => Vec::new(),
            _ if is_file => root.into_iter().collect(),
            _ => files.get(usize::try_from(at % FILES).unwrap_or_default()).copied().into_iter().collect(),
        };
        match at {
            0 => root = Some(id),
            _ if is_file => files.push(id),
            _ => {}
        }
        let action = if at % 2 == 0 { "Destroy" } else { "Keep" };
        let own = is_file.then(|| said(Category::Appraisal, "DUA", day(number * 37 + at * 11), Some(action)));
        let management = Management { categories: own.into_iter().collect(), ..Management::default() };
        let title = format!("Dossier {at} de l’archive {number}");
        Part::Unit(Box::new(Unit {
            id,
            local_id: format!("u{at}"),
            parents,
            group: None,
            existing_group: None,
            content: Content { title: title.clone(), ..Content::default() },
            management,
            source: String::new(),
            text: title,
        }))
    })
}

fn said(category: Category, rule: &str, start: Option<NaiveDate>, final_action: Option<&str>) -> CategoryRules {
    CategoryRules {
        category,
        rules: vec![RuleUse { rule: rule.to_owned(), start, hold_end: None }],
        prevent_inheritance: false,
        ref_non_rule_ids: Vec::new(),
        final_action: final_action.map(str::to_owned),
    }
}

/// A day between 1970 and 2020.
fn day(number: u64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_days(Days::new(number % 18_262))
}

/// Pages of 50 units that are due, for days over half a century: the median and the 95th percentile.
fn questions(archive: &Archive, by: &Mandate<Read>) -> Result<(), Box<dyn Error>> {
    for (what, final_action) in [("due", None), ("due for destruction", Some("Destroy".to_owned()))] {
        let mut times = Vec::new();
        for number in 0..QUESTIONS {
            let before = day(number * 91).ok_or("a day")?;
            let due = Some(Due { category: Category::Appraisal, before });
            let criteria = Criteria { due, final_action: final_action.clone(), ..Criteria::default() };
            let (page, seconds) = timed(|| archive.search(by, &criteria, None, 50));
            page?;
            times.push(seconds * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!("a page of 50 units {what}: median {:.1} ms, p95 {:.1} ms", at(50), at(95));
    }
    Ok(())
}

/// What an elimination asks: the due units page by page, then the exact rules of every archive.
fn analysis(archive: &Archive, by: &Mandate<Read>, archives: &[ArchiveId]) -> Result<(u64, u64), Box<dyn Error>> {
    let today = archive.legal_day();
    let due = Some(Due { category: Category::Appraisal, before: today });
    let criteria = Criteria { due, final_action: Some("Destroy".to_owned()), ..Criteria::default() };
    let (mut found, mut after) = (0, None);
    loop {
        let page = archive.search(by, &criteria, after, 1_000)?;
        found += u64::try_from(page.hits.len())?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut doomed = 0;
    for id in archives {
        for (_, rules) in archive.archive_rules(by, *id)? {
            let is_doomed = of_category(&rules, Category::Appraisal)
                .is_some_and(|found| found.is_over(today) && found.final_action() == FinalAction::One("Destroy"));
            doomed += u64::from(is_doomed);
        }
    }
    Ok((found, doomed))
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

fn tell_computed<E: Error + 'static>(
    what: &str,
    (computed, seconds): (Result<Computed, E>, f64),
) -> Result<(), Box<dyn Error>> {
    let computed = computed?;
    assert_eq!(computed.waiting, 0, "everything was computed");
    tell(what, seconds, computed.units);
    Ok(())
}

fn tell(what: &str, seconds: f64, units: u64) {
    let rate = f64::from(u32::try_from(units).unwrap_or(u32::MAX)) / seconds;
    println!("{what}: {seconds:.1} s, {rate:.0} units/s");
}
