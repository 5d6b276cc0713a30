//! Small packages made by the thousand: same name, same bytes, so that a test can make again what it deposited.

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
};

use sha2::{Digest as _, Sha512};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// A strict SEDA 2.1 transfer with one act; `message` makes it another transfer than any other.
pub fn parcel(message: &str) -> Vec<u8> {
    let act = act(message);
    zip(&[("manifest.xml", manifest(message, &[("Content/acte.txt", &act)]).as_bytes()), ("Content/acte.txt", &act)])
}

/// The same transfer with an act that is not the one that its manifest declares.
pub fn broken_parcel(message: &str) -> Vec<u8> {
    let declared = act(message);
    let manifest = manifest(message, &[("Content/acte.txt", &declared)]);
    zip(&[("manifest.xml", manifest.as_bytes()), ("Content/acte.txt", &act("autre chose"))])
}

/// The act that a parcel brings.
pub fn act(message: &str) -> Vec<u8> {
    format!("Le conseil municipal, après en avoir délibéré, adopte la délibération {message}.\n")
        .repeat(20)
        .into_bytes()
}

/// A manifest that declares these files, one unit each below one unit.
pub fn manifest(message: &str, files: &[(&str, &[u8])]) -> String {
    let declared: Vec<(&str, u64, String)> =
        files.iter().map(|(name, bytes)| (*name, u64::try_from(bytes.len()).unwrap(), sha512(bytes))).collect();
    manifest_of(message, &declared, "SHA-512")
}

/// A manifest that declares files by their names, lengths and digests.
pub fn manifest_of(message: &str, files: &[(&str, u64, String)], algorithm: &str) -> String {
    let mut text = head(message);
    for (at, (name, size, digest)) in files.iter().enumerate() {
        write!(
            text,
            "<DataObjectGroup id='groupe-{at}'><BinaryDataObject id='objet-{at}'>\
             <DataObjectVersion>BinaryMaster_1</DataObjectVersion><Uri>{name}</Uri>\
             <MessageDigest algorithm='{algorithm}'>{digest}</MessageDigest><Size>{size}</Size>\
             <FormatIdentification><MimeType>text/plain</MimeType><FormatId>x-fmt/111</FormatId>\
             </FormatIdentification><FileInfo><Filename>acte.txt</Filename></FileInfo>\
             </BinaryDataObject></DataObjectGroup>"
        )
        .unwrap();
    }
    text.push_str("<DescriptiveMetadata><ArchiveUnit id='dossier'>");
    text.push_str(&content("RecordGrp", &format!("Dossier {message}")));
    for at in 0..files.len() {
        write!(
            text,
            "<ArchiveUnit id='unite-{at}'>{}<DataObjectReference><DataObjectGroupReferenceId>groupe-{at}\
             </DataObjectGroupReferenceId></DataObjectReference></ArchiveUnit>",
            content("Item", &format!("Délibération {message}, pièce {at}"))
        )
        .unwrap();
    }
    text.push_str("</ArchiveUnit></DescriptiveMetadata>");
    text.push_str(FOOT);
    text
}

/// From the root to the beginning of the package.
pub fn head(message: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n\
         <ArchiveTransfer xmlns='fr:gouv:culture:archivesdefrance:seda:v2.1'>\n\
         <Comment>Actes de Sault-les-Bruyères</Comment><Date>2026-11-06T08:30:00</Date>\n\
         <MessageIdentifier>{message}</MessageIdentifier><CodeListVersions/><DataObjectPackage>\n"
    )
}

/// A unit's `Content`.
pub fn content(level: &str, title: &str) -> String {
    format!("<Content><DescriptionLevel>{level}</DescriptionLevel><Title>{title}</Title></Content>")
}

/// From the end of the units to the end.
pub const FOOT: &str = "<ManagementMetadata><OriginatingAgencyIdentifier>SLB-CONSEIL</OriginatingAgencyIdentifier>\
    <SubmissionAgencyIdentifier>SLB-SECRETARIAT</SubmissionAgencyIdentifier></ManagementMetadata>\n</DataObjectPackage>\n\
    <ArchivalAgency><Identifier>SLB-ARCHIVES</Identifier></ArchivalAgency>\
    <TransferringAgency><Identifier>SLB-SECRETARIAT</Identifier></TransferringAgency>\n</ArchiveTransfer>\n";

/// A ZIP of these files at a fixed time.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let at = DateTime::from_date_and_time(2026, 11, 10, 12, 0, 0).unwrap();
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(at);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The SHA-512 of bytes, in lower-case hexadecimal.
pub fn sha512(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
