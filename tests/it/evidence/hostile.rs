//! Records that were cut or changed at every byte: read or not, they are never taken for valid.

use super::*;

fn record() -> Vec<u8> {
    let mut shelf = Shelf::new(Algorithm::Sha256, &[vec![1, 2], vec![3], vec![4]]);
    shelf.renew_time_stamp(50);
    shelf.renew_hash_tree(Algorithm::Sha512, 90);
    shelf.record(0)
}

/// Whether bytes are a record that proves both files.
fn proves(der: &[u8]) -> bool {
    let Ok(record) = Record::read(der) else { return false };
    verify(&record, &given(&[1, 2]), &TOKENS, day(100)).unwrap().judgement.outcome == Outcome::Valid
}

#[test]
fn a_record_cut_anywhere_or_longer_than_itself_is_not_read() {
    let der = record();
    assert!(proves(&der));
    for length in 0..der.len() {
        assert!(Record::read(&der[..length]).is_err(), "{length} bytes of {}", der.len());
    }
    assert!(Record::read(&[der.as_slice(), b"\0"].concat()).is_err());
}

#[test]
fn a_record_changed_at_any_byte_proves_nothing() {
    let der = record();
    for at in 0..der.len() {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = der.clone();
            changed[at] ^= change;
            assert!(!proves(&changed), "byte {at} changed by {change:#x}");
        }
    }
}

#[test]
fn noise_is_never_a_record() {
    for seed in 0..2000_u32 {
        let noise = sha512(&seed.to_be_bytes());
        assert!(Record::read(noise.bytes()).is_err());
        assert!(Record::read(&[&[0x30, 64], noise.bytes().as_slice()].concat()).is_err());
    }
}
