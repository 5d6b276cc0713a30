//! Evidence of days: made when they are over, renewed as authorities and algorithms age, and each archive's record proves
//! its files to who has nothing but the record, the files and the authorities' roots.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use cartulaire::{
    archive::evidence::{Making, Policy, Renewing},
    boot,
    config::{Authority, Config},
    domain::{
        clock::{Clock, Timestamp},
        digest::Algorithm,
        id::ArchiveId,
        journal::JournalId,
        mandate::{Actor, Read},
        name::Name,
    },
    pki::trust::Trust,
    proof::evidence::{
        hash::HashValue,
        record::Record,
        verdict::{Outcome, Verdict},
        verify::{Given, verify_believing},
    },
    record::facts::{EVIDENCE, Fact},
    vault::{Terms, Vault, layout::OcflId},
};

use crate::{
    archive::{Hands, House, accept, houses_at},
    fixtures,
};

const EVENING: &str = "2030-01-10T22:00:00Z";
const MONTH: &str = "urn:cartulaire:_installation:evidence-2030-01";
/// The installation's own authority, and its root within.
const AUTHORITY: &str = "keys/tsa";
const ROOT: &str = "keys/tsa/root.pem";

/// A house, its archives of some days with who may read them, and the roots of its authorities so far.
struct Kept {
    house: House,
    archives: Vec<(Actor, ArchiveId)>,
    roots: String,
}

impl Kept {
    /// Four archives of two tenants on the 10th, the 11th and the 13th; it is the 14th.
    fn on_three_days(house: House, clock: &Hands) -> Self {
        let neighbour = house.neighbour();
        let packages = fixtures::accepted();
        let mut archives = Vec::new();
        for (at, by, package) in [
            ("2030-01-10T22:10:00Z", &house.actor, 0),
            ("2030-01-10T23:59:59.999Z", &neighbour, 0),
            ("2030-01-11T00:00:00Z", &house.actor, 1),
            ("2030-01-13T12:00:00Z", &neighbour, 2),
        ] {
            clock.set(at);
            archives.push((by.clone(), accept(house.archive(), by, &packages[package].path)));
        }
        clock.set("2030-01-14T06:00:00Z");
        let roots = fs::read_to_string(house.data.join(ROOT)).unwrap();
        Self { house, archives, roots }
    }

    fn make(&self) -> Making {
        self.house.archive().evidence_due().unwrap()
    }

    fn renew(&self, algorithm: Option<Algorithm>) -> Renewing {
        self.house.archive().renew_due(Policy { algorithm, ..Policy::default() }).unwrap()
    }

    fn record(&self, place: usize) -> Option<Vec<u8>> {
        let (by, archive) = &self.archives[place];
        self.house.archive().evidence_record(&by.mandate::<Read>().unwrap(), *archive).unwrap()
    }

    /// The files of an archive's object as they stand on the first volume.
    fn files(&self, place: usize) -> Vec<PathBuf> {
        files_of(&self.house.volumes()[0], self.archives[place].1)
    }

    /// What the record of an archive says of the files that stand on the first volume, at an instant.
    fn judged(&self, place: usize, at: &str) -> Verdict {
        let files: Vec<Vec<u8>> = self.files(place).iter().map(|file| fs::read(file).unwrap()).collect();
        judge(&self.roots, &self.record(place).unwrap(), &files, at)
    }

    /// Restarts with an authority founded anew, as whoever operates the house does before the old one expires.
    fn with_a_new_authority(mut self, clock: &Arc<Hands>) -> Self {
        fs::remove_dir_all(self.house.data.join(AUTHORITY)).unwrap();
        self = self.restarted(clock);
        self.roots += &fs::read_to_string(self.house.data.join(ROOT)).unwrap();
        self
    }

    /// The same, with the former roots kept beside the new one, as the manual says.
    fn with_a_succeeding_authority(self, clock: &Arc<Hands>) -> Self {
        let kept = self.with_a_new_authority(clock);
        fs::write(kept.house.data.join(ROOT), &kept.roots).unwrap();
        kept.restarted(clock)
    }

    fn restarted(self, clock: &Arc<Hands>) -> Self {
        let house = self.house;
        drop(house.installation);
        let installation = boot::open_at(&house.data, clock.clone()).unwrap();
        Self { house: House { installation, ..house }, ..self }
    }

