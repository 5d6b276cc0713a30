//! The French sentences for broken rules of a schema: one row per rule of XML Schema 1.0 that the engine reports. What
//! the engine says in English is only searched for names and values, and never shown.

use crate::xml::{
    french_words::{
        between, bound, capital, constraint, french_type, hint, hint_named, last_number, of_owner, owner, shown, value,
    },
    violation::Kind,
};

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
        let found = RULES.iter().find(|(known, ..)| *known == name);
        // The engine uses this name on its own, for one thing; its other clauses are other rules.
        if found.is_some() && (name != "cvc-complex-type" || name == rule) {
            return found;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that the engine gives to a fault of a document under XML Schema 1.0.
    const CODES: &[&str] = &[
        "cvc-assess-attr.1.2",
        "cvc-attribute.4",
        "cvc-attribute.5",
        "cvc-complex-type",
        "cvc-complex-type.2.1",
        "cvc-complex-type.2.3",
        "cvc-complex-type.2.4",
        "cvc-complex-type.3",
        "cvc-complex-type.3.2.1",
        "cvc-complex-type.3.2.2",
        "cvc-complex-type.4",
        "cvc-datatype-valid",
        "cvc-datatype-valid.1.2.1",
        "cvc-elt.1",
        "cvc-elt.2",
        "cvc-elt.3.1",
        "cvc-elt.3.2.1",
        "cvc-elt.3.2.2",
        "cvc-elt.4.1",
        "cvc-elt.4.2",
        "cvc-elt.4.3",
        "cvc-elt.5.1.1",
        "cvc-elt.5.2.2",
        "cvc-elt.5.2.2.1",
        "cvc-elt.5.2.2.2",
        "cvc-enumeration-valid",
        "cvc-explicitTimezone-valid",
        "cvc-fractionDigits-valid",
        "cvc-id.1",
        "cvc-id.2",
        "cvc-identity-constraint",
        "cvc-identity-constraint.4",
        "cvc-identity-constraint.4.2.1",
        "cvc-identity-constraint.4.2.2",
        "cvc-identity-constraint.4.3",
        "cvc-length-valid",
        "cvc-maxExclusive-valid",
        "cvc-maxInclusive-valid",
        "cvc-maxLength-valid",
        "cvc-minExclusive-valid",
        "cvc-minInclusive-valid",
        "cvc-minLength-valid",
        "cvc-pattern-valid",
        "cvc-schema-location",
        "cvc-simple-type",
        "cvc-totalDigits-valid",
        "cvc-type",
        "cvc-type.2",
    ];

    fn broken<'a>(rule: &'a str, text: &'a str) -> Broken<'a> {
        Broken { rule, text, element: "Content", namespace: "", attribute: None, known: true, listed: Vec::new() }
    }

    #[test]
    fn every_code_of_the_engine_has_its_sentence() {
        for code in CODES {
            let (kind, message) = tell(&broken(code, ""));
            assert_ne!(kind, Kind::Other, "{code}");
            assert!(message.ends_with('.') && !message.contains(code), "{code}: {message}");
        }
    }

    #[test]
    fn an_unheard_of_code_is_named_and_the_engine_is_not_quoted() {
        for code in ["cvc-wildcard.2", "cvc-complex-type.5", "src-resolve"] {
            let (kind, message) = tell(&broken(code, "English words"));
            assert_eq!(kind, Kind::Other);
            assert_eq!(message, format!("L’élément « Content » enfreint la règle « {code} » du schéma."));
        }
    }

    #[test]
    fn long_lists_and_long_values_are_cut() {
        let mut fault = broken("cvc-enumeration-valid", "value 'x' is not in the allowed set");
        fault.listed = (0..12).map(|number| number.to_string()).collect();
        let (_, message) = tell(&fault);
        assert!(message.ends_with("« 9 » et 2 autres."), "{message}");
        let text = format!("value '{}' is not in the allowed set", "x".repeat(1000));
        let (_, message) = tell(&broken("cvc-enumeration-valid", &text));
        assert!(message.contains("x…") && message.len() < 200, "{message}");
    }

    #[test]
    fn values_may_hold_quotes_and_line_ends() {
        let text = "value 'l'acte d'a\nb' does not match pattern '[a']+'";
        let (_, message) = tell(&broken("cvc-pattern-valid", text));
        assert_eq!(message, "« l'acte d'a b » n’a pas la forme exigée pour l’élément « Content ».");
    }

    #[test]
    fn one_missing_element_is_named() {
        let mut fault = broken("cvc-complex-type.2.4", "Element 'Content' content model is incomplete: expected more");
        fault.listed = vec!["Title".to_owned()];
        let expected = "L’élément « Title » manque dans « Content » : il est obligatoire à cet endroit.";
        assert_eq!(tell(&fault), (Kind::MissingElement, expected.to_owned()));
    }
}
