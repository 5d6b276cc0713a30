//! An elimination from its plan to its certificate, through the API, by the accounts whose word it is.

use cartulaire::domain::mandate::Permission;
use serde_json::json;

use crate::{
    api::client::{servers, text},
    archive::disposals::{due_package, refer},
};

#[test]
fn an_elimination_is_planned_answered_carried_out_and_what_went_is_gone() {
    for served in servers() {
        refer(&served.house);
        served.deposit(&due_package()).expect(201);
        let units = served.get("/api/v1/units").expect(200);
        let units: Vec<String> = units["items"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
        let early = served.request("POST", "/api/v1/disposals").json(&json!({"on": "2004-12-31"})).send();
        early.expect_problem(422, "impossible");
        let plan = served.request("POST", "/api/v1/disposals").json(&json!({"on": "2020-01-01"})).send().expect(201);
        assert_eq!((&plan["state"], &plan["units"]), (&json!("planned"), &json!(units.len())));
        let place = format!("/api/v1/disposals/{}", text(&plan["id"]));
        assert_eq!(served.get("/api/v1/disposals").expect(200)["items"][0]["id"], plan["id"]);
        assert!(served.get(&format!("{place}/list.pdf")).body.starts_with(b"%PDF-"));
        let bordereau = served.get(&format!("{place}/list.csv")).text();
        assert!(units.iter().all(|unit| bordereau.contains(unit)), "{bordereau}");
        assert_eq!(served.get(&format!("{place}/requests")).expect(200).as_array().unwrap().len(), 1);

        let execute = || served.request("POST", &format!("{place}/execution")).send();
        execute().expect_problem(409, "overtaken");
        served.get(&format!("{place}/certificate")).expect_problem(404, "not-found");
        let account = |permission: Permission, agency: &str| {
            let by = served.house.actor.mandate().unwrap();
            served.house.archive().issue(&by, agency, &[permission], Some(agency)).unwrap().1
        };
        let answer = |path: &str, token: &str, form: &serde_json::Value| {
            served.request("POST", &format!("{place}/{path}")).bearing(token).json(form).send()
        };
        let (producer, control) = (account(Permission::Agree, "SLB-CONSEIL"), account(Permission::Control, "FRAD084"));
        let yes = json!({"list": plan["list"]});
        answer("visa", &producer, &yes).expect_problem(403, "refused");
        answer("visa", &control, &yes).expect_problem(409, "overtaken");
        answer("agreement", &producer, &json!({"list": "abc"})).expect_problem(400, "unreadable");
        assert_eq!(answer("agreement", &producer, &yes).expect(200)["plan"]["state"], "agreed");
        assert_eq!(answer("visa", &control, &yes).expect(200)["plan"]["state"], "authorised");

        assert_eq!(execute().expect(200)["state"], "done");
        execute().expect_problem(409, "overtaken");
        assert!(served.get(&format!("{place}/certificate")).body.starts_with(b"%PDF-"));
        let shown = served.get(&place).expect(200);
        assert_eq!((&shown["state"], shown["consents"].as_array().unwrap().len()), (&json!("done"), 2));
        for unit in &units {
            served.get(&format!("/api/v1/units/{unit}")).expect_problem(410, "gone");
        }
        served.request("DELETE", &place).send().expect_problem(409, "overtaken");
    }
}

#[test]
fn a_plan_is_given_up_and_a_message_that_nobody_signed_is_not_taken() {
    for served in servers() {
        refer(&served.house);
        served.deposit(&due_package()).expect(201);
        let plan = served.request("POST", "/api/v1/disposals").json(&json!({"on": "2020-01-01"})).send().expect(201);
        let place = format!("/api/v1/disposals/{}", text(&plan["id"]));
        let reply = |message: &str| {
            let form = json!({"message": message, "signature": "AAAA"});
            served.request("POST", "/api/v1/disposals/replies").json(&form).send()
        };
        reply("PGEvPg==").expect_problem(422, "impossible");
        reply("?").expect_problem(400, "unreadable");
        assert_eq!(served.request("DELETE", &place).send().expect(200)["state"], "abandoned");
        served.get("/api/v1/disposals/inconnu").expect_problem(404, "not-found");
    }
}
