//! Pinned samples of each format: they are read for ever, so a change here is a new format version, not an edit.

use std::collections::BTreeMap;

use cartulaire::domain::referential::Referential;
use cartulaire::{
    domain::{
        agency::Role,
        archive::{Archive, Counts, Header, Part},
        check::{Finding, Outcome, Verdict},
        clock::Timestamp,
        communication::{Consulted, Motive},
        digest::{DeclaredDigest, Digest},
        disposal::Disposition,
        id::Id,
        journal::{Event, Head, JournalId, Line},
        mandate::Permission,
        name::Name,
        object::{Binary, DataObject, DeclaredFormat, Group, Matter},
        rule::{Attachment, Category, CategoryRules, Management, RuleUse},
        seda::{Dialect, SedaVersion},
        transfer::{PackageFacts, TransferKey},
        unit::{Content, Signing, Unit},
    },
    record::{
        archive_json::{self, ArchiveRecord},
        description,
        facts::{
            Fact,
            communication::{CommunicationRequested, DerogationAnswered},
            describing::Amended,
            disposal::{Consented, DisposalAbandoned, DisposalPlanned, DisposalSent, Disposed},
            events::{CredentialEnrolled, CredentialIssued, CredentialRevoked, DaySealed, ReferentialImported},
            holding::{HoldLifted, HoldPlaced},
            installation::{
                Audited, EvidenceMade, LogKey, TenantCreated, TimeStampMissed, TimeStamped, VolumeRepaired, Witnessed,
            },
            life_cycle::{Accepted, AwaitingValidation, ContentRead, Delivered, Purpose, Received, Refused},
            profiles::ProfileImported,
            restitution::Restituted,
            takeover::{Cited, TakenOver, TenantTaken},
        },
        line,
        report::Summary,
        seal::{Seal, SealedJournal},
    },
};

pub(super) fn id<K>(number: u8) -> Id<K> {
    format!("01939e6c-0000-7000-8000-0000000000{number:02x}").parse().unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "so many fields of the samples are optional texts")]
pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn management(attachment: Attachment) -> Management {
    let rule =
        RuleUse { rule: "APP-00001".to_owned(), start: "2026-11-22".parse().ok(), hold_end: "2030-01-01".parse().ok() };
    let category = CategoryRules {
        category: Category::Appraisal,
        rules: vec![rule],
        prevent_inheritance: true,
        ref_non_rule_ids: vec!["APP-00002".to_owned()],
        final_action: some("Keep"),
    };
    Management { categories: vec![category], need_authorization: Some(false), attachment: Some(attachment) }
}

/// A record with every field that there is.
pub(super) fn record() -> ArchiveRecord {
    let header = Header {
        message_identifier: "DELIB-2026-118".to_owned(),
        date: "2026-11-22T09:30:00".to_owned(),
        comment: some("Délibérations d’automne"),
        agreement: some("IC-000001"),
        profile: some("PR-000001"),
        service_level: some("SL"),
        acquisition: some("Versement"),
        legal_status: some("Public Archive"),
        archival_agency: "FRAD084_ARCHIVES".to_owned(),
        transferring_agency: "MAIRIE_SAULT".to_owned(),
        originating_agency: some("CONSEIL_MUNICIPAL"),
        submission_agency: some("SECRETARIAT"),
        management: management(Attachment::SystemId("aeaqaaaaaah".to_owned())),
        source: "<ManagementMetadata/>".to_owned(),
    };
    let finding = Finding {
        code: "CHECK_SIGNATURE".to_owned(),
        outcome: Outcome::NotExamined,
        place: "ID12".to_owned(),
        message: "La signature n’a pas été examinée.".to_owned(),
    };
    ArchiveRecord {
        archive: Archive {
            id: id(1),
            tenant: "ville-de-sault".parse().unwrap(),
            generation: 1,
            transfer: id(2),
            version: SedaVersion::V2_2,
            dialect: Dialect::Strict,
            header,
            accepted_at: at("2026-11-22T08:30:05.250Z"),
            counts: Counts { units: 3, groups: 2, objects: 2, bytes: 4096 },
        },
        package: PackageFacts { name: "délib.zip".to_owned(), size: 5120, digest: Digest::new([0xaa; 64]) },
        manifest: Name::new(*b"manif\xe9ste.xml"),
        deposited_by: id(3),
        received_at: at("2026-11-22T08:30:00Z"),
        acknowledgement: id(4),
        reply: id(5),
        examination: Summary {
            verdict: Verdict::Accepted,
            findings: vec![finding],
            totals: BTreeMap::from([("CHECK_SIGNATURE".to_owned(), 1)]),
        },
    }
}

