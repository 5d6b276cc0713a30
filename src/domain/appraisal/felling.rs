//! Leaf first: of the units that may go, those that must stay because something that stays hangs on them.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use crate::domain::id::UnitId;

/// What keeps a unit that might have gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// The unit that stays and hangs on it.
    pub unit: UnitId,
    /// Whether it stands below; it only refers to the unit's objects otherwise.
    pub below: bool,
}

/// Of `candidates`, those that must stay, each with one unit that keeps it. `links` says what hangs on a candidate: units
/// below it, in whatever archive, and units that refer to its objects. Whatever is no candidate stays.
#[expect(clippy::implicit_hasher, reason = "one map of ours, never another's")]
pub fn survivors(
    candidates: &HashSet<UnitId>,
    links: impl IntoIterator<Item = (UnitId, Survivor)>,
) -> HashMap<UnitId, Survivor> {
    let mut kept: HashMap<UnitId, Survivor> = HashMap::new();
    let mut bearers: HashMap<UnitId, Vec<(UnitId, bool)>> = HashMap::new();
    let mut waiting: Vec<(UnitId, Survivor)> = Vec::new();
    for (bearer, hanging) in links {
        if !candidates.contains(&bearer) {
            continue;
        }
        if candidates.contains(&hanging.unit) {
            bearers.entry(hanging.unit).or_default().push((bearer, hanging.below));
        } else {
            waiting.push((bearer, hanging));
        }
    }
    while let Some((bearer, by)) = waiting.pop() {
        if let Entry::Vacant(unkept) = kept.entry(bearer) {
            unkept.insert(by);
            let above = bearers.get(&bearer).into_iter().flatten();
            waiting.extend(above.map(|(above, below)| (*above, Survivor { unit: bearer, below: *below })));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::domain::id::Id;

    fn id(number: u8) -> UnitId {
        format!("01939e6c-0000-7000-8000-0000000000{number:02x}").parse::<Id<_>>().unwrap()
    }

    proptest! {
        /// On any graph, loops included: nothing that goes bears anything that stays, and nothing stays without need.
        #[test]
        fn nothing_goes_that_bears_what_stays_and_nothing_stays_without_need(
            chosen in proptest::collection::hash_set(0_u8..24, 0..24),
            links in vec((0_u8..24, 0_u8..24, any::<bool>()), 0..60),
        ) {
            let candidates: HashSet<UnitId> = chosen.into_iter().map(id).collect();
            let links: Vec<(UnitId, Survivor)> =
                links.into_iter().map(|(a, b, below)| (id(a), Survivor { unit: id(b), below })).collect();
            let kept = survivors(&candidates, links.clone());
            let goes = |unit: &UnitId| candidates.contains(unit) && !kept.contains_key(unit);
            for (bearer, hanging) in &links {
                prop_assert!(!goes(bearer) || goes(&hanging.unit));
            }
            for (unit, by) in &kept {
                prop_assert!(candidates.contains(unit) && !goes(&by.unit) && links.contains(&(*unit, *by)));
                // Following what keeps what ends at something that was never to go: no loop keeps itself.
                let (mut at, mut steps) = (*unit, 0);
                while let Some(next) = kept.get(&at) {
                    at = next.unit;
                    steps += 1;
                    prop_assert!(steps <= kept.len());
                }
                prop_assert!(!candidates.contains(&at));
            }
        }
    }
}
