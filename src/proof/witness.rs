//! What a witness decides (C2SP tlog-witness): a pure function of what it last cosigned and of what it is asked.
//!
//! What it must write before it answers, and the signing, are its caller's.

use serde_json::json;

use crate::proof::{
    checkpoint::SignedCheckpoint,
    error::Malformed,
    exchange::AddCheckpoint,
    json::to_canonical,
    merkle::{empty_root, verify_consistency},
    vkey::Vkey,
};

/// What a witness does about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Keep the checkpoint, as it is here, then cosign it (200).
    Cosign(SignedCheckpoint),
    /// The log is none of those that are witnessed (404).
    UnknownOrigin,
    /// No known key of the log signed (403).
    UnknownKey,
    /// The old size is above the new one (400).
    Impossible,
    /// The witness stands elsewhere than at the old size, or at another root of the same size (409).
    Stands {
        /// The size of the last checkpoint that it cosigned; 0 when none.
        size: u64,
        /// Two checkpoints of that size, when the log signed both.
        evidence: Option<Evidence>,
    },
    /// The checkpoint is not shown to begin with the last one (422).
    Unproven(Evidence),
}

/// What a log signed and should not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Whether the two checkpoints have one size and two roots: no honest log signs both. Otherwise the log, or who
    /// asks in its name, gave a proof that does not verify, which may be a mistake.
    pub is_fork: bool,
    /// The last checkpoint that was cosigned; none when the log is new to the witness.
    pub last: Option<SignedCheckpoint>,
    /// What was asked.
    pub asked: AddCheckpoint,
}

impl Evidence {
    /// The file to keep: canonical JSON, whose notes are byte for byte those that were signed.
    pub fn to_json(&self) -> Result<String, Malformed> {
        to_canonical(&json!({
            "asked": self.asked.checkpoint.to_string(),
            "fork": self.is_fork,
            "last": self.last.as_ref().map(ToString::to_string),
            "old": self.asked.old,
            "proof": self.asked.proof.iter().map(|hash| hash.to_base64()).collect::<Vec<_>>(),
            "version": 1,
        }))
    }
}

