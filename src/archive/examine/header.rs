//! Questions about the manifest's header: agencies, agreement, profile.

use crate::{
    archive::examine::{
        question::{Fault, Question},
        survey::Survey,
        terms::Terms,
    },
    domain::{
        agency::Role,
        agreement::{Acceptance, Agreement},
        archive::Header,
        check::Outcome,
        seda::SedaVersion,
    },
};

/// The header, with what the house knows of whom it names.
pub struct HeaderSubject<'a> {
    /// The header.
    pub header: &'a Header,
    /// What the house knows.
    pub terms: &'a Terms<'a>,
    /// The manifest's version, when it is one that the archive takes in.
    pub version: Option<SedaVersion>,
    /// How many objects the manifest declares.
    pub n_objects: u64,
    /// How many bytes the package holds, as far as its container says.
    pub n_bytes: u64,
}

impl<'a> HeaderSubject<'a> {
    /// The header of what was surveyed.
    pub fn of(survey: &'a Survey, terms: &'a Terms<'a>, version: Option<SedaVersion>, n_bytes: u64) -> Self {
        let n_objects = u64::try_from(survey.objects.len()).unwrap_or(u64::MAX);
        Self { header: &survey.header, terms, version, n_objects, n_bytes }
    }

    fn agreement(&self) -> Option<&'a Agreement> {
        self.terms.agreement(self.header.agreement.as_deref())
    }

    /// Each agency that the header names, with its role and its element.
    fn agencies(&self) -> impl Iterator<Item = (&'a str, Role, &'static str)> + use<'a> {
        let header = self.header;
        [
            (Some(header.archival_agency.as_str()), Role::Archival, "ArchivalAgency"),
            (Some(header.transferring_agency.as_str()), Role::Transferring, "TransferringAgency"),
            (header.originating_agency.as_deref(), Role::Originating, "OriginatingAgencyIdentifier"),
            (header.submission_agency.as_deref(), Role::Transferring, "SubmissionAgencyIdentifier"),
        ]
        .into_iter()
        .filter_map(|(name, role, element)| Some((name.filter(|name| !name.trim().is_empty())?, role, element)))
    }
}

