//! `bench`: the budget of the design, measured on this machine, beside its own reference figures of the same run.
//!
//! Each scenario is a process of its own, so that its peak of memory is its own. Nothing here is asserted: a figure is
//! printed with what was aimed at and what holds it back. Everything written is temporary and removed.

mod audit;
mod figure;
mod ground;
mod packages;
mod reference;
mod restitution;
mod scenarios;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use crate::cli::{
    Status,
    bench::{figure::Figure, reference::References, scenarios::Scenario},
    failure::ensure_found,
    output::{Output, Paint},
    render, threads,
};

/// Mesure les performances, à côté de celles de la machine elle-même ; tout est temporaire
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// Petites mesures : une minute environ
    #[arg(long)]
    quick: bool,
    /// Versements simultanés de petits actes (par défaut : 8)
    #[arg(long, value_name = "NOMBRE", default_value_t = 8, hide_default_value = true)]
    depositors: usize,
    /// Taille du gros objet, en mégaoctets (par défaut : 10 000, ou 500 avec --quick)
    #[arg(long, value_name = "MO")]
    object_megabytes: Option<u64>,
    /// Base PostgreSQL vide, où verser aussi les petits actes
    #[arg(long, value_name = "ADRESSE")]
    database: Option<String>,
    /// Dossier où travailler : celui du disque à mesurer (par défaut : le dossier temporaire)
    #[arg(long, value_name = "DOSSIER")]
    dir: Option<PathBuf>,
    /// Paquet réel à verser aussi ; à répéter (par défaut : ../shared/reference/sips/perf_*, s’il y en a)
    #[arg(long = "package", value_name = "PAQUET")]
    packages: Vec<PathBuf>,
    /// Mesures à faire seulement, telles que « large » ; à répéter
    #[arg(long, value_name = "MESURE", value_parser = Scenario::from_word)]
    only: Vec<Scenario>,
    /// Une mesure, dans ce processus
    #[arg(long, hide = true, value_parser = Scenario::from_word, requires = "dir")]
    scenario: Option<Scenario>,
}

pub(super) fn run(args: &Args, out: &mut Output<'_>) -> anyhow::Result<Status> {
    ensure_found(&args.packages)?;
    match (args.scenario, &args.dir) {
        (Some(scenario), Some(room)) => scenarios::run(scenario, args, room, out)?,
        _ => all(args, out)?,
    }
    Ok(Status::Done)
}

fn all(args: &Args, out: &mut Output<'_>) -> anyhow::Result<()> {
    let room = match &args.dir {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let args = &Args { packages: packages(args)?, ..args.clone() };
    out.note(format!("Mesures dans « {} » ; {} processeurs.", room.path().display(), threads::per_processor()))?;
    if cfg!(debug_assertions) {
        out.note(
            "Ce binaire n’est pas optimisé (« cargo run --release -- bench ») : les chiffres sont bien au-dessous.",
        )?;
    }
    let references = reference::measure(room.path(), args.quick)?;
    references.tell(out)?;
    let wanted = Scenario::ALL.into_iter().filter(|scenario| args.only.is_empty() || args.only.contains(scenario));
    let mut figures = Vec::new();
    for scenario in wanted {
        out.note(out.painted(Paint::Dim, &format!("… {}", scenario.title())))?;
        let measured =
            apart(scenario, args, room.path()).with_context(|| format!("the scenario {}", scenario.word()))?;
        if out.is_json() {
            measured.iter().try_for_each(|figure| out.item(figure))?;
        }
        figures.extend(measured);
    }
    if !out.is_json() {
        table(&figures, &references, out)?;
    }
    Ok(())
}

/// Runs one scenario as a process of its own, and reads the figures that it prints.
fn apart(scenario: Scenario, args: &Args, room: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench", "--json", "--scenario", scenario.word(), "--dir"]).arg(room);
    command.args(["--depositors", &args.depositors.to_string()]);
    if args.quick {
        command.arg("--quick");
    }
    if let Some(megabytes) = args.object_megabytes {
        command.args(["--object-megabytes", &megabytes.to_string()]);
    }
    if let Some(database) = &args.database {
        command.args(["--database", database]);
    }
    args.packages.iter().for_each(|package| {
        command.arg("--package").arg(package);
    });
    let ended = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !ended.status.success() {
        bail!("the process ended with {}", ended.status);
    }
    String::from_utf8(ended.stdout)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// The packages given, or those that stand beside the repository.
fn packages(args: &Args) -> anyhow::Result<Vec<PathBuf>> {
    let beside = Path::new("../shared/reference/sips");
    if !args.packages.is_empty() || !beside.is_dir() {
        return Ok(args.packages.iter().map(std::path::absolute).collect::<Result<_, _>>()?);
    }
    let all = fs::read_dir(beside)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<PathBuf>>>()?;
    let is_meant = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("perf_"));
    let mut meant = all.iter().filter(is_meant).map(std::path::absolute).collect::<Result<Vec<_>, _>>()?;
    meant.sort();
    Ok(meant)
}

fn table(figures: &[Figure], references: &References, out: &mut Output<'_>) -> anyhow::Result<()> {
    let heads = ["mesure", "valeur", "visée", "valeur/visée", "ce qui limite"].map(str::to_owned).to_vec();
    let mut rows = vec![heads];
    rows.extend(figures.iter().map(|figure| figure.row(references)));
    for (at, line) in render::columns(&rows).into_iter().enumerate() {
        out.line(if at == 0 { out.painted(Paint::Bold, &line) } else { line })?;
    }
    Ok(())
}
