//! The law of the exit: whatever is done in whatever order, a unit goes only under a plan that names it, to which its
//! producer agreed and for which the control authority gave its visa, and never while it is held.

use std::collections::{BTreeMap, BTreeSet};

use cartulaire::{
    archive::{
        amend::{AmendRequest, Mode},
        disposals::{Answer, Choice, Denial},
        hold::HoldRequest,
    },
    domain::{
        amendment::Changes,
        appraisal::Decision,
        disposal::{Disposal, DisposalState},
        id::{HoldId, UnitId},
        mandate::{Describe, Read},
        search::Selection,
    },
    record::disposal::Listed,
};
use proptest::{collection::vec, prelude::*, sample::Index, strategy::ValueTree as _};

use super::{destruction::assert_rebuilds, disposals::Scene, houses};

/// The day on which the rule of the archive is over, and one on which it is not.
const DUE: &str = "2020-01-01";
const EARLY: &str = "2004-12-31";

/// What somebody does; indexes choose among the plans, units and holds that there are.
#[derive(Clone, Debug)]
enum Step {
    Plan { unit: Option<Index>, due: bool },
    Agree(Index),
    Except { plan: Index, unit: Index },
    Visa(Index),
    Refuse { plan: Index, visa: bool },
    Abandon(Index),
    Hold(Index),
    Lift(Index),
    Amend(Index),
    Eliminate(Index),
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        3 => (proptest::option::of(index()), prop::bool::weighted(0.9)).prop_map(|(unit, due)| Step::Plan { unit, due }),
        4 => index().prop_map(Step::Agree),
        4 => index().prop_map(Step::Visa),
        1 => (index(), index()).prop_map(|(plan, unit)| Step::Except { plan, unit }),
        1 => (index(), any::<bool>()).prop_map(|(plan, visa)| Step::Refuse { plan, visa }),
        1 => index().prop_map(Step::Abandon),
        1 => index().prop_map(Step::Hold),
        1 => index().prop_map(Step::Lift),
        1 => index().prop_map(Step::Amend),
        6 => index().prop_map(Step::Eliminate),
    ]
}

/// A plan, and what the model knows was said of it.
struct Known {
    plan: Disposal,
    named: BTreeSet<UnitId>,
    agreed: bool,
    visa: bool,
    closed: bool,
}

/// The model: plans with what was said of them, and holds.
struct Law {
    scene: Scene,
    above: BTreeMap<UnitId, Vec<UnitId>>,
    all: Vec<UnitId>,
    plans: Vec<Known>,
    holds: Vec<(HoldId, UnitId)>,
    gone: usize,
}

impl Law {
    fn new(scene: Scene) -> Self {
        let hits = super::units(scene.house.archive(), &scene.house.actor, scene.archive);
        let above = hits.iter().map(|hit| (hit.unit, hit.parents.clone())).collect();
        let all = hits.iter().map(|hit| hit.unit).collect();
        Self { scene, above, all, plans: Vec::new(), holds: Vec::new(), gone: 0 }
    }

    fn standing(&self) -> BTreeSet<UnitId> {
        self.scene.units().into_iter().collect()
    }

    fn is_held(&self, unit: UnitId) -> bool {
        let holds = self.holds.iter().any(|(_, held)| *held == unit);
        holds || self.above[&unit].iter().any(|above| self.is_held(*above))
    }

    fn know(&mut self, plan: Disposal) {
        let read = self.scene.house.may::<Read>();
        let named = self.scene.house.archive().disposal_list(&read, &plan).unwrap().filter_map(|listed| match listed {
            Ok(Listed::Unit(unit)) => (unit.decision == Decision::Destroy).then_some(unit.unit),
            Ok(Listed::Archive(_)) => None,
            Err(error) => panic!("{error}"),
        });
        let named = named.collect();
        self.plans.push(Known { plan, named, agreed: false, visa: false, closed: false });
    }

    fn pick(&self, index: Index) -> Option<usize> {
        (!self.plans.is_empty()).then(|| index.index(self.plans.len()))
    }

    fn plan(&mut self, unit: Option<&Index>, due: bool) {
        let units = unit.map(|index| vec![self.all[index.index(self.all.len())]]).unwrap_or_default();
        let drawn = self.scene.draw(&Choice { units, ..Choice::default() }, if due { DUE } else { EARLY });
        assert!(due || drawn.disposal.is_none(), "what is not due is not planned");
        drawn.disposal.into_iter().for_each(|plan| self.know(plan));
    }

    /// What an agency says; the model notes what was heard.
    fn say(&mut self, at: usize, visa: bool, answer: &Answer) {
        let known = &self.plans[at];
        let heard = if visa {
            self.scene.control(&self.scene.controller, &known.plan, answer)
        } else {
            self.scene.agree(&self.scene.producer, &known.plan, answer)
        };
        let Ok(heard) = heard else { return };
        let known = &mut self.plans[at];
        match answer {
            Answer::Grant if visa => known.visa = true,
            Answer::Grant => known.agreed = true,
            Answer::Refuse | Answer::Except(_) => known.closed = true,
        }
        heard.next.into_iter().for_each(|plan| self.know(plan));
    }