/// A record with nothing that may be left out.
pub(super) fn bare_record() -> ArchiveRecord {
    let mut record = record();
    record.archive.header = Header::default();
    record.manifest = Name::from("manifest.xml");
    record.examination = Summary { verdict: Verdict::Accepted, findings: Vec::new(), totals: BTreeMap::new() };
    record
}

pub(super) fn group() -> Part {
    Part::Group(Group { id: id(6), local_id: some("GOT1"), source: some("<LogBook/>") })
}

pub(super) fn object() -> Part {
    let binary = Binary {
        name: Name::new(*b"content/\xe9t.pdf"),
        filename: "ét.pdf".to_owned(),
        size: 4096,
        digest: Digest::new([0xbb; 64]),
        declared: vec![DeclaredDigest { algorithm: "SHA-1".to_owned(), value: "ABCD".to_owned() }],
        format: DeclaredFormat { puid: some("fmt/18"), mime: some("application/pdf"), name: some("PDF 1.4") },
    };
    Part::Object(Box::new(DataObject {
        id: id(7),
        local_id: "BDO1".to_owned(),
        group: id(6),
        version: some("BinaryMaster_1"),
        matter: Matter::Binary(binary),
        source: "<BinaryDataObject id=\"BDO1\"/>".to_owned(),
    }))
}

pub(super) fn physical(physical_id: Option<&str>) -> Part {
    Part::Object(Box::new(DataObject {
        id: id(8),
        local_id: "PDO1".to_owned(),
        group: id(6),
        version: None,
        matter: Matter::Physical(physical_id.map(str::to_owned)),
        source: "<PhysicalDataObject/>".to_owned(),
    }))
}

pub(super) fn unit() -> Part {
    let signing = Signing {
        roles: vec!["SignedDocument".to_owned()],
        detached_roles: vec!["Timestamp".to_owned()],
        signed_document_references: vec!["AU2".to_owned()],
        described: true,
    };
    let content = Content {
        level: some("Item"),
        title: "Délibération n° 118".to_owned(),
        description: some("Budget"),
        start_date: some("2026"),
        end_date: some("2026-11-22"),
        originating_agency: some("CONSEIL_MUNICIPAL"),
        submission_agency: some("SECRETARIAT"),
        identifiers: vec![("OriginatingAgencyArchiveUnitIdentifier".to_owned(), "118".to_owned())],
        keywords: vec!["budget".to_owned()],
        document_type: some("Délibération"),
        signing: Some(signing),
    };
    Part::Unit(Box::new(Unit {
        id: id(10),
        local_id: "AU1".to_owned(),
        parents: vec![id(9)],
        group: Some(id(6)),
        existing_group: some("aeaqaaaaaad"),
        content,
        management: management(Attachment::Key { name: "Cote".to_owned(), value: "1 D 12".to_owned() }),
        source: "<Content/>".to_owned(),
        text: "Délibération n° 118 Budget".to_owned(),
    }))
}

/// A part of each kind with nothing that may be left out.
pub(super) fn bare_parts() -> Vec<Part> {
    let mut bare = vec![Part::Group(Group { id: id(6), local_id: None, source: None }), physical(None)];
    if let (Part::Object(mut object), Part::Unit(mut unit)) = (object(), unit()) {
        object.version = None;
        if let Matter::Binary(binary) = &mut object.matter {
            binary.name = Name::from("a");
            binary.declared.clear();
            binary.format = DeclaredFormat::default();
        }
        unit.parents.clear();
        (unit.group, unit.existing_group) = (None, None);
        unit.content = Content::default();
        unit.management = Management::default();
        unit.text.clear();
        bare.extend([Part::Object(object), Part::Unit(unit)]);
    }
    bare
}

