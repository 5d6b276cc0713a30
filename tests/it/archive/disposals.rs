//! Eliminations from the plan to the certificate: who may say what, in which order; what is refused, and why.

use std::fs;

use cartulaire::{
    archive::{
        disposals::{Answer, Choice, Denial, Distrust, Drawn, Heard},
        hold::HoldRequest,
        referentials::Notation,
    },
    digest,
    domain::{
        appraisal::Reason,
        clock::Timestamp,
        consent::Objection,
        disposal::{Disposal, DisposalState},
        id::{ArchiveId, UnitId},
        mandate::{Actor, Administer, Agree, Control, Describe, Dispose, Permission, Read},
        referential::Referential,
        search::Selection,
        seda::SedaVersion,
    },
    pki::{
        cms::{self, ContentType, Enclosed},
        seal::{Made, Signer, create_self_signed},
    },
};
use chrono::NaiveDate;

use super::{House, accept, destruction::assert_rebuilds, houses, units};
use crate::{
    parcels::{manifest, zip},
    seda::schemas,
};

const RULES: &str = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n\
    DUA-05,AppraisalRule,Cinq ans,Actes sans portée durable,5,Year\n";

/// A house with an archive whose units are to be destroyed since 2005, and with the people who say so.
pub struct Scene {
    pub house: House,
    pub archive: ArchiveId,
    pub producer: Actor,
    pub controller: Actor,
    pub disposer: Actor,
}

fn import(house: &House, kind: Referential, csv: &str) {
    let by = house.may::<Administer>();
    house.archive().import(&by, kind, csv.as_bytes(), Notation::Csv).unwrap().unwrap();
}

fn agencies(conseil: &str, control: &str) -> String {
    format!(
        "Identifier,Name,Description,Roles,Certificate\nSLB-ARCHIVES,Archives,,ArchivalAgency,\n\
         SLB-SECRETARIAT,Secrétariat,,TransferringAgency,\nSLB-CONSEIL,Conseil municipal,,OriginatingAgency,{conseil}\n\
         FRAD084,Archives départementales,,ControlAuthority,{control}\n"
    )
}

/// Brings in the rules and the agencies.
pub fn refer(house: &House) {
    import(house, Referential::Rules, RULES);
    import(house, Referential::Agencies, &agencies("", ""));
}

/// A package of three units that are to be destroyed since 2005.
pub fn due_package() -> Vec<u8> {
    let rule = "<AppraisalRule><Rule>DUA-05</Rule><StartDate>2000-01-01</StartDate><FinalAction>Destroy</FinalAction>\
                </AppraisalRule></ManagementMetadata>";
    let files: [(&str, &[u8]); 2] = [("Content/a.txt", b"premier acte"), ("Content/b.txt", b"second acte")];
    let described = manifest("ECHU-1", &files).replace("</ManagementMetadata>", rule);
    let mut all: Vec<(&str, &[u8])> = vec![("manifest.xml", described.as_bytes())];
    all.extend(files);
    zip(&all)
}

impl Scene {
    pub fn of(house: House) -> Self {
        refer(&house);
        let package = house.data.join("echu.zip");
        fs::write(&package, due_package()).unwrap();
        let archive = accept(house.archive(), &house.actor, &package);
        let producer = house.account("Conseil", &[Permission::Agree], Some("SLB-CONSEIL"));
        let controller = house.account("AD", &[Permission::Control], Some("FRAD084"));
        let disposer = house.account("Archiviste", &[Permission::Dispose], None);
        Self { house, archive, producer, controller, disposer }
    }

    pub fn draw(&self, choice: &Choice, on: &str) -> Drawn {
        let by = self.house.may::<Describe>();
        self.house.archive().plan_elimination(&by, choice, on.parse::<NaiveDate>().unwrap()).unwrap()
    }

    fn plan(&self) -> Disposal {
        self.draw(&Choice::default(), "2020-01-01").disposal.unwrap()
    }

