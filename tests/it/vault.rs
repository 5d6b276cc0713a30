//! The vault on real folders: what is put comes back, from either volume, and nothing is half kept.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use cartulaire::{
    digest,
    domain::{
        clock::Timestamp,
        digest::Algorithm,
        id::{ArchiveId, Id, TransferId},
        name::Name,
        tenant::TenantId,
    },
    vault::{
        Terms, Vault,
        error::{Error, PutError, ReadError, ReceiveError},
        layout::OcflId,
        papers::Papers,
        segments::Segment,
        staging::Staged,
        verify::FaultKind,
    },
};

const MEGABYTE: usize = 1024 * 1024;

#[test]
fn every_name_comes_back_with_its_bytes_from_each_volume() {
    let house = House::new(2);
    let names = zoo();
    let object = new_id();
    let mut staging = house.vault.stage(&object).unwrap();
    for (at, name) in names.iter().enumerate() {
        let written = staging.put(name, &mut content(at).as_slice(), &[Algorithm::Md5]).unwrap();
        assert_eq!(written.digests.sha512(), digest::sha512(&content(at)));
        assert!(written.digests.get(Algorithm::Md5).is_some());
    }
    house.keep(staging.finish("versement", "actor", at(1)).unwrap());
    let inventory = house.vault.read_inventory(&object).unwrap();
    for name in names.iter().filter(|name| is_ordinary(name)) {
        assert!(inventory.state().any(|(path, _)| Some(path) == name.text()), "{name:?} stands as it came");
    }
    for volume in 0..2 {
        let other = house.reopened_without(1 - volume);
        for (at, name) in names.iter().enumerate() {
            let opened = other.open_file(&object, name).unwrap();
            assert_eq!(opened.size, u64::try_from(content(at).len()).unwrap());
            let mut read = Vec::new();
            opened.verified().unwrap().read_to_end(&mut read).unwrap();
            assert!(read == content(at), "{name:?}");
        }
    }
    let table = house.vault.read_all(&object, &Name::from("transfer/a")).unwrap();
    assert!(!table.is_empty());
    let missing = house.vault.open_file(&object, &Name::from("transfer/none"));
    assert!(matches!(missing, Err(ReadError::NotFound { .. })));
}

#[test]
fn the_same_bytes_under_many_names_are_kept_once() {
    let house = House::new(2);
    let object = new_id();
    let long = noise(3 * MEGABYTE, 1);
    let mut staging = house.vault.stage(&object).unwrap();
    for name in ["a", "b", "c/d"] {
        staging.put(&Name::from(name), &mut long.as_slice(), &[]).unwrap();
        staging.put_bytes(&format!("small/{name}"), b"petit").unwrap();
    }
    let again = staging.put_bytes("a", b"autre");
    assert!(matches!(again, Err(PutError::Duplicate { .. })));
    let staged = staging.finish("versement", "actor", at(1)).unwrap();
    assert_eq!(staged.bytes, u64::try_from(long.len() + 5).unwrap());
    house.keep(staged);
    let contents = fs::read_dir(house.root(0, &object).join("v1/content")).unwrap().count();
    assert_eq!(contents, 2);
    assert!(house.vault.read_all(&object, &Name::from("c/d")).unwrap() == long);
}

#[test]
fn a_lost_or_altered_copy_is_passed_over() {
    let house = House::new(2);
    let object = house.keep_files(&[("a", b"premier"), ("b", b"second")]);
    let first = house.root(0, &object).join("v1/content").join(digest::sha512(b"premier").to_string());
    fs::write(&first, b"Premier").unwrap();
    let name = Name::from("a");
    assert_eq!(house.vault.read_all(&object, &name).unwrap(), b"premier");
    let mut out = Vec::new();
    let altered = house.vault.copy_file_to(&object, &name, &mut out);
    assert!(matches!(altered, Err(ReadError::Altered { .. })), "what was sent cannot be called back: {altered:?}");
    let mut read = Vec::new();
    house.vault.open_file(&object, &name).unwrap().verified().unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, b"premier", "a short file is verified before it is handed out");
    fs::remove_file(&first).unwrap();
    out.clear();
    assert_eq!(house.vault.copy_file_to(&object, &name, &mut out).unwrap(), 7);
    assert_eq!(out, b"premier");
    fs::remove_file(house.root(1, &object).join("v1/content").join(digest::sha512(b"premier").to_string())).unwrap();
    assert!(matches!(
        house.vault.read_all(&object, &name),
        Err(ReadError::NotFound { .. } | ReadError::AllCopiesFailed { .. })
    ));
}

