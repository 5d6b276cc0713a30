//! The schemas say exactly what is written: every key written is in its schema, every key of a schema is written.

#![expect(
    clippy::indexing_slicing,
    reason = "what is not there in JSON is null, and each walk says what it makes of it"
)]

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use cartulaire::{
    domain::{
        archive::{Counts, Part},
        clock::Timestamp,
        digest::Digest,
        tenant::Tenant,
    },
    record::{
        archive_json, description,
        integrity::Integrity,
        line,
        restitution::{Holds, JournalAsOf, LogAsOf, Restitution},
    },
};
use serde_json::Value;

use super::{integrity, pinned};

/// A schema, samples that together hold every key, and samples that hold no key that may be left out.
struct Agreement {
    name: &'static str,
    full: Vec<Value>,
    bare: Vec<Value>,
}

fn agreements() -> Vec<Agreement> {
    let archive = |record| {
        let mut text = Vec::new();
        archive_json::write(&record, &mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let part = |part: &Part| {
        let mut text = Vec::new();
        description::write_part(part, &mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let lines: Vec<Value> =
        pinned::lines().iter().map(|one| serde_json::from_str(&line::to_json(one).unwrap()).unwrap()).collect();
    let seal: Value = serde_json::from_slice(&pinned::seal().to_json().unwrap()).unwrap();
    let report = |report: &Integrity| serde_json::from_str(&report.to_json().unwrap()).unwrap();
    let keyed = {
        let mut record = pinned::record();
        if let Part::Unit(unit) = pinned::unit() {
            record.archive.header.management = unit.management;
        }
        record
    };
    let by_system_id = {
        let mut part = pinned::unit();
        if let Part::Unit(unit) = &mut part {
            unit.management = pinned::record().archive.header.management;
        }
        part
    };
    let parts = [pinned::group(), pinned::object(), pinned::physical(Some("1 D 12")), pinned::unit(), by_system_id];
    vec![
        Agreement {
            name: "archive",
            full: vec![archive(pinned::record()), archive(keyed)],
            bare: vec![archive(pinned::bare_record())],
        },
        Agreement {
            name: "description",
            full: parts.iter().map(part).collect(),
            bare: pinned::bare_parts().iter().map(part).collect(),
        },
        Agreement { name: "journal-line", full: lines.clone(), bare: lines[1..].to_vec() },
        Agreement { name: "integrity", full: vec![report(&integrity::full())], bare: vec![report(&integrity::bare())] },
        Agreement { name: "restitution", full: vec![restitution(true)], bare: vec![restitution(false)] },
        Agreement { name: "seal", full: vec![seal.clone()], bare: vec![seal] },
    ]
}

/// A whole restitution, with or without what may be left out.
fn restitution(full: bool) -> Value {
    let journal = |name: &str| JournalAsOf {
        journal: name.parse().unwrap(),
        first: full.then_some(4),
        length: u64::from(full),
        head: Digest::ZERO,
        sealed: 0,
    };
    let at = Timestamp::parse("2026-11-22T08:30:00.120Z").unwrap();
    let restitution = Restitution {
        format: cartulaire::record::restitution::FORMAT.to_owned(),
        restitution: "01939e6c-0000-7000-8000-000000000001".parse().unwrap(),
        made_at: at,
        tenant: Tenant {
            id: "ville".parse().unwrap(),
            name: "Ville".to_owned(),
            archival_agency: "VILLE".to_owned(),
            created_at: at,
        },
        installation: "01939e6c-0000-7000-8000-000000000002".to_owned(),
        log: LogAsOf {
            origin: "archives.example/journal".to_owned(),
            size: 9,
            checkpoint: "…".to_owned(),
            line: 8,
            stamped: full.then_some(7),
        },
        journals: vec![journal("ville/events"), journal("ville/life-cycle")],
        holds: Some(Holds {
            archives: 0,
            counts: Counts::default(),
            digests: Digest::ZERO,
            records: 2,
            entries: vec!["ocfl/".to_owned()],
        }),
    };
    let bytes = restitution.to_json().unwrap();
    assert_eq!(Restitution::from_json(&bytes).unwrap(), restitution);
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn every_key_written_is_in_the_schema_and_every_key_of_the_schema_is_written() {
    for Agreement { name, full, bare } in agreements() {
        let schema = schema(name);
        let mut walk = Walk { root: &schema, written: BTreeSet::new(), exact: false };
        for value in full.iter().chain(&bare) {
            walk.value(&schema, value, "");
        }
        let mut declared = BTreeSet::new();
        declare(&schema, &schema, "", &mut declared);
        assert_eq!(walk.written, declared, "{name}");
    }
}

#[test]
fn what_the_schema_requires_is_what_is_always_written() {
    for Agreement { name, bare, .. } in agreements() {
        let schema = schema(name);
        for value in &bare {
            Walk { root: &schema, written: BTreeSet::new(), exact: true }.value(&schema, value, "");
        }
    }
}

#[test]
fn every_key_of_a_schema_says_what_it_means() {
    for Agreement { name, .. } in agreements() {
        let schema = schema(name);
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
        let parts = schema["$defs"].as_object().unwrap().values().chain([&schema]);
        for (key, property) in parts.filter_map(|part| part["properties"].as_object()).flatten() {
            assert!(property["description"].is_string(), "{name}: {key}");
        }
    }
}

#[test]
fn another_validator_takes_what_is_written_and_refuses_what_is_not() {
    if !python("import jsonschema", "").0 {
        println!("skipped: python3 cannot import jsonschema, the other validator");
        return;
    }
    for Agreement { name, full, bare } in agreements() {
        let good: Vec<&Value> = full.iter().chain(&bare).collect();
        let bad: Vec<Value> = good.iter().flat_map(|value| spoiled(value)).collect();
        let input = serde_json::json!({"schema": schema(name), "good": good, "bad": bad}).to_string();
        let (ok, said) = python(VALIDATE, &input);
        assert!(ok, "{name}: {said}");
    }
}

/// What a stranger writes from the journal line's schema alone: one spelling per line, and its two digests.
const RECOMPUTE: &str = "
import hashlib, json, sys
sha512 = lambda data: hashlib.sha512(data).digest()
previous = bytes(64)
for text in json.load(sys.stdin):
    line = json.loads(text)
    assert json.dumps(line, sort_keys=True, separators=(',', ':'), ensure_ascii=False) == text, text
    said = [line.get('actor', ''), line['kind'], line['object'], line['outcome'], line['detail']]
    body = sha512(bytes.fromhex(line['salt']) + '\\n'.join(said).encode())
    place = ['cartulaire journal 1', line['journal'], str(line['position']), line['at'], '']
    digest = sha512(previous + '\\n'.join(place).encode() + body)
    assert line['previous'] == previous.hex() and line['body'] == body.hex() and line['digest'] == digest.hex(), text
    previous = digest
";

#[test]
fn another_program_finds_the_same_digests_from_what_the_schema_says() {
    if !python("import hashlib", "").0 {
        println!("skipped: python3 cannot be started, the other program");
        return;
    }
    let mut texts: Vec<String> = pinned::lines().iter().map(|one| line::to_json(one).unwrap()).collect();
    texts.push(line::to_json(&pinned::odd_line()).unwrap());
    let (ok, said) = python(RECOMPUTE, &serde_json::to_string(&texts).unwrap());
    assert!(ok, "{said}");
    let altered: Vec<String> = texts.iter().map(|text| text.replacen("OK", "KO", 1)).collect();
    assert!(!python(RECOMPUTE, &serde_json::to_string(&altered).unwrap()).0);
}

const VALIDATE: &str = "
import json, sys, jsonschema
given = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(given['schema'])
validator = jsonschema.Draft202012Validator(given['schema'])
for value in given['good']:
    validator.validate(value)
for value in given['bad']:
    assert not validator.is_valid(value), value
assert given['good'] and given['bad']
";

/// The value with a key too many, and without each of its digests and identifiers well made.
fn spoiled(value: &Value) -> Vec<Value> {
    let mut more = value.clone();
    more["more"] = Value::from(1);
    let mut bad = vec![more];
    for key in
        ["id", "archive", "digest", "accepted_at", "at", "position", "entry", "day", "part", "previous", "journals"]
    {
        if value.get(key).is_some() {
            let mut other = value.clone();
            other[key] = Value::from("not this");
            bad.push(other);
        }
    }
    bad
}

fn python(program: &str, input: &str) -> (bool, String) {
    let started = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else { return (false, "python3 cannot be started".to_owned()) };
    // A program that does not read its input may be gone before it is given.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Follows a value and its schema side by side.
struct Walk<'a> {
    root: &'a Value,
    written: BTreeSet<String>,
    exact: bool,
}

impl Walk<'_> {
    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        let schema = resolve(self.root, schema);
        if let Some(choices) = schema["oneOf"].as_array() {
            let kind = |choice: &&Value| resolve(self.root, choice)["properties"]["kind"]["const"] == value["kind"];
            let choice = choices.iter().find(kind).unwrap_or_else(|| panic!("{path}: no choice for {value}"));
            let path = format!("{path}:{}", value["kind"].as_str().unwrap());
            return self.value(choice, value, &path);
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    self.value(&schema["items"], item, &format!("{path}[]"));
                }
            }
            Value::Object(fields) if schema["properties"].is_object() => {
                for (key, value) in fields {
                    let property = &schema["properties"][key];
                    assert!(property.is_object(), "{path}/{key} is written and not in the schema");
                    let path = format!("{path}/{key}");
                    self.value(property, value, &path);
                    self.written.insert(path);
                }
                let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
                for key in required {
                    assert!(fields.contains_key(key.as_str().unwrap()), "{path}/{key} is required and not written");
                }
                // One key out of several is not a key that may be left out.
                if self.exact && schema["maxProperties"].is_null() {
                    assert_eq!(fields.len(), required.len(), "{path}: {fields:?} could be left out");
                }
            }
            Value::Object(_) => assert!(schema["additionalProperties"].is_object(), "{path} is not described"),
            _ => assert!(!schema.is_null(), "{path} is not described"),
        }
    }
}

/// Every path of keys that a schema declares.
fn declare(root: &Value, schema: &Value, path: &str, declared: &mut BTreeSet<String>) {
    let schema = resolve(root, schema);
    for choice in schema["oneOf"].as_array().into_iter().flatten() {
        let kind = resolve(root, choice)["properties"]["kind"]["const"].as_str().unwrap();
        declare(root, choice, &format!("{path}:{kind}"), declared);
    }
    if schema["items"].is_object() {
        declare(root, &schema["items"], &format!("{path}[]"), declared);
    }
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        declare(root, property, &path, declared);
        declared.insert(path);
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

fn schema(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/cartulaire/{name}.schema.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
