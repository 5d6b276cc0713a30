//! The attestation of a communication: who asked for what and why, what was granted, what was handed over, under the seal.

use crate::{
    archive::{
        Archive,
        error::Error,
        letterhead::{counted, exact, table, text},
        requests::{Dossier, RequestError},
    },
    domain::{
        agency::Role,
        communication::{Derogation, Motive, RequestState},
        id::RequestId,
        mandate::{Mandate, Read},
    },
    pdf::{
        document::{Attachment, Block, Document, Fact, Notice, Relation, Section, Tone, Value},
        in_french,
    },
    record::request,
};

impl Archive {
    /// The attestation of a request and of what became of it, as PDF/A, its list of units inside.
    pub fn communication_attestation(&self, by: &Mandate<Read>, id: RequestId) -> Result<Vec<u8>, RequestError> {
        let dossier = self.communication_request(by, id)?.ok_or(RequestError::Unknown)?;
        self.ensure_may_see(by, &dossier.request)?;
        let issuer = self.store.tenant(by.tenant()).map_err(Error::from)?.map(|tenant| tenant.name).unwrap_or_default();
        let mut list = Vec::new();
        for unit in &dossier.units {
            request::write(unit, &mut list).map_err(Error::from)?;
        }
        let mut sections = vec![
            Section { title: "Demande".to_owned(), blocks: vec![Block::Facts(asked(&dossier))] },
            Section { title: "Unités d’archives".to_owned(), blocks: vec![units(&dossier)] },
        ];
        if !dossier.derogations.is_empty() {
            sections.insert(1, Section { title: "Dérogation".to_owned(), blocks: vec![derogations(&dossier)] });
        }
        Ok(self.issue_paper(&Document {
            kind: "Attestation de communication".to_owned(),
            title: dossier.request.requester.clone(),
            reference: format!("Demande {id}"),
            subject: format!("Ce qui a été demandé et communiqué sous la demande {id}"),
            issuer,
            language: "fr".to_owned(),
            made_at: self.clock.now(),
            summary: vec![Block::Notice(notice(&dossier))],
            sections,
            attachments: vec![Attachment {
                name: request::UNITS.to_owned(),
                mime: "application/x-ndjson".to_owned(),
                description: "La liste des unités, dont l’empreinte est au journal".to_owned(),
                relation: Relation::Data,
                bytes: list,
            }],
        })?)
    }
}

fn notice(dossier: &Dossier) -> Notice {
    let units = counted(dossier.request.units, "unité", "unités");
    let blocked = counted(dossier.request.blocked, "unité n’était", "unités n’étaient");
    let (tone, title, text) = match dossier.request.state {
        RequestState::Open => (Tone::Plain, "Demande recevable", format!("{units}, à communiquer sans dérogation.")),
        RequestState::Waiting => (
            Tone::Plain,
            "Dérogation demandée",
            format!("{units}, dont {blocked} pas communicable le jour de la demande."),
        ),
        RequestState::Granted => (Tone::Good, "Dérogation accordée", format!("{units}, à communiquer.")),
        RequestState::Refused => {
            (Tone::Bad, "Dérogation refusée", "Rien n’est communiqué sous cette demande.".to_owned())
        }
        RequestState::Delivered => {
            (Tone::Good, "Archives communiquées", format!("{units} ont été remises au demandeur."))
        }
    };
    Notice { tone, title: title.to_owned(), text }
}

fn asked(dossier: &Dossier) -> Vec<Fact> {
    let request = &dossier.request;
    let mut facts = vec![
        Fact::text("Demandeur", request.requester.clone()),
        Fact::text("Qualité", if request.is_agency { "service du référentiel" } else { "tiers" }),
        Fact::text("Motif", motive(request.motive)),
        Fact::text("Enregistrée", in_french(request.made_at)),
        Fact::text("Communicabilité au", request.on.format("%d/%m/%Y").to_string()),
        Fact::exact("Empreinte de la liste (SHA-512)", request.list.to_string()),
    ];
    if let Some(reason) = &dossier.reason {
        facts.push(Fact::text("Précisions", reason.clone()));
    }
    if let Some(message) = request.delivery {
        facts.push(Fact::exact("Message de communication", message.to_string()));
    }
    facts
}

/// What archives are asked for, in French.
pub const fn motive(motive: Motive) -> &'static str {
    match motive {
        Motive::Administration => "besoin du service",
        Motive::Research => "recherche",
        Motive::Evidence => "preuve d’un droit",
        Motive::Justice => "justice",
        Motive::Other => "autre",
    }
}

fn derogations(dossier: &Dossier) -> Block {
    let row = |one: &Derogation| {
        let role =
            if one.consulted.role == Role::Control { "contrôle scientifique et technique" } else { "producteur" };
        let agency = if one.consulted.agency.is_empty() { "(à désigner)" } else { one.consulted.agency.as_str() };
        let (said, when) = match one.answer {
            None => ("attendue", String::new()),
            Some(answer) => (if answer.granted { "accord" } else { "refus" }, in_french(answer.at)),
        };
        vec![text(role), text(agency), text(said), text(when)]
    };
    let rows: Vec<Vec<Value>> = dossier.derogations.iter().map(row).collect();
    table(&[("Au titre de", 3), ("Service", 3), ("Réponse", 2), ("Le", 3)], rows)
}

fn units(dossier: &Dossier) -> Block {
    let rows: Vec<Vec<Value>> = dossier
        .units
        .iter()
        .map(|unit| vec![text(unit.title.clone()), exact(unit.unit.to_string()), text(unit.access.in_french())])
        .collect();
    table(&[("Intitulé", 4), ("Identifiant", 4), ("Communicabilité", 3)], rows)
}
