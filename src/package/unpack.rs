//! The bytes of a tar, unpacked by gzip or bzip2 and measured meanwhile, so that a bomb stops early.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;

use crate::package::{
    disk::Disk,
    fault::{Carried, FaultKind},
    limits::Limits,
};

/// How the tar is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Bzip2,
}

/// The bytes of the tar, measured while they are unpacked.
pub(super) struct Stream<'f> {
    decoder: Decoder<'f>,
    limits: &'f Limits,
    unpacked: u64,
}

impl<'f> Stream<'f> {
    pub(super) fn open(file: &'f File, packing: Packing, limits: &'f Limits) -> io::Result<Self> {
        let disk = Disk::new(file)?;
        let decoder = match packing {
            Packing::Plain => Decoder::Plain(disk),
            Packing::Gzip => Decoder::Gzip(Box::new(BufReader::new(MultiGzDecoder::new(disk)))),
            Packing::Bzip2 => Decoder::Bzip2(Box::new(BufReader::new(MultiBzDecoder::new(disk)))),
        };
        Ok(Self { decoder, limits, unpacked: 0 })
    }

    /// Goes on by so many bytes; past the end is a truncation.
    pub(super) fn skip(&mut self, n: u64) -> io::Result<()> {
        if let Decoder::Plain(disk) = &mut self.decoder {
            let offset = i64::try_from(n).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            return disk.seek(SeekFrom::Current(offset)).map(drop);
        }
        let skipped = io::copy(&mut self.by_ref().take(n), &mut io::sink())?;
        if skipped == n { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn measure(&mut self, read: usize, packed: u64) -> io::Result<usize> {
        self.unpacked = self.unpacked.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if self.unpacked > self.limits.unpacked_bytes {
            return Err(Carried::error(FaultKind::TooLarge { limit: self.limits.unpacked_bytes }));
        }
        if self.limits.is_bomb(self.unpacked, packed) {
            return Err(Carried::error(FaultKind::RatioTooHigh { limit: self.limits.ratio }));
        }
        Ok(read)
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let (read, packed) = match &mut self.decoder {
            Decoder::Plain(disk) => return disk.read(out),
            Decoder::Gzip(decoder) => (decoder.read(out)?, decoder.get_ref().get_ref().position()),
            Decoder::Bzip2(decoder) => (decoder.read(out)?, decoder.get_ref().get_ref().position()),
        };
        self.measure(read, packed)
    }
}

enum Decoder<'f> {
    Plain(Disk<'f>),
    Gzip(Box<BufReader<MultiGzDecoder<Disk<'f>>>>),
    Bzip2(Box<BufReader<MultiBzDecoder<Disk<'f>>>>),
}
