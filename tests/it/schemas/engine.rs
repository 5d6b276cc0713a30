//! Compiles a schema set from named texts and asks it for a verdict; nothing here knows what SEDA says.

use std::{collections::BTreeMap, fs, path::Path};

use xsd_schema::{
    SchemaLoader, SchemaResult, SchemaSet, SchemaSetBuilder,
    validation::{
        SchemaValidator, ValidationError, ValidationFlags, ValidationSink, ValidationWarning, drive_quick_xml,
    },
};

/// The documents of one schema set by file name; nothing else can be included or imported.
#[derive(Debug, Clone)]
pub struct Documents {
    /// The name of the document that includes or imports the others.
    pub main: String,
    texts: BTreeMap<String, String>,
}

impl Documents {
    /// Reads the files called `names` in `folder`; the first is the main document.
    pub fn read(folder: &Path, names: &[&str]) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let texts = names.iter().map(|name| ((*name).to_owned(), text(name))).collect();
        Self { main: names[0].to_owned(), texts }
    }

    /// Writes the documents into a new `folder`.
    pub fn write(&self, folder: &Path) {
        fs::create_dir(folder).unwrap();
        self.texts.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
    }

    /// The names of the documents, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// The texts, in the order of their names.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.values().map(String::as_str)
    }
}

impl SchemaLoader for Documents {
    fn load(&self, location: &str) -> SchemaResult<String> {
        let name = location.rsplit(['/', '\\']).next().unwrap_or(location);
        self.texts
            .get(name)
            .cloned()
            .ok_or_else(|| xsd_schema::SchemaError::resolution(format!("{name} is not listed")))
    }

    fn can_load(&self, _: &str) -> bool {
        true
    }
}

/// Compiles `documents` in XSD 1.0; every directive must find its document, and every document be found by one.
pub fn compile(documents: &Documents) -> SchemaSet {
    let main = &documents.main;
    let text = documents.load(main).unwrap();
    let builder = SchemaSetBuilder::with_loader(Box::new(documents.clone()));
    let compiled = builder.add_source(&text, main).and_then(SchemaSetBuilder::compile);
    let compiled = compiled.unwrap_or_else(|error| panic!("{main} does not compile: {error}"));
    let failures: Vec<_> =
        compiled.directive_failures().iter().map(|f| f.schema_location().map(str::to_owned)).collect();
    assert!(failures.is_empty(), "{main} has directives that find nothing: {failures:?}");
    assert_eq!(
        compiled.stats.documents_loaded,
        documents.texts.len(),
        "{main} does not use all of its listed documents"
    );
    compiled.into_schema_set()
}

/// A compiled set that judges documents.
pub struct Judge<'a> {
    set: &'a SchemaSet,
    validator: SchemaValidator<'a>,
}

impl<'a> Judge<'a> {
    /// Sets up the judgement by `set`, once for all documents.
    pub fn new(set: &'a SchemaSet) -> Self {
        let flags = ValidationFlags::default() & !ValidationFlags::BUILD_PSVI_TYPED_VALUES;
        Self { set, validator: SchemaValidator::new(set, flags) }
    }

    /// The first reason why `document` is invalid, or `None` when it is valid.
    pub fn fault(&self, document: &str) -> Option<String> {
        let mut first = First(None);
        let mut run = self.validator.start_run(&mut first);
        let driven = drive_quick_xml(document.as_bytes(), &mut run, self.set);
        drop(run);
        first.0.or_else(|| driven.err().map(|error| error.to_string()))
    }
}

struct First(Option<String>);

impl ValidationSink for &mut First {
    fn on_error(&mut self, error: ValidationError) {
        self.0.get_or_insert_with(|| error.to_string());
    }

    fn on_warning(&mut self, _: ValidationWarning) {}
}
