//! Making and renewing: the chains over the root of a tree, which every record of that tree shares, and the record of
//! one group completed from them.
//!
//! The tokens come from elsewhere: here it is said what they must be asked for, and where they go.

use std::io;

use rasn::types::{Any, OctetString};

use crate::{
    domain::digest::Algorithm,
    proof::evidence::{
        Error,
        asn1::{self, ArchiveTimeStamp, ArchiveTimeStampChain, ArchiveTimeStampSequence, EvidenceRecord},
        hash::HashValue,
        tree::{Group, ReducedTree},
    },
};

/// The chains over the roots of trees: complete but for the reduced tree of each chain's first archive time-stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSequence {
    /// Never empty, nor is any chain.
    chains: ArchiveTimeStampSequence,
    /// The algorithm of each chain.
    algorithms: Vec<Algorithm>,
}

impl RootSequence {
    /// The first archive time-stamp: `token` (DER) stamps the root of the first tree, whose algorithm is `algorithm`.
    pub fn begin(algorithm: Algorithm, token: &[u8]) -> Self {
        Self { chains: vec![vec![archive_time_stamp(algorithm, None, token)]], algorithms: vec![algorithm] }
    }

    /// Reads what [`der`](Self::der) wrote.
    ///
    /// # Errors
    /// [`Error::Kept`]: the bytes are no such sequence.
    pub fn read(der: &[u8]) -> Result<Self, Error> {
        let chains: ArchiveTimeStampSequence = asn1::decode(der).ok_or(Error::Kept("not in DER"))?;
        let algorithms = chains.iter().map(chain_algorithm).collect::<Option<Vec<_>>>();
        let algorithms = algorithms.filter(|algorithms| !algorithms.is_empty());
        Ok(Self { chains, algorithms: algorithms.ok_or(Error::Kept("a chain without a known algorithm"))? })
    }

    /// The sequence in DER, as the archive keeps it.
    ///
    /// # Errors
    /// [`Error::Encode`].
    pub fn der(&self) -> Result<Vec<u8>, Error> {
        asn1::encode(&self.chains)
    }

    /// The algorithm of each chain, oldest first.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// The last token, in DER: the one that must be renewed before its certificate ends.
    pub fn last_token(&self) -> Result<&[u8], Error> {
        let last =
            self.chains.last().and_then(|chain| chain.last()).ok_or(Error::Kept("a chain without time-stamps"))?;
        Ok(last.time_stamp.as_bytes())
    }

    /// What the next token must stamp to renew the last (RFC 4998, 5.2): alone, or as a leaf of a tree over several
    /// sequences whose last chain has the same algorithm.
    ///
    /// # Errors
    /// The cryptographic library refuses the algorithm.
    pub fn renewal(&self) -> Result<HashValue, Error> {
        Ok(HashValue::of(self.last_algorithm()?, &[self.last_token()?])?)
    }

    /// Renews the last time-stamp in its chain: `token` (DER) stamps [`renewal`](Self::renewal), or the root of
    /// `reduced`, the tree that several sequences share.
    ///
    /// # Errors
    /// [`Error::Kept`] when `reduced` is not that of this sequence.
    pub fn renew_time_stamp(&mut self, reduced: Option<&ReducedTree>, token: &[u8]) -> Result<(), Error> {
        let (algorithm, renewed) = (self.last_algorithm()?, self.renewal()?);
        if reduced.is_some_and(|reduced| !reduced.first().contains(&renewed)) {
            return Err(Error::Kept("the reduced tree is another's"));
        }
        let chain = self.chains.last_mut().ok_or(Error::Kept("without chains"))?;
        chain.push(archive_time_stamp(algorithm, reduced, token));
        Ok(())
    }

    /// Opens a chain after a renewal of the hash tree (RFC 4998, 5.2): `token` (DER) stamps the root of the tree over
    /// every group's [`renewed_group`], by `algorithm`.
    pub fn renew_hash_tree(&mut self, algorithm: Algorithm, token: &[u8]) {
        self.chains.push(vec![archive_time_stamp(algorithm, None, token)]);
        self.algorithms.push(algorithm);
    }

    /// The evidence record of one group: `reduced` is the group's reduced tree in the tree of each chain, oldest first.
    ///
    /// # Errors
    /// [`Error::Kept`] when there is not one for each chain.
    pub fn record(&self, reduced: &[ReducedTree]) -> Result<EvidenceRecord, Error> {
        let mut algorithms: Vec<Algorithm> = Vec::new();
        for algorithm in &self.algorithms {
            if !algorithms.contains(algorithm) {
                algorithms.push(*algorithm);
            }
        }
        Ok(EvidenceRecord {
            version: 1.into(),
            digest_algorithms: algorithms.into_iter().map(asn1::identifier).collect(),
            crypto_infos: None,
            encryption_info: None,
            sequence: self.completed(reduced)?,
        })
    }

    /// The archive time-stamp sequence of one group, as its evidence record has it.
    ///
    /// # Errors
    /// [`Error::Kept`] when `reduced` has not one tree for each chain.
    pub fn completed(&self, reduced: &[ReducedTree]) -> Result<ArchiveTimeStampSequence, Error> {
        if reduced.len() != self.chains.len() {
            return Err(Error::Kept("a reduced tree is missing or too many"));
        }
        let mut chains = self.chains.clone();
        for (chain, reduced) in chains.iter_mut().zip(reduced) {
            let first = chain.first_mut().ok_or(Error::Kept("a chain without time-stamps"))?;
            first.reduced_hashtree = lists(Some(reduced));
        }
        Ok(chains)
    }

