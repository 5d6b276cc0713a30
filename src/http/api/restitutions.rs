//! Restitutions: everything that a tenant confided, streamed as it is read. Nothing but the right decides: no setting can
//! shut this door.

use std::sync::atomic::Ordering::Relaxed;

use actix_web::{HttpResponse, web};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    archive::{
        self,
        restitute::{Destination, RestituteError},
    },
    domain::mandate::{Administer, Mandate},
    http::{content::attachment, error::Error, pipe, state::House},
};

/// La forme demandée.
#[derive(Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Le conteneur.
    #[serde(default)]
    format: FormView,
}

/// Le conteneur d’une restitution.
#[derive(Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FormView {
    /// ZIP, sans compression.
    #[default]
    Zip,
    /// tar.
    Tar,
}

/// `POST /restitutions`.
#[utoipa::path(
    post, path = "/api/v1/restitutions", tag = "Restitution", params(Wanted),
    summary = "Rend tout ce que le service a confié : originaux, descriptions, journaux, preuves, en un flux ZIP ou tar",
    description = "Demande le droit « administer ». La restitution est journalisée. Un flux interrompu est incomplet et se \
                   redemande du début ; sur la machine, « cartulaire restitute » écrit un dossier qui se reprend.",
    responses((status = 200, description = "La restitution", body = String, content_type = "application/zip")),
)]
pub async fn restitute(
    house: web::Data<House>,
    by: Mandate<Administer>,
    wanted: web::Query<Wanted>,
) -> Result<HttpResponse, Error> {
    let form = wanted.format;
    let name = format!("restitution-{}.{}", by.tenant(), if matches!(form, FormView::Zip) { "zip" } else { "tar" });
    let (mut writer, mut chunks) = pipe::outgoing();
    let (archive, counted) = (std::sync::Arc::clone(&house.archive), house.clone());
    let giving = web::block(move || {
        let to = match form {
            FormView::Zip => Destination::Zip(&mut writer),
            FormView::Tar => Destination::Tar(&mut writer),
        };
        match archive.restitute(&by, to, &|_| true) {
            Ok(_) => {
                counted.counters.restitutions.fetch_add(1, Relaxed);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(error = archive::error::told(&error), "a restitution broke off");
                writer.fail(std::io::Error::other(archive::error::told(&error)));
                Err(error)
            }
        }
    });
    // A restitution that is refused says so before its first byte.
    let giving = actix_web::rt::spawn(giving);
    let Some(Ok(first)) = chunks.recv().await else {
        let done = giving.await.map_err(|_| Error::Closing)?.map_err(|_| Error::Closing)?;
        return Err(done.err().map_or(Error::Closing, Error::from));
    };
    let body = stream::iter([Ok(first)]).chain(pipe::stream(chunks));
    let media_type = if matches!(form, FormView::Zip) { "application/zip" } else { "application/x-tar" };
    let mut answer = HttpResponse::Ok();
    Ok(answer.content_type(media_type).insert_header(attachment(&name)).streaming(Box::pin(body)))
}

impl From<RestituteError> for Error {
    fn from(error: RestituteError) -> Self {
        match error {
            RestituteError::House(error) => Self::House(error),
            RestituteError::Busy => Self::Closing,
            other => Self::Impossible(other.sentence().unwrap_or_else(|| other.to_string())),
        }
    }
}
