//! `get`: the bytes of an object, or the whole package of an archive in a folder, bit for bit as they came.
//!
//! A name is data: what could leave the folder is written under an encoded name, and nothing is ever overwritten.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    cli::{
        Common, Status,
        deliver::write_whole,
        failure::{Misuse, refuse},
        house::House,
        output::Output,
        progress::Progress,
        render,
    },
    domain::{
        id::{ArchiveId, GroupId, ObjectId},
        mandate::{Mandate, Read},
        name::Name,
        object::Matter,
        search::Criteria,
    },
};

/// Units read at once when the objects of an archive are gathered.
const PAGE: u32 = 500;

/// Rend un objet, ou tout le paquet d’une archive, octet pour octet
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Identifiant d’un objet ou d’une archive
    #[arg(value_name = "IDENTIFIANT")]
    id: String,
    /// Fichier à écrire (par défaut, un objet va sur la sortie standard), ou dossier pour une archive
    #[arg(long, value_name = "CHEMIN")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Read>()?;
    if let Ok(id) = args.id.parse::<ArchiveId>()
        && house.archive().archive(&by, id)?.is_some()
    {
        let Some(folder) = &args.out else {
            return Err(Misuse("Un dossier est nécessaire pour une archive : --out DOSSIER.".to_owned()).into());
        };
        let given = Given::back(&house, &by, id, folder)?;
        return given.tell(folder, out).map(|()| Status::Done);
    }
    let Ok(id) = args.id.parse::<ObjectId>() else { return nothing(&args.id) };
    let Some((_, opened)) = house.archive().open_object(&by, id)? else { return nothing(&args.id) };
    let mut bytes = opened.verified()?;
    match &args.out {
        Some(path) => {
            let size = write_whole(path, |file| Ok(io::copy(&mut bytes, file)?))?;
            if out.is_json() {
                out.item(&serde_json::json!({ "file": path, "bytes": size }))?;
            }
        }
        None => {
            io::copy(&mut bytes, out.bytes())?;
        }
    }
    Ok(Status::Done)
}

fn nothing(id: &str) -> anyhow::Result<Status> {
    refuse(format!("Aucune archive ni aucun objet numérique ne porte l’identifiant « {id} » dans ce service."))
}

/// What was given back of an archive.
#[derive(Debug, Default, Serialize)]
pub(super) struct Given {
    files: u64,
    bytes: u64,
    renamed: Vec<(String, String)>,
}

impl Given {
    /// Gives an archive's manifest and files back in a folder that is new or empty.
    pub(super) fn back(house: &House, by: &Mandate<Read>, archive: ArchiveId, folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        if fs::read_dir(folder)?.next().is_some() {
            return refuse(format!("Le dossier « {} » n’est pas vide : rien n’y est écrit.", folder.display()));
        }
        let mut given = Self::default();
        let progress = Progress::counting("fichiers rendus");
        let mut manifest = house.archive().open_manifest(by, archive)?.verified()?;
        given.write(folder, &house.archive().manifest_name(by, archive)?, &mut manifest)?;
        let mut done = BTreeSet::new();
        for group in groups(house, by, archive)? {
            for object in house.archive().objects(by, group)? {
                let Matter::Binary(binary) = &object.matter else { continue };
                if !done.insert(binary.name.clone()) {
                    continue;
                }
                let Some((_, opened)) = house.archive().open_object(by, object.id)? else { continue };
                given.write(folder, &binary.name, &mut opened.verified()?)?;
                progress.step();
            }
        }
        Ok(given)
    }

    fn write(&mut self, folder: &Path, name: &Name, bytes: &mut dyn io::Read) -> anyhow::Result<()> {
        let relative = safe_path(name);
        if relative.as_os_str().as_bytes() != name.bytes() {
            self.renamed.push((name.display(), relative.display().to_string()));
        }
        let path = folder.join(relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = File::create_new(&path)?;
        self.bytes += io::copy(bytes, &mut file)?;
        file.flush()?;
        self.files += 1;
        Ok(())
    }

    fn tell(&self, folder: &Path, out: &mut Output<'_>) -> anyhow::Result<()> {
        if out.is_json() {
            return out.item(self);
        }
        let files = render::counted(self.files, "fichier rendu", "fichiers rendus");
        out.line(format!("{files} dans « {} », {}.", folder.display(), render::bytes(self.bytes)))?;
        for (name, path) in &self.renamed {
            out.line(format!("  « {name} » est écrit sous « {path} »"))?;
        }
        Ok(())
    }
}

/// The groups that an archive's units refer to.
fn groups(house: &House, by: &Mandate<Read>, archive: ArchiveId) -> anyhow::Result<BTreeSet<GroupId>> {
    let criteria = Criteria { archive: Some(archive), ..Criteria::default() };
    let (mut groups, mut after) = (BTreeSet::new(), None);
    loop {
        let page = house.archive().search(by, &criteria, after, PAGE)?;
        groups.extend(page.hits.iter().filter_map(|hit| hit.group));
        after = page.next;
        if after.is_none() {
            return Ok(groups);
        }
    }
}

/// The path below a folder under which a name may be written: the same bytes, but steps that could leave the folder.
fn safe_path(name: &Name) -> PathBuf {
    let steps = name.bytes().split(|byte| *byte == b'/').map(safe_step);
    steps.collect::<Vec<_>>().iter().map(|step| OsStr::from_bytes(step)).collect()
}

fn safe_step(step: &[u8]) -> Vec<u8> {
    if matches!(step, b"" | b"." | b"..") {
        return [b"_", step].concat().iter().map(|byte| if *byte == b'.' { b'_' } else { *byte }).collect();
    }
    step.iter().map(|byte| if byte.is_ascii_control() { b'_' } else { *byte }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_becomes_a_path_that_leaves_the_folder() {
        for (name, path) in [
            ("content/é à.pdf", "content/é à.pdf"),
            ("../../etc/passwd", "___/___/etc/passwd"),
            ("/etc/passwd", "_/etc/passwd"),
            ("a//b/./c", "a/_/b/__/c"),
            ("nul\0ici", "nul_ici"),
        ] {
            let safe = safe_path(&Name::from(name));
            assert_eq!(safe, Path::new(path));
            assert!(safe.is_relative() && !safe.components().any(|step| step.as_os_str() == ".."));
        }
        let raw = Name::new(b"content/\xff.bin".to_vec());
        assert_eq!(safe_path(&raw).as_os_str().as_bytes(), raw.bytes());
    }
}
