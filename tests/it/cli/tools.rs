//! What surrounds the walk: referentials, tokens, tenants, verification, demonstration, measures.

use super::*;

#[test]
fn a_referential_comes_back_as_it_was_imported_and_a_faulty_one_is_not_taken() {
    let desk = Desk::open();
    for (referential, file) in [("agencies", "agencies.csv"), ("rules", "rules.csv"), ("agreements", "agreements.json")]
    {
        let told = desk.line(&["import", referential, &fixture(&format!("referentials/{file}"))]);
        assert_eq!(told["version"], 1);
        for format in ["csv", "json"] {
            let exported = desk.does(&["export", referential, "--format", format]).ends_with(0).data;
            let again = desk.path(&format!("{referential}.{format}"));
            fs::write(&again, &exported).unwrap();
            desk.does(&["import", referential, &again]).ends_with(0);
            assert_eq!(desk.does(&["export", referential, "--format", format]).data, exported);
        }
    }
    let wrong = desk.path("faulty.csv");
    fs::write(&wrong, "Identifier,Name,Roles\n,Sans identifiant,\nA,Un,Roi\nA,Deux,\n").unwrap();
    let faults = desk.does(&["--json", "import", "agencies", &wrong]).ends_with(1).lines();
    assert_eq!(faults.iter().map(|fault| fault["line"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(keys(&faults[0]), ["column", "line", "message"]);
    assert!(desk.does(&["export", "agencies"]).data.contains("SLB-CONSEIL"));
}

#[test]
fn imported_referentials_are_asked_by_deposits_and_by_blank_tests_within_the_installation() {
    let desk = Desk::open();
    let package = fixture("refused_with_referentials/CHECK_HEADER.CHECK_AGENT.UNKNOWN__producteur_inconnu");
    desk.does(&["examine", &package]).ends_with(0);
    desk.does(&["import", "agencies", &fixture("referentials/agencies.csv")]).ends_with(0);
    let refused = desk.does(&["--json", "examine", &package]).ends_with(1).lines().remove(0);
    assert_eq!(refused["totals"]["CHECK_HEADER.CHECK_AGENT.UNKNOWN"], 1);
    desk.does(&["deposit", &package]).ends_with(1);
    cartulaire(&["examine", &package]).ends_with(0);
}

#[test]
fn a_token_is_shown_once_gives_its_rights_only_and_ends_when_revoked() {
    let desk = Desk::open();
    let issued = desk.line(&["token", "issue", "Parapheur", "--permission", "deposit"]);
    let (id, token) = (issued["id"].as_str().unwrap(), issued["token"].as_str().unwrap());
    let listed = desk.does(&["token", "list"]).ends_with(0).data;
    assert!(listed.contains("Parapheur") && !listed.contains(token));
    let bearing = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cartulaire"));
        let ended =
            command.arg("--data").arg(desk.data()).args(arguments).env("CARTULAIRE_TOKEN", token).output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    assert_eq!(bearing(&["deposit", &fixture(LIBRARY)]).0, Some(0));
    let (status, notes) = bearing(&["search"]);
    assert_eq!(status, Some(1), "{notes}");
    assert!(notes.contains("pas le droit « read »"), "{notes}");
    desk.does(&["token", "revoke", id]).ends_with(0);
    desk.does(&["token", "revoke", id]).ends_with(1);
    assert_eq!(bearing(&["deposit", &fixture(LIBRARY)]).0, Some(1));
}

#[test]
fn a_first_token_is_given_only_when_it_is_asked_for() {
    let desk = Desk { room: tempfile::tempdir().unwrap() };
    let said = desk.does(&["init", "--token", "--tenant", "ville", "--name", "La ville"]).ends_with(0);
    assert!(said.data.lines().last().unwrap().starts_with("cart_"), "{}", said.data);
    assert!(said.notes.contains("Tant qu’aucun référentiel n’est importé"));
    assert!(said.notes.contains("un seul disque"), "{}", said.notes);
    assert_eq!(desk.line(&["tenants"])["name"], "La ville");
    assert!(!Desk::open().does(&["token", "list"]).data.contains("Premier jeton"));
}

#[test]
fn with_several_tenants_one_must_be_named_and_each_sees_its_own() {
    let desk = Desk::open();
    desk.does(&["tenant", "create", "ecole", "--name", "L’école"]).ends_with(0);
    desk.does(&["tenant", "create", "ecole"]).ends_with(1);
    assert!(desk.does(&["search"]).ends_with(1).notes.contains("choisissez par --tenant"));
    desk.does(&["--tenant", "ecole", "deposit", &fixture(LIBRARY)]).ends_with(0);
    assert!(!desk.lines(&["--tenant", "ecole", "search"]).is_empty());
    assert!(desk.lines(&["--tenant", "principal", "search"]).is_empty());
    assert!(desk.does(&["--tenant", "mairie", "search"]).ends_with(1).notes.contains("pas de service « mairie »"));
}

#[test]
fn an_altered_byte_on_one_volume_is_found() {
    let desk = Desk::open();
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let whole = desk.does(&["verify"]).ends_with(0).data;
    assert!(
        whole.contains("non vérifié") && whole.contains("témoins") && whole.contains("points de contrôle signés"),
        "{whole}"
    );
    let altered = one_content(&desk.data().join("volumes/a/ocfl"));
    let mut bytes = fs::read(&altered).unwrap();
    bytes[0] ^= 1;
    let mut permissions = fs::metadata(&altered).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "the file is the test's own")]
    permissions.set_readonly(false);
    fs::set_permissions(&altered, permissions).unwrap();
    fs::write(&altered, bytes).unwrap();
    let found = desk.does(&["--json", "verify"]).ends_with(1).lines().remove(0);
    assert_eq!((found["whole"].as_bool(), found["findings_total"].as_u64()), (Some(false), Some(1)), "{found}");
    assert_eq!(found["first"]["layer"], "files");
    assert!(found["findings"][0]["volume"].as_str().unwrap().ends_with("volumes/a"));
}

#[test]
fn status_and_work_say_that_nothing_waits() {
    let desk = Desk::open();
    let status = desk.line(&["status"]);
    assert_eq!((status["takes_deposits"].as_bool(), status["waiting"].as_u64()), (Some(true), Some(0)));
    assert_eq!(status["volumes"].as_array().unwrap().len(), 2);
    assert_eq!(desk.line(&["work"])["settled"], 0);
}

#[test]
fn the_demonstration_runs_to_its_end_and_says_where_packages_are_when_there_are_none() {
    let room = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cartulaire"));
    let said = Said::of(command.args(["demo", "--fixtures", &fixture("")]).current_dir(room.path())).ends_with(0);
    for words in ["refusé", "« bibliothèque » : 1", "identique, octet pour octet", "second-service", "intact"] {
        assert!(said.data.contains(words), "{words}: {}", said.data);
    }
    assert!(!said.data.contains("DIFFÉRENT"));
    assert!(said.data.lines().count() < 80, "{}", said.data);
    let lost = Said::of(Command::new(env!("CARGO_BIN_EXE_cartulaire")).arg("demo").current_dir(room.path()));
    assert!(lost.ends_with(1).notes.contains("--fixtures"));
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 0);
}

#[test]
fn a_measure_gives_figures_with_their_aims_and_leaves_nothing_behind() {
    let room = tempfile::tempdir().unwrap();
    let folder = room.path().display().to_string();
    let lines =
        cartulaire(&["--json", "bench", "--quick", "--only", "manifest", "--dir", &folder]).ends_with(0).lines();
    assert_eq!(lines[0]["scenario"], "reference");
    assert!(lines[0]["syncs_per_second"].as_f64().unwrap() > 0.0);
    let units = lines.iter().find(|line| line["unit"] == "unités/s").unwrap();
    assert!(units["value"].as_f64().unwrap() > 0.0);
    assert!(lines.iter().any(|line| line["aim"]["AtMost"].as_f64() == Some(268.0)), "{lines:?}");
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 0);
}

/// A file of content, below a storage root.
fn one_content(root: &Path) -> PathBuf {
    let mut folders = vec![root.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.parent().unwrap().ends_with("content") || path.to_string_lossy().contains("/content/") {
                return path;
            }
        }
    }
    panic!("no content below {}", root.display());
}
