//! Asking an agency whether archives may be communicated before their delay, and reading what it answers:
//! `AuthorizationOriginatingAgencyRequest` and `AuthorizationControlAuthorityRequest`, and the replies to them.

use std::io::{self, BufRead, Write};

use crate::{
    domain::{agency::Role, clock::Timestamp, seda::SedaVersion},
    seda::{
        envelope,
        field::walk,
        misread::{Misread, filled},
    },
    xml::{bounds::Bounds, event::Event, reader::Reader},
};

/// `AuthorizationReason` of a request for a derogation.
pub const REASON: &str = "ArchiveDeliveryDerogation";

/// The codes of an agreement: the standard's word, and SEDA 1.0's.
const GRANTING: &[&str] = &["OK", "000"];

/// A question to an agency.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// As what it is asked: originating agency, or control authority.
    pub role: Role,
    /// The agency.
    pub agency: &'a str,
    /// The version of the message.
    pub version: SedaVersion,
    /// `MessageIdentifier`.
    pub message_identifier: &'a str,
    /// When it is asked.
    pub date: Timestamp,
    /// French sentences for people.
    pub comments: &'a [String],
    /// The units that are not communicable.
    pub units: &'a [String],
    /// Who asks for them.
    pub requester: &'a str,
    /// Who puts the question.
    pub archival_agency: &'a str,
}

/// What an agency answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// As what it speaks.
    pub role: Role,
    /// The agency.
    pub agency: String,
    /// Its own identifier.
    pub message_identifier: String,
    /// The question's identifier.
    pub answered: String,
    /// Whether it grants what was asked.
    pub granted: bool,
}

/// The two roles that are asked, each with the name of the question and the element that names the agency.
const ROLES: [(Role, &str, &str); 2] = [
    (Role::Originating, "AuthorizationOriginatingAgencyRequest", "OriginatingAgency"),
    (Role::Control, "AuthorizationControlAuthorityRequest", "ControlAuthority"),
];

/// Writes the question.
///
/// # Errors
/// The output fails, or nobody in that role is ever asked.
pub fn ask<W: Write>(question: &Question<'_>, out: W) -> io::Result<W> {
    let (_, root, element) = named(question.role)?;
    let comment = question.comments.first().map(String::as_str);
    let (version, date) = (question.version, question.date);
    let mut writer = envelope::begin(out, root, version, comment, date, question.message_identifier)?;
    writer.element("CodeListVersions", "")?;
    writer.open("AuthorizationRequestContent")?;
    writer.element("AuthorizationReason", REASON)?;
    for comment in question.comments {
        writer.element("Comment", comment)?;
    }
    writer.element("RequestDate", &date.legal_day().to_string())?;
    for unit in question.units {
        writer.element("UnitIdentifier", unit)?;
    }
    envelope::agency(&mut writer, "Requester", question.requester)?;
    writer.close()?;
    envelope::agency(&mut writer, "ArchivalAgency", question.archival_agency)?;
    envelope::agency(&mut writer, element, question.agency)?;
    writer.finish()
}

fn named(role: Role) -> io::Result<(Role, &'static str, &'static str)> {
    let found = ROLES.into_iter().find(|(known, ..)| *known == role);
    found.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "nobody in that role is asked"))
}

/// Reads an answer.
///
/// # Errors
/// It is no such message, or lacks what an answer must say.
pub fn read(source: impl BufRead, bounds: Bounds) -> Result<Reply, Misread> {
    let mut reader = Reader::new(source, bounds);
    let mut role: Option<(Role, &str)> = None;
    let (mut agency, mut message, mut answered, mut code) = (None, None, None, None);
    while let Some(event) = reader.next()? {
        let Event::Start(start) = event else { continue };
        let Some((_, element)) = role else {
            role = Some(known(start.local(), start.namespace.as_deref())?);
            continue;
        };
        match start.local() {
            "MessageIdentifier" => message = Some(reader.text(&start)?.trim().to_owned()),
            "MessageRequestIdentifier" => answered = Some(reader.text(&start)?.trim().to_owned()),
            "ReplyCode" => code = Some(reader.text(&start)?.trim().to_owned()),
            local if local == element => walk(&mut reader, &start, &mut String::new(), |field| {
                if field.path == "Identifier" {
                    agency = field.filled();
                }
            })?,
            _ => reader.skip(&start)?,
        }
    }
    let (role, element) = role.ok_or(Misread::Lacking("AuthorizationOriginatingAgencyRequestReply"))?;
    Ok(Reply {
        role,
        agency: filled(agency, element)?,
        message_identifier: filled(message, "MessageIdentifier")?,
        answered: filled(answered, "MessageRequestIdentifier")?,
        granted: GRANTING.contains(&filled(code, "ReplyCode")?.as_str()),
    })
}

fn known(name: &str, namespace: Option<&str>) -> Result<(Role, &'static str), Misread> {
    let role = ROLES.into_iter().find(|(_, root, _)| name.strip_suffix("Reply") == Some(root));
    let is_known = namespace.and_then(SedaVersion::from_namespace).is_some();
    let found = role.filter(|_| is_known).map(|(role, _, element)| (role, element));
    found.ok_or_else(|| Misread::Another { name: name.to_owned(), namespace: namespace.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: &str) -> String {
        format!(
            "<AuthorizationControlAuthorityRequestReply xmlns='{}'><Date>2026-11-22T00:00:00Z</Date><MessageIdentifier>R1\
             </MessageIdentifier><CodeListVersions/><ReplyCode>{code}</ReplyCode><MessageRequestIdentifier> Q1 \
             </MessageRequestIdentifier><ArchivalAgency><Identifier>A</Identifier></ArchivalAgency><ControlAuthority>\
             <Identifier>AD84</Identifier></ControlAuthority></AuthorizationControlAuthorityRequestReply>",
            SedaVersion::V2_2.namespace()
        )
    }

    #[test]
    fn only_a_code_of_agreement_grants() {
        for (code, granted) in [("OK", true), ("000", true), ("KO", false), ("001", false), ("212", false)] {
            let read = read(reply(code).as_bytes(), Bounds::default()).unwrap();
            assert_eq!((read.granted, read.role, read.agency.as_str()), (granted, Role::Control, "AD84"), "{code}");
            assert_eq!((read.answered.as_str(), read.message_identifier.as_str()), ("Q1", "R1"));
        }
    }

    #[test]
    fn a_question_is_no_answer_and_nothing_may_lack() {
        let read = |text: &str| read(text.as_bytes(), Bounds::default()).unwrap_err();
        let question = Question {
            role: Role::Originating,
            agency: "MAIRIE",
            version: SedaVersion::V2_1,
            message_identifier: "Q1",
            date: Timestamp::from_millis(0).unwrap(),
            comments: &[],
            units: &["u".to_owned()],
            requester: "Élise",
            archival_agency: "A",
        };
        let asked = String::from_utf8(ask(&question, Vec::new()).unwrap()).unwrap();
        assert!(matches!(read(&asked), Misread::Another { .. }));
        assert!(matches!(read(&reply("OK").replace("R1", "")), Misread::Lacking("MessageIdentifier")));
        assert!(matches!(read(&reply("OK").replace("AD84", " ")), Misread::Lacking("ControlAuthority")));
        assert!(matches!(read(&reply("")), Misread::Lacking("ReplyCode")));
        assert!(ask(&Question { role: Role::Archival, ..question }, Vec::new()).is_err());
    }
}
