//! Signed notes (C2SP signed-note): a text and the signature lines below it, of which unknown ones are kept and ignored.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::proof::{
    cosignature,
    error::Malformed,
    vkey::{Vkey, is_name},
};

/// Bytes of the longest note that is read: 256 KiB, several dozens of post-quantum signatures.
pub const NOTE_BYTES: usize = 256 << 10;

/// Signature lines of a note; C2SP asks for at least 16.
const SIGNATURES: usize = 64;

/// What opens a signature line: an em dash and a space.
const DASH: &str = "\u{2014} ";

const WHAT: &str = "a signed note";

/// A signature line.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    id: u32,
    bytes: Vec<u8>,
}

impl Signature {
    /// A line by `key`.
    pub(super) fn new(key: &Vkey, bytes: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), id: key.id(), bytes }
    }

    /// The name of the key that claims to have signed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the lines that follow a text, each with its line end.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, Malformed> {
        let lines = text.strip_suffix('\n').ok_or(Malformed::new(WHAT, "its last line does not end"))?;
        let signatures: Vec<Self> =
            lines.split('\n').take(SIGNATURES + 1).map(Self::parse).collect::<Result<_, Malformed>>()?;
        if signatures.len() > SIGNATURES {
            return Err(Malformed::new(WHAT, "it has too many signatures"));
        }
        Ok(signatures)
    }

    fn parse(line: &str) -> Result<Self, Malformed> {
        let malformed = Malformed::new(WHAT, "a line is no signature");
        let (name, value) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(malformed)?;
        let bytes = STANDARD.decode(value).map_err(|_| malformed)?;
        let (id, bytes) = bytes.split_first_chunk().filter(|(_, bytes)| !bytes.is_empty()).ok_or(malformed)?;
        if !is_name(name) {
            return Err(malformed);
        }
        Ok(Self { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.to_be_bytes(), self.bytes.as_slice()].concat();
        writeln!(f, "{DASH}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({}+{:08x})", self.name, self.id)
    }
}

/// A text and who claims to have signed it. Its `Display` is the note, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// A key that did sign, and when it says that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The key.
    pub key: &'a Vkey,
    /// Seconds since 1970-01-01T00:00:00Z, by a cosigner's own clock; 0 when it says nothing of time.
    pub time: u64,
}

/// What known keys have to do with a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatories<'a> {
    /// The keys whose every line verifies, once each, with their earliest time.
    pub valid: Vec<Signed<'a>>,
    /// The keys with a line that does not verify: the note is to be rejected (C2SP signed-note).
    pub invalid: Vec<&'a Vkey>,
}

