//! From the bytes of a document to UTF-8, as they come. The XML declaration stays as it was written: neither engine
//! obeys it, both read UTF-8, and so lines and columns remain those of the author.

use std::{
    io::{self, BufRead, Read},
    sync::Arc,
};

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, ISO_8859_15, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes read at once from the source.
const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes in which an XML declaration must end to be found.
const DECLARATION_BYTES: usize = 1024;

/// What is wrong with the encoding of a document. It travels inside an [`io::Error`] of kind `InvalidData`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The encoding is none of UTF-8, UTF-16, ISO-8859-1, ISO-8859-15 and windows-1252.
    #[error("encoding {0:?} is not accepted")]
    NotAccepted(String),
    /// The declaration says one encoding and the first bytes another.
    #[error("declared as {declared:?} but written in {found}")]
    Contradiction {
        /// The encoding as declared.
        declared: String,
        /// The encoding that the first bytes show.
        found: &'static str,
    },
    /// A sequence of bytes has no meaning in the encoding.
    #[error("bytes that are not {0}")]
    Malformed(&'static str),
}

impl Fault {
    /// The fault that `error` carries, if it carries one, through the layers that readers put around it.
    pub fn within(error: &io::Error) -> Option<&Self> {
        let inner = error.get_ref()?;
        if let Some(shared) = inner.downcast_ref::<Arc<io::Error>>() {
            return Self::within(shared);
        }
        match inner.downcast_ref::<io::Error>() {
            Some(wrapped) => Self::within(wrapped),
            None => inner.downcast_ref(),
        }
    }
}

/// Reads `source` as UTF-8, by its byte order mark and its XML declaration; the mark is taken away. UTF-8 is checked
/// and handed on, everything else is decoded. Reading fails with a [`Fault`] once all that stands before it is read.
pub fn utf8<R: Read>(source: R) -> Utf8<R> {
    Utf8 {
        source,
        form: None,
        raw: Vec::new(),
        text: Vec::new(),
        at: 0,
        valid: 0,
        ended: false,
        chunk: vec![0; CHUNK_BYTES].into_boxed_slice(),
        fault: None,
    }
}

/// The text of a document in UTF-8; made by [`utf8`].
pub struct Utf8<R> {
    source: R,
    /// How to decode; unknown before the first bytes.
    form: Option<Form>,
    /// Bytes read and not yet decoded.
    raw: Vec<u8>,
    /// Decoded text, of which `at..valid` is to be read.
    text: Vec<u8>,
    at: usize,
    valid: usize,
    ended: bool,
    chunk: Box<[u8]>,
    fault: Option<Fault>,
}

enum Form {
    Utf8,
    Latin1,
    Other(&'static Encoding, Decoder),
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let copied = self.fill_buf()?.read(into)?;
        self.consume(copied);
        Ok(copied)
    }
}

impl<R: Read> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.valid {
            if let Some(fault) = &self.fault {
                return Err(io::Error::new(io::ErrorKind::InvalidData, fault.clone()));
            }
            if self.ended && self.form.is_some() {
                return Ok(&[]);
            }
            self.refill()?;
        }
        Ok(self.text.get(self.at..self.valid).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at = self.at.saturating_add(amount).min(self.valid);
    }
}

impl<R: Read> Utf8<R> {
    fn refill(&mut self) -> io::Result<()> {
        if self.form.is_none() {
            while !self.ended && self.raw.len() < DECLARATION_BYTES {
                self.read_more()?;
            }
            match sniff(&self.raw) {
                Ok((form, mark)) => {
                    self.raw.drain(..mark);
                    self.form = Some(form);
                }
                Err(fault) => {
                    self.fault = Some(fault);
                    return Ok(());
                }
            }
        } else {
            self.read_more()?;
        }
        self.decode();
        Ok(())
    }