pub(super) fn lines() -> Vec<Line> {
    let journal = "ville-de-sault/life-cycle".parse().unwrap();
    let events = [(Some(id(3)), fact_received()), (None, fact_accepted())];
    let mut head = Head::EMPTY;
    let seal = |(actor, fact): (_, Fact)| {
        let event: Event = fact.event(actor).unwrap();
        let line = head.seal(&journal, event, at("2026-11-22T08:30:00.120Z"), [0x5a; 16], head.length);
        head = head.after(&line);
        line
    };
    events.into_iter().map(seal).collect()
}

/// A line that follows `lines()` and holds every kind of character that JSON writes in its own way.
pub(super) fn odd_line() -> Line {
    let event = Event {
        actor: None,
        kind: "odd \u{1}\u{1f}\u{8}\t\u{c}\r".to_owned(),
        object: "\"\\/ é € 😀 \u{7f}\u{85}\u{2028}".to_owned(),
        outcome: "OK".to_owned(),
        detail: "{\"a\":\n1}".to_owned(),
    };
    let head = lines().iter().try_fold(Head::EMPTY, Head::step).unwrap();
    head.seal(&"ville-de-sault/life-cycle".parse().unwrap(), event, at("2026-11-22T08:30:01Z"), [0; 16], head.length)
}

fn fact_received() -> Fact {
    let key =
        TransferKey { transferring_agency: "MAIRIE_SAULT".to_owned(), message_identifier: "DELIB-2026-118".to_owned() };
    Fact::Received(Received {
        acknowledgement: id(4),
        key: Some(key),
        package: Digest::new([0xaa; 64]),
        size: 5120,
        transfer: id(2),
        version: Some(SedaVersion::V2_2),
    })
}

fn fact_accepted() -> Fact {
    Fact::Accepted(Accepted {
        archive: id(1),
        bytes: 4096,
        generation: 1,
        inventory: Digest::new([0xcc; 64]),
        number: 12,
        objects: 2,
        reply: id(5),
        sequence: 12,
        transfer: id(2),
        units: 3,
        with_warnings: true,
    })
}

