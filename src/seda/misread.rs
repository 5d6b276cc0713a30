//! Why a message that others sent cannot be taken for what it should be. Whether what it says is true is not asked here.

use crate::xml::fault::Error;

/// Why a message does not read.
#[derive(Debug, thiserror::Error)]
pub enum Misread {
    /// It is no XML, or the source failed.
    #[error(transparent)]
    Xml(#[from] Error),
    /// It is another message than those that are read here, or of a version that is not known.
    #[error("the message is `{name}` in {namespace:?}")]
    Another {
        /// The root element's name.
        name: String,
        /// Its namespace.
        namespace: Option<String>,
    },
    /// An element that must be there, and filled, is not.
    #[error("the message lacks `{0}`")]
    Lacking(&'static str),
}

impl Misread {
    /// Whether the house failed, not the message.
    pub const fn is_ours(&self) -> bool {
        matches!(self, Self::Xml(Error::Read(_)))
    }

    /// A sentence for whoever sent it or was handed it.
    pub fn in_french(&self) -> String {
        match self {
            Self::Xml(Error::Malformed { line, .. }) => format!("Le message n’est pas du XML lisible (ligne {line})."),
            Self::Xml(Error::Read(_)) => "Le message n’a pas pu être lu.".to_owned(),
            Self::Another { name, .. } => format!("Le message est un « {name} », qui n’est pas attendu ici."),
            Self::Lacking(element) => format!("L’élément « {element} » manque au message."),
        }
    }
}

/// What must be there, filled.
pub(crate) fn filled(value: Option<String>, element: &'static str) -> Result<String, Misread> {
    value.filter(|text| !text.is_empty()).ok_or(Misread::Lacking(element))
}
