//! `deliver`: chosen units and what they hold, as a SEDA package in a ZIP that appears whole or not at all.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    archive::deliver::{DeliverError, Delivered, Form, Order, Recipient},
    cli::{Common, Status, failure::refuse, house::House, output::Output, render},
    domain::{communication::Communicability, id::UnitId, mandate::Read, seda::SedaVersion},
};

/// Communique des unités : un ZIP SEDA avec leurs descriptions et leurs fichiers
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Identifiants d’unités
    #[arg(required = true, value_name = "UNITÉ")]
    units: Vec<UnitId>,
    /// Fichier à écrire
    #[arg(long, value_name = "FICHIER.zip")]
    out: PathBuf,
    /// « delivery » (communication, par défaut) ou « transfer » (à verser ailleurs)
    #[arg(long, value_name = "FORME", default_value = "delivery", hide_default_value = true, value_parser = form)]
    form: Form,
    /// Avec tout ce qui est sous ces unités
    #[arg(long)]
    descendants: bool,
    /// Demandeur, tel que le bordereau le nomme : seul ce qui est communicable lui est remis ; sans lui, le paquet reste
    /// dans le service d’archives
    #[arg(long, value_name = "NOM")]
    requester: Option<String>,
    /// Le demandeur est ce service du référentiel : ce dont il est le producteur lui est remis aussi
    #[arg(long, value_name = "SERVICE", conflicts_with = "requester")]
    agency: Option<String>,
    /// Version du SEDA (2.1, 2.2 ou 2.3) ; celle des unités par défaut
    #[arg(long, value_name = "VERSION", value_parser = version)]
    seda: Option<SedaVersion>,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Read>()?;
    let to = match (args.requester, args.agency) {
        (_, Some(agency)) => Recipient::Agency(agency),
        (Some(name), None) => Recipient::Requester(name),
        (None, None) => Recipient::House,
    };
    let (units, form, version) = (args.units, args.form, args.seda);
    let order = Order { units, form, to, version, with_descendants: args.descendants };
    let delivered = write_whole(&args.out, |file| match house.archive().deliver(&by, &order, file) {
        Ok(delivered) => Ok(delivered),
        Err(error) => refused_or_failed(error),
    })?;
    if out.is_json() {
        out.item(&DeliveredItem::new(&args.out, &delivered))?;
    } else {
        out.line(format!(
            "{} : {}, {}, {}, SEDA {}",
            args.out.display(),
            render::counted(delivered.units, "unité", "unités"),
            render::counted(delivered.objects, "objet", "objets"),
            render::bytes(delivered.bytes),
            delivered.version.number(),
        ))?;
    }
    Ok(Status::Done)
}

/// What may not be delivered is told; what failed is handed on.
pub(super) fn refused_or_failed<T>(error: DeliverError) -> anyhow::Result<T> {
    match error {
        DeliverError::Nothing => refuse("Aucune unité n’est demandée."),
        DeliverError::Unknown(unit) => refuse(format!("Aucune unité ne porte l’identifiant {unit} dans ce service.")),
        DeliverError::TooMany { limit } => {
            refuse(format!("Une communication contient au plus {limit} unités : faites-en plusieurs."))
        }
        DeliverError::SeveralVersions(versions) => {
            let versions: Vec<&str> = versions.iter().map(|version| version.number()).collect();
            refuse(format!(
                "Les unités viennent de plusieurs versions du SEDA ({}) : faites une communication par version.",
                versions.join(", ")
            ))
        }
        DeliverError::Inexpressible { version, first, total } => refuse(format!(
            "Le SEDA {} ne permet pas d’exprimer tout ce que portent ces unités ({total} écarts) :\n  {}",
            version.number(),
            first.join("\n  ")
        )),
        DeliverError::Closed(closed) => refuse(closed_in_french(&closed)),
        DeliverError::House(error) => Err(error.into()),
    }
}

/// Units shown when several are not communicable.
const CLOSED_SHOWN: usize = 20;

/// What is not communicable: each unit, its rule, its day.
fn closed_in_french(closed: &[Communicability]) -> String {
    let mut told = format!(
        "{} : faites une demande (« cartulaire request new »), qui sollicitera une dérogation.",
        render::counted(
            u64::try_from(closed.len()).unwrap_or(u64::MAX),
            "unité n’est pas communicable à ce demandeur",
            "unités ne sont pas communicables à ce demandeur"
        )
    );
    for one in closed.iter().take(CLOSED_SHOWN) {
        for text in ["\n  ", &one.unit.to_string(), " : ", &one.access.in_french()] {
            told.push_str(text);
        }
    }
    if closed.len() > CLOSED_SHOWN {
        told.push_str("\n  …");
    }
    told
}

/// A version of the SEDA, by its number.
pub(super) fn version(number: &str) -> Result<SedaVersion, String> {
    SedaVersion::from_number(number).ok_or_else(|| "2.1, 2.2 ou 2.3".to_owned())
}

/// Writes a file beside its place, then puts it there: nobody sees half of it.
pub(super) fn write_whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut tempfile::NamedTempFile>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut aside = tempfile::NamedTempFile::new_in(folder)?;
    let mut buffered = BufWriter::new(&mut aside);
    let written = write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    aside.as_file().sync_all()?;
    aside.persist(path).map_err(|error| io::Error::from(error.error.kind()))?;
    Ok(written)
}

fn form(word: &str) -> Result<Form, String> {
    match word {
        "delivery" => Ok(Form::Delivery),
        "transfer" => Ok(Form::Transfer),
        _ => Err("« delivery » ou « transfer »".to_owned()),
    }
}

#[derive(Debug, Serialize)]
struct DeliveredItem<'a> {
    file: &'a Path,
    archives: u64,
    units: u64,
    objects: u64,
    bytes: u64,
    version: &'static str,
}

impl<'a> DeliveredItem<'a> {
    fn new(file: &'a Path, delivered: &Delivered) -> Self {
        let Delivered { archives, units, objects, bytes, version, .. } = *delivered;
        Self { file, archives, units, objects, bytes, version: version.number() }
    }
}
