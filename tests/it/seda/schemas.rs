//! The official schemas, and what they find in a message.

use std::path::Path;

use cartulaire::domain::seda::SedaVersion;
use xsd_schema::{
    SchemaSet, SchemaSetBuilder,
    validation::{CollectingValidationSink, SchemaValidator, ValidationFlags, drive_quick_xml},
};

pub fn schema(folder: &Path, version: SedaVersion) -> SchemaSet {
    let number = version.number();
    let main = folder.join(format!("{number}/seda-{number}-main.xsd"));
    let builder = SchemaSetBuilder::new().add(version.namespace(), main.to_str().unwrap()).unwrap();
    let compiled = builder.compile().unwrap();
    assert!(compiled.directive_failures().is_empty());
    compiled.into_schema_set()
}

pub fn faults(schema: &SchemaSet, message: &[u8]) -> Vec<String> {
    let validator = SchemaValidator::new(schema, ValidationFlags::default());
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let mut run = validator.start_run(CollectingValidationSink { errors: &mut errors, warnings: &mut warnings });
    let stopped = drive_quick_xml(message, &mut run, schema).err();
    drop(run);
    errors.iter().map(|error| format!("{error:?}")).chain(stopped.map(|error| error.to_string())).collect()
}
