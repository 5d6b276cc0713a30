//! Whatever the bytes, each parser of the proofs answers, and what it reads is written the same.

#![no_main]

use cartulaire::proof::{
    checkpoint::SignedCheckpoint, entry::Entry, exchange::AddCheckpoint, json, note::Note, tile::Asset,
    tlog_proof::TlogProof, vkey::Vkey,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let same = |written: String| assert_eq!(written.as_bytes(), bytes);
    Note::parse(bytes).map_or((), |note| same(note.to_string()));
    SignedCheckpoint::parse(bytes).map_or((), |checkpoint| same(checkpoint.to_string()));
    AddCheckpoint::parse(bytes).map_or((), |request| same(request.to_string()));
    TlogProof::parse(bytes).map_or((), |proof| same(proof.to_string()));
    Entry::parse(bytes).map_or((), |entry| assert_eq!(entry.to_bytes().as_deref(), Ok(bytes)));
    json::from_canonical(bytes).map_or((), |value| assert!(json::to_canonical(&value).is_ok()));
    if let Ok(text) = str::from_utf8(bytes) {
        text.parse::<Vkey>().map_or((), |vkey| same(vkey.to_string()));
        match Asset::parse(text) {
            Some(Asset::Tile(tile)) => same(tile.path()),
            Some(Asset::Bundle(bundle)) => same(bundle.path()),
            None => {}
        }
    }
});
