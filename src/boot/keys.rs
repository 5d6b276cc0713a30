//! The installation's secret keys: `DIR/keys`, mode 0600, on no volume and in no restitution.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use crate::{
    archive::log::LogKeys,
    boot::Error,
    pki::keys::{Algorithm, SigningKey},
    proof::{
        signer::Signer,
        vkey::{Scheme, Vkey},
    },
};

/// The folder of secrets within an installation's directory.
pub(super) const FOLDER: &str = "keys";

/// The key that signs the log.
const LOG: &str = "log.pem";

/// The key that will sign the log after it, while a rotation is under way.
const NEXT_LOG: &str = "log-next.pem";

/// The key that signs beside it (ML-DSA-44).
const SECOND: &str = "log-mldsa44.pem";

/// The keys of the log, made when they are not there.
pub fn log_keys(data: &Path, installation: &str) -> Result<LogKeys, Error> {
    let origin = format!("cartulaire/{installation}/log/1");
    let signer = |file: &str, scheme: Scheme| -> Result<Signer, Error> {
        let path = data.join(FOLDER).join(file);
        let key = key_at(&path, scheme.algorithm())?;
        Signer::new(&origin, scheme, key).map_err(|error| Error::Key { path, reason: error.to_string() })
    };
    let next = data.join(FOLDER).join(NEXT_LOG).exists();
    let next = next.then(|| signer(NEXT_LOG, Scheme::Note)).transpose()?;
    Ok(LogKeys::new(signer(LOG, Scheme::Note)?, next, Some(signer(SECOND, Scheme::MlDsaCosignature)?)))
}

/// Makes the key that will sign the log, unless it was made before.
pub fn make_next(data: &Path, installation: &str) -> Result<(), Error> {
    log_keys(data, installation)?;
    key_at(&data.join(FOLDER).join(NEXT_LOG), Algorithm::Ed25519).map(|_| ())
}

/// Puts the key that signs by now in its place.
pub fn take_next(data: &Path) -> Result<(), Error> {
    let (next, path) = (data.join(FOLDER).join(NEXT_LOG), data.join(FOLDER).join(LOG));
    fs::rename(&next, &path).map_err(|error| Error::Key { path, reason: error.to_string() })
}

/// The public keys of the log, those that are there.
pub fn known_log_keys(data: &Path, installation: &str) -> Result<Vec<Vkey>, Error> {
    let folder = data.join(FOLDER);
    if folder.join(LOG).exists() && folder.join(SECOND).exists() {
        Ok(log_keys(data, installation)?.vkeys())
    } else {
        Ok(Vec::new())
    }
}

/// The key in a file, made when there is none.
fn key_at(path: &Path, algorithm: Algorithm) -> Result<SigningKey, Error> {
    let unusable = |error: &dyn std::fmt::Display| Error::Key { path: path.to_owned(), reason: error.to_string() };
    match fs::read(path) {
        Ok(pem) => SigningKey::from_pem(&pem).map_err(|error| unusable(&error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = SigningKey::generate(algorithm).map_err(|error| unusable(&error))?;
            let pem = key.to_pem().map_err(|error| unusable(&error))?;
            keep(path, &pem).map_err(|error| unusable(&error))?;
            Ok(key)
        }
        Err(error) => Err(unusable(&error)),
    }
}

/// Writes a secret, whole and durable, for its owner only.
pub(super) fn keep(path: &Path, secret: &[u8]) -> io::Result<()> {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    if !folder.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    }
    let aside = path.with_extension("new");
    let _ = fs::remove_file(&aside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    fs::File::open(&folder)?.sync_all()
}
