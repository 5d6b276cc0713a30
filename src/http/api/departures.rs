//! What leaves for another archive or goes back to its originating agency: planned, sent, answered for.

use actix_web::{HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    archive::{
        departures::{DepartureError, Sending},
        disposals::Choice,
    },
    domain::{
        disposal::{Disposal, Disposition},
        id::DisposalId,
        mandate::{Agree, Describe, Dispose, Mandate, Read},
        search::Selection,
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
};

const MISSING: &str = "Aucun transfert ni aucune restitution de cet identifiant.";

/// Un transfert à un autre service d’archives, ou une restitution au service producteur.
#[derive(Serialize, ToSchema)]
pub struct DepartureView {
    /// L’identifiant du plan.
    id: String,
    /// `transfer` ou `restitution`.
    disposition: &'static str,
    /// Quand le plan a été établi.
    made_at: String,
    /// Le destinataire.
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<String>,
    /// `planned`, `sent`, `authorised`, `refused`, `abandoned` ou `done`.
    state: &'static str,
    /// Combien d’archives perdent quelque chose.
    archives: u64,
    /// Combien d’unités partent.
    units: u64,
    /// Combien d’objets.
    objects: u64,
    /// Combien d’octets.
    bytes: u64,
    /// L’empreinte SHA-512 de la liste des unités.
    list: String,
    /// Le message envoyé.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// L’empreinte SHA-512 du paquet envoyé.
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<String>,
}

impl DepartureView {
    fn new(plan: Disposal) -> Self {
        let (message, package) =
            plan.sent.as_ref().map(|sent| (sent.message.to_string(), sent.package.to_string())).unzip();
        Self {
            id: plan.id.to_string(),
            disposition: plan.disposition.word(),
            made_at: plan.made_at.to_string(),
            receiver: plan.receiver,
            state: plan.state.word(),
            archives: plan.leaving.archives,
            units: plan.leaving.units,
            objects: plan.leaving.objects,
            bytes: plan.leaving.bytes,
            list: plan.list.to_string(),
            message,
            package,
        }
    }
}

/// Ce qu’il faut pour établir un plan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartureForm {
    /// Les unités qui partent, avec tout ce qui est au-dessous.
    selection: SelectionForm,
    /// Le service d’archives destinataire, ou le service producteur.
    to: String,
    /// Vrai pour une restitution au service producteur.
    #[serde(default)]
    give_back: bool,
}

/// Comment le paquet est fait.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendingForm {
    /// La version du SEDA ; celle des unités par défaut.
    version: Option<String>,
    /// L’accord de versement du destinataire.
    agreement: Option<String>,
    /// La demande de restitution à laquelle le message répond.
    request: Option<String>,
}

/// `POST /departures`.
#[utoipa::path(
    post, path = "/api/v1/departures", tag = "Transfert sortant", request_body = DepartureForm,
    summary = "Établit le plan d’un transfert sortant ou d’une restitution au producteur",
    responses((status = 201, description = "Le plan", body = DepartureView)),
)]
pub async fn plan(
    house: web::Data<House>,
    by: Mandate<Describe>,
    form: web::Json<DepartureForm>,
) -> Result<HttpResponse, Error> {
    let DepartureForm { selection, to, give_back } = form.into_inner();
    let choice = match selection.read()? {
        Selection::Units(units) => Choice { units, ..Choice::default() },
        Selection::Found(query) => Choice { query: Some(query), ..Choice::default() },
    };
    let drawn = state::ask(&house, move |archive| {
        if give_back { archive.plan_restitution(&by, &choice, &to) } else { archive.plan_transfer(&by, &choice, &to) }
    });
    let nothing = || Error::Impossible("Rien de ce qui est désigné ne peut partir.".to_owned());
    let plan = drawn.await?.disposal.ok_or_else(nothing)?;
    let at = link(&["departures", &plan.id.to_string()]);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, at)).json(DepartureView::new(plan)))
}

