//! Why a plan cannot be heard, given up or carried out: data for both faces, with the sentence that its reader acts on.

use chrono::NaiveDate;

use crate::{
    archive::destroy::Bond,
    domain::{
        agency::Role,
        appraisal::Decision,
        consent::Objection,
        disposal::DisposalState,
        id::{ArchiveId, DisposalId, UnitId},
    },
};

/// The most archives and units that one sentence names.
const NAMED: usize = 5;

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// There is no such plan.
    Unknown(DisposalId),
    /// The plan does not hear what is said of it.
    Objection(Objection),
    /// The account speaks for no agency.
    NoAgency,
    /// The referential does not name the agency as a control authority.
    NotControl(String),
    /// These units do not leave under the plan.
    NotListed(Vec<UnitId>),
    /// The plan's state does not allow it.
    State(DisposalState),
    /// Something that stays hangs on what the plan lists.
    Tied(Bond),
    /// The plan's day is not come.
    Early(NaiveDate),
    /// Something changed since the plan was made.
    Changed(Changes),
    /// A message is not to be believed.
    Message(Distrust),
}

/// What changed since a plan was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Archives that were amended, or of which something left since.
    pub archives: Vec<ArchiveId>,
    /// Units that may not go any more, with what becomes of them now; none for one that is not there.
    pub units: Vec<(UnitId, Option<Decision>)>,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.archives.is_empty() && self.units.is_empty()
    }
}

/// Why a message is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It is no reply to a request for an authorisation.
    NoReply,
    /// It answers a request that was never made here, or one for another list.
    OtherRequest(String),
    /// It comes from another agency than the one that was asked.
    OtherAgency {
        /// Who was asked.
        asked: String,
        /// Who answers.
        answers: String,
    },
    /// It is addressed to another archival agency.
    OtherArchivalAgency(String),
    /// Its answer is neither yes nor no.
    Code(String),
    /// No certificate is pinned for the agency.
    NoCertificate(String),
    /// The certificate pinned for the agency cannot be read.
    BrokenCertificate(String),
    /// The certificate pinned for the agency is not valid today.
    Expired(String),
    /// The signature is none, or does not hold under the agency's certificate; why, for who looks into it.
    Signature(String),
}

impl Denial {
    /// The sentence.
    pub fn in_french(&self) -> String {
        match self {
            Self::Unknown(id) => format!("Aucun plan ne porte l’identifiant « {id} » dans ce service."),
            Self::Objection(objection) => objected(objection),
            Self::NoAgency => {
                "Ce compte ne parle au nom d’aucun service : un compte qui donne un accord ou un visa doit en nommer un."
                    .to_owned()
            }
            Self::NotControl(agency) => format!(
                "Le service « {agency} » n’a pas le rôle ControlAuthority au référentiel des services : il ne peut ni \
                 donner ni refuser le visa."
            ),
            Self::NotListed(units) => {
                format!("Ces unités ne sont pas à éliminer selon ce plan : {}.", named(units))
            }
            Self::State(state) => format!("Ce plan est {} : cela n’est plus, ou pas encore, possible.", stands(*state)),
            Self::Tied(Bond::Child(unit) | Bond::Attached(unit) | Bond::Refers(unit)) => format!(
                "L’unité {unit}, qui n’est pas de ce plan, tient à ce qu’il désigne : établissez-en un nouveau."
            ),
            Self::Early(day) => {
                format!("Ce plan vaut pour le {} : il ne peut être exécuté avant.", day.format("%d/%m/%Y"))
            }
            Self::Changed(changes) => changed(changes),
            Self::Message(distrust) => distrusted(distrust),
        }
    }
}

/// How far a plan has come, in French.
pub const fn stands(state: DisposalState) -> &'static str {
    match state {
        DisposalState::Planned => "établi, en attente des accords",
        DisposalState::Sent => "envoyé, en attente de réponse",
        DisposalState::Agreed => "accepté par les producteurs, en attente du visa",
        DisposalState::Authorised => "autorisé",
        DisposalState::Refused => "refusé",
        DisposalState::Abandoned => "abandonné",
        DisposalState::Done => "exécuté",
    }
}

fn objected(objection: &Objection) -> String {
    match objection {
        Objection::Turn { state: DisposalState::Planned, role: Role::Control } => {
            "Le visa se donne après l’accord de tous les services producteurs, qui manque encore.".to_owned()
        }
        Objection::Turn { state, .. } => {
            format!("Ce plan est {} : il n’attend pas cette réponse.", stands(*state))
        }
        Objection::List => "La liste désignée n’est pas celle de ce plan : son empreinte diffère.".to_owned(),
        Objection::Stranger(agency) => {
            format!("Le service « {agency} » n’est pas concerné par ce plan : sa réponse n’est pas attendue.")
        }
        Objection::Again(agency) => format!("Le service « {agency} » s’est déjà prononcé sur ce plan."),
        Objection::SamePerson => {
            "Ce compte s’est déjà prononcé sur ce plan : accord et visa viennent de personnes différentes.".to_owned()
        }
    }
}

fn changed(changes: &Changes) -> String {
    let mut said = vec!["Ce plan est périmé : établissez-en un nouveau.".to_owned()];
    if !changes.archives.is_empty() {
        said.push(format!("Archives modifiées depuis : {}.", named(&changes.archives)));
    }
    if !changes.units.is_empty() {
        let shown = |(unit, decision): &(UnitId, Option<Decision>)| match decision {
            Some(decision) => format!("{unit} ({})", decision.word()),
            None => format!("{unit} (absente)"),
        };
        let units: Vec<String> = changes.units.iter().map(shown).collect();
        said.push(format!("Unités qui ne sont plus éliminables : {}.", named(&units)));
    }
    said.join(" ")
}

fn distrusted(distrust: &Distrust) -> String {
    match distrust {
        Distrust::NoReply => "Ce message n’est pas une réponse SEDA à une demande d’autorisation : \
                              AuthorizationOriginatingAgencyRequestReply ou AuthorizationControlAuthorityRequestReply."
            .to_owned(),
        Distrust::OtherRequest(request) => {
            format!("Ce message répond à une autre demande (« {request} ») ou à une autre liste d’unités.")
        }
        Distrust::OtherAgency { asked, answers } => {
            format!("Ce message vient du service « {answers} » ; la demande s’adressait à « {asked} ».")
        }
        Distrust::OtherArchivalAgency(agency) => {
            format!("Ce message s’adresse à un autre service d’archives, « {agency} ».")
        }
        Distrust::Code(code) => {
            format!("Le code de réponse « {code} » ne dit ni oui (OK) ni non (KO) : rien n’est enregistré.")
        }
        Distrust::NoCertificate(agency) => format!(
            "Aucun certificat n’est épinglé pour le service « {agency} » : importez-le par la colonne Certificate du \
             référentiel des services."
        ),
        Distrust::BrokenCertificate(agency) => {
            format!("Le certificat épinglé pour le service « {agency} » n’est pas lisible.")
        }
        Distrust::Expired(agency) => {
            format!("Le certificat épinglé pour le service « {agency} » n’est pas valable aujourd’hui.")
        }
        Distrust::Signature(why) => format!(
            "La signature n’est pas celle du service attendu, ou le message a été modifié après signature ({why})."
        ),
    }
}

fn named<T: ToString>(all: &[T]) -> String {
    let mut names: Vec<String> = all.iter().take(NAMED).map(ToString::to_string).collect();
    if all.len() > NAMED {
        names.push(format!("… et {} autres", all.len() - NAMED));
    }
    names.join(", ")
}
