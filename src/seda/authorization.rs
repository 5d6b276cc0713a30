//! Authorisations of eliminations: requests to originating agencies and to control authorities, their replies, and the
//! notification that archives were destroyed.

use std::io::{self, BufRead, Write};

use chrono::NaiveDate;

use crate::{
    domain::{agency::Role, clock::Timestamp, seda::SedaVersion},
    seda::envelope,
    xml::{bounds::Bounds, event::Event, fault::Error, reader::Reader},
};

/// A request for an authorisation: `AuthorizationOriginatingAgencyRequest`, or `AuthorizationControlAuthorityRequest`.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Whom it asks: `Role::Control`, or an originating agency.
    pub role: Role,
    /// `MessageIdentifier`, which the reply names.
    pub message_identifier: &'a str,
    /// When it is written.
    pub date: Timestamp,
    /// A French sentence for people.
    pub comment: &'a str,
    /// `AuthorizationReason`: why, in a few words.
    pub reason: &'a str,
    /// French sentences on what is asked for.
    pub details: &'a [String],
    /// `RequestDate`.
    pub on: NaiveDate,
    /// `ArchivalAgency/Identifier`.
    pub archival_agency: &'a str,
    /// The identifier of the agency that is asked.
    pub agency: &'a str,
}

/// Writes a request; `units` are the units to be destroyed.
///
/// # Errors
/// The units cannot be read, or the message cannot be written.
pub fn write_request<W: Write, E: From<io::Error>>(
    request: &Request<'_>,
    units: impl Iterator<Item = Result<String, E>>,
    version: SedaVersion,
    out: W,
) -> Result<W, E> {
    let (root, asked) = match request.role {
        Role::Control => ("AuthorizationControlAuthorityRequest", "ControlAuthority"),
        _ => ("AuthorizationOriginatingAgencyRequest", "OriginatingAgency"),
    };
    let comment = Some(request.comment);
    let mut writer = envelope::begin(out, root, version, comment, request.date, request.message_identifier)?;
    writer.element("CodeListVersions", "")?;
    writer.open("AuthorizationRequestContent")?;
    writer.element("AuthorizationReason", request.reason)?;
    for detail in request.details {
        writer.element("Comment", detail)?;
    }
    writer.element("RequestDate", &request.on.to_string())?;
    for unit in units {
        writer.element("UnitIdentifier", &unit?)?;
    }
    envelope::agency(&mut writer, "Requester", request.archival_agency)?;
    writer.close()?;
    envelope::agency(&mut writer, "ArchivalAgency", request.archival_agency)?;
    envelope::agency(&mut writer, asked, request.agency)?;
    Ok(writer.finish()?)
}

/// An `ArchiveDestructionNotification`: units of one originating agency were destroyed.
#[derive(Clone, Copy, Debug)]
pub struct Notification<'a> {
    /// `MessageIdentifier`.
    pub message_identifier: &'a str,
    /// When it is written.
    pub date: Timestamp,
    /// A French sentence for people.
    pub comment: &'a str,
    /// `AuthorizationRequestReplyIdentifier`: what allowed it.
    pub authorization: &'a str,
    /// `ArchivalAgency/Identifier`.
    pub archival_agency: &'a str,
    /// `OriginatingAgency/Identifier`.
    pub originating_agency: &'a str,
}

/// Writes the notification; `units` are the units destroyed.
///
/// # Errors
/// The units cannot be read, or the message cannot be written.
pub fn write_notification<W: Write, E: From<io::Error>>(
    notification: &Notification<'_>,
    units: impl Iterator<Item = Result<String, E>>,
    version: SedaVersion,
    out: W,
) -> Result<W, E> {
    let Notification { message_identifier, date, comment, .. } = *notification;
    let root = "ArchiveDestructionNotification";
    let mut writer = envelope::begin(out, root, version, Some(comment), date, message_identifier)?;
    writer.element("CodeListVersions", "")?;
    writer.element("AuthorizationRequestReplyIdentifier", notification.authorization)?;
    for unit in units {
        writer.element("UnitIdentifier", &unit?)?;
    }
    envelope::agency(&mut writer, "ArchivalAgency", notification.archival_agency)?;
    envelope::agency(&mut writer, "OriginatingAgency", notification.originating_agency)?;
    Ok(writer.finish()?)
}

/// A reply to a request: `AuthorizationOriginatingAgencyRequestReply`, or `AuthorizationControlAuthorityRequestReply`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Who answers: `Role::Control`, or `Role::Originating`.
    pub role: Role,
    /// The version it is written in.
    pub version: SedaVersion,
    /// `MessageIdentifier`.
    pub message_identifier: String,
    /// `MessageRequestIdentifier`: the request that it answers.
    pub request_identifier: String,
    /// `ReplyCode`; empty when there is none.
    pub code: String,
    /// `ArchivalAgency/Identifier`.
    pub archival_agency: String,
    /// The identifier of the agency that answers.
    pub agency: String,
}

