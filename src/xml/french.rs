//! The French sentences for broken rules of a schema: one row per rule of XML Schema 1.0 that the engine reports. What
//! the engine says in English is only searched for names and values, and never shown.

use crate::xml::violation::Kind;

/// Values or names listed in one sentence.
const LISTED: usize = 10;
/// Characters shown of one value.
const SHOWN: usize = 80;

/// A broken rule, as the engine reports it.
pub(super) struct Broken<'a> {
    /// The rule's code in XML Schema.
    pub rule: &'a str,
    /// The engine's words.
    pub text: &'a str,
    /// Local name of the element that the rule is about.
    pub element: &'a str,
    /// Namespace of what the rule is about.
    pub namespace: &'a str,
    /// Local name of the attribute, when the rule is about one.
    pub attribute: Option<&'a str>,
    /// Whether the schema declares an element of that name somewhere.
    pub known: bool,
    /// What would have been right: names of elements or values.
    pub listed: Vec<String>,
}

impl<'a> Broken<'a> {
    /// The name of the unexpected child, when that is what is told.
    pub fn child(&self) -> Option<&'a str> {
        is_unexpected(self.rule, self.text).then(|| child(self.text))
    }
}

type Row = (&'static str, Kind, fn(&Broken<'_>) -> String);

/// Every rule with its kind and its sentence. A rule's own row stands for its clauses too, unless they have one.
const RULES: &[Row] = &[
    ("cvc-elt.1", Kind::UnknownElement, unknown_element),
    ("cvc-elt.2", Kind::Abstract, abstract_element),
    ("cvc-elt.3.1", Kind::Nil, |b| {
        format!("L’élément « {} » ne peut pas être déclaré vide par « xsi:nil ».", b.element)
    }),
    ("cvc-elt.3.2.1", Kind::Nil, |b| {
        format!("L’élément « {} » est déclaré vide par « xsi:nil » mais a un contenu.", b.element)
    }),
    ("cvc-elt.3.2.2", Kind::Nil, |b| {
        format!("L’élément « {} » a une valeur imposée : il ne peut pas être déclaré vide par « xsi:nil ».", b.element)
    }),
    ("cvc-elt.4", Kind::WrongType, wrong_type),
    ("cvc-elt.5.1.1", Kind::FixedValue, |b| {
        format!(
            "L’élément « {} » est vide, et sa valeur par défaut ne convient pas au type que donne « xsi:type ».",
            b.element
        )
    }),
    ("cvc-elt.5.2.2", Kind::FixedValue, fixed_value),
    ("cvc-type.2", Kind::Abstract, abstract_type),
    ("cvc-type", Kind::WrongType, wrong_type),
    ("cvc-attribute.4", Kind::FixedValue, fixed_value),
    ("cvc-attribute.5", Kind::WrongType, wrong_type),
    ("cvc-assess-attr.1.2", Kind::UnknownAttribute, unknown_attribute),
    ("cvc-complex-type.2.1", Kind::UnexpectedText, |b| {
        format!("L’élément « {} » doit être vide, sans texte ni espace.", b.element)
    }),
    ("cvc-complex-type.2.3", Kind::UnexpectedText, |b| {
        format!("L’élément « {} » ne peut contenir que des éléments, mais du texte s’y trouve.", b.element)
    }),
    ("cvc-complex-type.2.4", Kind::UnexpectedElement, unexpected_element),
    ("cvc-complex-type.3.2", Kind::UnknownAttribute, unknown_attribute),
    ("cvc-complex-type.3", Kind::UnknownAttribute, unknown_attribute),
    ("cvc-complex-type.4", Kind::MissingAttribute, missing_attribute),
    ("cvc-complex-type", Kind::DuplicateId, |b| {
        format!("L’élément « {} » porte plus d’un attribut d’identification.", b.element)
    }),
    ("cvc-datatype-valid", Kind::WrongValue, wrong_value),
    ("cvc-simple-type", Kind::WrongValue, wrong_value),
    ("cvc-enumeration-valid", Kind::Enumeration, not_listed),
    ("cvc-pattern-valid", Kind::Pattern, |b| {
        format!("« {} » n’a pas la forme exigée pour {}.", shown(value(b)), owner(b))
    }),
    ("cvc-length-valid", Kind::Length, |b| format!("La valeur {} n’a pas la longueur exigée.", of_owner(b))),
    ("cvc-minLength-valid", Kind::Length, |b| {
        format!("La valeur {} est trop courte (longueur minimale : {}).", of_owner(b), last_number(b.text))
    }),
    ("cvc-maxLength-valid", Kind::Length, |b| {
        format!("La valeur {} est trop longue (longueur maximale : {}).", of_owner(b), last_number(b.text))
    }),
    ("cvc-minInclusive-valid", Kind::Bounds, |b| {
        format!("« {} » est trop petit pour {} : le minimum est « {} ».", shown(value(b)), owner(b), bound(b))
    }),
    ("cvc-maxInclusive-valid", Kind::Bounds, |b| {
        format!("« {} » est trop grand pour {} : le maximum est « {} ».", shown(value(b)), owner(b), bound(b))
    }),
    ("cvc-minExclusive-valid", Kind::Bounds, |b| {
        format!("« {} » est trop petit pour {} : il faut plus que « {} ».", shown(value(b)), owner(b), bound(b))
    }),
    ("cvc-maxExclusive-valid", Kind::Bounds, |b| {
        format!("« {} » est trop grand pour {} : il faut moins que « {} ».", shown(value(b)), owner(b), bound(b))
    }),
    ("cvc-totalDigits-valid", Kind::Bounds, |b| {
        format!("La valeur {} a trop de chiffres (maximum : {}).", of_owner(b), last_number(b.text))
    }),
    ("cvc-fractionDigits-valid", Kind::Bounds, |b| {
        format!("La valeur {} a trop de décimales (maximum : {}).", of_owner(b), last_number(b.text))
    }),
    ("cvc-explicitTimezone-valid", Kind::WrongValue, |b| {
        format!("Le fuseau horaire de la valeur {} manque ou est de trop.", of_owner(b))
    }),
    ("cvc-id.1", Kind::UnknownReference, |b| {
        format!("La référence « {} » de {} ne désigne aucun identifiant du document.", shown(value(b)), owner(b))
    }),
    ("cvc-id.2", Kind::DuplicateId, |b| {
        format!("L’identifiant « {} » de {} est déjà utilisé dans le document.", shown(value(b)), owner(b))
    }),
    ("cvc-identity-constraint.4.2.1", Kind::Uniqueness, |b| {
        format!(
            "L’élément « {} » n’a pas, ou a plusieurs fois, la clé que le schéma exige (« {} »).",
            b.element,
            constraint(b)
        )
    }),
    ("cvc-identity-constraint.4.2.2", Kind::Uniqueness, |b| {
        format!(
            "La clé de l’élément « {} » est déjà prise, alors qu’elle doit être unique (« {} »).",
            b.element,
            constraint(b)
        )
    }),
    ("cvc-identity-constraint.4.3", Kind::UnknownReference, |b| {
        format!("La clé à laquelle l’élément « {} » renvoie n’existe pas (« {} »).", b.element, constraint(b))
    }),
    ("cvc-identity-constraint", Kind::Uniqueness, |b| {
        format!(
            "Une contrainte d’unicité du schéma ne peut pas s’appliquer à l’élément « {} » (« {} »).",
            b.element,
            constraint(b)
        )
    }),
    ("cvc-schema-location", Kind::WrongValue, |_| {
        "« xsi:schemaLocation » doit contenir des paires : un espace de noms, puis une adresse.".to_owned()
    }),
];

