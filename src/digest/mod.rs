//! Hashing of bytes in bulk, through OpenSSL: one pass, several algorithms.
//!
//! What a journal line commits to is hashed in `domain::journal`; nothing here opens a file.

mod random;

use std::io::{self, Read, Write};

use openssl::{
    error::ErrorStack,
    hash::{Hasher as Engine, MessageDigest},
};

use crate::domain::digest::{Algorithm, Digest, to_hex};

pub use random::random;

/// How many bytes are read at once: large enough that a system call costs nothing beside the hashing.
pub const BUFFER_BYTES: usize = 256 * 1024;

/// Hashes bytes as they pass, always with SHA-512 and with what else is asked for.
pub struct Hasher {
    sha512: Engine,
    others: Vec<(Algorithm, Engine)>,
    size: u64,
}

impl Hasher {
    /// Starts a pass that computes SHA-512 and `algorithms`; naming one twice changes nothing.
    ///
    /// # Errors
    /// OpenSSL refuses the algorithm, as it does MD5 under a FIPS provider.
    pub fn new(algorithms: &[Algorithm]) -> io::Result<Self> {
        let mut others: Vec<(Algorithm, Engine)> = Vec::new();
        for algorithm in algorithms {
            if *algorithm != Algorithm::Sha512 && others.iter().all(|(known, _)| known != algorithm) {
                others.push((*algorithm, engine(*algorithm)?));
            }
        }
        Ok(Self { sha512: engine(Algorithm::Sha512)?, others, size: 0 })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// OpenSSL fails, which it does not on a sound machine.
    pub fn update(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sha512.update(bytes).map_err(failed)?;
        for (_, engine) in &mut self.others {
            engine.update(bytes).map_err(failed)?;
        }
        self.size += u64::try_from(bytes.len()).map_err(io::Error::other)?;
        Ok(())
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn finish(mut self) -> io::Result<Digests> {
        let bytes = self.sha512.finish().map_err(failed)?;
        let sha512 = Digest::new(bytes.as_ref().try_into().map_err(io::Error::other)?);
        let mut others = Vec::with_capacity(self.others.len());
        for (algorithm, mut engine) in self.others {
            others.push((algorithm, to_hex(&engine.finish().map_err(failed)?)));
        }
        Ok(Digests { size: self.size, sha512, others })
    }
}

/// What one pass over bytes gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    size: u64,
    sha512: Digest,
    others: Vec<(Algorithm, String)>,
}

impl Digests {
    /// How many bytes passed.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The archive's own digest.
    pub const fn sha512(&self) -> Digest {
        self.sha512
    }

    /// The digest by `algorithm` in lower-case hexadecimal; `None` when it was not asked for.
    pub fn get(&self, algorithm: Algorithm) -> Option<String> {
        if algorithm == Algorithm::Sha512 {
            return Some(self.sha512.to_string());
        }
        self.others.iter().find(|(known, _)| *known == algorithm).map(|(_, hex)| hex.clone())
    }
}

/// Copies `source` to `sink` and hashes it on the way.
///
/// # Errors
/// Reading or writing fails.
pub fn copy(source: &mut dyn Read, sink: &mut dyn Write, algorithms: &[Algorithm]) -> io::Result<Digests> {
    let mut hasher = Hasher::new(algorithms)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let filled = fill(source, &mut buffer)?;
        if filled.is_empty() {
            return hasher.finish();
        }
        hasher.update(filled)?;
        sink.write_all(filled)?;
    }
}

/// Hashes all of `source`.
///
/// # Errors
/// Reading fails.
pub fn of(source: &mut dyn Read, algorithms: &[Algorithm]) -> io::Result<Digests> {
    copy(source, &mut io::sink(), algorithms)
}

/// Hashes bytes in memory with SHA-512.
pub fn sha512(bytes: &[u8]) -> Digest {
    Digest::new(openssl::sha::sha512(bytes))
}

/// Hashes parts in memory, one after the other, with SHA-256: the Merkle log's digest (RFC 6962, 2.1).
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut engine = openssl::sha::Sha256::new();
    for part in parts {
        engine.update(part);
    }
    engine.finish()
}

/// Reads until `buffer` is full or `source` ends, and gives the part that was filled.
///
/// # Errors
/// Reading fails.
pub fn fill<'a>(source: &mut dyn Read, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match source.read(room) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(buffer.get(..filled).unwrap_or_default())
}

fn engine(algorithm: Algorithm) -> io::Result<Engine> {
    Engine::new(match algorithm {
        Algorithm::Md5 => MessageDigest::md5(),
        Algorithm::Sha1 => MessageDigest::sha1(),
        Algorithm::Sha256 => MessageDigest::sha256(),
        Algorithm::Sha384 => MessageDigest::sha384(),
        Algorithm::Sha512 => MessageDigest::sha512(),
    })
    .map_err(failed)
}

fn failed(error: ErrorStack) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_gives_its_published_digest_of_abc() {
        let mut hasher = Hasher::new(&Algorithm::ALL).unwrap();
        hasher.update(b"a").unwrap();
        hasher.update(b"bc").unwrap();
        let digests = hasher.finish().unwrap();
        for (algorithm, start) in [
            (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Algorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (Algorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (Algorithm::Sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"),
            (Algorithm::Sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"),
        ] {
            assert!(digests.get(algorithm).unwrap().starts_with(start), "{algorithm:?}");
        }
        assert_eq!(digests.size(), 3);
        assert_eq!(digests.sha512(), sha512(b"abc"));
        assert_eq!(Some(to_hex(&sha256(&[b"a", b"", b"bc"]))), digests.get(Algorithm::Sha256));
    }

    #[test]
    fn what_was_not_asked_for_is_not_there() {
        let digests = Hasher::new(&[]).unwrap().finish().unwrap();
        assert_eq!(digests.get(Algorithm::Md5), None);
        assert_eq!(digests.sha512(), sha512(b""));
    }

    #[test]
    fn a_copy_is_whole_across_many_buffers() {
        let bytes: Vec<u8> = (0..=255).cycle().take(BUFFER_BYTES * 2 + 17).collect();
        let mut copied = Vec::new();
        let digests = copy(&mut bytes.as_slice(), &mut copied, &[Algorithm::Md5, Algorithm::Md5]).unwrap();
        assert!(copied == bytes);
        assert_eq!(digests.sha512(), sha512(&bytes));
        assert_eq!(digests, of(&mut bytes.as_slice(), &[Algorithm::Md5]).unwrap());
    }
}
