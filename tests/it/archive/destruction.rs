//! What a plan names goes, on every volume and from the catalog; what it does not name stays, whole by itself; and who looks
//! later is told what happened.

#![expect(clippy::print_stdout, reason = "what is not tested is said")]

mod blocks;
mod killed;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use cartulaire::{
    archive::{
        Archive,
        destroy::{Bond, Destruction, Means, Objection},
        rebuild,
        verify::finding::{Layer, Verified},
    },
    boot,
    domain::{
        clock::Timestamp,
        digest::Digest,
        disposal::{Disposal, DisposalState, Disposition, Doomed, Leaving},
        id::{ArchiveId, Id, UnitId},
        mandate::{Actor, Deposit, Dispose, Permission, Read},
        name::Name,
        search::Criteria,
        transfer::TransferStatus,
    },
    store::{NOT_REBUILT, Store},
    vault::{Terms, Vault, layout::OcflId},
};

use crate::{
    archive::{House, accept, houses, units},
    parcels::{FOOT, content, head, manifest, zip},
    store::stores,
};

/// A plan that is authorised, as carrying out takes it.
pub fn plan(by: &Actor) -> Disposal {
    let at = Timestamp::parse("2030-01-10T22:00:00Z").unwrap();
    Disposal {
        id: Id::mint(at),
        disposition: Disposition::Elimination,
        by: by.id,
        made_at: at,
        on: at.day(),
        list: Digest::ZERO,
        agencies: Vec::new(),
        receiver: None,
        replaces: None,
        state: DisposalState::Authorised,
        leaving: Leaving::default(),
        sent: None,
        attested: None,
    }
}

/// What is to go of an archive as it stands now.
pub fn doomed(archive: &Archive, by: &Actor, id: ArchiveId, units: impl IntoIterator<Item = UnitId>) -> Doomed {
    let kept = archive.archive(&by.mandate::<Read>().unwrap(), id).unwrap().unwrap();
    Doomed {
        archive: id,
        generation: kept.archive.generation,
        inventory: kept.inventory,
        units: units.into_iter().collect(),
    }
}

/// Carries out a plan on one archive: the one place that changes when plans are carried out by another door.
pub fn carry_out(archive: &Archive, by: &Actor, plan: &Disposal, doomed: &Doomed) -> Result<Destruction, Objection> {
    let done = archive.carry_out(&by.mandate::<Dispose>().unwrap(), plan, std::slice::from_ref(doomed)).unwrap();
    done.into_iter().next().unwrap()
}

/// Deposits these files, one unit each below one unit.
fn deposit(archive: &Archive, by: &Actor, folder: &Path, message: &str, files: &[(&str, &[u8])]) -> ArchiveId {
    accept(archive, by, &package_at(folder, message, files))
}

/// A package of these files in a folder.
pub fn package_at(folder: &Path, message: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let described = manifest(message, files);
    let mut all: Vec<(&str, &[u8])> = vec![("manifest.xml", described.as_bytes())];
    all.extend(files);
    let path = folder.join(format!("{message}.zip"));
    fs::write(&path, zip(&all)).unwrap();
    path
}

/// The unit that bears a title's end.
pub fn titled(archive: &Archive, by: &Actor, id: ArchiveId, end: &str) -> UnitId {
    units(archive, by, id).into_iter().find(|hit| hit.content.title.ends_with(end)).unwrap().unit
}

const FILES: [(&str, &[u8]); 3] = [
    ("Content/a.txt", b"premier acte, hibiscus"),
    ("Content/b.txt", b"second acte, jonquille"),
    ("Content/c.txt", b"tiers acte, coquelicot"),
];

struct Scene {
    house: House,
    disposer: Actor,
    archive: ArchiveId,
    other: ArchiveId,
}

impl Scene {
    fn of(house: House) -> Self {
        let disposer = house.account("Service d’archives", &[Permission::Dispose, Permission::Read], None);
        let archive = deposit(house.archive(), &house.actor, &house.data, "ACTES-1", &FILES);
        let other = deposit(house.archive(), &house.actor, &house.data, "AUTRES-1", &[("Content/x.txt", b"autre")]);
        Self { house, disposer, archive, other }
    }

    fn all() -> Vec<Self> {
        houses().into_iter().map(Self::of).collect()
    }

