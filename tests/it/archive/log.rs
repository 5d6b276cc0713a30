//! The log over real deposits: every line under a checkpoint, proofs that verify, what a crash or an older copy leaves.

use std::{fs, net::TcpListener, path::Path, sync::Arc, thread};

use cartulaire::{
    archive::{log::Fault, stamps::Stamping},
    boot::{self, SystemClock},
    domain::{
        clock::{Clock, Timestamp},
        mandate::Deposit,
    },
    http::{
        tsa,
        witness::{self, seat::Seat},
    },
    pki::{authority::Authority, timestamp::Token, trust::Trust},
    proof::{checkpoint::SignedCheckpoint, entry::Entry, policy::Policy, tlog_proof::TlogProof, vkey::Vkey},
};

use crate::{
    archive::{Hands, House, houses, houses_at, settle},
    fixtures,
};

fn checkpoint(volume: &Path) -> SignedCheckpoint {
    SignedCheckpoint::parse(&fs::read(volume.join("log/checkpoint")).unwrap()).unwrap()
}

fn vkeys(house: &House) -> Vec<Vkey> {
    house.archive().log_keys().unwrap().0.iter().map(|key| key.vkey.parse().unwrap()).collect()
}

#[test]
fn every_line_is_under_a_checkpoint_on_every_volume_when_its_act_is_answered() {
    for house in houses() {
        let before = house.store().log_size().unwrap();
        house.accept(&fixtures::accepted()[0].path);
        let size = house.store().log_size().unwrap();
        assert!(size > before);
        let keys = vkeys(&house);
        for volume in house.volumes() {
            let signed = checkpoint(&volume);
            assert_eq!(signed.checkpoint().size(), size, "{}", house.engine);
            assert_eq!(signed.verify(&keys).unwrap().len(), 1);
            assert_eq!(signed.note().signatures().len(), 2, "Ed25519, and ML-DSA-44 beside it");
        }
    }
}

#[test]
fn the_reply_comes_with_a_proof_that_stands_alone() {
    for house in houses() {
        let settled = house.settle(&fixtures::accepted()[0].path);
        house.accept(&fixtures::accepted()[1].path);
        let proof = house.archive().proof_of_transfer(&house.may::<Deposit>(), &settled.transfer).unwrap().unwrap();
        let read = TlogProof::parse(proof.to_string().as_bytes()).unwrap();
        let entry = read.extra.clone().unwrap();
        read.verify(&entry, &vkeys(&house), &Policy::none()).unwrap();
        assert!(Entry::parse(&entry).is_ok());
        let mut other = entry;
        *other.last_mut().unwrap() ^= 1;
        assert!(read.verify(&other, &vkeys(&house), &Policy::none()).is_err());
        let refused = house.settle(&fixtures::refused()[0].path);
        let proof = house.archive().proof_of_transfer(&house.may::<Deposit>(), &refused.transfer).unwrap().unwrap();
        proof.verify(proof.extra.as_ref().unwrap(), &vkeys(&house), &Policy::none()).unwrap();
    }
}

#[test]
fn many_deposits_make_full_tiles_and_narrower_ones_go() {
    let house = houses().remove(0);
    let archive = house.archive();
    while house.store().log_size().unwrap() < 530 {
        archive.create_tenant(format!("t{}", house.store().log_size().unwrap()).parse().unwrap(), "T", "T").unwrap();
    }
    for volume in house.volumes() {
        for full in ["tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"] {
            assert!(volume.join("log").join(full).is_file(), "{full}");
            assert!(!volume.join(format!("log/{full}.p")).exists(), "{full}.p");
        }
    }
    let settled = house.settle(&fixtures::accepted()[0].path);
    let proof = archive.proof_of_transfer(&house.may::<Deposit>(), &settled.transfer).unwrap().unwrap();
    proof.verify(proof.extra.as_ref().unwrap(), &vkeys(&house), &Policy::none()).unwrap();
}

