//! Turns the engine's errors into violations: what is said of each, and where it is.

use std::ops::ControlFlow;

use xsd_schema::{
    TypeKey,
    validation::{InstancePath, PathStep, ValidationError, ValidationSubject},
};

use crate::xml::{
    french::{self, Broken},
    french_words,
    schema::{
        expected,
        trail::Place,
        watch::{Stop, Watch, hash},
    },
    violation::{Kind, Violation},
};

impl Watch<'_> {
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
        let child = broken.child();
        let place = self.place(&broken, depth);
        broken.known = child.is_none_or(|child| expected::is_declared(self.set, child));
        broken.listed = self.alternatives(&broken, depth, of);
        let path = match error.instance_path() {
            Some(path) if child.is_none() => written(path),
            _ => self.path(),
        };
        let (kind, message) = french::tell(&broken);
        let element = child.unwrap_or(element).to_owned();
        self.tell(Violation { kind, line: place.line, column: place.column, element, path, message })?;
        // Of a document of another kind, nothing more can be said.
        if kind == Kind::UnknownElement && depth == 1 && child.is_none() {
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

    fn place(&mut self, broken: &Broken<'_>, depth: usize) -> Place {
        if broken.child().is_some() {
            return self.start;
        }
        if french::is_text(broken.rule) {
            return self.trail.borrow_mut().place_of(self.behind);
        }
        if french::is_incomplete(broken.rule, broken.text) {
            return self.trail.borrow_mut().place_of_tag();
        }
        if broken.rule == "cvc-id.1"
            && let Some(place) = self.place_of_reference(french_words::value(broken))
        {
            return place;
        }
        let open = depth.checked_sub(1).and_then(|at| self.open.get(at));
        open.map_or_else(|| self.trail.borrow_mut().end(), |open| open.place)
    }

    /// What would have been right: elements that could have followed, told once per parent, or values.
    fn alternatives(&mut self, broken: &Broken<'_>, depth: usize, of: Option<TypeKey>) -> Vec<String> {
        let Some(at) = depth.checked_sub(1) else { return Vec::new() };
        if broken.rule == "cvc-enumeration-valid" && self.may_explain() {
            let of = of.or_else(|| self.open.get(at)?.of);
            return of.map_or_else(Vec::new, |of| expected::enumeration(self.set, of));
        }
        if broken.rule != "cvc-complex-type.2.4" || !self.may_explain() {
            return Vec::new();
        }
        match self.open.get_mut(at) {
            Some(open) if !open.explained => {
                open.explained = true;
                open.children.followers(self.set, open.of)
            }
            _ => Vec::new(),
        }
    }

    fn place_of_reference(&mut self, value: &str) -> Option<Place> {
        let hash = hash(value);
        let rest = self.references.get(self.told..)?;
        let found = rest.iter().position(|reference| reference.hash == hash)?;
        let place = rest.get(found)?.place;
        self.told = self.told.saturating_add(found).saturating_add(1);
        Some(place)
    }

    fn tell(&mut self, violation: Violation) -> Result<(), Stop> {
        match (self.on)(violation) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Stop),
        }
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
        path.push('[');
        path.push_str(&position.to_string());
        path.push(']');
    }
}
