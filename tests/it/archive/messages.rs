//! What depositors are answered is valid under the official schemas, says everything found, and stands on every volume.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use cartulaire::{
    archive::deliver::{Form, Order, Recipient},
    domain::{
        check::{Finding, Outcome},
        id::ArchiveId,
        mandate::{Deposit, Read},
        seda::{Dialect, SedaVersion},
        transfer::{Transfer, TransferStatus},
    },
    seda::schemas,
    xml::limits::Limits,
};
use xsd_schema::SchemaSet;

use crate::{
    archive::{House, houses, settle, units},
    fixtures,
    seda::{
        reference,
        schemas::{faults, schema},
    },
};

/// The official schemas, by version.
struct Official(Vec<(SedaVersion, SchemaSet)>);

impl Official {
    fn read(folder: &Path) -> Self {
        Self(SedaVersion::ALL.into_iter().map(|version| (version, schema(folder, version))).collect())
    }

    fn assert_valid(&self, message: &[u8], version: SedaVersion, name: &str) {
        let (_, schema) = self.0.iter().find(|(of, _)| *of == version).unwrap();
        assert_eq!(faults(schema, message), Vec::<String>::new(), "{name}");
    }
}

fn version_of(transfer: &Transfer) -> SedaVersion {
    transfer.version.unwrap_or(SedaVersion::V2_3)
}

/// The texts of every element of one name.
fn texts(message: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let told = message.split(&open).skip(1).map(|after| after.split_once(&close).unwrap().0.to_owned());
    told.collect()
}

fn text_of(bytes: Option<Vec<u8>>) -> String {
    String::from_utf8(bytes.unwrap()).unwrap()
}

#[test]
fn acknowledgements_and_replies_are_valid_whatever_was_deposited() {
    let Some(folder) = reference("seda") else { return };
    let official = Official::read(&folder);
    for house in houses() {
        let archive = house.archive();
        let mut outcomes = BTreeMap::new();
        let (all, mut given) = (fixtures::accepted().into_iter().chain(fixtures::refused()), Vec::new());
        for (number, fixture) in all.enumerate() {
            // A tenant of its own, since many fixtures bear the same identifier.
            let tenant = format!("commune-{number}").parse().unwrap();
            assert!(archive.create_tenant(tenant, "Commune", "SLB-ARCHIVES").unwrap());
            let by = archive.local_actor(Some(&format!("commune-{number}").parse().unwrap())).unwrap();
            let may = by.mandate::<Deposit>().unwrap();
            let transfer = settle(archive, &by, &fixture.path).transfer;
            let acknowledgement = archive.acknowledgement(&may, &transfer).unwrap().unwrap();
            official.assert_valid(&acknowledgement, version_of(&transfer), &fixture.name);
            let reply = archive.reply(&may, &transfer).unwrap().unwrap();
            official.assert_valid(&reply, version_of(&transfer), &fixture.name);
            let code = match transfer.status {
                TransferStatus::Accepted { with_warnings: false, .. } => "OK",
                TransferStatus::Accepted { with_warnings: true, .. } => "WARNING",
                _ => "KO",
            };
            let text = String::from_utf8(reply.clone()).unwrap();
            assert_eq!(texts(&text, "ReplyCode"), [code], "{}", fixture.name);
            assert_eq!(fixture.code.is_some(), code == "KO", "{}: {text}", fixture.name);
            let told = archive.findings(&may, &transfer).unwrap().unwrap();
            assert_eq!(events(&text), expected(&told), "{}", fixture.name);
            *outcomes.entry((version_of(&transfer), code)).or_insert(0) += 1;
            given.extend([(transfer.id, acknowledgement), (transfer.id, reply)]);
        }
        for volume in house.volumes() {
            let stored: BTreeSet<Vec<u8>> = files_below(&volume).iter().map(|path| fs::read(path).unwrap()).collect();
            for (transfer, message) in &given {
                assert!(stored.contains(message), "{transfer} on {}", volume.display());
            }
        }
        assert!(outcomes.len() >= 8, "{outcomes:?}");
    }
}

