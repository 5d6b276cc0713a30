//! What must be true of an installation after every kill, read from outside: a catalog, two volumes, and what was told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use cartulaire::{
    archive::{Archive, deposit::Receipt},
    boot::{self, Init},
    config::Config,
    domain::{
        id::{ArchiveId, TransferId},
        journal::{Head, JournalId, Line},
        mandate::{Actor, Deposit, Read},
        referential::Referential,
        tenant::TenantId,
        transfer::TransferStatus,
    },
    record,
    store::{ArchiveFilter, Kept},
    vault::{Terms, Vault, layout::OcflId},
};

use crate::{
    kill::life::Said,
    parcels::{act, broken_parcel, parcel},
    store::{Fresh, stores},
};

/// How many packages are deposited again after each kill.
const AGAIN: usize = 5;

/// One installation, on which all kills fall.
pub struct Ground {
    folder: tempfile::TempDir,
    catalog: Fresh,
}

/// What came out of all kills.
#[derive(Default)]
pub struct Tally {
    pub acknowledged: usize,
    pub accepted: usize,
    pub refused: usize,
    /// Transfers that were acknowledged, and settled only after a restart.
    pub resumed: usize,
    /// Lines that the catalog lacked at a restart.
    pub rolled_forward: u64,
    /// Copies of objects read and found whole.
    pub copies: usize,
    seen: BTreeSet<OcflId>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} acknowledged, {} accepted, {} refused, {} resumed, {} lines rolled forward, {} copies read",
            self.acknowledged, self.accepted, self.refused, self.resumed, self.rolled_forward, self.copies
        )
    }
}

impl Ground {
    /// A fresh installation per engine, not open.
    pub fn all() -> Vec<Self> {
        stores().into_iter().map(Self::new).collect()
    }

    fn new(catalog: Fresh) -> Self {
        let ground = Self { folder: tempfile::tempdir().unwrap(), catalog };
        let config = Config { database: ground.catalog.url.clone(), reserve_bytes: 0, ..Config::default() };
        let init = Init {
            tenant: tenant(),
            name: "Sault-les-Bruyères".to_owned(),
            archival_agency: "SLB-ARCHIVES".to_owned(),
            config,
        };
        boot::init(&ground.data(), &init).unwrap();
        fs::create_dir(ground.data().join("incoming")).unwrap();
        ground
    }

    pub const fn engine(&self) -> &'static str {
        self.catalog.engine
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn volumes(&self) -> Vec<PathBuf> {
        Config::default().volume_paths(&self.data())
    }

    /// Opens the house again and looks at everything; `told` is what it had said in its last life.
    pub fn check(&self, told: &BTreeMap<String, Said>, tally: &mut Tally) {
        let before = self.lines();
        let house = boot::open(&self.data()).unwrap();
        let (archive, actor) = (&*house.archive, house.archive.local_actor(None).unwrap());
        tally.rolled_forward += self.lines() - before;
        self.check_staging();
        check_told(archive, &actor, told, true);
        while archive.work_once().unwrap() {
            tally.resumed += 1;
        }
        let waiting = archive.transfers(&actor.mandate().unwrap(), Some("received"), None, 10).unwrap();
        assert!(waiting.is_empty(), "not settled: {waiting:?}");
        check_told(archive, &actor, told, false);
        let vault = Vault::open(Terms::new(self.volumes(), "trial")).unwrap();
        self.check_pending(&vault);
        self.check_objects(archive, &actor, &vault, tally);
        // What was read just now is told without anybody waiting for it.
        archive.flush().unwrap();
        self.check_journals(&vault);
        for (message, said) in told.iter().filter(|(_, said)| !matches!(said, Said::Imported(_))).take(AGAIN) {
            self.deposit_again(archive, &actor, message, said);
        }
        tally.acknowledged += told.values().filter(|said| matches!(said, Said::Acknowledged(_))).count();
        tally.accepted += told.values().filter(|said| matches!(said, Said::Accepted(..))).count();
        tally.refused += told.values().filter(|said| matches!(said, Said::Refused(_))).count();
    }

    /// At the end of all lives: everything ever told, and every byte.
    pub fn check_all(&self, told: &BTreeMap<String, Said>, tally: &mut Tally) {
        tally.seen.clear();
        let counted = (tally.acknowledged, tally.accepted, tally.refused);
        self.check(told, tally);
        (tally.acknowledged, tally.accepted, tally.refused) = counted;
    }

