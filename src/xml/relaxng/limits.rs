//! What a grammar and a validation by it may cost, each limit with its unit. Past one comes a clear error; nothing is
//! cut in silence.

/// The limits of grammars and of validations by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Elements of all the files of a grammar together.
    pub nodes: usize,
    /// Patterns that stand within each other, references included, before an element comes between.
    pub nesting: usize,
    /// Steps from a pattern to its deepest part, once simplified and while a document is read.
    pub height: usize,
    /// Patterns that one grammar may need, or that the reading of one document may have in use.
    pub patterns: usize,
    /// Patterns and answers that are remembered while a document is read; past it, what is not in use is forgotten.
    pub memory: usize,
    /// Ways of reading one element that may stand open together where a grammar is ambiguous.
    pub ways: usize,
    /// Bytes of one value that a grammar looks into.
    pub value_bytes: usize,
    /// Violations told of one document; reading stops there.
    pub violations: usize,
    /// Patterns looked at to word one violation; past it, the sentence says less.
    pub search: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            nodes: 100_000,
            nesting: 128,
            height: 256,
            patterns: 200_000,
            memory: 150_000,
            ways: 256,
            value_bytes: 4 << 20,
            violations: 500,
            search: 20_000,
        }
    }
}
