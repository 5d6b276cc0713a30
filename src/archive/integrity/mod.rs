//! The integrity report on one archive (CEN/TS 18170): everything that can be verified of it, from its deposit to now,
//! verified again when it is asked for. As JSON, and as a PDF under the installation's seal.
//!
//! The lines it speaks of are those of the archive and of its transfer; whole journals are `health`'s to follow.

mod copies;
mod evidence;
mod lines;
mod paper;
mod time;

use crate::{
    archive::{
        Archive,
        access::Kept,
        error::Error,
        integrity::lines::{Covered, Covering},
    },
    domain::{
        digest::Digest,
        id::ArchiveId,
        mandate::{Mandate, Read},
        tenant::TenantId,
        transfer::{Transfer, TransferStatus},
    },
    pdf::document::Attachment,
    record::integrity::{CopyState, Deposit, Identity, Integrity, State, Verdict},
};

/// Root units whose titles are told.
const TITLES: u32 = 20;

/// What was found, and the pieces that prove it to others.
#[derive(Clone, Debug)]
pub struct IntegrityReport {
    /// What the report says.
    pub integrity: Integrity,
    /// The proofs that travel inside its PDF.
    proofs: Vec<Attachment>,
}

impl Archive {
    /// Verifies all that can be verified of an archive; `None` when there is none of this identifier. Every copy is read
    /// whole: that takes as long as reading its bytes once per volume.
    pub fn integrity_report(&self, by: &Mandate<Read>, id: ArchiveId) -> Result<Option<IntegrityReport>, Error> {
        let tenant = by.tenant();
        let Some(kept) = self.store.holdings(tenant).archive(id)? else { return Ok(None) };
        let brought = self.store.holdings(tenant).transfer(kept.archive.transfer)?;
        let brought = brought.ok_or_else(|| Error::Inconsistent(format!("no transfer brought the archive {id}")))?;
        let Covered { lines, accession, of, checkpoint, fixity, evidence } = self.covered(&kept)?;
        let inventory = accession.as_ref().map_or(kept.inventory, |(_, inventory)| *inventory);
        let copies = self.copies(&kept.archive, inventory)?;
        let covering = match (&accession, &checkpoint) {
            (Some((line, _)), Some(last)) => Some(self.covering(line, &of, last)?),
            _ => None,
        };
        let mut proofs = Vec::new();
        let (mut time_stamps, mut cosigned) = (Vec::new(), None);
        if let Some(covering) = &covering {
            proofs.extend(self.line_proof(covering)?);
            (time_stamps, cosigned) = (self.time_stamps(covering, &mut proofs)?, self.cosigned(covering)?);
        }
        let evidence_record = self.evidence_verified(by, &kept, &mut proofs)?;
        let mut integrity = Integrity {
            made_at: self.clock.now(),
            verdict: Verdict::Broken,
            archive: self.identity(tenant, &kept)?,
            deposit: deposit(&brought, inventory)?,
            examination: self.record(tenant, id).ok().map(|record| record.examination),
            copies,
            lines,
            checkpoint: checkpoint.map(|checkpoint| checkpoint.told),
            time_stamps,
            cosigned,
            fixity,
            evidence,
            evidence_record,
            not_verified: Vec::new(),
        };
        integrity.verdict = verdict(&integrity, covering.as_ref());
        integrity.not_verified = self.not_verified(&integrity);
        Ok(Some(IntegrityReport { integrity, proofs }))
    }

    fn identity(&self, tenant: &TenantId, kept: &Kept) -> Result<Identity, Error> {
        let (archive, header) = (&kept.archive, &kept.archive.header);
        let roots = self.store.holdings(tenant).roots(archive.id, None, TITLES)?;
        Ok(Identity {
            id: archive.id,
            number: kept.place.number,
            generation: archive.generation,
            tenant: tenant.clone(),
            service: self.store.tenant(tenant)?.map(|tenant| tenant.name).unwrap_or_default(),
            titles: roots.into_iter().map(|root| root.content.title).collect(),
            message_identifier: header.message_identifier.clone(),
            agreement: header.agreement.clone(),
            archival_agency: header.archival_agency.clone(),
            transferring_agency: header.transferring_agency.clone(),
            originating_agency: header.originating_agency.clone(),
            submission_agency: header.submission_agency.clone(),
            seda_version: archive.version,
            dialect: archive.dialect,
            units: archive.counts.units,
            objects: archive.counts.objects,
            bytes: archive.counts.bytes,
        })
    }

