//! What the archive proves itself with, made of the configuration and of the installation's secrets: an authority and a
//! seal of its own are made when there are none.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    archive::{
        means::{Authority, Door, Means, WitnessDoor, Witnesses},
        verify::trust::Known,
    },
    boot::{
        Error,
        keys::{self, FOLDER, keep},
    },
    config::{self, Config},
    domain::{clock::Timestamp, tenant::TenantId},
    net::{Caller, Limits},
    pki::{seal, trust::Trust},
    proof::{policy::Policy, vkey::Vkey},
};

/// The name of the installation's own authority, in files and journals.
pub const OWN: &str = "locale";

/// Days for which the installation's own authority is made: ten years.
const OWN_DAYS: u32 = 3_650;

/// Years for which the installation's seal is made.
const SEAL_YEARS: u32 = 10;

const HOUR_MILLIS: i64 = 3_600_000;

/// Everything the archive proves itself with.
pub fn of(data: &Path, config: &Config, installation: &str, at: Timestamp) -> Result<Means, Error> {
    let mut authorities = config.authorities.iter().map(|one| outside(data, one)).collect::<Result<Vec<_>, _>>()?;
    if authorities.is_empty() {
        authorities.push(own(data, installation, at)?);
    }
    Ok(Means {
        log: keys::log_keys(data, installation)?,
        authorities,
        witnesses: witnesses(data, config)?,
        seal: seal_of(data, installation, at)?,
        caller: Caller::new(Limits::default()),
    })
}

/// What is known of an installation from elsewhere than its volumes: its own keys, the roots of its authorities, its
/// witnesses. Nothing is made that is not there.
pub fn known(data: &Path, config: &Config, installation: &str) -> Result<Known, Error> {
    let outside = config.authorities.iter().map(|one| outside(data, one)).collect::<Result<Vec<_>, _>>()?;
    let mut authorities: BTreeMap<String, Trust> =
        outside.into_iter().map(|authority| (authority.name, authority.trust)).collect();
    let own = data.join(FOLDER).join("tsa-root.crt");
    if let Ok(pem) = fs::read(&own) {
        let told = |reason: String| Error::Key { path: own.clone(), reason };
        let trust = Trust::from_pem(&pem, b"").map_err(|fault| told(fault.to_string()))?;
        authorities.insert(OWN.to_owned(), trust);
    }
    let keys = keys::known_log_keys(data, installation)?;
    Ok(Known { keys, authorities, witnesses: Some(witnesses(data, config)?.policy) })
}

/// An authority of the configuration.
fn outside(data: &Path, config: &config::Authority) -> Result<Authority, Error> {
    let path = data.join(&config.roots);
    let told = |reason: String| Error::Key { path: path.clone(), reason };
    config.name.parse::<TenantId>().map_err(|_| told(format!("`{}` cannot name an authority", config.name)))?;
    let roots = fs::read_to_string(&path).map_err(|error| told(error.to_string()))?;
    let trust = Trust::from_pem(roots.as_bytes(), b"").map_err(|fault| told(fault.to_string()))?;
    Ok(Authority {
        name: config.name.clone(),
        third_party: config.third_party,
        roots,
        trust,
        policy: config.policy.clone(),
        door: Door::Http(config.url.clone()),
    })
}

/// The installation's own authority: no third party.
fn own(data: &Path, installation: &str, at: Timestamp) -> Result<Authority, Error> {
    let name = format!("Cartulaire {installation}, horloge locale");
    let own = crate::boot::authority::own(data, &name, at, OWN_DAYS)?;
    let told = |reason: String| Error::Key { path: own.root.clone(), reason };
    let roots = fs::read_to_string(&own.root).map_err(|error| told(error.to_string()))?;
    let trust = Trust::from_pem(roots.as_bytes(), b"").map_err(|fault| told(fault.to_string()))?;
    let door = Door::Own(Box::new(own.authority));
    Ok(Authority { name: OWN.to_owned(), third_party: false, roots, trust, policy: None, door })
}

/// The seal that signs reports.
fn seal_of(data: &Path, installation: &str, at: Timestamp) -> Result<seal::Signer, Error> {
    let [certificate, key] = ["seal.crt", "seal.pem"].map(|name| data.join(FOLDER).join(name));
    let told = |reason: String| Error::Key { path: key.clone(), reason };
    if !key.exists() {
        let made = seal::create_self_signed(&format!("Cartulaire {installation}, cachet"), at, SEAL_YEARS)
            .map_err(|error| told(error.to_string()))?;
        for (path, text) in [(&certificate, made.certificate), (&key, made.key)] {
            keep(path, text.as_bytes()).map_err(|error| told(error.to_string()))?;
        }
    }
    let read = |path: &Path| fs::read(path).map_err(|error| told(error.to_string()));
    seal::Signer::from_pem(&read(&certificate)?, &read(&key)?).map_err(|error| told(error.to_string()))
}

/// The seal, when the installation has one already: nothing is made.
pub fn known_seal(data: &Path, installation: &str, at: Timestamp) -> Result<Option<seal::Signer>, Error> {
    data.join(FOLDER).join("seal.pem").exists().then(|| seal_of(data, installation, at)).transpose()
}

fn witnesses(data: &Path, config: &Config) -> Result<Witnesses, Error> {
    let told = |reason: String| Error::Key { path: data.join(config::FILE), reason };
    let mut doors = Vec::new();
    for witness in &config.witnesses {
        let key: Vkey = witness.key.parse().map_err(|error| told(format!("{error}")))?;
        doors.push(WitnessDoor { key, url: witness.url.clone(), same_host: witness.same_host });
    }
    let keys = doors.iter().map(|door| door.key.clone()).collect();
    let policy = Policy::new(config.witness_quorum, keys).map_err(|error| told(error.to_string()))?;
    let patience_millis = i64::from(config.witness_patience_hours) * HOUR_MILLIS;
    Ok(Witnesses { policy, doors, patience_millis })
}
