//! Time-stamps and seals against tools of others: OpenSSL's command both ways, and rfc3161-client.

use std::{
    fs, io,
    path::Path,
    process::{Command, Output},
};

use cartulaire::{
    boot::SystemClock,
    digest,
    domain::{
        clock::{Clock, Timestamp},
        digest::Algorithm,
    },
    pki::{
        authority::Authority,
        cms::{ContentType, Enclosed, SignedData, Terms, sign_detached},
        imprint::Imprint,
        seal::{Signer, create_self_signed},
        timestamp::{Asked, read_response, request},
        trust::Trust,
    },
};

const MESSAGE: &[u8] = b"Deliberation du 22 novembre 2026";
const NONCE: u64 = 0xfedc_ba98_7654_3210;
const SERIAL: [u8; 16] = [0x91; 16];

fn imprint() -> Imprint {
    Imprint::from(digest::sha512(MESSAGE))
}

fn asked() -> Asked {
    Asked { imprint: imprint(), nonce: Some(NONCE), policy: None }
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// Runs a tool in `folder`; says that it is not there.
fn run(program: &Path, arguments: &[&str], folder: &Path) -> Option<Output> {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("skipped: {} is not installed", program.display());
            None
        }
        other => Some(other.unwrap()),
    }
}

fn openssl(arguments: &[&str], folder: &Path) -> Option<Output> {
    run(Path::new("openssl"), arguments, folder)
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A folder with a new authority, and a message, a request and its answer of a quarter past the creation.
fn answered() -> (tempfile::TempDir, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let files = Authority::create("Horodatage d’essai", now(), 30).unwrap();
    let authority = Authority::from_pem(files.certificate.as_bytes(), files.key.as_bytes()).unwrap();
    let query = request(&asked()).unwrap();
    let response = authority.answer(&query, now(), SERIAL).unwrap();
    for (name, bytes) in [
        ("root.pem", files.root.as_bytes()),
        ("tsa.pem", files.certificate.as_bytes()),
        ("tsa.key", files.key.as_bytes()),
        ("message", MESSAGE),
        ("other", b"autre"),
        ("query.tsq", &query),
        ("response.tsr", &response),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    (folder, authority)
}

#[test]
fn openssl_verifies_our_time_stamps_and_refuses_them_for_another_message() {
    let (folder, _) = answered();
    let verify = |what: &[&str]| {
        let arguments = [&["ts", "-verify", "-in", "response.tsr", "-CAfile", "root.pem"], what].concat();
        openssl(&arguments, folder.path())
    };
    let Some(by_message) = verify(&["-data", "message"]) else { return };
    assert!(by_message.status.success(), "{}", told(&by_message));
    let by_query = verify(&["-queryfile", "query.tsq"]).unwrap();
    assert!(by_query.status.success(), "{}", told(&by_query));
    assert!(!verify(&["-data", "other"]).unwrap().status.success());
    let printed = openssl(&["ts", "-reply", "-in", "response.tsr", "-text"], folder.path()).unwrap();
    let printed = told(&printed);
    assert!(printed.contains("Status: Granted.") && printed.contains("Hash Algorithm: sha512"), "{printed}");
    assert!(printed.contains("Serial number: 0x919191919191919191") && printed.contains("Nonce: 0xFEDC"), "{printed}");
}

#[test]
fn our_authority_answers_a_query_of_openssl() {
    let (folder, authority) = answered();
    let arguments = ["ts", "-query", "-data", "message", "-sha384", "-cert", "-out", "theirs.tsq"];
    let Some(made) = openssl(&arguments, folder.path()) else { return };
    assert!(made.status.success(), "{}", told(&made));
    let query = fs::read(folder.path().join("theirs.tsq")).unwrap();
    fs::write(folder.path().join("ours.tsr"), authority.answer(&query, now(), SERIAL).unwrap()).unwrap();
    let arguments = ["ts", "-verify", "-in", "ours.tsr", "-queryfile", "theirs.tsq", "-CAfile", "root.pem"];
    let verified = openssl(&arguments, folder.path()).unwrap();
    assert!(verified.status.success(), "{}", told(&verified));
}

#[test]
fn we_verify_the_time_stamps_of_openssl_by_either_kind_of_key() {
    let (folder, _) = answered();
    let arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=tsa-rsa", "-days", "10", "-addext"];
    let arguments =
        [&arguments[..], &["extendedKeyUsage=critical,timeStamping", "-keyout", "rsa.key", "-out", "rsa.pem"]].concat();
    let Some(made) = openssl(&arguments, folder.path()) else { return };
    assert!(made.status.success(), "{}", told(&made));
    for (certificate, key, root) in [("tsa.pem", "tsa.key", "root.pem"), ("rsa.pem", "rsa.key", "rsa.pem")] {
        let config = format!(
            "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = {certificate}\nsigner_key = {key}\n\
             signer_digest = sha384\ndefault_policy = 1.2.3.4.1\ndigests = sha512\naccuracy = secs:1, millisecs:500\n\
             clock_precision_digits = 3\ntsa_name = yes\ness_cert_id_alg = sha256\n"
        );
        fs::write(folder.path().join("tsa.conf"), config).unwrap();
        let arguments = ["ts", "-reply", "-config", "tsa.conf", "-queryfile", "query.tsq", "-out", "theirs.tsr"];
        let replied = openssl(&arguments, folder.path()).unwrap();
        assert!(replied.status.success(), "{}", told(&replied));
        let token = read_response(&fs::read(folder.path().join("theirs.tsr")).unwrap(), &asked()).unwrap();
        assert_eq!(token.info().accuracy, Some(1_500_000));
        assert_eq!(token.info().policy, "1.2.3.4.1");
        let trust = Trust::from_pem(&fs::read(folder.path().join(root)).unwrap(), b"").unwrap();
        let verified = token.verify(&trust, now()).unwrap();
        assert_eq!(Some(verified.signer), token.info().authority);
    }
}

#[test]
fn rfc3161_client_verifies_our_time_stamps() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/rfc3161.py");
    let (folder, _) = answered();
    let script = script.to_str().unwrap();
    let verify = |message: &str, nonce: u64| {
        run(&python, &[script, "root.pem", "response.tsr", message, &nonce.to_string()], folder.path())
    };
    let Some(verified) = verify("message", NONCE) else { return };
    if told(&verified).contains("ModuleNotFoundError") {
        println!("skipped: rfc3161-client is not installed");
        return;
    }
    assert!(verified.status.success(), "{}", told(&verified));
    let other_message = verify("other", NONCE).unwrap();
    assert!(told(&other_message).contains("Mismatch between messages"), "{}", told(&other_message));
    let other_nonce = verify("message", 1).unwrap();
    assert!(told(&other_nonce).contains("Nonce mismatch"), "{}", told(&other_nonce));
}

#[test]
fn openssl_verifies_our_seals_and_we_verify_its_own_in_each_scheme() {
    let folder = tempfile::tempdir().unwrap();
    let made = create_self_signed("Ville de Sault-les-Bruyères", now(), 2).unwrap();
    let signer = Signer::from_pem(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
    let terms = Terms { content_type: ContentType::Data, at: Some(now()), certificates: Enclosed::Signer };
    let sealed = sign_detached(&signer, &imprint(), &terms).unwrap();
    for (name, bytes) in [
        ("seal.pem", made.certificate.as_bytes()),
        ("seal.key", made.key.as_bytes()),
        ("message", MESSAGE),
        ("seal.p7s", &sealed),
        ("other", b"autre"),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let verify = |content: &str| {
        let form = ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "seal.p7s", "-CAfile", "seal.pem"];
        openssl(&[&form[..], &["-purpose", "any", "-content", content, "-out", "out"]].concat(), folder.path())
    };
    let Some(verified) = verify("message") else { return };
    assert!(verified.status.success(), "{}", told(&verified));
    assert!(!verify("other").unwrap().status.success());
    let rsa =
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=rsa", "-keyout", "rsa.key", "-out", "rsa.pem"];
    assert!(openssl(&rsa, folder.path()).unwrap().status.success());
    for (name, options) in [
        ("seal", &["-md", "sha256"][..]),
        ("rsa", &["-md", "sha512"]),
        ("rsa", &["-md", "sha256", "-keyopt", "rsa_padding_mode:pss"]),
        ("rsa", &["-md", "sha384", "-cades", "-keyid"]),
        ("seal", &["-md", "sha512", "-stream", "-indef"]),
    ] {
        let (certificate, key) = (format!("{name}.pem"), format!("{name}.key"));
        let form = ["cms", "-sign", "-binary", "-outform", "DER", "-in", "message", "-out", "theirs.p7s"];
        let arguments = [&form[..], &["-signer", &certificate, "-inkey", &key], options].concat();
        let theirs = openssl(&arguments, folder.path()).unwrap();
        assert!(theirs.status.success(), "{options:?}: {}", told(&theirs));
        let read = SignedData::read(&fs::read(folder.path().join("theirs.p7s")).unwrap()).unwrap();
        let signer = read.only_signer().unwrap();
        let hash = |algorithm: Algorithm| {
            let hex = digest::of(&mut &*MESSAGE, &[algorithm]).unwrap().get(algorithm).unwrap();
            Imprint { algorithm, value: cartulaire::domain::digest::from_hex(&hex).unwrap() }
        };
        read.verify(signer, &hash(signer.digest_algorithm())).unwrap();
        let mut other = hash(signer.digest_algorithm());
        other.value[0] ^= 1;
        read.verify(signer, &other).unwrap_err();
    }
}
