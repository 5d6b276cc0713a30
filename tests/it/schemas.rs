//! Our schemas against the official ones and against the transfers of others; how documents are made is in `schemas/`.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops; what it prints is for its reader")]
#![expect(clippy::print_stdout, reason = "the counts are what these tests are asked for")]

mod compare;
mod dialect;
mod engine;
mod instance;
mod model;
mod mutate;
mod sets;
mod transfers;
