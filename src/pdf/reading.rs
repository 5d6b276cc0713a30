//! What a PDF says of its signatures: in which field, over which bytes, and whether anything was added since. Whether a
//! signature is true is for others to say; nothing here trusts the file, nor stops at what is wrong with it.

use std::{
    collections::BTreeSet,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};

use crate::{domain::digest, pdf::revisions};

/// How much a file may take to be read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one stream once inflated.
    pub inflated_bytes: usize,
    /// Fields of its form.
    pub fields: usize,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How many times the file was written, the first time included; 0 when that cannot be told.
    pub revisions: usize,
    /// Its signatures, in the order of its form.
    pub signatures: Vec<Signature>,
    /// Why no more could be read.
    pub fault: Option<Fault>,
}

/// A signature, as the file presents it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of its field, as `Signature1`.
    pub field: String,
    /// The form of the signature, as `ETSI.CAdES.detached`.
    pub form: String,
    /// Why it was made, in the signer's words.
    pub reason: String,
    /// The two parts of the file that are signed; empty when the file does not say it rightly.
    pub ranges: [Range<usize>; 2],
    /// What they hold of the file.
    pub coverage: Coverage,
    /// The CMS, without the zeros that fill its place.
    pub contents: Vec<u8>,
}

impl Signature {
    /// The bytes that are signed; `None` when the file does not say rightly which they are.
    pub fn signed_bytes<'a>(&self, pdf: &'a [u8]) -> Option<[&'a [u8]; 2]> {
        let [first, second] = self.ranges.clone();
        (self.coverage != Coverage::Broken).then_some([pdf.get(first)?, pdf.get(second)?])
    }
}

/// How much of the file a signature holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of it, but the place of the signature itself.
    Whole,
    /// All of an earlier revision, counted from 1: the rest was added since.
    Revision(usize),
    /// Neither: bytes are left out, or the place left out is not that of this signature.
    Broken,
}

impl Coverage {
    /// The same for a reader.
    pub fn sentence(self) -> String {
        match self {
            Self::Whole => "La signature porte sur le document entier.".to_owned(),
            Self::Revision(revision) => {
                format!("La signature porte sur la révision {revision} ; le document a été complété depuis.")
            }
            Self::Broken => "La signature ne porte pas sur tout le document : il ne faut pas s’y fier.".to_owned(),
        }
    }
}

/// Why a file could not be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no PDF, or a broken one.
    #[error("the PDF cannot be read")]
    Malformed,
    /// Its objects are enciphered.
    #[error("the PDF is encrypted")]
    Encrypted,
    /// Its form has more fields than are read.
    #[error("the PDF has too many fields")]
    TooManyFields,
}

impl Fault {
    /// The same for a reader.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Malformed => "Le fichier n’est pas un PDF lisible.",
            Self::Encrypted => "Le PDF est chiffré.",
            Self::TooManyFields => "Le formulaire du PDF a trop de champs pour être lu.",
        }
    }
}

/// Reads a file, whatever it is.
pub fn read(pdf: &[u8], limits: Limits) -> Reading {
    let ends = revisions::ends(pdf);
    let revisions = ends.len();
    let read = catch_unwind(AssertUnwindSafe(|| signatures(pdf, &ends, limits)));
    match read.unwrap_or(Err(Fault::Malformed)) {
        Ok(signatures) => Reading { revisions, signatures, fault: None },
        Err(fault) => Reading { revisions, signatures: Vec::new(), fault: Some(fault) },
    }
}

fn signatures(pdf: &[u8], ends: &[usize], limits: Limits) -> Result<Vec<Signature>, Fault> {
    let options = LoadOptions::with_max_decompressed_size(limits.inflated_bytes);
    let document = Document::load_mem_with_options(pdf, options).map_err(|_| Fault::Malformed)?;
    if document.is_encrypted() {
        return Err(Fault::Encrypted);
    }
    let fields = fields(&document, limits)?;
    Ok(fields.iter().filter_map(|(name, held)| signature(pdf, ends, name, held)).collect())
}

/// Each signature with the name of its field. A field that holds itself is read once.
fn fields(document: &Document, limits: Limits) -> Result<Vec<(String, &Dictionary)>, Fault> {
    let form = document.catalog().ok().and_then(|catalog| dictionary(document, catalog, b"AcroForm"));
    let Some(form) = form else { return Ok(Vec::new()) };
    let mut waiting: Vec<(String, bool, ObjectId)> = children(document, form, b"Fields", "", false);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    while let Some((prefix, inherited, id)) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        if seen.len() > limits.fields {
            return Err(Fault::TooManyFields);
        }
        let Ok(field) = document.get_dictionary(id) else { continue };
        let part = field.get(b"T").and_then(Object::as_str).map(words).unwrap_or_default();
        let name =
            [prefix.as_str(), part.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
        let signs = field.get(b"FT").and_then(Object::as_name).map_or(inherited, |kind| kind == b"Sig");
        if let Some(held) = dictionary(document, field, b"V").filter(|_| signs) {
            found.push((name.clone(), held));
        }
        waiting.extend(children(document, field, b"Kids", &name, signs));
    }
    Ok(found)
}