/// Decides about a request, given the keys of all witnessed logs (each named by its log's origin) and the last
/// checkpoint of this log that was cosigned.
pub fn decide(logs: &[Vkey], last: Option<&SignedCheckpoint>, asked: &AddCheckpoint) -> Decision {
    let new = asked.checkpoint.checkpoint();
    let keys: Vec<Vkey> = logs.iter().filter(|key| key.name() == new.origin()).cloned().collect();
    if keys.is_empty() {
        return Decision::UnknownOrigin;
    }
    if asked.checkpoint.verify(&keys).is_err() {
        return Decision::UnknownKey;
    }
    if asked.old > new.size() {
        return Decision::Impossible;
    }
    // Lines of strangers are not ours to keep.
    let asked = AddCheckpoint { checkpoint: asked.checkpoint.only(&keys), ..asked.clone() };
    let before = last.map_or((0, empty_root()), |last| (last.checkpoint().size(), last.checkpoint().root()));
    let evidence = |is_fork| Evidence { is_fork, last: last.cloned(), asked: asked.clone() };
    if before.0 == new.size() && before.1 != new.root() {
        return Decision::Stands { size: before.0, evidence: Some(evidence(last.is_some())) };
    }
    if before.0 != asked.old {
        return Decision::Stands { size: before.0, evidence: None };
    }
    if verify_consistency(before, (new.size(), new.root()), &asked.proof) {
        Decision::Cosign(asked.checkpoint)
    } else {
        Decision::Unproven(evidence(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pki::keys::SigningKey,
        proof::{
            checkpoint::Checkpoint,
            merkle::{
                Hash, consistency,
                tests::{by_definition, leaves, reader},
            },
            signer::Signer,
            vkey::Scheme,
        },
    };

    fn signer(name: &str) -> Signer {
        Signer::new(name, Scheme::Note, SigningKey::generate(Scheme::Note.algorithm()).unwrap()).unwrap()
    }

    fn signed(signer: &Signer, size: u64, root: Hash) -> SignedCheckpoint {
        let mut checkpoint =
            SignedCheckpoint::unsigned(Checkpoint::new(signer.vkey().name(), size, root).unwrap()).unwrap();
        let line = signer.sign(checkpoint.note().text(), 0).unwrap();
        checkpoint.note_mut().add([line]);
        checkpoint
    }

    /// A request from `old` to `new` of the honest log.
    fn honest(signer: &Signer, old: u64, new: u64) -> AddCheckpoint {
        let leaves = leaves(usize::try_from(new).unwrap());
        let proof = consistency(old, new, reader(&leaves)).unwrap().unwrap();
        AddCheckpoint { old, proof, checkpoint: signed(signer, new, by_definition(&leaves)) }
    }

    #[test]
    fn an_honest_log_is_cosigned_at_every_step() {
        let log = signer("log");
        let keys = [signer("other").vkey().clone(), log.vkey().clone()];
        let mut last = None;
        for (old, new) in [(0, 0), (0, 1), (1, 1), (1, 7), (7, 300), (300, 300)] {
            let asked = honest(&log, old, new);
            let Decision::Cosign(checkpoint) = decide(&keys, last.as_ref(), &asked) else { panic!("{old} {new}") };
            assert_eq!(checkpoint, asked.checkpoint);
            last = Some(checkpoint);
        }
    }

    #[test]
    fn who_stands_elsewhere_is_told_where() {
        let log = signer("log");
        let keys = [log.vkey().clone()];
        let last = honest(&log, 0, 7).checkpoint;
        for (old, new) in [(0, 9), (6, 9), (8, 9), (0, 7), (0, 3), (3, 3)] {
            let stands = Decision::Stands { size: 7, evidence: None };
            assert_eq!(decide(&keys, Some(&last), &honest(&log, old, new)), stands, "{old} {new}");
        }
        let stands = Decision::Stands { size: 0, evidence: None };
        assert_eq!(decide(&keys, None, &honest(&log, 3, 9)), stands);
        let backwards = AddCheckpoint { old: 10, ..honest(&log, 0, 9) };
        assert_eq!(decide(&keys, Some(&last), &backwards), Decision::Impossible);
    }

    #[test]
    fn strangers_are_refused_and_their_lines_dropped() {
        let (log, thief) = (signer("log"), signer("log"));
        let keys = [log.vkey().clone()];
        assert_eq!(decide(&keys, None, &honest(&thief, 0, 3)), Decision::UnknownKey);
        assert_eq!(decide(&keys, None, &honest(&signer("other"), 0, 3)), Decision::UnknownOrigin);
        let mut both = honest(&log, 0, 3);
        let stranger = honest(&thief, 0, 3).checkpoint.note().signatures().to_vec();
        both.checkpoint.note_mut().add(stranger);
        assert_eq!(decide(&keys, None, &both), Decision::Cosign(honest(&log, 0, 3).checkpoint));
    }

    #[test]
    fn a_fork_is_refused_and_kept_as_evidence() {
        let log = signer("log");
        let keys = [log.vkey().clone()];
        let last = honest(&log, 0, 7).checkpoint;
        let other = signed(&log, 7, Hash::new([9; 32]));
        for old in [0, 7] {
            let asked = AddCheckpoint { old, proof: vec![], checkpoint: other.clone() };
            let Decision::Stands { size: 7, evidence: Some(evidence) } = decide(&keys, Some(&last), &asked) else {
                panic!("a fork")
            };
            assert!(evidence.is_fork && evidence.last == Some(last.clone()));
            let kept: serde_json::Value = serde_json::from_str(&evidence.to_json().unwrap()).unwrap();
            assert_eq!(kept["last"], last.to_string());
            assert_eq!(kept["asked"], other.to_string());
        }
        let later = AddCheckpoint { old: 7, checkpoint: signed(&log, 9, Hash::new([9; 32])), ..honest(&log, 7, 9) };
        assert!(matches!(decide(&keys, Some(&last), &later), Decision::Unproven(evidence) if !evidence.is_fork));
    }

    #[test]
    fn a_proof_is_exactly_what_is_asked() {
        let log = signer("log");
        let keys = [log.vkey().clone()];
        let last = honest(&log, 0, 7).checkpoint;
        let good = honest(&log, 7, 9);
        let mut wrong = good.clone();
        wrong.proof.push(Hash::new([0; 32]));
        assert!(matches!(decide(&keys, Some(&last), &wrong), Decision::Unproven(_)));
        wrong.proof.clear();
        assert!(matches!(decide(&keys, Some(&last), &wrong), Decision::Unproven(_)));
        for (last, old, new) in [(None, 0, 5), (Some(&last), 7, 7)] {
            let asked = AddCheckpoint { proof: good.proof.clone(), ..honest(&log, old, new) };
            assert!(matches!(decide(&keys, last, &asked), Decision::Unproven(_)), "{old} {new}");
        }
        let nothing = AddCheckpoint { old: 0, proof: vec![], checkpoint: signed(&log, 0, Hash::new([1; 32])) };
        assert!(matches!(decide(&keys, None, &nothing), Decision::Stands { size: 0, .. }));
    }
}
