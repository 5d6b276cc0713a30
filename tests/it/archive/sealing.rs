//! Days are sealed when they are over, also the empty ones, and on demand; what is sealed is all that a rebuild needs.

use std::fs;

use cartulaire::{
    boot::{self, Init},
    config::Config,
    domain::{
        digest::Digest,
        journal::{Head, JournalId, verify},
        name::Name,
    },
    record::{line, seal::Seal},
    store::Store,
    vault::{Terms, Vault, layout::OcflId},
};

use crate::{
    archive::{Hands, House, accept, houses_at},
    fixtures,
};

const EVENTS: &str = "urn:cartulaire:sault:journals-2030-01";
const EVENING: &str = "2030-01-10T22:00:00Z";

/// A vault of its own over the house's volumes.
fn vault(house: &House) -> Vault {
    Vault::open(Terms::new(house.volumes(), "reader")).unwrap()
}

fn read(vault: &Vault, object: &str, name: &str) -> String {
    let object: OcflId = object.parse().unwrap();
    String::from_utf8(vault.read_all(&object, &Name::from(name)).unwrap()).unwrap()
}

/// A house whose first day, with one archive, is over and sealed.
fn sealed_house(house: House, clock: &std::sync::Arc<Hands>) -> House {
    house.accept(&fixtures::accepted()[0].path);
    clock.set("2030-01-11T00:00:01Z");
    house.archive().seal_due().unwrap();
    house
}

#[test]
fn a_day_that_is_over_is_sealed_and_leaves_the_open_book() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, "2030-01-10T22:00:00Z") {
        let house = sealed_house(house, &clock);
        let vault = vault(&house);
        let seal = Seal::from_json(read(&vault, EVENTS, "2030-01-10/1/seal.json").as_bytes()).unwrap();
        assert!(seal.closed && seal.part == 1 && seal.previous == Digest::ZERO);
        let life_cycle = &seal.journals[0];
        let text = read(&vault, EVENTS, "2030-01-10/1/life-cycle.jsonl");
        let lines: Vec<_> = text.lines().map(|text| line::from_json(text).unwrap()).collect();
        assert_eq!((life_cycle.lines, life_cycle.first), (2, 0), "received and accepted");
        assert_eq!(verify(Head::EMPTY, &lines).unwrap().digest, life_cycle.head);
        for volume in house.volumes() {
            let open: Vec<_> =
                fs::read_dir(volume.join("journal")).unwrap().map(|one| one.unwrap().file_name()).collect();
            assert_eq!(open, ["2030-01-11.jsonl"], "what is sealed is not kept twice");
        }
        assert!(house.archive().verify(&|| {}).unwrap().is_whole(), "{}", house.engine);
    }
}

#[test]
fn empty_days_are_sealed_too_and_each_seal_holds_the_one_before() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, "2030-01-10T22:00:00Z") {
        let house = sealed_house(house, &clock);
        clock.set("2030-01-15T08:00:00Z");
        let sealing = house.archive().seal_due().unwrap();
        assert_eq!(sealing.parts, 8, "four days of two owners");
        assert_eq!(house.archive().seal_due().unwrap().parts, 0);
        let vault = vault(&house);
        for owner in [EVENTS, "urn:cartulaire:_installation:journals-2030-01"] {
            let mut previous = None;
            for day in 10..15 {
                let text = read(&vault, owner, &format!("2030-01-{day}/1/seal.json"));
                let seal = Seal::from_json(text.as_bytes()).unwrap();
                assert!(previous.is_none_or(|previous| previous == seal.previous), "{owner} {day}");
                previous = Some(cartulaire::digest::sha512(text.as_bytes()));
            }
        }
        assert_eq!(read(&vault, EVENTS, "2030-01-13/1/life-cycle.jsonl"), "");
    }
}

