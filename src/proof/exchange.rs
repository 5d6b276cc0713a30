//! The words between a log and a witness (C2SP tlog-witness, `add-checkpoint`): bytes only, HTTP is others' affair.

use std::fmt;

use crate::proof::{
    checkpoint::SignedCheckpoint,
    error::{Malformed, decimal},
    merkle::{Hash, PROOF_HASHES},
    note::{NOTE_BYTES, Note, Signature},
    vkey::Vkey,
};

/// Bytes of the longest request: a note, and a proof before it.
pub const REQUEST_BYTES: usize = NOTE_BYTES + (4 << 10);

/// The path below a witness's submission prefix.
pub const PATH: &str = "/add-checkpoint";

/// The media type of an answer that tells a size (409).
pub const SIZE_TYPE: &str = "text/x.tlog.size";

const WHAT: &str = "an add-checkpoint request";

/// What a log asks of a witness. Its `Display` is the body of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the last checkpoint that the witness cosigned, as the log knows it; 0 when none.
    pub old: u64,
    /// That the new checkpoint begins with the old one.
    pub proof: Vec<Hash>,
    /// The new checkpoint, signed by the log.
    pub checkpoint: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let malformed = |why| Malformed::new(WHAT, why);
        let text = str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, note) = text.split_once("\n\n").ok_or(malformed("no empty line ends the proof"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?));
        let old = old.ok_or(malformed("its first line is no old size"))?;
        let proof: Option<Vec<Hash>> = lines.take(PROOF_HASHES + 1).map(Hash::from_base64).collect();
        let proof = proof.filter(|proof| proof.len() <= PROOF_HASHES);
        let proof = proof.ok_or(malformed("a line of the proof is no hash, or there are too many"))?;
        Ok(Self { old, proof, checkpoint: SignedCheckpoint::parse(note.as_bytes())? })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// What a witness answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It cosigned: the lines of its known keys that verify, to add to the note.
    Cosigned(Vec<Signature>),
    /// It stands at another size (409): ask again from there. When that is the size of the checkpoint itself, it saw
    /// another one: a fork.
    Stands {
        /// The size of the last checkpoint that it cosigned.
        size: u64,
    },
    /// It refuses, by this status: 403 and 404 do not know the log, 422 sees no proof.
    Refused(u16),
    /// It says that it cosigned, and none of its known keys did.
    Useless,
}

impl Answer {
    /// Reads the answer to the request for this note, by a witness of which these keys are known.
    pub fn read(status: u16, body: &[u8], note: &Note, keys: &[Vkey]) -> Self {
        let text = Some(body).filter(|body| body.len() <= NOTE_BYTES).and_then(|body| str::from_utf8(body).ok());
        match (status, text) {
            (200, Some(text)) => cosigned(text, note, keys),
            (409, Some(text)) => {
                text.strip_suffix('\n').and_then(decimal).map_or(Self::Refused(409), |size| Self::Stands { size })
            }
            (200, None) => Self::Useless,
            _ => Self::Refused(status),
        }
    }
}

fn cosigned(text: &str, note: &Note, keys: &[Vkey]) -> Answer {
    let keys: Vec<Vkey> = keys.iter().filter(|key| key.scheme().is_timed()).cloned().collect();
    let Ok(lines) = Signature::parse_lines(text) else { return Answer::Useless };
    let answered = note.with_only(lines).only(&keys);
    if answered.signatures().is_empty() { Answer::Useless } else { Answer::Cosigned(answered.signatures().to_vec()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        pki::keys::SigningKey,
        proof::{signer::Signer, vkey::Scheme},
    };

    /// The example of C2SP tlog-witness.
    const REQUEST: &str = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n\
        example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

    #[test]
    fn the_published_request_is_read_and_written() {
        let request = AddCheckpoint::parse(REQUEST.as_bytes()).unwrap();
        assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
        assert_eq!(request.checkpoint.checkpoint().size(), 20_852_163);
        assert_eq!(request.checkpoint.note().signatures().len(), 2);
        assert_eq!(request.to_string(), REQUEST);
    }

    #[test]
    fn other_bodies_are_no_requests() {
        let hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
        let many = |count| REQUEST.replacen(hash, &hash.repeat(count), 1);
        assert_eq!(AddCheckpoint::parse(many(60).as_bytes()).unwrap().proof.len(), 63);
        for wrong in [
            String::new(),
            many(61),
            REQUEST.replace("old ", "old  "),
            REQUEST.replace("old 2", "old 02"),
            REQUEST.replace("old 2", "new 2"),
            REQUEST.replacen("=\n", "\n", 1),
            REQUEST.replacen("=\n", "= \n", 1),
            REQUEST.replacen("\n\n", "\n", 1),
            REQUEST.replace('\n', "\r\n"),
        ] {
            assert!(AddCheckpoint::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_known_keys_count_in_an_answer() {
        let signer = |name, scheme: Scheme| {
            Signer::new(name, scheme, SigningKey::generate(scheme.algorithm()).unwrap()).unwrap()
        };
        let (witness, stranger) = (signer("w", Scheme::Cosignature), signer("w", Scheme::Cosignature));
        let request = AddCheckpoint::parse(REQUEST.as_bytes()).unwrap();
        let note = request.checkpoint.note();
        let keys = [witness.vkey().clone()];
        let line = |signer: &Signer, text: &str| signer.sign(text, 5).unwrap().to_string();
        let (good, unknown) = (line(&witness, note.text()), line(&stranger, note.text()));
        let Answer::Cosigned(lines) = Answer::read(200, format!("{unknown}{good}").as_bytes(), note, &keys) else {
            panic!("the witness cosigned")
        };
        assert_eq!(lines.iter().map(ToString::to_string).collect::<Vec<_>>(), [good]);
        for useless in [String::new(), "\n".to_owned(), unknown, line(&witness, "log\n1\n"), "é".to_owned()] {
            assert_eq!(Answer::read(200, useless.as_bytes(), note, &keys), Answer::Useless, "{useless}");
        }
        assert_eq!(Answer::read(409, b"12\n", note, &keys), Answer::Stands { size: 12 });
        assert_eq!(Answer::read(409, b"twelve\n", note, &keys), Answer::Refused(409));
        assert_eq!(Answer::read(200, &[0xff], note, &keys), Answer::Useless);
        assert_eq!(Answer::read(422, b"", note, &keys), Answer::Refused(422));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = AddCheckpoint::parse(&[b"old 1\n", bytes.as_slice()].concat());
            let note = Note::new("text\n".to_owned()).unwrap();
            let _ = Answer::read(200, &bytes, &note, &[]);
        }
    }
}
