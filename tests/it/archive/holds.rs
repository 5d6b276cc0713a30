//! A hold covers what it names and all below it, ends by a decision or by its last day, and comes back from the volumes.

use cartulaire::{
    archive::{hold::HoldRequest, selection::Refusal},
    boot::SystemClock,
    domain::{
        clock::Clock as _,
        hold::{Hold, HoldCause},
        id::{Id, UnitId},
        mandate::{Describe, Permission, Read},
        search::{Criteria, Hit, Selection},
    },
    store::Store,
};

use crate::{
    archive::{
        Hands, House, houses, houses_at,
        rebuild::{accepted, assert_same_tables, rebuild_from, rebuilt_tables},
        units,
    },
    store::stores,
};

fn request(units: &[UnitId]) -> HoldRequest {
    HoldRequest {
        selection: Selection::Units(units.to_vec()),
        reason: "Contentieux devant le tribunal administratif".to_owned(),
        owner: Some("TA de Nîmes".to_owned()),
        reassess: None,
        until: None,
        prevents_rearrangement: false,
    }
}

fn place(house: &House, request: &HoldRequest) -> Hold {
    house.archive().place_hold(&house.may::<Describe>(), request).unwrap().unwrap()
}

fn causes(house: &House, unit: UnitId) -> Vec<HoldCause> {
    house.archive().holds_of(&house.may::<Read>(), unit).unwrap()
}

/// The units of a tree: a root, one below it, one that is not below that one.
fn tree(house: &House) -> (Hit, Hit, Hit) {
    let all = units(house.archive(), &house.actor, house.accept(&accepted("cinq_niveaux")));
    let root = all.iter().find(|hit| hit.parents.is_empty()).unwrap().clone();
    let below = all.iter().find(|hit| hit.parents == [root.unit]).unwrap().clone();
    let apart = all.iter().find(|hit| hit.unit != below.unit && hit.parents == [root.unit]).unwrap_or(&root).clone();
    (root, below, apart)
}

#[test]
fn a_hold_covers_what_it_names_and_all_below_until_it_is_lifted() {
    for house in houses() {
        let (root, below, apart) = tree(&house);
        let hold = place(&house, &request(&[below.unit]));
        let placed = [HoldCause::Placed { hold: hold.id, prevents_rearrangement: false }];
        let archive = house.archive();
        let mut open = vec![below.unit];
        let mut covered = 0;
        while let Some(unit) = open.pop() {
            assert_eq!(causes(&house, unit), placed, "{}", house.engine);
            covered += 1;
            open.extend(archive.children(&house.may::<Read>(), unit, None, 50).unwrap().iter().map(|hit| hit.unit));
        }
        assert!(covered > 1, "the tree is deeper than the unit named");
        assert!(causes(&house, root.unit).is_empty() && causes(&house, apart.unit).is_empty());
        assert_eq!(archive.holds(&house.may::<Read>(), false).unwrap(), std::slice::from_ref(&hold));

        let lifted = archive.lift_hold(&house.may::<Describe>(), hold.id, "Jugement rendu").unwrap().unwrap();
        assert_eq!(lifted.lifted.unwrap().reason, "Jugement rendu");
        assert!(causes(&house, below.unit).is_empty());
        assert!(archive.holds(&house.may::<Read>(), false).unwrap().is_empty());
        let again = archive.lift_hold(&house.may::<Describe>(), hold.id, "Encore").unwrap();
        assert_eq!(again, Err(Refusal::Lifted(hold.id)));
    }
}

