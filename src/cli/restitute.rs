//! `restitute`: everything that a tenant confided, given back as a folder, which an interrupted run takes up, or as a ZIP
//! or tar stream.

use std::{
    fs::File,
    io::{self, BufWriter},
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::Context as _;
use serde_json::json;

use crate::{
    archive::restitute::{Advance, Destination, RestituteError, Restituted},
    cli::{
        Common, Status,
        deliver::write_whole,
        failure::{Misuse, refuse},
        house::House,
        output::Output,
        progress::Progress,
        render,
    },
    domain::mandate::Administer,
};

/// Bytes gathered before they go to the standard output.
const BUFFER_BYTES: usize = 1 << 20;

/// Rend tout ce qu’un service a confié : un dossier (repris s’il est inachevé), ou un flux ZIP ou tar
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Dossier ou fichier à écrire ; « - » : la sortie standard
    #[arg(long, value_name = "CHEMIN")]
    out: PathBuf,
    /// « folder » (un dossier, par défaut), « zip » ou « tar »
    #[arg(long, value_name = "FORME", value_parser = form)]
    format: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Folder,
    Zip,
    Tar,
}

fn form(word: &str) -> Result<Form, String> {
    match word {
        "folder" => Ok(Form::Folder),
        "zip" => Ok(Form::Zip),
        "tar" => Ok(Form::Tar),
        _ => Err("« folder », « zip » ou « tar »".to_owned()),
    }
}

pub(super) fn run(args: &Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let to_output = args.out == Path::new("-");
    let form = args.format.unwrap_or(if to_output { Form::Tar } else { Form::Folder });
    if to_output && form == Form::Folder {
        return Err(Misuse("Un dossier ne s’écrit pas sur la sortie standard : --format zip ou tar.".to_owned()).into());
    }
    let house = House::open(common)?;
    let given = match form {
        Form::Folder => give(&house, Destination::Folder(args.out.clone()))?,
        form if to_output => give(&house, stream(form, &mut output()?))?,
        form => write_whole(&args.out, |file| give(&house, stream(form, file)))?,
    };
    if to_output {
        // Standard output is the restitution.
        out.note(sentence(args, &given))?;
    } else if out.is_json() {
        out.item(&item(args, &given))?;
    } else {
        out.line(sentence(args, &given))?;
    }
    for why in &given.untimed {
        out.note(format!("Pas d’horodatage : {why}"))?;
    }
    Ok(Status::Done)
}

/// The standard output, past whatever holds it for lines.
fn output() -> anyhow::Result<BufWriter<File>> {
    let out = io::stdout().as_fd().try_clone_to_owned().context("cannot write to the standard output")?;
    Ok(BufWriter::with_capacity(BUFFER_BYTES, out.into()))
}

fn stream<W: io::Write + Send>(form: Form, out: &mut W) -> Destination<'_> {
    if form == Form::Zip { Destination::Zip(out) } else { Destination::Tar(out) }
}

fn give(house: &House, to: Destination<'_>) -> anyhow::Result<Restituted> {
    let by = house.mandate::<Administer>()?;
    let shown: Mutex<Option<(Progress, u64)>> = Mutex::new(None);
    let on = |advance: Advance| {
        let mut shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let total = usize::try_from(advance.archives_total).unwrap_or(usize::MAX);
        let (progress, done) = shown.get_or_insert_with(|| (Progress::of(total, "archives rendues"), 0));
        while *done < advance.archives {
            progress.step();
            *done += 1;
        }
        true
    };
    let given = house.archive().restitute(&by, to, &on);
    drop(shown);
    match given {
        Err(RestituteError::House(error)) => Err(error.into()),
        Err(error) => refuse(error.sentence().unwrap_or_else(|| error.to_string())),
        Ok(given) => Ok(given),
    }
}

fn sentence(args: &Args, given: &Restituted) -> String {
    let holds = given.restitution.holds.as_ref();
    let (archives, bytes) = holds.map_or((0, 0), |holds| (holds.archives, holds.counts.bytes));
    let how = match (given.already, given.resumed) {
        (true, _) => ", déjà entière : rien n’a été refait",
        (_, true) => ", reprise là où elle s’était arrêtée",
        _ => "",
    };
    format!(
        "{} : « {} », {}, {}, au {}{how}",
        args.out.display(),
        given.restitution.tenant.name,
        render::counted(archives, "archive", "archives"),
        render::bytes(bytes),
        given.restitution.made_at,
    )
}

fn item(args: &Args, given: &Restituted) -> serde_json::Value {
    let restitution = &given.restitution;
    let holds = restitution.holds.as_ref();
    json!({
        "out": args.out,
        "restitution": restitution.restitution.to_string(),
        "tenant": restitution.tenant.id.to_string(),
        "made_at": restitution.made_at.to_string(),
        "archives": holds.map(|holds| holds.archives),
        "units": holds.map(|holds| holds.counts.units),
        "objects": holds.map(|holds| holds.counts.objects),
        "bytes": holds.map(|holds| holds.counts.bytes),
        "log_size": restitution.log.size,
        "sha512": given.digest.to_string(),
        "resumed": given.resumed,
        "already": given.already,
        "time_stamp_missing": given.untimed,
    })
}
