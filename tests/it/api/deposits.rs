//! Deposits: each way in, each answer, and that what stops half-way or is only tried out leaves nothing.

use std::path::Path;

use cartulaire::store::Store;
use serde_json::json;

use crate::{
    api::{
        accepted,
        client::{Served, servers, servers_with, text},
        fixture, refused,
    },
    fixtures,
};

const BUDGET: &str = "budget_supplementaire";

#[test]
fn a_deposit_is_acknowledged_then_settled_and_its_papers_can_be_read() {
    for served in servers() {
        let answer = served.request("POST", "/api/v1/transfers?name=actes.zip").body(accepted(BUDGET)).send();
        assert_eq!((answer.status, answer.header("content-type")), (202, Some("application/xml")), "{}", answer.text());
        assert!(answer.text().contains("<Acknowledgement"));
        let place = answer.header("location").unwrap().to_owned();
        let acknowledgement = answer.text();

        // The same bytes, waiting: the worker settles the first deposit meanwhile.
        let again = served.request("POST", "/api/v1/transfers").header("Prefer", "wait").body(accepted(BUDGET)).send();
        assert_eq!((again.status, again.header("location")), (200, Some(place.as_str())), "{}", again.text());
        assert!(again.text().contains("<ArchiveTransferReply"));

        let transfer = served.get(&place).expect(200);
        assert_eq!(transfer["status"], "accepted");
        assert_eq!(transfer["package"]["name"], "actes.zip");
        assert_eq!(served.get(&text(&transfer["links"]["acknowledgement"])).text(), acknowledgement);
        assert_eq!(served.get(&text(&transfer["links"]["reply"])).text(), again.text());
        let report = served.get(&text(&transfer["links"]["report"])).expect(200);
        assert_ne!(report["verdict"], "refused");
        assert_eq!(served.get(&text(&transfer["links"]["archive"])).status, 200);
    }
}

#[test]
fn whoever_waits_gets_the_reply_accepted_or_refused() {
    for served in servers() {
        let kept = served.deposit(&accepted(BUDGET));
        assert_eq!(kept.header("preference-applied"), Some("wait"));
        let view = kept.expect(201);
        assert_eq!((&view["status"], &view["report"]["package"]), (&json!("accepted"), &json!("paquet.zip")));

        let wrong = served.deposit(&refused("CHECK_DIGEST.INVALID"));
        let view = wrong.expect(422);
        assert_eq!((&view["status"], &view["report"]["verdict"]), (&json!("refused"), &json!("refused")));
        assert!(view["report"]["findings"].as_array().unwrap().iter().any(|one| one["code"] == "CHECK_DIGEST.INVALID"));
        let reply = served.get(&text(&view["links"]["reply"]));
        assert!(reply.status == 200 && reply.text().contains("CHECK_DIGEST.INVALID"), "{}", reply.text());
        let lines = served.get(&format!("{}?format=jsonl", text(&view["links"]["report"])));
        assert_eq!(lines.header("content-type"), Some("application/jsonl"));
        assert!(lines.text().lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));

        let in_xml = served.request("POST", "/api/v1/transfers").header("Prefer", "wait=5");
        let in_xml = in_xml.body(accepted("subvention_bibliotheque")).send();
        assert!(in_xml.status == 201 && in_xml.text().contains("<ArchiveTransferReply"), "{}", in_xml.text());
        let unhurried = served.request("POST", "/api/v1/transfers").header("Prefer", "wait=0");
        let unhurried = unhurried.body(accepted("denomination_ecole")).send();
        assert!([201, 202].contains(&unhurried.status), "{}", unhurried.text());
    }
}

#[test]
fn other_bytes_under_the_same_key_are_a_conflict_and_a_refused_deposit_may_be_sent_again() {
    for served in servers() {
        let first = served.deposit(&accepted(BUDGET)).expect(201);
        let problem = served.deposit(&fixtures::tar_gz(&fixture(BUDGET))).expect_problem(409, "conflict");
        assert_eq!(problem["transfer"], first["id"]);
        assert_eq!(served.deposit(&accepted(BUDGET)).expect(200)["id"], first["id"]);
        let wrong = refused("CHECK_DIGEST.INVALID");
        assert_ne!(served.deposit(&wrong).expect(422)["id"], served.deposit(&wrong).expect(422)["id"]);
    }
}

