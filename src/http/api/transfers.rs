//! Transfers: deposits, what became of them, and the person who validates or rejects.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    rt::time::timeout,
    web,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    archive::deposit::Receipt,
    domain::{
        check::Verdict,
        id::TransferId,
        mandate::{Deposit, Mandate, Validate},
        transfer::{Transfer, TransferStatus},
    },
    http::{
        api::{
            self, XML,
            transfer_views::{DepositForm, TransferView},
            views::{Page, ReportView, link},
        },
        body,
        error::Error,
        prefer::{self, Writing},
        state::{self, House},
    },
    record::report::{self, Summary},
};

/// Bytes up to which a deposit that waits is settled at once, as one act; a larger one is first acknowledged.
const AT_ONCE_BYTES: u64 = 64 << 20;

/// How long an answer that waits sleeps when no worker of this process tells: another node may have settled it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

const MISSING: &str = "Aucun transfert de cet identifiant.";
const NOT_AWAITING: &str = "Aucun transfert de cet identifiant n’attend de validation.";
const UNSETTLED: &str = "Le transfert n’est pas encore traité ; revenez dans un instant.";

/// How a deposit's address names it.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Naming {
    /// Le nom du paquet ; à défaut, celui de « Content-Disposition ».
    pub name: Option<String>,
}

/// `POST /transfers`.
#[utoipa::path(
    post, path = "/api/v1/transfers", tag = "Versement", params(Naming, ("Prefer" = Option<String>, Header, description = "« wait » attend la réponse ; « wait=N », au plus N secondes.")),
    summary = "Verse un paquet",
    description = "Le paquet vient comme corps, ou par formulaire. La réponse est donnée quand il est durablement reçu.",
    request_body(content((DepositForm = "multipart/form-data"), (String = "application/zip"), (String = "application/x-tar"), (String = "application/gzip"), (String = "application/octet-stream"))),
    responses(
        (status = 200, description = "Déjà versé : la même réponse", content((String = "application/xml"), (TransferView = "application/json"))),
        (status = 201, description = "Accepté (avec « Prefer: wait »)", content((String = "application/xml"), (TransferView = "application/json"))),
        (status = 202, description = "Reçu", content((String = "application/xml"), (TransferView = "application/json"))),
        (status = 422, description = "Refusé (avec « Prefer: wait »)", content((String = "application/xml"), (TransferView = "application/json"))),
    ),
)]
pub async fn deposit(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    request: HttpRequest,
    naming: web::Query<Naming>,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let patience = prefer::wait(&request);
    let deposited = body::spool(&house, &by, &request, payload, naming.into_inner().name).await?;
    let at_once = body::size_of(&deposited) <= AT_ONCE_BYTES && patience.is_some_and(|patience| !patience.is_zero());
    let mandate = by.clone();
    let receipt = if at_once {
        state::ask(&house, move |archive| archive.deposit(&mandate, deposited)).await?
    } else {
        state::ask(&house, move |archive| archive.receive(&mandate, deposited)).await?
    };
    house.counters.count(&receipt);
    house.bell.ring();
    answer(&house, &by, &request, receipt, patience).await
}

