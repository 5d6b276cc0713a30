//! Compiling a schema from files in memory. The engine is given a loader that knows these files and nothing else.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use xsd_schema::{
    LocationRequest, SchemaError, SchemaLoader, SchemaResolver, SchemaResult, SchemaSet, SchemaSetBuilder, XsdVersion,
};

use crate::xml::schema::Error;

/// Where the engine believes the files to be: a place that it can neither open nor leave.
const PLACE: &str = "given:///";
/// Names beyond the schema's own that the engine may intern, from the documents it sees, before a set is given up.
const FOREIGN_NAMES: usize = 100_000;

/// The files of a schema, and the engine's compiled sets. A set interns names as it validates, and so serves one
/// thread at a time: there are as many as ever validated at once, and each is compiled when first needed.
pub(in crate::xml) struct Compiled {
    files: Files,
    idle: Mutex<Vec<SchemaSet>>,
    own_names: usize,
}

#[derive(Debug, Clone)]
struct Files(Arc<[(String, String)]>);

impl Compiled {
    pub fn new(files: &[(&str, &str)]) -> Result<Self, Error> {
        let files = Files(files.iter().map(|(name, text)| (last_part(name), (*text).to_owned())).collect());
        let set = build(&files)?;
        let own_names = set.name_table.len();
        Ok(Self { files, idle: Mutex::new(vec![set]), own_names })
    }

    /// Lends a set to `work`. A set that hostile documents have swollen with names is not kept.
    pub fn lend<T>(&self, work: impl FnOnce(&SchemaSet) -> Result<T, Error>) -> Result<T, Error> {
        let idle = self.idle().pop();
        let set = idle.map_or_else(|| build(&self.files), Ok)?;
        let done = work(&set);
        if set.name_table.len() <= self.own_names.saturating_add(FOREIGN_NAMES) {
            self.idle().push(set);
        }
        done
    }

    fn idle(&self) -> MutexGuard<'_, Vec<SchemaSet>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn build(files: &Files) -> Result<SchemaSet, Error> {
    let (main, _) = files.0.first().ok_or(Error::Empty)?;
    let mut resolver = SchemaResolver::with_loader(Box::new(files.clone()));
    resolver.set_location_rewriter(|request: &LocationRequest<'_>, _: &SchemaResolver| {
        Some(format!("{PLACE}{}", last_part(request.location)))
    });
    let mut builder = SchemaSetBuilder::with_resolver(resolver, XsdVersion::V1_0);
    builder.try_add(main).map_err(Error::Invalid)?;
    let compiled = builder.compile();
    let compiled = compiled.map_err(Error::Invalid)?;
    if let Some(failure) = compiled.directive_failures().first() {
        let file = failure.schema_location().unwrap_or_default().to_owned();
        return Err(Error::Unresolved { file });
    }
    Ok(compiled.into_schema_set())
}

impl SchemaLoader for Files {
    fn load(&self, location: &str) -> SchemaResult<String> {
        let name = last_part(location);
        let found = self.0.iter().find(|(file, _)| *file == name);
        found.map(|(_, text)| text.clone()).ok_or_else(|| SchemaError::resolution(format!("{name} is not given")))
    }

    fn can_load(&self, location: &str) -> bool {
        location.starts_with(PLACE)
    }
}

/// What follows the last `/` of a location.
fn last_part(location: &str) -> String {
    location.rsplit('/').next().unwrap_or(location).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::schema::Schema;

    const MAIN: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
        <xs:include schemaLocation="types/part.xsd"/><xs:element name="r" type="xs:date"/></xs:schema>"#;
    const PART: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"/>"#;

    #[test]
    fn includes_are_found_in_the_list_by_their_file_name() {
        assert!(Schema::compile(&[("main.xsd", MAIN), ("part.xsd", PART)]).is_ok());
    }

    #[test]
    fn an_include_that_is_not_given_is_an_error_that_names_it() {
        match Schema::compile(&[("main.xsd", MAIN)]) {
            Err(Error::Unresolved { file }) => assert_eq!(file, "types/part.xsd"),
            other => panic!("{:?}", other.err()),
        }
    }

    #[test]
    fn a_file_beside_us_is_never_read() {
        let main = MAIN.replace("types/part.xsd", concat!("file://", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        assert!(matches!(Schema::compile(&[("main.xsd", &main)]), Err(Error::Unresolved { .. })));
    }

    #[test]
    fn what_is_no_schema_is_an_error() {
        assert!(matches!(Schema::compile(&[]), Err(Error::Empty)));
        assert!(matches!(Schema::compile(&[("a.xsd", "<a/>")]), Err(Error::Invalid(_))));
    }

    #[test]
    fn a_schema_serves_several_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Schema>();
    }

    #[test]
    fn a_set_swollen_with_foreign_names_is_not_kept() {
        let compiled = Compiled::new(&[("main.xsd", MAIN), ("part.xsd", PART)]).unwrap();
        let swell = |set: &SchemaSet| {
            (0..=FOREIGN_NAMES).for_each(|number| {
                set.name_table.add(&number.to_string());
            });
            Ok(())
        };
        compiled.lend(swell).unwrap();
        assert!(compiled.idle().is_empty());
        compiled.lend(|_| Ok(())).unwrap();
        assert_eq!(compiled.idle().len(), 1);
    }
}
