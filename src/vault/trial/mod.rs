//! Trials by fire: the vault is stopped between any two system calls, and its power is cut.
//!
//! Both replay the same `scenario` through a witness of the disk. Compiled for tests only.

mod crash;
mod model;
mod power;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    domain::{
        clock::Timestamp,
        id::{Id, TransferId},
        name::Name,
    },
    vault::{
        Terms, Vault,
        disk::{Disk, Witness},
        error::Error,
        intent::Intended,
        layout::OcflId,
        papers::Papers,
        segments::Segment,
        staging::Staged,
    },
};

/// A promise that the vault gave: from then on it must hold, whatever happens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Promise {
    /// `publish` returned.
    Published(Intended),
    /// The catalog has accepted, and the intent is forgotten.
    Settled(Intended),
    /// The catalog has refused: withdrawn from now on.
    Refused(Intended),
    /// `append` returned: so many lines stand.
    Lines(usize),
    /// The package and its acknowledgement are durable.
    Received,
    /// The first object is gone, and its bytes with it.
    Purged,
}

/// The lines that the scenario appends, in order.
const LINES: [&str; 4] = ["{\"n\":0}", "{\"n\":1}", "{\"n\":2}", "{\"n\":3}"];
const PACKAGE: &[u8] = b"the package as it came";

/// Two volumes with one accepted object, one that will be purged, referentials in version 1, and a first line.
fn base(folder: &Path) -> Vec<PathBuf> {
    let paths = vec![folder.join("a"), folder.join("b")];
    Vault::create(&paths, "installation", at(0)).unwrap();
    let vault = open(&paths, &Disk::default()).unwrap();
    let batch = vec![staged(&vault, &archive(0)), staged(&vault, &archive(1)), staged(&vault, &referentials())];
    vault.settle(vault.publish(batch.into_iter().map(Result::unwrap).collect(), &[]).unwrap());
    vault.append(&[segment(&LINES[..1])]).unwrap();
    paths
}

/// What a working day does: every kind of change once; `promise` hears each promise when it is given.
fn scenario(vault: &Vault, promise: &dyn Fn(Promise)) -> Result<(), Error> {
    let batch = vec![staged(vault, &archive(2))?, staged(vault, &archive(3))?];
    let papers = [papers("reply.xml")];
    let published = vault.publish(batch, &papers)?;
    published.objects().iter().for_each(|intended| promise(Promise::Published(intended.clone())));
    vault.append(&[segment(&LINES[1..3])])?;
    promise(Promise::Lines(3));
    published.objects().iter().for_each(|intended| promise(Promise::Settled(intended.clone())));
    vault.settle(published);

    let mut staging = vault.new_version(&referentials())?;
    staging.put_bytes("rules.json", b"[1]").map_err(|_| Error::NoVolume)?;
    let published = vault.publish(vec![staging.finish("règles", "actor", at(5))?], &[])?;
    published.objects().iter().for_each(|intended| promise(Promise::Published(intended.clone())));
    published.objects().iter().for_each(|intended| promise(Promise::Settled(intended.clone())));
    vault.settle(published);

    let published = vault.publish(vec![staged(vault, &archive(4))?, next_rules(vault)?], &[])?;
    published.objects().iter().for_each(|intended| promise(Promise::Refused(intended.clone())));
    vault.withdraw(published)?;

    let first = Segment { day: next_day(), lines: vec!["{}".to_owned()] };
    vault.append(&[segment(&LINES[3..]), first])?;
    promise(Promise::Lines(4));
    let spooled = vault.receive(transfer(), &mut &PACKAGE[..], 1000, &[]).map_err(|_| Error::NoVolume)?;
    vault.make_durable(&[spooled], &[self::papers("acknowledgement.xml")])?;
    promise(Promise::Received);
    vault.erase(&archive(1))?;
    promise(Promise::Purged);
    Ok(())
}

fn next_rules(vault: &Vault) -> Result<Staged, Error> {
    let mut staging = vault.new_version(&referentials())?;
    staging.put_bytes("never.json", b"[2]").map_err(|_| Error::NoVolume)?;
    staging.finish("refusées", "actor", at(6))
}

/// Starts again on what is left, recovers, and checks every promise. `kept` says whether the catalog had accepted what
/// was published and not settled yet.
fn check(paths: &[PathBuf], promises: &[Promise], kept: bool) {
    let vault = open(paths, &Disk::default()).unwrap();
    let accepted = accepted(promises, kept);
    vault
        .recover(&|intended| accepted.get(&intended.object).is_some_and(|versions| versions.contains(intended)))
        .unwrap();
    let purged = promises.contains(&Promise::Purged);
    for (volume, path) in paths.iter().enumerate() {
        let mut listed: Vec<OcflId> = vault.list_objects(volume).unwrap().map(Result::unwrap).collect();
        for object in &listed {
            assert_eq!(vault.verify_object(object, volume).unwrap().faults, [], "{object} {promises:?}");
        }
        // While an erasure runs, each volume has the object whole or not at all.
        listed.retain(|object| *object != archive(1) || purged);
        let mut expected: Vec<OcflId> = accepted.keys().cloned().collect();
        expected.extend([archive(0), referentials()]);
        expected.sort();
        expected.dedup();
        listed.sort();
        assert_eq!(listed, expected, "{promises:?}");
        check_lines(&vault, volume, promises);
        check_folders(path);
    }
    let rules = accepted.get(&referentials()).map_or(1, |versions| versions.len() + 1);
    assert_eq!(usize::try_from(vault.read_inventory(&referentials()).unwrap().head()).unwrap(), rules);
    assert_eq!(vault.read_all(&archive(0), &Name::from("transfer/acte.pdf")).unwrap(), bytes(&archive(0)));
    check_papers(&vault, promises, accepted.contains_key(&archive(2)));
    // The house works on.
    let next = staged(&vault, &archive(9)).unwrap();
    vault.settle(vault.publish(vec![next], &[]).unwrap());
    vault.append(&[segment(&["{\"n\":9}"])]).unwrap();
}

