//! A set of changes checked, and made to one unit: its source is amended, then read again; what is wrong is told in French.

use crate::{
    archive::{
        Archive,
        amend::draft::Restatement,
        error::Error,
        examine::{
            terms::{self, Referentials},
            units::{UnitSubject, first_day},
        },
        selection::Refusal,
    },
    domain::{
        amendment::{ChangeFault, Changes, Edit, Members},
        archive,
        rule::{Category, CategoryRules, Management},
        seda::{Dialect, SedaVersion},
        unit::{Content, Unit},
    },
    seda::amend,
};

/// The levels of description that the schemas know.
const LEVELS: &[&str] = &[
    "Fonds",
    "Subfonds",
    "Class",
    "Collection",
    "Series",
    "Subseries",
    "RecordGrp",
    "SubGrp",
    "File",
    "Item",
    "OtherLevel",
];

/// Values added to or taken out of one list.
const LIST_LIMIT: usize = 1_000;

impl Archive {
    /// The changes with their texts trimmed, when they make sense whatever the unit.
    pub(super) fn checked(&self, changes: &Changes, known: &Referentials) -> Result<Changes, Refusal> {
        if changes.is_empty() {
            return Err(Refusal::NoChange);
        }
        let text = |what, edit: &Edit<String>| self.edit(what, edit, str::to_owned);
        let token = |what, edit: &Edit<String>| self.edit(what, edit, collapsed);
        let checked = Changes {
            title: changes.title.as_deref().map(|title| self.given("Intitulé", title)).transpose()?,
            description: text("Description", &changes.description)?,
            level: token("Niveau de description", &changes.level)?,
            start_date: token("Date de début", &changes.start_date)?,
            end_date: token("Date de fin", &changes.end_date)?,
            originating_agency: token("Service producteur", &changes.originating_agency)?,
            submission_agency: token("Service versant", &changes.submission_agency)?,
            document_type: token("Type de document", &changes.document_type)?,
            keywords: self.words(&changes.keywords)?,
            identifiers: self.identifiers(&changes.identifiers)?,
            rules: changes.rules.clone(),
        };
        values(&checked, known)?;
        for change in &checked.rules {
            for rule in change.add.iter().map(|used| &used.rule).chain(&change.ref_non_rule_ids.add) {
                self.given("Règle", rule)?;
            }
            if checked.rules.iter().filter(|other| other.category == change.category).count() > 1 {
                let value = change.category.element().to_owned();
                return Err(Refusal::Value { what: "une catégorie citée une seule fois", value });
            }
        }
        Ok(checked)
    }

    fn edit(
        &self,
        what: &'static str,
        edit: &Edit<String>,
        form: impl Fn(&str) -> String,
    ) -> Result<Edit<String>, Refusal> {
        match edit {
            Edit::Set(text) => Ok(Edit::Set(form(&self.given(what, text)?))),
            other => Ok(other.clone()),
        }
    }

    fn words(&self, members: &Members<String>) -> Result<Members<String>, Refusal> {
        bounded(members)?;
        let word = |word: &String| Ok(collapsed(&self.given("Mot-clé", word)?));
        Ok(Members {
            add: members.add.iter().map(word).collect::<Result<_, Refusal>>()?,
            remove: members.remove.iter().map(|word| word.trim().to_owned()).collect(),
        })
    }

    fn identifiers(&self, members: &Members<(String, String)>) -> Result<Members<(String, String)>, Refusal> {
        bounded(members)?;
        let identifier = |(kind, value): &(String, String)| {
            if !amend::IDENTIFIERS.contains(&kind.as_str()) {
                let what = "un identifiant qui puisse être ajouté, tel que « FilePlanPosition »";
                return Err(Refusal::Value { what, value: kind.clone() });
            }
            Ok((kind.clone(), collapsed(&self.given("Identifiant", value)?)))
        };
        Ok(Members {
            add: members.add.iter().map(identifier).collect::<Result<_, Refusal>>()?,
            remove: members.remove.iter().map(|(kind, value)| (kind.clone(), value.trim().to_owned())).collect(),
        })
    }
}

fn bounded<T>(members: &Members<T>) -> Result<(), Refusal> {
    if members.add.len() > LIST_LIMIT || members.remove.len() > LIST_LIMIT {
        return Err(Refusal::Value {
            what: "une liste de 1 000 valeurs au plus",
            value: members.add.len().to_string(),
        });
    }
    Ok(())
}

/// Whether the values are ones that may stand there.
fn values(changes: &Changes, known: &Referentials) -> Result<(), Refusal> {
    let refused = |what, value: &str| Err(Refusal::Value { what, value: value.to_owned() });
    if let Edit::Set(level) = &changes.level
        && !LEVELS.contains(&level.as_str())
    {
        return refused("un niveau de description du SEDA", level);
    }
    for date in [&changes.start_date, &changes.end_date] {
        if let Edit::Set(date) = date
            && !is_date(date)
        {
            return refused("une date : AAAA, AAAA-MM, AAAA-MM-JJ ou un instant", date);
        }
    }
    for agency in [&changes.originating_agency, &changes.submission_agency] {
        if let (Edit::Set(agency), Some(agencies)) = (agency, &known.agencies)
            && !agencies.contains_key(agency)
        {
            return refused("un service du référentiel", agency);
        }
    }
    Ok(())
}

