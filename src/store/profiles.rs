//! Archival profiles, as rows: what each is and which files it has. The files themselves stand on the volumes.

use diesel::prelude::*;

use crate::{
    domain::{
        profile::{Language, Profile, ProfileFile},
        tenant::TenantId,
    },
    store::{batch::Batch as _, cells, error::Error, holdings::Holdings, pen::Pen, schema::profiles},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = profiles)]
pub struct ProfileRow {
    tenant: String,
    identifier: String,
    language: String,
    version: i64,
    imported_at: i64,
    files: String,
}

impl ProfileRow {
    fn new(tenant: &TenantId, profile: &Profile) -> Result<Self, Error> {
        let line = |file: &ProfileFile| format!("{} {} {}", file.digest, file.size, file.name);
        Ok(Self {
            tenant: tenant.to_string(),
            identifier: profile.identifier.clone(),
            language: profile.language.word().to_owned(),
            version: cells::stored(profile.version, "a version")?,
            imported_at: profile.imported_at.millis(),
            files: profile.files.iter().map(line).collect::<Vec<_>>().join("\n"),
        })
    }

    fn into_profile(self) -> Result<Profile, Error> {
        Ok(Profile {
            identifier: self.identifier,
            language: cells::known(Language::from_word(&self.language), "a profile's language")?,
            version: cells::count(self.version, "a version")?,
            imported_at: cells::instant(self.imported_at)?,
            files: self.files.lines().map(file).collect::<Result<_, _>>()?,
        })
    }
}

fn file(line: &str) -> Result<ProfileFile, Error> {
    let mut cells = line.splitn(3, ' ');
    let mut next = || cells::known(cells.next(), "a profile's file");
    Ok(ProfileFile {
        digest: cells::parsed(next()?, "a digest")?,
        size: cells::parsed(next()?, "a size")?,
        name: next()?.to_owned(),
    })
}

impl Pen<'_> {
    /// Replaces a tenant's profiles. `Conflict` when an identifier comes twice.
    pub fn replace_profiles(&mut self, tenant: &TenantId, all: &[Profile]) -> Result<(), Error> {
        let rows = all.iter().map(|one| ProfileRow::new(tenant, one)).collect::<Result<Vec<_>, _>>()?;
        let database = self.changing();
        diesel::delete(profiles::table.filter(profiles::tenant.eq(tenant.as_str()))).execute(database)?;
        Ok(ProfileRow::insert(&rows, database)?)
    }
}

impl Holdings<'_> {
    /// Every one of the tenant's profiles, by identifier.
    pub fn profiles(&self) -> Result<Vec<Profile>, Error> {
        let rows: Vec<ProfileRow> = self.read(|database, tenant| {
            let own = profiles::table.filter(profiles::tenant.eq(tenant));
            Ok(own.select(ProfileRow::as_select()).load(database)?)
        })?;
        let mut all = rows.into_iter().map(ProfileRow::into_profile).collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        Ok(all)
    }
}
