//! Renewals in time and too late, in order and out of it, and records of other shapes than ours.

use rasn::types::{Any, OctetString};

use super::*;
use cartulaire::proof::evidence::asn1::{self, ArchiveTimeStamp, EvidenceRecord};

fn shelf() -> Shelf {
    Shelf::new(Algorithm::Sha256, &[vec![1, 2], vec![3], vec![4, 5, 6]])
}

/// A record changed by hand.
fn changed(der: &[u8], change: impl FnOnce(&mut EvidenceRecord)) -> Vec<u8> {
    let mut record: EvidenceRecord = asn1::decode(der).unwrap();
    change(&mut record);
    asn1::encode(&record).unwrap()
}

fn stamp(algorithm: Option<Algorithm>, tree: Option<&[Vec<HashValue>]>, token: Vec<u8>) -> ArchiveTimeStamp {
    let octets = |value: &HashValue| OctetString::from(value.bytes().to_vec());
    ArchiveTimeStamp {
        digest_algorithm: algorithm.map(asn1::identifier),
        attributes: None,
        reduced_hashtree: tree.map(|lists| lists.iter().map(|list| list.iter().map(octets).collect()).collect()),
        time_stamp: Any::new(token),
    }
}

fn record(chains: Vec<Vec<ArchiveTimeStamp>>) -> Vec<u8> {
    let digest_algorithms = vec![asn1::identifier(Algorithm::Sha256)];
    let record = EvidenceRecord {
        version: 1.into(),
        digest_algorithms,
        crypto_infos: None,
        encryption_info: None,
        sequence: chains,
    };
    asn1::encode(&record).unwrap()
}

#[test]
fn two_renewals_of_each_kind_prove_for_as_long_as_the_last_certificate_stands() {
    let mut shelf = shelf();
    shelf.renew_time_stamp(90);
    shelf.renew_hash_tree(Algorithm::Sha384, 180);
    shelf.renew_time_stamp(270);
    shelf.renew_hash_tree(Algorithm::Sha512, 360);
    for (place, files) in [(0, vec![1, 2]), (1, vec![3]), (2, vec![6])] {
        let der = shelf.record(place);
        let verdict = judged(&der, &given(&files), 460);
        is(&verdict, Outcome::Valid, "");
        let told: Vec<(usize, usize)> = verdict.time_stamps.iter().map(|stamp| (stamp.chain, stamp.place)).collect();
        assert_eq!(told, [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]);
        assert_eq!(verdict.time_stamps[0].until, Some(day(100)));
        assert_eq!(verdict.time_stamps[4].algorithm, Some(Algorithm::Sha512));
        is(&judged(&der, &given(&files), 461), Outcome::Invalid, "Horodatage 1 de la chaîne 3 : le certificat avait");
        is(&judged(&der, &given(&files), 359), Outcome::Invalid, "postérieur à l’instant de la vérification");
        is(&judged(&der, &[], 400), Outcome::NotVerified, "Objets non fournis");
    }
    assert_eq!(
        Record::read(&shelf.record(0)).unwrap().algorithms(),
        [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512]
    );
}

#[test]
fn a_renewal_after_the_certificate_ended_renews_nothing() {
    for by_tree in [false, true] {
        let mut late = shelf();
        if by_tree {
            late.renew_hash_tree(Algorithm::Sha512, 101);
        } else {
            late.renew_time_stamp(101);
        }
        is(
            &judged(&late.record(0), &given(&[1]), 102),
            Outcome::Invalid,
            "Horodatage 1 de la chaîne 1 : le certificat",
        );
    }
}

#[test]
fn time_never_goes_back() {
    let mut shelf = shelf();
    shelf.renew_time_stamp(-1);
    is(&judged(&shelf.record(0), &given(&[1]), 1), Outcome::Invalid, "postérieur à l’horodatage qui le renouvelle");
}

#[test]
fn several_sequences_share_one_renewal() {
    let mut shelves = [shelf(), Shelf::new(Algorithm::Sha256, &[vec![7]]), Shelf::new(Algorithm::Sha256, &[vec![8]])];
    let renewed: Vec<Group> =
        shelves.iter().map(|shelf| Group::new(vec![shelf.sequence.renewal().unwrap()]).unwrap()).collect();
    let (tree, reduced) = grown(Algorithm::Sha256, &renewed);
    let shared = token(&tree.root().unwrap(), day(90), day(190));
    for (shelf, reduced) in shelves.iter_mut().zip(&reduced) {
        shelf.sequence.renew_time_stamp(Some(reduced), &shared).unwrap();
    }
    for (shelf, file) in shelves.iter().zip([2, 7, 8]) {
        is(&judged(&shelf.record(0), &given(&[file]), 150), Outcome::Valid, "");
    }
    let other = &shelves[2].record(0);
    let stolen = changed(&shelves[1].record(0), |record| {
        let other: EvidenceRecord = asn1::decode(other).unwrap();
        record.sequence[0][1] = other.sequence[0][1].clone();
    });
    is(&judged(&stolen, &given(&[7]), 150), Outcome::Invalid, "ne couvre pas l’horodatage précédent");
}

