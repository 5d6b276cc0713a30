//! Archival agreements, and VITAM's ingest contracts (JSON) where they mean the same.
//!
//! Columns, which are also the fields in JSON: `Identifier`, `Name`, `Status` (`ACTIVE`, `INACTIVE`),
//! `TransferringAgencies`, `OriginatingAgencies`, `SedaVersions` (`2.1`, …), `Dialects` (`strict`, `vitam`),
//! `Acceptance` (`automatic`, `human`), `FormatType` (PUIDs), `SignedDocument` (`ALLOWED`, `MANDATORY`, `FORBIDDEN`),
//! `ArchiveProfiles` (one at most), `MaxBytes`, `MaxObjects`, `MasterMandatory` (`true`, `false`). Lists are separated
//! by `|` in CSV. An empty list means "any", and an empty cell what is first in its list of words, or no limit.
//!
//! Of an ingest contract, `EveryFormatType` and `SignaturePolicy.SignedDocument` are understood too; its dates,
//! versions and description are passed over; any other field that asks for something is a fault.

use std::io::Write;

use crate::{
    domain::{
        agreement::{Acceptance, Agreement, SignaturePolicy},
        seda::{Dialect, SedaVersion},
    },
    record::{
        Error,
        referential::{
            ImportFault, Limits,
            export::{self, Cells},
            import::Import,
            row::{Cell, Grammar, LIST, Row},
        },
    },
};

const COLUMNS: [&str; 14] = [
    "Identifier",
    "Name",
    "Status",
    "TransferringAgencies",
    "OriginatingAgencies",
    "SedaVersions",
    "Dialects",
    "Acceptance",
    "FormatType",
    "SignedDocument",
    "ArchiveProfiles",
    "MaxBytes",
    "MaxObjects",
    "MasterMandatory",
];

const CSV: Grammar = Grammar { columns: &COLUMNS, required: &["Identifier", "Name"], free: false };

/// Our columns, then the fields of VITAM's ingest contract that are read or passed over.
const JSON: Grammar = Grammar {
    columns: &[
        "Identifier",
        "Name",
        "Status",
        "TransferringAgencies",
        "OriginatingAgencies",
        "SedaVersions",
        "Dialects",
        "Acceptance",
        "FormatType",
        "SignedDocument",
        "ArchiveProfiles",
        "MaxBytes",
        "MaxObjects",
        "MasterMandatory",
        "EveryFormatType",
        "SignaturePolicy.SignedDocument",
        "EveryDataObjectVersion",
        "CheckParentLink",
        "Description",
        "CreationDate",
        "LastUpdate",
        "ActivationDate",
        "DeactivationDate",
        "#id",
        "#tenant",
        "#version",
        "_id",
        "_tenant",
        "_v",
    ],
    required: &["Identifier", "Name"],
    free: false,
};

const SIGNATURES: [(&str, SignaturePolicy); 3] = [
    ("ALLOWED", SignaturePolicy::Allowed),
    ("MANDATORY", SignaturePolicy::Mandatory),
    ("FORBIDDEN", SignaturePolicy::Forbidden),
];

const ACCEPTANCES: [(&str, Acceptance); 2] = [("automatic", Acceptance::Automatic), ("human", Acceptance::Human)];

const STATUSES: [(&str, bool); 2] = [("ACTIVE", true), ("INACTIVE", false)];

/// Reads agreements from CSV; everything wrong with it otherwise.
pub fn from_csv(bytes: &[u8], limits: &Limits) -> Result<Vec<Agreement>, Vec<ImportFault>> {
    Import::new(&CSV, limits, agreement, |agreement| &agreement.identifier).csv(bytes)
}

/// Reads agreements or ingest contracts from a JSON array; everything wrong with it otherwise.
pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Vec<Agreement>, Vec<ImportFault>> {
    Import::new(&JSON, limits, contract, |agreement| &agreement.identifier).json(bytes)
}

/// Writes agreements as CSV.
pub fn to_csv<'a>(agreements: impl IntoIterator<Item = &'a Agreement>, out: impl Write) -> Result<(), Error> {
    export::write_csv(&COLUMNS, agreements.into_iter().map(cells), out)
}

/// Writes agreements as a JSON array.
pub fn to_json<'a>(agreements: impl IntoIterator<Item = &'a Agreement>, out: impl Write) -> Result<(), Error> {
    export::write_json(&COLUMNS, agreements.into_iter().map(cells), out)
}

