//! The French sentences: what an archivist would say of a record that does not follow its profile.

use crate::xml::{
    french_words::{french_type, hint_named, shown},
    relaxng::{
        derive::Deriver,
        pattern::ElementId,
        search::{Budget, Expected, Wanted},
    },
};

/// Levels below a missing element at which a value that tells it from its like is looked for.
const TELLING_DEPTH: usize = 2;

/// An element of the grammar by its name, with the value that tells it from its like.
pub(super) fn element(deriver: &Deriver<'_>, id: ElementId, telling: &[&str], search: usize) -> String {
    let Some(element) = deriver.grammar.elements.get(id) else { return String::new() };
    let Some(local) = deriver.local(element.class) else { return "un élément au choix".to_owned() };
    let imposed = deriver.imposed(element.content, telling, TELLING_DEPTH, &mut Budget(search));
    let value = |at: usize| deriver.grammar.datatypes.values.get(at).map(|value| shown(value.text.trim()));
    match imposed.and_then(|imposed| Some((imposed.path.join("/"), value(imposed.value)?))) {
        None => format!("« {local} »"),
        Some((path, value)) if path.is_empty() => format!("« {local} » (de valeur « {value} »)"),
        Some((path, value)) => format!("« {local} » (celui dont « {path} » vaut « {value} »)"),
    }
}

/// What is missing in `parent`, and before which element, when one came.
pub(super) fn missing(
    deriver: &Deriver<'_>,
    wanted: &Wanted,
    parent: &str,
    before: Option<&str>,
    telling: &[&str],
    search: usize,
) -> String {
    let place = match before {
        Some(before) => format!("dans « {parent} », avant « {before} »"),
        None => format!("dans « {parent} »"),
    };
    match wanted {
        Wanted::Elements(ids) => match ids.as_slice() {
            [one] => {
                format!("L’élément {} manque {place} : le profil l’exige.", element(deriver, *one, telling, search))
            }
            several => {
                let mut all: Vec<String> = several.iter().map(|one| element(deriver, *one, telling, search)).collect();
                all.dedup();
                let more = if all.len() > 8 { ", …" } else { "" };
                all.truncate(8);
                format!("Un élément manque {place} : le profil exige {}{more}.", all.join(" ou "))
            }
        },
        Wanted::Attributes(classes) => match classes.as_slice() {
            [one] => {
                let local = deriver.local(*one).unwrap_or("au choix");
                format!("L’attribut « {local} » manque sur « {parent} » : le profil l’exige.")
            }
            several => {
                let all: Vec<String> =
                    several.iter().filter_map(|one| deriver.local(*one)).map(|one| format!("« {one} »")).collect();
                format!("Un attribut manque sur « {parent} » : le profil exige {}.", all.join(" ou "))
            }
        },
        Wanted::Value => format!("La valeur de « {parent} » manque : le profil l’exige."),
    }
}

/// A value that is not what the profile wants of `owner` (« l’élément « X » », « l’attribut « a » de « X » »).
pub(super) fn wrong_value(deriver: &Deriver<'_>, owner: &str, value: &str, expected: &[Expected]) -> String {
    let datatypes = &deriver.grammar.datatypes;
    let values: Vec<String> = expected
        .iter()
        .filter_map(|one| match one {
            Expected::Value(at) => datatypes.values.get(*at).map(|value| value.text.trim().to_owned()),
            _ => None,
        })
        .collect();
    let wish = match (values.as_slice(), expected) {
        ([], [Expected::Datatype(at), ..]) => {
            let datatype = datatypes.all.get(*at);
            let named = datatype.filter(|one| one.params.is_empty()).and_then(|one| french_type(&one.name));
            match (named, datatype) {
                (Some(what), _) => format!("le profil attend {}", what.trim_end_matches(',')),
                (None, Some(datatype)) if !datatype.params.is_empty() => {
                    format!("le profil exige {}", facets(&datatype.params))
                }
                _ => "elle n’a pas la forme que le profil exige".to_owned(),
            }
        }
        ([], _) => "elle n’a pas la forme que le profil exige".to_owned(),
        ([one], _) if expected.len() == 1 => format!("le profil impose « {} »", shown(one)),
        (several, _) => hint_named("le profil admet ", "le profil n’admet que ", several),
    };
    if value.trim().is_empty() {
        return format!("{owner} est vide : {wish}.");
    }
    format!("La valeur « {} » ne convient pas à {} : {wish}.", shown(value.trim()), lower(owner))
}

fn facets(params: &[(String, String)]) -> String {
    let all: Vec<String> = params
        .iter()
        .map(|(name, value)| match name.as_str() {
            "length" => format!("{value} caractères exactement"),
            "minLength" => format!("{value} caractères au moins"),
            "maxLength" => format!("{value} caractères au plus"),
            "pattern" => format!("la forme « {} »", shown(value)),
            "minInclusive" => format!("au moins {value}"),
            "maxInclusive" => format!("au plus {value}"),
            "minExclusive" => format!("plus que {value}"),
            "maxExclusive" => format!("moins que {value}"),
            "totalDigits" => format!("{value} chiffres au plus"),
            _ => format!("{value} décimales au plus"),
        })
        .collect();
    all.join(", ")
}

fn lower(owner: &str) -> String {
    owner.strip_prefix("L’").map_or_else(|| owner.to_owned(), |rest| format!("l’{rest}"))
}
