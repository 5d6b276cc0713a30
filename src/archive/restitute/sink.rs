//! Where the tree of a restitution is written: a folder, or a stream.

use std::io::{Read, Write};

use crate::{
    archive::restitute::RestituteError,
    package::{
        tar_stream::TarStream,
        zip_stream::{Packed, ZipStream},
    },
    vault::{
        extract::Extract,
        outside::{OnBytes, Outside},
    },
};

/// The storage root of a restitution.
const OCFL: &str = "ocfl";

/// Takes files under paths whose steps are parted by `/`.
pub(super) trait Sink {
    /// Writes a small file.
    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), RestituteError>;
    /// Writes a file of `size` bytes.
    fn pour(&mut self, path: &str, size: u64, source: &mut dyn Read) -> Result<(), RestituteError>;
    /// Writes an object below the storage root, every content verified before it counts.
    fn object(&mut self, extract: &Extract) -> Result<(), RestituteError>;
}

/// A folder.
pub(super) struct Folder<'a> {
    pub(super) outside: &'a Outside,
    /// Told of the bytes of objects; answers whether to go on.
    pub(super) on: &'a OnBytes<'a>,
}

impl Sink for Folder<'_> {
    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), RestituteError> {
        Ok(self.outside.put(path, bytes)?)
    }

    fn pour(&mut self, path: &str, _size: u64, source: &mut dyn Read) -> Result<(), RestituteError> {
        Ok(self.outside.pour(path, source)?)
    }

    fn object(&mut self, extract: &Extract) -> Result<(), RestituteError> {
        Ok(self.outside.copy(extract, OCFL, self.on)?)
    }
}

/// A stream.
pub(super) enum Packer<'a> {
    /// A ZIP.
    Zip(Box<ZipStream<&'a mut (dyn Write + Send)>>),
    /// A tar.
    Tar(Box<TarStream<&'a mut (dyn Write + Send)>>),
}

impl<'a> Packer<'a> {
    pub(super) fn zip(out: &'a mut (dyn Write + Send)) -> Self {
        Self::Zip(Box::new(ZipStream::new(out)))
    }

    pub(super) fn tar(out: &'a mut (dyn Write + Send)) -> Self {
        Self::Tar(Box::new(TarStream::new(out)))
    }

    /// Ends the stream.
    pub(super) fn finish(self) -> Result<(), RestituteError> {
        let out = match self {
            Self::Zip(zip) => zip.finish()?,
            Self::Tar(tar) => tar.finish()?,
        };
        out.flush().map_err(RestituteError::Stream)
    }

    fn add(&mut self, path: &str, size: u64, body: &mut dyn Read) -> Result<(), RestituteError> {
        match self {
            Self::Zip(zip) => _ = zip.add(path, size, Packed::Stored, body)?,
            Self::Tar(tar) => tar.add(path, size, body)?,
        }
        Ok(())
    }
}

impl Sink for Packer<'_> {
    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<(), RestituteError> {
        self.add(path, u64::try_from(bytes.len()).unwrap_or(u64::MAX), &mut &*bytes)
    }

    fn pour(&mut self, path: &str, size: u64, source: &mut dyn Read) -> Result<(), RestituteError> {
        self.add(path, size, source)
    }

    fn object(&mut self, extract: &Extract) -> Result<(), RestituteError> {
        let below = format!("{OCFL}/{}", extract.place().display());
        for (path, bytes) in &extract.small {
            self.put(&format!("{below}/{path}"), bytes)?;
        }
        for (path, digest) in &extract.contents {
            // What has gone out cannot be taken back: a copy is read to its end before it is sent.
            let opened = extract.open_whole(path, *digest)?;
            self.add(&format!("{below}/{path}"), opened.size, &mut opened.verified()?)?;
        }
        Ok(())
    }
}
