//! The law: nouns, states and rules of the archive.
//!
//! This room imports nothing of ours. It knows no file, no SQL, no HTTP, no serialisation, and no clock of its own:
//! time and chance are parameters.

pub mod clock;
pub mod id;
pub mod digest;
pub mod name;
pub mod tenant;
pub mod mandate;
pub mod agency;
pub mod agreement;
pub mod rule;
pub mod inheritance;
pub mod referential;
pub mod profile;
pub mod seda;
pub mod unit;
pub mod object;
pub mod archive;
pub mod communication;
pub mod hold;
pub mod amendment;
pub mod appraisal;
pub mod consent;
pub mod disposal;
pub mod transfer;
pub mod check;
pub mod journal;
pub mod search;