#[test]
fn an_altered_byte_of_a_long_file_shows_while_it_is_read() {
    let house = House::new(2);
    let mut long = vec![7; 2 * MEGABYTE];
    let object = house.keep_files(&[("long", &long)]);
    let copy = house.root(0, &object).join("v1/content").join(digest::sha512(&long).to_string());
    long[MEGABYTE] = 8;
    fs::write(copy, &long).unwrap();
    let mut verified = house.vault.open_file(&object, &Name::from("long")).unwrap().verified().unwrap();
    assert_eq!(verified.read_to_end(&mut Vec::new()).unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[test]
fn a_source_that_fails_leaves_nothing() {
    let house = House::new(2);
    let mut staging = house.vault.stage(&new_id()).unwrap();
    let bytes = noise(2 * MEGABYTE, 3);
    let mut broken = bytes.as_slice().chain(Broken);
    assert!(matches!(staging.put(&Name::from("a"), &mut broken, &[]), Err(PutError::Source(_))));
    staging.put_bytes("a", b"de nouveau").unwrap();
    drop(staging);
    house.assert_nothing_staged();
    let limit = house.vault.receive(transfer(), &mut bytes.as_slice(), 100, &[]);
    assert!(matches!(limit, Err(ReceiveError::TooLarge { limit_bytes: 100 })));
    assert!(house.vault.received().unwrap().is_empty());
}

#[test]
fn a_batch_is_refused_whole_when_one_object_stands_already() {
    let house = House::new(2);
    let kept = house.keep_files(&[("a", b"1")]);
    let fresh = new_id();
    let batch = vec![house.staged(&fresh, &[("a", b"2")]), house.staged(&kept, &[("a", b"3")])];
    assert!(matches!(house.vault.publish(batch, &[]), Err(Error::Exists { .. })));
    house.assert_nothing_staged();
    assert!(house.vault.read_inventory(&fresh).is_err());
    assert_eq!(house.vault.read_all(&kept, &Name::from("a")).unwrap(), b"1");
}

#[test]
fn a_withdrawn_batch_leaves_no_trace() {
    let house = House::new(2);
    let object = new_id();
    let id = transfer();
    let papers = [paper(id, &[("reply.xml", b"<r/>")])];
    let published = house.vault.publish(vec![house.staged(&object, &[("a", b"1")])], &papers).unwrap();
    house.vault.withdraw(published).unwrap();
    house.assert_nothing_staged();
    assert!(house.vault.list_objects(0).unwrap().next().is_none());
    assert!(house.vault.read_papers(&tenant(), day(), id).unwrap().is_empty());
    assert_eq!(fs::read_dir(house.paths[0].join("ocfl")).unwrap().count(), 2, "no empty folder stays");
}

#[test]
fn many_threads_publish_at_once() {
    let house = House::new(2);
    let objects: Vec<OcflId> = (0..48).map(|_| new_id()).collect();
    std::thread::scope(|scope| {
        for objects in objects.chunks(12) {
            let house = &house;
            scope.spawn(move || {
                for batch in objects.chunks(3) {
                    let staged = batch.iter().map(|object| house.staged(object, &[("a", b"1"), ("b", b"2")])).collect();
                    house.vault.settle(house.vault.publish(staged, &[]).unwrap());
                }
            });
        }
    });
    for volume in 0..2 {
        let mut listed: Vec<OcflId> = house.vault.list_objects(volume).unwrap().map(Result::unwrap).collect();
        listed.sort();
        assert_eq!(listed, objects);
    }
    house.assert_whole(&objects);
    house.assert_nothing_staged();
}

#[test]
fn versions_follow_one_another_and_can_be_withdrawn() {
    let house = House::new(2);
    let object: OcflId = "urn:cartulaire:ville:referentials".parse().unwrap();
    house.keep(house.staged(&object, &[("rules.json", b"1"), ("agencies.json", b"1")]));
    let raw = Name::new(&b"caf\xe9"[..]);
    for version in 2..=4_u8 {
        let mut staging = house.vault.new_version(&object).unwrap();
        assert!(staging.remove(&Name::from("rules.json")));
        staging.put_bytes("rules.json", &[version]).unwrap();
        if version == 2 {
            staging.put(&raw, &mut &b"brut"[..], &[]).unwrap();
        }
        let staged = staging.finish("nouvelles règles", "actor", at(i64::from(version))).unwrap();
        assert_eq!(staged.version, u32::from(version));
        house.keep(staged);
    }
    let before = house.vault.read_inventory(&object).unwrap();
    let mut staging = house.vault.new_version(&object).unwrap();
    staging.put_bytes("more.json", b"5").unwrap();
    let published = house.vault.publish(vec![staging.finish("m", "u", at(5)).unwrap()], &[]).unwrap();
    assert_eq!(house.vault.read_inventory(&object).unwrap().head(), 5);
    house.vault.withdraw(published).unwrap();
    assert_eq!(house.vault.read_inventory(&object).unwrap(), before);
    assert_eq!(house.vault.read_all(&object, &Name::from("rules.json")).unwrap(), [4]);
    assert_eq!(house.vault.read_all(&object, &raw).unwrap(), b"brut");
    house.assert_whole(&[object]);
    house.assert_nothing_staged();
}

#[test]
fn faults_are_found_and_repaired_from_the_good_copy() {
    let house = House::new(2);
    let object = house.keep_files(&[("a", b"premier"), ("b", b"second")]);
    let root = house.root(1, &object);
    let content = |bytes: &[u8]| root.join("v1/content").join(digest::sha512(bytes).to_string());
    fs::write(content(b"premier"), b"altered").unwrap();
    fs::remove_file(content(b"second")).unwrap();
    fs::write(root.join("stray"), b"x").unwrap();
    let found = house.vault.verify_object(&object, 1).unwrap().faults;
    let kinds: Vec<FaultKind> = found.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds.len(), 3, "{found:?}");
    for kind in [FaultKind::Altered, FaultKind::Missing, FaultKind::Extra] {
        assert!(kinds.contains(&kind), "{found:?}");
    }
    assert!(matches!(house.vault.repair(&object, 1, 0), Err(Error::Corrupt { .. })), "never from a bad copy");
    house.vault.repair(&object, 0, 1).unwrap();
    house.assert_whole(std::slice::from_ref(&object));
    fs::remove_dir_all(&root).unwrap();
    assert_eq!(house.vault.verify_object(&object, 1).unwrap().faults[0].kind, FaultKind::Missing);
    house.vault.repair(&object, 0, 1).unwrap();
    house.assert_whole(&[object]);
    house.assert_nothing_staged();
}

#[test]
fn a_former_inventory_rewritten_with_its_sidecar_is_found() {
    let house = House::new(2);
    let object = house.keep_files(&[("a", b"1")]);
    let mut staging = house.vault.new_version(&object).unwrap();
    staging.put_bytes("b", b"2").unwrap();
    house.keep(staging.finish("m", "u", at(2)).unwrap());
    let former = house.root(0, &object).join("v1");
    let text = fs::read_to_string(former.join("inventory.json")).unwrap().replace("\"versement\"", "\"autre\"");
    fs::write(former.join("inventory.json"), &text).unwrap();
    let sidecar = format!("{}  inventory.json\n", digest::sha512(text.as_bytes()));
    fs::write(former.join("inventory.json.sha512"), sidecar).unwrap();
    let faults = house.vault.verify_object(&object, 0).unwrap().faults;
    assert!(faults.iter().any(|fault| fault.path == Path::new("v1/inventory.json")), "{faults:?}");
}

#[test]
fn a_volume_that_was_away_catches_up() {
    let house = House::new(3);
    let before = house.keep_files(&[("a", b"1")]);
    let doomed = house.keep_files(&[("a", b"2")]);
    house.vault.append(&[segment(&["un"])]).unwrap();
    let House { folder, paths, vault } = house;
    drop(vault);
    let away = paths[2].with_extension("away");
    fs::rename(&paths[2], &away).unwrap();
    let mut terms = Terms::new(paths.clone(), "n1");
    terms.required = Some(2);
    let house = House { vault: Vault::open(terms.clone()).unwrap(), folder, paths };
    let after = house.keep_files(&[("a", b"3"), ("b", b"4")]);
    house.vault.append(&[segment(&["deux"])]).unwrap();
    house.vault.erase(&doomed).unwrap();
    let id = transfer();
    house.vault.put_papers(&[paper(id, &[("reply.xml", b"<r/>")])]).unwrap();
    let House { folder, paths, vault } = house;
    drop(vault);
    fs::rename(&away, &paths[2]).unwrap();
    terms.volumes.rotate_right(1);
    let vault = Vault::open(terms.clone()).unwrap();
    let status = vault.status();
    assert!(status[0].reachable && !status[0].current && !status[0].writable, "it is not taken for whole");
    vault.append(&[segment(&["trois"])]).unwrap();
    assert_eq!(vault.segment_tail(0).unwrap().unwrap().line, "un");
    let caught = vault.catch_up().unwrap();
    assert_eq!((caught.len(), caught[0].volume, caught[0].objects), (1, 0, 1));
    assert_eq!(caught[0].extra, std::slice::from_ref(&doomed));
    vault.erase(&doomed).unwrap();
    assert_eq!(vault.segment_tail(0).unwrap().unwrap().line, "trois");
    let paper = paths[2].join("transfers/ville").join(day().to_string()).join(id.to_string()).join("reply.xml");
    assert_eq!(fs::read(paper).unwrap(), b"<r/>");
    assert!(vault.status()[0].writable);
    assert!(vault.catch_up().unwrap().is_empty());
    let house = House { vault, folder, paths };
    house.assert_whole(&[before, after]);
    assert!(house.vault.verify_object(&doomed, 0).unwrap().inventory.is_none());
}

#[test]
fn nothing_is_written_with_fewer_volumes_than_required_and_all_can_be_read() {
    let house = House::new(2);
    let object = house.keep_files(&[("a", b"1")]);
    fs::rename(&house.paths[0], house.paths[0].with_extension("away")).unwrap();
    fs::create_dir(&house.paths[0]).unwrap();
    let unavailable = house.vault.ensure_writable(1).unwrap_err();
    assert_eq!((unavailable.writable, unavailable.required), (1, 2));
    assert!(house.vault.stage(&new_id()).is_err());
    assert!(house.vault.append(&[segment(&["x"])]).is_err());
    assert_eq!(fs::read_dir(&house.paths[0]).unwrap().count(), 0, "an empty mount point is not written to");
    assert_eq!(house.vault.read_all(&object, &Name::from("a")).unwrap(), b"1");
}

#[test]
fn a_volume_lost_in_mid_write_leaves_nothing_half_kept() {
    let house = House::new(2);
    let object = new_id();
    let mut staging = house.vault.stage(&object).unwrap();
    staging.put_bytes("a", b"1").unwrap();
    fs::rename(&house.paths[1], house.paths[1].with_extension("away")).unwrap();
    let lost = staging.put_bytes("b", b"2");
    assert!(matches!(lost, Err(PutError::Vault(Error::Disk(_)))), "{lost:?}");
    assert!(matches!(staging.put_bytes("c", b"3"), Err(PutError::Vault(Error::GivenUp { .. }))));
    assert!(staging.finish("m", "u", at(1)).is_err());
    assert!(house.vault.list_objects(0).unwrap().next().is_none());
    fs::rename(house.paths[1].with_extension("away"), &house.paths[1]).unwrap();
    let kept = house.keep_files(&[("a", b"1")]);
    house.assert_whole(&[kept]);
}

#[test]
fn foreign_repeated_and_filled_folders_are_refused() {
    let house = House::new(2);
    let other = House::new(1);
    let mixed = Terms::new(vec![house.paths[0].clone(), other.paths[0].clone()], "n2");
    let foreign = Vault::create(&[other.folder.path().join("x")], "ailleurs", at(1));
    assert!(foreign.is_ok());
    let strangers = Terms::new(vec![house.paths[0].clone(), other.folder.path().join("x")], "n2");
    assert!(matches!(Vault::open(strangers), Err(Error::Foreign { .. })));
    assert!(Vault::open(mixed).is_ok(), "the same installation, another volume");
    let twice = Terms::new(vec![house.paths[0].clone(), house.paths[0].clone()], "n2");
    assert!(matches!(Vault::open(twice), Err(Error::Twice { .. })));
    assert!(matches!(Vault::open(Terms::new(house.paths.clone(), "n1")), Err(Error::NodeBusy { .. })));
    assert!(matches!(Vault::open(Terms::new(house.paths.clone(), "../n")), Err(Error::NodeName)));
    assert!(matches!(Vault::create(&house.paths, "i", at(1)), Err(Error::NotEmpty { .. })));
    assert!(matches!(Vault::open(Terms::new(vec!["/nonexistent".into()], "n1")), Err(Error::NoVolume)));
    assert!(house.vault.shares_device(), "two folders of one disk are told");
}

#[test]
fn lines_are_appended_everywhere_and_a_torn_one_is_cut() {
    let house = House::new(2);
    let batch = [segment(&["un", "deux"]), Segment { day: next_day(), lines: vec!["i".to_owned()] }];
    house.vault.append(&batch).unwrap();
    house.vault.append(&[segment(&["trois"]), segment(&["quatre"])]).unwrap();
    let torn = house.paths[1].join(format!("journal/{}.jsonl", day()));
    let mut text = fs::read_to_string(&torn).unwrap();
    text.push_str("torn");
    fs::write(&torn, text).unwrap();
    assert_eq!(house.vault.segment_tail(1).unwrap().unwrap().line, "i");
    assert_eq!(house.lines(1), ["un", "deux", "trois", "quatre"]);
    house.vault.append(&[segment(&["cinq"])]).unwrap();
    for volume in 0..2 {
        assert_eq!(house.lines(volume), ["un", "deux", "trois", "quatre", "cinq"]);
        house.vault.truncate_segment(volume, day(), 2).unwrap();
        assert_eq!(house.lines(volume), ["un", "deux"]);
        let listed = house.vault.segments(volume).unwrap();
        assert_eq!(listed, [day(), next_day()]);
    }
    let long = "x".repeat(40_000);
    assert_eq!(house.vault.segment_tail(0).unwrap().unwrap().line, "i", "the last day's line is the last");
    house.vault.remove_segment(next_day()).unwrap();
    house.vault.append(&[segment(&["y", &long])]).unwrap();
    assert_eq!(house.vault.segment_tail(0).unwrap().unwrap().line, long);
    assert!(matches!(house.vault.append(&[segment(&["a\nb"])]), Err(Error::LineBreak)));
    house.vault.remove_segment(day()).unwrap();
    assert_eq!(house.vault.segment_tail(0).unwrap(), None);
}

#[test]
fn packages_are_spooled_once_mirrored_and_discarded() {
    let house = House::new(2);
    let (id, bytes) = (transfer(), noise(MEGABYTE + 7, 5));
    let spooled = house.vault.receive(id, &mut bytes.as_slice(), u64::MAX, &[Algorithm::Sha256]).unwrap();
    assert_eq!(spooled.digests.sha512(), digest::sha512(&bytes));
    let papers = [paper(id, &[("acknowledgement.xml", b"<a/>")])];
    house.vault.make_durable(&[spooled], &papers).unwrap();
    assert!(!house.paths[1].join("pending").join(id.to_string()).exists());
    house.vault.mirror(id).unwrap();
    fs::remove_file(house.paths[0].join("pending").join(id.to_string()).join("package")).unwrap();
    let (mut file, size) = house.vault.open_received(id).unwrap();
    let mut read = Vec::new();
    file.read_to_end(&mut read).unwrap();
    assert!(read == bytes && size == u64::try_from(bytes.len()).unwrap());
    assert_eq!(house.vault.received().unwrap().len(), 1);
    house.vault.discard(id).unwrap();
    assert!(house.vault.received().unwrap().is_empty());
    house.vault.put_papers(&[paper(id, &[("reply.xml", b"<r/>")])]).unwrap();
    let kept = house.vault.read_papers(&tenant(), day(), id).unwrap();
    let expected = [("acknowledgement.xml", &b"<a/>"[..]), ("reply.xml", b"<r/>")];
    assert_eq!(kept, expected.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())));
    let bad = house.vault.put_papers(&[paper(id, &[("../reply.xml", b"")])]);
    assert!(matches!(bad, Err(Error::PaperName { .. })));
}

