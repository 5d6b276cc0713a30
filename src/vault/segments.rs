//! The open days: lines of all journals, appended to the day's segment on every volume, durable before `append` returns.
//!
//! What a line says is not known here: it is bytes without a line break. A line torn by a crash is cut.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Mutex,
};

use chrono::NaiveDate;

use crate::vault::{
    Vault,
    disk::{Sink, failure},
    error::Error,
    publish::chain,
    volume::{Volume, lock},
};

/// Lines to be appended to the segment of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// The lines, without line breaks.
    pub lines: Vec<String>,
}

/// The last whole line of the open days on one volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The day in whose segment it stands.
    pub day: NaiveDate,
    /// The line.
    pub line: String,
}

impl Vault {
    /// Appends lines on every volume and makes them durable, in one round for the whole batch.
    ///
    /// # Errors
    /// Fewer volumes than required took them: they are cut off again where that is possible. A line holds a break.
    pub fn append(&self, segments: &[Segment]) -> Result<(), Error> {
        let has_break = |line: &String| line.contains(['\n', '\r']);
        if segments.iter().any(|segment| segment.lines.iter().any(has_break)) {
            return Err(Error::LineBreak);
        }
        let _open = self.writing();
        // One at a time: what fails is cut off, and nothing may have been appended after it.
        let _alone = lock(&self.appending);
        let mut merged: BTreeMap<NaiveDate, String> = BTreeMap::new();
        for segment in segments {
            let text = merged.entry(segment.day).or_default();
            segment.lines.iter().for_each(|line| text.extend([line, "\n"]));
        }
        let writers = self.writers(0)?;
        self.leave_behind_all_but(&writers)?;
        let appended = Mutex::new(Vec::new());
        let done = self.on_each(&writers, |volume| {
            let lengths = append_to(volume, &merged)?;
            lock(&appended).push((volume.path().to_owned(), lengths));
            Ok(())
        });
        if done.is_err() {
            let took = |volume: &Volume, path: &PathBuf| volume.path() == path;
            for (path, lengths) in &*lock(&appended) {
                writers.iter().filter(|volume| took(volume, path)).for_each(|volume| cut(volume, lengths));
            }
        }
        let volumes: Vec<_> = done?.into_iter().map(|(volume, ())| volume).collect();
        self.leave_behind_all_but(&volumes)
    }

    /// The days that have a segment on one volume, in order.
    ///
    /// # Errors
    /// There is no such volume, or it cannot be read.
    pub fn segments(&self, volume: usize) -> Result<Vec<NaiveDate>, Error> {
        let volume = self.volumes.get(volume).ok_or(Error::NoVolume)?;
        segments_on(volume)
    }

