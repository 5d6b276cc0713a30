//! Characters and references: what XML 1.0 allows, how it is escaped, and how it is read back.

use std::borrow::Cow;

use crate::xml::fault::Fault;

/// Whether XML 1.0 allows the character in a document (production 2).
pub const fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Escapes text between tags; what XML does not allow becomes U+FFFD.
pub fn text(raw: &str) -> Cow<'_, str> {
    escaped(raw, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        c if !is_allowed(c) => Some("\u{fffd}"),
        _ => None,
    })
}

/// Escapes an attribute's value, to stand between double quotes; white space other than a space is kept by reference.
pub fn attribute(raw: &str) -> Cow<'_, str> {
    escaped(raw, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        c if !is_allowed(c) => Some("\u{fffd}"),
        _ => None,
    })
}

/// Puts the replacement that `change` gives in the place of each character for which it gives one.
pub(crate) fn escaped(raw: &str, change: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    if !raw.chars().any(|c| change(c).is_some()) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len() + 16);
    for c in raw.chars() {
        match change(c) {
            Some(replacement) => out.push_str(replacement),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// What the entity `name` (without `&` and `;`) stands for: the five predefined ones and numeric references.
pub(crate) fn entity(name: &str) -> Result<char, Fault> {
    let found = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => name.strip_prefix('#').and_then(numeric).filter(|c| is_allowed(*c)),
    };
    found.ok_or_else(|| Fault::Entity(name.to_owned()))
}

fn numeric(digits: &str) -> Option<char> {
    let code = match digits.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    char::from_u32(code)
}

/// An attribute's value as an application sees it: references resolved, white space made spaces (XML 1.0, 3.3.3).
pub(crate) fn attribute_value(raw: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '<', '\t', '\n', '\r']) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        if let Some(reference) = after.strip_prefix('&') {
            let (name, following) = reference.split_once(';').ok_or_else(|| Fault::Entity(reference.to_owned()))?;
            out.push(entity(name)?);
            rest = following;
        } else if after.starts_with('<') {
            return Err(Fault::Markup("`<` in an attribute's value".to_owned()));
        } else {
            out.push(' ');
            rest = after.strip_prefix("\r\n").or_else(|| after.get(1..)).unwrap_or_default();
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Text as an application sees it: line ends made `\n` (XML 1.0, 2.11).
pub(crate) fn line_ends(raw: &str) -> String {
    if raw.contains('\r') { raw.replace("\r\n", "\n").replace('\r', "\n") } else { raw.to_owned() }
}

/// Refuses characters that XML does not allow.
pub(crate) fn check_characters(raw: &str) -> Result<(), Fault> {
    raw.chars().find(|c| !is_allowed(*c)).map_or(Ok(()), |c| Err(Fault::Character(u32::from(c))))
}

/// Whether the text is a qualified name: one or two parts, none that starts as a number does.
pub(crate) fn is_name(name: &str) -> bool {
    let starts = |c: char| c == '_' || c.is_ascii_alphabetic() || (!c.is_ascii() && c.is_alphanumeric());
    let goes_on = |c: char| starts(c) || matches!(c, '-' | '.' | '\u{b7}') || c.is_ascii_digit() || !c.is_ascii();
    let part = |part: &str| part.starts_with(starts) && part.chars().all(goes_on);
    match name.split_once(':') {
        Some((prefix, local)) => part(prefix) && part(local),
        None => part(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_predefined_and_numeric_references_are_resolved() {
        assert_eq!(attribute_value("a&amp;b&#233;&#xE9;\n&quot;"), Ok("a&béé \"".to_owned()));
        for bad in ["&eacute;", "&#0;", "&#xD800;", "&#+5;", "&", "a<b"] {
            assert!(attribute_value(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_told_from_what_is_none() {
        for (name, expected) in [
            ("Title", true),
            ("seda:Title", true),
            ("é-1.x", true),
            ("1a", false),
            ("a:b:c", false),
            ("", false),
            (":a", false),
            ("a b", false),
        ] {
            assert_eq!(is_name(name), expected, "{name}");
        }
    }
}
