//! Which units someone chose, and why what was asked of them is not done: data for faces, in French, never an error.

use std::{collections::HashSet, fmt};

use chrono::NaiveDate;

use crate::{
    archive::{Archive, error::Error},
    domain::{
        id::{ArchiveId, HoldId, UnitId},
        search::{Hit, Selection},
        tenant::TenantId,
    },
};

/// Units asked for at once.
const PAGE: u32 = 500;

/// Why nothing was done of what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No unit is selected.
    Nothing,
    /// More units are selected than one operation takes.
    TooMany {
        /// The most units.
        limit: usize,
    },
    /// There is no such unit in this tenant.
    Unknown(UnitId),
    /// A text that must be given is empty, too long, or holds what no document may hold. What is named is in French.
    Text {
        /// Which text.
        what: &'static str,
        /// The most characters.
        limit: usize,
    },
    /// A day that must come is past.
    Past(NaiveDate),
    /// There is no such hold.
    UnknownHold(HoldId),
    /// The hold was lifted before.
    Lifted(HoldId),
    /// An archive changed while the operation was prepared: what was done by then stands, the rest is not done.
    Overtaken(ArchiveId),
    /// What is wrong, unit by unit, in French; as many as are told, and how many there are.
    Faults {
        /// The first of them.
        told: Vec<(UnitId, String)>,
        /// How many in all.
        count: u64,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Aucune unité d’archives n’est sélectionnée."),
            Self::TooMany { limit } => {
                write!(f, "La sélection dépasse {limit} unités : faites-en plusieurs opérations.")
            }
            Self::Unknown(unit) => write!(f, "Aucune unité d’archives {unit}."),
            Self::Text { what, limit } => write!(
                f,
                "{what} : ce texte est vide, dépasse {limit} caractères ou contient un caractère de contrôle."
            ),
            Self::Past(day) => write!(f, "Le {day} est déjà passé."),
            Self::UnknownHold(hold) => write!(f, "Aucun gel {hold}."),
            Self::Lifted(hold) => write!(f, "Le gel {hold} est déjà levé."),
            Self::Overtaken(archive) => write!(
                f,
                "L’archive {archive} a été modifiée entre-temps : relisez-la, puis recommencez. Ce qui la concerne n’est \
                 pas appliqué."
            ),
            Self::Faults { told, count } => {
                let (unit, why) = told.first().map_or((String::new(), ""), |(unit, why)| (unit.to_string(), why));
                let more = if *count > 1 { format!(" Et {} autre(s) défaut(s).", count - 1) } else { String::new() };
                write!(f, "Unité {unit} : {why}{more}")
            }
        }
    }
}

impl Archive {
    /// The units of a selection, each once; in the order given, or newest deposit first.
    pub(super) fn selected(
        &self,
        tenant: &TenantId,
        selection: &Selection,
    ) -> Result<Result<Vec<Hit>, Refusal>, Error> {
        let limit = self.limits.selected_units;
        let found = match selection {
            Selection::Units(units) if units.len() > limit => return Ok(Err(Refusal::TooMany { limit })),
            Selection::Units(units) => {
                let found = self.store.holdings(tenant).hits(units)?;
                let known: HashSet<UnitId> = found.iter().map(|hit| hit.unit).collect();
                if let Some(missing) = units.iter().find(|unit| !known.contains(unit)) {
                    return Ok(Err(Refusal::Unknown(*missing)));
                }
                found
            }
            Selection::Found(criteria) => {
                let (mut found, mut after) = (Vec::new(), None);
                loop {
                    let page = self.store.holdings(tenant).search(criteria, after, PAGE)?;
                    found.extend(page.hits);
                    if found.len() > limit {
                        return Ok(Err(Refusal::TooMany { limit }));
                    }
                    after = page.next;
                    if after.is_none() {
                        break found;
                    }
                }
            }
        };
        Ok(if found.is_empty() { Err(Refusal::Nothing) } else { Ok(found) })
    }

    /// A text that a person gave, trimmed; refused when it is empty, too long, or no document may hold it.
    pub(super) fn given(&self, what: &'static str, text: &str) -> Result<String, Refusal> {
        let (text, limit) = (text.trim(), self.limits.given_text);
        if text.is_empty() || text.chars().count() > limit || !text.chars().all(is_of_a_document) {
            return Err(Refusal::Text { what, limit });
        }
        Ok(text.to_owned())
    }
}

/// Whether XML 1.0 may hold a character (`Char`), and a person could mean it.
pub(super) fn is_of_a_document(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r') || !(character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}'))
}
