//! Renewing (RFC 4998, 5.2): a time-stamp before a certificate of its chain expires, the hash tree when its algorithm is no
//! longer the one wanted. What has expired already can no longer be renewed, and is told.

use std::{
    collections::BTreeMap,
    io::{Seek, Write},
};

use chrono::NaiveDate;
use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        error::Error,
        evidence::{
            LEASE, LEASE_MILLIS, Period, group_of,
            leaves::{group_hash, reduced},
            record_of,
            tell::Change,
            tree_over,
        },
    },
    digest,
    domain::{
        clock::Timestamp,
        digest::{Algorithm, Digest},
    },
    pki::{imprint::Imprint, timestamp::Token},
    proof::evidence::{Error as EvidenceError, hash::HashValue, make::renewed_group, tree::Group},
    record::{
        evidence::{Leaf, RenewedHash, hashes_file, leaves_file, to_line},
        facts::installation::EvidenceMade,
    },
    vault::layout::OcflId,
};

/// The steps that lines tell.
const TIME_STAMP_RENEWAL: &str = "time-stamp renewal";
const HASH_TREE_RENEWAL: &str = "hash-tree renewal";

/// Days whose time-stamps are renewed by one token at most: a year, and what a longer rest left.
const DAYS_PER_TOKEN: usize = 512;

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 86_400_000;

/// When evidence is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The algorithm that trees must have: SHA-256, SHA-384 or SHA-512. Those of another are built again; none is when
    /// it is not said.
    pub algorithm: Option<Algorithm>,
    /// How many days before a certificate of its chain expires a time-stamp is renewed.
    pub margin_days: u32,
}

impl Policy {
    /// How many days before the end a time-stamp is renewed unless somebody says otherwise: half a year.
    pub const MARGIN_DAYS: u32 = 180;
}

impl Default for Policy {
    fn default() -> Self {
        Self { algorithm: None, margin_days: Self::MARGIN_DAYS }
    }
}

/// What a round of renewing did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewing {
    /// The days whose time-stamp was renewed, in order.
    pub time_stamps: Vec<NaiveDate>,
    /// The days whose hash tree was renewed, in order.
    pub hash_trees: Vec<NaiveDate>,
    /// The days whose last time-stamp had expired already: nothing can renew it.
    pub lapsed: Vec<NaiveDate>,
    /// The days whose hash tree could not be built again because a file could not be read, and why.
    pub unread: Vec<(NaiveDate, String)>,
    /// Why no authority gave a time-stamp that proves for longer, in French: the rest stays due.
    pub missed: Vec<String>,
}

/// The days that are due.
#[derive(Default)]
struct Due {
    /// By the algorithm of their last tree, which is that of the imprint.
    time_stamps: BTreeMap<Algorithm, Vec<NaiveDate>>,
    /// And the algorithm that each is to have.
    hash_trees: Vec<(NaiveDate, Algorithm)>,
}

impl Archive {
    /// Renews what `policy` asks for: time-stamps that end within its margin, many days by one token; hash trees by
    /// another algorithm, for which every file is read again. Nothing when another node is at it.
    pub fn renew_due(&self, policy: Policy) -> Result<Renewing, Error> {
        let mut renewing = Renewing::default();
        let Some(_lease) = self.lease(LEASE, LEASE_MILLIS)? else { return Ok(renewing) };
        let due = self.due_renewals(policy, &mut renewing)?;
        for (algorithm, days) in due.time_stamps {
            for days in days.chunks(DAYS_PER_TOKEN) {
                self.renew_time_stamps(days, algorithm, &mut renewing)?;
            }
        }
        for (day, algorithm) in due.hash_trees {
            if renewing.missed.is_empty() {
                self.renew_hash_tree(day, algorithm, &mut renewing)?;
            }
        }
        Ok(renewing)
    }

