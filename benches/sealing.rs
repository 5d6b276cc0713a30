//! What the proof of a busy day costs: the log brought up to 100,000 lines, the day sealed, a checkpoint time-stamped.
//! Each is measured once, beside what this machine's SHA-512 takes for the same bytes.

#![expect(clippy::print_stdout, reason = "what is measured is for its reader")]

use std::{
    error::Error,
    path::Path,
    sync::{Arc, Mutex},
    time::Instant,
};

use cartulaire::{
    boot::{self, Init},
    config::Config,
    digest,
    domain::{
        clock::{Clock, Timestamp},
        journal::{Event, JournalId},
    },
    store::Store,
};

/// Lines of the day.
const LINES: u32 = 100_000;

/// Lines written in one transaction.
const AT_ONCE: u32 = 10_000;

struct Hands(Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap_or_else(|| unreachable!("{text} is an instant"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let clock = Arc::new(Hands(Mutex::new(at("2030-01-10T08:00:00Z"))));
    let config = Config { reserve_bytes: 0, ..Config::default() };
    let (tenant, name) = ("ville".parse()?, "Ville".to_owned());
    let init = Init { tenant, name, archival_agency: "VILLE".to_owned(), config };
    let url = boot::init_at(&data, &init, clock.clone())?.config.database_url(&data);
    write_lines(&url, clock.now())?;

    let (opened, seconds) = timed(|| boot::open_at(&data, clock.clone()));
    let installation = opened?;
    tell("the log brought up to them, signed every 2,560 entries", seconds, f64::from(LINES) / seconds, "entries/s");

    *clock.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = at("2030-01-11T00:00:01Z");
    let (sealed, seconds) = timed(|| installation.archive.seal_due());
    let sealed = sealed?;
    tell("the day sealed on two volumes", seconds, f64::from(LINES) / seconds, "lines/s");
    let bytes = size(&data.join("volumes/a/ocfl"))?;
    let block = vec![7; usize::try_from(bytes)?];
    let (_, hashing) = timed(|| digest::sha512(&block));
    println!(
        "  {} lines in {} parts; {:.1} times SHA-512 of the same bytes",
        sealed.lines,
        sealed.parts,
        seconds / hashing
    );

    let (stamped, seconds) = timed(|| installation.archive.stamp(true));
    stamped?;
    tell("a checkpoint time-stamped by the installation's own authority", seconds, 1.0 / seconds, "time-stamps/s");
    Ok(())
}

/// Lines as a busy day leaves them in the catalog.
fn write_lines(url: &str, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let store = Store::open(url)?;
    let journal: JournalId = "ville/life-cycle".parse()?;
    for _ in 0..LINES / AT_ONCE {
        store.write(|pen| {
            for number in 0..AT_ONCE {
                let event = Event {
                    actor: None,
                    kind: "access".to_owned(),
                    object: format!("019aa8f0-1111-7222-8333-{number:012}"),
                    outcome: "OK".to_owned(),
                    detail: "{}".to_owned(),
                };
                pen.seal(&journal, event, now, [7; 16])?;
            }
            Ok::<_, cartulaire::store::Error>(())
        })?;
    }
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

fn tell(what: &str, seconds: f64, rate: f64, unit: &str) {
    println!("{what}: {seconds:.3} s, {rate:.0} {unit}");
}

fn size(folder: &Path) -> std::io::Result<u64> {
    std::fs::read_dir(folder)?.try_fold(0, |sum, entry| {
        let entry = entry?;
        Ok(sum + if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() })
    })
}
