//! Checkpoints (C2SP tlog-checkpoint): a log's size and root at an instant, as the text of a signed note.

use std::fmt;

use crate::proof::{
    error::{Malformed, decimal},
    merkle::Hash,
    note::{Note, Signed},
    vkey::Vkey,
};

const WHAT: &str = "a checkpoint";

/// What a log says of itself. Its `Display` is the note's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// The checkpoint of a log; we write no extension lines.
    ///
    /// # Errors
    /// The origin is empty, or not one line.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, Malformed> {
        if origin.is_empty() || origin.contains(char::is_control) {
            return Err(Malformed::new(WHAT, "its origin is empty, or not one line"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// Reads the text of a note. Extension lines are kept as they are.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let malformed = |why| Malformed::new(WHAT, why);
        let mut lines = text.strip_suffix('\n').ok_or(malformed("its last line does not end"))?.split('\n');
        let mut line = || lines.next().ok_or(malformed("it has less than three lines"));
        let (origin, size, root) = (line()?, line()?, line()?);
        let size = decimal(size).ok_or(malformed("its size is no number below 2^63"))?;
        let root = Hash::from_base64(root).ok_or(malformed("its root is no hash in base64"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(malformed("a line is empty"));
        }
        Ok(Self { extensions, ..Self::new(origin, size, root)? })
    }

    /// The log's identity.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many entries the log had.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of its tree.
    pub const fn root(&self) -> Hash {
        self.root
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Why a signed checkpoint is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// None of the log's keys signed.
    #[error("no key of the log signed the checkpoint")]
    Unsigned,
    /// A line of a known key does not verify.
    #[error("the signature of `{0}` does not verify")]
    Forged(String),
}

/// A checkpoint in its note. Its `Display` is the note, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// A checkpoint that nobody signed yet: sign it by [`Note::add`] of what a [`Signer`](super::signer::Signer) makes.
    pub fn unsigned(checkpoint: Checkpoint) -> Result<Self, Malformed> {
        Ok(Self { note: Note::new(checkpoint.to_string())?, checkpoint })
    }

    /// Reads a note whose text is a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::of(Note::parse(bytes)?)
    }

    /// Reads the text of a note.
    pub fn of(note: Note) -> Result<Self, Malformed> {
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note })
    }

    /// What the log says.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note.
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// The note, to add signatures to.
    pub const fn note_mut(&mut self) -> &mut Note {
        &mut self.note
    }

    /// The same checkpoint with only the lines of known keys that verify.
    #[must_use]
    pub fn only(&self, keys: &[Vkey]) -> Self {
        Self { checkpoint: self.checkpoint.clone(), note: self.note.only(keys) }
    }

    /// Who of a log's keys signed: keys whose name is the checkpoint's origin; others are passed over.
    ///
    /// # Errors
    /// None did, or one's line does not verify.
    pub fn verify<'a>(&self, keys: &'a [Vkey]) -> Result<Vec<Signed<'a>>, Untrusted> {
        let mut found = self.note.signed_by(keys);
        found.valid.retain(|signed| signed.key.name() == self.checkpoint.origin);
        found.invalid.retain(|key| key.name() == self.checkpoint.origin);
        match found.invalid.first() {
            Some(key) => Err(Untrusted::Forged(key.name().to_owned())),
            None if found.valid.is_empty() => Err(Untrusted::Unsigned),
            None => Ok(found.valid),
        }
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pki::keys::{Algorithm, SigningKey},
        proof::{signer::Signer, vkey::Scheme},
    };

    /// The example of C2SP tlog-checkpoint.
    const SOFA: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

    #[test]
    fn the_published_checkpoint_is_read_and_written() {
        let signed = SignedCheckpoint::parse(SOFA.as_bytes()).unwrap();
        assert_eq!(signed.checkpoint().origin(), "example.com/behind-the-sofa");
        assert_eq!(signed.checkpoint().size(), 20_852_163);
        assert_eq!(signed.to_string(), SOFA);
        let extended = SOFA.replacen("=\n\n", "=\none more\nand one\n\n", 1);
        assert_eq!(SignedCheckpoint::parse(extended.as_bytes()).unwrap().to_string(), extended);
    }

    #[test]
    fn other_texts_are_no_checkpoints() {
        let text = "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        assert_eq!(Checkpoint::parse(text).unwrap().to_string(), text);
        for wrong in [
            "",
            "\n",
            "origin\n1\n",
            "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "origin\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "origin\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
            "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
            "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n",
            "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
            "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nx\n",
            "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I= \n",
        ] {
            assert!(Checkpoint::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Checkpoint::new("", 0, Hash::new([0; 32])).is_err());
        assert!(Checkpoint::new("a\nb", 0, Hash::new([0; 32])).is_err());
    }

    #[test]
    fn a_log_may_sign_with_several_keys_and_only_its_own_count() {
        let signer = |name, scheme: Scheme| {
            Signer::new(name, scheme, SigningKey::generate(scheme.algorithm()).unwrap()).unwrap()
        };
        let (old, new) = (signer("log", Scheme::Note), signer("log", Scheme::Note));
        let (quantum, other) = (signer("log", Scheme::MlDsaCosignature), signer("other", Scheme::Note));
        let checkpoint = Checkpoint::new("log", 7, Hash::new([7; 32])).unwrap();
        let mut issued = SignedCheckpoint::unsigned(checkpoint).unwrap();
        let keys = [&old, &new, &quantum, &other].map(|signer| signer.vkey().clone());
        assert_eq!(issued.verify(&keys), Err(Untrusted::Unsigned));
        for signer in [&old, &quantum, &other] {
            let line = signer.sign(issued.note().text(), 12).unwrap();
            issued.note_mut().add([line]);
        }
        let again = SignedCheckpoint::parse(issued.to_string().as_bytes()).unwrap();
        let valid: Vec<_> = again.verify(&keys).unwrap().iter().map(|signed| (signed.key.id(), signed.time)).collect();
        assert_eq!(valid, [(old.vkey().id(), 0), (quantum.vkey().id(), 12)]);
        assert_eq!(again.verify(&keys[3..]), Err(Untrusted::Unsigned));
        assert_eq!(again.verify(&keys[1..2]), Err(Untrusted::Unsigned));
        let forged = issued.to_string().replacen("\n7\n", "\n8\n", 1);
        let forged = SignedCheckpoint::parse(forged.as_bytes()).unwrap();
        assert_eq!(forged.verify(&keys), Err(Untrusted::Forged("log".to_owned())));
        assert_eq!(keys[2].key().algorithm(), Algorithm::MlDsa44);
    }
}
