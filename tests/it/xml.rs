//! XML validation: every kind of violation, hostile documents, encodings, large documents, and real SEDA.

use std::{
    io::{self, Read},
    ops::ControlFlow,
    thread,
};

use cartulaire::xml::{
    limits::Limits,
    schema::{Error, Schema},
    violation::{Kind, Violation},
};

/// A small transfer: enough to break every kind of rule.
const TRANSFER: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns="urn:t"
    elementFormDefault="qualified">
  <xs:element name="Transfer"><xs:complexType><xs:sequence>
      <xs:element name="Date" type="xs:date"/>
      <xs:element name="Object" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
          <xs:element name="Digest"><xs:complexType><xs:simpleContent><xs:extension base="xs:hexBinary">
              <xs:attribute name="algorithm" type="Algorithm" use="required"/>
          </xs:extension></xs:simpleContent></xs:complexType></xs:element>
          <xs:element name="Size" type="xs:positiveInteger" minOccurs="0"/>
          <xs:element name="Format" type="Format" minOccurs="0"/>
        </xs:sequence><xs:attribute name="id" type="xs:ID" use="required"/></xs:complexType></xs:element>
      <xs:element name="Unit" type="Unit" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence><xs:attribute name="version" fixed="1"/></xs:complexType>
    <xs:unique name="oneTitle"><xs:selector xpath=".//*"/><xs:field xpath="@key"/></xs:unique>
  </xs:element>
  <xs:complexType name="Unit"><xs:sequence>
    <xs:element name="Title"><xs:simpleType><xs:restriction base="xs:string"><xs:minLength value="3"/>
      <xs:maxLength value="20"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Rate" minOccurs="0" nillable="true"><xs:simpleType><xs:restriction base="xs:decimal">
      <xs:minInclusive value="0"/><xs:maxExclusive value="10"/><xs:totalDigits value="3"/>
      <xs:fractionDigits value="1"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element ref="Event" minOccurs="0"/>
    <xs:element name="Empty" minOccurs="0"><xs:complexType/></xs:element>
    <xs:element name="Any" minOccurs="0" type="Shape"/>
    <xs:element name="ObjectRef" type="xs:IDREF" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="Unit" type="Unit" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence><xs:attribute name="id" type="xs:ID"/><xs:attribute name="key" type="xs:string"/></xs:complexType>
  <xs:element name="Event" abstract="true" type="xs:string"/>
  <xs:element name="Ingest" substitutionGroup="Event" type="xs:string"/>
  <xs:complexType name="Shape" abstract="true"/>
  <xs:simpleType name="Algorithm"><xs:restriction base="xs:token">
    <xs:enumeration value="SHA-256"/><xs:enumeration value="SHA-512"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Format"><xs:restriction base="xs:token">
    <xs:pattern value="(x-)?fmt/[0-9]+"/></xs:restriction></xs:simpleType>
</xs:schema>"#;

fn transfer() -> Schema {
    Schema::compile(&[("transfer.xsd", TRANSFER)]).unwrap()
}

