//! A transfer of 100,000 units: it is never in memory, neither here nor in the validator.

use std::{
    fs,
    io::{self, Read},
    ops::ControlFlow,
    process::Command,
    thread,
};

use cartulaire::xml::{
    limits::Limits,
    schema::Schema,
    violation::{Kind, Violation},
};

use crate::xml::{TRANSFER, violations};

/// Set for the process that measures itself.
const MEASURE: &str = "CARTULAIRE_MEASURE_XML";

/// The small schema without its constraint of uniqueness, for which the engine keeps a row per element.
fn plain() -> Schema {
    let (before, after) = TRANSFER.split_once("<xs:unique").unwrap();
    let (_, after) = after.split_once("</xs:unique>").unwrap();
    Schema::compile(&[("transfer.xsd", &format!("{before}{after}"))]).unwrap()
}

/// A transfer written as it is read: `units` units of which each refers to an object.
struct Generated {
    units: u32,
    next: u32,
    with_references: bool,
    piece: io::Cursor<Vec<u8>>,
}

impl Generated {
    fn new(units: u32, with_references: bool) -> Self {
        let start = b"<Transfer xmlns='urn:t'><Date>2024-01-01</Date>\n".to_vec();
        Self { units, next: 0, with_references, piece: io::Cursor::new(start) }
    }

    fn line(&self) -> String {
        let n = self.next;
        match n.checked_sub(self.units) {
            Some(0) => "</Transfer>".to_owned(),
            Some(_) => String::new(),
            None if self.with_references => {
                let seen = n / 2;
                format!("<Unit id='u{n}'><Title>Acte n° {n}</Title><ObjectRef>u{seen}</ObjectRef></Unit>\n")
            }
            None => format!("<Unit><Title>Acte n° {n}</Title><Unit><Title>Annexe</Title></Unit></Unit>\n"),
        }
    }
}

impl Read for Generated {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.piece.read(into)?;
        if read > 0 || self.next > self.units {
            return Ok(read);
        }
        self.piece = io::Cursor::new(self.line().into_bytes());
        self.next += 1;
        self.piece.read(into)
    }
}

/// The most memory that this process ever held, in kilobytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_fault_deep_in_a_large_transfer_has_its_line() {
    let text = Generated::new(50_000, true).chain(&b"<b/>"[..]);
    let found = violations(&plain(), text);
    assert_eq!(found.iter().map(|v| (v.kind, v.line)).collect::<Vec<_>>(), [(Kind::NotWellFormed, 50_002)]);
}

#[test]
fn several_threads_validate_with_one_schema() {
    let schema = plain();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| violations(&schema, Generated::new(500, true)))).collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), []);
        }
    });
}

/// The peak of a process is read by itself, so that other tests do not weigh in.
#[test]
fn a_transfer_of_100_000_units_is_valid_in_flat_memory() {
    if std::env::var_os(MEASURE).is_some() {
        measure();
        return;
    }
    if fs::read_to_string("/proc/self/status").is_err() {
        println!("skipped: no /proc here to read the peak of memory from");
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "xml::large::a_transfer_of_100_000_units_is_valid_in_flat_memory", "--nocapture"])
        .env(MEASURE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("an attribute of 1 GB"), "{said}");
    print!("{said}");
}

#[expect(clippy::print_stdout, reason = "the measure is for whoever asks for it")]
fn measure() {
    let schema = plain();
    let validate = |source: &mut dyn Read| {
        let before = peak();
        let mut kinds = Vec::new();
        let mut keep = |violation: Violation| {
            kinds.push(violation.kind);
            ControlFlow::Continue(())
        };
        schema.validate(source, &Limits::default(), &mut keep).unwrap();
        (kinds, peak() - before)
    };
    validate(&mut Generated::new(1000, false));
    let (kinds, grown) = validate(&mut Generated::new(100_000, false));
    println!("100,000 units without identifiers: {grown} kB more");
    assert!(kinds.is_empty() && grown < 1024, "{kinds:?}, {grown} kB");
    let (kinds, grown) = validate(&mut Generated::new(100_000, true));
    println!("100,000 identifiers and references: {grown} kB more");
    assert!(kinds.is_empty() && grown < 100_000, "{kinds:?}, {grown} kB");
    let mut long = (&b"<Transfer version='"[..]).chain(io::repeat(b'x').take(1_000_000_000));
    let (kinds, grown) = validate(&mut long);
    println!("an attribute of 1 GB: {grown} kB more");
    assert!(kinds == [Kind::Limit] && grown < 200_000, "{kinds:?}, {grown} kB");
}
