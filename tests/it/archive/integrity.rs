//! The integrity report: what it finds in order it says so, each thing put out of order shows, and nothing else does.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cartulaire::{
    domain::id::ArchiveId,
    record::integrity::{CopyState, Integrity, State, Verdict},
};

use crate::{
    archive::{Hands, House, houses, houses_at},
    fixtures,
};

fn report(house: &House, id: ArchiveId) -> Integrity {
    house.archive().integrity_report(&house.may(), id).unwrap().unwrap().integrity
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A file of the archive's copy on a volume.
fn kept(volume: &Path, id: ArchiveId, part_of_path: &str) -> PathBuf {
    let wanted = |path: &PathBuf| {
        let path = path.display().to_string();
        path.contains(&format!("{id}.1/")) && path.contains(part_of_path)
    };
    files(&volume.join("ocfl")).into_iter().find(wanted).unwrap()
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let mut permissions = fs::metadata(path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of a folder that the test drops")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_archive_in_order_is_intact_and_every_line_of_it_is_proven() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        house.accept(&fixtures::accepted()[1].path);
        house.archive().stamp(true).unwrap();
        let found = report(&house, id);
        assert_eq!(found.verdict, Verdict::Intact, "{}: {found:#?}", house.engine);
        assert!(found.copies.iter().all(|copy| copy.state == CopyState::Whole && copy.bytes > 0));
        assert_eq!(found.copies.len(), house.volumes().len());
        let kinds: Vec<&str> = found.lines.iter().map(|line| line.kind.as_str()).collect();
        assert_eq!(kinds, ["ingestion start", "accession"], "not those of the other archive");
        assert_eq!(found.checkpoint.unwrap().state, State::Verified);
        let stamp = &found.time_stamps[0];
        assert_eq!((stamp.state, stamp.third_party, stamp.reason.as_ref()), (State::Verified, false, None));
        assert!(found.not_verified.iter().any(|sentence| sentence.starts_with("Heure non attestée par un tiers")));
        assert!(!found.archive.titles.is_empty() && found.archive.service == "Sault-les-Bruyères");
    }
}

#[test]
fn an_altered_copy_is_shown_with_its_file_and_the_other_still_counts() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        house.archive().stamp(true).unwrap();
        let altered = kept(&house.volumes()[1], id, "content/");
        flip(&altered);
        let found = report(&house, id);
        assert_eq!(found.verdict, Verdict::Degraded, "{}", house.engine);
        assert_eq!(found.copies[0].state, CopyState::Whole);
        assert_eq!((found.copies[1].volume, found.copies[1].state), (2, CopyState::Altered));
        let [fault] = found.copies[1].faults.as_slice() else { panic!("{:?}", found.copies[1].faults) };
        assert!(altered.ends_with(&fault.path) && fault.kind == "altered", "{fault:?}");
        flip(&kept(&house.volumes()[0], id, "content/"));
        assert_eq!(report(&house, id).verdict, Verdict::Broken);
    }
}

#[test]
fn a_report_is_still_made_when_no_copy_of_the_archive_s_own_record_can_be_read() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        for volume in house.volumes() {
            let folder = kept(&volume, id, "v1/content/").parent().unwrap().to_owned();
            let is_record =
                |path: &&PathBuf| fs::read(path).unwrap().starts_with(b"{\n  \"format\": \"cartulaire-archive/1\"");
            flip(files(&folder).iter().find(is_record).unwrap());
        }
        let found = report(&house, id);
        assert_eq!((found.verdict, found.examination), (Verdict::Broken, None), "{}", house.engine);
        assert!(found.not_verified.iter().any(|sentence| sentence.contains("archive.json")));
    }
}

#[test]
fn a_copy_that_agrees_with_itself_and_not_with_the_journal_is_altered() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        let inventory = kept(&house.volumes()[0], id, "1/inventory.json");
        let root = inventory.parent().unwrap().to_owned();
        // A forger who mends everything on the volume: other words in the inventory, its digest, each of its copies.
        let text = fs::read_to_string(root.join("inventory.json")).unwrap();
        let forged =
            text.replacen("\"message\": \"", "\"message\": \"x", 1).replacen("\"message\":\"", "\"message\":\"x", 1);
        assert_ne!(forged, text);
        let sidecar = format!("{} inventory.json\n", cartulaire::digest::sha512(forged.as_bytes()));
        for folder in [root.clone(), root.join("v1")] {
            for (name, bytes) in [("inventory.json", &forged), ("inventory.json.sha512", &sidecar)] {
                let path = folder.join(name);
                if path.exists() {
                    flip(&path);
                    fs::write(path, bytes).unwrap();
                }
            }
        }
        let found = report(&house, id);
        assert_eq!(found.copies[0].state, CopyState::Altered, "{}: {:?}", house.engine, found.copies[0]);
        assert_eq!(found.copies[1].state, CopyState::Whole);
        assert_eq!(found.verdict, Verdict::Degraded);
    }
}

