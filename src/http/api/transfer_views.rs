//! What is shown of a transfer, and the form that deposits one.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        seda::SedaVersion,
        transfer::{Transfer, TransferStatus},
    },
    http::api::views::{ReportView, link},
};

/// Un transfert.
#[derive(Serialize, ToSchema)]
pub struct TransferView {
    /// Son identifiant.
    id: String,
    /// `received`, `awaiting-validation`, `accepted` ou `refused`.
    status: &'static str,
    /// Quand il a été reçu.
    received_at: String,
    /// Le paquet tel qu’il est venu.
    package: PackageView,
    /// L’identifiant du service versant.
    #[serde(skip_serializing_if = "Option::is_none")]
    transferring_agency: Option<String>,
    /// L’identifiant du message.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_identifier: Option<String>,
    /// La version du SEDA.
    #[serde(skip_serializing_if = "Option::is_none")]
    seda_version: Option<&'static str>,
    /// L’archive qu’il a laissée, s’il est accepté.
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<String>,
    /// Quand il a été accepté, refusé ou mis en attente.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<String>,
    /// Vrai s’il est accepté avec des réserves.
    with_warnings: bool,
    /// Le rapport de contrôle, dans la réponse à un versement qui l’attend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportView>,
    /// Où lire la suite.
    links: LinksView,
}

/// Un paquet tel qu’il est venu.
#[derive(Serialize, ToSchema)]
struct PackageView {
    /// Son nom.
    name: String,
    /// Sa taille en octets.
    size: u64,
    /// Son empreinte SHA-512.
    sha512: String,
}

/// Des adresses.
#[derive(Serialize, ToSchema)]
struct LinksView {
    /// Le transfert.
    #[serde(rename = "self")]
    own: String,
    /// L’accusé de réception.
    acknowledgement: String,
    /// La réponse, une fois le transfert traité.
    reply: String,
    /// Le rapport de contrôle, une fois le transfert traité.
    report: String,
    /// L’archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<String>,
}

impl TransferView {
    /// A transfer as it stands.
    pub fn new(transfer: &Transfer) -> Self {
        let (archive, settled_at, with_warnings) = match &transfer.status {
            TransferStatus::Received => (None, None, false),
            TransferStatus::AwaitingValidation { since } => (None, Some(since), false),
            TransferStatus::Accepted { archive, at, with_warnings, .. } => (Some(archive), Some(at), *with_warnings),
            TransferStatus::Refused { at, .. } => (None, Some(at), false),
        };
        let (id, archive) = (transfer.id.to_string(), archive.map(ToString::to_string));
        let below = |step: &str| link(&["transfers", &id, step]);
        Self {
            status: transfer.status.word(),
            received_at: transfer.received_at.to_string(),
            package: PackageView {
                name: transfer.package.name.clone(),
                size: transfer.package.size,
                sha512: transfer.package.digest.to_string(),
            },
            transferring_agency: transfer.key.as_ref().map(|key| key.transferring_agency.clone()),
            message_identifier: transfer.key.as_ref().map(|key| key.message_identifier.clone()),
            seda_version: transfer.version.map(SedaVersion::number),
            settled_at: settled_at.map(ToString::to_string),
            with_warnings,
            report: None,
            links: LinksView {
                own: link(&["transfers", &id]),
                acknowledgement: below("acknowledgement"),
                reply: below("reply"),
                report: below("report"),
                archive: archive.as_ref().map(|archive| link(&["archives", archive])),
            },
            id,
            archive,
        }
    }
}

/// Un paquet versé par formulaire : « package » seul, ou « manifest » et « files ».
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes the form in the OpenAPI document")]
pub struct DepositForm {
    /// Le paquet : ZIP ou tar.
    #[schema(value_type = Option<String>, format = Binary)]
    package: Option<Vec<u8>>,
    /// Le manifeste, quand ses fichiers viennent à part.
    #[schema(value_type = Option<String>, format = Binary)]
    manifest: Option<Vec<u8>>,
    /// Les fichiers, sous leurs noms avec leurs dossiers.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    files: Option<Vec<Vec<u8>>>,
}
