//! ZIP files (PKWARE APPNOTE 6.3.10): the central directory is the truth, and every entry's own header must agree.
//!
//! The crate `zip` finds and parses the directory and unpacks; entries are iterated and never indexed by name, because
//! an index would hide duplicates. The archive must begin at the file's first byte: a ZIP at the end of something else
//! is not opened, so that a cut package is never mistaken for the ZIP that it holds.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::ControlFlow,
};

use zip::{
    CompressionMethod, ZipReadOptions,
    read::{ArchiveOffset, Config, ZipFileEntry},
    result::ZipError,
    unstable::read::ZipIterable,
};

use crate::package::{
    Error,
    disk::Disk,
    fault::{Fault, FaultKind, judge},
    limits::Limits,
    listing::{Entry, Listed, Offered},
};

/// Lists every entry of the central directory.
pub(super) fn list(file: &File, limits: &Limits, listed: &mut Listed<'_>) -> Result<(), Error> {
    let mut archive = match open(file)? {
        Ok(archive) => archive,
        Err(kind) => {
            listed.cut(kind);
            return Ok(());
        }
    };
    let mut headers = Disk::new(file).map_err(Error::Read)?;
    let mut spans = Vec::new();
    let mut directory_start = headers.len();
    let mut last_record = None;
    let entries = match archive.files() {
        Ok(entries) => entries,
        Err(error) => {
            listed.cut(judge_zip(error)?);
            return Ok(());
        }
    };
    for entry in entries {
        let Some(position) = listed.begin() else { break };
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                listed.cut(judge_zip(error)?);
                break;
            }
        };
        directory_start = directory_start.min(entry.central_header_start());
        last_record = Some(entry.central_header_start());
        let local = match Local::read(&mut headers, entry.header_start()) {
            Ok(local) => Ok(local),
            Err(error) => Err(judge(error)?),
        };
        if let Ok(local) = &local {
            let end = local.data_start.saturating_add(entry.compressed_size());
            spans.push(Span { start: entry.header_start(), end, position });
        }
        let name = decoded_name(&entry);
        listed.offer(position, &name, offered(&entry, local, limits));
    }
    listed.withdraw(&overlapping(spans, directory_start), &FaultKind::Overlap);
    if let Some(at) = last_record.filter(|_| !listed.is_cut())
        && is_followed(&mut headers, at).or_else(|error| judge(error).map(|_| true))?
    {
        listed.cut(FaultKind::Corrupt("the central directory holds more than it counts".to_owned()));
    }
    Ok(())
}

/// Whether the directory's record at this offset (APPNOTE 4.3.12) is followed by one more: an entry that some readers
/// would see, and that we, who count as the directory counts, would not.
fn is_followed(disk: &mut Disk<'_>, at: u64) -> io::Result<bool> {
    disk.seek(SeekFrom::Start(at))?;
    let mut record = [0; 46];
    disk.read_exact(&mut record)?;
    let [.., n0, n1, x0, x1, c0, c1, _, _, _, _, _, _, _, _, _, _, _, _] = record;
    let lengths = [[n0, n1], [x0, x1], [c0, c1]].map(u16::from_le_bytes);
    disk.seek(SeekFrom::Current(lengths.map(i64::from).iter().sum()))?;
    let mut next = [0; 4];
    disk.read_exact(&mut next)?;
    Ok(next == *b"PK\x01\x02")
}

