//! Resumable deposits: the tus protocol 1.0.0, with its extensions creation, expiration and termination. Once its last
//! byte is durable an upload becomes a deposit, and the last answer names the transfer.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{CACHE_CONTROL, HeaderName, HeaderValue, LOCATION},
    },
    middleware::Next,
    web,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::DateTime;
use utoipa::ToSchema;

use crate::{
    archive::{access::Upload, deposit::Receipt, uploads::Appended},
    domain::{
        id::TransferId,
        mandate::{Deposit, Mandate},
    },
    http::{
        api::{self, views::link},
        error::Error,
        pipe,
        state::{self, House},
    },
};

/// The only version that is spoken.
const VERSION: &str = "1.0.0";

/// La version du protocole tus.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the header in the OpenAPI document")]
enum Version {
    #[schema(rename = "1.0.0")]
    One,
}

/// Characters of `Upload-Metadata`.
const METADATA_CHARS: usize = 4_000;

const MISSING: &str = "Aucun envoi de cet identifiant : il est terminé, abandonné ou expiré.";

/// Refuses other versions of the protocol, and puts ours on every answer.
pub async fn speak(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let spoken = text(request.request(), "tus-resumable") == Some(VERSION);
    let mut response = if spoken || request.method() == Method::OPTIONS {
        next.call(request).await?.map_into_left_body()
    } else {
        ServiceResponse::from_err(Error::TusVersion, request.into_parts().0).map_into_right_body()
    };
    response.headers_mut().insert(HeaderName::from_static("tus-resumable"), HeaderValue::from_static(VERSION));
    Ok(response)
}

/// `OPTIONS /uploads`: what is supported.
pub async fn options(house: web::Data<House>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(("Tus-Version", VERSION))
        .insert_header(("Tus-Extension", "creation,expiration,termination"))
        .insert_header(("Tus-Max-Size", house.config.upload_bytes))
        .finish()
}

/// `POST /uploads`.
#[utoipa::path(
    post, path = "/api/v1/uploads", tag = "Versement par parties",
    params(
        ("Tus-Resumable" = inline(Version), Header),
        ("Upload-Length" = u64, Header, minimum = 1, description = "La taille du paquet en octets."),
        ("Upload-Metadata" = Option<String>, Header, description = "« filename » et son nom en base 64."),
    ),
    summary = "Commence un versement par parties (tus 1.0)",
    responses((status = 201, description = "Commencé : « Location » en donne l’adresse")),
)]
pub async fn create(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let length = number(&request, "upload-length")?;
    let metadata = text(&request, "upload-metadata").unwrap_or_default().to_owned();
    let limit_bytes = house.config.upload_bytes;
    if length > limit_bytes {
        return Err(Error::TooLarge { limit_bytes });
    }
    if length == 0 {
        return Err(Error::Unreadable("Un paquet vide ne se verse pas.".to_owned()));
    }
    filename(&metadata)?;
    let upload = state::ask(&house, move |archive| archive.begin_upload(&by, length, &metadata)).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, link(&["uploads", &upload.id.to_string()])));
    Ok(described(&mut response, &upload).finish())
}

/// `HEAD /uploads/{id}`.
#[utoipa::path(
    head, path = "/api/v1/uploads/{id}", tag = "Versement par parties",
    params(("id" = String, Path), ("Tus-Resumable" = inline(Version), Header)),
    summary = "Dit où en est un versement par parties",
    responses((status = 200, description = "« Upload-Offset » dit combien d’octets sont reçus")),
)]
pub async fn show(house: web::Data<House>, by: Mandate<Deposit>, id: web::Path<String>) -> Result<HttpResponse, Error> {
    let id: TransferId = api::id(&id, MISSING)?;
    let mandate = by.clone();
    let (upload, transfer) = state::ask(&house, move |archive| {
        Ok::<_, Error>((archive.upload(&mandate, id)?, archive.transfer(&mandate, id)?))
    })
    .await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    match (upload, transfer) {
        // The server stopped between the last byte and the deposit.
        (Some(upload), None) if upload.received == upload.length => {
            let transfer = finish(&house, &by, &upload).await?;
            response.insert_header((LOCATION, link(&["transfers", &transfer.to_string()])));
            Ok(described(&mut response, &upload).finish())
        }
        (Some(upload), _) => Ok(described(&mut response, &upload).finish()),
        (None, Some(transfer)) => Ok(response
            .insert_header((LOCATION, link(&["transfers", &id.to_string()])))
            .insert_header(("Upload-Offset", transfer.package.size))
            .insert_header(("Upload-Length", transfer.package.size))
            .finish()),
        (None, None) => Err(Error::NotFound(MISSING)),
    }
}

