//! Archives are asked for, looked at on the day, granted or refused by those whose word it is, delivered, and told.
//!
//! ```text
//! basket ── request ─┬─ communicable ─────────────────────────── delivery
//!                    └─ closed ── producer's word ── visa ── granted ┘   (or refused: nothing is delivered)
//! ```

use std::{collections::BTreeSet, fs::File, io::Read as _};

use cartulaire::{
    archive::{
        deliver::{DeliverError, Form, Order, Recipient},
        requests::{Dossier, RequestError, Said, Wanted},
    },
    digest,
    domain::{
        agency::Role,
        clock::Timestamp,
        communication::{Access, Motive, Request, RequestState},
        id::{ArchiveId, Id, UnitId},
        journal::JournalId,
        mandate::{Actor, Administer, Agree, Control, Deposit, Describe, Permission, Read},
        referential::Referential,
        search::Selection,
        seda::SedaVersion,
        transfer::TransferStatus,
    },
    pki::{
        cms::{self, ContentType, Enclosed, Terms},
        seal,
    },
    record::facts::Fact,
    seda::{asking, derogation},
    store::Store,
    xml::bounds::Bounds,
};

use crate::{
    archive::{
        House, houses,
        rebuild::{accepted, assert_same_tables, rebuild_from, rebuilt_tables},
        settle, units,
    },
    fixtures,
    seda::{
        manifest_of, reference,
        schemas::{faults, schema},
    },
    store::stores,
};

const CLOSED: &str = "arrete_individuel";
const OPEN: &str = "budget_supplementaire";
/// The producer of what is closed, and the authority that controls.
const PRODUCER: &str = "SLB-RH";
const AUTHORITY: &str = "AD84";

/// An agency's seal, and its certificate as a referential has it.
struct Signatory {
    signer: seal::Signer,
    certificate: String,
}

impl Signatory {
    fn new(name: &str) -> Self {
        let made = seal::create_self_signed(name, Timestamp::parse("2026-01-01T00:00:00Z").unwrap(), 10).unwrap();
        let signer = seal::Signer::from_pem(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
        let certificate = made.certificate.lines().filter(|line| !line.starts_with("-----")).collect();
        Self { signer, certificate }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let terms = Terms { content_type: ContentType::Data, at: None, certificates: Enclosed::Chain };
        cms::sign_detached(&self.signer, &digest::sha512(message).into(), &terms).unwrap()
    }
}

/// The rules of the fixtures, and agencies of which two have their certificate pinned.
fn referentials(house: &House, producer: &Signatory, authority: &Signatory) {
    let rules = std::fs::read(fixtures::referential("rules.csv")).unwrap();
    let agencies = format!(
        "Identifier,Name,Description,Roles,Certificate\n\
         SLB-ARCHIVES,Archives communales,,ArchivalAgency,\n\
         SLB-SECRETARIAT,Secrétariat général,,TransferringAgency|OriginatingAgency,\n\
         {PRODUCER},Ressources humaines,,OriginatingAgency,{}\n\
         {AUTHORITY},Archives départementales,,ControlAuthority,{}\n",
        producer.certificate, authority.certificate
    );
    for (kind, bytes) in [(Referential::Rules, rules), (Referential::Agencies, agencies.into_bytes())] {
        let notation = cartulaire::archive::referentials::Notation::Csv;
        house.archive().import(&house.may::<Administer>(), kind, &bytes, notation).unwrap().unwrap();
    }
}

/// Deposits a package whatever the referentials warn of, and gives all its units.
fn kept(house: &House, part: &str) -> (ArchiveId, Vec<UnitId>) {
    let settled = settle(house.archive(), &house.actor, &accepted(part));
    let TransferStatus::Accepted { archive, .. } = settled.transfer.status else { panic!("{settled:?}") };
    let all = units(house.archive(), &house.actor, archive);
    (archive, all.into_iter().map(|hit| hit.unit).collect())
}

fn wanted(units: &[UnitId], requester: &str) -> Wanted {
    Wanted {
        selection: Selection::Units(units.to_vec()),
        with_descendants: true,
        requester: requester.to_owned(),
        is_agency: false,
        motive: Motive::Research,
        reason: Some("Thèse sur les carrières, Élise Martin".to_owned()),
    }
}

fn register(house: &House, wanted: &Wanted) -> Dossier {
    house.archive().register_request(&house.may::<Read>(), wanted).unwrap()
}

fn closed<T: std::fmt::Debug>(done: Result<T, DeliverError>) -> BTreeSet<UnitId> {
    match done {
        Err(DeliverError::Closed(closed)) => closed.into_iter().map(|one| one.unit).collect(),
        other => panic!("{other:?}"),
    }
}

/// The state of every house of this file: referentials, something closed, something open.
struct Scene {
    house: House,
    closed: Vec<UnitId>,
    open: Vec<UnitId>,
    producer: Signatory,
    authority: Signatory,
}

fn scenes() -> impl Iterator<Item = Scene> {
    houses().into_iter().map(|house| {
        let (closed, open) = (kept(&house, CLOSED).1, kept(&house, OPEN).1);
        let (producer, authority) = (Signatory::new("RH"), Signatory::new("AD"));
        referentials(&house, &producer, &authority);
        Scene { house, closed, open, producer, authority }
    })
}

impl Scene {
    fn blocked(&self) -> BTreeSet<UnitId> {
        let all = [self.closed.as_slice(), &self.open].concat();
        let found = self.house.archive().communicability(&self.house.may::<Read>(), &all, None).unwrap();
        assert_eq!(found.len(), all.len());
        found.into_iter().filter(|one| !one.access.is_open()).map(|one| one.unit).collect()
    }