    /// The whole lines of a segment on one volume. A torn last line is not given; a day without a segment has none.
    ///
    /// # Errors
    /// There is no such volume, or it cannot be read.
    pub fn read_segment(
        &self,
        volume: usize,
        day: NaiveDate,
    ) -> Result<impl Iterator<Item = io::Result<String>> + use<>, Error> {
        let path = self.volumes.get(volume).ok_or(Error::NoVolume)?.places.segment(day);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            other => Some(other.map_err(failure("read", &path))?),
        };
        Ok(file.into_iter().flat_map(|file| Lines(BufReader::new(file))))
    }

    /// The last whole line of the open days on one volume; `None` when there is none.
    ///
    /// # Errors
    /// There is no such volume, or it cannot be read.
    pub fn segment_tail(&self, volume: usize) -> Result<Option<Tail>, Error> {
        let volume = self.volumes.get(volume).ok_or(Error::NoVolume)?;
        for day in segments_on(volume)?.into_iter().rev() {
            let path = volume.places.segment(day);
            let length = fs::metadata(&path).map_err(failure("look at", &path))?.len();
            let known = lock(&volume.tail).clone().filter(|known| known.path == path && known.length == length);
            if let Some(known) = known {
                return Ok(Some(Tail { day, line: known.line }));
            }
            if let Some(line) = last_line(&path)? {
                *lock(&volume.tail) = Some(KnownTail { path, length, line: line.clone() });
                return Ok(Some(Tail { day, line }));
            }
        }
        Ok(None)
    }

    /// Cuts a segment on one volume after its first `lines` lines, durably: what was appended there and never accepted.
    ///
    /// # Errors
    /// There is no such volume, or it fails.
    pub fn truncate_segment(&self, volume: usize, day: NaiveDate, lines: usize) -> Result<(), Error> {
        let _open = self.writing();
        let volume = self.volumes.get(volume).ok_or(Error::NoVolume)?;
        let path = volume.places.segment(day);
        if !path.exists() {
            return Ok(());
        }
        let mut reader = BufReader::new(File::open(&path).map_err(failure("read", &path))?);
        let (mut length, mut line) = (0, Vec::new());
        for _ in 0..lines {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(failure("read", &path))?;
            if read == 0 || line.last() != Some(&b'\n') {
                break;
            }
            length += u64::try_from(read).unwrap_or_default();
        }
        volume.disk.truncate(&path, length)?;
        Ok(volume.disk.sync(&path)?)
    }

    /// Removes a segment from every volume, once its lines stand elsewhere: in the journals' objects.
    ///
    /// # Errors
    /// Fewer volumes than required did.
    pub fn remove_segment(&self, day: NaiveDate) -> Result<(), Error> {
        let _open = self.writing();
        let writers = self.writers(0)?;
        self.leave_behind_all_but(&writers)?;
        let done = self.on_each(&writers, |volume| {
            let path = volume.places.segment(day);
            volume.disk.remove_tree(&path)?;
            lock(&volume.durable_names).remove(&path);
            let folder = volume.places.journal();
            if folder.is_dir() {
                volume.disk.sync(&folder)?;
            }
            Ok(())
        })?;
        self.leave_behind_all_but(&done.into_iter().map(|(volume, ())| volume).collect::<Vec<_>>())
    }
}

/// Appends to all segments of one volume, then synchronises once; gives the lengths before, for `cut`. When anything
/// fails, what was appended is cut off.
pub(super) fn append_to(volume: &Volume, texts: &BTreeMap<NaiveDate, String>) -> Result<Vec<Before>, Error> {
    let mut sinks = Vec::new();
    let mut lengths = Vec::new();
    let mut append = |day, text: &str| -> Result<(), Error> {
        let path = volume.places.segment(day);
        let (mut sink, length) = open_whole(volume, &path)?;
        lengths.push((path, length));
        sink.write(text.as_bytes())?;
        sinks.push(sink);
        Ok(())
    };
    let done = texts.iter().try_for_each(|(day, text)| append(*day, text));
    match done.and_then(|()| make_durable(volume, &sinks, &lengths)) {
        Ok(()) => Ok(lengths),
        Err(error) => {
            cut(volume, &lengths);
            Err(error)
        }
    }
}

/// The last line of a segment, as it was read when the segment had this length.
#[derive(Clone, Debug)]
pub(super) struct KnownTail {
    path: PathBuf,
    length: u64,
    line: String,
}

/// A segment, and its length in bytes before the append.
type Before = (PathBuf, u64);

fn cut(volume: &Volume, lengths: &[Before]) {
    for (path, length) in lengths {
        // A line that stays is found by the comparison with the catalog, at the latest.
        let _ = volume.disk.truncate(path, *length);
    }
}

/// Opens a segment at its end, alone, after its last whole line.
fn open_whole(volume: &Volume, path: &Path) -> Result<(Sink, u64), Error> {
    if let Some(folder) = path.parent() {
        volume.disk.make_dirs(folder)?;
    }
    let sink = volume.disk.append(path)?;
    sink.lock()?;
    let mut file = File::open(path).map_err(failure("read", path))?;
    let (whole, length) = whole_length(&mut file).map_err(failure("read", path))?;
    if whole < length {
        volume.disk.truncate(path, whole)?;
    }
    Ok((sink, whole))
}

