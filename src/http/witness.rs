//! A witness of other logs as a small server (C2SP tlog-witness): `POST /add-checkpoint`, and health.
//!
//! It knows no archive. What it decides is `proof::witness`'s; what it keeps is in `seat`. TLS is a proxy's before it.

pub mod seat;

use std::{future::Future, io, net::TcpListener};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::StatusCode,
    rt::System,
    web::{self, Bytes, Data, PayloadConfig, ServiceConfig},
};

use crate::{
    http::{
        STOP_SECONDS, at, error, health, read,
        witness::seat::{Reply, Seat},
    },
    proof::exchange,
};

/// The media type of cosignatures and of refusals.
const TEXT: &str = "text/plain; charset=utf-8";

/// Serves a witness on `listener` until `stop` is there; then lets what is under way end.
pub fn serve(seat: Seat, listener: TcpListener, stop: impl Future<Output = ()> + 'static) -> io::Result<()> {
    let seat = Data::new(seat);
    System::new().block_on(async move {
        let app = move || App::new().app_data(seat.clone()).configure(routes);
        let server = HttpServer::new(app).disable_signals().shutdown_timeout(STOP_SECONDS).listen(listener)?.run();
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            stop.await;
            handle.stop(true).await;
        });
        server.await
    })
}

fn routes(config: &mut ServiceConfig) {
    config
        .app_data(PayloadConfig::new(exchange::REQUEST_BYTES))
        .service(at(exchange::PATH, "POST").route(web::post().to(add_checkpoint)))
        .service(at("/health", "GET").route(read().to(health::live)))
        .default_service(web::to(error::no_such_path));
}

/// `POST /add-checkpoint`: cosigns a checkpoint that begins with the last one of its log.
async fn add_checkpoint(seat: Data<Seat>, body: Bytes) -> HttpResponse {
    let answered = web::block(move || seat.add_checkpoint(&body)).await;
    match answered {
        Ok(Ok(reply)) => response(reply),
        Ok(Err(failure)) => failed(&failure),
        Err(cancelled) => failed(&cancelled),
    }
}

fn response(reply: Reply) -> HttpResponse {
    let refused = |status, why: &'static str| HttpResponse::build(status).content_type(TEXT).body(why);
    match reply {
        Reply::Cosigned(lines) => HttpResponse::Ok().content_type(TEXT).body(lines),
        Reply::Stands { size } => HttpResponse::Conflict().content_type(exchange::SIZE_TYPE).body(format!("{size}\n")),
        Reply::Malformed(why) => HttpResponse::BadRequest().content_type(TEXT).body(format!("{why}\n")),
        Reply::Impossible => refused(StatusCode::BAD_REQUEST, "the old size is above the checkpoint's\n"),
        Reply::UnknownKey => refused(StatusCode::FORBIDDEN, "no known key of the log signed\n"),
        Reply::UnknownOrigin => refused(StatusCode::NOT_FOUND, "the log is not witnessed here\n"),
        Reply::Unproven => refused(StatusCode::UNPROCESSABLE_ENTITY, "the consistency proof does not verify\n"),
    }
}

fn failed(failure: &(dyn std::error::Error + 'static)) -> HttpResponse {
    tracing::error!(failure, "the witness failed");
    HttpResponse::InternalServerError().content_type(TEXT).body("the witness failed\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::{
        body::to_bytes,
        http::header::CONTENT_TYPE,
        test::{TestRequest, call_service, init_service},
    };

    use super::*;
    use crate::{
        boot::SystemClock,
        proof::{exchange::Answer, vkey::Vkey},
    };

    #[actix_web::test]
    async fn each_request_is_answered_as_the_specification_says() {
        let folder = tempfile::tempdir().unwrap();
        let log = seat::tests::log();
        let seat =
            Seat::open(folder.path(), Some("witness.example/w"), vec![log.vkey().clone()], Arc::new(SystemClock));
        let seat = Data::new(seat.unwrap());
        let keys: Vec<Vkey> = seat.vkeys().cloned().collect();
        let app = init_service(App::new().app_data(seat).configure(routes)).await;
        let post = async |body: Vec<u8>| {
            let response =
                call_service(&app, TestRequest::post().uri("/add-checkpoint").set_payload(body).to_request()).await;
            let media = response.headers().get(CONTENT_TYPE).unwrap().to_str().unwrap().to_owned();
            let status = response.status().as_u16();
            (status, media, to_bytes(response.into_body()).await.unwrap())
        };
        let asked = seat::tests::honest(&log, 0, 3);
        let (status, _, body) = post(asked.to_string().into_bytes()).await;
        let Answer::Cosigned(lines) = Answer::read(status, &body, asked.checkpoint.note(), &keys) else {
            panic!("{status} {body:?}")
        };
        assert_eq!(lines.len(), 2, "one line per key");
        let (status, media, body) = post(seat::tests::honest(&log, 0, 5).to_string().into_bytes()).await;
        assert_eq!((status, media.as_str(), body.as_ref()), (409, "text/x.tlog.size", b"3\n".as_slice()));
        let mut unproven = seat::tests::honest(&log, 3, 5);
        unproven.proof.clear();
        for (body, expected) in [
            (unproven.to_string().into_bytes(), 422),
            (seat::tests::honest(&seat::tests::log(), 3, 5).to_string().into_bytes(), 403),
            (asked.to_string().replace("log.example", "other.example").into_bytes(), 404),
            (asked.to_string().replace("old 0", "old 4").into_bytes(), 400),
            (b"old".to_vec(), 400),
            (vec![b'x'; exchange::REQUEST_BYTES + 1], 413),
        ] {
            assert_eq!(post(body).await.0, expected);
        }
        for (uri, expected) in [("/health", 200), ("/add-checkpoint", 405), ("/", 404)] {
            let response = call_service(&app, TestRequest::get().uri(uri).to_request()).await;
            assert_eq!(response.status().as_u16(), expected, "{uri}");
        }
    }
}
