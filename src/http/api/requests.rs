//! Requests for communication: registered, answered by agencies, delivered.

use actix_web::{HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    archive::requests::{Dossier, RequestError, Said, Wanted},
    domain::{
        communication::{Derogation, Motive, Request, RequestState},
        id::RequestId,
        mandate::{Agree, Control, Mandate, Read},
    },
    http::{
        api::{
            self,
            deliveries::{streamed, version},
            selection::SelectionForm,
            views::link,
        },
        error::Error,
        state::{self, House},
    },
    record::request::AskedUnit,
};

const MISSING: &str = "Aucune demande de cet identifiant.";

/// Une demande de communication.
#[derive(Serialize, ToSchema)]
pub struct RequestView {
    /// Son identifiant.
    id: String,
    /// Quand elle a été enregistrée.
    made_at: String,
    /// Le jour où la communicabilité a été regardée (AAAA-MM-JJ).
    on: String,
    /// Le demandeur.
    requester: String,
    /// Vrai si c’est un service du référentiel.
    is_agency: bool,
    /// Le motif : `administration`, `research`, `evidence`, `justice` ou `other`.
    motive: &'static str,
    /// Combien d’unités sont demandées.
    n_units: u64,
    /// Combien demandent une dérogation.
    n_blocked: u64,
    /// `open`, `waiting`, `granted`, `refused` ou `delivered`.
    state: &'static str,
    /// L’empreinte SHA-512 de la liste des unités : ce que les services accordent.
    list: String,
    /// Le dernier message de communication.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<String>,
}

/// Une demande, avec ses unités et les réponses des services.
#[derive(Serialize, ToSchema)]
pub struct DossierView {
    /// La demande.
    #[serde(flatten)]
    request: RequestView,
    /// Les précisions du demandeur.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Les unités demandées.
    units: Vec<AskedUnitView>,
    /// Ce que les services ont répondu, ou qu’on attend d’eux.
    derogations: Vec<DerogationView>,
}

/// Une unité demandée.
#[derive(Serialize, ToSchema)]
struct AskedUnitView {
    /// L’unité.
    unit: String,
    /// L’archive qui la contient.
    archive: String,
    /// L’intitulé.
    title: String,
    /// Le service producteur.
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<String>,
    /// `open`, `until`, `never` ou `unknown`.
    access: &'static str,
    /// La règle qui la tient fermée.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Le jour à partir duquel elle est communicable (AAAA-MM-JJ).
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    /// Vrai si elle demande une dérogation.
    blocked: bool,
}

/// Ce qu’un service répond d’une dérogation.
#[derive(Serialize, ToSchema)]
struct DerogationView {
    /// `OriginatingAgency` ou `ControlAuthority`.
    role: &'static str,
    /// Le service ; vide pour l’autorité de contrôle qui répondra.
    agency: String,
    /// Sa réponse ; absente tant qu’elle est attendue.
    #[serde(skip_serializing_if = "Option::is_none")]
    granted: Option<bool>,
    /// Quand il a répondu.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

impl RequestView {
    fn new(request: Request) -> Self {
        Self {
            id: request.id.to_string(),
            made_at: request.made_at.to_string(),
            on: request.on.to_string(),
            requester: request.requester,
            is_agency: request.is_agency,
            motive: request.motive.word(),
            n_units: request.units,
            n_blocked: request.blocked,
            state: request.state.word(),
            list: request.list.to_string(),
            delivery: request.delivery.map(|message| message.to_string()),
        }
    }
}

impl DossierView {
    fn new(dossier: Dossier) -> Self {
        let unit = |unit: AskedUnit| AskedUnitView {
            unit: unit.unit.to_string(),
            archive: unit.archive.to_string(),
            title: unit.title,
            agency: unit.agency,
            access: unit.access.word(),
            rule: unit.access.rule().map(str::to_owned),
            day: unit.access.day().map(|day| day.to_string()),
            blocked: unit.blocked,
        };
        let derogation = |one: Derogation| DerogationView {
            role: one.consulted.role.word(),
            agency: one.consulted.agency,
            granted: one.answer.map(|answer| answer.granted),
            at: one.answer.map(|answer| answer.at.to_string()),
        };
        Self {
            request: RequestView::new(dossier.request),
            reason: dossier.reason,
            units: dossier.units.into_iter().map(unit).collect(),
            derogations: dossier.derogations.into_iter().map(derogation).collect(),
        }
    }
}

/// Ce qu’il faut pour enregistrer une demande.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestForm {
    /// Les unités demandées.
    selection: SelectionForm,
    /// Vrai pour avoir aussi ce qui est au-dessous d’elles.
    #[serde(default)]
    with_descendants: bool,
    /// Le demandeur, tel que les messages le nomment.
    #[schema(min_length = 1, max_length = 200)]
    requester: String,
    /// Vrai si c’est un service du référentiel.
    #[serde(default)]
    is_agency: bool,
    /// `administration`, `research`, `evidence`, `justice` ou `other`.
    motive: String,
    /// Les précisions du demandeur ; elles n’entrent dans aucun journal.
    reason: Option<String>,
}

