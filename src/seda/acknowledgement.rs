//! `Acknowledgement`: the message that says that a transfer is durable here.

use std::io::{self, Write};

use crate::{
    domain::{clock::Timestamp, seda::SedaVersion},
    seda::envelope,
};

/// What an acknowledgement says.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledgement<'a> {
    /// Its own identifier (`MessageIdentifier`).
    pub message_identifier: &'a str,
    /// The identifier of the message that it acknowledges (`MessageReceivedIdentifier`).
    pub message_received: &'a str,
    /// When it is given.
    pub date: Timestamp,
    /// A French sentence for people.
    pub comment: Option<&'a str>,
    /// Who acknowledges (`Sender`): the archival agency.
    pub sender: &'a str,
    /// Who is answered (`Receiver`): the transferring agency.
    pub receiver: &'a str,
}

/// Writes the message in a version of the SEDA.
pub fn write<W: Write>(acknowledgement: &Acknowledgement<'_>, version: SedaVersion, out: W) -> io::Result<W> {
    let Acknowledgement { message_identifier, message_received, date, comment, sender, receiver } = *acknowledgement;
    let mut writer = envelope::begin(out, "Acknowledgement", version, comment, date, message_identifier)?;
    writer.element("MessageReceivedIdentifier", message_received)?;
    envelope::agency(&mut writer, "Sender", sender)?;
    envelope::agency(&mut writer, "Receiver", receiver)?;
    writer.finish()
}
