//! Referentials over the API: whole in, whole out, or refused with everything wrong.

use std::fs;

use serde_json::json;

use crate::{
    api::client::{servers, text},
    fixtures::referential,
};

#[test]
fn a_referential_goes_in_and_comes_out_in_both_notations() {
    for served in servers() {
        let put = |kind: &str, media_type: &str, file: &str| {
            let request =
                served.request("PUT", &format!("/api/v1/referentials/{kind}")).header("Content-Type", media_type);
            request.body(fs::read(referential(file)).unwrap()).send().expect(200)
        };
        assert_eq!(put("agencies", "text/csv", "agencies.csv")["version"], 1);
        assert_eq!(put("rules", "text/csv; charset=utf-8", "rules.csv")["version"], 1);
        put("agreements", "application/json", "agreements.json");

        let csv = served.request("GET", "/api/v1/referentials/agencies").header("Accept", "text/csv").send();
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(csv.text().contains("SLB-SECRETARIAT"));
        let all = served.get("/api/v1/referentials/agencies").expect(200);
        assert_eq!(all.as_array().unwrap().len() + 1, csv.text().lines().count());

        let again = served.request("PUT", "/api/v1/referentials/agencies").header("Content-Type", "application/json");
        assert_eq!(again.body(all.to_string()).send().expect(200)["version"], 2);
        let editions = served.get("/api/v1/referentials/agencies/editions").expect(200);
        let mut versions: Vec<u64> =
            editions.as_array().unwrap().iter().map(|one| one["version"].as_u64().unwrap()).collect();
        versions.sort_unstable();
        assert_eq!(versions, [1, 2]);
        assert_eq!(served.get("/api/v1/referentials/agencies").expect(200), all);
    }
}

#[test]
fn an_import_is_refused_with_everything_wrong_and_nothing_is_taken() {
    for served in servers() {
        let wrong = "Identifier,Name,Description,Roles\nA,,,\n,B,,Pilote\n";
        let put = |kind: &str, media_type: &str, body: &str| {
            let request =
                served.request("PUT", &format!("/api/v1/referentials/{kind}")).header("Content-Type", media_type);
            request.body(body).send()
        };
        let problem = put("agencies", "text/csv", wrong).expect_problem(422, "faults");
        let lines: Vec<u64> =
            problem["faults"].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect();
        assert!(lines.contains(&2) && lines.contains(&3), "{problem}");
        assert!(problem["faults"].as_array().unwrap().iter().all(|one| !text(&one["message"]).is_empty()));
        assert_eq!(served.get("/api/v1/referentials/agencies/editions").expect(200), json!([]));
        put("agencies", "text/plain", "x").expect_problem(415, "media-type");
        put("formats", "text/csv", "x").expect_problem(404, "not-found");
        served.get("/api/v1/referentials/formats").expect_problem(404, "not-found");
    }
}
