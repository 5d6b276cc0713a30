//! The offices, on both engines: one scenario per file.

mod examination;
mod flow;

use std::{path::PathBuf, sync::Arc};

use cartulaire::{
    archive::Archive,
    boot::{self, Init, Installation},
    config::Config,
    domain::mandate::{Actor, Mandate, Right},
};

use crate::store::{Fresh, stores};

/// An installation in a folder of its own, over one engine.
pub struct House {
    pub installation: Installation,
    pub actor: Actor,
    pub data: PathBuf,
    pub engine: &'static str,
    _folder: tempfile::TempDir,
    _catalog: Fresh,
}

impl House {
    pub fn archive(&self) -> &Arc<Archive> {
        &self.installation.archive
    }

    pub fn may<R: Right>(&self) -> Mandate<R> {
        self.actor.mandate().unwrap()
    }
}

/// A fresh installation per engine, with the tenant `sault`.
pub fn houses() -> Vec<House> {
    stores().into_iter().map(house).collect()
}

fn house(catalog: Fresh) -> House {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = Config { database: catalog.url.clone(), reserve_bytes: 0, ..Config::default() };
    let init = Init {
        tenant: "sault".parse().unwrap(),
        name: "Sault-les-Bruyères".to_owned(),
        archival_agency: "SLB-ARCHIVES".to_owned(),
        config,
    };
    let installation = boot::init(&data, &init).unwrap();
    let actor = installation.archive.local_actor(None).unwrap();
    House { installation, actor, data, engine: catalog.engine, _folder: folder, _catalog: catalog }
}