    fn lines(&self) -> u64 {
        self.catalog.store.heads().unwrap().iter().map(|(_, head)| head.length).sum()
    }

    /// Nothing but locks stands in `staging/`.
    fn check_staging(&self) {
        for volume in self.volumes() {
            let left: Vec<_> = files(&volume.join("staging"));
            assert!(left.iter().all(|path| path.ends_with("lock")), "left in staging: {left:?}");
        }
    }

    /// A package stands in `pending/` only while its transfer waits.
    fn check_pending(&self, vault: &Vault) {
        let tenant = tenant();
        for transfer in vault.received().unwrap() {
            let status = self.catalog.store.holdings(&tenant).transfer(transfer).unwrap().map(|told| told.status);
            assert_eq!(status, None, "the package of {transfer} stays in pending");
        }
    }

    /// The catalog's archives are the volumes' objects, whole, the same on both, and each gives its act back.
    fn check_objects(&self, archive: &Archive, actor: &Actor, vault: &Vault, tally: &mut Tally) {
        let kept = all_archives(archive, actor);
        let known: BTreeSet<OcflId> = kept.keys().map(|id| OcflId::archive(tenant(), *id)).collect();
        for volume in 0..2 {
            let objects: BTreeSet<OcflId> = vault.list_objects(volume).unwrap().map(Result::unwrap).collect();
            let (records, archives): (BTreeSet<_>, BTreeSet<_>) =
                objects.into_iter().partition(|object| matches!(object, OcflId::Record { .. }));
            let difference: Vec<_> = archives.symmetric_difference(&known).collect();
            assert!(difference.is_empty(), "volume {volume} and the catalog differ: {difference:?}");
            for object in archives.difference(&tally.seen).chain(&records) {
                let verified = vault.verify_object(object, volume).unwrap();
                assert!(verified.faults.is_empty(), "{object} on volume {volume}: {:?}", verified.faults);
                let OcflId::Archive { archive, .. } = object else { continue };
                assert_eq!(verified.inventory, Some(kept[archive].inventory), "{object} on volume {volume}");
                tally.copies += 1;
            }
        }
        for kept in kept.values().filter(|kept| !tally.seen.contains(&OcflId::archive(tenant(), kept.archive.id))) {
            check_readable(archive, actor, kept);
        }
        tally.seen.extend(known);
        for edition in self.catalog.store.holdings(&tenant()).editions(Referential::Rules).unwrap() {
            let object = OcflId::record(tenant(), "referentials").unwrap();
            vault.read_content(&object, edition.digest).unwrap();
        }
    }

    /// Each journal holds, line by line, on both volumes, and is the catalog's.
    fn check_journals(&self, vault: &Vault) {
        let heads: BTreeMap<JournalId, Head> = self.catalog.store.heads().unwrap().into_iter().collect();
        let volumes: Vec<_> = (0..2).map(|volume| journals(vault, volume)).collect();
        let lengths = |volume: &BTreeMap<JournalId, Vec<Line>>| -> Vec<_> {
            volume.iter().map(|(journal, lines)| (journal.clone(), lines.len())).collect()
        };
        assert_eq!(lengths(&volumes[0]), lengths(&volumes[1]), "the volumes' journals differ");
        assert!(volumes[0] == volumes[1], "the volumes' journals differ");
        for (journal, lines) in &volumes[0] {
            let head = lines.iter().try_fold(Head::EMPTY, Head::step).unwrap();
            assert_eq!(Some(&head), heads.get(journal), "{journal}");
            let known = self.catalog.store.lines(journal, 0, u32::MAX).unwrap();
            assert!(lines == &known, "{journal}: the catalog's lines are others");
        }
        let written = heads.iter().filter(|(_, head)| head.length > 0).count();
        assert_eq!(volumes[0].len(), written, "a journal of the catalog is on no volume: {heads:?}");
    }

