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

/// The names of digest algorithms (RFC 6931).
const DIGESTS: [(Algorithm, &str); 4] = [
    (Algorithm::Sha1, "http://www.w3.org/2000/09/xmldsig#sha1"),
    (Algorithm::Sha256, "http://www.w3.org/2001/04/xmlenc#sha256"),
    (Algorithm::Sha384, "http://www.w3.org/2001/04/xmldsig-more#sha384"),
    (Algorithm::Sha512, "http://www.w3.org/2001/04/xmlenc#sha512"),
];

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
        let items = self.element.items();
        let is_later = |item: &Item| match item {
            Item::Element(element) => order(element).is_none_or(|order| order > place),
            _ => false,
        };
        let is_older = |item: &Item| matches!(item, Item::Element(_)) && !is_later(item);
        let last_older = items.iter().rposition(is_older).unwrap_or_default();
        let last = items.iter().rposition(|item| matches!(item, Item::Element(_))).unwrap_or_default();
        let first_later = items.iter().position(is_later).unwrap_or_default();
        // What stands between the chains may be of the day of the renewal or of an older day.
        let spaces: [&dyn Fn(usize) -> bool; 4] =
            [&|_| true, &|at| at < first_later, &|at| at < last_older, &|at| at < last_older || at > last];
        let mut forms: Vec<Vec<u8>> = Vec::new();
        for space in spaces {
            let kept = items.iter().enumerate().filter(|(at, item)| is_older(item) || !is_later(item) && space(*at));
            let sequence = self.element.with(kept.map(|(_, item)| item.clone()).collect());
            forms.extend(sequence.canonical(*method).map(String::into_bytes));
        }
        forms.dedup();
        forms
    }
}

fn chain(element: &Element, method: Option<canonical::Form>) -> Result<Chain, Unreadable> {
    let name = only(element, "DigestMethod")?.attribute("Algorithm").unwrap_or_default();
    let known = DIGESTS.iter().find(|(_, uri)| *uri == name);
    let algorithm = known.map_or_else(|| Named::Unknown(name.to_owned()), |(algorithm, _)| Named::Known(*algorithm));
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
