//! Plans by which units leave for good: listed, made for an elimination, answered by agencies, carried out, attested. How
//! units are sent away is elsewhere (`departures`).

use std::sync::Arc;

use actix_web::{HttpResponse, http::header, web};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    archive::{
        self,
        disposals::{Answer, Choice, Denial, Heard},
    },
    domain::{
        consent::Consent,
        disposal::Disposal,
        id::DisposalId,
        mandate::{Agree, Control, Describe, Dispose, Mandate, Read},
        search::Selection,
    },
    http::{
        api::{
            self,
            selection::SelectionForm,
            views::{Page, link},
        },
        error::Error,
        state::{self, House},
    },
};

const MISSING: &str = "Aucun plan de cet identifiant.";

/// Un plan par lequel des unités partent.
#[derive(Serialize, ToSchema)]
pub struct DisposalView {
    /// Son identifiant.
    id: String,
    /// `elimination`, `transfer` ou `restitution`.
    disposition: &'static str,
    /// Quand il a été établi.
    made_at: String,
    /// Le jour pour lequel les règles ont été calculées (AAAA-MM-JJ).
    on: String,
    /// `planned`, `sent`, `agreed`, `authorised`, `refused`, `abandoned` ou `done`.
    state: &'static str,
    /// L’empreinte SHA-512 de la liste des unités : ce qui est autorisé, et rien d’autre.
    list: String,
    /// Les services producteurs dont l’accord est attendu.
    agencies: Vec<String>,
    /// Le destinataire.
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<String>,
    /// Le plan, refusé en partie, que celui-ci remplace.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    /// Combien d’archives perdent quelque chose.
    archives: u64,
    /// Combien d’unités partent.
    units: u64,
    /// Combien d’objets.
    objects: u64,
    /// Combien d’octets.
    bytes: u64,
    /// L’empreinte SHA-512 du certificat, une fois le plan exécuté.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

impl DisposalView {
    fn new(plan: Disposal) -> Self {
        Self {
            id: plan.id.to_string(),
            disposition: plan.disposition.word(),
            made_at: plan.made_at.to_string(),
            on: plan.on.to_string(),
            state: plan.state.word(),
            list: plan.list.to_string(),
            agencies: plan.agencies,
            receiver: plan.receiver,
            replaces: plan.replaces.map(|id| id.to_string()),
            archives: plan.leaving.archives,
            units: plan.leaving.units,
            objects: plan.leaving.objects,
            bytes: plan.leaving.bytes,
            certificate: plan.attested.map(|papers| papers.certificate.to_string()),
        }
    }
}

/// Un plan, avec ce que les services en ont dit.
#[derive(Serialize, ToSchema)]
pub struct PlanView {
    /// Le plan.
    #[serde(flatten)]
    plan: DisposalView,
    /// Les réponses, dans l’ordre.
    consents: Vec<ConsentView>,
}

/// Ce qu’un service a dit d’un plan.
#[derive(Serialize, ToSchema)]
struct ConsentView {
    /// Le service.
    agency: String,
    /// Son rôle.
    role: &'static str,
    /// Quand.
    at: String,
    /// Vrai pour un accord.
    granted: bool,
    /// L’empreinte SHA-512 du message signé, quand il y en a un.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl ConsentView {
    fn new(consent: Consent) -> Self {
        Self {
            agency: consent.agency,
            role: consent.role.word(),
            at: consent.at.to_string(),
            granted: consent.granted,
            message: consent.message.map(|digest| digest.to_string()),
        }
    }
}

/// Une réponse entendue.
#[derive(Serialize, ToSchema)]
pub struct HeardView {
    /// Le plan, après elle.
    plan: DisposalView,
    /// Le plan établi de ce qui reste, quand des unités sont refusées.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<DisposalView>,
}

impl HeardView {
    fn new(Heard { disposal, next }: Heard) -> Self {
        Self { plan: DisposalView::new(disposal), next: next.map(DisposalView::new) }
    }
}

/// Où une page commence, et combien elle en montre.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Le curseur de la page précédente.
    cursor: Option<String>,
    /// Combien de plans au plus.
    limit: Option<u32>,
}

