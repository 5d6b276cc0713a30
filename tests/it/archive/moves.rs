//! Units are moved, within their archive and beyond it: what stands above and below follows, no unit stands below itself,
//! and a hold may forbid it.

use cartulaire::{
    archive::{
        amend::{Mode, Outcome, Placement},
        hold::HoldRequest,
        selection::Refusal,
    },
    boot::SystemClock,
    domain::{
        clock::Clock as _,
        id::{Id, UnitId},
        mandate::{Describe, Read},
        search::{Criteria, Hit, Selection},
    },
};

use crate::archive::{House, houses, rebuild::accepted, units};

fn place(house: &House, units: &[UnitId], placement: Placement) -> Result<Outcome, Refusal> {
    house.archive().reclassify(&house.may::<Describe>(), units, placement, "Nouveau plan", Mode::Act).unwrap()
}

/// Moves a unit under another, whatever its archive.
pub(super) fn move_one(house: &House, unit: UnitId, under: UnitId) {
    place(house, &[unit], Placement::Under(under)).unwrap();
}

fn all(house: &House, package: &str) -> Vec<Hit> {
    units(house.archive(), &house.actor, house.accept(&accepted(package)))
}

fn parents(house: &House, unit: UnitId) -> Vec<UnitId> {
    house.archive().unit(&house.may::<Read>(), unit).unwrap().unwrap().hit.parents
}

fn ids(hits: &[Hit]) -> Vec<UnitId> {
    hits.iter().map(|hit| hit.unit).collect()
}

/// From a root down to a leaf.
fn path(all: &[Hit]) -> Vec<UnitId> {
    let mut path = vec![all.iter().find(|hit| hit.parents.is_empty()).unwrap().unit];
    while let Some(below) = all.iter().find(|hit| hit.parents.first() == path.last()) {
        path.push(below.unit);
    }
    path
}

#[test]
fn a_unit_that_is_moved_is_below_its_new_parent_and_no_longer_below_the_old_one() {
    for house in houses() {
        let tree = all(&house, "cinq_niveaux");
        let path = path(&tree);
        assert!(path.len() > 3);
        let (top, old, moved) = (path[0], path[path.len() - 2], path[path.len() - 1]);
        let archive = house.archive();
        let read = house.may::<Read>();
        let done = place(&house, &[moved], Placement::Under(top)).unwrap();
        let fields: Vec<&str> = done.changed[0].differences.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["Parent"]);
        assert_eq!(ids(&archive.ancestors(&read, moved).unwrap()), [top]);
        assert!(ids(&archive.children(&read, top, None, 50).unwrap()).contains(&moved));
        assert!(!ids(&archive.children(&read, old, None, 50).unwrap()).contains(&moved));

        place(&house, &[moved], Placement::Also(old)).unwrap();
        assert_eq!(parents(&house, moved), [top, old]);
        place(&house, &[moved], Placement::From { parent: top, to: None }).unwrap();
        assert_eq!(parents(&house, moved), [old]);
        let not_there = place(&house, &[moved], Placement::From { parent: top, to: None });
        assert!(matches!(not_there, Err(Refusal::Faults { count: 1, .. })));

        let to_root = place(&house, &[moved], Placement::Root).unwrap();
        let own = Criteria { archive: Some(tree[0].archive), roots_only: true, ..Criteria::default() };
        assert!(ids(&archive.search(&read, &own, None, 50).unwrap().hits).contains(&moved));
        assert!(ids(&archive.roots(&read, tree[0].archive, None, 50).unwrap()).contains(&moved));
        let back = archive.undo(&house.may::<Describe>(), to_root.amendment.unwrap(), "Non", false, Mode::Act);
        assert_eq!(back.unwrap().unwrap().units, 1);
        assert_eq!(parents(&house, moved), [old]);
        assert!(!ids(&archive.roots(&read, tree[0].archive, None, 50).unwrap()).contains(&moved));
    }
}

#[test]
fn no_unit_comes_to_stand_below_itself_whatever_the_archives() {
    for house in houses() {
        let (here, there) = (path(&all(&house, "cinq_niveaux")), path(&all(&house, "subvention")));
        let (top, leaf) = (here[0], here[here.len() - 1]);
        for target in [top, here[1], leaf] {
            let cycle = place(&house, &[top], Placement::Under(target));
            assert!(matches!(cycle, Err(Refusal::Faults { count: 1, .. })), "{cycle:?}");
        }
        // Across archives: the other tree under the leaf of this one, then this one under the other.
        let across = place(&house, &[there[0]], Placement::Under(leaf)).unwrap();
        let above = ids(&house.archive().ancestors(&house.may::<Read>(), there[0]).unwrap());
        assert_eq!(above.len(), here.len());
        assert!(ids(&house.archive().children(&house.may::<Read>(), leaf, None, 9).unwrap()).contains(&there[0]));
        let cycle = place(&house, &[top], Placement::Under(there[there.len() - 1]));
        assert!(matches!(cycle, Err(Refusal::Faults { count: 1, .. })), "{cycle:?}");
        house
            .archive()
            .undo(&house.may::<Describe>(), across.amendment.unwrap(), "Retour", false, Mode::Act)
            .unwrap()
            .unwrap();
        place(&house, &[top], Placement::Under(there[there.len() - 1])).unwrap();
        // What was undone cannot be done again: it would close the circle.
        let cycle = place(&house, &[there[0]], Placement::Under(leaf));
        assert!(matches!(cycle, Err(Refusal::Faults { count: 1, .. })), "{cycle:?}");
        let stranger = Id::mint(SystemClock.now());
        assert_eq!(place(&house, &[leaf], Placement::Under(stranger)), Err(Refusal::Unknown(stranger)));
        assert_eq!(place(&house, &[stranger], Placement::Root), Err(Refusal::Unknown(stranger)));
    }
}

#[test]
fn a_hold_forbids_a_move_only_when_it_says_so() {
    for house in houses() {
        let here = path(&all(&house, "cinq_niveaux"));
        let (top, leaf) = (here[0], here[here.len() - 1]);
        let hold = |prevents_rearrangement| HoldRequest {
            selection: Selection::Units(vec![here[1]]),
            reason: "Contentieux".to_owned(),
            owner: None,
            reassess: None,
            until: None,
            prevents_rearrangement,
        };
        let archive = house.archive();
        archive.place_hold(&house.may::<Describe>(), &hold(false)).unwrap().unwrap();
        let moved = place(&house, &[leaf], Placement::Root).unwrap();
        archive.undo(&house.may::<Describe>(), moved.amendment.unwrap(), "Retour", false, Mode::Act).unwrap().unwrap();
        let fixing = archive.place_hold(&house.may::<Describe>(), &hold(true)).unwrap().unwrap();
        let refused = place(&house, &[leaf], Placement::Under(top));
        assert!(matches!(refused, Err(Refusal::Faults { count: 1, .. })), "{refused:?}");
        archive.lift_hold(&house.may::<Describe>(), fixing.id, "Levé").unwrap().unwrap();
        place(&house, &[leaf], Placement::Under(top)).unwrap();
    }
}
