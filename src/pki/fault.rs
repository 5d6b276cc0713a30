//! What is wrong with a certificate, a signature or a time-stamp that others made: told apart, each with its sentence.

use crate::{domain::clock::Timestamp, pki::imprint::Imprint};

/// Why a signature, a certificate or a time-stamp does not hold. This is data about a guest, not a failure of the house.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes are not what their standard says.
    #[error("malformed: {0:?}")]
    Malformed(Part),
    /// An algorithm that we do not verify, by its object identifier.
    #[error("unknown algorithm {0}")]
    UnknownAlgorithm(String),
    /// An algorithm or a key too weak to prove anything.
    #[error("too weak: {0}")]
    Weak(String),
    /// The signed digest is not that of the content.
    #[error("the signed digest is not that of the content")]
    OtherContent,
    /// The signature was not made by the certificate's key over these bytes.
    #[error("the signature does not verify")]
    BadSignature,
    /// Not exactly one signer.
    #[error("{0} signers instead of one")]
    Signers(usize),
    /// The signer's certificate is not there.
    #[error("the signer's certificate is not there")]
    NoCertificate,
    /// The certificate is not the one that the signature names by its digest (RFC 5035).
    #[error("the certificate is not the one that the signature commits to")]
    OtherCertificate,
    /// The certificate may not be used for this.
    #[error("the certificate of {0} may not be used for this")]
    WrongKeyUsage(String),
    /// No chain to a root of trust.
    #[error("the certificate of {0} leads to no root of trust")]
    Untrusted(String),
    /// A certificate of the chain had expired at the instant of proof.
    #[error("the certificate of {subject} had expired on {not_after}")]
    Expired {
        /// Whose.
        subject: String,
        /// When.
        not_after: Timestamp,
    },
    /// A certificate of the chain was not valid yet at the instant of proof.
    #[error("the certificate of {subject} was not valid before {not_before}")]
    NotYetValid {
        /// Whose.
        subject: String,
        /// When.
        not_before: Timestamp,
    },
    /// A certificate of the chain had been revoked at the instant of proof.
    #[error("the certificate of {subject} had been revoked on {at}")]
    Revoked {
        /// Whose.
        subject: String,
        /// When.
        at: Timestamp,
    },
    /// The time-stamp's time is outside the validity of its certificate.
    #[error("the time {0} is outside the validity of the authority's certificate")]
    TimeOutside(Timestamp),
    /// The time-stamp is about another digest.
    #[error("the time-stamp is about another digest")]
    OtherDigest {
        /// The one that was asked for.
        asked: Imprint,
        /// The one that is there.
        found: Imprint,
    },
    /// The answer does not repeat the number of the request: it may be an old one, replayed.
    #[error("the answer has another nonce than the request")]
    OtherNonce,
    /// The time-stamp was made under another policy.
    #[error("the time-stamp was made under the policy {0}")]
    OtherPolicy(String),
    /// The authority refuses, in its own words.
    #[error("the authority refuses ({status}): {text}")]
    Refused {
        /// The status and the failure's name in RFC 3161.
        status: String,
        /// What it says.
        text: String,
    },
}

/// What does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A certificate (RFC 5280).
    Certificate,
    /// A certificate revocation list (RFC 5280).
    RevocationList,
    /// The envelope of signatures (RFC 5652 5.1).
    SignedData,
    /// One signature with its attributes (RFC 5652 5.3).
    SignerInfo,
    /// The request of a time-stamp (RFC 3161 2.4.1).
    Request,
    /// The answer to such a request (RFC 3161 2.4.2).
    Response,
    /// What a time-stamp says (`TSTInfo`).
    TimeStamp,
}

impl Part {
    const fn french(self) -> &'static str {
        match self {
            Self::Certificate => "Un certificat",
            Self::RevocationList => "Une liste de révocation",
            Self::SignedData => "L’enveloppe de signature (CMS)",
            Self::SignerInfo => "La signature",
            Self::Request => "La demande d’horodatage",
            Self::Response => "La réponse de l’autorité d’horodatage",
            Self::TimeStamp => "Le jeton d’horodatage",
        }
    }
}

impl Fault {
    /// A French sentence for the person who reads it.
    pub fn sentence(&self) -> String {
        match self {
            Self::Malformed(part) => format!("{} ne se lit pas, ou n’est pas selon sa norme.", part.french()),
            Self::UnknownAlgorithm(oid) => format!("L’algorithme « {oid} » n’est pas de ceux que l’on sait vérifier."),
            Self::Weak(what) => format!("Trop faible pour faire preuve : {what}."),
            Self::OtherContent => "L’empreinte signée n’est pas celle du contenu : il a été modifié.".to_owned(),
            Self::BadSignature => "La signature n’est pas valable : elle ne correspond pas à ces octets.".to_owned(),
            Self::Signers(count) => format!("Il faut un signataire et un seul : il y en a {count}."),
            Self::NoCertificate => "Le certificat du signataire n’est pas joint.".to_owned(),
            Self::OtherCertificate => "Le certificat joint n’est pas celui que la signature désigne.".to_owned(),
            Self::WrongKeyUsage(subject) => format!("Le certificat de « {subject} » n’est pas fait pour cet usage."),
            Self::Untrusted(subject) => {
                format!("Le certificat de « {subject} » ne remonte à aucune racine de confiance.")
            }
            Self::Expired { subject, not_after } => {
                format!("Le certificat de « {subject} » avait expiré le {not_after}.")
            }
            Self::NotYetValid { subject, not_before } => {
                format!("Le certificat de « {subject} » n’était pas valable avant le {not_before}.")
            }
            Self::Revoked { subject, at } => format!("Le certificat de « {subject} » avait été révoqué le {at}."),
            Self::TimeOutside(at) => {
                format!("L’heure attestée, {at}, est hors de la période de validité du certificat de l’autorité.")
            }
            Self::OtherDigest { asked, found } => {
                format!("L’horodatage porte sur une autre empreinte : {found} au lieu de {asked}.")
            }
            Self::OtherNonce => {
                "La réponse ne reprend pas le numéro de la demande : c’est celle d’une autre.".to_owned()
            }
            Self::OtherPolicy(policy) => {
                format!("L’horodatage suit une autre politique que celle demandée : {policy}.")
            }
            Self::Refused { status, text } if text.is_empty() => format!("L’autorité d’horodatage refuse ({status})."),
            Self::Refused { status, text } => format!("L’autorité d’horodatage refuse ({status}) : « {text} »."),
        }
    }
}
