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
        rule::{Attachment, CategoryRules, Management},
        search::{Criteria, Cursor, Facet, Hit, Total},
        unit::Signing,
    },
    http::{
        api::{
            self,
            archives::Paging,
            objects::ObjectView,
            views::{Page, link},
        },
        error::Error,
        state::{self, House},
    },
};

const MISSING: &str = "Aucune unité d’archives de cet identifiant.";

/// Une unité d’archives.
#[derive(Serialize, ToSchema)]
pub struct UnitView {
    /// Son identifiant système.
    id: String,
    /// Son identifiant dans le manifeste.
    local_id: String,
    /// L’archive qui la contient.
    archive: String,
    /// Ses unités parentes.
    parents: Vec<String>,
    /// Le groupe d’objets auquel elle renvoie.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// Le niveau de description.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    /// L’intitulé.
    title: String,
    /// La description.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// La date de début, telle qu’écrite.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    /// La date de fin, telle qu’écrite.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    /// Le service producteur.
    #[serde(skip_serializing_if = "Option::is_none")]
    originating_agency: Option<String>,
    /// Le service versant.
    #[serde(skip_serializing_if = "Option::is_none")]
    submission_agency: Option<String>,
    /// Ses identifiants.
    identifiers: Vec<IdentifierView>,
    /// Ses mots-clés.
    keywords: Vec<String>,
    /// Le type de document.
    #[serde(skip_serializing_if = "Option::is_none")]
    document_type: Option<String>,
    /// Ce qu’elle dit de sa signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing: Option<SigningView>,
}

/// Un identifiant d’une unité.
#[derive(Serialize, ToSchema)]
struct IdentifierView {
    /// L’élément du SEDA.
    kind: String,
    /// La valeur.
    value: String,
}

/// Ce qu’une unité dit de sa signature ; rien n’en est vérifié ici.
#[derive(Serialize, ToSchema)]
struct SigningView {
    /// Ses rôles.
    roles: Vec<String>,
    /// Les rôles tenus par d’autres.
    detached_roles: Vec<String>,
    /// Les documents signés désignés.
    signed_document_references: Vec<String>,
}

impl UnitView {
    /// A unit found.
    pub fn new(hit: Hit) -> Self {
        let content = hit.content;
        let signing = |signing: Signing| SigningView {
            roles: signing.roles,
            detached_roles: signing.detached_roles,
            signed_document_references: signing.signed_document_references,
        };
        let identifier = |(kind, value)| IdentifierView { kind, value };
        Self {
            id: hit.unit.to_string(),
            local_id: hit.local_id,
            archive: hit.archive.to_string(),
            parents: hit.parents.iter().map(ToString::to_string).collect(),
            group: hit.group.map(|group| group.to_string()),
            level: content.level,
            title: content.title,
            description: content.description,
            start_date: content.start_date,
            end_date: content.end_date,
            originating_agency: content.originating_agency,
            submission_agency: content.submission_agency,
            identifiers: content.identifiers.into_iter().map(identifier).collect(),
            keywords: content.keywords,
            document_type: content.document_type,
            signing: content.signing.map(signing),
        }
    }
}

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
    /// Où commence la page.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// Combien d’éléments, de 1 à 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl Search {
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
    let page = state::ask(&house, move |archive| archive.search(&by, &criteria, after, limit)).await?;
    Ok(web::Json(FoundView {
        total: page.total.into(),
        items: page.hits.into_iter().map(UnitView::new).collect(),
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

/// Une unité, avec ce qui l’entoure.
#[derive(Serialize, ToSchema)]
pub struct UnitDetailView {
    /// L’unité.
    #[serde(flatten)]
    unit: UnitView,
    /// Un groupe d’objets d’une autre archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing_group: Option<String>,
    /// Ses règles de gestion.
    management: ManagementView,
    /// Ses objets.
    objects: Vec<ObjectView>,
    /// Les unités au-dessus d’elle, par tous les chemins.
    ancestors: Vec<UnitView>,
    /// L’adresse des unités juste au-dessous.
    children: String,
    /// Le XML de l’unité tel que reçu, avec « full=true ».
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// Les règles de gestion d’une unité.
#[derive(Serialize, ToSchema)]
struct ManagementView {
    /// Par catégorie.
    categories: Vec<CategoryView>,
    /// Si une autorisation humaine est requise.
    #[serde(skip_serializing_if = "Option::is_none")]
    need_authorization: Option<bool>,
    /// L’unité existante à laquelle celle-ci est rattachée.
    #[serde(skip_serializing_if = "Option::is_none")]
    attached_to: Option<String>,
}

/// Ce qu’une unité dit d’une catégorie de règles.
#[derive(Serialize, ToSchema)]
struct CategoryView {
    /// La catégorie, comme `AppraisalRule`.
    category: &'static str,
    /// Les règles nommées.
    rules: Vec<RuleView>,
    /// Vrai si rien n’est hérité.
    prevent_inheritance: bool,
    /// Les règles qui ne sont pas héritées.
    ref_non_rule_ids: Vec<String>,
    /// Le sort final.
    #[serde(skip_serializing_if = "Option::is_none")]
    final_action: Option<String>,
}

/// Une règle et ses dates.
#[derive(Serialize, ToSchema)]
struct RuleView {
    /// La règle.
    rule: String,
    /// Sa date de départ.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    /// La fin du gel.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_end: Option<String>,
}

impl ManagementView {
    fn new(management: Management) -> Self {
        let attached_to = management.attachment.map(|attachment| match attachment {
            Attachment::SystemId(id) => id,
            Attachment::Key { name, value } => format!("{name}={value}"),
        });
        let category = |rules: CategoryRules| CategoryView {
            category: rules.category.element(),
            rules: rules
                .rules
                .into_iter()
                .map(|rule| RuleView {
                    rule: rule.rule,
                    start: rule.start.map(|day| day.to_string()),
                    hold_end: rule.hold_end.map(|day| day.to_string()),
                })
                .collect(),
            prevent_inheritance: rules.prevent_inheritance,
            ref_non_rule_ids: rules.ref_non_rule_ids,
            final_action: rules.final_action,
        };
        let categories = management.categories.into_iter().map(category).collect();
        Self { categories, need_authorization: management.need_authorization, attached_to }
    }
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
            return Err(Error::NotFound(MISSING));
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
            children: link(&["units", &id.to_string(), "children"]),
            source,
            unit: UnitView::new(hit),
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
