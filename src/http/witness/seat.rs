//! A witness's folder: its keys, the last checkpoint of each log that it cosigned, and evidence of what no log should
//! sign. A checkpoint is on disk before it is cosigned.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    domain::{clock::Clock, digest::to_hex},
    pki::keys::{KeyError, SigningKey},
    proof::{
        checkpoint::SignedCheckpoint,
        error::Malformed,
        exchange::AddCheckpoint,
        merkle::leaf_hash,
        signer::{SignError, Signer},
        vkey::{Scheme, Vkey},
        witness::{Decision, Evidence, decide},
    },
};

/// The keys of a witness, and the files that hold them.
const KEYS: [(Scheme, &str); 2] = [(Scheme::Cosignature, "ed25519.pem"), (Scheme::MlDsaCosignature, "ml-dsa-44.pem")];

/// Files of evidence that are kept: a log that misbehaves must not fill the disk.
const EVIDENCE_FILES: usize = 1000;

/// Why a witness cannot take its seat, or fails in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Disk {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// Another process sits in the folder.
    #[error("another witness sits in {}", .0.display())]
    Taken(PathBuf),
    /// There are keys and no memory: cosigning anew could cosign a fork of what was cosigned before.
    #[error("the witness's state is gone from {}", .0.display())]
    Forgotten(PathBuf),
    /// The folder has a witness of another name.
    #[error("the witness's name is `{0}`")]
    OtherName(String),
    /// The folder has no witness yet, and no name is given.
    #[error("the witness has no name")]
    Nameless,
    /// What is in the folder is not what the witness wrote, or the name is none.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Malformed,
    },
    /// A key cannot be made or read.
    #[error("the witness's key fails")]
    Key(#[from] KeyError),
    /// A key does not sign.
    #[error("the witness cannot sign")]
    Sign(#[from] SignError),
}

/// What a witness answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// Signature lines (200).
    Cosigned(String),
    /// The size of the last checkpoint that was cosigned (409).
    Stands {
        /// That size.
        size: u64,
    },
    /// The body is no request (400).
    Malformed(Malformed),
    /// The old size is above the new one (400).
    Impossible,
    /// No known key of the log signed (403).
    UnknownKey,
    /// The log is not witnessed (404).
    UnknownOrigin,
    /// The proof does not verify (422).
    Unproven,
}

/// A witness at work: alone in its folder, one request at a time.
pub struct Seat {
    folder: PathBuf,
    signers: Vec<Signer>,
    logs: Vec<Vkey>,
    clock: Arc<dyn Clock>,
    turn: Mutex<()>,
    /// Held as long as the witness works.
    _lock: File,
}

impl Seat {
    /// Takes a seat in a folder, which is furnished on first use: then a name is needed, and the keys are made.
    ///
    /// # Errors
    /// Another process sits there, the name is another, the state is gone, or the disk fails.
    pub fn open(folder: &Path, name: Option<&str>, logs: Vec<Vkey>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(disk("make", folder))?;
        let lock = lock(folder)?;
        let state = folder.join("state");
        if KEYS.iter().any(|(_, file)| folder.join(file).exists()) && !state.is_dir() {
            return Err(Error::Forgotten(state));
        }
        let name = name_of(folder, name)?;
        for below in [state, folder.join("evidence")] {
            fs::create_dir_all(&below).map_err(disk("make", &below))?;
        }
        sync(folder)?;
        let signers = KEYS.into_iter().map(|(scheme, file)| signer(&name, scheme, &folder.join(file)));
        let signers = signers.collect::<Result<_, Error>>()?;
        Ok(Self { folder: folder.to_owned(), signers, logs, clock, turn: Mutex::new(()), _lock: lock })
    }

    /// The keys to publish.
    pub fn vkeys(&self) -> impl Iterator<Item = &Vkey> {
        self.signers.iter().map(Signer::vkey)
    }

