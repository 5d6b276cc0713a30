//! Manifests made by others are read whole, and messages that we write are valid under the official schemas.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use cartulaire::{
    domain::archive::Header,
    seda::{
        manifest::ManifestReader,
        piece::{Alias, Piece, SourceGroup, SourceObject, SourceUnit},
    },
    xml::bounds::Bounds,
};

mod amending;
pub mod deliveries;
mod minting;
mod reading;
mod receipts;
mod replies;
pub mod schemas;

/// Packages that are valid under the official schemas.
const STRICT: &[&str] = &[
    "OK_12_UNITS_12_GOTS.zip",
    "OK_3_UNITS_2_GOTS.zip",
    "OK_ARBO-COMPLEXE.zip",
    "OK_SIP.tar",
    "OK_SIP_2_GO.zip",
    "OK_SIP_profil.zip",
    "OK_SIP_sans_objet.zip",
    "OK_SubFolders.zip",
    "OK_prefixed_manifest_name.zip",
    "perf_1001_units_1000_objects_100kB.zip",
];

/// Packages that say most, beyond the official schemas.
const RICH: &[&str] = &[
    "OK_SIP_FULL_SEDA2.2.zip",
    "OK_SIP_FULL_SEDA2.3.zip",
    "OK_SEDA_2.3_SigningInformation.zip",
    "OK_sedalib_TestSip.zip",
    "OK_RULES_COMPLEXE_COMPLETE_V2.zip",
    "OK_SIP_plusieurs_usages_dans_GOT.zip",
];

/// Where the reference data stands, when it does.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub fn reference(name: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference")).join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {name} of the reference data is not here");
    None
}

/// Everything of a manifest, for tests only.
#[derive(Default)]
pub struct Manifest {
    pub units: Vec<SourceUnit>,
    pub groups: Vec<SourceGroup>,
    pub objects: Vec<SourceObject>,
    pub aliases: Vec<Alias>,
    pub header: Header,
}

pub fn read_manifest(source: impl BufRead) -> Manifest {
    let mut reader = ManifestReader::new(source, Bounds::default());
    let mut manifest = Manifest::default();
    while let Some(piece) = reader.next().unwrap() {
        match piece {
            Piece::Unit(unit) => manifest.units.push(*unit),
            Piece::Group(group) => manifest.groups.push(group),
            Piece::Object(object) => manifest.objects.push(*object),
            Piece::Alias(alias) => manifest.aliases.push(alias),
        }
    }
    manifest.header = reader.header();
    manifest
}

/// The manifest of a package made by others.
pub fn manifest_of(package: &Path) -> String {
    let mut text = String::new();
    if package.extension().is_some_and(|extension| extension == "tar") {
        let mut archive = tar::Archive::new(fs::File::open(package).unwrap());
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            if entry.path().unwrap().to_string_lossy().ends_with("manifest.xml") {
                entry.read_to_string(&mut text).unwrap();
            }
        }
        return text;
    }
    let mut archive = zip::ZipArchive::new(BufReader::new(fs::File::open(package).unwrap())).unwrap();
    let name = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .find(|name| name.ends_with("manifest.xml"))
        .unwrap();
    archive.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Resident memory in kB, 0 where the system does not tell.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kb| kb.parse().ok()).unwrap_or_default()
}
