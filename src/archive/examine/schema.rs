//! The manifest against the schema of its version, in the dialects allowed.

use std::{io::Read, ops::ControlFlow};

use crate::{
    archive::{
        error::Error,
        examine::{
            container,
            question::{Fault, Telling},
            terms::Terms,
        },
        limits::Limits,
    },
    digest,
    domain::{
        agreement::Agreement,
        check::Outcome,
        digest::Algorithm,
        seda::{Dialect, SedaVersion},
    },
    package::open::Package,
    seda::{
        root::{self, Root},
        schemas,
    },
    xml::{
        encoding,
        violation::{Kind, Violation},
    },
};

const NOT_XML: &str = "CHECK_SEDA.NOT_XML_FILE";
const NOT_VALID: &str = "CHECK_SEDA.NOT_XSD_VALID";
const VERSION: &str = "CHECK_SEDA.UNSUPPORTED_SEDA_VERSION";
const DIALECT: &str = "CHECK_HEADER.CHECK_CONTRACT_INGEST.DIALECT_NOT_ALLOWED";
const UNKNOWN_REFERENCE: &str = "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.UNKNOWN_REFERENCE";
const DUPLICATE_ID: &str = "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.DUPLICATE_ID";

/// Elements whose references the questions about the graph look at themselves, with better words.
const REFERENCES_ASKED_ELSEWHERE: [&str; 4] =
    ["ArchiveUnitRefId", "DataObjectReferenceId", "DataObjectGroupReferenceId", "SignedDocumentReferenceId"];

/// Elements whose identifiers the questions about the graph look at themselves.
const BEARERS_ASKED_ELSEWHERE: [&str; 5] =
    ["ArchiveUnit", "BinaryDataObject", "PhysicalDataObject", "DataObjectGroup", "DataObjectGroupId"];

/// Messages that carry units and objects and that the archive takes in.
const MESSAGES: [&str; 2] = ["ArchiveTransfer", "ArchiveDeliveryRequestReply"];

/// Looks at the root: is it XML, a message that we take in, of a version that we know? Tells what it is not.
/// Whether the manifest can be read on.
pub fn check_root(package: &Package, limits: &Limits, telling: &mut Telling<'_>) -> Result<bool, Error> {
    let root = read(package, telling, |manifest| root::detect(encoding::utf8(manifest), limits.xml))?;
    match root {
        None => Ok(false),
        Some(Ok(Root::NotXml { .. })) => {
            tell_malformed(package, limits, telling)?;
            Ok(false)
        }
        Some(Ok(Root::Element { local_name, namespace, version })) => {
            let is_seda = namespace.as_deref().is_some_and(|name| name.contains("archivesdefrance:seda"));
            if !is_seda {
                let message = format!("Le bordereau n'est pas un message SEDA : sa racine est « {local_name} ».");
                telling.tell(NOT_VALID, Outcome::Ko, Fault::at(local_name, message));
                return Ok(false);
            }
            if version.is_none() {
                let named = namespace.as_deref().and_then(|name| name.rsplit(":v").next()).unwrap_or_default();
                let message =
                    format!("La version {named} du SEDA n'est pas prise en charge : transmettez en 2.1, 2.2 ou 2.3.");
                telling.tell(VERSION, Outcome::Ko, Fault::at("ArchiveTransfer", message));
            }
            if version.is_some() && !MESSAGES.contains(&local_name.as_str()) {
                let message =
                    format!("Le message « {local_name} » n'est pas un transfert : déposez un « ArchiveTransfer ».");
                telling.tell(NOT_VALID, Outcome::Ko, Fault::at(local_name, message));
                return Ok(false);
            }
            Ok(true)
        }
        Some(Err(error)) if encoding::Fault::within(&error).is_some() => {
            tell_malformed(package, limits, telling)?;
            Ok(false)
        }
        Some(Err(error)) => Err(error.into()),
    }
}

/// Compares the manifest's digest with the one that the depositor announced.
pub fn check_announced_digest(package: &Package, terms: &Terms<'_>, telling: &mut Telling<'_>) -> Result<(), Error> {
    let Some(announced) = terms.manifest_digest else { return Ok(()) };
    let Some(algorithm) = Algorithm::named(&announced.algorithm) else { return Ok(()) };
    let digest = read(package, telling, |manifest| -> std::io::Result<_> {
        Ok(digest::of(manifest, &[algorithm])?.get(algorithm))
    })?;
    if let Some(digest) = digest.transpose()?.flatten().filter(|digest| !announced.is(digest)) {
        let message = format!(
            "L'empreinte {} du bordereau ({digest}) n'est pas celle annoncée ({}).",
            algorithm.name(),
            announced.value.trim()
        );
        telling.tell("MANIFEST_DIGEST_CHECK", Outcome::Ko, Fault::at("", message));
    }
    Ok(())
}

