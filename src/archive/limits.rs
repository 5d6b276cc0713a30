//! The named limits of the offices, each with its unit. Past one comes a clear error, with nothing lost.

use crate::{package, xml};

/// How much the offices take on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What a package may cost.
    pub package: package::limits::Limits,
    /// What a reading of a manifest may cost.
    pub xml: xml::bounds::Bounds,
    /// What a validation of a manifest may cost.
    pub schema: xml::limits::Limits,
    /// Findings kept of each code in a reply; all are counted, and all stand in the report file.
    pub findings_per_code: u64,
    /// Acts that one group commit gathers.
    pub acts_per_commit: usize,
    /// Units of one delivery.
    pub delivery_units: usize,
    /// Units of one amendment, of one reclassification, of one hold.
    pub selected_units: usize,
    /// Characters of one text that a person gives: a reason, a title, a keyword, a description.
    pub given_text: usize,
    /// Bytes of a work file that stay in memory before it goes to disk.
    pub work_bytes: usize,
    /// Transfers examined at the same time.
    pub examinations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            package: package::limits::Limits::default(),
            xml: xml::bounds::Bounds::default(),
            schema: xml::limits::Limits::default(),
            findings_per_code: 100,
            acts_per_commit: 128,
            delivery_units: 10_000,
            selected_units: 10_000,
            given_text: 100_000,
            work_bytes: 1 << 20,
            examinations: std::thread::available_parallelism().map_or(2, std::num::NonZero::get) * 2,
        }
    }
}
