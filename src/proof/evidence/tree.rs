//! The hash tree of RFC 4998, section 4.2: groups of data objects, a binary tree over them, reduced trees.
//!
//! A tree is held in memory at 65 bytes per node, two nodes per group: 130 MB for a million groups.

use std::io;

use crate::{
    domain::digest::Algorithm,
    proof::evidence::hash::{HashValue, joined, length},
};

/// A data object group: the distinct hashes of its objects, in binary ascending order, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group(Vec<HashValue>);

impl Group {
    /// The group of objects with these hashes, in any order; `None` without any.
    pub fn new(mut hashes: Vec<HashValue>) -> Option<Self> {
        hashes.sort_unstable();
        hashes.dedup();
        (!hashes.is_empty()).then_some(Self(hashes))
    }

    /// The hashes.
    pub fn hashes(&self) -> &[HashValue] {
        &self.0
    }

    /// The hash of the group: that of the sorted concatenation, or the single hash itself.
    ///
    /// # Errors
    /// The cryptographic library refuses the algorithm.
    pub fn hash(&self, algorithm: Algorithm) -> io::Result<HashValue> {
        joined(algorithm, self.0.clone())?.ok_or_else(|| io::Error::other("a group without objects"))
    }
}

/// A binary tree over the hashes of groups. A node without a neighbour stands in the level above as it is.
#[derive(Clone, Debug)]
pub struct Tree {
    algorithm: Algorithm,
    /// The levels from the leaves up; the last has one node.
    levels: Vec<Vec<HashValue>>,
}

impl Tree {
    /// The tree over these group hashes, in any order; a hash given twice is one leaf. `None` without any.
    ///
    /// # Errors
    /// The cryptographic library refuses the algorithm.
    pub fn new(algorithm: Algorithm, mut groups: Vec<HashValue>) -> io::Result<Option<Self>> {
        groups.sort_unstable();
        groups.dedup();
        if groups.is_empty() {
            return Ok(None);
        }
        let mut levels = Vec::new();
        while groups.len() > 1 {
            let above =
                groups.chunks(2).map(|pair| joined(algorithm, pair.to_vec())).collect::<io::Result<Vec<_>>>()?;
            levels.push(std::mem::replace(&mut groups, above.into_iter().flatten().collect()));
        }
        levels.push(groups);
        Ok(Some(Self { algorithm, levels }))
    }

    /// The algorithm of every node.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How many leaves the tree has.
    pub fn leaves(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// What a time-stamp is asked for.
    pub fn root(&self) -> Option<HashValue> {
        self.levels.last()?.first().copied()
    }

    /// The tree reduced to what proves `group`; `None` when the group is no leaf.
    ///
    /// # Errors
    /// The cryptographic library refuses the algorithm.
    pub fn reduced(&self, group: &Group) -> io::Result<Option<ReducedTree>> {
        let leaf = group.hash(self.algorithm)?;
        let Some(Ok(mut place)) = self.levels.first().map(|leaves| leaves.binary_search(&leaf)) else {
            return Ok(None);
        };
        let mut lists = vec![group.hashes().to_vec()];
        for level in &self.levels {
            if let Some(neighbour) = level.get(place ^ 1).filter(|_| level.len() > 1) {
                lists.push(vec![*neighbour]);
            }
            place /= 2;
        }
        Ok(Some(ReducedTree { lists }))
    }
}

/// A reduced hash tree: lists of hashes, of which the first has those of the data objects (RFC 4998, 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReducedTree {
    lists: Vec<Vec<HashValue>>,
}

impl ReducedTree {
    /// Takes the lists of a record, whose values must be as long as those of `algorithm`; why they are none, in French.
    pub fn read(algorithm: Algorithm, lists: &[Vec<Vec<u8>>]) -> Result<Self, String> {
        let length = length(algorithm);
        let value = |bytes: &Vec<u8>| {
            HashValue::new(bytes).filter(|_| bytes.len() == length).ok_or_else(|| {
                format!("L’arbre de hachage a une valeur de {} octets au lieu de {length}.", bytes.len())
            })
        };
        let lists = lists.iter().map(|list| list.iter().map(value).collect()).collect::<Result<Vec<Vec<_>>, _>>()?;
        if lists.iter().any(Vec::is_empty) || lists.is_empty() {
            return Err("L’arbre de hachage a une liste vide.".to_owned());
        }
        Ok(Self { lists })
    }

    /// The lists, from that of the data objects up.
    pub fn lists(&self) -> &[Vec<HashValue>] {
        &self.lists
    }

