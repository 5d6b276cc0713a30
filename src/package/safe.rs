//! Names that may be kept. A name stays data: nothing here makes a path of it.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::package::{
    fault::{FaultKind, Unsafe},
    limits::Limits,
};

/// The name by which the package's entry is known: without the `./` that some writers of tar put before every name.
pub(super) fn known_as(raw: &[u8]) -> &[u8] {
    let mut name = raw;
    while let Some(rest) = name.strip_prefix(b"./") {
        name = rest;
    }
    name
}

/// Everything that forbids to keep a file under this name; nothing for a good one.
pub(super) fn faults_of(name: &[u8], limits: &Limits) -> Vec<FaultKind> {
    let mut faults: Vec<FaultKind> = reasons(name).into_iter().map(FaultKind::NameUnsafe).collect();
    if name.len() > limits.path_bytes {
        faults.push(FaultKind::NameTooLong { limit: limits.path_bytes, found: name.len() });
    }
    let longest = name.split(|byte| *byte == b'/').map(<[u8]>::len).max().unwrap_or_default();
    if longest > limits.step_bytes {
        faults.push(FaultKind::NameTooLong { limit: limits.step_bytes, found: longest });
    }
    faults
}

/// The name as people compare it: accents composed (NFC), so that two names that look alike are alike.
pub(super) fn as_compared(name: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(name) {
        Ok(text) if !is_nfc(text) => text.nfc().collect::<String>().into_bytes(),
        _ => name.to_vec(),
    }
}

/// Whether a root-level name is a manifest's: VITAM's `^([A-Za-z0-9_-]{0,56}[_-])?manifest\.xml$`, as@lae's
/// `bordereau.xml`; case as written.
pub(super) fn names_manifest(name: &[u8]) -> bool {
    if name == b"bordereau.xml" {
        return true;
    }
    let Some(prefix) = name.strip_suffix(b"manifest.xml") else { return false };
    let Some((last, before)) = prefix.split_last() else { return true };
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    matches!(last, b'_' | b'-') && before.len() <= 56 && before.iter().all(is_word)
}

fn reasons(name: &[u8]) -> Vec<Unsafe> {
    let steps = || name.split(|byte| *byte == b'/');
    let is_absolute = name.first() == Some(&b'/');
    let has_drive = name.first().is_some_and(u8::is_ascii_alphabetic) && name.get(1) == Some(&b':');
    let is_blank = |step: &[u8]| step.is_empty() || step == b".";
    let checks = [
        (Unsafe::Traversal, steps().any(|step| step == b"..")),
        (Unsafe::Absolute, is_absolute),
        (Unsafe::Backslash, name.contains(&b'\\')),
        (Unsafe::DriveLetter, has_drive),
        (Unsafe::ControlCharacter, has_control(name)),
        (Unsafe::ForbiddenCharacter, name.iter().any(|byte| b"#?*<>|\"".contains(byte))),
        (Unsafe::EmptyStep, steps().skip(usize::from(is_absolute)).any(is_blank)),
    ];
    checks.into_iter().filter_map(|(reason, holds)| holds.then_some(reason)).collect()
}

fn has_control(name: &[u8]) -> bool {
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    match std::str::from_utf8(name) {
        Ok(text) => text.chars().any(|c| c.is_control() || turns(c)),
        Err(_) => name.iter().any(u8::is_ascii_control),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &[Unsafe]) {
        assert_eq!(reasons(name.as_bytes()), expected, "{name:?}");
    }

    #[test]
    fn ordinary_names_are_kept() {
        for name in
            ["a", "Content/ID13.txt", "a b/c d.pdf", "é.pdf", "e\u{301}.pdf", "R&D + l'été.odt", "議事録/一.pdf"]
        {
            check(name, &[]);
        }
        for name in ["...", "..a", "a..b/c", ".hidden", "a/.b", "ab:c", "1:2"] {
            check(name, &[]);
        }
        assert!(faults_of(&[b'a'; 255], &Limits::default()).is_empty());
        assert!(faults_of(b"caf\xe9.pdf", &Limits::default()).is_empty());
    }

    #[test]
    fn each_danger_is_named() {
        check("../a", &[Unsafe::Traversal]);
        check("a/../b", &[Unsafe::Traversal]);
        check("a/..", &[Unsafe::Traversal]);
        check("/etc/passwd", &[Unsafe::Absolute]);
        check("a\\b", &[Unsafe::Backslash]);
        check("c:a", &[Unsafe::DriveLetter]);
        check("a\nb", &[Unsafe::ControlCharacter]);
        check("a\0", &[Unsafe::ControlCharacter]);
        check("a\u{85}", &[Unsafe::ControlCharacter]);
        check("fdp.\u{202E}exe", &[Unsafe::ControlCharacter]);
        for c in "#?*<>|\"".chars() {
            check(&format!("a{c}b"), &[Unsafe::ForbiddenCharacter]);
        }
        check("", &[Unsafe::EmptyStep]);
        check("a//b", &[Unsafe::EmptyStep]);
        check("a/./b", &[Unsafe::EmptyStep]);
        check("a/", &[Unsafe::EmptyStep]);
        check("C:\\..\\a", &[Unsafe::Backslash, Unsafe::DriveLetter]);
        check("/../x?", &[Unsafe::Traversal, Unsafe::Absolute, Unsafe::ForbiddenCharacter]);
    }

    #[test]
    fn lengths_are_counted_in_bytes() {
        let limits = Limits { path_bytes: 20, step_bytes: 10, ..Limits::default() };
        assert_eq!(faults_of("éééééé".as_bytes(), &limits), [FaultKind::NameTooLong { limit: 10, found: 12 }]);
        assert_eq!(faults_of(b"123456789/123456789/1", &limits), [FaultKind::NameTooLong { limit: 20, found: 21 }]);
        assert!(faults_of(b"1234567890/123456789", &limits).is_empty());
    }

    #[test]
    fn a_leading_dot_step_is_dropped() {
        assert_eq!(known_as(b"./a/b"), b"a/b");
        assert_eq!(known_as(b"././a"), b"a");
        assert_eq!(known_as(b".a"), b".a");
    }

    #[test]
    fn manifests_are_known_by_their_name() {
        let prefixed = |n: usize| format!("{}_manifest.xml", "a".repeat(n));
        for name in ["manifest.xml", "toto-manifest.xml", "_manifest.xml", "a-b_manifest.xml", "bordereau.xml"] {
            assert!(names_manifest(name.as_bytes()), "{name}");
        }
        assert!(names_manifest(prefixed(56).as_bytes()));
        assert!(!names_manifest(prefixed(57).as_bytes()));
        for name in
            ["Manifest.xml", "totomanifest.xml", "é_manifest.xml", "a/manifest.xml", "manifest.xml.bak", "manifest_xml"]
        {
            assert!(!names_manifest(name.as_bytes()), "{name}");
        }
    }
}
