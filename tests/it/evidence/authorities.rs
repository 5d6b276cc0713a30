//! Records with real tokens: authorities that age, trust that is given or not, and a record kept from an older day.

use cartulaire::{
    pki::{
        authority::Authority,
        timestamp::{Asked, read_response, request},
        trust::Trust,
    },
    proof::evidence::{asn1, verify::verify_believing},
};

use super::*;

/// A succession of authorities: one is founded for each token, and its certificates stand for 100 days.
#[derive(Default)]
pub struct Succession {
    roots: Vec<String>,
}

impl Succession {
    fn token(&mut self, imprint: &HashValue, algorithm: Algorithm, on: i64) -> Vec<u8> {
        let number = self.roots.len() + 1;
        let files = Authority::create(&format!("Horodatage {number}"), day(on), 100).unwrap();
        let authority = Authority::from_pem(files.certificate.as_bytes(), files.key.as_bytes()).unwrap();
        let imprint = Imprint { algorithm, value: imprint.bytes().to_vec() };
        let asked = Asked { imprint, nonce: Some(7), policy: None };
        let mut serial = [1; 16];
        serial[15] = u8::try_from(number).unwrap();
        let answer = authority.answer(&request(&asked).unwrap(), day(on), serial).unwrap();
        self.roots.push(files.root);
        read_response(&answer, &asked).unwrap().der().to_vec()
    }

    /// The roots in PEM.
    pub fn pem(&self) -> String {
        self.roots.concat()
    }

    fn trust(&self) -> Trust {
        Trust::from_pem(self.pem().as_bytes(), b"").unwrap()
    }
}

/// A record over the files 1 and 2, with two renewals of each kind when `renewed`: on days 0, 90, 180, 270, 360.
pub fn record(renewed: bool) -> (Succession, Vec<u8>) {
    let mut authorities = Succession::default();
    let files = [group(Algorithm::Sha256, &[1, 2]), group(Algorithm::Sha256, &[3])];
    let (tree, mut reduced) = grown(Algorithm::Sha256, &files);
    let mut trees = vec![reduced.swap_remove(0)];
    let token = authorities.token(&tree.root().unwrap(), Algorithm::Sha256, 0);
    let mut sequence = RootSequence::begin(Algorithm::Sha256, &token);
    let mut algorithm = Algorithm::Sha256;
    for (on, next) in [(90, None), (180, Some(Algorithm::Sha384)), (270, None), (360, Some(Algorithm::Sha512))] {
        if !renewed {
            break;
        }
        let Some(next) = next else {
            let token = authorities.token(&sequence.renewal().unwrap(), algorithm, on);
            sequence.renew_time_stamp(None, &token).unwrap();
            continue;
        };
        algorithm = next;
        let older = sequence.completed(&trees).unwrap();
        let group = renewed_group(algorithm, &group(algorithm, &[1, 2]), &older).unwrap().unwrap();
        let (tree, mut reduced) = grown(algorithm, &[group]);
        let token = authorities.token(&tree.root().unwrap(), algorithm, on);
        sequence.renew_hash_tree(algorithm, &token);
        trees.push(reduced.swap_remove(0));
    }
    let der = asn1::encode(&sequence.record(&trees).unwrap()).unwrap();
    (authorities, der)
}

fn judged(trust: &Trust, der: &[u8], files: &[u32], on: i64) -> Verdict {
    verify_believing(trust, &Record::read(der).unwrap(), &given(files), day(on)).unwrap()
}

#[test]
fn authorities_may_age_as_long_as_each_is_renewed_in_time() {
    let (authorities, der) = record(true);
    let trust = authorities.trust();
    let verdict = judged(&trust, &der, &[1, 2], 450);
    is(&verdict, Outcome::Valid, "");
    assert_eq!(verdict.time_stamps.len(), 5);
    assert_eq!(verdict.time_stamps[4].until, Some(day(460)));
    assert!(verdict.time_stamps[0].authority.as_ref().unwrap().contains("Horodatage 1"));
    is(&judged(&trust, &der, &[1], 461), Outcome::Invalid, "avait expiré");
    is(&judged(&trust, &der, &[3], 450), Outcome::Invalid, "pas parmi les objets que la chaîne 1 protège");
}

#[test]
fn an_authority_that_nobody_believes_leaves_the_record_unverified() {
    let (mut authorities, der) = record(true);
    is(&judged(&Trust::default(), &der, &[1], 450), Outcome::NotVerified, "aucune racine de confiance n’est donnée");
    authorities.roots.remove(2);
    let verdict = judged(&authorities.trust(), &der, &[1], 450);
    is(&verdict, Outcome::NotVerified, "ne remonte à aucune racine de confiance");
    let told: Vec<Outcome> = verdict.time_stamps.iter().map(|stamp| stamp.judgement.outcome).collect();
    assert_eq!(told.iter().filter(|outcome| **outcome == Outcome::Valid).count(), 4);
}

#[test]
fn a_record_with_a_real_token_changed_at_any_byte_or_cut_proves_nothing() {
    let (authorities, der) = record(false);
    let trust = authorities.trust();
    let given = given(&[1, 2]);
    let proves = |der: &[u8]| {
        let Ok(record) = Record::read(der) else { return false };
        verify_believing(&trust, &record, &given, day(1)).unwrap().judgement.outcome == Outcome::Valid
    };
    assert!(proves(&der));
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= if at % 2 == 0 { 0x01 } else { 0x80 };
        assert!(!proves(&changed), "byte {at} of {}", der.len());
        assert!(!proves(&der[..at]), "{at} bytes of {}", der.len());
    }
}

/// A record made on one day must be verified for ever: `UPDATE=1` makes another.
#[test]
fn a_record_kept_from_an_older_day_is_still_valid() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/evidence/golden");
    if std::env::var_os("UPDATE").is_some() {
        let (authorities, der) = record(true);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("record.ers"), der).unwrap();
        std::fs::write(folder.join("roots.pem"), authorities.pem()).unwrap();
    }
    let der = std::fs::read(folder.join("record.ers")).unwrap();
    let trust = Trust::from_pem(&std::fs::read(folder.join("roots.pem")).unwrap(), b"").unwrap();
    is(&judged(&trust, &der, &[1, 2], 450), Outcome::Valid, "");
}
