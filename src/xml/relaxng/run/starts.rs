//! Start tags: the elements of the grammar that one may open, its attributes, and the ways on when there is none.

use std::collections::BTreeMap;

use crate::xml::{
    event::{Attribute, Start},
    relaxng::{
        derive::{Deriver, Said},
        names::NameId,
        pattern::{ElementId, Excess},
        run::{Frame, Next, Run, Way},
        search::{Expected, Wanted},
        tell,
    },
    violation::Kind,
};

impl Run<'_, '_> {
    /// Opens an element.
    pub(super) fn enter(&mut self, start: &Start) -> Result<Next, Excess> {
        let local = start.local();
        let name = self.deriver.names.number(start.namespace.as_deref().unwrap_or_default(), local);
        let position = self.count(local);
        let ways = self.frames.last().map(|frame| frame.ways.clone()).unwrap_or_default();
        let mut openings = Vec::new();
        for way in &ways {
            for (element, rest) in self.deriver.open(way.content, name)?.iter() {
                openings.push((*element, Way { content: *rest, ..*way }));
            }
        }
        if openings.is_empty() {
            openings = self.recovered(start, name, &ways)?;
        }
        if openings.is_empty() {
            return Ok(if self.frames.len() == 1 { Next::Over } else { Next::Behind });
        }
        let frame = self.opened(openings)?;
        let (mark, marked) = (self.mark(local), self.frames.last().and_then(|frame| frame.marked));
        let marked = if mark.is_some() { Some(self.frames.len()) } else { marked };
        self.frames.push(Frame { local: local.to_owned(), position, mark, marked, ..frame });
        self.attributes(start)?;
        let is_label = self.label(None).is_some();
        if let Some(frame) = self.frames.last_mut() {
            let node = |way: &Way| self.deriver.patterns.node(way.content);
            frame.checks_text = frame.ways.iter().any(|way| node(way).checks_text);
            frame.is_label = is_label;
        }
        Ok(Next::Within)
    }

    /// A frame for an element that may be any of these: those that lead to the same place are read as one.
    fn opened(&mut self, openings: Vec<(ElementId, Way)>) -> Result<Frame, Excess> {
        let mut by_element: BTreeMap<ElementId, Vec<Way>> = BTreeMap::new();
        for (element, back) in openings {
            by_element.entry(element).or_default().push(back);
        }
        let elements = by_element.keys().copied().collect();
        let mut by_back: BTreeMap<Vec<Way>, Vec<ElementId>> = BTreeMap::new();
        for (element, backs) in by_element {
            by_back.entry(self.gathered(backs)?).or_default().push(element);
        }
        let (mut ways, mut backs) = (Vec::new(), Vec::new());
        for (back, elements) in by_back {
            let contents: Vec<_> = elements.iter().filter_map(|element| self.content(*element)).collect();
            let content = self.deriver.patterns.choice(contents)?;
            ways.push(Way { back: backs.len(), content });
            backs.push(back);
        }
        let ways = self.gathered(ways)?;
        Ok(Frame { ways, backs, elements, ..Frame::default() })
    }

    fn content(&self, element: ElementId) -> Option<usize> {
        self.deriver.grammar.elements.get(element).map(|element| element.content)
    }

    /// Tells why a start tag cannot stand here, and how it is read all the same; nothing when it is passed over.
    fn recovered(&mut self, start: &Start, name: NameId, ways: &[Way]) -> Result<Vec<(ElementId, Way)>, Excess> {
        let mut budget = self.budget();
        let mut skips = Vec::new();
        for way in ways {
            let found = self.deriver.skip(way.content, name, &mut budget)?;
            skips
                .extend(found.into_iter().map(|skip| (skip.missing, skip.element, Way { content: skip.rest, ..*way })));
        }
        let fewest = skips.iter().map(|(missing, ..)| missing.len()).min();
        skips.retain(|(missing, ..)| Some(missing.len()) == fewest);
        if let Some((missing, ..)) = skips.first() {
            let missing = missing.clone();
            self.tell_missing(&missing, Some(start.local()));
            return Ok(skips.into_iter().map(|(_, element, way)| (element, way)).collect());
        }
        Ok(self.misplaced(start, name, ways))
    }

