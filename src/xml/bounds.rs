//! What a reader of XML accepts at most, and the source that counts bytes for it.

use std::io::{self, BufRead, Read};

/// What a reader accepts at most. Past a bound, reading ends with a fault; nothing is cut in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Elements that stand open at once.
    pub depth: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in scope at once.
    pub namespaces: usize,
    /// Bytes of one piece of markup or of one run of text.
    pub piece: u64,
    /// Bytes of one recorded element.
    pub record: usize,
}

impl Bounds {
    /// No bound: for what was already read within bounds and kept by us.
    pub const NONE: Self =
        Self { depth: usize::MAX, attributes: usize::MAX, namespaces: usize::MAX, piece: u64::MAX, record: usize::MAX };
}

impl Default for Bounds {
    /// 512 levels, 256 attributes, 512 declarations, 8 MiB for a piece and 16 MiB for a record.
    fn default() -> Self {
        Self { depth: 512, attributes: 256, namespaces: 512, piece: 8 << 20, record: 16 << 20 }
    }
}

/// A source that gives at most so many bytes between two refills.
pub(crate) struct Meter<R> {
    inner: R,
    left: u64,
    spent: bool,
}

impl<R> Meter<R> {
    pub(crate) const fn new(inner: R) -> Self {
        Self { inner, left: 0, spent: false }
    }

    /// Grants `bytes` until the next call.
    pub(crate) const fn refill(&mut self, bytes: u64) {
        self.left = bytes;
    }

    /// Whether reading stopped because the grant was used up.
    pub(crate) const fn is_spent(&self) -> bool {
        self.spent
    }
}

impl<R: BufRead> Read for Meter<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Meter<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            self.spent = true;
            return Err(io::Error::other("the piece is longer than allowed"));
        }
        let given = self.inner.fill_buf()?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        Ok(given.get(..most).unwrap_or(given))
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
        self.inner.consume(count);
    }
}
