//! Words of the French sentences: values and names found in what the engine says, types, lists.

use crate::xml::french::Broken;

/// Values or names listed in one sentence.
const LISTED: usize = 10;
/// Characters shown of one value.
const SHOWN: usize = 80;

/// The value at fault, or nothing when the engine does not quote it.
pub(super) fn value<'a>(broken: &Broken<'a>) -> &'a str {
    const QUOTES: &[(&str, &str)] = &[
        ("IDREF '", "' does not match any ID"),
        ("Duplicate ID value '", "'"),
        ("value '", "' does not match pattern"),
        ("value '", "' is not in the allowed set"),
        ("value '", "' is less than"),
        ("value '", "' is not greater than"),
        ("value '", "' is not less than"),
        ("value '", "' exceeds maximum"),
        ("Value '", "' does not match any member type"),
        ("Value '", "' out of range for type"),
        ("' but got '", "'"),
        ("' but actual value is '", "'"),
        ("QName value '", "' with undeclared prefix"),
        ("xsi:type value '", "' does not resolve"),
        (" value '", "': "),
    ];
    QUOTES.iter().find_map(|(left, right)| between(broken.text, left, right)).unwrap_or_default()
}

/// What a value of a built-in type is, with the masculine that « est attendu » asks for.
pub(super) fn french_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "date" => "un jour du calendrier, écrit AAAA-MM-JJ,",
        "dateTime" => "un instant, écrit AAAA-MM-JJThh:mm:ss,",
        "time" => "un horaire, écrit hh:mm:ss,",
        "gYear" => "un millésime, écrit AAAA,",
        "gYearMonth" => "un mois, écrit AAAA-MM,",
        "duration" => "un intervalle de temps, écrit comme P1Y2M3D,",
        "boolean" => "« true » ou « false »",
        "decimal" | "float" | "double" => "un nombre",
        "integer" | "int" | "long" | "short" | "byte" => "un nombre entier",
        "positiveInteger" => "un nombre entier supérieur à zéro",
        "nonNegativeInteger" | "unsignedInt" | "unsignedLong" | "unsignedShort" | "unsignedByte" => {
            "un nombre entier positif ou nul"
        }
        "anyURI" => "un identifiant de ressource (URI)",
        "ID" | "IDREF" | "NCName" => "un identifiant qui commence par une lettre ou « _ », sans espace ni deux-points,",
        "language" => "un code de langue, comme « fr »,",
        "base64Binary" => "un contenu codé en base 64",
        "hexBinary" => "un contenu codé en hexadécimal",
        "token" | "NMTOKEN" | "Name" | "QName" => "un nom XML",
        _ => return None,
    })
}

/// « l’attribut « a » de l’élément « e » », or « l’élément « e » ».
pub(super) fn owner(b: &Broken<'_>) -> String {
    match b.attribute {
        Some(attribute) => format!("l’attribut « {attribute} » de l’élément « {} »", b.element),
        None => format!("l’élément « {} »", b.element),
    }
}

pub(super) fn of_owner(b: &Broken<'_>) -> String {
    format!("de {}", owner(b))
}

pub(super) fn hint(names: &[String]) -> String {
    hint_named(" ; élément attendu : ", " ; éléments admis ici : ", names)
}

/// The names in guillemets, no more than [`LISTED`]; nothing when there is none.
pub(super) fn hint_named(one: &str, several: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("« {} »", shown(name))).collect();
    let more = names.len().saturating_sub(LISTED);
    let rest = match more {
        0 => String::new(),
        1 => " et 1 autre".to_owned(),
        _ => format!(" et {more} autres"),
    };
    format!("{}{}{rest}", if names.len() == 1 { one } else { several }, shown.join(", "))
}

/// The beginning of a value, on one line.
pub(super) fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The name of the identity constraint.
pub(super) fn constraint<'a>(b: &Broken<'a>) -> &'a str {
    between(b.text, "onstraint '", "': ").or_else(|| between(b.text, "Keyref '", "' ")).unwrap_or_default()
}

/// The limit that the engine quotes last.
pub(super) fn bound<'a>(b: &Broken<'a>) -> &'a str {
    b.text.strip_suffix('\'').and_then(|text| text.rsplit_once('\'')).map_or("", |(_, bound)| bound)
}

pub(super) fn last_number(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or_default()
}

/// What stands between the first `left` and the last `right`: a value may hold quotes itself.
pub(super) fn between<'a>(text: &'a str, left: &str, right: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(left)?;
    Some(after.rsplit_once(right)?.0)
}
