//! What a compiled schema would have accepted: elements at a place, values of a type. Asked only once something is
//! wrong.

use xsd_schema::{
    SchemaSet, TypeKey,
    arenas::SimpleTypeDefData,
    compiler::{NfaTerm, SubstitutionGroupMap, build_substitution_group_map, compile_content_model_matcher},
    ids::{ElementKey, NameId},
    parser::frames::ComplexContentResult,
    types::facets::FacetSet,
    validation::{CompiledContentModel, ContentValidatorState},
};

/// Steps up a chain of derivations; far more than any schema has.
const DERIVATIONS: usize = 64;
/// Runs of like-named children kept per open element; beyond, nothing is said about what was expected.
const RUNS: usize = 512;

/// A name in a schema's own table: local name and namespace.
pub(super) type Name = (NameId, Option<NameId>);

/// The accepted children of an open element, like-named neighbours counted together.
#[derive(Default)]
pub(super) struct Children {
    runs: Vec<(Name, u32)>,
    lost: bool,
}

impl Children {
    pub fn push(&mut self, name: Name) {
        let room = self.runs.len() < RUNS;
        match self.runs.last_mut() {
            Some((last, count)) if *last == name => *count = count.saturating_add(1),
            _ if room => self.runs.push((name, 1)),
            _ => self.lost = true,
        }
    }

    /// Local names of the elements that may follow these children in an element of type `parent`, in order of the
    /// schema; empty when there is none, or when that is not known.
    pub fn followers(&self, set: &SchemaSet, parent: Option<TypeKey>) -> Vec<String> {
        self.replay(set, parent).map_or_else(Vec::new, |state| {
            let mut names = Vec::new();
            for (id, element) in next_names(&state) {
                let name = set.name_table.resolve(id);
                let concrete = element.and_then(|key| set.arenas.elements.get(key)).is_none_or(|e| !e.is_abstract);
                if concrete && !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        })
    }

    fn replay(&self, set: &SchemaSet, parent: Option<TypeKey>) -> Option<ContentValidatorState> {
        let TypeKey::Complex(key) = parent? else { return None };
        if self.lost {
            return None;
        }
        let complex = set.arenas.complex_types.get(key)?;
        let matcher = compile_content_model_matcher(set, complex).ok()?;
        let mut state = ContentValidatorState::from_compiled(&CompiledContentModel::try_from_matcher(matcher).ok()?);
        let groups: SubstitutionGroupMap = build_substitution_group_map(set);
        let groups = (!groups.is_empty()).then_some(&groups);
        for ((local, namespace), count) in &self.runs {
            for _ in 0..*count {
                state
                    .try_advance_element(*local, *namespace, complex.target_namespace, set.xsd_version, groups)
                    .ok()?;
            }
        }
        Some(state)
    }
}

fn next_names(state: &ContentValidatorState) -> Vec<(NameId, Option<ElementKey>)> {
    match state {
        ContentValidatorState::Nfa { nfa, active_states, .. } => {
            active_states.expected_element_terms(nfa).into_iter().map(|(name, _, key)| (name, key)).collect()
        }
        ContentValidatorState::AllGroup { model, state, .. } => model
            .particles
            .iter()
            .enumerate()
            .filter(|(at, _)| state.can_accept(model, *at))
            .filter_map(|(_, particle)| match &particle.term {
                NfaTerm::Element { name, element_key, .. } => Some((*name, *element_key)),
                NfaTerm::Wildcard { .. } => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether any element of that local name is declared, wherever.
pub(super) fn is_declared(set: &SchemaSet, local: &str) -> bool {
    let id = set.name_table.get(local);
    id.is_some_and(|id| set.arenas.elements.iter().any(|(_, element)| element.name == Some(id)))
}

/// The values that the type's own or inherited enumeration lists, sorted; empty without one.
pub(super) fn enumeration(set: &SchemaSet, of: TypeKey) -> Vec<String> {
    let listed = up(set, of).find_map(|key| facets(set, key)?.enumeration.as_ref());
    let mut values: Vec<String> = listed.map_or_else(Vec::new, |facet| facet.values.iter().cloned().collect());
    values.sort();
    values
}

/// Whether values of the type are IDREF or IDREFS, so that they must name an identifier of the document.
pub(super) fn is_reference(set: &SchemaSet, of: TypeKey) -> bool {
    up(set, of).any(|key| {
        let TypeKey::Simple(key) = key else { return false };
        let simple = set.arenas.simple_types.get(key);
        simple.is_some_and(|simple| named_reference(set, simple) || item_is_reference(set, simple))
    })
}

fn named_reference(set: &SchemaSet, simple: &SimpleTypeDefData) -> bool {
    simple.name.is_some_and(|name| matches!(set.name_table.resolve_ref(name), "IDREF" | "IDREFS"))
        && simple
            .target_namespace
            .is_some_and(|id| set.name_table.resolve_ref(id) == "http://www.w3.org/2001/XMLSchema")
}

fn item_is_reference(set: &SchemaSet, simple: &SimpleTypeDefData) -> bool {
    let Some(TypeKey::Simple(item)) = simple.resolved_item_type else { return false };
    set.arenas.simple_types.get(item).is_some_and(|item| named_reference(set, item))
}

/// The type, then what it is derived from.
fn up(set: &SchemaSet, from: TypeKey) -> impl Iterator<Item = TypeKey> {
    std::iter::successors(Some(from), |key| match key {
        TypeKey::Simple(key) => set.arenas.simple_types.get(*key)?.resolved_base_type,
        TypeKey::Complex(key) => {
            let complex = set.arenas.complex_types.get(*key)?;
            complex.resolved_simple_content_type.or(complex.resolved_base_type)
        }
    })
    .take(DERIVATIONS)
}

fn facets(set: &SchemaSet, of: TypeKey) -> Option<&FacetSet> {
    match of {
        TypeKey::Simple(key) => Some(&set.arenas.simple_types.get(key)?.facets),
        TypeKey::Complex(key) => match &set.arenas.complex_types.get(key)?.content {
            ComplexContentResult::Simple(content) => Some(&content.facets),
            _ => None,
        },
    }
}
