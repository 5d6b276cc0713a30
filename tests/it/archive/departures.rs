//! Units leave for another archive, and only its true answer to this very transfer authorises their destruction here.
//!
//! ```text
//! plan ── package ── receiver ─┬─ accepts ── authorised
//!                              ├─ refuses ── refused
//!                              └─ answers another, lies, or says nothing ── nothing changes
//! ```

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use cartulaire::{
    archive::{
        departures::{DepartureError, Door, Polled, Sending},
        disposals::{Choice, Denial},
        hold::HoldRequest,
    },
    digest,
    domain::{
        agency::Role,
        clock::Timestamp,
        disposal::{Disposal, DisposalState},
        id::{DisposalId, UnitId},
        mandate::{Actor, Administer, Agree, Deposit, Describe, Dispose, Permission, Read},
        referential::Referential,
        search::Selection,
        seda::SedaVersion,
        transfer::TransferStatus,
    },
    net::form::Login,
    pki::{
        cms::{self, ContentType, Enclosed, Terms},
        seal,
    },
    seda::{asking, receipt},
    xml::bounds::Bounds,
};

use crate::{
    archive::{
        House,
        destruction::assert_rebuilds,
        houses,
        rebuild::{accepted, assert_same_tables, rebuild_from, rebuilt_tables},
        settle, units,
    },
    seda::{
        manifest_of, reference,
        schemas::{faults, schema},
    },
    store::stores,
};

/// The archive that takes over: the neighbour's, in these tests.
pub const RECEIVER: &str = "VSN-ARCHIVES";

fn sender(house: &House) -> Actor {
    house.account("Archiviste", &[Permission::Read, Permission::Describe, Permission::Dispose], None)
}

fn roots(house: &House, part: &str) -> Vec<UnitId> {
    let kept = house.accept(&accepted(part));
    let all = units(house.archive(), &house.actor, kept);
    all.into_iter().filter(|hit| hit.parents.is_empty()).map(|hit| hit.unit).collect()
}

fn planned(house: &House, units: Vec<UnitId>) -> Disposal {
    let choice = Choice { units, ..Choice::default() };
    house.archive().plan_transfer(&house.may::<Describe>(), &choice, RECEIVER).unwrap().disposal.unwrap()
}

fn send(house: &House, by: &Actor, id: DisposalId, sending: &Sending) -> Result<PathBuf, DepartureError> {
    let path = house.data.join("transfert.zip");
    let by = by.mandate::<Dispose>().unwrap();
    house.archive().send(&by, id, sending, File::create(&path).unwrap()).map(|_| path)
}

fn state(house: &House, id: DisposalId) -> DisposalState {
    house.archive().disposal(&house.may::<Read>(), id).unwrap().unwrap().state
}

fn take(house: &House, id: DisposalId, reply: &str) -> Result<Disposal, DepartureError> {
    house.archive().take_reply(&house.may::<Describe>(), id, reply.as_bytes())
}

/// What the neighbour, a true archive, replies to a package.
fn reply_of(house: &House, neighbour: &Actor, package: &Path) -> String {
    let settled = settle(house.archive(), neighbour, package);
    assert!(matches!(settled.transfer.status, TransferStatus::Accepted { .. }), "{settled:?}");
    let reply = house.archive().reply(&neighbour.mandate::<Deposit>().unwrap(), &settled.transfer).unwrap().unwrap();
    String::from_utf8(reply).unwrap()
}

/// A small reply in as@lae's order.
pub fn short_reply(message: &str, code: &str, agency: &str) -> String {
    let namespace = SedaVersion::V2_1.namespace();
    format!(
        "<ArchiveTransferReply xmlns=\"{namespace}\"><Date>2026-11-22T10:00:00Z</Date><MessageIdentifier>{message}\
         </MessageIdentifier><CodeListVersions/><DataObjectPackage><DescriptiveMetadata><ArchiveUnit id=\"u\"><Content>\
         <ArchivalAgencyArchiveUnitIdentifier>AE_2026_7</ArchivalAgencyArchiveUnitIdentifier></Content></ArchiveUnit>\
         </DescriptiveMetadata><ManagementMetadata/></DataObjectPackage><ReplyCode>{code}</ReplyCode>\
         <MessageRequestIdentifier>ATR_31</MessageRequestIdentifier><ArchivalAgency><Identifier>{agency}</Identifier>\
         </ArchivalAgency><TransferringAgency><Identifier>SLB-ARCHIVES</Identifier></TransferringAgency>\
         </ArchiveTransferReply>"
    )
}

