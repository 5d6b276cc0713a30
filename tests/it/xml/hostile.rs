//! Documents that mean harm, or are none: each gets one violation, with its place, and costs little.

use std::{
    io::{self, Read},
    ops::ControlFlow,
};

use cartulaire::xml::{limits::Limits, schema::Error, violation::Kind};

use crate::xml::{document, transfer, violations};

/// What a hostile document is, its kind of violation, line and column, its bytes.
type Hostile = (&'static str, Kind, u64, u64, Vec<u8>);

fn declarations() -> Vec<Hostile> {
    let laughs = "<!DOCTYPE lolz [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]><lolz>&c;</lolz>";
    let external =
        "\n<!DOCTYPE r SYSTEM 'http://example.org/r.dtd' [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>";
    vec![
        ("a document type", Kind::Dtd, 1, 1, b"<!DOCTYPE r><r/>".to_vec()),
        ("a broken document type", Kind::Dtd, 1, 11, b"<!DOCTYPE ><r/>".to_vec()),
        ("billion laughs", Kind::Dtd, 1, 1, laughs.into()),
        ("an external entity", Kind::Dtd, 2, 1, external.into()),
    ]
}

fn excesses() -> Vec<Hostile> {
    let open = "<Transfer xmlns='urn:t'>\n";
    let date = "<Date>2024-01-01</Date>\n";
    let units = "<Unit><Title>abc</Title>".repeat(1000) + &"</Unit>".repeat(1000);
    let attributes: Vec<_> = (0..100_000).map(|number| format!(" a{number}='{number}'")).collect();
    let wide = format!("{open}<Date{}/></Transfer>", attributes.concat());
    let long = "x".repeat(50_000_000);
    vec![
        ("1,000 levels", Kind::Limit, 3, 6103, format!("{open}{date}{units}</Transfer>").into()),
        ("100,000 attributes", Kind::Limit, 2, 2603, wide.into()),
        ("a 50 MB attribute", Kind::Limit, 1, 1, format!("<Transfer xmlns='urn:t' version='{long}'/>").into()),
        ("a 50 MB text", Kind::Limit, 2, 7, format!("{open}<Date>{long}</Date></Transfer>").into()),
        ("a 50 MB comment", Kind::Limit, 1, 25, format!("<Transfer xmlns='urn:t'><!-- {long} --></Transfer>").into()),
        ("a text in pieces", Kind::Limit, 2, 1, in_pieces(open)),
        ("a long name", Kind::Limit, 1, 2, format!("<{}/>", "x".repeat(5000)).into()),
    ]
}

/// A text of 17 MiB in CDATA sections of 1 MiB.
fn in_pieces(open: &str) -> Vec<u8> {
    let piece = format!("<![CDATA[{}]]>", "x".repeat(1024 * 1024));
    format!("{open}<Date>{}</Date></Transfer>", piece.repeat(17)).into()
}

fn malformed() -> Vec<Hostile> {
    let whole = document("<Date>2024-01-01</Date>");
    let kind = Kind::NotWellFormed;
    let inside = |date: &[u8]| [b"<Transfer xmlns='urn:t'>\n<Date>", date, b"</Date></Transfer>"].concat();
    vec![
        ("a truncated document", kind, 1, 35, b"<Transfer xmlns='urn:t'><Date>2024".to_vec()),
        ("a truncated tag", kind, 1, 1, b"<Transfer xmlns='urn".to_vec()),
        ("two roots", kind, 3, 12, format!("{whole}<b/>").into()),
        ("text after the root", kind, 3, 12, format!("{whole}b").into()),
        ("an attribute twice", kind, 2, 14, b"<Transfer xmlns='urn:t'\n version='1' version='1'/>".to_vec()),
        ("a control character", kind, 2, 7, inside(b"\x01")),
        ("an undefined entity", kind, 2, 7, inside(b"&eacute;")),
        ("an ampersand", kind, 2, 9, inside(b"a & b")),
        ("an unbound prefix", kind, 1, 2, b"<p:Transfer/>".to_vec()),
        ("an unmatched end", kind, 1, 41, b"<Transfer xmlns='urn:t'><Date>2024-01-01</Data></Transfer>".to_vec()),
        ("nothing", kind, 1, 1, Vec::new()),
        ("spaces only", kind, 2, 2, b" \n ".to_vec()),
        ("a PDF", kind, 1, 1, b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<</Type/Catalog>>".to_vec()),
    ]
}

fn encodings() -> Vec<Hostile> {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let kind = Kind::Encoding;
    vec![
        ("a picture", kind, 1, 1, b"\x89PNG\r\n\x1A\n".to_vec()),
        ("undeclared latin-1", kind, 2, 7, b"<Transfer xmlns='urn:t'>\n<Date>\xE9</Date></Transfer>".to_vec()),
        ("declared UTF-16", kind, 1, 1, b"<?xml version='1.0' encoding='UTF-16'?><a/>".to_vec()),
        ("declared UTF-8", kind, 1, 1, utf16("\u{FEFF}<?xml version='1.0' encoding='UTF-8'?><a/>")),
        ("a mark and latin-1", kind, 1, 1, b"\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-8859-1'?><a/>".to_vec()),
        ("an encoding of elsewhere", kind, 1, 1, b"<?xml version='1.0' encoding='Shift_JIS'?><a/>".to_vec()),
        (
            "an unpaired surrogate",
            kind,
            1,
            25,
            [utf16("\u{FEFF}<Transfer xmlns='urn:t'>"), vec![0x00, 0xD8, 0x3C, 0x00]].concat(),
        ),
    ]
}

#[test]
fn each_hostile_document_gets_one_violation_with_its_place() {
    let schema = transfer();
    for (name, kind, line, column, bytes) in [declarations(), excesses(), malformed(), encodings()].concat() {
        let found = violations(&schema, bytes.as_slice());
        let [only] = found.as_slice() else { panic!("{name}: {found:?}") };
        assert_eq!((only.kind, only.line, only.column), (kind, line, column), "{name}: {only}");
        assert!(only.message.ends_with('.') && only.message.contains(' '), "{name}: {only}");
    }
}

#[test]
fn a_document_that_invents_names_is_stopped() {
    let names: Vec<_> = (0..20_000).map(|number| format!("<n{number}/>\n")).collect();
    let found = violations(&transfer(), document(&format!("<Date>2024-01-01</Date>{}", names.concat())).as_bytes());
    let last = found.last().unwrap();
    assert_eq!(last.kind, Kind::Limit);
    assert!(found.len() < 11_000 && last.line < 11_000, "{} violations, then {last}", found.len());
}

#[test]
fn faults_without_number_are_all_told_and_the_first_ones_explained() {
    let units = "<Unit/>\n".repeat(2000);
    let found = violations(&transfer(), document(&format!("<Date>2024-01-01</Date>{units}")).as_bytes());
    assert_eq!(found.len(), 2000);
    assert!(found.iter().all(|violation| violation.kind == Kind::MissingElement));
    assert_eq!(found.iter().filter(|violation| violation.message.contains("« Title »")).count(), 500);
}

#[test]
fn each_accepted_encoding_validates_and_keeps_its_lines() {
    let text = |encoding: &str| {
        format!(
            "<?xml version='1.0' encoding='{encoding}'?>\n{}",
            document("<Date>2024-01-01</Date><Unit><Title>été</Title><b/></Unit>")
        )
    };
    let latin = |text: String| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let documents = [
        text("UTF-8").into_bytes(),
        ["\u{FEFF}".as_bytes(), text("utf-8").as_bytes()].concat(),
        latin(text("ISO-8859-1")),
        latin(text("ISO-8859-15")),
        latin(text("windows-1252")),
        utf16(&format!("\u{FEFF}{}", text("UTF-16"))),
        utf16(&text("UTF-16BE")),
    ];
    for bytes in documents {
        let found = violations(&transfer(), bytes.as_slice());
        let places: Vec<_> = found.iter().map(|v| (v.kind, v.line, v.column)).collect();
        assert_eq!(places, [(Kind::UnknownElement, 3, 48)], "{found:?}");
    }
}

#[test]
fn a_source_that_fails_is_an_error_of_the_house() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("disk"))
        }
    }
    let start = document("<Date>2024-01-01</Date>");
    let source = start.as_bytes().take(40).chain(Broken);
    let result = transfer().validate(source, &Limits::default(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(result, Err(Error::Read(_))));
}