impl<'a> HeaderSubject<'a> {
    /// The questions put to a header, in the profession's order.
    pub const QUESTIONS: &'a [Question<Self>] = &[
        Question {
            code: "CHECK_HEADER.EMPTY_REQUIRED_FIELD",
            weight: Outcome::Ko,
            question: "Les champs obligatoires de l'en-tête sont-ils remplis ?",
            ask: empty_fields,
        },
        Question {
            code: "CHECK_HEADER.CHECK_AGENT.UNKNOWN",
            weight: Outcome::Ko,
            question: "Les services cités figurent-ils au référentiel ?",
            ask: unknown_agencies,
        },
        Question {
            code: "CHECK_HEADER.CHECK_AGENT.ROLE",
            weight: Outcome::Ko,
            question: "Les services cités peuvent-ils tenir leur rôle ?",
            ask: agencies_out_of_role,
        },
        Question {
            code: "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_NOT_IN_MANIFEST",
            weight: Outcome::Ko,
            question: "Le bordereau cite-t-il un accord de versement ?",
            ask: |subject, tell| {
                let named = subject.header.agreement.as_deref().is_some_and(|name| !name.trim().is_empty());
                if subject.terms.referentials.agreements.is_some() && !named {
                    tell(Fault::at(
                        "ArchivalAgreement",
                        "Le bordereau ne cite aucun accord de versement : ajoutez « ArchivalAgreement ».",
                    ));
                }
            },
        },
        Question {
            code: "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_UNKNOWN",
            weight: Outcome::Ko,
            question: "L'accord de versement est-il connu ?",
            ask: unknown_agreement,
        },
        Question {
            code: "CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_INACTIVE",
            weight: Outcome::Ko,
            question: "L'accord de versement est-il actif ?",
            ask: |subject, tell| {
                with_agreement(subject, tell, |agreement, tell| {
                    if !agreement.active {
                        tell(Fault::at(
                            "ArchivalAgreement",
                            format!(
                                "L'accord de versement « {} » est inactif : demandez à l'archiviste de le réactiver ou citez-en un autre.",
                                agreement.identifier
                            ),
                        ));
                    }
                });
            },
        },
        Question {
            code: "CHECK_HEADER.CHECK_CONTRACT_INGEST.TRANSFERRING_AGENCY_NOT_ALLOWED",
            weight: Outcome::Ko,
            question: "L'accord admet-il le service versant ?",
            ask: |subject, tell| {
                with_agreement(subject, tell, |agreement, tell| {
                    not_allowed(
                        &agreement.transferring_agencies,
                        Some(&subject.header.transferring_agency),
                        "TransferringAgency",
                        "service versant",
                        agreement,
                        tell,
                    );
                });
            },
        },
        Question {
            code: "CHECK_HEADER.CHECK_CONTRACT_INGEST.ORIGINATING_AGENCY_NOT_ALLOWED",
            weight: Outcome::Ko,
            question: "L'accord admet-il le service producteur ?",
            ask: |subject, tell| {
                with_agreement(subject, tell, |agreement, tell| {
                    not_allowed(
                        &agreement.originating_agencies,
                        subject.header.originating_agency.as_deref(),
                        "OriginatingAgencyIdentifier",
                        "service producteur",
                        agreement,
                        tell,
                    );
                });
            },
        },
        Question {
            code: "CHECK_HEADER.CHECK_CONTRACT_INGEST.VERSION_NOT_ALLOWED",
            weight: Outcome::Ko,
            question: "L'accord admet-il cette version du SEDA ?",
            ask: |subject, tell| {
                with_agreement(subject, tell, |agreement, tell| {
                    if let Some(version) = subject
                        .version
                        .filter(|version| !agreement.versions.is_empty() && !agreement.versions.contains(version))
                    {
                        tell(Fault::at(
                            "ArchiveTransfer",
                            format!(
                                "L'accord « {} » n'admet pas le SEDA {} : transmettez dans une version admise.",
                                agreement.identifier,
                                version.number()
                            ),
                        ));
                    }
                });
            },
        },
        Question {
            code: "CHECK_HEADER.CHECK_CONTRACT_INGEST.TOO_MANY_OBJECTS",
            weight: Outcome::Ko,
            question: "Le transfert tient-il dans le nombre d'objets de l'accord ?",
            ask: |subject, tell| {
                with_agreement(subject, tell, |agreement, tell| {
                    if let Some(max) = agreement.max_objects.filter(|max| subject.n_objects > *max) {
                        tell(Fault::at(
                            "DataObjectPackage",
                            format!(
                                "Le transfert compte {} objets ; l'accord « {} » en admet {max} : scindez le transfert.",
                                subject.n_objects, agreement.identifier
                            ),
                        ));
                    }
                });
            },
        },
        Question {
            code: "CHECK_HEADER.CHECK_CONTRACT_INGEST.TOO_LARGE",
            weight: Outcome::Ko,
            question: "Le transfert tient-il dans le volume de l'accord ?",
            ask: |subject, tell| {
                with_agreement(subject, tell, |agreement, tell| {
                    if let Some(max) = agreement.max_bytes.filter(|max| subject.n_bytes > *max) {
                        tell(Fault::at(
                            "",
                            format!(
                                "Le transfert pèse {} octets ; l'accord « {} » en admet {max} : scindez le transfert.",
                                subject.n_bytes, agreement.identifier
                            ),
                        ));
                    }
                });
            },
        },
        Question {
            code: "CHECK_HEADER.CHECK_IC_AP_RELATION.DIFF",
            weight: Outcome::Ko,
            question: "Le profil cité est-il celui de l'accord ?",
            ask: |subject, tell| {
                with_agreement(subject, tell, |agreement, tell| {
                    if agreement.profile.is_some() && agreement.profile != subject.header.profile {
                        let wanted = agreement.profile.as_deref().unwrap_or_default();
                        tell(Fault::at(
                            "ArchivalProfile",
                            format!(
                                "L'accord « {} » demande le profil « {wanted} » ; le bordereau cite « {} ».",
                                agreement.identifier,
                                subject.header.profile.as_deref().unwrap_or("aucun")
                            ),
                        ));
                    }
                });
            },
        },
        Question {
            code: "CHECK_HEADER.CHECK_IC_AP_RELATION.UNKNOWN",
            weight: Outcome::Ko,
            question: "Le profil que demande l'accord est-il au référentiel ?",
            ask: |subject, tell| {
                with_agreement(subject, tell, |agreement, tell| {
                    let wanted = agreement.profile.as_deref().filter(|_| agreement.profile == subject.header.profile);
                    if let Some(wanted) = wanted
                        && !subject.terms.referentials.profiles.contains_key(wanted)
                    {
                        tell(Fault::at(
                            "ArchivalProfile",
                            format!(
                                "L'accord « {} » demande le profil « {wanted} », qui n'est pas au référentiel : demandez à l'archiviste de l'importer.",
                                agreement.identifier
                            ),
                        ));
                    }
                });
            },
        },
    ];
}

