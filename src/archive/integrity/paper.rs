//! The integrity report as a paper: what a person reads, a judge included, in the order in which they would ask.

use crate::{
    archive::{
        Archive,
        error::Error,
        integrity::IntegrityReport,
        letterhead::{counted, exact, happened, instant, outcome, paragraph, table, text},
    },
    pdf::{
        document::{Attachment, Block, Document, Fact, Notice, Relation, Section, Tone, Value},
        in_french,
    },
    record::{
        integrity::{Copy, CopyState, Integrity, State, TimeStamp, Verdict},
        report::Summary,
    },
};

impl Archive {
    /// The report as PDF/A under the installation's seal, its JSON and its proofs inside.
    pub fn integrity_pdf(&self, report: &IntegrityReport) -> Result<Vec<u8>, Error> {
        let integrity = &report.integrity;
        let json = Attachment {
            name: "rapport.json".to_owned(),
            mime: "application/json".to_owned(),
            description: "Les mêmes constats, pour un programme".to_owned(),
            relation: Relation::Data,
            bytes: integrity.to_json()?.into_bytes(),
        };
        let archive = &integrity.archive;
        self.issue_paper(&Document {
            kind: "Rapport d’intégrité".to_owned(),
            title: archive.titles.first().unwrap_or(&archive.message_identifier).clone(),
            reference: format!("Archive n° {} – {}", archive.number, archive.id),
            subject: format!("Ce qui est vérifiable de l’archive {}, vérifié à nouveau", archive.id),
            issuer: archive.service.clone(),
            language: "fr".to_owned(),
            made_at: integrity.made_at,
            summary: summary(integrity),
            sections: sections(report),
            attachments: report.proofs.iter().cloned().chain([json]).collect(),
        })
    }
}

fn summary(integrity: &Integrity) -> Vec<Block> {
    let whole = integrity.copies.iter().filter(|copy| copy.state == CopyState::Whole).count();
    let copies = integrity.copies.len();
    let (tone, title, sentence) = match integrity.verdict {
        Verdict::Intact => (
            Tone::Good,
            "L’archive est intègre",
            format!(
                "Ses {copies} copies viennent d’être relues entièrement : chaque octet est celui qui a été archivé. Le \
                 registre publié contient toutes les lignes du journal qui parlent d’elle."
            ),
        ),
        Verdict::Degraded => (
            Tone::Warning,
            "L’archive est conservée, avec des réserves",
            format!(
                "Copies intactes, octet pour octet : {whole} sur {copies}. Le reste n’est pas en ordre, ou n’a pas pu être \
                 vérifié : la suite dit quoi."
            ),
        ),
        Verdict::Broken => (
            Tone::Bad,
            "L’intégrité de l’archive n’est pas établie",
            "Aucune copie n’est intacte, ou le registre publié contredit le journal : la suite dit où.".to_owned(),
        ),
    };
    let archive = &integrity.archive;
    let mut facts = vec![
        Fact::text("Service d’archives", archive.service.clone()),
        Fact::text("Service versant", archive.transferring_agency.clone()),
    ];
    facts.extend(archive.originating_agency.clone().map(|agency| Fact::text("Service producteur", agency)));
    facts.extend(archive.agreement.clone().map(|agreement| Fact::text("Accord de versement", agreement)));
    facts.push(Fact::text("Entrée dans l’archive", in_french(integrity.deposit.accepted_at)));
    facts.push(Fact::text("Heure attestée", attested(integrity)));
    facts.push(Fact::text("Vérifiée pour ce rapport", in_french(integrity.made_at)));
    vec![Block::Notice(Notice { tone, title: title.to_owned(), text: sentence }), Block::Facts(facts)]
}

/// Who vouches for the time, by the earliest instant of the best witness.
fn attested(integrity: &Integrity) -> String {
    let good = || integrity.time_stamps.iter().filter(|stamp| stamp.state == State::Verified);
    let first = |third_party: bool| good().filter(|stamp| stamp.third_party == third_party).min_by_key(|one| one.time);
    match (first(true), first(false)) {
        (Some(stamp), _) => {
            format!("au plus tard le {}, par l’autorité tierce « {} »", in_french(stamp.time), stamp.authority)
        }
        (None, Some(stamp)) => format!(
            "heure non attestée par un tiers ; l’horloge de l’installation donne le {} au plus tard",
            in_french(stamp.time)
        ),
        (None, None) => "heure non attestée : aucun horodatage valable ne couvre encore cette archive".to_owned(),
    }
}