/// Makes the lines durable, and the segments' names when this process meets them for the first time: whoever made
/// them may have stopped before it could.
fn make_durable(volume: &Volume, sinks: &[Sink], lengths: &[Before]) -> Result<(), Error> {
    let mut known = lock(&volume.durable_names);
    let met: Vec<&PathBuf> = lengths.iter().map(|(path, _)| path).filter(|path| !known.contains(*path)).collect();
    if met.is_empty() && sinks.len() <= ONE_BY_ONE {
        return Ok(sinks.iter().try_for_each(Sink::sync)?);
    }
    let folders: BTreeSet<PathBuf> = met.iter().flat_map(|path| chain(path, volume.path(), false)).collect();
    let all: Vec<PathBuf> = folders.into_iter().chain(lengths.iter().map(|(path, _)| path.clone())).collect();
    volume.make_durable(&all)?;
    if known.len() > NAMES {
        known.clear();
    }
    known.extend(met.into_iter().cloned());
    Ok(())
}

/// How many names of segments are remembered as durable.
const NAMES: usize = 10_000;

/// Up to how many segments are synchronised one by one.
const ONE_BY_ONE: usize = 4;

/// The length up to the last line break, and the whole length.
pub(super) fn whole_length(file: &mut File) -> io::Result<(u64, u64)> {
    let length = file.metadata()?.len();
    let mut end = length;
    let mut block = vec![0; BLOCK_BYTES];
    while end > 0 {
        let size = usize::try_from(end).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES);
        let start = end - u64::try_from(size).unwrap_or(end);
        file.seek(SeekFrom::Start(start))?;
        let part = block.get_mut(..size).unwrap_or_default();
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            return Ok((start + u64::try_from(at).unwrap_or_default() + 1, length));
        }
        end = start;
    }
    Ok((0, length))
}

/// How many bytes are read at once when looking back for a line break.
const BLOCK_BYTES: usize = 8 * 1024;

/// The last whole line of a segment.
fn last_line(path: &Path) -> Result<Option<String>, Error> {
    let read = || -> io::Result<Option<String>> {
        let mut file = File::open(path)?;
        let (whole, _) = whole_length(&mut file)?;
        if whole == 0 {
            return Ok(None);
        }
        let mut span = u64::try_from(BLOCK_BYTES).unwrap_or(1);
        loop {
            let start = whole.saturating_sub(span);
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.by_ref().take(whole - start - 1).read_to_end(&mut bytes)?;
            let at = bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
            if let Some(at) = at.or((start == 0).then_some(0)) {
                let line = bytes.get(at..).unwrap_or_default().to_vec();
                return String::from_utf8(line).map(Some).map_err(io::Error::other);
            }
            span *= 8;
        }
    };
    Ok(read().map_err(failure("read", path))?)
}

/// The days that have a segment on one volume, first first.
pub(super) fn segments_on(volume: &Volume) -> Result<Vec<NaiveDate>, Error> {
    let mut days: Vec<NaiveDate> =
        names(&volume.places.journal())?.iter().filter_map(|name| name.strip_suffix(".jsonl")?.parse().ok()).collect();
    days.sort_unstable();
    Ok(days)
}

/// The names in a folder; none when it does not exist.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(failure("list", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failure("list", folder))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// Whole lines, without their breaks.
struct Lines(BufReader<File>);

impl Iterator for Lines {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        match self.0.read_until(b'\n', &mut line) {
            Err(error) => Some(Err(error)),
            Ok(_) if line.pop() != Some(b'\n') => None,
            Ok(_) => Some(String::from_utf8(line).map_err(io::Error::other)),
        }
    }
}