    fn last_algorithm(&self) -> Result<Algorithm, Error> {
        self.algorithms.last().copied().ok_or(Error::Kept("without chains"))
    }
}

/// A group as the tree of a renewal has it (RFC 4998, 5.2): each object's hash by the new `algorithm`, joined with that
/// of `older`, the group's own archive time-stamp sequence so far.
///
/// # Errors
/// The cryptographic library refuses the algorithm, or the sequence cannot be written.
pub fn renewed_group(
    algorithm: Algorithm,
    objects: &Group,
    older: &ArchiveTimeStampSequence,
) -> Result<Option<Group>, Error> {
    let older = HashValue::of(algorithm, &[&asn1::encode(older)?])?;
    let renewed = objects.hashes().iter().map(|object| renewed_object(algorithm, object, &older));
    Ok(Group::new(renewed.collect::<io::Result<_>>()?))
}

/// One object's hash joined with that of the older chains, in this order and not sorted (RFC 4998, 5.2, step 4).
///
/// # Errors
/// The cryptographic library refuses the algorithm.
pub fn renewed_object(algorithm: Algorithm, object: &HashValue, older: &HashValue) -> io::Result<HashValue> {
    HashValue::of(algorithm, &[object.bytes(), older.bytes()])
}

fn archive_time_stamp(algorithm: Algorithm, reduced: Option<&ReducedTree>, token: &[u8]) -> ArchiveTimeStamp {
    ArchiveTimeStamp {
        digest_algorithm: Some(asn1::identifier(algorithm)),
        attributes: None,
        reduced_hashtree: lists(reduced),
        time_stamp: Any::new(token.to_vec()),
    }
}

/// The lists as the record has them; none when the time-stamp is on the hash itself.
fn lists(reduced: Option<&ReducedTree>) -> Option<Vec<asn1::PartialHashtree>> {
    let written = |list: &Vec<HashValue>| list.iter().map(|value| OctetString::from(value.bytes().to_vec())).collect();
    let reduced = reduced.filter(|reduced| !reduced.is_single())?;
    Some(reduced.lists().iter().map(written).collect())
}

/// The algorithm that a chain's first archive time-stamp says.
fn chain_algorithm(chain: &ArchiveTimeStampChain) -> Option<Algorithm> {
    asn1::algorithm(chain.first()?.digest_algorithm.as_ref()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::evidence::tree::Tree;

    const TOKEN: &[u8] = &[0x30, 3, 4, 1, 1];
    const NEXT: &[u8] = &[0x30, 3, 4, 1, 2];

    fn group(seeds: &[u8]) -> Group {
        Group::new(seeds.iter().map(|seed| HashValue::of(Algorithm::Sha512, &[&[*seed]]).unwrap()).collect()).unwrap()
    }

    fn reduced(group: &Group) -> ReducedTree {
        let tree = Tree::new(Algorithm::Sha512, vec![group.hash(Algorithm::Sha512).unwrap()]).unwrap().unwrap();
        tree.reduced(group).unwrap().unwrap()
    }

    #[test]
    fn a_kept_sequence_comes_back_and_goes_on() {
        let mut sequence = RootSequence::begin(Algorithm::Sha256, TOKEN);
        assert_eq!(sequence.renewal().unwrap(), HashValue::of(Algorithm::Sha256, &[TOKEN]).unwrap());
        sequence.renew_time_stamp(None, NEXT).unwrap();
        sequence.renew_hash_tree(Algorithm::Sha512, TOKEN);
        let again = RootSequence::read(&sequence.der().unwrap()).unwrap();
        assert_eq!(again, sequence);
        assert_eq!(again.algorithms(), [Algorithm::Sha256, Algorithm::Sha512]);
        assert_eq!(again.last_token().unwrap(), TOKEN);
        for broken in [&[0x30, 0][..], &[0x30, 2, 0x30, 0], b"", b"{}"] {
            assert!(matches!(RootSequence::read(broken), Err(Error::Kept(_))), "{broken:x?}");
        }
    }

    #[test]
    fn a_record_names_each_algorithm_once_and_has_no_tree_for_a_single_hash() {
        let mut sequence = RootSequence::begin(Algorithm::Sha512, TOKEN);
        sequence.renew_hash_tree(Algorithm::Sha512, NEXT);
        let record = sequence.record(&[reduced(&group(&[1])), reduced(&group(&[2, 3]))]).unwrap();
        assert_eq!(record.digest_algorithms, [asn1::identifier(Algorithm::Sha512)]);
        assert_eq!(record.sequence[0][0].reduced_hashtree, None);
        assert_eq!(record.sequence[1][0].reduced_hashtree.as_ref().unwrap()[0].len(), 2);
        assert!(matches!(sequence.record(&[reduced(&group(&[1]))]), Err(Error::Kept(_))));
    }

    #[test]
    fn another_s_tree_is_not_taken_for_a_renewal() {
        let mut sequence = RootSequence::begin(Algorithm::Sha512, TOKEN);
        let renewed = sequence.clone();
        assert!(matches!(sequence.renew_time_stamp(Some(&reduced(&group(&[1]))), NEXT), Err(Error::Kept(_))));
        assert_eq!(sequence, renewed);
    }
}
