//! A tenant: one archival agency's holdings on a shared installation.

use std::{fmt, str::FromStr};

use crate::domain::clock::Timestamp;

/// Identifies a tenant, globally unique so that it can move between installations: 1 to 40 characters of `a-z 0-9 -`,
/// starting and ending with a letter or digit. It is also the first step of storage paths.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(String);

/// The text cannot identify a tenant.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a tenant's identifier is 1 to 40 characters of a-z, 0-9 and -, and starts and ends with a letter or digit")]
pub struct NotATenantId;

impl TenantId {
    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TenantId {
    type Err = NotATenantId;

    fn from_str(text: &str) -> Result<Self, NotATenantId> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let well_made = text.len() <= 40
            && text.starts_with(plain)
            && text.ends_with(plain)
            && text.chars().all(|c| plain(c) || c == '-');
        if well_made { Ok(Self(text.to_owned())) } else { Err(NotATenantId) }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One archival agency's holdings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier.
    pub id: TenantId,
    /// Its name for people.
    pub name: String,
    /// The identifier that messages carry as `ArchivalAgency`.
    pub archival_agency: String,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_id_is_a_safe_path_step() {
        for good in ["a", "ville-de-sault", "sitiv69"] {
            assert!(good.parse::<TenantId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a/b", "..", "é", &"a".repeat(41)] {
            assert_eq!(bad.parse::<TenantId>(), Err(NotATenantId), "{bad}");
        }
    }
}