#[test]
fn a_missing_copy_and_an_unreachable_volume_are_told_apart() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        house.archive().stamp(true).unwrap();
        let root = kept(&house.volumes()[1], id, "0=ocfl_object_1.1").parent().unwrap().to_owned();
        fs::rename(&root, root.with_extension("away")).unwrap();
        assert_eq!(report(&house, id).copies[1].state, CopyState::Missing);
        fs::rename(root.with_extension("away"), &root).unwrap();
        let volume = house.volumes()[1].clone();
        fs::rename(&volume, volume.with_extension("away")).unwrap();
        let found = report(&house, id);
        assert_eq!((found.copies[1].state, found.verdict), (CopyState::Unreachable, Verdict::Degraded));
        assert!(found.not_verified.iter().any(|sentence| sentence.contains("injoignable")), "{}", house.engine);
        fs::rename(volume.with_extension("away"), &volume).unwrap();
    }
}

#[test]
fn a_checkpoint_that_nobody_of_the_house_signed_proves_nothing() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        for volume in house.volumes() {
            let path = volume.join("log/checkpoint");
            let mut note = fs::read_to_string(&path).unwrap().into_bytes();
            // A bit of the root, which is the third line.
            let root = note.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 3;
            note[root] = if note[root] == b'A' { b'B' } else { b'A' };
            fs::write(path, note).unwrap();
        }
        let found = report(&house, id);
        assert_eq!(found.checkpoint.unwrap().state, State::Faulty, "{}", house.engine);
        assert_eq!((found.verdict, found.lines[0].state), (Verdict::Broken, State::Faulty));
    }
}

#[test]
fn a_token_of_another_checkpoint_does_not_vouch_for_this_one() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        house.archive().stamp(true).unwrap();
        for volume in house.volumes() {
            let stamped = files(&volume.join("log/times"));
            let path = stamped.iter().find(|path| path.extension().is_some_and(|end| end == "checkpoint")).unwrap();
            let note = fs::read_to_string(path).unwrap();
            fs::write(path, note.replacen('\n', " \n", 1)).unwrap();
        }
        let found = report(&house, id);
        assert_eq!(found.time_stamps[0].state, State::Faulty, "{}", house.engine);
        assert_eq!(found.verdict, Verdict::Degraded);
    }
}

#[test]
fn an_authority_s_certificate_that_has_expired_since_is_told() {
    let clock = Hands::at("2030-01-10T22:00:00Z");
    for house in houses_at(&clock, "2030-01-10T22:00:00Z") {
        let id = house.accept(&fixtures::accepted()[0].path);
        house.archive().stamp(true).unwrap();
        assert_eq!(report(&house, id).verdict, Verdict::Intact);
        clock.set("2041-01-10T22:00:00Z");
        let found = report(&house, id);
        assert_eq!((found.verdict, found.time_stamps[0].state), (Verdict::Degraded, State::Faulty));
        assert!(found.time_stamps[0].reason.as_ref().unwrap().contains("expiré"), "{:?}", found.time_stamps);
    }
}

#[test]
fn another_tenant_s_archive_has_no_report() {
    for house in houses() {
        let id = house.accept(&fixtures::accepted()[0].path);
        let neighbour = house.neighbour();
        assert!(house.archive().integrity_report(&neighbour.mandate().unwrap(), id).unwrap().is_none());
    }
}

#[test]
fn the_evidence_record_of_a_day_that_is_over_is_verified_over_every_file() {
    let clock = Hands::at("2030-01-10T22:00:00Z");
    for house in houses_at(&clock, "2030-01-10T22:00:00Z") {
        let id = house.accept(&fixtures::accepted()[0].path);
        house.archive().stamp(true).unwrap();
        let before = report(&house, id);
        assert!(before.evidence_record.is_none() && before.evidence.is_empty());
        clock.set("2030-01-11T00:10:00Z");
        house.archive().seal_due().unwrap();
        house.archive().evidence_due().unwrap();
        let found = report(&house, id);
        let record = found.evidence_record.as_ref().unwrap();
        assert_eq!((record.state, record.reasons.as_slice()), (State::Verified, [].as_slice()), "{}", house.engine);
        assert!(record.files >= 3, "{record:?}");
        assert_eq!(found.evidence.iter().map(|step| step.step.as_str()).collect::<Vec<_>>(), ["first"]);
        assert_eq!(found.verdict, Verdict::Intact);
    }
}