    /// Tells each thing that is missing in the innermost element.
    pub(super) fn tell_missing(&mut self, missing: &[Wanted], before: Option<&str>) {
        let parent = self.frames.last().map(|frame| frame.local.clone()).unwrap_or_default();
        for wanted in missing {
            if self.is_full() {
                return;
            }
            let (telling, search) = (self.landmarks.telling, self.limits.search);
            let message = tell::missing(&self.deriver, wanted, &parent, before, telling, search);
            let kind = match wanted {
                Wanted::Elements(_) => Kind::MissingElement,
                Wanted::Attributes(_) => Kind::MissingAttribute,
                Wanted::Value => Kind::WrongValue,
            };
            let at = self.tell(kind, &parent, self.path(), message);
            if let (Wanted::Elements(elements), Some(before), Some(frame)) = (wanted, before, self.frames.last_mut()) {
                frame.missing.push((elements.clone(), before.to_owned(), at));
            }
        }
    }

    /// An element told to be missing before, and met now, is only out of place: it is read as what it is. Any other is
    /// unexpected, and passed over.
    fn misplaced(&mut self, start: &Start, name: NameId, ways: &[Way]) -> Vec<(ElementId, Way)> {
        let local = start.local();
        let parent = self.frames.last().map(|frame| frame.local.clone()).unwrap_or_default();
        let path = format!("{}/{local}", self.path());
        let missing = self.frames.last().map(|frame| frame.missing.as_slice()).unwrap_or_default();
        let found = missing.iter().position(|(ids, ..)| ids.iter().any(|id| self.deriver.is_named(*id, name)));
        let found = found.and_then(|at| self.frames.last_mut().map(|frame| frame.missing.remove(at)));
        if let Some((ids, before, at)) = found {
            let line = self.line;
            if let Some(violation) = self.violations.get_mut(at) {
                violation.kind = Kind::UnexpectedElement;
                (violation.line, violation.path, violation.element) = (line, path, local.to_owned());
                violation.message = format!(
                    "L’élément « {local} » est mal placé dans « {parent} » : le profil l’attend avant « {before} »."
                );
            }
            let named = ids.into_iter().filter(|id| self.deriver.is_named(*id, name));
            return named.flat_map(|id| ways.iter().map(move |way| (id, *way))).collect();
        }
        let (kind, message) = self.unexpected(start, name, ways, &parent);
        self.tell(kind, local, path, message);
        Vec::new()
    }

    fn unexpected(&self, start: &Start, name: NameId, ways: &[Way], parent: &str) -> (Kind, String) {
        let local = start.local();
        let mut firsts = Vec::new();
        let mut budget = self.budget();
        for way in ways {
            self.deriver.first(way.content, &mut firsts, &mut budget);
        }
        let classes = || firsts.iter().filter_map(|id| self.deriver.grammar.elements.get(*id)).map(|one| one.class);
        let namesakes = classes().filter_map(|class| self.deriver.grammar.classes.get(class));
        let namespace = namesakes.flat_map(|class| class.listed()).find(|(_, known)| *known == local);
        if let Some((namespace, _)) = namespace {
            let written = |namespace: &str| match namespace {
                "" => "sans espace de noms".to_owned(),
                namespace => format!("dans l’espace de noms « {namespace} »"),
            };
            let (found, wanted) = (written(start.namespace.as_deref().unwrap_or_default()), written(namespace));
            let message = format!("L’élément « {local} » est écrit {found} ; le profil l’attend {wanted}.");
            return (Kind::UnknownElement, message);
        }
        let mut names: Vec<String> =
            classes().filter_map(|class| self.deriver.local(class)).map(str::to_owned).collect();
        names.dedup();
        let hint = crate::xml::french_words::hint_named(" ; attendu ici : ", " ; attendus ici : ", &names);
        if self.frames.len() == 1 {
            return (Kind::UnknownElement, format!("L’élément racine « {local} » n’est pas celui du profil{hint}."));
        }
        let frame = self.frames.last();
        let known = frame.is_some_and(|frame| {
            let mut contents = frame.elements.iter().filter_map(|element| self.content(*element));
            contents.any(|content| self.deriver.holds(content, name, &mut self.budget()))
        });
        let seen = frame
            .and_then(|frame| frame.children.iter().find(|(known, _)| known == local))
            .map_or(0, |(_, count)| *count);
        match (known, seen) {
            (false, _) => (
                Kind::UnknownElement,
                format!("L’élément « {local} » n’est pas prévu par le profil dans « {parent} »{hint}."),
            ),
            (true, 2..) => (
                Kind::UnexpectedElement,
                format!(
                    "L’élément « {local} » (n° {seen}) est de trop dans « {parent} » : le profil n’en admet plus à cet endroit{hint}."
                ),
            ),
            (true, _) => (
                Kind::UnexpectedElement,
                format!("L’élément « {local} » n’est pas attendu à cet endroit de « {parent} »{hint}."),
            ),
        }
    }

