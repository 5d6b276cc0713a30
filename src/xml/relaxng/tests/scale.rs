//! A manifest of 100,000 units that is never in memory, and what its validation costs.

use std::{
    fs,
    io::{self, Read},
    time::Instant,
};

use crate::xml::{
    bounds::Bounds,
    relaxng::tests::{LANDMARKS, compile},
};

/// Units of the manifest.
const UNITS: u32 = 100_000;
/// Kibibytes by which the process may grow meanwhile.
const GROWTH_KIB: u64 = 32 * 1024;

/// A manifest written as it is read; every tenth unit has two nested ones.
struct Manifest {
    next: u32,
    piece: io::Cursor<Vec<u8>>,
}

impl Read for Manifest {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.piece.read(into)?;
        if read > 0 || self.next > UNITS {
            return Ok(read);
        }
        let n = self.next;
        let content = "<Content><Level>Item</Level><Title>Délibération</Title><Keyword><KeywordContent>Budget\
            </KeywordContent></Keyword><Date>2026-11-22</Date></Content>";
        let unit = |within: &str| format!("<Unit id='u{n}'>{content}{within}</Unit>\n");
        let text = match n {
            0 => "<Transfer>".to_owned(),
            UNITS => "</Transfer>".to_owned(),
            _ if n.is_multiple_of(10) => unit(&format!("{}{}", unit(""), unit(""))),
            _ => unit(""),
        };
        self.next += 1;
        self.piece = io::Cursor::new(text.into_bytes());
        self.piece.read(into)
    }
}

struct Counted<R>(R, u64);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        self.1 += u64::try_from(read).unwrap();
        Ok(read)
    }
}

/// Kibibytes that the process holds, where that can be known.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn a_manifest_of_100_000_units_is_validated_in_flat_memory() {
    let grammar = compile(
        "<grammar><start><element name='Transfer'><zeroOrMore><ref name='unit'/></zeroOrMore></element></start>\
         <define name='unit'><element name='Unit'><attribute name='id'><data type='ID'/></attribute>\
         <element name='Content'><element name='Level'><choice><value>File</value><value>Item</value></choice></element>\
         <element name='Title'><text/></element>\
         <zeroOrMore><element name='Keyword'><element name='KeywordContent'><text/></element></element></zeroOrMore>\
         <optional><element name='Date'><data type='date'/></element></optional></element>\
         <zeroOrMore><ref name='unit'/></zeroOrMore></element></define></grammar>",
    )
    .unwrap();
    let manifest = || Counted(Manifest { next: 0, piece: io::Cursor::new(Vec::new()) }, 0);
    let (before, begun) = (resident(), Instant::now());
    let mut source = manifest();
    let verdict = grammar.validate(&mut source, Bounds::default(), &LANDMARKS).unwrap();
    let (after, seconds) = (resident(), begun.elapsed().as_secs_f64());
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations.first());
    let growth = after.zip(before).map(|(after, before)| after.saturating_sub(before));
    let mib = source.1 >> 20;
    println!("{mib} MiB in {seconds:.1} s, {growth:?} KiB more");
    assert!(growth.is_none_or(|growth| growth < GROWTH_KIB), "{growth:?}");
}
