//! Name classes of elements and attributes (RELAX NG, sections 4.8 to 4.10 and 4.16).

use std::sync::Arc;

use crate::xml::{
    escape,
    relaxng::{GrammarFault, names::NameClass, simplify::Place, tree::Node},
};

const XMLNS: &str = "http://www.w3.org/2000/xmlns";

/// Whether the first child of an element or attribute is its name class.
pub(super) fn names_itself(node: &Node) -> bool {
    matches!(node.element, "element" | "attribute") && node.attribute("name").is_none() && !node.children.is_empty()
}

/// The names that an `element` or `attribute` may bear.
pub(super) fn of(node: &Node, place: &Place) -> Result<NameClass, GrammarFault> {
    let class = match (&node.given, node.children.first()) {
        (Some(given), _) => {
            // An attribute's name without a prefix is in no namespace, unless `ns` stands on the attribute itself.
            let own = node.element == "element" || node.attribute("ns").is_some();
            let unprefixed = if own { place.namespace.clone() } else { Arc::from("") };
            checked(given.namespace.clone().unwrap_or(unprefixed), &given.local, node, place)?
        }
        (None, Some(first)) => class(first, place, Within::Nothing)?,
        (None, None) => return Err(place.fault(node.line, format!("« {} » n’a pas de nom.", node.element))),
    };
    if node.element == "attribute" && forbidden(&class) {
        return Err(place.fault(node.line, "Un attribut ne peut pas s’appeler « xmlns »."));
    }
    Ok(class)
}

/// What a name class is excepted from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    AnyName,
    NamespaceName,
}

fn class(node: &Node, around: &Place, within: Within) -> Result<NameClass, GrammarFault> {
    let mut place = around.clone();
    if let Some(namespace) = node.attribute("ns") {
        place.namespace = Arc::from(namespace);
    }
    match node.element {
        "name" => {
            let given = node.given.as_ref().ok_or_else(|| place.fault(node.line, "Un nom est vide."))?;
            checked(given.namespace.clone().unwrap_or_else(|| place.namespace.clone()), &given.local, node, &place)
        }
        "anyName" if within == Within::Nothing => {
            Ok(NameClass::Any(except(node, &place, Within::AnyName)?.map(Box::new)))
        }
        "nsName" if within != Within::NamespaceName => {
            let except = except(node, &place, Within::NamespaceName)?.map(Box::new);
            Ok(NameClass::Namespace(place.namespace.clone(), except))
        }
        "choice" if !node.children.is_empty() => {
            let all = node.children.iter().map(|child| class(child, &place, within));
            Ok(NameClass::Choice(all.collect::<Result<_, _>>()?))
        }
        other => Err(place.fault(node.line, format!("« {other} » ne peut pas nommer ici un élément ou un attribut."))),
    }
}

fn except(node: &Node, place: &Place, within: Within) -> Result<Option<NameClass>, GrammarFault> {
    match node.children.as_slice() {
        [] => Ok(None),
        [except] if except.element == "except" && !except.children.is_empty() => {
            let all = except.children.iter().map(|child| class(child, place, within));
            Ok(Some(NameClass::Choice(all.collect::<Result<_, _>>()?)))
        }
        _ => Err(place.fault(node.line, format!("« {} » ne peut contenir que « except ».", node.element))),
    }
}

fn checked(namespace: Arc<str>, local: &str, node: &Node, place: &Place) -> Result<NameClass, GrammarFault> {
    if !escape::is_name(local) || local.contains(':') {
        return Err(place.fault(node.line, format!("« {local} » n’est pas un nom XML.")));
    }
    Ok(NameClass::Name(namespace, local.to_owned()))
}

fn forbidden(class: &NameClass) -> bool {
    match class {
        NameClass::Any(_) => false,
        NameClass::Namespace(namespace, _) => namespace.starts_with(XMLNS),
        NameClass::Name(namespace, local) => namespace.starts_with(XMLNS) || (namespace.is_empty() && local == "xmlns"),
        NameClass::Choice(all) => all.iter().any(forbidden),
    }
}
