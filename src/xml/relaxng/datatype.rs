//! Datatypes of a grammar: the two built-in ones, and those of XML Schema, which the schema engine judges.

use std::fmt::Write as _;

use xsd_schema::{
    SchemaSet, TypeKey,
    validation::simple::{fixed_values_equal, validate_simple_type},
};

use crate::xml::{escape, schema::compile::Compiled};

/// The library of XML Schema's datatypes.
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema-datatypes";

/// The datatypes of XML Schema that a grammar may name.
const XSD_TYPES: &[&str] = &[
    "string",
    "normalizedString",
    "token",
    "language",
    "Name",
    "NCName",
    "NMTOKEN",
    "NMTOKENS",
    "ID",
    "IDREF",
    "IDREFS",
    "ENTITY",
    "ENTITIES",
    "QName",
    "anyURI",
    "boolean",
    "base64Binary",
    "hexBinary",
    "decimal",
    "integer",
    "nonPositiveInteger",
    "negativeInteger",
    "nonNegativeInteger",
    "positiveInteger",
    "long",
    "int",
    "short",
    "byte",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
    "float",
    "double",
    "duration",
    "dateTime",
    "date",
    "time",
    "gYearMonth",
    "gYear",
    "gMonthDay",
    "gDay",
    "gMonth",
];

/// The parameters that they may have.
const XSD_PARAMS: &[&str] = &[
    "length",
    "minLength",
    "maxLength",
    "pattern",
    "minInclusive",
    "maxInclusive",
    "minExclusive",
    "maxExclusive",
    "totalDigits",
    "fractionDigits",
];

/// A datatype with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Datatype {
    /// Whether it is of XML Schema; else it is built in.
    pub xsd: bool,
    /// Its name.
    pub name: String,
    /// Its parameters, as written.
    pub params: Vec<(String, String)>,
}

/// A value of a grammar: its datatype, by number, and its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Value {
    pub datatype: usize,
    pub text: String,
}

impl Datatype {
    /// A datatype; a French sentence when there is none of that name or it has not these parameters.
    pub fn new(library: &str, name: &str, params: Vec<(String, String)>) -> Result<Self, String> {
        let xsd = match library {
            "" => false,
            // Some write the schema's own namespace.
            XSD | "http://www.w3.org/2001/XMLSchema" => true,
            other => return Err(format!("La bibliothèque de types « {other} » est inconnue.")),
        };
        let known = if xsd { XSD_TYPES.contains(&name) } else { ["string", "token"].contains(&name) };
        if !known {
            return Err(format!("Le type « {name} » est inconnu."));
        }
        let unknown = params.iter().find(|(param, _)| !xsd || !XSD_PARAMS.contains(&param.as_str()));
        match unknown {
            Some((param, _)) => Err(format!("Le type « {name} » n’a pas de paramètre « {param} ».")),
            None => Ok(Self { xsd, name: name.to_owned(), params }),
        }
    }

    /// Whether any text is a value of it.
    pub fn takes_any_text(&self) -> bool {
        self.params.is_empty() && ["string", "token", "normalizedString"].contains(&self.name.as_str())
    }

    /// How white space counts when two of its values are compared as texts; `None` when they are not.
    fn spacing(&self) -> Option<Spacing> {
        Some(match self.name.as_str() {
            "string" => Spacing::Kept,
            "normalizedString" => Spacing::Replaced,
            "token" | "language" | "Name" | "NCName" | "NMTOKEN" | "ID" | "IDREF" | "ENTITY" | "anyURI" => {
                Spacing::Collapsed
            }
            _ => return None,
        })
    }

    /// Its declaration in XML Schema. Several patterns must all be met, so each is a restriction of its own.
    fn declaration(&self, number: usize) -> String {
        let mut base = format!("<xs:restriction base='xs:{}'>", self.name);
        for (name, value) in self.params.iter().filter(|(name, _)| name != "pattern") {
            let _ = write!(base, "<xs:{name} value=\"{}\"/>", escape::attribute(value));
        }
        base.push_str("</xs:restriction>");
        for (_, value) in self.params.iter().filter(|(name, _)| name == "pattern") {
            base = format!(
                "<xs:restriction><xs:simpleType>{base}</xs:simpleType><xs:pattern value=\"{}\"/></xs:restriction>",
                escape::attribute(value)
            );
        }
        format!("<xs:simpleType name='t{number}'>{base}</xs:simpleType>")
    }
}

