//! `rebuild`: makes the catalog again from one volume.

use std::path::PathBuf;

use crate::{
    boot,
    cli::{
        Common, Status,
        failure::{ensure_found, refuse},
        output::Output,
        progress::Progress,
        render,
    },
};

/// The file by which a folder is a volume.
const CARD: &str = "volume.json";

/// Refait le catalogue à partir d’un volume
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Volume à relire
    #[arg(long, value_name = "DOSSIER")]
    from: PathBuf,
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    // Looked at first: the present catalog is set aside once the rebuild begins.
    ensure_found(std::slice::from_ref(&args.from))?;
    if !args.from.join(CARD).is_file() {
        return refuse(format!("« {} » n’est pas un volume : il n’y a pas de {CARD}.", args.from.display()));
    }
    let progress = Progress::counting("lignes de journal relues");
    let rebuilt = boot::rebuild(&common.data(), &args.from, &mut |_| progress.step())?;
    drop(progress);
    compute_rules(common, out)?;
    let quarantined: Vec<String> = rebuilt.quarantined.iter().map(ToString::to_string).collect();
    if out.is_json() {
        out.item(&serde_json::json!({ "lines": rebuilt.lines, "quarantined": quarantined }))?;
        return Ok(Status::Done);
    }
    let lines = render::counted(rebuilt.lines, "ligne de journal relue", "lignes de journal relues");
    out.line(format!("Catalogue refait depuis « {} » : {lines}.", args.from.display()))?;
    for object in quarantined {
        out.note(format!("Sans ligne de journal, laissé hors du catalogue : {object}"))?;
    }
    Ok(Status::Done)
}

/// Computes what a rebuild does not restore. An installation that does not open now computes it once it is served.
fn compute_rules(common: &Common, out: &mut Output<'_>) -> anyhow::Result<()> {
    match boot::open(&common.data()) {
        Ok(installation) => {
            let progress = Progress::counting("unités dont les échéances sont calculées");
            installation.archive.compute_rules(&mut |units| progress.advance(units))?;
        }
        Err(error) => {
            tracing::warn!(%error, "the installation does not open after its rebuild");
            out.note("Les échéances des règles seront calculées à la prochaine ouverture de l’installation.")?;
        }
    }
    Ok(())
}