    fn doomed(&self, ends: &[&str]) -> Doomed {
        let unit = |end: &&str| titled(self.house.archive(), &self.house.actor, self.archive, end);
        doomed(self.house.archive(), &self.house.actor, self.archive, ends.iter().map(unit))
    }

    fn whole(&self) -> Doomed {
        let all = units(self.house.archive(), &self.house.actor, self.archive);
        doomed(self.house.archive(), &self.house.actor, self.archive, all.into_iter().map(|hit| hit.unit))
    }

    fn carry_out(&self, doomed: &Doomed) -> Result<Destruction, Objection> {
        carry_out(self.house.archive(), &self.disposer, &plan(&self.disposer), doomed)
    }

    fn verified(&self) -> Verified {
        self.house.archive().flush().unwrap();
        self.house.archive().verify(&|| {}).unwrap()
    }

    fn object(&self, generation: u32) -> OcflId {
        OcflId::Archive { tenant: "sault".parse().unwrap(), archive: self.archive, generation }
    }

    fn text_of(&self, unit: UnitId) -> String {
        let (archive, may) = (self.house.archive(), self.house.may::<Read>());
        let group = archive.unit(&may, unit).unwrap().unwrap().hit.group.unwrap();
        let object = archive.objects(&may, group).unwrap().remove(0);
        let (_, mut opened) = archive.open_object(&may, object.id).unwrap().unwrap();
        let mut text = String::new();
        opened.file.read_to_string(&mut text).unwrap();
        text
    }

    fn found(&self, words: &str) -> usize {
        let criteria = Criteria { text: words.to_owned(), ..Criteria::default() };
        self.house.archive().search(&self.house.may(), &criteria, None, 10).unwrap().hits.len()
    }
}

/// Each volume's catalog is that of the house.
pub fn assert_rebuilds(house: &House) {
    house.archive().flush().unwrap();
    let tables = |store: &Store| -> BTreeMap<String, Vec<String>> {
        let mut dump = store.dump().unwrap();
        dump.retain(|table, _| !NOT_REBUILT.contains(&table.as_str()));
        dump
    };
    let live = tables(house.store());
    for volume in house.volumes() {
        let fresh = stores().into_iter().find(|fresh| fresh.engine == house.engine).unwrap();
        let terms = Terms { required: Some(1), ..Terms::new(vec![volume.clone()], "rebuild") };
        rebuild::rebuild(&fresh.store, &Vault::open(terms).unwrap(), &mut |_| {}).unwrap();
        let made = tables(&fresh.store);
        for (table, rows) in &live {
            assert_eq!(Some(rows), made.get(table), "{table}, {}, {}", house.engine, volume.display());
        }
    }
}