fn sections(report: &IntegrityReport) -> Vec<Section> {
    let integrity = &report.integrity;
    let section = |title: &str, blocks| Section { title: title.to_owned(), blocks };
    vec![
        section("Identité", identity(integrity)),
        section("Dépôt", deposit(integrity)),
        section("Contrôles du dépôt", examination(integrity.examination.as_ref())),
        section("Copies", integrity.copies.iter().flat_map(copy).collect()),
        section("Journal", journal(integrity)),
        section("Registre", log(integrity)),
        section("Horodatages et témoins", time(integrity)),
        section("Surveillance", fixity(integrity)),
        section("Ce que ce rapport ne prouve pas", unproven(integrity)),
        section("Vérifier soi-même", by_oneself(report)),
    ]
}

fn identity(integrity: &Integrity) -> Vec<Block> {
    let archive = &integrity.archive;
    let mut facts = vec![
        Fact::exact("Identifiant", archive.id.to_string()),
        Fact::text("Numéro", format!("{}, génération {}", archive.number, archive.generation)),
        Fact::text("Identifiant du message", archive.message_identifier.clone()),
        Fact::text("Service d’archives (SEDA)", archive.archival_agency.clone()),
        Fact::text("Format", format!("SEDA {}, {}", archive.seda_version.number(), archive.dialect.word())),
        Fact::text(
            "Contenu",
            format!(
                "{}, {}, {}",
                counted(archive.units, "unité d’archives", "unités d’archives"),
                counted(archive.objects, "objet", "objets"),
                counted(archive.bytes, "octet", "octets")
            ),
        ),
    ];
    facts.extend(archive.submission_agency.clone().map(|agency| Fact::text("Service de transfert", agency)));
    let title = if archive.titles.len() == 1 { "Titre" } else { "Titres des premières unités" };
    facts.push(Fact::text(title, archive.titles.join("\n")));
    vec![Block::Facts(facts)]
}

fn deposit(integrity: &Integrity) -> Vec<Block> {
    let deposit = &integrity.deposit;
    vec![Block::Facts(vec![
        Fact::text("Reçu", in_french(deposit.received_at)),
        Fact::text("Accepté", in_french(deposit.accepted_at)),
        Fact::exact("Transfert", deposit.transfer.to_string()),
        Fact::exact("Déposé par (identifiant opaque)", deposit.deposited_by.to_string()),
        Fact::text("Paquet", format!("{}, {}", deposit.package.name, counted(deposit.package.size, "octet", "octets"))),
        Fact::exact("Empreinte SHA-512 du paquet", deposit.package.digest.to_string()),
        Fact::exact("Accusé de réception", deposit.acknowledgement.to_string()),
        Fact::exact("Réponse au transfert", deposit.reply.to_string()),
        Fact::exact("Empreinte SHA-512 de l’inventaire", deposit.inventory.to_string()),
    ])]
}

fn examination(found: Option<&Summary>) -> Vec<Block> {
    let Some(found) = found else {
        return vec![paragraph("Les constats de l’examen n’ont pas pu être relus.")];
    };
    let mut blocks = vec![paragraph(
        "À son dépôt, aucun contrôle n’a refusé le paquet. Les constats de son examen sont conservés avec l’archive ; les \
         voici. « Non examiné » n’est jamais à lire comme « valable ».",
    )];
    let rows = found.findings.iter().map(|finding| {
        let place = if finding.place.is_empty() { String::new() } else { format!(" ({})", finding.place) };
        let message = format!("{}{place}", finding.message);
        vec![exact(finding.code.as_str()), text(outcome(finding.outcome)), text(message)]
    });
    let rows: Vec<Vec<Value>> = rows.collect();
    blocks.push(if rows.is_empty() {
        paragraph("Aucun constat : tous les contrôles ont été faits et rien n’était à signaler.")
    } else {
        table(&[("Contrôle", 5), ("Résultat", 2), ("Constat", 6)], rows)
    });
    let told: u64 = found.totals.values().sum();
    let kept = u64::try_from(found.findings.len()).unwrap_or(u64::MAX);
    if told > kept {
        blocks.push(paragraph(format!(
            "{} de plus, semblables, ne sont pas repris.",
            counted(told - kept, "constat", "constats")
        )));
    }
    blocks
}

