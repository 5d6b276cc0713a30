//! Hashing of bytes: one pass, several algorithms, through OpenSSL.
