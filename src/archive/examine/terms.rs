//! What the house knows of a tenant when it examines a transfer, handed in whole: the questions ask no database.

use std::{collections::HashMap, sync::Arc};

use crate::{
    archive::examine::profile::Profile,
    domain::{
        agency::Agency,
        agreement::Agreement,
        archive::Header,
        digest::DeclaredDigest,
        rule::{Attachment, Rule},
        seda::Dialect,
    },
};

/// A tenant's referentials. `None` means that none was ever imported: what needs it is "not examined".
#[derive(Clone, Debug, Default)]
pub struct Referentials {
    /// By identifier.
    pub agencies: Option<HashMap<String, Agency>>,
    /// By identifier.
    pub agreements: Option<HashMap<String, Agreement>>,
    /// By identifier.
    pub rules: Option<HashMap<String, Rule>>,
    /// Archival profiles, compiled, by identifier.
    pub profiles: HashMap<String, Arc<Profile>>,
}

/// How many units of the archive an attachment designates: exactly one is wanted.
pub type Resolve<'a> = dyn Fn(&Attachment) -> usize + 'a;

/// The terms of an examination.
pub struct Terms<'a> {
    /// What the tenant's archivist imported.
    pub referentials: &'a Referentials,
    /// Dialects allowed where no known agreement decides.
    pub dialects: &'a [Dialect],
    /// The digest that the depositor announced for the manifest.
    pub manifest_digest: Option<&'a DeclaredDigest>,
    /// A profile to follow whatever the agreement and the manifest name, for a blank test.
    pub profile: Option<&'a Profile>,
    /// Counts the units that an attachment designates; `None` without an installation.
    pub resolve: Option<&'a Resolve<'a>>,
}

impl<'a> Terms<'a> {
    /// The terms of an examination without an installation: nothing is known, `dialects` are allowed.
    pub fn blank(referentials: &'a Referentials, dialects: &'a [Dialect]) -> Self {
        Self { referentials, dialects, manifest_digest: None, profile: None, resolve: None }
    }

    /// The agreement that a manifest names, when agreements are known and it is among them.
    pub fn agreement(&self, identifier: Option<&str>) -> Option<&'a Agreement> {
        self.referentials.agreements.as_ref()?.get(identifier?)
    }

    /// The profile that a manifest must follow: the one that its agreement asks for and that it names, or the one that it
    /// names where no agreement asks. None when it is not known; when the two differ, that is told by itself.
    pub fn profile_of(&self, header: &Header) -> Option<&'a Profile> {
        if self.profile.is_some() {
            return self.profile;
        }
        let named = header.profile.as_deref()?;
        let asked = self.agreement(header.agreement.as_deref()).and_then(|agreement| agreement.profile.as_deref());
        let profiles = &self.referentials.profiles;
        profiles.get(named).filter(|_| asked.is_none_or(|asked| asked == named)).map(Arc::as_ref)
    }

    /// The dialects that a transfer under `agreement` may be written in.
    pub fn dialects(&self, agreement: Option<&'a Agreement>) -> &'a [Dialect] {
        agreement.map_or(self.dialects, |agreement| &agreement.dialects)
    }
}
