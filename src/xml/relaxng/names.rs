//! Name classes, and the names that a document bears.

use std::{collections::HashMap, sync::Arc};

/// A name of a document, by number.
pub(super) type NameId = usize;

/// A set of names (RELAX NG, section 4.8 and following).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NameClass {
    /// Any name, but for some.
    Any(Option<Box<NameClass>>),
    /// Any name of a namespace, but for some.
    Namespace(Arc<str>, Option<Box<NameClass>>),
    /// One name: namespace, empty for none, and local name.
    Name(Arc<str>, String),
    /// The names of each.
    Choice(Vec<NameClass>),
}

impl NameClass {
    /// Whether a name is in the set; `namespace` is empty for none.
    pub fn contains(&self, namespace: &str, local: &str) -> bool {
        let excepted = |except: &Option<Box<Self>>| except.as_ref().is_some_and(|e| e.contains(namespace, local));
        match self {
            Self::Any(except) => !excepted(except),
            Self::Namespace(own, except) => **own == *namespace && !excepted(except),
            Self::Name(own, name) => **own == *namespace && name == local,
            Self::Choice(all) => all.iter().any(|one| one.contains(namespace, local)),
        }
    }

    /// The single names of the set; none when it has all names of some kind.
    pub fn listed(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Any(_) | Self::Namespace(..) => Vec::new(),
            Self::Name(namespace, local) => vec![(namespace, local)],
            Self::Choice(all) => all.iter().flat_map(Self::listed).collect(),
        }
    }
}

/// The names met in a document.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_namespace: HashMap<String, HashMap<String, NameId>>,
    all: Vec<(Arc<str>, Arc<str>)>,
}

impl Names {
    /// The number of a name; `namespace` is empty for none.
    pub fn number(&mut self, namespace: &str, local: &str) -> NameId {
        if let Some(known) = self.by_namespace.get(namespace).and_then(|locals| locals.get(local)) {
            return *known;
        }
        let number = self.all.len();
        self.all.push((Arc::from(namespace), Arc::from(local)));
        self.by_namespace.entry(namespace.to_owned()).or_default().insert(local.to_owned(), number);
        number
    }

    /// Namespace and local name of a number.
    pub fn name(&self, number: NameId) -> (&str, &str) {
        self.all.get(number).map_or(("", ""), |(namespace, local)| (namespace, local))
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }
}