#[test]
fn a_full_disk_refuses_clearly_and_keeps_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small");
    fs::create_dir(&small).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(&small).status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("skipped: this user may not mount the small disk that is to be filled");
        return;
    }
    let mount = Mount(small.clone());
    let paths = vec![folder.path().join("large"), small.join("volume")];
    Vault::create(&paths, "i", at(1)).unwrap();
    let mut terms = Terms::new(paths.clone(), "n1");
    terms.reserve_bytes = 0;
    let house = House { vault: Vault::open(terms.clone()).unwrap(), folder, paths };
    let kept = house.keep_files(&[("a", b"1")]);
    let object = new_id();
    let mut staging = house.vault.stage(&object).unwrap();
    staging.put_bytes("small", b"petit").unwrap();
    let full = staging.put(&Name::from("large"), &mut noise(6 * MEGABYTE, 7).as_slice(), &[]);
    let Err(PutError::Vault(Error::Disk(failure))) = &full else { panic!("{full:?}") };
    assert!(failure.is_full(), "{failure:?}");
    drop(staging);
    house.assert_nothing_staged();
    assert!(house.vault.read_inventory(&object).is_err());
    let line = "x".repeat(5 * MEGABYTE);
    house.vault.append(&[segment(&["un"])]).unwrap();
    assert!(house.vault.append(&[segment(&[&line])]).is_err());
    for volume in 0..2 {
        assert_eq!(house.lines(volume), ["un"], "the line that failed is on no volume");
    }
    assert!(house.vault.ensure_writable(5 * 1024 * 1024).is_err(), "told before the disk is full");
    let next = house.keep_files(&[("a", b"2")]);
    house.assert_whole(&[kept, next]);
    drop(house);
    drop(mount);
}

