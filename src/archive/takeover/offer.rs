//! A restitution that is offered: what it says of itself, whether it verifies, and what is kept of its log.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::{
    archive::{
        Archive,
        brought::{JOURNAL, KIT, LOG, record_name},
        error::Error,
        log::publish::CHECKPOINT,
        referentials::record_object,
        takeover::Refusal,
        verify::{self, Subject, finding::Verified, trust::Known},
    },
    digest,
    domain::{clock::Timestamp, digest::Digest, id::TransferId, name::Name, tenant::Tenant},
    proof::checkpoint::SignedCheckpoint,
    record::{
        self,
        facts::Fact,
        restitution::{FILE, INSTALLATION, Restitution},
    },
    vault::{arrival::Origin, staging::Staged},
};

/// The longest `restitution.json` that is read: 1 MiB.
const TOLD_BYTES: u64 = 1 << 20;

/// What is kept of a restitution beside the tenant's own objects and papers.
const KEPT: [&str; 5] = [FILE, INSTALLATION, LOG, KIT, JOURNAL];

/// A restitution in a folder.
pub struct Offer {
    root: PathBuf,
    /// What it says of itself.
    pub told: Restitution,
    /// The digest of that text.
    pub digest: Digest,
}

impl Offer {
    /// Reads what a folder says of itself.
    pub fn read(root: &Path) -> Result<Result<Self, Refusal>, Error> {
        let path = root.join(FILE);
        let not_one = |what: &str| Ok(Err(Refusal::NotOne(what.to_owned())));
        match fs::symlink_metadata(&path) {
            Ok(metadata) if !metadata.is_file() || metadata.len() > TOLD_BYTES => {
                return not_one("restitution.json n’est pas un fichier que Cartulaire écrit.");
            }
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return not_one(
                    "il n’y a là aucun restitution.json ; une restitution en ZIP ou en tar se décompresse \
                                d’abord, et une restitution interrompue se reprend d’abord là où elle a été faite.",
                );
            }
            Err(error) => return Err(error.into()),
        }
        let bytes = fs::read(&path)?;
        match Restitution::from_json(&bytes) {
            Ok(told) if told.holds.is_some() => {
                Ok(Ok(Self { root: root.to_owned(), told, digest: digest::sha512(&bytes) }))
            }
            Ok(_) => not_one("elle n’est pas terminée : reprenez-la d’abord là où elle a été faite."),
            Err(record::Error::Format { found, .. }) => Ok(Err(Refusal::Format(found))),
            Err(_) => not_one("restitution.json ne se lit pas."),
        }
    }

    /// Verifies all of it.
    pub fn verify(&self, known: &Known, now: Timestamp, on_copy: &(dyn Fn() + Sync)) -> Result<Verified, Error> {
        let subject =
            Subject { volumes: vec![self.root.clone()], catalog: None, now, known: known.clone(), since: None };
        verify::verify(&subject, on_copy)
    }

    /// What a verification does not hold against the journals, and that a take-over believes: what the tenant is called,
    /// as the installation's line tells, and how many records it has. `None` when it holds.
    pub fn contradiction(&self) -> Result<Option<&'static str>, Error> {
        let tenant = &self.told.tenant;
        let mut is_told = false;
        for text in fs::read_to_string(self.root.join(INSTALLATION))?.lines() {
            let line = record::line::from_json(text)?;
            is_told |= match Fact::read(&line.event)? {
                Some(Fact::TenantCreated(fact)) => {
                    let told = Tenant {
                        id: fact.tenant,
                        name: fact.name,
                        archival_agency: fact.archival_agency,
                        created_at: line.at,
                    };
                    told == *tenant
                }
                Some(Fact::TenantTaken(fact)) => {
                    let (name, archival_agency) = (fact.name, fact.archival_agency);
                    Tenant { id: fact.tenant, name, archival_agency, created_at: fact.created_at } == *tenant
                }
                _ => false,
            };
        }
        if !is_told {
            return Ok(Some("le service qu’elle nomme n’est pas celui que dit le journal de l’installation."));
        }
        let records = self.root.join("ocfl").join(tenant.id.as_str()).join("records");
        let stand = u64::try_from(fs::read_dir(records)?.count()).unwrap_or(u64::MAX);
        let is_same = self.told.holds.as_ref().is_some_and(|holds| holds.records == stand);
        Ok((!is_same).then_some("elle n’a pas autant d’enregistrements qu’elle en annonce."))
    }

    /// Where the tenant's objects and papers are copied from.
    pub fn origin(&self) -> Origin {
        let below = |folder: &str| self.root.join(folder);
        let (objects, papers, pending) = (below("ocfl"), below("transfers"), below("pending"));
        Origin { mark: self.digest, objects, papers, pending, tenant: self.told.tenant.id.clone() }
    }

    /// The number of the record that will keep its log: the tenant may have brought others to where it comes from.
    pub fn next_log(&self) -> Result<u32, Error> {
        let records = self.root.join("ocfl").join(self.told.tenant.id.as_str()).join("records");
        let free = (1..=u32::MAX).find(|number| !records.join(record_name(*number)).exists());
        free.ok_or_else(|| Error::Inconsistent("a tenant with too many logs".to_owned()))
    }

    /// The root of its checkpoint, in base64.
    pub fn root(&self) -> Result<String, Error> {
        let bytes = fs::read(self.root.join(LOG).join(CHECKPOINT))?;
        Ok(SignedCheckpoint::parse(&bytes)?.checkpoint().root().to_base64())
    }

    /// The transfers whose packages wait in it.
    pub fn pending(&self) -> Result<Vec<TransferId>, Error> {
        let entries = match fs::read_dir(self.root.join("pending")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut pending = Vec::new();
        for entry in entries {
            let transfer: Option<TransferId> = entry?.file_name().to_str().and_then(|name| name.parse().ok());
            pending.extend(transfer);
        }
        pending.sort_unstable();
        Ok(pending)
    }

    /// Every file that is kept of it beside the tenant's own, by its path below the root.
    fn kept(&self) -> Result<Vec<String>, Error> {
        let (mut files, mut left) = (Vec::new(), KEPT.map(str::to_owned).to_vec());
        while let Some(path) = left.pop() {
            let metadata = match fs::symlink_metadata(self.root.join(&path)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            if metadata.is_dir() {
                for entry in fs::read_dir(self.root.join(&path))? {
                    let name = entry?.file_name();
                    let name = name.to_str().ok_or_else(|| strange(&path))?;
                    left.push(format!("{path}/{name}"));
                }
            } else if metadata.is_file() {
                files.push(path);
            } else {
                return Err(strange(&path));
            }
        }
        files.sort_unstable();
        Ok(files)
    }
}

fn strange(path: &str) -> Error {
    Error::Inconsistent(format!("{path} of the restitution is neither a file nor a folder of ours"))
}

impl Archive {
    /// The record that keeps, read-only, the log of a restitution.
    pub(super) fn keep_log(&self, offer: &Offer, number: u32) -> Result<Staged, Error> {
        let object = record_object(&offer.told.tenant.id, &record_name(number))?;
        let mut staging = self.vault.stage(&object)?;
        for path in offer.kept()? {
            let mut file = File::open(offer.root.join(&path))?;
            staging.put(&Name::from(path.as_str()), &mut file, &[])?;
        }
        Ok(staging.finish("Reprise", "cartulaire", self.clock.now())?)
    }
}
