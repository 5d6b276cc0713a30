//! Evidence records: their laws with tokens that cost nothing, then with real authorities that age.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops; what it prints is for its reader")]

use std::collections::BTreeMap;

use cartulaire::{
    digest::sha512,
    domain::{
        clock::Timestamp,
        digest::{Algorithm, from_hex, to_hex},
    },
    pki::imprint::Imprint,
    proof::evidence::{
        hash::HashValue,
        make::{RootSequence, renewed_group},
        record::Record,
        stamp::{Stamp, Standing, Tokens},
        tree::{Group, ReducedTree, Tree},
        verdict::{Outcome, Verdict},
        verify::{Given, verify},
    },
};
use serde_json::{Value, json};

mod authorities;
mod command;
mod hostile;
mod laws;
mod renewals;
mod xml;

/// The instant `days` after the first.
fn day(days: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + days * 86_400_000).unwrap()
}

/// A token of the tests: an OCTET STRING of JSON, with a seal that only the tests can make.
fn token(imprint: &HashValue, at: Timestamp, until: Timestamp) -> Vec<u8> {
    let algorithm = Algorithm::ALL
        .into_iter()
        .find(|algorithm| HashValue::of(*algorithm, &[b""]).unwrap().bytes().len() == imprint.bytes().len());
    let told = json!({ "algorithm": algorithm.unwrap().name(), "at": at.millis(), "imprint": imprint.to_string(),
        "until": until.millis() });
    let text = json!({ "seal": seal(&told), "told": told }).to_string();
    framed(text.as_bytes())
}

fn framed(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_be_bytes();
    let head: &[u8] = if length[0] == 0 { &[4, 0x81, length[1]] } else { &[4, 0x82, length[0], length[1]] };
    [head, text].concat()
}

fn seal(told: &Value) -> String {
    to_hex(sha512(format!("secret{told}").as_bytes()).bytes())
}

fn told(token: &[u8]) -> Option<Value> {
    let text = token.get(if token.get(1) == Some(&0x81) { 3 } else { 4 }..)?;
    if framed(text) != token {
        return None;
    }
    let whole: Value = serde_json::from_slice(text).ok()?;
    (whole["seal"] == seal(&whole["told"]).as_str()).then(|| whole["told"].clone())
}

/// Reads the tokens of the tests.
fn read(token: &[u8]) -> Result<Stamp, String> {
    let told = told(token).ok_or("Ce n’est pas un jeton.")?;
    Ok(Stamp {
        imprint: Imprint {
            algorithm: Algorithm::named(told["algorithm"].as_str().unwrap()).unwrap(),
            value: from_hex(told["imprint"].as_str().unwrap()).unwrap(),
        },
        at: Timestamp::from_millis(told["at"].as_i64().unwrap()).unwrap(),
        authority: "Autorité d’essai".to_owned(),
    })
}

fn standing(token: &[u8], at: Timestamp) -> Standing {
    match told(token).and_then(|told| Timestamp::from_millis(told["until"].as_i64()?)) {
        Some(until) if at <= until => Standing::Holds(until),
        Some(until) => Standing::Broken(format!("Le certificat avait expiré le {until}.")),
        None => Standing::Broken("La signature n’est pas valable.".to_owned()),
    }
}

const TOKENS: Tokens<'static> = Tokens { read: &read, standing: &standing };

/// The hash of a file of the tests, which is its number.
fn hash(algorithm: Algorithm, file: u32) -> HashValue {
    HashValue::of(algorithm, &[b"file ", &file.to_be_bytes()]).unwrap()
}

fn group(algorithm: Algorithm, files: &[u32]) -> Group {
    Group::new(files.iter().map(|file| hash(algorithm, *file)).collect()).unwrap()
}

/// Files as objects given, hashed by every algorithm.
fn given(files: &[u32]) -> Vec<Given> {
    let hashes = |file: u32| Algorithm::ALL.into_iter().map(|by| (by, hash(by, file))).collect::<BTreeMap<_, _>>();
    files.iter().map(|file| Given { name: format!("fichier {file}"), hashes: hashes(*file), is_xml: false }).collect()
}

/// An archive of several groups of files, with the evidence of all.
struct Shelf {
    groups: Vec<Vec<u32>>,
    sequence: RootSequence,
    /// For each group, its reduced tree in each chain.
    reduced: Vec<Vec<ReducedTree>>,
}

impl Shelf {
    /// Stamps the groups on `day(0)`; the certificate stands for 100 days.
    fn new(algorithm: Algorithm, groups: &[Vec<u32>]) -> Self {
        let hashed: Vec<Group> = groups.iter().map(|files| group(algorithm, files)).collect();
        let (tree, reduced) = grown(algorithm, &hashed);
        let sequence = RootSequence::begin(algorithm, &token(&tree.root().unwrap(), day(0), day(100)));
        Self { groups: groups.to_vec(), sequence, reduced: reduced.into_iter().map(|reduced| vec![reduced]).collect() }
    }

    /// Renews the time-stamp on a day.
    fn renew_time_stamp(&mut self, on: i64) {
        let renewed = self.sequence.renewal().unwrap();
        self.sequence.renew_time_stamp(None, &token(&renewed, day(on), day(on + 100))).unwrap();
    }

    /// Renews the hash tree on a day.
    fn renew_hash_tree(&mut self, algorithm: Algorithm, on: i64) {
        let renewed: Vec<Group> = (0..self.groups.len())
            .map(|place| {
                let older = self.sequence.completed(&self.reduced[place]).unwrap();
                renewed_group(algorithm, &group(algorithm, &self.groups[place]), &older).unwrap().unwrap()
            })
            .collect();
        let (tree, reduced) = grown(algorithm, &renewed);
        self.sequence.renew_hash_tree(algorithm, &token(&tree.root().unwrap(), day(on), day(on + 100)));
        for (trees, reduced) in self.reduced.iter_mut().zip(reduced) {
            trees.push(reduced);
        }
    }

    /// The evidence record of a group, in DER.
    fn record(&self, place: usize) -> Vec<u8> {
        cartulaire::proof::evidence::asn1::encode(&self.sequence.record(&self.reduced[place]).unwrap()).unwrap()
    }
}

fn grown(algorithm: Algorithm, groups: &[Group]) -> (Tree, Vec<ReducedTree>) {
    let hashes = groups.iter().map(|group| group.hash(algorithm).unwrap()).collect();
    let tree = Tree::new(algorithm, hashes).unwrap().unwrap();
    let reduced = groups.iter().map(|group| tree.reduced(group).unwrap().unwrap()).collect();
    (tree, reduced)
}

/// Verifies a record in DER on a day.
fn judged(der: &[u8], given: &[Given], on: i64) -> Verdict {
    verify(&Record::read(der).unwrap(), given, &TOKENS, day(on)).unwrap()
}

#[track_caller]
fn is(verdict: &Verdict, outcome: Outcome, reason: &str) {
    let reasons = &verdict.judgement.reasons;
    assert_eq!(verdict.judgement.outcome, outcome, "{reasons:?}");
    assert_eq!(outcome == Outcome::Valid, reasons.is_empty(), "{reasons:?}");
    assert!(reason.is_empty() || reasons.iter().any(|told| told.contains(reason)), "{reason} in {reasons:?}");
}