/// Which requests are listed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Listing {
    /// `open`, `waiting`, `granted`, `refused` ou `delivered`.
    state: Option<String>,
    /// Les demandes faites avant celle-ci.
    before: Option<String>,
    /// Nombre de demandes, de 1 à 200.
    limit: Option<u32>,
}

/// Réponse d’un service.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// Vrai pour accorder la dérogation.
    granted: bool,
}

/// La version du paquet.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Packing {
    /// La version du SEDA ; celle des unités par défaut.
    version: Option<String>,
}

/// `POST /requests`.
#[utoipa::path(
    post, path = "/api/v1/requests", tag = "Communication", request_body = RequestForm,
    summary = "Enregistre une demande de communication",
    responses((status = 201, description = "La demande", body = DossierView)),
)]
pub async fn register(
    house: web::Data<House>,
    by: Mandate<Read>,
    form: web::Json<RequestForm>,
) -> Result<HttpResponse, Error> {
    let form = form.into_inner();
    let motive = Motive::from_word(&form.motive)
        .ok_or_else(|| Error::Impossible(format!("« {} » n’est pas un motif.", form.motive)))?;
    let wanted = Wanted {
        selection: form.selection.read()?,
        with_descendants: form.with_descendants,
        requester: form.requester,
        is_agency: form.is_agency,
        motive,
        reason: form.reason,
    };
    let dossier = state::ask(&house, move |archive| archive.register_request(&by, &wanted)).await?;
    let at = link(&["requests", &dossier.request.id.to_string()]);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, at)).json(DossierView::new(dossier)))
}

/// `GET /requests`.
#[utoipa::path(
    get, path = "/api/v1/requests", tag = "Communication", params(Listing),
    summary = "Liste les demandes de communication, les plus récentes d’abord",
    responses((status = 200, description = "Les demandes", body = Vec<RequestView>)),
)]
pub async fn list(
    house: web::Data<House>,
    by: Mandate<Read>,
    listing: web::Query<Listing>,
) -> Result<web::Json<Vec<RequestView>>, Error> {
    let unknown = || Error::Unreadable("Le paramètre « state » ne se lit pas.".to_owned());
    let state = listing.state.as_deref().map(|word| RequestState::from_word(word).ok_or_else(unknown)).transpose()?;
    let before: Option<RequestId> = api::parsed("before", listing.before.as_deref())?;
    let limit = api::page_items(listing.limit)?;
    let found = state::ask(&house, move |archive| archive.communication_requests(&by, state, before, limit)).await?;
    Ok(web::Json(found.into_iter().map(RequestView::new).collect()))
}

