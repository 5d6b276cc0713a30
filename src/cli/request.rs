//! `request`: archives asked for, derogations granted or refused, deliveries made under a request.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use crate::{
    archive::requests::{Dossier, RequestError, Said, Wanted},
    cli::{
        Common, Status,
        deliver::{refused_or_failed, version, write_whole},
        failure::{Misuse, refuse},
        house::House,
        output::{Output, Paint},
        render,
        selection::Selected,
    },
    domain::{
        communication::{Derogation, Motive, Request, RequestState},
        id::RequestId,
        mandate::{Agree, Control, Describe, Read},
        seda::SedaVersion,
    },
};

/// Requests asked for at once.
const PAGE: u32 = 200;

/// Demandes de communication : les enregistre, fait répondre aux dérogations, remet ce qui est demandé
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Enregistre une demande ; ce qui n’est pas communicable donne lieu à une demande de dérogation
    New {
        #[command(flatten)]
        selected: Box<Selected>,
        /// Demandeur, tel que les messages le nomment
        #[arg(long, value_name = "NOM")]
        requester: String,
        /// Le demandeur est un service du référentiel
        #[arg(long)]
        is_agency: bool,
        /// Avec tout ce qui est sous ces unités
        #[arg(long)]
        descendants: bool,
        /// « administration », « research », « evidence » (preuve d’un droit), « justice » ou « other »
        #[arg(long, value_name = "MOTIF", value_parser = motive)]
        motive: Motive,
        /// Précisions du demandeur ; elles restent dans le dossier et n’entrent dans aucun journal
        #[arg(long, value_name = "TEXTE")]
        reason: Option<String>,
    },
    /// Enregistre la demande que porte un message SEDA « `ArchiveDeliveryRequest` »
    Read {
        /// Le message
        #[arg(value_name = "FICHIER.xml")]
        message: PathBuf,
    },
    /// Liste les demandes, les plus récentes d’abord
    List {
        /// Dans cet état : open, waiting, granted, refused ou delivered
        #[arg(long, value_name = "ÉTAT", value_parser = state)]
        state: Option<RequestState>,
    },
    /// Montre une demande, ses unités et ce que les services ont répondu
    Show {
        /// La demande
        #[arg(value_name = "DEMANDE")]
        id: RequestId,
    },
    /// Écrit les demandes d’autorisation SEDA à envoyer aux services qui n’ont pas répondu
    Ask {
        /// La demande
        #[arg(value_name = "DEMANDE")]
        id: RequestId,
        /// Dossier où les écrire
        #[arg(long, value_name = "DOSSIER")]
        out: PathBuf,
        /// Version du SEDA
        #[arg(long, value_name = "VERSION", default_value = "2.2", value_parser = version)]
        seda: SedaVersion,
    },
    /// Accorde la dérogation (avec --as : compte d’un service producteur ou du contrôle)
    Grant(AnswerArgs),
    /// Refuse la dérogation (avec --as : compte d’un service producteur ou du contrôle)
    Refuse(AnswerArgs),
    /// Prend en compte la réponse signée d’un service
    Answer {
        /// La demande
        #[arg(value_name = "DEMANDE")]
        id: RequestId,
        /// Le message SEDA
        #[arg(value_name = "FICHIER.xml")]
        message: PathBuf,
        /// Sa signature CMS détachée
        #[arg(long, value_name = "FICHIER.p7s")]
        signature: PathBuf,
    },
    /// Remet ce qui est demandé : un ZIP SEDA, et un index lisible à côté
    Deliver {
        /// La demande
        #[arg(value_name = "DEMANDE")]
        id: RequestId,
        /// Paquet à écrire ; l’index prend le même nom, en .html
        #[arg(long, value_name = "FICHIER.zip")]
        out: PathBuf,
        /// Version du SEDA ; celle des unités par défaut
        #[arg(long, value_name = "VERSION", value_parser = version)]
        seda: Option<SedaVersion>,
    },
    /// Écrit l’attestation de la demande et de ce qui a été remis (PDF/A)
    Attest {
        /// La demande
        #[arg(value_name = "DEMANDE")]
        id: RequestId,
        /// Fichier à écrire
        #[arg(long, value_name = "FICHIER.pdf")]
        out: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct AnswerArgs {
    /// La demande
    #[arg(value_name = "DEMANDE")]
    id: RequestId,
    /// Au titre du contrôle scientifique et technique ; sinon, du service producteur
    #[arg(long)]
    control: bool,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let archive = house.archive();
    match args.action {
        Action::New { selected, requester, is_agency, descendants, motive, reason } => {
            let selection = selected.selection()?;
            let wanted = Wanted { selection, with_descendants: descendants, requester, is_agency, motive, reason };
            dossier(&done(archive.register_request(&house.mandate::<Read>()?, &wanted))?, out)
        }
        Action::Read { message } => {
            let bytes = fs::read(&message)?;
            dossier(&done(archive.register_message(&house.mandate::<Read>()?, &bytes))?, out)
        }
        Action::List { state } => list(&house, state, out),
        Action::Show { id } => match archive.communication_request(&house.mandate::<Read>()?, id)? {
            Some(found) => dossier(&found, out),
            None => refuse(format!("Aucune demande {id}.")),
        },
        Action::Ask { id, out: folder, seda } => ask(&house, id, &folder, seda, out),
        Action::Grant(args) => answer(&house, &args, Said::Granted, out),
        Action::Refuse(args) => answer(&house, &args, Said::Refused, out),
        Action::Answer { id, message, signature } => {
            let (message, signature) = (fs::read(message)?, fs::read(signature)?);
            let by = house.mandate::<Describe>()?;
            told(&done(archive.answer_request_by_message(&by, id, &message, &signature))?, out)
        }
        Action::Deliver { id, out: path, seda } => deliver(&house, id, &path, seda, out),
        Action::Attest { id, out: path } => {
            let paper = done(archive.communication_attestation(&house.mandate::<Read>()?, id))?;
            write_whole(&path, |file| Ok(std::io::Write::write_all(file, &paper)?))?;
            written(&path, out)
        }
    }
}

fn list(house: &House, state: Option<RequestState>, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let by = house.mandate::<Read>()?;
    let mut before = None;
    loop {
        let page = house.archive().communication_requests(&by, state, before, PAGE)?;
        for request in &page {
            told(request, out)?;
        }
        let Some(last) = page.last() else { return Ok(Status::Done) };
        before = Some(last.id);
    }
}

fn ask(
    house: &House,
    id: RequestId,
    folder: &std::path::Path,
    seda: SedaVersion,
    out: &mut Output<'_>,
) -> anyhow::Result<Status> {
    let questions = done(house.archive().derogation_questions(&house.mandate::<Read>()?, id, seda))?;
    fs::create_dir_all(folder)?;
    for ((consulted, message), number) in questions.iter().zip(1..) {
        let path = folder.join(format!("{id}-{number}.xml"));
        fs::write(&path, message)?;
        if out.is_json() {
            out.item(&json!({"file": path, "role": consulted.role.word(), "agency": consulted.agency}))?;
        } else {
            out.line(format!("{} : {}", path.display(), addressee(&consulted.agency)))?;
        }
    }
    if questions.is_empty() && !out.is_json() {
        out.note("Plus aucune réponse n’est attendue.")?;
    }
    Ok(Status::Done)
}

fn answer(house: &House, args: &AnswerArgs, said: Said, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let archive = house.archive();
    let answered = if args.control {
        archive.rule_on_request(&house.mandate::<Control>()?, args.id, said)
    } else {
        archive.agree_to_request(&house.mandate::<Agree>()?, args.id, said)
    };
    told(&done(answered)?, out)
}

fn deliver(
    house: &House,
    id: RequestId,
    path: &std::path::Path,
    seda: Option<SedaVersion>,
    out: &mut Output<'_>,
) -> anyhow::Result<Status> {
    let by = house.mandate::<Read>()?;
    let index = path.with_extension("html");
    if index == path {
        return Err(Misuse("Le paquet est un ZIP : nommez-le en .zip.".to_owned()).into());
    }
    let delivered = write_whole(path, |file| done(house.archive().deliver_request(&by, id, seda, file)))?;
    let page = done(house.archive().request_index(&by, id))?;
    write_whole(&index, |file| Ok(std::io::Write::write_all(file, page.as_bytes())?))?;
    if out.is_json() {
        out.item(&json!({
            "file": path, "index": index, "message": delivered.message.to_string(), "units": delivered.units,
            "objects": delivered.objects, "bytes": delivered.bytes, "version": delivered.version.number(),
        }))?;
    } else {
        out.line(format!(
            "{} : {}, {}, {}, SEDA {} (index : {})",
            path.display(),
            render::counted(delivered.units, "unité", "unités"),
            render::counted(delivered.objects, "objet", "objets"),
            render::bytes(delivered.bytes),
            delivered.version.number(),
            index.display(),
        ))?;
    }
    Ok(Status::Done)
}

fn dossier(dossier: &Dossier, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if out.is_json() {
        let mut item = item(&dossier.request);
        if let Some(fields) = item.as_object_mut() {
            fields.insert("reason".to_owned(), json!(dossier.reason));
            fields.insert("derogations".to_owned(), dossier.derogations.iter().map(derogation_item).collect());
            let unit = |unit: &crate::record::request::AskedUnit| {
                json!({
                    "unit": unit.unit.to_string(), "archive": unit.archive.to_string(), "title": unit.title,
                    "agency": unit.agency, "access": unit.access.word(), "rule": unit.access.rule(),
                    "day": unit.access.day(), "blocked": unit.blocked,
                })
            };
            fields.insert("units".to_owned(), dossier.units.iter().map(unit).collect());
        }
        out.item(&item)?;
        return Ok(Status::Done);
    }
    told(&dossier.request, out)?;
    for unit in &dossier.units {
        let access = unit.access.in_french();
        let access = out.painted(if unit.blocked { Paint::Red } else { Paint::Dim }, &access);
        out.line(format!("  {}  {} – {access}", unit.unit, unit.title))?;
    }
    for one in &dossier.derogations {
        let said = match one.answer {
            None => "réponse attendue".to_owned(),
            Some(answer) => {
                format!("{} le {}", if answer.granted { "accord" } else { "refus" }, answer.at.legal_day())
            }
        };
        out.line(format!("  {} ({}) : {said}", addressee(&one.consulted.agency), one.consulted.role.word()))?;
    }
    Ok(Status::Done)
}

fn told(request: &Request, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if out.is_json() {
        out.item(&item(request))?;
        return Ok(Status::Done);
    }
    let id = out.painted(Paint::Dim, &request.id.to_string());
    let units = render::counted(request.units, "unité", "unités");
    let blocked = match request.blocked {
        0 => String::new(),
        n => format!(", dont {}", render::counted(n, "non communicable", "non communicables")),
    };
    let day = request.made_at.legal_day();
    out.line(format!("{id}  {day}  {} – {units}{blocked} : {}", request.requester, in_french(request.state)))?;
    Ok(Status::Done)
}

const fn in_french(state: RequestState) -> &'static str {
    match state {
        RequestState::Open => "à remettre",
        RequestState::Waiting => "dérogation demandée",
        RequestState::Granted => "dérogation accordée, à remettre",
        RequestState::Refused => "dérogation refusée",
        RequestState::Delivered => "remise",
    }
}

