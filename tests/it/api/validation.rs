//! Transfers that await a person: no reply before, then the one or the other.

use std::fs;

use serde_json::Value;

use crate::{
    api::{
        accepted,
        client::{Served, servers, text},
    },
    fixtures::referential,
};

/// Deposits under an agreement that asks for a person, and gives the transfer.
fn awaiting(served: &Served, name: &str) -> Value {
    let mut agreements: Value = serde_json::from_slice(&fs::read(referential("agreements.json")).unwrap()).unwrap();
    for agreement in agreements.as_array_mut().unwrap() {
        agreement["Acceptance"] = "human".into();
    }
    let put = served.request("PUT", "/api/v1/referentials/agreements").header("Content-Type", "application/json");
    put.body(agreements.to_string()).send().expect(200);
    let transfer = served.deposit(&accepted(name)).expect(202);
    assert_eq!(transfer["status"], "awaiting-validation", "{transfer}");
    transfer
}

#[test]
fn a_person_accepts_what_waits_and_then_there_is_a_reply() {
    for served in servers() {
        let transfer = awaiting(&served, "budget_supplementaire");
        let reply = served.get(&text(&transfer["links"]["reply"]));
        assert!(reply.header("retry-after").is_some());
        reply.expect_problem(404, "not-yet");
        served.get(&text(&transfer["links"]["report"])).expect_problem(404, "not-yet");

        let place = format!("{}/validate", text(&transfer["links"]["self"]));
        assert_eq!(served.request("POST", &place).send().expect(200)["status"], "accepted");
        assert!(served.get(&text(&transfer["links"]["reply"])).text().contains("<ArchiveTransferReply"));
        served.request("POST", &place).send().expect_problem(404, "not-found");
    }
}

#[test]
fn a_person_refuses_what_waits_and_the_reply_says_why() {
    for served in servers() {
        let transfer = awaiting(&served, "budget_supplementaire");
        let place = format!("{}/reject", text(&transfer["links"]["self"]));
        let reject = |body: &Value| served.request("POST", &place).json(body).send();
        reject(&serde_json::json!({"reason": " "})).expect_problem(400, "unreadable");
        reject(&serde_json::json!({"motif": "x"})).expect_problem(400, "unreadable");
        let refused = reject(&serde_json::json!({"reason": "L’annexe est celle d’un autre acte."})).expect(200);
        assert_eq!(refused["status"], "refused");
        let reply = served.get(&text(&transfer["links"]["reply"]));
        assert!(reply.text().contains("L’annexe est celle d’un autre acte."), "{}", reply.text());
    }
}
