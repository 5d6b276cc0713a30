//! tar, tar.gz and tar.bz2, member by member: ustar, GNU long names, PAX records (POSIX.1-2017, pax).
//!
//! The headers are parsed by the crate `tar`; the loop over them is ours, because the crate reads a long name or a PAX
//! record of any length into memory. Unpacking, and measuring it, is `unpack`'s.

use std::{
    fs::File,
    io::{self, Read},
    ops::ControlFlow,
};

use tar::{EntryType, Header, PaxExtensions};

use crate::package::{
    Error,
    fault::{Carried, Fault, FaultKind, judge},
    limits::Limits,
    listing::{Entry, Listed, Offered},
    unpack::{Packing, Stream},
};

const BLOCK_BYTES: u64 = 512;

/// A long name or PAX record longer than this is no honest one.
const RECORD_BYTES: u64 = 1 << 20;

/// Whether a block is a member's header: what a tar begins with.
pub(super) fn is_header(block: &[u8; 512]) -> bool {
    let mut header = Header::new_old();
    header.as_mut_bytes().copy_from_slice(block);
    let is_checksum_field = |at: usize| (148..156).contains(&at);
    let summed = |(at, byte): (usize, &u8)| if is_checksum_field(at) { u32::from(b' ') } else { u32::from(*byte) };
    let sum: u32 = block.iter().enumerate().map(summed).sum();
    block.iter().any(|byte| *byte != 0) && header.cksum().is_ok_and(|declared| declared == sum)
}

/// Lists every member, and reads a compressed tar to its end so that its checksums are proved.
pub(super) fn list(file: &File, packing: Packing, limits: &Limits, listed: &mut Listed<'_>) -> Result<(), Error> {
    let mut members = Members::open(file, packing, limits)?;
    loop {
        match members.next() {
            Ok(Some(member)) => {
                let Some(position) = listed.begin() else { return Ok(()) };
                listed.offer(position, &member.name, member.offered);
            }
            Ok(None) => break,
            Err(error) => {
                listed.cut(judge(error)?);
                return Ok(());
            }
        }
    }
    if packing != Packing::Plain
        && let Err(error) = io::copy(&mut members.stream, &mut io::sink())
    {
        listed.cut(judge(error)?);
    }
    Ok(())
}

/// Hands out the members asked for, which come in the order of the tar.
pub(super) fn pass<'p>(
    (file, packing): (&File, Packing),
    limits: &Limits,
    picks: &mut dyn Iterator<Item = &'p Entry>,
    each: &mut dyn FnMut(&Entry, &mut dyn Read) -> ControlFlow<()>,
) -> Result<Vec<Fault>, Error> {
    let mut members = Members::open(file, packing, limits)?;
    let mut position = 0;
    for entry in picks {
        let found = loop {
            match members.next() {
                Ok(Some(_)) if position == entry.position => break Ok(()),
                Ok(Some(_)) => position += 1,
                Ok(None) => break Err(FaultKind::Truncated),
                Err(error) => break Err(judge(error)?),
            }
        };
        if let Err(kind) = found {
            return Ok(vec![Fault { kind, name: Some(entry.name.clone()) }]);
        }
        position += 1;
        if each(entry, &mut Body(&mut members)).is_break() {
            break;
        }
    }
    Ok(Vec::new())
}

struct Member {
    name: Vec<u8>,
    offered: Offered,
}

/// A place in a tar: at a header, or in the body of the member before it.
struct Members<'f> {
    stream: Stream<'f>,
    /// Bytes of the current member's body that were not read yet.
    left: u64,
    /// Bytes that fill its last block.
    padding: u64,
    is_at_start: bool,
}

impl<'f> Members<'f> {
    fn open(file: &'f File, packing: Packing, limits: &'f Limits) -> Result<Self, Error> {
        let stream = Stream::open(file, packing, limits).map_err(Error::Read)?;
        Ok(Self { stream, left: 0, padding: 0, is_at_start: true })
    }

