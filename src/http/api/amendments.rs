//! Amendments: made, shown before they are made, taken back; units moved; and the history of a unit.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    archive::amend::{AmendRequest, Changed, Mode, Outcome, Placement, UnitAmendment},
    domain::{
        amendment::Difference,
        id::{AmendmentId, UnitId},
        mandate::{Describe, Mandate, Read},
    },
    http::{
        api::{self, selection::SelectionForm},
        error::Error,
        state::{self, House},
    },
    record::changes,
};

const MISSING: &str = "Aucune modification de cet identifiant.";
const NO_UNIT: &str = "Aucune unité d’archives de cet identifiant.";

/// Ce qui change, sur quelles unités et pourquoi.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendmentForm {
    /// Les unités.
    selection: SelectionForm,
    /// Les changements, selon `schemas/cartulaire/changes.schema.json` : une clé absente garde, `null` retire, une
    /// valeur remplace.
    #[schema(value_type = Object)]
    changes: serde_json::Value,
    /// Le motif.
    #[schema(min_length = 1, max_length = 100_000)]
    reason: String,
    /// Vrai pour montrer les différences sans rien écrire.
    #[serde(default)]
    dry_run: bool,
}

/// Pourquoi une modification est annulée.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoForm {
    /// Le motif.
    #[schema(min_length = 1, max_length = 100_000)]
    reason: String,
    /// Vrai pour annuler même ce qui a changé depuis.
    #[serde(default)]
    force: bool,
    /// Vrai pour montrer les différences sans rien écrire.
    #[serde(default)]
    dry_run: bool,
}

/// Des unités à déplacer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReclassificationForm {
    /// Les unités.
    #[schema(min_items = 1, max_items = 10_000)]
    units: Vec<String>,
    /// L’unité sous laquelle les placer ; sans elle, la racine de leur archive.
    #[schema(format = "uuid")]
    under: Option<String>,
    /// Seulement à la place de cette unité mère.
    #[schema(format = "uuid")]
    from: Option<String>,
    /// Vrai pour garder aussi leurs unités mères.
    #[serde(default)]
    also: bool,
    /// Le motif.
    #[schema(min_length = 1, max_length = 100_000)]
    reason: String,
    /// Vrai pour montrer les différences sans rien écrire.
    #[serde(default)]
    dry_run: bool,
}

/// Ce qu’une modification a fait, ou ferait.
#[derive(Serialize, ToSchema)]
pub struct OutcomeView {
    /// La modification ; absente si rien n’est écrit.
    #[serde(skip_serializing_if = "Option::is_none")]
    amendment: Option<String>,
    /// Combien d’unités changent.
    units: u64,
    /// De combien d’archives.
    archives: u64,
    /// Combien restent telles quelles.
    unchanged: u64,
    /// Les premières unités qui changent.
    changed: Vec<ChangedView>,
    /// Les archives modifiées entre-temps, auxquelles rien n’a été fait.
    overtaken: Vec<String>,
}

/// Une unité qui change.
#[derive(Serialize, ToSchema)]
struct ChangedView {
    /// L’unité.
    unit: String,
    /// Son archive.
    archive: String,
    /// Son intitulé, tel qu’il devient.
    title: String,
    /// Ce qui change.
    differences: Vec<DifferenceView>,
}

/// Un champ qui change.
#[derive(Serialize, ToSchema)]
struct DifferenceView {
    /// Le champ, tel que le SEDA le nomme.
    field: String,
    /// Avant.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// Après.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

/// Une modification d’une unité.
#[derive(Serialize, ToSchema)]
pub struct UnitAmendmentView {
    /// La modification.
    amendment: String,
    /// Quand.
    at: String,
    /// Le compte qui l’a faite.
    by: String,
    /// Le motif.
    reason: String,
    /// La modification qu’elle annule.
    #[serde(skip_serializing_if = "Option::is_none")]
    reverts: Option<String>,
    /// Ce qui a changé.
    differences: Vec<DifferenceView>,
}

impl OutcomeView {
    fn new(outcome: Outcome) -> Self {
        let changed = |one: Changed| ChangedView {
            unit: one.unit.to_string(),
            archive: one.archive.to_string(),
            title: one.title,
            differences: one.differences.into_iter().map(DifferenceView::new).collect(),
        };
        Self {
            amendment: outcome.amendment.map(|id| id.to_string()),
            units: outcome.units,
            archives: outcome.archives,
            unchanged: outcome.unchanged,
            changed: outcome.changed.into_iter().map(changed).collect(),
            overtaken: outcome.overtaken.iter().map(ToString::to_string).collect(),
        }
    }
}

impl DifferenceView {
    fn new(one: Difference) -> Self {
        Self { field: one.field, before: one.before, after: one.after }
    }
}

impl UnitAmendmentView {
    fn new(one: UnitAmendment) -> Self {
        Self {
            amendment: one.amendment.to_string(),
            at: one.at.to_string(),
            by: one.by.to_string(),
            reason: one.reason,
            reverts: one.reverts.map(|id| id.to_string()),
            differences: one.differences.into_iter().map(DifferenceView::new).collect(),
        }
    }
}

/// `POST /amendments`.
#[utoipa::path(
    post, path = "/api/v1/amendments", tag = "Description", request_body = AmendmentForm,
    summary = "Modifie la description et les règles d’unités, ou montre ce qui changerait",
    responses(
        (status = 200, description = "Ce qui changerait, ou rien à changer", body = OutcomeView),
        (status = 201, description = "Ce qui a changé", body = OutcomeView),
    ),
)]
pub async fn amend(
    house: web::Data<House>,
    by: Mandate<Describe>,
    form: web::Json<AmendmentForm>,
) -> Result<HttpResponse, Error> {
    let AmendmentForm { selection, changes, reason, dry_run } = form.into_inner();
    let unreadable = |error| Error::Unreadable(format!("Le jeu de changements ne se lit pas : {error}."));
    let changes = changes::from_value(changes).map_err(unreadable)?;
    let request = AmendRequest { selection: selection.read()?, changes, reason };
    let outcome = state::ask(&house, move |archive| archive.amend(&by, &request, mode(dry_run))).await?;
    Ok(answer(outcome?))
}

