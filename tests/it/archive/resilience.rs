//! Disks go and come back, bytes rot, depositors press twice at once, tenants are curious: nothing is lost, doubled or
//! shown to the wrong reader.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Barrier,
};

use cartulaire::{
    archive::{Archive, deposit::Receipt, error::Error, verify::finding::Layer},
    config::Config,
    domain::{
        id::{ArchiveId, TransferId},
        journal::{Event, JournalId},
        mandate::{Actor, Administer, Deposit, Permission, Read, Validate},
        object::Matter,
        referential::Referential,
        search::Criteria,
        transfer::TransferStatus,
    },
    record,
    store::ArchiveFilter,
    vault::error::{ReadError, Unavailable},
};

use crate::{
    archive::{
        House, accept, houses,
        referentials::{import_agreements, import_all},
        settle, units,
    },
    fixtures,
};

/// Depositors who press at the same moment.
const AT_ONCE: usize = 8;

fn accepted(part: &str) -> PathBuf {
    fixtures::accepted().into_iter().find(|fixture| fixture.name.contains(part)).unwrap().path
}

/// Every object's bytes, as a reader is given them.
fn contents(archive: &Archive, by: &Actor, id: ArchiveId) -> BTreeMap<String, Vec<u8>> {
    let may = by.mandate::<Read>().unwrap();
    let groups: BTreeSet<_> = units(archive, by, id).iter().filter_map(|hit| hit.group).collect();
    let objects = groups.into_iter().flat_map(|group| archive.objects(&may, group).unwrap());
    let read = objects.filter(|object| matches!(object.matter, Matter::Binary(_))).map(|object| {
        let (object, opened) = archive.open_object(&may, object.id).unwrap().unwrap();
        let mut bytes = Vec::new();
        opened.verified().unwrap().read_to_end(&mut bytes).unwrap();
        (object.local_id, bytes)
    });
    read.collect()
}

/// Whatever a reader can ask of an archive succeeds.
fn read_all(archive: &Archive, by: &Actor, id: ArchiveId) -> String {
    let may = by.mandate::<Read>().unwrap();
    let mut manifest = Vec::new();
    archive.open_manifest(&may, id).unwrap().verified().unwrap().read_to_end(&mut manifest).unwrap();
    let described: Vec<_> = units(archive, by, id)
        .iter()
        .map(|hit| archive.full_unit(&may, id, hit.unit).unwrap().unwrap())
        .map(|unit| format!("{unit:?}"))
        .collect();
    format!("{:?} {described:?} {}", contents(archive, by, id), String::from_utf8(manifest).unwrap())
}

fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn assert_twins(house: &House) {
    for folder in ["ocfl", "journal", "transfers"] {
        let trees: Vec<_> = house.volumes().iter().map(|volume| tree(&volume.join(folder))).collect();
        let names = |at: usize| trees[at].keys().collect::<Vec<_>>();
        assert_eq!(names(0), names(1), "{folder}");
        assert!(trees[0] == trees[1], "{folder} holds other bytes");
        assert!(folder == "transfers" || !trees[0].is_empty(), "{folder}");
    }
}

/// Nothing is under way: no work file, no package, and every copy and journal is sound.
fn assert_at_rest(house: &House) {
    let verified = house.archive().verify(&|| {}).unwrap();
    assert!(verified.is_whole(), "{verified:?}");
    assert!(verified.count(Layer::Files) > 0 && verified.count(Layer::Journals) > 0);
    // What was set aside is erased in rounds.
    house.archive().round(0);
    for volume in house.volumes() {
        assert_eq!(tree(&volume.join("pending")).into_keys().collect::<Vec<_>>(), Vec::<PathBuf>::new());
        let staged: Vec<PathBuf> = tree(&volume.join("staging")).into_keys().collect();
        assert!(staged.iter().all(|path| path.ends_with("lock")), "{staged:?}");
    }
}

