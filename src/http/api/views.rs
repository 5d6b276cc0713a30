//! What several resources show. No type of the domain is serialised; the sentences above the fields are French because
//! the OpenAPI document prints them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::check::{Finding, Verdict},
    http::api::ROOT,
};

/// Une page d’une liste.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    /// Les éléments.
    pub items: Vec<T>,
    /// À donner comme « cursor » pour la page suivante ; absent de la dernière.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page that the store cut at `limit`: when it is full, the next one starts after its last item.
    pub fn cut<S>(found: Vec<S>, limit: u32, cursor: impl Fn(&S) -> String, view: impl Fn(S) -> T) -> Self {
        let full = u32::try_from(found.len()).is_ok_and(|count| count >= limit);
        let next = found.last().filter(|_| full).map(cursor);
        Self { items: found.into_iter().map(view).collect(), next }
    }
}

/// Un constat du contrôle.
#[derive(Serialize, ToSchema)]
pub struct FindingView {
    /// Le code du contrôle, stable.
    code: String,
    /// `OK`, `not examined`, `WARNING` ou `KO`.
    outcome: &'static str,
    /// L’endroit : élément et ligne, fichier, identifiant ; vide pour tout le paquet.
    place: String,
    /// La phrase à lire.
    message: String,
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        let Finding { code, outcome, place, message } = finding;
        Self { code, outcome: outcome.word(), place, message }
    }
}

/// Le rapport de contrôle d’un paquet.
#[derive(Serialize, ToSchema)]
pub struct ReportView {
    /// Le nom du paquet.
    pub package: String,
    /// `accepted`, `warning` ou `refused`.
    pub verdict: &'static str,
    /// Les constats, dans l’ordre.
    pub findings: Vec<FindingView>,
    /// Le nombre de constats par code, au-delà de ceux listés.
    pub totals: BTreeMap<String, u64>,
}

impl ReportView {
    /// The report of a package.
    pub fn new(package: String, verdict: Verdict, findings: Vec<Finding>, totals: BTreeMap<String, u64>) -> Self {
        let findings = findings.into_iter().map(FindingView::from).collect();
        Self { package, verdict: verdict.word(), findings, totals }
    }
}

/// The address of something of the API.
pub fn link(steps: &[&str]) -> String {
    format!("{ROOT}/{}", steps.join("/"))
}
