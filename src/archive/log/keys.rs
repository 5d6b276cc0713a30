//! The keys that sign the log: Ed25519, and a post-quantum one beside it. They come from `boot`; none stands on a volume.

use crate::{
    archive::log::Fault,
    domain::clock::Timestamp,
    proof::{
        checkpoint::{Checkpoint, SignedCheckpoint},
        signer::{SignError, Signer},
        vkey::Vkey,
    },
    record::facts::installation::LogKey,
};

/// The keys that may sign the log.
#[derive(Debug)]
pub struct LogKeys {
    /// Ed25519; the first one signs.
    signers: Vec<Signer>,
    /// ML-DSA-44, under the same name.
    second: Option<Signer>,
}

impl LogKeys {
    /// The log's signer, another that a rotation may have begun to use, and a second signature (ML-DSA-44).
    pub fn new(signer: Signer, next: Option<Signer>, second: Option<Signer>) -> Self {
        Self { signers: std::iter::once(signer).chain(next).collect(), second }
    }

    /// The log's identity: the name under which its checkpoints are signed.
    pub fn origin(&self) -> &str {
        self.signers.first().map_or("", |signer| signer.vkey().name())
    }

    /// The key that signs.
    pub fn current(&self) -> Option<&Vkey> {
        self.signers.first().map(Signer::vkey)
    }

    /// What the journal says of the key that signs.
    pub fn told(&self) -> LogKey {
        let text = |signer: &Signer| signer.vkey().to_string();
        LogKey {
            key: self.signers.first().map(text).unwrap_or_default(),
            origin: self.origin().to_owned(),
            second: self.second.as_ref().map(text),
        }
    }

    /// What the journal will say of the key that waits to sign, if there is one.
    pub fn next_told(&self) -> Option<LogKey> {
        let key = self.signers.get(1)?.vkey().to_string();
        Some(LogKey { key, ..self.told() })
    }

    /// Makes the key that the journal names the one that signs.
    ///
    /// # Errors
    /// It is not at hand.
    pub fn settle_on(&mut self, recorded: &str) -> Result<(), Fault> {
        let at = self.signers.iter().position(|signer| signer.vkey().to_string() == recorded);
        let at = at.ok_or_else(|| Fault::Key { recorded: recorded.to_owned() })?;
        self.signers.swap(0, at);
        Ok(())
    }

    /// Signs a checkpoint.
    pub fn sign(&self, checkpoint: Checkpoint, at: Timestamp) -> Result<SignedCheckpoint, SignError> {
        self.sign_with(checkpoint, at, 1)
    }

    /// Signs a checkpoint with the former key too: that of a rotation.
    pub fn sign_over(&self, checkpoint: Checkpoint, at: Timestamp) -> Result<SignedCheckpoint, SignError> {
        self.sign_with(checkpoint, at, 2)
    }

    fn sign_with(&self, checkpoint: Checkpoint, at: Timestamp, keys: usize) -> Result<SignedCheckpoint, SignError> {
        let text = checkpoint.to_string();
        let seconds = u64::try_from(at.millis() / 1_000).unwrap_or_default();
        let mut signed = SignedCheckpoint::unsigned(checkpoint)?;
        for signer in self.signers.iter().take(keys).chain(&self.second) {
            let signature = signer.sign(&text, seconds)?;
            signed.note_mut().add([signature]);
        }
        Ok(signed)
    }

    /// The keys whose signatures are the log's own.
    pub fn vkeys(&self) -> Vec<Vkey> {
        self.signers.iter().map(|signer| signer.vkey().clone()).collect()
    }
}
