//! ZIP and tar files made by hand, byte by byte, so that they can lie.

use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder, write::GzEncoder};

/// An entry of a ZIP as its maker wants it to be.
#[derive(Clone, Default)]
pub struct Hand {
    pub name: Vec<u8>,
    /// The name in the entry's own header, when it differs.
    pub local_name: Option<Vec<u8>>,
    pub flags: u16,
    pub method: u16,
    pub data: Vec<u8>,
    pub size: u32,
    pub crc: u32,
    pub mode: u32,
    pub extra: Vec<u8>,
    /// Where the directory says that the entry lies, when that is not true.
    pub offset: Option<u32>,
    /// Whether only the directory knows of it.
    pub is_ghost: bool,
}

pub fn stored(name: &str, content: &[u8]) -> Hand {
    Hand {
        name: name.into(),
        data: content.to_vec(),
        size: u32::try_from(content.len()).unwrap(),
        crc: crc(content),
        ..Hand::default()
    }
}

pub fn deflated(name: &str, content: &[u8]) -> Hand {
    Hand { method: 8, data: deflate(content), ..stored(name, content) }
}

pub fn manifest() -> Hand {
    stored("manifest.xml", b"<ArchiveTransfer/>")
}

pub fn crc(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn zip_by_hand(entries: &[Hand]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let offset = entry.offset.unwrap_or(u32::try_from(out.len()).unwrap());
        if !entry.is_ghost {
            let name = entry.local_name.as_ref().unwrap_or(&entry.name);
            out.extend(b"PK\x03\x04\x14\x00");
            out.extend(shared_fields(entry, name));
            out.extend(name);
            out.extend(&entry.extra);
            out.extend(&entry.data);
        }
        directory.extend(b"PK\x01\x02\x14\x03\x14\x00");
        directory.extend(shared_fields(entry, &entry.name));
        directory.extend([0; 6]);
        // The upper half of the external attributes is the Unix mode.
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
        directory.extend(&entry.extra);
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let (start, length) = (u32::try_from(out.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// From the flags to the length of the extra field: the same in both headers.
fn shared_fields(entry: &Hand, name: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(entry.flags.to_le_bytes());
    out.extend(entry.method.to_le_bytes());
    out.extend([0, 0, 0x21, 0]);
    out.extend(entry.crc.to_le_bytes());
    out.extend(u32::try_from(entry.data.len()).unwrap().to_le_bytes());
    out.extend(entry.size.to_le_bytes());
    out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    out.extend(u16::try_from(entry.extra.len()).unwrap().to_le_bytes());
    out
}

/// A member of a tar: its type as written, its name as written (at most 100 bytes), its body.
pub fn member(kind: u8, name: &[u8], body: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    for (byte, from) in header.as_old_mut().name.iter_mut().zip(name) {
        *byte = *from;
    }
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_size(u64::try_from(body.len()).unwrap());
    header.set_mode(0o644);
    header.set_cksum();
    let mut out = header.as_bytes().to_vec();
    out.extend(body);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// A tar of these members, with the mark that ends it.
pub fn tar_by_hand(members: &[Vec<u8>]) -> Vec<u8> {
    let mut out = members.concat();
    out.resize(out.len() + 1024, 0);
    out
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A good ZIP of these files, by the crate that others use.
pub fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::DEFAULT).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A good tar of these files, by the crate that others use: GNU long names where they are needed.
pub fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(content.len()).unwrap());
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *content).unwrap();
    }
    tar.into_inner().unwrap()
}
