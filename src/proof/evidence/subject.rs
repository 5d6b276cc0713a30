//! What a record proves: that each object given is among those that the first archive time-stamp of every chain covers.

use crate::{
    domain::digest::Algorithm,
    proof::evidence::{
        Error,
        hash::HashValue,
        make::renewed_object,
        record::{Record, Syntax},
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
                judgement.refuse(format!("Il n’est pas parmi les objets que la chaîne {} protège.", place + 1));
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
    let Some(older) = record.older(place)? else {
        first.told.judgement.doubt("Le lien avec les chaînes précédentes ne peut être vérifié.");
        return Ok(None);
    };
    let older = HashValue::of(algorithm, &[&older])?;
    match record.syntax {
        Syntax::Asn1 => Ok(Some(Opening { algorithm, covered, older: Some(older) })),
        Syntax::Xml => {
            if !covered.contains(&older) {
                first.told.judgement.refuse("Il ne couvre pas les chaînes précédentes.");
            }
            covered.retain(|hash| *hash != older);
            Ok(Some(Opening { algorithm, covered, older: None }))
        }
    }
}
