//! XML validation: every kind of violation, hostile documents, large documents, and real SEDA.

mod broken;
mod hostile;
mod large;
mod seda;

use std::{io::Read, ops::ControlFlow};

use cartulaire::xml::{limits::Limits, schema::Schema, violation::Violation};

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

/// The small schema, compiled.
fn transfer() -> Schema {
    Schema::compile(&[("transfer.xsd", TRANSFER)]).unwrap()
}

/// All that is wrong with `document`.
fn violations(schema: &Schema, document: impl Read) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut keep = |violation| {
        found.push(violation);
        ControlFlow::Continue(())
    };
    schema.validate(document, &Limits::default(), &mut keep).unwrap();
    found
}

/// A document of the small schema around `content`, which begins on line 2.
fn document(content: &str) -> String {
    format!("<Transfer xmlns='urn:t' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>\n{content}\n</Transfer>")
}
