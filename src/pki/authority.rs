//! A local time-stamp authority (RFC 3161): it knows one clock, the house's, and so is no third party's word.
//!
//! It serves where no authority can be reached, and every test: instants and serial numbers are handed in.

use crate::{
    domain::{clock::Timestamp, digest::Algorithm},
    pki::{
        Error, algorithm,
        certificate::Certificate,
        cms::{self, ContentType, Enclosed, Terms},
        der::{self, BIT_STRING, UTF8_STRING},
        fault::{Fault, Part},
        oid,
        seal::{self, Draft, Role, Signer},
        timestamp::{MessageImprint, Request},
    },
};

/// The policy that tokens name: none in particular (`anyPolicy`), since no audited practice stands behind them.
pub const POLICY: &str = "2.5.29.32.0";
/// How far off the time may be, as tokens claim, in seconds.
const ACCURACY_SECONDS: u8 = 1;
/// Bytes of a nonce at most: it is repeated, and a token should not carry a stranger's message.
const NONCE_BYTES: usize = 32;

/// What a new authority is made of, in PEM.
pub struct Files {
    /// The root, to be trusted. Its key is gone: nothing else will ever be signed under it.
    pub root: String,
    /// The authority's certificate.
    pub certificate: String,
    /// The authority's private key (PKCS#8): a secret.
    pub key: String,
}

/// A time-stamp authority.
#[derive(Debug)]
pub struct Authority {
    signer: Signer,
}

/// Why a request is rejected: the bit of `PKIFailureInfo`, and a sentence.
struct Rejection(u8, &'static str);

impl Authority {
    /// Makes an authority called `name`: a root of its own and a certificate for time-stamping, both valid from `at` for
    /// so many `days`. Keys on P-256, which every peer accepts.
    pub fn create(name: &str, at: Timestamp, days: u32) -> Result<Files, Error> {
        let (root_key, key) = (seal::new_key()?, seal::new_key()?);
        let root_name = format!("{name} (racine)");
        let root = Draft { name: &root_name, issuer: None, role: Role::Root, at, days }.certified(&root_key)?;
        let issuer = Some((&root, &root_key));
        let own = Draft { name, issuer, role: Role::TimeStamping, at, days }.certified(&key)?;
        Ok(Files { root: seal::pem(&root)?, certificate: seal::pem(&own)?, key: seal::secret(&key)? })
    }

    /// Takes up an authority from its certificate and its key, in PEM.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, Error> {
        Self::new(Signer::from_pem(certificate, key)?)
    }

    /// Makes `signer` an authority; its certificate must be one for time-stamping.
    pub fn new(signer: Signer) -> Result<Self, Error> {
        if signer.certificate().is_for_time_stamping() {
            Ok(Self { signer })
        } else {
            Err(Error::Unusable("the certificate is not made for time-stamping"))
        }
    }

    /// Its certificate.
    pub const fn certificate(&self) -> &Certificate {
        self.signer.certificate()
    }

    /// Answers a request at `at` with a `TimeStampResp`: a token numbered `serial`, or a rejection that says why. The
    /// caller draws each serial once.
    pub fn answer(&self, request: &[u8], at: Timestamp, serial: [u8; 16]) -> Result<Vec<u8>, Error> {
        match self.content(request, at, serial) {
            Ok((content, certificates)) => {
                let terms = Terms { content_type: ContentType::TimeStamp, at: None, certificates };
                let token = cms::sign_enclosed(&self.signer, &content?, Algorithm::Sha256, &terms)?;
                Ok(der::sequence(&[der::sequence(&[der::natural(&[0])]), token]))
            }
            Err(rejection) => Ok(rejected(&rejection)),
        }
    }

    /// The `TSTInfo` that answers a request, and the certificates that it asks for.
    fn content(
        &self,
        bytes: &[u8],
        at: Timestamp,
        serial: [u8; 16],
    ) -> Result<(Result<Vec<u8>, Error>, Enclosed), Rejection> {
        let request: Request = der::read(bytes, Part::Request).map_err(|_| UNREADABLE)?;
        ensure_acceptable(&request)?;
        if !self.certificate().is_valid_at(at) {
            return Err(Rejection(14, "Le certificat de l’autorité n’est pas valable à cette heure."));
        }
        let enclosed = if request.certificate_wanted { Enclosed::Signer } else { Enclosed::None };
        Ok((token_info(&request, at, serial), enclosed))
    }
}

const UNREADABLE: Rejection = Rejection(5, "La demande ne se lit pas.");

fn ensure_acceptable(request: &Request) -> Result<(), Rejection> {
    if der::small(&request.version) != Some(1) {
        return Err(Rejection(2, "La demande n’est pas de la version 1."));
    }
    let imprint: MessageImprint = der::read(request.imprint.as_bytes(), Part::Request).map_err(|_| UNREADABLE)?;
    match imprint.imprint() {
        Ok(imprint) if algorithm::ensure_strong(imprint.algorithm).is_ok() => {}
        Ok(_) | Err(Fault::UnknownAlgorithm(_)) => {
            return Err(Rejection(0, "L’algorithme d’empreinte n’est pas admis : SHA-256, SHA-384 ou SHA-512."));
        }
        Err(_) => return Err(Rejection(5, "L’empreinte n’a pas la longueur de son algorithme.")),
    }
    let policy = request.policy.as_ref().map(|policy| oid::from_contents(policy.as_bytes()));
    if policy.is_some_and(|policy| policy.as_deref() != Some(POLICY)) {
        return Err(Rejection(15, "Cette politique n’est pas celle de l’autorité."));
    }
    if request.extensions.is_some() {
        return Err(Rejection(16, "Aucune extension n’est admise."));
    }
    if request.nonce.as_ref().is_some_and(|nonce| nonce.as_bytes().len() > NONCE_BYTES) {
        return Err(Rejection(2, "Le numéro de la demande est trop long."));
    }
    Ok(())
}

fn token_info(request: &Request, at: Timestamp, serial: [u8; 16]) -> Result<Vec<u8>, Error> {
    Ok(der::sequence(&[
        der::natural(&[1]),
        der::identifier(POLICY)?,
        request.imprint.as_bytes().to_vec(),
        der::natural(&serial),
        der::generalized_time(at),
        der::sequence(&[der::natural(&[ACCURACY_SECONDS])]),
        request.nonce.as_ref().map(|nonce| der::value(der::INTEGER, nonce.as_bytes())).unwrap_or_default(),
    ]))
}

/// A `TimeStampResp` of status rejection.
fn rejected(Rejection(bit, sentence): &Rejection) -> Vec<u8> {
    let whole = usize::from(bit / 8);
    let mut bits = vec![7 - bit % 8];
    bits.extend(std::iter::repeat_n(0, whole));
    bits.push(0x80 >> (bit % 8));
    der::sequence(&[der::sequence(&[
        der::natural(&[2]),
        der::sequence(&[der::value(UTF8_STRING, sentence.as_bytes())]),
        der::value(BIT_STRING, &bits),
    ])])
}
