//! Archival profiles: imported one by one, kept on the volumes with their list, handed to examinations compiled.

use std::{collections::HashMap, sync::Arc};

use crate::{
    archive::{Archive, error::Error, examine::profile, ingest::seal, referentials::record_object, writer::Act},
    digest,
    domain::{
        mandate::{Administer, Mandate, Read},
        profile::{Profile, ProfileFile},
        tenant::TenantId,
    },
    record::{
        facts::{Fact, profiles::ProfileImported},
        profiles::{self, held_as},
    },
};

/// Characters of a profile's identifier.
const IDENTIFIER_CHARS: usize = 250;

/// Files of a profile: name and bytes, the main one first.
pub type Files = Vec<(String, Vec<u8>)>;

impl Archive {
    /// Imports a profile, in the place of the one of that identifier if there is one; what is wrong with it otherwise, as
    /// a French sentence. `files` are pairs of name and bytes, the main one first.
    pub fn import_profile(
        &self,
        by: &Mandate<Administer>,
        identifier: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<Result<Profile, String>, Error> {
        if let Some(wrong) = wrong_names(identifier, files) {
            return Ok(Err(wrong));
        }
        let language = match profile::Profile::compile(identifier, files) {
            Ok(compiled) => compiled.language(),
            Err(wrong) => return Ok(Err(wrong)),
        };
        let tenant = by.tenant().clone();
        let _one_at_a_time = self.records();
        let mut all = self.store.holdings(&tenant).profiles()?;
        let version = all.iter().map(|profile| profile.version).max().unwrap_or_default() + 1;
        let imported = Profile {
            identifier: identifier.to_owned(),
            language,
            version,
            imported_at: self.clock.now(),
            files: files.iter().map(|(name, bytes)| file(name, bytes)).collect(),
        };
        all.retain(|profile| profile.identifier != identifier);
        all.push(imported.clone());
        all.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        self.keep_profiles(by, tenant, all, version, (&imported, files))?;
        Ok(Ok(imported))
    }

    fn keep_profiles(
        &self,
        by: &Mandate<Administer>,
        tenant: TenantId,
        all: Vec<Profile>,
        version: u64,
        (imported, files): (&Profile, &[(String, Vec<u8>)]),
    ) -> Result<(), Error> {
        let list = profiles::to_json(&all)?;
        let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
        let fact = Fact::ProfileImported(ProfileImported { count, digest: digest::sha512(&list), version });
        let mut held: Files = vec![(profiles::FILE.to_owned(), list)];
        for (file, (_, bytes)) in imported.files.iter().zip(files) {
            let name = held_as(file, imported.language);
            if held.iter().all(|(known, _)| *known != name) {
                held.push((name, bytes.clone()));
            }
        }
        let held: Vec<(&str, Vec<u8>)> = held.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        let object = self.new_record(&tenant, profiles::OBJECT, &held)?;
        let (who, now) = (by.actor(), self.clock.now());
        self.writer.commit(Act {
            objects: vec![object],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let line = seal(pen, &tenant, &fact, Some(who), now)?;
                pen.replace_profiles(&tenant, &all)?;
                lines.push(line);
                Ok(true)
            }),
        })?;
        Ok(())
    }

    /// The profiles, by identifier.
    pub fn profiles(&self, by: &Mandate<Read>) -> Result<Vec<Profile>, Error> {
        Ok(self.store.holdings(by.tenant()).profiles()?)
    }

    /// The files of a profile, the main one first, as they were given; `None` when there is none of that identifier.
    pub fn export_profile(&self, by: &Mandate<Read>, identifier: &str) -> Result<Option<Files>, Error> {
        let all = self.store.holdings(by.tenant()).profiles()?;
        let found = all.into_iter().find(|profile| profile.identifier == identifier);
        found.map(|profile| self.profile_files(by.tenant(), &profile)).transpose()
    }

    /// Every profile of a tenant, compiled.
    pub(super) fn compiled_profiles(&self, tenant: &TenantId) -> Result<HashMap<String, Arc<profile::Profile>>, Error> {
        let mut compiled = HashMap::new();
        for profile in self.store.holdings(tenant).profiles()? {
            let files = self.profile_files(tenant, &profile)?;
            let one = profile::Profile::compile(&profile.identifier, &files)
                .map_err(|_| Error::Inconsistent("a profile that was imported does not compile any more".to_owned()))?;
            compiled.insert(profile.identifier, Arc::new(one));
        }
        Ok(compiled)
    }

    fn profile_files(&self, tenant: &TenantId, profile: &Profile) -> Result<Files, Error> {
        let object = record_object(tenant, profiles::OBJECT)?;
        let read = |file: &ProfileFile| Ok((file.name.clone(), self.vault.read_content(&object, file.digest)?));
        profile.files.iter().map(read).collect()
    }
}

fn file(name: &str, bytes: &[u8]) -> ProfileFile {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    ProfileFile { name: name.to_owned(), digest: digest::sha512(bytes), size }
}

/// What is wrong with the names that a profile is given.
fn wrong_names(identifier: &str, files: &[(String, Vec<u8>)]) -> Option<String> {
    let is_plain = |text: &str| !text.trim().is_empty() && text.trim() == text && !text.chars().any(char::is_control);
    if !is_plain(identifier) || identifier.chars().count() > IDENTIFIER_CHARS {
        return Some(format!(
            "L’identifiant d’un profil a de 1 à {IDENTIFIER_CHARS} caractères, sans espace au début ni à la fin."
        ));
    }
    for (at, (name, _)) in files.iter().enumerate() {
        if !is_plain(name) || name.contains(['/', '\\']) {
            return Some(format!("« {name} » n’est pas un nom de fichier."));
        }
        if files.iter().take(at).any(|(other, _)| other == name) {
            return Some(format!("Deux fichiers du profil s’appellent « {name} »."));
        }
    }
    None
}
