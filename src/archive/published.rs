//! The published log in which a line stands: our own, or one that its tenant brought when it was taken over.

use crate::{
    archive::{
        Archive,
        brought::{self, BroughtLog, KIT, LOG},
        error::Error,
        log::{Fault, publish::CHECKPOINT},
        stamps::{self, Kept},
    },
    domain::journal::Line,
    pki::{timestamp::Token, trust::Trust},
    proof::{
        checkpoint::SignedCheckpoint,
        error::Malformed,
        merkle::{Hash, Node},
        policy::Policy,
        tile::{FULL, Tile, reader::TileReader},
    },
    record::kit::{self, Key},
    vault::beside::Beside,
};

/// The file of a kit that says whom to believe.
const WHOM: &str = "installation.json";

/// A published log.
pub(super) struct Published {
    /// The one that a tenant brought, and whom its kit says to believe; our own when none.
    brought: Option<(BroughtLog, kit::Installation)>,
}

/// A time-stamp authority, as the kit of a log or our own configuration knows it.
pub(super) struct Known {
    pub third_party: bool,
    pub trust: Trust,
}

impl Published {
    /// Our own.
    pub const OWN: Self = Self { brought: None };

    /// Which of the logs that the tenant brought; `None` for our own.
    pub fn number(&self) -> Option<u32> {
        self.brought.as_ref().map(|(log, _)| log.number)
    }
}

impl Archive {
    /// The log in which a line stands.
    pub(super) fn published(&self, line: &Line) -> Result<Published, Error> {
        let (Some(seam), Some(tenant)) = (self.store.seam_of(&line.journal, line.position)?, line.journal.tenant())
        else {
            return Ok(Published::OWN);
        };
        let lost = |what: &str| Error::Inconsistent(format!("{tenant} has no {what} of its log {}", seam.number));
        let log = brought::log(&self.vault, tenant, seam.number)?.ok_or_else(|| lost("record"))?;
        let whom = log.read(&self.vault, &format!("{KIT}/{WHOM}"))?.ok_or_else(|| lost("kit"))?;
        Ok(Published { brought: Some((log, kit::Installation::from_json(&whom)?)) })
    }

    /// The entry, in the log in which a line stands, of its journal's first line there.
    pub(super) fn first_in_log(&self, line: &Line) -> Result<u64, Error> {
        Ok(match self.store.seam_of(&line.journal, line.position)? {
            Some(seam) => seam.first,
            None => self.store.head(&line.journal)?.first.unwrap_or(line.entry),
        })
    }

    /// A file of a log, from whichever volume has it.
    pub(super) fn file_of_log(&self, of: &Published, path: &str) -> Result<Option<Vec<u8>>, Error> {
        if let Some((log, _)) = &of.brought {
            return log.read(&self.vault, &format!("{LOG}/{path}"));
        }
        for volume in self.vault.reachable() {
            if let Some(bytes) = self.vault.read_beside(volume, Beside::Log, path)? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// The names in a folder of a log.
    pub(super) fn names_in_log(&self, of: &Published, folder: &str) -> Result<Vec<String>, Error> {
        if let Some((log, _)) = &of.brought {
            return Ok(log.list(&format!("{LOG}/{folder}")));
        }
        let Some(volume) = self.vault.reachable().first().copied() else { return Ok(Vec::new()) };
        Ok(self.vault.list_beside(volume, Beside::Log, folder)?)
    }

    /// The last checkpoint of a log.
    pub(super) fn last_of(&self, of: &Published) -> Result<Option<SignedCheckpoint>, Error> {
        if of.brought.is_none() {
            return Ok(self.last_checkpoint()?.map(|(signed, _)| signed));
        }
        Ok(self.file_of_log(of, CHECKPOINT)?.and_then(|bytes| SignedCheckpoint::parse(&bytes).ok()))
    }

    /// Every key that signed a log, and from which size on; the log's origin.
    pub(super) fn keys_of(&self, of: &Published) -> Result<(Vec<Key>, String), Error> {
        match &of.brought {
            Some((_, whom)) => Ok((whom.keys.clone(), whom.origin.clone())),
            None => self.log_keys(),
        }
    }

    /// The time-stamps of a log, smallest checkpoint first.
    pub(super) fn stamps_of(&self, of: &Published) -> Result<Vec<Kept>, Error> {
        Ok(stamps::named(&self.names_in_log(of, stamps::FOLDER)?))
    }

    /// A token of a log.
    pub(super) fn token_of(&self, of: &Published, kept: &Kept) -> Result<Option<Token>, Error> {
        if of.brought.is_none() {
            return self.token(kept);
        }
        let der = self.file_of_log(of, &format!("{}/{}.{}.tst", stamps::FOLDER, kept.size, kept.authority))?;
        Ok(der.and_then(|der| Token::read(&der).ok()))
    }

    /// An authority that time-stamped a log; `None` when nobody says any more whom to believe for it.
    pub(super) fn authority_of(&self, of: &Published, name: &str) -> Result<Option<Known>, Error> {
        let Some((log, whom)) = &of.brought else {
            let own = self.means.authorities.iter().find(|authority| authority.name == name);
            return Ok(own.map(|own| Known { third_party: own.third_party, trust: own.trust.clone() }));
        };
        let Some(told) = whom.authorities.iter().find(|authority| authority.name == name) else { return Ok(None) };
        let mut roots = Vec::new();
        for file in &told.roots {
            roots.extend(log.read(&self.vault, &format!("{KIT}/{file}"))?.unwrap_or_default());
        }
        let trust = Trust::from_pem(&roots, b"").ok();
        Ok(trust.map(|trust| Known { third_party: told.third_party, trust }))
    }

    /// Which witnesses must have cosigned a log.
    pub(super) fn policy_of(&self, of: &Published) -> Result<Policy, Error> {
        let Some((_, whom)) = &of.brought else { return Ok(self.means.witnesses.policy.clone()) };
        let vkeys = whom.witnesses.vkeys.iter().map(|key| key.parse()).collect::<Result<_, Malformed>>()?;
        Ok(Policy::new(whom.witnesses.quorum, vkeys)?)
    }

    /// Does something with the hashes of a log as of `size` entries.
    pub(super) fn with_tiles_of<T>(
        &self,
        of: &Published,
        size: u64,
        work: impl Fn(&mut dyn FnMut(Node) -> Result<Hash, Error>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if of.brought.is_none() {
            return self.with_tiles(size, work);
        }
        let mut reader = TileReader::new(size, |tile: Tile| {
            if let Some(bytes) = self.file_of_log(of, &tile.path())? {
                return Ok(bytes);
            }
            let full = Tile { width: FULL, ..tile };
            let absent = || Fault::from(Malformed::new("the log", "a tile is not there"));
            let mut bytes = self.file_of_log(of, &full.path())?.ok_or_else(absent)?;
            bytes.truncate(usize::from(tile.width) * Hash::BYTES);
            Ok::<_, Error>(bytes)
        });
        work(&mut |node| reader.hash(node))
    }
}
