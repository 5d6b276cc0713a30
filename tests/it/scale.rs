//! Large things in a small house: the peak of a process that takes them in.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops, and what it measured or skipped is said"
)]

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read as _, Write},
    path::Path,
    process::Command,
    time::Instant,
};

use cartulaire::{
    archive::{
        deposit::Receipt,
        examine::{self, terms::Referentials},
        limits::Limits,
    },
    domain::{check::Verdict, mandate::Read, search::Criteria, seda::Dialect, transfer::TransferStatus},
    package::open::Source,
};
use sha2::{Digest as _, Sha512};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    archive::houses,
    hostile::memory::peak,
    parcels::{FOOT, content, head, hex, manifest_of},
};

/// Set, for the process that measures itself, to what it measures.
const MEASURE: &str = "CARTULAIRE_MEASURE_SCALE";

/// The most that a process may ever hold: 256 MiB, in kilobytes.
const PEAK_KB: u64 = 256 << 10;

/// Units of the manifest that is examined.
const UNITS: u32 = 100_000;

/// Units of the archive that is deposited and searched: writing rows without optimisation is slow.
const DEPOSITED: u32 = 20_000;

/// Bytes of the object that is deposited: 2 GiB.
const LARGE: u64 = 2 << 30;

/// Room that the large object needs, with its copies: 10 GiB.
const ROOM: u64 = 10 << 30;

/// Runs the test named `name` again, alone in a process that measures itself, and shows what it says.
fn alone(name: &str) {
    if peak().is_none() {
        println!("skipped: no /proc here to read the peak of memory from");
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("scale::{name}"), "--nocapture"])
        .env(MEASURE, name)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for line in said.lines().filter(|line| line.contains("kB at most") || line.contains("skipped: ")) {
        println!("{line}");
    }
}

fn is_alone(name: &str) -> bool {
    std::env::var_os(MEASURE).is_some_and(|measured| measured == *name)
}

/// Says what was held and how long it took, and fails above the most.
fn tell(what: &str, from: Instant) {
    let held = peak().unwrap();
    println!("{what}: {held} kB at most, {} s", from.elapsed().as_secs());
    assert!(held < PEAK_KB, "{what}: {held} kB");
}

/// A package of units only, each tenth one above the nine that follow.
fn write_units(path: &Path, units: u32) -> io::Result<()> {
    let mut zip = ZipWriter::new(BufWriter::new(File::create(path)?));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
    zip.start_file("manifest.xml", options)?;
    let mut out = BufWriter::new(&mut zip);
    out.write_all((head("SLB-GRAND") + "<DescriptiveMetadata>\n").as_bytes())?;
    for dossier in 0..units / 10 {
        write!(out, "<ArchiveUnit id='d{dossier}'>{}", content("RecordGrp", &format!("Dossier de l’année {dossier}")))?;
        for piece in 1..10 {
            let title = format!("Délibération n° {dossier}-{piece} du conseil municipal");
            writeln!(out, "<ArchiveUnit id='u{dossier}-{piece}'>{}</ArchiveUnit>", content("Item", &title))?;
        }
        out.write_all(b"</ArchiveUnit>\n")?;
    }
    out.write_all(b"</DescriptiveMetadata>")?;
    out.write_all(FOOT.as_bytes())?;
    out.flush()?;
    drop(out);
    zip.finish()?.flush()
}

#[test]
fn a_manifest_of_100_000_units_is_examined_in_little_memory() {
    const NAME: &str = "a_manifest_of_100_000_units_is_examined_in_little_memory";
    if !is_alone(NAME) {
        return alone(NAME);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grand.zip");
    write_units(&path, UNITS).unwrap();
    let from = Instant::now();
    let source = Source::File(File::open(&path).unwrap());
    let known = Referentials::default();
    let examination = examine::blank(source, &known, &[Dialect::Strict], &Limits::default(), &mut |_| {}).unwrap();
    // A transfer without any object is told of, and taken.
    assert_eq!(examination.verdict(), Verdict::Warning, "{:?}", examination.report.findings());
    assert_eq!(examination.submission.unwrap().survey.units.len(), usize::try_from(UNITS).unwrap());
    tell("100,000 units examined", from);
}

#[test]
fn an_archive_of_20_000_units_is_deposited_and_searched_in_little_memory() {
    const NAME: &str = "an_archive_of_20_000_units_is_deposited_and_searched_in_little_memory";
    if !is_alone(NAME) {
        return alone(NAME);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grand.zip");
    write_units(&path, DEPOSITED).unwrap();
    let house = houses().remove(0);
    let from = Instant::now();
    let receipt = house.archive().deposit(&house.may(), house.archive().local(&path)).unwrap();
    let Receipt::Settled(settled) = receipt else { panic!("{receipt:?}") };
    assert!(matches!(settled.transfer.status, TransferStatus::Accepted { .. }), "{settled:?}");
    let criteria = Criteria { text: "délibération 1234-5".to_owned(), ..Criteria::default() };
    let page = house.archive().search(&house.may::<Read>(), &criteria, None, 20).unwrap();
    assert!(page.hits.iter().any(|hit| hit.local_id == "u1234-5"), "{:?}", page.hits);
    tell("20,000 units deposited and searched", from);
}

#[test]
fn an_object_of_2_gib_is_deposited_in_little_memory() {
    const NAME: &str = "an_object_of_2_gib_is_deposited_in_little_memory";
    if !is_alone(NAME) {
        return alone(NAME);
    }
    let house = houses().remove(0);
    let free = house.archive().health().volumes.iter().map(|volume| volume.free_bytes).min().unwrap();
    if free < ROOM {
        println!("skipped: {free} bytes are free, and an object of 2 GiB with its copies is given {ROOM}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let object = folder.path().join("Content/film.bin");
    fs::create_dir(folder.path().join("Content")).unwrap();
    File::create(&object).unwrap().set_len(LARGE).unwrap();
    let manifest = manifest_of("SLB-FILM", &[("Content/film.bin", LARGE, digest_of_zeros(LARGE))], "SHA-512");
    fs::write(folder.path().join("manifest.xml"), manifest).unwrap();
    let from = Instant::now();
    let receipt = house.archive().deposit(&house.may(), house.archive().local(folder.path())).unwrap();
    let Receipt::Settled(settled) = receipt else { panic!("{receipt:?}") };
    assert!(matches!(settled.transfer.status, TransferStatus::Accepted { .. }), "{settled:?}");
    tell("an object of 2 GiB deposited", from);
}

fn digest_of_zeros(length: u64) -> String {
    let (mut hash, mut zeros, mut buffer) = (Sha512::new(), io::repeat(0).take(length), vec![0; 1 << 20]);
    loop {
        match zeros.read(&mut buffer).unwrap() {
            0 => return hex(&hash.finalize()),
            read => hash.update(&buffer[..read]),
        }
    }
}
