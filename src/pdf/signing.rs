//! A signature in a PDF (`PAdES`, ETSI EN 319 142-1): an incremental update with an empty place for it, the bytes that are
//! signed, and the file once the signature is put in its place. The signature itself, a CMS, is made elsewhere.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, StringFormat, dictionary};

use crate::{
    domain::{clock::Timestamp, digest},
    pdf::Error,
};

/// A number that no offset reaches, as wide as any may be.
const UNKNOWN: i64 = 9_999_999_999;
/// How the offsets look before they are known.
const UNKNOWN_RANGE: &[u8] = b"[0 9999999999 9999999999 9999999999]";
/// The flags of an annotation that prints and cannot be moved (ISO 32000-1, 12.5.3); PDF/A asks for the former.
const PRINTED_AND_LOCKED: i64 = 4 | 128;
/// The form holds signatures, and may only be appended to (ISO 32000-1, 12.7.2).
const SIGNED_AND_APPEND_ONLY: i64 = 1 | 2;

/// What a signature says of itself, outside of what is cryptographic.
#[derive(Clone, Debug)]
pub struct Field {
    /// Why it was made.
    pub reason: String,
    /// Where.
    pub place: String,
    /// In whose name.
    pub name: String,
    /// When, as the signer claims.
    pub at: Timestamp,
    /// Bytes kept for the signature; what it does not use stays zero.
    pub reserved_bytes: usize,
}

/// A PDF with an empty place for a signature.
#[derive(Clone, Debug)]
pub struct Prepared {
    bytes: Vec<u8>,
    /// The place, its angle brackets included.
    contents: Range<usize>,
}

/// Appends an invisible signature field to a PDF. Its bytes stay as they are, and so does its conformity to PDF/A: a
/// field without a surface needs no appearance (ISO 19005-3, 6.3.3), and one outside of the page no place in the
/// structure (ISO 14289-1, 7.18.1).
pub fn prepare(pdf: &[u8], field: &Field) -> Result<Prepared, Error> {
    let unreadable = |error: lopdf::Error| Error::Unreadable(error.to_string());
    let appended = catch_unwind(AssertUnwindSafe(|| append(pdf, field)));
    let mut bytes = appended.map_err(|_| Error::Unreadable("its reader gave up".to_owned()))?.map_err(unreadable)?;
    let contents = find(&bytes, pdf.len(), &place(field.reserved_bytes));
    let range = find(&bytes, pdf.len(), UNKNOWN_RANGE);
    let (Some(contents), Some(range)) = (contents, range) else {
        return Err(Error::Unreadable("its update lacks a place for the signature".to_owned()));
    };
    let after = bytes.len() - contents.end;
    let mut known = format!("[0 {} {} {after}", contents.start, contents.end).into_bytes();
    known.resize(UNKNOWN_RANGE.len() - 1, b' ');
    known.push(b']');
    bytes.splice(range, known);
    Ok(Prepared { bytes, contents })
}

impl Prepared {
    /// What is signed: all of the file but the place of the signature, in two parts.
    pub fn bytes_to_sign(&self) -> [&[u8]; 2] {
        let (before, from) = self.bytes.split_at(self.contents.start);
        let (_, after) = from.split_at(self.contents.len());
        [before, after]
    }

    /// Puts the signature, a CMS in DER, in its place.
    pub fn finish(mut self, cms_der: &[u8]) -> Result<Vec<u8>, Error> {
        let reserved = (self.contents.len() - 2) / 2;
        if cms_der.len() > reserved {
            return Err(Error::NoRoom { needed: cms_der.len(), reserved });
        }
        let from = self.contents.start + 1;
        let hexadecimal = digest::to_hex(cms_der);
        self.bytes.splice(from..from + hexadecimal.len(), hexadecimal.into_bytes());
        Ok(self.bytes)
    }
}

/// An empty place of so many bytes, as it is written.
fn place(bytes: usize) -> Vec<u8> {
    [b"<".as_slice(), &b"00".repeat(bytes), b">"].concat()
}

/// Where the only such bytes stand, after `from`.
fn find(bytes: &[u8], from: usize, sought: &[u8]) -> Option<Range<usize>> {
    let at = from + bytes.get(from..)?.windows(sought.len()).position(|window| window == sought)?;
    Some(at..at + sought.len())
}

