//! A log's files and a witness's protocol in the hands of others: Go's `sumdb`, and `aics-tlog` and `aics-witness`.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{
    convert::Infallible,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use cartulaire::{
    pki::keys::SigningKey,
    proof::{
        checkpoint::{Checkpoint, SignedCheckpoint},
        error::Malformed,
        exchange::{AddCheckpoint, Answer},
        merkle::{Hash, Node, Tree, consistency, inclusion, leaf_hash},
        signer::Signer,
        tile::{bundle, reader::TileReader, writer},
        vkey::{Scheme, Vkey},
    },
};

/// Entries of the log that others look at: tiles of three levels.
const ENTRIES: usize = 65_536 + 300;

const ORIGIN: &str = "sae.exemple.fr/log/1";

/// A log written in two steps, whose files stand in a folder.
struct Published {
    folder: tempfile::TempDir,
    log: Signer,
    tree: Tree,
}

impl Published {
    fn new() -> Self {
        let log = signer(ORIGIN, Scheme::Note);
        let mut published = Self { folder: tempfile::tempdir().unwrap(), log, tree: Tree::empty() };
        published.append(40_000);
        published.append(ENTRIES - 40_000);
        published.sign(&[signer("temoin.exemple.fr", Scheme::Cosignature)]);
        published.prove();
        published
    }

    fn size(&self) -> u64 {
        self.tree.size()
    }

    fn append(&mut self, count: usize) {
        let from = usize::try_from(self.size()).unwrap();
        let entries: Vec<String> = (from..from + count).map(|at| format!("{{\"position\":{at}}}")).collect();
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry.as_bytes())).collect();
        let tiles = writer::extend(self.size(), &leaves, |tile| self.read(&tile.path())).unwrap();
        let bundles = bundle::extend(self.size(), &entries, |bundle| self.read(&bundle.path())).unwrap();
        for (path, bytes) in tiles
            .into_iter()
            .map(|(tile, bytes)| (tile.path(), bytes))
            .chain(bundles.into_iter().map(|(bundle, bytes)| (bundle.path(), bytes)))
        {
            self.write(&path, bytes);
        }
        for leaf in leaves {
            self.tree.append(leaf);
        }
    }

    fn sign(&self, witnesses: &[Signer]) {
        let mut checkpoint = checkpoint(&self.log, self.size(), self.tree.root());
        // The log's post-quantum key signs too, and is a stranger to those who do not know it.
        let quantum = signer(ORIGIN, Scheme::MlDsaCosignature);
        for witness in witnesses.iter().chain([&quantum]) {
            let line = witness.sign(checkpoint.note().text(), 1_763_800_000).unwrap();
            checkpoint.note_mut().add([line]);
        }
        self.write("checkpoint", checkpoint.to_string());
        self.write("vkey", self.log.vkey().to_string());
        self.write("witness", witnesses[0].vkey().to_string());
    }

    /// Writes proofs of some entries and of some earlier trees, one per line.
    fn prove(&self) {
        let size = self.size();
        let mut reader = TileReader::new(size, |tile| self.read(&tile.path()));
        let line = |kind, at, hash: Hash, path: Vec<Hash>| {
            let path: Vec<String> = path.into_iter().map(Hash::to_base64).collect();
            format!("{kind} {at} {} {}\n", hash.to_base64(), path.join(" "))
        };
        let mut text = String::new();
        for at in [0, 1, 255, 256, 39_999, 65_535, 65_536, size - 1] {
            let path = inclusion(at, size, |node| reader.hash(node)).unwrap().unwrap();
            text += &line("entry", at, reader.hash(Node { level: 0, index: at }).unwrap(), path);
        }
        for at in [1, 255, 256, 40_000, 65_536, 65_537, size - 1, size] {
            let root = Tree::restore(at, |node| reader.hash(node)).unwrap().root();
            text += &line("tree", at, root, consistency(at, size, |node| reader.hash(node)).unwrap().unwrap());
        }
        self.write("proofs", text);
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Malformed> {
        fs::read(self.folder.path().join(path)).map_err(|_| Malformed::new("a file of the log", "it is not there"))
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Flips one bit of a file while `look` looks.
    fn altered(&self, path: &str, at: usize, look: impl FnOnce()) {
        let path = self.folder.path().join(path);
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, bad).unwrap();
        look();
        fs::write(&path, good).unwrap();
    }
}

