//! Validation by XML Schema 1.0, streaming: all that is wrong with a document, with places and French sentences. The
//! schemas themselves are given by the caller; nothing is ever fetched.

pub(in crate::xml) mod compile;
mod expected;
mod trail;
mod watch;

use std::{
    cell::RefCell,
    io::{self, BufRead, Read},
    ops::ControlFlow,
};

use xsd_schema::{
    SchemaSet,
    validation::{DriveWithError, SchemaValidator, ValidationFlags, drive_quick_xml_with},
    xml::ParseLimits,
};

use crate::xml::{
    encoding::{self, Fault},
    french_form,
    limits::Limits,
    schema::{
        trail::{Place, TooLong, Trail, Trailed},
        watch::{Queue, Watch},
    },
    violation::{Kind, Violation},
};

/// Why the house could not compile a schema, or read a document to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No schema document was given.
    #[error("no schema was given")]
    Empty,
    /// An include or import names a file that is not in the list.
    #[error("schema {file:?} is named by another but not given")]
    Unresolved {
        /// The location as written.
        file: String,
    },
    /// A schema document is not a valid schema.
    #[error("the schema cannot be compiled")]
    Invalid(#[source] xsd_schema::SchemaError),
    /// The source of a document failed.
    #[error("the document cannot be read")]
    Read(#[source] io::Error),
    /// The engine met one of its own limits or contradictions.
    #[error("the validation could not be carried through: {0}")]
    Engine(String),
}

/// A compiled schema. Any number of threads may validate with it at once.
pub struct Schema {
    compiled: compile::Compiled,
}

impl Schema {
    /// Compiles a schema from its files, as pairs of name and text; the first is the main document. Includes and
    /// imports are found in the list, by the last part of their location.
    ///
    /// # Errors
    /// When the list is empty, when an include or import is not in it, or when a document is not a valid schema.
    pub fn compile(files: &[(&str, &str)]) -> Result<Self, Error> {
        Ok(Self { compiled: compile::Compiled::new(files)? })
    }

    /// Validates a document as it is read, and tells `on` each violation, in the order of discovery, until it breaks
    /// off. Nothing follows a violation that makes reading on senseless: form, encoding, limit, document type
    /// declaration, unknown root. Unknown references come last, since an identifier may follow its use. Memory does not
    /// grow with the document, but for its identifiers, references and keys.
    ///
    /// # Errors
    /// When the source fails, or the engine itself.
    pub fn validate(
        &self,
        document: impl Read,
        limits: &Limits,
        on: &mut dyn FnMut(Violation) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let trail = RefCell::new(Trail::new());
        let mut source = Trailed::new(encoding::utf8(document), &trail, piece_bytes(limits));
        match source.fill_buf() {
            Ok(start) => {
                if let Some(message) = french_form::no_xml(start) {
                    let _ = on(whole(Kind::NotWellFormed, source.place_of(0), message));
                    return Ok(());
                }
            }
            Err(error) => return unreadable(error, source.place_of(0), on),
        }
        self.compiled.lend(|set| drive(set, source, &trail, limits, on))
    }
}

fn drive<R: BufRead>(
    set: &SchemaSet,
    mut source: Trailed<'_, R>,
    trail: &RefCell<Trail>,
    limits: &Limits,
    on: &mut dyn FnMut(Violation) -> ControlFlow<()>,
) -> Result<(), Error> {
    let queue = Queue::default();
    let flags = ValidationFlags::default() & !ValidationFlags::BUILD_PSVI_TYPED_VALUES;
    let validator = SchemaValidator::new(set, flags);
    if let Some((_, reason)) = validator.content_model_failures().first() {
        return Err(Error::Engine((*reason).to_owned()));
    }
    let mut run = validator.start_run(&queue);
    run.set_parse_limits(parse_limits(limits));
    let mut watch = Watch::new(set, limits, trail, &queue, on);
    match drive_quick_xml_with(&mut source, &mut run, set, &mut watch) {
        Ok(_) => {
            let ended = run.end_validation();
            let _ = watch.tell_queued(None);
            ended.map_err(|error| Error::Engine(error.message))
        }
        Err(DriveWithError::Hook(watch::Stop)) => Ok(()),
        Err(error) => {
            let (kind, place, message) = fatal(error, &mut source, trail, limits)?;
            let _ = watch.tell_here(kind, place, message);
            Ok(())
        }
    }
}

/// What is wrong with a document that cannot be read on; an error when it is not the document's fault.
fn fatal<R: BufRead>(
    error: DriveWithError<watch::Stop>,
    source: &mut Trailed<'_, R>,
    trail: &RefCell<Trail>,
    limits: &Limits,
) -> Result<(Kind, Place, String), Error> {
    match error {
        DriveWithError::NotWellFormed(fault) => {
            let (kind, message) = french_form::form(&fault);
            Ok((kind, source.place_of(fault.position()), message))
        }
        DriveWithError::LimitExceeded(excess) => {
            Ok((Kind::Limit, source.place_of(excess.position()), french_form::limit(&excess)))
        }
        DriveWithError::Io(error) if TooLong::is(&error) => {
            Ok((Kind::Limit, trail.borrow().known(), french_form::piece(limits)))
        }
        DriveWithError::Io(error) => match Fault::within(&error) {
            Some(fault) => Ok((Kind::Encoding, trail.borrow_mut().end(), french_form::encoding(fault))),
            None => Err(Error::Read(error)),
        },
        other => Err(Error::Engine(other.to_string())),
    }
}

/// An error before the first character: the encoding's violation, or the source's failure.
fn unreadable(error: io::Error, place: Place, on: &mut dyn FnMut(Violation) -> ControlFlow<()>) -> Result<(), Error> {
    let Some(fault) = Fault::within(&error) else { return Err(Error::Read(error)) };
    let _ = on(whole(Kind::Encoding, place, french_form::encoding(fault)));
    Ok(())
}

/// A violation of the document as a whole.
fn whole(kind: Kind, place: Place, message: String) -> Violation {
    let Place { line, column } = place;
    Violation { kind, line, column, element: String::new(), path: "/".to_owned(), message }
}

/// The engine holds one piece of markup or text in memory before it measures it, and a text until the tag behind it.
fn piece_bytes(limits: &Limits) -> u64 {
    u64::from(limits.text_bytes).saturating_mul(2)
}

fn parse_limits(limits: &Limits) -> ParseLimits {
    let count = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
    ParseLimits::none()
        .with_max_depth(count(limits.depth))
        .with_max_attributes(count(limits.attributes))
        .with_max_namespace_declarations(count(limits.namespaces))
        .with_max_namespaces_in_scope(count(limits.namespaces))
        .with_max_name_bytes(count(limits.name_bytes))
        .with_max_namespace_uri_bytes(count(limits.name_bytes))
        .with_max_attribute_value_bytes(count(limits.text_bytes))
        .with_max_text_bytes(count(limits.text_bytes))
}