    /// What the report does not prove.
    fn not_verified(&self, integrity: &Integrity) -> Vec<String> {
        let has_third_party =
            integrity.time_stamps.iter().any(|stamp| stamp.third_party && stamp.state == State::Verified);
        let revocation =
            integrity.time_stamps.iter().filter_map(|stamp| stamp.signer.as_ref()).any(|one| !one.revocation_examined);
        let no_witness = self.means.witnesses.policy.witnesses().is_empty();
        let lines_left = integrity.lines.iter().any(|line| line.state == State::NotVerified);
        let sentences = [
            (
                true,
                "La clé du registre est tenue pour bonne parce que le journal de cette installation la nomme : \
                    comparez-la à celle que vous avez reçue par une autre voie.",
            ),
            (
                true,
                "Les journaux entiers ne sont pas relus ici, mais seulement les lignes qui parlent de cette archive et \
                    de son transfert : « cartulaire verify » suit leur chaînage de bout en bout.",
            ),
            (
                !has_third_party,
                "Heure non attestée par un tiers : aucun horodatage valable ne vient d’une autorité \
                                extérieure à l’installation.",
            ),
            (
                revocation,
                "La révocation des certificats d’horodatage n’a pas été examinée : aucune liste de révocation \
                          n’était disponible.",
            ),
            (
                no_witness,
                "Aucun témoin n’est configuré : nul autre que l’installation n’atteste que le registre est le \
                          même pour tous.",
            ),
            (
                !no_witness && integrity.cosigned.is_none(),
                "Le quorum des témoins n’a encore cosigné aucun état du \
                          registre qui contienne cette archive.",
            ),
            (lines_left, "Des lignes du journal n’ont pas pu être rapprochées du registre publié."),
            (
                integrity.copies.iter().any(|copy| copy.state == CopyState::Unreachable),
                "Un volume est injoignable : rien \
                          n’est dit de la copie qui s’y trouve.",
            ),
            (
                integrity.examination.is_none(),
                "Les constats de l’examen du dépôt n’ont pas pu être relus : aucune copie de \
                          « archive.json » n’est lisible.",
            ),
            (
                integrity.evidence_record.is_none(),
                "Aucun enregistrement de preuve (RFC 4998) n’a encore été constitué pour le jour de cette archive.",
            ),
        ];
        sentences.into_iter().filter(|(holds, _)| *holds).map(|(_, sentence)| typeset(sentence)).collect()
    }
}

fn deposit(transfer: &Transfer, inventory: Digest) -> Result<Deposit, Error> {
    let TransferStatus::Accepted { reply, at: accepted_at, .. } = transfer.status else {
        return Err(Error::Inconsistent(format!("the transfer {} is not accepted", transfer.id)));
    };
    Ok(Deposit {
        transfer: transfer.id,
        deposited_by: transfer.by,
        received_at: transfer.received_at,
        accepted_at,
        package: transfer.package.clone(),
        acknowledgement: transfer.acknowledgement,
        reply,
        inventory,
    })
}

/// What follows from the rest: what was wrong weighs more than what could not be asked.
fn verdict(integrity: &Integrity, covering: Option<&Covering<'_>>) -> Verdict {
    let whole = integrity.copies.iter().filter(|copy| copy.state == CopyState::Whole).count();
    let checkpoint = integrity.checkpoint.as_ref().map_or(State::NotVerified, |checkpoint| checkpoint.state);
    let accepted = covering.map_or(State::NotVerified, |covering| covering.state);
    let proven: Vec<State> = integrity.lines.iter().map(|line| line.state).chain([checkpoint, accepted]).collect();
    let beside = integrity.time_stamps.iter().map(|stamp| stamp.state);
    let beside = beside.chain(integrity.cosigned.iter().map(|cosigned| cosigned.state));
    let beside = beside.chain(integrity.evidence_record.iter().map(|record| record.state));
    if whole == 0 || proven.contains(&State::Faulty) {
        return Verdict::Broken;
    }
    let all = proven.iter().copied().chain(beside).all(|state| state == State::Verified);
    if whole == integrity.copies.len() && all { Verdict::Intact } else { Verdict::Degraded }
}

/// No-break spaces where French asks for them.
fn typeset(sentence: &str) -> String {
    sentence.replace(" :", "\u{a0}:").replace(" ;", "\u{a0};").replace("« ", "«\u{a0}").replace(" »", "\u{a0}»")
}