    fn due_renewals(&self, policy: Policy, renewing: &mut Renewing) -> Result<Due, Error> {
        let (mut due, now) = (Due::default(), self.clock.now());
        let margin = i64::from(policy.margin_days) * DAY_MILLIS;
        for month in self.months()? {
            for told in self.told_days(&month)? {
                let Some(period) = self.period(told.day)? else { continue };
                let until = self.last_proves_until(&period)?;
                let Some(own) = period.sequence.algorithms().last().copied() else { continue };
                if until <= now {
                    tracing::error!(day = %told.day, %until, "evidence has expired and cannot be renewed");
                    renewing.lapsed.push(told.day);
                } else if let Some(wanted) = policy.algorithm.filter(|wanted| *wanted != own) {
                    due.hash_trees.push((told.day, wanted));
                } else if until.millis() - now.millis() < margin {
                    due.time_stamps.entry(own).or_default().push(told.day);
                }
            }
        }
        Ok(due)
    }

    /// Until when the last token of a day proves.
    fn last_proves_until(&self, period: &Period) -> Result<Timestamp, Error> {
        let unread = || Error::Inconsistent(format!("the last token of the evidence of {} cannot be read", period.day));
        let token = Token::read(period.sequence.last_token()?).map_err(|_| unread())?;
        self.proves_until(&token).ok_or_else(unread)
    }

    /// Renews the time-stamps of some days, whose last tree is by `algorithm`, by one token over them all.
    fn renew_time_stamps(
        &self,
        days: &[NaiveDate],
        algorithm: Algorithm,
        renewing: &mut Renewing,
    ) -> Result<(), Error> {
        let mut renewed = Vec::with_capacity(days.len());
        for day in days {
            let Some(period) = self.period(*day)? else { continue };
            let (until, group) = (self.last_proves_until(&period)?, single(period.sequence.renewal()?)?);
            renewed.push((period, group, until));
        }
        let (tree, root) =
            tree_over(algorithm, renewed.iter().flat_map(|(_, group, _)| group.hashes()).copied().collect())?;
        let Some((token, proves_until)) = self.fresh_token(algorithm, &root, renewing) else { return Ok(()) };
        let mut by_month: BTreeMap<OcflId, Vec<Change>> = BTreeMap::new();
        let mut n_idle = 0_usize;
        for (mut period, group, until) in renewed {
            if until >= proves_until {
                n_idle += 1;
                continue;
            }
            let tree = tree.reduced(&group).map_err(EvidenceError::from)?;
            period.sequence.renew_time_stamp(tree.as_ref(), token.der())?;
            let change = period.change(TIME_STAMP_RENEWAL, Vec::new())?;
            by_month.entry(record_of(period.day)?).or_default().push(change);
        }
        if n_idle > 0 {
            renewing.missed.push(no_gain(n_idle, proves_until));
        }
        for (month, changes) in by_month {
            let days: Vec<NaiveDate> = changes.iter().map(|change| change.fact.day).collect();
            if self.tell_evidence(&month, changes)? {
                renewing.time_stamps.extend(days);
            }
        }
        Ok(())
    }

    /// A token over a root, and until when it proves; without one, why is told.
    fn fresh_token(&self, algorithm: Algorithm, root: &HashValue, told: &mut Renewing) -> Option<(Token, Timestamp)> {
        match self.ask_any(&Imprint { algorithm, value: root.bytes().to_vec() }) {
            Ok((_, token)) => self.proves_until(&token).map(|until| (token, until)),
            Err(failures) => {
                told.missed.extend(failures);
                None
            }
        }
    }

    /// Opens a chain by `algorithm` for a day: every file of its archives is read again.
    fn renew_hash_tree(&self, day: NaiveDate, algorithm: Algorithm, renewing: &mut Renewing) -> Result<(), Error> {
        let Some(mut period) = self.period(day)? else { return Ok(()) };
        let chain = period.sequence.algorithms().len() + 1;
        let mut hashes = self.work_file();
        let leaves = self.renewed_leaves(&period, algorithm, &mut hashes);
        let mut leaves = match leaves {
            Err(error @ (Error::Read(_) | Error::Vault(_) | Error::Work(_))) => {
                tracing::error!(%day, %error, "a hash tree cannot be built again");
                renewing.unread.push((day, source_of(&error)));
                return Ok(());
            }
            leaves => leaves?,
        };
        if leaves.is_empty() {
            return Ok(());
        }
        leaves.sort_by(|one, other| one.group.cmp(&other.group));
        let (_, root) = tree_over(algorithm, leaves.iter().map(group_hash).collect::<Result<Vec<_>, _>>()?)?;
        let Some((token, _)) = self.fresh_token(algorithm, &root, renewing) else { return Ok(()) };
        period.sequence.renew_hash_tree(algorithm, token.der());
        hashes.rewind()?;
        let files = vec![(leaves_file(day, chain), self.written(&leaves)?), (hashes_file(day, chain), hashes)];
        let change = period.change(HASH_TREE_RENEWAL, files)?;
        if self.tell_evidence(&record_of(day)?, vec![change])? {
            renewing.hash_trees.push(day);
        }
        Ok(())
    }

