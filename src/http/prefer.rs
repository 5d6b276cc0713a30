//! What a request prefers of its answer: `Prefer: wait` (RFC 7240), and JSON or XML.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::header::{ACCEPT, Accept, Header},
};

/// The longest that an answer waits for a transfer to be settled.
pub const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// How long the answer may wait for the reply; `None` when the request does not ask it to.
pub fn wait(request: &HttpRequest) -> Option<Duration> {
    let headers = request.headers().get_all("prefer").filter_map(|value| value.to_str().ok());
    headers.flat_map(|value| value.split([',', ';'])).find_map(|preference| {
        let (name, value) = match preference.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
            None => (preference.trim(), None),
        };
        if !name.eq_ignore_ascii_case("wait") {
            return None;
        }
        match value {
            None => Some(LONGEST_WAIT),
            Some(seconds) => Some(Duration::from_secs(seconds.parse().ok()?).min(LONGEST_WAIT)),
        }
    })
}

/// What an answer may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// CSV.
    Csv,
    /// PDF.
    Pdf,
}

/// The first of `offered` that the request prefers; the first offered when it takes none of them or anything.
pub fn writing(request: &HttpRequest, offered: [Writing; 2]) -> Writing {
    let [usual, other] = offered;
    if !request.headers().contains_key(ACCEPT) {
        return usual;
    }
    let ranked = Accept::parse(request).map(|accept| accept.ranked()).unwrap_or_default();
    let of = |range: &actix_web::mime::Mime| match (range.type_().as_str(), range.subtype().as_str()) {
        ("application", "json") => Some(Writing::Json),
        ("application" | "text", "xml") => Some(Writing::Xml),
        ("text", "csv") => Some(Writing::Csv),
        ("application", "pdf") => Some(Writing::Pdf),
        ("*", "*") => Some(usual),
        _ => None,
    };
    ranked.iter().filter_map(of).find(|writing| [usual, other].contains(writing)).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn wait_is_read_among_other_preferences_and_capped() {
        let wait_of = |value: &str| wait(&TestRequest::default().insert_header(("Prefer", value)).to_http_request());
        assert_eq!(wait_of("wait"), Some(LONGEST_WAIT));
        assert_eq!(wait_of("return=minimal, Wait = 10"), Some(Duration::from_secs(10)));
        assert_eq!(wait_of("wait=99999"), Some(LONGEST_WAIT));
        assert_eq!(wait_of("wait=soon"), None);
        assert_eq!(wait_of("respond-async"), None);
    }

    #[test]
    fn the_preferred_writing_is_chosen_among_those_offered() {
        let choice = |accept: &str| {
            let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
            writing(&request, [Writing::Xml, Writing::Json])
        };
        assert_eq!(choice("application/json"), Writing::Json);
        assert_eq!(choice("application/json;q=0.2, text/xml"), Writing::Xml);
        assert_eq!(choice("*/*"), Writing::Xml);
        assert_eq!(choice("text/csv, application/json;q=0.1"), Writing::Json);
        assert_eq!(choice("image/png"), Writing::Xml);
        assert_eq!(choice("application/pdf"), Writing::Xml);
        assert_eq!(writing(&TestRequest::default().to_http_request(), [Writing::Xml, Writing::Json]), Writing::Xml);
    }
}