fn message_of(house: &House, id: DisposalId) -> String {
    let plan = house.archive().disposal(&house.may::<Read>(), id).unwrap().unwrap();
    plan.sent.unwrap().message.to_string()
}

#[test]
fn an_archive_that_truly_takes_over_authorises_the_plan_and_says_where_it_is() {
    for house in houses() {
        let (neighbour, by) = (house.neighbour(), sender(&house));
        for part in ["subvention", "cinq_niveaux"] {
            let plan = planned(&house, roots(&house, part));
            assert_eq!(plan.state, DisposalState::Planned);
            let package = send(&house, &by, plan.id, &Sending::default()).unwrap();
            assert_eq!(state(&house, plan.id), DisposalState::Sent);
            let manifest = manifest_of(&package);
            assert!(manifest.contains(&format!("<ArchivalAgency><Identifier>{RECEIVER}</Identifier>")));
            let reply = reply_of(&house, &neighbour, &package);
            let after = take(&house, plan.id, &reply).unwrap();
            assert_eq!(after.state, DisposalState::Authorised, "{part} {}", house.engine);
            let destination = house.archive().destination(&house.may::<Read>(), plan.id).unwrap().unwrap();
            let told = receipt::read(reply.as_bytes(), Bounds::default(), |_| {}).unwrap();
            assert_eq!(destination.agency, RECEIVER);
            assert_eq!((destination.reply, destination.archive), (told.identifier, told.archive));
            assert!(matches!(take(&house, plan.id, &reply), Err(DepartureError::State(DisposalState::Authorised))));
            let paper = house.archive().departure_attestation(&house.may::<Read>(), plan.id).unwrap();
            assert!(paper.starts_with(b"%PDF-"));
        }
    }
}

#[test]
fn what_was_taken_over_is_destroyed_here_and_whoever_asks_is_told_where_it_is() {
    for house in houses() {
        let (archive, neighbour, by) = (house.archive(), house.neighbour(), sender(&house));
        let carry_out = |id| archive.eliminate(&by.mandate::<Dispose>().unwrap(), id, &|_, _| ()).unwrap();
        let kept = house.accept(&accepted("subvention"));
        let all: Vec<UnitId> = units(archive, &house.actor, kept).into_iter().map(|hit| hit.unit).collect();
        let plan = planned(&house, all.clone());
        assert_eq!(carry_out(plan.id), Err(Denial::State(DisposalState::Planned)));
        let package = send(&house, &by, plan.id, &Sending::default()).unwrap();
        assert_eq!(carry_out(plan.id), Err(Denial::State(DisposalState::Sent)), "nobody answered");
        take(&house, plan.id, &reply_of(&house, &neighbour, &package)).unwrap();

        let hold = HoldRequest {
            selection: Selection::Units(vec![all[0]]),
            reason: "Contentieux".to_owned(),
            owner: None,
            reassess: None,
            until: None,
            prevents_rearrangement: false,
        };
        let hold = archive.place_hold(&house.may(), &hold).unwrap().unwrap();
        assert!(matches!(carry_out(plan.id), Err(Denial::Changed(changes)) if !changes.units.is_empty()));
        assert!(archive.archive(&house.may(), kept).unwrap().is_some());
        archive.lift_hold(&house.may(), hold.id, "Affaire jugée").unwrap().unwrap();

        let done = carry_out(plan.id).unwrap();
        assert_eq!(done.disposal.state, DisposalState::Done);
        assert_eq!(archive.archive(&house.may(), kept).unwrap(), None);
        let destination = archive.destination(&house.may(), plan.id).unwrap().unwrap();
        for id in all.iter().map(ToString::to_string).chain([kept.to_string()]) {
            let whereabouts = archive.whereabouts(&house.may(), &id).unwrap().unwrap();
            assert_eq!(whereabouts.destination.as_ref(), Some(&destination));
            let told = whereabouts.in_french();
            assert!(told.contains(&format!("transférées à « {RECEIVER} »")), "{told}");
        }
        let certificate = archive.elimination_certificate(&house.may(), plan.id).unwrap().unwrap();
        assert_eq!(digest::sha512(&certificate), done.disposal.attested.unwrap().certificate);
        assert_eq!(carry_out(plan.id), Err(Denial::State(DisposalState::Done)));
        archive.flush().unwrap();
        assert_eq!(archive.verify(&|| {}).unwrap().findings, []);
        assert_rebuilds(&house);
    }
}

