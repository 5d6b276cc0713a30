//! The papers that tell how a plan ended: the certificate (PDF), the SEDA notification of each originating agency, and the
//! bordereau as it was carried out. What was transferred or given back is destroyed here too, and they say for whom.

use std::collections::BTreeMap;

use crate::{
    archive::{
        Archive,
        destroy::Erasure,
        disposals::{bordereau::told, eliminate::Fate},
        error::Error,
        letterhead::{counted, exact, paragraph, table, text, volume},
    },
    digest,
    domain::{
        agency::Role,
        appraisal::Decision,
        disposal::{Attested, Disposal, Disposition},
        tenant::TenantId,
    },
    pdf::{
        document::{Attachment, Block, Document, Fact, Notice, Relation, Section, Tone, Value},
        in_french,
    },
    record::{
        disposal::{Listed, ListedUnit},
        facts::DELETION,
    },
    seda::authorization::{self, Notification},
};

/// Units, and objects, that the paper itself names; the CSV inside names them all.
const NAMED: usize = 5_000;

/// Archives whose proof travels inside the paper.
const PROOFS: usize = 200;

/// How papers speak of what a plan is for.
struct Wording {
    kind: &'static str,
    title: &'static str,
    done: &'static str,
    notified: String,
}

impl Wording {
    fn of(plan: &Disposal) -> Self {
        let receiver = plan.receiver.as_deref().unwrap_or_default();
        match plan.disposition {
            Disposition::Elimination => Self {
                kind: "Certificat d’élimination",
                title: "Élimination d’archives",
                done: "Élimination exécutée",
                notified: "Les unités d’archives désignées ont été éliminées.".to_owned(),
            },
            Disposition::Transfer => Self {
                kind: "Certificat de destruction après transfert",
                title: "Destruction d’archives transférées",
                done: "Destruction après transfert exécutée",
                notified: format!(
                    "Les unités d’archives désignées ont été transférées à « {receiver} », puis détruites ici."
                ),
            },
            Disposition::Restitution => Self {
                kind: "Certificat de destruction après restitution",
                title: "Destruction d’archives restituées",
                done: "Destruction après restitution exécutée",
                notified: format!(
                    "Les unités d’archives désignées ont été restituées à « {receiver} », puis détruites ici."
                ),
            },
        }
    }
}

/// The files of a plan's end, and the digests that its line tells.
pub(super) struct Papers {
    pub(super) files: Vec<(String, Vec<u8>)>,
    pub(super) attested: Attested,
}

impl Archive {
    /// Writes them all.
    pub(super) fn papers_of(&self, tenant: &TenantId, plan: &Disposal, fates: &[Fate]) -> Result<Papers, Error> {
        let mut csv = Vec::new();
        self.write_bordereau(tenant, plan, &mut csv)?;
        let notifications = self.notifications(tenant, plan)?;
        let certificate = self.certificate(tenant, plan, fates, &csv, &notifications)?;
        let first = notifications.first().map(|(_, bytes)| bytes.as_slice()).unwrap_or_default();
        let attested = Attested { certificate: digest::sha512(&certificate), notification: digest::sha512(first) };
        let mut files = vec![("certificate.pdf".to_owned(), certificate), ("bordereau.csv".to_owned(), csv)];
        files.extend(notifications);
        Ok(Papers { files, attested })
    }

