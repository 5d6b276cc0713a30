//! `deposit`: deposits packages and settles them at once; the answers come in the order of the packages.

use std::path::{Path, PathBuf};

use crate::{
    archive::{Archive, deposit::Receipt},
    cli::{
        Common, Status,
        failure::ensure_found,
        house::House,
        output::Output,
        progress::Progress,
        report::{self, Told},
        threads,
    },
    domain::{
        check::{Finding, Outcome, Verdict},
        mandate::{Deposit, Mandate},
        transfer::{Transfer, TransferStatus},
    },
    record::report::Summary,
};

/// Packages deposited at the same time unless the command line says otherwise, per processor: they share their commits.
const JOBS_PER_PROCESSOR: usize = 2;

/// The code of the finding that tells a conflict.
const CONFLICT: &str = "TRANSFER_CONFLICT";

/// Verse des paquets : contrôle, conserve et répond, dans l’ordre donné
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Nombre de paquets versés à la fois (par défaut : deux par processeur)
    #[arg(long, value_name = "NOMBRE")]
    jobs: Option<usize>,
    /// ZIP, tar, tar.gz, tar.bz2 ou dossier
    #[arg(required = true, value_name = "PAQUET")]
    packages: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    ensure_found(&args.packages)?;
    let house = House::open(common)?;
    house.tell_notices(out)?;
    let by = house.mandate::<Deposit>()?;
    let progress = Progress::of(args.packages.len(), "paquets versés");
    let mut status = Status::Done;
    let jobs = args.jobs.unwrap_or_else(|| threads::per_processor() * JOBS_PER_PROCESSOR);
    let deposited = |package: &PathBuf| deposit(house.archive(), &by, package);
    threads::in_order(&args.packages, jobs, deposited, |package, answer| {
        let Answer { transfer, summary } = answer?;
        status = status.max(Status::refused_if(summary.verdict == Verdict::Refused));
        progress.step();
        let told = Told { package: &package.to_string_lossy(), summary: &summary, transfer: Some(&transfer) };
        progress.aside(|| told.write(out))
    })?;
    Ok(status)
}

/// What became of a package.
pub(super) struct Answer {
    /// The transfer as it stands.
    pub(super) transfer: Transfer,
    /// What was found, now or before.
    pub(super) summary: Summary,
}

/// Deposits one package.
pub(super) fn deposit(archive: &Archive, by: &Mandate<Deposit>, package: &Path) -> anyhow::Result<Answer> {
    match archive.deposit(by, archive.local(package))? {
        Receipt::Settled(settled) => match settled.summary {
            Some(summary) => Ok(Answer { transfer: settled.transfer, summary }),
            None => answered(archive, by, settled.transfer),
        },
        Receipt::Acknowledged(transfer) | Receipt::Same(transfer) => answered(archive, by, transfer),
        Receipt::Conflict(transfer) => Ok(Answer { summary: conflict(&transfer), transfer }),
    }
}

/// What was answered to the same bytes before.
fn answered(archive: &Archive, by: &Mandate<Deposit>, transfer: Transfer) -> anyhow::Result<Answer> {
    let findings = archive.findings(by, &transfer)?.unwrap_or_default();
    let verdict = match transfer.status {
        TransferStatus::Refused { .. } => Verdict::Refused,
        TransferStatus::Accepted { with_warnings: true, .. } => Verdict::Warning,
        _ => Verdict::Accepted,
    };
    Ok(Answer { summary: report::summary_of(findings, verdict), transfer })
}

fn conflict(earlier: &Transfer) -> Summary {
    let named = earlier.key.as_ref().map_or_else(String::new, |key| format!(" « {} »", key.message_identifier));
    let message = format!(
        "Un autre paquet a déjà été versé sous l’identifiant de message{named} : changez cet identifiant, ou versez de \
         nouveau le même paquet."
    );
    let (code, place) = (CONFLICT.to_owned(), format!("transfert {}", earlier.id));
    report::summary_of(vec![Finding { code, outcome: Outcome::Ko, place, message }], Verdict::Refused)
}