#[test]
fn other_tools_find_every_object_valid() {
    let house = House::new(2);
    for (at, name) in zoo().iter().enumerate() {
        let mut staging = house.vault.stage(&new_id()).unwrap();
        staging.put(name, &mut content(at).as_slice(), &[]).unwrap();
        house.keep(staging.finish("versement", "actor", self::at(1)).unwrap());
    }
    let object: OcflId = "urn:cartulaire:ville:referentials".parse().unwrap();
    house.keep(house.staged(&object, &[("rules.json", b"1")]));
    for version in 2..=11 {
        let mut staging = house.vault.new_version(&object).unwrap();
        staging.put_bytes(&format!("rules-{version}.json"), b"1").unwrap();
        if version % 2 == 0 {
            staging.put_bytes(&format!("{version}.json"), &[version]).unwrap();
        }
        house.keep(staging.finish("m", "u", at(i64::from(version))).unwrap());
    }
    let root = house.paths[0].join("ocfl");
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin");
    let run = |name: &str, arguments: &[&str]| {
        let local = peers.join(name);
        let program = if local.exists() { local } else { PathBuf::from(name) };
        match Command::new(&program).args(arguments).arg(&root).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => println!("skipped: {name} is not installed"),
            other => {
                let output = other.unwrap();
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
                println!("{name}: {}", text.lines().last().unwrap_or_default());
            }
        }
    };
    run("ocfl-validate.py", &["--verbose"]);
    match Command::new("rocfl").arg("--root").arg(&root).arg("validate").output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => println!("skipped: rocfl is not installed"),
        other => {
            let output = other.unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
    let mut sums = Command::new("sha512sum");
    let sums = sums.args(["--check", "--quiet", "inventory.json.sha512"]).current_dir(house.root(0, &object));
    assert!(sums.status().unwrap().success(), "the sidecar is what the LISEZMOI says");
}

