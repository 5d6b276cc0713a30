//! Plans by which units leave for good: made, shown, authorised, carried out, attested. What destroys bytes is elsewhere.

mod analysis;
mod articles;
mod bordereau;
mod certificate;
mod choice;
mod consent;
mod denial;
mod eliminate;
mod messages;
mod plan;
mod read;

pub use analysis::Tally;
pub use choice::Choice;
pub use consent::{Answer, Heard};
pub use denial::{Changes, Denial, Distrust, stands};
pub use eliminate::{Carried, Fate};
pub use messages::Written;
pub use plan::Drawn;
