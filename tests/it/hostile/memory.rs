//! Packages that cost memory: the peak of a process that examines and deposits them.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    process::Command,
};

use cartulaire::{archive::deposit::Receipt, domain::transfer::TransferStatus};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    archive::houses,
    hostile::blank,
    parcels::{FOOT, content, head, manifest, parcel},
};

/// Set for the process that measures itself.
const MEASURE: &str = "CARTULAIRE_MEASURE_HOSTILE";

/// How much the peak may grow: 64 MiB, in kilobytes.
const GROWTH_KB: u64 = 64 << 10;

/// The most memory that this process ever held, in kilobytes.
pub fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn what_swells_does_not_swell_the_house() {
    if std::env::var_os(MEASURE).is_some() {
        measure();
        return;
    }
    if peak().is_none() {
        println!("skipped: no /proc here to read the peak of memory from");
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hostile::memory::what_swells_does_not_swell_the_house", "--nocapture"])
        .env(MEASURE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    print!("{said}");
}

fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let house = houses().remove(0);
    let deposit = |path: &Path| {
        let receipt = house.archive().deposit(&house.may(), house.archive().local(path)).unwrap();
        let Receipt::Settled(settled) = receipt else { panic!("{receipt:?}") };
        settled.transfer.status
    };
    let good = folder.path().join("bon.zip");
    fs::write(&good, parcel("SLB-BON")).unwrap();
    assert!(blank(&good).is_empty());
    assert!(matches!(deposit(&good), TransferStatus::Accepted { .. }));
    let path = folder.path().join("piege.zip");
    for (name, code, write) in SWELLING {
        write(&path).unwrap();
        let before = peak().unwrap();
        let refusals = blank(&path);
        assert!(refusals.contains(*code), "{name}: wanted {code}, found {refusals:?}");
        assert!(matches!(deposit(&path), TransferStatus::Refused { .. }), "{name}");
        let grown = peak().unwrap() - before;
        println!("{name}: {grown} kB more");
        assert!(grown < GROWTH_KB, "{name}: {grown} kB more");
    }
}

type Write = fn(&Path) -> io::Result<()>;

const SWELLING: &[(&str, &str, Write)] = &[
    ("an attribute of 50 MB", "CHECK_SEDA.NOT_XML_FILE", |path| {
        let (before, after) = (head("SLB-GROS") + "<DescriptiveMetadata><ArchiveUnit id='", "'>");
        long(
            path,
            &before,
            50_000_000,
            &format!("{after}{}</ArchiveUnit></DescriptiveMetadata>{FOOT}", content("File", "x")),
        )
    }),
    ("a title of 50 MB", "CHECK_SEDA.NOT_XML_FILE", |path| {
        let before = head("SLB-GROS")
            + "<DescriptiveMetadata><ArchiveUnit id='u'><Content><DescriptionLevel>File</DescriptionLevel><Title>";
        long(path, &before, 50_000_000, &format!("</Title></Content></ArchiveUnit></DescriptiveMetadata>{FOOT}"))
    }),
    ("a bomb of 1 GiB", "CHECK_CONTAINER.LIMIT", |path| {
        let mut zip = ZipWriter::new(File::create(path)?);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
        zip.start_file("manifest.xml", options)?;
        zip.write_all(manifest("SLB-BOMBE", &[]).as_bytes())?;
        zip.start_file("Content/zeros", options)?;
        io::copy(&mut io::Read::take(io::repeat(0), 1 << 30), &mut zip)?;
        zip.finish()?;
        Ok(())
    }),
    ("a manifest that is a bomb", "CHECK_CONTAINER.LIMIT", |path| long(path, "<a b='", 1 << 30, "'/>")),
];

/// A package whose manifest has many times the letter x between two texts.
fn long(path: &Path, before: &str, length: u64, after: &str) -> io::Result<()> {
    let mut zip = ZipWriter::new(File::create(path)?);
    // As much as not to be taken for a bomb, where it is not to be one.
    let method = if length > 100_000_000 { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    zip.start_file("manifest.xml", SimpleFileOptions::default().compression_method(method).large_file(true))?;
    zip.write_all(before.as_bytes())?;
    io::copy(&mut io::Read::take(io::repeat(b'x'), length), &mut zip)?;
    zip.write_all(after.as_bytes())?;
    zip.finish()?;
    Ok(())
}
