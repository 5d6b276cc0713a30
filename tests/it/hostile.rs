//! Packages meant to harm, connections that break, disks that fill: a clear answer, and nothing kept of them.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops, and what it measured or skipped is said"
)]

mod disks;
pub mod memory;

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::{self, Read, Write as _},
    path::{Path, PathBuf},
};

use cartulaire::{
    archive::{
        deposit::{Receipt, SpoolError},
        examine::{self, terms::Referentials},
        limits::Limits,
    },
    domain::{
        check::{Finding, Outcome},
        mandate::{Deposit, Read as MayRead},
        seda::Dialect,
        transfer::TransferStatus,
    },
    package::open::Source,
    store::ArchiveFilter,
};
use flate2::{Compression, write::GzEncoder};

use crate::{
    archive::{House, houses},
    parcels::{FOOT, act, content, head, manifest, manifest_of, parcel, zip},
};

/// A package, and the code that must refuse it.
struct Trap {
    name: &'static str,
    code: &'static str,
    bytes: Vec<u8>,
}

fn trap(name: &'static str, code: &'static str, bytes: Vec<u8>) -> Trap {
    Trap { name, code, bytes }
}

/// A package that has only this manifest.
fn only(manifest: impl AsRef<[u8]>) -> Vec<u8> {
    zip(&[("manifest.xml", manifest.as_ref())])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(bytes.len()).unwrap());
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

/// The same ZIP with every entry said to be encrypted.
fn encrypted(mut zip: Vec<u8>) -> Vec<u8> {
    let marks: Vec<usize> = (0..zip.len() - 4)
        .filter_map(|at| match &zip[at..at + 4] {
            b"PK\x03\x04" => Some(at + 6),
            b"PK\x01\x02" => Some(at + 8),
            _ => None,
        })
        .collect();
    for flags in marks {
        zip[flags] |= 1;
    }
    zip
}

fn nested(levels: usize) -> String {
    let mut text = head("SLB-PROFOND") + "<DescriptiveMetadata>";
    for level in 0..levels {
        write!(text, "<ArchiveUnit id='u{level}'>{}", content("File", "Niveau")).unwrap();
    }
    text + &"</ArchiveUnit>".repeat(levels) + "</DescriptiveMetadata>" + FOOT
}

/// The manifest of a good parcel with `from` replaced.
fn with(from: &str, to: &str) -> Vec<u8> {
    let act = act("SLB-1");
    let manifest = manifest("SLB-1", &[("Content/acte.txt", &act)]);
    assert!(manifest.contains(from), "{from}");
    zip(&[("manifest.xml", manifest.replacen(from, to, 1).as_bytes()), ("Content/acte.txt", &act)])
}

const LAUGHS: &str = "<!DOCTYPE ArchiveTransfer [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>\
    <!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>]>\n<ArchiveTransfer";

