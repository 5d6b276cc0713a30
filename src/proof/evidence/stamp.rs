//! What evidence needs to know of a time-stamp token: two questions, answered here for tokens of RFC 3161.

use crate::{
    domain::clock::Timestamp,
    pki::{fault::Fault, imprint::Imprint, timestamp::Token, trust::Trust},
};

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// What is stamped.
    pub imprint: Imprint,
    /// The instant attested.
    pub at: Timestamp,
    /// Who attests it.
    pub authority: String,
}

/// Whether a token proves at some instant what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its signature and the chain of its certificate hold, the certificates until this instant.
    Holds(Timestamp),
    /// Nothing is known to be wrong, but not all could be verified, as when nobody says to trust the authority; why, in
    /// French.
    Doubtful(String),
    /// It proves nothing; why, in French.
    Broken(String),
}

/// Who reads tokens.
pub struct Tokens<'a> {
    /// What a token (DER) says, or why it cannot be read, in French.
    pub read: &'a dyn Fn(&[u8]) -> Result<Stamp, String>,
    /// Whether a token (DER) still proves it at an instant: that of the time-stamp that renewed it.
    pub standing: &'a dyn Fn(&[u8], Timestamp) -> Standing,
}

/// What a token of RFC 3161 says.
pub fn read(der: &[u8]) -> Result<Stamp, String> {
    let token = Token::read(der).map_err(|fault| fault.sentence())?;
    let info = token.info();
    let authority = info.authority.clone().unwrap_or_else(|| "autorité sans certificat joint".to_owned());
    Ok(Stamp { imprint: info.imprint.clone(), at: info.at, authority })
}

/// Whether a token of RFC 3161 holds at an instant for who believes `trust`.
pub fn standing(trust: &Trust, der: &[u8], at: Timestamp) -> Standing {
    match Token::read(der).and_then(|token| token.verify(trust, at)) {
        Ok(verified) => Standing::Holds(verified.not_after),
        Err(Fault::Untrusted(subject)) if trust.is_empty() => Standing::Doubtful(format!(
            "La signature tient, mais aucune racine de confiance n’est donnée : la confiance en « {subject} » n’est pas \
             vérifiée."
        )),
        Err(fault @ (Fault::Untrusted(_) | Fault::UnknownAlgorithm(_) | Fault::Weak(_))) => {
            Standing::Doubtful(fault.sentence())
        }
        Err(fault) => Standing::Broken(fault.sentence()),
    }
}
