//! The catalog loses what it had last, as by a power failure that the volumes withstood: they alone bring it forward.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use cartulaire::{
    archive::verify::finding::Layer,
    boot::{self, Init},
    config::Config,
    store::{NOT_REBUILT, Store},
};

use crate::kill::{Draw, life};

const CATALOG: &str = "catalogue.sqlite";

#[test]
fn a_catalog_set_back_to_an_earlier_moment_is_brought_forward_by_the_volumes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = Config { database: format!("sqlite:{CATALOG}"), reserve_bytes: 0, ..Config::default() };
    let init = Init {
        tenant: "sault".parse().unwrap(),
        name: "Sault-les-Bruyères".to_owned(),
        archival_agency: "SLB-ARCHIVES".to_owned(),
        config,
    };
    drop(boot::init(&data, &init).unwrap());
    fs::create_dir(data.join("incoming")).unwrap();
    let mut draw = Draw::new();
    let mut serial = 0;
    for round in 0..6 {
        acts(&data, &mut draw, &mut serial);
        let earlier = copy(&data, folder.path().join(format!("copy-{round}")));
        let lost = acts(&data, &mut draw, &mut serial);
        let before = dump(&data);
        set_back(&data, &earlier);
        assert_ne!(dump(&data), before, "nothing was lost, so nothing is proved");
        drop(boot::open(&data).unwrap());
        let after = dump(&data);
        for (table, rows) in &before {
            assert_eq!(rows, &after[table], "round {round}: {table}");
        }
        println!("round {round}: {lost} acts were lost by the catalog, and none in the end");
    }
    let house = boot::open(&data).unwrap();
    let mut settled = 0;
    while house.archive.work_once().unwrap() {
        settled += 1;
    }
    let verified = house.archive.verify(&|| {}).unwrap();
    assert!(verified.is_whole(), "{verified:?}");
    println!("{settled} that were only acknowledged were settled, {} copies are whole", verified.count(Layer::Files));
    assert!(settled > 0);
}

/// Some deposits, receptions, imports and deliveries, and the house is closed.
fn acts(data: &Path, draw: &mut Draw, serial: &mut u64) -> u64 {
    let house = boot::open(data).unwrap();
    let actor = house.archive.local_actor(None).unwrap();
    let count = 3 + draw.below(10);
    for _ in 0..count {
        let (n, who) = (*serial, draw.below(8));
        *serial += 1;
        // A third of the acts are imports and deliveries; a turn says what it does by its number.
        let kind = [0, 1, 2 + draw.below(38), 2 + draw.below(38), 7][usize::try_from(draw.below(5)).unwrap()];
        life::turn(&house.archive, &actor, data, who, n, &format!("SLB-RECUL-{n}"), kind.wrapping_sub(n));
    }
    count
}

fn parts(folder: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| folder.join(format!("{CATALOG}{suffix}")))
}

fn copy(data: &Path, to: PathBuf) -> PathBuf {
    fs::create_dir(&to).unwrap();
    for (from, to) in parts(data).iter().zip(parts(&to)).filter(|(from, _)| from.exists()) {
        fs::copy(from, to).unwrap();
    }
    to
}

fn set_back(data: &Path, earlier: &Path) {
    for (to, from) in parts(data).iter().zip(parts(earlier)) {
        if to.exists() {
            fs::remove_file(to).unwrap();
        }
        if from.exists() {
            fs::copy(from, to).unwrap();
        }
    }
}

/// Every row that a rebuild restores.
fn dump(data: &Path) -> BTreeMap<String, Vec<String>> {
    let store = Store::open(&format!("sqlite:{}", data.join(CATALOG).display())).unwrap();
    let mut dump = store.dump().unwrap();
    dump.retain(|table, _| !NOT_REBUILT.contains(&table.as_str()));
    dump
}
