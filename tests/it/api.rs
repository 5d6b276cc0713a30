//! The API, by requests over TCP against the real server: on SQLite always, on PostgreSQL when there is one.

#![expect(clippy::indexing_slicing, reason = "a missing field of an answer is null, and a test compares")]

mod client;
mod communication;
mod credentials;
mod deposits;
mod describe;
mod disposals;
mod evidence;
mod isolation;
mod log;
mod openapi;
mod problems;
mod proofs;
mod reading;
mod referentials;
mod restitutions;
mod uploads;
mod validation;

use crate::fixtures;

/// An accepted fixture as a ZIP.
fn accepted(part_of_name: &str) -> Vec<u8> {
    fixtures::zip(&fixture(part_of_name))
}

/// Where an accepted fixture stands.
fn fixture(part_of_name: &str) -> std::path::PathBuf {
    fixtures::accepted().into_iter().find(|fixture| fixture.name.contains(part_of_name)).unwrap().path
}

/// A refused fixture as a ZIP.
fn refused(part_of_name: &str) -> Vec<u8> {
    fixtures::zip(&fixtures::refused().into_iter().find(|fixture| fixture.name.contains(part_of_name)).unwrap().path)
}
