//! What is written: read again by ourselves, by the crate that others use, and never whole when it broke off.

use std::io::{self, Cursor, Read, Write};

use cartulaire::package::{
    Error,
    limits::Limits,
    zip_stream::{Packed, ZipStream},
};

use super::{package_of, walked};

/// Makes all of a delivery's files.
fn written(files: &[(&str, &[u8], Packed)]) -> Vec<u8> {
    let mut zip = ZipStream::new(Vec::new());
    for (name, content, packed) in files {
        let size = u64::try_from(content.len()).unwrap();
        assert_eq!(zip.add(name, size, *packed, &mut &content[..]).unwrap(), size);
    }
    zip.finish().unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let text = "acte ".repeat(10_000);
    let files: [(&str, &[u8], Packed); 4] = [
        ("manifest.xml", b"<a/>", Packed::Deflated),
        ("Content/délibération d'été.pdf", text.as_bytes(), Packed::Deflated),
        ("Content/議事録.zip", text.as_bytes(), Packed::Stored),
        ("Content/vide", b"", Packed::Deflated),
    ];
    let bytes = written(&files);
    assert!(bytes.len() < 55_000, "one of two copies is deflated");
    let package = package_of(&bytes);
    assert_eq!(package.faults(), []);
    let (read, faults) = walked(&package);
    assert_eq!((read.len(), faults.len()), (3, 0));
    let mut other = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
    for (name, content, _) in files {
        let mut again = Vec::new();
        other.by_name(name).unwrap().read_to_end(&mut again).unwrap();
        assert_eq!(again, content);
    }
    assert_eq!(bytes, written(&files), "the same entries give the same bytes");
}

#[test]
fn an_entry_announced_large_is_zip64() {
    let mut zip = ZipStream::new(Vec::new());
    zip.add("manifest.xml", 1 << 33, Packed::Stored, &mut &b"<a/>"[..]).unwrap();
    zip.add("b", 1, Packed::Stored, &mut &b"b"[..]).unwrap();
    let bytes = zip.finish().unwrap();
    assert_eq!(bytes[28..30], [20, 0], "the first entry has a ZIP64 field of 20 bytes");
    let package = package_of(&bytes);
    assert_eq!((package.faults(), walked(&package).0["b"].as_slice()), (&[][..], &b"b"[..]));
}

#[test]
fn a_delivery_that_broke_off_is_not_a_zip() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the volume is gone"))
        }
    }
    let mut out = tempfile::tempfile().unwrap();
    let mut zip = ZipStream::new(&mut out);
    zip.add("manifest.xml", 4, Packed::Stored, &mut &b"<a/>"[..]).unwrap();
    let failed = zip.add("a", 9, Packed::Stored, &mut Broken);
    assert!(matches!(failed, Err(Error::Content(_))), "{failed:?}");
    drop(zip);
    let mut bytes = Vec::new();
    io::Seek::rewind(&mut out).unwrap();
    out.read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"PK\x03\x04"));
    assert!(!super::survives(&bytes, &Limits::default()));
}

#[test]
fn a_writer_that_fails_is_told_apart_from_a_body_that_fails() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let failed = ZipStream::new(Full).add("a", 1, Packed::Stored, &mut &b"x"[..]);
    assert!(matches!(failed, Err(Error::Write(_))), "{failed:?}");
}

#[test]
fn a_name_cannot_be_added_twice() {
    let mut zip = ZipStream::new(Vec::new());
    zip.add("a", 1, Packed::Stored, &mut &b"x"[..]).unwrap();
    let again = zip.add("a", 1, Packed::Stored, &mut &b"y"[..]);
    assert!(matches!(&again, Err(Error::Entry { name, .. }) if name == "a"), "{again:?}");
}
