//! The house is killed at any moment, again and again: what was acknowledged is there, and nothing is half there.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops, and what it measured or skipped is said"
)]

mod ground;
mod life;
mod setback;

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, Hasher as _},
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use self::{
    ground::{Ground, Tally},
    life::Said,
};

/// Set, for the process that is killed, to the installation's folder.
const LIVE: &str = "CARTULAIRE_LIVE";
/// How many kills; 20 unless it is set.
const KILLS: &str = "CARTULAIRE_KILLS";
/// The seed of the moments; drawn unless it is set.
const SEED: &str = "CARTULAIRE_SEED";

/// The longest life of a house before it is killed.
const LIFE: Duration = Duration::from_secs(1);

/// Draws numbers; the same seed draws the same ones (`SplitMix64`).
pub struct Draw(u64);

impl Draw {
    /// From the environment, or from chance.
    pub fn new() -> Self {
        let seed = number(SEED).unwrap_or_else(|| std::hash::RandomState::new().build_hasher().finish());
        println!("seed: {SEED}={seed}");
        Self(seed)
    }

    /// The same draws every time.
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

#[test]
fn a_house_that_is_killed_keeps_what_it_acknowledged() {
    if let Some(data) = std::env::var_os(LIVE) {
        life::live(Path::new(&data), number(SEED).unwrap());
        return;
    }
    let kills = number(KILLS).unwrap_or(20);
    let mut draw = Draw::new();
    let grounds = Ground::all();
    let share = kills.div_ceil(u64::try_from(grounds.len()).unwrap());
    for ground in grounds {
        let from = Instant::now();
        let mut tally = Tally::default();
        let mut told: BTreeMap<String, Said> = BTreeMap::new();
        for kill in 0..share {
            let new = round(&ground, &mut draw, &format!("{kill}"));
            ground.check(&new, &mut tally);
            told.extend(new);
        }
        ground.check_all(&told, &mut tally);
        println!("{}: {share} kills, {tally}, {} s", ground.engine(), from.elapsed().as_secs());
        assert!(tally.accepted > 0, "the houses were killed before they did anything: {tally}");
    }
}

/// One life: what the house had said when it was killed, by message.
fn round(ground: &Ground, draw: &mut Draw, name: &str) -> BTreeMap<String, Said> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::a_house_that_is_killed_keeps_what_it_acknowledged", "--nocapture"])
        .env(LIVE, ground.data())
        .env(SEED, draw.below(u64::MAX).to_string())
        .env(life::ROUND, name)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let moment = Duration::from_micros(draw.below(u64::try_from(LIFE.as_micros()).unwrap()));
    // One in five is killed so many microseconds after its birth, perhaps while it recovers; the others after they opened.
    let waits_for_its_opening = draw.below(5) > 0;
    let lines = lines_until(&mut child, moment, waits_for_its_opening);
    life::heard(&lines)
}

/// Kills the child at its moment; every whole line that it had written.
fn lines_until(child: &mut Child, moment: Duration, waits_for_its_opening: bool) -> Vec<String> {
    let out = child.stdout.take().unwrap();
    let (said, hears) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut out = BufReader::new(out);
        let mut line = String::new();
        // A line without its end was cut by the kill.
        while out.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
            if said.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    let mut lines = Vec::new();
    if waits_for_its_opening {
        lines.extend(hears.iter().take_while(|line: &String| !line.contains(life::OPEN)));
    }
    let until = Instant::now() + moment;
    loop {
        match hears.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => lines.push(line),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => panic!("the house died by itself: {:?}\n{lines:?}", child.wait()),
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    lines.extend(hears.try_iter());
    lines
}
