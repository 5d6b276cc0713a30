//! The server: `/api/v1`, health and metrics; and, apart, that of a witness. It translates and renders; it decides
//! nothing.
//!
//! Below this room everything blocks, and is called through `web::block`; bytes are never gathered in memory. It knows
//! neither SQL nor volumes.

pub mod api;
pub mod error;
pub mod witness;
pub mod tsa;

mod body;
mod content;
mod health;
mod log;
mod mandate;
mod metrics;
mod pipe;
mod prefer;
mod rounds;
mod state;
mod workers;

use std::{future::Future, io, net::TcpListener};

use actix_web::{
    App, HttpServer, Resource, Route,
    error::{JsonPayloadError, QueryPayloadError},
    guard,
    middleware::from_fn,
    rt::{
        System,
        signal::unix::{SignalKind, signal},
    },
    web::{self, ServiceConfig},
};
use futures_util::future;

use crate::{
    boot::Installation,
    http::{
        api::{
            amendments, archives, credentials, deliveries, departures, disposals, examinations, holds, objects,
            openapi, proofs, referentials, requests, restitutions, transfers, unit_rules, units, uploads,
        },
        error::Error,
        rounds::Rounds,
        state::House,
        workers::Workers,
    },
};

/// Bytes of a JSON body: 1 MiB.
const JSON_BYTES: usize = 1 << 20;

/// Bytes of a receiver's reply, which may list 100,000 units: 256 MiB.
const REPLY_BYTES: usize = 256 << 20;

/// Seconds that requests under way have to end once the server stops.
const STOP_SECONDS: u64 = 30;

/// Serves an installation on `listener`, and settles received transfers beside, until `stop` is there; then lets what
/// is under way end.
pub fn serve(
    installation: Installation,
    listener: TcpListener,
    stop: impl Future<Output = ()> + 'static,
) -> io::Result<()> {
    let house = web::Data::new(House::new(installation));
    let workers = Workers::start(&house)?;
    let rounds = Rounds::start(&house)?;
    let served = System::new().block_on(async move {
        let app = move || App::new().app_data(house.clone()).configure(routes).wrap(from_fn(metrics::watch));
        let server = HttpServer::new(app).disable_signals().shutdown_timeout(STOP_SECONDS).listen(listener)?.run();
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            stop.await;
            handle.stop(true).await;
        });
        server.await
    });
    rounds.stop();
    workers.stop();
    served
}

/// Waits until the machine, or a person at it, asks the process to end (SIGTERM, SIGINT).
pub async fn told_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signals cannot be heard: only a kill ends this process");
        return future::pending().await;
    };
    future::select(Box::pin(terminate.recv()), Box::pin(interrupt.recv())).await;
}

