//! Resumable deposits (tus 1.0.0): resumed after a cut and after a restart, turned into a transfer by the last byte.

use crate::api::{
    accepted,
    client::{Answer, Request, Served, servers, servers_with, text},
};

const PART: &str = "application/offset+octet-stream";

fn tus<'a>(served: &'a Served, method: &str, path: &str) -> Request<'a> {
    served.request(method, path).header("Tus-Resumable", "1.0.0")
}

/// Begins an upload, and gives its address.
fn begun(served: &Served, length: usize) -> String {
    let answer = tus(served, "POST", "/api/v1/uploads").header("Upload-Length", &length.to_string());
    // « délib.zip »
    let answer = answer.header("Upload-Metadata", "filename ZMOpbGliLnppcA==").send();
    assert_eq!((answer.status, answer.header("tus-resumable")), (201, Some("1.0.0")), "{}", answer.text());
    assert!(answer.header("upload-expires").unwrap().ends_with(" GMT"));
    answer.header("location").unwrap().to_owned()
}

fn part<'a>(served: &'a Served, place: &str, offset: usize, bytes: &[u8]) -> Request<'a> {
    let request = tus(served, "PATCH", place).header("Upload-Offset", &offset.to_string());
    request.header("Content-Type", PART).body(bytes)
}

fn offset(answer: &Answer) -> usize {
    answer.header("upload-offset").unwrap_or_else(|| panic!("{answer:?}")).parse().unwrap()
}

#[test]
fn an_upload_survives_a_cut_and_a_restart_and_becomes_a_transfer() {
    for mut served in servers() {
        let package = accepted("budget_supplementaire");
        let place = begun(&served, package.len());
        let first = part(&served, &place, 0, &package[..1_000]).send();
        assert_eq!((first.status, offset(&first)), (204, 1_000));

        let cut = part(&served, &place, 1_000, &package[1_000..2_000]).send_first(500);
        assert!([0, 400].contains(&cut.status), "{cut:?}");
        served.restart();
        let head = tus(&served, "HEAD", &place).send();
        assert_eq!((head.status, head.header("cache-control")), (200, Some("no-store")));
        assert_eq!(head.header("upload-length"), Some(package.len().to_string().as_str()));
        assert_eq!(head.header("upload-metadata"), Some("filename ZMOpbGliLnppcA=="));
        let reached = offset(&head);
        assert!((1_000..=1_500).contains(&reached), "{reached}");

        let last = part(&served, &place, reached, &package[reached..]).send();
        assert_eq!((last.status, offset(&last)), (204, package.len()), "{}", last.text());
        let transfer = last.header("location").unwrap().to_owned();
        let again = served.deposit(&package).expect(200);
        assert_eq!((&again["status"], &again["links"]["self"]), (&"accepted".into(), &transfer.as_str().into()));
        assert_eq!(again["package"]["name"], "délib.zip");

        let ended = tus(&served, "HEAD", &place).send();
        assert_eq!((ended.status, ended.header("location")), (200, Some(transfer.as_str())));
        assert_eq!(part(&served, &place, 0, b"x").send().status, 404);
    }
}

#[test]
fn a_part_that_does_not_fit_changes_nothing() {
    for served in servers() {
        let place = begun(&served, 10);
        part(&served, &place, 3, b"abc").send().expect_problem(409, "offset");
        part(&served, &place, 0, b"abcdefghijk").send().expect_problem(400, "unreadable");
        let typed = tus(&served, "PATCH", &place).header("Upload-Offset", "0").body("abc");
        typed.send().expect_problem(415, "media-type");
        let without = tus(&served, "PATCH", &place).header("Content-Type", PART).body("abc");
        without.send().expect_problem(400, "unreadable");
        assert_eq!(offset(&tus(&served, "HEAD", &place).send()), 0);
        assert_eq!(offset(&part(&served, &place, 0, b"abcde").send()), 5);
        let last = tus(&served, "POST", &place).header("X-HTTP-Method-Override", "PATCH").header("Upload-Offset", "5");
        let last = last.header("Content-Type", PART).body("fghij").send();
        let transfer = served.get(last.header("location").unwrap()).expect(200);
        assert_eq!(transfer["package"]["size"], 10);
    }
}

#[test]
fn an_upload_that_is_given_up_is_gone_with_its_bytes() {
    for served in servers() {
        let before = served.volumes();
        let place = begun(&served, 10);
        assert_eq!(part(&served, &place, 0, b"abc").send().status, 204);
        assert_eq!(tus(&served, "DELETE", &place).send().status, 204);
        assert!(served.volumes() == before, "something is left");
        tus(&served, "DELETE", &place).send().expect_problem(404, "not-found");
        assert_eq!(tus(&served, "HEAD", &place).send().status, 404);
    }
}

#[test]
fn the_protocol_is_announced_and_other_versions_are_refused() {
    for served in servers_with(|config| cartulaire::config::Config { upload_bytes: 100, ..config }) {
        let options = served.request("OPTIONS", "/api/v1/uploads").bearing("").send();
        assert_eq!((options.status, options.header("tus-version")), (204, Some("1.0.0")));
        assert_eq!(options.header("tus-extension"), Some("creation,expiration,termination"));
        assert_eq!(options.header("tus-max-size"), Some("100"));
        let old = served.request("POST", "/api/v1/uploads").header("Tus-Resumable", "0.2.2").send();
        assert_eq!((old.header("tus-version"), old.header("tus-resumable")), (Some("1.0.0"), Some("1.0.0")));
        old.expect_problem(412, "tus-version");
        let create = |length: &str| tus(&served, "POST", "/api/v1/uploads").header("Upload-Length", length).send();
        create("101").expect_problem(413, "too-large");
        create("0").expect_problem(400, "unreadable");
        create("many").expect_problem(400, "unreadable");
        let named = tus(&served, "POST", "/api/v1/uploads").header("Upload-Length", "5");
        named.header("Upload-Metadata", "filename ???").send().expect_problem(400, "unreadable");
    }
}

#[test]
fn an_upload_of_what_was_deposited_before_gives_the_earlier_transfer() {
    for served in servers() {
        let package = accepted("budget_supplementaire");
        let earlier = served.deposit(&package).expect(201);
        let place = begun(&served, package.len());
        let last = part(&served, &place, 0, &package).send();
        assert_eq!(last.header("location").unwrap(), text(&earlier["links"]["self"]));
    }
}