    /// The leaves of a day's new tree, in the order of its first ones; the hashes behind them go to `hashes`.
    fn renewed_leaves(
        &self,
        period: &Period,
        algorithm: Algorithm,
        hashes: &mut impl Write,
    ) -> Result<Vec<Leaf>, Error> {
        let (first, trees) = (self.leaves(period, 1)?, self.trees(period)?);
        let mut older = (2..=trees.len())
            .map(|chain| Ok(self.renewed_groups(period, chain)?.peekable()))
            .collect::<Result<Vec<_>, Error>>()?;
        let mut leaves = Vec::with_capacity(first.len());
        for leaf in first {
            let accessions = self.accessions(&leaf.tenant, leaf.archive)?;
            let missing =
                || Error::Inconsistent(format!("archive {} was not accepted on {}", leaf.archive, period.day));
            let accession = accessions.into_iter().find(|one| one.day == period.day).ok_or_else(missing)?;
            let files = self.files(&accession)?;
            let mut groups = vec![group_of(&files)?];
            for renewed in &mut older {
                let own = renewed.next_if(|next| next.as_ref().map_or(true, |(archive, _)| *archive == leaf.archive));
                groups.extend(own.transpose()?.map(|(_, group)| group));
            }
            // What was destroyed cannot be read again: its chains end here.
            if self.is_gone(&accession)? {
                continue;
            }
            if groups.len() <= older.len() {
                return Err(missing());
            }
            let so_far = period.sequence.completed(&reduced(&trees, &groups)?)?;
            let read_again = self.hashed_again(&accession.object(), &files, algorithm)?;
            let group = renewed_group(algorithm, &read_again, &so_far)?.ok_or_else(missing)?;
            for hash in group.hashes() {
                hashes.write_all(&to_line(&RenewedHash { archive: leaf.archive, hash: hash.to_string() })?)?;
            }
            let group = group.hash(algorithm).map_err(EvidenceError::from)?.to_string();
            leaves.push(Leaf { group, ..leaf });
        }
        Ok(leaves)
    }

    /// The files of an object, read whole, verified, and hashed by another algorithm.
    fn hashed_again(&self, object: &OcflId, files: &[Digest], algorithm: Algorithm) -> Result<Group, Error> {
        let read_again = |file: &Digest| {
            let mut bytes = self.vault.open_content(object, *file)?.verified()?;
            let digests = digest::of(&mut bytes, &[algorithm])?;
            HashValue::taken(&digests, algorithm)
                .ok_or_else(|| Error::Inconsistent("a digest was not computed".to_owned()))
        };
        let hashes = files.iter().map(read_again).collect::<Result<Vec<_>, _>>()?;
        Group::new(hashes).ok_or_else(|| Error::Inconsistent(format!("{object} has no file")))
    }
}

impl Period {
    /// What is told once its chains were renewed.
    fn change(&self, step: &str, files: Vec<(String, SpooledTempFile)>) -> Result<Change, Error> {
        let sequence = self.sequence.der()?;
        let (archives, day, step) = (self.told.archives, self.day, step.to_owned());
        let fact = EvidenceMade { archives, day, evidence: digest::sha512(&sequence), step };
        Ok(Change { fact, before: Some(self.told.evidence), sequence, files, reached: None })
    }
}

fn single(hash: HashValue) -> Result<Group, Error> {
    Group::new(vec![hash]).ok_or_else(|| Error::Inconsistent("a group without hashes".to_owned()))
}

fn no_gain(days: usize, until: Timestamp) -> String {
    let proved =
        if days == 1 { "1 journée est prouvée".to_owned() } else { format!("{days} journées sont prouvées") };
    format!("{proved} jusqu’au {until} déjà : l’autorité ne signe pas au-delà, un nouvel horodatage n’apporterait rien")
}

/// The last cause of an error.
fn source_of(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
