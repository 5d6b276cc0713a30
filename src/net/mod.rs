//! Calls to the outside over HTTP: time-stamp authorities, witnesses, archives that take units over. Every call has a limit of time and of bytes.
//!
//! It blocks, and follows no redirection to another host: who is asked is who was configured.

pub mod form;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use ureq::{
    Agent, Body, RequestBuilder,
    http::{Response, Uri, header},
    tls::{RootCerts, TlsConfig, TlsProvider},
};

/// How long a call may take, and how much it may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Milliseconds to reach the host.
    pub connect_millis: u64,
    /// Milliseconds for the whole call, redirections included.
    pub total_millis: u64,
    /// Bytes of the answer's body.
    pub answer_bytes: u64,
    /// Redirections followed within the host.
    pub redirections: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect_millis: 5_000, total_millis: 15_000, answer_bytes: 1 << 20, redirections: 3 }
    }
}

/// What was answered, whatever the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type, without its parameters, in lower case; empty when none is said.
    pub content_type: String,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the status is one of the 200s.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not one of HTTP.
    #[error("{0} is not an HTTP address")]
    Address(String),
    /// Nobody can be reached there.
    #[error("{url} cannot be reached")]
    Unreachable {
        /// The address.
        url: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// It took too long.
    #[error("{url} did not answer within the {millis} ms that a call may take")]
    Late {
        /// The address.
        url: String,
        /// The limit of the whole call, in milliseconds.
        millis: u64,
    },
    /// The answer is too long.
    #[error("the answer of {url} is longer than {bytes} bytes")]
    TooLong {
        /// The address.
        url: String,
        /// The limit, in bytes.
        bytes: u64,
    },
    /// The answer sends to another host, or round and round.
    #[error("{url} sends elsewhere, to {to}")]
    Elsewhere {
        /// The address.
        url: String,
        /// Where to.
        to: String,
    },
    /// The answer is not HTTP, or broke off.
    #[error("the answer of {url} does not read")]
    Unreadable {
        /// The address.
        url: String,
        /// Why.
        source: Box<ureq::Error>,
    },
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    agent: Agent,
    limits: Limits,
}

impl Caller {
    /// A caller with these limits. HTTPS goes through OpenSSL and the machine's roots; the environment's proxy is used.
    pub fn new(limits: Limits) -> Self {
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(RootCerts::PlatformVerifier).build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_millis(limits.connect_millis)))
            .user_agent(concat!("cartulaire/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Self { agent: agent.into(), limits }
    }

    /// Asks for what stands at `url`.
    pub fn get(&self, url: &str) -> Result<Answer, Error> {
        self.call(url, false, |url, left| within(self.agent.get(url), left).call())
    }

    /// Sends `body` to `url`.
    pub fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Answer, Error> {
        self.call(url, true, |url, left| {
            within(self.agent.post(url), left).header(header::CONTENT_TYPE, content_type).send(body)
        })
    }

    /// Calls, and follows what sends on within the host; `only_same` follows only what asks for the same method again.
    fn call(
        &self,
        url: &str,
        only_same: bool,
        send: impl Fn(&Uri, Duration) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Answer, Error> {
        let start = Instant::now();
        let total = Duration::from_millis(self.limits.total_millis);
        let mut at = address(url)?;
        for _ in 0..=self.limits.redirections {
            let left = total.saturating_sub(start.elapsed());
            // To ureq no time at all means no limit at all.
            let left = left.max(Duration::from_millis(1));
            let response = send(&at, left).map_err(|error| self.failed(url, error))?;
            match location(&response, only_same) {
                None => return self.answer(url, response),
                Some(to) => at = followed(&at, &to).ok_or_else(|| Error::Elsewhere { url: url.to_owned(), to })?,
            }
        }
        Err(Error::Elsewhere { url: url.to_owned(), to: at.to_string() })
    }

    // ureq refuses a body that is as long as its limit.
    fn answer(&self, url: &str, mut response: Response<Body>) -> Result<Answer, Error> {
        let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
        let content_type = content_type.trim().to_ascii_lowercase();
        let body = response.body_mut().with_config().limit(self.limits.answer_bytes.saturating_add(1)).read_to_vec();
        let body = body.map_err(|error| self.failed(url, error))?;
        Ok(Answer { status: response.status().as_u16(), content_type, body })
    }

    fn failed(&self, url: &str, error: ureq::Error) -> Error {
        let url = url.to_owned();
        match error {
            ureq::Error::Timeout(_) => Error::Late { url, millis: self.limits.total_millis },
            ureq::Error::BodyExceedsLimit(_) => Error::TooLong { url, bytes: self.limits.answer_bytes },
            ureq::Error::BadUri(_) => Error::Address(url),
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::NativeTls(_)
            | ureq::Error::Tls(_)
            | ureq::Error::Io(_) => Error::Unreachable { url, source: Box::new(error) },
            _ => Error::Unreadable { url, source: Box::new(error) },
        }
    }
}

fn within<T>(request: RequestBuilder<T>, left: Duration) -> RequestBuilder<T> {
    request.config().timeout_global(Some(left)).build()
}

/// An address of HTTP with its host.
fn address(url: &str) -> Result<Uri, Error> {
    let uri: Option<Uri> = url.parse().ok();
    uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
        .ok_or_else(|| Error::Address(url.to_owned()))
}

/// Where the answer sends on.
fn location(response: &Response<Body>, only_same: bool) -> Option<String> {
    let followed = match response.status().as_u16() {
        307 | 308 => true,
        301..=303 => !only_same,
        _ => false,
    };
    let to = response.headers().get(header::LOCATION).filter(|_| followed)?;
    Some(String::from_utf8_lossy(to.as_bytes()).into_owned())
}

/// The address that `to` means at `from`, when it is of the same host and port and gives up no encryption.
fn followed(from: &Uri, to: &str) -> Option<Uri> {
    if to.starts_with('/') && !to.starts_with("//") {
        let parts = Uri::builder().scheme(from.scheme()?.clone()).authority(from.authority()?.clone());
        return parts.path_and_query(to).build().ok();
    }
    let to: Uri = to.parse().ok()?;
    (to.scheme() == from.scheme() && to.authority() == from.authority()).then_some(to)
}
