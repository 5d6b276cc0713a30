//! Units: searches and facets, one unit with what stands around it, and what stands below it.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    archive::access::UnitEntry,
    domain::{
        id::UnitId,
        mandate::{Mandate, Read},
        rule::Category,
        search::{Criteria, Cursor, Due, Facet, Hit, Total},
    },
    http::{
        api::{
            self,
            archives::Paging,
            objects::ObjectView,
            unit_views::{ManagementView, UnitDetailView, UnitView},
            views::{Page, link},
        },
        error::{self, Error},
        state::{self, House},
    },
};

const MISSING: &str = "Aucune unité d’archives de cet identifiant.";

/// What is searched for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Des mots, tous voulus, sans égard à la casse, aux accents ni aux flexions.
    q: Option<String>,
    /// Le service producteur.
    agency: Option<String>,
    /// Le niveau de description.
    level: Option<String>,
    /// Un identifiant, exactement.
    identifier: Option<String>,
    /// Un mot-clé.
    keyword: Option<String>,
    /// Les dates de l’unité atteignent ce jour (AAAA-MM-JJ).
    #[param(format = Date)]
    from: Option<String>,
    /// Les dates de l’unité commencent au plus tard ce jour (AAAA-MM-JJ).
    #[param(format = Date)]
    until: Option<String>,
    /// L’archive.
    #[param(format = "uuid")]
    archive: Option<String>,
    /// Vrai pour les seules unités racines.
    roots: Option<bool>,
    /// Dont toutes les règles de la catégorie sont échues au plus tard ce jour (AAAA-MM-JJ).
    #[param(format = Date)]
    due_before: Option<String>,
    /// La catégorie de règles : `AppraisalRule` à défaut.
    category: Option<String>,
    /// Avec `due_before` : le sort final, tel qu’écrit ; `CONFLICT` pour celles dont les sorts se contredisent.
    final_action: Option<String>,
    /// Vrai pour savoir de chaque unité depuis quand elle est communicable.
    access: Option<bool>,
    /// Où commence la page.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// Combien d’éléments, de 1 à 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl Search {
    fn category(&self) -> Result<Category, Error> {
        let Some(name) = self.category.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(Category::Appraisal);
        };
        let known = Category::ALL.map(Category::element).join(", ");
        Category::from_element(name)
            .ok_or_else(|| Error::Unreadable(format!("Le paramètre « category » est l’un de {known}.")))
    }

    fn criteria(&self) -> Result<Criteria, Error> {
        let day = |name, text: &Option<String>| api::parsed::<NaiveDate>(name, text.as_deref());
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Ok(Criteria {
            text: self.q.clone().unwrap_or_default(),
            originating_agency: filled(&self.agency),
            level: filled(&self.level),
            identifier: filled(&self.identifier),
            keyword: filled(&self.keyword),
            from: day("from", &self.from)?,
            until: day("until", &self.until)?,
            archive: api::parsed("archive", self.archive.as_deref())?,
            roots_only: self.roots.unwrap_or_default(),
            due: match day("due_before", &self.due_before)? {
                Some(before) => Some(Due { category: self.category()?, before }),
                None if self.category.is_some() || self.final_action.is_some() => {
                    return Err(Error::Unreadable(
                        "« category » et « final_action » vont avec « due_before ».".to_owned(),
                    ));
                }
                None => None,
            },
            final_action: filled(&self.final_action),
        })
    }
}

/// Un décompte, qui s’arrête à une limite.
#[derive(Serialize, ToSchema)]
struct TotalView {
    /// Le nombre compté.
    counted: u64,
    /// Vrai s’il y en a davantage.
    capped: bool,
}

impl From<Total> for TotalView {
    fn from(total: Total) -> Self {
        Self { counted: total.counted, capped: total.capped }
    }
}

/// Les unités trouvées.
#[derive(Serialize, ToSchema)]
pub struct FoundView {
    /// Combien en tout.
    total: TotalView,
    /// Les unités de cette page.
    items: Vec<UnitView>,
    /// À donner comme « cursor » pour la page suivante ; absent de la dernière.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /units`.
#[utoipa::path(
    get, path = "/api/v1/units", tag = "Consultation", params(Search),
    summary = "Cherche des unités d’archives, les derniers versements d’abord",
    responses((status = 200, description = "Les unités trouvées", body = FoundView)),
)]
pub async fn search(
    house: web::Data<House>,
    by: Mandate<Read>,
    search: web::Query<Search>,
) -> Result<web::Json<FoundView>, Error> {
    let criteria = search.criteria()?;
    let (after, limit) = (api::parsed("cursor", search.cursor.as_deref())?.map(Cursor), api::page_items(search.limit)?);
    let with_access = search.access.unwrap_or_default();
    let (page, found) = state::ask(&house, move |archive| {
        let page = archive.search(&by, &criteria, after, limit)?;
        let units: Vec<UnitId> = page.hits.iter().filter(|_| with_access).map(|hit| hit.unit).collect();
        let found = archive.communicability(&by, &units, None)?;
        Ok::<_, Error>((page, found))
    })
    .await?;
    let shown = |hit: Hit| {
        let access = found.iter().find(|one| one.unit == hit.unit);
        UnitView::new(hit).with_access(access)
    };
    Ok(web::Json(FoundView {
        total: page.total.into(),
        items: page.hits.into_iter().map(shown).collect(),
        next: page.next.map(|cursor| cursor.0.to_string()),
    }))
}

