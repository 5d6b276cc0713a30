//! Acknowledgements and replies are valid under the official schemas and say what readers look for.

use std::io;

use cartulaire::{
    domain::{
        archive::Part,
        check::{Finding, Outcome, Report},
        id::Id,
        rule::Management,
        seda::SedaVersion,
        unit::{Content, Unit},
    },
    seda::{
        acknowledgement::{self, Acknowledgement},
        asalae,
        reply::{self, Reply},
    },
};

use crate::seda::{
    RICH, STRICT, manifest_of,
    minting::{mint, now},
    read_manifest, reference, resident,
    schemas::{faults, schema},
};

#[test]
fn acknowledgements_are_valid_in_every_version() {
    let Some(folder) = reference("seda") else { return };
    for version in SedaVersion::ALL {
        let message = Acknowledgement {
            message_identifier: "ACK_1",
            message_received: "2026-ACTES <18>",
            date: now(),
            comment: Some("Votre transfert est pris en compte."),
            sender: "FRAD000",
            receiver: "MAIRIE & CIE",
        };
        let written = acknowledgement::write(&message, version, Vec::new()).unwrap();
        assert_eq!(faults(&schema(&folder, version), &written), Vec::<String>::new());
        let text = String::from_utf8(written).unwrap();
        let broken = text.replace("<Sender>", "<Expediteur>").replace("</Sender>", "</Expediteur>");
        assert!(!faults(&schema(&folder, version), broken.as_bytes()).is_empty());
        assert!(text.contains("<MessageReceivedIdentifier>2026-ACTES &lt;18&gt;</MessageReceivedIdentifier><Sender>"));
    }
}

#[test]
fn refusals_list_what_was_found_and_how_much_more_there_is() {
    let Some(folder) = reference("seda") else { return };
    let mut report = Report::new(2);
    for at in 0..5 {
        report.add(finding("CHECK_DIGEST.INVALID", Outcome::Ko, &format!("Content/{at}.pdf")));
    }
    report.add(finding("CHECK_OBJECT_SIZE", Outcome::Warning, ""));
    report.add(finding("CHECK_SEDA", Outcome::Ok, ""));
    for version in SedaVersion::ALL {
        let written = reply::write_refused(&self::reply("KO", &report), version, Vec::new()).unwrap();
        assert_eq!(faults(&schema(&folder, version), &written), Vec::<String>::new());
        let text = String::from_utf8(written).unwrap();
        assert_eq!(text.matches("<Event>").count(), 4);
        assert!(text.contains("5 constats portent ce code\u{202f}; les 2 premiers"));
        assert!(text.contains(
            "<EventTypeCode>CHECK_DIGEST.INVALID</EventTypeCode><EventType>CHECK_DIGEST</EventType>\
             <EventDateTime>2026-11-22T10:00:00.500Z</EventDateTime><Outcome>KO</Outcome>\
             <OutcomeDetail>CHECK_DIGEST.INVALID.KO</OutcomeDetail>"
        ));
        assert!(
            text.contains("<EventDetailData>Content/1.pdf</EventDetailData>") && !text.contains("DataObjectPackage")
        );
    }
}

#[test]
fn acceptances_give_every_system_identifier_and_one_archive_identifier() {
    let (Some(schemas), Some(folder)) = (reference("seda"), reference("sips")) else { return };
    let mut report = Report::new(10);
    report.add(finding("CHECK_OBJECT_SIZE", Outcome::Warning, "Content/1.pdf"));
    let compiled = SedaVersion::ALL.map(|version| (version, schema(&schemas, version)));
    for (at, name) in STRICT.iter().chain(RICH).enumerate() {
        let manifest = read_manifest(manifest_of(&folder.join(name)).as_bytes());
        let parts = mint(&manifest, at % 2 == 0);
        for (version, schema) in &compiled {
            let asked = parts.iter().cloned().map(Ok::<_, io::Error>);
            let reply = self::reply("WARNING", &report);
            let written = reply::write_accepted(&reply, now(), "AE_2026_7", asked, *version, Vec::new()).unwrap();
            assert_eq!(faults(schema, &written), Vec::<String>::new(), "{name} {version:?}");
            let text = String::from_utf8(written).unwrap();
            assert_eq!(text.matches("<SystemId>").count(), manifest.units.len(), "{name}");
            assert_eq!(text.matches("<DataObjectSystemId>").count(), manifest.objects.len(), "{name}");
            assert_eq!(text.matches(">AE_2026_7</ArchivalAgencyArchiveUnitIdentifier>").count(), 1, "{name}");
            for part in parts.iter().take(200) {
                if let Part::Unit(unit) = part {
                    assert!(text.contains(&format!("<ArchiveUnit id=\"{}\">", unit.local_id)), "{name}");
                    assert!(text.contains(&unit.id.to_string()), "{name}");
                }
            }
        }
    }
}