/// Hands out the entries asked for, which come in the order of the directory.
pub(super) fn pass<'p>(
    file: &File,
    picks: &mut dyn Iterator<Item = &'p Entry>,
    each: &mut dyn FnMut(&Entry, &mut dyn Read) -> ControlFlow<()>,
) -> Result<Vec<Fault>, Error> {
    let mut faults = Vec::new();
    let mut archive = match open(file)? {
        Ok(archive) => archive,
        Err(kind) => return Ok(vec![Fault { kind, name: None }]),
    };
    let entries = match archive.files() {
        Ok(entries) => entries,
        Err(error) => return Ok(vec![Fault { kind: judge_zip(error)?, name: None }]),
    };
    let mut bodies = Disk::new(file).map_err(Error::Read)?;
    let mut position = 0;
    for pick in picks {
        let skipped = usize::try_from(pick.position.saturating_sub(position)).unwrap_or(usize::MAX);
        position = pick.position.saturating_add(1);
        let fault = |kind| Fault { kind, name: Some(pick.name.clone()) };
        let entry = match entries.nth(skipped) {
            Some(Ok(entry)) => entry,
            Some(Err(error)) => {
                faults.push(fault(judge_zip(error)?));
                break;
            }
            None => {
                faults.push(fault(FaultKind::Truncated));
                break;
            }
        };
        match entry.with_reader(&mut bodies, ZipReadOptions::new()) {
            Ok(mut body) => {
                if each(pick, &mut body).is_break() {
                    break;
                }
            }
            Err(error) => faults.push(fault(judge_zip(error)?)),
        }
    }
    Ok(faults)
}

fn open(file: &File) -> Result<Result<ZipIterable<Disk<'_>>, FaultKind>, Error> {
    let disk = Disk::new(file).map_err(Error::Read)?;
    match ZipIterable::try_new(disk, Config { archive_offset: ArchiveOffset::Known(0) }) {
        Ok(archive) => Ok(Ok(archive)),
        Err(ZipError::InvalidArchive(_)) => Ok(Err(FaultKind::Truncated)),
        Err(error) => judge_zip(error).map(Err),
    }
}

fn judge_zip(error: ZipError) -> Result<FaultKind, Error> {
    match error {
        ZipError::Io(error) => judge(error),
        ZipError::CompressionMethodNotSupported(_) => Ok(FaultKind::UnsupportedMethod),
        other => Ok(FaultKind::Corrupt(other.to_string())),
    }
}

/// The name: the Unicode path field where there is one (APPNOTE 4.6.9), then UTF-8 wherever the bytes are UTF-8, then
/// code page 437 (APPNOTE appendix D). Bytes that are UTF-8 without the flag that says so are what Info-ZIP and macOS
/// write; that an honest name in code page 437 with an accent is also UTF-8 practically does not happen.
fn decoded_name(entry: &ZipFileEntry<'_>) -> Vec<u8> {
    match entry.name() {
        Ok(text) => text.as_bytes().to_vec(),
        Err(_) => entry.name_raw().to_vec(),
    }
}

fn offered(entry: &ZipFileEntry<'_>, local: Result<Local, FaultKind>, limits: &Limits) -> Offered {
    if entry.is_dir() {
        return Offered::Folder;
    }
    let mut faults = Vec::new();
    match local {
        Ok(local) if !local.agrees_with(entry) => faults.push(FaultKind::HeadersDisagree),
        Ok(_) => {}
        Err(kind) => faults.push(kind),
    }
    if entry.encrypted() {
        faults.push(FaultKind::Encrypted);
    } else if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        faults.push(FaultKind::UnsupportedMethod);
    }
    faults.extend(refusal(entry.unix_mode().unwrap_or_default()));
    if limits.is_bomb(entry.size(), entry.compressed_size()) {
        faults.push(FaultKind::RatioTooHigh { limit: limits.ratio });
    }
    if faults.is_empty() { Offered::File(entry.size()) } else { Offered::Refused(faults) }
}

/// What the type bits of a Unix mode (`S_IFMT`) forbid; zero is written by makers that know no such bits.
fn refusal(mode: u32) -> Option<FaultKind> {
    match mode & 0o170_000 {
        0 | 0o100_000 => None,
        0o120_000 => Some(FaultKind::Link),
        _ => Some(FaultKind::Device),
    }
}

/// An entry's own header (APPNOTE 4.3.7).
struct Local {
    is_encrypted: bool,
    method: u16,
    name: Vec<u8>,
    unicode_name: Option<Vec<u8>>,
    data_start: u64,
}