/// The answer to a deposit, which waits for the reply as long as `patience` says.
async fn answer(
    house: &web::Data<House>,
    by: &Mandate<Deposit>,
    request: &HttpRequest,
    receipt: Receipt,
    patience: Option<Duration>,
) -> Result<HttpResponse, Error> {
    let (transfer, summary, again) = match receipt {
        Receipt::Conflict(earlier) => return Err(Error::Conflict(earlier.id)),
        Receipt::Settled(settled) => (settled.transfer, settled.summary, false),
        Receipt::Acknowledged(transfer) => (settled(house, by, transfer, patience).await?, None, false),
        Receipt::Same(transfer) => (settled(house, by, transfer, patience).await?, None, true),
    };
    let status = match transfer.status {
        _ if again => StatusCode::OK,
        TransferStatus::Accepted { .. } if patience.is_some() => StatusCode::CREATED,
        TransferStatus::Refused { .. } if patience.is_some() => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::ACCEPTED,
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((header::LOCATION, link(&["transfers", &transfer.id.to_string()])));
    if patience.is_some() {
        response.insert_header(("Preference-Applied", "wait"));
    }
    render(house, by, request, &mut response, transfer, summary, patience.is_some()).await
}

/// Waits until a worker settled the transfer, or `patience` is over.
async fn settled(
    house: &web::Data<House>,
    by: &Mandate<Deposit>,
    mut transfer: Transfer,
    patience: Option<Duration>,
) -> Result<Transfer, Error> {
    let begun = Instant::now();
    while transfer.status == TransferStatus::Received {
        let left = patience.unwrap_or_default().saturating_sub(begun.elapsed());
        if left.is_zero() {
            break;
        }
        // Listening begins before looking, so that nothing is settled in between unheard.
        let told = house.settled.notified();
        transfer = find(house, by, transfer.id).await?;
        if transfer.status == TransferStatus::Received {
            let _ = timeout(left.min(LOOK_AGAIN), told).await;
        }
    }
    Ok(transfer)
}

/// A deposit's answer in XML, the reply once it is waited for and there, the acknowledgement otherwise; or in JSON.
async fn render(
    house: &web::Data<House>,
    by: &Mandate<Deposit>,
    request: &HttpRequest,
    response: &mut HttpResponseBuilder,
    transfer: Transfer,
    summary: Option<Summary>,
    with_reply: bool,
) -> Result<HttpResponse, Error> {
    if prefer::writing(request, [Writing::Xml, Writing::Json]) == Writing::Json {
        let mut view = TransferView::new(&transfer);
        view.report = summary.map(|summary| {
            ReportView::new(transfer.package.name.clone(), summary.verdict, summary.findings, summary.totals)
        });
        return Ok(response.json(view));
    }
    let by = by.clone();
    let message = state::ask(house, move |archive| {
        let reply = if with_reply { archive.reply(&by, &transfer)? } else { None };
        match reply {
            Some(reply) => Ok::<_, Error>(Some(reply)),
            None => Ok(archive.acknowledgement(&by, &transfer)?),
        }
    });
    Ok(response.content_type(XML).body(message.await?.unwrap_or_default()))
}

/// L’état d’un transfert.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum StatusView {
    Received,
    AwaitingValidation,
    Accepted,
    Refused,
}

impl StatusView {
    /// The word of `TransferStatus`.
    const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::AwaitingValidation => "awaiting-validation",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

/// Which transfers are listed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// L’état des transferts.
    #[param(inline)]
    status: Option<StatusView>,
    /// Où commence la page.
    #[param(format = "uuid")]
    cursor: Option<String>,
    /// Combien d’éléments, de 1 à 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// `GET /transfers`.
#[utoipa::path(
    get, path = "/api/v1/transfers", tag = "Versement", params(Which),
    summary = "Liste les transferts, les derniers d’abord",
    responses((status = 200, description = "Une page", body = Page<TransferView>)),
)]
pub async fn list(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    which: web::Query<Which>,
) -> Result<web::Json<Page<TransferView>>, Error> {
    let Which { status, cursor, limit } = which.into_inner();
    let (after, limit) = (api::parsed("cursor", cursor.as_deref())?, api::page_items(limit)?);
    let found =
        state::ask(&house, move |archive| archive.transfers(&by, status.map(StatusView::word), after, limit)).await?;
    let cursor = |transfer: &Transfer| transfer.id.to_string();
    Ok(web::Json(Page::cut(found, limit, cursor, |transfer| TransferView::new(&transfer))))
}

/// `GET /transfers/{id}`.
#[utoipa::path(
    get, path = "/api/v1/transfers/{id}", tag = "Versement", params(("id" = String, Path)),
    summary = "Dit où en est un transfert",
    responses((status = 200, description = "Le transfert", body = TransferView)),
)]
pub async fn show(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    id: web::Path<String>,
) -> Result<web::Json<TransferView>, Error> {
    let transfer = find(&house, &by, api::id(&id, MISSING)?).await?;
    Ok(web::Json(TransferView::new(&transfer)))
}

/// `GET /transfers/{id}/acknowledgement`.
#[utoipa::path(
    get, path = "/api/v1/transfers/{id}/acknowledgement", tag = "Versement", params(("id" = String, Path)),
    summary = "Donne l’accusé de réception (SEDA)",
    responses((status = 200, description = "Acknowledgement", body = String, content_type = "application/xml")),
)]
pub async fn acknowledgement(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let transfer = find(&house, &by, api::id(&id, MISSING)?).await?;
    let message = state::ask(&house, move |archive| archive.acknowledgement(&by, &transfer)).await?;
    Ok(HttpResponse::Ok().content_type(XML).body(message.ok_or(Error::NotFound(MISSING))?))
}

/// `GET /transfers/{id}/reply`.
#[utoipa::path(
    get, path = "/api/v1/transfers/{id}/reply", tag = "Versement", params(("id" = String, Path)),
    summary = "Donne la réponse (SEDA), une fois le transfert traité",
    responses((status = 200, description = "ArchiveTransferReply", body = String, content_type = "application/xml")),
)]
pub async fn reply(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let transfer = find(&house, &by, api::id(&id, MISSING)?).await?;
    let message = state::ask(&house, move |archive| archive.reply(&by, &transfer)).await?;
    Ok(HttpResponse::Ok().content_type(XML).body(message.ok_or(Error::NotYet(UNSETTLED))?))
}

