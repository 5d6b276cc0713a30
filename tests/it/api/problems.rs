//! What is wrong with a request, or with the house, is told as a problem; health and metrics tell how the house is.

use serde_json::json;

use crate::api::{accepted, client::servers};

#[test]
fn what_no_address_or_method_answers_is_a_problem() {
    for served in servers() {
        for path in ["/", "/api/v1", "/api/v1/nothing", "/api/v2/transfers"] {
            served.get(path).expect_problem(404, "not-found");
        }
        for (method, path, allowed) in [
            ("DELETE", "/api/v1/transfers", "GET, POST"),
            ("POST", "/api/v1/archives", "GET"),
            ("PATCH", "/health/live", "GET"),
            ("TRACE", "/api/v1/units", "GET"),
        ] {
            let answer = served.request(method, path).send();
            assert_eq!(answer.header("allow"), Some(allowed), "{path}");
            answer.expect_problem(405, "method");
        }
        assert_eq!(served.request("HEAD", "/api/v1/transfers").send().status, 200);
    }
}

#[test]
fn a_json_body_that_cannot_be_read_is_told_where() {
    for served in servers() {
        let post = |body: &str| {
            served.request("POST", "/api/v1/deliveries").header("Content-Type", "application/json").body(body).send()
        };
        let problem = post("{\"units\": [}").expect_problem(400, "unreadable");
        assert!(problem["detail"].as_str().unwrap().contains("ligne 1"), "{problem}");
        post("{\"units\": [], \"requester\": \"a\", \"unité\": 1}").expect_problem(400, "unreadable");
        post(&format!("{{\"units\": [], \"requester\": \"{}\"}}", "a".repeat(1 << 20)))
            .expect_problem(413, "too-large");
        let untyped = served.request("POST", "/api/v1/deliveries").header("Content-Type", "text/plain").body("{}");
        untyped.send().expect_problem(415, "media-type");
    }
}

#[test]
fn a_house_that_cannot_write_asks_to_come_back_and_still_reads() {
    for mut served in servers() {
        let kept = served.deposit(&accepted("budget_supplementaire")).expect(201);
        served.stop();
        let config =
            cartulaire::config::Config { reserve_bytes: u64::MAX / 4, ..served.house.installation.config.clone() };
        config.save(&served.house.data).unwrap();
        served.restart();
        let refused = served.deposit(&accepted("subvention_bibliotheque"));
        assert!(refused.header("retry-after").is_some());
        refused.expect_problem(503, "unavailable");
        let ready = served.get("/health/ready").expect(503);
        assert_eq!((&ready["ready"], &ready["writable_volumes"]), (&json!(false), &json!(0)));
        assert_eq!(served.get("/health/live").status, 200);
        assert_eq!(served.get(kept["links"]["self"].as_str().unwrap()).expect(200)["status"], "accepted");
    }
}

#[test]
fn health_and_metrics_need_no_token() {
    for served in servers() {
        served.deposit(&accepted("budget_supplementaire")).expect(201);
        let ask = |path: &str| served.request("GET", path).bearing("").send();
        assert_eq!(ask("/health/ready").expect(200)["ready"], true);
        assert_eq!(ask("/health/live").text(), "ok\n");
        let metrics = ask("/metrics").text();
        assert!(metrics.contains("cartulaire_deposits_total{outcome=\"accepted\"} 1\n"), "{metrics}");
        assert!(metrics.contains("cartulaire_http_requests_total{status=\"2xx\"}"));
        assert_eq!(metrics.matches("cartulaire_volume_free_bytes{").count(), 2);
        let bytes = format!("cartulaire_deposit_bytes_total {}\n", accepted("budget_supplementaire").len());
        assert!(metrics.contains(&bytes), "{metrics}");
    }
}