    /// One `ArchiveDestructionNotification` per originating agency: `notification.xml`, then `notification-2.xml`…
    fn notifications(&self, tenant: &TenantId, plan: &Disposal) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let mut units: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut agency = String::new();
        for listed in self.list_of(tenant, plan)? {
            match listed? {
                Listed::Archive(archive) => agency = archive.agency,
                Listed::Unit(unit) if unit.decision == Decision::Destroy => {
                    units.entry(agency.clone()).or_default().push(unit.unit.to_string());
                }
                Listed::Unit(_) => {}
            }
        }
        let archival_agency = self.store.tenant(tenant)?.map(|tenant| tenant.archival_agency).unwrap_or_default();
        let (version, authorization) = (self.version_for(tenant, plan)?, self.authorization_identifier(tenant, plan)?);
        let comment = Wording::of(plan).notified;
        let written = units.into_iter().enumerate().map(|(at, (agency, units))| {
            let identifier = format!("{}/{}/{}", plan.id, plan.disposition.word(), at + 1);
            let notification = Notification {
                message_identifier: &identifier,
                date: self.clock.now(),
                comment: &comment,
                authorization: &authorization,
                archival_agency: &archival_agency,
                originating_agency: &agency,
            };
            let units = units.into_iter().map(Ok::<_, Error>);
            let bytes = authorization::write_notification(&notification, units, version, Vec::new())?;
            let name = if at == 0 { "notification.xml".to_owned() } else { format!("notification-{}.xml", at + 1) };
            Ok((name, bytes))
        });
        written.collect()
    }

    fn certificate(
        &self,
        tenant: &TenantId,
        plan: &Disposal,
        fates: &[Fate],
        csv: &[u8],
        notifications: &[(String, Vec<u8>)],
    ) -> Result<Vec<u8>, Error> {
        let issuer = self.store.tenant(tenant)?.map(|tenant| tenant.name).unwrap_or_default();
        let mut attachments = vec![Attachment {
            name: "bordereau.csv".to_owned(),
            mime: "text/csv".to_owned(),
            description: "Toutes les unités détruites, avec les empreintes de leurs fichiers".to_owned(),
            relation: Relation::Data,
            bytes: csv.to_vec(),
        }];
        attachments.extend(notifications.iter().map(|(name, bytes)| Attachment {
            name: name.clone(),
            mime: "application/xml".to_owned(),
            description: "La notification de destruction (SEDA)".to_owned(),
            relation: Relation::Supplement,
            bytes: bytes.clone(),
        }));
        for fate in fates.iter().take(PROOFS) {
            attachments.extend(self.proof_of_destruction(tenant, fate)?);
        }
        let words = Wording::of(plan);
        self.issue_paper(&Document {
            kind: words.kind.to_owned(),
            title: format!("{} – {issuer}", words.title),
            reference: format!("Plan {}", plan.id),
            subject: format!("Ce qui a été détruit selon le plan {}", plan.id),
            issuer: issuer.clone(),
            language: "fr".to_owned(),
            made_at: self.clock.now(),
            summary: summary(plan, &issuer, fates),
            sections: vec![
                self.authorised_by(tenant, plan)?,
                erased(fates),
                self.destroyed(tenant, plan)?,
                proven(fates.len()),
            ],
            attachments,
        })
    }

    fn authorised_by(&self, tenant: &TenantId, plan: &Disposal) -> Result<Section, Error> {
        let mut blocks = Vec::new();
        for consent in self.store.holdings(tenant).consents(plan.id)? {
            let who = self.name_of(tenant, &consent.agency)?;
            blocks.push(Block::Heading(match consent.role {
                Role::Control => format!("Visa du contrôle scientifique et technique : {who}"),
                Role::Archival => format!("Prise en charge par le service d’archives destinataire : {who}"),
                _ if plan.disposition == Disposition::Restitution => {
                    format!("Réception par le service producteur : {who}")
                }
                _ => format!("Accord du service producteur : {who}"),
            }));
            blocks.push(Block::Facts(told(&consent)));
        }
        Ok(Section { title: "Accords et visa".to_owned(), blocks })
    }

    fn destroyed(&self, tenant: &TenantId, plan: &Disposal) -> Result<Section, Error> {
        let (mut rows, mut cut) = (Vec::new(), false);
        for listed in self.list_of(tenant, plan)? {
            if let Listed::Unit(unit) = listed?
                && unit.decision == Decision::Destroy
            {
                cut = rows.len() >= NAMED;
                if cut {
                    break;
                }
                rows.extend(lines_of(&unit));
            }
        }
        let mut blocks = vec![table(&[("Unité ou fichier", 40), ("Identifiant", 30), ("Empreinte SHA-512", 50)], rows)];
        if cut {
            let sentence = "La liste entière est dans le fichier bordereau.csv joint à ce certificat.";
            blocks.push(paragraph(sentence));
        }
        Ok(Section { title: "Ce qui a été détruit".to_owned(), blocks })
    }

    fn proof_of_destruction(&self, tenant: &TenantId, fate: &Fate) -> Result<Option<Attachment>, Error> {
        let proof = self.proof_of_line(tenant, &fate.archive.to_string(), DELETION)?;
        Ok(proof.map(|proof| Attachment {
            name: format!("{}.tlog-proof", fate.archive),
            mime: "text/plain".to_owned(),
            description: "La preuve que cette destruction est au registre (C2SP tlog-proof)".to_owned(),
            relation: Relation::Supplement,
            bytes: proof.to_string().into_bytes(),
        }))
    }
}