/// Whether a person must accept what passes the controls.
pub fn awaits_a_person(terms: &Terms<'_>, header: &Header) -> bool {
    terms.agreement(header.agreement.as_deref()).is_some_and(|agreement| agreement.acceptance == Acceptance::Human)
}

fn empty_fields(subject: &HeaderSubject<'_>, tell: &mut dyn FnMut(Fault)) {
    for (element, value) in [
        ("MessageIdentifier", &subject.header.message_identifier),
        ("ArchivalAgency/Identifier", &subject.header.archival_agency),
        ("TransferringAgency/Identifier", &subject.header.transferring_agency),
    ] {
        if value.trim().is_empty() {
            tell(Fault::at(element, format!("Le champ « {element} » est vide ou absent : il est obligatoire.")));
        }
    }
    for (element, value) in [
        ("OriginatingAgencyIdentifier", &subject.header.originating_agency),
        ("SubmissionAgencyIdentifier", &subject.header.submission_agency),
    ] {
        if value.as_deref().is_some_and(|value| value.trim().is_empty()) {
            tell(Fault::at(
                element,
                format!("Le champ « {element} » est présent mais vide : remplissez-le ou retirez-le."),
            ));
        }
    }
}

fn unknown_agencies(subject: &HeaderSubject<'_>, tell: &mut dyn FnMut(Fault)) {
    let Some(agencies) = &subject.terms.referentials.agencies else { return };
    for (identifier, _, element) in subject.agencies().filter(|(identifier, ..)| !agencies.contains_key(*identifier)) {
        tell(Fault::at(
            element,
            format!(
                "Le service « {identifier} » ne figure pas au référentiel des services : corrigez l'identifiant ou faites ajouter le service."
            ),
        ));
    }
}

fn agencies_out_of_role(subject: &HeaderSubject<'_>, tell: &mut dyn FnMut(Fault)) {
    let Some(agencies) = &subject.terms.referentials.agencies else { return };
    for (identifier, role, element) in subject.agencies() {
        if agencies.get(identifier).is_some_and(|agency| !agency.may_be(role)) {
            tell(Fault::at(
                element,
                format!(
                    "Au référentiel, le service « {identifier} » n'a pas le rôle « {} » : citez le bon service ou faites corriger ses rôles.",
                    role.word()
                ),
            ));
        }
    }
}

fn unknown_agreement(subject: &HeaderSubject<'_>, tell: &mut dyn FnMut(Fault)) {
    let Some(agreements) = &subject.terms.referentials.agreements else { return };
    let named = subject.header.agreement.as_deref().filter(|name| !name.trim().is_empty());
    if let Some(name) = named.filter(|name| !agreements.contains_key(*name)) {
        tell(Fault::at(
            "ArchivalAgreement",
            format!("L'accord de versement « {name} » n'existe pas : corrigez l'identifiant ou faites créer l'accord."),
        ));
    }
}

fn with_agreement(
    subject: &HeaderSubject<'_>,
    tell: &mut dyn FnMut(Fault),
    ask: impl Fn(&Agreement, &mut dyn FnMut(Fault)),
) {
    if let Some(agreement) = subject.agreement() {
        ask(agreement, tell);
    }
}

fn not_allowed(
    allowed: &[String],
    named: Option<&str>,
    element: &str,
    role: &str,
    agreement: &Agreement,
    tell: &mut dyn FnMut(Fault),
) {
    let Some(named) = named else { return };
    if !allowed.is_empty() && !allowed.iter().any(|one| one == named) {
        tell(Fault::at(
            element,
            format!(
                "L'accord « {} » n'admet pas « {named} » comme {role} : citez un autre accord ou faites-le compléter.",
                agreement.identifier
            ),
        ));
    }
}
