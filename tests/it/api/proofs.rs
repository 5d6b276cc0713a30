//! What an archive or a transfer proves, over the API.

use cartulaire::{
    pdf::reading::{self, Coverage},
    proof::tlog_proof::TlogProof,
};

use crate::api::{
    accepted,
    client::{servers, text},
    refused,
};

#[test]
fn an_archive_gives_its_integrity_report_as_json_or_as_a_sealed_pdf() {
    for served in servers() {
        let archive = text(&served.deposit(&accepted("budget_supplementaire")).expect(201)["archive"]);
        let path = format!("/api/v1/archives/{archive}/integrity");
        let report = served.get(&path).expect(200);
        assert_eq!((&report["format"], &report["verdict"]), (&"cartulaire-integrity/1".into(), &"intact".into()));
        assert_eq!(report["archive"]["id"], archive.as_str());
        let pdf = served.request("GET", &path).header("Accept", "application/pdf").send();
        assert_eq!((pdf.status, pdf.header("content-type")), (200, Some("application/pdf")));
        let read = reading::read(&pdf.body, reading::Limits { inflated_bytes: 16 << 20, fields: 100 });
        assert_eq!(read.signatures.iter().map(|one| one.coverage).collect::<Vec<_>>(), [Coverage::Whole]);
        served.get("/api/v1/archives/x/integrity").expect_problem(404, "not-found");
    }
}

#[test]
fn the_outcome_of_a_transfer_and_the_acceptance_of_an_archive_are_proven_from_the_log() {
    for served in servers() {
        let kept = served.deposit(&accepted("budget_supplementaire")).expect(201);
        let other = served.deposit(&refused("CHECK_DIGEST")).expect(422);
        let proof = |path: String| TlogProof::parse(&served.get(&path).body).unwrap();
        let of_transfer = proof(format!("/api/v1/transfers/{}/proof", text(&kept["id"])));
        let of_archive = proof(format!("/api/v1/archives/{}/proof", text(&kept["archive"])));
        assert_eq!((of_transfer.index, &of_transfer.extra), (of_archive.index, &of_archive.extra));
        let of_refusal = proof(format!("/api/v1/transfers/{}/proof", text(&other["id"])));
        assert!(of_refusal.index > of_transfer.index);
        served.get("/api/v1/transfers/x/proof").expect_problem(404, "not-found");
    }
}

#[test]
fn a_deposit_is_attested_whatever_became_of_it() {
    for served in servers() {
        for transfer in [
            served.deposit(&accepted("budget_supplementaire")).expect(201),
            served.deposit(&refused("CHECK_DIGEST")).expect(422),
        ] {
            let attestation = served.get(&format!("/api/v1/transfers/{}/attestation", text(&transfer["id"])));
            assert_eq!((attestation.status, attestation.header("content-type")), (200, Some("application/pdf")));
            assert!(attestation.body.starts_with(b"%PDF-"));
        }
    }
}