/// Reads a reply; `None` when the document is another one, or lacks what a reply must say.
///
/// # Errors
/// It is no well-formed XML.
pub fn read_reply(source: impl BufRead, bounds: Bounds) -> Result<Option<Reply>, Error> {
    let mut reader = Reader::new(source, bounds);
    let mut found = Found::default();
    let mut path: Vec<String> = Vec::new();
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(start) => {
                if path.is_empty() {
                    let version = start.namespace.as_deref().and_then(SedaVersion::from_namespace);
                    let role = match start.local() {
                        "AuthorizationOriginatingAgencyRequestReply" => Some(Role::Originating),
                        "AuthorizationControlAuthorityRequestReply" => Some(Role::Control),
                        _ => None,
                    };
                    let (Some(version), Some(role)) = (version, role) else { return Ok(None) };
                    found.root = Some((role, version));
                    found.namespace = start.namespace.as_deref().map(str::to_owned);
                }
                if start.namespace.as_deref() == found.namespace.as_deref() {
                    path.push(start.local().to_owned());
                } else {
                    path.push(String::new());
                }
                if let Some(field) = found.field(&path) {
                    let text = reader.text(&start)?;
                    path.pop();
                    if field.replace(text).is_some() {
                        return Ok(None);
                    }
                }
            }
            Event::End => _ = path.pop(),
            Event::Text(_) | Event::Comment(_) | Event::Instruction(_) => {}
        }
    }
    Ok(found.reply())
}

/// What was met of a reply. Each element stands once.
#[derive(Default)]
struct Found {
    root: Option<(Role, SedaVersion)>,
    namespace: Option<String>,
    message: Option<String>,
    request: Option<String>,
    code: Option<String>,
    archival: Option<String>,
    agency: Option<String>,
}

impl Found {
    fn field(&mut self, path: &[String]) -> Option<&mut Option<String>> {
        let asked = match self.root?.0 {
            Role::Control => "ControlAuthority",
            _ => "OriginatingAgency",
        };
        let below: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
        match below.as_slice() {
            ["MessageIdentifier"] => Some(&mut self.message),
            ["MessageRequestIdentifier"] => Some(&mut self.request),
            ["ReplyCode"] => Some(&mut self.code),
            ["ArchivalAgency", "Identifier"] => Some(&mut self.archival),
            [agency, "Identifier"] if *agency == asked => Some(&mut self.agency),
            _ => None,
        }
    }

    fn reply(self) -> Option<Reply> {
        let (role, version) = self.root?;
        Some(Reply {
            role,
            version,
            message_identifier: self.message?,
            request_identifier: self.request?,
            code: self.code.unwrap_or_default(),
            archival_agency: self.archival?,
            agency: self.agency?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(role: Role) -> Reply {
        Reply {
            role,
            version: SedaVersion::V2_2,
            message_identifier: "R-1".to_owned(),
            request_identifier: "D/1".to_owned(),
            code: "OK".to_owned(),
            archival_agency: "SAE".to_owned(),
            agency: "MAIRIE".to_owned(),
        }
    }

    fn read(text: &str) -> Option<Reply> {
        read_reply(text.as_bytes(), Bounds::default()).unwrap()
    }

    #[test]
    fn a_reply_is_read_whoever_answers_and_nothing_else_is() {
        for (role, answers) in [(Role::Originating, "OriginatingAgency"), (Role::Control, "ControlAuthority")] {
            let root = format!("Authorization{answers}RequestReply");
            let text = format!(
                "<{root} xmlns=\"fr:gouv:culture:archivesdefrance:seda:v2.2\"><Date>2027-01-01T00:00:00Z</Date>\
                 <MessageIdentifier>R-1</MessageIdentifier><CodeListVersions/><ReplyCode>OK</ReplyCode>\
                 <MessageRequestIdentifier>D/1</MessageRequestIdentifier>\
                 <ArchivalAgency><Identifier>SAE</Identifier></ArchivalAgency>\
                 <{answers}><Identifier>MAIRIE</Identifier></{answers}></{root}>"
            );
            assert_eq!(read(&text), Some(reply(role)));
            assert_eq!(read(&text.replace(":seda:v2.2", ":seda:v9")), None, "another namespace");
            assert_eq!(read(&text.replace("MessageRequestIdentifier", "Other")), None, "no request is named");
            let twice = text.replace("<ReplyCode>OK</ReplyCode>", "<ReplyCode>KO</ReplyCode><ReplyCode>OK</ReplyCode>");
            assert_eq!(read(&twice), None, "two answers");
        }
        assert_eq!(read("<a/>"), None);
    }
}
