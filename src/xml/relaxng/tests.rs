//! The constructs of RELAX NG one by one, the sentences, the limits, hostile grammars; profiles made by others, against
//! xmllint.

mod hostile;
mod peers;
mod scale;
mod sentences;
mod spec;

use crate::xml::{
    bounds::Bounds,
    relaxng::{Grammar, GrammarFault, Landmark, Landmarks, Limits, Verdict},
};

/// Units with a title, documents with a file name.
const LANDMARKS: Landmarks = Landmarks {
    elements: &[
        Landmark { element: "Unit", word: "l’unité", labels: &["Content/Title", "@id"] },
        Landmark { element: "Document", word: "le document", labels: &["Attachment/@filename"] },
    ],
    telling: &["Title", "KeywordContent"],
};

/// Compiles the inside of a grammar's root, XML Schema's datatypes at hand.
fn compile(inside: &str) -> Result<Grammar, GrammarFault> {
    compile_files(&[("main.rng", inside)])
}

/// Compiles files, each written without its common declarations.
fn compile_files(files: &[(&str, &str)]) -> Result<Grammar, GrammarFault> {
    let declared = "xmlns='http://relaxng.org/ns/structure/1.0' \
        datatypeLibrary='http://www.w3.org/2001/XMLSchema-datatypes'";
    let whole: Vec<(&str, String)> = files
        .iter()
        .map(|(name, text)| {
            let at = text.find([' ', '>', '/']).unwrap();
            (*name, format!("{} {declared}{}", &text[..at], &text[at..]))
        })
        .collect();
    let bytes: Vec<(&str, &[u8])> = whole.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    Grammar::compile(&bytes, Limits::default())
}

fn verdict(grammar: &Grammar, document: &str) -> Verdict {
    grammar.validate(document.as_bytes(), Bounds::default(), &LANDMARKS).unwrap()
}

/// Every sentence about a document, with its line.
fn sentences(grammar: &Grammar, document: &str) -> Vec<String> {
    verdict(grammar, document).violations.iter().map(ToString::to_string).collect()
}
