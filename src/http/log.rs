//! The installation's log as C2SP asks for it: static files that anybody may read. Nothing of a tenant stands in them.

use actix_web::{
    HttpResponse,
    http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE},
    web,
};

use crate::http::{
    error::{Error, NO_SUCH_PATH},
    state::{self, House},
};

/// What never changes may be kept for a year.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// What changes with every line.
const FOR_NOW: &str = "no-cache";

/// `GET /log/{path}`: the checkpoint, a tile, a bundle of entries, a time-stamped or cosigned checkpoint.
pub async fn show(house: web::Data<House>, path: web::Path<String>) -> Result<HttpResponse, Error> {
    let path = path.into_inner();
    let is_text = path == "checkpoint" || path.ends_with(".checkpoint");
    let caching = if path == "checkpoint" { FOR_NOW } else { FOR_EVER };
    let bytes =
        state::ask(&house, move |archive| archive.log_file(&path)).await?.ok_or(Error::NotFound(NO_SUCH_PATH))?;
    let kind = if is_text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, caching))
        // Proofs are verified in others' pages too; there is nothing to protect here.
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(bytes))
}
