//! A house that is killed while it destroys: opened again, what the journal tells is done to its end, and nothing else is
//! lost.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use cartulaire::{
    archive::Archive,
    boot,
    domain::{
        id::ArchiveId,
        mandate::{Actor, Permission},
    },
    store::ArchiveFilter,
    vault::{Vault, layout::OcflId},
};

use crate::{
    archive::{
        House,
        destruction::{all_of, assert_rebuilds, carry_out, package_at, titled},
        houses,
    },
    kill::Draw,
};

/// Set, for the process that is killed, to the installation's folder.
const LIVE: &str = "CARTULAIRE_DESTROYS";

/// Said once the house is open, and after each destruction.
const SAID: &str = "trial: ";

/// Kills of each house.
const KILLS: u64 = 8;

/// Archives that are there at first.
const ARCHIVES: usize = 40;

/// The longest time between the opening and the kill.
const LIFE: Duration = Duration::from_millis(900);

#[test]
fn a_house_that_is_killed_while_it_destroys_ends_what_it_began() {
    if let Some(data) = std::env::var_os(LIVE) {
        live(Path::new(&data));
        return;
    }
    let mut draw = Draw::new();
    for mut house in houses() {
        house.account("Service d’archives", &[Permission::Dispose, Permission::Read], None);
        let kept = house.accept(&small(&house, "GARDEE"));
        let all: Vec<ArchiveId> =
            (0..ARCHIVES).map(|number| house.accept(&small(&house, &format!("VOUEE-{number}")))).collect();
        let mut destroyed = 0;
        for _ in 0..KILLS {
            let moment = Duration::from_micros(draw.below(u64::try_from(LIFE.as_micros()).unwrap()));
            house = house.meanwhile(|data| destroyed += kill(data, moment));
            check(&house, &all, kept);
        }
        println!("{}: {KILLS} kills, {destroyed} destructions told", house.engine);
        assert!(destroyed > 0, "the houses were killed before they destroyed anything");
        assert_rebuilds(&house);
    }
}

/// Destroys a part of each archive, then the rest, until nothing is left but the one to be kept.
fn live(data: &Path) {
    let house = boot::open(data).unwrap();
    let by = house.archive.local_actor(None).unwrap();
    let disposer = house.archive.credentials(&by.mandate().unwrap()).unwrap();
    let disposer = disposer.into_iter().find(|one| one.actor.permissions.contains(&Permission::Dispose)).unwrap().actor;
    println!("{SAID}open");
    while let Some(id) = first_doomed(&house.archive, &by) {
        let generation = house.archive.archive(&by.mandate().unwrap(), id).unwrap().unwrap().archive.generation;
        let goes = if generation == 1 {
            BTreeSet::from([titled(&house.archive, &by, id, "pièce 0")])
        } else {
            all_of(&house.archive, &by, id)
        };
        carry_out(&house.archive, &by, &disposer, &goes).unwrap();
        println!("{SAID}{id} {generation}");
    }
    loop {
        std::thread::park();
    }
}

fn first_doomed(archive: &Archive, by: &Actor) -> Option<ArchiveId> {
    let all = archive.archives(&by.mandate().unwrap(), &ArchiveFilter::default(), None, 500).unwrap();
    all.iter().find(|kept| kept.archive.header.message_identifier.starts_with("VOUEE")).map(|kept| kept.archive.id)
}

/// Lets the house live until its moment; how many destructions it told.
fn kill(data: &Path, moment: Duration) -> usize {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "archive::destruction::killed::a_house_that_is_killed_while_it_destroys_ends_what_it_began"])
        .arg("--nocapture")
        .env(LIVE, data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains(SAID) {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "the house died by itself");
    }
    wait_until(Instant::now() + moment, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    out.lines().map_while(Result::ok).filter(|line| line.contains(SAID)).count()
}

/// Waits for the moment without sleeping: asking the child whether it lives is all that is done.
fn wait_until(moment: Instant, child: &mut Child) {
    while Instant::now() < moment {
        assert!(child.try_wait().unwrap().is_none(), "the house died by itself");
        std::thread::yield_now();
    }
}

/// Every volume has the generation that the catalog has, whole, and no other; everything verifies.
fn check(house: &House, all: &[ArchiveId], kept: ArchiveId) {
    let may = || house.may();
    assert!(house.archive().archive(&may(), kept).unwrap().is_some());
    assert!(house.store().erasures().unwrap().is_empty(), "what was begun is ended at opening");
    for volume in house.volumes() {
        let vault = Vault::inspect(volume).unwrap();
        for id in all {
            let generation = house.archive().archive(&may(), *id).unwrap().map(|kept| kept.archive.generation);
            if generation.is_none() {
                assert!(house.archive().departed(&may(), &id.to_string()).unwrap().is_some(), "{id} is lost");
            }
            for other in 1..=2 {
                let object = OcflId::Archive { tenant: "sault".parse().unwrap(), archive: *id, generation: other };
                assert_eq!(vault.stands(&object), generation == Some(other), "{object}");
            }
        }
    }
    assert_eq!(house.archive().verify(&|| {}).unwrap().findings, []);
}

/// A package of two acts.
fn small(house: &House, message: &str) -> PathBuf {
    let files: [(&str, &[u8]); 2] = [("Content/a.txt", b"un"), ("Content/b.txt", b"deux")];
    package_at(&house.data, message, &files)
}
