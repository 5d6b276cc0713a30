//! The packages that the measures deposit: right SEDA 2.2 transfers, written as they are hashed.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use crate::{
    cli::bench::reference::noise,
    digest::{self, Hasher},
    domain::digest::Digest,
    package::zip_stream::{Packed, ZipStream},
};

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ArchiveTransfer xmlns="fr:gouv:culture:archivesdefrance:seda:v2.2">
  <Comment>Mesure</Comment>
  <Date>2026-11-05T08:30:00</Date>
"#;
const CODE_LISTS: &str = "  <CodeListVersions>
    <ReplyCodeListVersion>SEDA 2</ReplyCodeListVersion>
    <MessageDigestAlgorithmCodeListVersion>xmlenc, 2001</MessageDigestAlgorithmCodeListVersion>
    <MimeTypeCodeListVersion>IANA, 2026</MimeTypeCodeListVersion>
    <FileFormatCodeListVersion>PRONOM v120</FileFormatCodeListVersion>
  </CodeListVersions>
";
const TAIL: &str = "    <ManagementMetadata>
      <LegalStatus>Public Archive</LegalStatus>
      <OriginatingAgencyIdentifier>MESURE-CONSEIL</OriginatingAgencyIdentifier>
      <SubmissionAgencyIdentifier>MESURE-SECRETARIAT</SubmissionAgencyIdentifier>
    </ManagementMetadata>
  </DataObjectPackage>
  <ArchivalAgency>
    <Identifier>MESURE-ARCHIVES</Identifier>
  </ArchivalAgency>
  <TransferringAgency>
    <Identifier>MESURE-SECRETARIAT</Identifier>
  </TransferringAgency>
</ArchiveTransfer>
";

/// Words that titles are made of, so that searches find some and not all.
const WORDS: [&str; 16] = [
    "délibération",
    "arrêté",
    "budget",
    "bibliothèque",
    "voirie",
    "école",
    "marché",
    "subvention",
    "personnel",
    "conseil",
    "permis",
    "urbanisme",
    "cimetière",
    "assainissement",
    "élection",
    "concession",
];

/// A digital object as a manifest tells it.
struct Object {
    uri: String,
    size: u64,
    digest: Digest,
}

/// A transfer in a ZIP: `objects` objects of `object_bytes` bytes, each with its unit, below two folders.
pub(super) fn transfer(
    path: &Path,
    name: &str,
    objects: u32,
    object_bytes: usize,
    packed: Packed,
) -> anyhow::Result<u64> {
    let mut zip = ZipStream::new(BufWriter::new(File::create(path)?));
    let (mut told, mut bytes) = (Vec::new(), 0);
    for at in 0..objects {
        let body = body(object_bytes, name, at);
        let (size, uri) = (u64::try_from(body.len())?, format!("Content/{name}_{at}.bin"));
        told.push(Object { uri: uri.clone(), size, digest: digest::sha512(&body) });
        zip.add(&uri, size, packed, &mut body.as_slice())?;
        bytes += size;
    }
    let mut manifest = Vec::new();
    write_manifest(name, &told, objects, &mut manifest)?;
    zip.add("manifest.xml", u64::try_from(manifest.len())?, Packed::Deflated, &mut manifest.as_slice())?;
    zip.finish()?.flush()?;
    Ok(bytes)
}

/// A transfer in a folder: one object of `bytes` bytes.
pub(super) fn one_object(folder: &Path, bytes: u64) -> anyhow::Result<()> {
    fs::create_dir_all(folder.join("Content"))?;
    let mut file = BufWriter::new(File::create(folder.join("Content/film.bin"))?);
    let (mut hasher, mut left) = (Hasher::new(&[])?, bytes);
    let block = noise(8 << 20, 11);
    while left > 0 {
        let length = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        let part = block.get(..length).unwrap_or_default();
        hasher.update(part)?;
        file.write_all(part)?;
        left -= u64::try_from(length)?;
    }
    file.flush()?;
    let object = Object { uri: "Content/film.bin".to_owned(), size: bytes, digest: hasher.finish()?.sha512() };
    write_manifest("film", &[object], 1, File::create(folder.join("manifest.xml"))?)?;
    Ok(())
}

/// A transfer in a folder: `units` units and no object.
pub(super) fn only_units(folder: &Path, units: u32) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    write_manifest("plan", &[], units, File::create(folder.join("manifest.xml"))?)
}

