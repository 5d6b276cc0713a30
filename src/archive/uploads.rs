//! Deposits that come in parts, and may be interrupted, even by a restart; deposits that are only tried out; deposits
//! given up before they were received.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{
    archive::{
        Archive,
        access::Upload,
        deposit::{Bytes, Deposited},
        error::Error,
    },
    domain::{
        check::Report,
        clock::Timestamp,
        id::{Id, TransferId},
        mandate::{Deposit, Mandate},
    },
    package::open::Source,
    vault::{error::ReceiveError, parts},
};

/// How long an upload may rest before it is forgotten: seven days, in milliseconds.
const UPLOAD_MILLIS: i64 = 7 * 24 * 3_600_000;

/// Expired uploads that one call forgets.
const FORGOTTEN_AT_ONCE: u32 = 100;

/// What became of a part.
#[derive(Debug)]
pub enum Appended {
    /// So many bytes are durable now, all parts together; why the part ended early, if it did.
    Upto(u64, Option<io::Error>),
    /// The upload stands at another offset.
    Elsewhere(u64),
    /// The part is longer than what was left to come; nothing of it is kept.
    TooLong,
    /// Another part is being appended.
    Busy,
    /// There is no such upload in this tenant.
    Unknown,
}

impl Archive {
    /// Begins a deposit of `length` bytes that comes in parts. `metadata` is given back as it is.
    pub fn begin_upload(&self, by: &Mandate<Deposit>, length: u64, metadata: &str) -> Result<Upload, Error> {
        self.forget_expired_uploads()?;
        let now = self.clock.now();
        let id = Id::mint(now);
        let path = self.vault.begin_parts(id, length)?;
        let upload = Upload {
            id,
            tenant: by.tenant().clone(),
            by: by.actor(),
            length,
            received: 0,
            path: path.to_string_lossy().into_owned(),
            metadata: metadata.to_owned(),
            expires_at: Timestamp::from_millis(now.millis() + UPLOAD_MILLIS).unwrap_or(now),
        };
        self.store.begin_upload(&upload)?;
        Ok(upload)
    }

    /// An upload that is neither finished nor forgotten.
    pub fn upload(&self, by: &Mandate<Deposit>, id: TransferId) -> Result<Option<Upload>, Error> {
        let upload = self.store.holdings(by.tenant()).upload(id)?;
        Ok(upload.filter(|upload| upload.expires_at > self.clock.now()))
    }

    /// Appends a part, which begins at the offset `from`. Once this returns, the bytes that it counts are durable.
    pub fn append_upload(
        &self,
        by: &Mandate<Deposit>,
        id: TransferId,
        from: u64,
        source: &mut dyn Read,
    ) -> Result<Appended, Error> {
        let Some(upload) = self.upload(by, id)? else { return Ok(Appended::Unknown) };
        if upload.received != from {
            return Ok(Appended::Elsewhere(upload.received));
        }
        let left = upload.length.saturating_sub(from);
        match self.vault.append_part(Path::new(&upload.path), from, source, left).map_err(house)? {
            parts::Appended::Busy => Ok(Appended::Busy),
            parts::Appended::TooLong => Ok(Appended::TooLong),
            parts::Appended::Upto(upto, ended) => {
                let stood = self.store.advance_upload(by.tenant(), id, from, upto)?;
                Ok(if stood { Appended::Upto(upto, ended) } else { Appended::Busy })
            }
        }
    }

    /// The deposit that an upload has become, now that all its parts have come; `None` before that. It is to be
    /// received under `name`, and the upload to be ended then.
    pub fn uploaded(&self, by: &Mandate<Deposit>, id: TransferId, name: &str) -> Result<Option<Deposited>, Error> {
        let Some(upload) = self.upload(by, id)?.filter(|upload| upload.received == upload.length) else {
            return Ok(None);
        };
        let spooled = self.vault.whole(id, Path::new(&upload.path))?;
        let (name, received_at) = (name.to_owned(), self.clock.now());
        Ok(Some(Deposited { transfer: id, name, bytes: Bytes::Spooled(spooled), received_at }))
    }

    /// Forgets an upload whose deposit was received.
    pub fn end_upload(&self, by: &Mandate<Deposit>, id: TransferId) -> Result<bool, Error> {
        Ok(self.store.end_upload(by.tenant(), id)?)
    }

    /// Forgets an upload with its bytes; `false` when there is none.
    pub fn give_up_upload(&self, by: &Mandate<Deposit>, id: TransferId) -> Result<bool, Error> {
        let given_up = self.store.end_upload(by.tenant(), id)?;
        // Once its deposit was received, the bytes are the transfer's.
        if given_up && self.store.holdings(by.tenant()).transfer(id)?.is_none() {
            self.vault.discard(id)?;
        }
        Ok(given_up)
    }

    /// A blank test of a spooled deposit under the tenant's referentials: nothing of it is kept.
    pub fn try_out(&self, by: &Mandate<Deposit>, deposited: Deposited) -> Result<Report, Error> {
        let Bytes::Spooled(spooled) = &deposited.bytes else {
            return Err(Error::Inconsistent("a blank test was asked for what was not spooled".to_owned()));
        };
        let examined = File::open(&spooled.path)
            .map_err(Error::from)
            .and_then(|file| self.examine(by, Source::File(file), &mut |_| {}));
        self.give_up(deposited)?;
        Ok(examined?.report)
    }

    /// Forgets a deposit that is not received after all.
    pub fn give_up(&self, deposited: Deposited) -> Result<(), Error> {
        match deposited.bytes {
            Bytes::Spooled(spooled) => Ok(self.vault.discard(spooled.transfer)?),
            Bytes::Local(_) => Ok(()),
        }
    }

    fn forget_expired_uploads(&self) -> Result<(), Error> {
        for upload in self.store.expired_uploads(self.clock.now(), FORGOTTEN_AT_ONCE)? {
            let forgotten = self.store.end_upload(&upload.tenant, upload.id)?;
            if forgotten && self.store.holdings(&upload.tenant).transfer(upload.id)?.is_none() {
                self.vault.discard(upload.id)?;
            }
        }
        Ok(())
    }
}

fn house(error: ReceiveError) -> Error {
    match error {
        ReceiveError::Vault(error) => error.into(),
        other => Error::Work(io::Error::other(other)),
    }
}
