//! The bodies of deposits: a package as it is, or a form that holds one, or a form of a manifest and its files. All
//! are streamed; what stops half-way leaves nothing.

use std::{fs::File, io, path::PathBuf, sync::atomic::Ordering::Relaxed};

use actix_multipart::{Field, Multipart};
use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, ContentDisposition},
    web,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::StreamExt;
use tempfile::TempDir;

use crate::{
    archive::deposit::{Bytes, Deposited},
    domain::{
        mandate::{Deposit, Mandate},
        name::Name,
    },
    http::{
        error::Error,
        pipe,
        state::{self, House},
    },
};

/// Files that one form may bring; more come as a package.
const FORM_FILES: usize = 10_000;

/// Characters of a name.
const NAME_CHARS: usize = 1_000;

/// What a package may come as.
const MEDIA_TYPES: &str = "application/zip, application/x-tar, application/gzip, application/x-bzip2, \
                           application/octet-stream, multipart/form-data";

/// Spools the deposit that a request brings; `name` is what its address calls it.
pub async fn spool(
    house: &web::Data<House>,
    by: &Mandate<Deposit>,
    request: &HttpRequest,
    payload: web::Payload,
    name: Option<String>,
) -> Result<Deposited, Error> {
    let limit_bytes = house.config.upload_bytes;
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit_bytes) {
        return Err(Error::TooLarge { limit_bytes });
    }
    let digest = announced_digest(request)?;
    let deposited = match request.content_type() {
        "multipart/form-data" => from_form(house, by, Multipart::new(request.headers(), payload), name).await?,
        ""
        | "application/zip"
        | "application/x-zip-compressed"
        | "application/x-tar"
        | "application/gzip"
        | "application/x-gzip"
        | "application/x-bzip2"
        | "application/octet-stream" => {
            let name = name.or_else(|| disposed(request)).unwrap_or_else(|| "paquet".to_owned());
            package(house, by, name, payload).await?
        }
        _ => return Err(Error::MediaType(MEDIA_TYPES)),
    };
    let digest_holds = match (digest, &deposited.bytes) {
        (Some(digest), Bytes::Spooled(spooled)) => digest == spooled.digests.sha512().bytes(),
        _ => true,
    };
    if !digest_holds {
        state::ask(house, move |archive| archive.give_up(deposited)).await?;
        return Err(Error::Digest);
    }
    house.counters.bytes_in.fetch_add(size_of(&deposited), Relaxed);
    Ok(deposited)
}

/// How many bytes were spooled.
pub fn size_of(deposited: &Deposited) -> u64 {
    match &deposited.bytes {
        Bytes::Spooled(spooled) => spooled.size,
        Bytes::Local(_) => 0,
    }
}

/// Spools a package whose bytes `body` brings.
async fn package<S, E>(
    house: &web::Data<House>,
    by: &Mandate<Deposit>,
    name: String,
    body: S,
) -> Result<Deposited, Error>
where
    S: futures_util::Stream<Item = Result<web::Bytes, E>> + Unpin,
    E: std::fmt::Display,
{
    let name = checked(name)?;
    let (house, by) = (house.clone(), by.clone());
    let limit_bytes = house.config.upload_bytes;
    Ok(pipe::read(body, move |bytes| house.archive.spool(&by, &name, bytes, limit_bytes)).await??)
}

/// Spools what a form brings: one field `package`, or a field `manifest` and any number of `files`.
async fn from_form(
    house: &web::Data<House>,
    by: &Mandate<Deposit>,
    mut form: Multipart,
    name: Option<String>,
) -> Result<Deposited, Error> {
    let mut loose = Loose::new(house.config.upload_bytes)?;
    while let Some(field) = form.next().await {
        let field = field.map_err(|_| Error::Unreadable("Le formulaire ne se lit pas.".to_owned()))?;
        match field.name() {
            Some("package") if loose.files.is_empty() => {
                let given = filename(&field);
                let name = name.or(given).unwrap_or_else(|| "paquet".to_owned());
                let deposited = package(house, by, name, field).await?;
                if form.next().await.is_some() {
                    state::ask(house, move |archive| archive.give_up(deposited)).await?;
                    return Err(Error::Unreadable("Le champ « package » vient seul.".to_owned()));
                }
                return Ok(deposited);
            }
            Some("manifest") => loose.take(field, "manifest.xml").await?,
            Some("files") => loose.take(field, "").await?,
            _ => {
                let why = "Le formulaire tient en un champ « package », ou en un champ « manifest » et des « files ».";
                return Err(Error::Unreadable(why.to_owned()));
            }
        }
    }
    if loose.files.is_empty() {
        return Err(Error::Unreadable("Le formulaire n’apporte ni « package » ni « manifest ».".to_owned()));
    }
    let limit_bytes = house.config.upload_bytes;
    let (by, name) = (by.clone(), checked(name.unwrap_or_else(|| "formulaire.zip".to_owned()))?);
    let spooled = state::ask(house, move |archive| archive.spool_files(&by, &name, &loose.files, limit_bytes));
    spooled.await
}

/// Files that came one by one, aside until they are all there; gone when this is dropped.
struct Loose {
    folder: TempDir,
    files: Vec<(Name, PathBuf)>,
    room_bytes: u64,
}

