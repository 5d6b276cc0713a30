//! `examine`: a blank test of packages, with or without an installation. Nothing is changed anywhere.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use crate::{
    archive::{
        self,
        examine::{
            self, Examination,
            profile::Profile,
            terms::{Referentials, Terms},
        },
        limits::Limits,
    },
    cli::{
        Common, Status,
        failure::{ensure_found, refuse},
        house::House,
        output::Output,
        profile,
        progress::Progress,
        report::Told,
        threads,
    },
    config,
    domain::{
        check::Verdict,
        mandate::{Deposit, Mandate},
        seda::Dialect,
    },
    package::open::Source,
    record::report::Summary,
};

/// Contrôle des paquets à blanc : rien n’est conservé, aucune installation n’est nécessaire
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Dialecte admis, « strict » ou « vitam », qui admet tout ce que l’autre admet (par défaut : strict)
    #[arg(long = "dialect", value_name = "DIALECTE", value_parser = dialect)]
    dialects: Vec<Dialect>,
    /// Profil d’archivage (.rng ou .xsd) à suivre, à la place de celui de l’accord ; à répéter pour les fichiers qu’il
    /// inclut
    #[arg(long = "profile", value_name = "FICHIER")]
    profile: Vec<PathBuf>,
    /// Nombre de paquets contrôlés à la fois (par défaut : un par processeur)
    #[arg(long, value_name = "NOMBRE")]
    jobs: Option<usize>,
    /// ZIP, tar, tar.gz, tar.bz2 ou dossier
    #[arg(required = true, value_name = "PAQUET")]
    packages: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    ensure_found(&args.packages)?;
    let profile = profile(&args.profile)?;
    let house = installation(common, out)?;
    let by = house.as_ref().map(House::mandate::<Deposit>).transpose()?;
    let within = house.as_ref().zip(by.as_ref()).map(|(house, by)| (house.archive(), by));
    let progress = Progress::of(args.packages.len(), "paquets contrôlés");
    let mut status = Status::Done;
    let examined = |package: &PathBuf| examine(package, args, profile.as_ref(), within);
    let jobs = args.jobs.unwrap_or_else(threads::per_processor);
    threads::in_order(&args.packages, jobs, examined, |package, summary| {
        let summary = summary?;
        status = status.max(Status::refused_if(summary.verdict == Verdict::Refused));
        progress.step();
        let told = Told { package: &package.to_string_lossy(), summary: &summary, transfer: None };
        progress.aside(|| told.write(out))
    })?;
    Ok(status)
}

/// The installation that the command line names, if there is one there.
fn installation(common: &Common, out: &mut Output<'_>) -> anyhow::Result<Option<House>> {
    match &common.data {
        Some(data) if data.join(config::FILE).exists() => House::open(common).map(Some),
        Some(data) => {
            let data = data.display();
            out.note(format!("Il n’y a pas d’installation dans « {data} » : contrôle sans aucun référentiel."))?;
            Ok(None)
        }
        None => Ok(None),
    }
}

fn examine(
    package: &Path,
    args: &Args,
    profile: Option<&Profile>,
    within: Option<(&archive::Archive, &Mandate<Deposit>)>,
) -> anyhow::Result<Summary> {
    let source = source(package)?;
    let dialects = if args.dialects.is_empty() { &[Dialect::Strict] } else { args.dialects.as_slice() };
    let examined = match within {
        Some((archive, by)) => archive.examine_by(by, source, profile, &mut |_| ())?,
        None => blank(source, dialects, profile)?,
    };
    Ok(Summary::from(&examined.report))
}

/// Examines a package without an installation: what needs a referential is not examined.
pub(super) fn blank(
    source: Source,
    dialects: &[Dialect],
    profile: Option<&Profile>,
) -> Result<Examination, archive::error::Error> {
    let referentials = Referentials::default();
    let terms = Terms { profile, ..Terms::blank(&referentials, dialects) };
    examine::examine(source, &terms, &Limits::default(), &mut |_| (), &mut examine::only_hash)
}

/// The profile of these files, the main one first; none without any.
fn profile(files: &[PathBuf]) -> anyhow::Result<Option<Profile>> {
    if files.is_empty() {
        return Ok(None);
    }
    match Profile::compile("--profile", &profile::read(files)?) {
        Ok(profile) => Ok(Some(profile)),
        Err(wrong) => refuse(wrong),
    }
}

fn source(package: &Path) -> io::Result<Source> {
    Ok(if package.is_dir() { Source::Folder(package.to_owned()) } else { Source::File(File::open(package)?) })
}

fn dialect(word: &str) -> Result<Dialect, String> {
    Dialect::from_word(word).ok_or_else(|| "« strict » ou « vitam »".to_owned())
}
