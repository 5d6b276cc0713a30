//! Keys, certificates, CMS and RFC 3161 time-stamps: everything that speaks ASN.1 or calls a cryptographic library.

pub mod keys;
