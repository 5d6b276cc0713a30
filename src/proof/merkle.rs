//! The Merkle tree of RFC 6962 (and RFC 9162, 2.1): its hashes, its right edge, and proofs made and verified.
//!
//! Where hashes are kept is others' affair: they are asked for one by one, as those of complete subtrees.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{digest, domain::digest::to_hex};

/// Hashes in the longest proof of a tree of at most 2⁶³ entries.
pub const PROOF_HASHES: usize = 63;

/// The hash of an entry or of a subtree (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; Self::BYTES]);

impl Hash {
    /// How long a hash is.
    pub const BYTES: usize = 32;

    /// Takes the bytes that a SHA-256 computation gave.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Reads standard base64 with its padding (RFC 4648, 4), as C2SP writes hashes.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// Writes standard base64 with its padding.
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

/// The hash of an entry: SHA-256(0x00 ‖ entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(digest::sha256(&[&[0], entry]))
}

/// The hash of two subtrees side by side: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(digest::sha256(&[&[1], &left.0, &right.0]))
}

/// The root of the tree without entries: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash(digest::sha256(&[]))
}

/// A complete subtree: that of the 2^level entries from `index` · 2^level on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Its height; 0 is an entry.
    pub level: u8,
    /// How many subtrees of the same height stand on its left.
    pub index: u64,
}

/// The right edge of a tree: enough to append, and to know the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// The complete subtrees that make the tree, from the largest, one per bit of the size.
    edge: Vec<Hash>,
}

impl Tree {
    /// The tree without entries.
    pub const fn empty() -> Self {
        Self { size: 0, edge: Vec::new() }
    }

    /// The tree of `size` entries whose hashes stand elsewhere.
    ///
    /// # Errors
    /// What `read` answers when it has no such hash.
    pub fn restore<E>(size: u64, mut read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Self, E> {
        let edge = complete(Span { start: 0, end: size }).map(&mut read).collect::<Result<_, E>>()?;
        Ok(Self { size, edge })
    }

    /// Appends an entry by its hash.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.edge.pop() {
                hash = node_hash(left, hash);
            }
        }
        self.edge.push(hash);
        self.size += 1;
    }

    /// How many entries there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root (RFC 6962, 2.1).
    pub fn root(&self) -> Hash {
        fold(self.edge.iter().copied()).unwrap_or_else(empty_root)
    }
}

/// The path from the entry `index` to the root of the tree of `size` entries (RFC 6962, 2.1.1), the leaf's sibling
/// first; `None` when the tree has no such entry.
///
/// # Errors
/// What `read` answers when it has no such hash.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if index >= size {
        return Ok(None);
    }
    let mut at = Span { start: 0, end: size };
    let mut siblings = Vec::new();
    while let Some((left, right)) = at.halves() {
        let is_left = index < left.end;
        siblings.push(if is_left { right } else { left });
        at = if is_left { left } else { right };
    }
    siblings.into_iter().rev().map(|span| span_hash(span, &mut read)).collect::<Result<_, E>>().map(Some)
}

/// The proof that the tree of `new` entries begins with that of `old` (RFC 6962, 2.1.2); empty when `old` is 0 or
/// `new`, `None` when it is more.
///
/// # Errors
/// What `read` answers when it has no such hash.
pub fn consistency<E>(
    old: u64,
    new: u64,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if old > new {
        return Ok(None);
    }
    let mut spans = Vec::new();
    let mut at = Span { start: 0, end: new };
    while old > 0 && old < at.end {
        let Some((left, right)) = at.halves() else { break };
        let is_left = old <= left.end;
        spans.push(if is_left { right } else { left });
        at = if is_left { left } else { right };
    }
    // The old tree's own root is known to who asks; a part of it is not.
    if at.start > 0 {
        spans.push(at);
    }
    spans.into_iter().rev().map(|span| span_hash(span, &mut read)).collect::<Result<_, E>>().map(Some)
}

/// Whether the path leads from `leaf`, the hash of the entry `index`, to the root of a tree of `size` entries
/// (RFC 9162, 2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(*sibling, hash);
            // An only child is its parent: it has no sibling until it is a right child.
            while node.is_multiple_of(2) && node != 0 {
                (node, last) = (node / 2, last / 2);
            }
        } else {
            hash = node_hash(hash, *sibling);
        }
        (node, last) = (node / 2, last / 2);
    }
    last == 0 && hash == root
}

