//! A stored `ArchiveTransferReply` as the clients of as@lae read it: its two identifiers exchanged, a numeric code.
//!
//! They look for the transfer's identifier in `MessageIdentifier`, for the reply's own in `MessageRequestIdentifier`,
//! and take `000` alone for an acceptance. The stored reply stays the standard's.

use std::io::{self, BufRead, Write};

use crate::{
    seda::field::walk,
    xml::{
        bounds::Bounds,
        escape,
        event::{Event, Start},
        fault::Error,
        reader::Reader,
    },
};

/// Codes of the SEDA 1.0 list by what the first refusing finding's code holds; the first that fits is taken.
const CODES: &[(&str, &str)] = &[
    ("CHECK_DIGEST", "207"),
    ("CHECK_AGENT", "200"),
    ("PROFILE", "203"),
    ("CHECK_IC_AP_RELATION", "203"),
    ("CONTRACT", "300"),
    ("FORMAT_CHECK", "204"),
    ("MANIFEST_SUPERIOR_BDO", "211"),
];
/// The code of every other refusal: a message that cannot be taken in as it is.
const MALFORMED: &str = "101";
const ACCEPTED: &str = "000";

/// Renders the reply that `open` gives to read, twice.
pub fn render<R: BufRead, W: Write>(open: impl Fn() -> io::Result<R>, mut out: W) -> Result<W, Error> {
    let said = Said::read(open().map_err(Error::Read)?)?;
    let mut reader = Reader::new(open().map_err(Error::Read)?, Bounds::NONE);
    let mut write = |markup: &str| out.write_all(markup.as_bytes()).map_err(Error::Read);
    write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    while let Some(event) = reader.next()? {
        let other = match &event {
            Event::Start(start) => said.instead(start),
            _ => None,
        };
        write(reader.raw())?;
        if let (Event::Start(start), Some(other)) = (event, other) {
            reader.text(&start)?;
            write(&escape::text(other))?;
            write(reader.raw())?;
        }
    }
    out.flush().map_err(Error::Read)?;
    Ok(out)
}

/// What the stored reply says of itself.
#[derive(Default)]
struct Said {
    message: String,
    request: String,
    code: String,
    refusing: Option<String>,
}

impl Said {
    fn read(source: impl BufRead) -> Result<Self, Error> {
        let mut reader = Reader::new(source, Bounds::NONE);
        let mut said = Self::default();
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(start) if start.depth == 2 => match start.local() {
                    "MessageIdentifier" => said.message = reader.text(&start)?,
                    "MessageRequestIdentifier" => said.request = reader.text(&start)?,
                    "ReplyCode" => said.code = reader.text(&start)?,
                    "Operation" => said.refusing = first_refusing(&mut reader, &start)?,
                    _ => reader.skip(&start)?,
                },
                _ => {}
            }
        }
        Ok(said)
    }

    /// What an element holds in the rendering, when it is another thing.
    fn instead(&self, start: &Start) -> Option<&str> {
        match start.local() {
            _ if start.depth != 2 || start.empty => None,
            "MessageIdentifier" => Some(&self.request),
            "MessageRequestIdentifier" => Some(&self.message),
            "ReplyCode" => Some(self.numeric()),
            _ => None,
        }
    }

    fn numeric(&self) -> &'static str {
        if matches!(self.code.as_str(), "OK" | "WARNING") {
            return ACCEPTED;
        }
        let refusing = self.refusing.as_deref().unwrap_or_default();
        CODES.iter().find(|(part, _)| refusing.contains(part)).map_or(MALFORMED, |(_, code)| code)
    }
}

fn first_refusing<R: BufRead>(reader: &mut Reader<R>, start: &Start) -> Result<Option<String>, Error> {
    let (mut last, mut refusing) = (String::new(), None);
    walk(reader, start, &mut String::new(), |field| match field.path {
        "Event/EventTypeCode" => field.text.clone_into(&mut last),
        "Event/Outcome" if field.text == "KO" && refusing.is_none() => refusing = Some(last.clone()),
        _ => {}
    })?;
    Ok(refusing)
}
