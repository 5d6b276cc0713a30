//! The audit's effect on deposits: how long small acts wait while copies are read again, at the configured pace and as
//! fast as can be, beside how long they wait alone; and how fast copies are read.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    archive::audit::{Budget, Order, Start},
    cli::{
        bench::{
            Args,
            figure::{Figure, Spent, percentile, real},
            ground::{accepted_units, installation},
            packages,
            reference::sync_file_system,
            scenarios::ACT,
        },
        house::House,
    },
    config::Config,
    package::zip_stream::Packed,
};

/// Everything, from the beginning.
const ALL_NOW: Order = Order { volume: None, tenant: None, start: Start::Now };

/// Deposits acts alone, then beside an audit at two paces; then reads everything as fast as can be.
pub(super) fn audit(args: &Args, room: &Path) -> anyhow::Result<Vec<Figure>> {
    let n_acts = if args.quick { 40 } else { 200 };
    let house = installation(&room.join("audit"), None)?;
    let (objects, object_bytes) = ACT;
    let make = |name: &str| {
        let path = room.join(format!("{name}.zip"));
        packages::transfer(&path, name, objects, object_bytes, Packed::Stored).map(|_| path)
    };
    let paces =
        [("sans relecture", None), ("relecture configurée", Some(configured())), ("relecture entière", Some(0))];
    // Something to read again.
    for at in 0..n_acts {
        deposit(&house, &make(&format!("fonds-{at}"))?)?;
    }
    let mut figures = Vec::new();
    for (name, pace) in paces {
        let acts = (0..n_acts).map(|at| make(&format!("{name} {at}"))).collect::<anyhow::Result<Vec<_>>>()?;
        sync_file_system(room)?;
        let mut latencies: Vec<Duration> =
            beside(&house, pace, || acts.iter().map(|act| deposit(&house, act)).collect())?;
        for (words, percent) in [("délai médian", 50), ("délai au 95e centile", 95)] {
            let milliseconds = percentile(&mut latencies, percent).as_secs_f64() * 1e3;
            figures.push(Figure::new("audit", &format!("versement, {name} : {words}"), milliseconds, "ms"));
        }
    }
    let (bytes, spent) = Spent::on(|| Ok(house.archive().audit(&ALL_NOW, &unhurried(&|| false), &|_| {})?.bytes))?;
    let rate = real(bytes) / spent.wall.as_secs_f64();
    figures
        .push(Figure::new("audit", "copies relues, sur deux volumes", rate / 1e6, "Mo/s").during(&spent).moving(rate));
    drop(house);
    fs::remove_dir_all(room.join("audit"))?;
    Ok(figures)
}

fn configured() -> u64 {
    Config::default().audit_bytes_per_second
}

fn unhurried(stop: &(dyn Fn() -> bool + Sync)) -> Budget<'_> {
    Budget { bytes_per_second: 0, pause: stop, stop }
}

/// Does something while copies are read again and again at a pace; at none, alone.
fn beside<T>(
    house: &House,
    bytes_per_second: Option<u64>,
    work: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let Some(bytes_per_second) = bytes_per_second else { return work() };
    let (done, failed) = (AtomicBool::new(false), Mutex::new(None));
    let stop = || done.load(Ordering::Relaxed);
    let worked = thread::scope(|scope| {
        scope.spawn(|| {
            while !stop() {
                let budget = Budget { bytes_per_second, ..unhurried(&stop) };
                if let Err(error) = house.archive().audit(&ALL_NOW, &budget, &|_| {}) {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).replace(error);
                    break;
                }
            }
        });
        let worked = work();
        done.store(true, Ordering::Relaxed);
        worked
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error.into()),
        None => worked,
    }
}

/// How long a deposit took, its package removed.
fn deposit(house: &House, package: &PathBuf) -> anyhow::Result<Duration> {
    let start = Instant::now();
    accepted_units(house, package)?;
    let latency = start.elapsed();
    fs::remove_file(package)?;
    Ok(latency)
}