/// Whether the proof shows that the tree of `new` begins with the tree of `old` (RFC 9162, 2.1.4.2). Each tree is
/// given as its size and root.
#[must_use]
pub fn verify_consistency(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 {
        return proof.is_empty() && old_root == empty_root();
    }
    // A complete old tree is itself the first hash of the path.
    let whole = old_size.is_power_of_two().then_some(&old_root);
    let mut path = whole.into_iter().chain(proof);
    let Some(first) = path.next() else { return false };
    let shift = (old_size - 1).trailing_ones();
    let (mut node, mut last) = ((old_size - 1) >> shift, (new_size - 1) >> shift);
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            old_hash = node_hash(*sibling, old_hash);
            new_hash = node_hash(*sibling, new_hash);
            while node.is_multiple_of(2) && node != 0 {
                (node, last) = (node / 2, last / 2);
            }
        } else {
            new_hash = node_hash(new_hash, *sibling);
        }
        (node, last) = (node / 2, last / 2);
    }
    last == 0 && old_hash == old_root && new_hash == new_root
}

/// Entries side by side that make a subtree: `start` is a multiple of the power of two that is not below its length.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

impl Span {
    const fn len(self) -> u64 {
        self.end - self.start
    }

    /// The two subtrees below, the left one as large a power of two as can be; `None` for at most one entry.
    fn halves(self) -> Option<(Self, Self)> {
        let length = self.len();
        let middle = self.start + (1 << (length.checked_sub(1)?.checked_ilog2()?));
        Some((Self { end: middle, ..self }, Self { start: middle, ..self }))
    }
}

/// The complete subtrees that make a span, from the largest.
fn complete(span: Span) -> impl Iterator<Item = Node> {
    let mut start = span.start;
    std::iter::from_fn(move || {
        let level = (span.end - start).checked_ilog2()?;
        let index = start >> level;
        start += 1 << level;
        // The logarithm of 64 bits is below 64.
        Some(Node { level: u8::try_from(level).ok()?, index })
    })
}

fn span_hash<E>(span: Span, read: &mut impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    let hashes = complete(span).map(read).collect::<Result<Vec<_>, E>>()?;
    Ok(fold(hashes.into_iter()).unwrap_or_else(empty_root))
}

/// The hash over complete subtrees from the largest: the smallest two are joined first.
fn fold(hashes: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    hashes.rev().reduce(|right, left| node_hash(left, right))
}

