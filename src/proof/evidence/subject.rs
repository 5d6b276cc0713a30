//! What a record proves: that each object given is among those that the first archive time-stamp of every chain covers.

use crate::{
    domain::digest::Algorithm,
    proof::evidence::{
        Error,
        hash::HashValue,
        make::renewed_object,
        record::{Form, Record},
        verdict::{Judgement, Object},
        verify::{Found, Given},
    },
};

/// What the first archive time-stamp of a chain covers, and how it commits to an object.
struct Opening {
    algorithm: Algorithm,
    covered: Vec<HashValue>,
    /// The hash of the older chains, which is joined with an object's.
    older: Option<HashValue>,
}

/// Verifies each object against every chain, and each chain against the older ones; the objects, and how many hashes
/// of the first chain are of none of them.
pub(super) fn objects(
    record: &Record,
    chains: &mut [Vec<Found<'_>>],
    given: &[Given],
) -> Result<(Vec<Object>, usize), Error> {
    let mut openings = Vec::with_capacity(chains.len());
    for (place, chain) in chains.iter_mut().enumerate() {
        let Some(first) = chain.first_mut() else { continue };
        openings.push(opening(record, place, first)?);
    }
    let mut told = Vec::with_capacity(given.len());
    let mut left: Vec<HashValue> = openings.iter().take(1).flatten().flat_map(|first| first.covered.clone()).collect();
    for object in given {
        let mut judgement = Judgement::default();
        for (place, opening) in openings.iter().enumerate() {
            let Some(opening) = opening else {
                judgement.doubt(format!("La chaîne {} ne peut être vérifiée.", place + 1));
                continue;
            };
            let Some(own) = object.hashes.get(&opening.algorithm) else {
                judgement.doubt(format!("Son empreinte {} n’est pas fournie.", opening.algorithm.name()));
                continue;
            };
            let sought = match &opening.older {
                Some(older) => renewed_object(opening.algorithm, own, older)?,
                None => *own,
            };
            if !opening.covered.contains(&sought) {
                let is_hashed_otherwise = object.is_xml && matches!(record.form, Form::Xml(_));
                if is_hashed_otherwise {
                    judgement.doubt("C’est un objet XML, et sa forme canonique (RFC 6283) n’est pas examinée.");
                } else {
                    judgement.refuse(format!("Il n’est pas parmi les objets que la chaîne {} protège.", place + 1));
                }
            } else if place == 0 {
                left.retain(|hash| *hash != sought);
            }
        }
        told.push(Object { name: object.name.clone(), judgement });
    }
    Ok((told, left.len()))
}

/// What the first archive time-stamp of a chain covers; `None`, and it is said, when that cannot be known.
fn opening(record: &Record, place: usize, first: &mut Found<'_>) -> Result<Option<Opening>, Error> {
    let Some(algorithm) = first.algorithm else { return Ok(None) };
    let mut covered = first.covered();
    if place == 0 {
        return Ok(Some(Opening { algorithm, covered, older: None }));
    }
    let hashes =
        record.older(place)?.iter().map(|older| HashValue::of(algorithm, &[older])).collect::<Result<Vec<_>, _>>()?;
    match (&record.form, hashes.as_slice()) {
        (_, []) => {
            first.told.judgement.doubt("Le lien avec les chaînes précédentes ne peut être vérifié.");
            Ok(None)
        }
        (Form::Asn1(_), [older, ..]) => Ok(Some(Opening { algorithm, covered, older: Some(*older) })),
        (Form::Xml(_), older) => {
            if !covered.iter().any(|hash| older.contains(hash)) {
                first.told.judgement.refuse("Il ne couvre pas les chaînes précédentes.");
            }
            covered.retain(|hash| !older.contains(hash));
            Ok(Some(Opening { algorithm, covered, older: None }))
        }
    }
}
