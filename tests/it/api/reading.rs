//! Finding and reading: archives, units, bytes and deliveries.

use std::io::Cursor;

use base64::{Engine, prelude::BASE64_STANDARD};
use cartulaire::domain::digest::from_hex;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::{
    api::{
        accepted,
        client::{Served, servers, text},
        fixture,
    },
    fixtures,
};

const BUDGET: &str = "budget_supplementaire";

/// The first object that some unit holds under a file name.
fn object(served: &Served, filename: &str) -> Value {
    let found = served.get("/api/v1/units?limit=200").expect(200);
    let units = found["items"].as_array().unwrap().iter().filter(|unit| unit.get("group").is_some());
    let details = units.map(|unit| served.get(&format!("/api/v1/units/{}", text(&unit["id"]))).expect(200));
    let mut objects = details.flat_map(|unit| unit["objects"].as_array().unwrap().clone());
    objects.find(|object| object["filename"] == filename).unwrap_or_else(|| panic!("no {filename}"))
}

#[test]
fn an_archive_is_listed_with_its_roots_and_its_manifest_as_received() {
    for served in servers() {
        let transfer = served.deposit(&accepted(BUDGET)).expect(201);
        served.deposit(&accepted("subvention_bibliotheque")).expect(201);
        let first = served.get("/api/v1/archives?limit=1").expect(200);
        assert_eq!(first["items"][0]["number"], 2);
        let second = served.get(&format!("/api/v1/archives?limit=1&cursor={}", text(&first["next"]))).expect(200);
        let archive = &second["items"][0];
        assert_eq!(archive["id"], transfer["archive"]);
        let named = format!("/api/v1/archives?message_identifier={}", text(&archive["message_identifier"]));
        assert_eq!(served.get(&named).expect(200)["items"], second["items"]);
        assert_eq!(served.get(&text(&transfer["links"]["archive"])).expect(200), *archive);
        assert_eq!(archive["objects"], 3);

        let roots = served.get(&text(&archive["roots"])).expect(200);
        assert!(roots["items"].as_array().unwrap().iter().all(|unit| unit["parents"] == json!([])));
        let manifest = served.get(&text(&archive["manifest"]));
        assert_eq!(Some(&manifest.body), fixtures::files(&fixture(BUDGET)).get("manifest.xml"));
        assert_eq!(manifest.header("content-disposition"), Some("attachment; filename=\"manifest-1.xml\""));
        served.get("/api/v1/archives/x/manifest").expect_problem(404, "not-found");
    }
}

#[test]
fn units_are_searched_divided_and_walked() {
    for served in servers() {
        served.deposit(&accepted(BUDGET)).expect(201);
        let tree = served.deposit(&accepted("arborescence")).expect(201);
        let all = served.get("/api/v1/units?limit=2").expect(200);
        assert_eq!(all["total"]["capped"], false);
        assert_eq!(all["items"].as_array().unwrap().len(), 2);
        let next = served.get(&format!("/api/v1/units?limit=2&cursor={}", text(&all["next"]))).expect(200);
        assert_ne!(next["items"][0]["id"], all["items"][0]["id"]);

        let found = served.get("/api/v1/units?q=d%C3%A9liberations%20du%20BUDGET").expect(200);
        assert!(found["total"]["counted"].as_u64().unwrap() >= 1, "{found}");
        assert_eq!(served.get("/api/v1/units?q=zeppelin").expect(200)["items"], json!([]));
        assert_eq!(served.get("/api/v1/units?from=2026-01-01&until=1990-01-01").expect(200)["items"], json!([]));
        let within = format!("/api/v1/units?archive={}&roots=true", text(&tree["archive"]));
        let roots = served.get(&within).expect(200);
        let root = text(&roots["items"][0]["id"]);
        let children = served.get(&format!("/api/v1/units/{root}/children?limit=1")).expect(200);
        let child = text(&children["items"][0]["id"]);

        let detail = served.get(&format!("/api/v1/units/{child}")).expect(200);
        assert!(detail["ancestors"].as_array().unwrap().iter().any(|above| above["id"] == root.as_str()));
        assert!(detail.get("source").is_none());
        let full = served.get(&format!("/api/v1/units/{child}?full=true")).expect(200);
        assert!(text(&full["source"]).contains("<Content"), "{full}");

        let facets = served.get("/api/v1/units/facets").expect(200);
        let levels = facets["levels"].as_array().unwrap().iter().map(|one| one["total"]["counted"].as_u64().unwrap());
        assert_eq!(levels.sum::<u64>(), served.get("/api/v1/units").expect(200)["total"]["counted"].as_u64().unwrap());

        served.get("/api/v1/units?from=yesterday").expect_problem(400, "unreadable");
        let problem = served.get("/api/v1/units?agancy=A").expect_problem(400, "unreadable");
        assert!(text(&problem["detail"]).contains("agancy"));
        served.get(&format!("/api/v1/units/{}/children", text(&tree["archive"]))).expect_problem(404, "not-found");
    }
}

