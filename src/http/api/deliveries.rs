//! Deliveries: chosen units and their objects, streamed as a SEDA package.

use actix_web::{HttpResponse, web};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    archive::{
        deliver::{DeliverError, Form, Order},
        error::told,
    },
    domain::mandate::{Mandate, Read},
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
    /// L’identifiant du demandeur.
    #[schema(min_length = 1, max_length = 200)]
    requester: String,
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
        let requester = self.requester.trim().to_owned();
        if requester.is_empty() || requester.chars().count() > REQUESTER_CHARS || requester.contains(char::is_control) {
            let why = format!("L’identifiant du demandeur a de 1 à {REQUESTER_CHARS} caractères.");
            return Err(Error::Impossible(why));
        }
        let form = match self.form {
            FormView::Delivery => Form::Delivery,
            FormView::Transfer => Form::Transfer,
        };
        Ok(Order { units, with_descendants: self.with_descendants, form, requester })
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
    let (mut writer, mut chunks) = pipe::outgoing();
    let archive = std::sync::Arc::clone(&house.archive);
    let delivering = web::block(move || match archive.deliver(&by, &order, &mut writer) {
        Ok(_) => Ok(()),
        Err(error) => {
            writer.fail(std::io::Error::other(told(&error)));
            Err(error)
        }
    });
    // A delivery that is refused says so before its first byte.
    let delivering = actix_web::rt::spawn(delivering);
    let Some(Ok(first)) = chunks.recv().await else {
        let done = delivering.await.map_err(|_| Error::Closing)?.map_err(|_| Error::Closing)?;
        return Err(done.err().map_or(Error::Closing, Error::from));
    };
    let body = stream::iter([Ok(first)]).chain(pipe::stream(chunks));
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header(attachment("communication.zip"))
        .streaming(Box::pin(body)))
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
            DeliverError::House(error) => Self::House(error),
        }
    }
}
