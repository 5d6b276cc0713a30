//! The *bordereau d'élimination*: the paper that the originating agency and the departmental archives sign, and its CSV.

use std::{collections::HashMap, io::Write};

use crate::{
    archive::{
        Archive,
        disposals::{articles::Article, denial::Denial},
        error::Error,
        letterhead::{counted, paragraph, table, text, volume},
    },
    domain::{
        agency::Role,
        appraisal::Decision,
        consent::Consent,
        disposal::{Disposal, DisposalState},
        id::DisposalId,
        mandate::{Mandate, Read},
        rule::{Duration, Rule},
        tenant::TenantId,
    },
    pdf::{
        document::{Block, Document, Fact, Notice, Section, Tone, Value},
        in_french,
    },
    record::{bordereau::Bordereau, disposal::Listed},
};

/// Articles that the paper shows; the CSV and the list hold them all.
const ARTICLES: usize = 20_000;

/// What is left blank for a hand.
const BLANK: &str = "……………………………………";

impl Archive {
    /// The paper, as PDF/A under the installation's seal.
    pub fn bordereau_pdf(&self, by: &Mandate<Read>, id: DisposalId) -> Result<Result<Vec<u8>, Denial>, Error> {
        let tenant = by.tenant();
        let Some(plan) = self.store.holdings(tenant).disposal(id)? else { return Ok(Err(Denial::Unknown(id))) };
        let said = self.store.holdings(tenant).consents(id)?;
        let (articles, count) = self.articles(tenant, &plan, ARTICLES)?;
        let shown: usize = articles.values().map(Vec::len).sum();
        let referentials = self.referentials(tenant)?;
        let none = HashMap::new();
        let rules = referentials.rules.as_ref().unwrap_or(&none);
        let mut sections = Vec::new();
        let mut number = 0;
        for (agency, articles) in &articles {
            sections.push(Section {
                title: format!("Service producteur : {}", self.name_of(tenant, agency)?),
                blocks: vec![lines_of(articles, rules, &mut number)],
            });
        }
        if shown < count {
            let sentence = format!(
                "Ce bordereau montre les {shown} premiers articles sur {count} ; le fichier CSV et la liste du plan les \
                 donnent tous."
            );
            sections.push(Section { title: "Suite".to_owned(), blocks: vec![paragraph(sentence)] });
        }
        sections.push(self.signatures(tenant, &plan, &said)?);
        let issuer = self.store.tenant(tenant)?.map(|tenant| tenant.name).unwrap_or_default();
        let document = Document {
            kind: "Bordereau d’élimination".to_owned(),
            title: format!("Élimination d’archives – {issuer}"),
            reference: format!("Plan {id}"),
            subject: format!("Ce que le plan {id} propose d’éliminer"),
            issuer: issuer.clone(),
            language: "fr".to_owned(),
            made_at: self.clock.now(),
            summary: summary(&plan, &issuer, count),
            sections,
            attachments: Vec::new(),
        };
        Ok(Ok(self.issue_paper(&document)?))
    }

    /// Every unit that is to be destroyed, as CSV.
    pub fn bordereau_csv(
        &self,
        by: &Mandate<Read>,
        id: DisposalId,
        out: impl Write,
    ) -> Result<Result<(), Denial>, Error> {
        let tenant = by.tenant();
        let Some(plan) = self.store.holdings(tenant).disposal(id)? else { return Ok(Err(Denial::Unknown(id))) };
        self.write_bordereau(tenant, &plan, out)?;
        Ok(Ok(()))
    }

    pub(super) fn write_bordereau(&self, tenant: &TenantId, plan: &Disposal, out: impl Write) -> Result<(), Error> {
        let mut bordereau = Bordereau::begin(out)?;
        let mut place = None;
        for listed in self.list_of(tenant, plan)? {
            match listed? {
                Listed::Archive(archive) => place = Some((archive.number, archive.agency)),
                Listed::Unit(unit) => {
                    if let Some((number, agency)) = place.as_ref().filter(|_| unit.decision == Decision::Destroy) {
                        bordereau.unit(*number, agency, &unit)?;
                    }
                }
            }
        }
        bordereau.finish()?.flush()?;
        Ok(())
    }

    /// An agency by its name, as far as the referential knows it, with its identifier.
    pub(super) fn name_of(&self, tenant: &TenantId, agency: &str) -> Result<String, Error> {
        let known = self.store.holdings(tenant).agency(agency)?;
        Ok(known.map_or_else(|| agency.to_owned(), |known| format!("{} ({agency})", known.name)))
    }

    /// Who agreed, and room for who has not yet.
    fn signatures(&self, tenant: &TenantId, plan: &Disposal, said: &[Consent]) -> Result<Section, Error> {
        let mut blocks = Vec::new();
        for agency in &plan.agencies {
            let name = self.name_of(tenant, agency)?;
            blocks.push(Block::Heading(format!("Accord du service producteur : {name}")));
            let consent = said.iter().find(|one| one.role == Role::Originating && one.agency == *agency);
            blocks.push(Block::Facts(consent.map_or_else(to_sign, told)));
        }
        blocks.push(Block::Heading("Visa du contrôle scientifique et technique de l’État sur les archives".to_owned()));
        match said.iter().find(|one| one.role == Role::Control) {
            Some(visa) => {
                let mut facts = vec![Fact::text("Autorité de contrôle", self.name_of(tenant, &visa.agency)?)];
                facts.extend(told(visa));
                blocks.push(Block::Facts(facts));
            }
            None => blocks.push(Block::Facts(to_sign())),
        }
        Ok(Section { title: "Accords et visa".to_owned(), blocks })
    }
}

