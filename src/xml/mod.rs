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
pub mod encoding;
mod french;
mod french_form;
mod french_words;
pub mod limits;
pub mod relaxng;
pub mod schema;
pub mod violation;
