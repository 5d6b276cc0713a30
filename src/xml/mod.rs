//! XML: streaming reader and writer, canonical form, validation by schema.

pub mod bounds;
pub mod canonical;
pub mod escape;
pub mod event;
pub mod fault;
pub mod reader;
pub mod writer;

mod record;
mod scope;
