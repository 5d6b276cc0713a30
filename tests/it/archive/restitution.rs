//! A tenant is given back whole: what is there, what is not, what an interruption, a bad copy or a neighbour changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use cartulaire::{
    archive::{
        Archive,
        restitute::{Advance, Destination, RestituteError, Restituted},
        verify::{
            self, Subject,
            finding::{Layer, Verified},
            trust::Known,
        },
    },
    boot::SystemClock,
    domain::{
        clock::Clock as _,
        mandate::{Actor, Administer, Permission},
        referential::Referential,
    },
    record::restitution::Restitution,
};

use crate::{
    archive::{House, accept, houses},
    fixtures,
    parcels::parcel,
};

const ON: fn(Advance) -> bool = |_| true;

fn give(archive: &Archive, by: &Actor, to: &Path) -> Restituted {
    archive.restitute(&by.mandate::<Administer>().unwrap(), Destination::Folder(to.to_owned()), &ON).unwrap()
}

fn refused(house: &House, to: &Path) -> RestituteError {
    house.archive().restitute(&house.may(), Destination::Folder(to.to_owned()), &ON).unwrap_err()
}

fn check(folder: &Path) -> Verified {
    let subject = Subject {
        volumes: vec![folder.to_owned()],
        catalog: None,
        now: SystemClock.now(),
        known: Known::default(),
        since: None,
    };
    verify::verify(&subject, &|| {}).unwrap()
}

/// Every file below a folder, by its path.
fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                open.push(entry);
            } else {
                found.insert(entry.strip_prefix(folder).unwrap().display().to_string(), entry);
            }
        }
    }
    found
}

/// A house with archives of both tenants, a refusal and referentials; the other tenant's actor.
fn furnished(house: &House) -> Actor {
    let neighbour = house.neighbour();
    let folder = tempfile::tempdir().unwrap();
    for fixture in fixtures::accepted().iter().take(6) {
        house.settle(&fixture.path);
    }
    for fixture in fixtures::refused().iter().take(2) {
        house.settle(&fixture.path);
    }
    for at in 0..3 {
        let path = folder.path().join(format!("{at}.zip"));
        fs::write(&path, parcel(&format!("VSN-SECRET-{at}"))).unwrap();
        accept(house.archive(), &neighbour, &path);
    }
    let rules = fs::read(fixtures::referential("rules.csv")).unwrap();
    let notation = cartulaire::archive::referentials::Notation::Csv;
    house.archive().import(&house.may::<Administer>(), Referential::Rules, &rules, notation).unwrap().unwrap();
    neighbour
}

#[test]
fn a_tenant_is_given_back_whole_and_what_was_given_verifies_alone() {
    for house in houses() {
        furnished(&house);
        let room = tempfile::tempdir().unwrap();
        let to = room.path().join("rendu");
        let given = give(house.archive(), &house.actor, &to);
        assert!(!given.resumed && !given.already);
        let holds = given.restitution.holds.clone().unwrap();
        assert!(holds.archives >= 4 && holds.counts.units >= holds.archives, "{holds:?}");
        let read = Restitution::from_json(&fs::read(to.join("restitution.json")).unwrap()).unwrap();
        assert_eq!(read, given.restitution);
        let verified = check(&to);
        assert!(verified.is_whole(), "{}: {:#?}", house.engine, verified.findings);
        assert!(verified.count(Layer::Files) > 10 && verified.count(Layer::Log) > 10);
        let unverified: Vec<_> = verified.unverified.iter().map(|one| one.what.as_str()).collect();
        assert!(unverified.iter().any(|what| what.contains("autres services")), "{unverified:?}");
        for entry in ["index.html", "navigation/", "kit/", "referentials/", "transfers/", "journal/", "log/", "ocfl/"] {
            assert!(holds.entries.iter().any(|known| known == entry), "{entry}: {:?}", holds.entries);
        }
        assert!(house.archive().verify(&|| {}).unwrap().is_whole());
    }
}

