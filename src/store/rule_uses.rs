//! What units, and archives for their `ManagementMetadata`, say of rules: as given, nothing computed.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    domain::rule::{Category, CategoryRules, RuleUse},
    store::{
        batch::Batch as _,
        cells,
        database::Database,
        error::Error,
        schema::{rule_categories, rule_uses},
    },
};

/// Holders looked for in one query.
const HOLDERS: usize = 500;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rule_categories, treat_none_as_default_value = false)]
pub struct CategoryRow {
    tenant: String,
    holder: String,
    ordinal: i64,
    category: String,
    prevent_inheritance: bool,
    ref_non_rule_ids: String,
    final_action: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rule_uses, treat_none_as_default_value = false)]
pub struct UseRow {
    tenant: String,
    holder: String,
    category_ordinal: i64,
    ordinal: i64,
    rule: String,
    start_day: Option<String>,
    hold_end: Option<String>,
}

/// Rows of both kinds, gathered.
#[derive(Default)]
pub struct RuleRows {
    pub categories: Vec<CategoryRow>,
    pub uses: Vec<UseRow>,
}

impl RuleRows {
    /// Adds what `holder` says.
    pub fn add(&mut self, tenant: &str, holder: &str, said: &[CategoryRules]) -> Result<(), Error> {
        for (at, category) in said.iter().enumerate() {
            let category_ordinal = cells::stored(at, "a place")?;
            self.categories.push(CategoryRow {
                tenant: tenant.to_owned(),
                holder: holder.to_owned(),
                ordinal: category_ordinal,
                category: category.category.element().to_owned(),
                prevent_inheritance: category.prevent_inheritance,
                ref_non_rule_ids: cells::json(&category.ref_non_rule_ids)?,
                final_action: category.final_action.clone(),
            });
            for (at, rule) in category.rules.iter().enumerate() {
                self.uses.push(UseRow {
                    tenant: tenant.to_owned(),
                    holder: holder.to_owned(),
                    category_ordinal,
                    ordinal: cells::stored(at, "a place")?,
                    rule: rule.rule.clone(),
                    start_day: rule.start.map(cells::day),
                    hold_end: rule.hold_end.map(cells::day),
                });
            }
        }
        Ok(())
    }

    /// Writes what is gathered, and forgets it.
    pub fn insert(&mut self, database: &mut Database) -> Result<(), Error> {
        CategoryRow::insert(&self.categories, database)?;
        UseRow::insert(&self.uses, database)?;
        self.categories.clear();
        self.uses.clear();
        Ok(())
    }
}

/// What `holder` says of each category, in the order of the source.
pub fn said_by(database: &mut Database, tenant: &str, holder: &str) -> Result<Vec<CategoryRules>, Error> {
    let categories: Vec<CategoryRow> = rule_categories::table
        .filter(rule_categories::tenant.eq(tenant))
        .filter(rule_categories::holder.eq(holder))
        .order(rule_categories::ordinal)
        .select(CategoryRow::as_select())
        .load(database)?;
    let uses: Vec<UseRow> = rule_uses::table
        .filter(rule_uses::tenant.eq(tenant))
        .filter(rule_uses::holder.eq(holder))
        .order((rule_uses::category_ordinal, rule_uses::ordinal))
        .select(UseRow::as_select())
        .load(database)?;
    categories.into_iter().map(|row| category_rules(row, &uses)).collect()
}

/// What each of `holders` says, by holder; those that say nothing are absent. One query per table and 500 holders.
pub fn said_by_all(
    database: &mut Database,
    tenant: &str,
    holders: &[String],
) -> Result<HashMap<String, Vec<CategoryRules>>, Error> {
    let mut said: HashMap<String, Vec<CategoryRules>> = HashMap::new();
    for chunk in holders.chunks(HOLDERS) {
        let own = rule_categories::table.filter(rule_categories::tenant.eq(tenant));
        let of = own.filter(rule_categories::holder.eq_any(chunk));
        let ordered = of.order((rule_categories::holder, rule_categories::ordinal));
        let categories: Vec<CategoryRow> = ordered.select(CategoryRow::as_select()).load(database)?;
        if categories.is_empty() {
            continue;
        }
        let own = rule_uses::table.filter(rule_uses::tenant.eq(tenant)).filter(rule_uses::holder.eq_any(chunk));
        let ordered = own.order((rule_uses::holder, rule_uses::category_ordinal, rule_uses::ordinal));
        let mut uses: HashMap<String, Vec<UseRow>> = HashMap::new();
        for row in ordered.select(UseRow::as_select()).load::<UseRow>(database)? {
            uses.entry(row.holder.clone()).or_default().push(row);
        }
        for row in categories {
            let holder = row.holder.clone();
            let own = uses.get(&holder).map_or(&[][..], Vec::as_slice);
            said.entry(holder).or_default().push(category_rules(row, own)?);
        }
    }
    Ok(said)
}

fn category_rules(row: CategoryRow, uses: &[UseRow]) -> Result<CategoryRules, Error> {
    let own = uses.iter().filter(|one| one.category_ordinal == row.ordinal);
    Ok(CategoryRules {
        category: cells::known(Category::from_element(&row.category), "a category of rules")?,
        rules: own.map(rule_use).collect::<Result<_, _>>()?,
        prevent_inheritance: row.prevent_inheritance,
        ref_non_rule_ids: cells::from_json(&row.ref_non_rule_ids, "a list of rules")?,
        final_action: row.final_action,
    })
}

fn rule_use(row: &UseRow) -> Result<RuleUse, Error> {
    let day = |text: Option<&str>| cells::parsed_if::<NaiveDate>(text, "a day");
    Ok(RuleUse {
        rule: row.rule.clone(),
        start: day(row.start_day.as_deref())?,
        hold_end: day(row.hold_end.as_deref())?,
    })
}
