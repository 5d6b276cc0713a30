//! Packages in and out: each container good, each fault both ways, names, bombs, cuts, and packages made by others.

mod bombs;
mod containers;
mod cuts;
mod hand;
mod names;
mod reference;
mod tars;
mod writing;
mod zips;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Write},
};

use cartulaire::{
    domain::name::Name,
    package::{
        fault::{Fault, FaultKind},
        limits::Limits,
        open::{Opened, Package, Source},
    },
};

/// A fault as tests compare it: its kind, and the name it is about.
type Shown = (FaultKind, Option<String>);

const MANIFEST: (&str, &[u8]) = ("manifest.xml", b"<ArchiveTransfer/>");

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn open_within(bytes: &[u8], limits: &Limits) -> Opened {
    Package::open(Source::File(file_of(bytes)), limits).unwrap()
}

#[track_caller]
fn package_of(bytes: &[u8]) -> Package {
    readable(open_within(bytes, &Limits::default()))
}

#[track_caller]
fn readable(opened: Opened) -> Package {
    match opened {
        Opened::Package(package) => package,
        Opened::Unreadable(faults) => panic!("nothing can be read: {faults:?}"),
    }
}

/// All faults that opening finds, each with its name.
fn faults_within(bytes: &[u8], limits: &Limits) -> Vec<Shown> {
    match open_within(bytes, limits) {
        Opened::Package(package) => shown(package.faults()),
        Opened::Unreadable(faults) => {
            assert!(!faults.is_empty(), "nothing can be read, and nobody says why");
            shown(&faults)
        }
    }
}

fn faults_of(bytes: &[u8]) -> Vec<Shown> {
    faults_within(bytes, &Limits::default())
}

fn shown(faults: &[Fault]) -> Vec<Shown> {
    faults.iter().map(|fault| (fault.kind.clone(), fault.name.as_ref().map(Name::display))).collect()
}

/// A fault with its name.
fn at(kind: FaultKind, name: &str) -> Shown {
    (kind, Some(name.to_owned()))
}

/// A fault of the package as a whole.
fn whole(kind: FaultKind) -> Shown {
    (kind, None)
}

/// What a walk reads, and the faults it meets.
fn walked(package: &Package) -> (BTreeMap<String, Vec<u8>>, Vec<Shown>) {
    let mut read = BTreeMap::new();
    let faults = package
        .walk::<std::io::Error>(&mut |entry, body| {
            let mut bytes = Vec::new();
            body.read_to_end(&mut bytes)?;
            read.insert(entry.name.display(), bytes);
            Ok(())
        })
        .unwrap();
    (read, shown(&faults))
}

fn manifest_of(package: &Package) -> Result<Vec<u8>, Vec<Shown>> {
    let read = |body: &mut dyn Read| {
        let mut bytes = Vec::new();
        // A broken body shows as a fault; what the reader makes of it does not count.
        let _ = body.read_to_end(&mut bytes);
        bytes
    };
    package.with_manifest(read).unwrap().map_err(|faults| shown(&faults))
}

/// Opens, reads the manifest, and walks: whatever the bytes, an answer and no panic. Answers whether all was good.
fn survives(bytes: &[u8], limits: &Limits) -> bool {
    match open_within(bytes, limits) {
        Opened::Package(package) => {
            let manifest = manifest_of(&package);
            let (_, faults) = walked(&package);
            manifest.is_ok() && faults.is_empty() && package.faults().is_empty()
        }
        Opened::Unreadable(faults) => {
            assert!(!faults.is_empty());
            false
        }
    }
}
