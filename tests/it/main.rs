//! The integration tests: one binary, one module per room or face.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::format_collect,
    reason = "a test that cannot go on stops; its texts are short"
)]

mod cli;
mod api;
mod archive;
mod fixtures;
mod hostile;
mod house;
mod kill;
mod package;
mod parcels;
mod peers;
mod record;
mod scale;
mod seda;
mod xml;
mod schemas;
mod vault;
mod store;
