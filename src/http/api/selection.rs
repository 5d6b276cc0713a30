//! Units chosen by a request: by identifier, or by what a search finds.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    domain::search::{Criteria, Selection},
    http::{api, error::Error},
};

/// Les unités choisies : « units » ou « criteria », l’un des deux.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionForm {
    /// Les identifiants des unités.
    #[serde(default)]
    #[schema(max_items = 10000)]
    units: Vec<String>,
    /// Ce qu’une recherche trouve.
    criteria: Option<CriteriaForm>,
}

/// Des critères de recherche, tous voulus.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CriteriaForm {
    /// Des mots.
    #[serde(default)]
    q: String,
    /// Le service producteur.
    agency: Option<String>,
    /// Le niveau de description.
    level: Option<String>,
    /// Un identifiant, exactement.
    identifier: Option<String>,
    /// Un mot-clé.
    keyword: Option<String>,
    /// Les dates de l’unité atteignent ce jour (AAAA-MM-JJ).
    #[schema(format = Date)]
    from: Option<String>,
    /// Les dates de l’unité commencent au plus tard ce jour (AAAA-MM-JJ).
    #[schema(format = Date)]
    until: Option<String>,
    /// L’archive.
    #[schema(format = "uuid")]
    archive: Option<String>,
    /// Vrai pour les seules unités racines.
    #[serde(default)]
    roots: bool,
}

impl SelectionForm {
    /// The selection that is meant.
    pub fn read(self) -> Result<Selection, Error> {
        match (self.criteria, self.units) {
            (Some(criteria), units) if units.is_empty() => Ok(Selection::Found(criteria.read()?)),
            (None, units) if !units.is_empty() => {
                let unreadable = || Error::Unreadable("Un identifiant d’unité ne se lit pas.".to_owned());
                let units = units.iter().map(|unit| unit.parse().map_err(|_| unreadable()));
                Ok(Selection::Units(units.collect::<Result<_, _>>()?))
            }
            _ => Err(Error::Unreadable("La sélection donne « units » ou « criteria », l’un des deux.".to_owned())),
        }
    }
}

impl CriteriaForm {
    fn read(self) -> Result<Criteria, Error> {
        Ok(Criteria {
            text: self.q,
            originating_agency: self.agency,
            level: self.level,
            identifier: self.identifier,
            keyword: self.keyword,
            from: api::parsed("from", self.from.as_deref())?,
            until: api::parsed("until", self.until.as_deref())?,
            archive: api::parsed("archive", self.archive.as_deref())?,
            roots_only: self.roots,
            due: None,
            final_action: None,
        })
    }
}
