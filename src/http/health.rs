//! Whether the process lives, and whether it can take deposits.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    error::Error,
    state::{self, House},
};

/// How the installation fares.
#[derive(Serialize, ToSchema)]
pub struct HealthView {
    /// Vrai quand des dépôts peuvent être reçus.
    ready: bool,
    /// Nombre de volumes inscriptibles.
    writable_volumes: usize,
    /// Nombre de volumes exigés.
    required_volumes: usize,
    /// Vrai quand l’écriture est arrêtée jusqu’au redémarrage.
    stopped: bool,
    /// Vrai quand deux volumes partagent un même disque.
    one_disk: bool,
}

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// `GET /health/ready`: whether deposits can be taken.
pub async fn ready(house: web::Data<House>) -> Result<HttpResponse, Error> {
    let health = state::ask(&house, |archive| Ok::<_, Error>(archive.health())).await?;
    let writable_volumes = health.volumes.iter().filter(|volume| volume.writable).count();
    let required_volumes = house.config.required_volumes;
    let ready = health.takes_deposits;
    let view =
        HealthView { ready, writable_volumes, required_volumes, stopped: health.stopped, one_disk: health.one_disk };
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    Ok(response.json(view))
}