#[test]
fn batches_are_measured() {
    let Some(count) = option_env!("CARTULAIRE_MEASURE").and_then(|count| count.parse::<usize>().ok()) else {
        println!("skipped: set CARTULAIRE_MEASURE to a number of objects when compiling to measure group commit");
        return;
    };
    for batch in [1, 32, 128] {
        let house = House::new(2);
        let total = if batch == 1 { count / 10 } else { count };
        let files = ["archive.json", "description.jsonl", "reply.xml", "transfer/acte.pdf"];
        let start = Instant::now();
        for from in (0..total).step_by(batch) {
            let staged = (from..(from + batch).min(total)).map(|at| {
                let mut staging = house.vault.stage(&new_id()).unwrap();
                for (n, name) in files.iter().enumerate() {
                    staging.put_bytes(name, &noise(2_000, u64::try_from(at * 4 + n).unwrap())).unwrap();
                }
                staging.finish("m", "u", self::at(1)).unwrap()
            });
            house.vault.settle(house.vault.publish(staged.collect(), &[]).unwrap());
        }
        let elapsed = start.elapsed();
        let rate = total * 1_000 / usize::try_from(elapsed.as_millis()).unwrap().max(1);
        println!("{total} objects × 2 volumes in batches of {batch}: {elapsed:?}, {rate} objects/s");
    }
}