    /// Goes to the next member; `None` at the mark that ends a tar. A tar that has no such mark was cut.
    fn next(&mut self) -> io::Result<Option<Member>> {
        let mut records = Records::default();
        loop {
            self.stream.skip(self.left.saturating_add(self.padding))?;
            (self.left, self.padding) = (0, 0);
            let Some(header) = self.header()? else {
                return if records.is_empty() { Ok(None) } else { Err(corrupt("a long name without its member")) };
            };
            self.begin_body(header.entry_size()?);
            match header.entry_type() {
                EntryType::GNULongName => records.name = Some(until_nul(self.record()?)),
                EntryType::GNULongLink => {}
                EntryType::XHeader => records.take(&self.record()?)?,
                EntryType::XGlobalHeader => check_global(&self.record()?)?,
                _ => return Ok(Some(self.member(&header, records))),
            }
        }
    }

    fn member(&mut self, header: &Header, records: Records) -> Member {
        if let Some(size) = records.size {
            self.begin_body(size);
        }
        let name = records.name.unwrap_or_else(|| header.path_bytes().into_owned());
        let kind = header.entry_type();
        let offered = match kind {
            _ if records.is_sparse => Offered::Refused(vec![FaultKind::Sparse]),
            EntryType::Regular if name.ends_with(b"/") => Offered::Folder,
            EntryType::Regular | EntryType::Continuous => Offered::File(self.left),
            EntryType::Directory => Offered::Folder,
            EntryType::Link | EntryType::Symlink => Offered::Refused(vec![FaultKind::Link]),
            EntryType::GNUSparse => Offered::Refused(vec![FaultKind::Sparse]),
            _ => Offered::Refused(vec![FaultKind::Device]),
        };
        Member { name, offered }
    }

    fn begin_body(&mut self, size: u64) {
        self.left = size;
        self.padding = (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
    }

    /// Reads a header; `None` when it is a block of zeros.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut block = [0; 512];
        self.stream.read_exact(&mut block)?;
        let was_at_start = std::mem::take(&mut self.is_at_start);
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if !is_header(&block) {
            let unknown = Carried::error(FaultKind::UnknownContainer);
            return Err(if was_at_start { unknown } else { corrupt("the checksum of a header is wrong") });
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(&block);
        Ok(Some(header))
    }

    fn record(&mut self) -> io::Result<Vec<u8>> {
        if self.left > RECORD_BYTES {
            return Err(corrupt("a long name or PAX record of more than 1 MiB"));
        }
        let mut record = Vec::new();
        Body(self).read_to_end(&mut record)?;
        Ok(record)
    }
}

/// What the members before a member say about it.
#[derive(Default)]
struct Records {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
    is_pax: bool,
}

impl Records {
    fn is_empty(&self) -> bool {
        self.name.is_none() && !self.is_pax
    }

    fn take(&mut self, record: &[u8]) -> io::Result<()> {
        self.is_pax = true;
        for extension in PaxExtensions::new(record) {
            let extension = extension?;
            let value = extension.value_bytes();
            match extension.key_bytes() {
                b"path" => self.name = Some(value.to_vec()),
                b"size" => self.size = Some(decimal(value).ok_or_else(|| corrupt("a PAX size that is no number"))?),
                key if key.starts_with(b"GNU.sparse.") => self.is_sparse = true,
                _ => {}
            }
        }
        Ok(())
    }
}

/// A global record may comment (as `git archive` does), but not rename what readers disagree to rename.
fn check_global(record: &[u8]) -> io::Result<()> {
    let mut records = Records::default();
    records.take(record)?;
    let is_harmless = records.name.is_none() && records.size.is_none() && !records.is_sparse;
    if is_harmless { Ok(()) } else { Err(corrupt("a global PAX record that names or sizes members")) }
}

fn decimal(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn until_nul(mut name: Vec<u8>) -> Vec<u8> {
    if let Some(end) = name.iter().position(|byte| *byte == 0) {
        name.truncate(end);
    }
    name
}

fn corrupt(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The body of the current member; one that ends early is an error, never a short file.
struct Body<'m, 'f>(&'m mut Members<'f>);

impl Read for Body<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Self(members) = self;
        if members.left == 0 || out.is_empty() {
            return Ok(0);
        }
        let read = Read::take(&mut members.stream, members.left).read(out)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        members.left = members.left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}
