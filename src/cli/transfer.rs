//! `transfer`: units leave for another archive, or go back to their originating agency. A package is written or pushed;
//! only the receiver's answer authorises what then destroys them here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use serde_json::{Value, json};

use crate::{
    archive::{
        departures::{DepartureError, Door, Polled, Sending, Sent},
        disposals::{Choice, stands},
    },
    cli::{
        Common, Status,
        deliver::{refused_or_failed, version, write_whole},
        failure::{Misuse, refuse},
        house::House,
        output::{Output, Paint},
        render,
    },
    config,
    domain::{
        disposal::{Disposal, DisposalState, Disposition},
        id::{ArchiveId, DisposalId, UnitId},
        mandate::{Agree, Describe, Dispose, Mandate, Read},
        search::Criteria,
        seda::SedaVersion,
    },
    net::form::Login,
};

/// Plans asked for at once.
const PAGE: u32 = 200;

/// Transfère des unités à un autre service d’archives, ou les restitue à leur service producteur
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Établit le plan de ce qui part ; rien ne part encore
    Plan {
        #[command(flatten)]
        chosen: Box<Chosen>,
        /// Service d’archives destinataire, ou service producteur avec --give-back
        #[arg(long, value_name = "SERVICE")]
        to: String,
        /// Restitution au service producteur
        #[arg(long)]
        give_back: bool,
    },
    /// Établit le plan que demande un message signé « `ArchiveRestitutionRequest` »
    Read {
        /// Le message
        #[arg(value_name = "FICHIER.xml")]
        message: PathBuf,
        /// Sa signature CMS détachée
        #[arg(long, value_name = "FICHIER.p7s")]
        signature: PathBuf,
    },
    /// Écrit le paquet SEDA d’un plan, ou le pousse vers un SAE compatible as@lae (avec --as)
    Send {
        /// Le plan
        #[arg(value_name = "PLAN")]
        id: DisposalId,
        /// Paquet à écrire
        #[arg(long, value_name = "FICHIER.zip", required_unless_present = "push", conflicts_with = "push")]
        out: Option<PathBuf>,
        #[command(flatten)]
        door: DoorArgs,
        /// Taille des morceaux, en octets ; sans elle, l’envoi se fait d’un bloc
        #[arg(long, value_name = "OCTETS", requires = "push")]
        chunk: Option<u64>,
        /// Version du SEDA (2.1, 2.2 ou 2.3) ; celle des unités par défaut
        #[arg(long, value_name = "VERSION", value_parser = version)]
        seda: Option<SedaVersion>,
        /// Accord de versement du destinataire
        #[arg(long, value_name = "ACCORD")]
        agreement: Option<String>,
        /// Identifiant de la demande de restitution à laquelle le message répond
        #[arg(long, value_name = "MESSAGE")]
        request: Option<String>,
    },
    /// Prend en compte la réponse du destinataire : son message, ou celle qu’il tient à disposition (--push)
    Reply {
        /// Le plan
        #[arg(value_name = "PLAN")]
        id: DisposalId,
        /// « `ArchiveTransferReply` », ou « Acknowledgement » d’une restitution
        #[arg(value_name = "FICHIER.xml", required_unless_present_any = ["push", "received"])]
        message: Option<PathBuf>,
        /// Signature CMS détachée d’un « Acknowledgement »
        #[arg(long, value_name = "FICHIER.p7s")]
        signature: Option<PathBuf>,
        /// Le service producteur a reçu sa restitution (avec --as : compte de ce service)
        #[arg(long, conflicts_with_all = ["push", "message"])]
        received: bool,
        #[command(flatten)]
        door: DoorArgs,
    },
    /// Liste les plans de transfert et de restitution, les plus récents d’abord
    List,
    /// Écrit l’attestation d’un transfert ou d’une restitution (PDF/A)
    Attest {
        /// Le plan
        #[arg(value_name = "PLAN")]
        id: DisposalId,
        /// Fichier à écrire
        #[arg(long, value_name = "FICHIER.pdf")]
        out: PathBuf,
    },
}

