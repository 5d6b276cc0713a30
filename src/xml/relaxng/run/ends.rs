//! Texts and end tags: whether an element holds all that it must, and the way back to the element around it.

use crate::xml::{
    relaxng::{
        derive::Said,
        pattern::Excess,
        run::{Run, Way},
        tell,
    },
    violation::Kind,
};

impl Run<'_, '_> {
    /// Takes the text before a child or after one: white space counts for nothing there.
    pub(super) fn part_text(&mut self) -> Result<(), Excess> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let text = std::mem::take(&mut frame.text);
        if !std::mem::take(&mut frame.has_text) {
            return Ok(());
        }
        let ways = std::mem::take(&mut frame.ways);
        let ways = self.said(&text, ways)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.ways = ways;
        }
        Ok(())
    }

    /// The ways on behind a text that is more than white space; what is wrong with it is told.
    fn said(&mut self, text: &str, ways: Vec<Way>) -> Result<Vec<Way>, Excess> {
        let said = self.each(&ways, |deriver, content| deriver.say(content, Said::This(text)))?;
        if !said.is_empty() || self.is_full() {
            return Ok(said);
        }
        let assumed = self.each(&ways, |deriver, content| deriver.say(content, Said::Anything))?;
        let local = self.frames.last().map(|frame| frame.local.clone()).unwrap_or_default();
        if assumed.is_empty() {
            let message = format!("Du texte se trouve dans « {local} », où le profil n’en admet pas.");
            self.tell(Kind::UnexpectedText, &local, self.path(), message);
            return Ok(ways);
        }
        self.tell_wrong_value(&local, text, &ways);
        Ok(assumed)
    }

    fn tell_wrong_value(&mut self, local: &str, text: &str, ways: &[Way]) {
        let expected = self.expected(ways, None);
        let message = tell::wrong_value(&self.deriver, &format!("L’élément « {local} »"), text, &expected);
        self.tell(Kind::WrongValue, local, self.path(), message);
    }

    /// Tells of an element that nothing can make right: the profile allows none there, or wants what could not be found
    /// out within the limits.
    fn tell_unfit(&mut self) {
        let local = self.frames.last().map(|frame| frame.local.clone()).unwrap_or_default();
        let message = format!("L’élément « {local} », avec ce qu’il contient, n’est pas permis ici par le profil.");
        self.tell(Kind::Other, &local, self.path(), message);
    }

    /// Ends the innermost element.
    pub(super) fn leave(&mut self) -> Result<(), Excess> {
        if self.frames.len() < 2 {
            return Ok(());
        }
        let ways = self.last_text()?;
        let mut ending: Vec<Way> =
            ways.iter().copied().filter(|way| self.deriver.patterns.node(way.content).nullable).collect();
        if ending.is_empty() {
            let wanted = |way: &Way| self.deriver.wanted(way.content, &mut self.budget());
            let fewest = ways.iter().map(wanted).min_by_key(Vec::len).unwrap_or_default();
            if fewest.is_empty() {
                self.tell_unfit();
            }
            self.tell_missing(&fewest, None);
            ending = ways;
        }
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let all = || frame.backs.iter().flatten().copied().collect();
        let back = |way: &Way| frame.backs.get(way.back);
        let backs = if ending.is_empty() { all() } else { ending.iter().filter_map(back).flatten().copied().collect() };
        let backs = self.gathered(backs)?;
        self.name_violations(&frame);
        if let Some(parent) = self.frames.last_mut() {
            parent.ways = backs;
        }
        Ok(())
    }

    /// The ways on behind the text before an end tag. Where an element has no child, that is its value, white space
    /// too.
    fn last_text(&mut self) -> Result<Vec<Way>, Excess> {
        let label = self.label(None);
        let Some(frame) = self.frames.last_mut() else { return Ok(Vec::new()) };
        let (text, has_text) = (std::mem::take(&mut frame.text), frame.has_text);
        let (ways, is_value) = (std::mem::take(&mut frame.ways), !frame.has_children);
        let local = frame.local.clone();
        if let Some(label) = label {
            self.name_mark(label, &text);
        }
        if has_text {
            return self.said(&text, ways);
        }
        if !is_value {
            return Ok(ways);
        }
        let said = self.each(&ways, |deriver, content| {
            let said = deriver.say(content, Said::This(&text))?;
            deriver.patterns.choice([content, said])
        })?;
        let ends = |ways: &[Way]| ways.iter().any(|way| self.deriver.patterns.node(way.content).nullable);
        if ends(&said) {
            return Ok(said);
        }
        let assumed = self.each(&ways, |deriver, content| deriver.say(content, Said::Anything))?;
        let ends = assumed.iter().any(|way| self.deriver.patterns.node(way.content).nullable);
        if ends && !self.is_full() {
            self.tell_wrong_value(&local, &text, &ways);
            return Ok(assumed);
        }
        Ok(ways)
    }
}
