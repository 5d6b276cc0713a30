//! Referentials: agencies, agreements and rules of a tenant, replaced as wholes, each time as a numbered edition.

use diesel::prelude::*;

use crate::{
    domain::{
        agency::{Agency, Role},
        agreement::Agreement,
        clock::Timestamp,
        digest::Digest,
        referential::Referential,
        rule::{Category, Duration, Rule},
        tenant::TenantId,
    },
    store::{
        agreements::AgreementRow,
        batch::Batch as _,
        cells,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        schema::{agencies, agreements, referential_versions, rules},
    },
};

/// One import of a referential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Its number within the tenant and kind, from 1.
    pub version: u64,
    /// The digest of what was imported, as it stands on the volumes.
    pub digest: Digest,
    /// When.
    pub imported_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = referential_versions)]
struct EditionRow {
    tenant: String,
    kind: String,
    version: i64,
    digest: String,
    imported_at: i64,
}

impl EditionRow {
    fn into_edition(self) -> Result<Edition, Error> {
        Ok(Edition {
            version: cells::count(self.version, "a version")?,
            digest: cells::parsed(&self.digest, "a digest")?,
            imported_at: cells::instant(self.imported_at)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = agencies, treat_none_as_default_value = false)]
pub struct AgencyRow {
    tenant: String,
    identifier: String,
    name: String,
    description: Option<String>,
    roles: String,
    certificate: Option<String>,
}

impl AgencyRow {
    fn new(tenant: &str, agency: &Agency) -> Self {
        Self {
            tenant: tenant.to_owned(),
            identifier: agency.identifier.clone(),
            name: agency.name.clone(),
            description: agency.description.clone(),
            roles: agency.roles.iter().map(|role| role.word()).collect::<Vec<_>>().join(" "),
            certificate: agency.certificate.clone(),
        }
    }

    fn into_agency(self) -> Result<Agency, Error> {
        let roles = self.roles.split_whitespace().map(Role::from_word);
        Ok(Agency {
            identifier: self.identifier,
            name: self.name,
            description: self.description,
            roles: cells::known(roles.collect(), "a role")?,
            certificate: self.certificate,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rules, treat_none_as_default_value = false)]
pub struct RuleRow {
    tenant: String,
    identifier: String,
    category: String,
    value: String,
    description: Option<String>,
    duration_unit: Option<String>,
    duration: Option<i64>,
}

impl RuleRow {
    fn new(tenant: &str, rule: &Rule) -> Self {
        let (unit, length) = duration_cells(rule.duration);
        Self {
            tenant: tenant.to_owned(),
            identifier: rule.identifier.clone(),
            category: rule.category.element().to_owned(),
            value: rule.value.clone(),
            description: rule.description.clone(),
            duration_unit: unit.map(str::to_owned),
            duration: length,
        }
    }

    fn into_rule(self) -> Result<Rule, Error> {
        let length = || cells::count(cells::known(self.duration, "a duration")?, "a duration");
        let duration = match self.duration_unit.as_deref() {
            None => None,
            Some("day") => Some(Duration::Days(length()?)),
            Some("month") => Some(Duration::Months(length()?)),
            Some("year") => Some(Duration::Years(length()?)),
            Some("unlimited") => Some(Duration::Unlimited),
            Some(_) => return Err(Error::Corrupt { what: "a duration" }),
        };
        Ok(Rule {
            identifier: self.identifier,
            category: cells::known(Category::from_element(&self.category), "a category of rules")?,
            value: self.value,
            description: self.description,
            duration,
        })
    }
}

/// A duration as its two cells.
pub fn duration_cells(duration: Option<Duration>) -> (Option<&'static str>, Option<i64>) {
    match duration {
        None => (None, None),
        Some(Duration::Days(days)) => (Some("day"), Some(i64::from(days))),
        Some(Duration::Months(months)) => (Some("month"), Some(i64::from(months))),
        Some(Duration::Years(years)) => (Some("year"), Some(i64::from(years))),
        Some(Duration::Unlimited) => (Some("unlimited"), None),
    }
}

/// One referential's three functions: replace it, list it, find in it. They are alike but for the noun.
macro_rules! referential {
    ($table:ident, $row:ident, $noun:ident, $kind:ident, $replace:ident, $list:ident, $find:ident,
     $to_row:expr, $into:ident) => {
        impl Pen<'_> {
            #[doc = concat!("Replaces a tenant's ", stringify!($table), " by those of an edition. `Conflict` when an \
                identifier comes twice or the edition's number is taken.")]
            pub fn $replace(&mut self, tenant: &TenantId, edition: &Edition, all: &[$noun]) -> Result<(), Error> {
                self.insert_edition(tenant, Referential::$kind, edition)?;
                let to_row: fn(&str, &$noun) -> Result<$row, Error> = $to_row;
                let rows = all.iter().map(|one| to_row(tenant.as_str(), one)).collect::<Result<Vec<_>, _>>()?;
                let database = self.changing();
                diesel::delete($table::table.filter($table::tenant.eq(tenant.as_str()))).execute(database)?;
                Ok($row::insert(&rows, database)?)
            }
        }

        impl Holdings<'_> {
            #[doc = concat!("Every one of the tenant's ", stringify!($table), ", by identifier.")]
            pub fn $list(&self) -> Result<Vec<$noun>, Error> {
                let rows: Vec<$row> = self.read(|database, tenant| {
                    let own = $table::table.filter($table::tenant.eq(tenant));
                    Ok(own.select($row::as_select()).load(database)?)
                })?;
                let mut all = rows.into_iter().map($row::$into).collect::<Result<Vec<_>, _>>()?;
                all.sort_by(|a, b| a.identifier.cmp(&b.identifier));
                Ok(all)
            }

            #[doc = concat!("The one of the tenant's ", stringify!($table), " that bears an identifier.")]
            pub fn $find(&self, identifier: &str) -> Result<Option<$noun>, Error> {
                let row: Option<$row> = self.read(|database, tenant| {
                    let key = (tenant, identifier);
                    Ok($table::table.find(key).select($row::as_select()).first(database).optional()?)
                })?;
                row.map($row::$into).transpose()
            }
        }
    };
}

referential!(
    agencies,
    AgencyRow,
    Agency,
    Agencies,
    replace_agencies,
    agencies,
    agency,
    |tenant, agency| Ok(AgencyRow::new(tenant, agency)),
    into_agency
);
referential!(
    agreements,
    AgreementRow,
    Agreement,
    Agreements,
    replace_agreements,
    agreements,
    agreement,
    AgreementRow::new,
    into_agreement
);
referential!(
    rules,
    RuleRow,
    Rule,
    Rules,
    replace_rules,
    rules,
    rule,
    |tenant, rule| Ok(RuleRow::new(tenant, rule)),
    into_rule
);

impl Pen<'_> {
    fn insert_edition(&mut self, tenant: &TenantId, kind: Referential, edition: &Edition) -> Result<(), Error> {
        let row = EditionRow {
            tenant: tenant.to_string(),
            kind: kind.word().to_owned(),
            version: cells::stored(edition.version, "a version")?,
            digest: edition.digest.to_string(),
            imported_at: edition.imported_at.millis(),
        };
        diesel::insert_into(referential_versions::table).values(row).execute(self.changing())?;
        Ok(())
    }
}

impl Holdings<'_> {
    /// The editions of a referential, latest first; none until its first import.
    pub fn editions(&self, kind: Referential) -> Result<Vec<Edition>, Error> {
        let rows: Vec<EditionRow> = self.read(|database, tenant| {
            let own = referential_versions::table
                .filter(referential_versions::tenant.eq(tenant))
                .filter(referential_versions::kind.eq(kind.word()));
            let latest_first = own.order(referential_versions::version.desc());
            Ok(latest_first.select(EditionRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(EditionRow::into_edition).collect()
    }

    /// Whether a referential was ever imported: until then, questions that need it are not asked.
    pub fn has_referential(&self, kind: Referential) -> Result<bool, Error> {
        Ok(!self.editions(kind)?.is_empty())
    }
}
