//! What is delivered is what was kept: another archive takes it in and holds the same units and the same bytes.
//!
//! ```text
//! fixture ── deposit ── archive ── deliver ── ZIP ── deposit in another tenant ── archive
//!                          └───────────────── the same ────────────────────────────┘
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use cartulaire::{
    archive::{
        Archive,
        deliver::{DeliverError, Delivered, Form, Order, Recipient},
        examine::{self, terms::Referentials},
        limits::Limits,
    },
    domain::{
        clock::Timestamp,
        id::{ArchiveId, Id, UnitId},
        journal::JournalId,
        mandate::{Actor, Read},
        object::{DataObject, Matter},
        rule::Management,
        seda::{Dialect, SedaVersion},
        unit::Content,
    },
    package::open::Source,
    record::facts::{DISSEMINATION, Fact},
};
use sha2::{Digest as _, Sha512};

use crate::{
    archive::{House, accept, houses, units},
    fixtures::{self, Fixture},
    seda::{
        Manifest,
        deliveries::{assert_same, form},
        manifest_of, read_manifest, reference,
    },
};

/// A unit as it can be compared between archives: without identifiers that were minted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    local_id: String,
    parents: BTreeSet<String>,
    content: String,
    source: String,
    objects: Vec<SeenObject>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SeenObject {
    local_id: String,
    version: Option<String>,
    bytes: Option<(u64, String, Vec<u8>)>,
    physical: Option<String>,
}

fn seen(archive: &Archive, by: &Actor, id: ArchiveId) -> Vec<Seen> {
    let may = by.mandate::<Read>().unwrap();
    let hits = units(archive, by, id);
    let local: BTreeMap<UnitId, String> = hits.iter().map(|hit| (hit.unit, hit.local_id.clone())).collect();
    let mut all: Vec<Seen> = hits
        .iter()
        .map(|hit| {
            let unit = archive.full_unit(&may, id, hit.unit).unwrap().unwrap();
            let told: (&Content, &Management, &str) = (&unit.content, &unit.management, &unit.text);
            let objects = unit.group.map(|group| archive.objects(&may, group).unwrap()).unwrap_or_default();
            let mut objects: Vec<SeenObject> = objects.iter().map(|object| seen_object(archive, by, object)).collect();
            objects.sort();
            Seen {
                local_id: unit.local_id.clone(),
                parents: hit.parents.iter().map(|parent| local.get(parent).unwrap().clone()).collect(),
                content: format!("{told:?}"),
                source: form(&unit.source),
                objects,
            }
        })
        .collect();
    all.sort();
    all
}

fn seen_object(archive: &Archive, by: &Actor, object: &DataObject) -> SeenObject {
    let opened = archive.open_object(&by.mandate::<Read>().unwrap(), object.id).unwrap();
    let bytes = opened.map(|(found, mut opened)| {
        let Matter::Binary(binary) = &found.matter else { panic!("{found:?}") };
        let mut bytes = Vec::new();
        opened.file.read_to_end(&mut bytes).unwrap();
        let digest = Sha512::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        assert_eq!((binary.size, binary.digest.to_string()), (u64::try_from(bytes.len()).unwrap(), digest.clone()));
        (binary.size, digest, bytes)
    });
    SeenObject {
        local_id: object.local_id.clone(),
        version: object.version.clone(),
        bytes,
        physical: match &object.matter {
            Matter::Physical(mark) => mark.clone(),
            Matter::Binary(_) => None,
        },
    }
}

fn order(units: Vec<UnitId>, form: Form) -> Order {
    Order { units, with_descendants: true, form, to: Recipient::House, version: None }
}

fn roots(house: &House, id: ArchiveId) -> Vec<UnitId> {
    let roots = house.archive().roots(&house.may::<Read>(), id, None, 1_000).unwrap();
    roots.into_iter().map(|hit| hit.unit).collect()
}

fn deliver(house: &House, order: &Order) -> (PathBuf, Delivered) {
    let path = house.data.join(format!("{:?}.zip", order.form));
    let delivered = house.archive().deliver(&house.may::<Read>(), order, File::create(&path).unwrap()).unwrap();
    (path, delivered)
}