/// What the kit's verifier says of a volume; `None` without Python.
pub fn judged_by_kit(volume: &Path) -> Option<serde_json::Value> {
    let mut python = Command::new("python3");
    python.arg("-B").arg(volume.join("kit/verifier.py")).args(["--json", "--silencieux"]).arg(volume);
    let Ok(output) = python.output() else {
        println!("skipped: Python is not there");
        return None;
    };
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn what_a_plan_names_goes_and_the_rest_is_an_archive_of_its_own() {
    for scene in Scene::all() {
        let (archive, may) = (scene.house.archive(), scene.house.may::<Read>());
        let goes = scene.doomed(&["pièce 1"]);
        let before = units(archive, &scene.house.actor, scene.archive).len();
        let stays = titled(archive, &scene.house.actor, scene.archive, "pièce 2");
        assert_eq!(scene.found("ACTES"), 4);
        let done = scene.carry_out(&goes).unwrap();
        assert_eq!((done.generation, done.units, done.objects.len(), done.bytes), (1, 1, 1, 22));
        assert!(done.volumes.iter().all(|erased| erased.means != Means::Away), "{:?}", done.volumes);
        let kept = archive.archive(&may, scene.archive).unwrap().unwrap();
        assert_eq!((kept.archive.generation, Some(kept.inventory)), (2, done.successor));
        let counts = kept.archive.counts;
        assert_eq!((counts.units, counts.groups, counts.objects, counts.bytes), (3, 2, 2, 44));
        assert_eq!(units(archive, &scene.house.actor, scene.archive).len(), before - 1);
        assert_eq!(scene.found("ACTES"), 3, "what went is not found by its words");
        let gone = *goes.units.first().unwrap();
        assert_eq!(archive.unit(&may, gone).unwrap(), None);
        let departed = archive.departed(&may, &gone.to_string()).unwrap().unwrap();
        assert_eq!((departed.archive, departed.generation), (scene.archive, 1));
        assert_eq!(scene.text_of(stays), "tiers acte, coquelicot");
        for volume in scene.house.volumes() {
            let vault = Vault::inspect(volume).unwrap();
            assert!(!vault.stands(&scene.object(1)));
            assert_eq!(vault.verify_object(&scene.object(2), 0).unwrap().faults, []);
        }
        assert_eq!(scene.verified().findings, []);
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn the_manifest_of_what_stays_is_taken_in_by_another_archive() {
    for scene in Scene::all() {
        scene.carry_out(&scene.doomed(&["pièce 0"])).unwrap();
        let vault = Vault::inspect(scene.house.volumes()[0].clone()).unwrap();
        let inventory = vault.read_inventory(&scene.object(2)).unwrap();
        let files: Vec<(String, Vec<u8>)> = inventory
            .state()
            .filter_map(|(path, digest)| {
                let name = path.strip_prefix("transfer/")?;
                Some((name.to_owned(), vault.read_content(&scene.object(2), digest).unwrap()))
            })
            .collect();
        let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, BTreeSet::from(["manifest.xml", "Content/b.txt", "Content/c.txt"]));
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let path = scene.house.data.join("reste.zip");
        fs::write(&path, zip(&files)).unwrap();
        let neighbour = scene.house.neighbour();
        let again = accept(scene.house.archive(), &neighbour, &path);
        let titles = |by: &Actor, id| -> BTreeSet<String> {
            units(scene.house.archive(), by, id).into_iter().map(|hit| hit.content.title).collect()
        };
        assert_eq!(titles(&neighbour, again), titles(&scene.house.actor, scene.archive));
    }
}

#[test]
fn a_whole_archive_goes_and_its_deposit_is_still_answered() {
    for scene in Scene::all() {
        let (archive, may) = (scene.house.archive(), scene.house.may::<Read>());
        let done = scene.carry_out(&scene.whole()).unwrap();
        assert_eq!((done.successor, done.units, done.objects.len()), (None, 4, 3));
        assert_eq!(archive.archive(&may, scene.archive).unwrap(), None);
        assert!(archive.archive(&may, scene.other).unwrap().is_some());
        assert_eq!(scene.found("ACTES"), 0);
        let departed = archive.departed(&may, &scene.archive.to_string()).unwrap().unwrap();
        assert_eq!(departed.generation, 1);
        let again = archive
            .deposit(&scene.house.may::<Deposit>(), archive.local(&scene.house.data.join("ACTES-1.zip")))
            .unwrap();
        let cartulaire::archive::deposit::Receipt::Same(transfer) = again else { panic!("{again:?}") };
        assert!(matches!(transfer.status, TransferStatus::Accepted { archive, .. } if archive == scene.archive));
        let verified = scene.verified();
        assert_eq!(verified.findings, []);
        assert_eq!(verified.destroyed_by_plan().into_values().collect::<Vec<_>>(), [1]);
        assert_rebuilds(&scene.house);
        let house = scene.house.reopened();
        assert_eq!(house.archive().archive(&house.may(), scene.archive).unwrap(), None);
        assert!(house.store().erasures().unwrap().is_empty());
    }
}

#[test]
fn what_stays_of_what_stayed_can_go_too() {
    for scene in Scene::all() {
        scene.carry_out(&scene.doomed(&["pièce 0"])).unwrap();
        scene.carry_out(&scene.doomed(&["pièce 1"])).unwrap();
        let kept = scene.house.archive().archive(&scene.house.may(), scene.archive).unwrap().unwrap();
        assert_eq!((kept.archive.generation, kept.archive.counts.units), (3, 2));
        assert_rebuilds(&scene.house);
        scene.carry_out(&scene.whole()).unwrap();
        assert_eq!(scene.verified().findings, []);
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn what_is_not_as_the_plan_saw_it_stays() {
    for scene in Scene::all() {
        let (archive, actor) = (scene.house.archive(), &scene.house.actor);
        let first = scene.doomed(&["pièce 0"]);
        let second = scene.doomed(&["pièce 1"]);
        let root = titled(archive, actor, scene.archive, "Dossier ACTES-1");
        let orphaning = doomed(archive, actor, scene.archive, [root]);
        assert!(matches!(scene.carry_out(&orphaning), Err(Objection::Tied(Bond::Child(_)))));
        let strange = doomed(archive, actor, scene.archive, [titled(archive, actor, scene.other, "pièce 0")]);
        assert_eq!(scene.carry_out(&strange), Err(Objection::Unknown));
        assert_eq!(scene.carry_out(&doomed(archive, actor, scene.archive, [])), Err(Objection::Unknown));
        let unauthorised = Disposal { state: DisposalState::Planned, ..plan(&scene.disposer) };
        assert_eq!(carry_out(archive, &scene.disposer, &unauthorised, &first), Err(Objection::Closed));
        assert_eq!(archive.archive(&scene.house.may(), scene.archive).unwrap().unwrap().archive.generation, 1);
        for volume in scene.house.volumes() {
            assert!(!Vault::inspect(volume).unwrap().stands(&scene.object(2)), "a refused successor is withdrawn");
        }
        scene.carry_out(&first).unwrap();
        assert_eq!(scene.carry_out(&second), Err(Objection::Changed));
        assert_eq!(scene.verified().findings, []);
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn a_unit_to_which_others_attached_theirs_stays() {
    for scene in Scene::all() {
        let (archive, actor) = (scene.house.archive(), &scene.house.actor);
        let unit = titled(archive, actor, scene.archive, "pièce 1");
        let described = format!(
            "{}<DescriptiveMetadata><ArchiveUnit id='attachee'><Management><UpdateOperation><SystemId>{unit}</SystemId>\
             </UpdateOperation></Management>{}</ArchiveUnit></DescriptiveMetadata>{FOOT}",
            head("ATTACHEE-1"),
            content("Item", "Attachée")
        );
        let path = scene.house.data.join("attachee.zip");
        fs::write(&path, zip(&[("manifest.xml", described.as_bytes())])).unwrap();
        let attached = accept(archive, actor, &path);
        let child = titled(archive, actor, attached, "Attachée");
        assert_eq!(scene.carry_out(&scene.doomed(&["pièce 1"])), Err(Objection::Tied(Bond::Attached(child))));
        let first = doomed(archive, actor, attached, [child]);
        carry_out(archive, &scene.disposer, &plan(&scene.disposer), &first).unwrap();
        scene.carry_out(&scene.doomed(&["pièce 1"])).unwrap();
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn of_two_eliminations_of_the_same_unit_at_once_one_stands() {
    for scene in Scene::all() {
        let (goes, whole) = (scene.doomed(&["pièce 0"]), scene.whole());
        let done: Vec<_> = thread::scope(|threads| {
            let one = |doomed| {
                let scene = &scene;
                threads.spawn(move || scene.carry_out(doomed))
            };
            let started = [one(&goes), one(&goes), one(&whole), one(&whole)];
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
        assert!(done.iter().all(|one| matches!(one, Ok(_) | Err(Objection::Changed))), "{done:?}");
        assert_eq!(scene.verified().findings, []);
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn a_volume_that_was_away_erases_what_was_destroyed_when_it_comes_back() {
    for mut scene in Scene::all() {
        let whole = scene.whole();
        let volumes = scene.house.volumes();
        let aside = volumes[1].with_extension("absent");
        scene.house.installation.config.required_volumes = 1;
        let config = scene.house.installation.config.clone();
        let house = scene.house.meanwhile(|data| {
            config.save(data).unwrap();
            fs::rename(&volumes[1], &aside).unwrap();
        });
        let scene = Scene { house, ..scene };
        let done = scene.carry_out(&whole).unwrap();
        assert_eq!(done.volumes.iter().map(|one| one.means).filter(|means| *means == Means::Away).count(), 1);
        assert_eq!(scene.house.store().erasures().unwrap().len(), 1, "it is still to be erased");
        assert!(aside.join("ocfl").join(scene.object(1).path()).is_dir());
        let house = scene.house.meanwhile(|_| fs::rename(&aside, &volumes[1]).unwrap());
        assert!(house.store().erasures().unwrap().is_empty());
        let object = OcflId::Archive { tenant: "sault".parse().unwrap(), archive: scene.archive, generation: 1 };
        assert!(volumes.iter().all(|volume| !volume.join("ocfl").join(object.path()).exists()));
        assert_eq!(house.archive().verify(&|| {}).unwrap().findings, []);
    }
}

#[test]
fn what_stands_again_after_its_destruction_is_found_and_never_comes_back() {
    for scene in Scene::all() {
        let whole = scene.whole();
        let volume = scene.house.volumes()[0].clone();
        let place = volume.join("ocfl").join(scene.object(1).path());
        let copy = scene.house.data.join("copie");
        let status = Command::new("cp").arg("-r").arg(&place).arg(&copy).status().unwrap();
        assert!(status.success());
        scene.carry_out(&whole).unwrap();
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        assert!(Command::new("cp").arg("-r").arg(&copy).arg(&place).status().unwrap().success());
        let verified = scene.verified();
        assert!(verified.blames(Layer::Inventories), "{:?}", verified.findings);
        assert!(verified.findings[0].what.contains("détruite selon le plan"), "{:?}", verified.findings);
        if let Some(judged) = judged_by_kit(&volume) {
            assert_eq!(judged["verdict"], "broken", "{judged}");
        }
        // A catalog made again from that very volume does not know it, and opening it erases what stands there.
        let fresh = stores().into_iter().find(|fresh| fresh.engine == scene.house.engine).unwrap();
        let terms = Terms { required: Some(1), ..Terms::new(vec![volume.clone()], "rebuild") };
        rebuild::rebuild(&fresh.store, &Vault::open(terms).unwrap(), &mut |_| {}).unwrap();
        let tenant = "sault".parse().unwrap();
        assert_eq!(fresh.store.holdings(&tenant).archive(scene.archive).unwrap(), None);
        let config =
            cartulaire::config::Config { database: fresh.url.clone(), ..scene.house.installation.config.clone() };
        let House { installation, data, _folder, catalog: _catalog, .. } = scene.house;
        drop(installation);
        config.save(&data).unwrap();
        let house = boot::open(&data).unwrap();
        assert!(!place.exists());
        assert_eq!(house.archive.verify(&|| {}).unwrap().findings, []);
    }
}

#[test]
fn the_kit_tells_what_was_destroyed_and_what_was_tampered_with() {
    let Some(scene) = Scene::all().into_iter().next() else { return };
    scene.carry_out(&scene.doomed(&["pièce 0"])).unwrap();
    let other = doomed(
        scene.house.archive(),
        &scene.house.actor,
        scene.other,
        units(scene.house.archive(), &scene.house.actor, scene.other).into_iter().map(|hit| hit.unit),
    );
    carry_out(scene.house.archive(), &scene.disposer, &plan(&scene.disposer), &other).unwrap();
    scene.house.archive().flush().unwrap();
    let volume = scene.house.volumes()[1].clone();
    let Some(judged) = judged_by_kit(&volume) else { return };
    assert_eq!(judged["verdict"], "whole", "{judged}");
    let told = judged["verified"].as_object().unwrap();
    assert_eq!(told.keys().filter(|what| what.starts_with("archives détruites selon le plan")).count(), 2, "{judged}");
    // A list of what went is forged.
    let vault = Vault::inspect(volume.clone()).unwrap();
    let record = format!("urn:cartulaire:sault:gone-{}", scene.archive.to_string().replace('-', "")).parse().unwrap();
    let digest = vault.read_inventory(&record).unwrap().find(&Name::from("1.jsonl")).unwrap();
    let list = volume.join("ocfl").join(record.path()).join(format!("v1/content/{digest}"));
    fs::remove_dir_all(volume.join("ocfl").join(record.path())).unwrap();
    assert!(!list.exists());
    let judged = judged_by_kit(&volume).unwrap();
    assert_eq!(judged["verdict"], "broken", "{judged}");
    assert!(judged["breaks"][0]["sentence"].as_str().unwrap().contains("liste"), "{judged}");
    assert!(scene.verified().findings[0].what.contains("liste"));
}