/// `PATCH /uploads/{id}`.
#[utoipa::path(
    patch, path = "/api/v1/uploads/{id}", tag = "Versement par parties",
    params(
        ("id" = String, Path),
        ("Tus-Resumable" = inline(Version), Header),
        ("Upload-Offset" = u64, Header, description = "Où commence la partie."),
    ),
    request_body(content = String, content_type = "application/offset+octet-stream"),
    summary = "Envoie une partie ; la dernière rend « Location », l’adresse du transfert",
    responses((status = 204, description = "« Upload-Offset » dit combien d’octets sont reçus")),
)]
pub async fn append(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let id: TransferId = api::id(&id, MISSING)?;
    if request.content_type() != "application/offset+octet-stream" {
        return Err(Error::MediaType("application/offset+octet-stream"));
    }
    let from = number(&request, "upload-offset")?;
    let (archive, mandate) = (std::sync::Arc::clone(&house.archive), by.clone());
    let appended = pipe::read(payload, move |bytes| archive.append_upload(&mandate, id, from, bytes)).await??;
    match appended {
        Appended::Unknown => return Err(Error::NotFound(MISSING)),
        Appended::Elsewhere(received) => return Err(Error::Offset { received }),
        Appended::Busy => return Err(Error::Busy),
        Appended::TooLong => {
            return Err(Error::Unreadable("La partie dépasse la taille annoncée ; rien n’en est gardé.".to_owned()));
        }
        Appended::Upto(_, Some(_)) => {
            return Err(Error::Unreadable("La partie s’est interrompue ; ce qui est arrivé est gardé.".to_owned()));
        }
        Appended::Upto(_, None) => {}
    }
    let mandate = by.clone();
    let upload = state::ask(&house, move |archive| archive.upload(&mandate, id)).await?;
    let upload = upload.ok_or(Error::NotFound(MISSING))?;
    let mut response = HttpResponse::NoContent();
    if upload.received == upload.length {
        let transfer = finish(&house, &by, &upload).await?;
        response.insert_header((LOCATION, link(&["transfers", &transfer.to_string()])));
    }
    Ok(described(&mut response, &upload).finish())
}

/// `DELETE /uploads/{id}`.
#[utoipa::path(
    delete, path = "/api/v1/uploads/{id}", tag = "Versement par parties",
    params(("id" = String, Path), ("Tus-Resumable" = inline(Version), Header)),
    summary = "Abandonne un versement par parties",
    responses((status = 204, description = "Abandonné")),
)]
pub async fn abandon(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: TransferId = api::id(&id, MISSING)?;
    if state::ask(&house, move |archive| archive.give_up_upload(&by, id)).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Error::NotFound(MISSING))
    }
}

/// Makes a deposit of an upload that is whole, and says which transfer it is.
async fn finish(house: &web::Data<House>, by: &Mandate<Deposit>, upload: &Upload) -> Result<TransferId, Error> {
    let (by, id, name) = (by.clone(), upload.id, filename(&upload.metadata)?);
    house.counters.bytes_in.fetch_add(upload.length, std::sync::atomic::Ordering::Relaxed);
    let receipt = state::ask(house, move |archive| {
        let Some(deposited) = archive.uploaded(&by, id, &name)? else { return Err(Error::NotFound(MISSING)) };
        let receipt = archive.receive(&by, deposited)?;
        archive.end_upload(&by, id)?;
        Ok(receipt)
    });
    let receipt = receipt.await?;
    house.counters.count(&receipt);
    house.bell.ring();
    match receipt {
        Receipt::Conflict(earlier) => Err(Error::Conflict(earlier.id)),
        Receipt::Acknowledged(transfer) | Receipt::Same(transfer) => Ok(transfer.id),
        Receipt::Settled(settled) => Ok(settled.transfer.id),
    }
}

fn described<'a>(response: &'a mut HttpResponseBuilder, upload: &Upload) -> &'a mut HttpResponseBuilder {
    if !upload.metadata.is_empty() {
        response.insert_header(("Upload-Metadata", upload.metadata.as_str()));
    }
    // RFC 9110, 5.6.7: the date that the expiration extension asks for.
    let expires = DateTime::from_timestamp_millis(upload.expires_at.millis()).unwrap_or_default();
    response
        .insert_header(("Upload-Offset", upload.received))
        .insert_header(("Upload-Length", upload.length))
        .insert_header(("Upload-Expires", expires.format("%a, %d %b %Y %H:%M:%S GMT").to_string()))
}

/// The name that `Upload-Metadata` gives to the package.
fn filename(metadata: &str) -> Result<String, Error> {
    let wrong = || Error::Unreadable("« Upload-Metadata » s’écrit « filename BASE64 », en une seule ligne.".to_owned());
    if metadata.len() > METADATA_CHARS {
        return Err(wrong());
    }
    let pairs = metadata.split(',').map(|pair| pair.trim().split_once(' ').unwrap_or_default());
    let Some((_, value)) = pairs.into_iter().find(|(key, _)| ["filename", "name"].contains(key)) else {
        return Ok("paquet".to_owned());
    };
    let name = BASE64_STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.filter(|name| !name.is_empty() && !name.contains(char::is_control)).ok_or_else(wrong)
}

fn number(request: &HttpRequest, header: &'static str) -> Result<u64, Error> {
    let value = text(request, header).and_then(|text| text.parse().ok());
    value.ok_or_else(|| Error::Unreadable(format!("L’en-tête « {header} » manque ou n’est pas un nombre.")))
}

fn text<'a>(request: &'a HttpRequest, header: &str) -> Option<&'a str> {
    request.headers().get(header)?.to_str().ok()
}

/// The method that a client which may not send it announces instead (`X-HTTP-Method-Override`).
pub fn overridden(method: &'static str) -> impl Fn(&actix_web::guard::GuardContext<'_>) -> bool {
    move |context| {
        let head = context.head();
        let announced = head.headers().get("x-http-method-override");
        head.method == Method::POST && announced.is_some_and(|announced| announced.as_bytes() == method.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_from_the_metadata() {
        assert_eq!(filename("kind dA==,filename YS56aXA=").unwrap(), "a.zip");
        assert_eq!(filename("filename ZMOpbGliLnppcA==").unwrap(), "délib.zip");
        assert_eq!(filename("").unwrap(), "paquet");
        assert!(filename("filename ???").is_err());
    }
}
