//! Volumes without room: refused before the disk is full, refused when it is, and taken again once there is room.

use std::{
    error::Error as _,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use cartulaire::{
    archive::{
        deposit::{Receipt, SpoolError},
        verify::finding::{Finding, Layer},
    },
    boot::{self, Init, Installation},
    config::Config,
    domain::{
        mandate::{Actor, Deposit},
        transfer::TransferStatus,
    },
};

use crate::{
    hostile::leftovers,
    kill::Draw,
    parcels::{manifest, zip},
};

/// A small disk, gone at the end.
struct Disk(PathBuf);

impl Disk {
    /// `None` when this process may not mount.
    fn mount(path: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(path).output().ok()?;
        done.status.success().then(|| Self(path.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

struct Small {
    house: Installation,
    actor: Actor,
    volumes: Vec<PathBuf>,
    folder: tempfile::TempDir,
    _disks: Vec<Disk>,
}

impl Small {
    /// A house whose two volumes are disks of 6 MiB; says that the test is skipped when there can be none.
    fn new(reserve_bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let volumes: Vec<PathBuf> = ["a", "b"].iter().map(|name| folder.path().join(name)).collect();
        let disks: Vec<Disk> = volumes.iter().map_while(|path| Disk::mount(path, "size=6m")).collect();
        if disks.len() < 2 {
            println!("skipped: small disks can be mounted by root only");
            return None;
        }
        let config = Config { volumes: volumes.clone(), reserve_bytes, ..Config::default() };
        let init = Init {
            tenant: "sault".parse().unwrap(),
            name: "Sault-les-Bruyères".to_owned(),
            archival_agency: "SLB-ARCHIVES".to_owned(),
            config,
        };
        let house = boot::init(&folder.path().join("data"), &init).unwrap();
        let actor = house.archive.local_actor(None).unwrap();
        Some(Self { house, actor, volumes, folder, _disks: disks })
    }

    /// Deposits an act of so many bytes that do not compress; the error in words.
    fn deposit(&self, message: &str, bytes: usize) -> Result<(), String> {
        let path = self.folder.path().join("paquet.zip");
        fs::write(&path, noise(message, bytes)).unwrap();
        match self.house.archive.deposit(&self.actor.mandate().unwrap(), self.house.archive.local(&path)) {
            Ok(Receipt::Settled(settled)) => {
                assert!(matches!(settled.transfer.status, TransferStatus::Accepted { .. }), "{settled:?}");
                Ok(())
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                let mut words = error.to_string();
                let mut source = error.source();
                while let Some(error) = source {
                    write!(words, ": {error}").unwrap();
                    source = error.source();
                }
                Err(words)
            }
        }
    }

    /// Deposits until one is refused; how many were kept, and why no more.
    fn fill(&self, name: &str, bytes: usize) -> (u64, String) {
        let mut kept = 0;
        loop {
            match self.deposit(&format!("SLB-{name}-{kept}"), bytes) {
                Ok(()) => kept += 1,
                Err(words) => return (kept, words),
            }
        }
    }

    /// Everything kept is whole on both volumes, and nothing else is there.
    fn check(&self, archives: u64) {
        let verified = self.house.archive.verify(&|| {}).unwrap();
        assert!(verified.is_whole(), "{verified:?}");
        // The tenant's accounts are an object too.
        let copies = verified.count(Layer::Files);
        let records = copies - archives * 2;
        assert!(records.is_multiple_of(2) && records <= 4, "{copies} copies of {archives} archives");
        // What was set aside is erased in rounds.
        self.house.archive.round(0);
        for volume in &self.volumes {
            assert_eq!(leftovers(volume), Vec::<PathBuf>::new());
        }
    }
}

/// A package with one act of noise.
fn noise(message: &str, bytes: usize) -> Vec<u8> {
    let mut draw = Draw::seeded(u64::try_from(bytes).unwrap());
    let act: Vec<u8> = (0..bytes).map(|_| u8::try_from(draw.below(256)).unwrap()).collect();
    zip(&[("manifest.xml", manifest(message, &[("Content/acte.bin", &act)]).as_bytes()), ("Content/acte.bin", &act)])
}

#[test]
fn a_full_disk_refuses_clearly_and_takes_again_once_there_is_room() {
    for bytes in [900_000, 40_000, 10] {
        let Some(small) = Small::new(0) else { return };
        let ballast = small.volumes[1].join("ballast");
        fs::write(&ballast, vec![1; 2 << 20]).unwrap();
        let (kept, words) = small.fill("A", bytes);
        println!("{bytes} bytes each: {kept} kept, then: {words}");
        assert!(kept > 0);
        assert!(words.contains("No space left") || words.contains("bytes left"), "{words}");
        fs::remove_file(&ballast).unwrap();
        assert!(!small.house.archive.health().stopped, "a full disk must not stop the writer");
        // The log catches up with what was durable when its tiles found no room.
        small.house.archive.flush().unwrap();
        small.check(kept);
        let (more, _) = small.fill("B", bytes);
        assert!(more > 0, "nothing is taken although there is room again");
        // What stands is still readable when both disks are full to the brim.
        let verified = small.house.archive.verify(&|| {}).unwrap();
        let is_of_the_log = |finding: &Finding| matches!(finding.layer, Layer::Log | Layer::Volumes);
        assert!(verified.findings.iter().all(is_of_the_log), "{verified:?}");
    }
}

#[test]
fn the_reserve_refuses_before_the_disk_is_full() {
    let Some(small) = Small::new(3 << 20) else { return };
    let (large, _) = small.fill("R", 300_000);
    let (little, words) = small.fill("P", 10);
    let kept = large + little;
    assert!(kept > 0 && words.contains("required volumes can be written"), "{kept}: {words}");
    // Another eats what little is left above the reserve.
    fs::write(small.volumes[1].join("ballast"), vec![1; 100 << 10]).unwrap();
    let by = small.actor.mandate::<Deposit>().unwrap();
    let error = small.house.archive.spool(&by, "x", &mut io::Cursor::new(noise("SLB-X", 9)), u64::MAX).unwrap_err();
    let SpoolError::House(error) = error else { panic!("{error:?}") };
    assert!(format!("{error:?}").contains("Unavailable"), "{error:?}");
    assert!(!small.house.archive.health().takes_deposits);
    small.check(kept);
}