impl Loose {
    fn new(room_bytes: u64) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(|error| Error::House(error.into()))?;
        Ok(Self { folder, files: Vec::new(), room_bytes })
    }

    /// Takes one file, under the name it came with, or `usual` when it has none.
    async fn take(&mut self, field: Field, usual: &str) -> Result<(), Error> {
        let name = checked(filename(&field).unwrap_or_else(|| usual.to_owned()))?;
        if self.files.len() == FORM_FILES {
            let why = format!("Un formulaire apporte au plus {FORM_FILES} fichiers ; versez un paquet ZIP ou tar.");
            return Err(Error::Unreadable(why));
        }
        if self.files.iter().any(|(known, _)| known.bytes() == name.as_bytes()) {
            return Err(Error::Unreadable(format!("Deux fichiers du formulaire ont le même nom : « {name} ».")));
        }
        let path = self.folder.path().join(self.files.len().to_string());
        let (target, room) = (path.clone(), self.room_bytes);
        let copied = pipe::read(field, move |bytes| copy(bytes, &target, room)).await?;
        let size = copied.map_err(|_| Error::Unreadable("Un fichier du formulaire s’est interrompu.".to_owned()))?;
        self.room_bytes = self.room_bytes.checked_sub(size).ok_or(Error::TooLarge { limit_bytes: room })?;
        self.files.push((Name::from(name.as_str()), path));
        Ok(())
    }
}

/// Copies at most one byte more than `room`, by which its caller sees that there was too much.
fn copy(bytes: &mut pipe::Incoming, target: &std::path::Path, room: u64) -> io::Result<u64> {
    io::copy(&mut io::Read::take(bytes, room.saturating_add(1)), &mut File::create_new(target)?)
}

/// The name that a form gives to a file, folders included.
fn filename(field: &Field) -> Option<String> {
    named(field.content_disposition()?)
}

/// The name that `Content-Disposition` gives to the body.
fn disposed(request: &HttpRequest) -> Option<String> {
    named(&ContentDisposition::from_raw(request.headers().get(CONTENT_DISPOSITION)?).ok()?)
}

/// The UTF-8 name (RFC 6266 `filename*`), or the plain one.
fn named(disposition: &ContentDisposition) -> Option<String> {
    let extended = disposition.get_filename_ext().and_then(|name| String::from_utf8(name.value.clone()).ok());
    extended.or_else(|| disposition.get_filename().map(str::to_owned)).filter(|name| !name.is_empty())
}

fn checked(name: String) -> Result<String, Error> {
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.contains(char::is_control) {
        let why = format!("Un nom de fichier a de 1 à {NAME_CHARS} caractères, sans caractère de contrôle.");
        return Err(Error::Unreadable(why));
    }
    Ok(name)
}

/// The SHA-512 digest that `Content-Digest` or `Repr-Digest` (RFC 9530) announces; other algorithms are left aside.
fn announced_digest(request: &HttpRequest) -> Result<Option<Vec<u8>>, Error> {
    let header = ["content-digest", "repr-digest"].iter().find_map(|name| request.headers().get(*name));
    let Some(text) = header.and_then(|value| value.to_str().ok()) else { return Ok(None) };
    let ours = text.split(',').find_map(|item| item.trim().strip_prefix("sha-512="));
    let Some(value) = ours else { return Ok(None) };
    let bytes = value.strip_prefix(':').and_then(|value| value.strip_suffix(':'));
    let bytes = bytes.and_then(|bytes| BASE64_STANDARD.decode(bytes).ok());
    bytes.map(Some).ok_or_else(|| Error::Unreadable("« Content-Digest » s’écrit « sha-512=:BASE64: ».".to_owned()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_name_comes_from_the_extended_form_first() {
        let name = |value: &str| {
            disposed(&TestRequest::default().insert_header((CONTENT_DISPOSITION, value)).to_http_request())
        };
        let both = "attachment; filename=\"a.zip\"; filename*=UTF-8''d%C3%A9lib%C3%A9ration.zip";
        assert_eq!(name(both), Some("délibération.zip".to_owned()));
        assert_eq!(name("attachment; filename=\"a.zip\""), Some("a.zip".to_owned()));
        assert_eq!(name("attachment"), None);
    }

    #[test]
    fn a_name_is_neither_empty_nor_a_trick() {
        assert!(checked("content/a.pdf".to_owned()).is_ok());
        for bad in [String::new(), "a\nb".to_owned(), "a".repeat(NAME_CHARS + 1)] {
            assert!(matches!(checked(bad), Err(Error::Unreadable(_))));
        }
    }

    #[test]
    fn an_announced_digest_is_read_or_refused() {
        let digest = |value: &str| {
            announced_digest(&TestRequest::default().insert_header(("Content-Digest", value)).to_http_request())
        };
        assert_eq!(digest("sha-256=:AA==:, sha-512=:AQI=:").unwrap(), Some(vec![1, 2]));
        assert_eq!(digest("sha-256=:AA==:").unwrap(), None);
        assert!(matches!(digest("sha-512=xyz"), Err(Error::Unreadable(_))));
    }
}
