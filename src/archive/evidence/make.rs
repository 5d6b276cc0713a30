//! Making: the archives of each day that is over become the leaves of one tree, whose root is time-stamped.

use chrono::NaiveDate;

use crate::{
    archive::{
        Archive,
        error::Error,
        evidence::{Accession, LEASE, LEASE_MILLIS, group_of, record_of, tell::Change, tree_over},
    },
    digest,
    domain::digest::Algorithm,
    pki::imprint::Imprint,
    proof::evidence::{Error as EvidenceError, make::RootSequence},
    record::{
        evidence::{Leaf, leaves_file},
        facts::{ACCESSION, installation::EvidenceMade},
    },
};

/// The algorithm of a day's first tree: the archive's own, by which its inventories name files.
const ALGORITHM: Algorithm = Algorithm::Sha512;

/// The step that a day's first line tells.
const FIRST: &str = "first";

/// Lines read at once.
const LINES_AT_ONCE: u32 = 1_000;

/// What a round of making did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Making {
    /// The days whose evidence was made, in order.
    pub days: Vec<NaiveDate>,
    /// The archives that they have.
    pub archives: u64,
    /// Why no authority gave a time-stamp, authority by authority, in French: the rest stays due.
    pub missed: Vec<String>,
}

/// What was accepted on a day, told or not.
struct Due {
    day: NaiveDate,
    leaves: Vec<Leaf>,
    /// The entry of the log before which every accession was looked at.
    reached: u64,
}

impl Archive {
    /// Makes the evidence of every day that is over and has archives of any tenant, oldest first; a day without any needs
    /// none. Without an authority's answer the day stays due. Nothing when another node is at it.
    pub fn evidence_due(&self) -> Result<Making, Error> {
        let Some(_lease) = self.lease(LEASE, LEASE_MILLIS)? else { return Ok(Making::default()) };
        let mut making = Making::default();
        while let Some(due) = self.due()? {
            let (day, archives) = (due.day, u64::try_from(due.leaves.len()).unwrap_or(u64::MAX));
            let change = match self.first_chain(due)? {
                Ok(change) => change,
                Err(failures) => {
                    making.missed = failures;
                    break;
                }
            };
            if !self.tell_evidence(&record_of(day)?, vec![change])? {
                // A line of the day came in the very moment, or another node was first: the next round sees.
                break;
            }
            making.days.push(day);
            making.archives += archives;
        }
        Ok(making)
    }

    /// The first day that is over, has accessions, and has no evidence.
    fn due(&self) -> Result<Option<Due>, Error> {
        let from = match self.last_day()? {
            Some(day) => self.first_entry_after(day)?,
            None => 0,
        };
        let Some(first) = self.store.logged_of(ACCESSION, from, 1)?.into_iter().next() else { return Ok(None) };
        let mut due = Due { day: first.at.day(), leaves: Vec::new(), reached: first.entry };
        if due.day >= self.clock.now().day() {
            return Ok(None);
        }
        loop {
            let page = self.store.logged_of(ACCESSION, due.reached, LINES_AT_ONCE)?;
            for line in &page {
                if line.at.day() > due.day {
                    return Ok(Some(due));
                }
                due.leaves.push(self.leaf(&Accession::of(line)?)?);
                due.reached = line.entry + 1;
            }
            if page.is_empty() {
                return Ok(Some(due));
            }
        }
    }

    /// The last day whose evidence was told.
    fn last_day(&self) -> Result<Option<NaiveDate>, Error> {
        for month in self.months()?.iter().rev() {
            if let Some(told) = self.told_days(month)?.last() {
                return Ok(Some(told.day));
            }
        }
        Ok(None)
    }

    /// The log's first entry after a day: lines stand in the order of their instants, so that it can be halved.
    fn first_entry_after(&self, day: NaiveDate) -> Result<u64, Error> {
        let (mut low, mut high) = (0, self.store.log_size()?);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.store.logged(middle, 1)?.first() {
                Some(line) if line.at.day() <= day => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    fn leaf(&self, accession: &Accession) -> Result<Leaf, Error> {
        let group = group_of(&self.files(accession)?)?.hash(ALGORITHM).map_err(EvidenceError::from)?;
        Ok(Leaf { archive: accession.archive, group: group.to_string(), tenant: accession.tenant.clone() })
    }

    /// The first chain of a day; why no authority gave its time-stamp.
    fn first_chain(&self, due: Due) -> Result<Result<Change, Vec<String>>, Error> {
        let Due { day, mut leaves, reached } = due;
        leaves.sort_by(|one, other| one.group.cmp(&other.group));
        let groups = leaves.iter().map(super::leaves::group_hash).collect::<Result<Vec<_>, _>>()?;
        let (_, root) = tree_over(ALGORITHM, groups)?;
        let token = match self.ask_any(&Imprint { algorithm: ALGORITHM, value: root.bytes().to_vec() }) {
            Ok((_, token)) => token,
            Err(failures) => return Ok(Err(failures)),
        };
        let sequence = RootSequence::begin(ALGORITHM, token.der()).der()?;
        let archives = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        let fact = EvidenceMade { archives, day, evidence: digest::sha512(&sequence), step: FIRST.to_owned() };
        let files = vec![(leaves_file(day, 1), self.written(&leaves)?)];
        Ok(Ok(Change { fact, before: None, sequence, files, reached: Some(reached) }))
    }
}
