//! What is not taken over: a restitution altered at any layer, of another format, cut short; and what is taken up again.

use std::{fs, path::Path};

use cartulaire::{
    archive::{
        takeover::{Refusal, Watch},
        verify::trust::Known,
    },
    boot,
};

use crate::{
    archive::{
        House, houses,
        rebuild::accepted,
        takeover::{
            ground::{assert_whole, copy_of, elsewhere, empty, files, restitute, take_over, try_take_over, verified},
            rebuilt_alike,
        },
    },
    store::stores,
};

/// Changes one byte of a file, or appends one to an empty one.
fn alter(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    match bytes.len() / 2 {
        0 => bytes.push(b'x'),
        middle => bytes[middle] ^= 1,
    }
    fs::write(path, bytes).unwrap();
}

fn sample(house: &House) {
    house.accept(&accepted("noms_de_fichiers"));
    house.settle(
        &crate::fixtures::refused().into_iter().find(|one| one.name.starts_with("CHECK_DIGEST.INVALID")).unwrap().path,
    );
}

#[test]
fn a_restitution_altered_at_any_layer_changes_nothing() {
    let house = houses().remove(0);
    sample(&house);
    let out = restitute(&house);
    let new = empty(stores().remove(0));
    let (rows, stands) = (new.store().dump().unwrap(), files(&new.volumes()[0]));
    let all = files(&out.path);
    let is_proof = |path: &str| !path.starts_with("navigation/") && path != "index.html" && path != "attestation.pdf";
    let mut layers = 0;
    for start in [
        "ocfl/sault/0",
        "ocfl/sault/records/journals",
        "ocfl/sault/records/accounts",
        "journal/",
        "installation.jsonl",
        "log/checkpoint",
        "log/tile/0",
        "log/tile/entries",
        "kit/installation.json",
        "transfers/",
        "restitution.json",
    ] {
        let of =
            all.iter().map(|(path, _)| path.to_str().unwrap()).filter(|path| path.starts_with(start) && is_proof(path));
        for path in of.take(3) {
            let altered = copy_of(&out.path);
            alter(&altered.path.join(path));
            let refused = try_take_over(&new, &altered.path);
            assert!(
                matches!(refused, Err(Refusal::Broken(_) | Refusal::NotOne(_) | Refusal::Format(_))),
                "{path}: {refused:?}"
            );
            layers += 1;
        }
        assert!(layers > 0, "{start} is not among {all:?}");
    }
    assert_eq!((new.store().dump().unwrap(), files(&new.volumes()[0])), (rows, stands), "nothing changed");
    take_over(new, &out.path);
}

#[test]
fn a_restitution_cut_short_is_refused() {
    let house = houses().remove(0);
    sample(&house);
    let out = restitute(&house);
    let new = empty(stores().remove(0));
    for cut in
        ["log/checkpoint", "log", "journal", "installation.jsonl", "kit", "ocfl/sault/records/accounts", "transfers"]
    {
        let short = copy_of(&out.path);
        let path = short.path.join(cut);
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        assert!(matches!(try_take_over(&new, &short.path), Err(Refusal::Broken(_) | Refusal::NotOne(_))), "{cut}");
    }
    let unfinished = copy_of(&out.path);
    fs::remove_file(unfinished.path.join("restitution.json")).unwrap();
    assert!(matches!(try_take_over(&new, &unfinished.path), Err(Refusal::NotOne(_))));
    let later = copy_of(&out.path);
    let told = fs::read_to_string(out.path.join("restitution.json")).unwrap();
    fs::write(
        later.path.join("restitution.json"),
        told.replace("cartulaire restitution 1", "cartulaire restitution 9"),
    )
    .unwrap();
    assert!(matches!(try_take_over(&new, &later.path), Err(Refusal::Format(found)) if found.ends_with('9')));
    assert!(matches!(try_take_over(&new, &house.volumes()[0]), Err(Refusal::NotOne(_))), "a volume is none");
}

#[test]
fn a_restitution_by_another_key_than_the_one_known_is_refused() {
    let house = houses().remove(0);
    sample(&house);
    let out = restitute(&house);
    let watch = Watch { verified: &|| {}, copied: &|| {} };
    let new = elsewhere(&house);
    let keys = |of: &House| of.archive().log_keys().unwrap().0.iter().map(|key| key.vkey.parse().unwrap()).collect();
    let other = Known { keys: keys(&new), ..Known::default() };
    assert!(matches!(new.archive().take_over(&out.path, &other, &watch).unwrap(), Err(Refusal::Broken(_))));
    let known = Known { keys: keys(&house), ..Known::default() };
    new.archive().take_over(&out.path, &known, &watch).unwrap().unwrap();
}

#[test]
fn a_log_whose_key_was_changed_is_taken_over() {
    for house in houses() {
        sample(&house);
        let house = house.meanwhile(|data| boot::rotate_log_key(data).unwrap());
        house.accept(&accepted("budget_xml"));
        let new = take_over(elsewhere(&house), &restitute(&house).path);
        assert_whole(&verified(&new), new.engine);
        let new = new.meanwhile(|data| boot::rotate_log_key(data).unwrap());
        new.accept(&accepted("subvention"));
        assert_whole(&verified(&new), new.engine);
        rebuilt_alike(&new);
    }
}

#[test]
fn what_an_interrupted_take_over_left_is_taken_up() {
    for house in houses() {
        sample(&house);
        let out = restitute(&house);
        let mut new = elsewhere(&house);
        // Killed while it copied: an object stands aside, another in part.
        let object = files(&out.path.join("ocfl/sault"))
            .into_iter()
            .find(|(path, _)| path.ends_with("inventory.json"))
            .unwrap()
            .0;
        for volume in new.volumes() {
            let parts = volume.join("arriving/sault/parts/0");
            fs::create_dir_all(&parts).unwrap();
            fs::write(parts.join("inventory.json"), b"half").unwrap();
        }
        new = new.reopened();
        // Killed after it let the tenant in and before the act: what shows is taken back at the next opening.
        for volume in new.volumes() {
            fs::create_dir_all(volume.join("arriving/sault")).unwrap();
            let shows = volume.join("ocfl/sault").join(object.parent().unwrap());
            fs::create_dir_all(&shows).unwrap();
            fs::write(shows.join("inventory.json"), b"half").unwrap();
        }
        new = new.reopened();
        assert!(new.volumes().iter().all(|volume| !volume.join("ocfl/sault").exists()));
        assert_eq!(new.archive().standing().unwrap().arriving, 1);
        let new = take_over(new, &out.path);
        assert_eq!(new.archive().standing().unwrap().arriving, 0);
        assert_whole(&verified(&new), new.engine);
        rebuilt_alike(&new);
    }
}
