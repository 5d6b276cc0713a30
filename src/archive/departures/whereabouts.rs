//! Where something is that was kept here: with the archive or the agency that took it over, or nowhere any more.

use crate::{
    archive::{Archive, error::Error},
    domain::{
        disposal::Disposition,
        mandate::{Mandate, Read},
    },
    store::{Departed, Destination},
};

/// What became of something that left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// When it left, and under which plan.
    pub departed: Departed,
    /// Why.
    pub disposition: Disposition,
    /// Who has it now, when somebody has.
    pub destination: Option<Destination>,
}

impl Archive {
    /// Where the unit or the archive of an identifier is that left; `None` when nothing of that identifier
    /// ever left.
    pub fn whereabouts(&self, by: &Mandate<Read>, id: &str) -> Result<Option<Whereabouts>, Error> {
        let Some(departed) = self.departed(by, id)? else { return Ok(None) };
        let holdings = self.store.holdings(by.tenant());
        let plan = holdings.disposal(departed.disposal)?;
        let disposition = plan.map_or(Disposition::Elimination, |plan| plan.disposition);
        let destination = holdings.destination(departed.disposal)?;
        Ok(Some(Whereabouts { departed, disposition, destination }))
    }
}

impl Whereabouts {
    /// A sentence for whoever asks for it.
    pub fn in_french(&self) -> String {
        let (day, plan) = (self.departed.at.legal_day().format("%d/%m/%Y"), self.departed.disposal);
        let Some(destination) = &self.destination else {
            return format!("Ces archives ont été éliminées le {day}, selon le plan {plan}.");
        };
        let under = destination
            .archive
            .as_ref()
            .map_or_else(String::new, |archive| format!(", sous l’identifiant « {archive} »"));
        let verb = match self.disposition {
            Disposition::Restitution => "restituées à",
            _ => "transférées à",
        };
        format!("Ces archives ont été {verb} « {} » le {day}, selon le plan {plan}{under}.", destination.agency)
    }
}