#[test]
fn a_day_sealed_on_demand_goes_on_in_its_next_part() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, "2030-01-10T22:00:00Z") {
        assert!(house.archive().seal_now().unwrap().parts >= 2);
        house.accept(&fixtures::accepted()[0].path);
        house.archive().seal_now().unwrap();
        clock.set("2030-01-11T08:00:00Z");
        house.archive().seal_due().unwrap();
        let vault = vault(&house);
        let parts = [1, 2, 3].map(|part| {
            Seal::from_json(read(&vault, EVENTS, &format!("2030-01-10/{part}/seal.json")).as_bytes()).unwrap()
        });
        assert_eq!(parts.each_ref().map(|part| part.closed), [false, false, true]);
        assert_eq!(parts.each_ref().map(|part| part.journals[0].lines), [0, 2, 0]);
    }
}

#[test]
fn a_catalog_is_rebuilt_from_sealed_days_and_the_open_one() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, "2030-01-10T22:00:00Z") {
        let house = sealed_house(house, &clock);
        house.accept(&fixtures::accepted()[1].path);
        let before = house.store().dump().unwrap();
        let fresh = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", fresh.path().join("c.sqlite").display())).unwrap();
        let one = Vault::open(Terms { required: Some(1), ..Terms::new(vec![house.volumes().remove(1)], "rebuilder") });
        cartulaire::archive::rebuild::rebuild(&store, &one.unwrap(), &mut |_| {}).unwrap();
        let after = store.dump().unwrap();
        for (table, rows) in &before {
            // The two engines write booleans otherwise.
            let is_alike = house.engine == "SQLite" || ["lines", "heads", "counters"].contains(&table.as_str());
            if is_alike && !cartulaire::store::NOT_REBUILT.contains(&table.as_str()) {
                assert_eq!(Some(rows), after.get(table), "{table} on {}", house.engine);
            }
        }
        assert!(store.head(&JournalId::Installation).unwrap().length >= 3);
    }
}

#[test]
fn a_line_dated_the_day_before_is_not_left_out_of_its_seal() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, "2030-01-10T23:59:59Z") {
        let house = sealed_house(house, &clock);
        // The clock goes back: lines are held at the last instant of the log, so that they belong to an open day.
        clock.set("2030-01-10T12:00:00Z");
        house.accept(&fixtures::accepted()[1].path);
        let journal: JournalId = "sault/life-cycle".parse().unwrap();
        let last = house.store().head(&journal).unwrap();
        assert_eq!(last.at.unwrap().day().to_string(), "2030-01-11");
        drop(house.reopened());
    }
}

#[test]
fn an_older_copy_of_the_catalog_is_brought_up_over_sealed_days() {
    let clock = Hands::at(EVENING);
    let folder = tempfile::tempdir().unwrap();
    let (data, older) = (folder.path().join("data"), folder.path().join("older"));
    let config = Config { reserve_bytes: 0, ..Config::default() };
    let (tenant, name) = ("sault".parse().unwrap(), "Sault-les-Bruyères".to_owned());
    let init = Init { tenant, name, archival_agency: "SLB-ARCHIVES".to_owned(), config };
    let installation = boot::init_at(&data, &init, clock.clone()).unwrap();
    let url = installation.config.database_url(&data);
    let file = url.strip_prefix("sqlite:").unwrap().to_owned();
    drop(installation);
    fs::copy(&file, &older).unwrap();
    let installation = boot::open_at(&data, clock.clone()).unwrap();
    let actor = installation.archive.local_actor(None).unwrap();
    accept(&installation.archive, &actor, &fixtures::accepted()[0].path);
    clock.set("2030-01-12T00:00:01Z");
    installation.archive.seal_due().unwrap();
    drop(installation);
    let expected = Store::open(&url).unwrap().dump().unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{file}{suffix}"));
    }
    fs::copy(&older, &file).unwrap();
    drop(boot::open_at(&data, clock).unwrap());
    let after = Store::open(&url).unwrap().dump().unwrap();
    for table in ["lines", "heads", "counters", "seals", "units"] {
        assert_eq!(after.get(table), expected.get(table), "{table}");
    }
}
