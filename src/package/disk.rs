//! The package's file as readers see it: buffered, and with any number of independent places in it.

use std::{
    fs::File,
    io::{self, BufRead, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
};

/// Bytes read at once; a ZIP's scattered headers cost one such read each.
const BUFFER_BYTES: u16 = 32 << 10;

/// A place in a file. It reads at offsets, so that several can share one `File`, and a seek within the buffer costs
/// nothing: a ZIP's headers are visited by many small seeks. Seeking past the end is refused as a truncation, because an
/// offset that a guest wrote must never become an error of the system.
pub(super) struct Disk<'f> {
    file: &'f File,
    len: u64,
    at: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl<'f> Disk<'f> {
    pub(super) fn new(file: &'f File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, len, at: 0, buffer: Vec::new(), buffer_at: 0 })
    }

    /// The length of the file, in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The bytes before this place.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    fn buffered(&self) -> &[u8] {
        let skipped = self.at.checked_sub(self.buffer_at).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| self.buffer.get(skipped..)).unwrap_or_default()
    }

    fn fill_from(&mut self, offset: u64) -> io::Result<()> {
        self.buffer.resize(usize::from(BUFFER_BYTES), 0);
        self.buffer_at = offset;
        let read = self.file.read_at(&mut self.buffer, offset);
        self.buffer.truncate(*read.as_ref().unwrap_or(&0));
        read.map(drop)
    }

    fn advance(&mut self, n: usize) {
        self.at = self.at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
    }
}

impl Read for Disk<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let is_whole_block = out.len() >= usize::from(BUFFER_BYTES) && self.buffered().is_empty();
        let read = if is_whole_block { self.file.read_at(out, self.at)? } else { self.fill_buf()?.read(out)? };
        self.advance(read);
        Ok(read)
    }
}

impl BufRead for Disk<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.buffered().is_empty() {
            // Whole blocks, so that a search that runs backwards finds its bytes in the buffer too.
            self.fill_from(self.at - self.at % u64::from(BUFFER_BYTES))?;
        }
        if self.buffered().is_empty() && self.at < self.len {
            // The system may read less than asked for, here less than up to this place.
            self.fill_from(self.at)?;
        }
        Ok(self.buffered())
    }

    fn consume(&mut self, n: usize) {
        self.advance(n);
    }
}

impl Seek for Disk<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.len.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        match target {
            Some(offset) if offset <= self.len => self.at = offset,
            Some(_) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "an offset beyond the end")),
            None => return Err(io::Error::new(io::ErrorKind::InvalidData, "an offset before the beginning")),
        }
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn two_places_read_one_file() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..=255u8).cycle().take(200_000).collect();
        file.write_all(&bytes).unwrap();
        let (mut one, mut other) = (Disk::new(&file).unwrap(), Disk::new(&file).unwrap());
        other.seek(SeekFrom::End(-3)).unwrap();
        let (mut whole, mut tail) = (Vec::new(), Vec::new());
        one.read_to_end(&mut whole).unwrap();
        other.read_to_end(&mut tail).unwrap();
        assert_eq!(whole, bytes);
        assert_eq!(tail, bytes[199_997..]);
        assert_eq!((one.position(), one.len()), (200_000, 200_000));
        one.seek(SeekFrom::Start(150_000)).unwrap();
        one.seek(SeekFrom::Current(-100_000)).unwrap();
        assert_eq!(one.fill_buf().unwrap()[..2], bytes[50_000..50_002]);
    }

    #[test]
    fn an_offset_outside_is_the_guest_s_fault() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        let mut disk = Disk::new(&file).unwrap();
        for to in [SeekFrom::Start(4), SeekFrom::Start(u64::MAX), SeekFrom::End(-4), SeekFrom::Current(i64::MIN)] {
            assert_eq!(disk.seek(to).unwrap_err().raw_os_error(), None, "{to:?}");
        }
        assert_eq!(disk.seek(SeekFrom::Start(3)).unwrap(), 3);
    }
}
