//! The attestation of a transfer or of a restitution: what left, for whom, and what the receiver answered, under the seal.

use crate::{
    archive::{
        Archive,
        departures::DepartureError,
        disposals::stands,
        error::Error,
        letterhead::{counted, exact, table, text},
    },
    domain::{
        appraisal::Decision,
        disposal::{Disposal, DisposalState, Disposition},
        id::DisposalId,
        mandate::{Mandate, Read},
    },
    pdf::{
        document::{Block, Document, Fact, Notice, Section, Tone, Value},
        in_french,
    },
    record::disposal::Listed,
    store::Destination,
};

/// Units that the paper lists; the plan's record lists all, under the digest that the paper tells.
const UNITS: usize = 500;

impl Archive {
    /// The attestation of a departure as PDF/A.
    pub fn departure_attestation(&self, by: &Mandate<Read>, id: DisposalId) -> Result<Vec<u8>, DepartureError> {
        let tenant = by.tenant();
        let (plan, receiver) = self.departure(tenant, id, &DisposalState::ALL)?;
        let destination = self.store.holdings(tenant).destination(id).map_err(Error::from)?;
        let issuer = self.store.tenant(tenant).map_err(Error::from)?.map(|tenant| tenant.name).unwrap_or_default();
        let mut rows: Vec<Vec<Value>> = Vec::new();
        for listed in self.list_of(tenant, &plan)? {
            if let Listed::Unit(unit) = listed?
                && unit.decision == Decision::Destroy
                && rows.len() < UNITS
            {
                rows.push(vec![text(unit.title), exact(unit.unit.to_string())]);
            }
        }
        let (kind, title) = match plan.disposition {
            Disposition::Restitution => ("Attestation de restitution", "Restitution au service producteur"),
            _ => ("Attestation de transfert", "Transfert à un autre service d’archives"),
        };
        Ok(self.issue_paper(&Document {
            kind: kind.to_owned(),
            title: format!("{title} : {receiver}"),
            reference: format!("Plan {id}"),
            subject: format!("Ce qui part par le plan {id}, et ce que le destinataire en a dit"),
            issuer,
            language: "fr".to_owned(),
            made_at: self.clock.now(),
            summary: vec![Block::Notice(notice(&plan))],
            sections: vec![
                Section {
                    title: "Envoi".to_owned(),
                    blocks: vec![Block::Facts(facts(&plan, &receiver, destination.as_ref()))],
                },
                Section {
                    title: "Unités d’archives".to_owned(),
                    blocks: vec![table(&[("Intitulé", 5), ("Identifiant", 4)], rows)],
                },
            ],
            attachments: Vec::new(),
        })?)
    }

    /// Where what left under a plan is, once its receiver took it.
    pub fn destination(&self, by: &Mandate<Read>, id: DisposalId) -> Result<Option<Destination>, Error> {
        Ok(self.store.holdings(by.tenant()).destination(id)?)
    }
}

fn notice(plan: &Disposal) -> Notice {
    let tone = match plan.state {
        DisposalState::Authorised | DisposalState::Done => Tone::Good,
        DisposalState::Refused => Tone::Bad,
        _ => Tone::Plain,
    };
    let leaving = &plan.leaving;
    Notice {
        tone,
        title: format!("Plan {}", stands(plan.state)),
        text: format!(
            "{}, {}, {}.",
            counted(leaving.units, "unité", "unités"),
            counted(leaving.objects, "objet", "objets"),
            counted(leaving.bytes, "octet", "octets")
        ),
    }
}

fn facts(plan: &Disposal, receiver: &str, destination: Option<&Destination>) -> Vec<Fact> {
    let mut facts = vec![
        Fact::text("Destinataire", receiver),
        Fact::text("Plan établi", in_french(plan.made_at)),
        Fact::exact("Empreinte de la liste (SHA-512)", plan.list.to_string()),
    ];
    if let Some(sent) = &plan.sent {
        facts.push(Fact::exact("Message", sent.message.to_string()));
        facts.push(Fact::exact("Empreinte du paquet (SHA-512)", sent.package.to_string()));
    }
    if let Some(destination) = destination {
        facts.extend(destination.reply.clone().map(|reply| Fact::exact("Réponse du destinataire", reply)));
        facts.extend(
            destination.archive.clone().map(|archive| Fact::exact("Identifiant chez le destinataire", archive)),
        );
    }
    facts
}
