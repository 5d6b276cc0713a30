//! The archive's evidence record (RFC 4998), completed and verified over the digests that its inventory tells.

use std::collections::BTreeMap;

use crate::{
    archive::{Archive, access::Kept, destroy, error::Error},
    domain::{
        digest::Algorithm,
        mandate::{Mandate, Read},
    },
    pdf::document::{Attachment, Relation},
    pki::trust::Trust,
    proof::evidence::{
        hash::HashValue,
        record::Record,
        verdict::Outcome,
        verify::{Given, verify_believing},
    },
    record::integrity::{EvidenceRecord, State},
};

/// The generation as which archives are accepted.
const ACCEPTED: u32 = 1;

impl Archive {
    /// The evidence record of an archive, verified; `None` while that of its day is not made. Its bytes are added to
    /// `proofs`.
    pub(super) fn evidence_verified(
        &self,
        by: &Mandate<Read>,
        kept: &Kept,
        proofs: &mut Vec<Attachment>,
    ) -> Result<Option<EvidenceRecord>, Error> {
        let der = match self.evidence_record(by, kept.archive.id) {
            Ok(Some(der)) => der,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::warn!(%error, archive = %kept.archive.id, "an evidence record cannot be completed");
                return Ok(Some(doubtful("L’enregistrement de preuve n’a pas pu être complété.")));
            }
        };
        let Ok(given) = self.accepted_files(kept) else {
            return Ok(Some(doubtful("L’inventaire de l’archive n’a pas pu être relu.")));
        };
        let roots: Vec<&str> = self.means.authorities.iter().map(|authority| authority.roots.as_str()).collect();
        let read = (Record::read(&der), Trust::from_pem(roots.join("\n").as_bytes(), b""));
        let (Ok(record), Ok(trust)) = read else {
            return Ok(Some(doubtful("L’enregistrement de preuve, ou une racine de confiance, ne se lit pas.")));
        };
        let unverifiable = |error: crate::proof::evidence::Error| Error::Inconsistent(error.to_string());
        let verdict = verify_believing(&trust, &record, &given, self.clock.now()).map_err(unverifiable)?;
        proofs.push(Attachment {
            name: "preuve.ers".to_owned(),
            mime: "application/octet-stream".to_owned(),
            description: "L’enregistrement de preuve de l’archive (RFC 4998)".to_owned(),
            relation: Relation::Supplement,
            bytes: der,
        });
        let state = match verdict.judgement.outcome {
            Outcome::Valid => State::Verified,
            Outcome::NotVerified => State::NotVerified,
            Outcome::Invalid => State::Faulty,
        };
        Ok(Some(EvidenceRecord { state, files: given.len(), reasons: verdict.judgement.reasons }))
    }

    /// The digests of every file of the archive as it was accepted. Those by another algorithm are not at hand: a chain
    /// that asks for them is told as not verified.
    fn accepted_files(&self, kept: &Kept) -> Result<Vec<Given>, Error> {
        let archive = &kept.archive;
        let digests = if archive.generation > ACCEPTED {
            // The files are gone, or stand in a successor among others: their list remains.
            destroy::gone_files(&self.vault, &archive.tenant, archive.id, ACCEPTED)?.unwrap_or_default()
        } else {
            let object = destroy::object_of(&archive.tenant, archive.id, ACCEPTED);
            let inventory = self.vault.read_inventory(&object)?;
            inventory.manifest.into_iter().filter(|(_, version)| *version == 1).map(|(digest, _)| digest).collect()
        };
        let given = digests.into_iter().map(|digest| {
            let hash = HashValue::new(digest.bytes());
            let hashes: BTreeMap<Algorithm, HashValue> =
                hash.map(|hash| (Algorithm::Sha512, hash)).into_iter().collect();
            Given { name: digest.to_string(), hashes, is_xml: false }
        });
        Ok(given.collect())
    }
}

fn doubtful(reason: &str) -> EvidenceRecord {
    EvidenceRecord { state: State::NotVerified, files: 0, reasons: vec![reason.to_owned()] }
}