#[test]
fn sent_again_before_an_answer_it_is_the_same_to_the_byte() {
    for house in houses() {
        let by = sender(&house);
        let plan = planned(&house, roots(&house, "subvention"));
        let first = std::fs::read(send(&house, &by, plan.id, &Sending::default()).unwrap()).unwrap();
        let lines = house.store().dump().unwrap()["lines"].len();
        let again = std::fs::read(send(&house, &by, plan.id, &Sending::default()).unwrap()).unwrap();
        assert_eq!(digest::sha512(&first), digest::sha512(&again));
        assert_eq!(house.store().dump().unwrap()["lines"].len(), lines, "nothing new is told");
    }
}

#[test]
fn what_is_no_true_answer_changes_nothing() {
    for house in houses() {
        let (neighbour, by) = (house.neighbour(), sender(&house));
        let plan = planned(&house, roots(&house, "subvention"));
        let other = planned(&house, roots(&house, "budget_supplementaire"));
        assert!(matches!(take(&house, plan.id, "<a/>"), Err(DepartureError::State(DisposalState::Planned))));
        let package = send(&house, &by, plan.id, &Sending::default()).unwrap();
        let reply = reply_of(&house, &neighbour, &package);
        let message = message_of(&house, plan.id);
        send(&house, &by, other.id, &Sending::default()).unwrap();
        let lines = house.store().dump().unwrap()["lines"].len();

        assert!(matches!(take(&house, other.id, &reply), Err(DepartureError::Elsewhere(told)) if told == message));
        let cut = |text: &str, from: &str, to: &str| {
            let (before, rest) = text.split_once(from).unwrap();
            let (inner, after) = rest.split_once(to).unwrap();
            (before.to_owned(), inner.to_owned(), after.to_owned())
        };
        let (before, value, after) = cut(&reply, "<MessageDigest algorithm=\"SHA-512\">", "</MessageDigest>");
        let lie = format!(
            "{before}<MessageDigest algorithm=\"SHA-512\">{}</MessageDigest>{after}",
            value.chars().rev().collect::<String>()
        );
        let (before, value, after) = cut(&reply, "<Size>", "</Size>");
        let short = format!("{before}<Size>{}</Size>{after}", value.parse::<u64>().unwrap() + 1);
        let renamed = reply.replacen("<ArchiveUnit id=\"", "<ArchiveUnit id=\"autre-", 1);
        for lie in [lie, short, renamed] {
            assert!(matches!(take(&house, plan.id, &lie), Err(DepartureError::Lies(first)) if !first.is_empty()));
        }
        for (wrong, is_expected) in [
            (short_reply("une-autre", "000", RECEIVER), "elsewhere"),
            (short_reply(&message, "000", "QUELQU-UN"), "receiver"),
            (short_reply(&message, "000", RECEIVER).replace("<ReplyCode>000</ReplyCode>", ""), "undecided"),
            ("<ArchiveTransfer xmlns=\"urn:x\"/>".to_owned(), "misread"),
            ("rien".to_owned(), "misread"),
            (
                format!(
                    "<Acknowledgement xmlns=\"{}\"><MessageIdentifier>A</MessageIdentifier><MessageReceivedIdentifier>\
                     {message}</MessageReceivedIdentifier><Sender><Identifier>{RECEIVER}</Identifier></Sender>\
                     </Acknowledgement>",
                    SedaVersion::V2_1.namespace()
                ),
                "acknowledged",
            ),
        ] {
            let told = match take(&house, plan.id, &wrong).unwrap_err() {
                DepartureError::Elsewhere(_) => "elsewhere",
                DepartureError::NotTheReceiver(_) => "receiver",
                DepartureError::Undecided => "undecided",
                DepartureError::Misread(_) => "misread",
                DepartureError::OnlyAcknowledged => "acknowledged",
                other => panic!("{other:?}"),
            };
            assert_eq!(told, is_expected, "{wrong}");
        }
        assert_eq!(house.store().dump().unwrap()["lines"].len(), lines, "nothing is told of them");
        assert_eq!(state(&house, plan.id), DisposalState::Sent);
        // The short answer of an as@lae is enough, in its own order.
        assert_eq!(
            take(&house, plan.id, &short_reply(&message, "000", RECEIVER)).unwrap().state,
            DisposalState::Authorised
        );
        let kept = house.archive().destination(&house.may::<Read>(), plan.id).unwrap().unwrap();
        assert_eq!((kept.reply.as_deref(), kept.archive.as_deref()), (Some("ATR_31"), Some("AE_2026_7")));
        // A refusal is heard too.
        let message = message_of(&house, other.id);
        assert_eq!(
            take(&house, other.id, &short_reply(&message, "207", RECEIVER)).unwrap().state,
            DisposalState::Refused
        );
        assert!(house.archive().destination(&house.may::<Read>(), other.id).unwrap().is_none());
    }
}

