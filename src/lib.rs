//! Cartulaire receives the signed acts of French local government as SEDA transfers, controls them, keeps them twice
//! in OCFL, finds them and gives everything back.
//!
//! The rooms, in reading order: the law; interpreters of bytes; keepers; offices; faces. A room imports only rooms that
//! stand above it in the plan of `tests/it/house.rs`.

pub mod domain;

pub mod digest;
pub mod text;
pub mod xml;
pub mod seda;
pub mod package;
pub mod record;
pub mod pki;
pub mod pdf;
pub mod proof;
pub mod net;

pub mod store;
pub mod vault;

pub mod archive;

pub mod config;
pub mod boot;
pub mod http;
pub mod cli;