#[test]
fn tiles_that_were_lost_are_made_again_from_the_lines() {
    for house in houses() {
        house.accept(&fixtures::accepted()[0].path);
        let before = checkpoint(&house.volumes()[0]);
        for volume in house.volumes() {
            fs::remove_dir_all(volume.join("log/tile")).unwrap();
        }
        let house = house.reopened();
        let after = checkpoint(&house.volumes()[1]);
        assert_eq!(after.checkpoint(), before.checkpoint(), "{}", house.engine);
        let settled = house.settle(&fixtures::accepted()[1].path);
        let proof = house.archive().proof_of_transfer(&house.may::<Deposit>(), &settled.transfer).unwrap().unwrap();
        proof.verify(proof.extra.as_ref().unwrap(), &vkeys(&house), &Policy::none()).unwrap();
    }
}

#[test]
fn a_log_whose_checkpoint_was_lost_is_published_again_the_same() {
    for house in houses() {
        house.accept(&fixtures::accepted()[0].path);
        let before = checkpoint(&house.volumes()[0]);
        for volume in house.volumes() {
            fs::remove_dir_all(volume.join("log")).unwrap();
        }
        let house = house.reopened();
        assert_eq!(checkpoint(&house.volumes()[0]).checkpoint(), before.checkpoint());
    }
}

/// Cuts the last lines off the open day on every volume.
fn cut_lines(house: &House, lines: usize) {
    for volume in house.volumes() {
        let day = fs::read_dir(volume.join("journal")).unwrap().map(|day| day.unwrap().path()).max().unwrap();
        let text = fs::read_to_string(&day).unwrap();
        let kept: Vec<&str> = text.lines().collect();
        fs::write(&day, kept[..kept.len() - lines].join("\n") + "\n").unwrap();
    }
}

#[test]
fn nothing_is_signed_when_the_journals_are_older_than_the_published_log() {
    for house in houses() {
        house.accept(&fixtures::accepted()[0].path);
        cut_lines(&house, 1);
        let data = &house.data;
        let rebuilt = data.join("again.sqlite");
        let store = cartulaire::store::Store::open(&format!("sqlite:{}", rebuilt.display())).unwrap();
        let terms =
            cartulaire::vault::Terms { required: Some(1), ..cartulaire::vault::Terms::new(house.volumes(), "x") };
        let vault = cartulaire::vault::Vault::open(terms).unwrap();
        cartulaire::archive::rebuild::rebuild(&store, &vault, &mut |_| {}).unwrap();
        drop((store, vault));
        let config = fs::read_to_string(data.join("cartulaire.toml")).unwrap();
        let line = config.lines().find(|line| line.starts_with("database")).unwrap().to_owned();
        fs::write(data.join("cartulaire.toml"), config.replace(&line, "database = \"sqlite:again.sqlite\"")).unwrap();
        match boot::open(data) {
            Err(boot::Error::Archive(cartulaire::archive::error::Error::Log(Fault::Ahead { published, known }))) => {
                assert_eq!(published, known + 1);
            }
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("an older copy of the journals was taken for the log's own"),
        }
    }
}

#[test]
fn the_key_that_signs_is_changed_and_both_sign_the_change() {
    for house in houses() {
        let first = vkeys(&house);
        let data = house.data.clone();
        let volumes = house.volumes();
        let house = house.meanwhile(|data| boot::rotate_log_key(data).unwrap());
        let keys = vkeys(&house);
        assert_eq!((keys.len(), &keys[0]), (2, &first[0]));
        let rotations: Vec<_> = fs::read_dir(volumes[0].join("log/rotations")).unwrap().collect();
        assert_eq!(rotations.len(), 1);
        let both = SignedCheckpoint::parse(&fs::read(rotations[0].as_ref().unwrap().path()).unwrap()).unwrap();
        assert_eq!(both.verify(&keys).unwrap().len(), 2, "the old key vouches for the new one");
        house.accept(&fixtures::accepted()[0].path);
        assert!(checkpoint(&volumes[0]).verify(&keys[1..]).is_ok() && checkpoint(&volumes[0]).verify(&first).is_err());
        assert!(!data.join("keys/log-next.pem").exists());
    }
}

