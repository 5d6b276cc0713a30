//! An archive's evidence record over HTTP, once its day is over.

use cartulaire::domain::mandate::Read;

use crate::{
    api::{
        accepted,
        client::{served, text},
    },
    archive::{Hands, houses_at},
    fixtures,
};

#[test]
fn the_evidence_of_an_archive_is_given_once_its_day_is_over() {
    let clock = Hands::at("2030-01-10T22:00:00Z");
    for house in houses_at(&clock, "2030-01-10T22:00:00Z") {
        let archive = house.accept(&fixtures::accepted()[0].path);
        clock.set("2030-01-11T06:00:00Z");
        house.archive().evidence_due().unwrap();
        let expected = house.archive().evidence_record(&house.may::<Read>(), archive).unwrap().unwrap();
        let served = served(house, |config| config);
        let shown = served.get(&format!("/api/v1/archives/{archive}")).expect(200);
        let answer = served.get(&text(&shown["evidence"]));
        assert_eq!((answer.status, &answer.body), (200, &expected));
        assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
        assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"archive-1.ers\""));

        let today = served.deposit(&accepted("subvention_bibliotheque")).expect(201);
        let path = format!("/api/v1/archives/{}/evidence", text(&today["archive"]));
        served.get(&path).expect_problem(404, "not-yet");
        served.get("/api/v1/archives/x/evidence").expect_problem(404, "not-found");
    }
}