    /// Answers a request. What it cosigns is on disk before.
    ///
    /// # Errors
    /// The disk or a key fails: nothing is cosigned.
    pub fn add_checkpoint(&self, body: &[u8]) -> Result<Reply, Error> {
        let asked = match AddCheckpoint::parse(body) {
            Ok(asked) => asked,
            Err(malformed) => return Ok(Reply::Malformed(malformed)),
        };
        // A turn that panicked left nothing half done: the state is one file, replaced whole.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.state_of(asked.checkpoint.checkpoint().origin());
        let last = last(&file)?;
        match decide(&self.logs, last.as_ref(), &asked) {
            Decision::Cosign(checkpoint) => {
                if last.as_ref() != Some(&checkpoint) {
                    write_durably(&file, checkpoint.to_string().as_bytes(), 0o644)?;
                }
                Ok(Reply::Cosigned(self.cosign(checkpoint.note().text())?))
            }
            Decision::UnknownOrigin => Ok(Reply::UnknownOrigin),
            Decision::UnknownKey => Ok(Reply::UnknownKey),
            Decision::Impossible => Ok(Reply::Impossible),
            Decision::Stands { size, evidence } => {
                evidence.map_or(Ok(()), |evidence| self.keep(&evidence))?;
                Ok(Reply::Stands { size })
            }
            Decision::Unproven(evidence) => self.keep(&evidence).map(|()| Reply::Unproven),
        }
    }

    fn cosign(&self, text: &str) -> Result<String, Error> {
        // Before 1970 a clock is wrong, and says nothing of time.
        let time = u64::try_from(self.clock.now().millis() / 1000).unwrap_or_default();
        let lines = self.signers.iter().map(|signer| Ok(signer.sign(text, time)?.to_string()));
        lines.collect()
    }

    /// Keeps evidence, once: its name is the digest of what is in it.
    fn keep(&self, evidence: &Evidence) -> Result<(), Error> {
        let folder = self.folder.join("evidence");
        let text = evidence.to_json().map_err(|source| Error::Damaged { path: folder.clone(), source })?;
        let kind = if evidence.is_fork { "fork" } else { "unproven" };
        let file = folder.join(format!("{kind}-{}.json", to_hex(leaf_hash(text.as_bytes()).bytes())));
        tracing::warn!(file = %file.display(), "a log signed what it should not, or gave a proof that does not verify");
        let count = fs::read_dir(&folder).map_err(disk("list", &folder))?.count();
        if file.exists() || count >= EVIDENCE_FILES { Ok(()) } else { write_durably(&file, text.as_bytes(), 0o644) }
    }

    /// The file of a log, whose origin may have characters that no file name has.
    fn state_of(&self, origin: &str) -> PathBuf {
        self.folder.join("state").join(format!("{}.checkpoint", to_hex(leaf_hash(origin.as_bytes()).bytes())))
    }
}

/// The last checkpoint that a file keeps.
fn last(file: &Path) -> Result<Option<SignedCheckpoint>, Error> {
    match fs::read(file) {
        Ok(bytes) => {
            SignedCheckpoint::parse(&bytes).map(Some).map_err(|source| Error::Damaged { path: file.to_owned(), source })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk("read", file)(error)),
    }
}

fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(disk("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Taken(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(disk("lock", &path)(error)),
    }
}

