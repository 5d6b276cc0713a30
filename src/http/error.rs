//! Why a request fails, and the problem (RFC 9457) that says so in French. What the house keeps to itself is logged.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    archive::{self, deposit::SpoolError, selection::Refusal},
    domain::{
        communication::Communicability,
        id::TransferId,
        mandate::{Mandate, Permission, Read, Refused},
    },
    record::referential::ImportFault,
};

/// The media type of a problem.
pub const PROBLEM: &str = "application/problem+json";

/// Seconds after which what is not there yet, or not possible now, may be asked for again.
const RETRY_SECONDS: u64 = 5;

/// Why a request fails.
#[derive(Debug)]
pub enum Error {
    /// Nobody known asks (401).
    Anonymous,
    /// The actor lacks a permission (403).
    Refused(Permission),
    /// There is no such thing in the actor's tenant: the sentence names it (404).
    NotFound(&'static str),
    /// It will be there, and is not yet (404).
    NotYet(&'static str),
    /// The path answers other methods: these (405).
    Method(&'static str),
    /// The request does not say what it should: the sentence tells (400).
    Unreadable(String),
    /// The body's digest is not the one that a header announces (400).
    Digest,
    /// The body's media type is none that the path takes (415).
    MediaType(&'static str),
    /// The body is longer than the limit (413).
    TooLarge {
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// Other bytes were deposited before under the same key (409).
    Conflict(TransferId),
    /// What was asked is overtaken by what happened since: the sentence tells (409).
    Overtaken(String),
    /// There is no such thing in the actor's tenant: the sentence tells which (404).
    Unknown(String),
    /// The upload stands at another offset (409).
    Offset {
        /// The bytes that it has.
        received: u64,
    },
    /// Another request sends to the same upload (423).
    Busy,
    /// Another version of the tus protocol is spoken (412).
    TusVersion,
    /// No byte of the range asked for is there (416).
    Range {
        /// The length of the content in bytes.
        size: u64,
    },
    /// The content of the request cannot be done: the sentence tells (422).
    Impossible(String),
    /// Units are not communicable to whoever asks: each, with its rule and its day (403).
    Closed(Vec<Communicability>),
    /// What was asked for left for another archive, or was destroyed: the sentence says where it is (410).
    Gone(String),
    /// An import is refused: everything wrong with it (422).
    Faults(Vec<ImportFault>),
    /// The server is closing (503).
    Closing,
    /// The house failed (503 when it may pass, 500 otherwise).
    House(archive::error::Error),
}

/// A problem (RFC 9457), `application/problem+json`.
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// `urn:cartulaire:problem:` suivi du code.
    #[serde(rename = "type")]
    kind: String,
    /// Ce dont il s’agit, en quelques mots.
    title: &'static str,
    /// Le statut HTTP.
    status: u16,
    /// Une phrase qui dit quoi faire.
    detail: String,
    /// Le code du problème, stable.
    code: &'static str,
    /// Le transfert dont il s’agit, pour un conflit.
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<String>,
    /// Tout ce qui est faux dans un import.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FaultView>,
    /// Les unités qui ne sont pas communicables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    closed: Vec<AccessView>,
}

/// Depuis quand une unité est communicable.
#[derive(Serialize, ToSchema)]
pub struct AccessView {
    /// L’unité.
    unit: String,
    /// `open`, `until` (à partir d’un jour), `never` (sans terme) ou `unknown` (date de départ inconnue).
    access: &'static str,
    /// La règle qui la tient fermée.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Le jour à partir duquel elle est communicable (AAAA-MM-JJ).
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
}

impl AccessView {
    /// What a face shows of a unit's communicability.
    pub fn new(one: &Communicability) -> Self {
        Self {
            unit: one.unit.to_string(),
            access: one.access.word(),
            rule: one.access.rule().map(str::to_owned),
            day: one.access.day().map(|day| day.to_string()),
        }
    }
}

/// Something wrong with an import.
#[derive(Serialize, ToSchema)]
struct FaultView {
    /// La ligne du fichier, à partir de 1.
    line: u64,
    /// La colonne ; vide pour toute la ligne ou tout le fichier.
    column: String,
    /// Ce qui ne va pas.
    message: String,
}

impl Error {
    /// The status, the code and the title.
    fn told(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Anonymous => (StatusCode::UNAUTHORIZED, "anonymous", "Authentification requise"),
            Self::Refused(_) => (StatusCode::FORBIDDEN, "refused", "Droit manquant"),
            Self::NotFound(_) | Self::Unknown(_) => (StatusCode::NOT_FOUND, "not-found", "Introuvable"),
            Self::NotYet(_) => (StatusCode::NOT_FOUND, "not-yet", "Pas encore disponible"),
            Self::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, "method", "Méthode non admise"),
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "unreadable", "Requête illisible"),
            Self::Digest => (StatusCode::BAD_REQUEST, "digest", "Empreinte différente"),
            Self::MediaType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Type de contenu non admis"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Contenu trop volumineux"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict", "Transfert déjà versé autrement"),
            Self::Overtaken(_) => (StatusCode::CONFLICT, "overtaken", "État dépassé"),
            Self::Offset { .. } => (StatusCode::CONFLICT, "offset", "Position différente"),
            Self::Busy => (StatusCode::LOCKED, "busy", "Envoi déjà en cours"),
            Self::TusVersion => (StatusCode::PRECONDITION_FAILED, "tus-version", "Version de tus non admise"),
            Self::Range { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, "range", "Intervalle hors du contenu"),
            Self::Closed(_) => (StatusCode::FORBIDDEN, "closed", "Archives non communicables"),
            Self::Gone(_) => (StatusCode::GONE, "gone", "Archives parties"),
            Self::Impossible(_) => (StatusCode::UNPROCESSABLE_ENTITY, "impossible", "Demande irréalisable"),
            Self::Faults(_) => (StatusCode::UNPROCESSABLE_ENTITY, "faults", "Import refusé"),
            Self::Closing => (StatusCode::SERVICE_UNAVAILABLE, "closing", "Service en cours d’arrêt"),
            Self::House(error) if error.may_pass() => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Service momentanément indisponible")
            }
            Self::House(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed", "Défaillance interne"),
        }
    }

    /// A French sentence that its reader can act on.
    fn detail(&self) -> String {
        match self {
            Self::Anonymous => "Présentez un jeton valide : « Authorization: Bearer JETON ».".to_owned(),
            Self::Refused(permission) => {
                format!("Votre jeton ne donne pas le droit « {} » ; demandez-le à l’administrateur.", permission.word())
            }
            Self::NotFound(what) | Self::NotYet(what) => (*what).to_owned(),
            Self::Method(allowed) => format!("Cette adresse admet : {allowed}."),
            Self::Closed(closed) => format!(
                "{} unité(s) ne sont pas communicables à ce demandeur ; enregistrez une demande pour solliciter une dérogation.",
                closed.len()
            ),
            Self::Gone(why)
            | Self::Unreadable(why)
            | Self::Impossible(why)
            | Self::Overtaken(why)
            | Self::Unknown(why) => why.clone(),
            Self::Digest => "Le contenu reçu n’a pas l’empreinte annoncée ; envoyez-le de nouveau.".to_owned(),
            Self::MediaType(admitted) => format!("Types de contenu admis : {admitted}."),
            Self::TooLarge { limit_bytes } => format!("Le contenu dépasse {limit_bytes} octets."),
            Self::Conflict(_) => "Un autre paquet a déjà été versé par ce service versant sous le même identifiant de \
                                  message ; changez l’identifiant, ou consultez le premier transfert."
                .to_owned(),
            Self::Offset { received } => format!("L’envoi en est à l’octet {received} ; reprenez à cette position."),
            Self::Busy => "Une autre requête alimente cet envoi ; attendez qu’elle finisse.".to_owned(),
            Self::TusVersion => "Ce service parle tus 1.0.0 : « Tus-Resumable: 1.0.0 ».".to_owned(),
            Self::Range { size } => format!("Le contenu a {size} octets."),
            Self::Faults(faults) => format!("{} défaut(s) à corriger ; rien n’est importé.", faults.len()),
            Self::Closing => "Le service s’arrête ; recommencez dans un instant.".to_owned(),
            Self::House(error) if error.may_pass() => {
                "Le service ne peut pas écrire ou lire en ce moment ; rien n’est perdu, recommencez plus tard."
                    .to_owned()
            }
            Self::House(_) => "Le service a failli ; l’incident est consigné dans son journal technique.".to_owned(),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.told().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, code, title) = self.told();
        if let Self::House(error) = self {
            tracing::error!(error = %archive::error::told(error), "the house failed");
        }
        let mut response = HttpResponse::build(status);
        match self {
            Self::Anonymous => response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"cartulaire\"")),
            Self::Method(allowed) => response.insert_header((header::ALLOW, *allowed)),
            Self::TusVersion => response.insert_header(("Tus-Version", "1.0.0")),
            Self::Range { size } => response.insert_header((header::CONTENT_RANGE, format!("bytes */{size}"))),
            Self::NotYet(_) | Self::Busy => response.insert_header((header::RETRY_AFTER, RETRY_SECONDS)),
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((header::RETRY_AFTER, RETRY_SECONDS))
            }
            _ => &mut response,
        };
        let transfer = match self {
            Self::Conflict(transfer) => Some(transfer.to_string()),
            _ => None,
        };
        let faults = match self {
            Self::Faults(faults) => faults.iter().map(FaultView::new).collect(),
            _ => Vec::new(),
        };
        let closed = match self {
            Self::Closed(closed) => closed.iter().map(AccessView::new).collect(),
            _ => Vec::new(),
        };
        let (kind, status, detail) = (format!("urn:cartulaire:problem:{code}"), status.as_u16(), self.detail());
        response.content_type(PROBLEM).json(Problem { kind, title, status, detail, code, transfer, faults, closed })
    }
}

