//! Trusted time: checkpoints are time-stamped by an authority, and the token is told by the next line, so that time and
//! log interlock. Without an answer work goes on, and the gap is told.

use std::sync::PoisonError;

use crate::{
    archive::{
        Archive,
        error::Error,
        log::read,
        means::{Authority, Door},
        writer::Act,
    },
    digest,
    domain::{
        clock::Timestamp,
        journal::{JournalId, Line},
    },
    net,
    pki::{
        self,
        fault::Fault,
        imprint::Imprint,
        timestamp::{Asked, Token, read_response, request},
    },
    proof::checkpoint::SignedCheckpoint,
    record::facts::{
        Fact,
        installation::{TimeStampMissed, TimeStamped},
    },
    store::Pen,
    vault::beside::Beside,
};

/// The folder of time-stamped checkpoints and their tokens, within the log's.
pub const FOLDER: &str = "times";

/// The lease under which one node asks for the time.
const LEASE: &str = "time-stamping";
const LEASE_MILLIS: i64 = 300_000;

/// How far an authority's time may be from our clock: 2 minutes, in milliseconds. Past it one of the two is wrong.
pub const DRIFT_MILLIS: i64 = 120_000;

/// How asking for a time-stamp ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stamping {
    /// Nothing is new since the last one, or another node is at it.
    NoNews,
    /// A checkpoint is time-stamped.
    Stamped(TimeStamped),
    /// No authority gave one: why, authority by authority, in French.
    Missed(Vec<String>),
}

/// A time-stamp as it stands in the log's folder.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Entries of the checkpoint.
    pub size: u64,
    /// The authority's name.
    pub authority: String,
}