/// Combien d’unités partagent une valeur.
#[derive(Serialize, ToSchema)]
struct FacetView {
    /// La valeur.
    value: String,
    /// Combien.
    total: TotalView,
}

/// Comment les unités trouvées se répartissent.
#[derive(Serialize, ToSchema)]
pub struct FacetsView {
    /// Par service producteur.
    originating_agencies: Vec<FacetView>,
    /// Par année de début.
    years: Vec<FacetView>,
    /// Par niveau de description.
    levels: Vec<FacetView>,
}

/// `GET /units/facets`.
#[utoipa::path(
    get, path = "/api/v1/units/facets", tag = "Consultation", params(Search),
    summary = "Répartit les unités trouvées par producteur, année et niveau",
    responses((status = 200, description = "Les facettes", body = FacetsView)),
)]
pub async fn facets(
    house: web::Data<House>,
    by: Mandate<Read>,
    search: web::Query<Search>,
) -> Result<web::Json<FacetsView>, Error> {
    let criteria = search.criteria()?;
    // Facets have no pages; a limit that would be wrong for the units is wrong here too.
    api::page_items(search.limit)?;
    let found = state::ask(&house, move |archive| archive.facets(&by, &criteria)).await?;
    let shown = |facets: Vec<Facet>| {
        facets.into_iter().map(|facet| FacetView { value: facet.value, total: facet.total.into() }).collect()
    };
    Ok(web::Json(FacetsView {
        originating_agencies: shown(found.originating_agencies),
        years: shown(found.years),
        levels: shown(found.levels),
    }))
}

/// How much of a unit is shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Fullness {
    /// Vrai pour le XML tel que reçu, lu sur les volumes.
    full: Option<bool>,
}

/// `GET /units/{id}`.
#[utoipa::path(
    get, path = "/api/v1/units/{id}", tag = "Consultation", params(("id" = String, Path), Fullness),
    summary = "Décrit une unité d’archives, ses objets et ce qui la contient",
    responses((status = 200, description = "L’unité", body = UnitDetailView)),
)]
pub async fn show(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
    fullness: web::Query<Fullness>,
) -> Result<HttpResponse, Error> {
    let (id, full) = (api::id::<_>(&id, MISSING)?, fullness.full.unwrap_or_default());
    let view = state::ask(&house, move |archive| {
        let Some(UnitEntry { hit, existing_group, management }) = archive.unit(&by, id)? else {
            return Err(error::gone(archive, &by, &id.to_string())?.unwrap_or(Error::NotFound(MISSING)));
        };
        let objects = match hit.group {
            Some(group) => archive.objects(&by, group)?,
            None => Vec::new(),
        };
        let source = if full { archive.full_unit(&by, hit.archive, id)?.map(|unit| unit.source) } else { None };
        Ok(UnitDetailView {
            existing_group,
            management: ManagementView::new(management),
            objects: objects.into_iter().map(ObjectView::new).collect(),
            ancestors: archive.ancestors(&by, id)?.into_iter().map(UnitView::new).collect(),
            amendments: archive.times_amended(&by, id)?,
            children: link(&["units", &id.to_string(), "children"]),
            source,
            unit: UnitView::new(hit).with_access(archive.communicability(&by, &[id], None)?.first()),
        })
    });
    Ok(HttpResponse::Ok().json(view.await?))
}

/// `GET /units/{id}/children`.
#[utoipa::path(
    get, path = "/api/v1/units/{id}/children", tag = "Consultation", params(("id" = String, Path), Paging),
    summary = "Liste les unités juste au-dessous d’une unité",
    responses((status = 200, description = "Une page", body = Page<UnitView>)),
)]
pub async fn children(
    house: web::Data<House>,
    by: Mandate<Read>,
    id: web::Path<String>,
    paging: web::Query<Paging>,
) -> Result<web::Json<Page<UnitView>>, Error> {
    let Paging { cursor, limit } = paging.into_inner();
    let (after, limit) = (api::parsed("cursor", cursor.as_deref())?.map(Cursor), api::page_items(limit)?);
    let id: UnitId = api::id(&id, MISSING)?;
    let found = state::ask(&house, move |archive| match archive.unit(&by, id)? {
        Some(_) => Ok(archive.children(&by, id, after, limit)?),
        None => Err(Error::NotFound(MISSING)),
    });
    Ok(web::Json(Page::cut(found.await?, limit, |hit: &Hit| hit.cursor.0.to_string(), UnitView::new)))
}
