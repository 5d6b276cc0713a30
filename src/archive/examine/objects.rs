//! Questions about data objects: what the manifest declares, what the package holds, and the bytes themselves.

use std::collections::{HashMap, HashSet};

use crate::{
    archive::examine::{
        question::{Fault, Question},
        survey::{ObjectNode, Survey},
        terms::Terms,
    },
    domain::{
        check::Outcome,
        digest::{Algorithm, DeclaredDigest},
        name::Name,
    },
};

/// One declared object, alone.
pub struct ObjectSubject<'a> {
    /// The object.
    pub object: &'a ObjectNode,
}

/// The usages that an object may have (VITAM's five).
const USAGES: [&str; 5] = ["PhysicalMaster", "BinaryMaster", "Dissemination", "Thumbnail", "TextContent"];

impl<'a> ObjectSubject<'a> {
    /// The questions put to each declared object.
    pub const QUESTIONS: &'a [Question<Self>] = &[
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALID_DATAOBJECTVERSION",
            weight: Outcome::Ko,
            question: "L'usage et le numéro de version sont-ils bien formés ?",
            ask: |subject, tell| {
                if let Some(version) = subject.object.version.as_deref().filter(|version| !is_version(version)) {
                    tell(Fault::at(
                        place(subject.object),
                        format!(
                            "« {version} » n'est pas un usage : écrivez l'un de {}, suivi au besoin de « _ » et d'un numéro.",
                            USAGES.join(", ")
                        ),
                    ));
                }
            },
        },
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.PDO_DATAOBJECTIONVERSION_BINARYMASTER",
            weight: Outcome::Ko,
            question: "Aucun objet physique n'est-il dit original numérique ?",
            ask: |subject, tell| {
                let digital =
                    usage(subject.object).is_some_and(|usage| USAGES.contains(&usage) && usage != "PhysicalMaster");
                if subject.object.physical && digital {
                    tell(Fault::at(
                        place(subject.object),
                        "Un objet physique porte un usage numérique : son usage est « PhysicalMaster ».",
                    ));
                }
            },
        },
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.BDO_DATAOBJECTIONVERSION_PHYSICALMASTER",
            weight: Outcome::Ko,
            question: "Aucun objet numérique n'est-il dit original physique ?",
            ask: |subject, tell| {
                if !subject.object.physical && usage(subject.object) == Some("PhysicalMaster") {
                    tell(Fault::at(
                        place(subject.object),
                        "Un objet numérique porte l'usage « PhysicalMaster » : son usage est « BinaryMaster » ou un usage dérivé.",
                    ));
                }
            },
        },
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.EMPTY_REQUIRED_FIELD",
            weight: Outcome::Ko,
            question: "Chaque objet dit-il où le trouver ?",
            ask: |subject, tell| {
                let blank = subject.object.uri.as_deref().is_none_or(|uri| uri.trim().is_empty());
                if !subject.object.physical && blank {
                    tell(Fault::at(
                        place(subject.object),
                        "L'objet numérique n'a pas d'« Uri » : indiquez le nom du fichier dans le paquet.",
                    ));
                }
                if subject.object.blank_physical_id {
                    tell(Fault::at(
                        place(subject.object),
                        "L'objet physique a un « PhysicalId » vide : indiquez sa cote.",
                    ));
                }
            },
        },
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALIDE_ALGO",
            weight: Outcome::Ko,
            question: "Les algorithmes d'empreinte sont-ils connus ?",
            ask: |subject, tell| {
                for declared in
                    subject.object.declared.iter().filter(|declared| Algorithm::named(&declared.algorithm).is_none())
                {
                    tell(Fault::at(
                        place(subject.object),
                        format!(
                            "L'algorithme d'empreinte « {} » n'est pas connu : employez MD5, SHA-1, SHA-256, SHA-384 ou SHA-512.",
                            declared.algorithm
                        ),
                    ));
                }
            },
        },
        Question {
            code: "CHECK_DIGEST.EMPTY",
            weight: Outcome::Ko,
            question: "Chaque objet numérique déclare-t-il une empreinte ?",
            ask: |subject, tell| {
                let none = subject.object.declared.iter().all(|declared| declared.value.trim().is_empty());
                if !subject.object.physical && none {
                    tell(Fault::at(
                        place(subject.object),
                        "L'objet numérique ne déclare aucune empreinte : remplissez « MessageDigest ».",
                    ));
                }
            },
        },
    ];
}

/// What the manifest declares, beside what the package holds.
pub struct PresenceSubject<'a> {
    /// What the manifest declares.
    pub survey: &'a Survey,
    /// Which entry each object designates, by the object's place in the survey.
    pub designated: &'a [Option<usize>],
    /// Names of the package's entries that were refused: what declares them is not missing.
    pub refused: &'a [&'a Name],
    /// The package's entries but its manifest, in the container's order.
    pub entries: &'a [&'a Name],
    /// What the house knows.
    pub terms: &'a Terms<'a>,
}

