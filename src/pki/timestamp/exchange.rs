//! Asking an authority and reading what it answers (RFC 3161 2.4).

use rasn::{prelude::*, types::Any};

use crate::pki::{
    Error, algorithm,
    der::{self, natural_contents},
    fault::{Fault, Part},
    imprint::Imprint,
    timestamp::{Token, shape},
};

/// What was asked, against which the answer is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What is to be time-stamped.
    pub imprint: Imprint,
    /// A number drawn for this request alone, that the answer must repeat.
    pub nonce: Option<u64>,
    /// The policy wanted, dotted; the authority's own when none.
    pub policy: Option<String>,
}

/// Writes a `TimeStampReq` that asks for the certificate too.
pub fn request(asked: &Asked) -> Result<Vec<u8>, Error> {
    if !asked.imprint.is_whole() {
        return Err(Error::Unwritable("a digest that is not whole"));
    }
    // NULL parameters: what most authorities have always seen.
    let algorithm = der::algorithm(algorithm::digest_oid(asked.imprint.algorithm), Some(der::null()))?;
    Ok(der::sequence(&[
        der::natural(&[1]),
        der::sequence(&[algorithm, der::octets(&asked.imprint.value)]),
        asked.policy.as_deref().map_or(Ok(Vec::new()), der::identifier)?,
        asked.nonce.map(|nonce| der::natural(&nonce.to_be_bytes())).unwrap_or_default(),
        der::truth(),
    ]))
}

/// Reads a `TimeStampResp`: granted, about the digest asked for, with the nonce and the policy asked for, and the
/// signer's certificate inside. Whether the token's signature holds is [`Token::verify`]'s to say.
pub fn read_response(bytes: &[u8], asked: &Asked) -> Result<Token, Fault> {
    let response: shape::Response = der::read(bytes, Part::Response)?;
    if !matches!(der::small(&response.status.code), Some(0 | 1)) {
        return Err(refusal(&response.status));
    }
    let token = response.token.ok_or(Fault::Malformed(Part::Response))?;
    let token = Token::read(token.as_bytes())?;
    let info = token.info();
    if info.imprint != asked.imprint {
        return Err(Fault::OtherDigest { asked: asked.imprint.clone(), found: info.imprint.clone() });
    }
    if asked.nonce.is_some_and(|nonce| info.nonce.as_deref() != Some(&natural_contents(&nonce.to_be_bytes()))) {
        return Err(Fault::OtherNonce);
    }
    if asked.policy.as_ref().is_some_and(|policy| *policy != info.policy) {
        return Err(Fault::OtherPolicy(info.policy.clone()));
    }
    if token.certificate().is_none() {
        return Err(Fault::NoCertificate);
    }
    Ok(token)
}

/// The names of `PKIStatus`, from 0.
const STATUSES: [&str; 6] =
    ["granted", "grantedWithMods", "rejection", "waiting", "revocationWarning", "revocationNotification"];
/// The names of `PKIFailureInfo`, by bit.
const FAILURES: [(usize, &str); 8] = [
    (0, "badAlg"),
    (2, "badRequest"),
    (5, "badDataFormat"),
    (14, "timeNotAvailable"),
    (15, "unacceptedPolicy"),
    (16, "unacceptedExtension"),
    (17, "addInfoNotAvailable"),
    (25, "systemFailure"),
];
/// Characters kept of what an authority says.
const TEXT: usize = 500;

fn refusal(status: &shape::Status) -> Fault {
    let number = der::small(&status.code);
    let name = number.and_then(|number| STATUSES.get(usize::try_from(number).ok()?));
    let mut words = vec![name.copied().unwrap_or("unknown status")];
    if let Some(bits) = &status.failure {
        let set = |at: usize| bits.get(at).is_some_and(|bit| *bit);
        words.extend(FAILURES.iter().filter(|(at, _)| set(*at)).map(|(_, name)| *name));
    }
    let texts = status.text.iter().flatten().map(|any: &Any| {
        let text = der::read::<Utf8String>(any.as_bytes(), Part::Response);
        text.unwrap_or_else(|_| String::from_utf8_lossy(any.as_bytes()).into_owned())
    });
    let text = texts.collect::<Vec<_>>().join(" ").replace(char::is_control, " ");
    Fault::Refused { status: words.join(", "), text: text.chars().take(TEXT).collect() }
}