    /// Appends what the source gives at once to `raw`, and notes the end.
    fn read_more(&mut self) -> io::Result<()> {
        loop {
            match self.source.read(&mut self.chunk) {
                Ok(count) => {
                    self.raw.extend_from_slice(self.chunk.get(..count).unwrap_or_default());
                    self.ended = count == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Moves what `raw` holds to `text`, but for the beginning of a character at its end.
    fn decode(&mut self) {
        self.text.clear();
        self.at = 0;
        match &mut self.form {
            None => {}
            Some(Form::Utf8) => self.check_utf8(),
            Some(Form::Latin1) => {
                self.text.resize(self.raw.len().saturating_mul(2), 0);
                let written = encoding_rs::mem::convert_latin1_to_utf8(&self.raw, &mut self.text);
                self.text.truncate(written);
                self.raw.clear();
            }
            Some(Form::Other(encoding, decoder)) => {
                let room = decoder.max_utf8_buffer_length_without_replacement(self.raw.len());
                self.text.resize(room.unwrap_or_default(), 0);
                let (result, _, written) =
                    decoder.decode_to_utf8_without_replacement(&self.raw, &mut self.text, self.ended);
                self.text.truncate(written);
                self.raw.clear();
                if let DecoderResult::Malformed(..) = result {
                    self.fault = Some(Fault::Malformed(encoding.name()));
                }
            }
        }
        self.valid = self.text.len();
    }

    fn check_utf8(&mut self) {
        std::mem::swap(&mut self.text, &mut self.raw);
        let Err(error) = std::str::from_utf8(&self.text) else { return };
        let rest = self.text.split_off(error.valid_up_to());
        if error.error_len().is_some() || self.ended {
            self.fault = Some(Fault::Malformed("UTF-8"));
        } else {
            self.raw = rest;
        }
    }
}

/// The form of a text by its first bytes (XML 1.0, appendix F), and the length of its byte order mark.
fn sniff(start: &[u8]) -> Result<(Form, usize), Fault> {
    let wide = |encoding: &'static Encoding, mark: usize| {
        let declared = declared_wide(encoding, start.get(mark..).unwrap_or_default());
        agree(declared, encoding.name(), &["utf-16", encoding.name()])?;
        Ok((Form::Other(encoding, encoding.new_decoder_without_bom_handling()), mark))
    };
    match start {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            agree(declared_in(rest), "UTF-8", &["utf-8", "utf8"])?;
            Ok((Form::Utf8, 3))
        }
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] | [b'<', 0, 0, 0, ..] | [0, 0, 0, b'<', ..] => {
            Err(Fault::NotAccepted("UTF-32".to_owned()))
        }
        [0x4C, 0x6F, 0xA7, 0x94, ..] => Err(Fault::NotAccepted("EBCDIC".to_owned())),
        [0xFF, 0xFE, ..] => wide(UTF_16LE, 2),
        [0xFE, 0xFF, ..] => wide(UTF_16BE, 2),
        [b'<', 0, ..] => wide(UTF_16LE, 0),
        [0, b'<', ..] => wide(UTF_16BE, 0),
        _ => Ok((narrow(declared_in(start))?, 0)),
    }
}

/// Refuses a declaration that is none of `names`.
fn agree(declared: Option<String>, found: &'static str, names: &[&str]) -> Result<(), Fault> {
    match declared {
        Some(declared) if !names.iter().any(|name| declared.eq_ignore_ascii_case(name)) => {
            Err(Fault::Contradiction { declared, found })
        }
        _ => Ok(()),
    }
}

/// The form of a text without mark whose ASCII characters stand on one byte each.
fn narrow(declared: Option<String>) -> Result<Form, Fault> {
    let Some(declared) = declared else { return Ok(Form::Utf8) };
    let other = |encoding: &'static Encoding| Form::Other(encoding, encoding.new_decoder_without_bom_handling());
    match declared.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Ok(Form::Utf8),
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" => Ok(Form::Latin1),
        "iso-8859-15" | "iso8859-15" | "iso_8859-15" | "latin-9" => Ok(other(ISO_8859_15)),
        "windows-1252" | "cp1252" => Ok(other(WINDOWS_1252)),
        name if name.starts_with("utf-16") => Err(Fault::Contradiction { declared, found: "UTF-8" }),
        _ => Err(Fault::NotAccepted(declared)),
    }
}

/// The encoding that the XML declaration at the start of a 16-bit text names.
fn declared_wide(encoding: &'static Encoding, start: &[u8]) -> Option<String> {
    let mut text = [0; DECLARATION_BYTES * 2];
    let start = start.get(..start.len().min(DECLARATION_BYTES)).unwrap_or_default();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (result, _, written, _) = decoder.decode_to_utf8(start, &mut text, false);
    match result {
        CoderResult::InputEmpty | CoderResult::OutputFull => declared_in(text.get(..written).unwrap_or_default()),
    }
}

