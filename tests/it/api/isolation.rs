//! Nobody sees another tenant's anything: each resource of one is not found by the token of the other.

use cartulaire::domain::{mandate::Permission, tenant::TenantId};
use serde_json::json;

use crate::api::{
    accepted,
    client::{servers, text, token},
};

#[test]
fn a_token_of_another_tenant_finds_nothing() {
    for served in servers() {
        let transfer = served.deposit(&accepted("budget_supplementaire")).expect(201);
        let units = served.get("/api/v1/units?limit=200").expect(200);
        let unit = units["items"].as_array().unwrap().iter().find(|unit| unit.get("group").is_some()).unwrap();
        let unit = served.get(&format!("/api/v1/units/{}", text(&unit["id"]))).expect(200);
        let upload =
            served.request("POST", "/api/v1/uploads").header("Tus-Resumable", "1.0.0").header("Upload-Length", "3");
        let upload = upload.send().header("location").unwrap().to_owned();
        let credentials = served.get("/api/v1/credentials").expect(200);

        let other: TenantId = "vallon".parse().unwrap();
        assert!(served.house.archive().create_tenant(other.clone(), "Vallon-sur-Ance", "VSA-ARCHIVES").unwrap());
        let stranger = token(served.house.archive(), Some(&other), &Permission::ALL);
        let ask = |method: &str, path: &str| {
            let request = served.request(method, path).bearing(&stranger).header("Tus-Resumable", "1.0.0");
            request.header("Upload-Offset", "0").header("Content-Type", "application/offset+octet-stream").send()
        };
        let (own, archive) = (text(&transfer["links"]["self"]), text(&transfer["links"]["archive"]));
        let unit_place = format!("/api/v1/units/{}", text(&unit["id"]));
        for (method, path) in [
            ("GET", own.clone()),
            ("GET", format!("{own}/acknowledgement")),
            ("GET", format!("{own}/reply")),
            ("GET", format!("{own}/report")),
            ("POST", format!("{own}/validate")),
            ("GET", archive.clone()),
            ("GET", format!("{archive}/units")),
            ("GET", format!("{archive}/manifest")),
            ("GET", unit_place.clone()),
            ("GET", format!("{unit_place}?full=true")),
            ("GET", format!("{unit_place}/children")),
            ("GET", text(&unit["objects"][0]["content"])),
            ("PATCH", upload.clone()),
            ("DELETE", upload.clone()),
            ("DELETE", format!("/api/v1/credentials/{}", text(&credentials[0]["id"]))),
        ] {
            // As if it were not there at all.
            assert_eq!(served.request("HEAD", &upload).header("Tus-Resumable", "1.0.0").send().status, 200);
            ask(method, &path).expect_problem(404, "not-found");
        }
        assert_eq!(ask("HEAD", &upload).status, 404);
        let reject = served.request("POST", &format!("{own}/reject")).bearing(&stranger).json(&json!({"reason": "a"}));
        reject.send().expect_problem(404, "not-found");
        let order = json!({"units": [unit["id"]], "requester": "VSA"});
        let deliver = served.request("POST", "/api/v1/deliveries").bearing(&stranger).json(&order);
        deliver.send().expect_problem(422, "impossible");

        for path in ["/api/v1/transfers", "/api/v1/archives", "/api/v1/units"] {
            assert_eq!(ask("GET", path).expect(200)["items"], json!([]), "{path}");
        }
        let within = format!("/api/v1/units?archive={}", text(&transfer["archive"]));
        assert_eq!(ask("GET", &within).expect(200)["total"]["counted"], 0);
        assert_eq!(ask("GET", "/api/v1/units/facets").expect(200)["levels"], json!([]));
        let labels = ask("GET", "/api/v1/credentials").expect(200);
        assert!(labels.as_array().unwrap().iter().all(|one| !credentials.as_array().unwrap().contains(one)));
        // The same message of another tenant is another transfer.
        let twin = served.request("POST", "/api/v1/transfers").bearing(&stranger).header("Prefer", "wait");
        let twin = twin.header("Accept", "application/json").body(accepted("budget_supplementaire")).send();
        assert_ne!((twin.status, &twin.json()["id"]), (200, &transfer["id"]));
    }
}
