//! Units described anew, moved and held from the command line.

use super::*;

#[test]
fn a_unit_is_amended_shown_with_its_history_and_given_back_its_former_state() {
    let desk = Desk::open();
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let found = desk.lines(&["search", "bibliotheque", "subventions"]);
    let unit = found[0]["unit"].as_str().unwrap();
    let amend = ["amend", "--unit", unit, "--set", "title=Subvention rectifiée", "--add-keyword", "culture"];
    let with = |more: &[&'static str]| [&amend[..], more].concat();
    // A reason is asked for, and a change that is one.
    desk.does(&amend).ends_with(2);
    desk.does(&["amend", "--unit", unit, "--reason", "x"]).ends_with(1);
    desk.does(&["amend", "--set", "title=x", "--reason", "x"]).ends_with(2);
    desk.does(&["amend", "--unit", unit, "--set", "titre=x", "--reason", "x"]).ends_with(2);
    desk.does(&with(&["--reason", "Coquille", "--rule", "AppraisalRule:plus=A"])).ends_with(2);

    let shown = desk.lines(&with(&["--reason", "Coquille", "--dry-run"]));
    assert_eq!((shown.len(), &shown[1]["amendment"]), (2, &Value::Null));
    assert_eq!(shown[0]["differences"][0]["after"], "Subvention rectifiée");
    assert_eq!(desk.line(&["show", unit])["amendments"], 0);
    let done = desk.lines(&with(&["--reason", "Coquille"]));
    let amendment = done[1]["amendment"].as_str().unwrap();
    assert_eq!(desk.line(&["show", unit])["title"], "Subvention rectifiée");
    assert_eq!(desk.line(&["show", unit])["amendments"], 1);

    let changes = desk.path("changes.json");
    fs::write(&changes, "{\"keywords\": {\"remove\": [\"culture\"]}, \"document_type\": \"Arrêté\"}").unwrap();
    desk.does(&["amend", "--unit", unit, "--changes", &changes, "--reason", "Typologie"]).ends_with(0);
    fs::write(&changes, "{\"titre\": 1}").unwrap();
    desk.does(&["amend", "--unit", unit, "--changes", &changes, "--reason", "Typologie"]).ends_with(2);
    let history = desk.lines(&["history", unit]);
    assert_eq!((history.len(), &history[0]["reason"]), (2, &"Coquille".into()));
    assert!(desk.does(&["history", unit]).data.contains("+ Title : Subvention rectifiée"));

    desk.does(&["undo", amendment, "--reason", "Erreur"]).ends_with(1);
    desk.does(&["undo", amendment, "--reason", "Erreur", "--force"]).ends_with(0);
    assert_eq!(desk.line(&["show", unit])["title"], found[0]["title"]);
    assert_eq!(desk.lines(&["history", unit])[2]["reverts"], amendment);
}

#[test]
fn a_unit_is_moved_unless_a_hold_says_no() {
    let desk = Desk::open();
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let all = desk.lines(&["search"]);
    let root =
        all.iter().find(|unit| unit["parents"].as_array().unwrap().is_empty()).unwrap()["unit"].as_str().unwrap();
    let leaf = all.iter().find(|unit| unit["parents"][0] == root).unwrap()["unit"].as_str().unwrap();
    desk.does(&["reclassify", root, "--under", leaf, "--reason", "Plan"]).ends_with(1);
    desk.does(&["reclassify", leaf, "--reason", "Plan"]).ends_with(2);
    desk.does(&["reclassify", leaf, "--root", "--reason", "Plan"]).ends_with(0);
    let place = ["hold", "place", "--unit", leaf, "--no-rearrangement", "--reason", "Contentieux"];
    desk.does(&[&place[..], &["--until", "2001-01-01"]].concat()).ends_with(1);
    let hold = desk.line(&place);
    let back = ["reclassify", leaf, "--under", root, "--reason", "Plan"];
    assert!(desk.does(&back).data.contains("gel"));
    assert_eq!(desk.lines(&["hold", "list"]).len(), 1);
    desk.does(&["hold", "lift", hold["hold"].as_str().unwrap(), "--reason", "Levé"]).ends_with(0);
    desk.does(&["hold", "lift", hold["hold"].as_str().unwrap(), "--reason", "Levé"]).ends_with(1);
    desk.does(&back).ends_with(0);
    assert_eq!((desk.lines(&["hold", "list"]).len(), desk.lines(&["hold", "list", "--all"]).len()), (0, 1));
    assert_eq!(desk.line(&["show", leaf])["parents"][0], root);
}
