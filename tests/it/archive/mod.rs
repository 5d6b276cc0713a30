//! The offices, on both engines: one scenario per file.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops; what it prints is for its reader")]

mod audit;
mod delivery;
mod departures;
mod destruction;
pub mod disposals;
mod evidence;
mod examination;
mod flow;
mod holds;
mod amendments;
mod law;
mod moves;
mod log;
mod integrity;
mod messages;
mod profiles;
mod readings;
mod rebuild;
mod requests;
mod referentials;
mod rules;
mod resilience;
mod restitution;
mod sealing;
mod takeover;
mod tamper;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use cartulaire::{
    archive::{
        Archive,
        deposit::{Receipt, Settled},
    },
    boot::{self, Init, Installation, SystemClock},
    config::Config,
    domain::{
        clock::{Clock, Timestamp},
        id::ArchiveId,
        mandate::{Actor, Administer, Deposit, Mandate, Permission, Read, Right},
        search::{Criteria, Hit},
        transfer::TransferStatus,
    },
    store::Store,
};

use crate::store::{Fresh, stores};

/// An installation in a folder of its own, over one engine.
pub struct House {
    pub installation: Installation,
    pub actor: Actor,
    pub data: PathBuf,
    pub engine: &'static str,
    _folder: tempfile::TempDir,
    catalog: Fresh,
}

impl House {
    pub fn archive(&self) -> &Arc<Archive> {
        &self.installation.archive
    }

    pub fn may<R: Right>(&self) -> Mandate<R> {
        self.actor.mandate().unwrap()
    }

    /// Opens an account, which may do these things for an agency.
    pub fn account(&self, label: &str, permissions: &[Permission], agency: Option<&str>) -> Actor {
        self.archive().issue(&self.may::<Administer>(), label, permissions, agency).unwrap().0.actor
    }

    /// A second way into the catalog, beside the archive's own.
    pub fn store(&self) -> &Store {
        &self.catalog.store
    }

    /// Changes the catalog behind the archive's back.
    pub fn execute(&self, sql: &str) {
        self.catalog.execute(sql);
    }

    /// The folders of the volumes.
    pub fn volumes(&self) -> Vec<PathBuf> {
        self.installation.config.volume_paths(&self.data)
    }

    /// The same house after a restart.
    pub fn reopened(self) -> Self {
        drop(self.installation);
        Self { installation: boot::open(&self.data).unwrap(), ..self }
    }

    /// The same house after it was closed, something was done to its directory, and it was opened again.
    pub fn meanwhile(self, work: impl FnOnce(&Path)) -> Self {
        drop(self.installation);
        work(&self.data);
        Self { installation: boot::open(&self.data).unwrap(), ..self }
    }

    /// Deposits a package that nobody deposited before.
    pub fn settle(&self, package: &Path) -> Settled {
        settle(self.archive(), &self.actor, package)
    }

    /// Deposits a package that must be accepted.
    pub fn accept(&self, package: &Path) -> ArchiveId {
        accept(self.archive(), &self.actor, package)
    }

    /// Makes another tenant; the machine's own user in it.
    pub fn neighbour(&self) -> Actor {
        let tenant = "voisine".parse().unwrap();
        assert!(self.archive().create_tenant(tenant, "Voisine-sur-Nesque", "VSN-ARCHIVES").unwrap());
        self.archive().local_actor(Some(&"voisine".parse().unwrap())).unwrap()
    }
}

/// A clock whose hands are moved by the test.
pub struct Hands(Mutex<Timestamp>);

impl Hands {
    /// A clock that stands at an instant.
    pub fn at(text: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Timestamp::parse(text).unwrap())))
    }

    /// Moves the hands.
    pub fn set(&self, text: &str) {
        *self.0.lock().unwrap() = Timestamp::parse(text).unwrap();
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Deposits a package that nobody deposited before.
pub fn settle(archive: &Archive, by: &Actor, package: &Path) -> Settled {
    let receipt = archive.deposit(&by.mandate::<Deposit>().unwrap(), archive.local(package)).unwrap();
    match receipt {
        Receipt::Settled(settled) => settled,
        other => panic!("{}: {other:?}", package.display()),
    }
}

/// Deposits a package that must be accepted.
pub fn accept(archive: &Archive, by: &Actor, package: &Path) -> ArchiveId {
    let settled = settle(archive, by, package);
    match settled.transfer.status {
        TransferStatus::Accepted { archive, .. } => archive,
        _ => panic!("{}: {settled:?}", package.display()),
    }
}

/// Every unit of an archive, as a search shows it.
pub fn units(archive: &Archive, by: &Actor, id: ArchiveId) -> Vec<Hit> {
    let criteria = Criteria { archive: Some(id), ..Criteria::default() };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = archive.search(&by.mandate::<Read>().unwrap(), &criteria, after, 500).unwrap();
        found.extend(page.hits);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// A fresh installation per engine, with the tenant `sault`.
pub fn houses() -> Vec<House> {
    stores().into_iter().map(|catalog| house(catalog, Arc::new(SystemClock))).collect()
}

/// A fresh installation per engine, made and opened under the test's clock, which is set to `at` for each.
pub fn houses_at(clock: &Arc<Hands>, at: &str) -> impl Iterator<Item = House> {
    stores().into_iter().map(move |catalog| {
        clock.set(at);
        house(catalog, clock.clone())
    })
}

fn house(catalog: Fresh, clock: Arc<dyn Clock>) -> House {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = Config { database: catalog.url.clone(), reserve_bytes: 0, ..Config::default() };
    let init = Init {
        tenant: "sault".parse().unwrap(),
        name: "Sault-les-Bruyères".to_owned(),
        archival_agency: "SLB-ARCHIVES".to_owned(),
        config,
    };
    let installation = boot::init_at(&data, &init, clock).unwrap();
    let actor = installation.archive.local_actor(None).unwrap();
    House { installation, actor, data, engine: catalog.engine, _folder: folder, catalog }
}
