//! The command line through the real binary: exit statuses, the lines that others script against, and the whole walk.
//!
//! ```text
//! init ─ deposit ─ search ─ show ─ get ─ deliver ─ deposit elsewhere ─ rebuild ─ verify
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

mod evidence;
mod audit;
mod flow;
mod describe;
mod proof;
mod papers;
mod restitution;
mod rules;
mod take_over;
mod profiles;
mod tools;
mod witness;
mod tsa;

/// An installation in a temporary folder, and the command line that works on it.
struct Desk {
    room: tempfile::TempDir,
}

/// What a command said.
struct Said {
    status: i32,
    data: String,
    notes: String,
}

impl Desk {
    /// A desk with an installation.
    fn open() -> Self {
        let desk = Self { room: tempfile::tempdir().unwrap() };
        desk.does(&["init"]).ends_with(0);
        desk
    }

    fn data(&self) -> PathBuf {
        self.room.path().join("data")
    }

    fn path(&self, name: &str) -> String {
        self.room.path().join(name).display().to_string()
    }

    /// Runs a command on the installation.
    fn does(&self, arguments: &[&str]) -> Said {
        Said::of(Command::new(env!("CARGO_BIN_EXE_cartulaire")).arg("--data").arg(self.data()).args(arguments))
    }

    /// Runs a command that must succeed, with `--json`; its lines.
    fn lines(&self, arguments: &[&str]) -> Vec<Value> {
        let said = self.does(&[&["--json"], arguments].concat());
        said.ends_with(0).lines()
    }

    /// The same, for a command that gives one line.
    fn line(&self, arguments: &[&str]) -> Value {
        let mut lines = self.lines(arguments);
        assert_eq!(lines.len(), 1, "{arguments:?}: {lines:?}");
        lines.remove(0)
    }
}

impl Said {
    fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.env_remove("CARTULAIRE_TOKEN").output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: status.code().unwrap(), data: text(stdout), notes: text(stderr) }
    }

    #[track_caller]
    fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}{}", self.data, self.notes);
        self
    }

    fn lines(&self) -> Vec<Value> {
        self.data.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Runs a command without any installation.
fn cartulaire(arguments: &[&str]) -> Said {
    Said::of(Command::new(env!("CARGO_BIN_EXE_cartulaire")).args(arguments))
}

fn fixture(package: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(package);
    assert!(path.exists(), "{package}");
    path.display().to_string()
}

const LIBRARY: &str = "accepted/deliberation_2026-11-04_subvention_bibliotheque";
const WRONG_DIGEST: &str = "refused/CHECK_DIGEST.INVALID__empreinte_d_un_autre_fichier";

fn keys(line: &Value) -> Vec<&str> {
    line.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_blank_test_needs_no_installation_and_answers_in_the_order_given() {
    let packages = [LIBRARY, WRONG_DIGEST, "accepted/sans_objet", LIBRARY].map(fixture);
    let arguments: Vec<&str> =
        ["examine", "--json", "--jobs", "4"].into_iter().chain(packages.iter().map(String::as_str)).collect();
    let said = cartulaire(&arguments).ends_with(1);
    let lines = said.lines();
    assert_eq!(lines.iter().map(|line| line["package"].as_str().unwrap()).collect::<Vec<_>>(), packages);
    assert_eq!(
        lines.iter().map(|line| line["verdict"].as_str().unwrap()).collect::<Vec<_>>(),
        ["accepted", "refused", "warning", "accepted"]
    );
    assert_eq!(keys(&lines[1]), ["findings", "package", "totals", "verdict"]);
    let refusal = lines[1]["findings"].as_array().unwrap().iter().find(|finding| finding["outcome"] == "KO").unwrap();
    assert_eq!(keys(refusal), ["code", "message", "outcome", "place"]);
    assert_eq!(refusal["code"], "CHECK_DIGEST.INVALID");
    assert_eq!(lines[1]["totals"]["CHECK_DIGEST.INVALID"], 1);
    assert_eq!(said.notes, "", "progress is for terminals only");
}

#[test]
fn a_dialect_that_is_not_allowed_refuses() {
    let package = fixture("accepted/dialecte_vitam");
    cartulaire(&["examine", "--dialect", "vitam", &package]).ends_with(0);
    cartulaire(&["examine", "--dialect", "strict", &package]).ends_with(1);
    cartulaire(&["examine", &package]).ends_with(1);
}

#[test]
fn each_way_to_end_has_its_status() {
    let desk = Desk::open();
    cartulaire(&["examine", &fixture(LIBRARY)]).ends_with(0);
    cartulaire(&["examine", &fixture(WRONG_DIGEST)]).ends_with(1);
    assert!(cartulaire(&["examine", "absent.zip"]).ends_with(2).notes.contains("« absent.zip » n’existe pas"));
    assert!(cartulaire(&["vole"]).ends_with(2).notes.contains("La commande « vole » n’existe pas."));
    assert!(cartulaire(&["--data", &desk.path("nowhere"), "status"]).ends_with(1).notes.contains("pas d’installation"));
    assert!(desk.does(&["init"]).ends_with(1).notes.contains("Il y a déjà une installation"));
    desk.does(&["show", "01a201ea-36f6-710c-9b66-ec5ccde1b5c2"]).ends_with(1);
    desk.does(&["rebuild", "--from", &desk.path("nowhere")]).ends_with(2);
    desk.does(&["rebuild", "--from", &desk.data().display().to_string()]).ends_with(1);
    desk.does(&["tenants"]).ends_with(0);
    fs::write(desk.data().join("cartulaire.toml"), "databse = 1").unwrap();
    assert!(desk.does(&["status"]).ends_with(1).notes.contains("n’est pas valable"));
    fs::write(desk.data().join("cartulaire.toml"), "volumes = [\"gone/a\", \"gone/b\"]").unwrap();
    assert!(desk.does(&["status"]).ends_with(3).notes.contains("Échec de Cartulaire"));
}

#[test]
fn the_table_of_controls_in_the_documentation_is_the_one_that_is_asked() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/controles.md");
    let table = cartulaire(&["controls", "--markdown"]).ends_with(0).data;
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &table).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == table,
        "docs/controles.md is not the table: run the tests with UPDATE=1 to write the page again"
    );
    let listed = cartulaire(&["--json", "controls"]).ends_with(0).lines();
    assert_eq!(listed.len(), table.lines().filter(|line| line.starts_with("| `")).count());
}
