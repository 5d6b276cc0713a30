//! Two installations, a restitution between them, and what is compared.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use cartulaire::{
    archive::{
        restitute::Destination,
        takeover::{Refusal, Taken, Watch},
        verify::{self, Subject, finding::Verified, trust::Known},
    },
    boot::{self, SystemClock},
    config::Config,
    domain::{
        clock::Clock as _,
        mandate::{Actor, Administer},
        tenant::TenantId,
    },
};

use crate::{
    archive::House,
    store::{Fresh, stores},
};

pub fn tenant(text: &str) -> TenantId {
    text.parse().unwrap()
}

/// An installation without a tenant, over a catalog.
pub fn empty(catalog: Fresh) -> House {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = Config { database: catalog.url.clone(), reserve_bytes: 0, ..Config::default() };
    let installation = boot::init_empty(&data, &config, Arc::new(SystemClock)).unwrap();
    // Nobody acts there before the take-over.
    let id = "019aa8f0-1111-7222-8333-944455556666".parse().unwrap();
    let actor = Actor { id, tenant: tenant("personne"), permissions: Vec::new(), agency: None };
    House { installation, actor, data, engine: catalog.engine, _folder: folder, catalog }
}

/// An installation without a tenant, on another engine than `house` when there is one.
pub fn elsewhere(house: &House) -> House {
    let mut fresh = stores();
    let at = fresh.iter().position(|one| one.engine != house.engine).unwrap_or(0);
    empty(fresh.swap_remove(at))
}

pub fn try_take_over(house: &House, from: &Path) -> Result<Taken, Refusal> {
    let watch = Watch { verified: &|| {}, copied: &|| {} };
    house.archive().take_over(from, &Known::default(), &watch).unwrap()
}

/// Takes a tenant over; the same house, acting in it.
pub fn take_over(mut house: House, from: &Path) -> House {
    let taken = match try_take_over(&house, from) {
        Ok(taken) => taken,
        Err(Refusal::Broken(verified)) => panic!("{:#?}", verified.findings),
        Err(other) => panic!("{other:?}"),
    };
    house.actor = house.archive().local_actor(Some(&taken.tenant)).unwrap();
    house
}

/// Verifies a live installation.
pub fn verified(house: &House) -> Verified {
    house.archive().verify(&|| {}).unwrap()
}

/// Verifies a folder alone.
pub fn verified_alone(folder: &Path) -> Verified {
    let (volumes, now) = (vec![folder.to_owned()], SystemClock.now());
    let subject = Subject { volumes, catalog: None, now, known: Known::default(), since: None };
    verify::verify(&subject, &|| {}).unwrap()
}

#[track_caller]
pub fn assert_whole(verified: &Verified, name: &str) {
    assert!(verified.is_whole() && !verified.volumes.is_empty(), "{name}: {:#?}", verified.findings);
}

/// A restitution, and what must outlive it.
pub struct Out {
    _folder: tempfile::TempDir,
    pub path: PathBuf,
}

/// Gives back the tenant in which an actor acts.
pub fn restitute_as(house: &House, by: &Actor) -> Out {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("restitution");
    let by = by.mandate::<Administer>().unwrap();
    house.archive().restitute(&by, Destination::Folder(path.clone()), &|_| true).unwrap();
    Out { _folder: folder, path }
}

/// Gives back the house's tenant.
pub fn restitute(house: &House) -> Out {
    restitute_as(house, &house.actor)
}

/// A copy of a restitution, to be altered.
pub fn copy_of(out: &Path) -> Out {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("restitution");
    copy(out, &path);
    Out { _folder: folder, path }
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Every file below a folder, by its path there, with its bytes.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut found, mut left) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(open) = left.pop() {
        for entry in fs::read_dir(&open).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.push((path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
