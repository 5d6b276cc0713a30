//! SEDA messages, every version: read and write.

pub mod landmarks;
pub mod schemas;
pub mod root;
pub mod piece;
pub mod manifest;

pub mod acknowledgement;
pub mod reply;
pub mod authorization;
pub mod asalae;
pub mod delivery;
pub mod asking;
pub mod derogation;
pub mod receipt;
pub mod misread;

mod content;
mod field;
mod tree;
pub mod amend;
mod management;
mod object;

mod envelope;
mod ledger;
mod package;
mod rewrite;