fn copy(copy: &Copy) -> Vec<Block> {
    let (state, bytes) = match copy.state {
        CopyState::Whole => ("intacte", counted(copy.bytes, "octet relu", "octets relus")),
        CopyState::Altered => ("ALTÉRÉE", counted(copy.bytes, "octet relu et juste", "octets relus et justes")),
        CopyState::Missing => ("ABSENTE", "aucun fichier".to_owned()),
        CopyState::Unreachable => ("inconnue : le volume est injoignable", "rien n’a pu être relu".to_owned()),
    };
    let mut blocks = vec![
        Block::Heading(format!("Volume {}", copy.volume)),
        Block::Facts(vec![
            Fact::text("État de la copie", state),
            Fact::text("Relecture", format!("{}, {bytes}", in_french(copy.verified_at))),
        ]),
    ];
    if !copy.faults.is_empty() {
        let rows = copy.faults.iter().map(|fault| {
            let kind = match fault.kind.as_str() {
                "missing" => "absent",
                "extra" => "en trop",
                _ => "altéré",
            };
            vec![exact(fault.path.as_str()), text(kind)]
        });
        blocks.push(table(&[("Fichier", 8), ("Constat", 2)], rows.collect()));
    }
    blocks
}

fn journal(integrity: &Integrity) -> Vec<Block> {
    let rows = integrity.lines.iter().map(|line| {
        vec![
            text(format!("{} / {}", line.position, line.entry)),
            text(instant(line.at)),
            text(happened(&line.kind)),
            text(line.outcome.as_str()),
            exact(line.digest.to_string().get(..16).unwrap_or_default()),
            text(proven(line.state)),
        ]
    });
    vec![
        paragraph(
            "Les lignes du journal du cycle de vie qui parlent de l’archive et de son transfert. Pour chacune, l’empreinte \
             a été recalculée, puis la ligne recherchée dans le registre publié, par une preuve d’inclusion (RFC 6962).",
        ),
        table(
            &[
                ("Ligne / entrée", 3),
                ("Instant (UTC)", 5),
                ("Événement", 4),
                ("Issue", 2),
                ("Empreinte (début)", 4),
                ("Au registre", 3),
            ],
            rows.collect(),
        ),
    ]
}

fn log(integrity: &Integrity) -> Vec<Block> {
    let Some(checkpoint) = &integrity.checkpoint else {
        return vec![paragraph("Aucun état du registre n’a pu être lu : rien n’est prouvé par lui.")];
    };
    let signature = match checkpoint.state {
        State::Verified => "valable",
        State::Faulty => "FAUSSE",
        State::NotVerified => "non vérifiée",
    };
    vec![
        paragraph(
            "Toutes les lignes de tous les journaux sont les feuilles d’un seul arbre, dont la racine est signée à chaque \
             écriture. Voici la dernière.",
        ),
        Block::Facts(vec![
            Fact::exact("Registre", checkpoint.origin.clone()),
            Fact::text("Taille", counted(checkpoint.size, "entrée", "entrées")),
            Fact::exact("Racine (base64)", checkpoint.root.clone()),
            Fact::text("Signature", signature),
            Fact::exact("Clé, tenue pour bonne parce que configurée ici", checkpoint.key.clone()),
        ]),
    ]
}

fn time(integrity: &Integrity) -> Vec<Block> {
    let mut blocks = vec![paragraph(
        "Le premier état du registre qui contient l’entrée de l’archive et que chaque autorité a horodaté (RFC 3161), \
         revérifié à l’instant.",
    )];
    if integrity.time_stamps.is_empty() {
        blocks.push(paragraph("Aucun horodatage ne couvre encore cette archive."));
    }
    blocks.extend(integrity.time_stamps.iter().flat_map(time_stamp));
    if let Some(cosigned) = &integrity.cosigned {
        let rows = cosigned.witnesses.iter().map(|witness| {
            let party = if witness.same_host { "sur la même machine : pas un tiers" } else { "autre machine" };
            vec![exact(witness.name.as_str()), text(instant(witness.time)), text(party)]
        });
        let (size, quorum) = (cosigned.size, cosigned.quorum);
        blocks.push(Block::Heading(format!("Témoins : {}", proven(cosigned.state))));
        blocks.push(paragraph(format!("L’état de {size} entrées est cosigné ; témoins exigés : {quorum}.")));
        blocks.push(table(&[("Témoin", 5), ("Instant (UTC)", 4), ("Place", 5)], rows.collect()));
    }
    blocks
}

