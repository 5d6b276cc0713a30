//! Whom to believe: roots, intermediates and revocation lists, and the chain from a certificate to a root at an instant.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openssl::{
    asn1::Asn1Time,
    error::ErrorStack,
    stack::Stack,
    x509::{
        CrlStatus, X509, X509Crl, X509PurposeId, X509Ref, X509StoreContext,
        store::{X509Store, X509StoreBuilder},
        verify::{X509VerifyFlags, X509VerifyParam},
    },
};

use crate::{
    domain::clock::Timestamp,
    pki::{
        certificate::Certificate,
        fault::{Fault, Part},
        name,
    },
};

/// OpenSSL's security level of 80 bits: it refuses SHA-1 and RSA-1024 in chains.
const LEVEL: i32 = 1;
/// Certificates of a chain at most, between the signer and the root.
const DEPTH: i32 = 8;

/// What a certificate is asked to be fit for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing time-stamps (RFC 3161 2.3).
    TimeStamping,
    /// Signing or sealing documents: any end certificate; its key usage is the caller's to look at.
    Signing,
}

/// Roots and intermediates, and the revocation lists that are known.
#[derive(Clone, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    lists: Vec<Arc<X509Crl>>,
}

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// From the certificate that was asked about to the root, which may be the same.
    pub certificates: Vec<Certificate>,
    /// Whether a list that covers the instant was there for every certificate but the root. When not, revocation is not
    /// examined, which is not the same as "not revoked".
    pub revocation_examined: bool,
}

impl Trust {
    /// Trusts `roots`; `intermediates` only help to reach them.
    pub const fn new(roots: Vec<Certificate>, intermediates: Vec<Certificate>) -> Self {
        Self { roots, intermediates, lists: Vec::new() }
    }

    /// Reads both from PEM texts, each with any number of certificates.
    pub fn from_pem(roots: &[u8], intermediates: &[u8]) -> Result<Self, Fault> {
        Ok(Self::new(Certificate::all_from_pem(roots)?, Certificate::all_from_pem(intermediates)?))
    }

    /// Adds a revocation list, in DER or PEM.
    pub fn with_revocation_list(mut self, bytes: &[u8]) -> Result<Self, Fault> {
        let list = if bytes.starts_with(b"-----") { X509Crl::from_pem(bytes) } else { X509Crl::from_der(bytes) };
        self.lists.push(Arc::new(list.map_err(|_| Fault::Malformed(Part::RevocationList))?));
        Ok(self)
    }

