//! Random bytes from OpenSSL: salts and tokens.

use std::io;

/// So many random bytes, fit for secrets.
///
/// # Errors
/// OpenSSL has no entropy, which it does not lack on a sound machine.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    openssl::rand::rand_bytes(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}
