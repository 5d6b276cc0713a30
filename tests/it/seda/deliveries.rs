//! Deliveries are valid under the official schemas and come back as they went.

use std::{collections::BTreeMap, fs, io};

use cartulaire::{
    domain::{
        archive::Part,
        id::Id,
        rule::Management,
        seda::SedaVersion,
        unit::{Content, Unit},
    },
    seda::{
        delivery::{self, Chosen, Delivery, Message},
        piece::{ObjectReference, SourceUnit},
        root::{Root, detect},
    },
    xml::{
        bounds::Bounds,
        canonical::{Form, canonical},
        writer::Writer,
    },
};
use proptest::prelude::*;
use xsd_schema::SchemaSet;

use crate::seda::{
    Manifest, RICH, STRICT, manifest_of,
    minting::{mint, now, parents},
    read_manifest, reference, resident,
    schemas::{faults, schema},
};

#[test]
fn deliveries_of_valid_packages_are_valid_and_read_back_the_same() {
    let (Some(schemas), Some(folder)) = (reference("seda"), reference("sips")) else { return };
    let mut compiled: BTreeMap<SedaVersion, SchemaSet> = BTreeMap::new();
    for (at, name) in STRICT.iter().enumerate() {
        let text = manifest_of(&folder.join(name));
        let version = version_of(&text);
        let manifest = read_manifest(text.as_bytes());
        let parts = mint(&manifest, at % 2 == 0);
        let schema = compiled.entry(version).or_insert_with(|| schema(&schemas, version));
        for message in messages(&["archive-1".to_owned()]) {
            let written = deliver(message, version, &manifest, &[&parts]);
            assert_eq!(faults(schema, &written), Vec::<String>::new(), "{name} {message:?}");
            assert_same(&manifest, &read_manifest(&written[..]), name);
        }
    }
}

#[test]
fn deliveries_of_rich_packages_read_back_the_same() {
    let Some(folder) = reference("sips") else { return };
    for (at, name) in RICH.iter().enumerate() {
        let text = manifest_of(&folder.join(name));
        let manifest = read_manifest(text.as_bytes());
        let parts = mint(&manifest, at % 2 == 0);
        let asked = ["archive-1".to_owned()];
        let [message, ..] = messages(&asked);
        let written = deliver(message, version_of(&text), &manifest, &[&parts]);
        let again = read_manifest(&written[..]);
        assert_same(&manifest, &again, name);
        // What was delivered can be taken in and delivered once more.
        let twice = deliver(message, version_of(&text), &again, &[&mint(&again, true)]);
        assert_same(&again, &read_manifest(&twice[..]), name);
    }
}

#[test]
fn two_archives_that_use_the_same_identifiers_meet_in_one_valid_delivery() {
    let (Some(schemas), Some(folder)) = (reference("seda"), reference("sips")) else { return };
    let text = manifest_of(&folder.join("OK_SIP.tar"));
    let manifest = read_manifest(text.as_bytes());
    let (one, two) = (mint(&manifest, true), mint(&manifest, false));
    for version in SedaVersion::ALL {
        let asked = ["a".to_owned(), "b".to_owned()];
        let [message, ..] = messages(&asked);
        let written = deliver(message, version, &manifest, &[&one, &two]);
        assert_eq!(faults(&schema(&schemas, version), &written), Vec::<String>::new(), "{version:?}");
        let again = read_manifest(&written[..]);
        assert_eq!((again.units.len(), again.objects.len()), (2 * manifest.units.len(), 2 * manifest.objects.len()));
        let ids: Vec<&str> = again.units.iter().map(|unit| unit.local_id.as_str()).collect();
        assert_eq!(ids, ["a0-ID015", "a1-ID015"]);
        assert!(again.units[1].source.contains("<Rule id=\"a1-ID017\">STO-00001</Rule>"));
    }
}

