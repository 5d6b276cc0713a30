//! XML: streaming reader and writer, canonical form, validation by schema.

pub mod encoding;
mod french;
mod french_form;
mod french_words;
pub mod limits;
pub mod schema;
pub mod violation;