/// The versions that the catalog knows.
fn accepted(promises: &[Promise], kept: bool) -> BTreeMap<OcflId, Vec<Intended>> {
    let mut accepted: BTreeMap<OcflId, Vec<Intended>> = BTreeMap::new();
    for promise in promises {
        let known = match promise {
            Promise::Settled(intended) => Some(intended),
            Promise::Published(intended) if kept => Some(intended),
            _ => None,
        };
        if let Some(intended) = known {
            let versions = accepted.entry(intended.object.clone()).or_default();
            if !versions.contains(intended) {
                versions.push(intended.clone());
            }
        }
    }
    accepted
}

fn check_lines(vault: &Vault, volume: usize, promises: &[Promise]) {
    let counts = promises.iter().filter_map(|promise| match promise {
        Promise::Lines(count) => Some(*count),
        _ => None,
    });
    let least = counts.max().unwrap_or(1);
    let lines: Vec<String> = vault.read_segment(volume, day()).unwrap().map(Result::unwrap).collect();
    assert!(lines.len() >= least, "{lines:?} {promises:?}");
    assert_eq!(lines, LINES[..lines.len()], "what stands is a beginning of what was appended");
    let first: Vec<String> = vault.read_segment(volume, next_day()).unwrap().map(Result::unwrap).collect();
    assert!(first == ["{}"] || (first.is_empty() && least < LINES.len()), "the first line of a new segment stands");
}

fn check_papers(vault: &Vault, promises: &[Promise], replied: bool) {
    let tenant = "ville".parse().unwrap();
    let kept: BTreeMap<String, Vec<u8>> = vault.read_papers(&tenant, day(), transfer()).unwrap().into_iter().collect();
    assert_eq!(kept.contains_key("reply.xml"), replied, "{promises:?}");
    if promises.contains(&Promise::Received) {
        assert_eq!(kept["acknowledgement.xml"], b"<acknowledgement.xml/>");
        let mut package = Vec::new();
        std::io::Read::read_to_end(&mut vault.open_received(transfer()).unwrap().0, &mut package).unwrap();
        assert_eq!(package, PACKAGE);
    }
    assert!(kept.iter().all(|(name, bytes)| *bytes == format!("<{name}/>").into_bytes()), "no paper is torn");
}

/// Nothing unfinished is left, and no empty folder stands in the storage root (OCFL 1.1, 4.1).
fn check_folders(volume: &Path) {
    let staged: Vec<_> =
        fs::read_dir(volume.join("staging/n1")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(staged, ["lock"]);
    let mut folders = vec![volume.join("ocfl")];
    while let Some(folder) = folders.pop() {
        let entries: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!entries.is_empty(), "{} is empty", folder.display());
        folders.extend(entries.into_iter().filter(|path| path.is_dir()));
    }
}

fn open(paths: &[PathBuf], disk: &Disk) -> Result<Vault, Error> {
    let mut terms = Terms::new(paths.to_vec(), "n1");
    terms.reserve_bytes = 0;
    Vault::open_on(disk, terms)
}

fn watched(witness: Witness) -> Disk {
    Disk::watched(witness)
}

fn staged(vault: &Vault, object: &OcflId) -> Result<Staged, Error> {
    let mut staging = vault.stage(object)?;
    let failed = |_| Error::NoVolume;
    staging.put(&Name::from("transfer/acte.pdf"), &mut bytes(object).as_slice(), &[]).map_err(failed)?;
    staging.put(&Name::new(&b"transfer/\xe9"[..]), &mut &b"brut"[..], &[]).map_err(failed)?;
    staging.finish("versement", "actor", at(1))
}

/// Content of an object: one in three is longer than what is hashed before it is written.
fn bytes(object: &OcflId) -> Vec<u8> {
    let times = if *object == archive(2) { 5_000 } else { 1 };
    object.to_string().repeat(times).into_bytes()
}

fn papers(name: &str) -> Papers<'_> {
    let content: &[u8] = if name == "reply.xml" { b"<reply.xml/>" } else { b"<acknowledgement.xml/>" };
    Papers { tenant: "ville".parse().unwrap(), day: day(), transfer: transfer(), files: vec![(name, content)] }
}

fn segment(lines: &[&str]) -> Segment {
    Segment { day: day(), lines: lines.iter().map(|line| (*line).to_owned()).collect() }
}

fn next_day() -> chrono::NaiveDate {
    day().succ_opt().unwrap()
}

fn archive(number: u64) -> OcflId {
    let text = format!("urn:cartulaire:ville:019aa8f{number}-1111-7222-8333-944455556666:1");
    text.parse().unwrap()
}

fn referentials() -> OcflId {
    "urn:cartulaire:ville:referentials".parse().unwrap()
}

fn transfer() -> TransferId {
    static TRANSFER: std::sync::OnceLock<TransferId> = std::sync::OnceLock::new();
    *TRANSFER.get_or_init(|| Id::mint(at(0)))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_750_000_000_000 + millis).unwrap()
}

fn day() -> chrono::NaiveDate {
    at(0).day()
}

/// A folder in memory where there is one: these trials synchronise thousands of times, and prove order, not speed.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