impl FaultView {
    fn new(fault: &ImportFault) -> Self {
        Self { line: fault.line, column: fault.column.clone(), message: fault.message.clone() }
    }
}

/// Why a thing that left is not there, if it left.
pub fn gone(archive: &archive::Archive, by: &Mandate<Read>, id: &str) -> Result<Option<Error>, archive::error::Error> {
    Ok(archive.whereabouts(by, id)?.map(|whereabouts| Error::Gone(whereabouts.in_french())))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.told().1)
    }
}

impl From<Refused> for Error {
    fn from(Refused(permission): Refused) -> Self {
        Self::Refused(permission)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let why = refusal.to_string();
        match refusal {
            Refusal::UnknownHold(_) | Refusal::UnknownAmendment(_) => Self::Unknown(why),
            Refusal::Lifted(_) | Refusal::Overtaken(_) => Self::Overtaken(why),
            Refusal::Text { .. } | Refusal::Value { .. } | Refusal::NoChange => Self::Unreadable(why),
            _ => Self::Impossible(why),
        }
    }
}

impl From<archive::error::Error> for Error {
    fn from(error: archive::error::Error) -> Self {
        Self::House(error)
    }
}

impl From<SpoolError> for Error {
    fn from(error: SpoolError) -> Self {
        match error {
            SpoolError::TooLarge { limit_bytes } => Self::TooLarge { limit_bytes },
            SpoolError::Incoming(_) => {
                Self::Unreadable("Le corps de la requête s’est interrompu ; rien n’en est gardé.".to_owned())
            }
            SpoolError::House(error) => Self::House(error),
        }
    }
}