#[test]
fn nothing_of_another_tenant_is_in_it() {
    let house = houses().remove(0);
    let neighbour = furnished(&house);
    let room = tempfile::tempdir().unwrap();
    let to = room.path().join("rendu");
    give(house.archive(), &house.actor, &to);
    let secrets = ["voisine", "Voisine", "VSN-ARCHIVES", "VSN-SECRET", &neighbour.id.to_string()];
    for (path, file) in files(&to) {
        let bytes = fs::read(file).unwrap();
        for secret in secrets {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there && !path.contains(secret), "{secret} is in {path}");
        }
    }
    let secrets = files(&house.data.join("keys"));
    assert!(!secrets.is_empty());
    let given: Vec<Vec<u8>> = files(&to).values().map(|file| fs::read(file).unwrap()).collect();
    for key in secrets.values().filter(|key| !is_public(key)) {
        let secret = fs::read(key).unwrap();
        assert!(secret.len() > 16 && !given.contains(&secret), "{}", key.display());
    }
}

/// Certificates stand beside the keys.
fn is_public(key: &Path) -> bool {
    fs::read_to_string(key).is_ok_and(|text| text.contains("BEGIN CERTIFICATE") && !text.contains("PRIVATE"))
}

#[test]
fn a_flip_in_any_kind_of_file_is_found() {
    let house = houses().remove(0);
    furnished(&house);
    let room = tempfile::tempdir().unwrap();
    let to = room.path().join("rendu");
    give(house.archive(), &house.actor, &to);
    let mut kinds: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (path, file) in files(&to) {
        // The paper is signed, which a reader of PDF verifies; the time-stamps of this house have no third party's roots.
        if path != "attestation.pdf" && fs::metadata(&file).unwrap().len() > 0 {
            let kind: Vec<&str> = path.split('/').map(|step| if step.len() > 30 { "…" } else { step }).collect();
            kinds.entry(kind.join("/")).or_insert(file);
        }
    }
    assert!(kinds.len() > 30, "{kinds:?}");
    for (kind, file) in kinds {
        let whole = fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        fs::write(&file, &flipped).unwrap();
        assert!(!check(&to).is_whole(), "a flip in {kind} is not found");
        fs::write(&file, &whole).unwrap();
    }
    assert!(check(&to).is_whole());
}

#[test]
fn what_is_added_removed_or_cut_is_found() {
    let house = houses().remove(0);
    furnished(&house);
    let room = tempfile::tempdir().unwrap();
    let to = room.path().join("rendu");
    give(house.archive(), &house.actor, &to);
    for path in ["intrus.txt", "navigation/archives/0/intrus.html", "journal/2020-01-01.jsonl", "kit/intrus"] {
        fs::write(to.join(path), "x").unwrap();
        assert!(!check(&to).is_whole(), "{path}");
        fs::remove_file(to.join(path)).unwrap();
    }
    for path in [
        "journal",
        "installation.jsonl",
        "empreintes.sha512",
        "attestation.pdf",
        "transfers",
        "ocfl/sault/records/accounts",
    ] {
        let (from, aside) = (to.join(path), room.path().join("aside"));
        fs::rename(&from, &aside).unwrap();
        let is_whole = check(&to).is_whole();
        fs::rename(&aside, &from).unwrap();
        // No line tells the directory of accounts.
        assert_eq!(is_whole, path.ends_with("accounts"), "{path}");
    }
    assert!(check(&to).is_whole());
}

