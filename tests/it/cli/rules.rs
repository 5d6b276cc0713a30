//! Rules on the command line: explained, listed, imported, and what is due found before and after a rebuild.

use super::*;

fn referential(file: &str) -> String {
    fixture(&format!("referentials/{file}"))
}

#[test]
fn a_rule_is_explained_with_who_says_it_and_until_when() {
    let desk = Desk::open();
    desk.does(&["import", "rules", &referential("rules.csv")]).ends_with(0);
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let found = desk.lines(&["search"]);
    let by_id = |id: &str| found.iter().find(|unit| unit["local_id"] == id).unwrap()["unit"].as_str().unwrap();
    let (file, act) = (by_id("dossier"), by_id("unite-acte"));

    let told = desk.lines(&["rules", "explain", act, "--date", "2036-11-05"]);
    let categories: Vec<&str> = told.iter().map(|one| one["category"].as_str().unwrap()).collect();
    assert_eq!(categories, ["AppraisalRule", "AccessRule"]);
    let appraisal = &told[0];
    assert_eq!((&appraisal["over"], &appraisal["last_end"]), (&true.into(), &"2036-11-05".into()));
    assert_eq!((&appraisal["final_action"], &appraisal["conflict"]), (&"Keep".into(), &false.into()));
    assert_eq!(appraisal["rules"][0]["rule"], "DUA-10");
    assert_eq!(appraisal["rules"][0]["paths"], serde_json::json!([[act, file]]));
    assert_eq!(appraisal["rules"][0]["origin"]["id"], file);
    assert_eq!(desk.lines(&["rules", "explain", act, "--date", "2036-11-04"])[0]["over"], false);

    let said = desk.does(&["rules", "explain", act, "--date", "2036-11-04"]).ends_with(0);
    for words in ["DUA-10", "depuis le 05/11/2026, jusqu’au 05/11/2036", "par le chemin", "Communicable ce jour."] {
        assert!(said.data.contains(words), "{words}: {}", said.data);
    }
    desk.does(&["rules", "explain", "00000000-0000-7000-8000-000000000000"]).ends_with(1);
}

#[test]
fn what_is_due_is_found_and_found_again_after_a_rebuild() {
    let desk = Desk::open();
    desk.does(&["import", "rules", &referential("rules.csv")]).ends_with(0);
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    desk.does(&["deposit", &fixture("accepted/arrete_individuel_50_ans")]).ends_with(0);
    let due = |before: &str, more: &[&str]| desk.lines(&[&["search", "--due-before", before], more].concat());
    assert_eq!(due("2036-11-04", &[]).len(), 0);
    let first = due("2036-11-05", &[]);
    assert_eq!(first.len(), 5);
    assert_eq!(due("2116-11-02", &[]).len(), 8);
    let destroyed = due("2116-11-02", &["--final-action", "Destroy"]);
    assert_eq!(destroyed.len(), 3);
    assert_eq!(due("2076-11-06", &["--category", "AccessRule"]).len(), 8);
    assert_eq!(due("2076-11-05", &["--category", "AccessRule"]).len(), 5);
    desk.does(&["search", "--category", "AccessRule"]).ends_with(2);

    let volume = desk.data().join("volumes/a").display().to_string();
    desk.does(&["rebuild", "--from", &volume]).ends_with(0);
    let computed = desk.line(&["rules", "compute"]);
    assert_eq!((&computed["archives"], &computed["waiting"]), (&0.into(), &0.into()));
    assert_eq!(due("2036-11-05", &[]), first);
    assert_eq!(due("2116-11-02", &["--final-action", "Destroy"]), destroyed);
}

#[test]
fn the_embedded_delays_are_listed_and_added_and_a_rule_in_use_stays() {
    let desk = Desk::open();
    let delays = desk.lines(&["rules", "delays"]);
    assert_eq!((delays.len(), &delays[0]["rule"], &delays[24]["rule"]), (25, &"AR038".into(), &"AR062".into()));
    let added = desk.line(&["import", "rules", "--embedded"]);
    assert_eq!((added["version"].as_u64(), added["added"].as_array().unwrap().len()), (Some(1), 25));
    desk.does(&["import", "agencies", "--embedded"]).ends_with(1);
    desk.does(&["import", "rules"]).ends_with(2);
    let listed = desk.lines(&["rules", "list", "--category", "AccessRule"]);
    assert_eq!((listed.len(), listed[10]["rule"].as_str()), (25, Some("AR048")));
    assert_eq!((listed[10]["duration"].as_u64(), listed[10]["unit"].as_str()), (Some(50), Some("year")));

    desk.does(&["import", "rules", &referential("rules.csv")]).ends_with(0);
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let without = desk.path("rules.csv");
    let rules = fs::read_to_string(referential("rules.csv")).unwrap();
    let kept: Vec<&str> = rules.lines().filter(|line| !line.starts_with("DUA-10")).collect();
    fs::write(&without, kept.join("\n")).unwrap();
    let said = desk.does(&["import", "rules", &without]).ends_with(1);
    assert!(said.data.contains("la règle « DUA-10 » manque à ce fichier"), "{}", said.data);
}
