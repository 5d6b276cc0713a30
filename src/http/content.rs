//! Kept bytes on their way out: whole and verified, or a range of them, always as a download under their own name.

use std::io::{self, Read, Seek, SeekFrom};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        Method, StatusCode,
        header::{
            ACCEPT_RANGES, CONTENT_RANGE, Charset, ContentDisposition, DispositionParam, DispositionType, ETAG,
            EntityTag, ExtendedValue, Header, IF_RANGE, IfNoneMatch, Range,
        },
    },
    web::{self, Bytes},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{Stream, stream};

use crate::{archive::access::Opened, domain::digest::Digest, http::error::Error};

/// Bytes that are read, and go out, at once.
const CHUNK_BYTES: usize = 128 << 10;

/// What is known of kept bytes before they are read.
pub struct Content {
    /// Their length.
    pub size: u64,
    /// Their digest, which is also their entity tag.
    pub digest: Digest,
    /// The name they are saved under.
    pub filename: String,
    /// Their media type as declared; never verified, and so never shown inline.
    pub media_type: Option<String>,
}

/// Answers with the bytes, or with what the request's conditions and range ask for instead.
pub fn answer(request: &HttpRequest, content: &Content, mut opened: Opened) -> Result<HttpResponse, Error> {
    let tag = EntityTag::new_strong(content.digest.to_string());
    if request.headers().contains_key("if-none-match") && unchanged(request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((ETAG, tag)).finish());
    }
    let failed = |error: io::Error| Error::House(error.into());
    let range = asked(request, &tag, content.size)?;
    let mut response = HttpResponse::build(if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK });
    describe(&mut response, content, tag);
    let (from, length) = range.unwrap_or((0, content.size));
    if range.is_some() {
        let last = (from + length).saturating_sub(1);
        response.insert_header((CONTENT_RANGE, format!("bytes {from}-{last}/{}", content.size)));
    }
    if request.method() == Method::HEAD {
        return Ok(response.body(SizedStream::new(length, stream::empty::<io::Result<Bytes>>())));
    }
    let reader: Box<dyn Read + Send> = if range.is_some() {
        opened.file.seek(SeekFrom::Start(from)).map_err(failed)?;
        Box::new(opened.file.take(length))
    } else {
        Box::new(opened.verified().map_err(failed)?)
    };
    Ok(response.body(SizedStream::new(length, Box::pin(chunks(reader)))))
}

/// The headers that every answer with these bytes has.
fn describe(response: &mut HttpResponseBuilder, content: &Content, tag: EntityTag) {
    let media_type = content.media_type.as_deref().filter(|text| text.parse::<actix_web::mime::Mime>().is_ok());
    response
        .content_type(media_type.unwrap_or("application/octet-stream"))
        .insert_header((ETAG, tag))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header(("Repr-Digest", format!("sha-512=:{}:", BASE64_STANDARD.encode(content.digest.bytes()))))
        .insert_header(attachment(&content.filename));
}

/// `Content-Disposition` (RFC 6266): a download, with a plain name for old clients and the true one beside it.
pub fn attachment(filename: &str) -> ContentDisposition {
    let plain = |c: char| c.is_ascii_graphic() && !"\"\\%/".contains(c) || c == ' ';
    let fallback = filename.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let mut parameters = vec![DispositionParam::Filename(fallback)];
    if !filename.chars().all(plain) {
        let value =
            ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value: filename.into() };
        parameters.push(DispositionParam::FilenameExt(value));
    }
    ContentDisposition { disposition: DispositionType::Attachment, parameters }
}

