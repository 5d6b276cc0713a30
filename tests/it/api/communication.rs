//! Requests for communication and departures, through the API.

use cartulaire::domain::mandate::Permission;
use serde_json::json;

use crate::api::{
    accepted,
    client::{servers, text},
};

#[test]
fn a_request_waits_for_those_whose_word_it_is_then_is_delivered() {
    for served in servers() {
        // Without a referential of rules nobody can tell when AR048 ends: a derogation is needed.
        served.deposit(&accepted("arrete_individuel")).expect(201);
        let units = served.get("/api/v1/units?access=true").expect(200);
        let closed =
            units["items"].as_array().unwrap().iter().find(|one| one["access"]["access"] == "unknown").unwrap();
        let (unit, agency) = (text(&closed["id"]), text(&closed["originating_agency"]));
        let shown = served.get(&format!("/api/v1/units/{unit}")).expect(200);
        assert_eq!(shown["access"]["rule"], "AR048");

        let form = json!({
            "selection": {"units": [unit]}, "requester": "Élise", "motive": "research", "reason": "thèse",
        });
        let dossier = served.request("POST", "/api/v1/requests").json(&form).send().expect(201);
        assert_eq!((&dossier["state"], &dossier["n_blocked"]), (&json!("waiting"), &json!(1)));
        let place = format!("/api/v1/requests/{}", text(&dossier["id"]));
        let deliver = || served.request("POST", &format!("{place}/delivery")).json(&json!({})).send();
        deliver().expect_problem(409, "overtaken");
        let account = |permission: Permission, agency: &str| {
            let by = served.house.actor.mandate().unwrap();
            served.house.archive().issue(&by, agency, &[permission], Some(agency)).unwrap().1
        };
        let answer = |path: &str, token: &str, granted: bool| {
            let request = served.request("POST", &format!("{place}/{path}")).bearing(token);
            request.json(&json!({"granted": granted})).send()
        };
        let (producer, authority) = (account(Permission::Agree, &agency), account(Permission::Control, "AD84"));
        answer("visa", &producer, true).expect_problem(403, "refused");
        assert_eq!(answer("agreement", &producer, true).expect(200)["state"], "waiting");
        assert_eq!(answer("visa", &authority, true).expect(200)["state"], "granted");
        let package = deliver();
        assert_eq!((package.status, package.header("content-type")), (200, Some("application/zip")));
        assert!(served.get(&format!("{place}/index")).text().contains("Élise"));
        assert!(served.get(&format!("{place}/attestation")).body.starts_with(b"%PDF-"));
        assert_eq!(served.get("/api/v1/requests?state=delivered").expect(200)[0]["id"], dossier["id"]);
        let wrong = json!({"selection": {"units": [unit]}, "requester": "Élise", "motive": "curiosité"});
        served.request("POST", "/api/v1/requests").json(&wrong).send().expect_problem(422, "impossible");
    }
}

#[test]
fn a_departure_is_planned_sent_and_answered() {
    for served in servers() {
        served.deposit(&accepted("budget_supplementaire")).expect(201);
        let root = text(&served.get("/api/v1/units?roots=true").expect(200)["items"][0]["id"]);
        let form = json!({"selection": {"units": [root]}, "to": "FRAD084"});
        let plan = served.request("POST", "/api/v1/departures").json(&form).send().expect(201);
        assert_eq!((&plan["state"], &plan["disposition"]), (&json!("planned"), &json!("transfer")));
        let place = format!("/api/v1/departures/{}", text(&plan["id"]));
        let by = served.house.actor.mandate().unwrap();
        let carrying = served.house.archive().issue(&by, "Envoi", &[Permission::Dispose], None).unwrap().1;
        let send =
            |token: &str| served.request("POST", &format!("{place}/package")).bearing(token).json(&json!({})).send();
        let reader = served.house.archive().issue(&by, "Lecture", &[Permission::Read], None).unwrap().1;
        send(&reader).expect_problem(403, "refused");
        assert_eq!(send(&carrying).status, 200);
        let shown = served.get(&place).expect(200);
        assert_eq!(shown["state"], "sent");
        let reply = |code: &str| {
            let body = format!(
                "<ArchiveTransferReply xmlns=\"fr:gouv:culture:archivesdefrance:seda:v2.1\"><MessageIdentifier>ATR\
                 </MessageIdentifier><ReplyCode>{code}</ReplyCode><MessageRequestIdentifier>{}</MessageRequestIdentifier>\
                 <ArchivalAgency><Identifier>FRAD084</Identifier></ArchivalAgency></ArchiveTransferReply>",
                text(&shown["message"])
            );
            served.request("POST", &format!("{place}/reply")).body(body.into_bytes()).send()
        };
        assert_eq!(reply("000").expect(200)["state"], "authorised");
        assert_eq!(reply("000").status, 409);
        assert!(served.get(&format!("{place}/attestation")).body.starts_with(b"%PDF-"));
    }
}
