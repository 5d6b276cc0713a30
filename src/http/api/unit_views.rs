//! What is shown of a unit: in a list, and alone with what stands around it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        communication::Communicability,
        rule::{Attachment, CategoryRules, Management},
        search::Hit,
        unit::Signing,
    },
    http::{api::objects::ObjectView, error::AccessView},
};

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
    /// Depuis quand elle est communicable, vu d’aujourd’hui ; dans une recherche, avec « access=true ».
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<AccessView>,
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
            access: None,
        }
    }

    /// The same, with from when on it may be communicated.
    #[must_use]
    pub fn with_access(self, found: Option<&Communicability>) -> Self {
        Self { access: found.map(AccessView::new), ..self }
    }
}

/// Une unité, avec ce qui l’entoure.
#[derive(Serialize, ToSchema)]
pub struct UnitDetailView {
    /// L’unité.
    #[serde(flatten)]
    pub unit: UnitView,
    /// Un groupe d’objets d’une autre archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing_group: Option<String>,
    /// Ses règles de gestion.
    pub management: ManagementView,
    /// Ses objets.
    pub objects: Vec<ObjectView>,
    /// Les unités au-dessus d’elle, par tous les chemins.
    pub ancestors: Vec<UnitView>,
    /// L’adresse des unités juste au-dessous.
    pub children: String,
    /// Combien de fois l’unité a été modifiée depuis son versement.
    pub amendments: usize,
    /// Le XML de l’unité dans son état présent, avec « full=true ».
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Les règles de gestion d’une unité.
#[derive(Serialize, ToSchema)]
pub struct ManagementView {
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
    /// What a unit's `Management` says.
    pub fn new(management: Management) -> Self {
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