/// Volumes in a temporary folder, and the vault on them.
struct House {
    vault: Vault,
    folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl House {
    fn new(volumes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..volumes).map(|at| folder.path().join(format!("volume-{at}"))).collect();
        Vault::create(&paths, "installation", at(0)).unwrap();
        let vault = Vault::open(Terms::new(paths.clone(), "n1")).unwrap();
        Self { vault, folder, paths }
    }

    fn staged(&self, object: &OcflId, files: &[(&str, &[u8])]) -> Staged {
        let mut staging = self.vault.stage(object).unwrap();
        for (name, bytes) in files {
            staging.put_bytes(name, bytes).unwrap();
        }
        staging.finish("versement", "actor", at(1)).unwrap()
    }

    fn keep(&self, staged: Staged) {
        let published = self.vault.publish(vec![staged], &[]).unwrap();
        self.vault.settle(published);
    }

    fn keep_files(&self, files: &[(&str, &[u8])]) -> OcflId {
        let object = new_id();
        self.keep(self.staged(&object, files));
        object
    }

    fn root(&self, volume: usize, object: &OcflId) -> PathBuf {
        let id = object.to_string();
        let name = id.rsplit(':').next().unwrap();
        find(&self.paths.get(volume).unwrap().join("ocfl"), &|path| {
            let last = path.file_name().unwrap().to_string_lossy().into_owned();
            path.join("0=ocfl_object_1.1").exists() && (last == name || id.ends_with(&last.replace('.', ":")))
        })
        .unwrap()
    }

