//! What is wrong with a container, told with its code and in French.

use crate::{
    archive::{
        error::Error,
        examine::question::{Fault, Telling},
        limits::Limits,
    },
    domain::{check::Outcome, name::Name},
    package::{
        fault::{self, FaultKind, Unsafe},
        open::{Opened, Package, Source},
    },
};

/// Opens a package and tells what is wrong with it; `None` when nothing of it can be read.
pub fn open(source: Source, limits: &Limits, telling: &mut Telling<'_>) -> Result<Option<Package>, Error> {
    match Package::open(source, &limits.package)? {
        Opened::Package(package) => {
            tell(package.faults(), telling);
            Ok(Some(package))
        }
        Opened::Unreadable(faults) => {
            tell(&faults, telling);
            Ok(None)
        }
    }
}

/// Tells each fault.
pub fn tell(faults: &[fault::Fault], telling: &mut Telling<'_>) {
    for fault in faults {
        let place = fault.name.as_ref().map(Name::display).unwrap_or_default();
        let (code, message) = words(&fault.kind, &place);
        telling.tell(code, Outcome::Ko, Fault::at(place, message));
    }
}

/// The code and the sentence of each kind of fault.
fn words(kind: &FaultKind, name: &str) -> (&'static str, String) {
    const CONTAINER: &str = "CHECK_CONTAINER";
    const LIMIT: &str = "CHECK_CONTAINER.LIMIT";
    const NAME: &str = "UPLOAD_SIP.UNSAFE_NAME";
    const MANIFEST: &str = "MANIFEST_FILE_NAME_CHECK";
    match kind {
        FaultKind::UnknownContainer => (CONTAINER, "Le paquet n'est ni un ZIP, ni un tar, ni un tar.gz, ni un tar.bz2 : déposez-le dans l'un de ces formats.".to_owned()),
        FaultKind::Truncated => ("CHECK_CONTAINER.TRUNCATED", "Le paquet est incomplet : sa fin manque. Refaites l'envoi.".to_owned()),
        FaultKind::Corrupt(_) => (CONTAINER, "Le paquet est abîmé et ne peut pas être lu jusqu'au bout : refabriquez-le et refaites l'envoi.".to_owned()),
        FaultKind::Encrypted => ("CHECK_CONTAINER.ENCRYPTED", format!("Le fichier « {name} » est chiffré : déposez un paquet sans mot de passe.")),
        FaultKind::UnsupportedMethod => (CONTAINER, format!("Le fichier « {name} » est compressé par une méthode non prise en charge : employez « deflate » ou aucune compression.")),
        FaultKind::Empty => (CONTAINER, "Le paquet ne contient aucun fichier.".to_owned()),
        FaultKind::TooManyEntries { limit } => (LIMIT, format!("Le paquet contient plus de {limit} entrées : scindez le transfert.")),
        FaultKind::TooLarge { limit } if name.is_empty() => (LIMIT, format!("Le paquet dépasse {limit} octets une fois décompressé : scindez le transfert.")),
        FaultKind::TooLarge { limit } => (LIMIT, format!("Le fichier « {name} » dépasse {limit} octets : scindez le transfert.")),
        FaultKind::RatioTooHigh { limit } => (LIMIT, format!("Le paquet se décompresse en plus de {limit} fois sa taille : il est refusé comme une bombe de décompression.")),
        FaultKind::NameTooLong { limit, found } => (NAME, format!("Le nom « {name} » compte {found} octets, pour {limit} admis : raccourcissez-le.")),
        FaultKind::NameUnsafe(reason) => (NAME, format!("Le nom « {name} » est refusé : {}. Renommez le fichier.", unsafe_because(*reason))),
        FaultKind::Link => (NAME, format!("« {name} » est un lien : remplacez-le par le fichier lui-même.")),
        FaultKind::Device => (NAME, format!("« {name} » n'est pas un fichier ordinaire : retirez-le.")),
        FaultKind::Sparse => (CONTAINER, format!("« {name} » est un fichier creux : refaites le tar sans l'option « sparse ».")),
        FaultKind::DuplicateName => ("CHECK_CONTAINER.DUPLICATE_NAME", format!("Le paquet contient deux fichiers du même nom, « {name} » : renommez l'un d'eux.")),
        FaultKind::Overlap => (CONTAINER, format!("« {name} » partage ses octets avec un autre fichier du paquet : refabriquez le ZIP.")),
        FaultKind::HeadersDisagree => (CONTAINER, format!("Le ZIP se contredit au sujet de « {name} » : refabriquez-le.")),
        FaultKind::ManifestMissing => (MANIFEST, "Le paquet ne contient pas de bordereau : placez à sa racine un fichier « manifest.xml » (ou « bordereau.xml »).".to_owned()),
        FaultKind::ManifestAmbiguous => (MANIFEST, format!("Le paquet contient plusieurs bordereaux, dont « {name} » : n'en laissez qu'un.")),
    }
}

const fn unsafe_because(reason: Unsafe) -> &'static str {
    match reason {
        Unsafe::Traversal => "il remonte hors du paquet par « .. »",
        Unsafe::Absolute => "il commence par « / »",
        Unsafe::Backslash => "il contient « \\ »",
        Unsafe::DriveLetter => "il commence par une lettre de lecteur",
        Unsafe::ControlCharacter => "il contient un caractère de commande",
        Unsafe::ForbiddenCharacter => "il contient l'un des caractères # ? * < > | \"",
        Unsafe::EmptyStep => "il contient une étape vide",
    }
}