#[test]
fn cut_at_any_point_it_goes_on_and_ends_like_one_that_was_never_cut() {
    let house = houses().remove(0);
    furnished(&house);
    let room = tempfile::tempdir().unwrap();
    let to = room.path().join("rendu");
    let stop_after = |steps: u64| {
        let left = AtomicU64::new(steps);
        let on =
            move |_: Advance| left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        house.archive().restitute(&house.may(), Destination::Folder(to.clone()), &on)
    };
    assert!(matches!(stop_after(0), Err(RestituteError::Stopped)));
    // What was begun is told once; a copy of it goes to its end without a cut.
    let straight = room.path().join("droit");
    copy_tree(&to, &straight);
    let never_cut = give(house.archive(), &house.actor, &straight);
    let mut cuts = 0;
    let ended = loop {
        cuts += 1;
        // Things go on being written meanwhile: they are not in it.
        if cuts == 3 {
            house.accept(&fixtures::accepted()[7].path);
        }
        match stop_after(cuts * 7) {
            Err(RestituteError::Stopped) => damage(&to, cuts),
            other => break other.unwrap(),
        }
    };
    assert!(cuts > 3, "{cuts}");
    assert!(ended.resumed && never_cut.resumed);
    assert_eq!(ended.restitution, never_cut.restitution);
    let (one, other) = (files(&to), files(&straight));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, file) in &one {
        // A signature need not come out the same twice.
        let is_same = fs::read(file).unwrap() == fs::read(&other[path]).unwrap();
        assert!(is_same || path == "attestation.pdf", "{path}");
    }
    assert!(check(&to).is_whole(), "{:#?}", check(&to).findings);
    let again = give(house.archive(), &house.actor, &to);
    assert!(again.already && again.restitution == ended.restitution);
}

fn copy_tree(from: &Path, to: &Path) {
    for (path, file) in files(from) {
        let target = to.join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
}

/// What a power failure may leave: a file cut short.
fn damage(folder: &Path, nth: u64) {
    let all: Vec<PathBuf> =
        files(folder).into_iter().filter(|(path, _)| path != ".reprise/etat.json").map(|(_, file)| file).collect();
    let at = usize::try_from(nth).unwrap() * 31;
    if let Some(file) = all.get(at % all.len().max(1)) {
        let length = fs::metadata(file).unwrap().len();
        fs::OpenOptions::new().write(true).open(file).unwrap().set_len(length / 2).unwrap();
    }
}

#[test]
fn a_copy_that_is_altered_on_one_volume_is_taken_from_the_other_and_never_given() {
    let house = houses().remove(0);
    let archive = house.accept(&fixtures::accepted()[0].path);
    let room = tempfile::tempdir().unwrap();
    let content = |volume: &Path| {
        let all = files(&volume.join("ocfl/sault"));
        let own = all.into_iter().find(|(path, _)| path.contains(&archive.to_string()) && path.contains("/content/"));
        own.unwrap().1
    };
    let [one, other] = [0, 1].map(|at| content(&house.volumes()[at]));
    let whole = fs::read(&one).unwrap();
    fs::write(&one, b"altered").unwrap();
    for (name, form) in [("a", 0), ("b", 1), ("c", 2)] {
        let to = room.path().join(name);
        let mut out = Vec::new();
        let destination = match form {
            0 => Destination::Folder(to.clone()),
            1 => Destination::Zip(&mut out),
            _ => Destination::Tar(&mut out),
        };
        house.archive().restitute(&house.may(), destination, &ON).unwrap();
        if form == 0 {
            assert!(check(&to).is_whole());
        } else {
            assert!(out.windows(whole.len()).any(|window| window == whole));
            assert!(!out.windows(7).any(|window| window == b"altered"));
        }
    }
    fs::write(&other, b"altered").unwrap();
    let to = room.path().join("d");
    assert!(matches!(refused(&house, &to), RestituteError::Lost(_)));
    assert!(!to.join("restitution.json").exists());
    fs::write(&other, &whole).unwrap();
    assert!(give(house.archive(), &house.actor, &to).resumed && check(&to).is_whole());
}

#[test]
fn a_volume_that_is_away_does_not_keep_a_tenant_from_leaving() {
    let house = houses().remove(0);
    furnished(&house);
    let (volume, room) = (house.volumes().remove(0), tempfile::tempdir().unwrap());
    let to = room.path().join("rendu");
    let house = house.meanwhile(|_| ());
    fs::rename(&volume, volume.with_extension("away")).unwrap();
    let tried = house.archive().restitute(&house.may(), Destination::Folder(to.clone()), &ON);
    fs::rename(volume.with_extension("away"), &volume).unwrap();
    // Two volumes are required here: the line cannot be written, and nothing was begun.
    assert!(tried.is_err() && !to.join("restitution.json").exists());
    assert!(!give(house.archive(), &house.actor, &to).already && check(&to).is_whole());
}

#[test]
fn a_tenant_without_archives_is_given_back_too() {
    for house in houses() {
        let room = tempfile::tempdir().unwrap();
        let to = room.path().join("rendu");
        let given = give(house.archive(), &house.actor, &to);
        assert_eq!(given.restitution.holds.unwrap().archives, 0);
        assert!(check(&to).is_whole(), "{:#?}", check(&to).findings);
        let list = fs::read_to_string(to.join("navigation/par-titre/1.html")).unwrap();
        assert!(list.contains("aucune archive"));
    }
}

#[test]
fn a_folder_that_is_not_fit_is_refused_and_left_as_it_is() {
    let house = houses().remove(0);
    let neighbour = furnished(&house);
    let room = tempfile::tempdir().unwrap();
    let foreign = room.path().join("autre");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("a.txt"), "à moi").unwrap();
    assert!(matches!(refused(&house, &foreign), RestituteError::NotEmpty { .. }));
    assert_eq!(files(&foreign).len(), 1);
    let (file, link) = (room.path().join("fichier"), room.path().join("lien"));
    fs::write(&file, "à moi").unwrap();
    assert!(matches!(refused(&house, &file), RestituteError::InTheWay { .. }));
    // A link to a folder is that folder, as anywhere; one that stands within is not followed.
    let elsewhere = room.path().join("ailleurs");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(room.path().join("nulle-part"), &link).unwrap();
    assert!(matches!(refused(&house, &link), RestituteError::InTheWay { .. }));
    let begun = room.path().join("begun");
    let stop = house.archive().restitute(&house.may(), Destination::Folder(begun.clone()), &|_| false);
    assert!(matches!(stop, Err(RestituteError::Stopped)));
    let _ = fs::remove_dir_all(begun.join("ocfl"));
    std::os::unix::fs::symlink(&elsewhere, begun.join("ocfl")).unwrap();
    assert!(matches!(refused(&house, &begun), RestituteError::InTheWay { .. }));
    assert!(files(&elsewhere).is_empty());
    // Another tenant's, begun or whole, is not this one's to go on with.
    let theirs = room.path().join("voisine");
    give(house.archive(), &neighbour, &theirs);
    assert!(matches!(refused(&house, &theirs), RestituteError::NotEmpty { .. }));
    fs::remove_file(begun.join("ocfl")).unwrap();
    let tried = house.archive().restitute(&neighbour.mandate().unwrap(), Destination::Folder(begun.clone()), &ON);
    assert!(matches!(tried, Err(RestituteError::NotEmpty { .. })));
    assert!(give(house.archive(), &house.actor, &begun).resumed && check(&begun).is_whole());
}

