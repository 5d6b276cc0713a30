//! Our own schemas of the SEDA, compiled once: one per version and dialect.

use std::sync::LazyLock;

use crate::{
    domain::seda::{Dialect, SedaVersion},
    xml::schema::{Error, Schema},
};

/// Names a file of `schemas/seda-2/` with its text.
macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../schemas/seda-2/", $name)))
    };
}

/// Files that every schema may include.
const SHARED: &[(&str, &str)] = &[
    file!("values.xsd"),
    file!("objects.xsd"),
    file!("rules.xsd"),
    file!("description.xsd"),
    file!("messages.xsd"),
    file!("strict.xsd"),
    file!("strict-since-2.2.xsd"),
    file!("since-2.2.xsd"),
    file!("persistent-identifiers.xsd"),
    file!("signatures-2.1-2.2.xsd"),
    file!("signatures-2.3.xsd"),
    file!("vitam.xsd"),
    file!("xlink.xsd"),
    file!("xml.xsd"),
];

/// A schema that compiles when it is first asked for.
type Lazy = LazyLock<Result<Schema, Error>>;

static STRICT_2_1: Lazy = LazyLock::new(|| compile(file!("seda-2.1.xsd")));
static STRICT_2_2: Lazy = LazyLock::new(|| compile(file!("seda-2.2.xsd")));
static STRICT_2_3: Lazy = LazyLock::new(|| compile(file!("seda-2.3.xsd")));
static VITAM_2_1: Lazy = LazyLock::new(|| compile(file!("seda-2.1-vitam.xsd")));
static VITAM_2_2: Lazy = LazyLock::new(|| compile(file!("seda-2.2-vitam.xsd")));
static VITAM_2_3: Lazy = LazyLock::new(|| compile(file!("seda-2.3-vitam.xsd")));

/// The schema of a version in a dialect.
///
/// # Errors
/// Our own schema does not compile, which the tests exclude.
pub fn schema(version: SedaVersion, dialect: Dialect) -> Result<&'static Schema, &'static Error> {
    let schema = match (version, dialect) {
        (SedaVersion::V2_1, Dialect::Strict) => &STRICT_2_1,
        (SedaVersion::V2_2, Dialect::Strict) => &STRICT_2_2,
        (SedaVersion::V2_3, Dialect::Strict) => &STRICT_2_3,
        (SedaVersion::V2_1, Dialect::Vitam) => &VITAM_2_1,
        (SedaVersion::V2_2, Dialect::Vitam) => &VITAM_2_2,
        (SedaVersion::V2_3, Dialect::Vitam) => &VITAM_2_3,
    };
    schema.as_ref()
}

fn compile(main: (&'static str, &'static str)) -> Result<Schema, Error> {
    let files: Vec<(&str, &str)> = std::iter::once(main).chain(SHARED.iter().copied()).collect();
    Schema::compile(&files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_of_ours_compiles() {
        for version in SedaVersion::ALL {
            for dialect in Dialect::ALL {
                assert!(schema(version, dialect).is_ok(), "{} {}", version.number(), dialect.word());
            }
        }
    }
}
