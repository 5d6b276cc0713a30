//! That a content was read is told once per actor, object and hour, and never stops the reading.

use std::{fs, io::Read as _};

use cartulaire::{
    archive::deliver::{Form, Order, Recipient},
    domain::{
        id::{ArchiveId, ObjectId},
        journal::{JournalId, Line},
        mandate::{Administer, Permission, Read},
        object::Matter,
    },
    record::facts::{
        ACCESS, Fact,
        life_cycle::{ContentRead, Purpose},
    },
};

use crate::{
    archive::{Hands, House, houses, houses_at, units},
    fixtures,
};

/// The digital objects of an archive.
fn objects(house: &House, id: ArchiveId) -> Vec<ObjectId> {
    let groups = units(house.archive(), &house.actor, id).into_iter().filter_map(|hit| hit.group);
    let all = groups.flat_map(|group| house.archive().objects(&house.may::<Read>(), group).unwrap());
    let mut digital: Vec<ObjectId> =
        all.filter(|object| matches!(object.matter, Matter::Binary(_))).map(|object| object.id).collect();
    digital.sort();
    digital.dedup();
    digital
}

fn read(house: &House, object: ObjectId) {
    let (_, opened) = house.archive().open_object(&house.may::<Read>(), object).unwrap().unwrap();
    let mut bytes = Vec::new();
    assert!(opened.verified().unwrap().read_to_end(&mut bytes).unwrap() > 0);
}

/// The readings that are journalled, once the writer has done what it was handed before.
fn told(house: &House) -> Vec<(Line, ContentRead)> {
    house.archive().issue(&house.may::<Administer>(), "après", &[Permission::Read], None).unwrap();
    let lines = house.store().lines(&JournalId::LifeCycle("sault".parse().unwrap()), 0, 10_000).unwrap();
    let readings = lines.into_iter().filter(|line| line.event.kind == ACCESS);
    let fact = |line: &Line| match Fact::read(&line.event).unwrap() {
        Some(Fact::ContentRead(fact)) => fact,
        other => panic!("{other:?}"),
    };
    readings.map(|line| (line.clone(), fact(&line))).collect()
}

#[test]
fn a_reading_is_told_once_per_actor_object_and_hour_also_after_a_restart() {
    let clock = Hands::at("2030-01-10T08:10:00Z");
    for house in houses_at(&clock, "2030-01-10T08:10:00Z") {
        let id = house.accept(&fixtures::accepted()[0].path);
        let [first, second] = objects(&house, id)[..2].try_into().unwrap();
        for _ in 0..3 {
            read(&house, first);
        }
        let one = told(&house);
        assert_eq!(one.len(), 1, "{}", house.engine);
        let expected = ContentRead { archive: id, object: Some(first), purpose: Purpose::Consultation };
        assert_eq!((&one[0].1, one[0].0.event.actor), (&expected, Some(house.actor.id)));
        read(&house, second);
        assert_eq!(told(&house).len(), 2, "another object");
        let other = house.archive().issue(&house.may::<Administer>(), "autre", &[Permission::Read], None).unwrap();
        house.archive().open_object(&other.0.actor.mandate().unwrap(), first).unwrap().unwrap();
        assert_eq!(told(&house).len(), 3, "another reader");
        clock.set("2030-01-10T08:59:59Z");
        let house = House {
            installation: {
                drop(house.installation);
                cartulaire::boot::open_at(&house.data, clock.clone()).unwrap()
            },
            ..house
        };
        read(&house, first);
        assert_eq!(told(&house).len(), 3, "the same hour, after a restart");
        clock.set("2030-01-10T09:00:00Z");
        read(&house, first);
        assert_eq!(told(&house).len(), 4, "the next hour");
    }
}

/// An order of a whole archive.
fn order(house: &House, id: ArchiveId) -> Order {
    Order {
        units: units(house.archive(), &house.actor, id).iter().map(|hit| hit.unit).collect(),
        with_descendants: true,
        form: Form::Delivery,
        to: Recipient::House,
        version: None,
    }
}

#[test]
fn a_manifest_and_what_is_delivered_are_told_too() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        house.archive().open_manifest(&house.may::<Read>(), id).unwrap();
        let manifest = told(&house);
        assert_eq!(manifest.len(), 1);
        assert_eq!(manifest[0].1, ContentRead { archive: id, object: None, purpose: Purpose::Consultation });
        assert_eq!(manifest[0].0.event.object, id.to_string());
        let delivered = house.archive().deliver(&house.may::<Read>(), &order(&house, id), &mut Vec::new()).unwrap();
        let readings = told(&house);
        let objects: Vec<_> = readings.iter().filter(|(_, fact)| fact.purpose == Purpose::Delivery).collect();
        assert_eq!(u64::try_from(objects.len()).unwrap(), delivered.objects, "{}", house.engine);
        assert!(delivered.objects > 0 && house.archive().verify(&|| {}).unwrap().findings.is_empty());
    }
}

#[test]
fn a_reading_with_a_volume_lost_is_given_and_told_when_it_is_back() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        let object = objects(&house, id)[0];
        let (volume, away) = (house.volumes().remove(1), house.data.join("parti"));
        fs::rename(&volume, &away).unwrap();
        read(&house, object);
        read(&house, object);
        // The writer has refused the lines before it refuses this one.
        assert!(house.archive().deliver(&house.may::<Read>(), &order(&house, id), &mut Vec::new()).is_err());
        fs::rename(&away, &volume).unwrap();
        assert_eq!(told(&house).len(), 0);
        assert!(!house.archive().health().stopped, "{}", house.engine);
        read(&house, object);
        assert_eq!(told(&house).len(), 1);
        house.accept(&fixtures::accepted()[1].path);
    }
}