#[test]
fn a_folder_that_cannot_be_written_or_that_another_writes_is_refused_before_anything_is_told() {
    let house = houses().remove(0);
    let journal = "sault/life-cycle".parse().unwrap();
    let before = house.store().head(&journal).unwrap().length;
    let room = tempfile::tempdir().unwrap();
    // Below a file there is no folder, whoever one is.
    fs::write(room.path().join("fichier"), "x").unwrap();
    assert!(matches!(refused(&house, &room.path().join("fichier/rendu")), RestituteError::Folder(_)));
    assert_eq!(house.store().head(&journal).unwrap().length, before);
    let to = room.path().join("rendu");
    let told = std::sync::Mutex::new(Vec::new());
    let on = |_: Advance| {
        let mut told = told.lock().unwrap();
        if told.is_empty() {
            told.push(house.archive().restitute(&house.may(), Destination::Folder(to.clone()), &ON));
        }
        true
    };
    house.archive().restitute(&house.may(), Destination::Folder(to.clone()), &on).unwrap();
    assert!(matches!(told.lock().unwrap().as_slice(), [Err(RestituteError::Taken { .. })]));
    assert_eq!(house.store().head(&journal).unwrap().length, before + 1, "one restitution is told");
    assert!(check(&to).is_whole());
}

