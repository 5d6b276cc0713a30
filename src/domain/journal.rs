//! Journals as a pure fold: lines chained by digests, verified with nothing but the lines.
//!
//! No file, no database, no clock, no chance: instants and salts are handed in. The bytes that are hashed are written
//! here by hand; no serialisation library decides what a journal commits to.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha512};

use crate::domain::{clock::Timestamp, digest::Digest, id::ActorId, tenant::TenantId};

/// Which chain a line belongs to: two per tenant, one for the installation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JournalId {
    /// Of the installation: volumes, nodes, keys, tenants.
    Installation,
    /// Of a tenant's archives: received, accepted, refused, read, destroyed.
    LifeCycle(TenantId),
    /// Of a tenant's other events: referentials, credentials, searches.
    Events(TenantId),
}

impl JournalId {
    /// The tenant whose journal it is.
    pub const fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Installation => None,
            Self::LifeCycle(tenant) | Self::Events(tenant) => Some(tenant),
        }
    }
}

impl fmt::Display for JournalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => f.write_str("installation"),
            Self::LifeCycle(tenant) => write!(f, "{tenant}/life-cycle"),
            Self::Events(tenant) => write!(f, "{tenant}/events"),
        }
    }
}

/// The text names no journal.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not the name of a journal")]
pub struct NotAJournal;

impl FromStr for JournalId {
    type Err = NotAJournal;

    fn from_str(text: &str) -> Result<Self, NotAJournal> {
        if text == "installation" {
            return Ok(Self::Installation);
        }
        let (tenant, kind) = text.split_once('/').ok_or(NotAJournal)?;
        let tenant = tenant.parse().map_err(|_| NotAJournal)?;
        match kind {
            "life-cycle" => Ok(Self::LifeCycle(tenant)),
            "events" => Ok(Self::Events(tenant)),
            _ => Err(NotAJournal),
        }
    }
}

/// What happened, before it has its place in a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who acted, opaque; `None` for the archive itself.
    pub actor: Option<ActorId>,
    /// The PREMIS event type or our own word, as `ingestion`. It holds no line break.
    pub kind: String,
    /// The identifier of what it happened to. It holds no line break.
    pub object: String,
    /// `OK`, `WARNING` or `KO`. It holds no line break.
    pub outcome: String,
    /// What a rebuild needs and no personal data: a JSON object on one line, `{}` when empty.
    pub detail: String,
}

/// The random bytes that blind a line's body, so that an erased body cannot be guessed from its digest.
pub type Salt = [u8; 16];

/// One sealed line: its digest commits to its body and to the whole past of its journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The chain it belongs to.
    pub journal: JournalId,
    /// Its place, from 0.
    pub position: u64,
    /// The place of its entry in the installation's log, from 0; it rises within a journal.
    pub entry: u64,
    /// When it was written; never before the line before it.
    pub at: Timestamp,
    /// What blinds the body.
    pub salt: Salt,
    /// What happened.
    pub event: Event,
    /// The digest of the salted body.
    pub body: Digest,
    /// The digest of the line before; zero for the first.
    pub previous: Digest,
    /// The digest of this line.
    pub digest: Digest,
}

/// Where a journal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many lines it has.
    pub length: u64,
    /// The digest of the last; zero when there is none.
    pub digest: Digest,
    /// The instant of the last; `None` when there is none.
    pub at: Option<Timestamp>,
    /// The entry of the first in the log, by which the log names the journal; `None` when there is none.
    pub first: Option<u64>,
}

impl Head {
    /// The head of a journal without a line.
    pub const EMPTY: Self = Self { length: 0, digest: Digest::ZERO, at: None, first: None };

    /// Seals `event` as the next line, whose entry in the log is `entry`. A clock that went back is held at the last
    /// line's instant.
    pub fn seal(self, journal: &JournalId, event: Event, observed: Timestamp, salt: Salt, entry: u64) -> Line {
        let at = self.at.map_or(observed, |last| last.max(observed));
        let body = body_digest(&salt, &event);
        let digest = line_digest(&self.digest, journal, self.length, at, &body);
        let (journal, previous) = (journal.clone(), self.digest);
        Line { journal, position: self.length, entry, at, salt, event, body, previous, digest }
    }

    /// Steps over `line` to the next head, or says why it does not follow.
    pub fn step(self, line: &Line) -> Result<Self, Break> {
        let broken = |flaw| Err(Break { journal: line.journal.clone(), position: self.length, flaw });
        if line.position != self.length {
            return broken(Flaw::Position { found: line.position });
        }
        if line.previous != self.digest {
            return broken(Flaw::Previous);
        }
        if self.at.is_some_and(|last| line.at < last) {
            return broken(Flaw::Time);
        }
        if line.body != body_digest(&line.salt, &line.event) {
            return broken(Flaw::Body);
        }
        if line.digest != line_digest(&self.digest, &line.journal, line.position, line.at, &line.body) {
            return broken(Flaw::Digest);
        }
        Ok(self.after(line))
    }

    /// The head once `line`, known to follow, stands.
    #[must_use]
    pub const fn after(self, line: &Line) -> Self {
        let first = match self.first {
            Some(first) => first,
            None => line.entry,
        };
        Self { length: self.length + 1, digest: line.digest, at: Some(line.at), first: Some(first) }
    }
}

/// Walks `lines` from `head` to the last head, or to the first break.
pub fn verify<'a>(head: Head, lines: impl IntoIterator<Item = &'a Line>) -> Result<Head, Break> {
    lines.into_iter().try_fold(head, Head::step)
}

