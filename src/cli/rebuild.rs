//! `rebuild`: makes the catalog again from one volume.

use std::path::PathBuf;

use crate::{
    boot,
    cli::{Common, Status, output::Output, progress::Progress, render},
};

/// Refait le catalogue à partir d’un volume
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Volume à relire
    #[arg(long, value_name = "DOSSIER")]
    from: PathBuf,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let progress = Progress::counting("lignes de journal relues");
    let rebuilt = boot::rebuild(&common.data(), &args.from, &mut |_| progress.step())?;
    drop(progress);
    if out.is_json() {
        out.item(&serde_json::json!({
            "lines": rebuilt.lines, "archives": rebuilt.archives, "quarantined": rebuilt.quarantined,
        }))?;
    } else {
        out.line(format!(
            "Catalogue refait depuis « {} » : {}, {}.",
            args.from.display(),
            render::counted(rebuilt.lines, "ligne de journal", "lignes de journal"),
            render::counted(rebuilt.archives, "archive", "archives"),
        ))?;
        if rebuilt.quarantined > 0 {
            let objects = render::counted(rebuilt.quarantined, "objet sans ligne", "objets sans ligne");
            out.note(format!("{objects} de journal : mis en quarantaine, à regarder."))?;
        }
    }
    Ok(Status::Done)
}
