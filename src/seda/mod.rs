//! SEDA messages, every version: read and write.

pub mod landmarks;
pub mod schemas;
pub mod root;
pub mod piece;
pub mod manifest;

pub mod acknowledgement;
pub mod reply;
pub mod asalae;
pub mod delivery;

mod content;
mod field;
mod management;
mod object;

mod envelope;
mod ledger;
mod package;
mod rewrite;
