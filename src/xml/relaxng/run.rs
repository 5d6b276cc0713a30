//! The reading of one document by a grammar: every open element with the ways in which it can be read, and what is told
//! and assumed when none is left.

mod ends;
mod marks;
mod starts;

use std::collections::BTreeMap;

use crate::xml::{
    event::Start,
    relaxng::{
        Landmarks, Violation,
        derive::Deriver,
        limits::Limits,
        pattern::{ElementId, Excess, NOT_ALLOWED, PatternId},
        run::marks::Mark,
        search::Budget,
    },
    violation::Kind,
};

/// Names of children counted in one element; beyond, positions are not told.
const COUNTED: usize = 64;

/// What remains to be matched in an element, and the way back to what is around it, as an index into the frame's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    back: usize,
    content: PatternId,
}

/// An open element; the first frame is the document.
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
#[derive(Default)]
pub(super) struct Frame {
    ways: Vec<Way>,
    /// What the frame around it will go on with.
    backs: Vec<Vec<Way>>,
    /// The elements of the grammar that this may be.
    elements: Vec<ElementId>,
    local: String,
    /// Its number among the children of its name, from 1; 0 when not counted.
    position: u64,
    /// The text since the last tag, when it is looked at.
    text: String,
    /// Whether that text is more than white space.
    has_text: bool,
    /// Whether it takes text at all, and whether that is looked at.
    checks_text: bool,
    /// Whether the text names the element around it.
    is_label: bool,
    has_children: bool,
    children: Vec<(String, u64)>,
    /// The nearest element that people speak of, as an index of frames.
    marked: Option<usize>,
    mark: Option<Mark>,
    /// Elements told to be missing: which, before what, and the violation's place in the list.
    missing: Vec<(Vec<ElementId>, String, usize)>,
}

/// Whether reading goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Into the element.
    Within,
    /// Behind the element: what it holds cannot be judged.
    Behind,
    /// Nothing more can be said of the document.
    Over,
}

/// A reading under way.
pub(super) struct Run<'g, 'm> {
    deriver: Deriver<'g>,
    frames: Vec<Frame>,
    violations: Vec<Violation>,
    /// The marks, closed or not, that violations wait for to be named.
    waiting: BTreeMap<u64, Vec<usize>>,
    marks: u64,
    landmarks: &'m Landmarks,
    limits: Limits,
    line: u64,
}

impl<'g, 'm> Run<'g, 'm> {
    /// The start of a document.
    pub fn new(deriver: Deriver<'g>, landmarks: &'m Landmarks, limits: Limits) -> Self {
        let start = Way { back: 0, content: deriver.grammar.start };
        let document = Frame { ways: vec![start], ..Frame::default() };
        let frames = vec![document];
        Self { deriver, frames, violations: Vec::new(), waiting: BTreeMap::new(), marks: 0, landmarks, limits, line: 1 }
    }

    /// What was found.
    pub fn into_violations(mut self) -> Vec<Violation> {
        while let Some(frame) = self.frames.pop() {
            self.name_violations(&frame);
        }
        self.violations
    }

    /// Whether as much was told as may be.
    pub fn is_full(&self) -> bool {
        self.violations.len() >= self.limits.violations
    }

    /// Takes a start tag, with its attributes.
    pub fn start(&mut self, start: &Start) -> Result<Next, Excess> {
        self.line = start.line;
        self.part_text()?;
        let next = self.enter(start)?;
        self.tidy()?;
        Ok(next)
    }

    /// Takes a piece of text.
    pub fn text(&mut self, text: &str, line: u64) -> Result<(), Excess> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        if !frame.has_text && !text.chars().all(super::datatype::is_space) {
            frame.has_text = true;
            self.line = line;
        }
        if frame.checks_text || (frame.is_label && frame.text.len() < marks::LABEL_BYTES) {
            if frame.text.len() + text.len() > self.limits.value_bytes {
                return Err(Excess::Value(self.limits.value_bytes));
            }
            frame.text.push_str(text);
        }
        Ok(())
    }

    /// Takes an end tag.
    pub fn end(&mut self, line: u64) -> Result<(), Excess> {
        self.line = line;
        self.leave()?;
        self.tidy()
    }

    /// Ways that lead on, those to the same place made one.
    fn gathered(&mut self, mut ways: Vec<Way>) -> Result<Vec<Way>, Excess> {
        ways.retain(|way| way.content != NOT_ALLOWED);
        ways.sort_unstable();
        ways.dedup();
        let mut gathered: Vec<Way> = Vec::with_capacity(ways.len());
        for way in ways {
            match gathered.last_mut() {
                Some(last) if last.back == way.back => {
                    last.content = self.deriver.patterns.choice([last.content, way.content])?;
                }
                _ => gathered.push(way),
            }
        }
        if gathered.len() > self.limits.ways {
            return Err(Excess::Ways(self.limits.ways));
        }
        Ok(gathered)
    }

    /// The ways of the innermost element, each led on.
    fn each(
        &mut self,
        ways: &[Way],
        mut lead: impl FnMut(&mut Deriver<'g>, PatternId) -> Result<PatternId, Excess>,
    ) -> Result<Vec<Way>, Excess> {
        let mut onward = Vec::with_capacity(ways.len());
        for way in ways {
            onward.push(Way { content: lead(&mut self.deriver, way.content)?, ..*way });
        }
        self.gathered(onward)
    }

    /// Forgets what is remembered when it is too much.
    fn tidy(&mut self) -> Result<(), Excess> {
        if !self.deriver.is_full() {
            return Ok(());
        }
        let frames = self.frames.iter_mut();
        let ways = frames.flat_map(|frame| frame.ways.iter_mut().chain(frame.backs.iter_mut().flatten()));
        self.deriver.forget(ways.map(|way| &mut way.content))?;
        if self.deriver.patterns.made() > self.limits.memory / 2 {
            return Err(Excess::Patterns(self.limits.memory / 2));
        }
        Ok(())
    }

    fn budget(&self) -> Budget {
        Budget(self.limits.search)
    }

    /// Tells a violation of the element at `path`; answers its place in the list.
    fn tell(&mut self, kind: Kind, element: &str, path: String, message: String) -> usize {
        let at = self.violations.len();
        let marked = self.frames.last().and_then(|frame| frame.marked);
        let mark = marked.and_then(|at| self.frames.get(at)).and_then(|frame| frame.mark.as_ref());
        if let Some(mark) = mark {
            self.waiting.entry(mark.serial).or_default().push(at);
        }
        let (line, element) = (self.line, element.to_owned());
        self.violations.push(Violation { kind, line, element, path, within: None, message });
        at
    }

    /// The path of the innermost element.
    fn path(&self) -> String {
        let mut path = String::new();
        for frame in self.frames.iter().skip(1) {
            path.push('/');
            path.push_str(&frame.local);
            if frame.position > 1 {
                path.push('[');
                path.push_str(&frame.position.to_string());
                path.push(']');
            }
        }
        path
    }

    /// Counts a child of the innermost element; its number among those of its name.
    fn count(&mut self, local: &str) -> u64 {
        let Some(frame) = self.frames.last_mut() else { return 0 };
        frame.has_children = true;
        if let Some((_, count)) = frame.children.iter_mut().find(|(name, _)| name == local) {
            *count += 1;
            return *count;
        }
        let counted = frame.children.len() < COUNTED;
        if counted {
            frame.children.push((local.to_owned(), 1));
        }
        u64::from(counted)
    }
}
