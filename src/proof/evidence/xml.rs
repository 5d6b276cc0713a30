//! The XML of RFC 6283, read into the same record as the ASN.1 of RFC 4998; nothing is written in it.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    domain::digest::Algorithm,
    proof::evidence::{
        element::{Element, Item},
        record::{Chain, Form, Link, MOST_CHAINS, Named, Record, Unreadable, unreadable},
    },
    xml::canonical,
};

/// The namespace of RFC 6283.
const NAMESPACE: &str = "urn:ietf:params:xml:ns:ers";

/// What the renewals of a record in XML commit to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The element of the sequence, with all chains.
    element: Box<Element>,
    /// The canonical form that each chain names, when it is known.
    methods: Vec<Option<canonical::Form>>,
}

/// Reads a record in XML.
pub(super) fn read(document: &[u8]) -> Result<Record, Unreadable> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let root = Element::read(document).map_err(Unreadable)?;
    if !root.is(NAMESPACE, "EvidenceRecord") || root.attribute("Version") != Some("1.0") {
        return Err(unreadable("Ce n’est pas un enregistrement de preuve en XML (RFC 6283), version 1.0."));
    }
    let element = only(&root, "ArchiveTimeStampSequence")?;
    let in_order = ordered(element, "ArchiveTimeStampChain")?;
    if in_order.len() > MOST_CHAINS {
        return Err(Unreadable(format!("Il a plus de {MOST_CHAINS} chaînes.")));
    }
    let methods: Vec<_> = in_order.iter().map(|chain| method(chain)).collect();
    let chains = in_order.iter().zip(&methods).map(|(element, method)| chain(element, *method));
    let chains = chains.collect::<Result<Vec<_>, _>>()?;
    Ok(Record { form: Form::Xml(Sequence { element: Box::new(element.clone()), methods }), declared: None, chains })
}

impl Sequence {
    /// What the chain at `place`, counted from 0, may commit to: the sequence in canonical form without this chain and
    /// the later ones. White space that was added with them may stand in it or not.
    pub(super) fn older(&self, place: usize) -> Vec<Vec<u8>> {
        let Some(Some(method)) = self.methods.get(place) else { return Vec::new() };
        let is_later = |item: &Item| match item {
            Item::Element(element) => order(element).is_none_or(|order| order > place),
            _ => false,
        };
        let with_all_space = self.element.with(|item| !is_later(item));
        let mut begun = false;
        let with_space_before = self.element.with(|item| {
            begun |= is_later(item);
            !begun
        });
        let mut last = 0;
        let without_space = self.element.with(|item| {
            let is_older = matches!(item, Item::Element(_)) && !is_later(item);
            let kept = is_older || last < place;
            last += usize::from(is_older);
            kept && !is_later(item)
        });
        let mut forms: Vec<Vec<u8>> = [with_all_space, with_space_before, without_space]
            .iter()
            .filter_map(|sequence| sequence.canonical(*method).map(String::into_bytes))
            .collect();
        forms.dedup();
        forms
    }
}

fn chain(element: &Element, method: Option<canonical::Form>) -> Result<Chain, Unreadable> {
    let name = only(element, "DigestMethod")?.attribute("Algorithm").unwrap_or_default();
    let algorithm = Algorithm::named(name).map_or_else(|| Named::Unknown(name.to_owned()), Named::Known);
    let links = ordered(element, "ArchiveTimeStamp")?.into_iter().map(|stamp| {
        let time_stamp = only(stamp, "TimeStamp")?;
        let token = only(time_stamp, "TimeStampToken")?;
        if token.attribute("Type") != Some("RFC3161") {
            return Err(unreadable("Un de ses horodatages n’est pas un jeton RFC 3161."));
        }
        Ok(Link {
            algorithm: algorithm.clone(),
            tree: stamp.below("HashTree").next().map(lists).transpose()?,
            token: bytes(token)?,
            renewed: method.and_then(|form| time_stamp.canonical(form)).map(String::into_bytes),
        })
    });
    Ok(Chain { links: links.collect::<Result<_, _>>()? })
}

/// The lists of a tree.
fn lists(tree: &Element) -> Result<Vec<Vec<Vec<u8>>>, Unreadable> {
    ordered(tree, "Sequence")?.into_iter().map(|list| list.below("DigestValue").map(bytes).collect()).collect()
}

/// The canonical form that a chain names.
fn method(chain: &Element) -> Option<canonical::Form> {
    let name = chain.below("CanonicalizationMethod").next()?.attribute("Algorithm")?;
    let (name, comments) = name.strip_suffix("#WithComments").map_or((name, false), |name| (name, true));
    match name {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => Some(canonical::Form::Inclusive { comments }),
        "http://www.w3.org/2001/10/xml-exc-c14n#" => Some(canonical::Form::Exclusive { comments: false }),
        "http://www.w3.org/2001/10/xml-exc-c14n" if comments => Some(canonical::Form::Exclusive { comments }),
        _ => None,
    }
}

/// The elements of a name, in the order of their `Order`: 1, 2, and so on, at least one.
fn ordered<'a>(above: &'a Element, local: &'a str) -> Result<Vec<&'a Element>, Unreadable> {
    let mut elements: Vec<&Element> = above.below(local).collect();
    elements.sort_by_key(|element| order(element));
    let is_whole = elements.iter().enumerate().all(|(place, element)| order(element) == Some(place + 1));
    if elements.is_empty() || !is_whole {
        return Err(Unreadable(format!("Les éléments « {local} » ne sont pas numérotés de 1 en 1.")));
    }
    Ok(elements)
}

fn order(element: &Element) -> Option<usize> {
    element.attribute("Order")?.parse().ok()
}

fn only<'a>(above: &'a Element, local: &'a str) -> Result<&'a Element, Unreadable> {
    let mut below = above.below(local);
    let found = below.next().filter(|_| below.next().is_none());
    found.ok_or_else(|| Unreadable(format!("Il faut un élément « {local} » et un seul.")))
}

fn bytes(element: &Element) -> Result<Vec<u8>, Unreadable> {
    let text: String = element.text().split_ascii_whitespace().collect();
    STANDARD.decode(text).map_err(|_| unreadable("Une de ses valeurs n’est pas en base 64."))
}
