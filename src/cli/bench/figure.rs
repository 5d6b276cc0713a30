//! A figure that was measured, with what was aimed at and what holds it back; and the machine's time and memory.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::cli::{bench::reference::References, threads};

/// Clock ticks in a second of `/proc/self/stat` (`USER_HZ`, the same on every Linux that we run on).
const TICKS_PER_SECOND: u32 = 100;

/// From this share on, a processor is busy and limits.
const BUSY: f64 = 0.85;

/// One figure, as the table shows it and as JSON gives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Figure {
    /// The scenario.
    pub(super) scenario: String,
    /// What was measured, in French.
    pub(super) what: String,
    /// The figure.
    pub(super) value: f64,
    /// Its unit.
    pub(super) unit: String,
    /// What the design aims at.
    pub(super) aim: Option<Aim>,
    /// How many processors were used while it was measured, as 1.2.
    pub(super) processors: Option<f64>,
    /// Bytes that had to be hashed, when hashing may be what limits.
    pub(super) bytes_per_second: Option<f64>,
}

/// What the design aims at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Aim {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
}

impl Figure {
    /// A figure without an aim.
    pub(super) fn new(scenario: &str, what: &str, value: f64, unit: &str) -> Self {
        let (scenario, what, unit) = (scenario.to_owned(), what.to_owned(), unit.to_owned());
        Self { scenario, what, value, unit, aim: None, processors: None, bytes_per_second: None }
    }

    /// With what the design aims at.
    pub(super) fn aimed(self, aim: Aim) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// With what the machine did meanwhile.
    pub(super) fn during(self, spent: &Spent) -> Self {
        Self { processors: Some(spent.processors()), ..self }
    }

    /// With the bytes that passed, so that the rate can stand beside the machine's own.
    pub(super) fn moving(self, bytes_per_second: f64) -> Self {
        Self { bytes_per_second: Some(bytes_per_second), ..self }
    }

    /// The row of the table.
    pub(super) fn row(&self, references: &References) -> Vec<String> {
        let value = format!("{} {}", number(self.value), self.unit);
        let (aim, ratio) = match self.aim {
            Some(Aim::AtLeast(aim)) => (format!("≥ {}", number(aim)), number(self.value / aim)),
            Some(Aim::AtMost(aim)) => (format!("≤ {}", number(aim)), number(self.value / aim)),
            None => (String::new(), String::new()),
        };
        vec![self.what.clone(), value, aim, ratio, self.limit(references)]
    }

    fn limit(&self, references: &References) -> String {
        let mut told = Vec::new();
        if let Some(processors) = self.processors {
            let all = real(u64::try_from(threads::per_processor()).unwrap_or(1));
            let word = match processors {
                used if used >= BUSY * all => "tous les processeurs",
                used if used >= BUSY => "un fil d’exécution",
                _ => "le disque et l’attente",
            };
            told.push(format!("{word} ({} processeur sur {})", number(processors), threads::per_processor()));
        }
        if let Some(rate) = self.bytes_per_second {
            let (hash, copy) = (rate / references.sha512, rate / references.copy);
            told.push(format!("{} × SHA-512, {} × copie", number(hash), number(copy)));
        }
        told.join(" ; ")
    }
}

/// What one piece of work cost.
pub(super) struct Spent {
    /// By the clock.
    pub(super) wall: Duration,
    /// On the processors, of the whole process.
    pub(super) processor: Duration,
}

impl Spent {
    /// Does some work and tells what it cost.
    pub(super) fn on<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Self)> {
        let (start, before) = (Instant::now(), processor_time());
        let done = work()?;
        Ok((done, Self { wall: start.elapsed(), processor: processor_time().saturating_sub(before) }))
    }

    /// So many things, per second.
    pub(super) fn rate(&self, things: u64) -> f64 {
        real(things) / self.wall.as_secs_f64().max(f64::EPSILON)
    }

    fn processors(&self) -> f64 {
        self.processor.as_secs_f64() / self.wall.as_secs_f64().max(f64::EPSILON)
    }
}

/// The peak of resident memory of this process, in megabytes; `None` where the system does not tell.
pub(super) fn peak_megabytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(real(kibibytes) * 1024.0 / 1e6)
}

/// Time on the processors, user and system, of this process so far; zero where the system does not tell.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the process stands in parentheses and may hold spaces: count after it.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u32 = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    Duration::from_secs(1) * ticks / TICKS_PER_SECOND
}

/// The value below which lie `percent` of all; 0 of none. Sorts.
pub(super) fn percentile(durations: &mut [Duration], percent: usize) -> Duration {
    durations.sort_unstable();
    let at = (durations.len() * percent / 100).min(durations.len().saturating_sub(1));
    durations.get(at).copied().unwrap_or_default()
}

/// A count as a real number.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a figure that people read needs no 53rd bit")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// A number with as many digits as mean something.
pub(super) fn number(value: f64) -> String {
    let shown = match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    shown.replace('.', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let mut values: Vec<Duration> = (0..100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut values, 50), Duration::from_millis(50));
        assert_eq!(percentile(&mut values, 95), Duration::from_millis(95));
        assert_eq!(percentile(&mut [], 95), Duration::ZERO);
    }

    #[test]
    fn this_process_has_used_memory_and_a_processor() {
        assert!(peak_megabytes().is_none_or(|peak| peak > 1.0));
        let spin = || Ok((0..20_000_000_u64).fold(0_u64, |sum, n| std::hint::black_box(sum.wrapping_mul(31) ^ n)));
        let (_, spent) = Spent::on(spin).unwrap();
        assert!(spent.processor <= spent.wall * 64);
        assert_eq!((number(2_834.2), number(0.456), number(12.34)), ("2834".into(), "0,46".into(), "12,3".into()));
    }
}