#[test]
fn references_to_what_is_not_delivered_do_not_make_the_delivery_invalid() {
    let Some(schemas) = reference("seda") else { return };
    let text = "<ArchiveTransfer xmlns=\"fr:gouv:culture:archivesdefrance:seda:v2.3\"><DataObjectPackage>\
        <DescriptiveMetadata><ArchiveUnit id=\"U1\"><Content><Title>a</Title><RelatedObjectReference><Requires>\
        <ArchiveUnitRefId>U2</ArchiveUnitRefId></Requires><Requires><DataObjectReference><DataObjectReferenceId>O1\
        </DataObjectReferenceId></DataObjectReference></Requires><References><ArchiveUnitRefId>U1</ArchiveUnitRefId>\
        </References></RelatedObjectReference><SigningInformation><SigningRole>Signature</SigningRole>\
        <SignedDocumentReferenceId>U2</SignedDocumentReferenceId></SigningInformation></Content></ArchiveUnit>\
        </DescriptiveMetadata></DataObjectPackage></ArchiveTransfer>";
    let manifest = read_manifest(text.as_bytes());
    let asked = ["x".to_owned()];
    let [message, ..] = messages(&asked);
    let written = deliver(message, SedaVersion::V2_3, &manifest, &[&mint(&manifest, true)]);
    assert_eq!(faults(&schema(&schemas, SedaVersion::V2_3), &written), Vec::<String>::new());
    let text = String::from_utf8(written).unwrap();
    assert!(text.contains("<Requires><ExternalReference>U2</ExternalReference></Requires>"));
    assert!(text.contains("<Requires><ExternalReference>O1</ExternalReference></Requires>"));
    assert!(text.contains("<References><ArchiveUnitRefId>U1</ArchiveUnitRefId></References>"));
    assert!(!text.contains("SignedDocumentReferenceId"));
}

#[test]
fn the_bordereau_of_pastell_keeps_its_lone_objects_in_a_delivery() {
    let (Some(schemas), Some(path)) = (reference("seda"), reference("pastell/connecteur-type__bordereau_seda_2.1.xml"))
    else {
        return;
    };
    let manifest = read_manifest(fs::read(path).unwrap().as_slice());
    for message in messages(&["x".to_owned()]) {
        let written = deliver(message, SedaVersion::V2_1, &manifest, &[&mint(&manifest, true)]);
        assert_eq!(faults(&schema(&schemas, SedaVersion::V2_1), &written), Vec::<String>::new());
        let again = read_manifest(&written[..]);
        assert_same(&manifest, &again, "pastell");
        let lone = |m: &Manifest| m.objects.iter().filter(|object| object.group().is_none()).count();
        assert_eq!((lone(&manifest), lone(&again)), (4, 4));
    }
}

#[test]
fn a_delivery_of_heavy_descriptions_is_written_in_flat_memory() {
    let unit = |at: usize| Unit {
        id: Id::mint(now()),
        local_id: format!("U{at}"),
        parents: Vec::new(),
        group: None,
        existing_group: None,
        content: Content::default(),
        management: Management::default(),
        source: format!("<Content><Title>{}</Title></Content>", "x".repeat(40_000)),
        text: String::new(),
    };
    let parts = || (0..5_000).map(|at| Ok::<_, io::Error>(Chosen { archive: 0, part: Part::Unit(Box::new(unit(at))) }));
    let asked = ["x".to_owned()];
    let [message, ..] = messages(&asked);
    let delivery = Delivery {
        message,
        version: SedaVersion::V2_2,
        message_identifier: "DELIVERY_1",
        date: now(),
        comment: None,
        agreement: None,
        archival_agency: "FRAD000",
        header_source: None,
    };
    let before = resident();
    let began = std::time::Instant::now();
    delivery::write(&delivery, parts, |_| String::new(), io::sink()).unwrap();
    let more = resident().saturating_sub(before);
    println!("a delivery of 200 MB of descriptions: {:?}, {more} kB more resident", began.elapsed());
    assert!(more < 128 * 1024, "{more} kB");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_a_unit_says_comes_back(title in any::<String>(), note in any::<String>(), id in "[a-zA-Z_][a-zA-Z0-9._-]{0,20}") {
        let mut writer = Writer::document(Vec::new()).unwrap();
        writer.open_in("ArchiveTransfer", SedaVersion::V2_2.namespace()).unwrap();
        writer.open("DataObjectPackage").unwrap();
        writer.open("DescriptiveMetadata").unwrap();
        writer.open("ArchiveUnit").unwrap();
        writer.attribute("id", &id).unwrap();
        writer.open("Content").unwrap();
        writer.element("Title", &title).unwrap();
        writer.open_in("Note", "urn:other").unwrap();
        writer.attribute("n", &note).unwrap();
        let manifest = read_manifest(&writer.finish().unwrap()[..]);
        let asked = ["x".to_owned()];
        for message in messages(&asked) {
            let parts = [mint(&manifest, true), mint(&manifest, true)];
            let one = deliver(message, SedaVersion::V2_2, &manifest, &[&parts[0]]);
            assert_same(&manifest, &read_manifest(&one[..]), &title);
            let two = read_manifest(&deliver(message, SedaVersion::V2_3, &manifest, &[&parts[0], &parts[1]])[..]);
            prop_assert_eq!(two.units.len(), 2);
            prop_assert_eq!(&two.units[1].content, &manifest.units[0].content);
            prop_assert_eq!(&two.units[1].local_id, &format!("a1-{id}"));
        }
    }
}

