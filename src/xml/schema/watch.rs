//! Follows the engine through a document, gives each of its errors a place, and tells it in French.

mod tell;

use std::{
    cell::RefCell,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    ops::ControlFlow,
};

use xsd_schema::{
    SchemaSet, TypeKey,
    ids::NameId,
    validation::{
        AttributeView, DoctypeView, ElementStartView, EndElementInfo, EndOfAttributesView, SchemaInfo, TextKind,
        ValidationError, ValidationEventHandler, ValidationSink, ValidationWarning,
    },
};

use crate::xml::{
    french, french_form,
    limits::Limits,
    schema::{
        expected::{self, Children},
        trail::{Place, Trail},
    },
    violation::{Kind, Violation},
};

/// Errors kept of one event of the document; only unknown references, all told at the end, can be more.
const QUEUE: usize = 10_000;

/// Violations of one document that are explained by what would have been right; finding that out is slow.
const EXPLAINED: u32 = 500;

/// The caller wants no more.
#[derive(Debug)]
pub(super) struct Stop;

/// The engine's errors, until the next event gives them a place.
#[derive(Default)]
pub(super) struct Queue(RefCell<Vec<ValidationError>>);

impl ValidationSink for &Queue {
    fn on_error(&mut self, error: ValidationError) {
        let mut errors = self.0.borrow_mut();
        if errors.len() < QUEUE {
            errors.push(error);
        }
    }

    fn on_warning(&mut self, _: ValidationWarning) {}
}

/// An element that is not yet closed.
struct Open {
    local: String,
    /// Among the like-named children of its parent, from 1.
    position: u64,
    place: Place,
    of: Option<TypeKey>,
    children: Children,
    /// How many children of each name it had, for positions.
    seen: HashMap<NameId, u64>,
    /// Whether what was expected is told already: one replay per element is enough.
    explained: bool,
    /// Bytes of its own text so far, which the engine keeps.
    text_bytes: usize,
    /// The text so far, when the element is a reference.
    reference: Option<String>,
}

/// A reference met in the document.
struct Reference {
    hash: u64,
    place: Place,
}

/// What the engine calls at each event.
pub(super) struct Watch<'a> {
    set: &'a SchemaSet,
    limits: &'a Limits,
    trail: &'a RefCell<Trail>,
    queue: &'a Queue,
    on: &'a mut dyn FnMut(Violation) -> ControlFlow<()>,
    open: Vec<Open>,
    /// Where the last start tag begins.
    start: Place,
    /// Bytes read when the last tag ended, and where the text behind it begins.
    behind: u64,
    references: Vec<Reference>,
    /// References are told in the order of the document: those before this one are done with.
    told: usize,
    is_reference: HashMap<TypeKey, bool>,
    explained: u32,
    /// Names that the set may come to hold, as it interns those of the document.
    names: usize,
}

impl<'a> Watch<'a> {
    pub fn new(
        set: &'a SchemaSet,
        limits: &'a Limits,
        trail: &'a RefCell<Trail>,
        queue: &'a Queue,
        on: &'a mut dyn FnMut(Violation) -> ControlFlow<()>,
    ) -> Self {
        let start = trail.borrow_mut().place_of(0);
        Self {
            set,
            limits,
            trail,
            queue,
            on,
            open: Vec::new(),
            start,
            behind: 0,
            references: Vec::new(),
            told: 0,
            is_reference: HashMap::new(),
            explained: 0,
            names: set.name_table.len().saturating_add(usize::try_from(limits.foreign_names).unwrap_or(usize::MAX)),
        }
    }

    /// Whether one more violation may be explained.
    fn may_explain(&mut self) -> bool {
        self.explained = self.explained.saturating_add(1);
        self.explained <= EXPLAINED
    }

    /// Notes that a tag has ended.
    fn pass(&mut self) {
        let mut trail = self.trail.borrow_mut();
        trail.end_piece();
        trail.end();
        self.behind = trail.total();
    }

    fn refer(&mut self, values: &str, place: Place) {
        let tokens = values.split_ascii_whitespace();
        self.references.extend(tokens.map(|value| Reference { hash: hash(value), place }));
    }