/// How often each code stands in a reply.
fn events(reply: &str) -> BTreeMap<String, usize> {
    let mut events = BTreeMap::new();
    for event in texts(reply, "Event") {
        *events.entry(texts(&event, "EventTypeCode").concat()).or_insert(0) += 1;
        assert_eq!(texts(&event, "OutcomeDetailMessage").len(), 1, "{event}");
    }
    events
}

fn expected(findings: &[Finding]) -> BTreeMap<String, usize> {
    let mut expected = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.outcome != Outcome::Ok) {
        *expected.entry(finding.code.clone()).or_insert(0) += 1;
    }
    expected
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn the_reply_names_what_the_catalog_holds() {
    for house in houses() {
        let archive = house.archive();
        for fixture in fixtures::accepted() {
            let transfer = house.settle(&fixture.path).transfer;
            let TransferStatus::Accepted { archive: id, .. } = transfer.status else { panic!("{transfer:?}") };
            let reply = text_of(archive.reply(&house.may::<Deposit>(), &transfer).unwrap());
            let hits = units(archive, &house.actor, id);
            let system: BTreeSet<String> = texts(&reply, "SystemId").into_iter().collect();
            assert_eq!(system, hits.iter().map(|hit| hit.unit.to_string()).collect(), "{}", fixture.name);
            let groups: BTreeSet<_> = hits.iter().filter_map(|hit| hit.group).collect();
            let objects = groups.into_iter().flat_map(|group| archive.objects(&house.may::<Read>(), group).unwrap());
            let objects: BTreeSet<String> = objects.map(|object| object.id.to_string()).collect();
            let system: BTreeSet<String> = texts(&reply, "DataObjectSystemId").into_iter().collect();
            assert_eq!(system, objects, "{}", fixture.name);
            let archives = texts(&reply, "ArchivalAgencyArchiveUnitIdentifier");
            assert_eq!(archives, [id.to_string()], "{}", fixture.name);
            let asked = texts(&reply, "MessageRequestIdentifier");
            assert_eq!(asked, [transfer.key.unwrap().message_identifier], "{}", fixture.name);
        }
    }
}

#[test]
fn delivered_manifests_are_valid_under_the_schema_of_what_they_carry() {
    let Some(folder) = reference("seda") else { return };
    let official = Official::read(&folder);
    for house in houses() {
        let mut dialects = BTreeSet::new();
        for fixture in fixtures::accepted() {
            let id = house.accept(&fixture.path);
            let kept = house.archive().archive(&house.may::<Read>(), id).unwrap().unwrap().archive;
            dialects.insert(format!("{:?}", kept.dialect));
            for form in [Form::Delivery, Form::Transfer] {
                let manifest = delivered(&house, id, form);
                match kept.dialect {
                    Dialect::Strict => official.assert_valid(&manifest, kept.version, &fixture.name),
                    Dialect::Vitam => {
                        let schema = schemas::schema(kept.version, Dialect::Vitam).unwrap();
                        let mut wrong = Vec::new();
                        let mut tell = |violation| {
                            wrong.push(violation);
                            ControlFlow::Continue(())
                        };
                        schema.validate(manifest.as_slice(), &Limits::default(), &mut tell).unwrap();
                        assert!(wrong.is_empty(), "{}: {wrong:?}", fixture.name);
                    }
                }
            }
        }
        assert_eq!(dialects.len(), 2);
    }
}

fn delivered(house: &House, id: ArchiveId, form: Form) -> Vec<u8> {
    let roots = house.archive().roots(&house.may::<Read>(), id, None, 1_000).unwrap();
    let order = Order {
        units: roots.into_iter().map(|hit| hit.unit).collect(),
        with_descendants: true,
        form,
        to: Recipient::House,
        version: None,
    };
    let path = house.data.join("delivered.zip");
    house.archive().deliver(&house.may::<Read>(), &order, fs::File::create(&path).unwrap()).unwrap();
    let mut zip = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
    let mut manifest = Vec::new();
    zip.by_name("manifest.xml").unwrap().read_to_end(&mut manifest).unwrap();
    manifest
}
