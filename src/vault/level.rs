//! Segments made level: lines that a crash left on some of the volumes only are given to the others.
//!
//! They are kept and not cut: the catalog may have been rolled forward over them already.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use chrono::NaiveDate;

use crate::{
    digest::{self, BUFFER_BYTES},
    vault::{
        Vault,
        disk::failure,
        error::Error,
        segments::{append_to, segments_on, whole_length},
        volume::{Volume, lock},
    },
};

impl Vault {
    /// Whether a day has segments of different lengths on the volumes that hold everything.
    ///
    /// # Errors
    /// A volume cannot be read.
    pub fn uneven(&self) -> Result<bool, Error> {
        let volumes = self.level_volumes();
        let mut days = BTreeSet::new();
        for volume in &volumes {
            days.extend(segments_on(volume)?);
        }
        let lengths = |day: NaiveDate| -> BTreeSet<Option<u64>> {
            let length = |volume: &Arc<Volume>| fs::metadata(volume.places.segment(day)).ok();
            volumes.iter().map(|volume| length(volume).map(|metadata| metadata.len())).collect()
        };
        Ok(days.into_iter().any(|day| lengths(day).len() > 1))
    }

    /// Gives every volume that holds everything the lines that another has, durably. To be called while nobody else can
    /// append.
    ///
    /// # Errors
    /// What a volume has is not the beginning of what another has; a disk fails.
    pub fn level(&self) -> Result<(), Error> {
        let _open = self.writing();
        let _alone = lock(&self.appending);
        let volumes = self.level_volumes();
        let mut days = BTreeSet::new();
        for volume in &volumes {
            days.extend(segments_on(volume)?);
        }
        days.into_iter().try_for_each(|day| level_day(&volumes, day))
    }

    fn level_volumes(&self) -> Vec<Arc<Volume>> {
        let members = self.members();
        self.readers().into_iter().filter(|volume| members.holds(volume)).collect()
    }
}

fn level_day(volumes: &[Arc<Volume>], day: NaiveDate) -> Result<(), Error> {
    let mut lengths = Vec::new();
    for volume in volumes {
        lengths.push((whole(&volume.places.segment(day))?, volume));
    }
    let Some((most, source)) = lengths.iter().max_by_key(|(length, _)| *length) else { return Ok(()) };
    let source = source.places.segment(day);
    for (length, volume) in lengths.iter().filter(|(length, _)| length < most) {
        let path = volume.places.segment(day);
        if !begins_alike(&source, &path, *length).map_err(failure("compare", &path))? {
            return Err(Error::Corrupt { path, why: format!("it is not the beginning of {}", source.display()) });
        }
        let lacking = part(&source, *length, *most).map_err(failure("read", &source))?;
        tracing::warn!(path = %path.display(), bytes = lacking.len(), "a segment is given the lines that it lacks");
        append_to(volume, &BTreeMap::from([(day, lacking)]))?;
    }
    Ok(())
}

/// The length of a segment's whole lines; 0 when there is none.
fn whole(path: &Path) -> Result<u64, Error> {
    let length = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        opened => opened.and_then(|mut file| Ok(whole_length(&mut file)?.0)),
    };
    Ok(length.map_err(failure("read", path))?)
}

/// Whether the first `length` bytes of two files are the same.
fn begins_alike(one: &Path, other: &Path, length: u64) -> io::Result<bool> {
    if length == 0 {
        return Ok(true);
    }
    let (mut one, mut other) = (File::open(one)?.take(length), File::open(other)?.take(length));
    let (mut ours, mut theirs) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
    loop {
        let read = digest::fill(&mut one, &mut ours)?;
        if read != digest::fill(&mut other, &mut theirs)? {
            return Ok(false);
        }
        if read.is_empty() {
            return Ok(true);
        }
    }
}

fn part(path: &Path, from: u64, to: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut text = String::new();
    file.take(to - from).read_to_string(&mut text)?;
    Ok(text)
}