fn summary(plan: &Disposal, issuer: &str, fates: &[Fate]) -> Vec<Block> {
    let whole = fates.iter().filter_map(|fate| fate.volumes.as_ref()).flatten().all(is_overwritten)
        && fates.iter().all(|fate| fate.volumes.is_some());
    let (tone, sentence) = if whole {
        (Tone::Good, "Chaque bloc en a été récrit sur chaque volume avant d’être rendu au support.")
    } else {
        (
            Tone::Warning,
            "Les fichiers n’existent plus, mais la récriture de tous leurs blocs ne peut être garantie partout : la \
             suite dit où et pourquoi. Les sauvegardes faites hors de cette installation ne sont pas à sa portée.",
        )
    };
    let leaving = plan.leaving;
    let mut facts = vec![
        Fact::text("Service d’archives", issuer),
        Fact::text("Plan établi", in_french(plan.made_at)),
        Fact::text("Archives concernées", counted(leaving.archives, "archive", "archives")),
        Fact::text("Unités détruites", counted(leaving.units, "unité", "unités")),
        Fact::text(
            "Volume",
            format!("{} en {}", volume(leaving.bytes), counted(leaving.objects, "fichier", "fichiers")),
        ),
        Fact::exact("Empreinte SHA-512 de la liste autorisée", plan.list.to_string()),
    ];
    facts.extend(plan.receiver.as_deref().map(|receiver| Fact::text("Destinataire", receiver)));
    let title = Wording::of(plan).done.to_owned();
    vec![Block::Notice(Notice { tone, title, text: sentence.to_owned() }), Block::Facts(facts)]
}

fn is_overwritten(erasure: &Erasure) -> bool {
    erasure.means == crate::archive::destroy::Means::Overwritten
}

/// What became of the bytes, archive by archive and volume by volume; what is alike is told once.
fn erased(fates: &[Fate]) -> Section {
    let mut told: BTreeMap<(String, String), u64> = BTreeMap::new();
    for fate in fates {
        let Some(volumes) = &fate.volumes else {
            let earlier = "Détruite lors d’une exécution antérieure, interrompue depuis : son effacement est achevé ou \
                           repris à l’ouverture, sans que ce certificat dise comment.";
            *told.entry(("tous".to_owned(), earlier.to_owned())).or_default() += 1;
            continue;
        };
        for erasure in volumes {
            let volume = erasure.id.clone().unwrap_or_else(|| format!("n° {}", erasure.volume + 1));
            *told.entry((volume, erasure.means.french().to_owned())).or_default() += 1;
        }
    }
    let row = |((volume, means), archives): (&(String, String), &u64)| {
        vec![exact(volume.clone()), text(means.clone()), text(archives.to_string())]
    };
    let rows = told.iter().map(row).collect();
    let remaining = fates.iter().filter(|fate| fate.successor.is_some()).count();
    let mut blocks = vec![table(&[("Volume", 30), ("Effacement", 70), ("Archives", 15)], rows)];
    if remaining > 0 {
        blocks.push(paragraph(format!(
            "Archives détruites en partie, dont le reste est conservé en une nouvelle génération : {remaining}."
        )));
    }
    Section { title: "Comment les octets ont été effacés".to_owned(), blocks }
}

fn lines_of(unit: &ListedUnit) -> Vec<Vec<Value>> {
    let mut lines = vec![vec![text(unit.title.clone()), exact(unit.unit.to_string()), text("")]];
    lines.extend(unit.objects.iter().map(|object| {
        vec![
            text(format!("  fichier, {}", volume(object.size))),
            exact(object.object.to_string()),
            exact(object.digest.to_string()),
        ]
    }));
    lines
}

fn proven(archives: usize) -> Section {
    let sentence = format!(
        "Chaque destruction est une ligne du journal, et le registre publié de l’installation la contient : les preuves \
         jointes (une par archive, {PROOFS} au plus, pour {archives}) le montrent à qui connaît la clé du registre. Les \
         lignes qui parlaient des archives détruites restent, et se vérifient toujours."
    );
    Section { title: "Preuve".to_owned(), blocks: vec![paragraph(sentence)] }
}