fn unavailable(error: &Error) -> &Unavailable {
    match error {
        Error::Vault(cartulaire::vault::error::Error::Unavailable(unavailable)) => unavailable,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lost_volume_stops_deposits_and_not_reading() {
    for house in houses() {
        let id = house.accept(&accepted("subvention"));
        let before = read_all(house.archive(), &house.actor, id);
        for lost in [0, 1] {
            let (volume, away) = (house.volumes().remove(lost), house.data.join("parti"));
            fs::rename(&volume, &away).unwrap();
            assert_eq!(read_all(house.archive(), &house.actor, id), before);
            let may = house.may::<Deposit>();
            let package = accepted("budget_supplementaire");
            let error = house.archive().deposit(&may, house.archive().local(&package)).unwrap_err();
            let told = unavailable(&error);
            assert_eq!((told.writable, told.required, told.reasons.len()), (1, 2, 1), "{told:?}");
            assert!(!house.archive().health().takes_deposits);
            let mut bytes = fixtures::zip(&package);
            assert!(house.archive().spool(&may, "envoi.zip", &mut bytes.as_slice(), 1 << 30).is_err());
            bytes.clear();
            fs::rename(&away, &volume).unwrap();
        }
        let house = house.reopened();
        assert!(house.archive().health().takes_deposits);
        house.accept(&accepted("budget_supplementaire"));
        assert_twins(&house);
        assert_at_rest(&house);
    }
}

#[test]
fn a_volume_that_was_away_catches_up() {
    for house in houses() {
        house.accept(&accepted("subvention"));
        // From now on one volume suffices.
        Config { required_volumes: 1, ..house.installation.config.clone() }.save(&house.data).unwrap();
        let mut house = house.reopened();
        for lost in [1, 0] {
            let (volume, away) = (house.volumes().remove(lost), house.data.join("parti"));
            fs::rename(&volume, &away).unwrap();
            let [first, second] =
                if lost == 1 { ["budget_xml", "cinq_niveaux"] } else { ["noms_de_fichiers", "denomination"] };
            let id = house.accept(&accepted(first));
            house.accept(&accepted(second));
            settle(house.archive(), &house.actor, &fixtures::refused()[lost].path);
            let before = read_all(house.archive(), &house.actor, id);
            fs::rename(&away, &volume).unwrap();
            house = house.reopened();
            assert_twins(&house);
            assert_at_rest(&house);
            // What the volume was given can be read from it alone.
            let other = house.volumes().remove(1 - lost);
            fs::rename(&other, &away).unwrap();
            assert_eq!(read_all(house.archive(), &house.actor, id), before);
            fs::rename(&away, &other).unwrap();
        }
    }
}

#[test]
fn packages_in_waiting_are_where_their_transfers_stand_after_a_restart() {
    for house in houses() {
        import_all(&house);
        import_agreements(&house, "human");
        Config { required_volumes: 1, ..house.installation.config.clone() }.save(&house.data).unwrap();
        let house = house.reopened();
        let (volume, away) = (house.volumes().remove(1), house.data.join("parti"));
        fs::rename(&volume, &away).unwrap();
        let waiting = house.settle(&accepted("subvention")).transfer;
        assert!(matches!(waiting.status, TransferStatus::AwaitingValidation { .. }), "{waiting:?}");
        fs::rename(&away, &volume).unwrap();
        let house = house.reopened();
        let packages =
            |house: &House| house.volumes().iter().map(|volume| tree(&volume.join("pending"))).collect::<Vec<_>>();
        let both = packages(&house);
        assert!(both[0].len() == 1 && both[0] == both[1], "{:?}", house.engine);
        house.archive().validate(&house.may::<Validate>(), waiting.id).unwrap().unwrap();
        // As if the power had failed between the settling and the discarding.
        for (path, bytes) in &both[0] {
            fs::create_dir_all(volume.join("pending").join(path).parent().unwrap()).unwrap();
            fs::write(volume.join("pending").join(path), bytes).unwrap();
        }
        let house = house.reopened();
        assert!(packages(&house).iter().all(BTreeMap::is_empty));
        assert_at_rest(&house);
    }
}

#[test]
fn a_copy_that_rots_is_found_and_the_other_is_read() {
    for house in houses() {
        let id = house.accept(&accepted("subvention"));
        let before = read_all(house.archive(), &house.actor, id);
        let kept = |path: &Path| path.to_string_lossy().contains(&id.to_string().replace('-', "")[..8]);
        for volume in house.volumes() {
            let ocfl = volume.join("ocfl");
            let all: Vec<_> =
                tree(&ocfl).into_iter().filter(|(path, _)| path.to_string_lossy().contains("content")).collect();
            assert!(all.len() > 4 && !all.iter().all(|(path, _)| kept(path)));
            for (path, bytes) in &all {
                let rotten: Vec<u8> = bytes.iter().map(|byte| byte ^ 1).collect();
                fs::write(ocfl.join(path), rotten).unwrap();
            }
            let verified = house.archive().verify(&|| {}).unwrap();
            assert!(verified.total >= u64::try_from(all.len()).unwrap(), "{verified:?}");
            assert!(verified.findings.iter().all(|one| one.volume.as_ref() == Some(&volume)), "{verified:?}");
            assert_eq!(read_all(house.archive(), &house.actor, id), before);
            for (path, bytes) in &all {
                fs::write(ocfl.join(path), bytes).unwrap();
            }
        }
        assert_at_rest(&house);
    }
}

/// The receipts of the same moment, for as many packages.
fn at_once(house: &House, packages: &[PathBuf]) -> Vec<Receipt> {
    let start = Barrier::new(packages.len());
    std::thread::scope(|threads| {
        let deposits: Vec<_> = packages
            .iter()
            .map(|package| {
                threads.spawn(|| {
                    let archive = house.archive();
                    let deposited = archive.local(package);
                    start.wait();
                    archive.deposit(&house.may::<Deposit>(), deposited).unwrap()
                })
            })
            .collect();
        deposits.into_iter().map(|deposit| deposit.join().unwrap()).collect()
    })
}

fn kept(house: &House) -> Vec<ArchiveId> {
    let all = house.archive().archives(&house.may::<Read>(), &ArchiveFilter::default(), None, 100).unwrap();
    all.into_iter().map(|kept| kept.archive.id).collect()
}

#[test]
fn the_same_package_eight_times_at_once_makes_one_archive_and_one_answer() {
    for house in houses() {
        let receipts = at_once(&house, &vec![accepted("subvention"); AT_ONCE]);
        let mut settled = 0;
        let answers: BTreeSet<TransferId> = receipts
            .into_iter()
            .map(|receipt| match receipt {
                Receipt::Settled(one) => {
                    settled += 1;
                    one.transfer
                }
                Receipt::Same(transfer) => transfer,
                other => panic!("{other:?}"),
            })
            .map(|transfer| {
                assert!(matches!(transfer.status, TransferStatus::Accepted { .. }), "{transfer:?}");
                transfer.id
            })
            .collect();
        assert_eq!((settled, answers.len(), kept(&house).len()), (1, 1, 1), "{}", house.engine);
        assert_at_rest(&house);
        assert_twins_of_objects(&house);
    }
}

#[test]
fn other_bytes_under_one_key_at_once_leave_one_archive_and_conflicts() {
    for house in houses() {
        let packages: Vec<PathBuf> = (0..AT_ONCE).map(|number| variant(&house, number)).collect();
        let receipts = at_once(&house, &packages);
        let (mut winners, mut conflicts) = (Vec::new(), Vec::new());
        for receipt in receipts {
            match receipt {
                Receipt::Settled(settled) => winners.push(settled.transfer),
                Receipt::Conflict(transfer) => conflicts.push(transfer),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((winners.len(), conflicts.len()), (1, AT_ONCE - 1));
        assert!(conflicts.iter().all(|earlier| *earlier == winners[0]), "{conflicts:?}");
        assert_eq!(kept(&house).len(), 1);
        assert_at_rest(&house);
        assert_twins_of_objects(&house);
    }
}

/// Objects of deposits that lost are gone from every volume.
fn assert_twins_of_objects(house: &House) {
    let manifests = |volume: &PathBuf| {
        let names = tree(&volume.join("ocfl")).into_keys();
        names.filter(|path| path.file_name().is_some_and(|name| name == "0=ocfl_object_1.1")).count()
    };
    let counts: Vec<usize> = house.volumes().iter().map(manifests).collect();
    // The archive, and the directory of accounts.
    assert_eq!(counts, [2, 2], "{}", house.engine);
}

/// The same manifest but for its comment, under the same identifier.
fn variant(house: &House, number: usize) -> PathBuf {
    let folder = house.data.join(format!("variante-{number}"));
    for (name, bytes) in fixtures::files(&accepted("subvention")) {
        let path = folder.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let manifest = fs::read_to_string(folder.join("manifest.xml")).unwrap();
    let (before, after) = manifest.split_once("<Comment>").unwrap();
    fs::write(folder.join("manifest.xml"), format!("{before}<Comment>Variante {number}. {after}")).unwrap();
    folder
}

#[test]
fn a_tenant_sees_nothing_of_another() {
    for house in houses() {
        let (archive, neighbour) = (house.archive(), house.neighbour());
        let transfer = house.settle(&accepted("subvention")).transfer;
        let TransferStatus::Accepted { archive: id, .. } = transfer.status else { panic!("{transfer:?}") };
        let refused = house.settle(&fixtures::refused()[0].path).transfer;
        let hits = units(archive, &house.actor, id);
        let (deposit, read) = (neighbour.mandate::<Deposit>().unwrap(), neighbour.mandate::<Read>().unwrap());
        for transfer in [&transfer, &refused] {
            assert_eq!(archive.transfer(&deposit, transfer.id).unwrap(), None);
            assert_eq!(archive.acknowledgement(&deposit, transfer).unwrap(), None);
            assert_eq!(archive.reply(&deposit, transfer).unwrap(), None);
            let findings = archive.findings(&deposit, transfer);
            assert!(nothing(&findings), "{findings:?}");
        }
        assert_eq!(archive.transfers(&deposit, None, None, 100).unwrap(), []);
        for criteria in [Criteria::default(), Criteria { archive: Some(id), ..Criteria::default() }] {
            let page = archive.search(&read, &criteria, None, 100).unwrap();
            assert_eq!((page.hits.len(), page.total.counted), (0, 0));
            let facets = archive.facets(&read, &criteria).unwrap();
            assert!(facets.levels.is_empty() && facets.years.is_empty() && facets.originating_agencies.is_empty());
        }
        assert_eq!(archive.archives(&read, &ArchiveFilter::default(), None, 100).unwrap().len(), 0);
        assert!(archive.archive(&read, id).unwrap().is_none());
        assert_eq!(archive.roots(&read, id, None, 100).unwrap(), []);
        assert!(nothing(&archive.open_manifest(&read, id).map(Some)));
        for hit in &hits {
            assert!(archive.unit(&read, hit.unit).unwrap().is_none());
            assert_eq!(archive.ancestors(&read, hit.unit).unwrap(), []);
            assert_eq!(archive.children(&read, hit.unit, None, 100).unwrap(), []);
            assert!(nothing(&archive.full_unit(&read, id, hit.unit)));
            if let Some(group) = hit.group {
                assert_eq!(archive.objects(&read, group).unwrap(), []);
                for object in archive.objects(&house.may::<Read>(), group).unwrap() {
                    assert!(archive.open_object(&read, object.id).unwrap().is_none());
                }
            }
        }
        for kind in Referential::ALL {
            assert_eq!(archive.editions(&read, kind).unwrap(), []);
        }
        // The same package is another's own.
        let own = accept(archive, &neighbour, &accepted("subvention"));
        assert_ne!(own, id);
        assert_eq!(units(archive, &neighbour, own).len(), hits.len());
    }
}

/// Nothing there, or nothing that the tenant could open.
fn nothing<T>(answer: &Result<Option<T>, Error>) -> bool {
    matches!(answer, Ok(None) | Err(Error::Read(ReadError::NotFound { .. })))
}

#[test]
fn a_line_that_a_dead_process_appended_is_taken_up_before_the_next() {
    for house in houses() {
        let archive = house.archive();
        let [first, second] = [0, 1].map(|at| fixtures::accepted().swap_remove(at).path);
        archive.deposit(&house.may::<Deposit>(), archive.local(&first)).unwrap();
        // Another process sealed the next line on the first volume, and died before it reached the second or committed.
        let journal: JournalId = "sault/events".parse().unwrap();
        let store = house.store();
        let head = store.head(&journal).unwrap();
        let event = Event {
            actor: None,
            kind: "a kind without rows".to_owned(),
            object: "x".to_owned(),
            outcome: "OK".to_owned(),
            detail: "{}".to_owned(),
        };
        let line = head.seal(&journal, event, head.at.unwrap(), [1; 16], store.log_size().unwrap());
        let segment = house.data.join(format!("volumes/a/journal/{}.jsonl", line.at.day()));
        let mut bytes = fs::read(&segment).unwrap();
        bytes.extend(format!("{}\n", record::line::to_json(&line).unwrap()).as_bytes());
        fs::write(&segment, bytes).unwrap();

        archive.issue(&house.may::<Administer>(), "essai", &[Permission::Read], None).unwrap();
        archive.deposit(&house.may::<Deposit>(), archive.local(&second)).unwrap();
        let verified = archive.verify(&|| {}).unwrap();
        assert!(verified.is_whole(), "{verified:?}");
        assert_eq!(store.lines(&journal, line.position, 1).unwrap(), vec![line.clone()], "{}", house.engine);
        let other = segment.to_string_lossy().replace("volumes/a", "volumes/b");
        assert_eq!(fs::read(&segment).unwrap(), fs::read(other).unwrap());
    }
}

#[test]
fn a_sidecar_that_a_stop_left_behind_is_finished_at_the_next_start() {
    for house in houses() {
        let [first, second] = [0, 1].map(|at| {
            house
                .archive()
                .issue(&house.may::<Administer>(), &format!("essai {at}"), &[Permission::Read], None)
                .unwrap();
            fs::read(sidecar(&house, "a")).unwrap()
        });
        assert_ne!(first, second);
        // The stop fell between the inventory and its sidecar, on the only volume that had got so far.
        fs::write(sidecar(&house, "a"), &first).unwrap();
        let accounts = sidecar(&house, "b").with_file_name("");
        let intent = house.data.join("volumes/a/staging/node-0");
        assert!(accounts.is_dir() && intent.is_dir(), "{}", house.engine);
        let inventory: serde_json::Value =
            serde_json::from_slice(&fs::read(sidecar(&house, "a").with_file_name("inventory.json")).unwrap()).unwrap();
        let head = inventory["head"].as_str().unwrap().trim_start_matches('v').parse::<u32>().unwrap();
        let told = String::from_utf8(second.clone()).unwrap();
        let left = serde_json::json!({
            "objects": [{ "object": inventory["id"], "version": head, "inventory": told.split(' ').next().unwrap() }],
            "papers": [],
        });
        fs::write(intent.join("intent-999999.json"), left.to_string()).unwrap();

        let house = house.reopened();
        assert_eq!(fs::read(sidecar(&house, "a")).unwrap(), second);
        house.archive().issue(&house.may::<Administer>(), "essai", &[Permission::Read], None).unwrap();
        assert!(house.archive().verify(&|| {}).unwrap().is_whole());
    }
}

fn sidecar(house: &House, volume: &str) -> PathBuf {
    house.data.join(format!("volumes/{volume}/ocfl/sault/records/accounts/inventory.json.sha512"))
}
