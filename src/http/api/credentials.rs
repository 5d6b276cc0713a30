//! Service credentials: issued with a token that is shown once, listed without it, revoked.

use actix_web::{HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    archive::access::Credential,
    domain::mandate::{Administer, Mandate, Permission},
    http::{
        api::{self, views::link},
        error::Error,
        state::{self, House},
    },
};

/// Characters of a label.
const LABEL_CHARS: usize = 200;

const MISSING: &str = "Aucun accès en vigueur de cet identifiant.";

/// Un accès de service.
#[derive(Serialize, ToSchema)]
pub struct CredentialView {
    /// Son identifiant, tel que les journaux le citent.
    id: String,
    /// Son nom.
    label: String,
    /// Ses droits.
    permissions: Vec<&'static str>,
    /// Le service au nom duquel il parle, tel que le référentiel le nomme.
    #[serde(skip_serializing_if = "Option::is_none")]
    agency: Option<String>,
    /// Quand il a été révoqué.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
}

impl CredentialView {
    fn new(credential: Credential) -> Self {
        Self {
            id: credential.actor.id.to_string(),
            label: credential.label,
            permissions: credential.actor.permissions.iter().map(|permission| permission.word()).collect(),
            agency: credential.actor.agency,
            revoked_at: credential.revoked_at.map(|at| at.to_string()),
        }
    }
}

/// Un accès à ouvrir.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredential {
    /// Son nom.
    #[schema(min_length = 1, max_length = 200)]
    label: String,
    /// Ses droits.
    #[schema(min_items = 1)]
    permissions: Vec<PermissionView>,
    /// Le service au nom duquel il parle.
    #[serde(default)]
    agency: Option<String>,
}

/// Un droit.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum PermissionView {
    /// Verser, et suivre ses versements.
    Deposit,
    /// Chercher, lire et se faire communiquer.
    Read,
    /// Valider ou refuser ce qui attend une personne.
    Validate,
    /// Importer les référentiels, ouvrir et révoquer les accès.
    Administer,
    /// Décrire, amender les règles, geler, préparer ce qui sort.
    Describe,
    /// Exécuter ce qui est autorisé : détruire, transférer.
    Dispose,
    /// Donner l’accord d’un service producteur.
    Agree,
    /// Donner le visa du contrôle scientifique et technique.
    Control,
}

impl From<PermissionView> for Permission {
    fn from(view: PermissionView) -> Self {
        match view {
            PermissionView::Deposit => Self::Deposit,
            PermissionView::Read => Self::Read,
            PermissionView::Validate => Self::Validate,
            PermissionView::Administer => Self::Administer,
            PermissionView::Describe => Self::Describe,
            PermissionView::Dispose => Self::Dispose,
            PermissionView::Agree => Self::Agree,
            PermissionView::Control => Self::Control,
        }
    }
}

/// Un accès ouvert, avec son jeton, montré cette seule fois.
#[derive(Serialize, ToSchema)]
pub struct IssuedView {
    /// L’accès.
    #[serde(flatten)]
    credential: CredentialView,
    /// Le jeton : gardez-le, il n’est conservé nulle part.
    token: String,
}

/// `GET /credentials`.
#[utoipa::path(
    get, path = "/api/v1/credentials", tag = "Accès", summary = "Liste les accès de service",
    responses((status = 200, description = "Les accès", body = Vec<CredentialView>)),
)]
pub async fn list(house: web::Data<House>, by: Mandate<Administer>) -> Result<web::Json<Vec<CredentialView>>, Error> {
    let found = state::ask(&house, move |archive| archive.credentials(&by)).await?;
    Ok(web::Json(found.into_iter().map(CredentialView::new).collect()))
}

/// `POST /credentials`.
#[utoipa::path(
    post, path = "/api/v1/credentials", tag = "Accès", request_body = NewCredential,
    summary = "Ouvre un accès de service",
    responses((status = 201, description = "L’accès et son jeton", body = IssuedView)),
)]
pub async fn issue(
    house: web::Data<House>,
    by: Mandate<Administer>,
    new: web::Json<NewCredential>,
) -> Result<HttpResponse, Error> {
    let NewCredential { label, permissions, agency } = new.into_inner();
    let label = label.trim().to_owned();
    if label.is_empty() || label.chars().count() > LABEL_CHARS || label.contains(char::is_control) {
        return Err(Error::Impossible(format!("Le nom d’un accès a de 1 à {LABEL_CHARS} caractères.")));
    }
    if permissions.is_empty() {
        return Err(Error::Impossible("Un accès a au moins un droit.".to_owned()));
    }
    let mut permissions: Vec<Permission> = permissions.into_iter().map(Permission::from).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let (credential, token) =
        state::ask(&house, move |archive| archive.issue(&by, &label, &permissions, agency.as_deref())).await?;
    let credential = CredentialView::new(credential);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, link(&["credentials", &credential.id])))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(IssuedView { credential, token }))
}

/// `DELETE /credentials/{id}`.
#[utoipa::path(
    delete, path = "/api/v1/credentials/{id}", tag = "Accès", params(("id" = String, Path)),
    summary = "Révoque un accès de service",
    responses((status = 204, description = "Révoqué")),
)]
pub async fn revoke(
    house: web::Data<House>,
    by: Mandate<Administer>,
    id: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let id = api::id(&id, MISSING)?;
    if state::ask(&house, move |archive| archive.revoke(&by, id)).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Error::NotFound(MISSING))
    }
}
