//! Data objects: what a unit shows of them, and their bytes as they came.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        id::ObjectId,
        mandate::{Mandate, Read},
        object::{DataObject, Matter},
    },
    http::{
        api::{self, views::link},
        content::{self, Content},
        error::Error,
        state::{self, House},
    },
};

const MISSING: &str = "Aucun objet numérique de cet identifiant.";

/// Un objet numérique ou physique.
#[derive(Serialize, ToSchema)]
pub struct ObjectView {
    /// Son identifiant système.
    id: String,
    /// Son identifiant dans le manifeste.
    local_id: String,
    /// Son groupe.
    group: String,
    /// Son usage et sa version, comme `BinaryMaster_1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// Vrai pour un objet numérique.
    digital: bool,
    /// L’identifiant physique.
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_id: Option<String>,
    /// Le nom du fichier.
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    /// Sa taille en octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Son empreinte SHA-512.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha512: Option<String>,
    /// Le format déclaré (PUID).
    #[serde(skip_serializing_if = "Option::is_none")]
    puid: Option<String>,
    /// Le type de contenu déclaré.
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// L’adresse de ses octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl ObjectView {
    /// An object of a unit.
    pub fn new(object: DataObject) -> Self {
        let id = object.id.to_string();
        let content = link(&["objects", &id, "content"]);
        let view = Self {
            id,
            local_id: object.local_id,
            group: object.group.to_string(),
            version: object.version,
            digital: false,
            physical_id: None,
            filename: None,
            size: None,
            sha512: None,
            puid: None,
            media_type: None,
            content: None,
        };
        match object.matter {
            Matter::Physical(physical_id) => Self { physical_id, ..view },
            Matter::Binary(binary) => Self {
                digital: true,
                filename: Some(binary.filename),
                size: Some(binary.size),
                sha512: Some(binary.digest.to_string()),
                puid: binary.format.puid,
                media_type: binary.format.mime,
                content: Some(content),
                ..view
            },
        }
    }
}

/// `GET /objects/{id}/content`, and `HEAD`.
#[utoipa::path(
    get, path = "/api/v1/objects/{id}/content", tag = "Consultation",
    params(("id" = String, Path), ("Range" = Option<String>, Header, description = "Un intervalle d’octets.")),
    summary = "Donne les octets d’un objet, tels que reçus",
    description = "Entiers, ils sont vérifiés pendant l’envoi : une réponse complète est intacte.",
    responses(
        (status = 200, description = "Les octets", body = String, content_type = "application/octet-stream"),
        (status = 206, description = "Un intervalle", body = String, content_type = "application/octet-stream"),
        (status = 304, description = "Inchangés"),
    ),
)]
pub async fn content(
    house: web::Data<House>,
    by: Mandate<Read>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id: ObjectId = api::id(&id, MISSING)?;
    let found = state::ask(&house, move |archive| archive.open_object(&by, id)).await?;
    let (object, opened) = found.ok_or(Error::NotFound(MISSING))?;
    let Matter::Binary(binary) = object.matter else { return Err(Error::NotFound(MISSING)) };
    let (filename, media_type) = (binary.filename, binary.format.mime);
    content::answer(&request, &Content { size: opened.size, digest: opened.digest, filename, media_type }, opened)
}
