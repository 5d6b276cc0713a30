//! An integrity report as a court would receive it, made of invented facts.

use cartulaire::{
    domain::{clock::Timestamp, digest::to_hex},
    pdf::{
        self,
        document::{Attachment, Block, Column, Document, Fact, Notice, Relation, Section, Table, Tone, Value},
        layout::Limits,
    },
};

pub const LIMITS: Limits = Limits { pages: 2_000 };

/// A digest that is one, to look at.
pub fn digest(seed: u8) -> String {
    let bytes: Vec<u8> = (0..64u8).map(|at| at.wrapping_mul(37).wrapping_add(seed.wrapping_mul(101))).collect();
    to_hex(&bytes)
}

pub fn written() -> Vec<u8> {
    pdf::write(&report(), LIMITS).unwrap()
}

/// The whole report.
pub fn report() -> Document {
    Document {
        kind: "Rapport d’intégrité".into(),
        title: "Délibérations du conseil municipal de Cœuvres-et-Valsery, séance du 12 octobre 2026".into(),
        reference: "Archive FR-DAF-ville-2026-11-000042, génération 1".into(),
        subject: "Contrôle de l’intégrité d’une archive et de ses preuves".into(),
        issuer: "Service d’archivage électronique de l’agglomération".into(),
        language: "fr".into(),
        made_at: Timestamp::parse("2026-11-22T08:00:00Z").unwrap(),
        summary: vec![
            Block::Notice(Notice {
                tone: Tone::Good,
                title: "L’archive est intègre".into(),
                text:
                    "Les deux copies de ses quatre fichiers ont été relues entièrement ; leurs empreintes sont celles \
                       de l’entrée du 3 novembre 2026, que le journal scellé et deux horodatages attestent."
                        .into(),
            }),
            Block::Facts(vec![
                Fact::text("Service versant", "Mairie de Cœuvres-et-Valsery"),
                Fact::text("Service producteur", "Secrétariat général"),
                Fact::text("Entrée dans l’archive", "3 novembre 2026 à 14:02:11 UTC"),
                Fact::exact("Empreinte SHA-512 de l’inventaire", digest(1)),
            ]),
        ],
        sections: vec![deposit(), checks(), copies(), journal(), stamps(), verification()],
        attachments: vec![Attachment {
            name: "rapport.json".into(),
            mime: "application/json".into(),
            description: "Les mêmes constats, pour être lus par un programme".into(),
            relation: Relation::Data,
            bytes: br#"{"verdict":"intact"}"#.to_vec(),
        }],
    }
}

fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section { title: title.into(), blocks }
}

fn deposit() -> Section {
    let files = [
        "deliberation-2026-10-12-01.pdf",
        "annexes/plan de financement d’été.ods",
        "annexes/signature.p7s",
        "manifest.xml",
    ];
    let rows = (0u8..).zip(files).map(|(at, name)| {
        vec![Value::Exact(name.into()), Value::Text(format!("{}\u{a0}812 octets", 14 + at)), Value::Exact(digest(at))]
    });
    section(
        "Dépôt",
        vec![
        Block::Paragraph(
            "Le bordereau SEDA 2.3 a été reçu le 3 novembre 2026 par l’interface de dépôt, contrôlé, puis accepté : \
             l’accusé de réception et la réponse au transfert sont conservés avec l’archive."
                .into(),
        ),
        Block::Table(Table {
            columns: vec![Column::new("Fichier", 4), Column::new("Taille", 2), Column::new("Empreinte SHA-512", 6)],
            rows: rows.collect(),
        }),
    ],
    )
}

fn checks() -> Section {
    let rows = ["Empreintes annoncées", "Schéma du bordereau", "Antivirus", "Formats reconnus", "Signature de l’acte"];
    section(
        "Contrôles",
        vec![Block::Table(Table {
            columns: vec![Column::new("Contrôle", 4), Column::new("Résultat", 2), Column::new("Constat", 6)],
            rows: rows
                .iter()
                .map(|name| {
                    vec![
                        Value::Text((*name).into()),
                        Value::Text("Réussi".into()),
                        Value::Text("Rien à signaler".into()),
                    ]
                })
                .collect(),
        })],
    )
}

fn copies() -> Section {
    section("Copies", vec![
        Block::Heading("Volume A — Soissons".into()),
        Block::Facts(vec![
            Fact::text("Relecture", "22 novembre 2026 à 07:58:40 UTC, 4 fichiers, 58 kio"),
            Fact::exact("Racine de l’objet OCFL", "ocfl/ville/0042/8f3a/FR-DAF-ville-2026-11-000042.1"),
        ]),
        Block::Heading("Volume B — Laon".into()),
        Block::Notice(Notice {
            tone: Tone::Warning,
            title: "Une réparation a eu lieu".into(),
            text: "Le 15 novembre 2026, un fichier dégradé a été remplacé par celui du volume A ; le journal garde les deux \
                   empreintes."
                .into(),
        }),
    ])
}

fn journal() -> Section {
    let rows = (0..60u8).map(|at| {
        vec![
            Value::Text(format!("{}", 1_200 + u32::from(at))),
            Value::Text(format!("2026-11-03 14:02:{at:02}")),
            Value::Text(if at % 3 == 0 { "entrée" } else { "contrôle d’empreinte" }.into()),
            Value::Text("réussi".into()),
            Value::Exact(digest(at)[..16].into()),
        ]
    });
    section(
        "Journal",
        vec![
            Block::Paragraph(
                "Les lignes du journal du cycle de vie qui parlent de l’archive, chacune chaînée à celle d’avant."
                    .into(),
            ),
            Block::Table(Table {
                columns: vec![
                    Column::new("Ligne", 2),
                    Column::new("Instant (UTC)", 4),
                    Column::new("Événement", 5),
                    Column::new("Issue", 2),
                    Column::new("Empreinte (début)", 4),
                ],
                rows: rows.collect(),
            }),
        ],
    )
}

fn stamps() -> Section {
    section(
        "Horodatages",
        vec![
            Block::Facts(vec![
                Fact::text("Autorité", "Horodatage qualifié d’un tiers"),
                Fact::text("Instant attesté", "4 novembre 2026 à 00:05:02 UTC"),
                Fact::exact("Empreinte du jeton", digest(9)),
            ]),
            Block::Notice(Notice {
                tone: Tone::Plain,
                title: "Horodatage interne".into(),
                text: "Un second jeton vient de l’autorité de l’installation : son heure n’est pas celle d’un tiers."
                    .into(),
            }),
        ],
    )
}

fn verification() -> Section {
    section("Comment vérifier", vec![
        Block::Paragraph(
            "Ce rapport peut être contrôlé sans l’aide du service d’archives, avec Python 3 et une copie d’un volume.".into(),
        ),
        Block::Steps(vec![
            "Enregistrer le fichier rapport.json joint à ce document (volet « pièces jointes » du lecteur PDF).".into(),
            "Lancer le vérificateur, qui ne demande aucune autre installation :".into(),
            "Comparer l’empreinte qu’il affiche à celle de la première page.".into(),
        ]),
        Block::Code("python3 kit/verifier.py --archive FR-DAF-ville-2026-11-000042 --journal journal/2026-11-03.jsonl".into()),
        Block::Notice(Notice {
            tone: Tone::Bad,
            title: "Si une empreinte diffère".into(),
            text: "L’archive ou ce rapport a été modifié. Prévenir le service d’archives et garder les fichiers tels quels.".into(),
        }),
    ])
}
