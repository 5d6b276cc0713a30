//! The leaves of a day's trees and the hashes behind them, as their record keeps them, read line by line.

use std::io::{BufRead, BufReader, Seek, Write};

use serde::{Serialize, de::DeserializeOwned};
use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        error::Error,
        evidence::{Period, record_of, tree_over},
    },
    domain::{digest::Algorithm, id::ArchiveId, name::Name},
    proof::evidence::{
        Error as EvidenceError,
        hash::HashValue,
        tree::{Group, ReducedTree, Tree},
    },
    record::evidence::{self, Leaf, RenewedHash, from_line, hashes_file, leaves_file},
};

impl Archive {
    /// The leaves of one of a day's trees; `chain` counts from 1.
    pub(super) fn leaves(&self, period: &Period, chain: usize) -> Result<Vec<Leaf>, Error> {
        self.lines_of(period, &leaves_file(period.day, chain))?.collect()
    }

    /// Every tree of a day, that of the oldest chain first.
    pub(super) fn trees(&self, period: &Period) -> Result<Vec<Tree>, Error> {
        let tree = |(place, algorithm): (usize, &Algorithm)| {
            let groups = self.leaves(period, place + 1)?.iter().map(group_hash).collect::<Result<Vec<_>, _>>()?;
            Ok(tree_over(*algorithm, groups)?.0)
        };
        period.sequence.algorithms().iter().enumerate().map(tree).collect()
    }

    /// The groups of a renewal's tree, archive after archive, in the order of the day's first leaves.
    pub(super) fn renewed_groups(&self, period: &Period, chain: usize) -> Result<RenewedGroups, Error> {
        let lines: Lines<RenewedHash> = Box::new(self.lines_of(period, &hashes_file(period.day, chain))?);
        Ok(RenewedGroups { lines, next: None })
    }

    fn lines_of<T: DeserializeOwned>(
        &self,
        period: &Period,
        file: &str,
    ) -> Result<impl Iterator<Item = Result<T, Error>> + use<T>, Error> {
        let opened = self.vault.open_file(&record_of(period.day)?, &Name::from(file))?;
        Ok(BufReader::new(opened.verified()?).lines().map(|line| Ok(from_line(&line?)?)))
    }

    /// A work file with one line for each value, that stands at its beginning.
    pub(super) fn written<T: Serialize>(&self, values: &[T]) -> Result<SpooledTempFile, Error> {
        let mut file = self.work_file();
        for value in values {
            file.write_all(&evidence::to_line(value)?)?;
        }
        file.rewind()?;
        Ok(file)
    }
}

type Lines<T> = Box<dyn Iterator<Item = Result<T, Error>>>;

/// Groups, gathered from lines that follow one another.
pub(super) struct RenewedGroups {
    lines: Lines<RenewedHash>,
    /// The first line of the next group.
    next: Option<RenewedHash>,
}

impl Iterator for RenewedGroups {
    type Item = Result<(ArchiveId, Group), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.next.take() {
            Some(first) => first,
            None => match self.lines.next()? {
                Ok(first) => first,
                Err(error) => return Some(Err(error)),
            },
        };
        let archive = first.archive;
        let mut hashes = vec![first.hash];
        for line in self.lines.by_ref() {
            match line {
                Ok(line) if line.archive == archive => hashes.push(line.hash),
                Ok(line) => {
                    self.next = Some(line);
                    break;
                }
                Err(error) => return Some(Err(error)),
            }
        }
        let values = hashes.iter().map(|hash| value(hash)).collect::<Result<Vec<_>, _>>();
        Some(values.and_then(|values| {
            let group = Group::new(values).ok_or_else(|| Error::Inconsistent("a group without hashes".to_owned()))?;
            Ok((archive, group))
        }))
    }
}

/// The hash of a leaf's group.
pub(super) fn group_hash(leaf: &Leaf) -> Result<HashValue, Error> {
    value(&leaf.group)
}

/// What proves each of an archive's groups in the tree of its chain.
pub(super) fn reduced(trees: &[Tree], groups: &[Group]) -> Result<Vec<ReducedTree>, Error> {
    let reduce = |(tree, group): (&Tree, &Group)| {
        let reduced = tree.reduced(group).map_err(EvidenceError::from)?;
        reduced.ok_or_else(|| Error::Inconsistent("an archive's files are no leaf of their day's tree".to_owned()))
    };
    trees.iter().zip(groups).map(reduce).collect()
}

fn value(hex: &str) -> Result<HashValue, Error> {
    HashValue::from_hex(hex).ok_or_else(|| Error::Inconsistent(format!("{hex:?} is no hash of evidence")))
}
