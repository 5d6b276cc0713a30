//! The attestation of a restitution: what was given back, up to where, and the digest of what says so.

use crate::{
    archive::{
        Archive,
        error::Error,
        letterhead::{counted, paragraph},
    },
    domain::digest::Digest,
    pdf::{
        document::{Block, Document, Fact, Notice, Section, Tone},
        in_french,
    },
    proof::checkpoint::SignedCheckpoint,
    record::restitution::{Holds, Restitution},
};

impl Archive {
    /// The attestation as PDF/A under the installation's seal. `digest` is that of `restitution.json`.
    pub(super) fn attestation_of(&self, given: &Restitution, digest: Digest) -> Result<Vec<u8>, Error> {
        let holds = given.holds.as_ref();
        let archives = holds.map_or(0, |holds| holds.archives);
        let notice = Notice {
            tone: Tone::Good,
            title: "Restitution entière".to_owned(),
            text: format!(
                "Le {}, tout ce que le service « {} » avait confié à l’archive lui a été rendu : {}.",
                in_french(given.made_at),
                given.tenant.name,
                counted(archives, "archive", "archives")
            ),
        };
        let document = Document {
            kind: "Attestation de restitution".to_owned(),
            title: given.tenant.name.clone(),
            reference: format!("Restitution {}", given.restitution),
            subject: format!("Ce qui a été rendu par la restitution {}", given.restitution),
            issuer: given.tenant.name.clone(),
            language: "fr".to_owned(),
            made_at: given.made_at,
            summary: vec![Block::Notice(notice)],
            sections: vec![
                Section {
                    title: "Contenu".to_owned(),
                    blocks: vec![Block::Facts(holds.map(contents).unwrap_or_default())],
                },
                Section { title: "Journaux".to_owned(), blocks: vec![Block::Facts(journals(given))] },
                proof(given, digest)?,
            ],
            attachments: Vec::new(),
        };
        self.issue_paper(&document)
    }
}

fn contents(holds: &Holds) -> Vec<Fact> {
    let counts = holds.counts;
    vec![
        Fact::text("Archives", counted(holds.archives, "archive", "archives")),
        Fact::text("Unités d’archives", counted(counts.units, "unité", "unités")),
        Fact::text("Objets", counted(counts.objects, "objet", "objets")),
        Fact::text("Volume des objets numériques", counted(counts.bytes, "octet", "octets")),
        Fact::text("Registres du service", counted(holds.records, "registre", "registres")),
    ]
}

fn journals(given: &Restitution) -> Vec<Fact> {
    let told = |one: &crate::record::restitution::JournalAsOf| {
        let lines = Fact::text(format!("Journal {}", one.journal), counted(one.length, "ligne", "lignes"));
        [lines, Fact::exact("Empreinte de sa dernière ligne", one.head.to_string())]
    };
    given.journals.iter().flat_map(told).collect()
}

fn proof(given: &Restitution, digest: Digest) -> Result<Section, Error> {
    let signed = SignedCheckpoint::parse(given.log.checkpoint.as_bytes())?;
    let stamped = given
        .log
        .stamped
        .map_or_else(|| "aucun horodatage n’a encore été pris".to_owned(), |size| format!("jusqu’à l’entrée {size}"));
    let facts = vec![
        Fact::exact("SHA-512 de restitution.json", digest.to_string()),
        Fact::exact("Registre", given.log.origin.clone()),
        Fact::text("Entrées couvertes", given.log.size.to_string()),
        Fact::exact("Racine (base64)", signed.checkpoint().root().to_base64()),
        Fact::text("Horodatage", stamped),
    ];
    let sentence = "Ce papier ne remplace pas la vérification : « python3 kit/verifier.py . », dans le dossier restitué, relit \
                    tout et dit ce qui est intact, ce qui ne l’est pas et ce qui n’a pas pu être vérifié.";
    Ok(Section { title: "Preuve".to_owned(), blocks: vec![paragraph(sentence), Block::Facts(facts)] })
}