    /// What the journal tells of the evidence of days, in order: the day, the step, the archives.
    fn told(&self) -> Vec<(String, String, u64)> {
        let lines = self.house.store().lines(&JournalId::Installation, 0, 1_000).unwrap();
        let told = lines.iter().filter(|line| line.event.kind == EVIDENCE);
        told.map(|line| match Fact::read(&line.event).unwrap() {
            Some(Fact::EvidenceMade(fact)) => (fact.day.to_string(), fact.step, fact.archives),
            other => panic!("{other:?}"),
        })
        .collect()
    }
}

fn files_of(volume: &Path, archive: ArchiveId) -> Vec<PathBuf> {
    let mut folders = vec![volume.join("ocfl")];
    while let Some(folder) = folders.pop() {
        if folder.file_name().is_some_and(|name| *name == *format!("{archive}.1")) {
            let content = fs::read_dir(folder.join("v1/content")).unwrap();
            return content.map(|file| file.unwrap().path()).collect();
        }
        folders.extend(fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).filter(|path| path.is_dir()));
    }
    panic!("{archive} is not on {}", volume.display())
}

fn judge(roots: &str, der: &[u8], files: &[Vec<u8>], at: &str) -> Verdict {
    let record = Record::read(der).unwrap();
    let hash =
        |bytes: &[u8]| record.algorithms().into_iter().map(|by| (by, HashValue::of(by, &[bytes]).unwrap())).collect();
    let given = |(place, bytes): (usize, &Vec<u8>)| Given {
        name: place.to_string(),
        hashes: hash(bytes),
        is_xml: bytes.starts_with(b"<"),
    };
    let given: Vec<Given> = files.iter().enumerate().map(given).collect();
    let trust = Trust::from_pem(roots.as_bytes(), b"").unwrap();
    verify_believing(&trust, &record, &given, Timestamp::parse(at).unwrap()).unwrap()
}

#[track_caller]
fn assert_valid(verdict: &Verdict, time_stamps: usize) {
    assert_eq!(verdict.judgement.outcome, Outcome::Valid, "{:?}", verdict.judgement.reasons);
    assert_eq!((verdict.time_stamps.len(), verdict.not_given), (time_stamps, 0));
}

fn texts(days: &[chrono::NaiveDate]) -> Vec<String> {
    days.iter().map(ToString::to_string).collect()
}

#[test]
fn each_day_with_archives_of_any_tenant_has_its_evidence_once_it_is_over() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        let kept = Kept::on_three_days(house, &clock);
        clock.set("2030-01-10T23:59:59.999Z");
        assert_eq!(kept.make(), Making::default(), "no day is over");
        assert_eq!(kept.record(0), None);
        clock.set("2030-01-11T00:00:00Z");
        assert_eq!(texts(&kept.make().days), ["2030-01-10"]);
        clock.set("2030-01-14T06:00:00Z");
        let making = kept.make();
        assert_eq!((texts(&making.days), making.archives), (vec!["2030-01-11".to_owned(), "2030-01-13".to_owned()], 2));
        assert_eq!(kept.make(), Making::default(), "what is made is not made twice");
        let first = |day: &str, archives| (day.to_owned(), "first".to_owned(), archives);
        assert_eq!(kept.told(), [first("2030-01-10", 2), first("2030-01-11", 1), first("2030-01-13", 1)]);
        for place in 0..kept.archives.len() {
            assert_valid(&kept.judged(place, "2035-06-01T00:00:00Z"), 1);
        }
        let verified = kept.house.archive().verify(&|| {}).unwrap();
        assert!(verified.findings.is_empty(), "{}: {verified:?}", kept.house.engine);
        let kept = kept.restarted(&clock);
        assert_eq!(kept.make(), Making::default(), "nor after a restart");
    }
}

#[test]
fn a_record_is_its_tenant_s_alone_and_proves_no_other_bytes() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        let kept = Kept::on_three_days(house, &clock);
        kept.make();
        let (own, other) = (&kept.archives[0], &kept.archives[1]);
        let asked = kept.house.archive().evidence_record(&other.0.mandate::<Read>().unwrap(), own.1).unwrap();
        assert_eq!(asked, None, "another tenant's archive is not there");
        let der = kept.record(0).unwrap();
        let whole: Vec<Vec<u8>> = kept.files(0).iter().map(|file| fs::read(file).unwrap()).collect();
        for place in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[place][0] ^= 1;
            let verdict = judge(&kept.roots, &der, &flipped, "2030-02-01T00:00:00Z");
            assert_eq!(verdict.judgement.outcome, Outcome::Invalid, "file {place}");
        }
        let foreign: Vec<Vec<u8>> = kept.files(2).iter().map(|file| fs::read(file).unwrap()).collect();
        let verdict = judge(&kept.roots, &der, &foreign, "2030-02-01T00:00:00Z");
        assert_eq!(verdict.judgement.outcome, Outcome::Invalid);
    }
}

