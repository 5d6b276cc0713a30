//! Who asks: the bearer of a token, and the right that a handler's parameter demands. Tokens are never logged.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::AUTHORIZATION, web};
use futures_util::future::LocalBoxFuture;

use crate::{
    domain::mandate::{Mandate, Right},
    http::{
        error::Error,
        state::{self, House},
    },
};

impl<R: Right + 'static> FromRequest for Mandate<R> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let house = request.app_data::<web::Data<House>>().cloned();
        let token = bearer(request).map(str::to_owned);
        Box::pin(async move {
            let (Some(house), Some(token)) = (house, token) else { return Err(Error::Anonymous) };
            let actor = state::ask(&house, move |archive| archive.actor_of_token(&token)).await?;
            Ok(actor.ok_or(Error::Anonymous)?.mandate::<R>()?)
        })
    }
}

/// The token of `Authorization: Bearer` (RFC 6750).
fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_token_is_read_from_a_bearer_header_and_from_no_other() {
        let token = |value: &str| {
            let request = TestRequest::default().insert_header((AUTHORIZATION, value)).to_http_request();
            bearer(&request).map(str::to_owned)
        };
        assert_eq!(token("Bearer cart_1"), Some("cart_1".to_owned()));
        assert_eq!(token("bearer  cart_1 "), Some("cart_1".to_owned()));
        for other in ["Basic abc", "Bearer", "Bearer ", "cart_1"] {
            assert_eq!(token(other), None, "{other}");
        }
    }
}