#[test]
fn only_who_administers_the_tenant_may() {
    let house = houses().remove(0);
    let others = Permission::ALL.into_iter().filter(|permission| *permission != Permission::Administer);
    let clerk = house.account("agent", &others.collect::<Vec<_>>(), None);
    assert!(clerk.mandate::<Administer>().is_err());
}

#[test]
fn a_stream_unpacks_to_a_tree_that_verifies() {
    let house = houses().remove(0);
    furnished(&house);
    let room = tempfile::tempdir().unwrap();
    let (mut zip, mut tar) = (Vec::new(), Vec::new());
    house.archive().restitute(&house.may(), Destination::Zip(&mut zip), &ON).unwrap();
    house.archive().restitute(&house.may(), Destination::Tar(&mut tar), &ON).unwrap();
    for (name, bytes) in [("zip", zip), ("tar", tar)] {
        let to = room.path().join(name);
        fs::create_dir(&to).unwrap();
        if name == "tar" {
            tar::Archive::new(bytes.as_slice()).unpack(&to).unwrap();
        } else {
            zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap().extract(&to).unwrap();
        }
        let verified = check(&to);
        assert!(verified.is_whole(), "{name}: {:#?}", verified.findings);
    }
}

#[test]
fn a_stream_that_is_stopped_is_no_whole_one() {
    let house = houses().remove(0);
    furnished(&house);
    for form in ["zip", "tar"] {
        let (mut out, left) = (Vec::new(), AtomicU64::new(20));
        let on = |_: Advance| left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let to = if form == "zip" { Destination::Zip(&mut out) } else { Destination::Tar(&mut out) };
        assert!(matches!(house.archive().restitute(&house.may(), to, &on), Err(RestituteError::Stopped)));
        assert!(!out.is_empty());
        if form == "zip" {
            assert!(zip::ZipArchive::new(std::io::Cursor::new(out)).is_err());
        } else {
            assert!(!out.ends_with(&[0; 1_024]), "it has no end");
        }
    }
}

#[test]
fn the_browser_links_every_file_under_its_name_and_nothing_that_is_not_there() {
    let house = houses().remove(0);
    furnished(&house);
    let room = tempfile::tempdir().unwrap();
    let to = room.path().join("rendu");
    give(house.archive(), &house.actor, &to);
    let all = files(&to);
    let (mut linked, mut pages) = (BTreeSet::new(), 0);
    let is_page = |path: &String| Path::new(path).extension().is_some_and(|extension| extension == "html");
    for (path, file) in all.iter().filter(|(path, _)| is_page(path)) {
        pages += 1;
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains("<html lang=\"fr\">") && text.contains("<main id=\"contenu\">"), "{path}");
        assert!(!text.contains("<script") && !text.contains("://"), "{path} needs nothing from elsewhere");
        assert!(text.len() < 1 << 20, "{path}");
        for href in text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let (target, anchor) = href.split_once('#').unwrap_or((href, ""));
            let resolved = resolve(path, target);
            if target.is_empty() || target.ends_with('/') {
                continue;
            }
            assert!(all.contains_key(&resolved), "{path} links {href}");
            if !anchor.is_empty() {
                let to = fs::read_to_string(&all[&resolved]).unwrap();
                assert!(to.contains(&format!("id=\"{anchor}\"")), "{path} links {href}");
            }
            linked.insert(resolved);
        }
    }
    assert!(pages > 8);
    let contents: Vec<_> = linked.iter().filter(|path| path.contains("/content/")).collect();
    assert!(contents.len() > 10, "{contents:?}");
}

/// A reference from a page, as a path below the root.
fn resolve(page: &str, href: &str) -> String {
    let mut steps: Vec<&str> = page.split('/').collect();
    steps.pop();
    for step in href.split('/') {
        match step {
            ".." => _ = steps.pop(),
            "." | "" => {}
            step => steps.push(step),
        }
    }
    steps.join("/")
}
