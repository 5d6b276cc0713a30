//! The integration tests: one binary, one module per room or face.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on stops; what it prints is for its reader"
)]

mod house;