fn append(pdf: &[u8], field: &Field) -> lopdf::Result<Vec<u8>> {
    let before = Document::load_mem(pdf)?;
    let page = *before.get_pages().get(&1).ok_or(lopdf::Error::PageNumberNotFound(1))?;
    let catalog = before.trailer.get(b"Root")?.as_reference()?;
    let mut update = IncrementalDocument::create_from(pdf.to_vec(), before);
    let form = form(&mut update, catalog)?;
    let number = held(&mut update, form, b"Fields")?.len() + 1;
    let signature = update.new_document.add_object(signature(field));
    let widget = update.new_document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Sig",
        "T" => Object::string_literal(format!("Signature{number}")),
        "TU" => text("Signature électronique"),
        "V" => signature, "P" => page,
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        "F" => PRINTED_AND_LOCKED,
    });
    held(&mut update, form, b"Fields")?.push(widget.into());
    update.new_document.get_dictionary_mut(form)?.set("SigFlags", SIGNED_AND_APPEND_ONLY);
    update.opt_clone_object_to_new_document(page)?;
    held(&mut update, page, b"Annots")?.push(widget.into());
    renew_identifier(&mut update.new_document.trailer, field.at, pdf.len());
    let mut bytes = Vec::with_capacity(pdf.len() + 2 * field.reserved_bytes + 4096);
    update.save_to(&mut bytes)?;
    Ok(bytes)
}

/// The document's form, an object of its own; made when there is none.
fn form(update: &mut IncrementalDocument, catalog: ObjectId) -> lopdf::Result<ObjectId> {
    update.opt_clone_object_to_new_document(catalog)?;
    let held = update.new_document.get_dictionary(catalog)?.get(b"AcroForm").ok().cloned();
    if let Some(Object::Reference(form)) = held {
        update.opt_clone_object_to_new_document(form)?;
        return Ok(form);
    }
    let form = update.new_document.add_object(held.unwrap_or_else(|| Dictionary::new().into()));
    update.new_document.get_dictionary_mut(catalog)?.set("AcroForm", form);
    Ok(form)
}

/// The array that a dictionary of the update holds, in itself or by reference; made when there is none.
fn held<'a>(update: &'a mut IncrementalDocument, holder: ObjectId, key: &[u8]) -> lopdf::Result<&'a mut Vec<Object>> {
    let holding = update.new_document.get_dictionary_mut(holder)?;
    match holding.get(key) {
        Ok(Object::Reference(array)) => {
            let array = *array;
            update.opt_clone_object_to_new_document(array)?;
            return update.new_document.get_object_mut(array)?.as_array_mut();
        }
        Ok(_) => {}
        Err(_) => holding.set(key, Vec::<Object>::new()),
    }
    update.new_document.get_dictionary_mut(holder)?.get_mut(key)?.as_array_mut()
}

fn signature(field: &Field) -> Dictionary {
    let unknown = Object::Integer(UNKNOWN);
    dictionary! {
        "Type" => "Sig", "Filter" => "Adobe.PPKLite", "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), unknown.clone(), unknown.clone(), unknown],
        "Contents" => Object::String(vec![0; field.reserved_bytes], StringFormat::Hexadecimal),
        "M" => Object::string_literal(date(field.at)),
        "Name" => text(&field.name), "Reason" => text(&field.reason), "Location" => text(&field.place),
    }
}

/// A text string, in UTF-16 and written in hexadecimal, so that nothing in it looks like anything else.
fn text(text: &str) -> Object {
    let bytes = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    Object::String(bytes, StringFormat::Hexadecimal)
}

/// An instant as `D:20261122080000Z` (ISO 32000-1, 7.9.4).
fn date(at: Timestamp) -> String {
    let digits: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    format!("D:{digits}Z")
}

/// The second part of a file's identifier tells its revisions apart (ISO 32000-1, 14.4).
fn renew_identifier(trailer: &mut Dictionary, at: Timestamp, length: usize) {
    let revision = [at.millis().to_be_bytes(), u64::try_from(length).unwrap_or_default().to_be_bytes()].concat();
    if let Ok(Object::Array(parts)) = trailer.get_mut(b"ID")
        && let Some(second) = parts.get_mut(1)
    {
        *second = Object::String(revision, StringFormat::Hexadecimal);
    }
}
