//! The plan of the house, and the tests that the code keeps to it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room, and the rooms it may import. A room imports only rooms that stand above it here.
const PLAN: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("digest", &["domain"]),
    ("text", &["domain"]),
    ("xml", &["domain"]),
    ("seda", &["domain", "xml"]),
    ("package", &["domain"]),
    ("record", &["domain"]),
    ("pki", &["domain", "digest"]),
    ("pdf", &["domain"]),
    // `xml`: evidence records in the syntax of RFC 6283 are read.
    ("proof", &["domain", "digest", "xml", "pki"]),
    ("net", &["domain"]),
    ("store", &["domain", "text"]),
    ("vault", &["domain", "digest", "record"]),
    (
        "archive",
        &[
            "domain", "digest", "text", "xml", "seda", "package", "record", "pki", "pdf", "proof", "net", "store",
            "vault",
        ],
    ),
    ("config", &["domain"]),
    ("boot", &["domain", "pki", "proof", "net", "config", "store", "vault", "archive"]),
    ("http", &["domain", "archive", "record", "pki", "proof", "config", "boot"]),
    // `digest` and `package`: a blank test opens a package where it stands, and `bench` measures hashing and packs.
    ("cli", &["domain", "digest", "package", "archive", "record", "pki", "proof", "net", "config", "boot", "http"]),
];

/// Each outside crate that has one home, and the rooms that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("libsqlite3_sys", &["store"]),
    ("actix_web", &["http"]),
    ("actix_multipart", &["http"]),
    ("utoipa", &["http"]),
    ("tokio", &["http"]),
    ("base64", &["http", "net", "pki", "proof"]),
    ("openssl", &["digest", "pki"]),
    ("rasn", &["pki", "proof"]),
    ("rasn_cms", &["pki", "proof"]),
    ("rasn_pkix", &["pki", "proof"]),
    ("lopdf", &["pdf"]),
    ("krilla", &["pdf"]),
    ("skrifa", &["pdf"]),
    ("ureq", &["net"]),
    ("sha2", &["domain"]),
    ("quick_xml", &["xml"]),
    ("xsd_schema", &["xml"]),
    ("encoding_rs", &["xml"]),
    ("zip", &["package"]),
    ("tar", &["package"]),
    ("flate2", &["package"]),
    ("bzip2", &["package"]),
    ("csv", &["record"]),
    ("rust_stemmers", &["text"]),
    ("rustix", &["vault"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("toml", &["config"]),
];

#[test]
fn every_room_keeps_to_the_plan() {
    for (room, allowed) in PLAN {
        for file in sources(room) {
            for import in rooms_named_in(&read(&file)) {
                let kept = import == *room || allowed.contains(&import.as_str());
                assert!(kept, "{} imports `{import}`, which the plan does not give to `{room}`", file.display());
            }
        }
    }
}

#[test]
fn arrows_of_the_plan_only_run_up() {
    for (at, (room, allowed)) in PLAN.iter().enumerate() {
        for import in *allowed {
            let above = PLAN.iter().take(at).any(|(name, _)| name == import);
            assert!(above, "`{room}` may import `{import}`, which does not stand above it");
        }
    }
}

#[test]
fn every_outside_crate_stays_at_home() {
    for (name, homes) in OWNERS {
        for (room, _) in PLAN.iter().filter(|(room, _)| !homes.contains(room)) {
            for file in sources(room) {
                let named = read(&file).lines().any(|line| names_crate(line, name));
                assert!(!named, "{} names `{name}`, whose home is {homes:?}", file.display());
            }
        }
    }
}

#[test]
fn the_plan_lists_every_room() {
    let declared: BTreeSet<String> = read(&root().join("src/lib.rs"))
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    let planned: BTreeSet<String> = PLAN.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(declared, planned);
}

#[test]
fn every_source_opens_with_what_lives_in_it() {
    let all = PLAN.iter().flat_map(|(room, _)| sources(room));
    for file in all.chain([root().join("src/lib.rs"), root().join("src/main.rs")]) {
        assert!(read(&file).starts_with("//! "), "{} does not open with `//! `", file.display());
    }
}

/// Every `crate::ROOM` that the text names, also in `use crate::{a::…, b::…}`.
fn rooms_named_in(text: &str) -> BTreeSet<String> {
    let word = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| {
            [
                line, "
",
            ]
        })
        .collect();
    let mut rooms = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                let mut item = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => item.push('\n'),
                        _ if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                rooms.extend(item.lines().map(|line| word(line.trim())).filter(|name| !name.is_empty()));
            }
            None => {
                rooms.insert(word(after));
            }
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

/// Whether a line of code names an outside crate by path.
fn names_crate(line: &str, name: &str) -> bool {
    let code = line.trim_start();
    !code.starts_with("//")
        && code.match_indices(&format!("{name}::")).any(|(at, _)| {
            let before = code.get(..at).unwrap_or_default();
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
        })
}

/// Every source file of a room: a folder's, or the single file's.
fn sources(room: &str) -> Vec<PathBuf> {
    let folder = root().join("src").join(room);
    if folder.is_dir() { walk(&folder) } else { vec![folder.with_extension("rs")] }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}
