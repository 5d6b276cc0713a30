//! Whether a message was signed by the agency that it speaks for: a detached CMS signature, under the one certificate that
//! the referential pins for that agency. No chain is followed: the pin is the trust.

use crate::{
    archive::{Archive, error::Error},
    digest,
    domain::{clock::Timestamp, tenant::TenantId},
    pki::{certificate::Certificate, cms::SignedData, fault::Fault, imprint::Imprint},
};

impl Archive {
    /// Whether `signature` signs `message` under the certificate pinned for `agency`; a French sentence says why not.
    pub(super) fn signed_by(
        &self,
        tenant: &TenantId,
        agency: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Result<(), String>, Error> {
        let referentials = self.referentials(tenant)?;
        let known = referentials.agencies.as_ref().and_then(|all| all.get(agency));
        let Some(pinned) = known.and_then(|agency| agency.certificate.as_deref()) else {
            return Ok(Err(format!("Aucun certificat n’est épinglé pour « {agency} » dans le référentiel.")));
        };
        Ok(verify(pinned, message, signature, self.clock.now())
            .map_err(|fault| format!("La signature du message n’est pas celle de « {agency} » : {fault}.")))
    }
}

fn verify(pinned: &str, message: &[u8], signature: &[u8], now: Timestamp) -> Result<(), String> {
    let pinned = certificate(pinned).map_err(|_| "le certificat épinglé ne se lit pas".to_owned())?;
    let told = |fault: Fault| format!("elle ne se vérifie pas ({fault})");
    let envelope = SignedData::read(signature).map_err(told)?;
    let signer = envelope.only_signer().map_err(told)?;
    let algorithm = signer.digest_algorithm();
    let hash = digest::of(&mut &*message, &[algorithm]).ok().and_then(|all| all.get(algorithm));
    let value = hash.as_deref().and_then(crate::domain::digest::from_hex);
    let value = value.ok_or_else(|| "son algorithme n’est pas admis".to_owned())?;
    let by = envelope.verify(signer, &Imprint { algorithm, value }).map_err(told)?;
    if by.der() != pinned.der() {
        return Err("elle est d’un autre certificat".to_owned());
    }
    if !pinned.is_valid_at(now) {
        return Err("le certificat épinglé n’est plus valable".to_owned());
    }
    signer.ensure_strong(by).map_err(told)
}

/// The certificate that a referential gives as the base64 of its DER.
fn certificate(base64: &str) -> Result<Certificate, Fault> {
    let body: String = base64.chars().filter(|c| !c.is_whitespace()).collect();
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    Certificate::from_pem(
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")).as_bytes(),
    )
}