/// `GET /requests/{id}`.
#[utoipa::path(
    get, path = "/api/v1/requests/{id}", tag = "Communication", params(("id" = String, Path)),
    summary = "Décrit une demande, ses unités et les réponses des services",
    responses((status = 200, description = "La demande", body = DossierView)),
)]
pub async fn show(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<web::Json<DossierView>, Error> {
    let id: RequestId = api::id(&id, MISSING)?;
    let found = state::ask(&house, move |archive| archive.communication_request(&by, id)).await?;
    found.map(|dossier| web::Json(DossierView::new(dossier))).ok_or(Error::NotFound(MISSING))
}

/// `POST /requests/{id}/agreement`.
#[utoipa::path(
    post, path = "/api/v1/requests/{id}/agreement", tag = "Communication", params(("id" = String, Path)),
    request_body = AnswerForm, summary = "Accorde ou refuse la dérogation, au nom d’un service producteur",
    responses((status = 200, description = "La demande", body = RequestView)),
)]
pub async fn agree(
    house: web::Data<House>,
    by: Mandate<Agree>,
    id: web::Path<String>,
    form: web::Json<AnswerForm>,
) -> Result<web::Json<RequestView>, Error> {
    let (id, said) = (api::id(&id, MISSING)?, said(&form));
    let answered = state::ask(&house, move |archive| archive.agree_to_request(&by, id, said)).await?;
    Ok(web::Json(RequestView::new(answered)))
}

/// `POST /requests/{id}/visa`.
#[utoipa::path(
    post, path = "/api/v1/requests/{id}/visa", tag = "Communication", params(("id" = String, Path)),
    request_body = AnswerForm, summary = "Accorde ou refuse la dérogation, au titre du contrôle scientifique et technique",
    responses((status = 200, description = "La demande", body = RequestView)),
)]
pub async fn rule(
    house: web::Data<House>,
    by: Mandate<Control>,
    id: web::Path<String>,
    form: web::Json<AnswerForm>,
) -> Result<web::Json<RequestView>, Error> {
    let (id, said) = (api::id(&id, MISSING)?, said(&form));
    let answered = state::ask(&house, move |archive| archive.rule_on_request(&by, id, said)).await?;
    Ok(web::Json(RequestView::new(answered)))
}

/// `POST /requests/{id}/delivery`.
#[utoipa::path(
    post, path = "/api/v1/requests/{id}/delivery", tag = "Communication", params(("id" = String, Path), Packing),
    summary = "Remet ce qu’une demande demande, en un paquet ZIP",
    responses((status = 200, description = "Le paquet", body = String, content_type = "application/zip")),
)]
pub async fn deliver(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
    packing: web::Query<Packing>,
) -> Result<HttpResponse, Error> {
    let id: RequestId = api::id(&id, MISSING)?;
    let version = packing.version.as_deref().map(version).transpose()?;
    let archive = std::sync::Arc::clone(&house.archive);
    streamed(move |out| archive.deliver_request(&by, id, version, out).map(|_| ()), "communication.zip").await
}

/// `GET /requests/{id}/index`.
#[utoipa::path(
    get, path = "/api/v1/requests/{id}/index", tag = "Communication", params(("id" = String, Path)),
    summary = "L’index lisible de ce qu’une demande remet (HTML)",
    responses((status = 200, description = "L’index", body = String, content_type = "text/html")),
)]
pub async fn index(house: web::Data<House>, by: Mandate<Read>, id: web::Path<String>) -> Result<HttpResponse, Error> {
    let id: RequestId = api::id(&id, MISSING)?;
    let page = state::ask(&house, move |archive| archive.request_index(&by, id)).await?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page))
}

/// `GET /requests/{id}/attestation`.
#[utoipa::path(
    get, path = "/api/v1/requests/{id}/attestation", tag = "Communication", params(("id" = String, Path)),
    summary = "L’attestation d’une demande et de ce qui a été remis (PDF/A)",
    responses((status = 200, description = "L’attestation", body = String, content_type = "application/pdf")),
)]
pub async fn attestation(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: RequestId = api::id(&id, MISSING)?;
    let paper = state::ask(&house, move |archive| archive.communication_attestation(&by, id)).await?;
    Ok(HttpResponse::Ok().content_type("application/pdf").body(paper))
}

const fn said(form: &AnswerForm) -> Said {
    if form.granted { Said::Granted } else { Said::Refused }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Unknown => Self::NotFound(MISSING),
            RequestError::Deliver(error) => error.into(),
            RequestError::House(error) => Self::House(error),
            RequestError::State(_) | RequestError::NotAwaited(_) | RequestError::SamePerson => {
                Self::Overtaken(error.in_french())
            }
            refused => Self::Impossible(refused.in_french()),
        }
    }
}
