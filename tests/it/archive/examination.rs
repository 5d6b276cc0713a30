//! The examination: every fixture and every transfer made by others gets the verdict that its name says.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::Path,
};

use cartulaire::{
    archive::{
        examine::{self, Examination, controls, terms::Referentials},
        limits::Limits,
    },
    domain::{
        check::{Finding, Outcome, Verdict},
        seda::Dialect,
    },
    package::open::Source,
};

use crate::fixtures;

const STRICT: &[Dialect] = &[Dialect::Strict];
const BOTH: &[Dialect] = &[Dialect::Strict, Dialect::Vitam];

fn examine(path: &Path, dialects: &[Dialect]) -> Examination {
    let source = if path.is_dir() { Source::Folder(path.to_owned()) } else { Source::File(File::open(path).unwrap()) };
    examine::blank(source, &Referentials::default(), dialects, &Limits::default(), &mut |_| {}).unwrap()
}

fn refusals(examination: &Examination) -> BTreeSet<String> {
    let ko = |finding: &&Finding| finding.outcome == Outcome::Ko;
    examination.report.findings().iter().filter(ko).map(|finding| finding.code.clone()).collect()
}

#[test]
fn every_accepted_fixture_is_accepted() {
    for fixture in fixtures::accepted() {
        let examination = examine(&fixture.path, BOTH);
        assert!(examination.report.passes(), "{}: {:#?}", fixture.name, examination.report.findings());
    }
}

#[test]
fn every_refused_fixture_is_refused_by_its_code_alone() {
    let mut wrong = Vec::new();
    for fixture in fixtures::refused() {
        let examination = examine(&fixture.path, STRICT);
        let expected = BTreeSet::from([fixture.code.clone().unwrap()]);
        if refusals(&examination) != expected {
            let told: Vec<_> =
                examination.report.findings().iter().filter(|finding| finding.outcome == Outcome::Ko).collect();
            wrong.push(format!("{}: {told:?}", fixture.name));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_code_of_a_fixture_is_a_control_and_every_finding_tells_where_and_what() {
    let known: BTreeSet<&str> = controls::all().iter().map(|control| control.code).collect();
    for fixture in fixtures::refused().into_iter().chain(fixtures::refused_with_referentials()) {
        let code = fixture.code.unwrap();
        assert!(known.contains(code.as_str()), "{code} is no control");
        for finding in examine(&fixture.path, STRICT).report.findings() {
            assert!(!finding.message.is_empty(), "{finding:?}");
        }
    }
}

/// The table of the reference packages' README: these are refused strictly and accepted in the dialect.
const NEED_VITAM: &[&str] = &[
    "OK_ArchivesPhysiques",
    "OK_HoldRules_vitam_dialect",
    "OK_RULES_COMPLEXE_COMPLETE_V2",
    "OK_SEDA_2.1_Signature",
    "OK_SEDA_2.2_Signature",
    "OK_SIP_FULL_SEDA2.2",
    "OK_SEDA_2.3_SigningInformation",
    "OK_SIP_FULL_SEDA2.3",
    "OK_SIP_ARK",
    "OK_SIP_plusieurs_usages_dans_GOT",
    "OK_sedalib_TestSip",
];

/// Why the packages that must be refused are: the codes that their README's reasons stand for.
const REASONS: &[(&str, &[&str])] = &[
    ("KO_ARBO_recursif", &["CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.CHECK_MANIFEST_LOOP"]),
    (
        "KO_ArchivesPhysiques_BinaryInPhysical",
        &["CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.PDO_DATAOBJECTIONVERSION_BINARYMASTER"],
    ),
    ("KO_BORD_AUrefphysobject", &["CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.REFERENCES_OBJECT_IN_GROUP"]),
    (
        "KO_SIP_1986_unit_declare_IDobjet_au_lieu_IDGOT",
        &["CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.REFERENCES_OBJECT_IN_GROUP"],
    ),
    ("KO_BackSlashInFileName", &["UPLOAD_SIP.UNSAFE_NAME"]),
    ("KO_PathTraversalInFileName", &["UPLOAD_SIP.UNSAFE_NAME"]),
    ("KO_FILE_extension_caractere_special", &["UPLOAD_SIP.UNSAFE_NAME"]),
    ("KO_MANIFESTE-URI", &["CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_OBJECTNUMBER.MANIFEST_SUPERIOR_BDO"]),
    ("KO_Reference_Unexisting", &["CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.EXISTING_OG_NOT_DECLARED"]),
    ("KO_SIP_Conformity_digest", &["CHECK_DIGEST.INVALID"]),
    ("KO_SIP_INCORRECT_ALGORITHM", &["CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALIDE_ALGO"]),
    ("KO_SIP_INSUPPORTED_SEDA_VERSION", &["CHECK_SEDA.UNSUPPORTED_SEDA_VERSION"]),
    ("KO_SIP_no_manifest", &["MANIFEST_FILE_NAME_CHECK"]),
    ("KO_empty_zip", &["CHECK_CONTAINER"]),
    ("KO_manifest_mauvais_format", &["CHECK_SEDA.NOT_XML_FILE"]),
    ("KO_SIP_seda20_wrong_digest", &["CHECK_SEDA.UNSUPPORTED_SEDA_VERSION", "CHECK_DIGEST.INVALID"]),
];

#[test]
fn transfers_made_by_others_get_the_verdict_of_their_name() {
    let Some(reference) = fixtures::reference() else { return };
    let mut seen = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(reference.join("sips")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".zip").or(name.strip_suffix(".tar")).or(name.strip_suffix(".tar.gz"))
        else {
            continue;
        };
        seen += 1;
        let (vitam, strict) = (examine(&path, BOTH), examine(&path, STRICT));
        let good = !stem.starts_with("KO_");
        if vitam.report.passes() != good {
            wrong.push(format!("{stem}, dialect vitam: {:?}", refusals(&vitam)));
        }
        if strict.report.passes() != (good && !NEED_VITAM.contains(&stem)) {
            wrong.push(format!("{stem}, strict: {:?}", refusals(&strict)));
        }
        for (named, codes) in REASONS.iter().filter(|(named, _)| *named == stem) {
            let found = refusals(&vitam);
            if !codes.iter().all(|code| found.contains(*code)) {
                wrong.push(format!("{named}: wanted {codes:?}, found {found:?}"));
            }
        }
        assert!(good || REASONS.iter().any(|(named, _)| *named == stem), "{stem} has no reason here");
    }
    assert_eq!(seen, 38);
    assert!(wrong.is_empty(), "{} wrong: {}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_blank_test_never_says_valid_of_what_it_did_not_examine() {
    let fixture =
        fixtures::accepted().into_iter().find(|fixture| fixture.name.contains("budget_supplementaire")).unwrap();
    let examination = examine(&fixture.path, BOTH);
    assert_eq!(examination.verdict(), Verdict::Accepted);
    let not_examined: BTreeSet<&str> = examination
        .report
        .findings()
        .iter()
        .filter(|finding| finding.outcome == Outcome::NotExamined)
        .map(|finding| finding.code.as_str())
        .collect();
    for code in
        ["SANITY_CHECK_SIP", "OG_OBJECTS_FORMAT_CHECK", "SIGNATURE_VALIDATION", "CHECK_HEADER.CHECK_CONTRACT_INGEST"]
    {
        assert!(not_examined.contains(code), "{code}");
    }
}
