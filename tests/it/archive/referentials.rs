//! Referentials decide as soon as they are imported, and people decide where an agreement asks for them.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::Path,
};

use cartulaire::{
    archive::{deposit::Receipt, examine::Examination, referentials::Notation},
    domain::{
        check::{Finding, Outcome},
        journal::{JournalId, Line},
        mandate::{Administer, Deposit, Read, Validate},
        referential::Referential,
        transfer::{Transfer, TransferStatus},
    },
    package::open::Source,
    record::{
        facts::Fact,
        referential::{Limits, agencies, agreements, rules},
    },
};

use crate::{
    archive::{House, houses},
    fixtures,
};

const ALL: [(Referential, &str, Notation); 3] = [
    (Referential::Agencies, "agencies.csv", Notation::Csv),
    (Referential::Agreements, "agreements.json", Notation::Json),
    (Referential::Rules, "rules.csv", Notation::Csv),
];

/// Imports the referentials of the fixtures.
pub fn import_all(house: &House) {
    for (kind, file, notation) in ALL {
        import(house, kind, &bytes(file), notation);
    }
}

/// Imports the fixtures' agreements with a person's validation wherever acceptance was automatic, or back.
pub fn import_agreements(house: &House, acceptance: &str) {
    let mut all: serde_json::Value = serde_json::from_slice(&bytes("agreements.json")).unwrap();
    for agreement in all.as_array_mut().unwrap() {
        agreement["Acceptance"] = acceptance.into();
    }
    import(house, Referential::Agreements, all.to_string().as_bytes(), Notation::Json);
}

fn import(house: &House, kind: Referential, bytes: &[u8], notation: Notation) {
    house.archive().import(&house.may::<Administer>(), kind, bytes, notation).unwrap().unwrap();
}

fn bytes(file: &str) -> Vec<u8> {
    fs::read(fixtures::referential(file)).unwrap()
}

fn examine(house: &House, path: &Path) -> Examination {
    let source = if path.is_dir() { Source::Folder(path.to_owned()) } else { Source::File(File::open(path).unwrap()) };
    house.archive().examine(&house.may::<Deposit>(), source, &mut |_| {}).unwrap()
}

fn codes(examination: &Examination, outcome: Outcome) -> BTreeSet<String> {
    let told = |finding: &&Finding| finding.outcome == outcome;
    examination.report.findings().iter().filter(told).map(|finding| finding.code.clone()).collect()
}

fn events(house: &House) -> Vec<Line> {
    house.store().lines(&JournalId::Events(house.actor.tenant.clone()), 0, 1_000).unwrap()
}

#[test]
fn packages_that_contradict_the_referentials_are_refused_by_their_code_alone() {
    for house in houses() {
        import_all(&house);
        let mut wrong = Vec::new();
        for fixture in fixtures::refused_with_referentials() {
            let found = codes(&examine(&house, &fixture.path), Outcome::Ko);
            if found != BTreeSet::from([fixture.code.clone().unwrap()]) {
                wrong.push(format!("{}: {found:?}", fixture.name));
            }
        }
        for fixture in fixtures::accepted() {
            let examination = examine(&house, &fixture.path);
            if !examination.report.passes() {
                wrong.push(format!("{}: {:?}", fixture.name, codes(&examination, Outcome::Ko)));
            }
        }
        assert!(wrong.is_empty(), "{}: {} wrong:\n{}", house.engine, wrong.len(), wrong.join("\n"));
    }
}

#[test]
fn what_needs_a_referential_is_not_examined_before_its_import() {
    let needing = ["CHECK_HEADER.CHECK_AGENT", "CHECK_HEADER.CHECK_CONTRACT_INGEST", "UNITS_RULES_COMPUTE"];
    let named = |examination: &Examination| {
        let skipped = codes(examination, Outcome::NotExamined);
        needing.into_iter().filter(|family| skipped.iter().any(|code| code.starts_with(family))).count()
    };
    let deliberation = &fixtures::accepted()[3].path;
    for house in houses() {
        for fixture in fixtures::refused_with_referentials() {
            assert!(examine(&house, &fixture.path).report.passes(), "{}", fixture.name);
        }
        let before = examine(&house, deliberation);
        assert_eq!(named(&before), needing.len(), "{:?}", codes(&before, Outcome::NotExamined));
        import_all(&house);
        let after = examine(&house, deliberation);
        assert_eq!(named(&after), 0, "{:?}", codes(&after, Outcome::NotExamined));
    }
}

