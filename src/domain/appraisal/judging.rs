//! One unit, judged on its rules in force: what its agencies let go, what they keep, where they contradict each other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::{
    appraisal::{Because, Decision, Reason},
    id::UnitId,
    inheritance::{End, InForce, Inherited, Origin},
};

/// The final action that lets a unit go (`AppraisalRule/FinalAction`).
const DESTROY: &str = "Destroy";

/// What decides of a unit.
pub struct Situation<'a> {
    /// The day.
    pub on: NaiveDate,
    /// The originating agency of its archive.
    pub agency: &'a str,
    /// What is in force of `AppraisalRule`.
    pub appraisal: Option<&'a InForce>,
    /// What is in force of it on each unit just above.
    pub parents: &'a [(UnitId, Option<&'a InForce>)],
    /// The holds in force, by their identifiers.
    pub holds: Vec<String>,
    /// The originating agency of the archive from which a rule comes.
    pub agency_of: &'a dyn Fn(Origin) -> String,
}

/// What becomes of a unit as far as its own rules say, whatever stands below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Kept, let go, or to be settled by a person.
    pub decision: Decision,
    /// Why; empty when it may go.
    pub reasons: Vec<Because>,
    /// The agencies that have a say in it: its own, and those from whose archives rules come.
    pub agencies: BTreeSet<String>,
}

/// What one agency's rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stance {
    Destroy,
    Keep,
    Inconsistent,
}

/// What the rules of each agency amount to.
#[derive(Default)]
struct Stances(BTreeMap<String, Stance>);

impl Stances {
    fn of(on: NaiveDate, appraisal: Option<&InForce>, agency_of: &dyn Fn(Origin) -> String) -> Self {
        let Some(appraisal) = appraisal else { return Self::default() };
        let mut by_agency: BTreeMap<String, (Vec<&Inherited>, Vec<&str>)> = BTreeMap::new();
        for rule in &appraisal.rules {
            by_agency.entry(agency_of(rule.origin)).or_default().0.push(rule);
        }
        for (action, origin) in &appraisal.final_actions {
            by_agency.entry(agency_of(*origin)).or_default().1.push(action);
        }
        let stance = |(agency, (rules, actions)): (String, (Vec<&Inherited>, Vec<&str>))| {
            let over = !rules.is_empty() && rules.iter().all(|rule| rule.end.is_past(on));
            let stance = match (over, actions.contains(&DESTROY), actions.iter().all(|action| *action == DESTROY)) {
                (true, true, true) => Stance::Destroy,
                (true, true, false) => Stance::Inconsistent,
                _ => Stance::Keep,
            };
            (agency, stance)
        };
        Self(by_agency.into_iter().map(stance).collect())
    }

    fn taken(&self, stance: Stance) -> Vec<String> {
        self.0.iter().filter(|(_, taken)| **taken == stance).map(|(agency, _)| agency.clone()).collect()
    }
}

/// Judges a unit by itself. Without an appraisal rule in force it is kept.
pub fn judge(situation: &Situation<'_>) -> Judgement {
    let stances = Stances::of(situation.on, situation.appraisal, situation.agency_of);
    let (destroy, keep) = (stances.taken(Stance::Destroy), stances.taken(Stance::Keep));
    let inconsistent = stances.taken(Stance::Inconsistent);
    let decision = if inconsistent.is_empty() && destroy.is_empty() {
        Decision::Keep
    } else if inconsistent.is_empty() && keep.is_empty() && situation.holds.is_empty() {
        Decision::Destroy
    } else {
        Decision::Conflict
    };
    let mut reasons = Vec::new();
    match decision {
        Decision::Destroy => {}
        Decision::Keep => reasons.extend(kept(situation)),
        Decision::Conflict => {
            if !inconsistent.is_empty() {
                reasons.push(Because { reason: Reason::FinalActionInconsistency, about: inconsistent });
            }
            if destroy.iter().any(|agency| agency == situation.agency) && !keep.is_empty() {
                reasons.push(Because { reason: Reason::KeepAccessSp, about: keep });
            }
            reasons.extend(inconsistent_links(situation));
            if !situation.holds.is_empty() {
                reasons.push(Because { reason: Reason::BlockedByHoldRule, about: situation.holds.clone() });
            }
        }
    }
    let agencies = stances.0.into_keys().chain([situation.agency.to_owned()]).collect();
    Judgement { decision, reasons, agencies }
}