fn signer(name: &str, scheme: Scheme) -> Signer {
    Signer::new(name, scheme, SigningKey::generate(scheme.algorithm()).unwrap()).unwrap()
}

fn checkpoint(log: &Signer, size: u64, root: Hash) -> SignedCheckpoint {
    let mut checkpoint = SignedCheckpoint::unsigned(Checkpoint::new(log.vkey().name(), size, root).unwrap()).unwrap();
    let line = log.sign(checkpoint.note().text(), 0).unwrap();
    checkpoint.note_mut().add([line]);
    checkpoint
}

/// Files whose alteration each peer must notice.
const VICTIMS: [(&str, usize); 5] =
    [("checkpoint", 25), ("tile/0/000", 77), ("tile/1/000", 5), ("tile/entries/007", 0), ("proofs", 60)];

#[test]
fn go_verifies_the_log_and_notices_any_alteration() {
    let Some(go) = Go::built() else { return };
    let published = Published::new();
    let check = || run(go.command().arg("check").arg(published.folder.path()));
    let output = check();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    println!("Go's sumdb: {}", said.trim());
    assert_eq!(said, format!("{ENTRIES} entries, 16 proofs, 2 unknown signatures\n"));
    for (victim, at) in VICTIMS {
        published.altered(victim, at, || assert!(!check().status.success(), "{victim}"));
    }
    assert!(check().status.success());
}

#[test]
fn a_note_that_go_signed_verifies_here() {
    let Some(go) = Go::built() else { return };
    let output = run(go.command().args(["sign", ORIGIN]));
    let said = String::from_utf8(output.stdout).unwrap();
    let (vkey, note) = said.split_once('\n').unwrap();
    let keys = [vkey.parse::<Vkey>().unwrap()];
    let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    assert_eq!(signed.verify(&keys).unwrap().len(), 1);
    assert_eq!((signed.to_string().as_str(), keys[0].to_string().as_str()), (note, vkey));
}

#[test]
fn aics_tlog_verifies_the_log_and_notices_any_alteration() {
    let Some(python) = python() else { return };
    let published = Published::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/log.py");
    let check = || run(Command::new(&python).arg(&script).arg(published.folder.path()));
    let output = check();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    println!("aics-tlog: {}", said.trim());
    assert!(said.starts_with(&format!("{ENTRIES} entries, ")) && said.ends_with(", 16 proofs\n"), "{said}");
    for (victim, at) in VICTIMS {
        published.altered(victim, at, || assert!(!check().status.success(), "{victim}"));
    }
}

