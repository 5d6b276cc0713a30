//! Copies are read again, bad ones made again and told; what cannot be repaired is never silent.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use cartulaire::{
    archive::{
        audit::{AuditPass, Budget, Ended, Examined, Order, Outcome, Start},
        verify::finding::Layer,
    },
    config::Config,
    domain::{
        id::ArchiveId,
        journal::JournalId,
        mandate::{Administer, Permission},
    },
    record::facts::{
        Fact,
        installation::{Audited, VolumeRepaired},
    },
    vault::layout::OcflId,
};

use crate::{
    archive::{Hands, House, houses, houses_at},
    fixtures,
};

const NEVER: &(dyn Fn() -> bool + Sync) = &|| false;
const UNHURRIED: Budget<'static> = Budget { bytes_per_second: 0, pause: NEVER, stop: NEVER };
const ALL_NOW: Order = Order { volume: None, tenant: None, start: Start::Now };

fn audit(house: &House) -> AuditPass {
    house.archive().audit(&ALL_NOW, &UNHURRIED, &|_| {}).unwrap()
}

/// The folder of an archive's object on one volume.
fn place(house: &House, volume: usize, id: ArchiveId) -> PathBuf {
    let object = OcflId::archive("sault".parse().unwrap(), id);
    house.volumes()[volume].join("ocfl").join(object.path())
}

fn content(folder: &Path) -> PathBuf {
    fs::read_dir(folder.join("v1/content")).unwrap().next().unwrap().unwrap().path()
}

fn flip(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(file, bytes).unwrap();
}

/// What the installation's journal tells of repairs and of audits.
fn told(house: &House) -> (Vec<VolumeRepaired>, Vec<(String, Audited)>) {
    let (mut repairs, mut audits) = (Vec::new(), Vec::new());
    for line in house.store().lines(&JournalId::Installation, 0, 10_000).unwrap() {
        match Fact::read(&line.event).unwrap() {
            Some(Fact::VolumeRepaired(fact)) => repairs.push(fact),
            Some(Fact::Audited(fact)) => audits.push((line.event.outcome, fact)),
            _ => {}
        }
    }
    (repairs, audits)
}

fn assert_whole(house: &House) {
    let verified = house.archive().verify(&|| {}).unwrap();
    assert!(verified.findings.is_empty(), "{verified:?}");
}

/// A way in which a copy goes bad: its name, and what it does to the copy's folder.
type Rot = (&'static str, fn(&Path));

const ROTS: [Rot; 7] = [
    ("a flipped bit", |folder| flip(&content(folder))),
    ("a missing file", |folder| fs::remove_file(content(folder)).unwrap()),
    ("an extra file", |folder| fs::write(folder.join("v1/content/intrus"), "x").unwrap()),
    ("an altered inventory", |folder| flip(&folder.join("inventory.json"))),
    ("a lost inventory", |folder| fs::remove_file(folder.join("inventory.json")).unwrap()),
    ("a lost declaration", |folder| fs::remove_file(folder.join("0=ocfl_object_1.1")).unwrap()),
    ("a missing object", |folder| fs::remove_dir_all(folder).unwrap()),
];

#[test]
fn a_bad_copy_is_made_again_from_the_good_one_and_told() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        for (round, (name, rot)) in ROTS.iter().enumerate() {
            let volume = round % 2;
            rot(&place(&house, volume, id));
            let pass = audit(&house);
            assert_eq!((pass.repaired, pass.unrepaired), (1, 0), "{name}: {pass:?}");
            assert!(pass.volumes.iter().all(|one| one.ended == Ended::Finished), "{pass:?}");
            assert_eq!(pass.findings.len(), 1, "{name}");
            assert_eq!((pass.findings[0].volume, pass.findings[0].outcome), (volume, Outcome::Repaired));
            assert!(!pass.findings[0].faults.is_empty());
            assert_whole(&house);
            let (repairs, audits) = told(&house);
            assert_eq!((repairs.len(), audits.len()), (round + 1, 2 * (round + 1)), "{}", house.engine);
            let repair = repairs.last().unwrap();
            assert_eq!(repair.object, format!("urn:cartulaire:sault:{id}:1"));
            assert!(repair.files > 4 && repair.bytes > 0 && repair.source != repair.volume);
            let warned =
                &audits[2 * round..].iter().find(|(_, fact)| fact.volume.as_ref() == Some(&repair.volume)).unwrap();
            assert_eq!((warned.0.as_str(), warned.1.bad, warned.1.repaired), ("WARNING", 1, 1));
        }
        let pass = audit(&house);
        assert_eq!((pass.repaired, pass.unrepaired, pass.findings.len()), (0, 0, 0));
        assert!(told(&house).1.iter().rev().take(2).all(|(outcome, _)| outcome == "OK"));
    }
}

