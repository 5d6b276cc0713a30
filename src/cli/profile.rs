//! `profile`: archival profiles imported, listed and given back.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        Common, Status,
        failure::{ensure_found, refuse},
        house::House,
        output::Output,
    },
    domain::{
        mandate::{Administer, Read},
        profile::Profile,
    },
};

/// Profils d’archivage (RELAX NG ou XML Schema) que les accords imposent aux versements
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Importe un profil, à la place de celui de même identifiant
    Import(ImportArgs),
    /// Liste les profils
    List,
    /// Donne le fichier principal d’un profil sur la sortie standard, ou tous ses fichiers dans un répertoire
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// L’identifiant que citent les accords et les bordereaux (`ArchivalProfile`)
    #[arg(value_name = "IDENTIFIANT")]
    identifier: String,
    /// Le fichier .rng ou .xsd, puis ceux qu’il inclut
    #[arg(required = true, value_name = "FICHIER")]
    files: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// L’identifiant du profil
    #[arg(value_name = "IDENTIFIANT")]
    identifier: String,
    /// Répertoire où écrire tous les fichiers du profil
    #[arg(long, value_name = "RÉPERTOIRE")]
    to: Option<PathBuf>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    match &args.action {
        Action::Import(args) => import(args, common, out),
        Action::List => list(common, out),
        Action::Export(args) => export(args, common, out),
    }
}

fn import(args: &ImportArgs, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let files = read(&args.files)?;
    let house = House::open(common)?;
    let by = house.mandate::<Administer>()?;
    match house.archive().import_profile(&by, &args.identifier, &files)? {
        Ok(profile) => {
            show(&profile, out)?;
            Ok(Status::Done)
        }
        Err(wrong) => {
            if out.is_json() {
                out.item(&serde_json::json!({ "message": wrong }))?;
            } else {
                out.line(wrong)?;
            }
            out.note("Le profil n’est pas importé ; celui qui était en vigueur le reste.")?;
            Ok(Status::Refused)
        }
    }
}

fn list(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Read>()?;
    for profile in house.archive().profiles(&by)? {
        show(&profile, out)?;
    }
    Ok(Status::Done)
}

fn export(args: &ExportArgs, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Read>()?;
    let Some(files) = house.archive().export_profile(&by, &args.identifier)? else {
        return refuse(format!("Il n’y a pas de profil « {} ».", args.identifier));
    };
    let Some(folder) = &args.to else {
        if let Some((_, bytes)) = files.first() {
            out.bytes().write_all(bytes)?;
        }
        return Ok(Status::Done);
    };
    fs::create_dir_all(folder)?;
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(Status::Done)
}

/// Files by their names, without their folders.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    ensure_found(paths)?;
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    paths.iter().map(|path| Ok((name(path), fs::read(path)?))).collect()
}

fn show(profile: &Profile, out: &mut Output<'_>) -> anyhow::Result<()> {
    if out.is_json() {
        let files: Vec<_> = profile
            .files
            .iter()
            .map(|file| serde_json::json!({ "name": file.name, "sha512": file.digest.to_string(), "size": file.size }))
            .collect();
        out.item(&serde_json::json!({
            "identifier": profile.identifier,
            "language": profile.language.word(),
            "version": profile.version,
            "imported_at": profile.imported_at.to_string(),
            "files": files,
        }))?;
        return Ok(());
    }
    let names: Vec<&str> = profile.files.iter().map(|file| file.name.as_str()).collect();
    let (identifier, version) = (&profile.identifier, profile.version);
    out.line(format!("{identifier} : édition {version}, {} ({})", profile.imported_at, names.join(", ")))?;
    Ok(())
}