#[test]
fn aics_witness_cosigns_a_log_that_grows_and_refuses_a_fork() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let log = signer(ORIGIN, Scheme::Note);
    let config = folder.path().join("witness.json");
    let witness = |words: &[&str]| {
        let mut command = Command::new(&python);
        command.args(["-m", "aics_witness"]).arg(words[0]).arg("--config").arg(&config).args(&words[1..]);
        command
    };
    let made = run(&mut witness(&["init", "--name", "temoin.exemple.fr", "--listen", "127.0.0.1:0"]));
    let keys = [String::from_utf8(made.stdout).unwrap().trim().parse::<Vkey>().unwrap()];
    assert!(run(&mut witness(&["add-log", "--origin", ORIGIN, "--vkey", &log.vkey().to_string()])).status.success());
    let served = Served::start(&mut witness(&["serve"]));
    let ask = |asked: &AddCheckpoint| {
        let (status, body) = post(&served.address, &asked.to_string());
        Answer::read(status, &body, asked.checkpoint.note(), &keys)
    };
    for (old, new) in [(0, 3), (3, 3), (3, 300)] {
        let answer = ask(&step(&log, old, new));
        assert!(matches!(&answer, Answer::Cosigned(lines) if lines.len() == 1), "{old} {new}: {answer:?}");
    }
    assert_eq!(ask(&step(&log, 0, 301)), Answer::Stands { size: 300 });
    assert_eq!(ask(&step(&signer(ORIGIN, Scheme::Note), 300, 301)), Answer::Refused(403));
    assert_eq!(ask(&step(&signer("autre.exemple.fr", Scheme::Note), 300, 301)), Answer::Refused(404));
    let fork = AddCheckpoint { checkpoint: checkpoint(&log, 301, Hash::new([7; 32])), ..step(&log, 300, 301) };
    assert_eq!(ask(&fork), Answer::Refused(422));
    println!("aics-witness: cosigned three times, refused a fork");
}

/// The honest log's request from a size to another.
pub fn step(log: &Signer, old: u64, new: u64) -> AddCheckpoint {
    let leaves: Vec<Hash> = (0..new).map(|at| leaf_hash(&at.to_be_bytes())).collect();
    let read = |node: Node| {
        let place = |index: u64| usize::try_from(index << node.level).unwrap();
        Ok::<_, Infallible>(root(&leaves[place(node.index)..place(node.index + 1)]))
    };
    let proof = consistency(old, new, read).unwrap().unwrap();
    AddCheckpoint { old, proof, checkpoint: checkpoint(log, new, root(&leaves)) }
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::empty();
    for leaf in leaves {
        tree.append(*leaf);
    }
    tree.root()
}

/// A server in a process of its own, which ends with the test.
pub struct Served {
    child: Child,
    pub address: String,
}

impl Served {
    /// Starts a server that says on its standard error where it listens, as `http://ADDRESS`.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = said.map_while(Result::ok).find_map(|line| {
            let (_, after) = line.split_once("http://")?;
            Some(after.split(['/', ' ']).next()?.to_owned())
        });
        Self { child, address: address.unwrap() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts a request for a cosignature: the answer's status and body.
pub fn post(address: &str, body: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_off(end + 4))
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// Our program over Go's `sumdb`.
struct Go {
    folder: tempfile::TempDir,
}

impl Go {
    /// Builds it; says that Go or the package is not there.
    fn built() -> Option<Self> {
        let packages = Path::new("/usr/share/gocode");
        if !packages.join("src/golang.org/x/mod/sumdb/tlog").exists() {
            println!("skipped: Go's golang.org/x/mod is not installed (Debian's golang-golang-x-mod-dev)");
            return None;
        }
        let go = Self { folder: tempfile::tempdir().unwrap() };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/log.go");
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go");
        let mut build = Command::new("go");
        build.env("GOPATH", packages).env("GO111MODULE", "off").env("GOFLAGS", "").env("GOCACHE", cache);
        match build.arg("build").arg("-o").arg(go.folder.path().join("log")).arg(source).output() {
            Err(error) => {
                println!("skipped: go is not installed ({error})");
                None
            }
            Ok(output) => {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                Some(go)
            }
        }
    }

    fn command(&self) -> Command {
        Command::new(self.folder.path().join("log"))
    }
}

/// A Python that has `aics-tlog` and `aics-witness`; says that there is none.
fn python() -> Option<PathBuf> {
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers-log/bin/python");
    let program = if local.exists() { local } else { PathBuf::from("python3") };
    let found = Command::new(&program).args(["-c", "import aics_tlog, aics_witness"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    println!("skipped: aics-tlog and aics-witness are not installed (PyPI, Python 3.12 or later)");
    None
}