#[test]
fn bytes_come_back_as_they_came_whole_by_range_or_not_at_all() {
    for served in servers() {
        served.deposit(&accepted("noms_de_fichiers")).expect(201);
        let object = object(&served, "議事録.txt");
        let (place, sha512) = (text(&object["content"]), text(&object["sha512"]));
        let files = fixtures::files(&fixture("noms_de_fichiers"));
        let bytes = files.get("Content/議事録.txt").unwrap();

        let whole = served.get(&place);
        assert_eq!((whole.status, &whole.body), (200, bytes));
        assert_eq!(whole.header("etag"), Some(format!("\"{sha512}\"").as_str()));
        let digest = BASE64_STANDARD.encode(from_hex(&sha512).unwrap());
        assert_eq!(whole.header("repr-digest"), Some(format!("sha-512=:{digest}:").as_str()));
        assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
        let disposition = whole.header("content-disposition").unwrap();
        assert!(
            disposition.starts_with("attachment;") && disposition.contains("filename*=UTF-8''%E8%AD%B0"),
            "{disposition}"
        );

        let range = |range: &str| served.request("GET", &place).header("Range", range).send();
        let middle = range("bytes=2-5");
        assert_eq!((middle.status, middle.body.as_slice()), (206, &bytes[2..6]));
        assert_eq!(middle.header("content-range"), Some(format!("bytes 2-5/{}", bytes.len()).as_str()));
        assert_eq!(range("bytes=-3").body, bytes[bytes.len() - 3..]);
        let beyond = range("bytes=99999-");
        assert_eq!(beyond.header("content-range"), Some(format!("bytes */{}", bytes.len()).as_str()));
        beyond.expect_problem(416, "range");

        let head = served.request("HEAD", &place).send();
        assert_eq!((head.status, head.header("content-length")), (200, Some(bytes.len().to_string().as_str())));
        let known = served.request("GET", &place).header("If-None-Match", &format!("\"{sha512}\"")).send();
        assert_eq!((known.status, known.body.len()), (304, 0));
        served.get("/api/v1/objects/x/content").expect_problem(404, "not-found");
    }
}

#[test]
fn altered_bytes_never_come_back_whole() {
    for served in servers() {
        served.deposit(&accepted(BUDGET)).expect(201);
        let object = object(&served, "annexe_1_chapitres.csv");
        let bytes = served.get(&text(&object["content"])).body;
        for (path, held) in served.volumes().into_iter().filter(|(_, held)| *held == bytes) {
            let altered: Vec<u8> = held.iter().map(|byte| byte ^ 1).collect();
            std::fs::write(path, altered).unwrap();
        }
        let answer = served.get(&text(&object["content"]));
        assert!(answer.body.len() < bytes.len(), "{} bytes of {}", answer.body.len(), bytes.len());
    }
}

