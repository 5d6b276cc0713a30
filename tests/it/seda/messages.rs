//! Messages that we write are valid under the official schemas, and deliveries come back as they went.

use std::{collections::BTreeMap, fs, io, path::Path};

use cartulaire::{
    domain::{
        archive::Part,
        check::{Finding, Outcome, Report},
        clock::Timestamp,
        digest::Digest,
        id::{GroupId, Id, UnitId},
        name::Name,
        object::{Binary, DataObject, Group, Matter},
        seda::SedaVersion,
        unit::Unit,
    },
    seda::{
        acknowledgement::{self, Acknowledgement},
        delivery::{self, Chosen, Delivery, Message},
        piece::{Kind, ObjectReference},
        reply::{self, Reply},
        root::{Root, detect},
    },
    xml::{
        bounds::Bounds,
        canonical::{Form, canonical},
    },
};
use xsd_schema::{
    SchemaSet, SchemaSetBuilder,
    validation::{CollectingValidationSink, SchemaValidator, ValidationFlags, drive_quick_xml},
};

use crate::seda::{Manifest, manifest_of, read_manifest, reference};

/// Packages that are valid under the official schemas.
const STRICT: &[&str] = &[
    "OK_12_UNITS_12_GOTS.zip",
    "OK_3_UNITS_2_GOTS.zip",
    "OK_ARBO-COMPLEXE.zip",
    "OK_SIP.tar",
    "OK_SIP_2_GO.zip",
    "OK_SIP_profil.zip",
    "OK_SIP_sans_objet.zip",
    "OK_SubFolders.zip",
    "OK_prefixed_manifest_name.zip",
    "perf_1001_units_1000_objects_100kB.zip",
];

/// Packages that say most, beyond the official schemas.
const RICH: &[&str] = &[
    "OK_SIP_FULL_SEDA2.2.zip",
    "OK_SIP_FULL_SEDA2.3.zip",
    "OK_SEDA_2.3_SigningInformation.zip",
    "OK_sedalib_TestSip.zip",
    "OK_RULES_COMPLEXE_COMPLETE_V2.zip",
    "OK_SIP_plusieurs_usages_dans_GOT.zip",
];

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00.5Z").unwrap()
}

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
        assert!(text.contains("5 constats portent ce code ; les 2 premiers"));
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
    for (at, name) in STRICT.iter().chain(RICH).enumerate() {
        let manifest = read_manifest(manifest_of(&folder.join(name)).as_bytes());
        let parts = mint(&manifest, at % 2 == 0);
        for version in SedaVersion::ALL {
            let asked = parts.iter().cloned().map(Ok::<_, io::Error>);
            let reply = self::reply("WARNING", &report);
            let written = reply::write_accepted(&reply, now(), "AE_2026_7", asked, version, Vec::new()).unwrap();
            assert_eq!(faults(&schema(&schemas, version), &written), Vec::<String>::new(), "{name} {version:?}");
            let text = String::from_utf8(written).unwrap();
            assert_eq!(text.matches("<SystemId>").count(), manifest.units.len(), "{name}");
            assert_eq!(text.matches("<DataObjectSystemId>").count(), manifest.objects.len(), "{name}");
            assert_eq!(text.matches(">AE_2026_7</ArchivalAgencyArchiveUnitIdentifier>").count(), 1, "{name}");
            for part in &parts {
                if let Part::Unit(unit) = part {
                    assert!(text.contains(&format!("<ArchiveUnit id=\"{}\">", unit.local_id)), "{name}");
                    assert!(text.contains(&unit.id.to_string()), "{name}");
                }
            }
        }
    }
}