/// Ce qu’il faut pour établir un plan d’élimination.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EliminationForm {
    /// Les unités à examiner ; sans elles, tout ce dont la durée d’utilité administrative est échue.
    selection: Option<SelectionForm>,
    /// Parmi celles d’un service producteur.
    agency: Option<String>,
    /// Le jour pour lequel les règles sont calculées (AAAA-MM-JJ).
    #[schema(format = Date)]
    on: String,
}

/// Ce qu’un service répond.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// L’empreinte SHA-512 de la liste que le service a vue.
    list: String,
    /// Vrai pour refuser le plan entier.
    #[serde(default)]
    refuse: bool,
    /// Les unités refusées, avec ce qui est au-dessous : un autre plan est établi du reste.
    #[serde(default)]
    except: Vec<String>,
}

impl AnswerForm {
    fn read(self) -> Result<(crate::domain::digest::Digest, Answer), Error> {
        let unreadable = |what: &str| Error::Unreadable(format!("{what} ne se lit pas."));
        let list = self.list.parse().map_err(|_| unreadable("L’empreinte de la liste"))?;
        let units = self.except.iter().map(|unit| unit.parse().map_err(|_| unreadable("Un identifiant d’unité")));
        let units = units.collect::<Result<Vec<_>, _>>()?;
        match (self.refuse, units.is_empty()) {
            (true, true) => Ok((list, Answer::Refuse)),
            (false, true) => Ok((list, Answer::Grant)),
            (false, false) => Ok((list, Answer::Except(units))),
            (true, false) => Err(Error::Unreadable("Donnez « refuse » ou « except », l’un des deux.".to_owned())),
        }
    }
}

/// Une réponse SEDA signée.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedForm {
    /// Le message, en base64.
    message: String,
    /// Sa signature CMS détachée, en base64.
    signature: String,
}

/// Une demande d’autorisation SEDA.
#[derive(Serialize, ToSchema)]
pub struct RequestMessage {
    /// Le nom de son fichier.
    name: String,
    /// Le message, en base64.
    message: String,
}

/// What was told, or why it is not.
fn told<T>(answer: Result<Result<T, Denial>, archive::error::Error>) -> Result<T, Error> {
    answer?.map_err(Error::from)
}

/// `GET /disposals`.
#[utoipa::path(
    get, path = "/api/v1/disposals", tag = "Sort final", params(Which),
    summary = "Liste les plans d’élimination, de transfert et de restitution, les plus récents d’abord",
    responses((status = 200, description = "Une page de plans", body = Page<DisposalView>)),
)]
pub async fn list(
    house: web::Data<House>,
    by: Mandate<Read>,
    which: web::Query<Which>,
) -> Result<web::Json<Page<DisposalView>>, Error> {
    let Which { cursor, limit } = which.into_inner();
    let (before, limit) = (api::parsed("cursor", cursor.as_deref())?, api::page_items(limit)?);
    let found = state::ask(&house, move |archive| archive.disposals(&by, before, limit)).await?;
    Ok(web::Json(Page::cut(found, limit, |plan: &Disposal| plan.id.to_string(), DisposalView::new)))
}

/// `POST /disposals`.
#[utoipa::path(
    post, path = "/api/v1/disposals", tag = "Sort final", request_body = EliminationForm,
    summary = "Établit un plan d’élimination ; rien n’est détruit",
    responses((status = 201, description = "Le plan", body = DisposalView)),
)]
pub async fn plan(
    house: web::Data<House>,
    by: Mandate<Describe>,
    form: web::Json<EliminationForm>,
) -> Result<HttpResponse, Error> {
    let EliminationForm { selection, agency, on } = form.into_inner();
    let on = api::parsed("on", Some(&on))?.ok_or_else(|| Error::Unreadable("Il manque « on ».".to_owned()))?;
    let choice = match selection.map(SelectionForm::read).transpose()? {
        Some(Selection::Units(units)) => Choice { units, agency, ..Choice::default() },
        Some(Selection::Found(query)) => Choice { query: Some(query), agency, ..Choice::default() },
        None => Choice { agency, ..Choice::default() },
    };
    let drawn = state::ask(&house, move |archive| archive.plan_elimination(&by, &choice, on)).await?;
    let nothing = || Error::Impossible("Rien de ce qui est désigné ne peut être éliminé à cette date.".to_owned());
    let plan = drawn.disposal.ok_or_else(nothing)?;
    let at = link(&["disposals", &plan.id.to_string()]);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, at)).json(DisposalView::new(plan)))
}

