//! What is signed by each kind of signature line: the text itself, or with a time (C2SP tlog-cosignature).

use crate::proof::{
    checkpoint::Checkpoint,
    vkey::{Scheme, Vkey},
};

/// The label of an ML-DSA cosignature, with its zero byte.
const SUBTREE_LABEL: &[u8] = b"subtree/v1\n\0";

/// The bytes that a signature of this scheme covers; `None` when it cannot cover this text: ML-DSA cosignatures are of
/// checkpoints alone, and names and origins have at most 255 bytes.
///
/// `time` is in seconds since 1970-01-01T00:00:00Z; [`Scheme::Note`] has none.
pub(super) fn message(scheme: Scheme, name: &str, text: &str, time: u64) -> Option<Vec<u8>> {
    match scheme {
        Scheme::Note => Some(text.as_bytes().to_vec()),
        Scheme::Cosignature => Some(format!("cosignature/v1\ntime {time}\n{text}").into_bytes()),
        Scheme::MlDsaCosignature => {
            let checkpoint = Checkpoint::parse(text).ok()?;
            let mut bytes = SUBTREE_LABEL.to_vec();
            counted(name, &mut bytes)?;
            bytes.extend_from_slice(&time.to_be_bytes());
            counted(checkpoint.origin(), &mut bytes)?;
            // A checkpoint is the subtree from the first entry on.
            bytes.extend_from_slice(&0_u64.to_be_bytes());
            bytes.extend_from_slice(&checkpoint.size().to_be_bytes());
            bytes.extend_from_slice(checkpoint.root().bytes());
            Some(bytes)
        }
    }
}

/// The time that a signature line carries, when its bytes verify; 0 when it says nothing of time.
pub(super) fn verify(key: &Vkey, text: &str, bytes: &[u8]) -> Option<u64> {
    let (time, signature) = if key.scheme().is_timed() {
        let (time, signature) = bytes.split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        i64::try_from(time).ok()?;
        (time, signature)
    } else {
        (0, bytes)
    };
    let message = message(key.scheme(), key.name(), text, time)?;
    key.key().verify(&message, signature).then_some(time)
}

fn counted(text: &str, bytes: &mut Vec<u8>) -> Option<()> {
    bytes.push(u8::try_from(text.len()).ok().filter(|length| *length > 0)?);
    bytes.extend_from_slice(text.as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pki::keys::SigningKey, proof::signer::Signer};

    const TEXT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_signed_messages_are_those_of_the_specification() {
        let message = |scheme| message(scheme, "w", TEXT, 1_679_315_147).unwrap();
        assert_eq!(message(Scheme::Note), TEXT.as_bytes());
        let expected = format!("cosignature/v1\ntime 1679315147\n{TEXT}");
        assert_eq!(message(Scheme::Cosignature), expected.as_bytes());
        let quantum = message(Scheme::MlDsaCosignature);
        let head = b"subtree/v1\n\0\x01w\0\0\0\0\x64\x18\x50\xcb\x1bexample.com/behind-the-sofa\0\0\0\0\0\0\0\0\0\0\0\0\x01\x3e\x2d\xc3";
        assert_eq!(&quantum[..head.len()], head);
        assert_eq!(&quantum[head.len()..], Checkpoint::parse(TEXT).unwrap().root().bytes());
    }

    #[test]
    fn a_signature_is_bound_to_its_time_name_and_text() {
        for scheme in [Scheme::Note, Scheme::Cosignature, Scheme::MlDsaCosignature] {
            let key = SigningKey::generate(scheme.algorithm()).unwrap();
            let public = key.verifying_key().unwrap();
            let signer = Signer::new("w", scheme, key).unwrap();
            let bytes = signer.bytes(TEXT, 1_679_315_147).unwrap();
            let expected = if scheme.is_timed() { 1_679_315_147 } else { 0 };
            assert_eq!(verify(signer.vkey(), TEXT, &bytes), Some(expected));
            for at in [0, 7, 8, bytes.len() - 1] {
                let mut altered = bytes.clone();
                altered[at] ^= 1;
                assert_eq!(verify(signer.vkey(), TEXT, &altered), None, "{scheme:?} {at}");
            }
            assert_eq!(verify(signer.vkey(), TEXT, &bytes[..7]), None);
            assert_eq!(verify(signer.vkey(), &TEXT.replace("63\n", "64\n"), &bytes), None);
            // Only the ML-DSA message commits to the cosigner's name.
            let renamed = Vkey::new("other", scheme, public).unwrap();
            assert_eq!(verify(&renamed, TEXT, &bytes).is_some(), scheme != Scheme::MlDsaCosignature);
        }
    }

    #[test]
    fn what_ml_dsa_cannot_cover_is_not_signed() {
        assert_eq!(message(Scheme::MlDsaCosignature, "w", "no checkpoint\n", 0), None);
        let long = TEXT.replace("sofa", &"s".repeat(256));
        assert_eq!(message(Scheme::MlDsaCosignature, "w", &long, 0), None);
        assert_eq!(message(Scheme::MlDsaCosignature, "", TEXT, 0), None);
    }
}
