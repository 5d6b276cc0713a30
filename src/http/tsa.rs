//! A time-stamp authority over HTTP (RFC 3161 3.4): one address, one method. What is granted or rejected is `pki`'s.

use std::{future::Future, io, net::TcpListener, sync::Arc};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    error::PayloadError,
    http::header::CONTENT_TYPE,
    rt::{self, System},
    web,
};

use crate::{
    domain::clock::Clock,
    http::{at, error::Error},
    pki::{
        authority::{self, Authority},
        timestamp::{QUERY, REPLY},
    },
};

/// Bytes of a request: a digest, a number and a policy hold in a fraction of it.
const REQUEST_BYTES: usize = 16 * 1024;
/// Requests answered at once.
const THREADS: usize = 2;
/// Seconds that requests under way have to end once the authority stops.
const STOP_SECONDS: u64 = 5;

struct Desk {
    authority: Authority,
    clock: Arc<dyn Clock>,
}

/// Answers time-stamp requests on `listener` until `stop` is there; the time is `clock`'s.
pub fn serve(
    authority: Authority,
    clock: Arc<dyn Clock>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + 'static,
) -> io::Result<()> {
    let desk = web::Data::new(Desk { authority, clock });
    System::new().block_on(async move {
        let app = move || {
            App::new()
                .app_data(desk.clone())
                .app_data(web::PayloadConfig::new(REQUEST_BYTES))
                .service(at("/", "POST").route(web::post().to(stamp)))
        };
        let server = HttpServer::new(app).workers(THREADS).disable_signals().shutdown_timeout(STOP_SECONDS);
        let server = server.listen(listener)?.run();
        let handle = server.handle();
        rt::spawn(async move {
            stop.await;
            handle.stop(true).await;
        });
        server.await
    })
}

async fn stamp(
    request: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, Error> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(QUERY)) {
        return Err(Error::MediaType(QUERY));
    }
    let body = body.map_err(|error| unreadable(&error))?;
    let answer = authority::serial().and_then(|serial| desk.authority.answer(&body, desk.clock.now(), serial));
    match answer {
        Ok(answer) => Ok(HttpResponse::Ok().content_type(REPLY).body(answer)),
        Err(error) => {
            tracing::error!("cannot answer a time-stamp request: {}", crate::archive::error::told(&error));
            Ok(HttpResponse::InternalServerError().finish())
        }
    }
}

fn unreadable(error: &actix_web::Error) -> Error {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => {
            Error::TooLarge { limit_bytes: u64::try_from(REQUEST_BYTES).unwrap_or(u64::MAX) }
        }
        _ => Error::Unreadable("Le corps de la demande s’est interrompu.".to_owned()),
    }
}
