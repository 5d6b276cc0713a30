//! The local time-stamp authority: made once, asked over HTTP.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::Stdio,
};

use cartulaire::{
    domain::digest::Digest,
    net::{Caller, Limits},
    pki::{
        imprint::Imprint,
        timestamp::{Asked, QUERY, REPLY, read_response, request},
        trust::Trust,
    },
};

use super::*;

#[test]
fn a_local_authority_stamps_over_http_and_stays_itself() {
    let desk = Desk { room: tempfile::tempdir().unwrap() };
    let asked = Asked { imprint: Imprint::from(Digest::new([7; 64])), nonce: Some(42), policy: None };
    let mut serials = Vec::new();
    for created in [true, false] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cartulaire"))
            .arg("--data")
            .arg(desk.data())
            .args(["--json", "tsa", "--listen", "127.0.0.1:0", "--name", "Horodatage d’essai"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["created"], created);
        let url = format!("http://{}/", told["listening"].as_str().unwrap());
        let trust = Trust::from_pem(&fs::read(told["root"].as_str().unwrap()).unwrap(), b"").unwrap();
        let caller = Caller::new(Limits::default());
        for _ in 0..2 {
            let answer = caller.post(&url, QUERY, &request(&asked).unwrap()).unwrap();
            assert_eq!((answer.status, answer.content_type.as_str()), (200, REPLY));
            let token = read_response(&answer.body, &asked).unwrap();
            assert_eq!(token.verify(&trust, token.info().at).unwrap().signer, "CN=Horodatage d’essai");
            serials.push(token.info().serial.clone());
        }
        assert_eq!(caller.get(&url).unwrap().status, 405);
        assert_eq!(caller.post(&url, "text/plain", b"bonjour").unwrap().status, 415);
        assert_eq!(caller.post(&url, QUERY, &vec![0; 20_000]).unwrap().status, 413);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    serials.sort();
    serials.dedup();
    assert_eq!(serials.len(), 4);
    for name in ["key.pem", "certificate.pem", "root.pem"] {
        let mode = fs::metadata(desk.data().join("keys/tsa").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