/// The encoding that the XML declaration at the start of `text` names.
fn declared_in(text: &[u8]) -> Option<String> {
    let inside = text.get(..text.len().min(DECLARATION_BYTES))?.strip_prefix(b"<?xml")?;
    let end = inside.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(inside.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (name, _) = value.get(1..)?.split_once(quote)?;
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that gives one byte at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let mut one = self.0.take(1);
            let read = one.read(into)?;
            self.0 = self.0.get(read..).unwrap_or_default();
            Ok(read)
        }
    }

    fn decoded(bytes: &[u8]) -> Result<String, Fault> {
        let mut whole = String::new();
        let at_once = utf8(bytes).read_to_string(&mut whole).map_err(|error| Fault::within(&error).cloned().unwrap());
        let mut drop = String::new();
        let dripped =
            utf8(Drip(bytes)).read_to_string(&mut drop).map_err(|error| Fault::within(&error).cloned().unwrap());
        assert_eq!(at_once, dripped);
        at_once.map(|_| {
            assert_eq!(whole, drop);
            whole
        })
    }

    fn wide(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn each_accepted_encoding_gives_the_same_text() {
        assert_eq!(decoded("<a>é€</a>".as_bytes()).unwrap(), "<a>é€</a>");
        assert_eq!(decoded(b"\xEF\xBB\xBF<a/>").unwrap(), "<a/>");
        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9</a>";
        assert!(decoded(latin).unwrap().ends_with("<a>é</a>"));
        let euro = b"<?xml version='1.0' encoding='ISO-8859-15'?><a>\xA4</a>";
        assert!(decoded(euro).unwrap().ends_with("<a>€</a>"));
        let windows = b"<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>";
        assert!(decoded(windows).unwrap().ends_with("<a>€</a>"));
        let text = "<?xml version='1.0' encoding='UTF-16'?><a>é𝄞</a>";
        assert_eq!(decoded(&wide(&format!("\u{FEFF}{text}"), u16::to_le_bytes)).unwrap(), text);
        assert_eq!(decoded(&wide(&format!("\u{FEFF}{text}"), u16::to_be_bytes)).unwrap(), text);
        assert_eq!(decoded(&wide(text, u16::to_be_bytes)).unwrap(), text);
    }

    #[test]
    fn a_declaration_that_the_bytes_contradict_is_a_fault() {
        let text = "<?xml version='1.0' encoding='UTF-8'?><a/>";
        let found = |bytes: &[u8]| match decoded(bytes) {
            Err(Fault::Contradiction { found, .. }) => found,
            other => panic!("{other:?}"),
        };
        assert_eq!(found(&wide(&format!("\u{FEFF}{text}"), u16::to_le_bytes)), "UTF-16LE");
        assert_eq!(found(b"<?xml version='1.0' encoding='UTF-16'?><a/>"), "UTF-8");
        assert_eq!(found(b"\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-8859-1'?><a/>"), "UTF-8");
    }

    #[test]
    fn bytes_outside_the_encoding_and_foreign_encodings_are_faults() {
        assert_eq!(decoded(b"<a>\xE9</a>"), Err(Fault::Malformed("UTF-8")));
        assert_eq!(decoded(b"<a>\xC3"), Err(Fault::Malformed("UTF-8")));
        assert_eq!(decoded(b"\xFF\xFE<\0a\0\x00\xD8<\0"), Err(Fault::Malformed("UTF-16LE")));
        assert_eq!(
            decoded(b"<?xml version='1.0' encoding='Shift_JIS'?><a/>"),
            Err(Fault::NotAccepted("Shift_JIS".to_owned()))
        );
        assert_eq!(decoded(b"\xFF\xFE\0\0<\0\0\0"), Err(Fault::NotAccepted("UTF-32".to_owned())));
    }

    #[test]
    fn what_stands_before_a_fault_is_read_first() {
        let mut read = Vec::new();
        let error = utf8(&b"<a>bon\xE9"[..]).read_to_end(&mut read).unwrap_err();
        assert_eq!((read.as_slice(), Fault::within(&error)), (&b"<a>bon"[..], Some(&Fault::Malformed("UTF-8"))));
    }
}
