//! A rule that units use does not leave the referential: an import that lacks it is refused, and says who uses it.

use std::collections::HashSet;

use crate::{
    archive::{Archive, error::Error},
    domain::{rule::Rule, tenant::TenantId},
    record::referential::{ImportFault, Limits},
    store::Users,
};

/// Units named of those that use a rule.
const NAMED: usize = 5;

impl Archive {
    /// What is wrong with replacing the tenant's rules by `next`: the rules that go and are in use.
    pub(super) fn missing_rules(&self, tenant: &TenantId, next: &[Rule]) -> Result<Vec<ImportFault>, Error> {
        let holdings = self.store.holdings(tenant);
        let mut faults = Vec::new();
        for rule in leaving(&holdings.rules()?, next) {
            let users = holdings.users_of(&rule, NAMED)?;
            if users.total.counted > 0 {
                faults.push(ImportFault { line: 0, column: "RuleId".to_owned(), message: sentence(&rule, &users) });
            }
            if faults.len() >= Limits::default().faults {
                break;
            }
        }
        Ok(faults)
    }
}

/// The identifiers of the rules that `next` lacks.
pub(super) fn leaving(present: &[Rule], next: &[Rule]) -> Vec<String> {
    let next: HashSet<&str> = next.iter().map(|rule| rule.identifier.as_str()).collect();
    present.iter().map(|rule| rule.identifier.clone()).filter(|id| !next.contains(id.as_str())).collect()
}

fn sentence(rule: &str, users: &Users) -> String {
    let count = users.total.counted;
    let how_many = match (count, users.total.capped) {
        (_, true) => format!("plus de {count} unités ou archives l’utilisent"),
        (1, false) => "une unité ou une archive l’utilise".to_owned(),
        (_, false) => format!("{count} unités ou archives l’utilisent"),
    };
    let more = if count > u64::try_from(users.named.len()).unwrap_or(u64::MAX) { "…" } else { "" };
    let named = users.named.iter().map(|(id, title)| format!("« {title} » ({id})")).collect::<Vec<_>>().join(", ");
    format!(
        "la règle « {rule} » manque à ce fichier, mais {how_many} : {named}{more}. Gardez-la, ou changez d’abord ces unités."
    )
}