/// An ingest contract: an agreement, and VITAM's own fields.
fn contract(row: &mut Row) -> Agreement {
    let every_format = row.word("EveryFormatType", &["true", "false"], None, |word| word.parse().ok().map(Some));
    let nested = one_of(row, "SignaturePolicy.SignedDocument", &SIGNATURES, SignaturePolicy::Allowed);
    only(row, "EveryDataObjectVersion", "true");
    only(row, "CheckParentLink", "AUTHORIZED");
    let mut agreement = agreement(row);
    if nested != SignaturePolicy::Allowed {
        agreement.signatures = nested;
    }
    match (every_format, agreement.formats.is_empty()) {
        (Some(true), false) => {
            row.fault("FormatType", "EveryFormatType vaut « true » : retirez cette liste de formats.");
        }
        (Some(false), true) => {
            row.fault("FormatType", "EveryFormatType vaut « false » : donnez la liste des formats.");
        }
        _ => {}
    }
    agreement
}

fn agreement(row: &mut Row) -> Agreement {
    let versions = SedaVersion::ALL.map(SedaVersion::number);
    let dialects = Dialect::ALL.map(Dialect::word);
    Agreement {
        identifier: row.identifier("Identifier"),
        name: row.required("Name"),
        active: one_of(row, "Status", &STATUSES, true),
        transferring_agencies: row.list("TransferringAgencies", &[LIST]),
        originating_agencies: row.list("OriginatingAgencies", &[LIST]),
        versions: row.words("SedaVersions", &[LIST], &versions, SedaVersion::from_number),
        dialects: row.words("Dialects", &[LIST], &dialects, Dialect::from_word),
        acceptance: one_of(row, "Acceptance", &ACCEPTANCES, Acceptance::Automatic),
        formats: row.list("FormatType", &[LIST]),
        signatures: one_of(row, "SignedDocument", &SIGNATURES, SignaturePolicy::Allowed),
        profile: profile(row),
        max_bytes: row.number("MaxBytes"),
        max_objects: row.number("MaxObjects"),
        master_mandatory: row.flag("MasterMandatory"),
    }
}

fn profile(row: &mut Row) -> Option<String> {
    let mut profiles = row.list("ArchiveProfiles", &[LIST]);
    if profiles.len() > 1 {
        row.fault("ArchiveProfiles", "un seul profil est admis par accord : faites un accord par profil.");
    }
    profiles.pop()
}

/// The value of a word, or `otherwise` when the cell is empty.
fn one_of<T: Copy>(row: &mut Row, column: &'static str, known: &[(&str, T)], otherwise: T) -> T {
    let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
    row.word(column, &words, otherwise, |word| known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value))
}

/// Notes a value of VITAM's that asks for what is not done here.
fn only(row: &mut Row, column: &'static str, accepted: &str) {
    if let Some(value) = row.text(column).filter(|value| value != accepted && value != "false") {
        row.unknown(column, &value, &[accepted]);
    }
}

fn cells(agreement: &Agreement) -> Cells {
    let texts = |values: &[String]| export::list(values.iter().map(String::as_str));
    export::cells([
        ("Identifier", export::text(&agreement.identifier)),
        ("Name", export::text(&agreement.name)),
        ("Status", word(&STATUSES, &agreement.active)),
        ("TransferringAgencies", texts(&agreement.transferring_agencies)),
        ("OriginatingAgencies", texts(&agreement.originating_agencies)),
        ("SedaVersions", export::list(agreement.versions.iter().map(|version| version.number()))),
        ("Dialects", export::list(agreement.dialects.iter().map(|dialect| dialect.word()))),
        ("Acceptance", word(&ACCEPTANCES, &agreement.acceptance)),
        ("FormatType", texts(&agreement.formats)),
        ("SignedDocument", word(&SIGNATURES, &agreement.signatures)),
        ("ArchiveProfiles", export::list(agreement.profile.as_deref())),
        ("MaxBytes", agreement.max_bytes.map(Cell::Number)),
        ("MaxObjects", agreement.max_objects.map(Cell::Number)),
        ("MasterMandatory", Some(Cell::Flag(agreement.master_mandatory))),
    ])
}

fn word<T: PartialEq>(known: &[(&str, T)], value: &T) -> Option<Cell> {
    known.iter().find(|(_, known)| known == value).and_then(|(word, _)| export::text(word))
}
