//! What one XML document may cost. The limits hold for reading and for validation; how many bytes a whole document may
//! have is the container's business.

/// The limits of one document, each with its unit in its doc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nesting; the root stands at level 1.
    pub depth: u32,
    /// Attributes on one element, namespace declarations not counted.
    pub attributes: u32,
    /// Namespace prefixes in scope at one element, and declarations on it.
    pub namespaces: u32,
    /// Bytes, in UTF-8, of one name with its prefix, and of one namespace name.
    pub name_bytes: u32,
    /// Distinct names in one document that its schema does not have.
    pub foreign_names: u32,
    /// Bytes, in UTF-8, of one text, attribute value, comment, CDATA section or processing instruction.
    pub text_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 256,
            attributes: 256,
            namespaces: 256,
            name_bytes: 4096,
            foreign_names: 10_000,
            text_bytes: 4 * 1024 * 1024,
        }
    }
}
