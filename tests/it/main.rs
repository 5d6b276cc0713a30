//! The integration tests: one binary, one module per room or face.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops; what it prints is for its reader")]

mod cli;
mod api;
mod archive;
mod fixtures;
mod house;
mod package;
mod record;
mod seda;
mod xml;
mod schemas;
mod vault;
mod store;
