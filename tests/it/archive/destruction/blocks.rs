//! After a destruction the disk itself is searched, block by block: an ext4 file system in a file, with the volumes and the
//! catalog on it, read raw once it is unmounted.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{Cursor, Read as _, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use cartulaire::{
    archive::{Archive, deposit::Receipt},
    boot::{self, Init},
    config::Config,
    domain::{
        id::ArchiveId,
        mandate::{Actor, Administer, Deposit, Permission},
        transfer::TransferStatus,
    },
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    archive::{
        accept,
        destruction::{all_of, carry_out, judged_by_kit, titled},
    },
    parcels::{self, sha512},
};

/// Room of the file system: 192 MiB.
const IMAGE_BYTES: u64 = 192 << 20;

/// A file system in a file, mounted as long as it lives.
struct Disk {
    image: PathBuf,
    mount: PathBuf,
    _folder: tempfile::TempDir,
}

impl Disk {
    /// A plain ext4, as it comes, or without a journal; `None` where nobody may mount one.
    fn mounted(features: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (image, mount) = (folder.path().join("image"), folder.path().join("mount"));
        File::create(&image).unwrap().set_len(IMAGE_BYTES).unwrap();
        fs::create_dir(&mount).unwrap();
        let ran = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
        let made = ran(Command::new("mkfs.ext4").arg("-q").args(features).arg(&image))
            && ran(Command::new("mount").args(["-o", "loop,data=ordered"]).arg(&image).arg(&mount));
        let made = made || ran(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&mount));
        if !made {
            println!("skipped: no ext4 file system can be mounted here (root and a loop device are needed)");
            return None;
        }
        Some(Self { image, mount, _folder: folder })
    }

    /// Unmounts it, and says which of some texts its blocks still hold.
    fn searched(&self, texts: &[String]) -> Vec<String> {
        assert!(Command::new("umount").arg(&self.mount).status().unwrap().success());
        let mut found = vec![false; texts.len()];
        let (mut file, mut window) = (File::open(&self.image).unwrap(), Vec::new());
        let mut chunk = vec![0; 4 << 20];
        loop {
            let read = file.read(&mut chunk).unwrap();
            if read == 0 {
                break;
            }
            window.extend_from_slice(&chunk[..read]);
            for (text, found) in texts.iter().zip(&mut found) {
                *found = *found || contains(&window, text.as_bytes());
            }
            window.drain(..window.len().saturating_sub(200));
        }
        texts.iter().zip(found).filter(|(_, found)| *found).map(|(text, _)| text.clone()).collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.mount).output();
    }
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let mut at = 0;
    while let Some(next) = hay[at..].iter().position(|byte| *byte == first) {
        at += next;
        if hay[at..].starts_with(needle) {
            return true;
        }
        at += 1;
    }
    false
}

/// A word that stands nowhere else: what is looked for is not written down as it is looked for.
fn word(stem: &str, number: u64) -> String {
    let digest = sha512(format!("{stem}{number}").as_bytes());
    format!("{stem}{}", digest.bytes().take(12).map(|byte| char::from(b'a' + byte % 26)).collect::<String>())
}

/// A content of some length that holds its word many times.
fn content_of(word: &str, bytes: usize) -> Vec<u8> {
    format!("{word} ").repeat(bytes / (word.len() + 1)).into_bytes()
}