fn addressee(agency: &str) -> &str {
    if agency.is_empty() { "autorité de contrôle" } else { agency }
}

fn item(request: &Request) -> Value {
    json!({
        "request": request.id.to_string(),
        "made_at": request.made_at.to_string(),
        "on": request.on,
        "requester": request.requester,
        "is_agency": request.is_agency,
        "motive": request.motive.word(),
        "n_units": request.units,
        "n_blocked": request.blocked,
        "state": request.state.word(),
        "list": request.list.to_string(),
        "delivery": request.delivery.map(|message| message.to_string()),
    })
}

fn derogation_item(one: &Derogation) -> Value {
    json!({
        "role": one.consulted.role.word(),
        "agency": one.consulted.agency,
        "granted": one.answer.map(|answer| answer.granted),
        "at": one.answer.map(|answer| answer.at.to_string()),
        "message": one.answer.and_then(|answer| answer.message).map(|digest| digest.to_string()),
    })
}

fn written(path: &std::path::Path, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if out.is_json() {
        out.item(&json!({"file": path}))?;
    } else {
        out.line(path.display())?;
    }
    Ok(Status::Done)
}

/// What may not be done is told in French; what failed is handed on.
fn done<T>(done: Result<T, RequestError>) -> anyhow::Result<T> {
    match done {
        Ok(done) => Ok(done),
        Err(RequestError::Deliver(error)) => refused_or_failed(error),
        Err(RequestError::House(error)) => Err(error.into()),
        Err(refused) => refuse(refused.in_french()),
    }
}

fn motive(word: &str) -> Result<Motive, String> {
    Motive::from_word(word).ok_or_else(|| "administration, research, evidence, justice ou other".to_owned())
}

fn state(word: &str) -> Result<RequestState, String> {
    RequestState::from_word(word).ok_or_else(|| "open, waiting, granted, refused ou delivered".to_owned())
}