/// Why nothing lets a unit go.
fn kept(situation: &Situation<'_>) -> Vec<Because> {
    let rules = situation.appraisal.map_or(&[][..], |appraisal| appraisal.rules.as_slice());
    let because = |reason, is_meant: &dyn Fn(End) -> bool| {
        let about: Vec<String> = rules.iter().filter(|rule| is_meant(rule.end)).map(|rule| rule.rule.clone()).collect();
        (!about.is_empty()).then_some(Because { reason, about })
    };
    let endless = because(Reason::RuleWithoutEnd, &|end| !matches!(end, End::Day(_)));
    let running = because(Reason::RuleNotExpired, &|end| matches!(end, End::Day(day) if day > situation.on));
    let mut reasons: Vec<Because> = endless.into_iter().chain(running).collect();
    if rules.is_empty() {
        reasons.push(Because { reason: Reason::NoAppraisalRule, about: Vec::new() });
    } else if reasons.is_empty() {
        reasons.push(Because { reason: Reason::FinalActionKeep, about: Vec::new() });
    }
    reasons
}

/// The units just above that bring agencies of which some let the unit go and others keep it.
fn inconsistent_links(situation: &Situation<'_>) -> Vec<Because> {
    let Some(own) = situation.appraisal else { return Vec::new() };
    let link = |(parent, above): &(UnitId, Option<&InForce>)| {
        let mut brought = (*above)?.clone();
        brought.rules.retain(|rule| own.rules.contains(rule));
        brought.final_actions.retain(|action| own.final_actions.contains(action));
        let stances = Stances::of(situation.on, Some(&brought), situation.agency_of);
        let divided = !stances.taken(Stance::Destroy).is_empty() && !stances.taken(Stance::Keep).is_empty();
        divided.then(|| Because { reason: Reason::AccessLinkInconsistency, about: vec![parent.to_string()] })
    };
    situation.parents.iter().filter_map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        id::{ArchiveId, Id},
        rule::Category,
    };

    fn id<K>(number: u8) -> Id<K> {
        format!("01939e6c-0000-7000-8000-0000000000{number:02x}").parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The archive of number `n` is of the agency of the `n`th letter.
    fn archive(agency: char) -> Origin {
        Origin::Archive(id::<crate::domain::id::ArchiveKind>(u8::try_from(agency).unwrap()))
    }

    fn agency_of(origin: Origin) -> String {
        let find = |id: ArchiveId| ('A'..='Z').find(|letter| archive(*letter) == Origin::Archive(id)).unwrap();
        let Origin::Archive(id) = origin else { panic!("only archives say rules here") };
        find(id).to_string()
    }

    fn in_force(rules: &[(&str, char, End)], actions: &[(&str, char)]) -> InForce {
        let rule = |(rule, agency, end): &(&str, char, End)| Inherited {
            rule: (*rule).to_owned(),
            origin: archive(*agency),
            start: None,
            end: *end,
            paths: Vec::new(),
        };
        let action = |(action, agency): &(&str, char)| ((*action).to_owned(), archive(*agency));
        InForce {
            category: Category::Appraisal,
            rules: rules.iter().map(rule).collect(),
            final_actions: actions.iter().map(action).collect(),
            cuts: Vec::new(),
        }
    }

    fn judged(appraisal: Option<&InForce>, holds: &[&str], parents: &[(UnitId, Option<&InForce>)]) -> Judgement {
        let holds = holds.iter().map(|one| (*one).to_owned()).collect();
        judge(&Situation { on: day("2026-01-01"), agency: "A", appraisal, parents, holds, agency_of: &agency_of })
    }

    const PAST: &str = "2020-01-01";

    fn past() -> End {
        End::Day(day(PAST))
    }

    fn because(judgement: &Judgement) -> Vec<(Reason, Vec<&str>)> {
        fn plain(one: &Because) -> (Reason, Vec<&str>) {
            (one.reason, one.about.iter().map(String::as_str).collect())
        }
        judgement.reasons.iter().map(plain).collect()
    }

    #[test]
    fn what_ran_out_and_says_destroy_goes_from_the_very_day_of_its_end() {
        let gone = in_force(&[("R", 'A', End::Day(day("2026-01-01")))], &[("Destroy", 'A')]);
        assert_eq!(judged(Some(&gone), &[], &[]).decision, Decision::Destroy);
        let running = in_force(&[("R", 'A', End::Day(day("2026-01-02")))], &[("Destroy", 'A')]);
        let kept = judged(Some(&running), &[], &[]);
        assert_eq!((kept.decision, because(&kept)), (Decision::Keep, vec![(Reason::RuleNotExpired, vec!["R"])]));
    }

    #[test]
    fn what_has_no_rule_no_end_or_no_final_action_is_kept() {
        let kept = judged(None, &["HOL"], &[]);
        assert_eq!((kept.decision, because(&kept)), (Decision::Keep, vec![(Reason::NoAppraisalRule, vec![])]));
        for end in [End::Never, End::Unknown] {
            let kept = judged(Some(&in_force(&[("R", 'A', end)], &[("Destroy", 'A')])), &[], &[]);
            assert_eq!(because(&kept), [(Reason::RuleWithoutEnd, vec!["R"])]);
        }
        for actions in [&[][..], &[("Keep", 'A')]] {
            let kept = judged(Some(&in_force(&[("R", 'A', past())], actions)), &[], &[]);
            assert_eq!((kept.decision, because(&kept)), (Decision::Keep, vec![(Reason::FinalActionKeep, vec![])]));
        }
    }

    #[test]
    fn contradictions_and_holds_are_conflicts() {
        let both = in_force(&[("R", 'A', past())], &[("Destroy", 'A'), ("Keep", 'A')]);
        let found = judged(Some(&both), &[], &[]);
        assert_eq!(found.decision, Decision::Conflict);
        assert_eq!(because(&found), [(Reason::FinalActionInconsistency, vec!["A"])]);
        let gone = in_force(&[("R", 'A', past())], &[("Destroy", 'A')]);
        let held = judged(Some(&gone), &["HOL-1"], &[]);
        let expected = (Decision::Conflict, vec![(Reason::BlockedByHoldRule, vec!["HOL-1"])]);
        assert_eq!((held.decision, because(&held)), expected);
    }

    #[test]
    fn an_agency_that_keeps_stops_the_one_that_lets_go() {
        let divided = in_force(&[("R", 'A', past()), ("S", 'B', End::Never)], &[("Destroy", 'A'), ("Destroy", 'B')]);
        let (near, far): (UnitId, UnitId) = (id(1), id(2));
        let only_a = in_force(&[("R", 'A', past())], &[("Destroy", 'A')]);
        let found = judged(Some(&divided), &[], &[(near, Some(&divided)), (far, Some(&only_a))]);
        assert_eq!(found.decision, Decision::Conflict);
        let parent = near.to_string();
        let expected = [(Reason::KeepAccessSp, vec!["B"]), (Reason::AccessLinkInconsistency, vec![parent.as_str()])];
        assert_eq!(because(&found), expected);
        assert_eq!(found.agencies, BTreeSet::from(["A".to_owned(), "B".to_owned()]));
        // Its own agency keeps it while another lets it go: access is not what is at stake.
        let other = in_force(&[("R", 'A', End::Never), ("S", 'B', past())], &[("Destroy", 'A'), ("Destroy", 'B')]);
        let found = judged(Some(&other), &[], &[]);
        assert_eq!((found.decision, because(&found)), (Decision::Conflict, vec![]));
    }
}
