//! Proofs as pure functions of bytes: the Merkle log in C2SP's forms, its witnesses, and evidence records (RFC 4998).

pub mod evidence;