/// A journal does not hold: which one, where, and why.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("journal {journal}, line {position}: {flaw}")]
pub struct Break {
    /// The journal.
    pub journal: JournalId,
    /// The position where the chain stops holding.
    pub position: u64,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Flaw {
    /// A line is missing, repeated or moved.
    #[error("line {found} stands here")]
    Position {
        /// The position that the line claims.
        found: u64,
    },
    /// The line does not follow the one before it.
    #[error("it does not follow the line before it")]
    Previous,
    /// The line claims an instant before that of the line before it.
    #[error("it is dated before the line before it")]
    Time,
    /// The body is not the one that was sealed.
    #[error("its body was altered")]
    Body,
    /// The line is not the one that was sealed.
    #[error("its digest is wrong")]
    Digest,
}

/// The digest of a body: SHA-512 of the salt, then the fields one per line, the free one last.
fn body_digest(salt: &Salt, event: &Event) -> Digest {
    let actor = event.actor.map(|actor| actor.to_string()).unwrap_or_default();
    let mut hash = Sha512::new();
    hash.update(salt);
    for field in [actor.as_str(), &event.kind, &event.object, &event.outcome] {
        hash.update(field.as_bytes());
        hash.update(b"\n");
    }
    hash.update(event.detail.as_bytes());
    Digest::new(hash.finalize().into())
}

/// The digest of a line: SHA-512 of the digest before it, the journal, position and instant one per line, the body's
/// digest last.
fn line_digest(previous: &Digest, journal: &JournalId, position: u64, at: Timestamp, body: &Digest) -> Digest {
    let mut hash = Sha512::new();
    hash.update(previous.bytes());
    hash.update(format!("cartulaire journal 1\n{journal}\n{position}\n{at}\n"));
    hash.update(body.bytes());
    Digest::new(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(object: &str) -> Event {
        Event {
            actor: None,
            kind: "ingestion".to_owned(),
            object: object.to_owned(),
            outcome: "OK".to_owned(),
            detail: "{}".to_owned(),
        }
    }

    fn lines(count: u64) -> Vec<Line> {
        let journal = "ville/life-cycle".parse().unwrap();
        let mut head = Head::EMPTY;
        (0..count)
            .map(|n| {
                let at = Timestamp::from_millis(1_000 * i64::try_from(n).unwrap()).unwrap();
                let line = head.seal(&journal, event(&n.to_string()), at, [7; 16], n);
                head = head.after(&line);
                line
            })
            .collect()
    }

    fn flaw(lines: &[Line]) -> Option<Flaw> {
        verify(Head::EMPTY, lines).err().map(|broken| broken.flaw)
    }

    #[test]
    fn a_whole_journal_verifies() {
        assert_eq!(verify(Head::EMPTY, &lines(5)).unwrap().length, 5);
        assert_eq!(verify(Head::EMPTY, &[]), Ok(Head::EMPTY));
    }

    #[test]
    fn a_missing_repeated_or_swapped_line_is_found() {
        let whole = lines(4);
        let pick = |order: &[usize]| order.iter().map(|at| whole[*at].clone()).collect::<Vec<_>>();
        assert_eq!(flaw(&pick(&[0, 2, 3])), Some(Flaw::Position { found: 2 }));
        assert_eq!(flaw(&pick(&[0, 0, 1])), Some(Flaw::Position { found: 0 }));
        assert_eq!(flaw(&pick(&[1, 0])), Some(Flaw::Position { found: 1 }));
    }

    #[test]
    fn an_altered_field_is_found() {
        let alter = |change: fn(&mut Line)| {
            let mut altered = lines(3);
            change(&mut altered[1]);
            flaw(&altered)
        };
        assert_eq!(alter(|line| line.event.object = "9".to_owned()), Some(Flaw::Body));
        assert_eq!(alter(|line| line.event.detail = "{\"a\":1}".to_owned()), Some(Flaw::Body));
        assert_eq!(alter(|line| line.salt = [8; 16]), Some(Flaw::Body));
        assert_eq!(alter(|line| line.at = Timestamp::from_millis(1_500).unwrap()), Some(Flaw::Digest));
        assert_eq!(alter(|line| line.at = Timestamp::from_millis(-1).unwrap()), Some(Flaw::Time));
        assert_eq!(alter(|line| line.previous = Digest::ZERO), Some(Flaw::Previous));
        assert_eq!(alter(|line| line.journal = JournalId::Installation), Some(Flaw::Digest));
    }

    #[test]
    fn a_clock_that_goes_back_is_held() {
        let journal = JournalId::Installation;
        let late = Timestamp::from_millis(5_000).unwrap();
        let first = Head::EMPTY.seal(&journal, event("a"), late, [0; 16], 0);
        let early = Timestamp::from_millis(1).unwrap();
        let second = Head::EMPTY.after(&first).seal(&journal, event("b"), early, [0; 16], 1);
        assert_eq!(second.at, late);
        assert!(verify(Head::EMPTY, &[first, second]).is_ok());
    }

    #[test]
    fn the_sealed_bytes_are_pinned() {
        let at = Timestamp::parse("2026-11-22T00:00:00Z").unwrap();
        let line = Head::EMPTY.seal(&"ville/events".parse().unwrap(), event("x"), at, [0; 16], 0);
        assert_eq!(
            line.digest.to_string(),
            "ec394cf20d5e630b76af14a728c9923dc535ef78e4d9ad7d35432672096739103034bd9408ca1db99a7f5dcede42a4b04c9c3848f7943f8ae9b9831920d7579e"
        );
    }
}
