//! Entries of the log: one per line of a journal, of which it shows nothing that could be guessed.

use crate::{
    domain::digest::Digest,
    proof::{
        error::Malformed,
        json,
        merkle::{Hash, leaf_hash},
        vkey::Vkey,
    },
};

/// Bytes of the longest entry that we write: 1 KiB.
pub const ENTRY_BYTES: usize = 1 << 10;

const WHAT: &str = "an entry of the log";

/// What the log holds of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line's digest, which its body's salt blinds.
    pub digest: Digest,
    /// The index of the entry of the first line of the same journal.
    pub journal: u64,
    /// The line's position in its journal, from 0.
    pub position: u64,
    /// What else is public: of two kinds of lines only.
    pub notice: Option<Notice>,
}

/// What is public of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The key that signs the log from the next checkpoint on.
    Key(Vkey),
    /// A checkpoint was time-stamped.
    TimeStamp {
        /// The size of that checkpoint.
        size: u64,
        /// The SHA-512 of the token's DER.
        token: Digest,
    },
}

impl Entry {
    /// The bytes that are hashed and kept: canonical JSON.
    ///
    /// # Errors
    /// They would be longer than 1 KiB, or a number larger than 2⁵³.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Malformed> {
        let bytes = canonical(self).into_bytes();
        let size = if let Some(Notice::TimeStamp { size, .. }) = self.notice { size } else { 0 };
        if [self.journal, self.position, size].into_iter().any(|number| number > json::EXACT) {
            return Err(Malformed::new(WHAT, "a number is larger than 2^53"));
        }
        if bytes.len() > ENTRY_BYTES {
            return Err(Malformed::new(WHAT, "it is longer than 1 KiB"));
        }
        Ok(bytes)
    }

    /// The hash under which the tree has it.
    pub fn leaf(&self) -> Result<Hash, Malformed> {
        Ok(leaf_hash(&self.to_bytes()?))
    }

    /// Reads the bytes of an entry: those that [`to_bytes`](Self::to_bytes) writes, and no other.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > ENTRY_BYTES {
            return Err(Malformed::new(WHAT, "it is longer than 1 KiB"));
        }
        let value = json::from_canonical(bytes)?;
        let absent = Malformed::new(WHAT, "a member is absent or of another type");
        let number = |name| value.get(name).and_then(serde_json::Value::as_u64).ok_or(absent);
        let text = |name| value.get(name).and_then(serde_json::Value::as_str).ok_or(absent);
        let digest = |name| text(name)?.parse::<Digest>().map_err(|_| Malformed::new(WHAT, "a digest is no SHA-512"));
        let notice = if value.get("key").is_some() {
            Some(Notice::Key(text("key")?.parse()?))
        } else if value.get("token").is_some() {
            Some(Notice::TimeStamp { size: number("size")?, token: digest("token")? })
        } else {
            None
        };
        let entry =
            Self { digest: digest("digest")?, journal: number("journal")?, position: number("position")?, notice };
        // The version, unknown members and other writings of the same digest.
        if canonical(&entry).as_bytes() == bytes {
            Ok(entry)
        } else {
            Err(Malformed::new(WHAT, "it is of another form"))
        }
    }
}

