//! Amendments, moves and holds over the API: what is done, what is refused, and by whom.

use cartulaire::domain::mandate::Permission;
use serde_json::{Value, json};

use crate::{
    api::client::{Served, servers, text, token},
    fixtures,
};

/// Deposits a package of a tree; its root and a unit below it.
fn tree(served: &Served) -> (String, String) {
    let fixture = fixtures::accepted().into_iter().find(|one| one.name.contains("subvention")).unwrap();
    served.deposit(&fixtures::zip(&fixture.path)).expect(201);
    let found = served.get("/api/v1/units?limit=50").expect(200);
    let units = found["items"].as_array().unwrap();
    let root = units.iter().find(|unit| unit["parents"].as_array().unwrap().is_empty()).unwrap();
    let below = units.iter().find(|unit| unit["parents"][0] == root["id"]).unwrap();
    (text(&root["id"]), text(&below["id"]))
}

fn amendment(unit: &str, changes: &Value) -> Value {
    json!({"selection": {"units": [unit]}, "changes": changes, "reason": "Coquille"})
}

#[test]
fn a_unit_is_amended_and_its_history_told() {
    for served in servers() {
        let (root, _) = tree(&served);
        let post = |path: &str, body: &Value| served.request("POST", path).json(body).send();
        let amend = |body: &Value| post("/api/v1/amendments", body);
        let wanted = json!({"title": "Intitulé rectifié", "keywords": {"add": ["eau"]}});
        let mut dry = amendment(&root, &wanted);
        dry["dry_run"] = true.into();
        let shown = amend(&dry).expect(200);
        assert_eq!((&shown["units"], shown.get("amendment")), (&1.into(), None));
        let done = amend(&amendment(&root, &wanted)).expect(201);
        assert_eq!(done["changed"], shown["changed"]);
        let unit = served.get(&format!("/api/v1/units/{root}?full=true")).expect(200);
        assert_eq!((&unit["title"], &unit["amendments"]), (&"Intitulé rectifié".into(), &1.into()));
        assert!(text(&unit["source"]).contains("Intitulé rectifié"));
        let criteria =
            json!({"selection": {"criteria": {"keyword": "eau"}}, "changes": {"level": "File"}, "reason": "R"});
        assert_eq!(amend(&criteria).expect(201)["units"], 1);

        let history = served.get(&format!("/api/v1/units/{root}/history")).expect(200);
        assert_eq!(history.as_array().unwrap().len(), 2);
        let undo = format!("/api/v1/amendments/{}/undo", text(&done["amendment"]));
        post(&undo, &json!({"reason": "Erreur"})).expect_problem(422, "impossible");
        post(&undo, &json!({"reason": "Erreur", "force": true})).expect(201);

        amend(&amendment(&root, &json!({"titre": "x"}))).expect_problem(400, "unreadable");
        amend(&amendment(&root, &json!({"title": "a\u{1}"}))).expect_problem(400, "unreadable");
        amend(&amendment(&root, &json!({}))).expect_problem(400, "unreadable");
        amend(&json!({"selection": {}, "changes": wanted, "reason": "R"})).expect_problem(400, "unreadable");
        let nobody = "019f0000-0000-7000-8000-000000000000";
        amend(&amendment(nobody, &wanted)).expect_problem(422, "impossible");
        post(&format!("/api/v1/amendments/{nobody}/undo"), &json!({"reason": "R"})).expect_problem(404, "not-found");
        served.get(&format!("/api/v1/units/{nobody}/history")).expect_problem(404, "not-found");
        let reader = token(served.house.archive(), None, &[Permission::Read]);
        let asked = served.request("POST", "/api/v1/amendments").bearing(&reader).json(&amendment(&root, &wanted));
        asked.send().expect_problem(403, "refused");
    }
}

#[test]
fn a_hold_is_placed_told_of_what_it_covers_and_lifted_once() {
    for served in servers() {
        let (root, below) = tree(&served);
        let post = |path: &str, body: &Value| served.request("POST", path).json(body).send();
        let hold = json!({"selection": {"units": [root]}, "reason": "Contentieux", "prevents_rearrangement": true});
        let answer = post("/api/v1/holds", &hold);
        let place = answer.header("location").unwrap().to_owned();
        let placed = answer.expect(201);
        assert_eq!(served.get(&place).expect(200), placed);
        let causes = served.get(&format!("/api/v1/units/{below}/holds")).expect(200);
        assert_eq!(causes[0]["hold"], placed["id"]);
        let moved = json!({"units": [below], "reason": "Plan"});
        post("/api/v1/reclassifications", &moved).expect_problem(422, "impossible");
        let lift = format!("{place}/lift");
        post(&lift, &json!({"reason": " "})).expect_problem(400, "unreadable");
        assert_eq!(post(&lift, &json!({"reason": "Jugé"})).expect(200)["lifted"]["reason"], "Jugé");
        post(&lift, &json!({"reason": "Jugé"})).expect_problem(409, "overtaken");
        assert_eq!(post("/api/v1/reclassifications", &moved).expect(201)["units"], 1);
        assert_eq!(served.get("/api/v1/holds").expect(200), json!([]));
        assert_eq!(served.get("/api/v1/holds?lifted=true").expect(200).as_array().unwrap().len(), 1);
        let late = json!({"selection": {"units": [root]}, "reason": "R", "until": "2001-01-01"});
        post("/api/v1/holds", &late).expect_problem(422, "impossible");
    }
}