fn time_stamp(stamp: &TimeStamp) -> Vec<Block> {
    let party = if stamp.third_party {
        "autorité tierce"
    } else {
        "autorité de l’installation : heure non attestée par un tiers"
    };
    let mut facts = vec![
        Fact::text("Heure", in_french(stamp.time)),
        Fact::text("Autorité", party),
        Fact::text("Vérification", proven(stamp.state)),
        Fact::text("État du registre", counted(stamp.size, "entrée", "entrées")),
        Fact::exact("Empreinte SHA-512 du jeton", stamp.token.to_string()),
    ];
    if let Some(signer) = &stamp.signer {
        let revocation = if signer.revocation_examined { "examinée" } else { "non examinée" };
        facts.push(Fact::text("Signataire", signer.subject.clone()));
        facts.push(Fact::text("À renouveler avant le", in_french(signer.not_after)));
        facts.push(Fact::text("Révocation", revocation));
    }
    facts.extend(stamp.reason.clone().map(|reason| Fact::text("Constat", reason)));
    vec![Block::Heading(format!("Autorité « {} »", stamp.authority)), Block::Facts(facts)]
}

fn fixity(integrity: &Integrity) -> Vec<Block> {
    let mut blocks = Vec::new();
    if integrity.fixity.is_empty() {
        blocks.push(paragraph("Aucun contrôle périodique des copies n’a été journalisé depuis l’entrée de l’archive."));
    } else {
        let rows = integrity.fixity.iter().map(|one| {
            let bad = counted(one.bad, "mauvaise", "mauvaises");
            vec![
                text(instant(one.at)),
                text(one.entry.to_string()),
                text(happened(&one.kind)),
                text(format!(
                    "{}, {bad}, {}",
                    counted(one.copies, "copie", "copies"),
                    counted(one.repaired, "réparée", "réparées")
                )),
            ]
        });
        blocks.push(paragraph(
            "Les derniers contrôles des copies de toute l’installation, et les réparations de cette archive, d’après le \
             journal de l’installation.",
        ));
        blocks.push(table(&[("Instant (UTC)", 5), ("Entrée", 2), ("Événement", 5), ("Résultat", 7)], rows.collect()));
    }
    if let Some(record) = &integrity.evidence_record {
        let mut facts = vec![
            Fact::text("Vérification", proven(record.state)),
            Fact::text("Porte sur", counted(u64::try_from(record.files).unwrap_or(u64::MAX), "fichier", "fichiers")),
        ];
        facts.extend(record.reasons.iter().map(|reason| Fact::text("Constat", reason.as_str())));
        blocks.push(Block::Heading("Enregistrement de preuve (RFC 4998)".to_owned()));
        blocks.push(Block::Facts(facts));
    }
    if !integrity.evidence.is_empty() {
        let rows = integrity.evidence.iter().map(|step| {
            let word = match step.step.as_str() {
                "first" => "constitution",
                "time-stamp renewal" => "renouvellement de l’horodatage",
                "hash-tree renewal" => "renouvellement de l’arbre d’empreintes",
                other => other,
            };
            vec![text(instant(step.at)), text(step.entry.to_string()), text(word)]
        });
        blocks.push(table(&[("Instant (UTC)", 4), ("Entrée", 2), ("Étape", 6)], rows.collect()));
    }
    blocks
}

fn unproven(integrity: &Integrity) -> Vec<Block> {
    vec![Block::Steps(integrity.not_verified.clone())]
}

fn by_oneself(report: &IntegrityReport) -> Vec<Block> {
    let mut blocks = vec![
        paragraph(
            "Ce document porte le cachet électronique de l’installation. Ses constats sont joints en JSON (rapport.json), \
             avec les pièces qui les prouvent :",
        ),
        table(
            &[("Pièce jointe", 5), ("Contenu", 7)],
            report
                .proofs
                .iter()
                .map(|proof| vec![exact(proof.name.as_str()), text(proof.description.as_str())])
                .collect(),
        ),
        paragraph(
            "Sans l’aide du service d’archives, avec Python 3 et un volume ou sa copie, le vérificateur qui se trouve sur \
             chaque volume relit les fichiers de toutes les archives, les journaux, le registre et les horodatages. Depuis \
             le dossier du volume :",
        ),
        Block::Code("python3 kit/verifier.py .".to_owned()),
    ];
    if report.proofs.is_empty() {
        blocks.retain(|block| !matches!(block, Block::Table(_)));
    }
    blocks
}

const fn proven(state: State) -> &'static str {
    match state {
        State::Verified => "vérifié",
        State::Faulty => "FAUX",
        State::NotVerified => "non vérifié",
    }
}
