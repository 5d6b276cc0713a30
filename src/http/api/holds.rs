//! Holds: placed on units, lifted, and told of each unit that they cover.

use actix_web::{HttpResponse, http::header, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    archive::hold::HoldRequest,
    domain::{
        hold::{Hold, HoldCause},
        id::{HoldId, UnitId},
        mandate::{Describe, Mandate, Read},
    },
    http::{
        api::{self, selection::SelectionForm, views::link},
        error::Error,
        state::{self, House},
    },
};

const MISSING: &str = "Aucun gel de cet identifiant.";

/// Un gel.
#[derive(Serialize, ToSchema)]
pub struct HoldView {
    /// Son identifiant.
    id: String,
    /// Son motif.
    reason: String,
    /// Qui l’a demandé.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// Les unités qu’il nomme ; il couvre aussi tout ce qu’elles contiennent.
    units: Vec<String>,
    /// Quand il a été posé.
    placed_at: String,
    /// Le compte qui l’a posé.
    placed_by: String,
    /// Le jour où il est à réexaminer.
    #[serde(skip_serializing_if = "Option::is_none")]
    reassess: Option<String>,
    /// Son dernier jour.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// Vrai s’il interdit aussi de déplacer ces unités.
    prevents_rearrangement: bool,
    /// Sa levée.
    #[serde(skip_serializing_if = "Option::is_none")]
    lifted: Option<LiftingView>,
}

/// La levée d’un gel.
#[derive(Serialize, ToSchema)]
struct LiftingView {
    /// Quand.
    at: String,
    /// Le compte qui l’a levé.
    by: String,
    /// Le motif.
    reason: String,
}

impl HoldView {
    fn new(hold: Hold) -> Self {
        let order = hold.order;
        Self {
            id: hold.id.to_string(),
            reason: order.reason,
            owner: order.owner,
            units: order.units.iter().map(ToString::to_string).collect(),
            placed_at: hold.placed_at.to_string(),
            placed_by: hold.placed_by.to_string(),
            reassess: order.reassess.map(|day| day.to_string()),
            until: order.until.map(|day| day.to_string()),
            prevents_rearrangement: order.prevents_rearrangement,
            lifted: hold.lifted.map(|lifting| LiftingView {
                at: lifting.at.to_string(),
                by: lifting.by.to_string(),
                reason: lifting.reason,
            }),
        }
    }
}

/// Ce qu’il faut pour poser un gel.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldForm {
    /// Les unités à geler.
    selection: SelectionForm,
    /// Le motif.
    #[schema(min_length = 1, max_length = 100000)]
    reason: String,
    /// Qui le demande.
    owner: Option<String>,
    /// Le jour où il est à réexaminer (AAAA-MM-JJ).
    #[schema(format = Date)]
    reassess: Option<String>,
    /// Son dernier jour (AAAA-MM-JJ) ; sans lui, il tient jusqu’à sa levée.
    #[schema(format = Date)]
    until: Option<String>,
    /// Vrai pour interdire aussi de déplacer ces unités.
    #[serde(default)]
    prevents_rearrangement: bool,
}

/// Which holds are listed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Listing {
    /// Vrai pour avoir aussi ceux qui sont levés.
    lifted: Option<bool>,
}

/// `GET /holds`.
#[utoipa::path(
    get, path = "/api/v1/holds", tag = "Gels", params(Listing),
    summary = "Liste les gels, les plus anciens d’abord",
    responses((status = 200, description = "Les gels", body = Vec<HoldView>)),
)]
pub async fn list(
    house: web::Data<House>,
    by: Mandate<Read>,
    listing: web::Query<Listing>,
) -> Result<web::Json<Vec<HoldView>>, Error> {
    let lifted = listing.lifted.unwrap_or_default();
    let holds = state::ask(&house, move |archive| archive.holds(&by, lifted)).await?;
    Ok(web::Json(holds.into_iter().map(HoldView::new).collect()))
}

