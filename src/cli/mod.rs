//! The command line: one file per command. It translates and renders, and decides nothing.
//!
//! What others script against: `cartulaire --data DIR COMMAND`. Standard output is data, one JSON line per item with
//! `--json`; standard error is for people. The exit status is 0 when all is well, 1 when something is refused or
//! broken, 2 for a wrong usage, 3 when the house failed.

mod failure;
mod house;
mod output;
mod progress;
mod render;
mod selection;
mod report;
mod threads;
mod usage;

mod attest;
mod audit;
mod bench;
mod controls;
mod deliver;
mod disposals;
mod eliminate;
mod plan;
mod authorise;
mod demo;
mod deposit;
mod evidence;
mod examine;
mod export;
mod get;
mod hold;
mod amend;
mod history;
mod import;
mod init;
mod keys;
mod profile;
mod integrity;
mod rebuild;
mod request;
mod restitute;
mod rules;
mod seal;
mod search;
mod serve;
mod show;
mod status;
mod take_over;
mod tenant;
mod token;
mod transfer;
mod transfers;
mod tsa;
mod validate;
mod verify;
mod witness;
mod work;

use std::{
    ffi::OsString,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{cli::output::Output, config, domain::tenant::TenantId};

/// Archivage électronique des actes : reçoit des transferts SEDA, les contrôle, les conserve deux fois, les retrouve et
/// rend tout.
#[derive(Debug, Parser)]
#[command(name = "cartulaire", version)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

// The options of every command. (No `///` here: clap would show it as the help of whatever flattens it.)
#[derive(Debug, Clone, clap::Args)]
struct Common {
    /// Répertoire de l’installation (par défaut : cartulaire-data)
    #[arg(long, global = true, value_name = "RÉPERTOIRE")]
    data: Option<PathBuf>,
    /// Service d’archives concerné ; inutile quand l’installation n’en a qu’un
    #[arg(long, global = true, value_name = "IDENTIFIANT")]
    tenant: Option<TenantId>,
    /// Compte au nom de qui agir, par son libellé ou son identifiant ; son jeton est lu de `CARTULAIRE_TOKEN`, sinon de
    /// l’entrée standard
    #[arg(long = "as", global = true, value_name = "COMPTE")]
    account: Option<String>,
    /// Écrit une ligne JSON par élément sur la sortie standard
    #[arg(long, global = true)]
    json: bool,
}

impl Common {
    /// Where the installation stands.
    fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| PathBuf::from("cartulaire-data"))
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Serve(serve::Args),
    Examine(examine::Args),
    Deposit(deposit::Args),
    Search(search::Args),
    Show(show::Args),
    Get(get::Args),
    Deliver(deliver::Args),
    Plan(plan::Args),
    Disposals(disposals::Args),
    Authorise(authorise::Args),
    Eliminate(eliminate::Args),
    Import(import::Args),
    Export(export::Args),
    Amend(amend::Args),
    Undo(amend::UndoArgs),
    History(history::Args),
    Reclassify(amend::ReclassifyArgs),
    Hold(hold::Args),
    Transfer(transfer::Args),
    Profile(profile::Args),
    Transfers(transfers::Args),
    Validate(validate::ValidateArgs),
    Reject(validate::RejectArgs),
    Token(token::Args),
    Tenants(tenant::ListArgs),
    Tenant(tenant::Args),
    TakeOver(take_over::Args),
    Request(request::Args),
    Rebuild(rebuild::Args),
    Restitute(restitute::Args),
    Rules(rules::Args),
    Verify(verify::Args),
    Integrity(integrity::Args),
    Attest(attest::Args),
    Audit(audit::Args),
    Evidence(evidence::Args),
    Status(status::Args),
    Work(work::Args),
    Witness(witness::Args),
    Tsa(tsa::Args),
    Seal(seal::Args),
    Keys(keys::Args),
    Controls(controls::Args),
    Demo(demo::Args),
    Bench(bench::Args),
}

/// The exit status of a wrong usage.
const USAGE: u8 = 2;

/// How a command ended when the house did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    /// All is well.
    Done,
    /// Something is refused or broken.
    Refused,
}

