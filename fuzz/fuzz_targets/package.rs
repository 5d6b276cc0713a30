//! Arbitrary bytes as a package: opened, its manifest read, walked. Whatever they are, an answer and no panic.

#![no_main]

use std::io::{Read, Write, copy, sink};

use cartulaire::package::{
    limits::Limits,
    open::{Opened, Package, Source},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { unpacked_bytes: 16 << 20, ratio_floor_bytes: 1 << 20, ..Limits::default() };
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("room for a few bytes");
    match Package::open(Source::File(file), &limits).expect("the house holds") {
        Opened::Unreadable(faults) => assert!(!faults.is_empty(), "nothing can be read, and nobody says why"),
        Opened::Package(package) => {
            let read = |body: &mut dyn Read| copy(body, &mut sink());
            let _ = package.with_manifest(read).expect("the house holds");
            package.walk(&mut |_, body| copy(body, &mut sink()).map(drop)).expect("the house holds");
        }
    }
});