    /// The roots.
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// Whether nobody is trusted.
    pub const fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// The chain from `certificate` to a root, as it held at `at`; `beside` are certificates that came with it.
    pub fn chain(
        &self,
        certificate: &Certificate,
        beside: &[Certificate],
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<Chain, Fault> {
        let refused = |_: ErrorStack| Fault::Untrusted(certificate.subject());
        let mut others = Stack::new().map_err(refused)?;
        for other in self.intermediates.iter().chain(beside) {
            others.push(other.x509().clone()).map_err(refused)?;
        }
        let store = self.store(purpose, at).map_err(refused)?;
        let mut context = X509StoreContext::new().map_err(refused)?;
        let found = context.init(&store, certificate.x509(), &others, |context| {
            if context.verify_cert()? {
                return Ok(Ok(context.chain().map(|chain| chain.iter().map(X509Ref::to_owned).collect::<Vec<X509>>())));
            }
            let blamed = context.current_cert().map(X509Ref::to_owned);
            Ok(Err((context.error().as_raw(), blamed)))
        });
        let chain = match found.map_err(refused)? {
            Ok(chain) => chain.unwrap_or_default(),
            Err((code, blamed)) => return Err(broken(code, blamed, certificate)),
        };
        let der = |x509: &X509| x509.to_der().map_err(refused).and_then(|der| Certificate::from_der(&der));
        let certificates = chain.iter().map(der).collect::<Result<Vec<_>, _>>()?;
        let revocation_examined = self.ensure_not_revoked(&certificates, at)?;
        Ok(Chain { certificates, revocation_examined })
    }

    fn store(&self, purpose: Purpose, at: Timestamp) -> Result<X509Store, ErrorStack> {
        let mut parameters = X509VerifyParam::new()?;
        // What the operator trusts ends the chain, be it a root or not.
        parameters.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
        parameters.set_time(at.millis().div_euclid(1000));
        parameters.set_depth(DEPTH);
        parameters.set_auth_level(LEVEL);
        parameters.set_purpose(match purpose {
            Purpose::TimeStamping => X509PurposeId::TIMESTAMP_SIGN,
            Purpose::Signing => X509PurposeId::ANY,
        })?;
        let mut builder = X509StoreBuilder::new()?;
        for root in &self.roots {
            builder.add_cert(root.x509().clone())?;
        }
        builder.set_param(&parameters)?;
        Ok(builder.build())
    }

    /// Looks each certificate but the root up in the lists of its issuer; says whether each was.
    fn ensure_not_revoked(&self, chain: &[Certificate], at: Timestamp) -> Result<bool, Fault> {
        let mut all = true;
        for (certificate, issuer) in chain.iter().zip(chain.iter().skip(1)) {
            let key = issuer.key()?;
            let lists = self.lists.iter().filter(|list| {
                let named =
                    list.issuer_name().try_cmp(issuer.x509().subject_name()).is_ok_and(std::cmp::Ordering::is_eq);
                named && list.verify(&key).unwrap_or(false)
            });
            let mut covered = false;
            for list in lists {
                covered |= covers(list, at);
                if let CrlStatus::Revoked(entry) = list.get_by_cert(certificate.x509())
                    && let Some(since) = instant(entry.revocation_date())
                    && since <= at
                {
                    return Err(Fault::Revoked { subject: certificate.subject(), at: since });
                }
            }
            all &= covered;
        }
        Ok(all)
    }
}

/// Whether a list was still to be relied on at `at`; a later one tells of the past too.
fn covers(list: &X509Crl, at: Timestamp) -> bool {
    list.next_update().and_then(instant).is_none_or(|next| at <= next)
}

fn instant(time: &openssl::asn1::Asn1TimeRef) -> Option<Timestamp> {
    let epoch = Asn1Time::from_unix(0).ok()?;
    let since = epoch.diff(time).ok()?;
    let seconds = i64::from(since.days) * 86_400 + i64::from(since.secs);
    DateTime::<Utc>::from_timestamp(seconds, 0).map(Timestamp::from)
}

/// What OpenSSL's verdict (`X509_V_ERR_…`) means for the reader.
fn broken(code: i32, blamed: Option<X509>, asked: &Certificate) -> Fault {
    let subject = blamed.as_ref().map_or_else(|| asked.subject(), |x509| name::text(x509.subject_name()));
    let blamed = blamed.and_then(|x509| Certificate::from_der(&x509.to_der().ok()?).ok());
    let blamed = blamed.unwrap_or_else(|| asked.clone());
    match code {
        // CERT_NOT_YET_VALID
        9 => Fault::NotYetValid { subject, not_before: blamed.not_before() },
        // CERT_HAS_EXPIRED
        10 => Fault::Expired { subject, not_after: blamed.not_after() },
        // INVALID_CA, PATH_LENGTH_EXCEEDED, INVALID_PURPOSE, KEYUSAGE_NO_CERTSIGN, INVALID_NON_CA
        24 | 25 | 26 | 32 | 37 => Fault::WrongKeyUsage(subject),
        // EE_KEY_TOO_SMALL, CA_KEY_TOO_SMALL, CA_MD_TOO_WEAK
        66..=68 => Fault::Weak(subject),
        // CERT_SIGNATURE_FAILURE
        7 => Fault::BadSignature,
        _ => Fault::Untrusted(subject),
    }
}
