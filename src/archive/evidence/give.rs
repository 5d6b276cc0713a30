//! Giving: an archive's evidence record, completed from its day's trees when it is asked for.

use crate::{
    archive::{
        Archive,
        error::Error,
        evidence::{Accession, Period, group_of, leaves::reduced},
    },
    domain::{
        id::ArchiveId,
        mandate::{Mandate, Read},
    },
    proof::evidence::{asn1, tree::Group},
};

impl Archive {
    /// The evidence record of an archive (RFC 4998, in DER), over all the files of its OCFL object as it was accepted, also
    /// when it was destroyed since; `None` when there never was such an archive, while the evidence of its day is not made,
    /// and when the day's trees were made again without it.
    pub fn evidence_record(&self, by: &Mandate<Read>, archive: ArchiveId) -> Result<Option<Vec<u8>>, Error> {
        let Some(accession) = self.accessions(by.tenant(), archive)?.pop() else { return Ok(None) };
        let Some(period) = self.period(accession.day)? else { return Ok(None) };
        let Some(groups) = self.groups(&period, &accession)? else { return Ok(None) };
        let record = period.sequence.record(&reduced(&self.trees(&period)?, &groups)?)?;
        Ok(Some(asn1::encode(&record)?))
    }

    /// An archive's group in each of its day's trees; `None` when it was destroyed before one of them was made.
    fn groups(&self, period: &Period, accession: &Accession) -> Result<Option<Vec<Group>>, Error> {
        let mut groups = vec![group_of(&self.files(accession)?)?];
        for chain in 2..=period.sequence.algorithms().len() {
            let mut renewed = self.renewed_groups(period, chain)?;
            let own = renewed.find(|group| group.as_ref().map_or(true, |(archive, _)| *archive == accession.archive));
            let missing = || Error::Inconsistent(format!("{} has no hash in chain {chain}", accession.archive));
            match own {
                Some(own) => groups.push(own?.1),
                None if self.is_gone(accession)? => return Ok(None),
                None => return Err(missing()),
            }
        }
        Ok(Some(groups))
    }
}