#[test]
fn records_outlive_two_authorities_and_two_algorithms() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        let mut kept = Kept::on_three_days(house, &clock);
        kept.make();
        let days = ["2030-01-10", "2030-01-11", "2030-01-13"];
        assert_eq!(kept.renew(Some(Algorithm::Sha512)), Renewing::default(), "nothing ages yet");
        for (at, until) in
            [("2039-10-01T00:00:00Z", "2045-01-01T00:00:00Z"), ("2049-06-01T00:00:00Z", "2055-01-01T00:00:00Z")]
        {
            clock.set(at);
            let idle = kept.renew(Some(Algorithm::Sha512));
            assert!(idle.time_stamps.is_empty() && idle.missed.len() == 1, "{idle:?}");
            assert!(idle.missed[0].starts_with("3 journées sont prouvées"), "{idle:?}");
            kept = kept.with_a_succeeding_authority(&clock);
            assert_eq!(texts(&kept.renew(None).time_stamps), days);
            assert_eq!(kept.renew(Some(Algorithm::Sha512)), Renewing::default(), "one renewal is enough");
            assert_eq!(kept.judged(0, until).judgement.outcome, Outcome::Valid);
        }
        clock.set("2050-01-01T00:00:00Z");
        assert_eq!(texts(&kept.renew(Some(Algorithm::Sha384)).hash_trees), days);
        clock.set("2059-01-20T00:00:00Z");
        // Nobody that is configured answers for the former authority any more: its own certificate tells its end.
        kept = kept.with_a_new_authority(&clock);
        assert_eq!(texts(&kept.renew(None).time_stamps), days, "by the algorithm that the trees have");
        clock.set("2060-01-01T00:00:00Z");
        assert_eq!(texts(&kept.renew(Some(Algorithm::Sha256)).hash_trees), days);
        for place in 0..kept.archives.len() {
            let verdict = kept.judged(place, "2068-06-01T00:00:00Z");
            assert_valid(&verdict, 6);
            let algorithms: Vec<_> = verdict.time_stamps.iter().map(|stamp| stamp.algorithm.unwrap().name()).collect();
            assert_eq!(algorithms, ["SHA-512", "SHA-512", "SHA-512", "SHA-384", "SHA-384", "SHA-256"]);
            assert_eq!(
                kept.judged(place, "2070-01-01T00:00:00Z").judgement.outcome,
                Outcome::Invalid,
                "all has an end"
            );
        }
        let steps: Vec<_> = kept.told().into_iter().filter(|told| told.0 == days[0]).map(|told| told.1).collect();
        let (stamp, tree) = ("time-stamp renewal", "hash-tree renewal");
        assert_eq!(steps, ["first", stamp, stamp, tree, stamp, tree]);
        assert!(kept.house.archive().verify(&|| {}).unwrap().findings.is_empty());
    }
}

#[test]
fn what_has_expired_is_told_and_not_renewed() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        let kept = Kept::on_three_days(house, &clock);
        kept.make();
        clock.set("2041-01-01T00:00:00Z");
        let told = kept.told();
        let kept = kept.with_a_new_authority(&clock);
        for algorithm in [None, Some(Algorithm::Sha256)] {
            let renewing = kept.renew(algorithm);
            assert_eq!(renewing.lapsed.len(), 3);
            assert!(renewing.time_stamps.is_empty() && renewing.hash_trees.is_empty());
        }
        assert_eq!(kept.told(), told);
        assert_eq!(kept.judged(0, "2041-01-01T00:00:00Z").judgement.outcome, Outcome::Invalid);
    }
}