/// `GET /disposals/{id}`.
#[utoipa::path(
    get, path = "/api/v1/disposals/{id}", tag = "Sort final", params(("id" = String, Path)),
    summary = "Décrit un plan, avec ce que les services en ont dit",
    responses((status = 200, description = "Le plan", body = PlanView)),
)]
pub async fn show(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<web::Json<PlanView>, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let found =
        move |archive: &archive::Archive| Ok::<_, Error>((archive.disposal(&by, id)?, archive.consents(&by, id)?));
    let (plan, said) = state::ask(&house, found).await?;
    let plan = DisposalView::new(plan.ok_or(Error::NotFound(MISSING))?);
    Ok(web::Json(PlanView { plan, consents: said.into_iter().map(ConsentView::new).collect() }))
}

/// `DELETE /disposals/{id}`.
#[utoipa::path(
    delete, path = "/api/v1/disposals/{id}", tag = "Sort final", params(("id" = String, Path)),
    summary = "Abandonne un plan dont rien n’a encore été exécuté",
    responses((status = 200, description = "Le plan", body = DisposalView)),
)]
pub async fn abandon(
    house: web::Data<House>,
    by: Mandate<Describe>,
    id: web::Path<String>,
) -> Result<web::Json<DisposalView>, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let plan = state::ask(&house, move |archive| told(archive.abandon(&by, id))).await?;
    Ok(web::Json(DisposalView::new(plan)))
}

/// `GET /disposals/{id}/list.csv`.
#[utoipa::path(
    get, path = "/api/v1/disposals/{id}/list.csv", tag = "Sort final", params(("id" = String, Path)),
    summary = "Le bordereau d’un plan, en CSV : chaque unité examinée, et ce qu’elle devient",
    responses((status = 200, description = "Le bordereau", body = String, content_type = "text/csv")),
)]
pub async fn csv(house: web::Data<House>, by: Mandate<Read>, id: web::Path<String>) -> Result<HttpResponse, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let bordereau = state::ask(&house, move |archive| {
        let mut out = Vec::new();
        told(archive.bordereau_csv(&by, id, &mut out)).map(|()| out)
    });
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(bordereau.await?))
}

/// `GET /disposals/{id}/list.pdf`.
#[utoipa::path(
    get, path = "/api/v1/disposals/{id}/list.pdf", tag = "Sort final", params(("id" = String, Path)),
    summary = "Le bordereau d’un plan (PDF/A), sous le cachet de l’installation",
    responses((status = 200, description = "Le bordereau", body = String, content_type = "application/pdf")),
)]
pub async fn pdf(house: web::Data<House>, by: Mandate<Read>, id: web::Path<String>) -> Result<HttpResponse, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let paper = state::ask(&house, move |archive| told(archive.bordereau_pdf(&by, id))).await?;
    Ok(HttpResponse::Ok().content_type("application/pdf").body(paper))
}

/// `POST /disposals/{id}/agreement`.
#[utoipa::path(
    post, path = "/api/v1/disposals/{id}/agreement", tag = "Sort final", params(("id" = String, Path)),
    request_body = AnswerForm, summary = "Un service producteur répond à un plan d’élimination",
    responses((status = 200, description = "La réponse est entendue", body = HeardView)),
)]
pub async fn agree(
    house: web::Data<House>,
    by: Mandate<Agree>,
    id: web::Path<String>,
    form: web::Json<AnswerForm>,
) -> Result<web::Json<HeardView>, Error> {
    let (id, (list, answer)) = (api::id(&id, MISSING)?, form.into_inner().read()?);
    let heard = state::ask(&house, move |archive| told(archive.agree(&by, id, list, &answer))).await?;
    Ok(web::Json(HeardView::new(heard)))
}