// No `///` here: clap would show it as the help of whatever flattens it.
#[derive(Debug, Clone, clap::Args)]
struct Chosen {
    /// Unité d’archives, avec tout ce qui est au-dessous ; à répéter
    #[arg(long = "unit", value_name = "UNITÉ")]
    units: Vec<UnitId>,
    /// Archive entière ; à répéter
    #[arg(long = "archive", value_name = "ARCHIVE")]
    archives: Vec<ArchiveId>,
    /// Mots de la description
    #[arg(long, value_name = "MOTS")]
    query: Option<String>,
    /// Parmi celles d’un service producteur
    #[arg(long, value_name = "SERVICE")]
    agency: Option<String>,
}

#[derive(Debug, Clone, clap::Args)]
struct DoorArgs {
    /// Services web du destinataire, tels que « `https://hôte/restservices` »
    #[arg(long, value_name = "URL")]
    push: Option<String>,
    /// Nom de connexion ; le mot de passe est lu de `CARTULAIRE_PUSH_SECRET`
    #[arg(long, value_name = "NOM", requires = "push")]
    user: Option<String>,
}

impl DoorArgs {
    fn door(self, chunk_bytes: Option<u64>) -> anyhow::Result<Option<Door>> {
        let Some(url) = self.push else { return Ok(None) };
        let Some(secret) = config::push_secret() else {
            return Err(Misuse("Il manque le mot de passe : dans CARTULAIRE_PUSH_SECRET.".to_owned()).into());
        };
        let login = Login { user: self.user.unwrap_or_default(), secret };
        Ok(Some(Door { url, login, chunk_bytes }))
    }
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    match args.action {
        Action::Plan { chosen, to, give_back } => plan(&house, *chosen, &to, give_back, out),
        Action::Read { message, signature } => {
            let (message, signature) = (fs::read(message)?, fs::read(signature)?);
            let by = house.mandate::<Describe>()?;
            let drawn = done(house.archive().plan_restitution_by_message(&by, &message, &signature))?;
            planned(drawn.disposal.as_ref(), out)
        }
        Action::Send { id, out: path, door, chunk, seda, agreement, request } => {
            let by = house.mandate::<Dispose>()?;
            let sending = Sending { version: seda, agreement, request };
            let sent = match (path, door.door(chunk)?) {
                (Some(path), _) => written(&house, &by, id, &sending, &path)?,
                (None, Some(door)) => done(house.archive().push(&by, id, &sending, &door))?,
                (None, None) => return Err(Misuse("Désignez --out ou --push.".to_owned()).into()),
            };
            told_sent(id, &sent, out)
        }
        Action::Reply { id, message, signature, received, door } => {
            reply(&house, id, &Answered { message, signature, received, door: door.door(None)? }, out)
        }
        Action::List => list(&house, out),
        Action::Attest { id, out: path } => {
            let paper = done(house.archive().departure_attestation(&house.mandate::<Read>()?, id))?;
            write_whole(&path, |file| Ok(std::io::Write::write_all(file, &paper)?))?;
            if out.is_json() {
                out.item(&json!({"file": path}))?;
            } else {
                out.line(path.display())?;
            }
            Ok(Status::Done)
        }
    }
}

fn plan(house: &House, chosen: Chosen, to: &str, give_back: bool, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let Chosen { units, archives, query, agency } = chosen;
    if units.is_empty() && archives.is_empty() && query.is_none() {
        return Err(Misuse("Désignez ce qui part par --unit, --archive ou --query.".to_owned()).into());
    }
    let query = query.map(|text| Criteria { text, ..Criteria::default() });
    let choice = Choice { units, archives, query, agency, due: false };
    let by = house.mandate::<Describe>()?;
    let drawn = if give_back {
        house.archive().plan_restitution(&by, &choice, to)
    } else {
        house.archive().plan_transfer(&by, &choice, to)
    };
    planned(done(drawn)?.disposal.as_ref(), out)
}

fn planned(disposal: Option<&Disposal>, out: &mut Output<'_>) -> anyhow::Result<Status> {
    match disposal {
        Some(disposal) => told(disposal, out),
        None => refuse("Rien de ce qui est désigné ne peut partir : tout est gelé, ou tient à ce qui reste."),
    }
}

fn written(
    house: &House,
    by: &Mandate<Dispose>,
    id: DisposalId,
    sending: &Sending,
    path: &Path,
) -> anyhow::Result<Sent> {
    write_whole(path, |file| done(house.archive().send(by, id, sending, file)))
}

