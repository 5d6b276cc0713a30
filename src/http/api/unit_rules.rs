//! The rules in force for a unit: where each comes from, by which paths, until when.

use actix_web::web;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    archive::rules::Explanation,
    domain::{
        inheritance::{Cut, FinalAction, InForce, Inherited, Origin, is_communicable},
        mandate::{Mandate, Read},
    },
    http::{
        api,
        error::Error,
        state::{self, House},
    },
};

const MISSING: &str = "Aucune unité d’archives de cet identifiant.";

/// The day for which rules are explained.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OnDay {
    /// Le jour où l’on se place (AAAA-MM-JJ) ; aujourd’hui à défaut.
    #[param(format = Date)]
    date: Option<String>,
}

/// Les règles en vigueur pour une unité.
#[derive(Serialize, ToSchema)]
pub struct UnitRulesView {
    /// L’unité.
    unit: String,
    /// Le jour où l’on se place.
    #[schema(format = Date)]
    on: String,
    /// Vrai si l’unité est communicable ce jour.
    communicable: bool,
    /// Par catégorie.
    categories: Vec<InForceView>,
}

/// Ce qui est en vigueur dans une catégorie.
#[derive(Serialize, ToSchema)]
struct InForceView {
    /// La catégorie, comme `AppraisalRule`.
    category: &'static str,
    /// Vrai si toutes ses règles sont échues ce jour, ou s’il n’y en a pas.
    over: bool,
    /// La dernière échéance : un jour, `never` ou `unknown` ; absente sans règle.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_end: Option<String>,
    /// Le sort final, quand il n’y en a qu’un.
    #[serde(skip_serializing_if = "Option::is_none")]
    final_action: Option<String>,
    /// Vrai si les sorts finaux venus d’en haut se contredisent.
    conflict: bool,
    /// Les règles.
    rules: Vec<InheritedView>,
    /// Les sorts finaux, et qui les dit.
    final_actions: Vec<FinalActionView>,
    /// Ce qui vient d’en haut et que quelque unité arrête.
    cuts: Vec<CutView>,
}

/// Une règle en vigueur.
#[derive(Serialize, ToSchema)]
struct InheritedView {
    /// La règle.
    rule: String,
    /// Sa date de départ.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    /// Son échéance : un jour, `never` ou `unknown`.
    end: String,
    /// Qui la dit.
    origin: OriginView,
    /// Les chemins par lesquels elle vient, de l’unité à qui la dit.
    paths: Vec<Vec<String>>,
}

/// Qui dit une règle ou un sort final.
#[derive(Serialize, ToSchema)]
struct OriginView {
    /// `unit` ou `archive`, pour l’en-tête d’un versement.
    kind: &'static str,
    /// Son identifiant.
    id: String,
    /// L’intitulé de l’unité, ou l’identifiant du message.
    name: String,
}

/// Un sort final.
#[derive(Serialize, ToSchema)]
struct FinalActionView {
    /// Tel qu’écrit.
    action: String,
    /// Qui le dit.
    origin: OriginView,
}

/// Ce qu’une unité arrête.
#[derive(Serialize, ToSchema)]
struct CutView {
    /// La règle, ou le sort final.
    what: String,
    /// `PreventInheritance`, `RefNonRuleId`, `redefined` ou `FinalAction`.
    how: &'static str,
    /// L’unité qui l’arrête.
    by: String,
    /// Qui le dit.
    origin: OriginView,
}

/// `GET /units/{id}/rules`.
#[utoipa::path(
    get, path = "/api/v1/units/{id}/rules", tag = "Consultation", params(("id" = String, Path), OnDay),
    summary = "Explique les règles en vigueur pour une unité : d’où elles viennent, par quels chemins, jusqu’à quand",
    responses((status = 200, description = "Les règles", body = UnitRulesView)),
)]
pub async fn show(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
    on: web::Query<OnDay>,
) -> Result<web::Json<UnitRulesView>, Error> {
    let (id, on) = (api::id::<_>(&id, MISSING)?, api::parsed::<NaiveDate>("date", on.date.as_deref())?);
    let view = state::ask(&house, move |archive| {
        let told = archive.explain_rules(&by, id)?.ok_or(Error::NotFound(MISSING))?;
        Ok::<_, Error>(view(&told, on.unwrap_or_else(|| archive.legal_day())))
    });
    Ok(web::Json(view.await?))
}

fn view(told: &Explanation, on: NaiveDate) -> UnitRulesView {
    UnitRulesView {
        unit: told.unit.to_string(),
        on: on.to_string(),
        communicable: is_communicable(&told.in_force, on),
        categories: told.in_force.iter().map(|found| in_force(told, found, on)).collect(),
    }
}

fn in_force(told: &Explanation, found: &InForce, on: NaiveDate) -> InForceView {
    InForceView {
        category: found.category.element(),
        over: found.is_over(on),
        last_end: found.last_end().map(|end| end.to_string()),
        final_action: match found.final_action() {
            FinalAction::One(action) => Some(action.to_owned()),
            FinalAction::None | FinalAction::Conflict => None,
        },
        conflict: found.final_action() == FinalAction::Conflict,
        rules: found.rules.iter().map(|rule| inherited(told, rule)).collect(),
        final_actions: found
            .final_actions
            .iter()
            .map(|(action, by)| FinalActionView { action: action.clone(), origin: origin(told, *by) })
            .collect(),
        cuts: found.cuts.iter().map(|one| cut(told, one)).collect(),
    }
}

fn inherited(told: &Explanation, rule: &Inherited) -> InheritedView {
    InheritedView {
        rule: rule.rule.clone(),
        start: rule.start.map(|day| day.to_string()),
        end: rule.end.to_string(),
        origin: origin(told, rule.origin),
        paths: rule.paths.iter().map(|path| path.iter().map(ToString::to_string).collect()).collect(),
    }
}

fn cut(told: &Explanation, cut: &Cut) -> CutView {
    CutView { what: cut.what.clone(), how: cut.how.word(), by: cut.by.to_string(), origin: origin(told, cut.origin) }
}

fn origin(told: &Explanation, origin: Origin) -> OriginView {
    let (kind, id, name) = match origin {
        Origin::Unit(unit) => ("unit", unit.to_string(), told.units.get(&unit).map(|(_, title)| title)),
        Origin::Archive(archive) => {
            ("archive", archive.to_string(), told.archives.get(&archive).map(|(_, message)| message))
        }
    };
    OriginView { kind, id, name: name.cloned().unwrap_or_default() }
}