/// The kind of what is broken, and a French sentence for it.
pub(super) fn tell(broken: &Broken<'_>) -> (Kind, String) {
    match row(broken.rule) {
        Some((_, Kind::UnexpectedElement, _)) if is_incomplete(broken.rule, broken.text) => {
            (Kind::MissingElement, missing_element(broken))
        }
        Some((_, Kind::UnexpectedElement, sentence)) if !broken.known => (Kind::UnknownElement, sentence(broken)),
        Some((_, kind, sentence)) => (*kind, sentence(broken)),
        None => (Kind::Other, format!("{} enfreint la règle « {} » du schéma.", capital(&owner(broken)), broken.rule)),
    }
}

/// The row of a rule, or of the nearest rule whose clause it is.
fn row(rule: &str) -> Option<&'static Row> {
    let mut name = rule;
    loop {
        if let Some(row) = RULES.iter().find(|(known, ..)| *known == name) {
            return Some(row);
        }
        name = name.rsplit_once('.')?.0;
    }
}

/// Whether the engine says that a child stands where it may not.
pub(super) fn is_unexpected(rule: &str, text: &str) -> bool {
    rule == "cvc-complex-type.2.4" && text.contains("is not allowed at this position")
}

/// Whether the engine says that an element ends too early.
pub(super) fn is_incomplete(rule: &str, text: &str) -> bool {
    rule == "cvc-complex-type.2.4" && text.contains("content model is incomplete")
}

/// Whether the rule forbids text.
pub(super) fn is_text(rule: &str) -> bool {
    matches!(rule, "cvc-complex-type.2.1" | "cvc-complex-type.2.3")
}

/// The name of the unexpected child.
pub(super) fn child(text: &str) -> &str {
    between(text, "Element '", "' is not allowed").unwrap_or_default()
}

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

fn unknown_element(b: &Broken<'_>) -> String {
    let place = if b.namespace.is_empty() {
        "sans espace de noms".to_owned()
    } else {
        format!("espace de noms « {} »", shown(b.namespace))
    };
    format!("Le schéma ne connaît pas d’élément « {} » ({place}) à cet endroit.", b.element)
}

fn unexpected_element(b: &Broken<'_>) -> String {
    let child = child(b.text);
    let fault = if b.known { "n’est pas permis à cet endroit" } else { "est inconnu du schéma" };
    format!("L’élément « {child} », dans « {} », {fault}{}.", b.element, hint(&b.listed))
}

