//! The as@lae web services, as a client: a transfer is pushed (`POST sedaMessages`, then its chunks when it is long), and
//! its reply is asked for until it is there.

use std::io::{Cursor, Read, Seek};

use crate::{
    archive::{
        Archive,
        departures::{
            DepartureError,
            send::{Measured, Sending, Sent},
        },
    },
    digest,
    domain::{
        digest::to_hex,
        disposal::{Disposal, DisposalState},
        id::DisposalId,
        mandate::{Describe, Dispose, Mandate},
    },
    net::{
        Answer, Caller, Limits,
        form::{Login, Part},
    },
};

/// A call may take half an hour, and bring a reply that lists 100,000 units.
const LIMITS: Limits =
    Limits { connect_millis: 10_000, total_millis: 1_800_000, answer_bytes: 512 << 20, redirections: 0 };

/// What as@lae answers, with status 500, while a reply is not ready.
const NOT_READY: &str = "Transfert en cours de traitement";

/// Characters told of what a receiver answers.
const TOLD: usize = 400;

/// Where a receiver takes transfers in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// The base of its web services, as `https://host/restservices`.
    pub url: String,
    /// Under which name, and secret.
    pub login: Login,
    /// Bytes of a chunk; the files go whole with the message when none.
    pub chunk_bytes: Option<u64>,
}

/// What came of asking for a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// It is not there yet.
    NotYet,
    /// It was there, and the plan stands so now.
    Answered(Box<Disposal>),
}

impl Archive {
    /// Sends a plan's units to an as@lae-compatible archive. It is journalled first: pushed again before an answer, it is
    /// the same message and the same files.
    pub fn push(
        &self,
        by: &Mandate<Dispose>,
        id: DisposalId,
        sending: &Sending,
        door: &Door,
    ) -> Result<Sent, DepartureError> {
        let (plan, mut parcel) = self.departing(by.tenant(), id, sending)?;
        let mut files = Measured::new(tempfile::tempfile()?)?;
        self.write_parcel(by.tenant(), &mut parcel, false, None, &mut files)?;
        let (mut files, package, size) = files.into_parts()?;
        files.rewind()?;
        let sent = self.journal_sending(by, &plan, &mut parcel, package, size)?;
        parcel.manifest.rewind()?;
        let manifest = Part::File {
            name: "seda_message",
            file_name: "bordereau.xml",
            size: parcel.manifest_size,
            bytes: &mut parcel.manifest,
        };
        let pushing = Pushing { caller: Caller::new(LIMITS), door };
        match door.chunk_bytes.filter(|bytes| *bytes > 0 && size > *bytes) {
            None => {
                let files = Part::File { name: "attachments", file_name: "archive.zip", size, bytes: &mut files };
                pushing.post("sedaMessages", vec![manifest, files])?;
            }
            Some(chunk) => pushing.in_chunks(manifest, &mut files, size, chunk)?,
        }
        Ok(sent)
    }

    /// Asks an as@lae-compatible archive for its reply to what was sent, and takes it when it is there.
    pub fn poll_reply(&self, by: &Mandate<Describe>, id: DisposalId, door: &Door) -> Result<Polled, DepartureError> {
        let tenant = by.tenant();
        let (plan, _) = self.departure(tenant, id, &[DisposalState::Sent])?;
        let message = plan.sent.as_ref().ok_or(DepartureError::State(plan.state))?.message.to_string();
        let own = self.archival_agency(tenant)?;
        let answer = Caller::new(LIMITS).get_as(
            &format!(
                "{}/sedaMessages/sequence:ArchiveTransfer/message:ArchiveTransferReply/originOrganizationIdentification:{}\
                 /originMessageIdentifier:{message}",
                door.url.trim_end_matches('/'),
                encoded(&own)
            ),
            &door.login,
        )?;
        let words = words(&answer);
        if answer.status == 500 && words.trim() == NOT_READY {
            return Ok(Polled::NotYet);
        }
        if answer.status != 200 {
            return Err(DepartureError::Rejected { status: answer.status, words });
        }
        Ok(Polled::Answered(Box::new(self.take_reply(by, id, &answer.body)?)))
    }
}

