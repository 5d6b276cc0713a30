//! What an archive or a transfer proves: the integrity report, the attestation of a deposit, the proofs from the log.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    archive::error,
    domain::{
        id::{ArchiveId, TransferId},
        mandate::{Deposit, Mandate, Read},
    },
    http::{
        api,
        content::attachment,
        error::Error,
        prefer::{self, Writing},
        state::{self, House},
    },
};

const PDF: &str = "application/pdf";

/// The media type of a proof of C2SP tlog-proof: it is text.
const PROOF: &str = "text/plain; charset=utf-8";

const NO_ARCHIVE: &str = "Aucune archive de cet identifiant.";
const NO_TRANSFER: &str = "Aucun transfert de cet identifiant.";
const UNSETTLED: &str = "Le transfert n’est pas encore traité ; revenez dans un instant.";

/// `GET /archives/{id}/integrity`.
#[utoipa::path(
    get, path = "/api/v1/archives/{id}/integrity", tag = "Preuve", params(("id" = String, Path)),
    summary = "Vérifie à nouveau une archive et en fait le rapport",
    description = "Chaque copie est relue entièrement : la réponse demande le temps de cette lecture. Le JSON suit schemas/cartulaire/integrity.schema.json ; le PDF porte le cachet de l’installation.",
    responses((status = 200, description = "Le rapport", content((serde_json::Value = "application/json"), (String = "application/pdf")))),
)]
pub async fn integrity(
    house: web::Data<House>,
    by: Mandate<Read>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: ArchiveId = api::id(&id, NO_ARCHIVE)?;
    let as_pdf = prefer::writing(&request, [Writing::Json, Writing::Pdf]) == Writing::Pdf;
    let written = state::ask(&house, move |archive| {
        let Some(report) = archive.integrity_report(&by, id)? else { return Ok::<_, error::Error>(None) };
        Ok(Some(if as_pdf { archive.integrity_pdf(&report)? } else { report.integrity.to_json()?.into_bytes() }))
    });
    let written = written.await?.ok_or(Error::NotFound(NO_ARCHIVE))?;
    Ok(if as_pdf {
        download(PDF, &format!("integrite-{id}.pdf"), written)
    } else {
        HttpResponse::Ok().content_type("application/json").body(written)
    })
}

/// `GET /archives/{id}/proof`.
#[utoipa::path(
    get, path = "/api/v1/archives/{id}/proof", tag = "Preuve", params(("id" = String, Path)),
    summary = "Donne la preuve que l’entrée d’une archive est au registre (C2SP tlog-proof)",
    responses((status = 200, description = "La preuve", body = String, content_type = "text/plain")),
)]
pub async fn of_archive(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: ArchiveId = api::id(&id, NO_ARCHIVE)?;
    let proof = state::ask(&house, move |archive| archive.proof_of_archive(&by, id)).await?;
    let proof = proof.ok_or(Error::NotFound(NO_ARCHIVE))?;
    Ok(download(PROOF, &format!("archive-{id}.tlog-proof"), proof.to_string().into_bytes()))
}

/// `GET /transfers/{id}/proof`.
#[utoipa::path(
    get, path = "/api/v1/transfers/{id}/proof", tag = "Preuve", params(("id" = String, Path)),
    summary = "Donne la preuve que l’issue d’un transfert est au registre (C2SP tlog-proof)",
    responses((status = 200, description = "La preuve", body = String, content_type = "text/plain")),
)]
pub async fn of_transfer(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: TransferId = api::id(&id, NO_TRANSFER)?;
    let found = state::ask(&house, move |archive| {
        let Some(transfer) = archive.transfer(&by, id)? else { return Ok::<_, error::Error>(None) };
        archive.proof_of_transfer(&by, &transfer).map(Some)
    });
    let proof = found.await?.ok_or(Error::NotFound(NO_TRANSFER))?.ok_or(Error::NotYet(UNSETTLED))?;
    Ok(download(PROOF, &format!("transfert-{id}.tlog-proof"), proof.to_string().into_bytes()))
}

/// `GET /transfers/{id}/attestation`.
#[utoipa::path(
    get, path = "/api/v1/transfers/{id}/attestation", tag = "Preuve", params(("id" = String, Path)),
    summary = "Atteste un dépôt, en PDF sous le cachet de l’installation",
    responses((status = 200, description = "L’attestation", body = String, content_type = "application/pdf")),
)]
pub async fn attestation(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: TransferId = api::id(&id, NO_TRANSFER)?;
    let paper = state::ask(&house, move |archive| archive.deposit_attestation(&by, id)).await?;
    Ok(download(PDF, &format!("depot-{id}.pdf"), paper.ok_or(Error::NotFound(NO_TRANSFER))?))
}

fn download(media_type: &str, filename: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().content_type(media_type).insert_header(attachment(filename)).body(bytes)
}