impl Local {
    fn read(disk: &mut Disk<'_>, at: u64) -> io::Result<Self> {
        disk.seek(SeekFrom::Start(at))?;
        let mut fixed = [0; 30];
        disk.read_exact(&mut fixed)?;
        let [b'P', b'K', 3, 4, _, _, f0, _, m0, m1, .., n0, n1, x0, x1] = fixed else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an entry without its own header"));
        };
        let mut name = vec![0; usize::from(u16::from_le_bytes([n0, n1]))];
        disk.read_exact(&mut name)?;
        let mut extra = vec![0; usize::from(u16::from_le_bytes([x0, x1]))];
        disk.read_exact(&mut extra)?;
        let is_encrypted = f0 & 1 == 1;
        let method = u16::from_le_bytes([m0, m1]);
        Ok(Self { is_encrypted, method, name, unicode_name: unicode_name(&extra), data_start: disk.position() })
    }

    fn agrees_with(&self, entry: &ZipFileEntry<'_>) -> bool {
        let method = match entry.compression() {
            CompressionMethod::Stored => Some(0),
            CompressionMethod::Deflated => Some(8),
            _ => None,
        };
        let same_name = [Some(&self.name), self.unicode_name.as_ref()].contains(&Some(&entry.name_raw().to_vec()));
        let same_method = method.is_none_or(|method| method == self.method);
        same_name && same_method && self.is_encrypted == entry.encrypted()
    }
}

/// The Info-ZIP Unicode path of an extra field (APPNOTE 4.6.9): tag 0x7075, length, version, CRC of the plain name, name.
fn unicode_name(mut extra: &[u8]) -> Option<Vec<u8>> {
    while let [t0, t1, l0, l1, rest @ ..] = extra {
        let (value, after) = rest.split_at_checked(usize::from(u16::from_le_bytes([*l0, *l1])))?;
        if u16::from_le_bytes([*t0, *t1]) == 0x7075 {
            return value.get(5..).map(<[u8]>::to_vec);
        }
        extra = after;
    }
    None
}

/// The bytes of an entry, from its own header to the end of its data.
struct Span {
    start: u64,
    end: u64,
    position: u64,
}

/// The entries that share bytes with another one or run into the directory: how a small file unpacks to petabytes.
fn overlapping(mut spans: Vec<Span>, directory_start: u64) -> HashSet<u64> {
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut found = HashSet::new();
    let mut furthest: Option<&Span> = None;
    for span in &spans {
        if let Some(before) = furthest.filter(|before| before.end > span.start) {
            found.extend([before.position, span.position]);
        }
        if span.end > directory_start {
            found.insert(span.position);
        }
        if furthest.is_none_or(|before| before.end < span.end) {
            furthest = Some(span);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spans: &[(u64, u64)], expected: &[u64]) {
        let spans = (0..).zip(spans).map(|(position, (start, end))| Span { start: *start, end: *end, position });
        let mut found: Vec<u64> = overlapping(spans.collect(), 100).into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn entries_that_share_bytes_are_found() {
        check(&[(0, 10), (10, 20), (20, 100)], &[]);
        check(&[(10, 20), (0, 11)], &[0, 1]);
        check(&[(0, 10), (0, 10)], &[0, 1]);
        check(&[(0, 90), (10, 20), (30, 40), (90, 95)], &[0, 1, 2]);
        check(&[(0, 10), (95, 101)], &[1]);
    }

    #[test]
    fn modes_of_files_and_of_others() {
        assert_eq!(refusal(0o644), None);
        assert_eq!(refusal(0o100_644), None);
        assert_eq!(refusal(0o120_777), Some(FaultKind::Link));
        assert_eq!(refusal(0o010_644), Some(FaultKind::Device));
        assert_eq!(refusal(0o040_755), Some(FaultKind::Device));
    }
}
