//! Records in XML (RFC 6283), written by the tests with the renewals that the standard asks for.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::*;

const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const NAMESPACE: &str = "urn:ietf:params:xml:ns:ers";

fn chain(order: u8, method: &str, stamps: &str) -> String {
    format!(
        "<ArchiveTimeStampChain Order=\"{order}\"><DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">\
         </DigestMethod><CanonicalizationMethod Algorithm=\"{method}\"></CanonicalizationMethod>{stamps}\
         </ArchiveTimeStampChain>"
    )
}

fn stamp(order: u8, lists: &[Vec<HashValue>], token: &[u8]) -> String {
    let value = |value: &HashValue| format!("<DigestValue>{}</DigestValue>", STANDARD.encode(value.bytes()));
    let list = |(place, list): (usize, &Vec<HashValue>)| {
        format!("<Sequence Order=\"{}\">{}</Sequence>", place + 1, list.iter().map(value).collect::<String>())
    };
    let lists: String = lists.iter().enumerate().map(list).collect();
    let tree = if lists.is_empty() { String::new() } else { format!("<HashTree>{lists}</HashTree>") };
    format!("<ArchiveTimeStamp Order=\"{order}\">{tree}{}</ArchiveTimeStamp>", time_stamp("", token))
}

/// The element that a renewal of the time-stamp covers, with a declaration in its start tag.
fn time_stamp(declaration: &str, token: &[u8]) -> String {
    let token = STANDARD.encode(token);
    format!("<TimeStamp{declaration}><TimeStampToken Type=\"RFC3161\">{token}</TimeStampToken></TimeStamp>")
}

fn record(chains: &[&str]) -> String {
    let chains = chains.join("\n  ");
    format!(
        "<?xml version=\"1.0\"?>\n<EvidenceRecord xmlns=\"{NAMESPACE}\" Version=\"1.0\">\n <ArchiveTimeStampSequence>\n  \
         {chains}\n </ArchiveTimeStampSequence>\n</EvidenceRecord>"
    )
}

fn value(file: u32) -> HashValue {
    hash(Algorithm::Sha256, file)
}

fn joined(values: &[HashValue]) -> HashValue {
    let values = values.iter().map(|value| value.bytes().to_vec()).collect::<Vec<_>>();
    ReducedTree::read(Algorithm::Sha256, &[values]).unwrap().root(Algorithm::Sha256).unwrap().unwrap()
}

fn judged_xml(document: &str, files: &[u32], on: i64) -> Verdict {
    judged(document.as_bytes(), &given(files), on)
}

/// A record with both renewals; the first chain uses `method`.
fn renewed(method: &str) -> String {
    let group = vec![value(1), value(2)];
    let first = token(&joined(&group), day(0), day(100));
    let covered =
        HashValue::of(Algorithm::Sha256, &[time_stamp(&format!(" xmlns=\"{NAMESPACE}\""), &first).as_bytes()]);
    let second = token(&covered.unwrap(), day(90), day(190));
    let older = chain(1, method, &[stamp(1, std::slice::from_ref(&group), &first), stamp(2, &[], &second)].concat());
    let sequence = format!("<ArchiveTimeStampSequence xmlns=\"{NAMESPACE}\">\n  {older}\n </ArchiveTimeStampSequence>");
    let covered = HashValue::of(Algorithm::Sha256, &[sequence.as_bytes()]).unwrap();
    let group = vec![value(2), covered, value(1)];
    let third = token(&joined(&group), day(180), day(280));
    record(&[&older, &chain(2, EXCLUSIVE, &stamp(1, &[group], &third))])
}