    fn producer_account(&self) -> Actor {
        self.house.account("DRH", &[Permission::Agree, Permission::Read], Some(PRODUCER))
    }

    fn authority_account(&self) -> Actor {
        self.house.account("Directrice des AD", &[Permission::Control, Permission::Agree], Some(AUTHORITY))
    }

    fn deliver(&self, request: &Request) -> Result<std::path::PathBuf, RequestError> {
        let path = self.house.data.join("communication.zip");
        let out = File::create(&path).unwrap();
        self.house.archive().deliver_request(&self.house.may::<Read>(), request.id, None, out).map(|_| path)
    }
}

#[test]
fn communicability_is_that_of_the_day() {
    for scene in scenes() {
        let blocked = scene.blocked();
        assert!(
            !blocked.is_empty() && blocked.iter().all(|unit| scene.closed.contains(unit)),
            "{}",
            scene.house.engine
        );
        let all: Vec<UnitId> = blocked.iter().copied().collect();
        let access = |day: &str| {
            let found = scene.house.archive().communicability(&scene.house.may::<Read>(), &all, day.parse().ok());
            found.unwrap().into_iter().map(|one| one.access).collect::<BTreeSet<_>>()
        };
        // AR048: fifty years from 6 November 2026.
        let until = Access::Until { day: "2076-11-06".parse().unwrap(), rule: "AR048".to_owned() };
        assert_eq!(access("2026-11-22"), BTreeSet::from([until.clone()]));
        assert_eq!(access("2076-11-05"), BTreeSet::from([until]));
        assert_eq!(access("2076-11-06"), BTreeSet::from([Access::Open]));
    }
}

#[test]
fn what_is_closed_goes_to_nobody_but_its_producer_and_the_archive_itself() {
    for scene in scenes() {
        let house = &scene.house;
        let order = |units: &[UnitId], to: Recipient| Order {
            units: units.to_vec(),
            with_descendants: true,
            form: Form::Delivery,
            to,
            version: None,
        };
        let deliver = |by: &Actor, to: Recipient| {
            house.archive().deliver(&by.mandate::<Read>().unwrap(), &order(&scene.closed, to), &mut Vec::new())
        };
        let lines = house.store().head(&JournalId::LifeCycle(house.actor.tenant.clone())).unwrap();
        assert_eq!(closed(deliver(&house.actor, Recipient::Requester("Élise".to_owned()))), scene.blocked());
        assert_eq!(closed(deliver(&house.actor, Recipient::Agency("SLB-SECRETARIAT".to_owned()))), scene.blocked());
        let stranger = house.account("Finances", &[Permission::Read], Some("SLB-SECRETARIAT"));
        // An account that speaks for an agency is that agency, whatever it says.
        assert_eq!(closed(deliver(&stranger, Recipient::House)), scene.blocked());
        let as_transfer =
            Order { form: Form::Transfer, ..order(&scene.closed, Recipient::Requester("Élise".to_owned())) };
        let as_transfer = house.archive().deliver(&house.may::<Read>(), &as_transfer, &mut Vec::new());
        assert_eq!(closed(as_transfer), scene.blocked(), "another form is no way around");
        let after = house.store().head(&JournalId::LifeCycle(house.actor.tenant.clone())).unwrap();
        assert_eq!(after, lines, "what is refused writes no line");
        deliver(&house.actor, Recipient::House).unwrap();
        deliver(&house.actor, Recipient::Agency(PRODUCER.to_owned())).unwrap();
        deliver(&scene.producer_account(), Recipient::House).unwrap();
        let open = order(&scene.open, Recipient::Requester("Élise".to_owned()));
        house.archive().deliver(&house.may::<Read>(), &open, &mut Vec::new()).unwrap();
    }
}

#[test]
fn a_request_for_what_is_open_is_delivered_at_once_with_its_trace() {
    for scene in scenes() {
        let (house, archive) = (&scene.house, scene.house.archive());
        let dossier = register(house, &wanted(&scene.open, "Élise & Cie"));
        assert_eq!((dossier.request.state, dossier.request.blocked), (RequestState::Open, 0));
        assert!(dossier.derogations.is_empty());
        let path = scene.deliver(&dossier.request).unwrap();
        let manifest = manifest_of(&path);
        let id = dossier.request.id.to_string();
        for told in [
            format!("<MessageRequestIdentifier>{id}</MessageRequestIdentifier>"),
            "<Requester><Identifier>Élise &amp; Cie</Identifier></Requester>".to_owned(),
        ] {
            assert!(manifest.contains(&told), "{told}");
        }
        let lines = house.store().lines(&JournalId::LifeCycle(house.actor.tenant.clone()), 0, 500).unwrap();
        let told = lines.iter().find_map(|line| match Fact::read(&line.event).unwrap() {
            Some(Fact::Delivered(fact)) => Some(fact),
            _ => None,
        });
        assert_eq!(told.unwrap().request, Some(dossier.request.id));
        for line in &lines {
            assert!(!line.event.detail.contains("lise"), "no name stands in a line: {}", line.event.detail);
        }
        let after = archive.communication_request(&house.may::<Read>(), dossier.request.id).unwrap().unwrap();
        assert_eq!(after.request.state, RequestState::Delivered);
        assert_eq!(after.reason.as_deref(), Some("Thèse sur les carrières, Élise Martin"));
        // It may be given again; the index names every file of the package.
        scene.deliver(&dossier.request).unwrap();
        let index = archive.request_index(&house.may::<Read>(), dossier.request.id).unwrap();
        assert!(index.contains("Élise &amp; Cie") && !index.contains("Élise & Cie"));
        let mut zip = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
        for at in 0..zip.len() {
            let name = zip.by_index(at).unwrap().name().unwrap().to_string();
            assert!(index.contains(&name), "{name}");
        }
        let paper = archive.communication_attestation(&house.may::<Read>(), dossier.request.id).unwrap();
        assert!(paper.starts_with(b"%PDF-"));
    }
}

#[test]
fn a_derogation_needs_the_producer_and_the_authority_each_by_its_own_account() {
    for scene in scenes() {
        let (house, archive) = (&scene.house, scene.house.archive());
        let dossier = register(house, &wanted(&[scene.closed.as_slice(), &scene.open].concat(), "Élise"));
        let id = dossier.request.id;
        let asked: Vec<(Role, &str)> =
            dossier.derogations.iter().map(|one| (one.consulted.role, one.consulted.agency.as_str())).collect();
        assert_eq!(
            asked.iter().copied().collect::<BTreeSet<_>>(),
            [(Role::Originating, PRODUCER), (Role::Control, AUTHORITY)].into()
        );
        assert!(matches!(scene.deliver(&dossier.request), Err(RequestError::State(RequestState::Waiting))));

        let (producer, authority) = (scene.producer_account(), scene.authority_account());
        let agree = |by: &Actor, said| archive.agree_to_request(&by.mandate::<Agree>().unwrap(), id, said);
        let rule = |by: &Actor, said| archive.rule_on_request(&by.mandate::<Control>().unwrap(), id, said);
        let mute = house.account("Sans service", &[Permission::Agree, Permission::Control], None);
        assert!(matches!(agree(&mute, Said::Granted), Err(RequestError::Mute)));
        let both = house.account("Cumul", &[Permission::Agree, Permission::Control], Some(PRODUCER));
        assert!(matches!(agree(&authority, Said::Granted), Err(RequestError::NotAwaited(name)) if name == AUTHORITY));
        assert!(matches!(rule(&both, Said::Granted), Err(RequestError::NotAwaited(name)) if name == PRODUCER));
        assert_eq!(agree(&producer, Said::Granted).unwrap().state, RequestState::Waiting);
        assert!(matches!(agree(&both, Said::Refused), Err(RequestError::NotAwaited(_))), "it has spoken");
        assert!(matches!(scene.deliver(&dossier.request), Err(RequestError::State(RequestState::Waiting))));
        assert_eq!(rule(&authority, Said::Granted).unwrap().state, RequestState::Granted);
        assert!(matches!(rule(&authority, Said::Granted), Err(RequestError::State(RequestState::Granted))));
        let manifest = manifest_of(&scene.deliver(&dossier.request).unwrap());
        assert!(manifest.contains("<AuthorizationRequestReplyIdentifier>"));
        // The grant is this request's: another asks anew.
        let again = register(house, &wanted(&scene.closed, "Élise"));
        assert_eq!(again.request.state, RequestState::Waiting);
        assert_eq!(agree(&producer, Said::Granted).unwrap_err().to_string(), "the request is delivered");
    }
}

#[test]
fn a_refusal_ends_the_request() {
    for scene in scenes() {
        let archive = scene.house.archive();
        let dossier = register(&scene.house, &wanted(&scene.closed, "Élise"));
        let authority = scene.authority_account();
        let by = authority.mandate::<Control>().unwrap();
        let refused = archive.rule_on_request(&by, dossier.request.id, Said::Refused).unwrap();
        assert_eq!(refused.state, RequestState::Refused);
        assert!(matches!(scene.deliver(&dossier.request), Err(RequestError::State(RequestState::Refused))));
        let producer = scene.producer_account();
        let late = archive.agree_to_request(&producer.mandate().unwrap(), dossier.request.id, Said::Granted);
        assert!(matches!(late, Err(RequestError::State(RequestState::Refused))));
    }
}

#[test]
fn agencies_answer_by_messages_that_they_sign_and_by_no_others() {
    for scene in scenes() {
        let (house, archive) = (&scene.house, scene.house.archive());
        let dossier = register(house, &wanted(&scene.closed, "Élise"));
        let (id, by) = (dossier.request.id, house.may::<Describe>());
        let questions = archive.derogation_questions(&house.may::<Read>(), id, SedaVersion::V2_2).unwrap();
        assert_eq!(questions.len(), 2);
        for (consulted, question) in questions {
            let question = String::from_utf8(question).unwrap();
            let asked = question.split("<MessageIdentifier>").nth(1).unwrap().split("</").next().unwrap();
            let (root, role) = match consulted.role {
                Role::Originating => ("AuthorizationOriginatingAgencyRequestReply", "OriginatingAgency"),
                _ => ("AuthorizationControlAuthorityRequestReply", "ControlAuthority"),
            };
            let reply = |asked: &str, code: &str| {
                format!(
                    "<{root} xmlns=\"{}\"><Date>2026-11-22T10:00:00Z</Date><MessageIdentifier>R-{asked}</MessageIdentifier>\
                     <CodeListVersions/><ReplyCode>{code}</ReplyCode><MessageRequestIdentifier>{asked}\
                     </MessageRequestIdentifier><ArchivalAgency><Identifier>SLB-ARCHIVES</Identifier></ArchivalAgency>\
                     <{role}><Identifier>{}</Identifier></{role}></{root}>",
                    SedaVersion::V2_2.namespace(),
                    consulted.agency
                )
                .into_bytes()
            };
            let (own, other) = match consulted.role {
                Role::Originating => (&scene.producer, &scene.authority),
                _ => (&scene.authority, &scene.producer),
            };
            let good = reply(asked, "OK");
            let answer =
                |message: &[u8], signature: &[u8]| archive.answer_request_by_message(&by, id, message, signature);
            let altered = reply(asked, "000");
            assert!(matches!(answer(&altered, &own.sign(&good)), Err(RequestError::Signature(_))));
            assert!(matches!(answer(&good, &other.sign(&good)), Err(RequestError::Signature(_))));
            assert!(matches!(answer(&good, b""), Err(RequestError::Signature(_))));
            let elsewhere = reply("une-autre-demande", "OK");
            assert!(matches!(answer(&elsewhere, &own.sign(&elsewhere)), Err(RequestError::NotAwaited(_))));
            assert!(matches!(
                answer(question.as_bytes(), &own.sign(question.as_bytes())),
                Err(RequestError::Misread(_))
            ));
            answer(&good, &own.sign(&good)).unwrap();
            assert!(matches!(
                answer(&good, &own.sign(&good)),
                Err(RequestError::NotAwaited(_) | RequestError::State(_))
            ));
        }
        scene.deliver(&dossier.request).unwrap();
        let answers = archive.communication_request(&house.may::<Read>(), id).unwrap().unwrap().derogations;
        assert!(answers.iter().all(|one| one.answer.unwrap().message.is_some()));
    }
}

#[test]
fn an_agency_asks_in_its_own_name_only_and_needs_no_derogation_for_its_own() {
    for scene in scenes() {
        let archive = scene.house.archive();
        let producer = scene.producer_account();
        let by = producer.mandate::<Read>().unwrap();
        let own = Wanted { is_agency: true, ..wanted(&scene.closed, PRODUCER) };
        let dossier = archive.register_request(&by, &own).unwrap();
        assert_eq!(dossier.request.state, RequestState::Open);
        let mut out = Vec::new();
        archive.deliver_request(&by, dossier.request.id, None, &mut out).unwrap();
        let other = archive.register_request(&by, &wanted(&scene.open, "Élise"));
        assert!(matches!(other, Err(RequestError::NotYours(name)) if name == "Élise"));
        let stranger = scene.house.account("Secrétariat", &[Permission::Read], Some("SLB-SECRETARIAT"));
        let by = stranger.mandate::<Read>().unwrap();
        let theirs = archive.deliver_request(&by, dossier.request.id, None, &mut Vec::new());
        assert!(matches!(theirs, Err(RequestError::NotYours(_))));
        assert!(archive.communication_request(&by, dossier.request.id).unwrap().is_none(), "it is not even shown");
        assert!(archive.communication_requests(&by, None, None, 10).unwrap().is_empty());
        let unknown = Wanted { is_agency: true, ..wanted(&scene.open, "NULLE-PART") };
        let unknown = archive.register_request(&scene.house.may::<Read>(), &unknown);
        assert!(matches!(unknown, Err(RequestError::Stranger(_))));
    }
}

#[test]
fn what_cannot_be_asked_for_leaves_no_line() {
    for scene in scenes() {
        let (house, archive) = (&scene.house, scene.house.archive());
        let lines = house.store().dump().unwrap()["lines"].len();
        let nowhere: UnitId = Id::mint(Timestamp::from_millis(1_795_000_000_000).unwrap());
        let register = |wanted: &Wanted| archive.register_request(&house.may::<Read>(), wanted).unwrap_err();
        assert!(matches!(register(&wanted(&[nowhere], "Élise")), RequestError::Selection(_)));
        assert!(matches!(register(&wanted(&[], "Élise")), RequestError::Selection(_)));
        assert!(matches!(register(&wanted(&scene.open, " ")), RequestError::Requester { .. }));
        assert!(matches!(register(&wanted(&scene.open, &"a".repeat(201))), RequestError::Requester { .. }));
        let message = |agency: &str, unit: &str| {
            let asking = asking::Asking {
                asked: asking::Asked::Delivery { derogation: false },
                version: SedaVersion::V2_3,
                message_identifier: "DEM".to_owned(),
                comment: None,
                units: vec![unit.to_owned()],
                archival_agency: agency.to_owned(),
                asker: "Élise".to_owned(),
            };
            let message = asking::write(&asking, Timestamp::from_millis(0).unwrap(), Vec::new()).unwrap();
            archive.register_message(&house.may::<Read>(), &message)
        };
        assert!(matches!(message("AILLEURS", "u"), Err(RequestError::Elsewhere(_))));
        assert!(matches!(message("SLB-ARCHIVES", "u"), Err(RequestError::NotAUnit(_))));
        assert_eq!(house.store().dump().unwrap()["lines"].len(), lines);
        let read = message("SLB-ARCHIVES", &scene.open[0].to_string()).unwrap();
        assert_eq!((read.request.requester.as_str(), read.request.state), ("Élise", RequestState::Open));
    }
}

#[test]
fn a_rebuild_gives_back_requests_and_what_was_said_of_them() {
    for scene in scenes() {
        let archive = scene.house.archive();
        let dossier = register(&scene.house, &wanted(&scene.closed, "Élise"));
        let open = register(&scene.house, &wanted(&scene.open, "Élise"));
        scene.deliver(&open.request).unwrap();
        archive
            .agree_to_request(&scene.producer_account().mandate().unwrap(), dossier.request.id, Said::Granted)
            .unwrap();
        let signed = archive.derogation_questions(&scene.house.may::<Read>(), dossier.request.id, SedaVersion::V2_1);
        assert_eq!(signed.unwrap().len(), 1);
        let authority = scene.authority_account();
        archive.rule_on_request(&authority.mandate().unwrap(), dossier.request.id, Said::Granted).unwrap();
        archive.flush().unwrap();
        let live = rebuilt_tables(scene.house.store());
        assert!(live["requests"].len() == 2 && live["derogations"].len() == 2);
        for volume in scene.house.volumes() {
            // Truths are dumped in two ways.
            for fresh in stores().into_iter().filter(|fresh| fresh.engine == scene.house.engine) {
                let store: &Store = &fresh.store;
                rebuild_from(&volume, store);
                assert_same_tables(&live, &rebuilt_tables(store), fresh.engine);
            }
        }
    }
}

#[test]
fn messages_of_communication_are_valid_under_the_official_schemas() {
    let Some(folder) = reference("seda") else { return };
    let scene = scenes().next().unwrap();
    let dossier = register(&scene.house, &wanted(&scene.closed, "Élise & Cie"));
    for version in SedaVersion::ALL {
        let schema = schema(&folder, version);
        let by = scene.house.may::<Read>();
        for (consulted, question) in
            scene.house.archive().derogation_questions(&by, dossier.request.id, version).unwrap()
        {
            assert_eq!(faults(&schema, &question), Vec::<String>::new(), "{consulted:?} {version:?}");
            assert!(derogation::read(question.as_slice(), Bounds::default()).is_err());
        }
        for asked in [asking::Asked::Delivery { derogation: true }, asking::Asked::Restitution] {
            let asking = asking::Asking {
                asked,
                version,
                message_identifier: "DEM-1".to_owned(),
                comment: Some("Pour une thèse".to_owned()),
                units: vec!["u-1".to_owned(), "u-2".to_owned()],
                archival_agency: "SLB-ARCHIVES".to_owned(),
                asker: "Élise".to_owned(),
            };
            let message = asking::write(&asking, Timestamp::from_millis(0).unwrap(), Vec::new()).unwrap();
            assert_eq!(faults(&schema, &message), Vec::<String>::new(), "{asked:?} {version:?}");
        }
    }
    // A delivery that rests on an authorisation.
    let archive = scene.house.archive();
    let (producer, authority) = (scene.producer_account(), scene.authority_account());
    archive.agree_to_request(&producer.mandate().unwrap(), dossier.request.id, Said::Granted).unwrap();
    archive.rule_on_request(&authority.mandate().unwrap(), dossier.request.id, Said::Granted).unwrap();
    let kept = archive.transfers(&scene.house.may::<Deposit>(), None, None, 10).unwrap();
    let version = kept.iter().find_map(|transfer| transfer.version).unwrap();
    for version in [Some(version), Some(SedaVersion::V2_3)] {
        let path = scene.house.data.join("x.zip");
        let out = File::create(&path).unwrap();
        let delivered = archive.deliver_request(&scene.house.may::<Read>(), dossier.request.id, version, out).unwrap();
        let mut manifest = Vec::new();
        let mut zip = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
        zip.by_name("manifest.xml").unwrap().read_to_end(&mut manifest).unwrap();
        assert_eq!(faults(&schema(&folder, delivered.version), &manifest), Vec::<String>::new(), "{version:?}");
    }
}