struct Answered {
    message: Option<PathBuf>,
    signature: Option<PathBuf>,
    received: bool,
    door: Option<Door>,
}

fn reply(house: &House, id: DisposalId, answered: &Answered, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let archive = house.archive();
    if answered.received {
        return told(&done(archive.acknowledge_restitution(&house.mandate::<Agree>()?, id))?, out);
    }
    let by = house.mandate::<Describe>()?;
    let plan = match (&answered.door, &answered.message, &answered.signature) {
        (Some(door), ..) => match done(archive.poll_reply(&by, id, door))? {
            Polled::NotYet => return refuse("Le destinataire n’a pas encore répondu."),
            Polled::Answered(plan) => *plan,
        },
        (None, Some(message), Some(signature)) => {
            done(archive.take_acknowledgement(&by, id, &fs::read(message)?, &fs::read(signature)?))?
        }
        (None, Some(message), None) => done(archive.take_reply(&by, id, &fs::read(message)?))?,
        (None, None, _) => return Err(Misuse("Désignez la réponse, ou --push.".to_owned()).into()),
    };
    told(&plan, out)?;
    Ok(Status::refused_if(plan.state == DisposalState::Refused))
}

fn list(house: &House, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let by = house.mandate::<Read>()?;
    let mut before = None;
    loop {
        let page = house.archive().disposals(&by, before, PAGE)?;
        for plan in page.iter().filter(|plan| plan.disposition != Disposition::Elimination) {
            told(plan, out)?;
        }
        let Some(last) = page.last() else { return Ok(Status::Done) };
        before = Some(last.id);
    }
}

fn told(plan: &Disposal, out: &mut Output<'_>) -> anyhow::Result<Status> {
    if out.is_json() {
        out.item(&item(plan))?;
        return Ok(Status::Done);
    }
    let id = out.painted(Paint::Dim, &plan.id.to_string());
    let leaving = &plan.leaving;
    out.line(format!(
        "{id}  {}  {} → {} : {}, {} ({})",
        plan.made_at.legal_day(),
        if plan.disposition == Disposition::Restitution { "restitution" } else { "transfert" },
        plan.receiver.as_deref().unwrap_or_default(),
        render::counted(leaving.units, "unité", "unités"),
        render::bytes(leaving.bytes),
        stands(plan.state),
    ))?;
    Ok(Status::Done)
}

fn item(plan: &Disposal) -> Value {
    json!({
        "plan": plan.id.to_string(),
        "disposition": plan.disposition.word(),
        "made_at": plan.made_at.to_string(),
        "receiver": plan.receiver,
        "state": plan.state.word(),
        "archives": plan.leaving.archives,
        "units": plan.leaving.units,
        "objects": plan.leaving.objects,
        "bytes": plan.leaving.bytes,
        "list": plan.list.to_string(),
        "message": plan.sent.as_ref().map(|sent| sent.message.to_string()),
        "package": plan.sent.as_ref().map(|sent| sent.package.to_string()),
    })
}

fn told_sent(id: DisposalId, sent: &Sent, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let delivered = &sent.delivered;
    if out.is_json() {
        out.item(&json!({
            "plan": id.to_string(), "message": delivered.message.to_string(), "version": delivered.version.number(),
            "units": delivered.units, "objects": delivered.objects, "bytes": delivered.bytes,
            "package": sent.package.to_string(), "size": sent.size,
        }))?;
    } else {
        out.line(format!(
            "Message {} : {}, {}, {}, SEDA {}",
            delivered.message,
            render::counted(delivered.units, "unité", "unités"),
            render::counted(delivered.objects, "objet", "objets"),
            render::bytes(delivered.bytes),
            delivered.version.number(),
        ))?;
    }
    Ok(Status::Done)
}

/// What may not be done is told in French; what failed is handed on.
fn done<T>(done: Result<T, DepartureError>) -> anyhow::Result<T> {
    match done {
        Ok(done) => Ok(done),
        Err(DepartureError::Deliver(error)) => refused_or_failed(error),
        Err(DepartureError::House(error)) => Err(error.into()),
        Err(refused) => refuse(refused.in_french()),
    }
}
