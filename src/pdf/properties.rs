//! What a PDF says of itself and what it carries: title, dates, embedded files.

use chrono::{DateTime, Datelike as _, Timelike as _};
use krilla::{
    embed::{AssociationKind, EmbeddedFile, MimeType},
    metadata::{self, Metadata},
};

use crate::{
    domain::clock::Timestamp,
    pdf::{
        Error,
        document::{Attachment, Document, Relation},
    },
};

/// The name of the program, as the file's producer.
const PRODUCER: &str = concat!("Cartulaire ", env!("CARGO_PKG_VERSION"));

/// The properties of the file. Its identifier comes from its kind, reference and instant, so it is the same each time.
pub fn metadata(document: &Document) -> Metadata {
    let Document { kind, title, reference, subject, issuer, language, made_at, .. } = document;
    Metadata::new()
        .title(format!("{kind} — {title}"))
        .description(subject.clone())
        .authors(vec![issuer.clone()])
        .creator("Cartulaire".to_owned())
        .producer(PRODUCER.to_owned())
        .language(language.clone())
        .creation_date(date(*made_at))
        .document_id(format!("{kind}\n{reference}\n{made_at}"))
}

/// A file to embed.
pub fn embedded(attachment: &Attachment, at: Timestamp) -> Result<EmbeddedFile, Error> {
    let mime = MimeType::new(&attachment.mime).ok_or_else(|| Error::NotArchival(attachment.mime.clone()))?;
    Ok(EmbeddedFile {
        path: attachment.name.clone(),
        mime_type: Some(mime),
        description: Some(attachment.description.clone()),
        association_kind: match attachment.relation {
            Relation::Source => AssociationKind::Source,
            Relation::Data => AssociationKind::Data,
            Relation::Alternative => AssociationKind::Alternative,
            Relation::Supplement => AssociationKind::Supplement,
        },
        data: attachment.bytes.clone().into(),
        modification_date: Some(date(at)),
        compress: Some(true),
        location: None,
    })
}

/// An instant as a reader says it: « 22 novembre 2026 à 08:00:00 UTC ».
pub fn in_french(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let day = at.day();
    let month = usize::try_from(day.month0()).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
    let first = if day.day() == 1 { "er" } else { "" };
    let text = at.to_string();
    let hour = text.split_once('T').and_then(|(_, hour)| hour.get(..8)).unwrap_or_default();
    format!("{}{first} {month} {} à {hour} UTC", day.day(), day.year())
}

fn date(at: Timestamp) -> metadata::DateTime {
    let at = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    let small = |part: u32| u8::try_from(part).unwrap_or_default();
    metadata::DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_said_in_french() {
        let said = |text| in_french(Timestamp::parse(text).unwrap());
        assert_eq!(said("2026-08-01T08:00:05.250Z"), "1er août 2026 à 08:00:05 UTC");
        assert_eq!(said("2026-12-31T23:59:59Z"), "31 décembre 2026 à 23:59:59 UTC");
    }
}
