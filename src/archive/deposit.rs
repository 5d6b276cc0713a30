//! Deposits: received durably and acknowledged, or settled at once; the same deposit twice gets the same answer once.

use std::{
    fs::File,
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};

use crate::{
    archive::{
        Archive, bundle,
        error::Error,
        examine::{self, Examination, profile::Profile, terms::Terms},
        ingest::{self, Entrance, enter},
        limits::Limits,
        writer::Act,
    },
    digest,
    domain::{
        check::Finding,
        clock::Timestamp,
        digest::Digest,
        id::{Id, TransferId},
        mandate::{Deposit, Mandate, Validate},
        name::Name,
        seda::Dialect,
        tenant::TenantId,
        transfer::{PackageFacts, Transfer, TransferStatus},
    },
    package::open::{Opened, Package, Source},
    vault::{self, error::ReceiveError, reception::Spooled},
};

pub use crate::archive::ingest::Settled;

/// How long a process has to settle a transfer before another may try: 6 hours, in milliseconds.
const LEASE_MILLIS: i64 = 6 * 3_600_000;

/// How many waiting transfers are looked at for one that no other process holds.
const WAITING_LOOKED_AT: u32 = 100;

/// Bytes that are deposited, with the name that the depositor gives them.
#[derive(Debug)]
pub struct Deposited {
    /// The transfer that it becomes.
    pub transfer: TransferId,
    /// The file's name as given.
    pub name: String,
    /// Where the bytes stand.
    pub bytes: Bytes,
    /// When they had come.
    pub received_at: Timestamp,
}

/// Where deposited bytes stand.
#[derive(Debug)]
pub enum Bytes {
    /// In a file or folder of the depositor's own, read where it is.
    Local(PathBuf),
    /// Spooled on a volume, not yet durable.
    Spooled(Spooled),
}

/// The answer to a deposit.
#[derive(Debug)]
pub enum Receipt {
    /// It is durable and acknowledged.
    Acknowledged(Transfer),
    /// It is settled: accepted, refused, or awaiting a person.
    Settled(Settled),
    /// The same bytes were deposited before: the earlier answer.
    Same(Transfer),
    /// Other bytes were deposited before under the same key.
    Conflict(Transfer),
}