fn traps() -> Vec<Trap> {
    let good = parcel("SLB-1");
    let packed = gzip(&tar(&[("manifest.xml", manifest("SLB-1", &[]).as_bytes()), ("Content/a", &[7; 9_000])]));
    let latin: Vec<u8> = manifest("SLB-1", &[]).chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let zeros = vec![0; 100 << 20];
    let bad_xml = "CHECK_SEDA.NOT_XML_FILE";
    vec![
        trap("a ZIP without its end", "CHECK_CONTAINER.TRUNCATED", good[..good.len() - 30].to_vec()),
        trap("a tar.gz without its end", "CHECK_CONTAINER.TRUNCATED", packed[..packed.len() - 40].to_vec()),
        trap("an encrypted ZIP", "CHECK_CONTAINER.ENCRYPTED", encrypted(good.clone())),
        trap("a package in a package", "MANIFEST_FILE_NAME_CHECK", zip(&[("paquet.zip", &good)])),
        trap("a tar.gz in a tar.gz", "CHECK_CONTAINER", gzip(&packed)),
        trap(
            "a ZIP bomb",
            "CHECK_CONTAINER.LIMIT",
            zip(&[("manifest.xml", manifest("SLB-1", &[]).as_bytes()), ("zeros", &zeros)]),
        ),
        trap("a tar.gz bomb", "CHECK_CONTAINER.LIMIT", gzip(&tar(&[("manifest.xml", b"<a/>"), ("zeros", &zeros)]))),
        trap("a document type", bad_xml, with("<ArchiveTransfer", "<!DOCTYPE ArchiveTransfer>\n<ArchiveTransfer")),
        trap("an entity", bad_xml, with("Actes de", "&actes;")),
        trap(
            "an outside entity",
            bad_xml,
            with("<ArchiveTransfer", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<ArchiveTransfer"),
        ),
        trap("a billion laughs", bad_xml, with("<ArchiveTransfer", LAUGHS)),
        trap("Latin letters said to be UTF-8", bad_xml, only(latin)),
        trap("an unknown encoding", bad_xml, with("encoding='UTF-8'", "encoding='EBCDIC-FR'")),
        trap("a thousand levels", bad_xml, only(nested(1_000))),
        trap("a manifest that ends half-way", bad_xml, only(&manifest("SLB-1", &[])[..700])),
        trap(
            "an algorithm that is none",
            "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST_DATAOBJECT_VERSION.INVALIDE_ALGO",
            with("algorithm='SHA-512'", "algorithm='CRC32'"),
        ),
        trap("another algorithm than the digest's", "CHECK_DIGEST.INVALID", with("='SHA-512'", "='SHA-256'")),
    ]
}

/// What refuses a package, by a blank test: codes, and that each says why in words.
fn blank(path: &Path) -> BTreeSet<String> {
    let source = Source::File(fs::File::open(path).unwrap());
    let mut refusals = BTreeSet::new();
    let mut listen = |finding: &Finding| {
        if finding.outcome == Outcome::Ko {
            assert!(finding.message.trim().len() > 10, "{finding:?}");
            refusals.insert(finding.code.clone());
        }
    };
    let (known, limits) = (Referentials::default(), Limits::default());
    let examination = examine::blank(source, &known, &[Dialect::Strict], &limits, &mut listen).unwrap();
    assert_eq!(examination.report.passes(), refusals.is_empty());
    refusals
}

#[test]
fn a_trap_is_refused_by_its_code_and_nothing_of_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("piege.zip");
    let houses = houses();
    let mut wrong = Vec::new();
    for trap in traps() {
        fs::write(&path, &trap.bytes).unwrap();
        let refusals = blank(&path);
        if !refusals.contains(trap.code) {
            wrong.push(format!("{}: wanted {}, found {refusals:?}", trap.name, trap.code));
        }
        for house in &houses {
            let archive = house.archive();
            let receipt = archive.deposit(&house.may(), archive.local(&path)).unwrap();
            let Receipt::Settled(settled) = receipt else { panic!("{}: {receipt:?}", trap.name) };
            let refused = matches!(settled.transfer.status, TransferStatus::Refused { .. });
            assert!(refused, "{}: {:?}", trap.name, settled.transfer.status);
            let totals = settled.summary.unwrap().totals;
            assert!(refusals.iter().all(|code| totals.contains_key(code)), "{}: {totals:?}", trap.name);
            let reply = archive.reply(&house.may(), &settled.transfer).unwrap().unwrap();
            let reply = String::from_utf8(reply).unwrap();
            assert!(refusals.iter().all(|code| reply.contains(code.as_str())), "{}: {reply}", trap.name);
            nothing_kept(house, trap.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Neither an archive in the catalog, nor an object on a volume, nor unfinished work.
fn nothing_kept(house: &House, name: &str) {
    let archives = house.archive().archives(&house.may::<MayRead>(), &ArchiveFilter::default(), None, 10).unwrap();
    assert!(archives.is_empty(), "{name}: {archives:?}");
    // What was set aside is erased in rounds.
    house.archive().round(0);
    for volume in ["a", "b"] {
        let volume = house.data.join("volumes").join(volume);
        let left = leftovers(&volume);
        assert!(left.is_empty(), "{name} ({}): {left:?}", house.engine);
        let objects = files(&volume.join("ocfl/sault"));
        assert!(objects.iter().all(|path| path.to_string_lossy().contains("/records/")), "{name}: {objects:?}");
    }
}

/// What stands in `staging/` and `pending/` beside locks.
fn leftovers(volume: &Path) -> Vec<PathBuf> {
    let mut left = files(&volume.join("staging"));
    left.retain(|path| !path.ends_with("lock"));
    left.extend(files(&volume.join("pending")));
    left
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_digest_may_be_written_in_capitals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capitales.zip");
    let act = act("SLB-MAJ");
    let digest = crate::parcels::sha512(&act).to_uppercase();
    let size = u64::try_from(act.len()).unwrap();
    let manifest = manifest_of("SLB-MAJ", &[("Content/acte.txt", size, digest)], "SHA-512");
    fs::write(&path, zip(&[("manifest.xml", manifest.as_bytes()), ("Content/acte.txt", &act)])).unwrap();
    assert_eq!(blank(&path), BTreeSet::new());
    for house in houses() {
        let archive = house.archive();
        let receipt = archive.deposit(&house.may(), archive.local(&path)).unwrap();
        let Receipt::Settled(settled) = receipt else { panic!("{receipt:?}") };
        assert!(matches!(settled.transfer.status, TransferStatus::Accepted { .. }), "{settled:?}");
    }
}

/// A connection that ends before the deposit does.
struct Cut<R>(R);

impl<R: Read> Read for Cut<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::new(io::ErrorKind::ConnectionReset, "the other side went away")),
            read => Ok(read),
        }
    }
}

#[test]
fn of_a_deposit_that_stops_half_way_or_is_too_long_nothing_is_left() {
    for house in houses() {
        let by = house.may::<Deposit>();
        for length in [0_u64, 1, 100_000, 5_000_000] {
            let mut cut = Cut(io::repeat(7).take(length));
            let error = house.archive().spool(&by, "coupé.zip", &mut cut, u64::MAX).unwrap_err();
            assert!(matches!(error, SpoolError::Incoming(_)), "{error:?}");
            nothing_kept(&house, "a deposit that stops");
        }
        let error = house.archive().spool(&by, "long.zip", &mut io::repeat(7).take(1_001), 1_000).unwrap_err();
        assert!(matches!(error, SpoolError::TooLarge { limit_bytes: 1_000 }), "{error:?}");
        nothing_kept(&house, "a deposit that is too long");
        house.archive().spool(&by, "juste.zip", &mut io::repeat(7).take(1_000), 1_000).unwrap();
    }
}
