//! Forms with files (`multipart/form-data`, RFC 7578), streamed under HTTP Basic: what older archiving services take in.
//!
//! Nothing is sent again elsewhere: an answer that redirects is the answer.

use std::{
    fmt,
    io::{self, Read},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ureq::{SendBody, http::header};

use crate::net::{Answer, Caller, Error, address, within};

/// Who calls, by name and password (RFC 7617). It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name; it has no colon.
    pub user: String,
    /// The password.
    pub secret: String,
}

impl Login {
    fn header(&self) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", self.user, self.secret)))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (secret)", self.user)
    }
}

/// A part of a form.
pub enum Part<'a> {
    /// A plain value.
    Text {
        /// The field's name.
        name: &'a str,
        /// Its value.
        value: String,
    },
    /// A file.
    File {
        /// The field's name.
        name: &'a str,
        /// The file's plain name.
        file_name: &'a str,
        /// Its length in bytes: exactly so many are read.
        size: u64,
        /// Its bytes.
        bytes: &'a mut dyn Read,
    },
}

impl Caller {
    /// Asks for what stands at `url`, under a name.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_as(&self, url: &str, login: &Login) -> Result<Answer, Error> {
        self.call(url, false, |url, left| {
            within(self.agent.get(url), left).header(header::AUTHORIZATION, login.header()).call()
        })
    }

    /// Sends a form to `url`, under a name. `boundary` must occur in no part: hand in chance.
    ///
    /// # Errors
    /// As [`post`](Self::post); a file's bytes cannot be read, or are fewer than told.
    pub fn post_form(&self, url: &str, login: &Login, boundary: &str, parts: Vec<Part<'_>>) -> Result<Answer, Error> {
        let at = address(url)?;
        let mut form = Form::new(boundary, parts);
        let (size, kind) = (form.size, format!("multipart/form-data; boundary={boundary}"));
        let left = Duration::from_millis(self.limits.total_millis);
        let request = within(self.agent.post(&at), left)
            .header(header::AUTHORIZATION, login.header())
            .header(header::CONTENT_TYPE, kind)
            .header(header::CONTENT_LENGTH, size.to_string());
        let response = request.send(SendBody::from_reader(&mut form)).map_err(|error| self.failed(url, error))?;
        self.answer(url, response)
    }
}

/// The body of a form, read piece by piece.
struct Form<'a> {
    pieces: Vec<Piece<'a>>,
    at: usize,
    size: u64,
}

enum Piece<'a> {
    Text(io::Cursor<Vec<u8>>),
    File { left: u64, bytes: &'a mut dyn Read },
}

impl<'a> Form<'a> {
    fn new(boundary: &str, parts: Vec<Part<'a>>) -> Self {
        let mut form = Self { pieces: Vec::new(), at: 0, size: 0 };
        for part in parts {
            match part {
                Part::Text { name, value } => form.text(format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{value}\r\n",
                    quoted(name)
                )),
                Part::File { name, file_name, size, bytes } => {
                    form.text(format!(
                        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
                         Content-Type: application/octet-stream\r\n\r\n",
                        quoted(name),
                        quoted(file_name)
                    ));
                    form.size = form.size.saturating_add(size);
                    form.pieces.push(Piece::File { left: size, bytes });
                    form.text("\r\n".to_owned());
                }
            }
        }
        form.text(format!("--{boundary}--\r\n"));
        form
    }

    fn text(&mut self, text: String) {
        self.size = self.size.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
        self.pieces.push(Piece::Text(io::Cursor::new(text.into_bytes())));
    }
}

/// A name within quotes (WHATWG's `multipart/form-data` encoding).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

impl Read for Form<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(piece) = self.pieces.get_mut(self.at) {
            let read = match piece {
                Piece::Text(text) => text.read(into)?,
                Piece::File { left: 0, .. } => 0,
                Piece::File { left, bytes } => {
                    let read = bytes.take(*left).read(into)?;
                    if read == 0 && !into.is_empty() {
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file is shorter than was told"));
                    }
                    *left = left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
                    read
                }
            };
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            self.at += 1;
        }
        Ok(0)
    }
}
