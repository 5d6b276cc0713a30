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
    seda::landmarks::LANDMARKS,
    xml::{
        bounds::Bounds,
        relaxng::{self, Grammar},
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

/// Units of the manifest that is validated by a profile.
const UNITS: usize = 20_000;

fn profiling(criterion: &mut Criterion) {
    let grammar = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><start><element name='t'><zeroOrMore><ref name='u'/>\
        </zeroOrMore></element></start><define name='u'><element name='ArchiveUnit'><attribute name='id'/>\
        <element name='Content'><element name='Title'><text/></element><optional><element name='Level'><choice>\
        <value>File</value><value>Item</value></choice></element></optional></element></element></define></grammar>";
    let unit = "<ArchiveUnit id='u'><Content><Title>Acte</Title><Level>Item</Level></Content></ArchiveUnit>\n";
    let manifest = format!("<t>{}</t>", unit.repeat(UNITS));
    let Ok(grammar) = Grammar::compile(&[("p.rng", grammar.as_bytes())], relaxng::Limits::default()) else { return };
    let mut group = criterion.benchmark_group("profile");
    group.throughput(Throughput::Bytes(u64::try_from(manifest.len()).unwrap_or_default()));
    group.bench_function(format!("RELAX NG, {UNITS} units"), |bencher| {
        bencher.iter(|| grammar.validate(black_box(manifest.as_bytes()), Bounds::default(), &LANDMARKS));
    });
    group.finish();
}

criterion_group!(benches, hashing, opening, examining, profiling);
criterion_main!(benches);