#[test]
fn clients_of_asalae_find_what_they_look_for() {
    let (Some(schemas), Some(folder)) = (reference("seda"), reference("sips")) else { return };
    let manifest = read_manifest(manifest_of(&folder.join("OK_SIP_2_GO.zip")).as_bytes());
    let version = SedaVersion::V2_1;
    let mut report = Report::new(5);
    let parts = mint(&manifest, true).into_iter().map(Ok::<_, io::Error>);
    let reply = self::reply("WARNING", &report);
    let accepted = reply::write_accepted(&reply, now(), "AE_2026_7", parts, version, Vec::new()).unwrap();
    report.add(finding("CHECK_OBJECT_SIZE", Outcome::Warning, ""));
    report.add(finding("CHECK_DIGEST.INVALID", Outcome::Ko, ""));
    let refused = reply::write_refused(&self::reply("KO", &report), version, Vec::new()).unwrap();
    for (stored, code, identifiers) in [(accepted, "000", 1), (refused, "207", 0)] {
        let rendered = asalae::render(|| Ok(&stored[..]), Vec::new()).unwrap();
        assert_eq!(faults(&schema(&schemas, version), &rendered), Vec::<String>::new());
        let text = String::from_utf8(rendered).unwrap();
        assert!(text.contains("<MessageIdentifier>transfer 1</MessageIdentifier>"));
        assert!(text.contains("<MessageRequestIdentifier>ATR_1</MessageRequestIdentifier>"));
        assert!(text.contains(&format!("<ReplyCode>{code}</ReplyCode>")));
        assert_eq!(text.matches("<ArchivalAgencyArchiveUnitIdentifier>").count(), identifiers);
        // Rendered twice, the identifiers are back where they were.
        let again = asalae::render(|| Ok(text.as_bytes()), Vec::new()).unwrap();
        let back = String::from_utf8(again).unwrap();
        assert!(back.contains("<MessageIdentifier>ATR_1</MessageIdentifier>"));
        assert_eq!(back.len(), text.len());
    }
}

#[test]
fn a_reply_for_100_000_units_is_written_in_flat_memory() {
    let before = resident();
    let report = Report::new(1);
    let parts = (0..100_000).map(|at| Part::Unit(Box::new(unit(at)))).map(Ok::<_, io::Error>);
    let reply = self::reply("OK", &report);
    let began = std::time::Instant::now();
    reply::write_accepted(&reply, now(), "1", parts, SedaVersion::V2_2, io::sink()).unwrap();
    let more = resident().saturating_sub(before);
    println!("a reply for 100,000 units: {:?}, {more} kB more resident", began.elapsed());
    // Other tests of this process are counted too; all the texts would be more than 200 MB.
    assert!(more < 128 * 1024, "{more} kB");
}

fn unit(at: u32) -> Unit {
    Unit {
        id: Id::mint(now()),
        local_id: format!("U{at}"),
        parents: Vec::new(),
        group: None,
        existing_group: None,
        content: Content { title: format!("Délibération {at}"), ..Content::default() },
        management: Management::default(),
        source: "<Content/>".repeat(100),
        text: String::new(),
    }
}

fn finding(code: &str, outcome: Outcome, place: &str) -> Finding {
    let message = "L’empreinte calculée n’est pas celle qui est déclarée.".to_owned();
    Finding { code: code.to_owned(), outcome, place: place.to_owned(), message }
}

fn reply<'a>(code: &'a str, report: &'a Report) -> Reply<'a> {
    Reply {
        message_identifier: "ATR_1",
        request_identifier: "transfer 1",
        code,
        date: now(),
        comment: None,
        agreement: Some("ArchivalAgreement0"),
        archival_agency: "FRAD000",
        transferring_agency: "MAIRIE",
        report,
    }
}
