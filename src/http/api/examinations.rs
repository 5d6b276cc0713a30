//! Blank tests: a package examined as a deposit would be, and nothing kept.

use actix_web::{HttpRequest, web};

use crate::{
    domain::mandate::{Deposit, Mandate},
    http::{
        api::{transfer_views::DepositForm, transfers::Naming, views::ReportView},
        body,
        error::Error,
        state::{self, House},
    },
    record::report::Summary,
};

/// `POST /examinations`.
#[utoipa::path(
    post, path = "/api/v1/examinations", tag = "Versement", params(Naming),
    summary = "Contrôle un paquet à blanc : rien n’est gardé",
    request_body(content((DepositForm = "multipart/form-data"), (String = "application/zip"), (String = "application/x-tar"), (String = "application/gzip"), (String = "application/octet-stream"))),
    responses((status = 200, description = "Le rapport", body = ReportView)),
)]
pub async fn examine(
    house: web::Data<House>,
    by: Mandate<Deposit>,
    request: HttpRequest,
    naming: web::Query<Naming>,
    payload: web::Payload,
) -> Result<web::Json<ReportView>, Error> {
    let deposited = body::spool(&house, &by, &request, payload, naming.into_inner().name).await?;
    let name = deposited.name.clone();
    let examined =
        state::ask(&house, move |archive| archive.try_out(&by, deposited).map(|report| Summary::from(&report)));
    let Summary { verdict, findings, totals } = examined.await?;
    Ok(web::Json(ReportView::new(name, verdict, findings, totals)))
}