    fn attributes(&mut self, start: &Start) -> Result<(), Excess> {
        let mut ways = self.frames.last_mut().map(|frame| std::mem::take(&mut frame.ways)).unwrap_or_default();
        for attribute in &start.attributes {
            if let Some(label) = self.label(Some(attribute.local())) {
                self.name_mark(label, &attribute.value);
            }
            ways = self.attribute(start, attribute, ways)?;
        }
        let mut closed = self.each(&ways, Deriver::close)?;
        if closed.is_empty() {
            let mut budget = self.budget();
            let fewest = self.fewest_attributes(&ways);
            self.tell_missing(&fewest, None);
            closed = self.each(&ways, |deriver, content| deriver.close_without(content, &mut budget))?;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.ways = closed;
        }
        Ok(())
    }

    fn attribute(&mut self, start: &Start, attribute: &Attribute, ways: Vec<Way>) -> Result<Vec<Way>, Excess> {
        let (namespace, local) = (attribute.namespace.as_deref().unwrap_or_default(), attribute.local());
        let name = self.deriver.names.number(namespace, local);
        let value = Said::This(&attribute.value);
        let given = self.each(&ways, |deriver, content| deriver.give(content, name, value))?;
        if !given.is_empty() || self.is_full() {
            return Ok(given);
        }
        let element = start.local();
        let path = format!("{}/@{local}", self.path());
        let given = self.each(&ways, |deriver, content| deriver.give(content, name, Said::Anything))?;
        if given.is_empty() {
            let message = format!("L’attribut « {local} » n’est pas prévu par le profil sur « {element} ».");
            self.tell(Kind::UnknownAttribute, element, path, message);
            return Ok(ways);
        }
        let expected = self.expected(&ways, Some(name));
        let owner = format!("L’attribut « {local} » de « {element} »");
        let message = tell::wrong_value(&self.deriver, &owner, &attribute.value, &expected);
        self.tell(Kind::WrongValue, element, path, message);
        Ok(given)
    }

    /// What the text of these ways, or their attribute of a name, should have been.
    pub(super) fn expected(&self, ways: &[Way], attribute: Option<NameId>) -> Vec<Expected> {
        let (mut expected, mut budget) = (Vec::new(), self.budget());
        for way in ways {
            self.deriver.expected(way.content, attribute, &mut expected, &mut budget);
        }
        expected
    }

    /// The attributes that lack on the way that wants the fewest.
    fn fewest_attributes(&self, ways: &[Way]) -> Vec<Wanted> {
        let attributes = |way: &Way| {
            let mut wanted = self.deriver.wanted(way.content, &mut self.budget());
            wanted.retain(|one| matches!(one, Wanted::Attributes(_)));
            wanted
        };
        ways.iter().map(attributes).min_by_key(Vec::len).unwrap_or_default()
    }
}
