//! Whatever is altered on a volume, by accident or by a forger who knows how it is made, is found and named; the kit's
//! verifier finds it too, where one volume shows it.

#![expect(clippy::print_stdout, reason = "what is not tested is said")]

mod forge;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use cartulaire::{
    archive::verify::{
        Subject,
        finding::{Layer, Verified},
        trust::Known,
        verify,
    },
    domain::clock::{Clock, Timestamp},
    proof::checkpoint::SignedCheckpoint,
    record::kit,
};

use crate::{
    archive::{Hands, House, houses_at},
    fixtures,
};

const EVENING: &str = "2030-01-10T22:00:00Z";

/// An installation at rest, of which every case takes its own copy of the volumes.
struct Scene {
    house: House,
    clock: Arc<Hands>,
    /// The volumes as they were before the last deposit.
    older: tempfile::TempDir,
}

/// A copy of the volumes `a` and `b`.
struct Copies(tempfile::TempDir);

impl Copies {
    fn a(&self) -> PathBuf {
        self.0.path().join("a")
    }

    fn b(&self) -> PathBuf {
        self.0.path().join("b")
    }

    /// A file of the volume `a`, by its path below it.
    fn file(&self, path: &str) -> PathBuf {
        self.a().join(path)
    }
}

impl Scene {
    /// A day sealed, a second one open; each with an archive and a time-stamp; the last archive after the last token.
    fn set() -> Self {
        let clock = Hands::at(EVENING);
        let house = houses_at(&clock, EVENING).next().unwrap();
        house.accept(&fixtures::accepted()[0].path);
        house.archive().stamp(true).unwrap();
        clock.set("2030-01-11T00:00:01Z");
        house.archive().seal_due().unwrap();
        clock.set("2030-01-11T08:00:00Z");
        house.accept(&fixtures::accepted()[1].path);
        house.archive().stamp(true).unwrap();
        let older = tempfile::tempdir().unwrap();
        copy(&house.data.join("volumes"), older.path());
        clock.set("2030-01-11T12:00:00Z");
        house.accept(&fixtures::accepted()[2].path);
        Self { house, clock, older }
    }

    fn copies(&self) -> Copies {
        let folder = tempfile::tempdir().unwrap();
        copy(&self.house.data.join("volumes"), folder.path());
        Copies(folder)
    }

    /// What is known from elsewhere: the key of the log.
    fn known(&self) -> Known {
        let kit = fs::read(self.house.data.join("volumes/a/kit/installation.json")).unwrap();
        let kit = kit::Installation::from_json(&kit).unwrap();
        Known { keys: kit.keys.iter().map(|key| key.vkey.parse().unwrap()).collect(), ..Known::default() }
    }

    fn verify(&self, volumes: Vec<PathBuf>, since: Option<SignedCheckpoint>) -> Verified {
        let subject = Subject { volumes, catalog: None, now: self.clock.now(), known: self.known(), since };
        verify(&subject, &|| {}).unwrap()
    }

    /// Alters a copy of the volume `a`: the verification of it alone blames the layer with these words, and so does the
    /// verifier of the kit, whatever its words.
    fn blamed(&self, layer: Layer, words: &str, alter: impl FnOnce(&Copies)) {
        let copies = self.copies();
        alter(&copies);
        self.blames(&copies, layer, words);
        assert_eq!(by_the_kit(&copies.a()), Some(1).filter(|_| has_python()), "the kit's verifier: {words}");
    }

    fn blames(&self, copies: &Copies, layer: Layer, words: &str) {
        let verified = self.verify(vec![copies.a()], None);
        let named = verified.findings.iter().any(|one| one.layer == layer && one.what.contains(words));
        assert!(named, "{layer:?} « {words} » : {:#?}", verified.findings);
        assert!(verified.sentence().starts_with("Rompu. Première rupture : "));
        assert!(verified.findings.iter().all(|one| one.volume.as_deref() == Some(copies.a().as_path())));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn has_python() -> bool {
    Command::new("python3").arg("--version").output().is_ok()
}

/// The exit status of the kit's own verifier on a volume: 1 when something is broken.
fn by_the_kit(volume: &Path) -> Option<i32> {
    if !has_python() {
        println!("skipped: the kit's verifier, since python3 is not installed");
        return None;
    }
    let output = Command::new("python3").arg("-B").arg(volume.join("kit/verifier.py")).arg(volume).output().unwrap();
    output.status.code()
}

/// Every file below a folder whose path holds these words, in order.
fn files(folder: &Path, words: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, words));
        } else if path.to_string_lossy().contains(words) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Flips the lowest bit of the byte at a place.
fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// The content of a sealed day that begins so.
fn sealed(copies: &Copies, begins: &str) -> PathBuf {
    let contents = files(&copies.file("ocfl/sault/records/journals-2030-01"), "/content/");
    contents.into_iter().find(|path| fs::read(path).unwrap().starts_with(begins.as_bytes())).unwrap()
}

/// The widest of the partial tiles or bundles in a folder.
fn widest(folder: &Path) -> PathBuf {
    let width = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().parse::<u16>().unwrap();
    files(folder, "").into_iter().max_by_key(width).unwrap()
}

fn open_book(copies: &Copies) -> PathBuf {
    copies.file("journal/2030-01-11.jsonl")
}

/// Changes the lines of the open book.
fn lines(copies: &Copies, change: impl FnOnce(&mut Vec<String>)) {
    let mut lines: Vec<String> = fs::read_to_string(open_book(copies)).unwrap().lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(open_book(copies), lines.join("\n") + "\n").unwrap();
}

#[test]
fn what_nobody_touched_is_whole_and_says_what_it_does_not_verify() {
    let scene = Scene::set();
    let copies = scene.copies();
    let verified = scene.verify(vec![copies.a(), copies.b()], None);
    assert!(verified.is_whole(), "{:#?}", verified.findings);
    for layer in [Layer::Files, Layer::Inventories, Layer::Journals, Layer::Seals, Layer::Log, Layer::Checkpoints] {
        assert!(verified.count(layer) > 0, "{layer:?}");
    }
    assert_eq!((verified.count(Layer::Times), verified.count(Layer::Volumes)), (4, 2));
    assert!(verified.keys.iter().any(|key| key.contains("connue par ailleurs")), "{:?}", verified.keys);
    let said = |words: &str| verified.unverified.iter().any(|one| one.what.contains(words));
    assert!(said("témoins") && said("catalogue"), "{:?}", verified.unverified);
    let live = scene.house.archive().verify(&|| {}).unwrap();
    assert!(live.is_whole() && live.count(Layer::Catalog) > 0, "{:#?}", live.findings);
    if has_python() {
        assert_eq!(by_the_kit(&copies.a()), Some(0));
    }
}