    pub fn agree(&self, by: &Actor, plan: &Disposal, answer: &Answer) -> Result<Heard, Denial> {
        self.house.archive().agree(&by.mandate::<Agree>().unwrap(), plan.id, plan.list, answer).unwrap()
    }

    pub fn control(&self, by: &Actor, plan: &Disposal, answer: &Answer) -> Result<Heard, Denial> {
        self.house.archive().control(&by.mandate::<Control>().unwrap(), plan.id, plan.list, answer).unwrap()
    }

    pub fn eliminate(&self, plan: &Disposal) -> Result<Disposal, Denial> {
        let by = self.disposer.mandate::<Dispose>().unwrap();
        self.house.archive().eliminate(&by, plan.id, &|_, _| ()).unwrap().map(|carried| carried.disposal)
    }

    fn authorised(&self) -> Disposal {
        let plan = self.plan();
        self.agree(&self.producer, &plan, &Answer::Grant).unwrap();
        self.control(&self.controller, &plan, &Answer::Grant).unwrap().disposal
    }

    pub fn units(&self) -> Vec<UnitId> {
        units(self.house.archive(), &self.house.actor, self.archive).into_iter().map(|hit| hit.unit).collect()
    }

    fn unit(&self, end: &str) -> UnitId {
        let hits = units(self.house.archive(), &self.house.actor, self.archive);
        hits.into_iter().find(|hit| hit.content.title.ends_with(end)).unwrap().unit
    }
}

fn scenes() -> impl Iterator<Item = Scene> {
    houses().into_iter().map(Scene::of)
}

