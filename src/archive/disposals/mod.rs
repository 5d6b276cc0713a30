//! Plans by which units leave for good: made, shown, authorised, carried out, attested. What destroys bytes is elsewhere.

mod analysis;
mod choice;
mod plan;
mod read;

pub use analysis::Tally;
pub use choice::Choice;
pub use plan::Drawn;