/// Une écriture du rapport.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FormatView {
    /// Un objet.
    #[default]
    Json,
    /// Un constat par ligne.
    Jsonl,
}

/// How a report is written.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Format {
    /// `json` (par défaut) ou `jsonl` : un constat par ligne.
    #[param(inline)]
    format: Option<FormatView>,
}

/// `GET /transfers/{id}/report`.
#[utoipa::path(
    get, path = "/api/v1/transfers/{id}/report", tag = "Versement", params(("id" = String, Path), Format),
    summary = "Donne le rapport de contrôle, une fois le transfert traité",
    responses((status = 200, description = "Le rapport", content((ReportView = "application/json"), (String = "application/jsonl")))),
)]
pub async fn report(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    id: web::Path<String>,
    format: web::Query<Format>,
) -> Result<HttpResponse, Error> {
    let as_lines = format.format.unwrap_or_default() == FormatView::Jsonl;
    let transfer = find(&house, &by, api::id(&id, MISSING)?).await?;
    let verdict = match transfer.status {
        TransferStatus::Refused { .. } => Verdict::Refused,
        TransferStatus::Accepted { with_warnings: true, .. } => Verdict::Warning,
        _ => Verdict::Accepted,
    };
    let name = transfer.package.name.clone();
    let found = state::ask(&house, move |archive| archive.findings(&by, &transfer)).await?;
    let findings = found.ok_or(Error::NotYet(UNSETTLED))?;
    if as_lines {
        let mut lines = Vec::new();
        for finding in &findings {
            report::write_finding(finding, &mut lines).map_err(|error| Error::House(error.into()))?;
        }
        return Ok(HttpResponse::Ok().content_type("application/jsonl").body(lines));
    }
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    for finding in &findings {
        *totals.entry(finding.code.clone()).or_default() += 1;
    }
    Ok(HttpResponse::Ok().json(ReportView::new(name, verdict, findings, totals)))
}

/// `POST /transfers/{id}/validate`.
#[utoipa::path(
    post, path = "/api/v1/transfers/{id}/validate", tag = "Validation", params(("id" = String, Path)),
    summary = "Accepte un transfert qui attend une personne",
    responses((status = 200, description = "Le transfert, accepté", body = TransferView)),
)]
pub async fn validate(
    house: web::Data<House>,
    by: Mandate<Validate>,
    id: web::Path<String>,
) -> Result<web::Json<TransferView>, Error> {
    let id: TransferId = api::id(&id, MISSING)?;
    let settled = state::ask(&house, move |archive| archive.validate(&by, id)).await?;
    decided(&house, settled.map(|settled| settled.transfer))
}

/// Pourquoi un transfert est rejeté.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// Le motif, tel que le service versant le lira.
    #[schema(min_length = 1, max_length = 4000)]
    reason: String,
}

/// Characters of a reason.
const REASON_CHARS: usize = 4_000;

/// `POST /transfers/{id}/reject`.
#[utoipa::path(
    post, path = "/api/v1/transfers/{id}/reject", tag = "Validation", params(("id" = String, Path)),
    summary = "Refuse un transfert qui attend une personne", request_body = Rejection,
    responses((status = 200, description = "Le transfert, refusé", body = TransferView)),
)]
pub async fn reject(
    house: web::Data<House>,
    by: Mandate<Validate>,
    id: web::Path<String>,
    rejection: web::Json<Rejection>,
) -> Result<web::Json<TransferView>, Error> {
    let id: TransferId = api::id(&id, MISSING)?;
    let reason = rejection.into_inner().reason;
    if reason.trim().is_empty() || reason.chars().count() > REASON_CHARS {
        return Err(Error::Unreadable(format!("Le motif a de 1 à {REASON_CHARS} caractères.")));
    }
    let settled = state::ask(&house, move |archive| archive.reject(&by, id, &reason)).await?;
    decided(&house, settled.map(|settled| settled.transfer))
}

fn decided(house: &web::Data<House>, settled: Option<Transfer>) -> Result<web::Json<TransferView>, Error> {
    let transfer = settled.ok_or(Error::NotFound(NOT_AWAITING))?;
    house.settled.notify_waiters();
    Ok(web::Json(TransferView::new(&transfer)))
}

async fn find(house: &web::Data<House>, by: &Mandate<Deposit>, id: TransferId) -> Result<Transfer, Error> {
    let by = by.clone();
    let found = state::ask(house, move |archive| archive.transfer(&by, id)).await?;
    found.ok_or(Error::NotFound(MISSING))
}