/// The name that the folder keeps, or keeps from now on. One key under two names could count as two witnesses.
fn name_of(folder: &Path, given: Option<&str>) -> Result<String, Error> {
    let path = folder.join("name");
    match fs::read_to_string(&path) {
        Ok(kept) => {
            let kept = kept.trim_end();
            if given.is_none_or(|given| given == kept) {
                Ok(kept.to_owned())
            } else {
                Err(Error::OtherName(kept.to_owned()))
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = given.ok_or(Error::Nameless)?;
            // A name that no key may have must not be kept.
            let trial = SigningKey::generate(Scheme::Cosignature.algorithm())?;
            Signer::new(name, Scheme::Cosignature, trial)?;
            write_durably(&path, format!("{name}\n").as_bytes(), 0o644)?;
            Ok(name.to_owned())
        }
        Err(error) => Err(disk("read", &path)(error)),
    }
}

/// The signer whose key a file holds; the key is made when there is none.
fn signer(name: &str, scheme: Scheme, file: &Path) -> Result<Signer, Error> {
    let key = match fs::read(file) {
        Ok(pem) => SigningKey::from_pem(&pem)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = SigningKey::generate(scheme.algorithm())?;
            write_durably(file, &key.to_pem()?, 0o600)?;
            key
        }
        Err(error) => return Err(disk("read", file)(error)),
    };
    Ok(Signer::new(name, scheme, key)?)
}

/// Makes or replaces a small file, whole and durable: written aside, synchronised, renamed over.
fn write_durably(file: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let aside = file.with_added_extension("part");
    let mut sink = OpenOptions::new();
    let mut sink =
        sink.write(true).create(true).truncate(true).mode(mode).open(&aside).map_err(disk("make", &aside))?;
    sink.write_all(bytes).and_then(|()| sink.sync_all()).map_err(disk("write", &aside))?;
    fs::rename(&aside, file).map_err(disk("rename to", file))?;
    file.parent().map_or(Ok(()), sync)
}

fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk("synchronise", folder))
}

fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Disk { action, path: path.to_owned(), source }
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::{
        boot::SystemClock,
        proof::{
            checkpoint::Checkpoint,
            exchange::Answer,
            merkle::{Hash, Node, Tree, consistency},
            policy::Policy,
        },
    };

    pub(in crate::http::witness) fn log() -> Signer {
        let key = SigningKey::generate(Scheme::Note.algorithm()).unwrap();
        Signer::new("log.example/1", Scheme::Note, key).unwrap()
    }

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|at| leaf_hash(&at.to_be_bytes())).collect()
    }

    fn signed(signer: &Signer, size: u64, root: Hash) -> SignedCheckpoint {
        let checkpoint = Checkpoint::new(signer.vkey().name(), size, root).unwrap();
        let mut checkpoint = SignedCheckpoint::unsigned(checkpoint).unwrap();
        let line = signer.sign(checkpoint.note().text(), 0).unwrap();
        checkpoint.note_mut().add([line]);
        checkpoint
    }

    pub(in crate::http::witness) fn honest(signer: &Signer, old: u64, new: u64) -> AddCheckpoint {
        let leaves = leaves(new);
        let root = |leaves: &[Hash]| {
            let mut tree = Tree::empty();
            for leaf in leaves {
                tree.append(*leaf);
            }
            tree.root()
        };
        let read = |node: Node| {
            let range = |index: u64| usize::try_from(index << node.level).unwrap();
            Ok::<_, io::Error>(root(&leaves[range(node.index)..range(node.index + 1)]))
        };
        let proof = consistency(old, new, read).unwrap().unwrap();
        AddCheckpoint { old, proof, checkpoint: signed(signer, new, root(&leaves)) }
    }

    fn open(folder: &Path, name: Option<&str>, log: &Signer) -> Result<Seat, Error> {
        Seat::open(folder, name, vec![log.vkey().clone()], Arc::new(SystemClock))
    }

    fn ask(seat: &Seat, asked: &AddCheckpoint) -> Reply {
        seat.add_checkpoint(asked.to_string().as_bytes()).unwrap()
    }

    fn evidence(folder: &Path) -> Vec<String> {
        let files = fs::read_dir(folder.join("evidence")).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_witness_keeps_its_name_its_keys_and_its_memory() {
        let folder = tempfile::tempdir().unwrap();
        let log = log();
        let seat = open(folder.path(), Some("w"), &log).unwrap();
        let asked = honest(&log, 0, 3);
        let Reply::Cosigned(lines) = ask(&seat, &asked) else { panic!("cosigned") };
        let keys: Vec<Vkey> = seat.vkeys().cloned().collect();
        let policy = Policy::new(1, keys.clone()).unwrap();
        let Answer::Cosigned(lines) = Answer::read(200, lines.as_bytes(), asked.checkpoint.note(), &keys) else {
            panic!("its keys verify")
        };
        let mut note = asked.checkpoint.note().clone();
        note.add(lines);
        assert!(policy.met_by(&note).is_met);
        assert!(matches!(open(folder.path(), Some("w"), &log), Err(Error::Taken(_))));
        drop(seat);
        assert!(matches!(open(folder.path(), Some("v"), &log), Err(Error::OtherName(name)) if name == "w"));
        let seat = open(folder.path(), None, &log).unwrap();
        assert!(seat.vkeys().eq(&keys));
        assert_eq!(ask(&seat, &honest(&log, 0, 5)), Reply::Stands { size: 3 });
        assert!(matches!(ask(&seat, &honest(&log, 3, 5)), Reply::Cosigned(_)));
        for (_, file) in KEYS {
            assert_eq!(fs::metadata(folder.path().join(file)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_fork_is_refused_and_told_to_whoever_looks() {
        let folder = tempfile::tempdir().unwrap();
        let log = log();
        let seat = open(folder.path(), Some("w"), &log).unwrap();
        assert!(matches!(ask(&seat, &honest(&log, 0, 3)), Reply::Cosigned(_)));
        let fork = AddCheckpoint { old: 3, proof: vec![], checkpoint: signed(&log, 3, Hash::new([1; 32])) };
        assert_eq!(ask(&seat, &fork), Reply::Stands { size: 3 });
        assert_eq!(ask(&seat, &fork), Reply::Stands { size: 3 });
        assert!(matches!(evidence(folder.path()).as_slice(), [file] if file.starts_with("fork-")));
        let later = AddCheckpoint { checkpoint: signed(&log, 5, Hash::new([1; 32])), ..honest(&log, 3, 5) };
        assert_eq!(ask(&seat, &later), Reply::Unproven);
        assert_eq!(evidence(folder.path()).len(), 2);
        assert!(matches!(ask(&seat, &honest(&log, 3, 5)), Reply::Cosigned(_)), "the honest branch goes on");
    }

    #[test]
    fn a_witness_without_memory_or_with_a_damaged_one_does_not_cosign() {
        let folder = tempfile::tempdir().unwrap();
        let log = log();
        assert!(matches!(open(folder.path(), None, &log), Err(Error::Nameless)));
        assert!(matches!(open(folder.path(), Some("a b"), &log), Err(Error::Sign(_))));
        let seat = open(folder.path(), Some("w"), &log).unwrap();
        ask(&seat, &honest(&log, 0, 3));
        let file = seat.state_of("log.example/1");
        fs::write(&file, "log.example/1\n").unwrap();
        let asked = honest(&log, 0, 3).to_string();
        assert!(matches!(seat.add_checkpoint(asked.as_bytes()), Err(Error::Damaged { .. })));
        drop(seat);
        fs::remove_dir_all(folder.path().join("state")).unwrap();
        assert!(matches!(open(folder.path(), Some("w"), &log), Err(Error::Forgotten(_))));
    }

    #[test]
    fn of_two_requests_at_once_from_one_size_one_is_cosigned() {
        let folder = tempfile::tempdir().unwrap();
        let log = log();
        let seat = open(folder.path(), Some("w"), &log).unwrap();
        let asked: Vec<AddCheckpoint> = (4..12).map(|new| honest(&log, 0, new)).collect();
        let replies: Vec<Reply> = std::thread::scope(|scope| {
            let threads: Vec<_> = asked.iter().map(|asked| scope.spawn(|| ask(&seat, asked))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let cosigned = replies.iter().filter(|reply| matches!(reply, Reply::Cosigned(_))).count();
        assert_eq!(cosigned, 1, "{replies:?}");
    }
}