#[test]
fn a_checkpoint_is_time_stamped_and_the_token_is_the_next_line() {
    let clock = Hands::at("2030-01-10T08:00:00Z");
    for house in houses_at(&clock, "2030-01-10T08:00:00Z") {
        house.accept(&fixtures::accepted()[0].path);
        let size = house.store().log_size().unwrap();
        let Stamping::Stamped(fact) = house.archive().stamp(false).unwrap() else { panic!("no time-stamp") };
        assert_eq!((fact.size, fact.third_party, fact.authority.as_str()), (size, false, "locale"));
        assert_eq!(house.archive().stamp(false).unwrap(), Stamping::NoNews, "a token is no news");
        let log = house.volumes()[1].join("log/times");
        let token = Token::read(&fs::read(log.join(format!("{size}.locale.tst"))).unwrap()).unwrap();
        let signed = fs::read(log.join(format!("{size}.checkpoint"))).unwrap();
        assert_eq!(token.info().imprint.value, cartulaire::digest::sha512(&signed).bytes());
        let root = fs::read(house.volumes()[0].join("kit/certificats/locale.pem")).unwrap();
        token.verify(&Trust::from_pem(&root, b"").unwrap(), clock.now()).unwrap();
        let line = house.store().logged(size, 1).unwrap().remove(0);
        assert_eq!(line.event.kind, "time-stamping");
        house.accept(&fixtures::accepted()[1].path);
        clock.set("2030-01-10T09:00:00Z");
        assert!(matches!(house.archive().stamp(false).unwrap(), Stamping::Stamped(_)));
    }
}

#[test]
fn when_no_authority_answers_the_gap_is_told_once_and_caught_up() {
    let clock = Hands::at("2030-01-10T08:00:00Z");
    for house in houses_at(&clock, "2030-01-10T08:00:00Z") {
        // Ten years and a day later the installation's own authority has expired.
        house.accept(&fixtures::accepted()[0].path);
        clock.set("2040-02-10T08:00:00Z");
        let lines = house.store().log_size().unwrap();
        let Stamping::Missed(why) = house.archive().stamp(false).unwrap() else { panic!("it has expired") };
        assert!(why[0].starts_with("locale : "), "{why:?}");
        assert!(matches!(house.archive().stamp(false).unwrap(), Stamping::Missed(_)));
        assert_eq!(house.store().log_size().unwrap(), lines + 1, "told once");
        assert!(house.archive().time_gap().is_some());
    }
}

/// A witness in a thread of its own; its key and its address.
fn seat(folder: &Path, logs: Vec<Vkey>) -> (Vkey, String, thread::JoinHandle<()>) {
    let seat = Seat::open(folder, Some("temoin.example"), logs, Arc::new(SystemClock)).unwrap();
    let key = seat.vkeys().next().unwrap().clone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = thread::spawn(move || witness::serve(seat, listener, std::future::pending()).unwrap());
    (key, url, thread)
}

#[test]
fn a_witness_cosigns_what_grows_and_refuses_a_log_that_went_back() {
    let house = houses().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let (key, url, _thread) = seat(&folder.path().join("w"), vkeys(&house));
    let house = house.meanwhile(|data| {
        let config = fs::read_to_string(data.join("cartulaire.toml")).unwrap();
        let config = config.replace("witness_quorum = 0", "witness_quorum = 1").replace("witnesses = []\n", "");
        let witness = format!("\n[[witnesses]]\nkey = \"{key}\"\nurl = \"{url}\"\nsame_host = true\n");
        fs::write(data.join("cartulaire.toml"), config + &witness).unwrap();
    });
    let first = house.archive().witness().unwrap().unwrap();
    assert!(first.quorum, "{first:?}");
    house.accept(&fixtures::accepted()[0].path);
    let second = house.archive().witness().unwrap().unwrap();
    assert!(second.quorum && second.size > first.size, "{second:?}");
    assert_eq!(house.archive().witness().unwrap(), None, "nothing new");
    let policy = Policy::new(1, vec![key]).unwrap();
    let cosigned = fs::read(house.volumes()[0].join(format!("log/witnessed/{}.checkpoint", second.size))).unwrap();
    assert!(policy.met_by(SignedCheckpoint::parse(&cosigned).unwrap().note()).is_met);
}

