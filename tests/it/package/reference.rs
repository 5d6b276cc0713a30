//! Packages made by others: each opens with exactly the faults that its maker put into it.

use std::{fs, fs::File, path::Path};

use cartulaire::package::{
    fault::{FaultKind, Unsafe},
    limits::Limits,
    open::{Opened, Package, Source},
};

use super::{at, manifest_of, shown, walked, whole};

fn expected(package: &str) -> Vec<(FaultKind, Option<String>)> {
    match package {
        "KO_PathTraversalInFileName.zip" => {
            vec![at(FaultKind::NameUnsafe(Unsafe::Traversal), "../../BadFile.txt")]
        }
        "KO_BackSlashInFileName.zip" => vec![at(FaultKind::NameUnsafe(Unsafe::Backslash), "Content/ID\\13.txt")],
        "KO_FILE_extension_caractere_special.zip" => {
            vec![at(FaultKind::NameUnsafe(Unsafe::ForbiddenCharacter), "Content/ID35.txt#")]
        }
        "KO_empty_zip.zip" => vec![whole(FaultKind::Empty)],
        "KO_SIP_no_manifest.zip" => vec![whole(FaultKind::ManifestMissing)],
        _ => Vec::new(),
    }
}

#[test]
fn packages_of_others_open_with_the_faults_they_have() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference/sips"));
    if !folder.is_dir() {
        println!("skipped: the reference packages are not beside this checkout");
        return;
    }
    let mut seen = 0;
    for found in fs::read_dir(folder).unwrap() {
        let path = found.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        seen += 1;
        match Package::open(Source::File(File::open(&path).unwrap()), &Limits::default()).unwrap() {
            Opened::Unreadable(faults) => assert_eq!(shown(&faults), expected(&name), "{name}"),
            Opened::Package(package) => {
                assert_eq!(shown(package.faults()), expected(&name), "{name}");
                let (read, faults) = walked(&package);
                assert_eq!(faults, [], "{name}");
                let manifests = usize::from(package.manifest().is_some());
                assert_eq!(read.len() + manifests, package.entries().len(), "{name}");
                assert_eq!(manifest_of(&package).is_ok(), name != "KO_SIP_no_manifest.zip", "{name}");
            }
        }
    }
    assert_eq!(seen, 38);
}

#[test]
fn a_prefixed_manifest_is_found() {
    let path =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference/sips/OK_prefixed_manifest_name.zip"));
    let Ok(file) = File::open(path) else {
        println!("skipped: the reference packages are not beside this checkout");
        return;
    };
    let Opened::Package(package) = Package::open(Source::File(file), &Limits::default()).unwrap() else {
        panic!("nothing can be read");
    };
    assert_eq!(package.manifest().unwrap().text(), Some("toto-manifest.xml"));
}
