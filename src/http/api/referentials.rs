//! Referentials: given whole, taken whole or refused with everything wrong.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    archive::{access::Edition, referentials::Notation},
    domain::{
        mandate::{Administer, Mandate, Read},
        referential::Referential,
    },
    http::{
        error::Error,
        pipe,
        prefer::{self, Writing},
        state::{self, House},
    },
};

/// Bytes of an import: 256 MiB.
const IMPORT_BYTES: usize = 256 << 20;

const MISSING: &str = "Les référentiels sont agencies, agreements et rules.";

/// Une édition d’un référentiel.
#[derive(Serialize, ToSchema)]
pub struct EditionView {
    /// Son numéro, à partir de 1.
    version: u64,
    /// L’empreinte SHA-512 de ce qui est conservé.
    sha512: String,
    /// Quand elle a été importée.
    imported_at: String,
}

impl EditionView {
    fn new(edition: &Edition) -> Self {
        Self {
            version: edition.version,
            sha512: edition.digest.to_string(),
            imported_at: edition.imported_at.to_string(),
        }
    }
}

/// `GET /referentials/{kind}`.
#[utoipa::path(
    get, path = "/api/v1/referentials/{kind}", tag = "Référentiels",
    params(("kind" = String, Path, description = "agencies, agreements ou rules")),
    summary = "Donne un référentiel, en JSON ou en CSV selon « Accept »",
    responses((status = 200, description = "Le référentiel", content((Vec<Object> = "application/json"), (String = "text/csv")))),
)]
pub async fn export(
    house: web::Data<House>,
    by: Mandate<Read>,
    request: HttpRequest,
    kind: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let kind = named(&kind)?;
    let (notation, media_type) = match prefer::writing(&request, [Writing::Json, Writing::Csv]) {
        Writing::Csv => (Notation::Csv, "text/csv; charset=utf-8"),
        Writing::Json | Writing::Xml | Writing::Pdf => (Notation::Json, "application/json"),
    };
    let bytes = state::ask(&house, move |archive| archive.export(&by, kind, notation)).await?;
    Ok(HttpResponse::Ok().content_type(media_type).body(bytes))
}

/// `PUT /referentials/{kind}`.
#[utoipa::path(
    put, path = "/api/v1/referentials/{kind}", tag = "Référentiels",
    params(("kind" = String, Path, description = "agencies, agreements ou rules")),
    summary = "Remplace un référentiel entier",
    request_body(content((Vec<Object> = "application/json"), (String = "text/csv"))),
    responses((status = 200, description = "L’édition importée", body = EditionView)),
)]
pub async fn import(
    house: web::Data<House>,
    by: Mandate<Administer>,
    request: HttpRequest,
    kind: web::Path<String>,
    payload: web::Payload,
) -> Result<web::Json<EditionView>, Error> {
    let kind = named(&kind)?;
    let notation = match request.content_type() {
        "text/csv" => Notation::Csv,
        "application/json" => Notation::Json,
        _ => return Err(Error::MediaType("text/csv, application/json")),
    };
    let bytes = pipe::whole(payload, IMPORT_BYTES).await?;
    let imported = state::ask(&house, move |archive| archive.import(&by, kind, &bytes, notation)).await?;
    Ok(web::Json(EditionView::new(&imported.map_err(Error::Faults)?)))
}

/// `GET /referentials/{kind}/editions`.
#[utoipa::path(
    get, path = "/api/v1/referentials/{kind}/editions", tag = "Référentiels",
    params(("kind" = String, Path, description = "agencies, agreements ou rules")),
    summary = "Liste les éditions d’un référentiel",
    responses((status = 200, description = "Les éditions", body = Vec<EditionView>)),
)]
pub async fn editions(
    house: web::Data<House>,
    by: Mandate<Read>,
    kind: web::Path<String>,
) -> Result<web::Json<Vec<EditionView>>, Error> {
    let kind = named(&kind)?;
    let found = state::ask(&house, move |archive| archive.editions(&by, kind)).await?;
    Ok(web::Json(found.iter().map(EditionView::new).collect()))
}

fn named(word: &str) -> Result<Referential, Error> {
    Referential::from_word(word).ok_or(Error::NotFound(MISSING))
}
