//! What every record proves, whatever its groups and renewals, and what it never does.

use proptest::prelude::*;

use super::*;

/// Groups of files without a file in common.
fn groups() -> impl Strategy<Value = Vec<Vec<u32>>> {
    prop::collection::vec(1u32..5, 1..9).prop_map(|sizes| {
        let mut next = 0..;
        sizes.into_iter().map(|size| next.by_ref().take(usize::try_from(size).unwrap()).collect()).collect()
    })
}

/// Renewals, one every 50 days: `None` of the time-stamp, or of the hash tree by an algorithm.
fn renewals() -> impl Strategy<Value = Vec<Option<Algorithm>>> {
    let algorithm = prop::sample::select(vec![Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512]);
    prop::collection::vec(prop::option::of(algorithm), 0..5)
}

fn aged(groups: &[Vec<u32>], renewals: &[Option<Algorithm>]) -> (Shelf, i64) {
    let mut shelf = Shelf::new(Algorithm::Sha512, groups);
    let mut on = 0;
    for renewal in renewals {
        on += 50;
        match renewal {
            None => shelf.renew_time_stamp(on),
            Some(algorithm) => shelf.renew_hash_tree(*algorithm, on),
        }
    }
    (shelf, on + 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_part_of_any_group_is_proven_and_nothing_else_is(
        groups in groups(),
        renewals in renewals(),
        keep in any::<u8>(),
    ) {
        let (shelf, on) = aged(&groups, &renewals);
        for (place, files) in groups.iter().enumerate() {
            let der = shelf.record(place);
            let part: Vec<u32> = files.iter().copied().filter(|file| keep >> (file % 8) & 1 == 1).collect();
            let verdict = judged(&der, &given(&part), on);
            let expected = if part.is_empty() { Outcome::NotVerified } else { Outcome::Valid };
            prop_assert_eq!(verdict.judgement.outcome, expected, "{:?}", verdict.judgement.reasons);
            prop_assert_eq!(verdict.not_given, files.len() - part.len());
            prop_assert_eq!(verdict.time_stamps.len(), renewals.len() + 1);

            let mut added = files.clone();
            added.push(groups.get(place + 1).map_or(9999, |other| other[0]));
            let verdict = judged(&der, &given(&added), on);
            prop_assert_eq!(verdict.judgement.outcome, Outcome::Invalid);
            let told: Vec<Outcome> = verdict.objects.iter().map(|object| object.judgement.outcome).collect();
            prop_assert!(told[..files.len()].iter().all(|outcome| *outcome == Outcome::Valid));
            prop_assert_eq!(told[files.len()], Outcome::Invalid);
        }
    }

    #[test]
    fn an_object_altered_for_one_algorithm_only_is_found_by_the_chain_that_uses_it(
        groups in groups(),
        renewals in renewals(),
    ) {
        let (shelf, on) = aged(&groups, &renewals);
        for algorithm in Record::read(&shelf.record(0)).unwrap().algorithms() {
            let mut altered = given(&groups[0]);
            altered[0].hashes.insert(algorithm, hash(algorithm, 9999));
            prop_assert_eq!(judged(&shelf.record(0), &altered, on).judgement.outcome, Outcome::Invalid);
            altered[0].hashes.remove(&algorithm);
            prop_assert_eq!(judged(&shelf.record(0), &altered, on).judgement.outcome, Outcome::NotVerified);
        }
    }

    #[test]
    fn a_record_comes_back_byte_for_byte(groups in groups(), renewals in renewals()) {
        use cartulaire::proof::evidence::asn1::{self, EvidenceRecord};
        let der = aged(&groups, &renewals).0.record(0);
        let again: EvidenceRecord = asn1::decode(&der).unwrap();
        prop_assert!(asn1::encode(&again).unwrap() == der);
    }
}

#[test]
fn groups_that_share_files_or_are_the_same_are_each_proven() {
    let groups = [vec![1, 2, 3], vec![2, 3], vec![3], vec![3], vec![1, 2, 3]];
    let shelf = Shelf::new(Algorithm::Sha256, &groups);
    for (place, files) in groups.iter().enumerate() {
        is(&judged(&shelf.record(place), &given(files), 1), Outcome::Valid, "");
    }
    is(&judged(&shelf.record(2), &given(&[2]), 1), Outcome::Invalid, "pas parmi les objets que la chaîne 1 protège");
}