/// `GET /holds/{id}`.
#[utoipa::path(
    get, path = "/api/v1/holds/{id}", tag = "Gels", params(("id" = String, Path)),
    summary = "Décrit un gel",
    responses((status = 200, description = "Le gel", body = HoldView)),
)]
pub async fn show(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<web::Json<HoldView>, Error> {
    let id: HoldId = api::id(&id, MISSING)?;
    let hold = state::ask(&house, move |archive| archive.hold(&by, id)).await?;
    Ok(web::Json(HoldView::new(hold.ok_or(Error::NotFound(MISSING))?)))
}

/// `POST /holds`.
#[utoipa::path(
    post, path = "/api/v1/holds", tag = "Gels", request_body = HoldForm,
    summary = "Gèle des unités et tout ce qu’elles contiennent",
    responses((status = 201, description = "Le gel", body = HoldView)),
)]
pub async fn place(
    house: web::Data<House>,
    by: Mandate<Describe>,
    form: web::Json<HoldForm>,
) -> Result<HttpResponse, Error> {
    let form = form.into_inner();
    let request = HoldRequest {
        selection: form.selection.read()?,
        reason: form.reason,
        owner: form.owner,
        reassess: api::parsed("reassess", form.reassess.as_deref())?,
        until: api::parsed("until", form.until.as_deref())?,
        prevents_rearrangement: form.prevents_rearrangement,
    };
    let placed = state::ask(&house, move |archive| archive.place_hold(&by, &request)).await?;
    let hold = HoldView::new(placed?);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, link(&["holds", &hold.id]))).json(hold))
}

/// Pourquoi un gel est levé.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftingForm {
    /// Le motif.
    #[schema(min_length = 1, max_length = 100000)]
    reason: String,
}

/// `POST /holds/{id}/lift`.
#[utoipa::path(
    post, path = "/api/v1/holds/{id}/lift", tag = "Gels", params(("id" = String, Path)), request_body = LiftingForm,
    summary = "Lève un gel",
    responses((status = 200, description = "Le gel, levé", body = HoldView)),
)]
pub async fn lift(
    house: web::Data<House>,
    by: Mandate<Describe>,
    id: web::Path<String>,
    form: web::Json<LiftingForm>,
) -> Result<web::Json<HoldView>, Error> {
    let id: HoldId = api::id(&id, MISSING)?;
    let reason = form.into_inner().reason;
    let lifted = state::ask(&house, move |archive| archive.lift_hold(&by, id, &reason)).await?;
    Ok(web::Json(HoldView::new(lifted?)))
}

/// Pourquoi une unité est gelée.
#[derive(Serialize, ToSchema)]
pub struct HoldCauseView {
    /// Le gel posé sur elle ou au-dessus d’elle.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    /// La règle de gel, sinon.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// Le dernier jour de cette règle, s’il est connu.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    /// L’unité dont la règle provient.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
}

impl HoldCauseView {
    fn new(cause: HoldCause) -> Self {
        match cause {
            HoldCause::Placed { hold, .. } => {
                Self { hold: Some(hold.to_string()), rule: None, end: None, origin: None }
            }
            HoldCause::Rule { rule, end, origin } => Self {
                hold: None,
                rule: Some(rule),
                end: end.map(|day| day.to_string()),
                origin: origin.map(|unit| unit.to_string()),
            },
        }
    }
}

/// `GET /units/{id}/holds`.
#[utoipa::path(
    get, path = "/api/v1/units/{id}/holds", tag = "Gels", params(("id" = String, Path)),
    summary = "Dit ce qui gèle une unité aujourd’hui",
    responses((status = 200, description = "Les causes ; aucune si elle n’est pas gelée", body = Vec<HoldCauseView>)),
)]
pub async fn of_unit(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<web::Json<Vec<HoldCauseView>>, Error> {
    const MISSING: &str = "Aucune unité d’archives de cet identifiant.";
    let id: UnitId = api::id(&id, MISSING)?;
    let causes = state::ask(&house, move |archive| match archive.unit(&by, id)? {
        Some(_) => Ok(archive.holds_of(&by, id)?),
        None => Err(Error::NotFound(MISSING)),
    });
    Ok(web::Json(causes.await?.into_iter().map(HoldCauseView::new).collect()))
}