fn body(length: usize, name: &str, at: u32) -> Vec<u8> {
    let seed = name.bytes().fold(u64::from(at) + 1, |seed, byte| seed.wrapping_mul(131).wrapping_add(u64::from(byte)));
    noise(length, seed)
}

fn write_manifest(name: &str, objects: &[Object], units: u32, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    out.write_all(HEAD.as_bytes())?;
    writeln!(out, "  <MessageIdentifier>MESURE-{name}</MessageIdentifier>")?;
    out.write_all(CODE_LISTS.as_bytes())?;
    writeln!(out, "  <DataObjectPackage>")?;
    for (at, object) in objects.iter().enumerate() {
        write_object(at, object, &mut out)?;
    }
    writeln!(out, "    <DescriptiveMetadata>\n      <ArchiveUnit id=\"U\">")?;
    write_content("Fonds de la mesure", "Fonds", &mut out)?;
    writeln!(out, "        <ArchiveUnit id=\"UU\">")?;
    write_content(&format!("Dossier {name}"), "RecordGrp", &mut out)?;
    for at in 0..units {
        write_unit(at, usize::try_from(at).is_ok_and(|at| at < objects.len()), name, &mut out)?;
    }
    writeln!(out, "        </ArchiveUnit>\n      </ArchiveUnit>\n    </DescriptiveMetadata>")?;
    out.write_all(TAIL.as_bytes())?;
    out.flush()
}

fn write_object(at: usize, object: &Object, out: &mut impl Write) -> io::Result<()> {
    let Object { uri, size, digest } = object;
    write!(
        out,
        "    <DataObjectGroup id=\"G{at}\">
      <BinaryDataObject id=\"O{at}\">
        <DataObjectVersion>BinaryMaster_1</DataObjectVersion>
        <Uri>{uri}</Uri>
        <MessageDigest algorithm=\"SHA-512\">{digest}</MessageDigest>
        <Size>{size}</Size>
        <FormatIdentification>
          <FormatId>fmt/276</FormatId>
        </FormatIdentification>
        <FileInfo>
          <Filename>{at}.bin</Filename>
        </FileInfo>
      </BinaryDataObject>
    </DataObjectGroup>\n"
    )
}

fn write_content(title: &str, level: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<Content><DescriptionLevel>{level}</DescriptionLevel><Title>{title}</Title></Content>")
}

fn write_unit(at: u32, has_object: bool, name: &str, out: &mut impl Write) -> io::Result<()> {
    let word = |step: u32| {
        let at = usize::try_from((at / step) % 16).unwrap_or_default();
        WORDS.get(at).copied().unwrap_or_default()
    };
    let (month, day) = (at % 12 + 1, at % 28 + 1);
    writeln!(
        out,
        "          <ArchiveUnit id=\"U{at}\"><Content><DescriptionLevel>Item</DescriptionLevel>\
         <Title>{} n° {at} : {} et {}</Title><Description>Pièce {at} du dossier {name}</Description>\
         <StartDate>2026-{month:02}-{day:02}</StartDate><EndDate>2026-{month:02}-{day:02}</EndDate></Content>",
        word(1),
        word(16),
        word(256),
    )?;
    if has_object {
        writeln!(
            out,
            "<DataObjectReference><DataObjectGroupReferenceId>G{at}</DataObjectGroupReferenceId></DataObjectReference>"
        )?;
    }
    writeln!(out, "          </ArchiveUnit>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::examine,
        domain::{check::Verdict, seda::Dialect},
        package::open::Source,
    };

    fn verdict(source: Source) -> Verdict {
        let examined = examine::blank(source, &[Dialect::Strict], None).unwrap();
        let refusals: Vec<_> =
            examined.report.findings().iter().filter(|finding| finding.outcome.word() == "KO").collect();
        assert!(refusals.is_empty(), "{refusals:?}");
        examined.report.verdict()
    }

    #[test]
    fn what_is_measured_is_accepted() {
        let room = tempfile::tempdir().unwrap();
        let zip = room.path().join("a.zip");
        assert_eq!(transfer(&zip, "a", 5, 1000, Packed::Stored).unwrap(), 5000);
        assert_eq!(verdict(Source::File(File::open(&zip).unwrap())), Verdict::Accepted);
        one_object(&room.path().join("film"), 9 << 20).unwrap();
        assert_eq!(verdict(Source::Folder(room.path().join("film"))), Verdict::Accepted);
        only_units(&room.path().join("plan"), 40).unwrap();
        assert_ne!(verdict(Source::Folder(room.path().join("plan"))), Verdict::Refused);
    }
}