/// The bytes of version 1. They never change: what they would mean otherwise is another version.
fn canonical(entry: &Entry) -> String {
    let Entry { digest, journal, position, notice } = entry;
    let (key, time) = match notice {
        None => (String::new(), String::new()),
        Some(Notice::Key(vkey)) => {
            let mut key = "\"key\":".to_owned();
            json::write_string(&vkey.to_string(), &mut key);
            (format!("{key},"), String::new())
        }
        Some(Notice::TimeStamp { size, token }) => (String::new(), format!("\"size\":{size},\"token\":\"{token}\",")),
    };
    format!("{{\"digest\":\"{digest}\",\"journal\":{journal},{key}\"position\":{position},{time}\"version\":1}}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        pki::keys::{Algorithm, SigningKey},
        proof::vkey::Scheme,
    };

    fn entry(notice: Option<Notice>) -> Entry {
        Entry { digest: Digest::new([0xab; 64]), journal: 3, position: 41, notice }
    }

    #[test]
    fn the_bytes_are_pinned() {
        let plain = entry(None).to_bytes().unwrap();
        let expected = format!(r#"{{"digest":"{}","journal":3,"position":41,"version":1}}"#, "ab".repeat(64));
        assert_eq!(plain, expected.as_bytes());
        let stamped = entry(Some(Notice::TimeStamp { size: 42, token: Digest::new([0xcd; 64]) })).to_bytes().unwrap();
        let expected = format!(
            r#"{{"digest":"{}","journal":3,"position":41,"size":42,"token":"{}","version":1}}"#,
            "ab".repeat(64),
            "cd".repeat(64)
        );
        assert_eq!(stamped, expected.as_bytes());
        let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let keyed = entry(Some(Notice::Key(vkey.parse().unwrap()))).to_bytes().unwrap();
        let expected =
            format!(r#"{{"digest":"{}","journal":3,"key":"{vkey}","position":41,"version":1}}"#, "ab".repeat(64));
        assert_eq!(keyed, expected.as_bytes());
        for bytes in [plain, stamped, keyed] {
            assert_eq!(Entry::parse(&bytes).unwrap().to_bytes().unwrap(), bytes);
        }
    }

    #[test]
    fn the_leaf_is_pinned() {
        let leaf = entry(None).leaf().unwrap();
        assert_eq!(format!("{leaf:?}"), LEAF);
    }

    /// Computed apart, with Python's hashlib.
    const LEAF: &str = "18590f595b802f9b2cbecf2e3b1b2d6130ee8e1fec508d5be5c32bf2f420265d";

    #[test]
    fn a_name_with_quotes_stays_canonical() {
        let key = SigningKey::generate(Algorithm::Ed25519).unwrap().verifying_key().unwrap();
        let entry = entry(Some(Notice::Key(Vkey::new("log\"\\é", Scheme::Note, key).unwrap())));
        let bytes = entry.to_bytes().unwrap();
        assert!(json::from_canonical(&bytes).is_ok());
        assert_eq!(Entry::parse(&bytes), Ok(entry));
    }

    #[test]
    fn what_would_not_be_one_entry_for_all_is_refused() {
        let good = String::from_utf8(entry(None).to_bytes().unwrap()).unwrap();
        assert!(Entry::parse(good.as_bytes()).is_ok());
        for wrong in [
            good.replace("\"version\":1", "\"version\":2"),
            good.replace("\"version\":1", "\"size\":1,\"version\":1"),
            good.replace("\"version\":1", "\"version\":1,\"zone\":1"),
            good.replace("\"journal\":3", "\"journal\":-3"),
            good.replace("\"journal\":3", "\"journal\":\"3\""),
            good.replace("\"journal\":3,", ""),
            good.replace("abab", "ABAB"),
            good.replace("ab\"", "\""),
            good.replace(',', ", "),
            format!("{good}\n"),
            "[]".to_owned(),
            "1".to_owned(),
            String::new(),
        ] {
            assert!(Entry::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(Entry { position: (1 << 53) + 1, ..entry(None) }.to_bytes().is_err());
        let key = SigningKey::generate(Algorithm::MlDsa44).unwrap().verifying_key().unwrap();
        let long = entry(Some(Notice::Key(Vkey::new("log", Scheme::MlDsaCosignature, key).unwrap())));
        assert!(long.to_bytes().is_err(), "a post-quantum key is longer than an entry");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(digest: [u8; 32], journal in 0..=1_u64 << 53, position in 0..=1_u64 << 53, stamp: Option<u32>) {
            let digest = Digest::new([digest, digest].concat().try_into().unwrap());
            let notice = stamp.map(|size| Notice::TimeStamp { size: size.into(), token: digest });
            let entry = Entry { digest, journal, position, notice };
            prop_assert_eq!(Entry::parse(&entry.to_bytes().unwrap()), Ok(entry));
        }
    }
}