impl<'a> PresenceSubject<'a> {
    fn is_refused(&self, uri: &str) -> bool {
        self.refused.iter().any(|name| name.bytes() == uri.as_bytes())
    }

    /// The questions put to declarations and entries together.
    pub const QUESTIONS: &'a [Question<Self>] = &[
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.INVALID_URI",
            weight: Outcome::Ko,
            question: "Chaque « Uri » est-il sûr, et chaque fichier désigné par un seul objet ?",
            ask: |subject, tell| {
                entries_designated_twice(subject, tell);
                unsafe_uris(subject, tell);
            },
        },
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_SUPERIOR_BDO",
            weight: Outcome::Ko,
            question: "Chaque objet déclaré a-t-il son fichier dans le paquet ?",
            ask: |subject, tell| {
                for (object, entry) in subject.survey.objects.iter().zip(subject.designated) {
                    let uri = object.uri.as_deref().filter(|uri| !uri.trim().is_empty() && !is_unsafe(uri));
                    let uri = uri.filter(|uri| !subject.is_refused(uri));
                    if let (false, None, Some(uri)) = (object.physical, entry, uri) {
                        tell(Fault::at(
                            place(object),
                            format!(
                                "Le fichier « {uri} » est déclaré mais absent du paquet : ajoutez-le ou retirez l'objet."
                            ),
                        ));
                    }
                }
            },
        },
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_INFERIOR_BDO",
            weight: Outcome::Ko,
            question: "Chaque fichier du paquet est-il déclaré ?",
            ask: |subject, tell| {
                let designated: HashSet<usize> = subject.designated.iter().copied().flatten().collect();
                for (_, name) in subject.entries.iter().enumerate().filter(|(at, _)| !designated.contains(at)) {
                    tell(Fault::at(
                        name.display(),
                        format!(
                            "Le fichier « {} » est dans le paquet mais aucun objet ne le déclare : déclarez-le ou retirez-le.",
                            name.display()
                        ),
                    ));
                }
            },
        },
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.MASTER_MANDATORY_REQUIRED",
            weight: Outcome::Ko,
            question: "Chaque groupe a-t-il un original, si l'accord le demande ?",
            ask: groups_without_master,
        },
    ];
}

/// An object whose bytes were read.
pub struct ArrivedSubject<'a> {
    /// What was declared of it.
    pub object: &'a ObjectNode,
    /// How many bytes were read.
    pub size: u64,
    /// The digest of the bytes under an algorithm that was asked for, in lower-case hexadecimal.
    pub digest: &'a dyn Fn(Algorithm) -> Option<String>,
}

impl<'a> ArrivedSubject<'a> {
    /// The questions put to each object whose bytes were read.
    pub const QUESTIONS: &'a [Question<Self>] = &[
        Question {
            code: "CHECK_DIGEST.INVALID",
            weight: Outcome::Ko,
            question: "Chaque objet a-t-il les empreintes déclarées ?",
            ask: |subject, tell| {
                for declared in subject.object.declared.iter().filter(|declared| !declared.value.trim().is_empty()) {
                    let Some(algorithm) = Algorithm::named(&declared.algorithm) else { continue };
                    let computed = (subject.digest)(algorithm).unwrap_or_default();
                    if !declared.is(&computed) {
                        tell(wrong_digest(subject.object, algorithm, declared, &computed));
                    }
                }
            },
        },
        Question {
            code: "CHECK_OBJECT_SIZE",
            weight: Outcome::Warning,
            question: "Chaque objet a-t-il la taille déclarée ?",
            ask: |subject, tell| {
                if let Some(size) = subject.object.size.filter(|size| *size != subject.size) {
                    tell(Fault::at(
                        place(subject.object),
                        format!("La taille déclarée est de {size} octets ; le fichier en compte {}.", subject.size),
                    ));
                }
            },
        },
    ];
}

/// Which entry each object designates by its `Uri`: the same bytes, without a leading `./`, or once percent-decoded.
pub fn designate(survey: &Survey, entries: &[&Name]) -> Vec<Option<usize>> {
    let by_name: HashMap<&[u8], usize> =
        entries.iter().enumerate().map(|(at, name)| (without_dot(name.bytes()), at)).collect();
    let find = |uri: &str| {
        let exact = by_name.get(without_dot(uri.as_bytes()));
        exact.or_else(|| by_name.get(without_dot(&percent_decoded(uri)))).copied()
    };
    survey
        .objects
        .iter()
        .map(|object| if object.physical { None } else { find(object.uri.as_deref()?.trim()) })
        .collect()
}