fn violations(schema: &Schema, document: impl Read) -> Vec<Violation> {
    let mut found = Vec::new();
    schema
        .validate(document, &Limits::default(), &mut |violation| {
            found.push(violation);
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

/// A document of the small schema around `content`, which begins on line 2.
fn document(content: &str) -> String {
    format!("<Transfer xmlns='urn:t' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>\n{content}\n</Transfer>")
}


const OBJECT: &str = "<Date>2024-01-01</Date><Object id='a'>";
const UNIT: &str = "<Date>2024-01-01</Date><Unit><Title>abc</Title>";

#[test]
fn look() {
    let schema = transfer();
    for (content, _) in broken() {
        println!("@@{content}");
        for violation in violations(&schema, document(&content).as_bytes()) {
            println!("##{:?} {} {}", violation.kind, violation.path, violation);
        }
    }
    for (name, bytes) in hostile() {
        println!("!!{name}");
        for violation in violations(&schema, bytes.as_slice()) {
            println!("##{:?} {} {}", violation.kind, violation.path, violation);
        }
    }
}

fn broken() -> Vec<(String, ())> {
    let object = |rest: &str| format!("{OBJECT}{rest}</Object>");
    let unit = |rest: &str| format!("{UNIT}{rest}</Unit>");
    vec![
        (String::new(), ()),
        ("<Date>2024-02-30</Date>".into(), ()),
        ("<Date>2024-01-01</Date><Foo/>".into(), ()),
        ("<Date>2024-01-01</Date><Date>2024-01-01</Date>".into(), ()),
        ("<Date>2024-01-01</Date>\n<Unit><Title>é…é</Title> text</Unit>".into(), ()),
        (object(""), ()),
        (object("<Digest algorithm='SHA-3000'>00</Digest>"), ()),
        (object("<Digest algorithm='SHA-256'>0x</Digest>"), ()),
        (object("<Digest>00</Digest>"), ()),
        (object("<Digest algorithm='SHA-256' b='c'>00</Digest>"), ()),
        (object("<Digest algorithm='SHA-256'>00</Digest><Size>0</Size>"), ()),
        (object("<Digest algorithm='SHA-256'>00</Digest><Format>l'x</Format>"), ()),
        ("<Date>2024-01-01</Date><Unit id='1'><Title>abc</Title></Unit>".into(), ()),
        ("<Date>2024-01-01</Date><Unit><Title>ab</Title></Unit>".into(), ()),
        ("<Date>2024-01-01</Date><Unit><Title>abcdefghijklmnopqrstuvwxyz</Title></Unit>".into(), ()),
        ("<Date>2024-01-01</Date><Unit id='a'><Title>abc</Title><Unit id='a'><Title>abc</Title></Unit></Unit>".into(), ()),
        (unit("<Rate>-1</Rate>"), ()),
        (unit("<Rate>10</Rate>"), ()),
        (unit("<Rate>1.234</Rate>"), ()),
        (unit("<Rate>1.23</Rate>"), ()),
        (unit("<Rate xsi:nil='true'>1</Rate>"), ()),
        ("<Date>2024-01-01</Date><Unit><Title xsi:nil='true'/></Unit>".into(), ()),
        (unit("<Event>x</Event>"), ()),
        (unit("<Empty>x</Empty>"), ()),
        (unit("<Any/>"), ()),
        (unit("<Any xsi:type='Nope'/>"), ()),
        (unit("<ObjectRef>x</ObjectRef>\n<ObjectRef>x</ObjectRef>"), ()),
        (format!("{UNIT}</Unit><Unit key='k'><Title>abc</Title></Unit><Unit key='k'><Title>abc</Title></Unit>"), ()),
    ]
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let laughs = "<!DOCTYPE lolz [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]><lolz>&c;</lolz>";
    let external = "<!DOCTYPE r SYSTEM 'http://example.org/r.dtd' [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r>&x;</r>";
    let deep = "<a>".repeat(1000) + &"</a>".repeat(1000);
    let wide = (0..100_000).fold("<a".to_owned(), |text, n| text + &format!(" a{n}='{n}'")) + "/>";
    let long = format!("<a b='{}'/>", "x".repeat(50_000_000));
    let text = format!("<a>{}</a>", "x".repeat(50_000_000));
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    vec![
        ("a document type", b"<!DOCTYPE r><r/>".to_vec()),
        ("billion laughs", laughs.into()),
        ("an external entity", external.into()),
        ("1,000 levels", deep.into()),
        ("100,000 attributes", wide.into()),
        ("a 50 MB attribute", long.into()),
        ("a 50 MB text", text.into()),
        ("a long name", format!("<{}/>", "x".repeat(5000)).into()),
        ("a truncated document", b"<Transfer xmlns='urn:t'><Date>2024".to_vec()),
        ("a truncated tag", b"<Transfer xmlns='urn".to_vec()),
        ("two roots", (document("<Date>2024-01-01</Date>") + "<b/>").into()),
        ("text after the root", (document("<Date>2024-01-01</Date>") + "b").into()),
        ("an attribute twice", b"<Transfer xmlns='urn:t'\n version='1' version='1'/>".to_vec()),
        ("a control character", b"<Transfer xmlns='urn:t'>\n<Date>\x01</Date></Transfer>".to_vec()),
        ("an undefined entity", b"<Transfer xmlns='urn:t'>\n<Date>&eacute;</Date></Transfer>".to_vec()),
        ("an ampersand", b"<Transfer xmlns='urn:t'>\n<Date>a & b</Date></Transfer>".to_vec()),
        ("an unbound prefix", b"<p:Transfer/>".to_vec()),
        ("an unmatched end", b"<Transfer xmlns='urn:t'><Date>2024-01-01</Data></Transfer>".to_vec()),
        ("nothing", Vec::new()),
        ("spaces only", b" \n ".to_vec()),
        ("a PDF", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<</Type/Catalog>>".to_vec()),
        ("a picture", b"\x89PNG\r\n\x1A\n".to_vec()),
        ("latin-1 bytes without declaration", b"<Transfer xmlns='urn:t'>\n<Date>\xE9</Date></Transfer>".to_vec()),
        ("UTF-16 declared, ASCII written", b"<?xml version='1.0' encoding='UTF-16'?><a/>".to_vec()),
        ("UTF-8 declared, UTF-16 written", utf16("\u{FEFF}<?xml version='1.0' encoding='UTF-8'?><a/>")),
        ("an encoding of elsewhere", b"<?xml version='1.0' encoding='Shift_JIS'?><a/>".to_vec()),
        ("an unpaired surrogate", [utf16("\u{FEFF}<a>"), vec![0x00, 0xD8, 0x3C, 0x00]].concat()),
    ]
}
