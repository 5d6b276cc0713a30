//! Verification of an evidence record (RFC 4998, 5.3): every chain, every time-stamp, every object, at an instant.
//!
//! Whether a token holds is the matter of [`Tokens`]; that each did so when the next was made is verified here.

use std::collections::BTreeMap;

use crate::{
    domain::{clock::Timestamp, digest::Algorithm},
    pki::trust::Trust,
    proof::evidence::{
        Error,
        hash::{HashValue, length},
        record::{Link, Named, Record},
        stamp::{self, Stamp, Standing, Tokens},
        subject,
        tree::ReducedTree,
        verdict::{Judgement, TimeStamp, Verdict},
    },
};

/// An object given with a record: its hashes by every algorithm that [`Record::algorithms`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What people call it.
    pub name: String,
    /// Its hashes; what is missing makes the verdict "not verified".
    pub hashes: BTreeMap<Algorithm, HashValue>,
    /// Whether it is an XML document, which RFC 6283 hashes in a canonical form that is not computed here.
    pub is_xml: bool,
}

/// A link, with what was found in it.
pub(super) struct Found<'a> {
    pub(super) link: &'a Link,
    pub(super) stamp: Option<Stamp>,
    pub(super) algorithm: Option<Algorithm>,
    pub(super) tree: Option<ReducedTree>,
    pub(super) told: TimeStamp,
}

impl Found<'_> {
    /// The hashes of what the time-stamp covers: the first list of its tree, or its imprint.
    pub(super) fn covered(&self) -> Vec<HashValue> {
        match (&self.tree, &self.link.tree) {
            (Some(tree), _) => tree.first().to_vec(),
            (None, None) => self.stamp.iter().filter_map(|stamp| HashValue::new(&stamp.imprint.value)).collect(),
            (None, Some(_)) => Vec::new(),
        }
    }
}

/// Verifies a record whose time-stamps are tokens of RFC 3161, for who believes `trust`; believing nobody, the record is
/// never valid.
///
/// # Errors
/// As [`verify`].
pub fn verify_believing(trust: &Trust, record: &Record, given: &[Given], at: Timestamp) -> Result<Verdict, Error> {
    let tokens = Tokens { read: &stamp::read, standing: &|token, at| stamp::standing(trust, token, at) };
    verify(record, given, &tokens, at)
}

/// Verifies a record at the instant `at`, over the objects `given`; without any, it is never valid.
///
/// # Errors
/// The cryptographic library refuses to hash: what is wrong with the record is in the verdict.
pub fn verify(record: &Record, given: &[Given], tokens: &Tokens<'_>, at: Timestamp) -> Result<Verdict, Error> {
    let mut chains: Vec<Vec<Found<'_>>> = record
        .chains
        .iter()
        .enumerate()
        .map(|(chain, links)| {
            links.links.iter().enumerate().map(|(place, link)| find(chain, place, link, tokens)).collect()
        })
        .collect();
    for chain in &mut chains {
        same_algorithm(chain, record.declared.as_deref());
        for found in &mut *chain {
            imprint(found)?;
        }
        renewals(chain)?;
    }
    times(&mut chains, tokens, at);
    let (objects, not_given) = subject::objects(record, &mut chains, given)?;
    let time_stamps: Vec<TimeStamp> = chains.into_iter().flatten().map(|found| found.told).collect();
    let mut whole = Judgement::default();
    for stamp in &time_stamps {
        let which = format!("Horodatage {} de la chaîne {}", stamp.place, stamp.chain);
        fold(&mut whole, &which, &stamp.judgement);
    }
    for object in &objects {
        fold(&mut whole, &format!("Objet « {} »", object.name), &object.judgement);
    }
    if objects.is_empty() {
        whole.doubt("Objets non fournis : seuls les horodatages et leur enchaînement sont examinés.");
    }
    Ok(Verdict { judgement: whole, time_stamps, objects, not_given })
}

fn fold(whole: &mut Judgement, which: &str, part: &Judgement) {
    whole.outcome = whole.outcome.max(part.outcome);
    whole.reasons.extend(part.reasons.iter().map(|reason| format!("{which} : {}", after_colon(reason))));
}

/// A sentence as it goes on after a colon, unless it begins with a name.
fn after_colon(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => sentence.to_owned(),
    }
}