#[test]
fn deliveries_of_valid_packages_are_valid_and_read_back_the_same() {
    let (Some(schemas), Some(folder)) = (reference("seda"), reference("sips")) else { return };
    for (at, name) in STRICT.iter().enumerate() {
        let text = manifest_of(&folder.join(name));
        let version = version_of(&text);
        let manifest = read_manifest(text.as_bytes());
        let parts = mint(&manifest, at % 2 == 0);
        for message in messages(&["archive-1".to_owned()]) {
            let written = deliver(message, version, &manifest, &[&parts]);
            assert_eq!(faults(&schema(&schemas, version), &written), Vec::<String>::new(), "{name} {message:?}");
            assert_same(&manifest, &read_manifest(&written[..]), "", name);
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
        assert_same(&manifest, &again, "", name);
        // What was delivered can be taken in and delivered once more.
        let twice = deliver(message, version_of(&text), &again, &[&mint(&again, true)]);
        assert_same(&again, &read_manifest(&twice[..]), "", name);
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
        assert_same(&manifest, &again, "", "pastell");
        let lone = |m: &Manifest| m.objects.iter().filter(|object| object.group().is_none()).count();
        assert_eq!((lone(&manifest), lone(&again)), (4, 4));
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

/// What the archive makes of a manifest. Objects follow their group, or all groups come first.
fn mint(manifest: &Manifest, nested: bool) -> Vec<Part> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for group in &manifest.groups {
        let local_id = Some(group.local_id.clone());
        groups.insert(group.local_id.clone(), Group { id: Id::mint(now()), local_id, source: group.source.clone() });
    }
    let mut objects = Vec::new();
    let mut of_object = BTreeMap::new();
    for object in &manifest.objects {
        let local_id = object.group().map(str::to_owned);
        let key = local_id.clone().unwrap_or_else(|| format!("lone {}", object.local_id));
        let group = groups.entry(key).or_insert_with(|| Group { id: Id::mint(now()), local_id, source: None }).id;
        of_object.insert(object.local_id.clone(), group);
        let binary = || Binary {
            name: Name::from(object.uri.as_ref().map_or("inline", |uri| uri.value.as_str())),
            filename: String::new(),
            size: object.size.as_ref().map_or(0, |size| size.value.parse().unwrap()),
            digest: Digest::ZERO,
            declared: object.digests.clone(),
            format: object.format.clone(),
        };
        objects.push(DataObject {
            id: Id::mint(now()),
            local_id: object.local_id.clone(),
            group,
            version: object.version.as_ref().map(|version| version.value.clone()),
            matter: match object.kind {
                Kind::Binary => Matter::Binary(binary()),
                Kind::Physical => Matter::Physical(object.physical_id.as_ref().map(|id| id.value.clone())),
            },
            source: object.source.clone(),
        });
    }
    let mut parts = Vec::new();
    for group in groups.values() {
        parts.push(Part::Group(group.clone()));
        let own = objects.iter().filter(|object| nested && object.group == group.id);
        parts.extend(own.cloned().map(|object| Part::Object(Box::new(object))));
    }
    if !nested {
        parts.extend(objects.into_iter().map(|object| Part::Object(Box::new(object))));
    }
    let by_name = groups.into_iter().map(|(name, group)| (name, group.id)).collect();
    parts.extend(mint_units(manifest, &by_name, &of_object));
    parts
}

fn mint_units(
    manifest: &Manifest,
    groups: &BTreeMap<String, GroupId>,
    of_object: &BTreeMap<String, GroupId>,
) -> Vec<Part> {
    let ids: BTreeMap<&str, UnitId> =
        manifest.units.iter().map(|unit| (unit.local_id.as_str(), Id::mint(now()))).collect();
    let unit = |unit: &super::SourceUnit| Unit {
        id: ids[unit.local_id.as_str()],
        local_id: unit.local_id.clone(),
        parents: parents(manifest, &unit.local_id).iter().map(|parent| ids[parent.as_str()]).collect(),
        group: unit.object_references.iter().find_map(|reference| match reference {
            ObjectReference::Group(reference) => groups.get(&reference.target).copied(),
            ObjectReference::Object(reference) => of_object.get(&reference.target).copied(),
            ObjectReference::ExistingGroup(_) => None,
        }),
        existing_group: None,
        content: unit.content.clone(),
        management: unit.management.clone(),
        source: unit.source.clone(),
        text: unit.text.clone(),
    };
    manifest.units.iter().map(unit).map(|unit| Part::Unit(Box::new(unit))).collect()
}

/// The parents of a unit, nested or by reference, sorted.
fn parents(manifest: &Manifest, local_id: &str) -> Vec<String> {
    let alias = |id: &str| manifest.aliases.iter().find(|alias| alias.local_id == id).map(|a| a.target.target.clone());
    let mut parents: Vec<String> = Vec::new();
    for unit in &manifest.units {
        let refers = |target: &str| target == local_id || alias(target).as_deref() == Some(local_id);
        if unit.child_references.iter().any(|reference| refers(&reference.target)) {
            parents.push(unit.local_id.clone());
        }
        if unit.local_id == local_id {
            parents.extend(unit.parent.clone());
        }
    }
    parents.sort();
    parents.dedup();
    parents
}

/// Units with their sources and links, objects with what is declared of them: all as before.
fn assert_same(before: &Manifest, after: &Manifest, prefix: &str, name: &str) {
    assert_eq!(before.units.len(), after.units.len(), "{name}");
    // Links are compared for small manifests only: finding them here is quadratic.
    let with_parents = before.units.len() < 100;
    for (one, two) in before.units.iter().zip(&after.units) {
        assert_eq!(format!("{prefix}{}", one.local_id), two.local_id, "{name}");
        assert_eq!(form(&one.source), form(&two.source), "{name} {}", one.local_id);
        assert_eq!((&one.content, &one.management, &one.text), (&two.content, &two.management, &two.text), "{name}");
        if with_parents {
            assert_eq!(parents(before, &one.local_id), parents(after, &two.local_id), "{name}");
        }
        let targets = |unit: &super::SourceUnit| {
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
    assert_eq!(form(&before.header.source), form(&after.header.source), "{name}");
}

fn form(source: &str) -> String {
    let form = Form::Exclusive { comments: true };
    canonical(&format!("<x>{source}</x>"), form, Bounds::default()).unwrap()
}

fn version_of(text: &str) -> SedaVersion {
    match detect(text.as_bytes(), Bounds::default()).unwrap() {
        Root::Element { version: Some(version), .. } => version,
        other => panic!("{other:?}"),
    }
}

fn schema(folder: &Path, version: SedaVersion) -> SchemaSet {
    let number = version.number();
    let main = folder.join(format!("{number}/seda-{number}-main.xsd"));
    let builder = SchemaSetBuilder::new().add(version.namespace(), main.to_str().unwrap()).unwrap();
    let compiled = builder.compile().unwrap();
    assert!(compiled.directive_failures().is_empty());
    compiled.into_schema_set()
}

fn faults(schema: &SchemaSet, message: &[u8]) -> Vec<String> {
    let validator = SchemaValidator::new(schema, ValidationFlags::default());
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let mut run = validator.start_run(CollectingValidationSink { errors: &mut errors, warnings: &mut warnings });
    let stopped = drive_quick_xml(message, &mut run, schema).err();
    drop(run);
    errors.iter().map(|error| format!("{error:?}")).chain(stopped.map(|error| error.to_string())).collect()
}
