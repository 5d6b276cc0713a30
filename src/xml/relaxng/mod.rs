//! Validation by RELAX NG 1.0 (XML syntax), streaming: all that is wrong with a document, element by element, in French.
//! The grammars are given by the caller, whole; nothing is ever fetched.
//!
//! A grammar is read to a tree, simplified to patterns, and validated by derivatives; decision 0017 says how reading goes
//! on after a violation.

mod datatype;
mod derive;
mod limits;
mod names;
mod pattern;
mod restrictions;
mod run;
mod search;
mod simplify;
mod tell;
mod tree;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Read},
};

pub use crate::xml::relaxng::{limits::Limits, pattern::Excess};
use crate::xml::{
    bounds::Bounds,
    encoding,
    event::Event,
    fault,
    reader::Reader,
    relaxng::{
        derive::Deriver,
        pattern::Patterns,
        run::{Next, Run},
        simplify::Simplified,
    },
    schema,
    violation::Kind,
};

/// Why a grammar is not taken: its author's matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrammarFault {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// A French sentence that its reader can act on.
    pub message: String,
}

impl fmt::Display for GrammarFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, ligne {} : {}", self.file, self.line, self.message)
    }
}

/// An element that people speak of, and what names it.
#[derive(Clone, Copy, Debug)]
pub struct Landmark {
    /// Its local name.
    pub element: &'static str,
    /// What people call it, with its article: « l’unité d’archives ».
    pub word: &'static str,
    /// Where its name stands, best first: paths of local names below it, the last one after `@` for an attribute.
    pub labels: &'static [&'static str],
}

/// The elements that people speak of in the documents of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Landmarks {
    /// These elements.
    pub elements: &'static [Landmark],
    /// Local names of the elements whose imposed values tell like elements apart.
    pub telling: &'static [&'static str],
}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The kind of rule that is broken.
    pub kind: Kind,
    /// The line, from 1, where it shows.
    pub line: u64,
    /// Local name of the element at fault; for a missing element, that of its parent.
    pub element: String,
    /// Local names from the root, with the position among like-named siblings where it is not the first.
    pub path: String,
    /// The nearest element around it that people speak of, as they name it: « l’unité d’archives « … » ».
    pub within: Option<String>,
    /// What is wrong, as a French sentence without its place.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.within {
            Some(within) => write!(out, "Ligne {}, dans {within} : {}", self.line, self.message),
            None => write!(out, "Ligne {} : {}", self.line, self.message),
        }
    }
}

/// What a validation found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is wrong, in the order of discovery; none for a document that follows the grammar.
    pub violations: Vec<Violation>,
    /// Why reading stopped before the end: too many violations, or what could not be read on.
    pub stopped: bool,
}

/// Why a document could not be validated: the house's matter, or a limit's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source of the document failed.
    #[error("the document cannot be read")]
    Read(#[source] io::Error),
    /// A limit of the validation is passed.
    #[error("the validation is given up")]
    Excess(#[from] Excess),
    /// The engine of datatypes failed.
    #[error("the datatypes cannot be judged")]
    Datatypes(#[from] schema::Error),
}

/// A compiled grammar. Any number of threads may validate with it at once.
pub struct Grammar {
    simplified: Simplified,
    limits: Limits,
}

impl Grammar {
    /// Compiles a grammar from its files, as pairs of name and bytes; the first is the main one. Inclusions and external
    /// references are found in the list, by the last part of their location.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn compile(files: &[(&str, &[u8])], limits: Limits) -> Result<Self, GrammarFault> {
        let mut nodes = limits.nodes;
        let mut trees = BTreeMap::new();
        for (name, bytes) in files {
            let name = name.rsplit('/').next().unwrap_or(name);
            trees.insert(name.to_owned(), tree::read(name, bytes, &limits, &mut nodes)?);
        }
        let main = files.first().map_or("", |(name, _)| name.rsplit('/').next().unwrap_or(name));
        let simplified = simplify::simplify(main, &trees, &limits)?;
        let patterns = Patterns::above(&simplified.table, &simplified.datatypes.any_text, limits);
        let contents: Vec<_> = simplified.elements.iter().map(|element| element.content).collect();
        if let Some(message) = restrictions::broken(&patterns, simplified.start, &contents) {
            return Err(GrammarFault { file: main.to_owned(), line: 1, message });
        }
        Ok(Self { simplified, limits })
    }

    /// Validates a document as it is read. `landmarks` are the elements that violations are told by.
    ///
    /// # Errors
    /// When the source fails, or past a limit.
    pub fn validate(&self, document: impl Read, bounds: Bounds, landmarks: &Landmarks) -> Result<Verdict, Error> {
        self.simplified.datatypes.lend(|judge| {
            let deriver = Deriver::new(&self.simplified, judge, self.limits);
            let mut reader = Reader::new(encoding::utf8(document), bounds);
            drive(&mut reader, Run::new(deriver, landmarks, self.limits))
        })?
    }
}

fn drive<R: io::BufRead>(reader: &mut Reader<R>, mut run: Run<'_, '_>) -> Result<Verdict, Error> {
    let mut stopped = true;
    while !run.is_full() {
        let line = reader.line();
        match reader.next() {
            Ok(Some(Event::Start(start))) => match run.start(&start)? {
                Next::Within => {}
                Next::Behind => {
                    if let Err(error) = reader.skip(&start) {
                        return malformed(error, run);
                    }
                }
                Next::Over => break,
            },
            Ok(Some(Event::Text(text))) => run.text(&text, line)?,
            Ok(Some(Event::End)) => run.end(line)?,
            Ok(Some(Event::Comment(_) | Event::Instruction(_))) => {}
            Ok(None) => {
                stopped = false;
                break;
            }
            Err(error) => return malformed(error, run),
        }
    }
    Ok(Verdict { violations: run.into_violations(), stopped })
}

/// A document that cannot be read on, with what was found before.
fn malformed(error: fault::Error, run: Run<'_, '_>) -> Result<Verdict, Error> {
    let (line, message) = match error {
        fault::Error::Malformed { line, fault } => (line, fault.sentence()),
        fault::Error::Read(error) if encoding::Fault::within(&error).is_some() => {
            (1, "Le document n’est pas dans l’encodage qu’il annonce.".to_owned())
        }
        fault::Error::Read(error) => return Err(Error::Read(error)),
    };
    let mut violations = run.into_violations();
    let (path, element) = ("/".to_owned(), String::new());
    violations.push(Violation { kind: Kind::NotWellFormed, line, element, path, within: None, message });
    Ok(Verdict { violations, stopped: true })
}
