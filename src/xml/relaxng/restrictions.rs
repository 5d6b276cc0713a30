//! What a simplified grammar may not say (RELAX NG, sections 7.1 and 7.2). The uniqueness of attributes and the
//! disjointness of interleaved names (7.3 and 7.4) ease other ways of reading than ours, and are not asked for.

use std::collections::{HashMap, HashSet};

use crate::xml::relaxng::pattern::{Pattern, PatternId, Patterns};

/// Where a pattern stands.
#[expect(clippy::struct_excessive_bools, reason = "each is a place that a pattern may stand in, in any combination")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Within {
    attribute: bool,
    list: bool,
    except: bool,
    repeated: bool,
    /// In a group or interleave of what is repeated.
    repeated_group: bool,
}

/// What the content of an element is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ContentType {
    Empty,
    Complex,
    Simple,
}

/// The first restriction that a grammar breaks, as a French sentence.
pub(super) fn broken(patterns: &Patterns<'_>, start: PatternId, contents: &[PatternId]) -> Option<String> {
    if !is_start(patterns, start) {
        return Some("« start » ne peut mener qu’à des éléments.".to_owned());
    }
    let (mut seen, mut types) = (HashSet::new(), HashMap::new());
    contents.iter().find_map(|content| {
        let message = refused(patterns, *content, Within::default(), &mut seen);
        let message = message.or_else(|| {
            let mixed = content_type(patterns, *content, &mut types).is_none();
            mixed.then_some("Une valeur ne peut pas être groupée avec des éléments ou du texte.")
        });
        message.map(str::to_owned)
    })
}

fn is_start(patterns: &Patterns<'_>, id: PatternId) -> bool {
    match patterns.pattern(id) {
        Pattern::Element(_) | Pattern::NotAllowed => true,
        Pattern::Choice(parts) => parts.iter().all(|part| is_start(patterns, *part)),
        _ => false,
    }
}

fn refused(
    patterns: &Patterns<'_>,
    id: PatternId,
    within: Within,
    seen: &mut HashSet<(PatternId, Within)>,
) -> Option<&'static str> {
    if !seen.insert((id, within)) {
        return None;
    }
    let mut ask = |id: PatternId, within: Within| refused(patterns, id, within, seen);
    match patterns.pattern(id) {
        Pattern::Element(_) if within.attribute || within.list || within.except => {
            Some("Un élément se trouve dans la valeur d’un attribut, dans une liste ou dans une exception.")
        }
        Pattern::Attribute(..) if within.attribute || within.list || within.except => {
            Some("Un attribut se trouve dans la valeur d’un attribut, dans une liste ou dans une exception.")
        }
        Pattern::Attribute(..) if within.repeated_group => {
            Some("Un attribut se trouve dans un groupe qui peut se répéter.")
        }
        Pattern::Attribute(_, value) => ask(*value, Within { attribute: true, ..Within::default() }),
        Pattern::Text | Pattern::List(_) if within.list || within.except => {
            Some("Du texte libre ou une liste se trouve dans une liste ou dans une exception.")
        }
        Pattern::List(of) => ask(*of, Within { list: true, ..within }),
        Pattern::Interleave(..) if within.list => Some("Un mélange se trouve dans une liste."),
        Pattern::Empty | Pattern::OneOrMore(_) | Pattern::Group(..) | Pattern::Interleave(..) if within.except => {
            Some("Une exception de « data » ne peut contenir que des valeurs.")
        }
        Pattern::Data(_, Some(except)) => ask(*except, Within { except: true, ..within }),
        Pattern::OneOrMore(of) => ask(*of, Within { repeated: true, ..within }),
        Pattern::Group(first, second) | Pattern::Interleave(first, second) => {
            let within = Within { repeated_group: within.repeated, ..within };
            ask(*first, within).or_else(|| ask(*second, within))
        }
        Pattern::Choice(parts) => parts.iter().find_map(|part| ask(*part, within)),
        _ => None,
    }
}

/// The type of a content; none when what is grouped may not be (section 7.2).
fn content_type(
    patterns: &Patterns<'_>,
    id: PatternId,
    known: &mut HashMap<PatternId, Option<ContentType>>,
) -> Option<ContentType> {
    if let Some(known) = known.get(&id) {
        return *known;
    }
    let mut ask = |id: PatternId| content_type(patterns, id, known);
    let found = match patterns.pattern(id) {
        Pattern::NotAllowed | Pattern::Empty => Some(ContentType::Empty),
        Pattern::Attribute(_, value) => ask(*value).map(|_| ContentType::Empty),
        Pattern::Text | Pattern::Element(_) => Some(ContentType::Complex),
        Pattern::Data(..) | Pattern::Value(_) | Pattern::List(_) => Some(ContentType::Simple),
        Pattern::OneOrMore(of) => ask(*of).and_then(|of| groupable(of, of)),
        Pattern::Group(first, second) | Pattern::Interleave(first, second) => {
            ask(*first).zip(ask(*second)).and_then(|(first, second)| groupable(first, second))
        }
        Pattern::Choice(parts) => {
            let parts: Option<Vec<ContentType>> = parts.iter().map(|part| ask(*part)).collect();
            parts.map(|parts| parts.into_iter().max().unwrap_or(ContentType::Empty))
        }
    };
    known.insert(id, found);
    found
}

fn groupable(one: ContentType, other: ContentType) -> Option<ContentType> {
    let may = one == ContentType::Empty || other == ContentType::Empty || (one, other) == COMPLEX;
    may.then(|| one.max(other))
}

const COMPLEX: (ContentType, ContentType) = (ContentType::Complex, ContentType::Complex);