fn unchanged(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// The first byte and the length of the range asked for (RFC 9110, 14.2). Several ranges are answered whole, which the
/// standard allows.
fn asked(request: &HttpRequest, tag: &EntityTag, size: u64) -> Result<Option<(u64, u64)>, Error> {
    let Some(Range::Bytes(ranges)) = request.headers().get("range").and_then(|value| value.to_str().ok()?.parse().ok())
    else {
        return Ok(None);
    };
    let same = request.headers().get(IF_RANGE).is_none_or(|known| known.as_bytes() == tag.to_string().as_bytes());
    match ranges.as_slice() {
        [range] if same => match range.to_satisfiable_range(size) {
            Some((from, last)) => Ok(Some((from, last - from + 1))),
            None => Err(Error::Range { size }),
        },
        _ => Ok(None),
    }
}

/// Reads chunk by chunk, away from the threads that serve. A chunk goes out once the next one was read: when the last
/// reading finds that the bytes were altered, the body ends short of its length and nobody takes it for whole.
pub fn chunks(reader: Box<dyn Read + Send>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((Some(reader), Bytes::new()), |(reader, mut held)| async move {
        let Some(mut reader) = reader else { return Ok(None) };
        loop {
            let read = web::block(move || {
                let mut chunk = Vec::with_capacity(CHUNK_BYTES);
                let limit = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
                reader.by_ref().take(limit).read_to_end(&mut chunk).map(|_| (reader, Bytes::from(chunk)))
            });
            let (next, chunk) = read.await.map_err(io::Error::other)??;
            if chunk.is_empty() {
                return Ok((!held.is_empty()).then_some((held, (None, Bytes::new()))));
            }
            let ready = std::mem::replace(&mut held, chunk);
            if !ready.is_empty() {
                return Ok(Some((ready, (Some(next), held))));
            }
            reader = next;
        }
    })
}

#[cfg(test)]
mod tests {
    use actix_web::{rt::System, test::TestRequest};
    use futures_util::StreamExt;

    use super::*;

    fn tag() -> EntityTag {
        EntityTag::new_strong("abc".to_owned())
    }

    fn range(value: &str, if_range: Option<&str>) -> Result<Option<(u64, u64)>, Error> {
        let request = TestRequest::default().insert_header(("Range", value));
        let request = match if_range {
            Some(known) => request.insert_header((IF_RANGE, known)),
            None => request,
        };
        asked(&request.to_http_request(), &tag(), 10)
    }

    #[test]
    fn a_range_is_satisfied_left_aside_or_refused() {
        assert_eq!(range("bytes=2-4", None).unwrap(), Some((2, 3)));
        assert_eq!(range("bytes=8-", None).unwrap(), Some((8, 2)));
        assert_eq!(range("bytes=-3", None).unwrap(), Some((7, 3)));
        assert_eq!(range("bytes=2-400", None).unwrap(), Some((2, 8)));
        assert!(matches!(range("bytes=10-", None), Err(Error::Range { size: 10 })));
        assert_eq!(range("bytes=0-1,4-5", None).unwrap(), None);
        assert_eq!(range("lines=1-2", None).unwrap(), None);
        assert_eq!(range("bytes=2-4", Some("\"abc\"")).unwrap(), Some((2, 3)));
        assert_eq!(range("bytes=2-4", Some("\"other\"")).unwrap(), None);
    }

    #[test]
    fn a_name_that_is_not_ascii_is_given_twice() {
        assert_eq!(attachment("a b.pdf").to_string(), "attachment; filename=\"a b.pdf\"");
        assert_eq!(
            attachment("dé\"\n.pdf").to_string(),
            "attachment; filename=\"d___.pdf\"; filename*=UTF-8''d%C3%A9%22%0A.pdf"
        );
    }

    struct Altered(u8);

    impl Read for Altered {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::other("altered"))?;
            buffer.fill(1);
            Ok(buffer.len())
        }
    }

    #[test]
    fn bytes_that_prove_altered_never_come_out_whole() {
        let all = |reader: Box<dyn Read + Send>| System::new().block_on(Box::pin(chunks(reader)).collect::<Vec<_>>());
        let whole: usize =
            all(Box::new(io::repeat(7).take(300_000))).iter().map(|chunk| chunk.as_ref().unwrap().len()).sum();
        assert_eq!(whole, 300_000);
        let cut = all(Box::new(Altered(2)));
        assert!(cut.last().unwrap().is_err());
        let sent: usize = cut.iter().filter_map(|chunk| Some(chunk.as_ref().ok()?.len())).sum();
        assert!(sent < 2 * CHUNK_BYTES);
    }
}
