//! What may be wrong with XML that is read: in English for the house, in French for its sender.

use std::io;

/// Why reading stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The source could not be read: the house failed.
    #[error("cannot read the XML")]
    Read(#[source] io::Error),
    /// The document is not well-formed, or is past a bound: its sender's matter.
    #[error("line {line}: {fault}")]
    Malformed {
        /// The line, counted from 1, on which the reader stood.
        line: u64,
        /// What is wrong.
        fault: Fault,
    },
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Markup that cannot be read; the parser's own words.
    #[error("broken markup: {0}")]
    Markup(String),
    /// A document type declaration, which is never read.
    #[error("a document type declaration is not accepted")]
    Doctype,
    /// A reference to an entity that is not predefined, or to no character.
    #[error("unknown entity `{0}`")]
    Entity(String),
    /// A prefix that no declaration binds, or a declaration that binds what it may not.
    #[error("the prefix `{0}` is bound to no namespace")]
    Prefix(String),
    /// A name that is none.
    #[error("`{0}` is not a name")]
    Name(String),
    /// An attribute given twice.
    #[error("the attribute `{0}` is given twice")]
    Twice(String),
    /// An end tag that closes something else, or nothing.
    #[error("`{found}` is closed where `{expected}` is open")]
    End {
        /// The innermost open element, empty when none is.
        expected: String,
        /// The name in the end tag.
        found: String,
    },
    /// The document ends while an element is open.
    #[error("the document ends before `{0}` is closed")]
    Unclosed(String),
    /// The document has no root element, or several, or text outside it.
    #[error("a document has exactly one root element and no text outside it")]
    Root,
    /// A character that XML 1.0 does not allow.
    #[error("the character U+{0:04X} is not allowed")]
    Character(u32),
    /// Bytes that are not UTF-8.
    #[error("the text is not UTF-8")]
    Encoding,
    /// More open elements than allowed.
    #[error("more than {0} elements are open at once")]
    Depth(usize),
    /// More attributes than allowed.
    #[error("an element has more than {0} attributes")]
    Attributes(usize),
    /// More namespace declarations than allowed.
    #[error("more than {0} namespace declarations are in scope")]
    Namespaces(usize),
    /// A tag or a text longer than allowed.
    #[error("a tag or a text is longer than {0} bytes")]
    Piece(u64),
    /// A description longer than allowed.
    #[error("an element to be kept whole is longer than {0} bytes")]
    Record(usize),
}

impl Fault {
    /// The French sentence for the document's sender.
    pub fn sentence(&self) -> String {
        match self {
            Self::Markup(_) => "Le balisage XML est incorrect.".to_owned(),
            Self::Doctype => "Le document contient une déclaration DOCTYPE, qui n’est pas acceptée.".to_owned(),
            Self::Entity(name) => format!("L’entité « {name} » est inconnue."),
            Self::Prefix(prefix) => format!("Le préfixe « {prefix} » n’est lié à aucun espace de noms."),
            Self::Name(name) => format!("« {name} » n’est pas un nom XML."),
            Self::Twice(name) => format!("L’attribut « {name} » est donné deux fois."),
            Self::End { expected, found } if expected.is_empty() => {
                format!("La balise fermante « {found} » ne ferme aucun élément.")
            }
            Self::End { expected, found } => {
                format!("La balise fermante « {found} » se trouve là où « {expected} » doit être fermé.")
            }
            Self::Unclosed(name) => format!("Le document s’arrête avant la fermeture de l’élément « {name} »."),
            Self::Root => "Le document doit avoir un seul élément racine et aucun texte au-dehors.".to_owned(),
            Self::Character(code) => format!("Le caractère U+{code:04X} n’est pas permis en XML."),
            Self::Encoding => "Le document n’est pas encodé en UTF-8.".to_owned(),
            Self::Depth(limit) => format!("Plus de {limit} éléments sont imbriqués."),
            Self::Attributes(limit) => format!("Un élément porte plus de {limit} attributs."),
            Self::Namespaces(limit) => format!("Plus de {limit} déclarations d’espaces de noms sont en vigueur."),
            Self::Piece(limit) => format!("Une balise ou un texte dépasse {limit} octets."),
            Self::Record(limit) => format!("La description d’un élément dépasse {limit} octets."),
        }
    }
}