/// `POST /amendments/{id}/undo`.
#[utoipa::path(
    post, path = "/api/v1/amendments/{id}/undo", tag = "Description", params(("id" = String, Path)),
    request_body = UndoForm, summary = "Annule une modification",
    responses(
        (status = 200, description = "Ce qui changerait, ou rien à changer", body = OutcomeView),
        (status = 201, description = "Ce qui a changé", body = OutcomeView),
    ),
)]
pub async fn undo(
    house: web::Data<House>,
    by: Mandate<Describe>,
    id: web::Path<String>,
    form: web::Json<UndoForm>,
) -> Result<HttpResponse, Error> {
    let id: AmendmentId = api::id(&id, MISSING)?;
    let UndoForm { reason, force, dry_run } = form.into_inner();
    let outcome = state::ask(&house, move |archive| archive.undo(&by, id, &reason, force, mode(dry_run))).await?;
    Ok(answer(outcome?))
}

/// `POST /reclassifications`.
#[utoipa::path(
    post, path = "/api/v1/reclassifications", tag = "Description", request_body = ReclassificationForm,
    summary = "Déplace des unités dans le plan de classement, ou montre ce qui changerait",
    responses(
        (status = 200, description = "Ce qui changerait, ou rien à changer", body = OutcomeView),
        (status = 201, description = "Ce qui a changé", body = OutcomeView),
    ),
)]
pub async fn reclassify(
    house: web::Data<House>,
    by: Mandate<Describe>,
    form: web::Json<ReclassificationForm>,
) -> Result<HttpResponse, Error> {
    let form = form.into_inner();
    let unreadable = || Error::Unreadable("Un identifiant d’unité ne se lit pas.".to_owned());
    let units = form.units.iter().map(|unit| unit.parse().map_err(|_| unreadable()));
    let units: Vec<UnitId> = units.collect::<Result<_, _>>()?;
    let (under, from) = (api::parsed("under", form.under.as_deref())?, api::parsed("from", form.from.as_deref())?);
    let placement = match (under, from, form.also) {
        (to, Some(parent), false) => Placement::From { parent, to },
        (Some(target), None, true) => Placement::Also(target),
        (Some(target), None, false) => Placement::Under(target),
        (None, None, false) => Placement::Root,
        (_, _, true) => {
            return Err(Error::Unreadable("« also » veut « under », sans « from ».".to_owned()));
        }
    };
    let (reason, mode) = (form.reason, mode(form.dry_run));
    let outcome = state::ask(&house, move |archive| archive.reclassify(&by, &units, placement, &reason, mode)).await?;
    Ok(answer(outcome?))
}

/// `GET /units/{id}/history`.
#[utoipa::path(
    get, path = "/api/v1/units/{id}/history", tag = "Description", params(("id" = String, Path)),
    summary = "Donne les modifications d’une unité, les plus anciennes d’abord",
    responses((status = 200, description = "Les modifications", body = Vec<UnitAmendmentView>)),
)]
pub async fn history(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
) -> Result<web::Json<Vec<UnitAmendmentView>>, Error> {
    let id: UnitId = api::id(&id, NO_UNIT)?;
    let history = state::ask(&house, move |archive| archive.history(&by, id)).await?;
    let history = history.ok_or(Error::NotFound(NO_UNIT))?;
    Ok(web::Json(history.into_iter().map(UnitAmendmentView::new).collect()))
}

const fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Show } else { Mode::Act }
}

/// 201 when something was written.
fn answer(outcome: Outcome) -> HttpResponse {
    let mut response = if outcome.amendment.is_some() { HttpResponse::Created() } else { HttpResponse::Ok() };
    response.json(OutcomeView::new(outcome))
}