    /// The first list: the data objects', or what is renewed.
    pub fn first(&self) -> &[HashValue] {
        self.lists.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the tree is a single hash, which a time-stamp covers without any tree.
    pub fn is_single(&self) -> bool {
        matches!(self.lists.as_slice(), [list] if list.len() == 1)
    }

    /// The root that the lists lead to (RFC 4998, 4.3): each list joined with what came before.
    ///
    /// # Errors
    /// The cryptographic library refuses the algorithm.
    pub fn root(&self, algorithm: Algorithm) -> io::Result<Option<HashValue>> {
        self.lists.iter().try_fold(None, |below: Option<HashValue>, list| {
            joined(algorithm, list.iter().copied().chain(below).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(seed: u32) -> HashValue {
        HashValue::of(Algorithm::Sha256, &[&seed.to_be_bytes()]).unwrap()
    }

    fn tree_of(groups: &[Group]) -> Tree {
        let hashes = groups.iter().map(|group| group.hash(Algorithm::Sha256).unwrap()).collect();
        Tree::new(Algorithm::Sha256, hashes).unwrap().unwrap()
    }

    proptest! {
        #[test]
        fn every_group_leads_to_the_root_and_no_changed_one_does(
            sizes in prop::collection::vec(1u32..6, 1..40),
            change in any::<u32>(),
        ) {
            let mut seed = 0;
            let mut group = |size: u32| Group::new((0..size).map(|_| { seed += 1; value(seed) }).collect()).unwrap();
            let groups: Vec<Group> = sizes.iter().map(|size| group(*size)).collect();
            let tree = tree_of(&groups);
            for group in &groups {
                let reduced = tree.reduced(group).unwrap().unwrap();
                prop_assert_eq!(reduced.first(), group.hashes());
                prop_assert_eq!(reduced.root(Algorithm::Sha256).unwrap(), tree.root());
                let mut lists = reduced.lists().to_vec();
                let at = usize::try_from(change).unwrap() % lists.len();
                lists[at][0] = value(u32::MAX);
                let changed = ReducedTree { lists };
                prop_assert_ne!(changed.root(Algorithm::Sha256).unwrap(), tree.root());
            }
            let stranger = Group::new(vec![value(u32::MAX)]).unwrap();
            prop_assert_eq!(tree.reduced(&stranger).unwrap(), None);
        }
    }

    #[test]
    fn the_example_of_the_standard_has_its_root() {
        // RFC 4998, 4.2: d1, the group d2 (a, b, c), d3; a tree of ours is binary, so two levels instead of one.
        let group = Group::new(vec![value(3), value(1), value(2), value(1)]).unwrap();
        assert_eq!(group.hashes().len(), 3);
        let groups = [Group::new(vec![value(7)]).unwrap(), group, Group::new(vec![value(9)]).unwrap()];
        let tree = tree_of(&groups);
        let mut leaves: Vec<HashValue> = groups.iter().map(|group| group.hash(Algorithm::Sha256).unwrap()).collect();
        leaves.sort_unstable();
        let pair = joined(Algorithm::Sha256, leaves[..2].to_vec()).unwrap().unwrap();
        assert_eq!(tree.root(), joined(Algorithm::Sha256, vec![pair, leaves[2]]).unwrap());
        assert_eq!((tree.leaves(), tree.algorithm()), (3, Algorithm::Sha256));
    }

    #[test]
    fn the_same_group_twice_is_one_leaf_and_a_tree_of_one_single_hash_needs_no_lists() {
        let alone = Group::new(vec![value(1)]).unwrap();
        let tree = tree_of(&[alone.clone(), alone.clone()]);
        assert_eq!((tree.leaves(), tree.root()), (1, Some(value(1))));
        assert!(tree.reduced(&alone).unwrap().unwrap().is_single());
        let pair = Group::new(vec![value(1), value(2)]).unwrap();
        assert!(!tree_of(std::slice::from_ref(&pair)).reduced(&pair).unwrap().unwrap().is_single());
        assert!(Tree::new(Algorithm::Sha256, Vec::new()).unwrap().is_none());
        assert_eq!(Group::new(Vec::new()), None);
    }

    #[test]
    fn lists_of_another_length_or_without_values_are_no_tree() {
        assert!(ReducedTree::read(Algorithm::Sha512, &[vec![vec![0; 64]]]).is_ok());
        assert!(ReducedTree::read(Algorithm::Sha512, &[vec![vec![0; 32]]]).unwrap_err().contains("32 octets"));
        assert!(ReducedTree::read(Algorithm::Sha512, &[vec![vec![0; 64]], vec![]]).is_err());
        assert!(ReducedTree::read(Algorithm::Sha512, &[]).is_err());
    }
}