/// A package stored as it is, so that it holds its words too. The first unit's title and description bear one word, all
/// others bear another; its message bears neither.
fn package(message: &str, titles: [&str; 2], files: &[(&str, &[u8])]) -> Vec<u8> {
    let described = parcels::manifest(message, files)
        .replace(
            ", pièce 0</Title>",
            &format!(" {0}, pièce 0</Title><Description>Ce que dit {0}.</Description>", titles[0]),
        )
        .replace(
            ", pièce 1</Title>",
            &format!(" {0}, pièce 1</Title><Description>Ce que dit {0}.</Description>", titles[1]),
        )
        .replace("<Title>Dossier", &format!("<Title>{} Dossier", titles[1]));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in std::iter::once(("manifest.xml", described.as_bytes())).chain(files.iter().copied()) {
        out.start_file(name, options).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// Deposits a package as one that comes over the network: spooled, acknowledged, then examined.
fn receive(archive: &Archive, by: &Actor, package: &[u8]) -> ArchiveId {
    let may = by.mandate::<Deposit>().unwrap();
    let spooled = archive.spool(&may, "envoi.zip", &mut &package[..], 1 << 30).unwrap();
    let Receipt::Acknowledged(transfer) = archive.receive(&may, spooled).unwrap() else { panic!("not acknowledged") };
    while archive.work_once().unwrap() {}
    let TransferStatus::Accepted { archive, .. } = archive.transfer(&may, transfer.id).unwrap().unwrap().status else {
        panic!("not accepted")
    };
    archive
}

#[test]
fn no_block_of_the_disk_holds_what_was_destroyed() {
    for features in [&["-O", "^has_journal"][..], &[]] {
        let Some(disk) = Disk::mounted(features) else { return };
        let (gone, kept) = work(&disk.mount);
        let all: Vec<String> = gone.iter().chain(&kept).cloned().collect();
        let found = disk.searched(&all);
        assert_eq!(found, kept, "of {gone:?}, {features:?}");
    }
}

/// Works on the disk, and gives the words that must be gone, and those that must be there.
fn work(mount: &Path) -> (Vec<String>, Vec<String>) {
    let data = mount.join("data");
    let config = Config { reserve_bytes: 0, ..Config::default() };
    let init = Init {
        tenant: "sault".parse().unwrap(),
        name: "Sault-les-Bruyères".to_owned(),
        archival_agency: "SLB-ARCHIVES".to_owned(),
        config,
    };
    boot::init(&data, &init).unwrap();
    let incoming = tempfile::tempdir().unwrap();
    let words = |stem: &str| [0, 1, 2].map(|number| word(stem, number));
    let [whole, part, stays] = ["tout", "part", "reste"].map(words);
    let (archives, by) = fill(&data, incoming.path(), &whole, &part, &stays);
    let house = boot::open(&data).unwrap();
    let archive = &house.archive;
    let disposer = archive
        .issue(&by.mandate::<Administer>().unwrap(), "Archives", &[Permission::Dispose, Permission::Read], None)
        .unwrap()
        .0
        .actor;
    for (place, id) in archives.iter().enumerate() {
        let goes = match place {
            0 | 1 => all_of(archive, &by, *id),
            2 | 3 => BTreeSet::from([titled(archive, &by, *id, "pièce 0")]),
            _ => continue,
        };
        carry_out(archive, &by, &disposer, &goes).unwrap();
    }
    // What serves does every few seconds.
    archive.round(0);
    archive.flush().unwrap();
    assert_eq!(archive.verify(&|| {}).unwrap().findings, []);
    for volume in house.config.volume_paths(&data) {
        if let Some(judged) = judged_by_kit(&volume) {
            assert_eq!(judged["verdict"], "whole", "{judged}");
        }
    }
    let volumes = house.config.volume_paths(&data);
    drop(house);
    let ([one, two, title], [three, four, other]) = (whole, part);
    // The plans keep the titles on the volumes, as the bordereau lists them; nothing else does.
    for file in files_of(&data, &volumes) {
        let bytes = fs::read(&file).unwrap();
        for title in [&title, &other] {
            let found = bytes.windows(title.len()).any(|window| window == title.as_bytes());
            assert!(!found, "{title} is in {}", file.display());
        }
    }
    let kept = [title, other].into_iter().chain(stays).collect();
    (vec![one, two, three, four], kept)
}

/// Every file of a folder but those of the volumes.
fn files_of(folder: &Path, volumes: &[PathBuf]) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() && !volumes.contains(&entry.path()) => folders.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}

/// Two archives that will go whole, two that will lose a unit, two that stay: each once from a local file and once over
/// the network. The third word stands in titles only.
fn fill(
    data: &Path,
    incoming: &Path,
    whole: &[String; 3],
    part: &[String; 3],
    stays: &[String; 3],
) -> (Vec<ArchiveId>, Actor) {
    let house = boot::open(data).unwrap();
    let by = house.archive.local_actor(None).unwrap();
    let mut archives = Vec::new();
    for (words, other) in [(whole, None), (part, Some(stays)), (stays, None)] {
        for (way, length) in [(0, 900), (1, 700_000)] {
            let first = content_of(&words[way], length);
            let second = content_of(&other.unwrap_or(words)[way], length + 1_000);
            let files: [(&str, &[u8]); 2] = [("Content/un.txt", &first), ("Content/deux.txt", &second)];
            let titles = [words[2].as_str(), other.unwrap_or(words)[2].as_str()];
            let package = package(&format!("ENVOI-{}", archives.len()), titles, &files);
            let path = incoming.join("envoi.zip");
            fs::write(&path, &package).unwrap();
            archives.push(match way {
                0 => accept(&house.archive, &by, &path),
                _ => receive(&house.archive, &by, &package),
            });
        }
    }
    (archives, by)
}