#[test]
fn a_wrong_import_is_refused_with_everything_wrong_and_changes_nothing() {
    let wrong = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n\
                 A,NoSuchRule,Un,Rien,1,Year\n\
                 B,AppraisalRule,Deux,Rien,dix,Year\n\
                 B,AppraisalRule,Trois,Rien,1,Year\n";
    for house in houses() {
        import_all(&house);
        let (archive, may) = (house.archive(), house.may::<Administer>());
        let before = (archive.export(&house.may::<Read>(), Referential::Rules, Notation::Csv).unwrap(), events(&house));
        let faults = archive.import(&may, Referential::Rules, wrong.as_bytes(), Notation::Csv).unwrap().unwrap_err();
        let lines: Vec<u64> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3, 4], "{faults:#?}");
        assert!(faults.iter().all(|fault| !fault.column.is_empty() && !fault.message.is_empty()), "{faults:#?}");
        for (kind, _, _) in ALL {
            for notation in [Notation::Csv, Notation::Json] {
                assert!(archive.import(&may, kind, b"\x00{", notation).unwrap().is_err(), "{kind:?} {notation:?}");
            }
        }
        let after = (archive.export(&house.may::<Read>(), Referential::Rules, Notation::Csv).unwrap(), events(&house));
        assert_eq!(before, after);
    }
}

#[test]
fn a_second_import_is_version_2_and_stands_in_the_journal() {
    for house in houses() {
        import_all(&house);
        import_all(&house);
        for (kind, _, _) in ALL {
            let editions = house.archive().editions(&house.may::<Read>(), kind).unwrap();
            assert_eq!(editions.iter().map(|edition| edition.version).collect::<Vec<_>>(), [2, 1]);
            let told: Vec<_> = events(&house)
                .into_iter()
                .filter_map(|line| match Fact::read(&line.event).unwrap() {
                    Some(Fact::ReferentialImported(fact)) if fact.kind == kind => Some((fact, line)),
                    _ => None,
                })
                .collect();
            assert_eq!(told.len(), 2);
            for ((fact, line), edition) in told.iter().rev().zip(&editions) {
                assert_eq!((fact.version, fact.digest), (edition.version, edition.digest));
                assert_eq!(line.at, edition.imported_at);
                assert_eq!(line.event.actor, Some(house.actor.id));
            }
        }
    }
}

#[test]
fn what_is_exported_is_what_was_imported_by_identifier() {
    let limits = Limits::default();
    for house in houses() {
        import_all(&house);
        let export = |kind, notation| house.archive().export(&house.may::<Read>(), kind, notation).unwrap();
        let mut imported = agencies::from_csv(&bytes("agencies.csv"), &limits).unwrap();
        imported.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        assert_eq!(agencies::from_csv(&export(Referential::Agencies, Notation::Csv), &limits).unwrap(), imported);
        assert_eq!(agencies::from_json(&export(Referential::Agencies, Notation::Json), &limits).unwrap(), imported);
        let mut imported = agreements::from_json(&bytes("agreements.json"), &limits).unwrap();
        imported.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        assert_eq!(agreements::from_csv(&export(Referential::Agreements, Notation::Csv), &limits).unwrap(), imported);
        assert_eq!(agreements::from_json(&export(Referential::Agreements, Notation::Json), &limits).unwrap(), imported);
        let mut imported = rules::from_csv(&bytes("rules.csv"), &limits).unwrap();
        imported.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        assert_eq!(rules::from_csv(&export(Referential::Rules, Notation::Csv), &limits).unwrap(), imported);
        assert_eq!(rules::from_json(&export(Referential::Rules, Notation::Json), &limits).unwrap(), imported);
    }
}

