//! The proof of one entry that stands alone (C2SP tlog-proof@v1): what a `.tlog-proof` file holds.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::proof::{
    checkpoint::{SignedCheckpoint, Untrusted},
    error::{Malformed, decimal},
    merkle::{Hash, PROOF_HASHES, leaf_hash, verify_inclusion},
    policy::{Met, Policy},
    vkey::Vkey,
};

/// The first line.
const TITLE: &str = "c2sp.org/tlog-proof@v1";

/// Bytes of the longest extra data that is read: those of the longest entry of C2SP tlog-tiles.
const EXTRA_BYTES: usize = 65_535;

const WHAT: &str = "a proof of an entry";

/// An entry's place in the log, and the checkpoint that covers it. Its `Display` is the file, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// What else the file holds, which nothing vouches for: here, the bytes of the entry.
    pub extra: Option<Vec<u8>>,
    /// The entry's index.
    pub index: u64,
    /// The path from the entry to the root, the leaf's sibling first.
    pub path: Vec<Hash>,
    /// The checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The log does not vouch for the checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] Untrusted),
    /// The quorum of witnesses did not cosign it.
    #[error("the policy of witnesses is not met")]
    Witnesses(Met),
    /// The entry is not under its root.
    #[error("the entry does not lead to the checkpoint's root")]
    Path,
}

impl TlogProof {
    /// Reads a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let malformed = |why| Malformed::new(WHAT, why);
        let text = str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, note) = text.split_once("\n\n").ok_or(malformed("no empty line ends the path"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(TITLE) {
            return Err(malformed("its first line is another"));
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(extra(line).ok_or(malformed("its extra data is not in base64, or too long"))?),
            None => None,
        };
        let index = lines.next().and_then(|line| decimal(line.strip_prefix("index ")?));
        let index = index.ok_or(malformed("it has no index"))?;
        let path: Option<Vec<Hash>> = lines.take(PROOF_HASHES + 1).map(Hash::from_base64).collect();
        let path = path.filter(|path| path.len() <= PROOF_HASHES);
        let path = path.ok_or(malformed("a line of the path is no hash, or there are too many"))?;
        Ok(Self { extra, index, path, checkpoint: SignedCheckpoint::parse(note.as_bytes())? })
    }

    /// Whether the log has `entry` at the index, for who believes these keys of the log and this policy.
    ///
    /// # Errors
    /// Why not.
    pub fn verify(&self, entry: &[u8], log: &[Vkey], policy: &Policy) -> Result<Met, Unproven> {
        self.checkpoint.verify(log)?;
        let met = policy.met_by(self.checkpoint.note());
        if !met.is_met {
            return Err(Unproven::Witnesses(met));
        }
        let checkpoint = self.checkpoint.checkpoint();
        if verify_inclusion(leaf_hash(entry), self.index, checkpoint.size(), &self.path, checkpoint.root()) {
            Ok(met)
        } else {
            Err(Unproven::Path)
        }
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

fn extra(line: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(line.strip_prefix("extra ")?).ok()?;
    Some(bytes).filter(|bytes| bytes.len() <= EXTRA_BYTES)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        pki::keys::SigningKey,
        proof::{
            checkpoint::Checkpoint,
            merkle::{
                inclusion,
                tests::{by_definition, leaves, reader},
            },
            signer::Signer,
            vkey::Scheme,
        },
    };

    fn signer(name: &str, scheme: Scheme) -> Signer {
        Signer::new(name, scheme, SigningKey::generate(scheme.algorithm()).unwrap()).unwrap()
    }

    struct Case {
        proof: TlogProof,
        entry: Vec<u8>,
        log: Vec<Vkey>,
        policy: Policy,
    }

    fn case() -> Case {
        let leaves = leaves(9);
        let (log, witness) = (signer("log", Scheme::Note), signer("w", Scheme::Cosignature));
        let checkpoint = Checkpoint::new("log", 9, by_definition(&leaves)).unwrap();
        let mut checkpoint = SignedCheckpoint::unsigned(checkpoint).unwrap();
        for signer in [&log, &witness] {
            let line = signer.sign(checkpoint.note().text(), 1).unwrap();
            checkpoint.note_mut().add([line]);
        }
        let path = inclusion(5, 9, reader(&leaves)).unwrap().unwrap();
        Case {
            proof: TlogProof { extra: Some(b"entry 5".to_vec()), index: 5, path, checkpoint },
            entry: b"entry 5".to_vec(),
            log: vec![log.vkey().clone()],
            policy: Policy::new(1, vec![witness.vkey().clone()]).unwrap(),
        }
    }

    #[test]
    fn a_file_is_read_and_proves_its_entry_and_no_other() {
        let Case { proof, entry, log, policy } = case();
        let text = proof.to_string();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra ZW50cnkgNQ==\nindex 5\n"));
        let again = TlogProof::parse(text.as_bytes()).unwrap();
        assert_eq!(again, proof);
        assert!(again.verify(&entry, &log, &policy).is_ok());
        assert_eq!(again.verify(b"entry 6", &log, &policy), Err(Unproven::Path));
        assert_eq!(again.verify(&entry, &[], &policy), Err(Unproven::Checkpoint(Untrusted::Unsigned)));
        let stricter = Policy::new(1, vec![signer("other", Scheme::Cosignature).vkey().clone()]).unwrap();
        assert!(matches!(again.verify(&entry, &log, &stricter), Err(Unproven::Witnesses(_))));
        let elsewhere = TlogProof { index: 4, ..proof };
        assert_eq!(elsewhere.verify(&entry, &log, &policy), Err(Unproven::Path));
    }

    #[test]
    fn other_texts_are_no_proofs() {
        let good = case().proof.to_string();
        let path = good.lines().nth(3).unwrap().to_owned();
        let plain = TlogProof::parse(good.replace("extra ZW50cnkgNQ==\n", "").as_bytes()).unwrap();
        assert_eq!(plain.extra, None);
        for wrong in [
            String::new(),
            good.replace("@v1", "@v2"),
            good.replace("index 5\n", ""),
            good.replace("index 5", "index 05"),
            good.replace("index 5", "Index 5"),
            good.replace("ZW50cnkgNQ==", "ZW50cnkgNQ"),
            good.replacen(&path, "no hash", 1),
            good.replacen(&path, &[path.as_str(); 64].join("\n"), 1),
            good.replacen("\n\n", "\n", 1),
            good.replacen("\n\n", "\n\n\n", 1),
            good.replace("ZW50cnkgNQ==", &STANDARD.encode(vec![0; EXTRA_BYTES + 1])),
        ] {
            assert!(TlogProof::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_flipped_bit_of_a_file_proves_the_entry(at: prop::sample::Index, bit in 0..8_u8) {
            let Case { proof, entry, log, policy } = case();
            let mut bytes = proof.to_string().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(altered) = TlogProof::parse(&bytes) {
                // The extra data is not vouched for, and a line of an unknown name is ignored.
                let is_proven = altered.verify(&entry, &log, &policy).is_ok();
                prop_assert!(!is_proven || altered.extra != proof.extra, "{}", String::from_utf8_lossy(&bytes));
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = TlogProof::parse(&[TITLE.as_bytes(), b"\n", &bytes].concat());
        }
    }
}
