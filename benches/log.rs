//! How fast the log takes entries, signs checkpoints and makes proofs, disks apart.

use std::{collections::BTreeMap, hint::black_box};

use cartulaire::{
    domain::digest::Digest,
    pki::keys::SigningKey,
    proof::{
        checkpoint::{Checkpoint, SignedCheckpoint},
        entry::Entry,
        error::Malformed,
        merkle::{Hash, Tree, consistency, inclusion, leaf_hash, verify_inclusion},
        signer::Signer,
        tile::{Tile, reader::TileReader, writer},
        vkey::Scheme,
    },
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Entries of a large commit.
const BATCH: u64 = 1000;

/// Entries of the log that proofs are made of.
const SIZE: u64 = 100_000;

type Shelf = BTreeMap<Tile, Vec<u8>>;

fn fetch(shelf: &Shelf) -> impl Fn(Tile) -> Result<Vec<u8>, Malformed> {
    |tile| shelf.get(&tile).cloned().ok_or(Malformed::new("there", "no such tile"))
}

fn leaf(position: u64) -> Result<Hash, Malformed> {
    Entry { digest: Digest::new([7; 64]), journal: 0, position, notice: None }.leaf()
}

fn leaves(range: std::ops::Range<u64>) -> Vec<Hash> {
    range.map(|at| leaf_hash(&at.to_be_bytes())).collect()
}

fn grown(size: u64) -> Shelf {
    writer::extend(0, &leaves(0..size), |_| Err(Malformed::new("there", "no tile"))).into_iter().flatten().collect()
}

fn appending(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("log");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("append 1000 entries to the tree", |bencher| {
        bencher.iter(|| {
            let mut tree = Tree::empty();
            (0..BATCH).flat_map(leaf).for_each(|leaf| tree.append(leaf));
            tree.root()
        });
    });
    let shelf = grown(SIZE);
    let new = leaves(SIZE..SIZE + BATCH);
    group.bench_function("make the tiles of 1000 entries", |bencher| {
        bencher.iter(|| writer::extend(SIZE, black_box(&new), fetch(&shelf)));
    });
    group.finish();
}

fn signing(criterion: &mut Criterion) {
    for scheme in [Scheme::Note, Scheme::MlDsaCosignature] {
        let signer = SigningKey::generate(scheme.algorithm()).map(|key| Signer::new("log.example", scheme, key));
        let Ok(Ok(signer)) = signer else { return };
        criterion.bench_function(&format!("checkpoint signed by {:?}", scheme.algorithm()), |bencher| {
            bencher.iter(|| {
                let mut made =
                    SignedCheckpoint::unsigned(Checkpoint::new("log.example", SIZE, Hash::new([7; 32])).ok()?).ok()?;
                let line = signer.sign(made.note().text(), 1).ok()?;
                made.note_mut().add([line]);
                Some(made.to_string())
            });
        });
    }
}

fn proving(criterion: &mut Criterion) {
    let shelf = grown(SIZE);
    let mut at = 0;
    let mut reader = TileReader::new(SIZE, fetch(&shelf));
    criterion.bench_function("inclusion in 100000 entries, from tiles", |bencher| {
        bencher.iter(|| {
            at = (at + 7919) % SIZE;
            inclusion(at, SIZE, |node| reader.hash(node))
        });
    });
    criterion.bench_function("consistency with 100000 entries, from tiles", |bencher| {
        bencher.iter(|| {
            at = (at + 7919) % SIZE;
            consistency(at, SIZE, |node| reader.hash(node))
        });
    });
    let (leaf, path) = (leaf_hash(&0_u64.to_be_bytes()), inclusion(0, SIZE, |node| reader.hash(node)));
    let (Ok(Some(path)), Ok(tree)) = (path, Tree::restore(SIZE, |node| reader.hash(node))) else { return };
    let root = tree.root();
    criterion.bench_function("verify an inclusion in 100000 entries", |bencher| {
        bencher.iter(|| assert!(verify_inclusion(leaf, 0, SIZE, black_box(&path), root)));
    });
}

criterion_group!(benches, appending, signing, proving);
criterion_main!(benches);
