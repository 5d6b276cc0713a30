//! How long the parts of a small deposit take that need no disk: hashing, opening, examining.

use std::{hint::black_box, path::Path};

use cartulaire::{
    archive::{
        examine::{
            self,
            terms::{Referentials, Terms},
        },
        limits::Limits,
    },
    digest,
    domain::{check::Verdict, seda::Dialect},
    package::{
        self,
        open::{Package, Source},
    },
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Bytes hashed at once.
const BLOCK: usize = 1 << 20;

/// An act with its annexes, and a tree of units.
const PACKAGES: [&str; 2] = ["deliberation_2026-11-04_subvention_bibliotheque", "arborescence_cinq_niveaux"];

fn hashing(criterion: &mut Criterion) {
    let block = vec![7; BLOCK];
    let mut group = criterion.benchmark_group("digest");
    group.throughput(Throughput::Bytes(u64::try_from(BLOCK).unwrap_or_default()));
    group.bench_function("SHA-512 of 1 MiB", |bencher| bencher.iter(|| digest::sha512(black_box(&block))));
    group.finish();
}

fn opening(criterion: &mut Criterion) {
    for name in PACKAGES {
        criterion.bench_function(&format!("open {name}"), |bencher| {
            bencher.iter(|| Package::open(source(name), &package::limits::Limits::default()));
        });
    }
}

fn examining(criterion: &mut Criterion) {
    for name in PACKAGES {
        criterion.bench_function(&format!("examine {name}"), |bencher| bencher.iter(|| assert_accepted(name)));
    }
}

fn assert_accepted(name: &str) {
    let referentials = Referentials::default();
    let terms = Terms::blank(&referentials, &Dialect::ALL);
    let examined = examine::examine(source(name), &terms, &Limits::default(), &mut |_| (), &mut examine::only_hash);
    assert!(examined.is_ok_and(|examined| examined.verdict() == Verdict::Accepted), "{name}");
}

fn source(name: &str) -> Source {
    Source::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accepted").join(name))
}

criterion_group!(benches, hashing, opening, examining);
criterion_main!(benches);
