//! Follows the engine through a document, gives each of its errors a place, and tells it in French.

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
        AttributeView, DoctypeView, ElementStartView, EndElementInfo, EndOfAttributesView, InstancePath, PathStep,
        SchemaInfo, TextKind, ValidationError, ValidationEventHandler, ValidationSink, ValidationSubject,
        ValidationWarning,
    },
};

use crate::xml::{
    french::{self, Broken},
    french_form,
    limits::Limits,
    schema::{
        expected::{self, Children},
        trail::{Place, Trail},
    },
    violation::{Kind, Violation},
};

/// Errors kept of one event of the document; only unknown references, all told at the end, can be more.
const QUEUE: usize = 10_000;

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
        }
    }

    /// Tells a violation of form, in the innermost open element.
    pub fn tell_here(&mut self, kind: Kind, place: Place, message: String) -> Result<(), Stop> {
        let element = self.open.last().map_or_else(String::new, |open| open.local.clone());
        let path = self.path();
        self.tell(Violation { kind, line: place.line, column: place.column, element, path, message })
    }

    /// Tells the errors since the last event; `of` is the type of the attribute that was just read.
    pub fn tell_queued(&mut self, of: Option<TypeKey>) -> Result<(), Stop> {
        if self.queue.0.borrow().is_empty() {
            return Ok(());
        }
        let errors = self.queue.0.take();
        // The engine may say twice that an element stands where it may not: once the reason is enough.
        let unexpected = |error: &ValidationError| french::is_unexpected(error.constraint, &error.message);
        let stray = errors.iter().any(unexpected);
        let abstracted = errors.iter().any(|error| error.constraint == "cvc-elt.2");
        for error in errors {
            let again = if unexpected(&error) { abstracted } else { stray && error.constraint == "cvc-elt.1" };
            if !again {
                self.tell_error(&error, of)?;
            }
        }
        Ok(())
    }

    fn tell_error(&mut self, error: &ValidationError, of: Option<TypeKey>) -> Result<(), Stop> {
        let (element, attribute) = names(error);
        let mut broken = Broken {
            rule: error.constraint,
            text: &error.message,
            element,
            namespace: error.subject().map_or("", |subject| subject.name().namespace_uri()),
            attribute,
            known: true,
            listed: Vec::new(),
        };
        let depth =
            error.instance_path().map_or(0, |path| path.steps().filter(|step| step.position().is_some()).count());
        let mut place = self.place_at(depth);
        let mut path = error.instance_path().map_or_else(|| "/".to_owned(), written);
        if french::is_unexpected(broken.rule, broken.text) {
            place = self.start;
            broken.known = expected::is_declared(self.set, french::child(broken.text));
            broken.listed = self.explain(depth);
            path = self.path();
        } else if french::is_text(broken.rule) {
            place = self.trail.borrow_mut().place_of(self.behind);
        } else if french::is_incomplete(broken.rule, broken.text) {
            place = self.trail.borrow_mut().place_of_tag();
            broken.listed = self.explain(depth);
        } else if broken.rule == "cvc-enumeration-valid" {
            let of = of.or_else(|| self.open.get(depth.checked_sub(1)?)?.of);
            broken.listed = of.map_or_else(Vec::new, |of| expected::enumeration(self.set, of));
        } else if broken.rule == "cvc-id.1" {
            place = self.place_of_reference(french::value(&broken)).unwrap_or(place);
        }
        let (kind, message) = french::tell(&broken);
        let element = broken.child().unwrap_or(element).to_owned();
        self.tell(Violation { kind, line: place.line, column: place.column, element, path, message })?;
        // Of a document of another kind, nothing more can be said.
        if kind == Kind::UnknownElement && depth == 1 && !french::is_unexpected(error.constraint, &error.message) {
            return Err(Stop);
        }
        Ok(())
    }

    /// The path of the innermost open element.
    fn path(&self) -> String {
        let mut path = String::new();
        for open in &self.open {
            push_step(&mut path, &open.local, open.position);
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }

    /// Notes that a tag has ended.
    fn pass(&mut self) {
        let mut trail = self.trail.borrow_mut();
        trail.end_piece();
        trail.end();
        self.behind = trail.total();
    }

    fn place_at(&mut self, depth: usize) -> Place {
        let open = depth.checked_sub(1).and_then(|at| self.open.get(at));
        open.map_or_else(|| self.trail.borrow_mut().end(), |open| open.place)
    }

    /// What could have followed in the open element at `depth`; told once per element.
    fn explain(&mut self, depth: usize) -> Vec<String> {
        let Some(open) = depth.checked_sub(1).and_then(|at| self.open.get_mut(at)) else { return Vec::new() };
        if std::mem::replace(&mut open.explained, true) {
            return Vec::new();
        }
        open.children.followers(self.set, open.of)
    }

    fn place_of_reference(&mut self, value: &str) -> Option<Place> {
        let hash = hash(value);
        let rest = self.references.get(self.told..)?;
        let found = rest.iter().position(|reference| reference.hash == hash)?;
        let place = rest.get(found)?.place;
        self.told = self.told.saturating_add(found).saturating_add(1);
        Some(place)
    }

    fn refer(&mut self, values: &str, place: Place) {
        let tokens = values.split_ascii_whitespace();
        self.references.extend(tokens.map(|value| Reference { hash: hash(value), place }));
    }

    fn holds_references(&mut self, of: Option<TypeKey>) -> bool {
        let set = self.set;
        of.is_some_and(|of| *self.is_reference.entry(of).or_insert_with(|| expected::is_reference(set, of)))
    }

    fn tell(&mut self, violation: Violation) -> Result<(), Stop> {
        match (self.on)(violation) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop),
        }
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

/// The element at fault, and the attribute when it is one.
fn names(error: &ValidationError) -> (&str, Option<&str>) {
    let element = error.instance_path().and_then(|path| {
        path.steps().rev().find(|step| step.position().is_some()).map(|step| step.name().local_name())
    });
    match error.subject() {
        Some(ValidationSubject::Attribute(name)) => (element.unwrap_or_default(), Some(name.local_name())),
        Some(subject) => (subject.name().local_name(), None),
        None => (element.unwrap_or_default(), None),
    }
}

/// The path as people read it: local names, and positions below the root.
fn written(path: &InstancePath) -> String {
    let mut text = String::new();
    for step in path.steps() {
        match step {
            PathStep::Element { name, position, .. } => {
                push_step(&mut text, name.local_name(), u64::try_from(*position).unwrap_or(u64::MAX));
            }
            other => {
                text.push_str("/@");
                text.push_str(other.name().local_name());
            }
        }
    }
    text
}

fn push_step(path: &mut String, local: &str, position: u64) {
    let root = path.is_empty();
    path.push('/');
    path.push_str(local);
    if !root {
        path.push_str(&format!("[{position}]"));
    }
}

fn hash(value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
