//! The grammar of controls: a named question put to a subject, and the findings it gives.

use crate::domain::check::{Finding, Outcome, Report};

/// A named question. A subject for which `ask` tells no fault passes.
pub struct Question<S: ?Sized> {
    /// The code of its findings, VITAM's wherever the question is the same.
    pub code: &'static str,
    /// What a fault does: refuse (`Ko`) or warn (`Warning`).
    pub weight: Outcome,
    /// The question, in French, as the documentation lists it.
    pub question: &'static str,
    /// Puts the question: tells each fault.
    pub ask: fn(&S, &mut dyn FnMut(Fault)),
}

/// Something wrong: where, and a French sentence that its reader can act on.
pub struct Fault {
    /// An element with its line, an entry's name, an identifier.
    pub place: String,
    /// The sentence.
    pub message: String,
}

impl Fault {
    /// A fault at `place`.
    pub fn at(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

/// Gathers findings: each is told to a listener (the report file), and kept in the report up to its limit.
pub struct Telling<'a> {
    report: Report,
    listener: &'a mut dyn FnMut(&Finding),
}

impl<'a> Telling<'a> {
    /// An empty report that keeps at most `per_code` findings of each code, and a listener that is told all of them.
    pub fn new(per_code: u64, listener: &'a mut dyn FnMut(&Finding)) -> Self {
        Self { report: Report::new(per_code), listener }
    }

    /// Tells one fault under `code`.
    pub fn tell(&mut self, code: &str, outcome: Outcome, fault: Fault) {
        let finding = finding(code, outcome, fault);
        (self.listener)(&finding);
        self.report.add(finding);
    }

    /// Puts every question to `subject`: a depositor is told all that is wrong, not the first thing.
    pub fn put<S: ?Sized>(&mut self, questions: &[Question<S>], subject: &S) {
        for question in questions {
            (question.ask)(subject, &mut |fault| self.tell(question.code, question.weight, fault));
        }
    }

    /// What was found so far.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// What was found.
    pub fn into_report(self) -> Report {
        self.report
    }
}

/// A finding, with the spaces that French typography asks for.
pub fn finding(code: &str, outcome: Outcome, fault: Fault) -> Finding {
    Finding { code: code.to_owned(), outcome, place: fault.place, message: typeset(&fault.message) }
}

/// Puts no-break spaces inside guillemets and before double punctuation.
fn typeset(sentence: &str) -> String {
    const NO_BREAK: &str = "\u{a0}";
    let mut set = sentence.replace("« ", &format!("«{NO_BREAK}"));
    for mark in ["»", ":", ";", "?", "!"] {
        set = set.replace(&format!(" {mark}"), &format!("{NO_BREAK}{mark}"));
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTIONS: &[Question<str>] = &[
        Question {
            code: "A",
            weight: Outcome::Ko,
            question: "Est-ce vide ?",
            ask: |s, tell| {
                if s.is_empty() {
                    tell(Fault::at("", "c'est vide : remplissez « tout »"));
                }
            },
        },
        Question {
            code: "B",
            weight: Outcome::Warning,
            question: "Est-ce long ?",
            ask: |s, tell| {
                s.split(' ').filter(|word| word.len() > 3).for_each(|word| tell(Fault::at(word, "mot long")));
            },
        },
    ];

    #[test]
    fn every_question_is_put_and_every_fault_is_told() {
        let mut heard = 0;
        let mut listener = |_: &Finding| heard += 1;
        let mut telling = Telling::new(10, &mut listener);
        telling.put(QUESTIONS, "");
        assert_eq!(telling.report().findings()[0].message, "c'est vide\u{a0}: remplissez «\u{a0}tout\u{a0}»");
        telling.put(QUESTIONS, "un deux trois quatre");
        let report = telling.into_report();
        assert_eq!(
            report.findings().iter().skip(1).map(|f| f.place.as_str()).collect::<Vec<_>>(),
            ["deux", "trois", "quatre"]
        );
        assert_eq!((report.passes(), heard), (false, 4));
    }
}