#[test]
fn a_chain_taken_from_another_record_is_not_taken() {
    let mut shelf = shelf();
    shelf.renew_hash_tree(Algorithm::Sha512, 50);
    let other: EvidenceRecord = asn1::decode(&shelf.record(1)).unwrap();
    let mixed = changed(&shelf.record(0), |record| record.sequence[1] = other.sequence[1].clone());
    is(&judged(&mixed, &given(&[1]), 60), Outcome::Invalid, "pas parmi les objets que la chaîne 2 protège");
    let without = changed(&shelf.record(0), |record| drop(record.sequence.remove(0)));
    is(&judged(&without, &given(&[1]), 60), Outcome::Invalid, "pas parmi les objets");
    let swapped = changed(&shelf.record(0), |record| record.sequence.reverse());
    is(&judged(&swapped, &given(&[1]), 60), Outcome::Invalid, "postérieur à l’horodatage qui le renouvelle");
}

#[test]
fn an_algorithm_that_the_record_or_the_chain_does_not_use_is_refused() {
    let mut shelf = shelf();
    shelf.renew_time_stamp(50);
    let silent = changed(&shelf.record(0), |record| record.digest_algorithms.clear());
    is(&judged(&silent, &given(&[1]), 60), Outcome::Invalid, "n’annonce pas l’algorithme SHA-256");
    let other = changed(&shelf.record(0), |record| {
        record.digest_algorithms.push(asn1::identifier(Algorithm::Sha512));
        let renewed = HashValue::of(Algorithm::Sha512, &[record.sequence[0][0].time_stamp.as_bytes()]).unwrap();
        record.sequence[0][1] = stamp(Some(Algorithm::Sha512), None, token(&renewed, day(50), day(150)));
    });
    is(&judged(&other, &given(&[1]), 60), Outcome::Invalid, "pas celui de sa chaîne");
    let lying = changed(&shelf.record(0), |record| {
        record.sequence[0][0].digest_algorithm = Some(asn1::identifier(Algorithm::Sha512));
    });
    is(&judged(&lying, &given(&[1]), 60), Outcome::Invalid, "n’est pas en SHA-512");
}

#[test]
fn weak_and_unknown_algorithms_never_make_a_record_valid() {
    let weak = Shelf::new(Algorithm::Sha1, &[vec![1]]);
    is(&judged(&weak.record(0), &given(&[1]), 1), Outcome::NotVerified, "SHA-1 n’est plus un algorithme sûr.");
    let unknown = changed(&shelf().record(0), |record| {
        let identifier = record.sequence[0][0].digest_algorithm.as_mut().unwrap();
        identifier.algorithm = rasn::types::ObjectIdentifier::new_unchecked(vec![1, 2, 3].into());
    });
    is(&judged(&unknown, &given(&[1]), 1), Outcome::NotVerified, "« 1.2.3 » n’est pas connu");
}

#[test]
fn a_record_with_the_algorithm_of_its_time_stamp_and_no_tree_proves_one_object() {
    let one = hash(Algorithm::Sha256, 1);
    let der = record(vec![vec![stamp(None, None, token(&one, day(0), day(100)))]]);
    is(&judged(&der, &given(&[1]), 1), Outcome::Valid, "");
    is(&judged(&der, &given(&[2]), 1), Outcome::Invalid, "pas parmi les objets");
    is(&judged(&der, &given(&[1, 2]), 1), Outcome::Invalid, "Objet « fichier 2 »");
    assert_eq!(Record::read(&der).unwrap().algorithms(), [Algorithm::Sha256]);
}

#[test]
fn a_tree_as_the_standard_draws_it_is_followed() {
    // RFC 4998, 4.2: the object stands beside its neighbours in the first list, in any order; levels of any width.
    let value = |file| hash(Algorithm::Sha256, file);
    let lists = [vec![value(9), value(1), value(5)], vec![value(7), value(8), value(6)]];
    let root = ReducedTree::read(
        Algorithm::Sha256,
        &lists.clone().map(|list| list.iter().map(|value| value.bytes().to_vec()).collect::<Vec<_>>()),
    )
    .unwrap()
    .root(Algorithm::Sha256)
    .unwrap()
    .unwrap();
    let der = record(vec![vec![stamp(Some(Algorithm::Sha256), Some(&lists), token(&root, day(0), day(100)))]]);
    let verdict = judged(&der, &given(&[1]), 1);
    is(&verdict, Outcome::Valid, "");
    assert_eq!(verdict.not_given, 2);
    is(&judged(&der, &given(&[7]), 1), Outcome::Invalid, "pas parmi les objets");
    let swapped = [lists[1].clone(), lists[0].clone()];
    let der = record(vec![vec![stamp(Some(Algorithm::Sha256), Some(&swapped), token(&root, day(0), day(100)))]]);
    is(&judged(&der, &given(&[7]), 1), Outcome::Invalid, "ne mène pas à l’empreinte horodatée");
}

#[test]
fn what_the_standard_keeps_beside_the_chains_changes_nothing() {
    let der = changed(&shelf().record(0), |record| {
        record.encryption_info = Some(asn1::EncryptionInfo {
            kind: rasn::types::ObjectIdentifier::new_unchecked(vec![1, 2, 3].into()),
            value: Any::new(vec![5, 0]),
        });
    });
    is(&judged(&der, &given(&[1, 2]), 1), Outcome::Valid, "");
}

#[test]
fn records_without_chains_of_another_version_or_with_too_many_are_not_read() {
    let refused = |change: fn(&mut EvidenceRecord)| Record::read(&changed(&shelf().record(0), change)).unwrap_err().0;
    assert!(refused(|record| record.sequence.clear()).contains("chaîne sans horodatage"));
    assert!(refused(|record| record.sequence.push(Vec::new())).contains("chaîne sans horodatage"));
    assert!(refused(|record| record.version = 2.into()).contains("version"));
    assert!(refused(|record| record.sequence = vec![record.sequence[0].clone(); 65]).contains("plus de 64 chaînes"));
}
