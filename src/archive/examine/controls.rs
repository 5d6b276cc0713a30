//! The table of controls: every code, in the profession's order, with its question and its weight. The documentation
//! is printed from it, and the tests walk it.

use crate::{
    archive::examine::{
        graph,
        header::HeaderSubject,
        objects::{ArrivedSubject, ObjectSubject, PresenceSubject},
        profile::PROFILE,
        question::{Fault, Question, Telling},
        signing,
        survey::Survey,
        terms::Terms,
        units::UnitSubject,
    },
    domain::check::Outcome,
};

/// One control, as the documentation lists it.
pub struct Control {
    /// The stage it belongs to.
    pub stage: &'static str,
    /// Its code.
    pub code: &'static str,
    /// What a fault does; `NotExamined` for a control whose place is kept and that is not asked yet.
    pub weight: Outcome,
    /// The question, in French.
    pub question: &'static str,
}

/// Every control, in order.
pub fn all() -> Vec<Control> {
    let mut all: Vec<Control> = FIRST
        .iter()
        .map(|(stage, code, weight, question)| Control { stage, code, weight: *weight, question })
        .collect();
    extend(&mut all, "En-tête", HeaderSubject::QUESTIONS);
    all.push(Control {
        stage: "En-tête",
        code: PROFILE,
        weight: Outcome::Ko,
        question: "Le bordereau suit-il son profil d'archivage ?",
    });
    extend(&mut all, "Objets déclarés", ObjectSubject::QUESTIONS);
    extend(&mut all, "Objets présents", PresenceSubject::QUESTIONS);
    extend(&mut all, "Arborescence", graph::QUESTIONS);
    extend(&mut all, "Unités et règles", UnitSubject::QUESTIONS);
    extend(&mut all, "Signatures", signing::QUESTIONS);
    extend(&mut all, "Fichiers", ArrivedSubject::QUESTIONS);
    all.extend(LAST.iter().map(|(stage, code, weight, question)| Control { stage, code, weight: *weight, question }));
    all
}

const ANTIVIRUS: &str = "SANITY_CHECK_SIP";
const FORMATS: &str = "OG_OBJECTS_FORMAT_CHECK";
const SIGNATURES: &str = "SIGNATURE_VALIDATION";

type Row = (&'static str, &'static str, Outcome, &'static str);

/// The controls on the container and the schema, whose findings come from their rooms' own faults.
const FIRST: &[Row] = &[
    ("Paquet", ANTIVIRUS, Outcome::NotExamined, "Le paquet est-il sans virus ?"),
    ("Paquet", "CHECK_CONTAINER", Outcome::Ko, "Le paquet est-il un ZIP, un tar, un tar.gz ou un tar.bz2 lisible ?"),
    ("Paquet", "CHECK_CONTAINER.TRUNCATED", Outcome::Ko, "Le paquet est-il complet ?"),
    ("Paquet", "CHECK_CONTAINER.ENCRYPTED", Outcome::Ko, "Le paquet est-il sans mot de passe ?"),
    ("Paquet", "CHECK_CONTAINER.LIMIT", Outcome::Ko, "Le paquet tient-il dans les limites ?"),
    ("Paquet", "CHECK_CONTAINER.DUPLICATE_NAME", Outcome::Ko, "Chaque nom de fichier est-il unique ?"),
    ("Paquet", "UPLOAD_SIP.UNSAFE_NAME", Outcome::Ko, "Les noms de fichiers sont-ils sûrs ?"),
    ("Bordereau", "MANIFEST_FILE_NAME_CHECK", Outcome::Ko, "Le paquet contient-il un bordereau, et un seul ?"),
    ("Bordereau", "MANIFEST_DIGEST_CHECK", Outcome::Ko, "Le bordereau a-t-il l'empreinte annoncée ?"),
    ("Bordereau", "CHECK_SEDA.NOT_XML_FILE", Outcome::Ko, "Le bordereau est-il un fichier XML bien formé ?"),
    ("Bordereau", "CHECK_SEDA.UNSUPPORTED_SEDA_VERSION", Outcome::Ko, "La version du SEDA est-elle prise en charge ?"),
    ("Bordereau", "CHECK_SEDA.NOT_XSD_VALID", Outcome::Ko, "Le bordereau est-il conforme au schéma ?"),
    (
        "Bordereau",
        "CHECK_HEADER.CHECK_CONTRACT_INGEST.DIALECT_NOT_ALLOWED",
        Outcome::Ko,
        "L'accord admet-il ce dialecte du SEDA ?",
    ),
];

/// The controls whose place is kept.
const LAST: &[Row] = &[
    ("Fichiers", FORMATS, Outcome::NotExamined, "Les formats sont-ils identifiés et admis ?"),
    ("Signatures", SIGNATURES, Outcome::NotExamined, "Les signatures sont-elles valides ?"),
];

fn extend<S: ?Sized>(all: &mut Vec<Control>, stage: &'static str, questions: &[Question<S>]) {
    all.extend(questions.iter().map(|question| Control {
        stage,
        code: question.code,
        weight: question.weight,
        question: question.question,
    }));
}

/// Tells what is not examined of any package.
pub fn tell_not_examined_of_package(telling: &mut Telling<'_>) {
    not_examined(telling, ANTIVIRUS, "Aucun antivirus n'est configuré : le paquet n'a pas été analysé.");
}

/// Tells what is not examined of a manifest that could be read, and why.
pub fn tell_not_examined_of_manifest(terms: &Terms<'_>, survey: &Survey, telling: &mut Telling<'_>) {
    let known = terms.referentials;
    for (missing, code, message) in [
        (
            known.agencies.is_none(),
            "CHECK_HEADER.CHECK_AGENT",
            "Aucun référentiel des services n'est importé : les services cités n'ont pas été vérifiés.",
        ),
        (
            known.agreements.is_none(),
            "CHECK_HEADER.CHECK_CONTRACT_INGEST",
            "Aucun accord de versement n'est importé : l'accord cité n'a pas été vérifié.",
        ),
        (
            known.rules.is_none(),
            "UNITS_RULES_COMPUTE",
            "Aucun référentiel des règles n'est importé : les règles citées n'ont pas été vérifiées.",
        ),
        (
            survey.header.profile.is_some() && terms.profile_of(&survey.header).is_none(),
            PROFILE,
            "Le profil d'archivage cité n'est pas au référentiel : il n'a pas été vérifié.",
        ),
        (
            terms.resolve.is_none() && survey.n_attachments > 0,
            "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.NOT_FOUND_ATTACHMENT",
            "Les rattachements à des unités conservées n'ont pas été vérifiés.",
        ),
        (
            survey.objects.iter().any(|object| !object.physical),
            FORMATS,
            "Les formats n'ont pas été identifiés : ce sont ceux que le bordereau déclare.",
        ),
        (survey.objects.iter().any(|object| !object.physical), SIGNATURES, "Les signatures n'ont pas été validées."),
    ] {
        if missing {
            not_examined(telling, code, message);
        }
    }
}

fn not_examined(telling: &mut Telling<'_>, code: &str, message: &str) {
    telling.tell(code, Outcome::NotExamined, Fault::at("", message));
}