/// The fields that a dictionary holds, the last one first.
fn children(
    document: &Document,
    holder: &Dictionary,
    key: &[u8],
    prefix: &str,
    signs: bool,
) -> Vec<(String, bool, ObjectId)> {
    let held = holder.get_deref(key, document).and_then(Object::as_array).map(Vec::as_slice).unwrap_or_default();
    held.iter().rev().filter_map(|kid| Some((prefix.to_owned(), signs, kid.as_reference().ok()?))).collect()
}

fn dictionary<'a>(document: &'a Document, holder: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
    holder.get_deref(key, document).ok()?.as_dict().ok()
}

fn signature(pdf: &[u8], ends: &[usize], name: &str, held: &Dictionary) -> Option<Signature> {
    let contents = held.get(b"Contents").and_then(Object::as_str).ok()?;
    let ranges = ranges(held).filter(|ranges| leave_out(pdf, ranges, contents));
    let coverage = match &ranges {
        Some([_, second]) if second.end == pdf.len() => Coverage::Whole,
        Some([_, second]) => ends
            .iter()
            .position(|end| end.abs_diff(second.end) <= 1 && second.end <= *end)
            .map_or(Coverage::Broken, |at| Coverage::Revision(at + 1)),
        None => Coverage::Broken,
    };
    let said = |key| held.get(key).ok();
    Some(Signature {
        field: name.to_owned(),
        form: said(b"SubFilter")
            .and_then(|form| form.as_name().ok())
            .map(|form| String::from_utf8_lossy(form).into_owned())
            .unwrap_or_default(),
        reason: said(b"Reason").and_then(|reason| reason.as_str().ok()).map(words).unwrap_or_default(),
        ranges: ranges.unwrap_or_default(),
        coverage,
        contents: trimmed(contents).to_vec(),
    })
}

/// The two parts that `ByteRange` names.
fn ranges(held: &Dictionary) -> Option<[Range<usize>; 2]> {
    let numbers = held.get(b"ByteRange").and_then(Object::as_array).ok()?;
    let numbers: Vec<usize> =
        numbers.iter().map(|number| usize::try_from(number.as_i64().ok()?).ok()).collect::<Option<_>>()?;
    let [first, long, second, longer] = numbers.try_into().ok()?;
    Some([first..first.checked_add(long)?, second..second.checked_add(longer)?])
}

/// Whether the two parts begin with the file, lie in it, and leave out the place of these very contents and no more.
fn leave_out(pdf: &[u8], [first, second]: &[Range<usize>; 2], contents: &[u8]) -> bool {
    let place = pdf.get(first.end..second.start).and_then(|place| place.strip_prefix(b"<")?.strip_suffix(b">"));
    let place = place.filter(|place| place.iter().all(u8::is_ascii_hexdigit));
    let written = place.and_then(|place| std::str::from_utf8(place).ok()).and_then(digest::from_hex);
    first.start == 0 && second.end <= pdf.len() && written.as_deref() == Some(contents)
}

/// A DER value without what follows it, by the length that it tells; all of it when it tells none.
fn trimmed(contents: &[u8]) -> &[u8] {
    let length = || -> Option<usize> {
        let told = usize::from(*contents.get(1)?);
        if told < 0x80 {
            return Some(2 + told);
        }
        let bytes = contents.get(2..2 + (told & 0x7f))?;
        let long = bytes.iter().try_fold(0usize, |long, byte| Some(long.checked_mul(256)? + usize::from(*byte)))?;
        // 0x80 alone is BER's indefinite length
        (told > 0x80).then_some(())?;
        (2 + bytes.len()).checked_add(long)
    };
    length().and_then(|length| contents.get(..length)).unwrap_or(contents)
}

/// A text string: UTF-16 when it says so, else as Latin.
fn words(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(wide) => {
            let units = wide.chunks_exact(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)));
            String::from_utf16_lossy(&units.collect::<Vec<_>>())
        }
        None => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cut_at_the_length_that_it_tells() {
        assert_eq!(trimmed(&[0x30, 2, 1, 1, 0, 0]), [0x30, 2, 1, 1]);
        assert_eq!(trimmed(&[0x30, 0x81, 1, 7, 0]), [0x30, 0x81, 1, 7]);
        assert_eq!(trimmed(&[0x30, 0x80, 1, 7, 0]), [0x30, 0x80, 1, 7, 0], "BER ends by itself");
        let far = [0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(trimmed(&far), far, "what is told is not there");
        assert!(trimmed(&[]).is_empty());
    }

    #[test]
    fn words_are_read_in_both_of_their_forms() {
        assert_eq!(words(b"\xfe\xff\0\xc9\0t\0\xe9"), "Été");
        assert_eq!(words(b"\xc9t\xe9"), "Été");
        assert_eq!(words(b"\xfe\xff\0"), "");
    }
}