#[cfg(test)]
pub(super) mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::digest::from_hex;

    /// A reader of the complete subtrees over these leaves, by definition and slowly.
    pub(in crate::proof) fn reader(leaves: &[Hash]) -> impl Fn(Node) -> Result<Hash, Infallible> {
        move |node| {
            let width = 1_usize << node.level;
            let start = usize::try_from(node.index).unwrap() * width;
            Ok(by_definition(&leaves[start..start + width]))
        }
    }

    /// MTH of RFC 6962, 2.1, word for word.
    pub(in crate::proof) fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(by_definition(left), by_definition(right))
            }
        }
    }

    pub(in crate::proof) fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|at| leaf_hash(format!("entry {at}").as_bytes())).collect()
    }

    fn hash(hex: &str) -> Hash {
        Hash(from_hex(hex).unwrap().try_into().unwrap())
    }

    /// The entries of the test vectors of Certificate Transparency's reference implementation.
    fn vector() -> Vec<Vec<u8>> {
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
            .map(|hex| from_hex(hex).unwrap())
            .to_vec()
    }

    #[test]
    fn roots_are_those_of_the_published_vectors() {
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::empty();
        assert_eq!(tree.root(), hash(roots[0]));
        for (entry, root) in vector().iter().zip(&roots[1..]) {
            tree.append(leaf_hash(entry));
            assert_eq!(tree.root(), hash(root));
        }
    }

    #[test]
    fn proofs_are_those_of_the_published_vectors() {
        let leaves: Vec<Hash> = vector().iter().map(|entry| leaf_hash(entry)).collect();
        let path = inclusion(5, 8, reader(&leaves)).unwrap().unwrap();
        assert_eq!(
            path,
            [
                hash("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
                hash("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
                hash("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
            ]
        );
        let proof = consistency(6, 8, reader(&leaves)).unwrap().unwrap();
        assert_eq!(
            proof,
            [
                hash("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
                hash("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
                hash("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
            ]
        );
    }

    #[test]
    fn a_tree_is_restored_from_the_hashes_of_its_parts() {
        let leaves = leaves(130);
        let mut tree = Tree::empty();
        for size in 0..=leaves.len() {
            let restored = Tree::restore(tree.size(), reader(&leaves)).unwrap();
            assert_eq!(restored, tree);
            assert_eq!(tree.root(), by_definition(&leaves[..size]));
            leaves.get(size).into_iter().for_each(|leaf| tree.append(*leaf));
        }
    }

    #[test]
    fn every_proof_of_every_small_tree_verifies_and_no_other() {
        let leaves = leaves(40);
        for new in 0..=40_u64 {
            let root = |size: u64| by_definition(&leaves[..usize::try_from(size).unwrap()]);
            for old in 0..=new {
                let proof = consistency(old, new, reader(&leaves)).unwrap().unwrap();
                assert!(verify_consistency((old, root(old)), (new, root(new)), &proof), "{old} {new}");
                for other in (0..=40).filter(|other| *other != old) {
                    assert!(!verify_consistency((other, root(other)), (new, root(new)), &proof) || proof.is_empty());
                }
            }
            for index in 0..new {
                let leaf = leaves[usize::try_from(index).unwrap()];
                let path = inclusion(index, new, reader(&leaves)).unwrap().unwrap();
                assert!(verify_inclusion(leaf, index, new, &path, root(new)), "{index} {new}");
                for other in (0..45).filter(|other| *other != index) {
                    assert!(!verify_inclusion(leaf, other, new, &path, root(new)), "{index} {other} {new}");
                }
            }
        }
        assert_eq!(inclusion(3, 3, reader(&leaves)), Ok(None));
        assert_eq!(consistency(4, 3, reader(&leaves)), Ok(None));
    }

    #[test]
    fn sizes_at_the_end_of_the_numbers_do_not_overflow() {
        let zero = |_| Ok::<_, Infallible>(Hash([0; 32]));
        for size in [1 << 62, (1 << 63) - 1, 1 << 63, u64::MAX] {
            for index in [0, 1, size / 2, size - 1] {
                let path = inclusion(index, size, zero).unwrap().unwrap();
                assert!(path.len() <= PROOF_HASHES + 1);
                assert!(!verify_inclusion(Hash([0; 32]), index, size, &path, Hash([0; 32])));
                let proof = consistency(index, size, zero).unwrap().unwrap();
                assert!(!verify_consistency((index, Hash([1; 32])), (size, Hash([0; 32])), &proof));
            }
            assert_eq!(Tree::restore(size, zero).unwrap().size(), size);
        }
    }

    fn flipped(hash: Hash, at: usize, bit: u8) -> Hash {
        let mut bytes = hash.0;
        bytes[at % 32] ^= 1 << (bit % 8);
        Hash(bytes)
    }

    proptest! {
        #[test]
        fn no_flipped_bit_of_an_inclusion_proof_verifies(size in 1..600_usize, at: prop::sample::Index, byte in 0..32_usize, bit in 0..8_u8, victim: prop::sample::Index) {
            let leaves = leaves(size);
            let (root, index) = (by_definition(&leaves), at.index(size));
            let (leaf, wide, long) = (leaves[index], u64::try_from(index).unwrap(), u64::try_from(size).unwrap());
            let path = inclusion(wide, long, reader(&leaves)).unwrap().unwrap();
            prop_assert!(verify_inclusion(leaf, wide, long, &path, root));
            prop_assert!(!verify_inclusion(flipped(leaf, byte, bit), wide, long, &path, root));
            prop_assert!(!verify_inclusion(leaf, wide, long, &path, flipped(root, byte, bit)));
            prop_assert!(!verify_inclusion(leaf, wide, long, &[&path[..], &[root]].concat(), root));
            if !path.is_empty() {
                let mut altered = path.clone();
                let victim = victim.index(path.len());
                altered[victim] = flipped(altered[victim], byte, bit);
                prop_assert!(!verify_inclusion(leaf, wide, long, &altered, root));
                prop_assert!(!verify_inclusion(leaf, wide, long, &path[1..], root));
                prop_assert!(!verify_inclusion(leaf, wide, long, &path[..path.len() - 1], root));
            }
        }

        #[test]
        fn no_flipped_bit_of_a_consistency_proof_verifies(new in 2..600_usize, at: prop::sample::Index, byte in 0..32_usize, bit in 0..8_u8, victim: prop::sample::Index) {
            let leaves = leaves(new);
            let old = 1 + at.index(new - 1);
            let wide = |size: usize| (u64::try_from(size).unwrap(), by_definition(&leaves[..size]));
            let (before, after) = (wide(old), wide(new));
            let proof = consistency(before.0, after.0, reader(&leaves)).unwrap().unwrap();
            prop_assert!(verify_consistency(before, after, &proof));
            prop_assert!(!verify_consistency((before.0, flipped(before.1, byte, bit)), after, &proof));
            prop_assert!(!verify_consistency(before, (after.0, flipped(after.1, byte, bit)), &proof));
            prop_assert!(!verify_consistency(before, after, &[&proof[..], &[after.1]].concat()));
            let mut altered = proof.clone();
            let victim = victim.index(proof.len());
            altered[victim] = flipped(altered[victim], byte, bit);
            prop_assert!(!verify_consistency(before, after, &altered));
            prop_assert!(!verify_consistency(before, after, &proof[1..]));
            prop_assert!(!verify_consistency(before, after, &proof[..proof.len() - 1]));
        }
    }
}
