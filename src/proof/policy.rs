//! Which witnesses are believed, and how many of them must have cosigned.

use std::collections::{BTreeMap, BTreeSet};

use crate::proof::{error::Malformed, note::Note, vkey::Vkey};

const WHAT: &str = "a policy of witnesses";

/// So many of these witnesses. A witness is a name; it may have several keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    quorum: usize,
    witnesses: Vec<Vkey>,
}

/// How a note stands with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// Whether the quorum cosigned, and no known key's line is false.
    pub is_met: bool,
    /// The witnesses that cosigned, and the earliest time that they give, in seconds since 1970-01-01T00:00:00Z.
    pub valid: BTreeMap<String, u64>,
    /// The witnesses that did not.
    pub missing: Vec<String>,
    /// The witnesses with a line that does not verify.
    pub invalid: Vec<String>,
}

impl Policy {
    /// The policy that asks for nobody.
    pub const fn none() -> Self {
        Self { quorum: 0, witnesses: Vec::new() }
    }

    /// `quorum` of the names of `witnesses`.
    ///
    /// # Errors
    /// There are less names than the quorum, a key does not cosign, or one public key stands under two names: it would
    /// count twice.
    pub fn new(quorum: usize, witnesses: Vec<Vkey>) -> Result<Self, Malformed> {
        let mut names = BTreeMap::new();
        for witness in &witnesses {
            if !witness.scheme().is_timed() {
                return Err(Malformed::new(WHAT, "a key is a log's, not a witness's"));
            }
            if names.insert(witness.key().bytes(), witness.name()).is_some_and(|name| name != witness.name()) {
                return Err(Malformed::new(WHAT, "one key has two names"));
            }
        }
        if names.into_values().collect::<BTreeSet<_>>().len() < quorum {
            return Err(Malformed::new(WHAT, "there are less witnesses than the quorum"));
        }
        Ok(Self { quorum, witnesses })
    }

    /// How many must have cosigned.
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    /// The keys that are believed.
    pub fn witnesses(&self) -> &[Vkey] {
        &self.witnesses
    }

    /// Who cosigned a note.
    pub fn met_by(&self, note: &Note) -> Met {
        let found = note.signed_by(&self.witnesses);
        let mut valid: BTreeMap<String, u64> = BTreeMap::new();
        for signed in &found.valid {
            let time = signed.time;
            valid.entry(signed.key.name().to_owned()).and_modify(|first| *first = time.min(*first)).or_insert(time);
        }
        let invalid: BTreeSet<&str> = found.invalid.iter().map(|key| key.name()).collect();
        valid.retain(|name, _| !invalid.contains(name.as_str()));
        let names: BTreeSet<&str> = self.witnesses.iter().map(Vkey::name).collect();
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
        Met {
            is_met: invalid.is_empty() && valid.len() >= self.quorum,
            missing: owned(names.into_iter().filter(|name| !valid.contains_key(*name)).collect()),
            invalid: owned(invalid),
            valid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pki::keys::SigningKey,
        proof::{signer::Signer, vkey::Scheme},
    };

    const TEXT: &str = "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn signer(name: &str, scheme: Scheme) -> Signer {
        Signer::new(name, scheme, SigningKey::generate(scheme.algorithm()).unwrap()).unwrap()
    }

    #[test]
    fn a_quorum_counts_names_and_not_lines() {
        let (one, again) = (signer("w1", Scheme::Cosignature), signer("w1", Scheme::MlDsaCosignature));
        let (two, three) = (signer("w2", Scheme::Cosignature), signer("w3", Scheme::Cosignature));
        let keys = [&one, &again, &two, &three].map(|signer| signer.vkey().clone()).to_vec();
        let policy = Policy::new(2, keys).unwrap();
        let mut note = Note::new(TEXT.to_owned()).unwrap();
        note.add([one.sign(TEXT, 20).unwrap(), one.sign(TEXT, 10).unwrap(), again.sign(TEXT, 15).unwrap()]);
        let met = policy.met_by(&note);
        assert!(!met.is_met);
        assert_eq!(met.valid, BTreeMap::from([("w1".to_owned(), 10)]));
        assert_eq!(met.missing, ["w2", "w3"]);
        note.add([signer("w2", Scheme::Cosignature).sign(TEXT, 30).unwrap()]);
        assert!(!policy.met_by(&note).is_met, "another key of the same name is a stranger");
        note.add([three.sign(TEXT, 30).unwrap()]);
        let met = policy.met_by(&note);
        assert!(met.is_met && met.invalid.is_empty());
        assert_eq!(met.missing, ["w2"]);
        assert!(Policy::none().met_by(&note).is_met);
    }

    #[test]
    fn a_false_line_of_a_known_witness_spoils_the_note() {
        let (one, two) = (signer("w1", Scheme::Cosignature), signer("w2", Scheme::Cosignature));
        let policy = Policy::new(1, vec![one.vkey().clone(), two.vkey().clone()]).unwrap();
        let mut note = Note::new(TEXT.to_owned()).unwrap();
        note.add([one.sign(TEXT, 1).unwrap(), two.sign("log\n2\n", 1).unwrap()]);
        let met = policy.met_by(&note);
        assert!(!met.is_met);
        assert_eq!((met.invalid, met.missing), (vec!["w2".to_owned()], vec!["w2".to_owned()]));
    }

    #[test]
    fn a_policy_that_could_be_met_wrongly_is_refused() {
        let key = SigningKey::generate(Scheme::Cosignature.algorithm()).unwrap().verifying_key().unwrap();
        let vkey = |name, scheme| Vkey::new(name, scheme, key.clone()).unwrap();
        assert!(Policy::new(1, vec![vkey("w1", Scheme::Cosignature)]).is_ok());
        assert!(Policy::new(2, vec![vkey("w1", Scheme::Cosignature)]).is_err());
        assert!(Policy::new(2, vec![vkey("w1", Scheme::Cosignature), vkey("w2", Scheme::Cosignature)]).is_err());
        assert!(Policy::new(1, vec![vkey("log", Scheme::Note)]).is_err());
    }
}