#[test]
fn without_an_authority_a_day_stays_due_until_one_answers() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        let kept = Kept::on_three_days(house, &clock);
        let config = kept.house.installation.config.clone();
        let (name, url, roots) = ("muette".to_owned(), "http://127.0.0.1:1/".to_owned(), ROOT.to_owned());
        let silent = Authority { name, url, roots: roots.into(), third_party: true, policy: None };
        Config { authorities: vec![silent], ..config.clone() }.save(&kept.house.data).unwrap();
        let kept = kept.restarted(&clock);
        let lines = kept.house.store().head(&JournalId::Installation).unwrap().length;
        for _ in 0..2 {
            let making = kept.make();
            assert!(making.days.is_empty() && making.missed.len() == 1, "{making:?}");
            assert!(making.missed[0].starts_with("muette : elle n’a pas répondu"), "{making:?}");
        }
        assert_eq!(kept.house.store().head(&JournalId::Installation).unwrap().length, lines, "nothing is told");
        config.save(&kept.house.data).unwrap();
        let kept = kept.restarted(&clock);
        assert_eq!(kept.make().days.len(), 3);
        assert_valid(&kept.judged(0, "2030-02-01T00:00:00Z"), 1);
    }
}

#[test]
fn a_version_that_no_line_tells_says_nothing_and_is_made_again() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        let kept = Kept::on_three_days(house, &clock);
        // What a process that died between its publication and its line leaves.
        let vault = Vault::open(Terms::new(kept.house.volumes(), "dead")).unwrap();
        let month: OcflId = MONTH.parse().unwrap();
        let mut staging = vault.stage(&month).unwrap();
        staging.put_bytes("2030-01-10/leaves.jsonl", b"{}\n").unwrap();
        staging.put_bytes("2030-01-10/chain.der", b"0").unwrap();
        let staged = staging.finish("Preuve", "cartulaire", clock.now()).unwrap();
        vault.settle(vault.publish(vec![staged], &[]).unwrap());
        drop(vault);
        assert_eq!(kept.record(0), None);
        assert_eq!(kept.renew(Some(Algorithm::Sha512)), Renewing::default());
        assert_eq!(texts(&kept.make().days), ["2030-01-10", "2030-01-11", "2030-01-13"]);
        assert_valid(&kept.judged(0, "2030-02-01T00:00:00Z"), 1);
        let leaves = Vault::open(Terms::new(kept.house.volumes(), "reader")).unwrap();
        let leaves = leaves.read_all(&month, &Name::from("2030-01-10/leaves.jsonl")).unwrap();
        let groups: Vec<serde_json::Value> =
            String::from_utf8(leaves).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(groups.len(), 2);
        assert!(groups.is_sorted_by_key(|leaf| leaf["group"].as_str().unwrap().to_owned()));
    }
}

#[test]
fn an_altered_file_keeps_its_day_s_tree_from_being_built_again_and_no_other_s() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        let kept = Kept::on_three_days(house, &clock);
        kept.make();
        let bad = kept.files(2)[0].file_name().unwrap().to_owned();
        for volume in kept.house.volumes() {
            let file = files_of(&volume, kept.archives[2].1).into_iter().find(|file| file.ends_with(&bad)).unwrap();
            fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
            fs::write(&file, b"other bytes").unwrap();
        }
        let renewing = kept.renew(Some(Algorithm::Sha256));
        assert_eq!(texts(&renewing.hash_trees), ["2030-01-10", "2030-01-13"]);
        assert_eq!(renewing.unread.iter().map(|(day, _)| day.to_string()).collect::<Vec<_>>(), ["2030-01-11"]);
        assert_valid(&kept.judged(0, "2035-01-01T00:00:00Z"), 2);
        assert_valid(&kept.judged(3, "2035-01-01T00:00:00Z"), 2);
        assert!(kept.record(2).is_some(), "the older chain is still there to be given");
    }
}

#[test]
fn an_archive_whose_inventory_is_not_the_one_told_gets_no_evidence() {
    let clock = Hands::at(EVENING);
    for house in houses_at(&clock, EVENING) {
        let kept = Kept::on_three_days(house, &clock);
        let rewrite = |volume: &Path| {
            let folder = files_of(volume, kept.archives[0].1)[0].ancestors().nth(2).unwrap().to_owned();
            let text = fs::read_to_string(folder.join("inventory.json")).unwrap().replace("Versement", "Altération");
            let digest = cartulaire::digest::sha512(text.as_bytes());
            fs::write(folder.join("inventory.json"), text).unwrap();
            fs::write(folder.join("inventory.json.sha512"), format!("{digest}  inventory.json\n")).unwrap();
        };
        rewrite(&kept.house.volumes()[0]);
        assert_eq!(kept.make().days.len(), 3, "the other volume's is taken");
        rewrite(&kept.house.volumes()[1]);
        let by = kept.archives[0].0.mandate::<Read>().unwrap();
        assert!(kept.house.archive().evidence_record(&by, kept.archives[0].1).is_err());
    }
}
