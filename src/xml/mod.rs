//! XML: streaming reader and writer, canonical form, validation by schema.