/// An authority in a thread of its own, whose clock is so many seconds away from ours; its address and its root.
fn authority(seconds_away: i64) -> (String, String) {
    struct Away(i64);
    impl Clock for Away {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(SystemClock.now().millis() + self.0 * 1_000).unwrap()
        }
    }
    let files =
        Authority::create("Autorité d’essai", Timestamp::parse("2020-01-01T00:00:00Z").unwrap(), 36_500).unwrap();
    let authority = Authority::from_pem(files.certificate.as_bytes(), files.key.as_bytes()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let clock = Arc::new(Away(seconds_away));
    thread::spawn(move || tsa::serve(authority, clock, listener, std::future::pending()).unwrap());
    (url, files.root)
}

/// The same house, with these authorities: name, address and root.
fn with_authorities(house: House, authorities: &[(&str, &str, &str)]) -> House {
    house.meanwhile(|data| {
        let config = fs::read_to_string(data.join("cartulaire.toml")).unwrap().replace("authorities = []\n", "");
        let table = |(name, url, root): &(&str, &str, &str)| {
            fs::write(data.join(format!("{name}.pem")), root).unwrap();
            format!(
                "\n[[authorities]]\nname = \"{name}\"\nurl = \"{url}\"\nroots = \"{name}.pem\"\nthird_party = true\n"
            )
        };
        let tables: Vec<String> = authorities.iter().map(table).collect();
        fs::write(data.join("cartulaire.toml"), config + &tables.concat()).unwrap();
    })
}

#[test]
fn when_an_authority_fails_the_next_is_asked() {
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (stranger, _) = authority(0);
    let (late, late_root) = authority(-600);
    let (good, root) = authority(0);
    for house in houses() {
        let dead = format!("http://{dead}/");
        let house = with_authorities(
            house,
            &[
                ("morte", &dead, &root),
                ("inconnue", &stranger, &root),
                ("en-retard", &late, &late_root),
                ("bonne", &good, &root),
            ],
        );
        house.accept(&fixtures::accepted()[0].path);
        let Stamping::Stamped(fact) = house.archive().stamp(false).unwrap() else { panic!("one of them is good") };
        assert_eq!((fact.authority.as_str(), fact.third_party), ("bonne", true));
    }
}

#[test]
fn an_authority_that_cannot_be_believed_is_told_in_words() {
    let (stranger, _) = authority(0);
    let (_, root) = authority(0);
    let (late, late_root) = authority(-600);
    let house = houses().remove(0);
    let house = with_authorities(house, &[("inconnue", &stranger, &root), ("en-retard", &late, &late_root)]);
    let Stamping::Missed(why) = house.archive().stamp(true).unwrap() else { panic!("none is to be believed") };
    assert!(why[0].starts_with("inconnue : ") && why[0].contains("racine"), "{why:?}");
    assert!(why[1].contains("s’écarte de -600 s"), "{why:?}");
}

#[test]
fn two_nodes_that_write_at_once_make_one_log() {
    for house in houses() {
        let other = boot::open(&house.data).unwrap();
        let actor = other.archive.local_actor(None).unwrap();
        let packages = fixtures::accepted();
        thread::scope(|scope| {
            scope.spawn(|| packages[..4].iter().for_each(|package| drop(house.settle(&package.path))));
            scope.spawn(|| {
                packages[4..8].iter().for_each(|package| drop(settle(&other.archive, &actor, &package.path)));
            });
        });
        drop(other);
        let size = house.store().log_size().unwrap();
        let lines = house.store().logged(0, 10_000).unwrap();
        assert_eq!(u64::try_from(lines.len()).unwrap(), size, "each line has a place, and each place a line");
        let house = house.reopened();
        let settled = house.settle(&packages[8].path);
        let proof = house.archive().proof_of_transfer(&house.may::<Deposit>(), &settled.transfer).unwrap().unwrap();
        proof.verify(proof.extra.as_ref().unwrap(), &vkeys(&house), &Policy::none()).unwrap();
        let verified = house.archive().verify(&|| {}).unwrap();
        assert!(verified.findings.is_empty(), "{}: {verified:?}", house.engine);
    }
}
