//! A door for whoever may dispose, as long as plans are not carried out by `eliminate`: goes away with it.

use crate::{
    archive::{
        Archive,
        destroy::{Destruction, Objection},
        error::Error,
    },
    domain::{
        disposal::{Disposal, DisposalState, Doomed},
        mandate::{Dispose, Mandate},
    },
};

impl Archive {
    /// Destroys what an authorised plan names in some archives, one after the other.
    pub fn carry_out(
        &self,
        by: &Mandate<Dispose>,
        disposal: &Disposal,
        doomed: &[Doomed],
    ) -> Result<Vec<Result<Destruction, Objection>>, Error> {
        let is_open = disposal.state == DisposalState::Authorised;
        let done = doomed
            .iter()
            .map(|doomed| self.destroy(by.actor(), by.tenant(), disposal, doomed, move |_| Ok(is_open)))
            .collect::<Result<_, _>>()?;
        self.scrub()?;
        Ok(done)
    }
}