#[test]
fn a_stranger_with_a_folder_alone_learns_that_its_key_proves_nothing_against_its_maker() {
    let scene = Scene::set();
    let copies = scene.copies();
    let subject =
        |known| Subject { volumes: vec![copies.a()], catalog: None, now: scene.clock.now(), known, since: None };
    let verified = verify(&subject(Known::default()), &|| {}).unwrap();
    assert!(verified.is_whole(), "{:#?}", verified.findings);
    assert!(verified.unverified.iter().any(|one| one.what.contains("ne prouve rien")), "{:?}", verified.unverified);
    let pdf = verified.report("Sault-les-Bruyères", "volume a", scene.clock.now(), None).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    fs::remove_dir_all(copies.file("kit")).unwrap();
    let verified = verify(&subject(Known::default()), &|| {}).unwrap();
    assert!(verified.is_whole(), "{:#?}", verified.findings);
    assert!(
        verified.unverified.iter().any(|one| one.what.contains("racines de confiance")),
        "{:?}",
        verified.unverified
    );
    // Another house's key.
    let other = Scene::set();
    let verified = verify(&subject(other.known()), &|| {}).unwrap();
    assert!(verified.findings.iter().any(|one| one.what.contains("substituée")), "{:#?}", verified.findings);
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is_and_named() {
    let scene = Scene::set();
    let archive = |copies: &Copies, words: &str| files(&copies.file("ocfl/sault"), words).remove(0);
    scene.blamed(Layer::Files, "altéré", |copies| flip(&archive(copies, ".1/v1/content/"), 0));
    scene.blamed(Layer::Inventories, "inventaire est altéré", |copies| {
        flip(&archive(copies, ".1/inventory.json"), 40);
    });
    scene.blamed(Layer::Seals, "fichier scellé est altéré", |copies| flip(&sealed(copies, "{\"a"), 50));
    scene.blamed(Layer::Seals, "sceau est altéré", |copies| flip(&sealed(copies, "{\"closed\""), 30));
    scene.blamed(Layer::Journals, "Cette ligne ne se lit pas", |copies| flip(&open_book(copies), 0));
    scene.blamed(Layer::Log, "La tuile est altérée", |copies| flip(&widest(&copies.file("log/tile/0/000.p")), 40));
    scene.blamed(Layer::Log, "entrées sont altérées", |copies| {
        flip(&widest(&copies.file("log/tile/entries/000.p")), 20);
    });
    scene.blamed(Layer::Log, "début de celle qui la suit", |copies| {
        flip(&files(&copies.file("log/tile/0/000.p"), "").remove(0), 3);
    });
    scene.blamed(Layer::Checkpoints, "signature n’est pas valable", |copies| {
        let text = fs::read_to_string(copies.file("log/checkpoint")).unwrap();
        let root = text.lines().nth(2).unwrap();
        let other = format!("{}{}", if root.starts_with('A') { 'B' } else { 'A' }, &root[1..]);
        fs::write(copies.file("log/checkpoint"), text.replacen(root, &other, 1)).unwrap();
    });
    scene.blamed(Layer::Times, "a été altéré, ou retiré", |copies| {
        flip(&files(&copies.file("log/times"), ".tst").remove(0), 200);
    });
    scene.blamed(Layer::Times, "octet pour octet", |copies| {
        let path = files(&copies.file("log/times"), ".checkpoint").remove(0);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n").unwrap();
    });
}

#[test]
fn a_line_that_is_removed_added_swapped_or_dated_back_is_found() {
    let scene = Scene::set();
    scene.blamed(Layer::Journals, "était attendue", |copies| lines(copies, |lines| drop(lines.remove(2))));
    scene.blamed(Layer::Log, "n’a plus sa ligne", |copies| lines(copies, |lines| drop(lines.pop())));
    scene.blamed(Layer::Journals, "répétée", |copies| lines(copies, |lines| lines.insert(3, lines[2].clone())));
    scene.blamed(Layer::Journals, "était attendue", |copies| lines(copies, |lines| lines.swap(2, 3)));
    scene.blamed(Layer::Journals, "", |copies| {
        lines(copies, |lines| {
            let last = lines.last_mut().unwrap();
            *last = last.replacen("2030-01-11T12:00:00.000Z", "2030-01-11T07:00:00.000Z", 1);
        });
    });
    scene.blamed(Layer::Inventories, "n’est pas sur ce volume", |copies| {
        let archive = files(&copies.file("ocfl/sault"), ".1/0=ocfl_object").remove(0);
        fs::remove_dir_all(archive.parent().unwrap()).unwrap();
    });
}

#[test]
fn the_report_of_a_refusal_is_held_against_the_line_that_refuses() {
    let scene = Scene::set();
    scene.house.settle(&fixtures::refused()[0].path);
    let live = scene.house.archive().verify(&|| {}).unwrap();
    assert!(live.is_whole(), "{:#?}", live.findings);
    let copies = scene.copies();
    flip(&files(&copies.file("transfers"), "report.jsonl").remove(0), 5);
    scene.blames(&copies, Layer::Files, "rapport de ce transfert refusé");
}

/// Another outcome for the line that accepted the last archive.
fn lie(line: &mut cartulaire::domain::journal::Line) -> bool {
    let is_it = line.event.kind == "accession" && line.at == Timestamp::parse("2030-01-11T08:00:00Z").unwrap();
    if is_it {
        "KO".clone_into(&mut line.event.outcome);
    }
    is_it
}

#[test]
fn a_forger_who_chains_everything_anew_is_found_by_the_log() {
    let scene = Scene::set();
    scene.blamed(Layer::Log, "elle a été réécrite", |copies| drop(forge::rechain(&copies.a(), lie)));
}

#[test]
fn a_forger_who_also_rebuilds_the_tiles_is_found_by_the_signed_checkpoint() {
    let scene = Scene::set();
    scene.blamed(Layer::Checkpoints, "le registre a été refait", |copies| {
        forge::rebuild_tiles(&copies.a(), &forge::rechain(&copies.a(), lie));
    });
    scene.blamed(Layer::Checkpoints, "signature n’est pas valable", |copies| {
        let (_, root) = forge::rebuild_tiles(&copies.a(), &forge::rechain(&copies.a(), lie));
        forge::unsigned_checkpoint(&copies.a(), root);
    });
}

#[test]
fn a_forger_who_has_the_key_is_found_by_what_was_kept_before() {
    let scene = Scene::set();
    let secrets = scene.house.data.join("keys");
    let forged = |copies: &Copies| {
        let (size, root) = forge::rebuild_tiles(&copies.a(), &forge::rechain(&copies.a(), lie));
        forge::signed_checkpoint(&copies.a(), &secrets, size, root, scene.clock.now());
    };
    scene.blamed(Layer::Checkpoints, "le passé a été réécrit", forged);
    // The checkpoints kept on the volume go too: their tokens are missed, for the log tells them.
    let without = |copies: &Copies| {
        forged(copies);
        fs::remove_dir_all(copies.file("log/times")).unwrap();
    };
    scene.blamed(Layer::Times, "altéré, ou retiré", without);
    // And a checkpoint that somebody kept elsewhere is not the beginning of the forged log.
    let older = fs::read(scene.older.path().join("a/log/checkpoint")).unwrap();
    let older = SignedCheckpoint::parse(&older).unwrap();
    let copies = scene.copies();
    assert!(scene.verify(vec![copies.a()], Some(older.clone())).is_whole());
    without(&copies);
    let verified = scene.verify(vec![copies.a()], Some(older));
    let named = |one: &&cartulaire::archive::verify::finding::Finding| {
        one.place == "point de contrôle conservé ailleurs" && one.what.contains("le passé a été réécrit")
    };
    assert_eq!(verified.findings.iter().filter(named).count(), 1, "{:#?}", verified.findings);
}

#[test]
fn a_line_dated_back_with_the_key_is_found_by_the_time_stamp_before_it() {
    let scene = Scene::set();
    let secrets = scene.house.data.join("keys");
    let (noon, seven) = ("2030-01-11T12:00:00Z", Timestamp::parse("2030-01-11T07:30:00Z").unwrap());
    let copies = scene.copies();
    let last = forge::open_lines(&copies.a()).pop().unwrap();
    assert_eq!(last.at, Timestamp::parse(noon).unwrap());
    let mut all = forge::open_lines(&copies.a());
    // Lines of the last deposit, none of which a kept checkpoint covers, are dated before the last token.
    let first = all.iter().position(|line| line.at == last.at).unwrap();
    let mut head: Option<cartulaire::domain::journal::Head> = None;
    for line in &mut all[first..] {
        let begin =
            cartulaire::domain::journal::Head { length: line.position, digest: line.previous, at: None, first: None };
        let own = head.unwrap_or(begin);
        *line = own.seal(&line.journal, line.event.clone(), seven, line.salt, line.entry);
        head = Some(own.after(line));
    }
    // The archive of eight o'clock would be dated after: only the token betrays it.
    forge::write_lines(&copies.a(), &all);
    let (size, root) = forge::rebuild_tiles(&copies.a(), &all);
    forge::signed_checkpoint(&copies.a(), &secrets, size, root, scene.clock.now());
    scene.blames(&copies, Layer::Times, "antidatée");
}

#[test]
fn an_older_tile_checkpoint_or_volume_in_the_place_of_the_present_one_is_named() {
    let scene = Scene::set();
    let older = scene.older.path();
    // To the kit's verifier this is what a sudden stop leaves: lines before the checkpoint that covers them.
    let copies = scene.copies();
    fs::copy(older.join("a/log/checkpoint"), copies.file("log/checkpoint")).unwrap();
    scene.blames(&copies, Layer::Log, "plus ancien que les journaux");
    scene.blamed(Layer::Log, "manque ou ne se lit pas", |copies| {
        fs::copy(widest(&older.join("a/log/tile/0/000.p")), widest(&copies.file("log/tile/0/000.p"))).unwrap();
    });
    let copies = scene.copies();
    fs::remove_dir_all(copies.b()).unwrap();
    copy(&older.join("b"), &copies.b());
    let verified = scene.verify(vec![copies.a(), copies.b()], None);
    assert_eq!(verified.total, 1, "{:#?}", verified.findings);
    let first = verified.first().unwrap();
    assert_eq!((first.layer, first.volume.clone()), (Layer::Volumes, Some(copies.b())));
    assert!(first.what.contains("copie plus ancienne"));
}

#[test]
fn a_catalog_edited_by_hand_is_found_on_both_engines() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        house.accept(&fixtures::accepted()[0].path);
        let archive = house.archive();
        assert!(archive.verify(&|| {}).unwrap().is_whole(), "{}", house.engine);
        house.execute("UPDATE lines SET outcome = 'KO' WHERE kind = 'accession'");
        let verified = archive.verify(&|| {}).unwrap();
        let first = verified.first().unwrap();
        assert_eq!((first.layer, verified.total), (Layer::Catalog, 1), "{:#?}", verified.findings);
        assert!(first.what.contains("y a été modifiée"), "{first:?}");
        house.execute("UPDATE lines SET outcome = 'OK' WHERE kind = 'accession'");
        house.execute(&format!("UPDATE archives SET inventory = '{}'", "0".repeat(128)));
        let verified = archive.verify(&|| {}).unwrap();
        assert!(verified.findings.iter().all(|one| one.layer == Layer::Catalog && one.what.contains("notice")));
        assert_eq!(verified.total, 1, "{:#?}", verified.findings);
    }
}