#[test]
fn a_delivery_is_a_package_that_can_be_taken_in_elsewhere() {
    for served in servers() {
        served.deposit(&accepted(BUDGET)).expect(201);
        let root = served.get("/api/v1/units?roots=true").expect(200)["items"][0]["id"].clone();
        let order = |units: Value, form: &str| {
            let order = json!({"units": units, "form": form, "with_descendants": true});
            served.request("POST", "/api/v1/deliveries").json(&order).send()
        };
        let answer = order(json!([root]), "delivery");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/zip")), "{}", answer.text());
        let mut package = ZipArchive::new(Cursor::new(answer.body)).unwrap();
        assert_eq!(package.len(), 4);
        let manifest = std::io::read_to_string(package.by_name("manifest.xml").unwrap()).unwrap();
        assert!(manifest.contains("ArchiveDeliveryRequestReply"));

        let transfer = order(json!([root]), "transfer").body;
        let report = served.request("POST", "/api/v1/examinations").body(transfer).send().expect(200);
        assert_ne!(report["verdict"], "refused", "{report}");

        order(json!([]), "delivery").expect_problem(422, "impossible");
        order(json!(["x"]), "delivery").expect_problem(422, "impossible");
        let unknown =
            order(json!(["01939e6c-0000-7000-8000-000000000001"]), "delivery").expect_problem(422, "impossible");
        assert!(text(&unknown["detail"]).contains("01939e6c"));
        order(json!([root]), "other").expect_problem(400, "unreadable");
        // Without the referential nobody can tell when the rule of access ends: it goes to nobody.
        let asked = json!({"units": [root], "requester": "Élise"});
        let closed = served.request("POST", "/api/v1/deliveries").json(&asked).send().expect_problem(403, "closed");
        assert_eq!((&closed["closed"][0]["unit"], &closed["closed"][0]["access"]), (&root, &json!("unknown")));
    }
}

#[test]
fn the_rules_of_a_unit_are_explained_and_due_units_are_searched() {
    for served in servers() {
        let rules = std::fs::read(fixtures::referential("rules.csv")).unwrap();
        let put = served.request("PUT", "/api/v1/referentials/rules").header("Content-Type", "text/csv").body(rules);
        put.send().expect(200);
        served.deposit(&accepted("subvention_bibliotheque")).expect(201);
        served.house.archive().compute_rules(&mut |_| {}).unwrap();
        let due = served.get("/api/v1/units?due_before=2036-11-05&final_action=Keep").expect(200);
        assert_eq!(due["total"]["counted"], 5);
        assert_eq!(served.get("/api/v1/units?due_before=2036-11-04").expect(200)["total"]["counted"], 0);
        let open = served.get("/api/v1/units?due_before=2026-11-05&category=AccessRule").expect(200);
        assert_eq!(open["total"]["counted"], 5);
        served.get("/api/v1/units?category=AccessRule").expect_problem(400, "unreadable");
        served.get("/api/v1/units?due_before=2036-11-05&category=Autre").expect_problem(400, "unreadable");

        let unit = due["items"].as_array().unwrap().iter().find(|unit| unit["local_id"] == "unite-acte").unwrap();
        let told = served.get(&format!("/api/v1/units/{}/rules?date=2036-11-04", text(&unit["id"]))).expect(200);
        assert_eq!((&told["on"], &told["communicable"]), (&json!("2036-11-04"), &json!(true)));
        let appraisal = &told["categories"][0];
        assert_eq!((&appraisal["category"], &appraisal["over"]), (&json!("AppraisalRule"), &json!(false)));
        assert_eq!(appraisal["rules"][0]["end"], "2036-11-05");
        assert_eq!(appraisal["rules"][0]["paths"], json!([[unit["id"], unit["parents"][0]]]));
        assert_eq!(appraisal["final_actions"][0]["action"], "Keep");
        served.get("/api/v1/units/00000000-0000-7000-8000-000000000000/rules").expect_problem(404, "not-found");
        let metrics = served.get("/metrics");
        assert!(String::from_utf8_lossy(&metrics.body).contains("\ncartulaire_rules_waiting_archives 0\n"));
    }
}
