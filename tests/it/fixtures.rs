//! The packages of `fixtures/`: how tests list and pack them. That each is what its name says is proved in `proofs`.
//!
//! Containers that are broken themselves (cut, encrypted, bombs) are made by the tests of `package`.

mod proofs;

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// A package: a folder, or a `.zip` where no folder could hold it.
#[derive(Debug)]
pub struct Fixture {
    /// `CODE__what_is_wrong`, or what an accepted package is.
    pub name: String,
    /// The code of the only control that refuses it; `None` when it is accepted.
    pub code: Option<String>,
    /// Where it stands.
    pub path: PathBuf,
}

/// The packages that every control accepts, with and without the referentials.
pub fn accepted() -> Vec<Fixture> {
    family("accepted")
}

/// The packages that one control refuses, without any referential.
pub fn refused() -> Vec<Fixture> {
    family("refused")
}

/// The packages that one control refuses once the referentials are imported.
pub fn refused_with_referentials() -> Vec<Fixture> {
    family("refused_with_referentials")
}

/// A file of `referentials/`: `agencies.csv`, `agreements.json` or `rules.csv`.
pub fn referential(name: &str) -> PathBuf {
    root().join("referentials").join(name)
}

/// The official schemas and others' packages; says that the test is skipped when they are not there.
#[expect(clippy::print_stdout, reason = "a test that cannot look must say so; `tests/run.sh` counts these lines")]
pub fn reference() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference");
    if !folder.is_dir() {
        println!("skipped: the reference data is not beside the repository");
        return None;
    }
    Some(folder)
}

/// The package as a ZIP: entries in the order of their names, at a fixed time, so that same files make same bytes.
pub fn zip(package: &Path) -> Vec<u8> {
    if package.is_file() {
        return fs::read(package).unwrap();
    }
    let at = DateTime::from_date_and_time(2026, 11, 10, 12, 0, 0).unwrap();
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(at)
        .unix_permissions(0o644);
    let mut target = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in files(package) {
        target.start_file(name, options).unwrap();
        target.write_all(&data).unwrap();
    }
    target.finish().unwrap().into_inner()
}

/// The package of a folder as a compressed tar; same files make same bytes.
pub fn tar_gz(package: &Path) -> Vec<u8> {
    let mut target = tar::Builder::new(GzBuilder::new().mtime(0).write(Vec::new(), Compression::default()));
    for (name, data) in files(package) {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(data.len()).unwrap());
        header.set_mode(0o644);
        header.set_mtime(0);
        target.append_data(&mut header, name, data.as_slice()).unwrap();
    }
    target.into_inner().unwrap().finish().unwrap()
}

/// The files of a folder, or the entries of an archive, by name with `/`.
pub fn files(package: &Path) -> BTreeMap<String, Vec<u8>> {
    if package.is_dir() {
        return walk(package)
            .into_iter()
            .map(|path| (path.strip_prefix(package).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect();
    }
    let mut archive = ZipArchive::new(fs::File::open(package).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).unwrap();
            let mut data = Vec::new();
            std::io::copy(&mut entry, &mut data).unwrap();
            (entry.name().unwrap().into_owned(), data)
        })
        .collect()
}

fn family(name: &str) -> Vec<Fixture> {
    let mut packages: Vec<Fixture> = fs::read_dir(root().join(name))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches(".zip").to_owned();
            let code = name.split_once("__").map(|(code, _)| code.to_owned());
            Fixture { name, code, path }
        })
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    packages
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect();
    found.sort();
    found
}