#[test]
fn what_is_held_or_changed_since_the_plan_does_not_leave() {
    for house in houses() {
        let by = sender(&house);
        let units = roots(&house, "subvention");
        let plan = planned(&house, units.clone());
        let hold = HoldRequest {
            selection: Selection::Units(units.clone()),
            reason: "Contentieux".to_owned(),
            owner: None,
            reassess: None,
            until: None,
            prevents_rearrangement: false,
        };
        house.archive().place_hold(&house.may::<Describe>(), &hold).unwrap().unwrap();
        assert!(matches!(send(&house, &by, plan.id, &Sending::default()), Err(DepartureError::Held(_))));
        assert_eq!(state(&house, plan.id), DisposalState::Planned);
        let choice = Choice { units, ..Choice::default() };
        let none = house.archive().plan_transfer(&house.may::<Describe>(), &choice, RECEIVER).unwrap();
        assert_eq!(none.disposal, None, "what is held is not even planned");
    }
}

#[test]
fn a_transfer_goes_in_another_version_only_where_everything_can_be_said() {
    let Some(folder) = reference("seda") else { return };
    for house in houses() {
        let by = sender(&house);
        let plan = planned(&house, roots(&house, "cinq_niveaux"));
        for version in SedaVersion::ALL {
            let sending = Sending { version: Some(version), agreement: Some("ACCORD".to_owned()), request: None };
            match send(&house, &by, plan.id, &sending) {
                Ok(path) => {
                    let manifest = manifest_of(&path);
                    assert!(manifest.contains(version.namespace()) && manifest.contains("<ArchivalAgreement>ACCORD<"));
                    assert_eq!(faults(&schema(&folder, version), manifest.as_bytes()), Vec::<String>::new());
                }
                Err(DepartureError::Deliver(error)) => {
                    let told = error.to_string();
                    assert!(told.contains("cannot say"), "{told}");
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}

/// A receiver that speaks like as@lae: it gives these answers, one per request, and tells what it was asked.
fn asalae(answers: Vec<(&'static str, String)>) -> (String, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/restservices/", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let serve = |(status, body): (&str, String)| {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(&stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
            let length =
                head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let mut asked = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut asked).unwrap();
            let answer =
                format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            (&stream).write_all(answer.as_bytes()).unwrap();
            [head.into_bytes(), asked].concat()
        };
        answers.into_iter().map(serve).collect()
    });
    (url, served)
}

fn door(url: String, chunk_bytes: Option<u64>) -> Door {
    Door { url, login: Login { user: "cartulaire".to_owned(), secret: "s3cret".to_owned() }, chunk_bytes }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_transfer_is_pushed_whole_or_in_chunks_and_its_reply_is_asked_for() {
    for house in houses() {
        let (archive, by) = (house.archive(), sender(&house));
        let plan = planned(&house, roots(&house, "subvention"));
        let dispose = || by.mandate::<Dispose>().unwrap();

        let (url, served) = asalae(vec![("401 Unauthorized", "Identifiant ou mot de passe incorrect".to_owned())]);
        let refused = archive.push(&dispose(), plan.id, &Sending::default(), &door(url, None)).unwrap_err();
        assert!(matches!(refused, DepartureError::Rejected { status: 401, words } if words.contains("incorrect")));
        served.join().unwrap();

        let (url, served) = asalae(vec![("200 OK", "{\"date_du_depot\":\"2026-11-22T10:00:00+01:00\"}".to_owned())]);
        let sent = archive.push(&dispose(), plan.id, &Sending::default(), &door(url, None)).unwrap();
        let whole = served.join().unwrap().remove(0);
        for part in [
            "POST /restservices/sedaMessages ",
            "name=\"seda_message\"",
            "filename=\"archive.zip\"",
            "<ArchiveTransfer",
        ] {
            assert!(contains(&whole, part), "{part}");
        }

        let session = "{\"chunk_session_identifier\":12,\"chunk_security_identifier\":\"abc\"}".to_owned();
        let chunk = sent.size.div_ceil(3);
        let mut answers = vec![("200 OK", session)];
        answers.extend(std::iter::repeat_n(("200 OK", "{\"chunk\":true}".to_owned()), 3));
        let (url, served) = asalae(answers);
        let again = archive.push(&dispose(), plan.id, &Sending::default(), &door(url, Some(chunk))).unwrap();
        assert_eq!(again.package, sent.package, "the same files");
        let asked = served.join().unwrap();
        assert!(contains(&asked[0], "send_chunked_attachments"));
        for (index, asked) in asked.iter().enumerate().skip(1) {
            let parts = [
                "POST /restservices/sedaAttachmentsChunkFiles ".to_owned(),
                "name=\"session_identifier\"\r\n\r\n12\r\n".to_owned(),
                "name=\"number_of_chunks\"\r\n\r\n3\r\n".to_owned(),
                format!("name=\"chunk_index\"\r\n\r\n{index}\r\n"),
            ];
            for part in parts {
                assert!(contains(asked, &part), "{part}");
            }
        }

        let message = message_of(&house, plan.id);
        let (url, served) = asalae(vec![
            ("500 Internal Server Error", "Transfert en cours de traitement".to_owned()),
            ("500 Internal Server Error", "Transfert d'archive à l'origine de la séquence non trouvé : x".to_owned()),
            ("200 OK", short_reply("une-autre", "000", RECEIVER)),
            ("200 OK", short_reply(&message, "000", RECEIVER)),
        ]);
        let poll = || archive.poll_reply(&house.may::<Describe>(), plan.id, &door(url.clone(), None));
        assert_eq!(poll().unwrap(), Polled::NotYet);
        assert!(matches!(poll().unwrap_err(), DepartureError::Rejected { status: 500, .. }));
        assert!(matches!(poll().unwrap_err(), DepartureError::Elsewhere(_)));
        assert!(matches!(poll().unwrap(), Polled::Answered(plan) if plan.state == DisposalState::Authorised));
        let path = format!(
            "GET /restservices/sedaMessages/sequence:ArchiveTransfer/message:ArchiveTransferReply\
             /originOrganizationIdentification:SLB-ARCHIVES/originMessageIdentifier:{message} "
        );
        for asked in served.join().unwrap() {
            assert!(contains(&asked, &path), "{}", String::from_utf8_lossy(&asked));
        }
    }
}

/// An agency's seal, and a referential that pins it.
fn producer(house: &House, agency: &str) -> seal::Signer {
    let made = seal::create_self_signed(agency, Timestamp::parse("2026-01-01T00:00:00Z").unwrap(), 10).unwrap();
    let certificate: String = made.certificate.lines().filter(|line| !line.starts_with("-----")).collect();
    let agencies = format!(
        "Identifier,Name,Description,Roles,Certificate\nSLB-ARCHIVES,Archives,,ArchivalAgency,\n\
         SLB-SECRETARIAT,Secrétariat,,TransferringAgency|OriginatingAgency,\n{RECEIVER},Voisine,,ArchivalAgency,\n\
         {agency},Producteur,,OriginatingAgency,{certificate}\n"
    );
    let notation = cartulaire::archive::referentials::Notation::Csv;
    let by = house.may::<Administer>();
    house.archive().import(&by, Referential::Agencies, agencies.as_bytes(), notation).unwrap().unwrap();
    seal::Signer::from_pem(made.certificate.as_bytes(), made.key.as_bytes()).unwrap()
}

fn sign(signer: &seal::Signer, message: &[u8]) -> Vec<u8> {
    let terms = Terms { content_type: ContentType::Data, at: None, certificates: Enclosed::Chain };
    cms::sign_detached(signer, &digest::sha512(message).into(), &terms).unwrap()
}

#[test]
fn an_agency_asks_for_its_own_gets_it_and_says_so() {
    const AGENCY: &str = "SLB-RH";
    for house in houses() {
        let (archive, by) = (house.archive(), sender(&house));
        let kept = house.accept(&accepted("arrete_individuel"));
        let all = units(archive, &house.actor, kept);
        let theirs = all.iter().find(|hit| hit.content.originating_agency.as_deref() == Some(AGENCY)).unwrap();
        let not_theirs = all.iter().find(|hit| hit.content.originating_agency.as_deref() != Some(AGENCY));
        let signer = producer(&house, AGENCY);
        let asking = asking::Asking {
            asked: asking::Asked::Restitution,
            version: SedaVersion::V2_2,
            message_identifier: "REST-1".to_owned(),
            comment: None,
            units: vec![theirs.unit.to_string()],
            archival_agency: "SLB-ARCHIVES".to_owned(),
            asker: AGENCY.to_owned(),
        };
        let request = asking::write(&asking, Timestamp::from_millis(0).unwrap(), Vec::new()).unwrap();
        let describe = house.may::<Describe>();
        let unsigned = archive.plan_restitution_by_message(&describe, &request, b"");
        assert!(matches!(unsigned, Err(DepartureError::Signature(_))));
        let drawn = archive.plan_restitution_by_message(&describe, &request, &sign(&signer, &request)).unwrap();
        let plan = drawn.disposal.unwrap();
        if let Some(other) = not_theirs {
            let choice = Choice { units: vec![other.unit], ..Choice::default() };
            let refused = archive.plan_restitution(&describe, &choice, AGENCY);
            assert!(matches!(refused, Err(DepartureError::NotTheirs(unit)) if unit == other.unit));
        }
        let sending = Sending { request: Some("REST-1".to_owned()), ..Sending::default() };
        let manifest = manifest_of(&send(&house, &by, plan.id, &sending).unwrap());
        assert!(
            manifest.contains("<MessageRequestIdentifier>REST-1<")
                && manifest.contains("ArchiveRestitutionRequestReply")
        );
        if let Some(folder) = reference("seda") {
            let version = SedaVersion::ALL.into_iter().find(|one| manifest.contains(one.namespace())).unwrap();
            assert_eq!(faults(&schema(&folder, version), manifest.as_bytes()), Vec::<String>::new());
        }
        let acknowledgement = format!(
            "<Acknowledgement xmlns=\"{}\"><Date>2026-11-22T10:00:00Z</Date><MessageIdentifier>ACK-1</MessageIdentifier>\
             <MessageReceivedIdentifier>{}</MessageReceivedIdentifier><Sender><Identifier>{AGENCY}</Identifier></Sender>\
             <Receiver><Identifier>SLB-ARCHIVES</Identifier></Receiver></Acknowledgement>",
            SedaVersion::V2_2.namespace(),
            message_of(&house, plan.id)
        );
        let message = acknowledgement.as_bytes();
        let unsigned = archive.take_acknowledgement(&describe, plan.id, message, &sign(&signer, b"autre chose"));
        assert!(matches!(unsigned, Err(DepartureError::Signature(_))));
        let stranger = house.account("Un autre", &[Permission::Agree], Some("SLB-SECRETARIAT"));
        let theirs = archive.acknowledge_restitution(&stranger.mandate::<Agree>().unwrap(), plan.id);
        assert!(matches!(theirs, Err(DepartureError::Objection(_))));
        assert_eq!(state(&house, plan.id), DisposalState::Sent);
        let after = archive.take_acknowledgement(&describe, plan.id, message, &sign(&signer, message)).unwrap();
        assert_eq!(after.state, DisposalState::Authorised);
        let consents = archive.consents(&house.may::<Read>(), plan.id).unwrap();
        assert_eq!((consents[0].agency.as_str(), consents[0].role), (AGENCY, Role::Originating));
    }
}

#[test]
fn a_rebuild_gives_back_where_everything_went() {
    for house in houses() {
        let by = sender(&house);
        let plan = planned(&house, roots(&house, "subvention"));
        send(&house, &by, plan.id, &Sending::default()).unwrap();
        take(&house, plan.id, &short_reply(&message_of(&house, plan.id), "OK", RECEIVER)).unwrap();
        house.archive().flush().unwrap();
        let live = rebuilt_tables(house.store());
        assert_eq!(live["destinations"].len(), 1);
        for fresh in stores().into_iter().filter(|fresh| fresh.engine == house.engine) {
            rebuild_from(&house.volumes()[0], &fresh.store);
            assert_same_tables(&live, &rebuilt_tables(&fresh.store), fresh.engine);
        }
    }
}
