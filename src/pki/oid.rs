//! Object identifiers, in dotted text: their DER contents, and the names that we speak of.

pub const DATA: &str = "1.2.840.113549.1.7.1";
pub const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
pub const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";

pub const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
pub const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
pub const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
pub const SIGNING_CERTIFICATE: &str = "1.2.840.113549.1.9.16.2.12";
pub const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";

pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
pub const KEY_USAGE: &str = "2.5.29.15";
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

pub const MD5: &str = "1.2.840.113549.2.5";
pub const SHA1: &str = "1.3.14.3.2.26";
pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub const SHA384: &str = "2.16.840.1.101.3.4.2.2";
pub const SHA512: &str = "2.16.840.1.101.3.4.2.3";
pub const MGF1: &str = "1.2.840.113549.1.1.8";

pub const RSA: &str = "1.2.840.113549.1.1.1";
pub const RSA_SHA1: &str = "1.2.840.113549.1.1.5";
pub const RSA_PSS: &str = "1.2.840.113549.1.1.10";
pub const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
pub const RSA_SHA384: &str = "1.2.840.113549.1.1.12";
pub const RSA_SHA512: &str = "1.2.840.113549.1.1.13";
pub const ECDSA_SHA1: &str = "1.2.840.10045.4.1";
pub const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
pub const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";
pub const ECDSA_SHA512: &str = "1.2.840.10045.4.3.4";

/// Seven bits of an arc stand in each byte; the eighth says that more follow.
const MORE: u8 = 0x80;

/// The contents (without tag and length) of a dotted identifier; `None` when it is none.
pub fn to_contents(text: &str) -> Option<Vec<u8>> {
    let arcs = text.split('.').map(|arc| arc.parse().ok()).collect::<Option<Vec<u128>>>()?;
    let [first, second, rest @ ..] = arcs.as_slice() else { return None };
    if *first > 2 || (*first < 2 && *second > 39) {
        return None;
    }
    let mut bytes = Vec::new();
    push_arc(&mut bytes, first.checked_mul(40)?.checked_add(*second)?)?;
    rest.iter().try_for_each(|arc| push_arc(&mut bytes, *arc))?;
    Some(bytes)
}

/// The dotted text of an identifier's contents; `None` when they are not in DER.
pub fn from_contents(bytes: &[u8]) -> Option<String> {
    let mut arcs: Vec<u128> = Vec::new();
    let mut arc: u128 = 0;
    let mut open = false;
    for byte in bytes {
        if !open && *byte == MORE {
            return None;
        }
        arc = arc.checked_mul(128)?.checked_add(u128::from(byte & !MORE))?;
        open = byte & MORE != 0;
        if !open {
            arcs.push(std::mem::take(&mut arc));
        }
    }
    let (joined, rest) = arcs.split_first().filter(|_| !open)?;
    let first = (joined / 40).min(2);
    let head = format!("{first}.{}", joined - first * 40);
    Some(rest.iter().fold(head, |text, arc| format!("{text}.{arc}")))
}

fn push_arc(bytes: &mut Vec<u8>, arc: u128) -> Option<()> {
    let mut groups = vec![u8::try_from(arc % 128).ok()?];
    let mut left = arc / 128;
    while left > 0 {
        groups.push(u8::try_from(left % 128).ok()? | MORE);
        left /= 128;
    }
    bytes.extend(groups.iter().rev());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_survives_its_contents() {
        for text in
            [RSA, SHA512, "2.5.29.32.0", "0.4.0.2023.1.1", "2.999.3", "2.25.329800735698586629295641978511506172918"]
        {
            assert_eq!(from_contents(&to_contents(text).unwrap()).as_deref(), Some(text));
        }
        assert_eq!(to_contents(SHA256).unwrap(), [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        for text in ["", "1", "3.1", "1.40", "1.2.x", "1..2"] {
            assert_eq!(to_contents(text), None, "{text}");
        }
        for bytes in [&[][..], &[0x80, 1], &[0x2a, 0x86], &[0x2a, 0x80, 0x01]] {
            assert_eq!(from_contents(bytes), None, "{bytes:?}");
        }
    }
}
