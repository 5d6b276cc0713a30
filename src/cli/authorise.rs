//! `authorise`: agencies answer a plan, by an account (`--as`) or by signed SEDA messages.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::{
    archive::disposals::{Answer, Denial, Heard},
    cli::{
        Common, Status,
        disposals::{denied, told},
        failure::{Misuse, ensure_found, refuse},
        house::House,
        integrity::write_paper,
        output::Output,
    },
    domain::{
        agency::Role,
        digest::Digest,
        id::{DisposalId, UnitId},
        mandate::{Agree, Control, Describe, Read},
    },
};

/// The longest message, or signature, that is read.
const MESSAGE_BYTES: u64 = 16 * 1024 * 1024;

/// Répond à un plan : accord d’un service producteur, puis visa de l’autorité de contrôle
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    message: Option<Message>,
    /// Identifiant du plan
    #[arg(value_name = "PLAN", required = true)]
    id: Option<DisposalId>,
    /// Refuse le plan entier
    #[arg(long)]
    refuse: bool,
    /// Refuse ces unités seulement, avec ce qui est sous elles : un nouveau plan est établi du reste ; à répéter
    #[arg(long = "except", value_name = "UNITÉ", conflicts_with = "refuse")]
    except: Vec<UnitId>,
    /// Empreinte SHA-512 de la liste que le compte a vue (par défaut : celle du plan)
    #[arg(long, value_name = "EMPREINTE")]
    list: Option<Digest>,
}

#[derive(Debug, clap::Subcommand)]
enum Message {
    /// Écrit les demandes d’autorisation SEDA que le plan attend
    Request {
        /// Identifiant du plan
        #[arg(value_name = "PLAN")]
        id: DisposalId,
        /// Répertoire où les écrire
        #[arg(long, value_name = "RÉPERTOIRE")]
        out: PathBuf,
    },
    /// Lit une réponse SEDA signée par le service interrogé
    Import {
        /// Message de réponse
        #[arg(value_name = "FICHIER.xml")]
        message: PathBuf,
        /// Signature CMS détachée du message
        #[arg(long, value_name = "FICHIER.p7s")]
        signature: PathBuf,
    },
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    match (args.message, args.id) {
        (Some(Message::Request { id, out: folder }), _) => request(id, &folder, common, out),
        (Some(Message::Import { message, signature }), _) => import(&message, &signature, common, out),
        (None, Some(id)) => {
            let answer = match (args.refuse, args.except) {
                (true, _) => Answer::Refuse,
                (false, units) if units.is_empty() => Answer::Grant,
                (false, units) => Answer::Except(units),
            };
            self::answer(id, args.list, &answer, common, out)
        }
        (None, None) => Err(Misuse("Il manque l’identifiant du plan.".to_owned()).into()),
    }
}

/// An account speaks as what the plan waits for, as far as its rights go.
fn answer(
    id: DisposalId,
    list: Option<Digest>,
    answer: &Answer,
    common: &Common,
    out: &mut Output<'_>,
) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let (agree, control) = (house.mandate::<Agree>(), house.mandate::<Control>());
    let plan = match (&agree, &control) {
        (Ok(by), _) => house.archive().plan_to_agree(by, id)?,
        (_, Ok(by)) => house.archive().plan_to_control(by, id)?,
        (Err(_), Err(_)) => {
            return refuse(
                "Ce compte n’a ni le droit « agree » ni le droit « control » : il ne peut répondre à un plan.",
            );
        }
    };
    let Some(plan) = plan else { return denied(&Denial::Unknown(id)) };
    let list = list.unwrap_or(plan.list);
    let heard = match (agree, control) {
        (Ok(by), Err(_)) => house.archive().agree(&by, id, list, answer)?,
        (Err(_), Ok(by)) => house.archive().control(&by, id, list, answer)?,
        (Ok(by), Ok(_)) if plan.turn() != Some(Role::Control) => house.archive().agree(&by, id, list, answer)?,
        (_, control) => house.archive().control(&control?, id, list, answer)?,
    };
    tell_heard(heard, out)
}

fn tell_heard(heard: Result<Heard, Denial>, out: &mut Output<'_>) -> anyhow::Result<Status> {
    match heard {
        Ok(Heard { disposal, next }) => {
            told(&disposal, out)?;
            if let Some(next) = next {
                told(&next, out)?;
            }
            Ok(Status::Done)
        }
        Err(denial) => denied(&denial),
    }
}

fn request(id: DisposalId, folder: &Path, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let requests = match house.archive().authorization_requests(&house.mandate::<Read>()?, id)? {
        Ok(requests) => requests,
        Err(denial) => return denied(&denial),
    };
    if requests.is_empty() {
        return refuse(
            "Aucun service à interroger : aucun service du référentiel n’a le rôle ControlAuthority pour donner le visa.",
        );
    }
    fs::create_dir_all(folder)?;
    for request in requests {
        let path = folder.join(&request.name);
        write_paper(&path, &request.bytes)?;
        if out.is_json() {
            out.item(&serde_json::json!({ "plan": id.to_string(), "file": path }))?;
        } else {
            out.line(format!("Demande : {}", path.display()))?;
        }
    }
    Ok(Status::Done)
}

fn import(message: &Path, signature: &Path, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    ensure_found(&[message.to_owned(), signature.to_owned()])?;
    let house = House::open(common)?;
    let by = house.mandate::<Describe>()?;
    let (message, signature) = (read_bounded(message)?, read_bounded(signature)?);
    tell_heard(house.archive().import_authorization(&by, &message, &signature)?, out)
}

fn read_bounded(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MESSAGE_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MESSAGE_BYTES) {
        return refuse(format!("« {} » dépasse 16 Mio : ce n’est pas une réponse.", path.display()));
    }
    Ok(bytes)
}