#[test]
fn a_record_in_xml_is_verified_like_one_in_der() {
    let lists = [vec![value(1)], vec![value(9)], vec![value(8)]];
    let root = joined(&[joined(&[value(1), value(9)]), value(8)]);
    let document = record(&[&chain(1, INCLUSIVE, &stamp(1, &lists, &token(&root, day(0), day(100))))]);
    is(&judged_xml(&document, &[1], 1), Outcome::Valid, "");
    is(&judged_xml(&document, &[2], 1), Outcome::Invalid, "pas parmi les objets");
    is(&judged_xml(&document, &[], 1), Outcome::NotVerified, "Objets non fournis");
    is(&judged_xml(&document, &[1], 101), Outcome::Invalid, "le certificat avait expiré");
    let mut as_xml = given(&[2]);
    as_xml[0].is_xml = true;
    is(&judged(document.as_bytes(), &as_xml, 1), Outcome::NotVerified, "forme canonique (RFC 6283)");
}

#[test]
fn renewals_are_followed_through_both_canonical_forms() {
    for method in [INCLUSIVE, EXCLUSIVE] {
        let document = renewed(method);
        is(&judged_xml(&document, &[1, 2], 270), Outcome::Valid, "");
        is(&judged_xml(&document, &[2], 281), Outcome::Invalid, "le certificat avait expiré");
    }
}

#[test]
fn renewals_of_something_else_are_refused() {
    let document = renewed(INCLUSIVE);
    let other_stamp = document.replacen("<TimeStamp>", "<TimeStamp Id=\"x\">", 1);
    let verdict = judged_xml(&other_stamp, &[1], 270);
    is(&verdict, Outcome::Invalid, "ne couvre pas l’horodatage précédent");
    is(&verdict, Outcome::Invalid, "ne couvre pas les chaînes précédentes");
    let other_chain = document.replacen("Order=\"1\">", "Order=\"1\" Id=\"x\">", 1);
    is(&judged_xml(&other_chain, &[1], 270), Outcome::Invalid, "ne couvre pas les chaînes précédentes");
    let unknown = document.replace(INCLUSIVE, "urn:other").replace(EXCLUSIVE, "urn:other");
    is(&judged_xml(&unknown, &[1], 270), Outcome::NotVerified, "ne peut être vérifié");
    let inherited = document.replacen("Version=", "xml:lang=\"fr\" Version=", 1);
    is(&judged_xml(&inherited, &[1], 270), Outcome::NotVerified, "ne peut être vérifié");
}

#[test]
fn what_is_not_such_a_document_is_not_read() {
    let whole = renewed(INCLUSIVE);
    for (from, to, why) in [
        ("Version=\"1.0\"", "Version=\"2.0\"", "version 1.0"),
        (NAMESPACE, "urn:other", "RFC 6283"),
        ("Order=\"2\"", "Order=\"3\"", "numérotés"),
        ("Type=\"RFC3161\"", "Type=\"XMLENTRUST\"", "jeton RFC 3161"),
        ("<DigestValue>", "<DigestValue>*", "base 64"),
        ("<DigestMethod ", "<Digest ", "XML"),
        ("</EvidenceRecord>", "", "ligne"),
    ] {
        let told = Record::read(whole.replacen(from, to, 1).as_bytes()).unwrap_err().0;
        assert!(told.contains(why) || why == "XML", "{from}: {told}");
    }
}

#[test]
fn a_document_changed_anywhere_is_valid_only_when_it_says_the_same() {
    let whole = renewed(INCLUSIVE).into_bytes();
    let proven = given(&[1, 2]);
    let mut survivors = 0;
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        let Ok(record) = Record::read(&changed) else { continue };
        let verdict = verify(&record, &proven, &TOKENS, day(270)).unwrap();
        if verdict.judgement.outcome == Outcome::Valid {
            // White space outside the sequence, the XML declaration, or a bit of the last base 64 character.
            let around: Vec<&[u8]> = vec![b"\n", b" ", b"=", b"<?"];
            let context = &whole[at.saturating_sub(2)..(at + 3).min(whole.len())];
            assert!(
                at < 22 || around.iter().any(|part| context.windows(part.len()).any(|window| window == *part)),
                "{at}: {}",
                String::from_utf8_lossy(&changed[at.saturating_sub(20)..(at + 20).min(whole.len())])
            );
            survivors += 1;
        }
    }
    assert!(survivors < 40, "{survivors}");
}
