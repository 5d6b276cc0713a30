//! Units chosen on the command line: by identifier, or by what a search finds.

use chrono::NaiveDate;

use crate::{
    cli::failure::Misuse,
    domain::{
        id::{ArchiveId, UnitId},
        search::{Criteria, Selection},
    },
};

// No `///` here: clap would show it as the help of whatever flattens it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Sélection")]
pub(super) struct Selected {
    /// Unité d’archives ; à répéter
    #[arg(long = "unit", value_name = "UNITÉ")]
    units: Vec<UnitId>,
    /// Mots de la description des unités à prendre ; vide pour toutes celles des autres critères
    #[arg(long, value_name = "MOTS", conflicts_with = "units")]
    query: Option<String>,
    /// Parmi celles d’un service producteur
    #[arg(long, value_name = "SERVICE", requires = "query")]
    agency: Option<String>,
    /// Parmi celles d’un niveau de description
    #[arg(long, value_name = "NIVEAU", requires = "query")]
    level: Option<String>,
    /// Parmi celles qui portent un mot-clé
    #[arg(long, value_name = "MOT-CLÉ", requires = "query")]
    keyword: Option<String>,
    /// Parmi celles dont les dates atteignent ce jour (AAAA-MM-JJ)
    #[arg(long, value_name = "JOUR", requires = "query")]
    from: Option<NaiveDate>,
    /// Parmi celles dont les dates commencent au plus tard ce jour (AAAA-MM-JJ)
    #[arg(long = "to", value_name = "JOUR", requires = "query")]
    to: Option<NaiveDate>,
    /// Parmi celles d’une archive
    #[arg(long, value_name = "ARCHIVE", requires = "query")]
    archive: Option<ArchiveId>,
    /// Seulement les unités sans parent
    #[arg(long, requires = "query")]
    roots: bool,
}

impl Selected {
    /// The selection; an error when nothing says which units.
    pub(super) fn selection(self) -> anyhow::Result<Selection> {
        match self.query {
            Some(text) => Ok(Selection::Found(Criteria {
                text,
                originating_agency: self.agency,
                level: self.level,
                keyword: self.keyword,
                from: self.from,
                until: self.to,
                archive: self.archive,
                roots_only: self.roots,
                ..Criteria::default()
            })),
            None if self.units.is_empty() => {
                Err(Misuse("Désignez les unités par --unit, à répéter, ou par --query.".to_owned()).into())
            }
            None => Ok(Selection::Units(self.units)),
        }
    }
}