/// White space within a token counts as one space.
fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text is a date as the SEDA writes them: a year, a month, a day or an instant.
fn is_date(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match text.len() {
        4 | 7 | 10 => digits(text) && first_day(text).is_some(),
        length if length > 10 => {
            let is_instant = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok();
            is_instant || chrono::DateTime::parse_from_rfc3339(text).is_ok() && text.as_bytes().get(10) == Some(&b'T')
        }
        _ => false,
    }
}

/// What changes, of which archive, and what the house knows.
pub(super) struct Terms<'a> {
    pub(super) changes: &'a Changes,
    pub(super) archive: &'a archive::Archive,
    pub(super) referentials: &'a Referentials,
}

impl Terms<'_> {
    /// What becomes of a unit.
    pub(super) fn restate(&self, unit: &Unit) -> Result<Restatement, Error> {
        let faults = self.changes.faults(&unit.management);
        if !faults.is_empty() {
            return Ok(Restatement::Faulty(faults.iter().map(told).collect()));
        }
        let content = self.with_agency(self.changes.made_of_content(&unit.content));
        let management = self.changes.made_of_management(&unit.management);
        if content == unit.content && management == unit.management {
            return Ok(Restatement::Same);
        }
        if let Some(unknown) = management.categories.iter().find(|said| !self.is_known(said.category)) {
            let category = unknown.category.element();
            return Ok(Restatement::Faulty(vec![format!("Le SEDA 2.1 ne connaît pas « {category} ».")]));
        }
        let Some(source) = amend::amend(&unit.source, self.changes)? else {
            let why = "Cette unité n’a pas de description propre : modifiez celle à laquelle elle se rattache.";
            return Ok(Restatement::Faulty(vec![why.to_owned()]));
        };
        let read = amend::read(&source)?.ok_or_else(|| Error::Inconsistent("an amended source is empty".to_owned()))?;
        let new = Unit {
            content: self.with_agency(read.content),
            management: read.management,
            source: read.source,
            text: read.text,
            ..unit.clone()
        };
        if sorted(&new.content, &new.management) != sorted(&content, &management) {
            let why = "La source XML de cette unité ne permet pas d’y écrire ces changements sans ambiguïté.";
            return Ok(Restatement::Faulty(vec![why.to_owned()]));
        }
        let faults = new_faults(self.referentials, unit, &new);
        Ok(if faults.is_empty() { Restatement::New(Box::new(new)) } else { Restatement::Faulty(faults) })
    }

    /// The transfer's agency stands for the unit's when it names none.
    fn with_agency(&self, mut content: Content) -> Content {
        if content.originating_agency.is_none() {
            content.originating_agency.clone_from(&self.archive.header.originating_agency);
        }
        content
    }

    /// Holds came with the SEDA 2.2; VITAM's dialect had them before.
    fn is_known(&self, category: Category) -> bool {
        category != Category::Hold
            || self.archive.version != SedaVersion::V2_1
            || self.archive.dialect == Dialect::Vitam
    }
}

/// What a unit says, whatever the order in which it says it.
fn sorted(content: &Content, management: &Management) -> (Content, Management) {
    let (mut content, mut management) = (content.clone(), management.clone());
    content.identifiers.sort_unstable();
    content.keywords.sort_unstable();
    management.categories.sort_by_key(|said: &CategoryRules| said.category);
    (content, management)
}

/// What the controls of transfers find wrong with a unit, and did not before.
pub(super) fn new_faults(referentials: &Referentials, before: &Unit, after: &Unit) -> Vec<String> {
    let terms = terms::Terms::blank(referentials, &[]);
    let of = |unit: &Unit| {
        let subject = UnitSubject {
            place: String::new(),
            content: Some(&unit.content),
            management: &unit.management,
            terms: &terms,
        };
        let mut found: Vec<String> = Vec::new();
        for question in UnitSubject::QUESTIONS {
            (question.ask)(&subject, &mut |fault| found.push(fault.message));
        }
        found
    };
    let known = of(before);
    of(after).into_iter().filter(|fault| !known.contains(fault)).collect()
}

fn told(fault: &ChangeFault) -> String {
    match fault {
        ChangeFault::NotNamed { category, rule } => {
            format!("La règle « {rule} » n’est pas citée dans « {} » de cette unité.", category.element())
        }
        ChangeFault::NamedAlready { category, rule } => {
            format!("La règle « {rule} » est déjà citée dans « {} » : modifiez-la.", category.element())
        }
        ChangeFault::NoFinalAction(category) => {
            format!("« {} » exige un sort final (« FinalAction »).", category.element())
        }
        ChangeFault::NotAFinalAction { category, action } => {
            format!("« {action} » n’est pas un sort final de « {} ».", category.element())
        }
        ChangeFault::BothCuts(category) => format!(
            "Dans « {} », « PreventInheritance » et « RefNonRuleId » s’excluent : retirez l’un ou l’autre.",
            category.element()
        ),
        ChangeFault::NewClassification => {
            "Une classification exige un niveau et un propriétaire, qui ne peuvent pas être ajoutés ici.".to_owned()
        }
        ChangeFault::NotAHold(category) => {
            format!("« {} » n’a pas de date de fin de gel (« HoldEndDate »).", category.element())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_seda() {
        for good in ["1850", "2026-11", "2024-02-29", "2026-11-03T10:00:00", "2026-11-03T10:00:00.5+01:00"] {
            assert!(is_date(good), "{good}");
        }
        for bad in ["", "26", "2026-13", "2023-02-29", "mardi", "2026-11-03 10:00:00", "2026-1-1", "20261103"] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