#[test]
fn what_makes_no_sense_places_no_hold_and_writes_no_line() {
    let clock = Hands::at("2026-11-22T10:00:00Z");
    for house in houses_at(&clock, "2026-11-22T10:00:00Z") {
        let (root, ..) = tree(&house);
        let stranger: UnitId = Id::mint(SystemClock.now());
        let lines = house.store().dump().unwrap()["lines"].len();
        let past = "2026-11-21".parse().unwrap();
        let good = request(&[root.unit]);
        let limit = house.archive().limits().given_text;
        let nothing = Selection::Found(Criteria { text: "introuvable".to_owned(), ..Criteria::default() });
        for (asked, refusal) in [
            (request(&[]), Refusal::Nothing),
            (request(&[stranger]), Refusal::Unknown(stranger)),
            (HoldRequest { selection: nothing, ..good.clone() }, Refusal::Nothing),
            (HoldRequest { until: Some(past), ..good.clone() }, Refusal::Past(past)),
            (HoldRequest { reassess: Some(past), ..good.clone() }, Refusal::Past(past)),
            (HoldRequest { reason: " \n".to_owned(), ..good.clone() }, Refusal::Text { what: "Motif", limit }),
            (HoldRequest { reason: "a\u{1}b".to_owned(), ..good.clone() }, Refusal::Text { what: "Motif", limit }),
            (HoldRequest { reason: "é".repeat(limit + 1), ..good.clone() }, Refusal::Text { what: "Motif", limit }),
        ] {
            assert_eq!(house.archive().place_hold(&house.may::<Describe>(), &asked).unwrap(), Err(refusal));
        }
        let unknown = Id::mint(SystemClock.now());
        let lifted = house.archive().lift_hold(&house.may::<Describe>(), unknown, "Non").unwrap();
        assert_eq!(lifted, Err(Refusal::UnknownHold(unknown)));
        assert_eq!(house.store().dump().unwrap()["lines"].len(), lines);
        assert!(house.account("Lecteur", &[Permission::Read], None).mandate::<Describe>().is_err());
    }
}

#[test]
fn a_hold_with_a_last_day_ends_after_it() {
    let clock = Hands::at("2026-11-22T10:00:00Z");
    for house in houses_at(&clock, "2026-11-22T10:00:00Z") {
        let (root, ..) = tree(&house);
        place(&house, &HoldRequest { until: Some("2026-11-30".parse().unwrap()), ..request(&[root.unit]) });
        clock.set("2026-11-30T20:00:00Z");
        assert_eq!(causes(&house, root.unit).len(), 1);
        clock.set("2026-12-01T10:00:00Z");
        assert!(causes(&house, root.unit).is_empty());
    }
}

#[test]
fn a_tenant_sees_no_hold_of_another_and_names_none_of_its_units() {
    for house in houses() {
        let (root, ..) = tree(&house);
        let hold = place(&house, &request(&[root.unit]));
        let neighbour = house.neighbour();
        let archive = house.archive();
        assert!(archive.holds(&neighbour.mandate::<Read>().unwrap(), true).unwrap().is_empty());
        let describe = neighbour.mandate::<Describe>().unwrap();
        assert_eq!(archive.lift_hold(&describe, hold.id, "Non").unwrap(), Err(Refusal::UnknownHold(hold.id)));
        assert_eq!(archive.place_hold(&describe, &request(&[root.unit])).unwrap(), Err(Refusal::Unknown(root.unit)));
    }
}

#[test]
fn holds_come_back_from_either_volume() {
    for house in houses() {
        let (root, below, _) = tree(&house);
        let first = place(&house, &request(&[root.unit, below.unit]));
        let asked = HoldRequest { prevents_rearrangement: true, owner: None, ..request(&[below.unit]) };
        place(&house, &HoldRequest { until: Some("2999-01-01".parse().unwrap()), ..asked });
        house.archive().lift_hold(&house.may::<Describe>(), first.id, "Désistement").unwrap().unwrap();
        house.archive().flush().unwrap();
        let live = rebuilt_tables(house.store());
        assert_eq!((live["holds"].len(), live["hold_units"].len()), (2, 3));
        for volume in house.volumes() {
            let fresh = stores().into_iter().find(|fresh| fresh.engine == house.engine).unwrap();
            rebuild_from(&volume, &fresh.store);
            let rebuilt: &Store = &fresh.store;
            assert_same_tables(&live, &rebuilt_tables(rebuilt), house.engine);
        }
        assert!(house.archive().verify(&|| {}).unwrap().is_whole());
    }
}
