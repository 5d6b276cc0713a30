//! Archives: what accepted transfers left, their root units and their manifests as received.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    archive::access::{ArchiveFilter, Kept},
    domain::{
        id::ArchiveId,
        mandate::{Mandate, Read},
        search::{Cursor, Hit},
    },
    http::{
        api::{
            self, XML,
            unit_views::UnitView,
            views::{Page, link},
        },
        content::{self, Content},
        error::{self, Error},
        state::{self, House},
    },
};

const MISSING: &str = "Aucune archive de cet identifiant.";

const NO_EVIDENCE: &str =
    "La preuve de cette archive n’est pas encore faite : elle l’est une fois finie la journée de son acceptation.";

/// Une archive : ce qu’un transfert accepté a laissé.
#[derive(Serialize, ToSchema)]
pub struct ArchiveView {
    /// Son identifiant, pour toujours.
    id: String,
    /// Son numéro dans le service d’archives.
    number: u64,
    /// Le transfert qui l’a apportée.
    transfer: String,
    /// Quand elle a été acceptée.
    accepted_at: String,
    /// La version du SEDA.
    seda_version: &'static str,
    /// `strict` ou `vitam`.
    dialect: &'static str,
    /// L’identifiant du message.
    message_identifier: String,
    /// La date du message, telle qu’écrite.
    date: String,
    /// Le commentaire du message.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// L’accord de versement.
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement: Option<String>,
    /// Le profil d’archivage.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    /// Le service d’archives.
    archival_agency: String,
    /// Le service versant.
    transferring_agency: String,
    /// Le service producteur.
    #[serde(skip_serializing_if = "Option::is_none")]
    originating_agency: Option<String>,
    /// Nombre d’unités d’archives.
    units: u64,
    /// Nombre de groupes d’objets.
    groups: u64,
    /// Nombre d’objets.
    objects: u64,
    /// Octets des objets numériques.
    bytes: u64,
    /// L’empreinte SHA-512 de son inventaire OCFL.
    inventory_sha512: String,
    /// L’adresse de ses unités racines.
    roots: String,
    /// L’adresse de son manifeste.
    manifest: String,
    /// L’adresse de son enregistrement de preuve, qui est fait une fois finie la journée de son acceptation.
    evidence: String,
}

impl ArchiveView {
    fn new(kept: Kept) -> Self {
        let Kept { archive, place, inventory } = kept;
        let (id, header, counts) = (archive.id.to_string(), archive.header, archive.counts);
        Self {
            number: place.number,
            transfer: archive.transfer.to_string(),
            accepted_at: archive.accepted_at.to_string(),
            seda_version: archive.version.number(),
            dialect: archive.dialect.word(),
            message_identifier: header.message_identifier,
            date: header.date,
            comment: header.comment,
            agreement: header.agreement,
            profile: header.profile,
            archival_agency: header.archival_agency,
            transferring_agency: header.transferring_agency,
            originating_agency: header.originating_agency,
            units: counts.units,
            groups: counts.groups,
            objects: counts.objects,
            bytes: counts.bytes,
            inventory_sha512: inventory.to_string(),
            roots: link(&["archives", &id, "units"]),
            manifest: link(&["archives", &id, "manifest"]),
            evidence: link(&["archives", &id, "evidence"]),
            id,
        }
    }
}

/// Which part of a list is shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Où commence la page.
    #[param(pattern = "^[0-9]{1,18}$")]
    pub cursor: Option<String>,
    /// Combien d’éléments, de 1 à 200.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Which archives are listed. Every criterion given must hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Le service versant.
    transferring_agency: Option<String>,
    /// Le service producteur.
    originating_agency: Option<String>,
    /// L’accord de versement.
    agreement: Option<String>,
    /// L’identifiant du message.
    message_identifier: Option<String>,
    /// Où commence la page.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// Combien d’éléments, de 1 à 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// `GET /archives`.