/// What an agency said, in facts.
pub(super) fn told(consent: &Consent) -> Vec<Fact> {
    let answer = match (consent.granted, consent.role) {
        (true, Role::Control) => "visa donné",
        (true, _) => "accord donné",
        (false, _) => "refus",
    };
    let how = match consent.message {
        Some(digest) => Fact::exact("Message signé (SHA-512)", digest.to_string()),
        None => Fact::exact("Compte (identifiant opaque)", consent.by.to_string()),
    };
    vec![Fact::text("Réponse", format!("{answer}, le {}", in_french(consent.at))), how]
}

fn to_sign() -> Vec<Fact> {
    ["Décision", "Nom et qualité", "Date", "Signature et cachet"].map(|name| Fact::text(name, BLANK)).to_vec()
}

fn summary(plan: &Disposal, issuer: &str, articles: usize) -> Vec<Block> {
    let (tone, title, sentence) = match plan.state {
        DisposalState::Authorised => (Tone::Good, "Élimination autorisée", "Les accords et le visa sont donnés."),
        DisposalState::Done => (Tone::Good, "Élimination exécutée", "Le certificat d’élimination en rend compte."),
        DisposalState::Refused => (Tone::Bad, "Élimination refusée", "Rien n’est éliminé selon ce bordereau."),
        DisposalState::Abandoned => (Tone::Bad, "Élimination abandonnée", "Rien n’est éliminé selon ce bordereau."),
        DisposalState::Planned | DisposalState::Sent | DisposalState::Agreed => (
            Tone::Plain,
            "Élimination proposée",
            "Rien n’est éliminé avant l’accord des services producteurs et le visa du contrôle scientifique et technique \
             (code du patrimoine, articles L. 212-2, L. 212-3 et R. 212-14).",
        ),
    };
    let leaving = plan.leaving;
    let articles = u64::try_from(articles).unwrap_or(u64::MAX);
    let facts = vec![
        Fact::text("Service d’archives", issuer),
        Fact::text("Bordereau établi", in_french(plan.made_at)),
        Fact::text("Règles calculées au", plan.on.format("%d/%m/%Y").to_string()),
        Fact::text("Articles", counted(articles, "article", "articles")),
        Fact::text("Unités d’archives", counted(leaving.units, "unité", "unités")),
        Fact::text(
            "Volume",
            format!("{} en {}", volume(leaving.bytes), counted(leaving.objects, "fichier", "fichiers")),
        ),
        Fact::exact("Empreinte SHA-512 de la liste", plan.list.to_string()),
    ];
    let notice = Notice { tone, title: title.to_owned(), text: sentence.to_owned() };
    vec![Block::Notice(notice), Block::Facts(facts)]
}

fn lines_of(articles: &[Article], rules: &HashMap<String, Rule>, number: &mut u64) -> Block {
    let columns = [
        ("N°", 7),
        ("Intitulé", 34),
        ("Dates extrêmes", 17),
        ("Volume", 15),
        ("DUA et fondement", 30),
        ("Sort final", 15),
    ];
    let line = |article: &Article| {
        *number += 1;
        let units = counted(article.units, "unité", "unités");
        vec![
            text(number.to_string()),
            text(format!("{}\nArchive n° {}, {units}", article.title, article.archive)),
            text(extreme(article)),
            text(volume(article.bytes)),
            text(grounds(article, rules)),
            text("Élimination"),
        ]
    };
    let rows: Vec<Vec<Value>> = articles.iter().map(line).collect();
    table(&columns, rows)
}

/// The extreme dates: years where both are known, else what there is.
fn extreme(article: &Article) -> String {
    let year = |date: &Option<String>| date.as_deref().map(|date| date.get(..4).unwrap_or(date).to_owned());
    match (year(&article.start_date), year(&article.end_date)) {
        (Some(start), Some(end)) if start != end => format!("{start} – {end}"),
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => "non datée".to_owned(),
    }
}

/// The rules that ran out, what they say, and when.
fn grounds(article: &Article, rules: &HashMap<String, Rule>) -> String {
    let one = |identifier: &String| {
        let Some(rule) = rules.get(identifier) else { return identifier.clone() };
        let duration = rule.duration.map(|duration| format!("{} – ", lasting(duration))).unwrap_or_default();
        let ground = rule.description.as_deref().map(|ground| format!(" ({ground})")).unwrap_or_default();
        format!("{duration}{}{ground} [{identifier}]", rule.value)
    };
    let mut said: Vec<String> = article.rules.iter().map(one).collect();
    said.dedup();
    said.extend(article.until.map(|day| format!("échue le {}", day.format("%d/%m/%Y"))));
    said.join("\n")
}

/// How long a rule runs.
fn lasting(duration: Duration) -> String {
    match duration {
        Duration::Days(days) => counted(days.into(), "jour", "jours"),
        Duration::Months(months) => counted(months.into(), "mois", "mois"),
        Duration::Years(years) => counted(years.into(), "an", "ans"),
        Duration::Unlimited => "sans limite".to_owned(),
    }
}