#[test]
fn every_container_and_every_form_is_taken() {
    for served in servers() {
        let answer = served.request("POST", "/api/v1/transfers").header("Prefer", "wait");
        let disposition = "attachment; filename*=UTF-8''d%C3%A9lib.tar.gz";
        let answer = answer.header("Content-Disposition", disposition).header("Content-Type", "application/gzip");
        let view =
            answer.header("Accept", "application/json").body(fixtures::tar_gz(&fixture(BUDGET))).send().expect(201);
        assert_eq!(view["package"]["name"], "délib.tar.gz");

        let post = || {
            served.request("POST", "/api/v1/transfers").header("Prefer", "wait").header("Accept", "application/json")
        };
        let package = accepted("subvention_bibliotheque");
        let view = post().form(&[("package", "versement.zip", &package)]).send().expect(201);
        assert_eq!(view["package"]["name"], "versement.zip");

        let files = fixtures::files(&fixture("noms_de_fichiers"));
        let fields: Vec<(&str, &str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| {
                (if name == "manifest.xml" { "manifest" } else { "files" }, name.as_str(), bytes.as_slice())
            })
            .collect();
        assert_eq!(post().form(&fields).send().expect(201)["status"], "accepted");
    }
}

#[test]
fn what_is_no_deposit_is_told_why() {
    for served in servers_with(|config| cartulaire::config::Config { upload_bytes: 20_000, ..config }) {
        let post = || served.request("POST", "/api/v1/transfers");
        post().header("Content-Type", "image/png").body("x").send().expect_problem(415, "media-type");
        post().body(vec![0; 20_001]).send().expect_problem(413, "too-large");
        post().form(&[("package", "a.zip", &vec![0; 20_001])]).send().expect_problem(413, "too-large");
        post()
            .form(&[("manifest", "manifest.xml", b"a"), ("files", "b", &vec![0; 20_001])])
            .send()
            .expect_problem(413, "too-large");
        post().form(&[]).send().expect_problem(400, "unreadable");
        post().form(&[("other", "a", b"")]).send().expect_problem(400, "unreadable");
        post().form(&[("files", "", b"a")]).send().expect_problem(400, "unreadable");
        post().form(&[("package", "a.zip", b"a"), ("files", "b", b"b")]).send().expect_problem(400, "unreadable");
        let twice: [(&str, &str, &[u8]); 2] = [("files", "a", b"1"), ("files", "a", b"2")];
        post().form(&twice).send().expect_problem(400, "unreadable");
        for name in ["../a", "/a", "a/../b", "a\\\\b", ".", "a/"] {
            let strange = served.request("POST", "/api/v1/examinations").form(&[("files", name, b"a")]).send();
            assert_eq!(strange.expect(200)["verdict"], "refused", "{name}");
        }
        post().header("Content-Digest", "sha-512=:AAAA:").body("x").send().expect_problem(400, "digest");
        post().header("Content-Digest", "sha-512=?").body("x").send().expect_problem(400, "unreadable");
        served.request("POST", "/api/v1/transfers?nom=a").body("x").send().expect_problem(400, "unreadable");
        assert_eq!(left_pending(&served), Vec::<String>::new());
        assert_eq!(served.get("/api/v1/transfers").expect(200)["items"], json!([]));
        // What cannot be opened is a deposit all the same: it is refused, with a reply.
        assert_eq!(served.deposit(b"not a package").expect(422)["status"], "refused");
    }
}

