//! What this machine can do at best, measured in the same run: hashing, copying durably, syncing.

use std::{
    fs::File,
    io::{self, Seek, Write},
    path::Path,
    process::Command,
    time::Instant,
};

use crate::{
    cli::{
        bench::figure::{number, real},
        output::Output,
    },
    digest::Hasher,
};

/// Bytes hashed, in memory.
const HASHED: u64 = 1 << 30;
/// Bytes hashed at once: more than any cache holds.
const BLOCK: usize = 64 << 20;
/// Bytes copied.
const COPIED: u64 = 512 << 20;
/// Writes that are synced one by one.
const SYNCS: u32 = 200;

/// The machine's own figures.
#[derive(Clone, Copy, Debug)]
pub(super) struct References {
    /// SHA-512 on one processor, in bytes per second.
    pub(super) sha512: f64,
    /// A file copied and synced, in bytes per second.
    pub(super) copy: f64,
    /// Small writes synced one by one, per second.
    pub(super) syncs: f64,
}

/// Measures them in `room`.
pub(super) fn measure(room: &Path, quick: bool) -> io::Result<References> {
    let share = if quick { 4 } else { 1 };
    Ok(References { sha512: sha512(HASHED / share)?, copy: copy(room, COPIED / share)?, syncs: syncs(room)? })
}

impl References {
    /// Tells them.
    pub(super) fn tell(&self, out: &mut Output<'_>) -> anyhow::Result<()> {
        if out.is_json() {
            return out.item(&serde_json::json!({
                "scenario": "reference", "sha512_bytes_per_second": self.sha512,
                "copy_bytes_per_second": self.copy, "syncs_per_second": self.syncs,
            }));
        }
        let rate = |rate: f64| number(rate / 1e6);
        out.line("Cette machine, dans la même exécution :")?;
        out.line(format!("  SHA-512 sur un processeur      {} Mo/s", rate(self.sha512)))?;
        out.line(format!("  copie d’un fichier et synchro  {} Mo/s", rate(self.copy)))?;
        out.line(format!("  petite écriture et synchro      {} par seconde\n", number(self.syncs)))?;
        Ok(())
    }
}

fn sha512(bytes: u64) -> io::Result<f64> {
    let block = noise(BLOCK, 1);
    let mut hasher = Hasher::new(&[])?;
    let (start, mut passed) = (Instant::now(), 0);
    while passed < bytes {
        hasher.update(&block)?;
        passed += length(&block);
    }
    std::hint::black_box(hasher.finish()?);
    Ok(real(passed) / start.elapsed().as_secs_f64())
}

fn copy(room: &Path, bytes: u64) -> io::Result<f64> {
    let mut source = tempfile::tempfile_in(room)?;
    let block = noise(1 << 20, 2);
    for _ in 0..bytes >> 20 {
        source.write_all(&block)?;
    }
    source.sync_all()?;
    source.rewind()?;
    let mut copy = tempfile::tempfile_in(room)?;
    let start = Instant::now();
    let copied = io::copy(&mut source, &mut copy)?;
    copy.sync_all()?;
    Ok(real(copied) / start.elapsed().as_secs_f64())
}

fn syncs(room: &Path) -> io::Result<f64> {
    let mut file = tempfile::tempfile_in(room)?;
    let block = noise(4096, 3);
    let start = Instant::now();
    for _ in 0..SYNCS {
        file.write_all(&block)?;
        file.sync_all()?;
    }
    Ok(f64::from(SYNCS) / start.elapsed().as_secs_f64())
}

/// Makes everything written below `folder` durable, at once: `sync -f`, or the folder alone where there is none.
pub(super) fn sync_file_system(folder: &Path) -> io::Result<()> {
    match Command::new("sync").arg("-f").arg(folder).status() {
        Ok(status) if status.success() => Ok(()),
        _ => File::open(folder)?.sync_all(),
    }
}

/// Bytes that no compression shortens, the same for the same seed (xorshift64).
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_long_enough_repeatable_and_not_the_same_twice() {
        assert_eq!(noise(1001, 7), noise(1001, 7));
        assert_eq!(noise(1001, 7).len(), 1001);
        assert_ne!(noise(1001, 7), noise(1001, 8));
    }
}