    fn reopened_without(&self, volume: usize) -> Vault {
        let mut paths = self.paths.clone();
        *paths.get_mut(volume).unwrap() = self.folder.path().join("lost");
        Vault::open(Terms::new(paths, &format!("reader{volume}"))).unwrap()
    }

    fn lines(&self, volume: usize) -> Vec<String> {
        self.vault.read_segment(volume, day()).unwrap().map(Result::unwrap).collect()
    }

    fn assert_whole(&self, objects: &[OcflId]) {
        for volume in 0..self.paths.len() {
            for object in objects {
                assert_eq!(self.vault.verify_object(object, volume).unwrap().faults, [], "{object} on {volume}");
            }
        }
    }

    fn assert_nothing_staged(&self) {
        for path in &self.paths {
            let left: Vec<_> = fs::read_dir(path.join("staging/n1")).unwrap().map(|e| e.unwrap().file_name()).collect();
            assert_eq!(left, ["lock"], "{}", path.display());
        }
    }
}

struct Mount(PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

fn new_id() -> OcflId {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let millis = 1_750_000_000_000 + COUNT.fetch_add(1, Ordering::SeqCst);
    let archive: ArchiveId = Id::mint(Timestamp::from_millis(i64::try_from(millis).unwrap()).unwrap());
    OcflId::archive(tenant(), archive)
}

fn zoo() -> Vec<Name> {
    let step = "é".repeat(127) + "x";
    let texts = [
        "transfer/a",
        "transfer/Délibération n°1 (NFC).pdf",
        "transfer/De\u{301}libe\u{301}ration n°1 (NFD).pdf",
        "transfer/R&D + budget.xml",
        "transfer/議事録.pdf",
        "transfer/%41 %2F.txt",
        "transfer/nom \"entre guillemets\" \\ barre.txt",
        &format!("transfer/{step}"),
        "transfer/a/b",
        "../../etc/passwd",
        "/absolu",
        "a//b",
        "escaped/.names.json",
        "line\nbreak",
    ];
    let mut names: Vec<Name> = texts.into_iter().map(Name::from).collect();
    names.push(Name::new(&b"transfer/latin-\xe9.pdf"[..]));
    names.push(Name::new(&b"\xff\xfe"[..]));
    names
}

/// Whether a name of the zoo can stand in an OCFL state as it is, beside the others.
fn is_ordinary(name: &Name) -> bool {
    name.text().is_some_and(|text| text.starts_with("transfer/") && text != "transfer/a/b")
}

fn content(at: usize) -> Vec<u8> {
    noise(at * 40_000, u64::try_from(at).unwrap()).into_iter().chain(at.to_le_bytes()).collect()
}

fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_le_bytes()[6]
    };
    (0..length).map(|_| next()).collect()
}

fn find(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.into_iter().find_map(|path| if wanted(&path) { Some(path) } else { find(&path, wanted) })
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_750_000_000_000 + millis).unwrap()
}

fn day() -> chrono::NaiveDate {
    at(0).day()
}

fn tenant() -> TenantId {
    "ville".parse().unwrap()
}

fn transfer() -> TransferId {
    Id::mint(at(0))
}

fn next_day() -> chrono::NaiveDate {
    day().succ_opt().unwrap()
}

fn segment(lines: &[&str]) -> Segment {
    Segment { day: day(), lines: lines.iter().map(|line| (*line).to_owned()).collect() }
}

fn paper<'a>(transfer: TransferId, files: &[(&'a str, &'a [u8])]) -> Papers<'a> {
    Papers { tenant: tenant(), day: day(), transfer, files: files.to_vec() }
}