    fn hold(&mut self, index: Index) {
        let unit = self.all[index.index(self.all.len())];
        let request = HoldRequest {
            selection: Selection::Units(vec![unit]),
            reason: "Contentieux".to_owned(),
            owner: None,
            reassess: None,
            until: None,
            prevents_rearrangement: false,
        };
        let placed = self.scene.house.archive().place_hold(&self.scene.house.may(), &request).unwrap();
        self.holds.extend(placed.ok().map(|hold| (hold.id, unit)));
    }

    fn lift(&mut self, index: Index) {
        if self.holds.is_empty() {
            return;
        }
        let (hold, _) = self.holds.remove(index.index(self.holds.len()));
        self.scene.house.archive().lift_hold(&self.scene.house.may(), hold, "Affaire jugée").unwrap().unwrap();
    }

    fn amend(&self, index: Index) {
        let selection = Selection::Units(vec![self.all[index.index(self.all.len())]]);
        let changes =
            Changes { description: cartulaire::domain::amendment::Edit::Set("Revue".to_owned()), ..Changes::default() };
        let request = AmendRequest { selection, changes, reason: "Reprise".to_owned() };
        // A unit that left, or that already says so, is not amended.
        drop(self.scene.house.archive().amend(&self.scene.house.may(), &request, Mode::Act).unwrap());
    }

    /// Carries a plan out, and says what may have gone by it.
    fn eliminate(&mut self, at: usize) -> BTreeSet<UnitId> {
        let known = &self.plans[at];
        let may = known.agreed && known.visa && !known.closed;
        match self.scene.eliminate(&known.plan) {
            Ok(done) => {
                assert!(may, "a plan that nobody authorised was carried out");
                assert_eq!(done.state, DisposalState::Done);
                assert!(!known.named.iter().any(|unit| self.is_held(*unit)), "what was held went");
                let named = known.named.clone();
                self.plans[at].closed = true;
                named
            }
            Err(denial) => {
                assert!(!may || matches!(denial, Denial::Changed(_)), "{denial:?}");
                BTreeSet::new()
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let before = self.standing();
        let mut may_go = BTreeSet::new();
        match step {
            Step::Plan { unit, due } => self.plan(unit.as_ref(), *due),
            Step::Hold(index) => self.hold(*index),
            Step::Lift(index) => self.lift(*index),
            Step::Amend(index) => self.amend(*index),
            Step::Agree(plan) | Step::Visa(plan) | Step::Abandon(plan) | Step::Eliminate(plan) => {
                let Some(at) = self.pick(*plan) else { return };
                match step {
                    Step::Agree(_) => self.say(at, false, &Answer::Grant),
                    Step::Visa(_) => self.say(at, true, &Answer::Grant),
                    Step::Abandon(_) => {
                        let by = self.scene.house.may::<Describe>();
                        let given_up = self.scene.house.archive().abandon(&by, self.plans[at].plan.id).unwrap();
                        self.plans[at].closed |= given_up.is_ok();
                    }
                    _ => may_go = self.eliminate(at),
                }
            }
            Step::Refuse { plan, visa } => {
                let Some(at) = self.pick(*plan) else { return };
                self.say(at, *visa, &Answer::Refuse);
            }
            Step::Except { plan, unit } => {
                let Some(at) = self.pick(*plan) else { return };
                let unit = self.all[unit.index(self.all.len())];
                self.say(at, false, &Answer::Except(vec![unit]));
            }
        }
        let gone: BTreeSet<UnitId> = before.difference(&self.standing()).copied().collect();
        assert_eq!(gone, may_go, "{step:?}");
        self.gone += gone.len();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::with_cases(6) })]

    #[test]
    fn nothing_goes_but_what_an_authorised_plan_names(steps in vec(step(), 8..28)) {
        let house = houses().into_iter().next().unwrap();
        let mut law = Law::new(Scene::of(house));
        for step in &steps {
            law.step(step);
        }
        law.scene.house.archive().flush().unwrap();
        prop_assert_eq!(law.scene.house.archive().verify(&|| {}).unwrap().findings, []);
        assert_rebuilds(&law.scene.house);
    }
}

#[test]
fn the_shortest_way_out_is_a_plan_an_agreement_a_visa_and_the_act() {
    let mut law = Law::new(Scene::of(houses().into_iter().next().unwrap()));
    law.plan(None, true);
    law.step(&Step::Eliminate(first()));
    law.step(&Step::Agree(first()));
    law.step(&Step::Eliminate(first()));
    law.step(&Step::Visa(first()));
    assert_eq!(law.gone, 0);
    law.step(&Step::Eliminate(first()));
    assert_eq!(law.gone, law.all.len());
}

fn first() -> Index {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    any::<Index>().new_tree(&mut runner).unwrap().current()
}
