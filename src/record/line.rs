//! A journal line as one line of canonical JSON (RFC 8785): keys sorted, no space, one way of writing each line.
//!
//! Whether a line follows another is the domain's question, not asked here. `detail` is a JSON string that holds the
//! JSON text which was hashed, so that its bytes survive exactly.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        clock::Timestamp,
        digest::{Digest, from_hex, to_hex},
        id::ActorId,
        journal::{Event, JournalId, Line},
    },
    record::{Error, form},
};

/// The fields in the order of their keys. An absent `actor` is the archive itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineForm<'a> {
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    actor: Option<ActorId>,
    #[serde(with = "form")]
    at: Timestamp,
    #[serde(with = "form")]
    body: Digest,
    detail: Cow<'a, str>,
    #[serde(with = "form")]
    digest: Digest,
    entry: u64,
    #[serde(with = "form")]
    journal: JournalId,
    kind: Cow<'a, str>,
    object: Cow<'a, str>,
    outcome: Cow<'a, str>,
    position: u64,
    #[serde(with = "form")]
    previous: Digest,
    salt: Cow<'a, str>,
}

/// Writes a line, without a line feed. Fails when a field that the digest delimits by line breaks holds one.
pub fn to_json(line: &Line) -> Result<String, Error> {
    let Event { actor, kind, object, outcome, detail } = &line.event;
    refuse_line_breaks(&line.event)?;
    let form = LineForm {
        actor: *actor,
        at: line.at,
        body: line.body,
        detail: Cow::Borrowed(detail),
        digest: line.digest,
        entry: line.entry,
        journal: line.journal.clone(),
        kind: Cow::Borrowed(kind),
        object: Cow::Borrowed(object),
        outcome: Cow::Borrowed(outcome),
        position: line.position,
        previous: line.previous,
        salt: Cow::Owned(to_hex(&line.salt)),
    };
    Ok(serde_json::to_string(&form)?)
}

/// Reads a line, without its line feed. Any other spelling of the same line is refused: what verifies is what stands
/// there, byte for byte.
pub fn from_json(text: &str) -> Result<Line, Error> {
    let form: LineForm<'_> = serde_json::from_str(text)?;
    let salt = from_hex(&form.salt).and_then(|bytes| bytes.try_into().ok()).ok_or(Error::NotCanonical)?;
    let event = Event {
        actor: form.actor,
        kind: form.kind.into_owned(),
        object: form.object.into_owned(),
        outcome: form.outcome.into_owned(),
        detail: form.detail.into_owned(),
    };
    let line = Line {
        journal: form.journal,
        position: form.position,
        entry: form.entry,
        at: form.at,
        salt,
        event,
        body: form.body,
        previous: form.previous,
        digest: form.digest,
    };
    if to_json(&line)? == text { Ok(line) } else { Err(Error::NotCanonical) }
}

fn refuse_line_breaks(event: &Event) -> Result<(), Error> {
    for (name, field) in [("kind", &event.kind), ("object", &event.object), ("outcome", &event.outcome)] {
        if field.contains('\n') {
            return Err(Error::LineBreak(name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::journal::Head;

    fn line() -> Line {
        let event = Event {
            actor: Some("01939e6c-0000-7000-8000-000000000001".parse().unwrap()),
            kind: "accession".to_owned(),
            object: "acte n° 12 \"é\"".to_owned(),
            outcome: "OK".to_owned(),
            detail: r#"{"b":1, "a":"\u00e9"}"#.to_owned(),
        };
        let at = Timestamp::parse("2026-11-22T08:30:00.120Z").unwrap();
        Head::EMPTY.seal(&"ville/life-cycle".parse().unwrap(), event, at, [0x0f; 16], 7)
    }

    #[test]
    fn the_detail_survives_as_its_very_bytes_and_the_chain_still_holds() {
        let read = from_json(&to_json(&line()).unwrap()).unwrap();
        assert_eq!(read, line());
        assert!(Head::EMPTY.step(&read).is_ok());
    }

    #[test]
    fn another_spelling_of_the_same_line_is_refused() {
        let text = to_json(&line()).unwrap();
        for (from, to) in [
            ("\"position\":0", "\"position\": 0"),
            ("08:30:00.120Z", "08:30:00.1204Z"),
            ("0f0f", "0F0F"),
            ("01939e6c", "01939E6C"),
            ("n°", "n\\u00b0"),
            ("{\"actor\"", "{ \"actor\""),
        ] {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text, "{from} stands in the line");
            assert!(matches!(from_json(&other), Err(Error::NotCanonical)), "{to}");
        }
        assert!(matches!(from_json(&text.replacen("\"at\"", "\"by\":1,\"at\"", 1)), Err(Error::Json(_))));
    }

    #[test]
    fn a_line_break_cannot_move_from_one_field_to_the_next() {
        let mut broken = line();
        broken.event.kind = "a\nb".to_owned();
        assert!(matches!(to_json(&broken), Err(Error::LineBreak("kind"))));
        let text = to_json(&line()).unwrap().replacen("accession", "acc\\nession", 1);
        assert!(matches!(from_json(&text), Err(Error::LineBreak("kind"))));
    }
}
