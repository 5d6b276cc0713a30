//! Restitution: everything that a tenant confided, given back at once, as a folder or as a ZIP or tar stream, browsable
//! and verifiable without us. It is a copy: nothing leaves.
//!
//! A restitution is taken at a checkpoint of the log (`cut`): what came later is not in it, however long it takes.

mod attestation;
mod browse;
mod cut;
mod error;
mod journals;
mod log;
mod objects;
mod papers;
mod sink;
mod task;

pub use error::RestituteError;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    archive::{
        Archive,
        error::Error,
        restitute::{
            cut::Asked,
            sink::{Folder, Packer, Sink},
            task::Task,
        },
    },
    digest,
    domain::{
        digest::Digest,
        mandate::{Administer, Mandate},
    },
    record::restitution::{self, Restitution},
    vault::outside::{Outside, Stage},
};

/// Where a restitution goes.
pub enum Destination<'a> {
    /// A folder, empty or begun by an earlier run.
    Folder(PathBuf),
    /// A ZIP, stored, written as it comes.
    Zip(&'a mut (dyn Write + Send)),
    /// A tar, written as it comes.
    Tar(&'a mut (dyn Write + Send)),
}

/// How far a restitution is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// Archives given back so far.
    pub archives: u64,
    /// Archives that the tenant holds.
    pub archives_total: u64,
    /// Bytes given back, or found whole, so far.
    pub bytes: u64,
}

/// Told of every advance; answers whether to go on.
pub type OnAdvance<'a> = dyn Fn(Advance) -> bool + Sync + 'a;

/// What was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restituted {
    /// What `restitution.json` says.
    pub restitution: Restitution,
    /// The SHA-512 of that file.
    pub digest: Digest,
    /// Whether an earlier run had begun it.
    pub resumed: bool,
    /// Whether an earlier run had ended it: nothing was done.
    pub already: bool,
    /// Why no authority gave a time-stamp, authority by authority, in French; empty when one did.
    pub untimed: Vec<String>,
}

impl Archive {
    /// Gives back everything that the mandate's tenant holds. Whoever administers the tenant may, and nobody can forbid it.
    /// `on` is told of every advance, and may stop: a folder then goes on when it is called again.
    ///
    /// # Errors
    /// The destination is not fit, or too small; a content is whole on no volume; something was destroyed meanwhile.
    pub fn restitute(
        &self,
        by: &Mandate<Administer>,
        out: Destination<'_>,
        on: &OnAdvance<'_>,
    ) -> Result<Restituted, RestituteError> {
        match out {
            Destination::Folder(path) => self.to_folder(by, &path, on),
            Destination::Zip(out) => self.to_stream(by, "zip", Packer::zip(out), on),
            Destination::Tar(out) => self.to_stream(by, "tar", Packer::tar(out), on),
        }
    }

    fn to_folder(
        &self,
        by: &Mandate<Administer>,
        path: &Path,
        on: &OnAdvance<'_>,
    ) -> Result<Restituted, RestituteError> {
        let (mut outside, found) = Outside::open(path, restitution::FILE)?;
        let held = self.held_by(by.tenant())?;
        let (cut, resumed, untimed) = match found {
            Stage::Whole(bytes) => {
                let already = self.already(by, &bytes, path)?;
                outside.tidy()?;
                return Ok(already);
            }
            Stage::Begun(noted) => {
                outside.take_up()?;
                (self.known_cut(by.tenant(), &noted, path)?, true, Vec::new())
            }
            Stage::Fresh => {
                let needed = held.room();
                let free = outside.room()?;
                if free < needed {
                    return Err(RestituteError::NoRoom { needed, free });
                }
                outside.take_up()?;
                let (cut, untimed) = self.cut(&Asked { by, form: "folder", held })?;
                outside.begin(&cut.to_json().map_err(Error::from)?)?;
                (cut, false, untimed)
            }
        };
        let task = Task::new(self, cut, held.archives, on);
        let copied = |bytes| task.advance(0, bytes);
        let mut folder = Folder { outside: &outside, on: &copied };
        task.roots(&mut folder)?;
        task.archives_with(|| Folder { outside: &outside, on: &copied })?;
        task.rest(&mut folder)?;
        let (last, bytes) = task.end(&mut folder)?;
        outside.finish(restitution::FILE, &bytes)?;
        Ok(Restituted { restitution: last, digest: digest::sha512(&bytes), resumed, already: false, untimed })
    }

    fn to_stream(
        &self,
        by: &Mandate<Administer>,
        form: &'static str,
        mut packer: Packer<'_>,
        on: &OnAdvance<'_>,
    ) -> Result<Restituted, RestituteError> {
        let held = self.held_by(by.tenant())?;
        let (cut, untimed) = self.cut(&Asked { by, form, held })?;
        let task = Task::new(self, cut, held.archives, on);
        task.roots(&mut packer)?;
        task.archives(&mut packer)?;
        task.rest(&mut packer)?;
        let (last, bytes) = task.end(&mut packer)?;
        packer.put(restitution::FILE, &bytes)?;
        packer.finish()?;
        Ok(Restituted { restitution: last, digest: digest::sha512(&bytes), resumed: false, already: false, untimed })
    }

    /// A folder that is whole already.
    fn already(&self, by: &Mandate<Administer>, bytes: &[u8], path: &Path) -> Result<Restituted, RestituteError> {
        let known = self.known_cut(by.tenant(), bytes, path)?;
        let (digest, untimed) = (digest::sha512(bytes), Vec::new());
        Ok(Restituted { restitution: known, digest, resumed: false, already: true, untimed })
    }
}
