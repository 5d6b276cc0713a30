//! The attestation of a deposit: what was received, when, and what became of it, on one page under the seal.

use crate::{
    archive::{
        Archive,
        error::Error,
        letterhead::{counted, paragraph},
    },
    domain::{
        id::TransferId,
        mandate::{Deposit, Mandate},
        transfer::{Transfer, TransferStatus},
    },
    pdf::{
        document::{Attachment, Block, Document, Fact, Notice, Relation, Section, Tone},
        in_french,
    },
    proof::tlog_proof::TlogProof,
};

impl Archive {
    /// The attestation of a transfer as PDF/A under the installation's seal, with its messages and, once it is settled,
    /// the proof from the log; `None` when there is no transfer of this identifier.
    pub fn deposit_attestation(&self, by: &Mandate<Deposit>, id: TransferId) -> Result<Option<Vec<u8>>, Error> {
        let Some(transfer) = self.transfer(by, id)? else { return Ok(None) };
        let proof = self.proof_of_transfer(by, &transfer)?;
        let issuer = self.store.tenant(by.tenant())?.map(|tenant| tenant.name).unwrap_or_default();
        let mut sections =
            vec![Section { title: "Paquet".to_owned(), blocks: vec![Block::Facts(received(&transfer))] }];
        sections.extend(proof.as_ref().map(proven));
        let document = Document {
            kind: "Attestation de dépôt".to_owned(),
            title: transfer.package.name.clone(),
            reference: format!("Transfert {id}"),
            subject: format!("Ce que l’archive a reçu par le transfert {id}"),
            issuer,
            language: "fr".to_owned(),
            made_at: self.clock.now(),
            summary: self.state(by, &transfer)?,
            sections,
            attachments: self.pieces(by, &transfer, proof.as_ref())?,
        };
        self.issue_paper(&document).map(Some)
    }

    fn state(&self, by: &Mandate<Deposit>, transfer: &Transfer) -> Result<Vec<Block>, Error> {
        let (tone, title, text) = match &transfer.status {
            TransferStatus::Received => (
                Tone::Plain,
                "Paquet reçu",
                "Il est conservé durablement, et son examen est à venir. Rien n’est encore archivé.".to_owned(),
            ),
            TransferStatus::AwaitingValidation { since } => (
                Tone::Plain,
                "Paquet reçu et contrôlé",
                format!(
                    "Il attend la validation d’une personne depuis le {}. Rien n’est encore archivé.",
                    in_french(*since)
                ),
            ),
            TransferStatus::Accepted { archive, at, with_warnings, .. } => {
                let kept = self.store.holdings(by.tenant()).archive(*archive)?;
                let number = kept.map(|kept| format!(" n° {}", kept.place.number)).unwrap_or_default();
                let reserve = if *with_warnings { ", avec des réserves que la réponse énonce" } else { "" };
                (
                    Tone::Good,
                    "Dépôt accepté",
                    format!(
                        "Le {}, le paquet est entré dans les archives{reserve}, sous le nom d’archive{number} ({archive}).",
                        in_french(*at)
                    ),
                )
            }
            TransferStatus::Refused { at, .. } => (
                Tone::Bad,
                "Dépôt refusé",
                format!("Le {}, le paquet a été refusé : la réponse jointe dit pourquoi.", in_french(*at)),
            ),
        };
        Ok(vec![Block::Notice(Notice { tone, title: title.to_owned(), text })])
    }

    fn pieces(
        &self,
        by: &Mandate<Deposit>,
        transfer: &Transfer,
        proof: Option<&TlogProof>,
    ) -> Result<Vec<Attachment>, Error> {
        let message = |name: &str, description: &str, bytes| Attachment {
            name: name.to_owned(),
            mime: "application/xml".to_owned(),
            description: description.to_owned(),
            relation: Relation::Source,
            bytes,
        };
        let acknowledgement = self.acknowledgement(by, transfer)?;
        let reply = self.reply(by, transfer)?;
        let mut pieces = Vec::new();
        pieces.extend(acknowledgement.map(|bytes| message("accuse.xml", "L’accusé de réception (SEDA)", bytes)));
        pieces.extend(reply.map(|bytes| message("reponse.xml", "La réponse au transfert (SEDA)", bytes)));
        pieces.extend(proof.map(|proof| Attachment {
            name: "transfert.tlog-proof".to_owned(),
            mime: "text/plain".to_owned(),
            description: "La preuve que cette issue est au registre (C2SP tlog-proof)".to_owned(),
            relation: Relation::Supplement,
            bytes: proof.to_string().into_bytes(),
        }));
        Ok(pieces)
    }
}

fn received(transfer: &Transfer) -> Vec<Fact> {
    let package = &transfer.package;
    let mut facts = vec![
        Fact::text("Reçu", in_french(transfer.received_at)),
        Fact::text("Fichier", format!("{}, {}", package.name, counted(package.size, "octet", "octets"))),
        Fact::exact("Empreinte SHA-512", package.digest.to_string()),
        Fact::exact("Déposé par (identifiant opaque)", transfer.by.to_string()),
        Fact::exact("Accusé de réception", transfer.acknowledgement.to_string()),
    ];
    if let Some(key) = &transfer.key {
        facts.push(Fact::text("Service versant", key.transferring_agency.clone()));
        facts.push(Fact::text("Identifiant du message", key.message_identifier.clone()));
    }
    if let TransferStatus::Accepted { reply, .. } | TransferStatus::Refused { reply, .. } = &transfer.status {
        facts.push(Fact::exact("Réponse", reply.to_string()));
    }
    facts
}

fn proven(proof: &TlogProof) -> Section {
    let checkpoint = proof.checkpoint.checkpoint();
    let facts = vec![
        Fact::exact("Registre", checkpoint.origin().to_owned()),
        Fact::text("Entrée", format!("{} sur {}", proof.index, checkpoint.size())),
        Fact::exact("Racine (base64)", checkpoint.root().to_base64()),
    ];
    let sentence = "L’issue de ce dépôt est inscrite au registre que l’installation publie ; la preuve jointe le montre à \
                    qui connaît la clé du registre. L’heure n’est attestée par un tiers que par les horodatages du \
                    registre, que donne le rapport d’intégrité.";
    Section { title: "Preuve".to_owned(), blocks: vec![paragraph(sentence), Block::Facts(facts)] }
}