/// Reads the token and the tree of a link.
fn find<'a>(chain: usize, place: usize, link: &'a Link, tokens: &Tokens<'_>) -> Found<'a> {
    let mut judgement = Judgement::default();
    let stamp =
        (tokens.read)(&link.token).map_err(|why| judgement.refuse(format!("Le jeton ne se lit pas. {why}"))).ok();
    let of_stamp = stamp.as_ref().map(|stamp| stamp.imprint.algorithm);
    let algorithm = match &link.algorithm {
        Named::Known(algorithm) => Some(*algorithm),
        Named::Unsaid => of_stamp,
        Named::Unknown(name) => {
            judgement.doubt(format!("L’algorithme d’empreinte « {name} » n’est pas connu."));
            None
        }
    };
    if let (Some(of_stamp), Some(algorithm)) = (of_stamp, algorithm)
        && of_stamp != algorithm
    {
        judgement.refuse(format!("L’empreinte du jeton n’est pas en {}, l’algorithme de l’arbre.", algorithm.name()));
    }
    if let Some(weak @ (Algorithm::Md5 | Algorithm::Sha1)) = algorithm {
        judgement.doubt(format!("{} n’est plus un algorithme sûr.", weak.name()));
    }
    let mut tree = None;
    if let (Some(lists), Some(algorithm)) = (&link.tree, algorithm) {
        tree = ReducedTree::read(algorithm, lists).map_err(|why| judgement.refuse(why)).ok();
    }
    let told = TimeStamp {
        chain: chain + 1,
        place: place + 1,
        at: stamp.as_ref().map(|stamp| stamp.at),
        authority: stamp.as_ref().map(|stamp| stamp.authority.clone()),
        algorithm,
        until: None,
        judgement,
    };
    Found { link, stamp, algorithm, tree, told }
}

/// All archive time-stamps of a chain use one algorithm, which the record declares.
fn same_algorithm(chain: &mut [Found<'_>], declared: Option<&[Algorithm]>) {
    let first = chain.first().and_then(|found| found.algorithm);
    for found in chain {
        let Some(algorithm) = found.algorithm else { continue };
        if first.is_some_and(|first| first != algorithm) {
            found.told.judgement.refuse("Son algorithme n’est pas celui de sa chaîne.");
        }
        if declared.is_some_and(|declared| !declared.contains(&algorithm)) {
            let why = format!("L’enregistrement n’annonce pas l’algorithme {}.", algorithm.name());
            found.told.judgement.refuse(why);
        }
    }
}

/// The tree leads to the imprint of the token.
fn imprint(found: &mut Found<'_>) -> Result<(), Error> {
    let (Some(stamp), Some(algorithm)) = (&found.stamp, found.algorithm) else { return Ok(()) };
    if stamp.imprint.value.len() != length(algorithm) {
        found.told.judgement.refuse("L’empreinte du jeton n’a pas la longueur de son algorithme.");
        return Ok(());
    }
    if let Some(tree) = &found.tree {
        let root = tree.root(algorithm)?;
        if root.as_ref().map(HashValue::bytes) != Some(stamp.imprint.value.as_slice()) {
            found.told.judgement.refuse("L’arbre de hachage ne mène pas à l’empreinte horodatée.");
        }
    }
    Ok(())
}

/// Within a chain, each archive time-stamp covers the one before.
fn renewals(chain: &mut [Found<'_>]) -> Result<(), Error> {
    let mut before: Option<&Link> = None;
    for found in chain {
        if let (Some(before), Some(algorithm)) = (before, found.algorithm) {
            match &before.renewed {
                None => found.told.judgement.doubt("Le lien avec l’horodatage précédent ne peut être vérifié."),
                Some(renewed) => {
                    if !found.covered().contains(&HashValue::of(algorithm, &[renewed])?) {
                        found.told.judgement.refuse("Il ne couvre pas l’horodatage précédent.");
                    }
                }
            }
        }
        before = Some(found.link);
    }
    Ok(())
}

/// Each token holds at the instant of the next one, the last at `at`, and no time goes back.
fn times(chains: &mut [Vec<Found<'_>>], tokens: &Tokens<'_>, at: Timestamp) {
    let mut next = Some(at);
    let mut is_last = true;
    for found in chains.iter_mut().rev().flat_map(|chain| chain.iter_mut().rev()) {
        let made = found.stamp.as_ref().map(|stamp| stamp.at);
        let judgement = &mut found.told.judgement;
        if let (Some(made), Some(then)) = (made, next) {
            if made > then {
                judgement.refuse(if is_last {
                    "Il est postérieur à l’instant de la vérification."
                } else {
                    "Il est postérieur à l’horodatage qui le renouvelle."
                });
            }
            match (tokens.standing)(&found.link.token, then) {
                Standing::Holds(until) => {
                    found.told.until = Some(until);
                    if until < then {
                        judgement.refuse(format!("Son certificat n’était plus valable le {then}."));
                    }
                }
                Standing::Doubtful(why) => judgement.doubt(why),
                Standing::Broken(why) => judgement.refuse(why),
            }
        } else if made.is_some() {
            judgement
                .doubt("L’horodatage qui le renouvelle ne se lit pas : l’instant où il devait valoir n’est pas connu.");
        }
        next = made;
        is_last = false;
    }
}
