//! The integration tests: one binary, one module per room or face.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops; what it prints is for its reader")]

mod cli;
mod api;
mod archive;
mod evidence;
mod fixtures;
mod hostile;
mod house;
mod inheritance;
mod kill;
mod package;
mod parcels;
mod pdf;
mod peers;
mod record;
mod scale;
mod seda;
mod xml;
mod schemas;
mod vault;
mod store;