#[test]
fn a_copy_rewritten_with_an_inventory_that_agrees_is_found_by_the_journal() {
    for house in houses() {
        let [id, other] = [0, 1].map(|at| house.accept(&fixtures::accepted()[at].path));
        let (folder, another) = (place(&house, 0, id), place(&house, 0, other));
        // Another archive's object in its place, under its own identifier: every digest within agrees.
        let copy = |from: &Path, to: &Path| {
            let bytes = fs::read_to_string(from).unwrap().replace(&other.to_string(), &id.to_string());
            fs::write(to, bytes).unwrap();
        };
        fs::remove_dir_all(folder.join("v1/content")).unwrap();
        fs::create_dir(folder.join("v1/content")).unwrap();
        for entry in fs::read_dir(another.join("v1/content")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.join("v1/content").join(path.file_name().unwrap())).unwrap();
        }
        for below in ["", "v1"] {
            let to = folder.join(below);
            copy(&another.join("inventory.json"), &to.join("inventory.json"));
            let digest = cartulaire::digest::sha512(&fs::read(to.join("inventory.json")).unwrap());
            fs::write(to.join("inventory.json.sha512"), format!("{digest}  inventory.json\n")).unwrap();
        }
        assert!(house.archive().verify(&|| {}).unwrap().blames(Layer::Inventories), "{}", house.engine);
        let pass = audit(&house);
        assert_eq!((pass.repaired, pass.unrepaired), (1, 0), "{pass:?}");
        assert!(pass.findings[0].faults[0].contains("journal"), "{pass:?}");
        assert_eq!(
            fs::read(folder.join("inventory.json")).unwrap(),
            fs::read(place(&house, 1, id).join("inventory.json")).unwrap()
        );
        assert_eq!(audit(&house).findings, []);
    }
}