/// `POST /disposals/{id}/visa`.
#[utoipa::path(
    post, path = "/api/v1/disposals/{id}/visa", tag = "Sort final", params(("id" = String, Path)),
    request_body = AnswerForm, summary = "L’autorité de contrôle donne ou refuse son visa",
    responses((status = 200, description = "La réponse est entendue", body = HeardView)),
)]
pub async fn control(
    house: web::Data<House>,
    by: Mandate<Control>,
    id: web::Path<String>,
    form: web::Json<AnswerForm>,
) -> Result<web::Json<HeardView>, Error> {
    let (id, (list, answer)) = (api::id(&id, MISSING)?, form.into_inner().read()?);
    let heard = state::ask(&house, move |archive| told(archive.control(&by, id, list, &answer))).await?;
    Ok(web::Json(HeardView::new(heard)))
}

/// `GET /disposals/{id}/requests`.
#[utoipa::path(
    get, path = "/api/v1/disposals/{id}/requests", tag = "Sort final", params(("id" = String, Path)),
    summary = "Les demandes d’autorisation SEDA que le plan attend",
    responses((status = 200, description = "Les messages", body = Vec<RequestMessage>)),
)]
pub async fn requests(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<web::Json<Vec<RequestMessage>>, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let written = state::ask(&house, move |archive| told(archive.authorization_requests(&by, id))).await?;
    let shown =
        written.into_iter().map(|one| RequestMessage { name: one.name, message: BASE64_STANDARD.encode(one.bytes) });
    Ok(web::Json(shown.collect()))
}

/// `POST /disposals/replies`.
#[utoipa::path(
    post, path = "/api/v1/disposals/replies", tag = "Sort final", request_body = SignedForm,
    summary = "Prend en compte la réponse SEDA signée d’un service interrogé",
    responses((status = 200, description = "La réponse est entendue", body = HeardView)),
)]
pub async fn import(
    house: web::Data<House>,
    by: Mandate<Describe>,
    form: web::Json<SignedForm>,
) -> Result<web::Json<HeardView>, Error> {
    let decoded = |name: &str, text: &str| {
        let unreadable = |_| Error::Unreadable(format!("« {name} » n’est pas du base64."));
        BASE64_STANDARD.decode(text).map_err(unreadable)
    };
    let (message, signature) = (decoded("message", &form.message)?, decoded("signature", &form.signature)?);
    let heard =
        state::ask(&house, move |archive| told(archive.import_authorization(&by, &message, &signature))).await?;
    Ok(web::Json(HeardView::new(heard)))
}

/// `POST /disposals/{id}/execution`. Whoever hangs up does not stop it; asked again, it goes on from where it stopped.
#[utoipa::path(
    post, path = "/api/v1/disposals/{id}/execution", tag = "Sort final", params(("id" = String, Path)),
    summary = "Exécute un plan autorisé : détruit, puis atteste ; répond une fois tout détruit",
    responses((status = 200, description = "Le plan, exécuté", body = DisposalView)),
)]
pub async fn execute(
    house: web::Data<House>,
    by: Mandate<Dispose>,
    id: web::Path<String>,
) -> Result<web::Json<DisposalView>, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let archive = Arc::clone(&house.archive);
    let work = move || told(archive.eliminate(&by, id, &|_, _| ()));
    let carried = web::block(work).await.map_err(|_| Error::Closing)??;
    Ok(web::Json(DisposalView::new(carried.disposal)))
}

/// `GET /disposals/{id}/certificate`.
#[utoipa::path(
    get, path = "/api/v1/disposals/{id}/certificate", tag = "Sort final", params(("id" = String, Path)),
    summary = "Le certificat d’un plan exécuté (PDF/A)",
    responses((status = 200, description = "Le certificat", body = String, content_type = "application/pdf")),
)]
pub async fn certificate(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let paper = state::ask(&house, move |archive| archive.elimination_certificate(&by, id)).await?;
    let paper = paper.ok_or(Error::NotFound("Aucun plan exécuté de cet identifiant."))?;
    Ok(HttpResponse::Ok().content_type("application/pdf").body(paper))
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Unknown(_) => Self::NotFound(MISSING),
            Denial::Objection(_) | Denial::State(_) | Denial::Early(_) | Denial::Changed(_) | Denial::Tied(_) => {
                Self::Overtaken(denial.in_french())
            }
            Denial::NoAgency | Denial::NotControl(_) | Denial::NotListed(_) | Denial::Message(_) => {
                Self::Impossible(denial.in_french())
            }
        }
    }
}
