//! Time-stamps and cosignatures that cover the line which accepted an archive: the first of each, verified now.

use crate::{
    archive::{
        Archive,
        error::Error,
        integrity::lines::Covering,
        means::WitnessDoor,
        stamps::{FOLDER, Kept},
        witnesses,
    },
    digest,
    domain::clock::Timestamp,
    pdf::document::{Attachment, Relation},
    pki::{
        imprint::Imprint,
        timestamp::{Token, Verified},
    },
    proof::checkpoint::SignedCheckpoint,
    record::integrity::{Cosigned, State, TimeStamp, TokenSigner, Witness},
};

/// The media type and the description of a time-stamped checkpoint.
const NOTE: (&str, &str) = ("text/plain", "L’état du registre qui a été horodaté (C2SP tlog-checkpoint)");

/// Those of a token.
const TOKEN: (&str, &str) = ("application/timestamp-token", "Un jeton d’horodatage (RFC 3161) d’un état du registre");

impl Archive {
    /// The first time-stamp of each authority that covers a line; what proves it is added to `proofs`.
    pub(super) fn time_stamps(
        &self,
        covering: &Covering<'_>,
        proofs: &mut Vec<Attachment>,
    ) -> Result<Vec<TimeStamp>, Error> {
        let mut firsts: Vec<Kept> = Vec::new();
        for kept in self.stamps_of(covering.of)?.into_iter().filter(|kept| kept.size > covering.line.entry) {
            if firsts.iter().all(|first| first.authority != kept.authority) {
                firsts.push(kept);
            }
        }
        let mut stamps = Vec::new();
        for kept in firsts {
            let Some(token) = self.token_of(covering.of, &kept)? else { continue };
            let checkpoint =
                self.file_of_log(covering.of, &format!("{FOLDER}/{}.checkpoint", kept.size))?.unwrap_or_default();
            stamps.push(self.time_stamp(covering, &kept, &token, &checkpoint)?);
            let note = piece(format!("{}.checkpoint", kept.size), NOTE, checkpoint);
            let der = piece(format!("{}.{}.tst", kept.size, kept.authority), TOKEN, token.der().to_vec());
            for piece in [note, der] {
                // Two authorities may have time-stamped one checkpoint.
                if proofs.iter().all(|proof| proof.name != piece.name) {
                    proofs.push(piece);
                }
            }
        }
        Ok(stamps)
    }

    /// The first checkpoint that witnesses cosigned and that covers a line.
    pub(super) fn cosigned(&self, covering: &Covering<'_>) -> Result<Option<Cosigned>, Error> {
        let names = self.names_in_log(covering.of, witnesses::FOLDER)?;
        let sizes = names.iter().filter_map(|name| name.strip_suffix(".checkpoint")?.parse::<u64>().ok());
        let Some(size) = sizes.filter(|size| *size > covering.line.entry).min() else { return Ok(None) };
        let bytes =
            self.file_of_log(covering.of, &format!("{}/{size}.checkpoint", witnesses::FOLDER))?.unwrap_or_default();
        let policy = self.policy_of(covering.of)?;
        let Ok(signed) = SignedCheckpoint::parse(&bytes) else {
            let (quorum, witnesses) = (policy.quorum(), Vec::new());
            return Ok(Some(Cosigned { size, quorum, witnesses, state: State::Faulty }));
        };
        let met = policy.met_by(signed.note());
        let mut state = self.under(covering, &signed)?;
        if !met.is_met {
            state = State::Faulty;
        }
        let same_host = |name: &str| {
            let stands_here = |door: &WitnessDoor| door.same_host && door.key.name() == name;
            self.means.witnesses.doors.iter().any(stands_here)
        };
        let witness = |(name, seconds): (String, u64)| {
            let time = Timestamp::from_millis(i64::try_from(seconds).ok()?.checked_mul(1_000)?)?;
            Some(Witness { same_host: same_host(&name), name, time })
        };
        let witnesses = met.valid.into_iter().filter_map(witness).collect();
        Ok(Some(Cosigned { size, quorum: policy.quorum(), witnesses, state }))
    }

    fn time_stamp(
        &self,
        covering: &Covering<'_>,
        kept: &Kept,
        token: &Token,
        checkpoint: &[u8],
    ) -> Result<TimeStamp, Error> {
        let authority = self.authority_of(covering.of, &kept.authority)?;
        let mut stamp = TimeStamp {
            authority: kept.authority.clone(),
            third_party: authority.as_ref().is_some_and(|authority| authority.third_party),
            size: kept.size,
            time: token.info().at,
            token: digest::sha512(token.der()),
            state: State::NotVerified,
            reason: None,
            signer: None,
        };
        let verified = authority.map(|authority| token.verify(&authority.trust, self.clock.now()));
        (stamp.state, stamp.reason) = match verified {
            None => (State::NotVerified, Some("Cette autorité n’est plus configurée.".to_owned())),
            Some(Err(fault)) => (State::Faulty, Some(fault.sentence())),
            Some(Ok(verified)) => {
                stamp.signer = Some(verified.into());
                self.about(covering, token, checkpoint)?
            }
        };
        Ok(stamp)
    }

    /// Whether a token is about a checkpoint's bytes, and that checkpoint covers the line.
    fn about(&self, covering: &Covering<'_>, token: &Token, bytes: &[u8]) -> Result<(State, Option<String>), Error> {
        if token.info().imprint != Imprint::from(digest::sha512(bytes)) {
            return Ok((State::Faulty, Some("L’horodatage ne porte pas sur l’état du registre conservé.".to_owned())));
        }
        let Ok(signed) = SignedCheckpoint::parse(bytes) else {
            return Ok((State::Faulty, Some("L’état du registre horodaté ne se lit pas.".to_owned())));
        };
        let state = self.under(covering, &signed)?;
        let reason = match state {
            State::Verified => None,
            State::Faulty => Some("L’état du registre horodaté ne contient pas l’entrée de cette archive.".to_owned()),
            State::NotVerified => Some("Le registre n’a pas pu être relu.".to_owned()),
        };
        Ok((state, reason))
    }

    /// Whether a checkpoint is the log's own and covers the line.
    fn under(&self, covering: &Covering<'_>, signed: &SignedCheckpoint) -> Result<State, Error> {
        match self.signed(covering.of, signed)? {
            (State::Verified, _) => self.state_under(covering.line, covering.of, signed, covering.size),
            (state, _) => Ok(state),
        }
    }
}

impl From<Verified> for TokenSigner {
    fn from(verified: Verified) -> Self {
        let Verified { signer: subject, not_after, revocation_examined, .. } = verified;
        Self { subject, not_after, revocation_examined }
    }
}

fn piece(name: String, (mime, description): (&str, &str), bytes: Vec<u8>) -> Attachment {
    let (mime, description) = (mime.to_owned(), description.to_owned());
    Attachment { name, mime, description, relation: Relation::Supplement, bytes }
}