fn assert_accepted(path: &Path, dialect: Dialect, name: &str) {
    let source = Source::File(File::open(path).unwrap());
    let limits = Limits::default();
    let examination = examine::blank(source, &Referentials::default(), &[dialect], &limits, &mut |_| {}).unwrap();
    assert!(examination.report.passes(), "{name}: {:#?}", examination.report.findings());
}

fn named(part: &str) -> Fixture {
    fixtures::accepted().into_iter().find(|fixture| fixture.name.contains(part)).unwrap()
}

#[test]
fn every_accepted_fixture_is_delivered_and_taken_in_by_another_tenant_as_it_was() {
    for house in houses() {
        let (archive, neighbour) = (house.archive(), house.neighbour());
        for fixture in fixtures::accepted() {
            let kept = house.accept(&fixture.path);
            let before = seen(archive, &house.actor, kept);
            let source = read_manifest(fixtures::files(&fixture.path)["manifest.xml"].as_slice());
            assert!(!before.is_empty(), "{}", fixture.name);
            let dialect = archive.archive(&house.may::<Read>(), kept).unwrap().unwrap().archive.dialect;
            for form in [Form::Delivery, Form::Transfer] {
                let (path, delivered) = deliver(&house, &order(roots(&house, kept), form));
                assert_eq!(delivered.units, u64::try_from(before.len()).unwrap(), "{}", fixture.name);
                assert_accepted(&path, dialect, &fixture.name);
                let manifest = read_manifest(manifest_of(&path).as_bytes());
                assert_same(&source, &manifest, &fixture.name);
                assert_eq!(elements(&source), elements(&manifest), "{}", fixture.name);
                let again = accept(archive, &neighbour, &path);
                let after = seen(archive, &neighbour, again);
                assert_eq!(before, after, "{} {form:?} {}", fixture.name, house.engine);
            }
        }
    }
}

#[test]
fn a_delivery_stands_in_the_journal() {
    let fixture = named("subvention");
    for house in houses() {
        let kept = house.accept(&fixture.path);
        let (_, delivered) = deliver(&house, &order(roots(&house, kept), Form::Delivery));
        let lines = house.store().lines(&JournalId::LifeCycle(house.actor.tenant.clone()), 0, 100).unwrap();
        // Its readings are told beside it.
        let last = lines.iter().rev().find(|line| line.event.kind == DISSEMINATION).unwrap();
        let Some(Fact::Delivered(fact)) = Fact::read(&last.event).unwrap() else { panic!("{last:?}") };
        assert_eq!((fact.archives, fact.reply, fact.units), (vec![kept], delivered.message, delivered.units));
        assert_eq!(last.event.actor, Some(house.actor.id));
    }
}

#[test]
fn a_unit_without_its_descendants_comes_alone() {
    let fixture = named("cinq_niveaux");
    for house in houses() {
        let kept = house.accept(&fixture.path);
        let all = units(house.archive(), &house.actor, kept);
        for hit in &all {
            let order = Order { with_descendants: false, ..order(vec![hit.unit], Form::Transfer) };
            let (path, delivered) = deliver(&house, &order);
            assert_eq!(delivered.units, 1);
            assert_accepted(&path, Dialect::Strict, &hit.local_id);
            let manifest = read_manifest(manifest_of(&path).as_bytes());
            let told: Vec<&str> = manifest.units.iter().map(|unit| unit.local_id.as_str()).collect();
            assert_eq!(told, [hit.local_id.as_str()]);
        }
    }
}

#[test]
fn what_cannot_be_delivered_is_refused_before_anything_is_journalled() {
    for house in houses() {
        let (archive, neighbour) = (house.archive(), house.neighbour());
        let old = house.accept(&named("budget_supplementaire").path);
        let new = house.accept(&named("subvention").path);
        let theirs = accept(archive, &neighbour, &named("subvention").path);
        let journal = JournalId::LifeCycle(house.actor.tenant.clone());
        let before = house.store().head(&journal).unwrap();
        let refused = |units: Vec<UnitId>| {
            let mut out = Vec::new();
            let error = archive.deliver(&house.may::<Read>(), &order(units, Form::Delivery), &mut out).unwrap_err();
            assert!(out.is_empty());
            error
        };
        let error = refused([roots(&house, old), roots(&house, new)].concat());
        assert!(
            matches!(&error, DeliverError::SeveralVersions(all) if *all == [SedaVersion::V2_1, SedaVersion::V2_2]),
            "{error:?}"
        );
        let nowhere = Id::mint(Timestamp::from_millis(1_795_000_000_000).unwrap());
        assert!(matches!(refused(vec![nowhere]), DeliverError::Unknown(unit) if unit == nowhere));
        for hit in units(archive, &neighbour, theirs) {
            let mixed = [roots(&house, new), vec![hit.unit]].concat();
            assert!(matches!(refused(mixed), DeliverError::Unknown(unit) if unit == hit.unit));
        }
        assert!(matches!(refused(Vec::new()), DeliverError::Nothing));
        assert_eq!(house.store().head(&journal).unwrap(), before);
    }
}

