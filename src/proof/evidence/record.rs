//! An evidence record as verification sees it, whichever its syntax: chains of links, each with a tree and a token.

use rasn::types::Any;

use crate::{
    domain::digest::Algorithm,
    proof::evidence::{
        Error,
        asn1::{self, ArchiveTimeStamp, EvidenceRecord},
    },
};

/// The most chains that a record may have: each is a change of algorithm, once in ten or twenty years.
const MOST_CHAINS: usize = 64;

/// The bytes are no evidence record; why, in French.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// How a chain refers to the older ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// RFC 4998: each object's hash is joined with that of the older chains.
    Asn1,
    /// RFC 6283: the hash of the older chains stands beside those of the objects.
    Xml,
}

/// A record that was read; nothing in it is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The syntax it was read from.
    pub syntax: Syntax,
    /// The algorithms that the record says to use; `None` when its syntax does not say.
    pub declared: Option<Vec<Algorithm>>,
    /// The chains, oldest first: never empty.
    pub chains: Vec<Chain>,
}

/// Archive time-stamps by one algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The chain in the form that later chains commit to; `None` when that form is not known.
    pub form: Option<Vec<u8>>,
    /// The archive time-stamps, oldest first: never empty.
    pub links: Vec<Link>,
}

/// An archive time-stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The algorithm of the tree.
    pub algorithm: Named,
    /// The lists of the reduced tree, as written.
    pub tree: Option<Vec<Vec<Vec<u8>>>>,
    /// The token, in DER.
    pub token: Vec<u8>,
    /// The bytes that the next link commits to; `None` when their form is not known.
    pub renewed: Option<Vec<u8>>,
}

/// An algorithm as a record names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// It is that of the time-stamp.
    Unsaid,
    /// A known one.
    Known(Algorithm),
    /// Another; its identifier.
    Unknown(String),
}

impl Record {
    /// Reads a record in DER (RFC 4998).
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        Self::of(
            &asn1::decode(bytes)
                .ok_or_else(|| unreadable("Ce n’est pas un enregistrement de preuve en DER (RFC 4998)."))?,
        )
    }

    /// The record as verification sees it.
    pub fn of(record: &EvidenceRecord) -> Result<Self, Unreadable> {
        if record.version != 1.into() {
            return Err(unreadable("Sa version n’est pas 1."));
        }
        if record.sequence.is_empty() || record.sequence.iter().any(Vec::is_empty) {
            return Err(unreadable("Il a une chaîne sans horodatage, ou n’en a aucune."));
        }
        if record.sequence.len() > MOST_CHAINS {
            return Err(Unreadable(format!("Il a plus de {MOST_CHAINS} chaînes.")));
        }
        let chain = |chain: &asn1::ArchiveTimeStampChain| {
            let form = asn1::encode(chain).map_err(|error| Unreadable(error.to_string()))?;
            Ok(Chain { form: Some(form), links: chain.iter().map(link).collect() })
        };
        let chains = record.sequence.iter().map(chain).collect::<Result<Vec<_>, _>>()?;
        let declared = record.digest_algorithms.iter().filter_map(asn1::algorithm).collect();
        Ok(Self { syntax: Syntax::Asn1, declared: Some(declared), chains })
    }

    /// The bytes that the chain at `place`, counted from 0, commits to: all older chains; `None` when they are not known.
    ///
    /// # Errors
    /// [`Error::Encode`].
    pub fn older(&self, place: usize) -> Result<Option<Vec<u8>>, Error> {
        let older = self.chains.iter().take(place).map(|chain| chain.form.clone().map(Any::new));
        let Some(older) = older.collect::<Option<Vec<Any>>>() else {
            return Ok(None);
        };
        match self.syntax {
            Syntax::Asn1 => asn1::encode(&older).map(Some),
            Syntax::Xml => Ok(None),
        }
    }

    /// The algorithms by which objects must be hashed to be verified; where a chain does not say its own, every one
    /// that the record declares.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let named = self.chains.iter().flat_map(|chain| &chain.links).filter_map(|link| match link.algorithm {
            Named::Known(algorithm) => Some(algorithm),
            _ => None,
        });
        let mut algorithms: Vec<Algorithm> = named.chain(self.declared.iter().flatten().copied()).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        algorithms
    }
}

fn link(stamp: &ArchiveTimeStamp) -> Link {
    let lists = |tree: &Vec<asn1::PartialHashtree>| {
        tree.iter().map(|list| list.iter().map(|value| value.to_vec()).collect()).collect()
    };
    let algorithm = match &stamp.digest_algorithm {
        None => Named::Unsaid,
        Some(identifier) => {
            asn1::algorithm(identifier).map_or_else(|| Named::Unknown(identifier.algorithm.to_string()), Named::Known)
        }
    };
    let token = stamp.time_stamp.as_bytes().to_vec();
    Link { algorithm, tree: stamp.reduced_hashtree.as_ref().map(lists), renewed: Some(token.clone()), token }
}

/// Why bytes are no record.
pub(super) fn unreadable(why: &str) -> Unreadable {
    Unreadable(why.to_owned())
}