/// Why a deposit could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// It is longer than the limit.
    #[error("the deposit is longer than {limit_bytes} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit_bytes: u64,
    },
    /// The connection ended or failed: nothing is kept of it.
    #[error("the deposit could not be read to its end")]
    Incoming(#[source] io::Error),
    /// The house failed.
    #[error(transparent)]
    House(#[from] Error),
}

impl Archive {
    /// Spools what comes over a connection, at most `limit_bytes`.
    pub fn spool(
        &self,
        _by: &Mandate<Deposit>,
        name: &str,
        source: &mut dyn Read,
        limit_bytes: u64,
    ) -> Result<Deposited, SpoolError> {
        self.vault.ensure_room_to_receive(0).map_err(vault::error::Error::from).map_err(Error::from)?;
        let transfer = Id::mint(self.clock.now());
        match self.vault.receive(transfer, source, limit_bytes, &[]) {
            Ok(spooled) => Ok(Deposited {
                transfer,
                name: name.to_owned(),
                bytes: Bytes::Spooled(spooled),
                received_at: self.clock.now(),
            }),
            Err(ReceiveError::TooLarge { limit_bytes }) => Err(SpoolError::TooLarge { limit_bytes }),
            Err(ReceiveError::Source(error)) => Err(SpoolError::Incoming(error)),
            Err(ReceiveError::Vault(error)) => Err(SpoolError::House(error.into())),
        }
    }

    /// Spools a manifest and its files, which came one by one, as one package.
    pub fn spool_files(
        &self,
        by: &Mandate<Deposit>,
        name: &str,
        files: &[(Name, PathBuf)],
        limit_bytes: u64,
    ) -> Result<Deposited, SpoolError> {
        let mut zip = bundle::of_files(files, self.work_file())?;
        zip.rewind().map_err(SpoolError::Incoming)?;
        self.spool(by, name, &mut zip, limit_bytes)
    }

    /// A package that stands in a file or folder of the depositor's own.
    pub fn local(&self, path: &Path) -> Deposited {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let now = self.clock.now();
        Deposited { transfer: Id::mint(now), name, bytes: Bytes::Local(path.to_owned()), received_at: now }
    }

    /// Receives a spooled deposit: once this returns, it is durable and acknowledged, and its examination follows.
    pub fn receive(&self, by: &Mandate<Deposit>, deposited: Deposited) -> Result<Receipt, Error> {
        let Bytes::Spooled(spooled) = &deposited.bytes else { return self.deposit(by, deposited) };
        let spooled = spooled.clone();
        self.vault.ensure_writable(spooled.size).map_err(vault::error::Error::from)?;
        let header = examine::look(deposited.source()?, &self.limits)?;
        let (header, version) = header.unwrap_or_default();
        let transfer = Transfer {
            key: ingest::key_of(&header),
            version,
            ..deposited.transfer(by, facts_of(&spooled, &deposited.name))
        };
        if let Some(receipt) = self.earlier(&transfer)? {
            self.vault.discard(transfer.id)?;
            return Ok(receipt);
        }
        let papers = Self::papers(&transfer, &header)?;
        let (row, clock) = (transfer.clone(), self.clock.clone());
        let stands = self.writer.commit(Act {
            objects: Vec::new(),
            papers: vec![papers],
            spooled: vec![spooled],
            work: Box::new(move |pen, lines| enter(&row, &Entrance::New, pen, lines, clock.now())),
        })?;
        if stands {
            return Ok(Receipt::Acknowledged(transfer));
        }
        self.vault.discard(transfer.id)?;
        self.earlier(&transfer)?.ok_or_else(|| Error::Inconsistent("a transfer's rival is gone".to_owned()))
    }

    /// Deposits and settles at once: reception and outcome are one act.
    pub fn deposit(&self, by: &Mandate<Deposit>, deposited: Deposited) -> Result<Receipt, Error> {
        let _turn = self.workers.turn();
        let source = deposited.source()?;
        let at_first = PackageFacts { name: deposited.name.clone(), size: 0, digest: Digest::ZERO };
        let transfer = deposited.transfer(by, at_first);
        let (examined, package) = std::thread::scope(|threads| {
            let facts = threads.spawn(|| deposited.facts(&self.limits));
            let examined = self.examine_staging(&transfer, source);
            let facts = facts.join().map_err(|_| Error::Inconsistent("the package could not be hashed".to_owned()));
            Ok::<_, Error>((examined?, facts??))
        })?;
        let (key, version) = examined.key();
        let transfer = Transfer { package, key, version, ..transfer };
        if let Some(receipt) = self.earlier(&transfer)? {
            self.vault.discard(transfer.id)?;
            return Ok(receipt);
        }
        let own = transfer.clone();
        let settled = if self.awaits_a_person(&transfer, &examined)? {
            self.await_a_person(transfer, deposited, &examined)?
        } else {
            self.settle(transfer, examined, &Entrance::New)?
        };
        if settled.transfer.id == own.id {
            return Ok(Receipt::Settled(settled));
        }
        // Another came first while this one was examined: what it is to this one depends on its bytes.
        self.earlier(&own)?.ok_or_else(|| Error::Inconsistent("a transfer's rival is gone".to_owned()))
    }

    /// Settles a transfer that was received and acknowledged before.
    pub fn settle_received(&self, tenant: &TenantId, id: TransferId) -> Result<Option<Settled>, Error> {
        let _turn = self.workers.turn();
        let Some(transfer) = self.store.holdings(tenant).transfer(id)? else { return Ok(None) };
        let from = transfer.status.clone();
        if from != TransferStatus::Received {
            return Ok(None);
        }
        let (file, _) = self.vault.open_received(id)?;
        let examined = self.examine_staging(&transfer, Source::File(file))?;
        if self.awaits_a_person(&transfer, &examined)? {
            return self.stand_by(transfer, &examined, &Entrance::Standing { from }).map(Some);
        }
        self.settle(transfer, examined, &Entrance::Standing { from }).map(Some)
    }

    /// Spools what is not yet spooled, and lets the transfer wait.
    fn await_a_person(
        &self,
        transfer: Transfer,
        deposited: Deposited,
        examined: &ingest::Examined,
    ) -> Result<Settled, Error> {
        let spooled = match (deposited.source()?, deposited.bytes) {
            (_, Bytes::Spooled(spooled)) => spooled,
            (Source::File(mut file), _) => self.receive_bytes(transfer.id, &mut file)?,
            (folder @ Source::Folder(_), _) => {
                let Opened::Package(package) = Package::open(folder, &self.limits.package)? else {
                    return Err(Error::Inconsistent("a folder that passed cannot be read again".to_owned()));
                };
                let mut zip = bundle::of_package(&package, self.work_file())?;
                zip.rewind()?;
                self.receive_bytes(transfer.id, &mut zip)?
            }
        };
        self.vault.make_durable(&[spooled], &[])?;
        self.stand_by(transfer, examined, &Entrance::New)
    }

    fn receive_bytes(&self, transfer: TransferId, source: &mut dyn Read) -> Result<Spooled, Error> {
        self.vault.receive(transfer, source, u64::MAX, &[]).map_err(|error| match error {
            ReceiveError::Vault(error) => error.into(),
            other => Error::Work(io::Error::other(other)),
        })
    }

    /// Settles one transfer that was received and waits; `false` when none waits for this process.
    pub fn work_once(&self) -> Result<bool, Error> {
        let holder = self.next_holder();
        for tenant in self.tenants()? {
            let waiting = self.store.holdings(&tenant.id).transfers(Some("received"), None, WAITING_LOOKED_AT)?;
            for transfer in waiting {
                let lease = format!("transfer/{}", transfer.id);
                let now = self.clock.now();
                let until = Timestamp::from_millis(now.millis() + LEASE_MILLIS).unwrap_or(now);
                if self.store.take_lease(&lease, &holder, now, until)? {
                    let settled = self.settle_received(&tenant.id, transfer.id);
                    self.store.drop_lease(&lease, &holder)?;
                    // Another may have settled it since it was listed.
                    if settled?.is_some() {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Accepts, for a person, a transfer that waits for one; `None` when it does not wait.
    pub fn validate(&self, by: &Mandate<Validate>, id: TransferId) -> Result<Option<Settled>, Error> {
        let Some((transfer, from)) = self.waiting(by, id)? else { return Ok(None) };
        let (file, _) = self.vault.open_received(id)?;
        let examined = self.examine_staging(&transfer, Source::File(file))?;
        self.settle(transfer, examined, &Entrance::Standing { from }).map(Some)
    }

    /// Refuses, for a person and with a reason, a transfer that waits for one; `None` when it does not wait.
    pub fn reject(&self, by: &Mandate<Validate>, id: TransferId, reason: &str) -> Result<Option<Settled>, Error> {
        let Some((transfer, from)) = self.waiting(by, id)? else { return Ok(None) };
        let (file, _) = self.vault.open_received(id)?;
        let mut examined = self.examine_staging(&transfer, Source::File(file))?;
        examined.refuse_by_hand(reason)?;
        self.refuse(transfer, examined, &Entrance::Standing { from }).map(Some)
    }

    fn waiting(&self, by: &Mandate<Validate>, id: TransferId) -> Result<Option<(Transfer, TransferStatus)>, Error> {
        let transfer = self.store.holdings(by.tenant()).transfer(id)?;
        Ok(transfer.filter(|transfer| matches!(transfer.status, TransferStatus::AwaitingValidation { .. })).map(
            |transfer| {
                let from = transfer.status.clone();
                (transfer, from)
            },
        ))
    }

    /// What was answered before under the same key, if anything was.
    fn earlier(&self, transfer: &Transfer) -> Result<Option<Receipt>, Error> {
        let Some(key) = &transfer.key else { return Ok(None) };
        let earlier = self.store.holdings(&transfer.tenant).transfer_by_key(key)?;
        let is_same = |earlier: &Transfer| earlier.package.digest == transfer.package.digest;
        Ok(earlier.map(|earlier| if is_same(&earlier) { Receipt::Same(earlier) } else { Receipt::Conflict(earlier) }))
    }

    /// A blank test: every question answered under the tenant's referentials, nothing changed.
    pub fn examine(
        &self,
        by: &Mandate<Deposit>,
        source: Source,
        listener: &mut dyn FnMut(&Finding),
    ) -> Result<Examination, Error> {
        self.examine_by(by, source, None, listener)
    }

    /// A blank test, by a profile in the place of the one that the agreement or the manifest names, when one is given.
    pub fn examine_by(
        &self,
        by: &Mandate<Deposit>,
        source: Source,
        profile: Option<&Profile>,
        listener: &mut dyn FnMut(&Finding),
    ) -> Result<Examination, Error> {
        let _turn = self.workers.turn();
        let referentials = self.referentials(by.tenant())?;
        let resolve = |attachment: &_| self.designated(by.tenant(), attachment);
        let terms = Terms { resolve: Some(&resolve), profile, ..Terms::blank(&referentials, &Dialect::ALL) };
        examine::examine(source, &terms, &self.limits, listener, &mut examine::only_hash)
    }
}

impl Deposited {
    fn source(&self) -> Result<Source, Error> {
        let path = match &self.bytes {
            Bytes::Local(path) => path,
            Bytes::Spooled(spooled) => &spooled.path,
        };
        Ok(if path.is_dir() { Source::Folder(path.clone()) } else { Source::File(File::open(path)?) })
    }

    /// Size and digest of the package. A folder's are those of its sorted entries.
    fn facts(&self, limits: &Limits) -> Result<PackageFacts, Error> {
        if let Bytes::Spooled(spooled) = &self.bytes {
            return Ok(facts_of(spooled, &self.name));
        }
        let (size, digest) = match self.source()? {
            Source::File(mut file) => {
                let digests = digest::of(&mut file, &[])?;
                (digests.size(), digests.sha512())
            }
            folder @ Source::Folder(_) => match Package::open(folder, &limits.package)? {
                Opened::Package(package) => bundle::folder_facts(&package)?,
                Opened::Unreadable(_) => (0, digest::sha512(&[])),
            },
        };
        Ok(PackageFacts { name: self.name.clone(), size, digest })
    }

    fn transfer(&self, by: &Mandate<Deposit>, package: PackageFacts) -> Transfer {
        Transfer {
            id: self.transfer,
            tenant: by.tenant().clone(),
            by: by.actor(),
            received_at: self.received_at,
            package,
            key: None,
            version: None,
            acknowledgement: Id::mint(self.received_at),
            status: TransferStatus::Received,
        }
    }
}

fn facts_of(spooled: &Spooled, name: &str) -> PackageFacts {
    PackageFacts { name: name.to_owned(), size: spooled.size, digest: spooled.digests.sha512() }
}
