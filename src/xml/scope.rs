//! Namespace declarations in scope, by the depth at which they were made.

use std::sync::Arc;

use crate::xml::fault::Fault;

/// The namespace to which the prefix `xml` is always bound.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A declaration in scope.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) prefix: String,
    /// Empty: the default namespace is undone.
    pub(crate) namespace: Arc<str>,
    pub(crate) depth: usize,
}

/// The declarations in scope, outermost first.
#[derive(Debug)]
pub(crate) struct Scope {
    bindings: Vec<Binding>,
    xml: Arc<str>,
    limit: usize,
}

impl Scope {
    pub(crate) fn new(limit: usize) -> Self {
        Self { bindings: Vec::new(), xml: Arc::from(XML), limit }
    }

    /// Adds a declaration made by the element at `depth`.
    pub(crate) fn declare(&mut self, prefix: &str, namespace: &str, depth: usize) -> Result<(), Fault> {
        let reserved = prefix == "xmlns" || namespace == XMLNS || (prefix == "xml") != (namespace == XML);
        if reserved || (namespace.is_empty() && !prefix.is_empty()) {
            return Err(Fault::Prefix(prefix.to_owned()));
        }
        if self.bindings.iter().rev().take_while(|b| b.depth == depth).any(|b| b.prefix == prefix) {
            return Err(Fault::Twice(format!("xmlns:{prefix}")));
        }
        if self.bindings.len() >= self.limit {
            return Err(Fault::Namespaces(self.limit));
        }
        // A namespace already in scope is shared rather than kept again.
        let known = self.bindings.iter().rev().find(|b| &*b.namespace == namespace).map(|b| b.namespace.clone());
        let namespace = known.unwrap_or_else(|| Arc::from(namespace));
        self.bindings.push(Binding { prefix: prefix.to_owned(), namespace, depth });
        Ok(())
    }

    /// Forgets what the elements deeper than `depth` declared.
    pub(crate) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|binding| binding.depth > depth) {
            self.bindings.pop();
        }
    }

    /// The declaration in force for a prefix; empty means the default namespace.
    pub(crate) fn binding(&self, prefix: &str) -> Option<&Binding> {
        self.bindings.iter().rev().find(|binding| binding.prefix == prefix)
    }

    /// The namespace of an element's name.
    pub(crate) fn element(&self, prefix: &str) -> Result<Option<Arc<str>>, Fault> {
        match self.binding(prefix) {
            Some(binding) if binding.namespace.is_empty() => Ok(None),
            Some(binding) => Ok(Some(binding.namespace.clone())),
            None if prefix == "xml" => Ok(Some(self.xml.clone())),
            None if prefix.is_empty() => Ok(None),
            None => Err(Fault::Prefix(prefix.to_owned())),
        }
    }

    /// The namespace of an attribute's name: without a prefix, none.
    pub(crate) fn attribute(&self, prefix: &str) -> Result<Option<Arc<str>>, Fault> {
        if prefix.is_empty() { Ok(None) } else { self.element(prefix) }
    }
}