fn messages(units: &[String]) -> [Message<'_>; 3] {
    [
        Message::DeliveryReply { request: "REQ_1", authorization: None, units, requester: "Élise" },
        Message::RestitutionReply { request: "REQ_1", units, originating_agency: "MAIRIE" },
        Message::Transfer { transferring_agency: "FRAD000" },
    ]
}

fn deliver(message: Message<'_>, version: SedaVersion, manifest: &Manifest, archives: &[&[Part]]) -> Vec<u8> {
    let delivery = Delivery {
        message,
        version,
        message_identifier: "DELIVERY_1",
        date: now(),
        comment: Some("Communication"),
        agreement: None,
        archival_agency: "FRAD000",
        header_source: Some(&manifest.header.source),
    };
    let parts = || {
        // Groups and objects of all the archives first, then units.
        let numbered = || archives.iter().enumerate().flat_map(|(at, parts)| parts.iter().map(move |part| (at, part)));
        let is_unit = |part: &Part| matches!(part, Part::Unit(_));
        let ordered = numbered().filter(move |(_, p)| !is_unit(p)).chain(numbered().filter(move |(_, p)| is_unit(p)));
        let chosen: Vec<_> = ordered
            .map(|(at, part)| Ok::<_, io::Error>(Chosen { archive: u32::try_from(at).unwrap(), part: part.clone() }))
            .collect();
        chosen
    };
    delivery::write(&delivery, parts, |object| format!("content/{}", object.id), Vec::new()).unwrap()
}

/// Units with their sources and links, objects with what is declared of them: all as before.
pub fn assert_same(before: &Manifest, after: &Manifest, name: &str) {
    assert_eq!(before.units.len(), after.units.len(), "{name}");
    // Links are compared for small manifests only: finding them here is quadratic.
    let with_parents = before.units.len() < 100;
    for (one, two) in before.units.iter().zip(&after.units) {
        assert_eq!(one.local_id, two.local_id, "{name}");
        assert_eq!(form(&one.source), form(&two.source), "{name} {}", one.local_id);
        assert_eq!((&one.content, &one.management, &one.text), (&two.content, &two.management, &two.text), "{name}");
        if with_parents {
            assert_eq!(parents(before, &one.local_id), parents(after, &two.local_id), "{name}");
        }
        let targets = |unit: &SourceUnit| {
            let target = |reference: &ObjectReference| match reference {
                ObjectReference::Object(r) | ObjectReference::Group(r) | ObjectReference::ExistingGroup(r) => {
                    r.target.clone()
                }
            };
            unit.object_references.iter().map(target).collect::<Vec<_>>()
        };
        assert_eq!(targets(one), targets(two), "{name} {}", one.local_id);
    }
    let declared = |manifest: &Manifest| {
        let mut all: Vec<_> = manifest
            .objects
            .iter()
            .map(|o| {
                (
                    o.local_id.clone(),
                    o.group().map(str::to_owned),
                    o.version.clone().map(|v| v.value),
                    o.digests.clone(),
                )
            })
            .map(|(id, group, version, digests)| (id, group, version, format!("{digests:?}")))
            .collect();
        all.sort();
        all
    };
    assert_eq!(declared(before), declared(after), "{name}");
    let logs = |manifest: &Manifest| {
        let logs = manifest.groups.iter().filter_map(|group| group.source.as_deref().map(form));
        logs.collect::<Vec<_>>()
    };
    assert_eq!(logs(before), logs(after), "{name}");
    if !before.header.source.is_empty() {
        assert_eq!(form(&before.header.source), form(&after.header.source), "{name}");
    }
}

pub fn form(source: &str) -> String {
    let form = Form::Exclusive { comments: true };
    canonical(&format!("<x>{source}</x>"), form, Bounds::default()).unwrap()
}

pub fn version_of(text: &str) -> SedaVersion {
    match detect(text.as_bytes(), Bounds::default()).unwrap() {
        Root::Element { version: Some(version), .. } => version,
        other => panic!("{other:?}"),
    }
}