#[test]
fn a_person_accepts_or_refuses_what_an_agreement_wants_to_be_seen() {
    let [first, second, ..] = &deliberations()[..] else { panic!() };
    for house in houses() {
        import_all(&house);
        import_agreements(&house, "human");
        let archive = house.archive();
        let (accepted, rejected) = (awaiting(&house, first), awaiting(&house, second));
        assert_eq!(archive.reply(&house.may::<Deposit>(), &accepted).unwrap(), None);
        assert!(archive.acknowledgement(&house.may::<Deposit>(), &accepted).unwrap().is_some());
        let again = archive.deposit(&house.may::<Deposit>(), archive.local(first)).unwrap();
        assert!(matches!(again, Receipt::Same(transfer) if transfer == accepted));

        let settled = archive.validate(&house.may::<Validate>(), accepted.id).unwrap().unwrap();
        assert!(matches!(settled.transfer.status, TransferStatus::Accepted { .. }), "{settled:?}");
        assert!(archive.validate(&house.may::<Validate>(), accepted.id).unwrap().is_none());
        assert!(archive.reject(&house.may::<Validate>(), accepted.id, "Trop tard.").unwrap().is_none());

        let reason = "L’arrêté visé & joint n’est pas le bon.";
        let settled = archive.reject(&house.may::<Validate>(), rejected.id, reason).unwrap().unwrap();
        assert!(matches!(settled.transfer.status, TransferStatus::Refused { .. }), "{settled:?}");
        let reply = archive.reply(&house.may::<Deposit>(), &settled.transfer).unwrap().unwrap();
        let reply = String::from_utf8(reply).unwrap();
        assert!(reply.contains("<EventTypeCode>VALIDATION.REFUSED</EventTypeCode>"), "{reply}");
        assert!(reply.contains("L’arrêté visé &amp; joint n’est pas le bon."), "{reply}");
        assert!(archive.validate(&house.may::<Validate>(), rejected.id).unwrap().is_none());
        let standing = archive.transfer(&house.may::<Deposit>(), rejected.id).unwrap().unwrap();
        assert_eq!(standing, settled.transfer);
        for volume in house.volumes() {
            assert_eq!(fs::read_dir(volume.join("pending")).unwrap().count(), 0, "{}", house.engine);
        }
    }
}

#[test]
fn a_change_of_agreement_takes_effect_at_once() {
    let [first, second, ..] = &deliberations()[..] else { panic!() };
    for house in houses() {
        import_all(&house);
        import_agreements(&house, "human");
        let waiting = awaiting(&house, first);
        import_agreements(&house, "automatic");
        house.accept(second);
        // What waits goes on waiting, and is judged again under what holds when it is validated.
        let closed = String::from_utf8(bytes("agreements.json")).unwrap().replace("\"ACTIVE\"", "\"INACTIVE\"");
        import(&house, Referential::Agreements, closed.as_bytes(), Notation::Json);
        let settled = house.archive().validate(&house.may::<Validate>(), waiting.id).unwrap().unwrap();
        assert!(matches!(settled.transfer.status, TransferStatus::Refused { .. }), "{settled:?}");
        let findings = house.archive().findings(&house.may::<Deposit>(), &settled.transfer).unwrap().unwrap();
        let refusing = |finding: &&Finding| finding.outcome == Outcome::Ko;
        let told: Vec<_> = findings.iter().filter(refusing).map(|finding| finding.code.as_str()).collect();
        assert_eq!(told, ["CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_INACTIVE"]);
    }
}

fn deliberations() -> Vec<std::path::PathBuf> {
    let named = |fixture: &fixtures::Fixture| fixture.name.starts_with("deliberation_");
    fixtures::accepted().into_iter().filter(named).map(|fixture| fixture.path).collect()
}

/// Deposits a package that must wait for a person: it stands on every volume then.
fn awaiting(house: &House, package: &Path) -> Transfer {
    let transfer = house.settle(package).transfer;
    assert!(matches!(transfer.status, TransferStatus::AwaitingValidation { .. }), "{transfer:?}");
    let copies: Vec<Vec<u8>> = house
        .volumes()
        .iter()
        .map(|volume| fs::read_dir(volume.join("pending").join(transfer.id.to_string())).unwrap())
        .map(|folder| folder.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect::<Vec<_>>())
        .map(|files| <[Vec<u8>; 1]>::try_from(files).unwrap().into_iter().next().unwrap())
        .collect();
    assert!(!copies[0].is_empty() && copies.iter().all(|copy| *copy == copies[0]), "{}", house.engine);
    transfer
}
