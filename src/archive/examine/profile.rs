//! The manifest against its archival profile: the one that its agreement names, or that it names itself.

use std::{fmt, io::Read, ops::ControlFlow};

use crate::{
    archive::{
        error::Error,
        examine::{
            question::{Fault, Telling},
            schema,
            terms::Terms,
        },
        limits::Limits,
    },
    domain::{archive::Header, check::Outcome, profile::Language},
    package::open::Package,
    seda::landmarks::LANDMARKS,
    xml::{
        encoding,
        relaxng::{self, Grammar},
        schema::{self as xsd, Schema},
    },
};

/// The code of what does not follow its profile.
pub const PROFILE: &str = "CHECK_HEADER.CHECK_ARCHIVEPROFILE";

/// Bytes of one file of a profile.
pub const FILE_BYTES: usize = 16 << 20;
/// Files of one profile.
pub const FILES: usize = 64;

/// A profile, compiled.
pub struct Profile {
    identifier: String,
    form: Form,
}

enum Form {
    RelaxNg(Box<Grammar>),
    XmlSchema(Box<Schema>),
}

impl fmt::Debug for Profile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Profile").field(&self.identifier).finish()
    }
}

impl Profile {
    /// Compiles a profile from its files, as pairs of name and bytes; the first is the main one, and its extension tells
    /// the language. What is wrong with it otherwise, as a French sentence.
    pub fn compile(identifier: &str, files: &[(String, Vec<u8>)]) -> Result<Self, String> {
        let main = files.first().ok_or("Un profil a au moins un fichier.")?;
        if files.len() > FILES {
            return Err(format!("Un profil a {FILES} fichiers au plus."));
        }
        if let Some((name, _)) = files.iter().find(|(_, bytes)| bytes.len() > FILE_BYTES) {
            return Err(format!("« {name} » dépasse {} Mio.", FILE_BYTES >> 20));
        }
        let form = match language(&main.0) {
            Some(Language::RelaxNg) => Form::RelaxNg(Box::new(grammar(files)?)),
            Some(Language::XmlSchema) => Form::XmlSchema(Box::new(schema(files)?)),
            None => {
                return Err(format!(
                    "« {} » n’est ni une grammaire RELAX NG (.rng) ni un schéma XML (.xsd), d’après son extension.",
                    main.0
                ));
            }
        };
        Ok(Self { identifier: identifier.to_owned(), form })
    }

    /// The language that it is written in.
    pub const fn language(&self) -> Language {
        match self.form {
            Form::RelaxNg(_) => Language::RelaxNg,
            Form::XmlSchema(_) => Language::XmlSchema,
        }
    }
}

fn language(name: &str) -> Option<Language> {
    Language::from_word(&name.rsplit_once('.')?.1.to_lowercase())
}

fn grammar(files: &[(String, Vec<u8>)]) -> Result<Grammar, String> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    Grammar::compile(&files, relaxng::Limits::default()).map_err(|fault| fault.to_string())
}

fn schema(files: &[(String, Vec<u8>)]) -> Result<Schema, String> {
    let mut texts = Vec::new();
    for (name, bytes) in files {
        let mut text = String::new();
        encoding::utf8(bytes.as_slice())
            .read_to_string(&mut text)
            .map_err(|_| format!("« {name} » n’est pas dans l’encodage qu’il annonce."))?;
        texts.push((name.as_str(), text));
    }
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Schema::compile(&files).map_err(|error| match error {
        xsd::Error::Unresolved { file } => {
            format!("Le schéma fait appel au fichier « {file} », qui n’est pas fourni : donnez-le avec lui.")
        }
        _ => "Ce fichier n’est pas un schéma XML valable, ou ceux qu’il cite ne le sont pas.".to_owned(),
    })
}

/// Tells what in the manifest does not follow its profile, when it has one that is known.
pub fn check(
    package: &Package,
    terms: &Terms<'_>,
    header: &Header,
    limits: &Limits,
    telling: &mut Telling<'_>,
) -> Result<(), Error> {
    match terms.profile_of(header).map(|profile| &profile.form) {
        Some(Form::RelaxNg(grammar)) => check_grammar(package, grammar, limits, telling),
        Some(Form::XmlSchema(schema)) => check_schema(package, schema, limits, telling),
        None => Ok(()),
    }
}

fn check_grammar(
    package: &Package,
    grammar: &Grammar,
    limits: &Limits,
    telling: &mut Telling<'_>,
) -> Result<(), Error> {
    let validated = schema::read(package, telling, |manifest| grammar.validate(manifest, limits.xml, &LANDMARKS))?;
    let verdict = match validated {
        None => return Ok(()),
        Some(Ok(verdict)) => verdict,
        Some(Err(relaxng::Error::Excess(excess))) => {
            let message = format!("La conformité au profil n'a pas pu être établie : {}.", excess.sentence());
            telling.tell(PROFILE, Outcome::Ko, Fault::at("ArchivalProfile", message));
            return Ok(());
        }
        Some(Err(relaxng::Error::Read(error))) => return Err(error.into()),
        Some(Err(error)) => return Err(Error::Schema(error.to_string())),
    };
    for violation in verdict.violations {
        let place = format!("{} (ligne {})", violation.path, violation.line);
        let message = match &violation.within {
            Some(within) => format!("Dans {within} : {}", violation.message),
            None => violation.message,
        };
        telling.tell(PROFILE, Outcome::Ko, Fault::at(place, message));
    }
    Ok(())
}

fn check_schema(package: &Package, schema: &Schema, limits: &Limits, telling: &mut Telling<'_>) -> Result<(), Error> {
    let mut violations = Vec::new();
    let most = relaxng::Limits::default().violations;
    let validated = self::schema::read(package, telling, |manifest| {
        schema.validate(manifest, &limits.schema, &mut |violation| {
            violations.push(violation);
            if violations.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    })?;
    if let Some(Err(error)) = validated {
        return Err(Error::Schema(error.to_string()));
    }
    for violation in violations {
        let place = format!("{} (ligne {}, colonne {})", violation.path, violation.line, violation.column);
        telling.tell(PROFILE, Outcome::Ko, Fault::at(place, violation.message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(name: &str, text: &str) -> Result<Profile, String> {
        Profile::compile("P", &[(name.to_owned(), text.as_bytes().to_vec())])
    }

    #[test]
    fn the_extension_tells_the_language() {
        let rng = "<element name='a' xmlns='http://relaxng.org/ns/structure/1.0'><empty/></element>";
        assert_eq!(compile("a.RNG", rng).unwrap().language(), Language::RelaxNg);
        let xsd = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element name='a'/></xs:schema>";
        assert_eq!(compile("a.xsd", xsd).unwrap().language(), Language::XmlSchema);
        assert!(compile("a.xml", rng).unwrap_err().contains("extension"));
        assert!(compile("a.xsd", rng).unwrap_err().contains("schéma XML valable"));
        assert!(compile("a.rng", xsd).unwrap_err().contains("RELAX NG"));
    }

    #[test]
    fn a_schema_that_cites_a_file_that_is_not_given_is_refused_by_its_name() {
        let xsd =
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:include schemaLocation='b.xsd'/></xs:schema>";
        assert!(compile("a.xsd", xsd).unwrap_err().contains("b.xsd"));
    }
}