#[test]
fn three_accounts_bring_an_elimination_from_its_plan_to_its_certificate() {
    for scene in scenes() {
        let (archive, read) = (scene.house.archive(), scene.house.may::<Read>());
        let plan = scene.plan();
        assert_eq!(
            (plan.leaving.units, plan.leaving.objects, plan.agencies.as_slice()),
            (3, 2, &["SLB-CONSEIL".to_owned()][..])
        );
        assert_eq!(scene.eliminate(&plan), Err(Denial::State(DisposalState::Planned)), "nobody agreed");
        let denied = scene.control(&scene.controller, &plan, &Answer::Grant);
        assert!(matches!(denied, Err(Denial::Objection(Objection::Turn { .. }))), "the visa comes last");
        let stranger = scene.house.account("Finances", &[Permission::Agree], Some("SLB-FINANCES"));
        let denied = scene.agree(&stranger, &plan, &Answer::Grant);
        assert_eq!(denied, Err(Denial::Objection(Objection::Stranger("SLB-FINANCES".to_owned()))));
        let other_list = Disposal { list: digest::sha512(b"another"), ..plan.clone() };
        let denied = scene.agree(&scene.producer, &other_list, &Answer::Grant);
        assert_eq!(denied, Err(Denial::Objection(Objection::List)));
        let agreed = scene.agree(&scene.producer, &plan, &Answer::Grant).unwrap();
        assert_eq!(agreed.disposal.state, DisposalState::Agreed);
        let usurper = scene.house.account("Usurpateur", &[Permission::Control], Some("SLB-CONSEIL"));
        let denied = scene.control(&usurper, &plan, &Answer::Grant);
        assert_eq!(denied, Err(Denial::NotControl("SLB-CONSEIL".to_owned())));
        assert_eq!(scene.eliminate(&plan), Err(Denial::State(DisposalState::Agreed)), "no visa");
        let visa = scene.control(&scene.controller, &plan, &Answer::Grant).unwrap();
        assert_eq!(visa.disposal.state, DisposalState::Authorised);

        let done = scene.eliminate(&plan).unwrap();
        assert_eq!(done.state, DisposalState::Done);
        assert_eq!(scene.units(), []);
        let certificate = archive.elimination_certificate(&read, plan.id).unwrap().unwrap();
        assert_eq!(digest::sha512(&certificate), done.attested.unwrap().certificate);
        assert!(archive.bordereau_pdf(&read, plan.id).unwrap().unwrap().starts_with(b"%PDF"));
        assert_eq!(scene.eliminate(&plan), Err(Denial::State(DisposalState::Done)), "it is done once");
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn a_refusal_in_part_makes_another_plan_that_is_agreed_to_anew() {
    for scene in scenes() {
        let (plan, kept) = (scene.plan(), scene.unit("pièce 1"));
        let heard = scene.agree(&scene.producer, &plan, &Answer::Except(vec![kept])).unwrap();
        assert_eq!(heard.disposal.state, DisposalState::Refused);
        let next = heard.next.unwrap();
        // The unit itself, and the one above it, stay.
        assert_eq!((next.leaving.units, next.replaces, next.state), (1, Some(plan.id), DisposalState::Planned));
        assert_eq!(scene.eliminate(&plan), Err(Denial::State(DisposalState::Refused)));
        scene.agree(&scene.producer, &next, &Answer::Grant).unwrap();
        scene.control(&scene.controller, &next, &Answer::Grant).unwrap();
        scene.eliminate(&next).unwrap();
        assert!(scene.units().contains(&kept) && scene.units().len() == 2);
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn what_is_not_due_is_kept_and_a_hold_stops_an_authorised_plan() {
    for scene in scenes() {
        let Drawn { disposal, tally } =
            scene.draw(&Choice { archives: vec![scene.archive], ..Choice::default() }, "2004-12-31");
        assert!(disposal.is_none() && tally.reasons.get(&Reason::RuleNotExpired) == Some(&3), "{tally:?}");
        let plan = scene.authorised();
        let held = scene.unit("pièce 1");
        let request = HoldRequest {
            selection: Selection::Units(vec![held]),
            reason: "Contentieux".to_owned(),
            owner: None,
            reassess: None,
            until: None,
            prevents_rearrangement: false,
        };
        scene.house.archive().place_hold(&scene.house.may(), &request).unwrap().unwrap();
        let Err(Denial::Changed(changes)) = scene.eliminate(&plan) else { panic!("a held unit went") };
        assert!(changes.units.iter().any(|(unit, _)| *unit == held));
        assert_eq!(scene.units().len(), 3);
        let again = scene.plan();
        assert_eq!(again.leaving.units, 1, "the held unit stays, and the one above it");
        let by = scene.house.may::<Describe>();
        let given_up = scene.house.archive().abandon(&by, plan.id).unwrap().unwrap();
        assert_eq!(given_up.state, DisposalState::Abandoned);
        assert_eq!(scene.eliminate(&plan), Err(Denial::State(DisposalState::Abandoned)));
    }
}

/// A key, and its certificate as the referential pins it.
fn signer(name: &str) -> (Signer, String) {
    let at = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    let Made { certificate, key } = create_self_signed(name, at, 20).unwrap();
    let pinned: String = certificate.lines().filter(|line| !line.starts_with("-----")).collect();
    (Signer::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap(), pinned)
}

fn signed(signer: &Signer, message: &[u8]) -> Vec<u8> {
    let terms = cms::Terms { content_type: ContentType::Data, at: None, certificates: Enclosed::Signer };
    cms::sign_detached(signer, &digest::sha512(message).into(), &terms).unwrap()
}

/// What an agency answers to a request, as its tool would write it.
fn reply(request: &[u8], answers: &str, agency: &str, code: &str) -> Vec<u8> {
    let text = String::from_utf8(request.to_vec()).unwrap();
    let id = text.split("<MessageIdentifier>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let root = format!("Authorization{answers}RequestReply");
    format!(
        "<{root} xmlns=\"fr:gouv:culture:archivesdefrance:seda:v2.1\"><Date>2026-11-22T10:00:00Z</Date>\
         <MessageIdentifier>R-{answers}</MessageIdentifier><CodeListVersions/><ReplyCode>{code}</ReplyCode>\
         <MessageRequestIdentifier>{id}</MessageRequestIdentifier>\
         <ArchivalAgency><Identifier>SLB-ARCHIVES</Identifier></ArchivalAgency>\
         <{answers}><Identifier>{agency}</Identifier></{answers}></{root}>"
    )
    .into_bytes()
}

#[test]
fn signed_messages_authorise_and_a_wrong_signer_an_altered_message_or_another_request_do_not() {
    for scene in scenes() {
        let ((conseil, pinned), (control, control_pinned)) = (signer("Conseil"), signer("AD"));
        import(&scene.house, Referential::Agencies, &agencies(&pinned, &control_pinned));
        let (archive, read, by) = (scene.house.archive(), scene.house.may::<Read>(), scene.house.may::<Describe>());
        let (plan, other) = (scene.plan(), scene.plan());
        let request = archive.authorization_requests(&read, plan.id).unwrap().unwrap().remove(0).bytes;
        assert_valid(&request);
        let answer = reply(&request, "OriginatingAgency", "SLB-CONSEIL", "OK");
        let taken = |message: &[u8], signature: &[u8]| archive.import_authorization(&by, message, signature).unwrap();

        let denied = taken(&answer, &signed(&control, &answer));
        assert!(matches!(denied, Err(Denial::Message(Distrust::Signature(_)))), "a wrong signer: {denied:?}");
        let altered = String::from_utf8(answer.clone()).unwrap().replace("10:00:00", "10:00:01");
        let denied = taken(altered.as_bytes(), &signed(&conseil, &answer));
        assert!(matches!(denied, Err(Denial::Message(Distrust::Signature(_)))), "an altered message");
        let text = String::from_utf8(answer.clone()).unwrap().replace(&plan.id.to_string(), &plan.by.to_string());
        let denied = taken(text.as_bytes(), &signed(&conseil, text.as_bytes()));
        assert!(matches!(denied, Err(Denial::Message(Distrust::OtherRequest(_)))), "an unknown request");
        let maybe = reply(&request, "OriginatingAgency", "SLB-CONSEIL", "PEUT-ETRE");
        let denied = taken(&maybe, &signed(&conseil, &maybe));
        assert_eq!(denied, Err(Denial::Message(Distrust::Code("PEUT-ETRE".to_owned()))));
        assert_eq!(archive.disposal(&read, plan.id).unwrap().unwrap().state, DisposalState::Planned);

        let heard = taken(&answer, &signed(&conseil, &answer)).unwrap();
        assert_eq!(heard.disposal.state, DisposalState::Agreed);
        let denied = taken(&answer, &signed(&conseil, &answer));
        assert!(matches!(denied, Err(Denial::Objection(_))), "the same message twice");
        assert_eq!(archive.disposal(&read, other.id).unwrap().unwrap().state, DisposalState::Planned);
        let request = archive.authorization_requests(&read, plan.id).unwrap().unwrap().remove(0).bytes;
        assert_valid(&request);
        let visa = reply(&request, "ControlAuthority", "FRAD084", "OK");
        assert_valid(&visa);
        assert_eq!(taken(&visa, &signed(&control, &visa)).unwrap().disposal.state, DisposalState::Authorised);
        scene.eliminate(&plan).unwrap();
        assert_rebuilds(&scene.house);
    }
}

/// The official schema of 2.1 takes the message.
#[expect(clippy::print_stdout, reason = "what is not tested is said")]
fn assert_valid(message: &[u8]) {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference/seda"));
    if !folder.exists() {
        println!("skipped: the official schemas are not there");
        return;
    }
    let faults = schemas::faults(&schemas::schema(folder, SedaVersion::V2_1), message);
    assert!(faults.is_empty(), "{faults:?}");
}
