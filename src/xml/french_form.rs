//! The French sentences for what is not XML at all: form, encoding, limits, document type declarations.

use xsd_schema::xml::{LimitExceeded, NotWellFormed, ParseLimit, WellFormednessRule as Rule};

use crate::xml::{encoding::Fault, limits::Limits, violation::Kind};

/// Why a document type declaration is refused.
pub(super) const DTD: &str = "Le document contient une déclaration de type de document (DOCTYPE) ; elle est refusée, avec les entités qu’elle \
     pourrait définir.";

/// Why a text that begins so is no XML document; nothing when it may be one.
pub(super) fn no_xml(start: &[u8]) -> Option<String> {
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'<') => None,
        Some(_) => Some("Le fichier n’est pas un document XML : il ne commence pas par une balise.".to_owned()),
        None if start.is_empty() => Some("Le document est vide : un élément racine est attendu.".to_owned()),
        None => None,
    }
}

/// The kind and the sentence of a document that is not well-formed.
pub(super) fn form(fault: &NotWellFormed) -> (Kind, String) {
    let kind = match fault.rule() {
        Rule::Encoding => Kind::Encoding,
        Rule::DocumentTypeDeclaration => Kind::Dtd,
        _ => Kind::NotWellFormed,
    };
    (kind, rule(fault.rule()).map_or_else(|| unknown(fault), str::to_owned))
}

fn unknown(fault: &NotWellFormed) -> String {
    format!("Le document n’est pas du XML bien formé (règle « {} »).", fault.rule().citation())
}

/// The sentence of a rule of XML 1.0 or of Namespaces in XML 1.0.
fn rule(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::Document => {
            "Le document doit avoir un seul élément racine, et rien d’autre autour de lui que des espaces, des \
             commentaires et des instructions."
        }
        Rule::Char => "Un caractère interdit en XML se trouve ici (caractère de contrôle).",
        Rule::Name => "Un nom d’élément ou d’attribut n’est pas un nom XML.",
        Rule::AttributeValue => "La valeur d’un attribut contient « < » ; il faut écrire « &lt; ».",
        Rule::CharData => "Le texte contient « ]]> » ; il faut écrire « ]]&gt; ».",
        Rule::Comment => "Un commentaire contient « -- » ou finit par « - ».",
        Rule::ProcessingInstruction => "Une instruction de traitement est mal écrite.",
        Rule::XmlDeclaration => "La déclaration XML est mal écrite, ou n’est pas au tout début du document.",
        Rule::DocumentTypeDeclaration => DTD,
        Rule::StartTag => "Une balise est mal écrite : chaque attribut s’écrit nom=\"valeur\", précédé d’une espace.",
        Rule::LegalCharacter => {
            "Une référence de caractère (« &#…; ») est mal écrite ou désigne un caractère interdit."
        }
        Rule::Reference => "Le signe « & » n’ouvre pas une référence ; il faut écrire « &amp; ».",
        Rule::QName => "Un nom contient un deux-points mal placé.",
        Rule::ReservedPrefix => "Un préfixe ou un espace de noms réservé (« xml », « xmlns ») est mal utilisé.",
        Rule::PrefixUndeclaring => "Un préfixe est déclaré avec un espace de noms vide.",
        Rule::AttributesUnique | Rule::UniqueAttSpec => "Le même attribut est donné deux fois dans une balise.",
        Rule::PrefixDeclared => "Un préfixe est utilisé sans que son espace de noms soit déclaré.",
        Rule::EntityDeclared => {
            "Le document utilise une entité non définie ; seules « &lt; », « &gt; », « &amp; », « &apos; » et \
             « &quot; » sont permises."
        }
        Rule::Encoding => "Des octets ne sont pas du texte dans l’encodage du document.",
        Rule::Truncated => "Le document s’arrête avant la fin : un élément ou une balise n’est pas refermé.",
        Rule::ElementTypeMatch => "Une balise fermante ne correspond pas à l’élément ouvert.",
        Rule::Markup => "Un « <! » n’ouvre ni un commentaire ni une section CDATA.",
        Rule::Xml11LineEndInMarkup => "Une fin de ligne propre à XML 1.1 se trouve dans une balise.",
        _ => return None,
    })
}

/// The sentence of a limit that is passed.
pub(super) fn limit(excess: &LimitExceeded) -> String {
    let max = excess.max();
    match excess.limit() {
        ParseLimit::Depth => {
            format!("Les éléments sont imbriqués trop profondément : {max} niveaux au plus sont admis.")
        }
        ParseLimit::Attributes => format!("Un élément porte trop d’attributs : {max} au plus sont admis."),
        ParseLimit::NamespaceDeclarations | ParseLimit::NamespacesInScope => {
            format!("Trop d’espaces de noms sont déclarés : {max} au plus sont admis.")
        }
        ParseLimit::NameLength => format!("Un nom est trop long : {max} octets au plus sont admis."),
        ParseLimit::NamespaceUriLength => format!("Un espace de noms est trop long : {max} octets au plus sont admis."),
        ParseLimit::AttributeValueSize => {
            format!("La valeur d’un attribut est trop longue : {max} octets au plus sont admis.")
        }
        ParseLimit::TextSize => format!("Un texte est trop long : {max} octets au plus sont admis."),
        other => format!("Une limite est dépassée ({}) : {max} au plus.", other.field_name()),
    }
}

/// The sentence of a piece of markup or text that goes on beyond all limits.
pub(super) fn piece(limits: &Limits) -> String {
    format!("Un texte ou une balise est trop long : {} octets au plus sont admis.", limits.text_bytes)
}

/// The sentence of a document that invents names without end.
pub(super) fn names(limits: &Limits) -> String {
    format!("Le document emploie trop de noms étrangers au schéma : {} au plus sont admis.", limits.foreign_names)
}

/// The sentence of a fault of encoding.
pub(super) fn encoding(fault: &Fault) -> String {
    match fault {
        Fault::NotAccepted(name) => format!(
            "L’encodage « {} » n’est pas accepté ; sont acceptés UTF-8, UTF-16, ISO-8859-1, ISO-8859-15 et \
             windows-1252.",
            name.chars().take(40).collect::<String>()
        ),
        Fault::Contradiction { declared, found } => format!(
            "Le document se déclare en « {} » mais ses premiers octets sont de l’{found}.",
            declared.chars().take(40).collect::<String>()
        ),
        Fault::Malformed(encoding) => {
            format!("Des octets du document ne sont pas de l’{encoding}, qui est l’encodage déclaré ou supposé.")
        }
    }
}
