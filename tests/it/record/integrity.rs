//! Samples of the integrity report: one with every key, one without any that may be left out.

use cartulaire::{
    domain::{
        clock::Timestamp,
        digest::Digest,
        seda::{Dialect, SedaVersion},
    },
    record::integrity::{
        Checkpoint, Copy, CopyState, Cosigned, Deposit, EvidenceRecord, EvidenceStep, FileFault, Fixity, Identity,
        Integrity, LineSeen, State, TimeStamp, TokenSigner, Verdict, Witness,
    },
};

use super::pinned::{at, id, record, some};

const DIGEST: Digest = Digest::new([0xdd; 64]);

fn now() -> Timestamp {
    at("2026-11-23T08:00:00Z")
}

/// A report with every key that there is.
pub(super) fn full() -> Integrity {
    Integrity {
        made_at: now(),
        verdict: Verdict::Degraded,
        archive: identity(),
        deposit: Deposit {
            transfer: id(2),
            deposited_by: id(3),
            received_at: at("2026-11-22T08:30:00Z"),
            accepted_at: at("2026-11-22T08:30:05.250Z"),
            package: record().package,
            acknowledgement: id(4),
            reply: id(5),
            inventory: DIGEST,
        },
        examination: Some(record().examination),
        copies: copies(),
        lines: vec![line()],
        checkpoint: Some(Checkpoint {
            origin: "cartulaire/essai/log/1".to_owned(),
            size: 12,
            root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=".to_owned(),
            key: "cartulaire/essai/log/1+00000000+AQ==".to_owned(),
            state: State::Verified,
        }),
        time_stamps: vec![stamp()],
        cosigned: Some(Cosigned {
            size: 12,
            quorum: 1,
            witnesses: vec![Witness { name: "temoin".to_owned(), time: now(), same_host: false }],
            state: State::Verified,
        }),
        fixity: vec![Fixity { at: now(), entry: 20, kind: "fixity check".to_owned(), copies: 2, bad: 1, repaired: 1 }],
        evidence: vec![EvidenceStep { at: now(), entry: 21, step: "first".to_owned(), evidence: DIGEST }],
        evidence_record: Some(EvidenceRecord {
            state: State::NotVerified,
            files: 2,
            reasons: vec!["L’enregistrement de preuve n’a pas pu être complété.".to_owned()],
        }),
        not_verified: vec!["Heure non attestée par un tiers.".to_owned()],
    }
}

/// A report without what may be left out.
pub(super) fn bare() -> Integrity {
    let mut bare = full();
    bare.archive.agreement = None;
    bare.archive.originating_agency = None;
    bare.archive.submission_agency = None;
    (bare.examination, bare.checkpoint, bare.cosigned, bare.evidence_record) = (None, None, None, None);
    bare.lines = vec![LineSeen { actor: None, ..line() }];
    bare.time_stamps = vec![TimeStamp { reason: None, signer: None, ..stamp() }];
    bare
}

fn identity() -> Identity {
    Identity {
        id: id(1),
        number: 12,
        generation: 1,
        tenant: "ville-de-sault".parse().unwrap(),
        service: "Sault".to_owned(),
        titles: vec!["Délibérations".to_owned()],
        message_identifier: "DELIB-2026-118".to_owned(),
        agreement: some("IC-000001"),
        archival_agency: "FRAD084_ARCHIVES".to_owned(),
        transferring_agency: "MAIRIE_SAULT".to_owned(),
        originating_agency: some("CONSEIL_MUNICIPAL"),
        submission_agency: some("SECRETARIAT"),
        seda_version: SedaVersion::V2_2,
        dialect: Dialect::Strict,
        units: 3,
        objects: 2,
        bytes: 4_096,
    }
}

fn copies() -> Vec<Copy> {
    let fault = FileFault { path: "v1/content/aa".to_owned(), kind: "altered".to_owned() };
    let copy = |volume, state, faults| Copy { volume, state, verified_at: now(), bytes: 4_096, faults };
    vec![copy(1, CopyState::Whole, Vec::new()), copy(2, CopyState::Altered, vec![fault])]
}

fn line() -> LineSeen {
    LineSeen {
        journal: "ville-de-sault/life-cycle".parse().unwrap(),
        position: 1,
        entry: 4,
        at: at("2026-11-22T08:30:05.250Z"),
        kind: "accession".to_owned(),
        object: "01939e6c-0000-7000-8000-000000000001".to_owned(),
        outcome: "OK".to_owned(),
        actor: Some(id(3)),
        digest: DIGEST,
        state: State::Verified,
    }
}

fn stamp() -> TimeStamp {
    TimeStamp {
        authority: "tiers".to_owned(),
        third_party: true,
        size: 5,
        time: at("2026-11-22T09:00:00Z"),
        token: DIGEST,
        state: State::NotVerified,
        reason: some("Le registre n’a pas pu être relu."),
        signer: Some(TokenSigner { subject: "CN=Tiers".to_owned(), not_after: now(), revocation_examined: false }),
    }
}

#[test]
fn an_integrity_report_is_pinned() {
    insta::assert_snapshot!("integrity_json", full().to_json().unwrap());
}

#[test]
fn the_report_on_one_line_says_the_same() {
    let line = full().to_line().unwrap();
    assert!(!line.contains('\n'));
    let [line, text] =
        [line, full().to_json().unwrap()].map(|one| serde_json::from_str::<serde_json::Value>(&one).unwrap());
    assert_eq!(line, text);
}
