//! The OpenAPI document: the committed one is the one that the handlers make, and every address of it answers.

use std::{fs, path::Path};

use cartulaire::http::api::openapi;
use serde_json::Value;

use crate::api::client::servers;

#[test]
#[expect(clippy::disallowed_methods, reason = "the way to write the committed document again")]
fn the_committed_document_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api/openapi.json");
    let document = openapi::document().unwrap() + "\n";
    if std::env::var("UPDATE_OPENAPI").is_ok() {
        fs::write(&path, &document).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == document,
        "docs/api/openapi.json is stale: UPDATE_OPENAPI=1 cargo test --test it api::openapi"
    );
}

#[test]
fn every_documented_address_answers_and_asks_for_a_token() {
    for served in servers().into_iter().take(1) {
        let document: Value = served.request("GET", "/api/v1/openapi.json").bearing("").send().expect(200);
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() > 20, "{}", paths.len());
        for (path, operations) in paths {
            let path = path.replace("{id}", "01939e6c-0000-7000-8000-000000000001").replace("{kind}", "rules");
            for method in operations.as_object().unwrap().keys() {
                let request =
                    served.request(&method.to_uppercase(), &path).bearing("").header("Tus-Resumable", "1.0.0");
                assert_eq!(request.send().status, 401, "{method} {path}");
            }
        }
    }
}

#[test]
fn every_operation_says_in_french_what_it_does_and_how_it_fails() {
    let document: Value = serde_json::from_str(&openapi::document().unwrap()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{method} {path}");
            assert!(!operation.to_string().contains("`GET /"), "{method} {path} shows the code's own comment");
            let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{method} {path}");
        }
    }
}