#[derive(Clone, Copy)]
enum Spacing {
    Kept,
    Replaced,
    Collapsed,
}

impl Spacing {
    fn same(self, one: &str, other: &str) -> bool {
        match self {
            Self::Kept => one == other,
            Self::Replaced => {
                let blank = |c: char| if is_space(c) { ' ' } else { c };
                one.chars().map(blank).eq(other.chars().map(blank))
            }
            Self::Collapsed => words(one).eq(words(other)),
        }
    }
}

/// The four characters of white space in XML.
pub(super) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// What white space parts in a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// The datatypes and values of a grammar, compiled.
pub(super) struct Datatypes {
    pub all: Vec<Datatype>,
    pub values: Vec<Value>,
    /// Whether any text is a value, type by type.
    pub any_text: Vec<bool>,
    compiled: Option<Compiled>,
}

impl Datatypes {
    /// Compiles datatypes; the number of the first that does not, when one does not.
    pub fn new(all: Vec<Datatype>, values: Vec<Value>) -> Result<Self, usize> {
        let any_text = all.iter().map(Datatype::takes_any_text).collect();
        let declarations: Vec<(usize, String)> =
            all.iter().enumerate().filter(|(_, one)| one.xsd).map(|(at, one)| (at, one.declaration(at))).collect();
        if declarations.is_empty() {
            return Ok(Self { all, values, any_text, compiled: None });
        }
        let compiled = compile(declarations.iter().map(|(_, text)| text.as_str()));
        if compiled.is_none() {
            let wrong = declarations.iter().find(|(_, text)| compile(std::iter::once(text.as_str())).is_none());
            return Err(wrong.map_or(0, |(at, _)| *at));
        }
        Ok(Self { all, values, any_text, compiled })
    }

    /// Lends a judge of values to `work`.
    pub fn lend<T>(&self, work: impl FnOnce(Judge<'_>) -> T) -> Result<T, crate::xml::schema::Error> {
        let Some(compiled) = &self.compiled else {
            return Ok(work(Judge { datatypes: self, set: None, keys: Vec::new() }));
        };
        compiled.lend(|set| {
            let key = |at: usize| set.lookup_type(None, set.name_table.get(&format!("t{at}"))?);
            let keys = (0..self.all.len()).map(key).collect();
            Ok(work(Judge { datatypes: self, set: Some(set), keys }))
        })
    }
}

fn compile<'a>(declarations: impl Iterator<Item = &'a str>) -> Option<Compiled> {
    let mut schema = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>".to_owned();
    declarations.for_each(|one| schema.push_str(one));
    schema.push_str("</xs:schema>");
    Compiled::new(&[("types.xsd", &schema)]).ok()
}

/// Judges texts by the datatypes of a grammar.
pub(super) struct Judge<'a> {
    pub datatypes: &'a Datatypes,
    set: Option<&'a SchemaSet>,
    keys: Vec<Option<TypeKey>>,
}

impl Judge<'_> {
    /// Whether a text is a value of a datatype.
    pub fn is_of(&self, datatype: usize, text: &str) -> bool {
        if self.datatypes.any_text.get(datatype).copied().unwrap_or_default() {
            return true;
        }
        let key = self.keys.get(datatype).copied().flatten();
        self.set.zip(key).is_some_and(|(set, key)| validate_simple_type(text, key, set).is_ok())
    }

    /// Whether a text denotes a value of the grammar.
    pub fn is_value(&self, value: usize, text: &str) -> bool {
        let Some(value) = self.datatypes.values.get(value) else { return false };
        let Some(datatype) = self.datatypes.all.get(value.datatype) else { return false };
        if let Some(spacing) = datatype.spacing() {
            return spacing.same(&value.text, text);
        }
        let key = self.keys.get(value.datatype).copied().flatten();
        self.set.is_some_and(|set| fixed_values_equal(&value.text, text, key, set))
    }
}