impl Note {
    /// A text that nobody signed yet.
    ///
    /// # Errors
    /// The text does not end with a line end, or has a control character.
    pub fn new(text: String) -> Result<Self, Malformed> {
        if !text.ends_with('\n') || text.contains(|c: char| c < ' ' && c != '\n') {
            return Err(Malformed::new(WHAT, "its text does not end, or has control characters"));
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Reads a note: at most 256 KiB, 64 signatures and at least one.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > NOTE_BYTES {
            return Err(Malformed::new(WHAT, "it is too long"));
        }
        let whole = str::from_utf8(bytes).map_err(|_| Malformed::new(WHAT, "it is not UTF-8"))?;
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(Malformed::new(WHAT, "no empty line ends its text"))?;
        let note = Self::new(format!("{text}\n"))?;
        Ok(Self { signatures: Signature::parse_lines(lines)?, ..note })
    }

    /// The text, with its last line end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in their order, verified or not.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds signature lines at the end, those that are there already left out.
    pub fn add(&mut self, signatures: impl IntoIterator<Item = Signature>) {
        for signature in signatures {
            if !self.signatures.contains(&signature) {
                self.signatures.push(signature);
            }
        }
    }

    /// The same text below which stand these lines alone.
    pub(super) fn with_only(&self, signatures: Vec<Signature>) -> Self {
        Self { text: self.text.clone(), signatures }
    }

    /// The same text with only the lines of known keys that verify.
    #[must_use]
    pub fn only(&self, keys: &[Vkey]) -> Self {
        let is_valid =
            |line: &&Signature| keys.iter().any(|key| self.verify(line, key).is_some_and(|valid| valid.is_ok()));
        Self { text: self.text.clone(), signatures: self.signatures.iter().filter(is_valid).cloned().collect() }
    }

    /// Which of these keys signed. Lines of other keys, even of the same name, are ignored.
    pub fn signed_by<'a>(&self, keys: &'a [Vkey]) -> Signatories<'a> {
        let mut signatories = Signatories { valid: Vec::new(), invalid: Vec::new() };
        for key in keys {
            let found: Vec<_> = self.signatures.iter().filter_map(|line| self.verify(line, key)).collect();
            if found.iter().any(Result::is_err) {
                signatories.invalid.push(key);
            } else if let Some(time) = found.into_iter().flatten().min() {
                signatories.valid.push(Signed { key, time });
            }
        }
        signatories
    }

    /// Whether a line is by a key and verifies; `None` when it is another's.
    fn verify(&self, line: &Signature, key: &Vkey) -> Option<Result<u64, ()>> {
        let is_by = line.name == key.name() && line.id == key.id();
        is_by.then(|| cosignature::verify(key, &self.text, &line.bytes).ok_or(()))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The examples of C2SP signed-note and of Go's `golang.org/x/mod/sumdb/note`.
    const QUASIMODO: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SAID: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn published_notes_are_read_and_written() {
        let note = Note::parse(QUASIMODO.as_bytes()).unwrap();
        assert!(note.text().ends_with("\n\ned è subito sera.\n"));
        assert_eq!(note.to_string(), QUASIMODO);
        assert_eq!(note.signatures()[0].name(), "quasimodo.example/salvatore");
    }

    #[test]
    fn a_signature_of_go_verifies_and_only_on_its_text() {
        let keys = [PETER.parse().unwrap()];
        let note = Note::parse(SAID.as_bytes()).unwrap();
        assert_eq!(note.signed_by(&keys).valid, [Signed { key: &keys[0], time: 0 }]);
        let other = Note::parse(SAID.replace("answer", "ANSWER").as_bytes()).unwrap();
        assert_eq!(other.signed_by(&keys), Signatories { valid: vec![], invalid: vec![&keys[0]] });
        let stranger = Note::parse(QUASIMODO.as_bytes()).unwrap();
        assert_eq!(stranger.signed_by(&keys), Signatories { valid: vec![], invalid: vec![] });
        let mut both = note.clone();
        both.add(stranger.signatures().iter().chain(note.signatures()).cloned());
        assert_eq!(both.signatures().len(), 2);
        assert_eq!(both.signed_by(&keys).valid.len(), 1);
        assert_eq!(both.only(&keys), note);
    }

    #[test]
    fn other_bytes_are_no_notes() {
        let line = SAID.rsplit_once("\n\n").unwrap().1;
        let many = |count| format!("text\n\n{}", line.repeat(count));
        assert!(Note::parse(many(SIGNATURES).as_bytes()).is_ok());
        for wrong in [
            String::new(),
            "text\n".to_owned(),
            "text\n\n".to_owned(),
            "\n\n".to_owned(),
            SAID.trim_end().to_owned(),
            format!("{SAID}\n"),
            format!("{SAID}x\n"),
            SAID.replace('—', "-"),
            SAID.replace("— Peter", "—Peter"),
            SAID.replace("AM=", "AN="),
            SAID.replace("AM=", "AM"),
            SAID.replace("PeterNeumann x", "Peter+Neumann x"),
            SAID.replace("PeterNeumann x", " x"),
            SAID.replace("If", "I\tf"),
            SAID.replace("If", "I\rf"),
            "text\n\n— name AAAAAA==\n".to_owned(),
            many(SIGNATURES + 1),
            format!("{}\n\n{line}", "x".repeat(NOTE_BYTES)),
        ] {
            assert!(Note::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(Note::parse(&[0xff, b'\n', b'\n']).is_err());
        assert!(Note::new("no end".to_owned()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Note::parse(&bytes);
        }

        #[test]
        fn what_is_read_is_written_the_same(at in 0..SAID.len(), byte: u8) {
            let mut bytes = SAID.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
    }
}