#[utoipa::path(
    get, path = "/api/v1/archives", tag = "Consultation", params(Which),
    summary = "Liste les archives, les dernières d’abord",
    responses((status = 200, description = "Une page", body = Page<ArchiveView>)),
)]
pub async fn list(
    house: web::Data<House>,
    by: Mandate<Read>,
    which: web::Query<Which>,
) -> Result<web::Json<Page<ArchiveView>>, Error> {
    let which = which.into_inner();
    let (before, limit) = (api::parsed("cursor", which.cursor.as_deref())?, api::page_items(which.limit)?);
    let filter = ArchiveFilter {
        transferring_agency: which.transferring_agency,
        originating_agency: which.originating_agency,
        agreement: which.agreement,
        message_identifier: which.message_identifier,
        ..ArchiveFilter::default()
    };
    let found = state::ask(&house, move |archive| archive.archives(&by, &filter, before, limit)).await?;
    Ok(web::Json(Page::cut(found, limit, |kept: &Kept| kept.place.number.to_string(), ArchiveView::new)))
}

/// `GET /archives/{id}`.
#[utoipa::path(
    get, path = "/api/v1/archives/{id}", tag = "Consultation", params(("id" = String, Path)),
    summary = "Décrit une archive",
    responses((status = 200, description = "L’archive", body = ArchiveView)),
)]
pub async fn show(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<web::Json<ArchiveView>, Error> {
    let kept = find(&house, &by, api::id(&id, MISSING)?).await?;
    Ok(web::Json(ArchiveView::new(kept)))
}

/// `GET /archives/{id}/units`.
#[utoipa::path(
    get, path = "/api/v1/archives/{id}/units", tag = "Consultation", params(("id" = String, Path), Paging),
    summary = "Liste les unités racines d’une archive",
    responses((status = 200, description = "Une page", body = Page<UnitView>)),
)]
pub async fn roots(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
    paging: web::Query<Paging>,
) -> Result<web::Json<Page<UnitView>>, Error> {
    let Paging { cursor, limit } = paging.into_inner();
    let (after, limit) = (api::parsed("cursor", cursor.as_deref())?.map(Cursor), api::page_items(limit)?);
    let kept = find(&house, &by, api::id(&id, MISSING)?).await?;
    let found = state::ask(&house, move |archive| archive.roots(&by, kept.archive.id, after, limit)).await?;
    Ok(web::Json(Page::cut(found, limit, |hit: &Hit| hit.cursor.0.to_string(), UnitView::new)))
}

/// `GET /archives/{id}/manifest`.
#[utoipa::path(
    get, path = "/api/v1/archives/{id}/manifest", tag = "Consultation", params(("id" = String, Path)),
    summary = "Donne le manifeste tel que reçu",
    responses((status = 200, description = "Le manifeste", body = String, content_type = "application/xml")),
)]
pub async fn manifest(
    house: web::Data<House>,
    by: Mandate<Read>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let kept = find(&house, &by, api::id(&id, MISSING)?).await?;
    let opened = state::ask(&house, move |archive| archive.open_manifest(&by, kept.archive.id)).await?;
    let filename = format!("manifest-{}.xml", kept.place.number);
    let content = Content { size: opened.size, digest: opened.digest, filename, media_type: Some(XML.to_owned()) };
    content::answer(&request, &content, opened)
}

/// `GET /archives/{id}/evidence`.
#[utoipa::path(
    get, path = "/api/v1/archives/{id}/evidence", tag = "Consultation", params(("id" = String, Path)),
    summary = "Donne l’enregistrement de preuve d’une archive (RFC 4998)",
    responses((
        status = 200, description = "L’enregistrement, en DER, de tous les fichiers de l’archive",
        content_type = "application/octet-stream", body = Vec<u8>,
    )),
)]
pub async fn evidence(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let kept = find(&house, &by, api::id(&id, MISSING)?).await?;
    let record = state::ask(&house, move |archive| archive.evidence_record(&by, kept.archive.id)).await?;
    let disposition = content::attachment(&format!("archive-{}.ers", kept.place.number));
    let mut response = HttpResponse::Ok();
    response.content_type("application/octet-stream").insert_header(disposition);
    Ok(response.body(record.ok_or(Error::NotYet(NO_EVIDENCE))?))
}

async fn find(house: &web::Data<House>, by: &Mandate<Read>, id: ArchiveId) -> Result<Kept, Error> {
    let by = by.clone();
    let found = state::ask(house, move |archive| match archive.archive(&by, id)? {
        Some(kept) => Ok(kept),
        None => Err(error::gone(archive, &by, &id.to_string())?.unwrap_or(Error::NotFound(MISSING))),
    });
    found.await
}