fn without_dot(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"./").unwrap_or(name)
}

fn percent_decoded(uri: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        if let Some(byte) = pair.filter(|_| *first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            decoded.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    decoded
}

/// What bears a declaration, for people.
pub fn place(object: &ObjectNode) -> String {
    let element = if object.physical { "PhysicalDataObject" } else { "BinaryDataObject" };
    format!("{element} {} (ligne {})", object.local_id, object.line)
}

fn usage(object: &ObjectNode) -> Option<&str> {
    object.version.as_deref()?.split('_').next()
}

fn is_version(version: &str) -> bool {
    let (usage, number) = version.split_once('_').unwrap_or((version, "1"));
    USAGES.contains(&usage)
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
        && number.parse::<u32>().is_ok_and(|n| n > 0)
}

fn entries_designated_twice(subject: &PresenceSubject<'_>, tell: &mut dyn FnMut(Fault)) {
    let mut first: HashMap<usize, &ObjectNode> = HashMap::new();
    for (object, entry) in subject.survey.objects.iter().zip(subject.designated) {
        let Some(entry) = entry else { continue };
        if let Some(other) = first.get(entry) {
            tell(Fault::at(
                place(object),
                format!(
                    "L'objet désigne le même fichier que l'objet « {} » : donnez à chacun le sien.",
                    other.local_id
                ),
            ));
        } else {
            first.insert(*entry, object);
        }
    }
}

fn unsafe_uris(subject: &PresenceSubject<'_>, tell: &mut dyn FnMut(Fault)) {
    for object in &subject.survey.objects {
        // A file of that name that stands in the package was refused, and told, under its own name.
        if let Some(uri) = object.uri.as_deref().filter(|uri| is_unsafe(uri) && !subject.is_refused(uri)) {
            tell(Fault::at(
                place(object),
                format!("L'« Uri » « {uri} » sort du paquet : désignez un fichier du paquet par son nom relatif."),
            ));
        }
    }
}

/// Whether a `Uri` leads out of the package.
fn is_unsafe(uri: &str) -> bool {
    uri.starts_with('/') || uri.contains('\\') || uri.split('/').any(|step| step == "..")
}

fn groups_without_master(subject: &PresenceSubject<'_>, tell: &mut dyn FnMut(Fault)) {
    let agreement = subject.terms.agreement(subject.survey.header.agreement.as_deref());
    if !agreement.is_some_and(|agreement| agreement.master_mandatory) {
        return;
    }
    let masters: HashSet<u32> = subject
        .survey
        .objects
        .iter()
        .filter(|object| matches!(usage(object), Some("BinaryMaster" | "PhysicalMaster")))
        .filter_map(|object| object.group)
        .collect();
    for (_, group) in (0..).zip(&subject.survey.groups).filter(|(index, _)| !masters.contains(index)) {
        tell(Fault::at(
            format!("DataObjectGroup {} (ligne {})", group.local_id, group.line),
            "Le groupe n'a pas d'original : l'accord demande un objet « BinaryMaster » ou « PhysicalMaster ».",
        ));
    }
}

fn wrong_digest(object: &ObjectNode, algorithm: Algorithm, declared: &DeclaredDigest, computed: &str) -> Fault {
    Fault::at(
        place(object),
        format!(
            "L'empreinte {} déclarée ({}) n'est pas celle du fichier ({computed}) : le fichier a changé ou la déclaration est fausse.",
            algorithm.name(),
            declared.value.trim()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_usage_and_maybe_a_number() {
        for good in ["BinaryMaster", "BinaryMaster_1", "TextContent_12", "PhysicalMaster_1"] {
            assert!(is_version(good), "{good}");
        }
        for bad in
            ["", "Master", "BinaryMaster_", "BinaryMaster_a", "BinaryMaster_0", "BinaryMaster_1_2", "binarymaster"]
        {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn an_object_designates_its_file_exactly_or_percent_encoded() {
        let object = |uri: &str| ObjectNode {
            local_id: "ID1".into(),
            line: 1,
            physical: false,
            group: None,
            unknown_group: None,
            version: None,
            uri: Some(uri.into()),
            blank_physical_id: false,
            declared: vec![],
            size: None,
        };
        let survey = Survey {
            objects: ["content/a b.pdf", "./content/c", "content/d%20%C3%A9.pdf", "content/100%.txt", "absent"]
                .map(object)
                .into(),
            ..Survey::default()
        };
        let entries = ["content/a b.pdf", "content/c", "content/d é.pdf", "content/100%.txt"].map(Name::from);
        let entries: Vec<&Name> = entries.iter().collect();
        assert_eq!(designate(&survey, &entries), [Some(0), Some(1), Some(2), Some(3), None]);
    }
}