/// What is said of a path that is none of ours.
pub const NO_SUCH_PATH: &str = "Cette adresse n’existe pas ; l’API est décrite à /api/v1/openapi.json.";

/// What answers a path that is none of ours.
pub async fn no_such_path() -> Result<HttpResponse, Error> {
    Err(Error::NotFound(NO_SUCH_PATH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(error: &Error) -> HttpResponse {
        error.error_response()
    }

    #[test]
    fn a_house_failure_that_may_pass_asks_to_come_back_and_another_tells_nothing() {
        let passing = answer(&Error::House(archive::error::Error::Stopped));
        assert_eq!(passing.status(), 503);
        assert!(passing.headers().contains_key(header::RETRY_AFTER));
        let failed = Error::House(archive::error::Error::Inconsistent("the secret place".to_owned()));
        assert_eq!(answer(&failed).status(), 500);
        assert!(!failed.detail().contains("secret"));
    }

    #[test]
    fn a_problem_carries_the_headers_of_its_status() {
        assert!(answer(&Error::Anonymous).headers().contains_key(header::WWW_AUTHENTICATE));
        assert_eq!(answer(&Error::Method("GET, HEAD")).headers().get(header::ALLOW).unwrap(), "GET, HEAD");
        assert_eq!(answer(&Error::Range { size: 7 }).headers().get(header::CONTENT_RANGE).unwrap(), "bytes */7");
        assert!(Error::Refused(Permission::Validate).detail().contains("« validate »"));
    }
}
