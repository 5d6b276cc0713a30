//! A forger: makes the open book of a volume again with other lines, chains it, and, as far as asked, the log above it.

use std::{collections::BTreeMap, fs, path::Path};

use cartulaire::{
    domain::{
        clock::Timestamp,
        digest::Digest,
        journal::{Head, JournalId, Line},
    },
    pki::keys::SigningKey,
    proof::{
        checkpoint::{Checkpoint, SignedCheckpoint},
        entry::Entry,
        error::Malformed,
        merkle::{Hash, Tree, leaf_hash},
        signer::Signer,
        tile::{self, bundle},
        vkey::Scheme,
    },
    record::line,
};

/// The lines of the open book of a volume, in the order of the log.
pub fn open_lines(volume: &Path) -> Vec<Line> {
    let mut files: Vec<_> = fs::read_dir(volume.join("journal")).unwrap().map(|one| one.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    texts.flat_map(|text| text.lines().map(|text| line::from_json(text).unwrap()).collect::<Vec<_>>()).collect()
}

/// Writes the open book as these lines, of one day.
pub fn write_lines(volume: &Path, lines: &[Line]) {
    let day = lines[0].at.day();
    let text: String = lines.iter().map(|line| line::to_json(line).unwrap() + "\n").collect();
    fs::write(volume.join(format!("journal/{day}.jsonl")), text).unwrap();
}

/// Alters a line of the open book by `change`, and chains every line after it anew.
pub fn rechain(volume: &Path, change: impl Fn(&mut Line) -> bool) -> Vec<Line> {
    let mut heads: BTreeMap<JournalId, Head> = BTreeMap::new();
    let mut changed = 0;
    let mut forged = Vec::new();
    for mut line in open_lines(volume) {
        let begin = Head { length: line.position, digest: line.previous, at: None, first: None };
        let head = heads.get(&line.journal).copied().unwrap_or(begin);
        changed += u32::from(change(&mut line));
        let own = Head { at: head.at.filter(|at| *at <= line.at), ..head };
        let sealed = own.seal(&line.journal, line.event, line.at, line.salt, line.entry);
        heads.insert(sealed.journal.clone(), head.after(&sealed));
        forged.push(sealed);
    }
    assert_eq!(changed, 1, "the forger alters one line");
    write_lines(volume, &forged);
    forged
}

/// The widest bundle of a log of less than 256 entries.
fn entries(volume: &Path) -> Vec<Vec<u8>> {
    let folder = volume.join("log/tile/entries/000.p");
    let widest = fs::read_dir(&folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap());
    let width: u16 = widest.map(|name| name.parse().unwrap()).max().unwrap();
    let bytes = fs::read(folder.join(width.to_string())).unwrap();
    bundle::parse(bundle::Bundle { index: 0, width }, &bytes).unwrap().into_iter().map(<[u8]>::to_vec).collect()
}

/// Makes the tiles and bundles anew for forged lines, the log's other entries being as they were; what it comes to.
pub fn rebuild_tiles(volume: &Path, lines: &[Line]) -> (u64, Hash) {
    let digests: BTreeMap<u64, Digest> = lines.iter().map(|line| (line.entry, line.digest)).collect();
    let mut made = Vec::new();
    for (index, bytes) in (0_u64..).zip(entries(volume)) {
        let entry = Entry::parse(&bytes).unwrap();
        let digest = digests.get(&index).copied().unwrap_or(entry.digest);
        made.push(Entry { digest, ..entry }.to_bytes().unwrap());
    }
    fs::remove_dir_all(volume.join("log/tile")).unwrap();
    let leaves: Vec<Hash> = made.iter().map(|entry| leaf_hash(entry)).collect();
    let none = || Malformed::new("a log", "nothing stands before");
    let tiles = tile::writer::extend::<Malformed>(0, &leaves, |_| Err(none())).unwrap();
    let bundles = bundle::extend::<Malformed>(0, &made, |_| Err(none())).unwrap();
    let tiles = tiles.into_iter().map(|(tile, bytes)| (tile.path(), bytes));
    for (path, bytes) in tiles.chain(bundles.into_iter().map(|(one, bytes)| (one.path(), bytes))) {
        let path = volume.join("log").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let mut tree = Tree::empty();
    for leaf in leaves {
        tree.append(leaf);
    }
    (tree.size(), tree.root())
}

/// The last checkpoint with another root, under the signatures of the true one.
pub fn unsigned_checkpoint(volume: &Path, root: Hash) {
    let path = volume.join("log/checkpoint");
    let old = fs::read_to_string(&path).unwrap();
    let was = SignedCheckpoint::parse(old.as_bytes()).unwrap().checkpoint().root().to_base64();
    fs::write(&path, old.replacen(&was, &root.to_base64(), 1)).unwrap();
}

/// A checkpoint that the log's own key signs, stolen from the installation's secrets.
pub fn signed_checkpoint(volume: &Path, secrets: &Path, size: u64, root: Hash, at: Timestamp) {
    let path = volume.join("log/checkpoint");
    let old = SignedCheckpoint::parse(&fs::read(&path).unwrap()).unwrap();
    let origin = old.checkpoint().origin();
    let key = SigningKey::from_pem(&fs::read(secrets.join("log.pem")).unwrap()).unwrap();
    let signer = Signer::new(origin, Scheme::Note, key).unwrap();
    let mut forged = SignedCheckpoint::unsigned(Checkpoint::new(origin, size, root).unwrap()).unwrap();
    let time = u64::try_from(at.millis() / 1_000).unwrap();
    let signature = signer.sign(forged.note().text(), time).unwrap();
    forged.note_mut().add([signature]);
    fs::write(&path, forged.to_string()).unwrap();
}