/// Why an authority gave nothing.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Call(#[from] net::Error),
    #[error("the status is {0}")]
    Status(u16),
    #[error(transparent)]
    Token(#[from] Fault),
    #[error("its time is {drift_millis} ms away from this clock's")]
    Drift { drift_millis: i64 },
    #[error(transparent)]
    House(#[from] pki::Error),
}

/// The time-stamps that files name, smallest checkpoint first.
pub(super) fn named(names: &[String]) -> Vec<Kept> {
    let read = |name: &String| {
        let (size, authority) = name.strip_suffix(".tst")?.split_once('.')?;
        Some(Kept { size: size.parse().ok()?, authority: authority.to_owned() })
    };
    let mut kept: Vec<Kept> = names.iter().filter_map(read).collect();
    kept.sort_by_key(|kept| kept.size);
    kept
}

impl Archive {
    /// Has the last checkpoint time-stamped, if it tells of anything but the last token. `anyway` asks also without
    /// news.
    pub fn stamp(&self, anyway: bool) -> Result<Stamping, Error> {
        let Some(_lease) = self.lease(LEASE, LEASE_MILLIS)? else { return Ok(Stamping::NoNews) };
        let Some((checkpoint, bytes)) = self.last_checkpoint()? else { return Ok(Stamping::NoNews) };
        let size = checkpoint.checkpoint().size();
        let last = self.stamps()?.last().map(|kept| kept.size);
        // The line that tells the last token is no news.
        if !anyway && last.is_some_and(|last| size <= last + 1) || last == Some(size) {
            return Ok(Stamping::NoNews);
        }
        let failures = match self.ask_any(&Imprint::from(digest::sha512(&bytes))) {
            Ok((authority, token)) => return self.keep_token(authority, &token, size, bytes).map(Stamping::Stamped),
            Err(failures) => failures,
        };
        self.tell_gap(size, &failures)?;
        Ok(Stamping::Missed(failures))
    }

    /// The last checkpoint that is published, as its file has it.
    pub fn last_checkpoint(&self) -> Result<Option<(SignedCheckpoint, Vec<u8>)>, Error> {
        read::last_checkpoint(&self.vault, |_| true)
    }

    /// The time-stamps that are kept, smallest checkpoint first.
    pub fn stamps(&self) -> Result<Vec<Kept>, Error> {
        let Some(volume) = self.vault.reachable().first().copied() else { return Ok(Vec::new()) };
        let names = self.vault.list_beside(volume, Beside::Log, FOLDER)?;
        Ok(named(&names))
    }

    /// A token that is kept.
    pub fn token(&self, kept: &Kept) -> Result<Option<Token>, Error> {
        let name = format!("{FOLDER}/{}.{}.tst", kept.size, kept.authority);
        for volume in self.vault.reachable() {
            if let Some(der) = self.vault.read_beside(volume, Beside::Log, &name)?
                && let Ok(token) = Token::read(&der)
            {
                return Ok(Some(token));
            }
        }
        Ok(None)
    }

    /// Since when no authority answers, as this process knows it.
    pub fn time_gap(&self) -> Option<Timestamp> {
        *self.time_gap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has an imprint time-stamped by the first authority that gives a token which holds; why none did, authority by
    /// authority, in French.
    pub(super) fn ask_any(&self, imprint: &Imprint) -> Result<(&Authority, Token), Vec<String>> {
        let mut failures = Vec::new();
        for authority in &self.means.authorities {
            match self.ask_about(authority, imprint.clone()) {
                Ok(token) => return Ok((authority, token)),
                Err(refused) => {
                    tracing::warn!(authority = authority.name, %refused, "an authority gave no time-stamp");
                    failures.push(format!("{} : {}", authority.name, refused.sentence()));
                }
            }
        }
        Err(failures)
    }

    /// Has one authority time-stamp an imprint, and verifies strictly what it answers.
    fn ask_about(&self, authority: &Authority, imprint: Imprint) -> Result<Token, Refused> {
        let drawn = |_| Refused::House(pki::Error::Unusable("no random number can be drawn"));
        // 63 bits, so that no peer takes the INTEGER for a negative one.
        let nonce = u64::from_be_bytes(digest::random::<8>().map_err(drawn)?) >> 1;
        let asked = Asked { imprint, nonce: Some(nonce), policy: authority.policy.clone() };
        let question = request(&asked)?;
        let answer = match &authority.door {
            Door::Own(own) => own.answer(&question, self.clock.now(), digest::random::<16>().map_err(drawn)?)?,
            Door::Http(url) => {
                let answer = self.means.caller.post(url, "application/timestamp-query", &question)?;
                if !answer.is_success() {
                    return Err(Refused::Status(answer.status));
                }
                answer.body
            }
        };
        let now = self.clock.now();
        let token = read_response(&answer, &asked)?;
        token.verify(&authority.trust, now)?;
        let drift_millis = token.info().at.millis() - now.millis();
        if drift_millis.abs() > DRIFT_MILLIS { Err(Refused::Drift { drift_millis }) } else { Ok(token) }
    }

    fn keep_token(
        &self,
        authority: &Authority,
        token: &Token,
        size: u64,
        checkpoint: Vec<u8>,
    ) -> Result<TimeStamped, Error> {
        let files = [
            (format!("{FOLDER}/{size}.checkpoint"), checkpoint),
            (format!("{FOLDER}/{size}.{}.tst", authority.name), token.der().to_vec()),
        ];
        self.vault.put_beside(Beside::Log, &files)?;
        let fact = TimeStamped {
            authority: authority.name.clone(),
            size,
            third_party: authority.third_party,
            time: token.info().at,
            token: digest::sha512(token.der()),
        };
        self.tell(Fact::TimeStamped(fact.clone()))?;
        *self.time_gap.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(fact)
    }

    /// Tells once that no authority answers, until one does again.
    fn tell_gap(&self, size: u64, failures: &[String]) -> Result<(), Error> {
        let mut gap = self.time_gap.lock().unwrap_or_else(PoisonError::into_inner);
        if gap.is_none() {
            let names = self.means.authorities.iter().map(|authority| authority.name.clone()).collect();
            tracing::error!(?failures, "no authority gives a time-stamp");
            self.tell(Fact::TimeStampMissed(TimeStampMissed { failures: names, size }))?;
            *gap = Some(self.clock.now());
        }
        Ok(())
    }

    /// Tells a fact of the installation.
    pub(super) fn tell(&self, fact: Fact) -> Result<(), Error> {
        let now = self.clock.now();
        self.writer
            .commit(Act::telling(move |pen: &mut Pen<'_>, lines: &mut Vec<Line>| {
                lines.push(pen.seal(&JournalId::Installation, fact.event(None)?, now, digest::random()?)?);
                Ok(true)
            }))
            .map(|_| ())
    }
}

impl Refused {
    /// For people, in French.
    fn sentence(&self) -> String {
        match self {
            Self::Call(error) => format!("elle n’a pas répondu ({error})"),
            Self::Status(status) => format!("elle a répondu par le statut HTTP {status}"),
            Self::Token(fault) => fault.sentence(),
            Self::Drift { drift_millis } => {
                format!("son heure s’écarte de {} s de celle de cette machine", drift_millis / 1_000)
            }
            Self::House(error) => format!("la demande n’a pas pu être préparée ({error})"),
        }
    }
}
