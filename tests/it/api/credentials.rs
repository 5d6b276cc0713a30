//! Who may: tokens issued, shown once, revoked; and what is answered to those who may not.

use cartulaire::domain::mandate::Permission;
use serde_json::json;

use crate::api::client::{servers, text, token};

#[test]
fn a_token_works_until_it_is_revoked_and_is_shown_once() {
    for served in servers() {
        let new = json!({"label": "Parapheur", "permissions": ["read", "deposit", "read"]});
        let answer = served.request("POST", "/api/v1/credentials").json(&new).send();
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let issued = answer.expect(201);
        assert_eq!(issued["permissions"], json!(["deposit", "read"]));
        let token = text(&issued["token"]);
        let ask = || served.request("GET", "/api/v1/archives").bearing(&token).send();
        ask().expect(200);

        let listed = served.get("/api/v1/credentials");
        assert!(!listed.text().contains(&token));
        assert!(listed.expect(200).as_array().unwrap().iter().any(|one| one["id"] == issued["id"]));
        let place = format!("/api/v1/credentials/{}", text(&issued["id"]));
        assert_eq!(served.request("DELETE", &place).send().status, 204);
        ask().expect_problem(401, "anonymous");
        served.request("DELETE", &place).send().expect_problem(404, "not-found");
    }
}

#[test]
fn a_credential_needs_a_label_and_known_permissions() {
    for served in servers() {
        let post = |body| served.request("POST", "/api/v1/credentials").json(&body).send();
        post(json!({"label": " ", "permissions": ["read"]})).expect_problem(422, "impossible");
        post(json!({"label": "a", "permissions": []})).expect_problem(422, "impossible");
        post(json!({"label": "a", "permissions": ["rule"]})).expect_problem(400, "unreadable");
        post(json!({"label": "a"})).expect_problem(400, "unreadable");
    }
}

#[test]
fn who_is_nobody_or_may_not_is_told_which_right_is_missing() {
    for served in servers() {
        for bearer in ["", "cart_0000", "nothing"] {
            let answer = served.request("GET", "/api/v1/transfers").bearing(bearer).send();
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
            answer.expect_problem(401, "anonymous");
        }
        let reader = token(served.house.archive(), None, &[Permission::Read]);
        let depositor = token(served.house.archive(), None, &[Permission::Deposit]);
        let id = "01939e6c-0000-7000-8000-000000000001";
        for (bearer, method, path, missing) in [
            (&reader, "GET", "/api/v1/transfers".to_owned(), "deposit"),
            (&reader, "POST", "/api/v1/transfers".to_owned(), "deposit"),
            (&reader, "POST", "/api/v1/examinations".to_owned(), "deposit"),
            (&depositor, "GET", "/api/v1/units".to_owned(), "read"),
            (&depositor, "POST", format!("/api/v1/transfers/{id}/validate"), "validate"),
            (&depositor, "PUT", "/api/v1/referentials/rules".to_owned(), "administer"),
            (&reader, "GET", "/api/v1/credentials".to_owned(), "administer"),
        ] {
            let problem = served.request(method, &path).bearing(bearer).send().expect_problem(403, "refused");
            assert!(text(&problem["detail"]).contains(&format!("« {missing} »")), "{problem}");
        }
    }
}
