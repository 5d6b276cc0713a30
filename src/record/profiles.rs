//! `profiles.json`: the list of a tenant's archival profiles, beside their files in the tenant's record.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        clock::Timestamp,
        digest::Digest,
        profile::{Language, Profile, ProfileFile},
    },
    record::{
        Error,
        form::{self, spoken},
    },
};

/// The tenant's record that holds it.
pub const OBJECT: &str = "profiles";

/// Its name in that record.
pub const FILE: &str = "profiles.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileForm {
    files: Vec<FileForm>,
    identifier: String,
    #[serde(with = "form")]
    imported_at: Timestamp,
    #[serde(with = "form")]
    language: Language,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    name: String,
    #[serde(with = "form")]
    sha512: Digest,
    size: u64,
}

spoken! { Language, |language: &Self| language.word(), Self::from_word; }

/// The name of a profile's file in the record: what it holds, so that two profiles share what they have in common.
pub fn held_as(file: &ProfileFile, language: Language) -> String {
    format!("{}.{}", file.digest, language.word())
}

/// Writes the list.
pub fn to_json(profiles: &[Profile]) -> Result<Vec<u8>, Error> {
    let forms: Vec<ProfileForm> = profiles
        .iter()
        .map(|profile| ProfileForm {
            files: profile
                .files
                .iter()
                .map(|file| FileForm { name: file.name.clone(), sha512: file.digest, size: file.size })
                .collect(),
            identifier: profile.identifier.clone(),
            imported_at: profile.imported_at,
            language: profile.language,
            version: profile.version,
        })
        .collect();
    Ok(serde_json::to_vec_pretty(&forms)?)
}

/// Reads the list.
pub fn from_json(bytes: &[u8]) -> Result<Vec<Profile>, Error> {
    let forms: Vec<ProfileForm> = serde_json::from_slice(bytes)?;
    let file = |file: FileForm| ProfileFile { name: file.name, digest: file.sha512, size: file.size };
    let profile = |form: ProfileForm| Profile {
        identifier: form.identifier,
        language: form.language,
        version: form.version,
        imported_at: form.imported_at,
        files: form.files.into_iter().map(file).collect(),
    };
    Ok(forms.into_iter().map(profile).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_gives_back_the_profiles() {
        let file = ProfileFile { name: "actes.rng".to_owned(), digest: Digest::new([7; 64]), size: 12 };
        let profile = Profile {
            identifier: "ACTES AP v3 « commune »".to_owned(),
            language: Language::RelaxNg,
            version: 2,
            imported_at: Timestamp::from_millis(1_795_000_000_000).unwrap(),
            files: vec![file],
        };
        let written = to_json(std::slice::from_ref(&profile)).unwrap();
        assert_eq!(from_json(&written).unwrap(), [profile]);
        assert!(from_json(b"[{}]").is_err());
    }
}
