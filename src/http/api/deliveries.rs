//! Deliveries: chosen units and their objects, streamed as a SEDA package.

use actix_web::{HttpResponse, web};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    archive::{
        deliver::{DeliverError, Form, Order, Recipient},
        error::told,
    },
    domain::{
        mandate::{Mandate, Read},
        seda::SedaVersion,
    },
    http::{content::attachment, error::Error, pipe, state::House},
};

/// Characters of a requester's identifier.
const REQUESTER_CHARS: usize = 200;

/// Ce qui est demandé.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderView {
    /// Les unités d’archives.
    #[schema(min_items = 1)]
    units: Vec<String>,
    /// La forme du message.
    #[serde(default)]
    form: FormView,
    /// Vrai pour avoir aussi ce qui est au-dessous d’elles.
    #[serde(default)]
    with_descendants: bool,
    /// Le demandeur, tel que le bordereau le nomme : seul ce qui est communicable lui est remis. Sans lui, le paquet reste
    /// dans le service d’archives.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    requester: Option<String>,
    /// Vrai si le demandeur est un service du référentiel : ce dont il est le producteur lui est remis aussi.
    #[serde(default)]
    is_agency: bool,
    /// La version du SEDA ; celle des unités par défaut.
    #[serde(default)]
    version: Option<String>,
}

/// La forme d’une communication.
#[derive(Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FormView {
    /// `ArchiveDeliveryRequestReply`, pour un demandeur.
    #[default]
    Delivery,
    /// `ArchiveTransfer`, pour un autre système d’archivage.
    Transfer,
}

impl OrderView {
    fn order(self) -> Result<Order, Error> {
        let unknown = |text: &String| Error::Impossible(format!("« {text} » n’identifie aucune unité d’archives."));
        let units = self.units.iter().map(|text| text.parse().map_err(|_| unknown(text))).collect::<Result<_, _>>()?;
        let to = match self.requester.as_deref().map(str::trim) {
            None => Recipient::House,
            Some(name)
                if name.is_empty() || name.chars().count() > REQUESTER_CHARS || name.contains(char::is_control) =>
            {
                let why = format!("L’identifiant du demandeur a de 1 à {REQUESTER_CHARS} caractères.");
                return Err(Error::Impossible(why));
            }
            Some(name) if self.is_agency => Recipient::Agency(name.to_owned()),
            Some(name) => Recipient::Requester(name.to_owned()),
        };
        let version = self.version.as_deref().map(version).transpose()?;
        let form = match self.form {
            FormView::Delivery => Form::Delivery,
            FormView::Transfer => Form::Transfer,
        };
        Ok(Order { units, with_descendants: self.with_descendants, form, to, version })
    }
}

/// `POST /deliveries`.
#[utoipa::path(
    post, path = "/api/v1/deliveries", tag = "Communication", request_body = OrderView,
    summary = "Communique des unités d’archives et leurs objets, en un paquet ZIP",
    responses((status = 200, description = "Le paquet", body = String, content_type = "application/zip")),
)]
pub async fn deliver(
    house: web::Data<House>,
    by: Mandate<Read>,
    order: web::Json<OrderView>,
) -> Result<HttpResponse, Error> {
    let order = order.into_inner().order()?;
    let archive = std::sync::Arc::clone(&house.archive);
    streamed(move |out| archive.deliver(&by, &order, out).map(|_| ()), "communication.zip").await
}

/// Streams a package that `write` writes. What is refused says so before its first byte.
pub async fn streamed<E>(
    write: impl FnOnce(&mut pipe::Outgoing) -> Result<(), E> + Send + 'static,
    name: &str,
) -> Result<HttpResponse, Error>
where
    E: std::error::Error + Send + 'static,
    Error: From<E>,
{
    let (mut writer, mut chunks) = pipe::outgoing();
    let delivering = web::block(move || match write(&mut writer) {
        Ok(()) => Ok(()),
        Err(error) => {
            writer.fail(std::io::Error::other(told(&error)));
            Err(error)
        }
    });
    let delivering = actix_web::rt::spawn(delivering);
    let Some(Ok(first)) = chunks.recv().await else {
        let done = delivering.await.map_err(|_| Error::Closing)?.map_err(|_| Error::Closing)?;
        return Err(done.err().map_or(Error::Closing, Error::from));
    };
    let body = stream::iter([Ok(first)]).chain(pipe::stream(chunks));
    Ok(HttpResponse::Ok().content_type("application/zip").insert_header(attachment(name)).streaming(Box::pin(body)))
}

/// A version of the SEDA, by its number.
pub fn version(number: &str) -> Result<SedaVersion, Error> {
    SedaVersion::from_number(number)
        .ok_or_else(|| Error::Impossible("La version du SEDA est 2.1, 2.2 ou 2.3.".to_owned()))
}

impl From<DeliverError> for Error {
    fn from(error: DeliverError) -> Self {
        match error {
            DeliverError::Nothing => Self::Impossible("Aucune unité n’est demandée.".to_owned()),
            DeliverError::Unknown(unit) => {
                Self::Impossible(format!("Aucune unité d’archives n’a l’identifiant {unit}."))
            }
            DeliverError::TooMany { limit } => {
                Self::Impossible(format!("Une communication porte au plus {limit} unités ; faites-en plusieurs."))
            }
            DeliverError::SeveralVersions(versions) => {
                let versions: Vec<&str> = versions.iter().map(|version| version.number()).collect();
                let versions = versions.join(", ");
                Self::Impossible(format!(
                    "Les unités viennent de plusieurs versions du SEDA ({versions}) ; faites une communication par version."
                ))
            }
            DeliverError::Inexpressible { version, first, total } => Self::Impossible(format!(
                "Le SEDA {} ne permet pas d’exprimer tout ce que portent ces unités ({total} écarts) : {}",
                version.number(),
                first.join(" ; ")
            )),
            DeliverError::Closed(closed) => Self::Closed(closed),
            DeliverError::House(error) => Self::House(error),
        }
    }
}
