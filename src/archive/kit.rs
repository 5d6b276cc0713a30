//! The kit: what a verification needs beside what is verified, on every volume: public keys, certificates, the verifier
//! and its instructions.

use crate::{
    archive::{
        Archive,
        error::Error,
        log::{publish::ROTATIONS, read},
    },
    record::kit::{Authority, Installation, Key, Witnesses},
    vault::beside::{Beside, File},
};

/// The verifier, which needs Python and nothing else.
const VERIFIER: &str = include_str!("kit/verifier.py");

/// Its instructions, in French.
const INSTRUCTIONS: &str = include_str!("kit/LISEZMOI.md");

/// The folder of certificates.
const CERTIFICATES: &str = "certificats";

impl Archive {
    /// Writes the kit on every volume where it is not as it should be.
    pub(super) fn publish_kit(&self) -> Result<(), Error> {
        let wanted = self.kit()?;
        let mut lacking: Vec<File> = Vec::new();
        for (name, bytes) in wanted {
            let mut is_there = true;
            for volume in self.vault.reachable() {
                is_there &= self.vault.read_beside(volume, Beside::Kit, &name)?.as_ref() == Some(&bytes);
            }
            if !is_there {
                lacking.push((name, bytes));
            }
        }
        if lacking.is_empty() || self.vault.ensure_writable(0).is_err() {
            // A house that can only be read is not refused for its kit.
            return Ok(());
        }
        Ok(self.vault.put_beside(Beside::Kit, &lacking)?)
    }

    /// The kit's files, as they should be.
    pub fn kit(&self) -> Result<Vec<File>, Error> {
        let mut files = vec![
            ("verifier.py".to_owned(), VERIFIER.as_bytes().to_vec()),
            ("LISEZMOI.md".to_owned(), INSTRUCTIONS.as_bytes().to_vec()),
        ];
        let mut authorities = Vec::new();
        for authority in &self.means.authorities {
            let root = format!("{CERTIFICATES}/{}.pem", authority.name);
            files.push((root.clone(), authority.roots.clone().into_bytes()));
            let (name, third_party) = (authority.name.clone(), authority.third_party);
            authorities.push(Authority { name, roots: vec![root], third_party });
        }
        let seal = format!("{CERTIFICATES}/scellement.pem");
        let pem = self.means.seal.certificate().pem().map_err(|error| Error::Inconsistent(error.to_string()))?;
        files.push((seal.clone(), pem.into_bytes()));
        let (keys, origin) = self.log_keys()?;
        let policy = &self.means.witnesses.policy;
        let vkeys = policy.witnesses().iter().map(ToString::to_string).collect();
        let witnesses = Witnesses { quorum: policy.quorum(), vkeys };
        let installation = Installation { authorities, keys, origin, seal, version: 1, witnesses };
        files.push(("installation.json".to_owned(), installation.to_json()?));
        Ok(files)
    }

    /// Every key that signed the log, and from which size on; the log's origin.
    pub fn log_keys(&self) -> Result<(Vec<Key>, String), Error> {
        let (mut keys, mut name) = (Vec::new(), String::new());
        let rotations = read::kept_sizes(&self.vault, ROTATIONS)?;
        for (line, fact) in read::keys_told(&self.store)? {
            // The checkpoint that covers the line is the first that the key signs.
            let covering = rotations.iter().copied().filter(|size| *size > line.entry).min();
            let from = if line.position == 0 { 0 } else { covering.unwrap_or(line.entry + 1) };
            keys.push(Key { from, second: fact.second, vkey: fact.key });
            name = fact.origin;
        }
        Ok((keys, name))
    }
}
