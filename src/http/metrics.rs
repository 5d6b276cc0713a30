//! What is counted, and how Prometheus reads it. Counters start at zero with the process.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use actix_web::{
    HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS},
    middleware::Next,
    web,
};

use crate::{
    archive::{deposit::Receipt, standing::Standing},
    domain::{clock::Timestamp, transfer::TransferStatus},
    http::{
        error::Error,
        state::{self, House},
    },
};

/// The counters.
#[derive(Default)]
pub struct Counters {
    /// Bytes of deposits spooled.
    pub bytes_in: AtomicU64,
    /// Restitutions streamed to their end.
    pub restitutions: AtomicU64,
    received: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    awaiting: AtomicU64,
    same: AtomicU64,
    conflict: AtomicU64,
    /// Answers by class of status, from 1xx to 5xx.
    answers: [AtomicU64; 5],
}

impl Counters {
    /// Counts the answer to a deposit.
    pub fn count(&self, receipt: &Receipt) {
        let counter = match receipt {
            Receipt::Acknowledged(_) => &self.received,
            Receipt::Same(_) => &self.same,
            Receipt::Conflict(_) => &self.conflict,
            Receipt::Settled(settled) => match settled.transfer.status {
                TransferStatus::Received => &self.received,
                TransferStatus::AwaitingValidation { .. } => &self.awaiting,
                TransferStatus::Accepted { .. } => &self.accepted,
                TransferStatus::Refused { .. } => &self.refused,
            },
        };
        counter.fetch_add(1, Relaxed);
    }

    fn deposits(&self) -> [(&'static str, &AtomicU64); 6] {
        [
            ("received", &self.received),
            ("accepted", &self.accepted),
            ("refused", &self.refused),
            ("awaiting-validation", &self.awaiting),
            ("same", &self.same),
            ("conflict", &self.conflict),
        ]
    }
}

/// Counts and logs every answer, and forbids browsers to guess what it is. Queries are not logged: what people search
/// for is theirs.
pub async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let house = request.app_data::<web::Data<House>>().cloned();
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let mut response = next.call(request).await?;
    let status = response.status().as_u16();
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let class = house.as_ref().and_then(|house| house.counters.answers.get(usize::from(status / 100).checked_sub(1)?));
    if let Some(counter) = class {
        counter.fetch_add(1, Relaxed);
    }
    tracing::info!(%method, path, status, "answered");
    Ok(response)
}

/// `GET /metrics`: the counters and the volumes' room, as Prometheus reads them.
pub async fn metrics(house: web::Data<House>) -> Result<HttpResponse, Error> {
    let (health, standing) =
        state::ask(&house, |archive| Ok::<_, Error>((archive.health(), archive.standing()?))).await?;
    let volumes =
        health.volumes.iter().map(|volume| (volume.path.display().to_string(), volume.free_bytes, volume.writable));
    let mut text = written(&house.counters, health.stopped, volumes);
    text.push_str(&proof(&standing));
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

fn written(counters: &Counters, stopped: bool, volumes: impl Iterator<Item = (String, u64, bool)>) -> String {
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: Vec<(String, u64)>| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let deposits =
        counters.deposits().map(|(outcome, value)| (format!("{{outcome=\"{outcome}\"}}"), value.load(Relaxed)));
    family("cartulaire_deposits_total", "counter", "Answers to deposits over HTTP.", deposits.to_vec());
    let bytes = vec![(String::new(), counters.bytes_in.load(Relaxed))];
    family("cartulaire_deposit_bytes_total", "counter", "Bytes of deposits spooled.", bytes);
    let restitutions = vec![(String::new(), counters.restitutions.load(Relaxed))];
    family("cartulaire_restitutions_total", "counter", "Restitutions streamed to their end.", restitutions);
    let answers = counters.answers.iter().enumerate();
    let answers = answers.map(|(at, value)| (format!("{{status=\"{}xx\"}}", at + 1), value.load(Relaxed)));
    family("cartulaire_http_requests_total", "counter", "Answers by class of status.", answers.collect());
    family(
        "cartulaire_writing_stopped",
        "gauge",
        "1 once writing has stopped.",
        vec![(String::new(), u64::from(stopped))],
    );
    let (mut free, mut writable) = (Vec::new(), Vec::new());
    for (path, bytes, may_write) in volumes {
        let labels = format!("{{volume=\"{}\"}}", path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
        free.push((labels.clone(), bytes));
        writable.push((labels, u64::from(may_write)));
    }
    family("cartulaire_volume_free_bytes", "gauge", "Room left on a volume, in bytes.", free);
    family("cartulaire_volume_writable", "gauge", "1 when new things are written to a volume.", writable);
    text
}

/// How far the proof has come, to be watched.
fn proof(standing: &Standing) -> String {
    let missing = |since: Option<Timestamp>| u64::from(since.is_some());
    let stamped = standing.stamp.as_ref().map_or(0, |stamp| stamp.size);
    let gauges = [
        ("cartulaire_log_entries", "Entries of the log.", standing.entries),
        ("cartulaire_log_published_entries", "Entries under the last checkpoint.", standing.published),
        ("cartulaire_log_time_stamped_entries", "Entries under the last time-stamp.", stamped),
        ("cartulaire_time_stamp_missing", "1 while no authority answers.", missing(standing.time_gap)),
        ("cartulaire_witness_quorum_missing", "1 while the quorum is lacking.", missing(standing.witness_gap)),
    ];
    let mut text = String::new();
    for (name, help, value) in gauges {
        // Writing into a String cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_announced_and_labels_are_escaped() {
        let counters = Counters::default();
        counters.bytes_in.fetch_add(7, Relaxed);
        let text = written(&counters, false, [("/a\"b".to_owned(), 9, true)].into_iter());
        assert!(text.contains("# TYPE cartulaire_deposit_bytes_total counter\ncartulaire_deposit_bytes_total 7\n"));
        assert!(text.contains("cartulaire_volume_free_bytes{volume=\"/a\\\"b\"} 9\n"));
        assert!(text.lines().all(|line| line.starts_with("# ") || line.starts_with("cartulaire_")));
    }
}