/// A transfer on its way.
struct Pushing<'a> {
    caller: Caller,
    door: &'a Door,
}

impl Pushing<'_> {
    /// The message alone, then the files piece by piece.
    fn in_chunks(
        &self,
        manifest: Part<'_>,
        files: &mut impl Read,
        size: u64,
        chunk: u64,
    ) -> Result<(), DepartureError> {
        let wanted = Part::Text { name: "send_chunked_attachments", value: "true".to_owned() };
        let answer = self.post("sedaMessages", vec![manifest, wanted])?;
        let session = session(&answer).ok_or_else(|| DepartureError::Rejected {
            status: answer.status,
            words: "le destinataire n’ouvre pas d’envoi par morceaux".to_owned(),
        })?;
        let count = size.div_ceil(chunk);
        for index in 1..=count {
            let mut bytes = Vec::new();
            files.take(chunk).read_to_end(&mut bytes)?;
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let mut bytes = Cursor::new(bytes);
            let text = |name, value: String| Part::Text { name, value };
            self.post(
                "sedaAttachmentsChunkFiles",
                vec![
                    Part::File {
                        name: "chunk_content",
                        file_name: "archive.zip.part",
                        size: length,
                        bytes: &mut bytes,
                    },
                    text("session_identifier", session.0.clone()),
                    text("security_identifier", session.1.clone()),
                    text("number_of_files", "1".to_owned()),
                    text("file_index", "1".to_owned()),
                    text("file_name", "archive.zip".to_owned()),
                    text("compression_algorithm", "ZIP".to_owned()),
                    text("number_of_chunks", count.to_string()),
                    text("chunk_index", index.to_string()),
                ],
            )?;
        }
        Ok(())
    }

    fn post(&self, path: &str, parts: Vec<Part<'_>>) -> Result<Answer, DepartureError> {
        let boundary = format!("------------------------{}", to_hex(&digest::random::<16>()?));
        let url = format!("{}/{path}", self.door.url.trim_end_matches('/'));
        let answer = self.caller.post_form(&url, &self.door.login, &boundary, parts)?;
        if answer.status == 200 { Ok(answer) } else { Err(rejected(&answer)) }
    }
}

fn rejected(answer: &Answer) -> DepartureError {
    DepartureError::Rejected { status: answer.status, words: words(answer) }
}

fn words(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).chars().take(TOLD).collect()
}

/// The two identifiers of a session of chunks: numbers or texts, neither empty nor zero.
fn session(answer: &Answer) -> Option<(String, String)> {
    let told: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    let one = |name: &str| {
        let value = match told.get(name)? {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(value).filter(|value| !value.is_empty() && value != "0")
    };
    Some((one("chunk_session_identifier")?, one("chunk_security_identifier")?))
}

/// A value in a path's segment (RFC 3986): everything but unreserved characters as `%XX`.
fn encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&to_hex(&[byte]).to_ascii_uppercase());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_two_identifiers_that_say_something() {
        let session =
            |body: &str| session(&Answer { status: 200, content_type: String::new(), body: body.as_bytes().to_vec() });
        let both = Some(("7".to_owned(), "x".to_owned()));
        assert_eq!(session(r#"{"chunk_session_identifier": 7, "chunk_security_identifier": "x"}"#), both);
        for body in [
            "{}",
            "rien",
            r#"{"chunk_session_identifier": 0, "chunk_security_identifier": "x"}"#,
            r#"{"chunk_session_identifier": 7, "chunk_security_identifier": ""}"#,
        ] {
            assert_eq!(session(body), None, "{body}");
        }
    }

    #[test]
    fn a_value_fits_a_segment() {
        assert_eq!(encoded("377 762/752é"), "377%20762%2F752%C3%A9");
        assert_eq!(encoded("FRAD-000_1.2~"), "FRAD-000_1.2~");
    }
}
