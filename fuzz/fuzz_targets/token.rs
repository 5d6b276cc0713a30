//! Arbitrary bytes as a time-stamp token, as signed data and as an authority's answer: a fault or a value, never a panic.

#![no_main]

use cartulaire::{
    domain::{clock::Timestamp, digest::Digest},
    pki::{
        cms::SignedData,
        imprint::Imprint,
        timestamp::{Asked, Token, read_response},
        trust::Trust,
    },
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let asked = Asked { imprint: Imprint::from(Digest::ZERO), nonce: None, policy: None };
    let _ = read_response(bytes, &asked);
    if let Ok(token) = Token::read(bytes) {
        let at = Timestamp::from_millis(0).expect("the first instant");
        assert!(token.verify(&Trust::default(), at).is_err(), "believed by nobody, and yet it holds");
    }
    if let Ok(signed) = SignedData::read_padded(bytes) {
        for signer in signed.signers() {
            let _ = (signer.claimed_time(), signed.verify_enclosed(signer).is_ok());
        }
    }
});