fn missing_element(b: &Broken<'_>) -> String {
    match b.listed.as_slice() {
        [] => format!("Le contenu de l’élément « {} » est incomplet : un élément obligatoire manque.", b.element),
        [one] => format!("L’élément « {one} » manque dans « {} » : il est obligatoire à cet endroit.", b.element),
        several => format!("Un élément obligatoire manque dans « {} »{}.", b.element, hint(several)),
    }
}

fn abstract_element(b: &Broken<'_>) -> String {
    format!("L’élément « {} » est abstrait : un élément qui le remplace est attendu.", b.element)
}

fn abstract_type(b: &Broken<'_>) -> String {
    format!("Le type de l’élément « {} » est abstrait : « xsi:type » doit donner un type concret.", b.element)
}

fn wrong_type(b: &Broken<'_>) -> String {
    let name = value(b);
    if name.is_empty() {
        return format!("Le type donné à l’élément « {} » n’existe pas ou n’y est pas permis.", b.element);
    }
    format!("Le type « {} » donné à l’élément « {} » n’existe pas ou n’y est pas permis.", shown(name), b.element)
}

fn unknown_attribute(b: &Broken<'_>) -> String {
    let name = b.attribute.or_else(|| between(b.text, "ttribute '", "'")).unwrap_or_default();
    format!("L’attribut « {name} » n’est pas permis sur l’élément « {} ».", b.element)
}

fn missing_attribute(b: &Broken<'_>) -> String {
    let name = between(b.text, "attribute '", "'").unwrap_or_default();
    format!("L’attribut « {name} » manque sur l’élément « {} » : il est obligatoire.", b.element)
}

fn fixed_value(b: &Broken<'_>) -> String {
    let fixed = between(b.text, "fixed value '", "' but ").unwrap_or_default();
    match value(b) {
        "" => format!("La valeur {} doit être « {} ».", of_owner(b), shown(fixed)),
        found => format!("La valeur {} doit être « {} », non « {} ».", of_owner(b), shown(fixed), shown(found)),
    }
}

fn wrong_value(b: &Broken<'_>) -> String {
    let named = between(b.text, "Invalid ", " value '").unwrap_or_default();
    let named = if named.is_empty() { b.text.split_once("for type ").map_or("", |(_, after)| after) } else { named };
    let what = french_type(named.trim_start_matches("xs:"));
    match (value(b), what) {
        ("", Some(what)) => format!("{} est vide ; {what} est attendu.", capital(&owner(b))),
        (value, Some(what)) => format!("« {} » ne convient pas à {} ; {what} est attendu.", shown(value), owner(b)),
        ("", None) => format!("La valeur {} n’est pas du type que le schéma exige.", of_owner(b)),
        (value, None) => format!("« {} » n’est pas du type que le schéma exige pour {}.", shown(value), owner(b)),
    }
}

fn not_listed(b: &Broken<'_>) -> String {
    let values = hint_named(" ; valeur permise : ", " ; valeurs permises : ", &b.listed);
    format!("« {} » n’est pas une valeur permise de {}{values}.", shown(value(b)), owner(b))
}

/// What a value of a built-in type is, with the masculine that « est attendu » asks for.
fn french_type(name: &str) -> Option<&'static str> {
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
fn owner(b: &Broken<'_>) -> String {
    match b.attribute {
        Some(attribute) => format!("l’attribut « {attribute} » de l’élément « {} »", b.element),
        None => format!("l’élément « {} »", b.element),
    }
}

fn of_owner(b: &Broken<'_>) -> String {
    format!("de {}", owner(b))
}

fn hint(names: &[String]) -> String {
    hint_named(" ; élément attendu : ", " ; éléments admis ici : ", names)
}

/// The names in guillemets, no more than [`LISTED`]; nothing when there is none.
fn hint_named(one: &str, several: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("« {} »", shown(name))).collect();
    let more = names.len().saturating_sub(LISTED);
    let rest = if more == 0 { String::new() } else { format!(" et {more} autres") };
    format!("{}{}{rest}", if names.len() == 1 { one } else { several }, shown.join(", "))
}

/// The beginning of a value, on one line.
fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The name of the identity constraint.
fn constraint<'a>(b: &Broken<'a>) -> &'a str {
    between(b.text, "onstraint '", "': ").or_else(|| between(b.text, "Keyref '", "' ")).unwrap_or_default()
}

/// The limit that the engine quotes last.
fn bound<'a>(b: &Broken<'a>) -> &'a str {
    b.text.strip_suffix('\'').and_then(|text| text.rsplit_once('\'')).map_or("", |(_, bound)| bound)
}

fn last_number(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or_default()
}

/// What stands between the first `left` and the last `right`: a value may hold quotes itself.
fn between<'a>(text: &'a str, left: &str, right: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(left)?;
    Some(after.rsplit_once(right)?.0)
}
