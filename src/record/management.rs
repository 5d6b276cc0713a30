//! How management rules stand in JSON, in a unit's line and in an archive's header.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::rule::{Attachment, Category, CategoryRules, Management, RuleUse},
    record::form::{self, mirrored},
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Management", deny_unknown_fields)]
struct ManagementForm {
    #[serde(with = "form", default, skip_serializing_if = "Vec::is_empty")]
    categories: Vec<CategoryRules>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    need_authorization: Option<bool>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    attachment: Option<Attachment>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CategoryRules", deny_unknown_fields)]
struct CategoryRulesForm {
    #[serde(with = "form")]
    category: Category,
    #[serde(with = "form", default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RuleUse>,
    #[serde(default, skip_serializing_if = "is_false")]
    prevent_inheritance: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ref_non_rule_ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    final_action: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RuleUse", deny_unknown_fields)]
struct RuleUseForm {
    rule: String,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    start: Option<NaiveDate>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    hold_end: Option<NaiveDate>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Attachment", rename_all = "snake_case", deny_unknown_fields)]
enum AttachmentForm {
    SystemId(String),
    Key { name: String, value: String },
}

mirrored! {
    Management => ManagementForm,
    CategoryRules => CategoryRulesForm,
    RuleUse => RuleUseForm,
    Attachment => AttachmentForm,
}

/// Whether nothing is said.
pub(super) fn is_silent(management: &Management) -> bool {
    *management == Management::default()
}

/// Whether a flag is down.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}
