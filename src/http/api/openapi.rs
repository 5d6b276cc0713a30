//! The OpenAPI document, made from the handlers themselves. `docs/api/openapi.json` is its committed copy, which a test
//! compares.

use actix_web::HttpResponse;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, Response,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::http::{
    api::{
        amendments, archives, credentials, deliveries, departures, disposals, examinations, holds, objects, proofs,
        referentials, requests, restitutions, transfers, unit_rules, units, uploads,
    },
    error::{PROBLEM, Problem},
};

/// The API of version 1.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cartulaire",
        version = "1",
        description = "Système d’archivage électronique : versement, consultation et communication d’archives au format SEDA. Chaque requête porte « Authorization: Bearer JETON ». Les erreurs sont des problèmes (RFC 9457) en français.",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2"),
    ),
    paths(
        transfers::deposit, transfers::list, transfers::show, transfers::acknowledgement, transfers::reply,
        transfers::report, transfers::validate, transfers::reject,
        examinations::examine,
        uploads::create, uploads::show, uploads::append, uploads::abandon,
        archives::list, archives::show, archives::roots, archives::manifest, archives::evidence,
        proofs::integrity, proofs::of_archive, proofs::of_transfer, proofs::attestation,
        units::search, units::facets, units::show, units::children, unit_rules::show,
        objects::content,
        deliveries::deliver,
        departures::plan, departures::show, departures::send, departures::reply, departures::received,
        departures::attestation,
        disposals::list, disposals::plan, disposals::show, disposals::abandon, disposals::csv, disposals::pdf,
        disposals::agree, disposals::control, disposals::requests, disposals::import, disposals::execute,
        disposals::certificate,
        requests::register, requests::list, requests::show, requests::agree, requests::rule, requests::deliver,
        requests::index, requests::attestation,
        restitutions::restitute,
        referentials::export, referentials::import, referentials::editions,
        amendments::amend, amendments::undo, amendments::reclassify, amendments::history,
        holds::list, holds::place, holds::show, holds::lift, holds::of_unit,
        credentials::list, credentials::issue, credentials::revoke,
    ),
    components(schemas(Problem)),
    modifiers(&Everywhere),
    security(("jeton" = [])),
)]
struct Document;

/// What holds for every operation: a token is asked for, and errors are problems.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("jeton", SecurityScheme::Http(bearer));
        for path in document.paths.paths.values_mut() {
            let operations: [&mut Option<Operation>; 6] =
                [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.head, &mut path.patch];
            for operation in operations.into_iter().flatten() {
                let problem = Content::new(Some(Ref::from_schema_name("Problem")));
                let mut response = Response::new("Un problème (RFC 9457)");
                response.content.insert(PROBLEM.to_owned(), problem.into());
                operation.responses.responses.insert("default".to_owned(), response.into());
            }
        }
    }
}

/// The document, as JSON for people to read.
pub fn document() -> Result<String, serde_json::Error> {
    Document::openapi().to_pretty_json()
}

/// `GET /openapi.json`.
pub async fn show() -> HttpResponse {
    HttpResponse::Ok().json(Document::openapi())
}