#[test]
fn a_record_set_back_to_an_earlier_version_is_brought_forward() {
    for house in houses() {
        let issue =
            |at: &str| house.archive().issue(&house.may::<Administer>(), at, &[Permission::Read], None).unwrap();
        issue("un");
        let folder = house.volumes()[1].join("ocfl/sault/records/accounts");
        let aside = house.data.join("avant");
        copy_tree(&folder, &aside);
        issue("deux");
        fs::remove_dir_all(&folder).unwrap();
        fs::rename(&aside, &folder).unwrap();
        let pass = audit(&house);
        assert_eq!((pass.repaired, pass.unrepaired), (1, 0), "{pass:?}");
        assert!(pass.findings[0].faults[0].contains("version ultérieure"), "{pass:?}");
        assert!(folder.join("v2").is_dir(), "{}", house.engine);
        assert_eq!(audit(&house).findings, []);
    }
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn without_a_good_copy_there_is_an_alarm_until_one_comes_back() {
    let clock = Hands::at("2030-01-10T08:00:00Z");
    for house in houses_at(&clock, "2030-01-10T08:00:00Z") {
        let id = house.accept(&fixtures::accepted()[0].path);
        let files = [0, 1].map(|volume| {
            place(&house, volume, id).join("v1/content").join(content(&place(&house, 0, id)).file_name().unwrap())
        });
        for file in &files {
            flip(file);
        }
        let pass = audit(&house);
        assert_eq!((pass.repaired, pass.unrepaired), (0, 2), "{pass:?}");
        assert!(pass.findings.iter().all(|one| one.outcome == Outcome::Bad && one.faults.len() >= 2), "{pass:?}");
        let (repairs, audits) = told(&house);
        assert!(repairs.is_empty());
        assert_eq!(audits.iter().map(|(outcome, _)| outcome.as_str()).collect::<Vec<_>>(), ["KO", "KO"]);
        let bad: u64 = house.archive().coverage().unwrap().iter().map(|coverage| coverage.bad).sum();
        assert_eq!(bad, 2, "{}", house.engine);
        // Somebody brings a good copy from a safe: it is not waited for until the next pass.
        flip(&files[0]);
        clock.set("2030-01-10T10:00:00Z");
        let step = house.archive().audit_step(0, 90, Duration::from_mins(10), NEVER).unwrap();
        assert_eq!((step.repaired, step.unrepaired), (1, 0), "{step:?}");
        assert!(step.volumes.iter().all(|one| matches!(one.ended, Ended::Resting(_))), "{step:?}");
        assert_whole(&house);
        assert!(house.archive().coverage().unwrap().iter().all(|coverage| coverage.bad == 0));
    }
}

#[test]
fn a_pass_goes_on_where_it_stopped_and_the_next_comes_when_it_is_due() {
    let clock = Hands::at("2030-01-10T08:00:00Z");
    for house in houses_at(&clock, "2030-01-10T08:00:00Z") {
        for fixture in fixtures::accepted().iter().take(4) {
            house.accept(&fixture.path);
        }
        let order = Order { volume: Some(0), start: Start::Every(90), ..ALL_NOW };
        let (read, asked) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        let on_copy = |one: &Examined| read.lock().unwrap().push(one.object.clone());
        // Two copies per call, until the pass has come to its end.
        let mut calls = 0;
        let (mut house, mut ended) = (house, Ended::Paused);
        while ended == Ended::Paused {
            asked.store(0, Ordering::Relaxed);
            let pause = || asked.fetch_add(1, Ordering::Relaxed) >= 2;
            let budget = Budget { pause: &pause, ..UNHURRIED };
            ended = house.archive().audit(&order, &budget, &on_copy).unwrap().volumes[0].ended;
            calls += 1;
            house = House {
                installation: {
                    drop(house.installation);
                    cartulaire::boot::open_at(&house.data, clock.clone()).unwrap()
                },
                ..house
            };
        }
        assert_eq!(ended, Ended::Finished);
        assert!(calls > 2, "{calls}");
        let mut objects = read.into_inner().unwrap();
        objects.retain(|object| object.starts_with("urn:") && !object.ends_with(":accounts"));
        let all = objects.len();
        objects.sort();
        objects.dedup();
        assert_eq!((all, objects.len()), (4, 4), "each once: {objects:?}");
        let next = house.archive().audit(&order, &UNHURRIED, &|_| panic!("nothing is due")).unwrap();
        assert!(matches!(next.volumes[0].ended, Ended::Resting(_)), "{next:?}");
        clock.set("2030-04-10T08:00:01Z");
        let next = house.archive().audit(&order, &UNHURRIED, &|_| {}).unwrap();
        assert_eq!(next.volumes[0].ended, Ended::Finished);
        assert!(next.copies > 4);
    }
}

#[test]
fn a_reading_that_is_stopped_says_nothing_of_its_copy() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        flip(&content(&place(&house, 0, id)));
        let asked = AtomicU64::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 3;
        let pass = house.archive().audit(&ALL_NOW, &Budget { stop: &stop, ..UNHURRIED }, &|_| {}).unwrap();
        assert_eq!((pass.repaired, pass.unrepaired), (0, 0), "{pass:?}");
        assert!(pass.volumes.iter().all(|one| one.ended == Ended::Paused), "{pass:?}");
        assert_eq!(audit(&house).repaired, 1);
    }
}

#[test]
fn coverage_tells_what_was_read_and_what_never_was() {
    let clock = Hands::at("2030-01-10T08:00:00Z");
    for house in houses_at(&clock, "2030-01-10T08:00:00Z") {
        house.accept(&fixtures::accepted()[0].path);
        let of = |house: &House, volume: usize| {
            let all = house.archive().coverage().unwrap();
            all.into_iter().find(|one| one.volume == volume && one.tenant.is_some()).unwrap()
        };
        let before = of(&house, 0);
        assert_eq!((before.objects, before.never, before.oldest), (2, 2, None), "an archive, and the accounts");
        clock.set("2030-01-11T08:00:00Z");
        let order = Order { volume: Some(0), tenant: Some("sault".parse().unwrap()), start: Start::Now };
        let pass = house.archive().audit(&order, &UNHURRIED, &|_| {}).unwrap();
        assert_eq!((pass.copies, pass.volumes.len()), (2, 1));
        let after = of(&house, 0);
        assert_eq!((after.objects, after.never, after.bad), (2, 0, 0));
        assert_eq!(after.oldest.unwrap().to_string(), "2030-01-11T08:00:00.000Z");
        assert_eq!((after.oldest, of(&house, 1).never), (after.newest, 2), "{}", house.engine);
        assert!(after.pass.is_none(), "what is read of one tenant is no pass");
    }
}