/// `GET /departures/{id}`.
#[utoipa::path(
    get, path = "/api/v1/departures/{id}", tag = "Transfert sortant", params(("id" = String, Path)),
    summary = "Décrit un transfert sortant ou une restitution au producteur",
    responses((status = 200, description = "Le plan", body = DepartureView)),
)]
pub async fn show(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<web::Json<DepartureView>, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let plan = state::ask(&house, move |archive| archive.disposal(&by, id)).await?;
    let plan = plan.filter(|plan| plan.disposition != Disposition::Elimination);
    plan.map(|plan| web::Json(DepartureView::new(plan))).ok_or(Error::NotFound(MISSING))
}

/// `POST /departures/{id}/package`.
#[utoipa::path(
    post, path = "/api/v1/departures/{id}/package", tag = "Transfert sortant", params(("id" = String, Path)),
    request_body = SendingForm, summary = "Donne le paquet à remettre au destinataire ; l’envoi est journalisé",
    responses((status = 200, description = "Le paquet", body = String, content_type = "application/zip")),
)]
pub async fn send(
    house: web::Data<House>,
    by: Mandate<Dispose>,
    id: web::Path<String>,
    form: web::Json<SendingForm>,
) -> Result<HttpResponse, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let SendingForm { version: number, agreement, request } = form.into_inner();
    let sending = Sending { version: number.as_deref().map(version).transpose()?, agreement, request };
    let archive = std::sync::Arc::clone(&house.archive);
    streamed(move |out| archive.send(&by, id, &sending, out).map(|_| ()), "transfert.zip").await
}

/// `POST /departures/{id}/reply`.
#[utoipa::path(
    post, path = "/api/v1/departures/{id}/reply", tag = "Transfert sortant", params(("id" = String, Path)),
    request_body(content = String, content_type = "application/xml"),
    summary = "Prend en compte la réponse du destinataire (ArchiveTransferReply)",
    responses((status = 200, description = "Le plan", body = DepartureView)),
)]
pub async fn reply(
    house: web::Data<House>,
    by: Mandate<Describe>,
    id: web::Path<String>,
    message: web::Bytes,
) -> Result<web::Json<DepartureView>, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let plan = state::ask(&house, move |archive| archive.take_reply(&by, id, &message)).await?;
    Ok(web::Json(DepartureView::new(plan)))
}

/// `POST /departures/{id}/received`.
#[utoipa::path(
    post, path = "/api/v1/departures/{id}/received", tag = "Transfert sortant", params(("id" = String, Path)),
    summary = "Le service producteur dit avoir reçu sa restitution",
    responses((status = 200, description = "Le plan", body = DepartureView)),
)]
pub async fn received(
    house: web::Data<House>,
    by: Mandate<Agree>,
    id: web::Path<String>,
) -> Result<web::Json<DepartureView>, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let plan = state::ask(&house, move |archive| archive.acknowledge_restitution(&by, id)).await?;
    Ok(web::Json(DepartureView::new(plan)))
}

/// `GET /departures/{id}/attestation`.
#[utoipa::path(
    get, path = "/api/v1/departures/{id}/attestation", tag = "Transfert sortant", params(("id" = String, Path)),
    summary = "L’attestation d’un transfert sortant ou d’une restitution (PDF/A)",
    responses((status = 200, description = "L’attestation", body = String, content_type = "application/pdf")),
)]
pub async fn attestation(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: DisposalId = api::id(&id, MISSING)?;
    let paper = state::ask(&house, move |archive| archive.departure_attestation(&by, id)).await?;
    Ok(HttpResponse::Ok().content_type("application/pdf").body(paper))
}

impl From<DepartureError> for Error {
    fn from(error: DepartureError) -> Self {
        match error {
            DepartureError::Unknown => Self::NotFound(MISSING),
            DepartureError::Deliver(error) => error.into(),
            DepartureError::House(error) => Self::House(error),
            DepartureError::State(_) | DepartureError::Changed(_) | DepartureError::Objection(_) => {
                Self::Overtaken(error.in_french())
            }
            refused => Self::Impossible(refused.in_french()),
        }
    }
}
