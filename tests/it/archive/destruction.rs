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
        departures::Sending,
        destroy::Means,
        disposals::{Changes, Choice, Denial, Fate},
        rebuild,
        verify::finding::{Layer, Verified},
    },
    boot,
    domain::{
        appraisal::Decision,
        disposal::{Disposal, DisposalState},
        id::{ArchiveId, UnitId},
        mandate::{Actor, Deposit, Describe, Dispose, Permission, Read},
        name::Name,
        search::Criteria,
        transfer::TransferStatus,
    },
    record::integrity::Integrity,
    store::{NOT_REBUILT, Store},
    vault::{Terms, Vault, layout::OcflId},
};

use crate::{
    archive::{
        Hands, House, accept,
        departures::{RECEIVER, short_reply},
        houses, houses_at, units,
    },
    parcels::{FOOT, content, head, manifest, zip},
    store::stores,
};

/// A plan by which units leave, that its receiver answered for: authorised in the one way there is.
pub fn authorised(archive: &Archive, by: &Actor, disposer: &Actor, units: &BTreeSet<UnitId>) -> Disposal {
    let (read, describe) = (by.mandate::<Read>().unwrap(), by.mandate::<Describe>().unwrap());
    let choice = Choice { units: units.iter().copied().collect(), ..Choice::default() };
    let plan = archive.plan_transfer(&describe, &choice, RECEIVER).unwrap().disposal.unwrap();
    let out = tempfile::tempfile().unwrap();
    archive.send(&disposer.mandate::<Dispose>().unwrap(), plan.id, &Sending::default(), out).unwrap();
    let message = archive.disposal(&read, plan.id).unwrap().unwrap().sent.unwrap().message.to_string();
    let reply = short_reply(&message, "000", RECEIVER);
    let plan = archive.take_reply(&describe, plan.id, reply.as_bytes()).unwrap();
    assert_eq!(plan.state, DisposalState::Authorised);
    plan
}

/// Carries out a plan that concerns one archive, and tells what became of it.
pub fn eliminate(archive: &Archive, by: &Actor, plan: &Disposal) -> Result<Fate, Denial> {
    let done = archive.eliminate(&by.mandate::<Dispose>().unwrap(), plan.id, &|_, _| ()).unwrap()?;
    assert_eq!(done.fates.len(), 1);
    Ok(done.fates.into_iter().next().unwrap())
}

/// Plans that units of one archive leave, has it authorised, and carries it out.
pub fn carry_out(archive: &Archive, by: &Actor, disposer: &Actor, units: &BTreeSet<UnitId>) -> Result<Fate, Denial> {
    eliminate(archive, disposer, &authorised(archive, by, disposer, units))
}