impl Status {
    /// `Refused` when something is.
    const fn refused_if(refused: bool) -> Self {
        if refused { Self::Refused } else { Self::Done }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
        }
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    log_to_standard_error();
    let (mut data, mut notes) = (io::BufWriter::new(io::stdout().lock()), io::stderr());
    let is_terminal = io::stdout().is_terminal();
    ExitCode::from(run_with(std::env::args_os(), &mut data, &mut notes, is_terminal))
}

/// Runs a command line, with the hands that it writes to; answers the exit status.
fn run_with(
    arguments: impl IntoIterator<Item = OsString>,
    data: &mut dyn Write,
    notes: &mut dyn Write,
    is_terminal: bool,
) -> u8 {
    let arguments = match usage::parse::<Arguments>(arguments) {
        Ok(arguments) => arguments,
        Err(stopped) => return stopped.told(data, notes),
    };
    let mut out = Output::new(data, notes, arguments.common.json, is_terminal);
    let ended = dispatch(arguments, &mut out).and_then(|status| Ok(out.flush().map(|()| status)?));
    ended.map_or_else(|error| failure::tell(&error, &mut out), Status::code)
}

fn dispatch(arguments: Arguments, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let common = &arguments.common;
    match arguments.command {
        Command::Init(args) => init::run(args, common, out),
        Command::Serve(args) => serve::run(args, common, out),
        Command::Examine(args) => examine::run(&args, common, out),
        Command::Deposit(args) => deposit::run(&args, common, out),
        Command::Search(args) => search::run(args, common, out),
        Command::Show(args) => show::run(&args, common, out),
        Command::Get(args) => get::run(&args, common, out),
        Command::Deliver(args) => deliver::run(args, common, out),
        Command::Plan(args) => plan::run(args, common, out),
        Command::Disposals(args) => disposals::run(args, common, out),
        Command::Eliminate(args) => eliminate::run(&args, common, out),
        Command::Authorise(args) => authorise::run(args, common, out),
        Command::Import(args) => import::run(&args, common, out),
        Command::Export(args) => export::run(&args, common, out),
        Command::Amend(args) => amend::run(args, common, out),
        Command::Undo(args) => amend::undo(&args, common, out),
        Command::History(args) => history::run(&args, common, out),
        Command::Reclassify(args) => amend::reclassify(&args, common, out),
        Command::Hold(args) => hold::run(args, common, out),
        Command::Transfer(args) => transfer::run(args, common, out),
        Command::Profile(args) => profile::run(&args, common, out),
        Command::Transfers(args) => transfers::run(&args, common, out),
        Command::Validate(args) => validate::validate(&args, common, out),
        Command::Reject(args) => validate::reject(&args, common, out),
        Command::Token(args) => token::run(args, common, out),
        Command::Tenants(_) => tenant::list(common, out),
        Command::Tenant(args) => tenant::run(args, common, out),
        Command::TakeOver(args) => take_over::run(&args, common, out),
        Command::Request(args) => request::run(args, common, out),
        Command::Rebuild(args) => rebuild::run(&args, common, out),
        Command::Restitute(args) => restitute::run(&args, common, out),
        Command::Rules(args) => rules::run(&args, common, out),
        Command::Integrity(args) => integrity::run(&args, common, out),
        Command::Attest(args) => attest::run(&args, common, out),
        Command::Evidence(args) => evidence::run(&args, common, out),
        Command::Verify(args) => verify::run(args, common, out),
        Command::Audit(args) => audit::run(&args, common, out),
        Command::Status(_) => status::run(common, out),
        Command::Work(args) => work::run(&args, common, out),
        Command::Witness(args) => witness::run(args, common, out),
        Command::Tsa(args) => tsa::run(&args, common, out),
        Command::Seal(_) => seal::run(common, out),
        Command::Keys(args) => keys::run(&args, common, out),
        Command::Controls(args) => controls::run(&args, out),
        Command::Demo(args) => demo::run(&args, out),
        Command::Bench(args) => bench::run(&args, out),
    }
}

fn log_to_standard_error() {
    let filter = config::log_filter().unwrap_or_else(|| "warn".to_owned());
    let is_terminal = io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(is_terminal);
    // A process that already has a subscriber keeps it.
    let _ = tracing::subscriber::set_global_default(log.finish());
}
