//! An evidence record as verification sees it, whichever its syntax: chains of links, each with a tree and a token.

use rasn::types::Any;

use crate::{
    domain::digest::Algorithm,
    proof::evidence::{
        Error,
        asn1::{self, ArchiveTimeStamp, EvidenceRecord},
        xml,
    },
};

/// The most chains that a record may have: each is a change of algorithm, once in ten or twenty years.
pub(super) const MOST_CHAINS: usize = 64;

/// The bytes are no evidence record; why, in French.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// The form that a record was read in, as far as its renewals commit to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// RFC 4998: the DER of each chain. An object's hash is joined with that of the older chains.
    Asn1(Vec<Vec<u8>>),
    /// RFC 6283. The hash of the older chains stands beside those of the objects.
    Xml(xml::Sequence),
}

/// A record that was read; nothing in it is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The form it was read in.
    pub form: Form,
    /// The algorithms that the record says to use; `None` when its syntax does not say.
    pub declared: Option<Vec<Algorithm>>,
    /// The chains, oldest first: never empty.
    pub chains: Vec<Chain>,
}

/// Archive time-stamps by one algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
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
    /// Reads a record in DER (RFC 4998) or in XML (RFC 6283, UTF-8).
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let begins_as_xml = bytes.trim_ascii_start().starts_with(b"<") || bytes.starts_with(b"\xef\xbb\xbf");
        if begins_as_xml {
            return xml::read(bytes);
        }
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
        let forms = record.sequence.iter().map(asn1::encode).collect::<Result<Vec<_>, _>>();
        let form = Form::Asn1(forms.map_err(|error| Unreadable(error.to_string()))?);
        let chains = record.sequence.iter().map(|chain| Chain { links: chain.iter().map(link).collect() }).collect();
        let declared = record.digest_algorithms.iter().filter_map(asn1::algorithm).collect();
        Ok(Self { form, declared: Some(declared), chains })
    }

    /// What the chain at `place`, counted from 0, may commit to: the bytes of all older chains, in each form that they
    /// may have had; none when it is not known.
    ///
    /// # Errors
    /// [`Error::Encode`].
    pub fn older(&self, place: usize) -> Result<Vec<Vec<u8>>, Error> {
        match &self.form {
            Form::Asn1(chains) => {
                let older: Vec<Any> = chains.iter().take(place).cloned().map(Any::new).collect();
                Ok(vec![asn1::encode(&older)?])
            }
            Form::Xml(sequence) => Ok(sequence.older(place)),
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