#[test]
fn a_volume_that_is_away_is_said_to_be_and_read_when_it_is_back() {
    for house in houses() {
        house.accept(&fixtures::accepted()[0].path);
        Config { required_volumes: 1, ..house.installation.config.clone() }.save(&house.data).unwrap();
        let house = house.reopened();
        let (volume, away) = (house.volumes().remove(1), house.data.join("parti"));
        fs::rename(&volume, &away).unwrap();
        let pass = audit(&house);
        assert_eq!(pass.volumes.iter().map(|one| one.ended).collect::<Vec<_>>(), [Ended::Finished, Ended::Away]);
        assert_eq!((pass.unrepaired, pass.repaired), (0, 0), "a lost volume is no bad copy: {pass:?}");
        fs::rename(&away, &volume).unwrap();
        let house = house.reopened();
        let pass = audit(&house);
        assert!(pass.volumes.iter().all(|one| one.ended == Ended::Finished), "{pass:?}");
        assert_eq!(pass.findings, [], "{}", house.engine);
    }
}

#[test]
fn files_of_the_log_are_made_again_from_the_lines_and_a_report_from_its_twin() {
    for house in houses() {
        house.accept(&fixtures::accepted()[0].path);
        house.settle(&fixtures::refused()[0].path);
        house.archive().stamp(true).unwrap();
        let tile = house.volumes()[0].join(format!("log/tile/0/000.p/{}", house.store().log_size().unwrap()));
        let before = fs::read(&tile).unwrap();
        flip(&tile);
        let first = Order { volume: Some(0), ..ALL_NOW };
        let pass = house.archive().audit(&first, &UNHURRIED, &|_| {}).unwrap();
        assert_eq!((pass.repaired, pass.unrepaired), (1, 0), "{pass:?}");
        assert_eq!(fs::read(&tile).unwrap(), before);
        let twins = |name: &str| house.volumes().into_iter().map(|volume| find(&volume, name)).collect::<Vec<_>>();
        let [report, token] = ["report.jsonl", ".tst"].map(|name| twins(name)[1].clone());
        flip(&report);
        fs::remove_file(&token).unwrap();
        fs::write(house.volumes()[0].join("log/checkpoint"), "rien").unwrap();
        let pass = audit(&house);
        assert_eq!(pass.unrepaired, 0, "{pass:?}");
        assert_eq!(pass.repaired, 3, "{pass:?}");
        assert_eq!(fs::read(&report).unwrap(), fs::read(&twins("report.jsonl")[0]).unwrap());
        assert_eq!(fs::read(&token).unwrap(), fs::read(&twins(".tst")[0]).unwrap());
        assert_eq!(audit(&house).findings, [], "{}", house.engine);
        house.reopened().accept(&fixtures::accepted()[1].path);
    }
}

/// The first file below a folder whose name ends so.
fn find(folder: &Path, end: &str) -> PathBuf {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                return path;
            }
        }
    }
    panic!("no {end} below {}", folder.display())
}

#[test]
fn deposits_and_new_versions_go_on_while_copies_are_read() {
    for house in houses() {
        house.accept(&fixtures::accepted()[0].path);
        let done = AtomicBool::new(false);
        let passes = std::thread::scope(|threads| {
            let audits = threads.spawn(|| {
                let mut passes = vec![audit(&house)];
                while !done.load(Ordering::Relaxed) {
                    passes.push(audit(&house));
                }
                passes
            });
            for (at, fixture) in fixtures::accepted().iter().enumerate().skip(1).take(8) {
                house.accept(&fixture.path);
                house
                    .archive()
                    .issue(&house.may::<Administer>(), &format!("n° {at}"), &[Permission::Read], None)
                    .unwrap();
                house.archive().seal_now().unwrap();
            }
            done.store(true, Ordering::Relaxed);
            audits.join().unwrap()
        });
        for pass in &passes {
            assert_eq!((pass.repaired, pass.unrepaired), (0, 0), "{}: {pass:?}", house.engine);
        }
        assert_whole(&house);
    }
}