/// Every address, in the order of the documentation.
#[rustfmt::skip]
fn routes(config: &mut ServiceConfig) {
    let api = web::scope(api::ROOT)
        .service(at("/transfers", "GET, POST").route(read().to(transfers::list)).route(web::post().to(transfers::deposit)))
        .service(at("/transfers/{id}", "GET").route(read().to(transfers::show)))
        .service(at("/transfers/{id}/acknowledgement", "GET").route(read().to(transfers::acknowledgement)))
        .service(at("/transfers/{id}/reply", "GET").route(read().to(transfers::reply)))
        .service(at("/transfers/{id}/report", "GET").route(read().to(transfers::report)))
        .service(at("/transfers/{id}/proof", "GET").route(read().to(proofs::of_transfer)))
        .service(at("/transfers/{id}/attestation", "GET").route(read().to(proofs::attestation)))
        .service(at("/transfers/{id}/validate", "POST").route(web::post().to(transfers::validate)))
        .service(at("/transfers/{id}/reject", "POST").route(web::post().to(transfers::reject)))
        .service(at("/examinations", "POST").route(web::post().to(examinations::examine)))
        .service(at("/uploads", "OPTIONS, POST").wrap(from_fn(uploads::speak))
            .route(options().to(uploads::options)).route(web::post().to(uploads::create)))
        .service(at("/uploads/{id}", "OPTIONS, HEAD, PATCH, DELETE").wrap(from_fn(uploads::speak))
            .route(options().to(uploads::options)).route(web::head().to(uploads::show))
            .route(web::patch().to(uploads::append)).route(web::delete().to(uploads::abandon))
            .route(web::route().guard(guard::fn_guard(uploads::overridden("PATCH"))).to(uploads::append))
            .route(web::route().guard(guard::fn_guard(uploads::overridden("DELETE"))).to(uploads::abandon)))
        .service(at("/archives", "GET").route(read().to(archives::list)))
        .service(at("/archives/{id}", "GET").route(read().to(archives::show)))
        .service(at("/archives/{id}/units", "GET").route(read().to(archives::roots)))
        .service(at("/archives/{id}/manifest", "GET").route(read().to(archives::manifest)))
        .service(at("/archives/{id}/integrity", "GET").route(read().to(proofs::integrity)))
        .service(at("/archives/{id}/proof", "GET").route(read().to(proofs::of_archive)))
        .service(at("/archives/{id}/evidence", "GET").route(read().to(archives::evidence)))
        .service(at("/units", "GET").route(read().to(units::search)))
        .service(at("/units/facets", "GET").route(read().to(units::facets)))
        .service(at("/units/{id}", "GET").route(read().to(units::show)))
        .service(at("/units/{id}/children", "GET").route(read().to(units::children)))
        .service(at("/units/{id}/rules", "GET").route(read().to(unit_rules::show)))
        .service(at("/objects/{id}/content", "GET").route(read().to(objects::content)))
        .service(at("/deliveries", "POST").route(web::post().to(deliveries::deliver)))
        .service(at("/departures", "POST").route(web::post().to(departures::plan)))
        .service(at("/departures/{id}", "GET").route(read().to(departures::show)))
        .service(at("/departures/{id}/package", "POST").route(web::post().to(departures::send)))
        .service(at("/departures/{id}/reply", "POST").app_data(web::PayloadConfig::new(REPLY_BYTES)).route(web::post().to(departures::reply)))
        .service(at("/departures/{id}/received", "POST").route(web::post().to(departures::received)))
        .service(at("/departures/{id}/attestation", "GET").route(read().to(departures::attestation)))
        .service(at("/disposals", "GET, POST").route(read().to(disposals::list)).route(web::post().to(disposals::plan)))
        .service(at("/disposals/replies", "POST").route(web::post().to(disposals::import)))
        .service(at("/disposals/{id}", "GET, DELETE")
            .route(read().to(disposals::show)).route(web::delete().to(disposals::abandon)))
        .service(at("/disposals/{id}/list.csv", "GET").route(read().to(disposals::csv)))
        .service(at("/disposals/{id}/list.pdf", "GET").route(read().to(disposals::pdf)))
        .service(at("/disposals/{id}/agreement", "POST").route(web::post().to(disposals::agree)))
        .service(at("/disposals/{id}/visa", "POST").route(web::post().to(disposals::control)))
        .service(at("/disposals/{id}/requests", "GET").route(read().to(disposals::requests)))
        .service(at("/disposals/{id}/execution", "POST").route(web::post().to(disposals::execute)))
        .service(at("/disposals/{id}/certificate", "GET").route(read().to(disposals::certificate)))
        .service(at("/requests", "GET, POST").route(read().to(requests::list)).route(web::post().to(requests::register)))
        .service(at("/requests/{id}", "GET").route(read().to(requests::show)))
        .service(at("/requests/{id}/agreement", "POST").route(web::post().to(requests::agree)))
        .service(at("/requests/{id}/visa", "POST").route(web::post().to(requests::rule)))
        .service(at("/requests/{id}/delivery", "POST").route(web::post().to(requests::deliver)))
        .service(at("/requests/{id}/index", "GET").route(read().to(requests::index)))
        .service(at("/requests/{id}/attestation", "GET").route(read().to(requests::attestation)))
        .service(at("/restitutions", "POST").route(web::post().to(restitutions::restitute)))
        .service(at("/referentials/{kind}", "GET, PUT")
            .route(read().to(referentials::export)).route(web::put().to(referentials::import)))
        .service(at("/referentials/{kind}/editions", "GET").route(read().to(referentials::editions)))
        .service(at("/amendments", "POST").route(web::post().to(amendments::amend)))
        .service(at("/amendments/{id}/undo", "POST").route(web::post().to(amendments::undo)))
        .service(at("/reclassifications", "POST").route(web::post().to(amendments::reclassify)))
        .service(at("/units/{id}/history", "GET").route(read().to(amendments::history)))
        .service(at("/holds", "GET, POST").route(read().to(holds::list)).route(web::post().to(holds::place)))
        .service(at("/holds/{id}", "GET").route(read().to(holds::show)))
        .service(at("/holds/{id}/lift", "POST").route(web::post().to(holds::lift)))
        .service(at("/units/{id}/holds", "GET").route(read().to(holds::of_unit)))
        .service(at("/credentials", "GET, POST")
            .route(read().to(credentials::list)).route(web::post().to(credentials::issue)))
        .service(at("/credentials/{id}", "DELETE").route(web::delete().to(credentials::revoke)))
        .service(at("/openapi.json", "GET").route(read().to(openapi::show)))
        .default_service(web::to(error::no_such_path));
    config
        .app_data(web::JsonConfig::default().limit(JSON_BYTES).error_handler(|error, _| unreadable_json(&error).into()))
        .app_data(web::QueryConfig::default().error_handler(|error, _| unreadable_query(&error).into()))
        .app_data(web::PathConfig::default().error_handler(|_, _| Error::NotFound(error::NO_SUCH_PATH).into()))
        .service(api)
        .service(at("/log/{path:.*}", "GET").route(read().to(log::show)))
        .service(at("/health/live", "GET").route(read().to(health::live)))
        .service(at("/health/ready", "GET").route(read().to(health::ready)))
        .service(at("/metrics", "GET").route(read().to(metrics::metrics)))
        .default_service(web::to(error::no_such_path));
}

/// An address; other methods than its own are told which these are.
fn at(path: &str, methods: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || async move { Err::<&str, _>(Error::Method(methods)) }))
}

/// What only reads answers GET and HEAD.
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn options() -> Route {
    web::route().guard(guard::Options())
}

fn unreadable_json(error: &JsonPayloadError) -> Error {
    match error {
        JsonPayloadError::ContentType => Error::MediaType("application/json"),
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            Error::TooLarge { limit_bytes: u64::try_from(JSON_BYTES).unwrap_or(u64::MAX) }
        }
        JsonPayloadError::Deserialize(wrong) => {
            let (line, column) = (wrong.line(), wrong.column());
            Error::Unreadable(format!("Le corps JSON ne convient pas, ligne {line}, colonne {column}{}.", about(wrong)))
        }
        _ => Error::Unreadable("Le corps JSON ne se lit pas.".to_owned()),
    }
}

fn unreadable_query(error: &QueryPayloadError) -> Error {
    Error::Unreadable(format!("Un paramètre de l’adresse est inconnu ou ne se lit pas{}.", about(error)))
}

/// The field that a parser's error names.
fn about(error: &impl ToString) -> String {
    error.to_string().split('`').nth(1).map(|field| format!(" : « {field} »")).unwrap_or_default()
}