/// Every unit of an archive.
pub fn all_of(archive: &Archive, by: &Actor, id: ArchiveId) -> BTreeSet<UnitId> {
    units(archive, by, id).into_iter().map(|hit| hit.unit).collect()
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

    fn doomed(&self, ends: &[&str]) -> BTreeSet<UnitId> {
        ends.iter().map(|end| titled(self.house.archive(), &self.house.actor, self.archive, end)).collect()
    }

    fn whole(&self) -> BTreeSet<UnitId> {
        all_of(self.house.archive(), &self.house.actor, self.archive)
    }

    fn authorised(&self, units: &BTreeSet<UnitId>) -> Disposal {
        authorised(self.house.archive(), &self.house.actor, &self.disposer, units)
    }

    fn eliminate(&self, plan: &Disposal) -> Result<Fate, Denial> {
        eliminate(self.house.archive(), &self.disposer, plan)
    }

    fn carry_out(&self, units: &BTreeSet<UnitId>) -> Result<Fate, Denial> {
        self.eliminate(&self.authorised(units))
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
        let plan = scene.authorised(&goes);
        assert_eq!((plan.leaving.units, plan.leaving.objects, plan.leaving.bytes), (1, 1, 22));
        let done = scene.eliminate(&plan).unwrap();
        let volumes = done.volumes.unwrap();
        assert!(volumes.iter().all(|erased| erased.means != Means::Away), "{volumes:?}");
        let kept = archive.archive(&may, scene.archive).unwrap().unwrap();
        assert_eq!((kept.archive.generation, Some(kept.inventory)), (2, done.successor));
        let counts = kept.archive.counts;
        assert_eq!((counts.units, counts.groups, counts.objects, counts.bytes), (3, 2, 2, 44));
        assert_eq!(units(archive, &scene.house.actor, scene.archive).len(), before - 1);
        assert_eq!(scene.found("ACTES"), 3, "what went is not found by its words");
        let gone = *goes.first().unwrap();
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
        let plan = scene.authorised(&scene.whole());
        assert_eq!((plan.leaving.units, plan.leaving.objects), (4, 3));
        assert_eq!(scene.eliminate(&plan).unwrap().successor, None);
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
        let choice = |units: BTreeSet<UnitId>| Choice { units: units.into_iter().collect(), ..Choice::default() };
        let by = actor.mandate::<Describe>().unwrap();
        let drawn = archive.plan_transfer(&by, &choice(scene.doomed(&["pièce 0"])), RECEIVER).unwrap();
        let planned = drawn.disposal.unwrap();
        assert_eq!(scene.eliminate(&planned), Err(Denial::State(DisposalState::Planned)));
        let (first, second) =
            (scene.authorised(&scene.doomed(&["pièce 0"])), scene.authorised(&scene.doomed(&["pièce 1"])));
        let given_up = scene.authorised(&scene.doomed(&["pièce 2"]));
        archive.abandon(&by, given_up.id).unwrap().unwrap();
        assert_eq!(scene.eliminate(&given_up), Err(Denial::State(DisposalState::Abandoned)));
        assert_eq!(archive.archive(&scene.house.may(), scene.archive).unwrap().unwrap().archive.generation, 1);
        scene.eliminate(&first).unwrap();
        let changes = Changes { archives: vec![scene.archive], units: Vec::new() };
        assert_eq!(scene.eliminate(&second), Err(Denial::Changed(changes)));
        assert_eq!(scene.eliminate(&first), Err(Denial::State(DisposalState::Done)));
        assert_eq!(scene.verified().findings, []);
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn a_unit_to_which_others_attached_theirs_goes_after_them_or_stays() {
    for scene in Scene::all() {
        let (archive, actor) = (scene.house.archive(), &scene.house.actor);
        let unit = titled(archive, actor, scene.archive, "pièce 1");
        let alone = scene.authorised(&BTreeSet::from([unit]));
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
        let Err(Denial::Changed(changes)) = scene.eliminate(&alone) else { panic!("{child} lost what is above it") };
        assert_eq!(changes.units, [(unit, Some(Decision::Keep))]);
        let both = scene.authorised(&BTreeSet::from([unit, child]));
        let by = scene.disposer.mandate::<Dispose>().unwrap();
        let done = archive.eliminate(&by, both.id, &|_, _| ()).unwrap().unwrap();
        let order: Vec<ArchiveId> = done.fates.iter().map(|fate| fate.archive).collect();
        assert_eq!(order, [attached, scene.archive], "what is attached goes first");
        assert_rebuilds(&scene.house);
    }
}

#[test]
fn what_was_destroyed_stays_proven_by_its_digests() {
    let clock = Hands::at("2030-01-10T22:00:00Z");
    for house in houses_at(&clock, "2030-01-10T22:00:00Z") {
        clock.set("2030-01-10T22:10:00Z");
        let scene = Scene::of(house);
        clock.set("2030-01-12T06:00:00Z");
        let (archive, may) = (scene.house.archive(), scene.house.may::<Read>());
        assert_eq!(archive.evidence_due().unwrap().archives, 2);
        let before = archive.evidence_record(&may, scene.archive).unwrap().unwrap();
        let report = || archive.integrity_report(&may, scene.archive).unwrap().unwrap().integrity;
        let sound = report();
        scene.carry_out(&scene.doomed(&["pièce 0"])).unwrap();
        let after = report();
        assert_eq!(after.verdict, sound.verdict, "{after:?}");
        let states = |one: &Integrity| {
            let copies: Vec<_> = one.copies.iter().map(|copy| copy.state).collect();
            (copies, one.evidence_record.as_ref().map(|record| (record.state, record.files)))
        };
        assert_eq!(states(&after), states(&sound));
        assert_eq!(archive.evidence_record(&may, scene.archive).unwrap().unwrap(), before);
        scene.carry_out(&scene.whole()).unwrap();
        assert_eq!(archive.evidence_record(&may, scene.archive).unwrap().unwrap(), before);
        assert!(archive.proof_of_archive(&may, scene.archive).unwrap().is_some(), "its entry is still proven");
        // What was accepted and destroyed on the same day has its leaf all the same.
        let actor = &scene.house.actor;
        carry_out(archive, actor, &scene.disposer, &all_of(archive, actor, scene.other)).unwrap();
        let late = deposit(archive, &scene.house.actor, &scene.house.data, "TARDIVE-1", &FILES);
        carry_out(archive, actor, &scene.disposer, &all_of(archive, actor, late)).unwrap();
        clock.set("2030-01-13T06:00:00Z");
        assert_eq!(archive.evidence_due().unwrap().archives, 1);
        assert!(archive.evidence_record(&may, late).unwrap().is_some());
        assert_eq!(scene.verified().findings, []);
        if let Some(judged) = judged_by_kit(&scene.house.volumes()[0]) {
            assert_eq!(judged["verdict"], "whole", "{judged}");
            assert_eq!(judged["verified"]["archives retrouvées dans un dossier de preuve"], 3, "{judged}");
        }
    }
}

#[test]
fn of_two_eliminations_of_the_same_unit_at_once_one_stands() {
    for scene in Scene::all() {
        let (goes, whole) = (scene.doomed(&["pièce 0"]), scene.whole());
        let plans = [&goes, &goes, &whole, &whole].map(|units| scene.authorised(units));
        let done: Vec<_> = thread::scope(|threads| {
            let one = |plan| {
                let scene = &scene;
                threads.spawn(move || scene.eliminate(plan))
            };
            let started = plans.each_ref().map(one);
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
        assert!(done.iter().all(|one| matches!(one, Ok(_) | Err(Denial::Changed(_)))), "{done:?}");
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
        assert_eq!(done.volumes.unwrap().iter().map(|one| one.means).filter(|means| *means == Means::Away).count(), 1);
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
    let (archive, actor) = (scene.house.archive(), &scene.house.actor);
    carry_out(archive, actor, &scene.disposer, &all_of(archive, actor, scene.other)).unwrap();
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
