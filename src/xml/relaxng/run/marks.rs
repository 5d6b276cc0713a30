//! The elements that people speak of (a unit, a document), and what names them: a violation is told with the name of
//! the nearest one around it, which is often read only after it.

use crate::xml::{
    french_words::shown,
    relaxng::{
        Landmark,
        run::{Frame, Run},
    },
};

/// Bytes kept of a text that only names an element.
pub(super) const LABEL_BYTES: usize = 4096;

/// An open element that people speak of.
pub(super) struct Mark {
    pub serial: u64,
    landmark: Landmark,
    /// What names it, and how well: the less, the better.
    label: Option<(usize, String)>,
}

impl Run<'_, '_> {
    /// The mark of an element, when it is one that people speak of.
    pub(super) fn mark(&mut self, local: &str) -> Option<Mark> {
        let landmark = *self.landmarks.elements.iter().find(|landmark| landmark.element == local)?;
        self.marks += 1;
        Some(Mark { serial: self.marks, landmark, label: None })
    }

    /// Whether the text of the innermost element names the nearest mark: how well.
    pub(super) fn label(&self, attribute: Option<&str>) -> Option<(usize, usize)> {
        let marked = self.frames.last()?.marked?;
        let mark = self.frames.get(marked)?.mark.as_ref()?;
        let within = self.frames.get(marked + 1..)?;
        let leads = |path: &str| {
            let mut steps = path.split('/');
            within.iter().all(|frame| steps.next() == Some(frame.local.as_str()))
                && match attribute {
                    Some(name) => steps.next().and_then(|step| step.strip_prefix('@')) == Some(name),
                    None => true,
                }
                && steps.next().is_none()
        };
        mark.landmark.labels.iter().position(|path| leads(path)).map(|rank| (marked, rank))
    }

    /// Names the nearest mark.
    pub(super) fn name_mark(&mut self, (marked, rank): (usize, usize), text: &str) {
        let mark = self.frames.get_mut(marked).and_then(|frame| frame.mark.as_mut());
        if let Some(mark) = mark
            && !text.trim().is_empty()
            && mark.label.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            mark.label = Some((rank, shown(text.trim())));
        }
    }

    /// Names the violations of an element that ends.
    pub(super) fn name_violations(&mut self, frame: &Frame) {
        let Some(mark) = &frame.mark else { return };
        let Some(waiting) = self.waiting.remove(&mark.serial) else { return };
        let word = mark.landmark.word;
        let name = match &mark.label {
            Some((_, label)) => format!("{word} « {label} »"),
            None if frame.position > 0 => format!("{word} n° {}", frame.position),
            None => word.to_owned(),
        };
        for at in waiting {
            if let Some(violation) = self.violations.get_mut(at) {
                violation.within = Some(name.clone());
            }
        }
    }
}