#[expect(clippy::too_many_lines, reason = "one example of each fact")]
fn other_facts() -> Vec<Fact> {
    let digest = Digest::new([0xdd; 64]);
    vec![
        Fact::AwaitingValidation(AwaitingValidation { transfer: id(2) }),
        Fact::Refused(Refused {
            counts: BTreeMap::from([("B".to_owned(), 1), ("A".to_owned(), 2)]),
            reply: id(5),
            report: digest,
            transfer: id(2),
        }),
        Fact::ContentRead(ContentRead { archive: id(1), object: Some(id(7)), purpose: Purpose::Consultation }),
        Fact::Delivered(Delivered { archives: vec![id(1)], reply: id(5), request: None, units: 3 }),
        Fact::Delivered(Delivered { archives: vec![id(1)], reply: id(5), request: Some(id(7)), units: 3 }),
        Fact::CommunicationRequested(CommunicationRequested {
            blocked: 1,
            consulted: vec![Consulted { agency: "MAIRIE".to_owned(), role: Role::Originating }],
            list: digest,
            motive: Motive::Research,
            on: "2026-11-22".parse().unwrap(),
            record: digest,
            request: id(7),
            units: 3,
        }),
        Fact::DerogationAnswered(DerogationAnswered {
            agency: "MAIRIE".to_owned(),
            granted: false,
            list: digest,
            message: Some(digest),
            request: id(7),
            role: Role::Originating,
        }),
        Fact::Restituted(Restituted {
            archives: 2,
            bytes: 4096,
            form: "folder".to_owned(),
            objects: 4,
            restitution: id(9),
            units: 3,
        }),
        Fact::ReferentialImported(ReferentialImported { count: 9, digest, kind: Referential::Rules, version: 2 }),
        Fact::ProfileImported(ProfileImported { count: 2, digest, version: 3 }),
        Fact::CredentialIssued(CredentialIssued { actor: id(3), agency: None, permissions: vec![Permission::Deposit] }),
        Fact::CredentialRevoked(CredentialRevoked { actor: id(3) }),
        Fact::CredentialEnrolled(CredentialEnrolled { actor: id(3) }),
        Fact::TenantTaken(TenantTaken {
            archival_agency: "SLB-ARCHIVES".to_owned(),
            checkpoint: cited(),
            created_at: at("2026-11-22T08:00:00Z"),
            installation: "nord".to_owned(),
            inventory: digest,
            log: 1,
            name: "Sault-les-Bruyères".to_owned(),
            rank: 12,
            restitution: Digest::new([0xcc; 64]),
            tenant: "ville-de-sault".parse().unwrap(),
        }),
        Fact::TakenOver(TakenOver {
            checkpoint: cited(),
            installation: "nord".to_owned(),
            inventory: digest,
            log: 1,
            restitution: Digest::new([0xcc; 64]),
        }),
        Fact::TenantCreated(TenantCreated {
            archival_agency: "FRAD084".to_owned(),
            name: "Sault".to_owned(),
            tenant: "ville-de-sault".parse().unwrap(),
        }),
        Fact::VolumeRepaired(VolumeRepaired {
            bytes: 4096,
            files: 1,
            object: "urn:cartulaire:a:b:1".to_owned(),
            source: "nord".to_owned(),
            volume: "sud".to_owned(),
        }),
        Fact::DaySealed(DaySealed {
            closed: true,
            day: day(),
            events: 4,
            inventory: digest,
            life_cycle: 2,
            part: 1,
            seal: Digest::new([0xee; 64]),
        }),
        Fact::HoldPlaced(HoldPlaced { hold: id(8), order: digest, units: 2 }),
        Fact::HoldLifted(HoldLifted { hold: id(8), lifting: digest }),
        Fact::Amended(Amended {
            amendment: id(9),
            archive: id(1),
            delta: digest,
            inventory: Digest::new([0xcc; 64]),
            reverts: Some(id(10)),
            units: 3,
        }),
        Fact::Audited(Audited {
            bad: 1,
            bytes: 8192,
            copies: 4,
            repaired: 1,
            since: at("2026-11-22T02:00:00Z"),
            tenant: None,
            volume: Some("nord".to_owned()),
        }),
    ]
}

fn cited() -> Cited {
    Cited { origin: "archives.sault.example".to_owned(), root: "AAAA".to_owned(), size: 42 }
}

fn day() -> chrono::NaiveDate {
    "2026-11-22".parse().unwrap()
}

/// Facts by which the archive proves itself: its log's keys, time, witnesses and evidence.
fn facts_of_proof() -> Vec<Fact> {
    let key = "archives.sault.example+00000000+AQ==";
    vec![
        Fact::LogKey(LogKey { key: key.to_owned(), origin: "archives.sault.example".to_owned(), second: None }),
        Fact::LogKey(LogKey { key: key.to_owned(), origin: "archives.sault.example".to_owned(), second: some("b") }),
        Fact::TimeStamped(TimeStamped {
            authority: "locale".to_owned(),
            size: 12,
            third_party: false,
            time: at("2026-11-22T08:31:00Z"),
            token: Digest::new([0xdd; 64]),
        }),
        Fact::TimeStampMissed(TimeStampMissed { failures: vec!["tiers".to_owned()], size: 13 }),
        Fact::Witnessed(Witnessed { quorum: false, size: 11 }),
        Fact::Witnessed(Witnessed { quorum: true, size: 14 }),
        Fact::EvidenceMade(EvidenceMade {
            archives: 3,
            day: day(),
            evidence: Digest::new([0xdd; 64]),
            step: "first".to_owned(),
        }),
    ]
}