    /// The same package again: the same transfer when it was accepted; a refused one may come again, and is refused.
    fn deposit_again(&self, archive: &Archive, actor: &Actor, message: &str, said: &Said) {
        let is_broken = message.ends_with("-KO");
        let path = self.data().join("incoming").join("again.zip");
        fs::write(&path, if is_broken { broken_parcel(message) } else { parcel(message) }).unwrap();
        let receipt = archive.deposit(&actor.mandate::<Deposit>().unwrap(), archive.local(&path)).unwrap();
        match receipt {
            Receipt::Same(transfer) => assert_eq!(Some(transfer.id), said.transfer(), "{message}"),
            Receipt::Settled(settled) if is_broken => {
                assert!(matches!(settled.transfer.status, TransferStatus::Refused { .. }), "{message}");
            }
            other => panic!("{message}, said to be {said:?}, again: {other:?}"),
        }
    }
}

impl Said {
    const fn transfer(&self) -> Option<TransferId> {
        match self {
            Self::Acknowledged(transfer) | Self::Accepted(transfer, _) | Self::Refused(transfer) => Some(*transfer),
            Self::Imported(_) => None,
        }
    }
}

/// What was told is true; what was only acknowledged may still wait when `may_wait`.
fn check_told(archive: &Archive, actor: &Actor, told: &BTreeMap<String, Said>, may_wait: bool) {
    let editions = archive.editions(&actor.mandate().unwrap(), Referential::Rules).unwrap();
    for (message, said) in told {
        if let Said::Imported(version) = said {
            assert!(editions.iter().any(|edition| edition.version == *version), "the import of {message} is lost");
            continue;
        }
        let transfer = archive.transfer(&actor.mandate().unwrap(), said.transfer().unwrap()).unwrap();
        let transfer = transfer.unwrap_or_else(|| panic!("{message}, said to be {said:?}, is lost"));
        let key = transfer.key.as_ref().map(|key| key.message_identifier.as_str());
        let is_true = match (&transfer.status, said) {
            (TransferStatus::Received, Said::Acknowledged(_)) => may_wait,
            (TransferStatus::Accepted { .. }, Said::Acknowledged(_)) => !message.ends_with("-KO"),
            (TransferStatus::Refused { .. }, Said::Acknowledged(_)) => message.ends_with("-KO"),
            (TransferStatus::Accepted { archive, .. }, Said::Accepted(_, said)) => archive == said,
            (TransferStatus::Refused { .. }, Said::Refused(_)) => true,
            _ => false,
        };
        assert!(is_true && key == Some(message), "{message} was said to be {said:?}: {transfer:?}");
    }
}

fn check_readable(archive: &Archive, actor: &Actor, kept: &Kept) {
    let read = || actor.mandate::<Read>().unwrap();
    let message = &kept.archive.header.message_identifier;
    let roots = archive.roots(&read(), kept.archive.id, None, 10).unwrap();
    assert_eq!(roots.len(), 1, "{message}");
    let units = archive.children(&read(), roots[0].unit, None, 10).unwrap();
    assert_eq!(units.len(), 1, "{message}");
    let objects = archive.objects(&read(), units[0].group.unwrap()).unwrap();
    assert_eq!(objects.len(), 1, "{message}");
    let (_, mut opened) = archive.open_object(&read(), objects[0].id).unwrap().unwrap();
    let mut bytes = Vec::new();
    opened.file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, act(message), "{message}");
}

fn all_archives(archive: &Archive, actor: &Actor) -> BTreeMap<ArchiveId, Kept> {
    let mut all = BTreeMap::new();
    let mut before = None;
    loop {
        let page = archive.archives(&actor.mandate().unwrap(), &ArchiveFilter::default(), before, 500).unwrap();
        let Some(last) = page.last() else { return all };
        before = Some(last.place.number);
        all.extend(page.into_iter().map(|kept| (kept.archive.id, kept)));
    }
}

/// A volume's journals, whole.
pub fn journals(vault: &Vault, volume: usize) -> BTreeMap<JournalId, Vec<Line>> {
    let mut journals: BTreeMap<JournalId, Vec<Line>> = BTreeMap::new();
    for day in vault.segments(volume).unwrap() {
        for text in vault.read_segment(volume, day).unwrap() {
            let line = record::line::from_json(&text.unwrap()).unwrap();
            journals.entry(line.journal.clone()).or_default().push(line);
        }
    }
    journals
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

fn tenant() -> TenantId {
    "sault".parse().unwrap()
}
