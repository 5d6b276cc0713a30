//! `POST /restitutions`: the tenant's own stream, and nobody else's to ask for.

use cartulaire::domain::mandate::Permission;

use crate::api::{
    accepted,
    client::{servers, token},
};

#[test]
fn whoever_administers_a_tenant_gets_all_of_it_as_a_stream() {
    for served in servers() {
        assert_eq!(served.deposit(&accepted("bibliotheque")).status, 201);
        let answer = served.request("POST", "/api/v1/restitutions").send();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/zip")));
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(answer.body.clone())).unwrap();
        for name in ["restitution.json", "index.html", "log/checkpoint", "kit/verifier.py"] {
            assert!(zip.by_name(name).is_ok(), "{name}");
        }
        let answer = served.request("POST", "/api/v1/restitutions?format=tar").send();
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-tar")));
        let mut tar = tar::Archive::new(answer.body.as_slice());
        assert!(tar.entries().unwrap().all(|entry| entry.is_ok()));
        let metrics = String::from_utf8(served.get("/metrics").body).unwrap();
        assert!(metrics.contains("cartulaire_restitutions_total 2"), "{metrics}");
        assert_eq!(served.request("POST", "/api/v1/restitutions?format=rar").send().status, 400);
        assert_eq!(served.get("/api/v1/restitutions").status, 405);
    }
}

#[test]
fn who_may_not_administer_is_refused() {
    for served in servers() {
        let others: Vec<Permission> =
            Permission::ALL.into_iter().filter(|permission| *permission != Permission::Administer).collect();
        let clerk = token(served.house.archive(), None, &others);
        served.request("POST", "/api/v1/restitutions").bearing(&clerk).send().expect_problem(403, "refused");
    }
}