#[test]
fn two_archives_whose_identifiers_clash_share_one_delivery() {
    for name in ["subvention", "cinq_niveaux", "dossier_mixte"] {
        let fixture = named(name);
        for house in houses() {
            let (archive, neighbour) = (house.archive(), house.neighbour());
            let kept = [house.accept(&fixture.path), house.accept(&twin(&house, &fixture))];
            let both: Vec<UnitId> = kept.iter().flat_map(|one| roots(&house, *one)).collect();
            for form in [Form::Delivery, Form::Transfer] {
                let (path, delivered) = deliver(&house, &order(both.clone(), form));
                assert_eq!(delivered.archives, 2);
                assert_accepted(&path, Dialect::Strict, name);
                let again = accept(archive, &neighbour, &path);
                let known = |seen: Vec<Seen>| {
                    let known = seen.into_iter().map(|unit| {
                        let objects: Vec<_> = unit.objects.into_iter().map(|object| object.bytes).collect();
                        (unit.parents.len(), unit.content, objects)
                    });
                    let mut known: Vec<_> = known.collect();
                    known.sort();
                    known
                };
                let before = kept.iter().flat_map(|one| seen(archive, &house.actor, *one)).collect();
                for (one, two) in known(before).into_iter().zip(known(seen(archive, &neighbour, again))) {
                    assert_eq!(one, two, "{name} {form:?}");
                }
            }
        }
    }
}

/// The same package under another message identifier.
fn twin(house: &House, fixture: &Fixture) -> PathBuf {
    let folder = house.data.join("jumeau");
    for (name, bytes) in fixtures::files(&fixture.path) {
        let path = folder.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let manifest = fs::read_to_string(folder.join("manifest.xml")).unwrap();
    let (before, after) = manifest.split_once("<MessageIdentifier>").unwrap();
    fs::write(folder.join("manifest.xml"), format!("{before}<MessageIdentifier>JUMEAU-{after}")).unwrap();
    folder
}

#[test]
fn the_fullest_packages_of_others_lose_nothing_from_deposit_to_delivery() {
    let Some(folder) = reference("sips") else { return };
    // Both bear the same identifier: each gets a house of its own.
    for name in ["OK_SIP_FULL_SEDA2.2.zip", "OK_SIP_FULL_SEDA2.3.zip"] {
        for house in houses() {
            let source = folder.join(name);
            let kept = house.accept(&source);
            let before = read_manifest(manifest_of(&source).as_bytes());
            for wanted in [Form::Delivery, Form::Transfer] {
                let (path, _) = deliver(&house, &order(roots(&house, kept), wanted));
                assert_accepted(&path, Dialect::Vitam, name);
                let after = read_manifest(manifest_of(&path).as_bytes());
                assert_same(&before, &after, name);
                assert_eq!(elements(&before), elements(&after), "{name}");
            }
        }
    }
}

/// Each object's element, but for what a package of our own must say otherwise: where its bytes and its group stand.
fn elements(manifest: &Manifest) -> BTreeMap<String, String> {
    let said_otherwise = ["Uri", "DataObjectGroupId", "DataObjectGroupReferenceId"];
    let objects = manifest.objects.iter().map(|object| {
        let element = said_otherwise.into_iter().fold(form(&object.source), |text, name| {
            match (text.split_once(&format!("<{name}>")), text.split_once(&format!("</{name}>"))) {
                (Some((before, _)), Some((_, after))) => format!("{before}{after}"),
                _ => text,
            }
        });
        (object.local_id.clone(), element)
    });
    objects.collect()
}