#[test]
fn a_body_that_stops_half_way_leaves_nothing() {
    for mut served in servers() {
        let package = accepted(BUDGET);
        let whole = || served.request("POST", "/api/v1/transfers").body(&package);
        let in_a_form = || served.request("POST", "/api/v1/transfers").form(&[("package", "a.zip", &package)]);
        let file_of_a_form =
            || served.request("POST", "/api/v1/transfers").form(&[("manifest", "manifest.xml", &package)]);
        for request in [whole(), in_a_form(), file_of_a_form()] {
            let answer = request.send_first(package.len() / 2);
            // The server may hang up without a word: nobody listens any more.
            assert!([0, 400].contains(&answer.status), "{answer:?}");
        }
        assert_eq!(served.get("/api/v1/transfers").expect(200)["items"], json!([]));
        served.stop();
        assert_eq!(left_pending(&served), Vec::<String>::new());
    }
}

#[test]
fn a_blank_test_answers_like_a_deposit_and_changes_nothing() {
    for served in servers() {
        served.deposit(&accepted(BUDGET)).expect(201);
        let url = served.house.installation.config.database_url(&served.house.data);
        let catalog = Store::open(&url).unwrap();
        let files = served.volumes();
        let rows = catalog.dump().unwrap();

        let examine =
            |package: &[u8]| served.request("POST", "/api/v1/examinations?name=a.zip").body(package).send().expect(200);
        let fine = examine(&accepted("subvention_bibliotheque"));
        assert_eq!((&fine["package"], &fine["verdict"]), (&json!("a.zip"), &json!("accepted")), "{fine}");
        let wrong = examine(&refused("CHECK_DIGEST.INVALID"));
        assert_eq!(
            (&wrong["verdict"], &wrong["totals"]["CHECK_DIGEST.INVALID"]),
            (&json!("refused"), &json!(1)),
            "{wrong}"
        );
        assert_eq!(examine(b"")["verdict"], "refused");
        let files_alone = fixtures::files(&fixture("denomination_ecole"));
        let fields: Vec<(&str, &str, &[u8])> = files_alone
            .iter()
            .map(|(name, bytes)| {
                (if name == "manifest.xml" { "manifest" } else { "files" }, name.as_str(), bytes.as_slice())
            })
            .collect();
        let form = served.request("POST", "/api/v1/examinations").form(&fields).send().expect(200);
        assert_ne!(form["verdict"], "refused", "{form}");

        assert_eq!(catalog.dump().unwrap(), rows, "{}", served.house.engine);
        assert!(served.volumes() == files, "the volumes changed");
    }
}

#[test]
fn transfers_are_listed_by_pages_and_by_state() {
    for served in servers() {
        for name in [BUDGET, "subvention_bibliotheque", "denomination_ecole"] {
            served.deposit(&accepted(name)).expect(201);
        }
        served.deposit(&refused("CHECK_DIGEST.INVALID")).expect(422);
        let first = served.get("/api/v1/transfers?limit=3").expect(200);
        assert_eq!(first["items"].as_array().unwrap().len(), 3);
        assert_eq!(first["items"][0]["status"], "refused");
        let rest = served.get(&format!("/api/v1/transfers?limit=3&cursor={}", text(&first["next"]))).expect(200);
        assert_eq!((rest["items"].as_array().unwrap().len(), rest.get("next")), (1, None));
        let kept = served.get("/api/v1/transfers?status=accepted").expect(200);
        assert_eq!(kept["items"].as_array().unwrap().len(), 3);
        served.get("/api/v1/transfers?status=lost").expect_problem(400, "unreadable");
        served.get("/api/v1/transfers?limit=201").expect_problem(400, "unreadable");
        served.get("/api/v1/transfers?cursor=x").expect_problem(400, "unreadable");
        served.get("/api/v1/transfers/x").expect_problem(404, "not-found");
    }
}

/// The packages that stand in `pending/` of any volume.
fn left_pending(served: &Served) -> Vec<String> {
    let is_pending = |path: &Path| path.iter().any(|step| step == "pending");
    let files = served.volumes().into_iter().map(|(path, _)| path).filter(|path| is_pending(path));
    files.map(|path| path.display().to_string()).collect()
}