/// Facts of plans by which units leave.
fn facts_of_plans() -> Vec<Fact> {
    let digest = Digest::new([0xdd; 64]);
    let consented = |granted, message| {
        Fact::Consented(Consented {
            agency: "MAIRIE_SAULT".to_owned(),
            disposal: id(8),
            granted,
            list: digest,
            message,
            role: Role::Originating,
        })
    };
    let planned = |disposition, receiver, replaces| {
        Fact::DisposalPlanned(DisposalPlanned {
            agencies: vec!["CCAS".to_owned(), "MAIRIE_SAULT".to_owned()],
            archives: 2,
            bytes: 8192,
            disposal: id(8),
            disposition,
            list: digest,
            objects: 3,
            on: day(),
            receiver,
            replaces,
            units: 5,
        })
    };
    vec![
        planned(Disposition::Elimination, None, Some(id(9))),
        planned(Disposition::Transfer, some("FRAD084"), None),
        consented(true, None),
        consented(false, Some(digest)),
        Fact::DisposalSent(DisposalSent { disposal: id(8), message: id(5), package: digest, size: 9000 }),
        Fact::DisposalAbandoned(DisposalAbandoned { disposal: id(8) }),
        Fact::Disposed(Disposed { certificate: digest, disposal: id(8), notification: digest }),
    ]
}

fn every_fact() -> impl Iterator<Item = Fact> {
    let received = [fact_received(), fact_accepted()].into_iter();
    received.chain(other_facts()).chain(facts_of_proof()).chain(facts_of_plans())
}

/// A seal of a tenant's day: each of its journals has a file, one of them without a line.
pub(super) fn seal() -> Seal {
    let of = |journal: &str, lines, first| SealedJournal {
        first,
        head: Digest::new([0xee; 64]),
        journal: journal.parse::<JournalId>().unwrap(),
        lines,
        sha512: Digest::new([0xff; 64]),
    };
    let journals = vec![of("ville-de-sault/events", 3, 1), of("ville-de-sault/life-cycle", 0, 2)];
    Seal::new(day(), 1, true, Digest::ZERO, journals)
}

#[test]
fn archive_json_is_pinned() {
    let mut text = Vec::new();
    archive_json::write(&record(), &mut text).unwrap();
    insta::assert_snapshot!("archive_json", String::from_utf8(text).unwrap());
}

#[test]
fn description_lines_are_pinned() {
    let mut text = Vec::new();
    for part in [group(), object(), physical(Some("1 D 12")), unit()].iter().chain(&bare_parts()) {
        description::write_part(part, &mut text).unwrap();
    }
    insta::assert_snapshot!("description_jsonl", String::from_utf8(text).unwrap());
}

#[test]
fn journal_lines_are_pinned() {
    let texts: Vec<_> = lines().iter().map(|one| line::to_json(one).unwrap()).collect();
    insta::assert_snapshot!("journal_jsonl", texts.join("\n"));
}

#[test]
fn facts_are_pinned_with_their_kind_journal_object_and_outcome() {
    let tenant = "ville-de-sault".parse().unwrap();
    let told = every_fact().map(|fact| {
        let event = fact.event(None).unwrap();
        let journal = fact.chain().within(&tenant);
        format!("{journal}: {} {} {} {}", event.kind, event.object, event.outcome, event.detail)
    });
    insta::assert_snapshot!("facts", told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_seal_is_pinned_and_comes_back() {
    let text = seal().to_json().unwrap();
    assert_eq!(Seal::from_json(&text).unwrap(), seal());
    insta::assert_snapshot!("seal_json", String::from_utf8(text).unwrap());
}

#[test]
fn another_spelling_of_a_seal_is_refused() {
    let text = String::from_utf8(seal().to_json().unwrap()).unwrap();
    for (from, to) in [("\"part\":1", "\"part\": 1"), ("\"version\":1", "\"version\":2"), ("ffff", "FFFF")] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text, "{from} stands in the seal");
        assert!(Seal::from_json(other.as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn the_keys_of_every_canonical_line_and_fact_are_sorted() {
    let lines = lines().into_iter().map(|one| line::to_json(&one).unwrap());
    let seal = String::from_utf8(seal().to_json().unwrap()).unwrap();
    for text in every_fact().map(|fact| fact.detail().unwrap()).chain(lines).chain([seal]) {
        let value: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    }
}

#[test]
fn an_event_that_tells_no_fact_is_passed_over_and_one_that_tells_it_badly_is_an_error() {
    let mut event = fact_received().event(None).unwrap();
    event.detail = "{}".to_owned();
    assert!(Fact::read(&event).is_err());
    event.kind = "validation".to_owned();
    assert_eq!(Fact::read(&event).unwrap(), None);
}
