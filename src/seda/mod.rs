//! SEDA messages, every version: read and write.

pub mod root;
pub mod piece;
pub mod manifest;

mod content;
mod field;
mod management;
mod object;