    fn holds_references(&mut self, of: Option<TypeKey>) -> bool {
        let set = self.set;
        of.is_some_and(|of| *self.is_reference.entry(of).or_insert_with(|| expected::is_reference(set, of)))
    }
}

impl ValidationEventHandler for Watch<'_> {
    type Error = Stop;

    fn on_doctype(&mut self, doctype: DoctypeView<'_>) -> Result<(), Stop> {
        let place = self.trail.borrow_mut().place_of(u64::try_from(doctype.byte_pos).unwrap_or(u64::MAX));
        self.tell_here(Kind::Dtd, place, french_form::DTD.to_owned())?;
        Err(Stop)
    }

    fn on_element_start_offset(&mut self, offset: usize) -> Result<(), Stop> {
        self.start = self.trail.borrow_mut().place_of(u64::try_from(offset).unwrap_or(u64::MAX));
        Ok(())
    }

    fn before_element(&mut self, view: ElementStartView<'_>) -> Result<(), Stop> {
        if self.set.name_table.len() > self.names {
            self.tell_here(Kind::Limit, self.start, french_form::names(self.limits))?;
            return Err(Stop);
        }
        let id = self.set.name_table.add(view.local_name);
        let position = self.open.last_mut().map_or(1, |parent| {
            let count = parent.seen.entry(id).or_default();
            *count = count.saturating_add(1);
            *count
        });
        self.open.push(Open {
            local: view.local_name.to_owned(),
            position,
            place: self.start,
            of: None,
            children: Children::default(),
            seen: HashMap::new(),
            explained: false,
            text_bytes: 0,
            reference: None,
        });
        Ok(())
    }

    fn after_element(&mut self, view: ElementStartView<'_>, info: &SchemaInfo) -> Result<(), Stop> {
        let names = &self.set.name_table;
        let namespace = (!view.namespace_uri.is_empty()).then(|| names.add(view.namespace_uri));
        let name = (names.add(view.local_name), namespace);
        let refused = self.queue.0.borrow().iter().any(|error| french::is_unexpected(error.constraint, &error.message));
        let reference = self.holds_references(info.schema_type).then(String::new);
        if let [.., parent, child] = self.open.as_mut_slice() {
            child.of = info.schema_type;
            child.reference = reference;
            if !refused {
                parent.children.push(name);
            }
        } else if let [root] = self.open.as_mut_slice() {
            root.of = info.schema_type;
        }
        self.tell_queued(None)
    }

    fn after_attribute(&mut self, view: AttributeView<'_>, info: &SchemaInfo) -> Result<(), Stop> {
        if self.holds_references(info.schema_type) {
            self.refer(view.value, self.start);
        }
        self.tell_queued(info.schema_type)
    }

    fn after_end_of_attributes(&mut self, _: EndOfAttributesView<'_>) -> Result<(), Stop> {
        self.pass();
        self.tell_queued(None)
    }

    fn on_text(&mut self, _: TextKind, text: &str) -> Result<(), Stop> {
        self.trail.borrow_mut().end_piece();
        let space = text.len().saturating_sub(text.trim_start().len());
        self.behind = self.behind.saturating_add(u64::try_from(space).unwrap_or(0));
        if let Some(open) = self.open.last_mut() {
            open.text_bytes = open.text_bytes.saturating_add(text.len());
            if let Some(value) = &mut open.reference {
                value.push_str(text);
            }
            if open.text_bytes > usize::try_from(self.limits.text_bytes).unwrap_or(usize::MAX) {
                let place = open.place;
                self.tell_here(Kind::Limit, place, french_form::piece(self.limits))?;
                return Err(Stop);
            }
        }
        self.tell_queued(None)
    }

    fn on_comment(&mut self, _: &str) -> Result<(), Stop> {
        self.trail.borrow_mut().end_piece();
        Ok(())
    }

    fn on_processing_instruction(&mut self, _: &str, _: &str) -> Result<(), Stop> {
        self.trail.borrow_mut().end_piece();
        Ok(())
    }

    fn after_end_element(&mut self, _: &EndElementInfo, _: usize) -> Result<(), Stop> {
        self.tell_queued(None)?;
        self.pass();
        if let Some(Open { reference: Some(values), place, .. }) = self.open.pop() {
            self.refer(&values, place);
        }
        Ok(())
    }
}

fn hash(value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