/// Validates the manifest under the allowed dialects, and tells what is wrong under the widest of them. Gives the
/// dialect under which it is valid.
pub fn check(
    package: &Package,
    version: SedaVersion,
    allowed: &[Dialect],
    agreement: Option<&Agreement>,
    limits: &Limits,
    telling: &mut Telling<'_>,
) -> Result<Option<Dialect>, Error> {
    let mut allowed = if allowed.is_empty() { vec![Dialect::Strict] } else { allowed.to_vec() };
    allowed.sort_unstable();
    for dialect in &allowed {
        if is_valid(package, version, *dialect, limits)? {
            return Ok(Some(*dialect));
        }
    }
    if let Some(agreement) = agreement {
        for dialect in Dialect::ALL.into_iter().filter(|dialect| !allowed.contains(dialect)) {
            if is_valid(package, version, dialect, limits)? {
                let message = format!(
                    "Le bordereau est écrit dans le dialecte « {} », que l'accord « {} » n'admet pas.",
                    dialect.word(),
                    agreement.identifier
                );
                telling.tell(DIALECT, Outcome::Ko, Fault::at("ArchivalAgreement", message));
                return Ok(Some(dialect));
            }
        }
    }
    let widest = allowed.last().copied().unwrap_or(Dialect::Strict);
    validate(package, version, widest, limits, &mut |violation| {
        tell_violation(&violation, telling);
        ControlFlow::Continue(())
    })?;
    Ok(None)
}

/// Tells why a manifest is not well-formed, in the words of the schema's pass.
pub fn tell_malformed(package: &Package, limits: &Limits, telling: &mut Telling<'_>) -> Result<(), Error> {
    let mut told = false;
    validate(package, SedaVersion::V2_1, Dialect::Strict, limits, &mut |violation| {
        if is_malformed(violation.kind) {
            tell_violation(&violation, telling);
            told = true;
        }
        if told { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if !told {
        telling.tell(NOT_XML, Outcome::Ko, Fault::at("", "Le bordereau n'est pas un fichier XML lisible."));
    }
    Ok(())
}

fn is_valid(package: &Package, version: SedaVersion, dialect: Dialect, limits: &Limits) -> Result<bool, Error> {
    let mut valid = true;
    validate(package, version, dialect, limits, &mut |violation| {
        if asked_elsewhere(&violation) {
            return ControlFlow::Continue(());
        }
        valid = false;
        ControlFlow::Break(())
    })?;
    Ok(valid)
}

fn validate(
    package: &Package,
    version: SedaVersion,
    dialect: Dialect,
    limits: &Limits,
    on: &mut dyn FnMut(Violation) -> ControlFlow<()>,
) -> Result<(), Error> {
    let schema = schemas::schema(version, dialect).map_err(|error| Error::Schema(error.to_string()))?;
    // Faults of the container met here were told when the manifest was first read.
    if let Ok(validated) = package.with_manifest(|manifest| schema.validate(manifest, &limits.schema, on))? {
        validated.map_err(|error| Error::Schema(error.to_string()))?;
    }
    Ok(())
}

fn tell_violation(violation: &Violation, telling: &mut Telling<'_>) {
    if asked_elsewhere(violation) {
        return;
    }
    let code = match violation.kind {
        kind if is_malformed(kind) => NOT_XML,
        Kind::UnknownReference => UNKNOWN_REFERENCE,
        Kind::DuplicateId => DUPLICATE_ID,
        _ => NOT_VALID,
    };
    let place = format!("{} (ligne {}, colonne {})", violation.element, violation.line, violation.column);
    telling.tell(code, Outcome::Ko, Fault::at(place.trim_start(), violation.message.clone()));
}

const fn is_malformed(kind: Kind) -> bool {
    matches!(kind, Kind::NotWellFormed | Kind::Encoding | Kind::Limit | Kind::Dtd)
}

fn asked_elsewhere(violation: &Violation) -> bool {
    let element = violation.element.as_str();
    match violation.kind {
        Kind::UnknownReference => REFERENCES_ASKED_ELSEWHERE.contains(&element),
        Kind::DuplicateId => BEARERS_ASKED_ELSEWHERE.contains(&element),
        _ => false,
    }
}

/// Reads the manifest; `None` when its bytes are bad, which is told.
pub fn read<T>(
    package: &Package,
    telling: &mut Telling<'_>,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<Option<T>, Error> {
    match package.with_manifest(read)? {
        Ok(answer) => Ok(Some(answer)),
        Err(faults) => {
            container::tell(&faults, telling);
            Ok(None)
        }
    }
}
