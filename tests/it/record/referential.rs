//! Referentials: what is taken, what is refused and how it is said, and the way back.

use std::fmt::Debug;

use cartulaire::{
    domain::{
        agency::{Agency, Role},
        agreement::{Acceptance, Agreement, SignaturePolicy},
        rule::{Category, Duration, Rule},
        seda::{Dialect, SedaVersion},
    },
    record::referential::{ImportFault, Limits, agencies, agreements, rules},
};
use proptest::{collection::vec, option::of, prelude::*, sample::subsequence};

const HEADER: &str = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n";

/// The faults of an import, as their reader sees them.
fn told<T: Debug>(imported: Result<Vec<T>, Vec<ImportFault>>) -> String {
    imported.unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn rules_csv(rows: &str) -> Result<Vec<Rule>, Vec<ImportFault>> {
    rules::from_csv(format!("{HEADER}{rows}").as_bytes(), &Limits::default())
}

#[test]
fn vitam_rules_are_taken_as_they_are() {
    let csv = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\r\n\
               ACC-00001,AccessRule,\"Accès, libre\",\"ligne 1\nligne 2\",0,Year\r\n\
               \r\n\
               APP-00001,AppraisalRule,Dossier,,80,Month\r\n\
               DIS-00001,DisseminationRule,Trente jours,,30,Day\r\n\
               REU-00001,ReuseRule,Deux jours,,172800,Second\r\n\
               STO-00001,StorageRule,Toujours,,unlimited,Year\r\n\
               HOL-00001,HoldRule,Gel,,,\r\n";
    let taken = rules::from_csv(csv.as_bytes(), &Limits::default()).unwrap();
    let durations: Vec<_> = taken.iter().map(|rule| rule.duration).collect();
    assert_eq!(
        durations,
        [
            Some(Duration::Years(0)),
            Some(Duration::Months(80)),
            Some(Duration::Days(30)),
            Some(Duration::Days(2)),
            Some(Duration::Unlimited),
            None
        ]
    );
    assert_eq!(
        taken[0],
        Rule {
            identifier: "ACC-00001".to_owned(),
            category: Category::Access,
            value: "Accès, libre".to_owned(),
            description: Some("ligne 1\nligne 2".to_owned()),
            duration: Some(Duration::Years(0)),
        }
    );
}

#[test]
fn a_semicolon_a_byte_order_mark_and_french_words_are_taken_too() {
    let csv = "\u{feff}RuleId;RuleType;RuleValue;RuleDuration;RuleMeasurement\n\
               A;AccessRule;Un, deux;25;Année\nB;AccessRule;b;6;mois\nC;AccessRule;c;9;JOUR\n";
    let taken = rules::from_csv(csv.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(taken[0].value, "Un, deux");
    let durations: Vec<_> = taken.iter().map(|rule| rule.duration).collect();
    assert_eq!(durations, [Some(Duration::Years(25)), Some(Duration::Months(6)), Some(Duration::Days(9))]);
}

#[test]
fn everything_wrong_with_rules_is_listed_with_its_line_and_column() {
    let rows = "A,AccessRule,ok,,1,Year\n\
                A,AccessRule,deux fois,,1,Year\n\
                B,SecretRule,inconnue,,1,Year\n\
                C,AccessRule,sans durée,,,\n\
                D,AccessRule,trop,,1000,Year\n\
                E,AccessRule,mesure,,1,Siècle\n\
                F,AccessRule,,,-1,Day\n\
                G,AccessRule,secondes,,61,Second\n\
                H,AccessRule,sans unité,,1,\n\
                I,AccessRule,sans nombre,,,Year\n\
                ,AccessRule,sans nom,,1,Year\n\
                \"J|K\",AccessRule,barre,,1,Year\n\
                L,AccessRule,court\n";
    insta::assert_snapshot!("rule_faults", told(rules_csv(rows)));
}

#[test]
fn the_longest_durations_are_taken_and_one_more_is_not() {
    for (longest, measure) in [(999, "Year"), (11_988, "Month"), (364_635, "Day")] {
        assert!(rules_csv(&format!("A,AccessRule,a,,{longest},{measure}\n")).is_ok(), "{measure}");
        assert!(rules_csv(&format!("A,AccessRule,a,,{},{measure}\n", longest + 1)).is_err(), "{measure}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_where_it_stops() {
    let limits = Limits::default();
    assert_eq!(
        told(rules::from_csv(b"RuleId\nA\nCaf\xe9\n", &limits)),
        "ligne 3 : le fichier n’est pas en UTF-8 : enregistrez-le de nouveau dans ce codage."
    );
    assert_eq!(
        told(agencies::from_json(b"[\n{\"Identifier\": \"A\",}]", &limits)),
        "ligne 2 : le fichier n’est pas un tableau JSON bien formé : sa lecture s’arrête ici."
    );
    assert_eq!(
        told(agencies::from_csv(b"", &limits)),
        "ligne 1, Identifier : cette colonne manque à la première ligne.\n\
         ligne 1, Name : cette colonne manque à la première ligne."
    );
}

#[test]
fn limits_are_held_and_told() {
    let csv = b"Identifier,Name\nA,abcd\nB,abcde\nC,c\n";
    let limits = Limits { rows: 3, field_chars: 5, faults: 10 };
    assert_eq!(agencies::from_csv(csv, &limits).unwrap().len(), 3);
    assert_eq!(told(agencies::from_csv(csv, &Limits { rows: 2, ..limits })), "ligne 4 : le fichier dépasse 2 lignes.");
    assert_eq!(
        told(agencies::from_csv(csv, &Limits { field_chars: 4, ..limits })),
        "ligne 3, Name : cette valeur dépasse 4 caractères."
    );
    let many = told(agencies::from_csv(b"Identifier,Name\nA,a\nA,b\nA,c\nA,d\n", &Limits { faults: 1, ..limits }));
    assert_eq!(
        many,
        "ligne 3, Identifier : « A » figure déjà à la ligne 2.\nligne 3 : et 2 autres défauts, non listés."
    );
}

#[test]
fn agencies_are_taken_with_their_roles_and_free_columns_are_passed_over() {
    let csv = "Name,Couleur,Identifier,Description,Roles\nMairie,bleu,M1,,OriginatingAgency;TransferringAgency\n\
               Archives,,A1,Dépôt,\n";
    let taken = agencies::from_csv(csv.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(taken[0].roles, [Role::Originating, Role::Transferring]);
    assert_eq!(taken[1].description.as_deref(), Some("Dépôt"));
    assert!(taken[1].may_be(Role::Control));
    assert_eq!(
        told(agencies::from_csv(b"Identifier,Name,Roles\nM1,Mairie,Maire\n", &Limits::default())),
        "ligne 2, Roles : « Maire » n’est pas une valeur connue : choisissez parmi ArchivalAgency, \
         TransferringAgency, OriginatingAgency, ControlAuthority, Requester."
    );
}

#[test]
fn a_vitam_ingest_contract_is_taken_where_it_means_the_same() {
    let json = br#"[{
        "_id": "aefq", "_tenant": 0, "_v": 1, "Name": "Contrat", "Identifier": "IC-000001", "Description": "Actes",
        "Status": "INACTIVE", "CreationDate": "2026-11-22T00:00:00.000", "LinkParentId": null,
        "ArchiveProfiles": ["PR-000001"], "CheckParentLink": "AUTHORIZED", "CheckParentId": [],
        "MasterMandatory": true, "EveryDataObjectVersion": true, "FormatUnidentifiedAuthorized": false,
        "EveryFormatType": false, "FormatType": ["fmt/18", "fmt/95"], "ComputeInheritedRulesAtIngest": false,
        "SignaturePolicy": {"SignedDocument": "MANDATORY", "DeclaredSignature": false}
    }]"#;
    let taken = agreements::from_json(json, &Limits::default()).unwrap();
    let expected = Agreement {
        active: false,
        dialects: Vec::new(),
        formats: vec!["fmt/18".to_owned(), "fmt/95".to_owned()],
        signatures: SignaturePolicy::Mandatory,
        profile: Some("PR-000001".to_owned()),
        master_mandatory: true,
        ..Agreement::open("IC-000001", "Contrat")
    };
    assert_eq!(taken, [expected]);
}

#[test]
fn what_a_contract_asks_and_we_do_not_do_is_refused_by_name() {
    let json = br#"[
        {"Identifier": "A", "Name": "a", "LinkParentId": "aeaq", "CheckParentLink": "REQUIRED"},
        {"Identifier": "B", "Name": "b", "EveryFormatType": true, "FormatType": ["fmt/18"]},
        {"Identifier": "C", "Name": "c", "EveryFormatType": false},
        {"Identifier": "D", "Name": "d", "ArchiveProfiles": ["P1", "P2"], "Status": "OUVERT"},
        {"Identifier": "E", "Name": "e", "SignaturePolicy": {"SignedDocument": "PERHAPS", "DeclaredTimestamp": true}},
        {"Identifier": "F", "Name": ["f"], "MaxBytes": -1, "MasterMandatory": "peut-\u00eatre"},
        12
    ]"#;
    insta::assert_snapshot!("contract_faults", told(agreements::from_json(json, &Limits::default())));
}

#[test]
fn a_misspelt_column_of_agreements_does_not_lift_a_limit() {
    let csv = b"Identifier,Name,MaxByte\nA,a,100\n";
    let faults = agreements::from_csv(csv, &Limits::default()).unwrap_err();
    assert_eq!((faults[0].line, faults[0].column.as_str()), (1, "MaxByte"));
}

#[test]
fn exports_are_pinned_in_both_forms() {
    let agency = Agency {
        identifier: "M1".to_owned(),
        name: "Mairie, \"Sault\"".to_owned(),
        description: None,
        roles: vec![Role::Transferring, Role::Originating],
        certificate: Some("MIIB".to_owned()),
    };
    let rule = Rule {
        identifier: "APP-00001".to_owned(),
        category: Category::Appraisal,
        value: "Dossier".to_owned(),
        description: Some("L. 212-2".to_owned()),
        duration: Some(Duration::Years(10)),
    };
    let agreement = Agreement {
        transferring_agencies: vec!["M1".to_owned(), "M2".to_owned()],
        versions: vec![SedaVersion::V2_1],
        acceptance: Acceptance::Human,
        formats: vec!["fmt/18".to_owned()],
        profile: Some("PR-000001".to_owned()),
        max_bytes: Some(1_000_000),
        ..Agreement::open("IC-000001", "Actes")
    };
    let mut text = Vec::new();
    agencies::to_csv([&agency], &mut text).unwrap();
    agencies::to_json([&agency, &agency], &mut text).unwrap();
    rules::to_csv([&rule], &mut text).unwrap();
    rules::to_json([&rule], &mut text).unwrap();
    agreements::to_csv([&agreement], &mut text).unwrap();
    agreements::to_json([&agreement], &mut text).unwrap();
    insta::assert_snapshot!("exports", String::from_utf8(text).unwrap());
}

fn word() -> impl Strategy<Value = String> {
    "[A-Za-zé;,\"'=°_/-][A-Za-zé;,\"' _-]{0,8}[A-Za-zé;,\"]"
}

fn prose() -> impl Strategy<Value = String> {
    "[A-Za-zé;,|\"'°][A-Za-zé;,|\"'\r\n -]{0,20}[A-Za-zé;,|\"]"
}

fn numbered<T: Debug>(values: impl Strategy<Value = T>, name: fn(&mut T, String)) -> impl Strategy<Value = Vec<T>> {
    vec(values, 0..5).prop_map(move |mut values| {
        values.iter_mut().enumerate().for_each(|(at, value)| name(value, format!("N°; \"{at}\"")));
        values
    })
}

fn agency() -> impl Strategy<Value = Agency> {
    (prose(), of(prose()), subsequence(Role::ALL.to_vec(), 0..=5)).prop_map(|(name, description, roles)| Agency {
        identifier: String::new(),
        name,
        description,
        roles,
        certificate: None,
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let duration = prop_oneof![
        (0_u32..=999).prop_map(Duration::Years),
        (0_u32..=11_988).prop_map(Duration::Months),
        (0_u32..=364_635).prop_map(Duration::Days),
        Just(Duration::Unlimited),
    ];
    (proptest::sample::select(Category::ALL.to_vec()), prose(), of(prose()), of(duration)).prop_map(
        |(category, value, description, duration)| Rule {
            identifier: String::new(),
            category,
            value,
            description,
            duration: duration.or((category != Category::Hold).then_some(Duration::Unlimited)),
        },
    )
}

fn agreement() -> impl Strategy<Value = Agreement> {
    let lists = (vec(word(), 0..3), vec(word(), 0..3), vec(word(), 0..3));
    let chosen = (subsequence(SedaVersion::ALL.to_vec(), 0..=3), subsequence(Dialect::ALL.to_vec(), 0..=2));
    let signatures = vec![SignaturePolicy::Allowed, SignaturePolicy::Mandatory, SignaturePolicy::Forbidden];
    let numbers = (of(any::<u64>()), of(any::<u64>()));
    let flags = any::<[bool; 3]>();
    (prose(), lists, chosen, proptest::sample::select(signatures), of(word()), numbers, flags).prop_map(
        |(name, lists, (versions, dialects), signatures, profile, (max_bytes, max_objects), flags)| {
            let (transferring_agencies, originating_agencies, formats) = lists;
            let [active, human, master_mandatory] = flags;
            Agreement {
                identifier: String::new(),
                name,
                active,
                transferring_agencies,
                originating_agencies,
                versions,
                dialects,
                acceptance: if human { Acceptance::Human } else { Acceptance::Automatic },
                formats,
                signatures,
                profile,
                max_bytes,
                max_objects,
                master_mandatory,
            }
        },
    )
}

proptest! {
    #[test]
    fn agencies_come_back_from_both_exports(all in numbered(agency(), |one, name| one.identifier = name)) {
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        agencies::to_csv(&all, &mut csv).unwrap();
        agencies::to_json(&all, &mut json).unwrap();
        prop_assert_eq!(agencies::from_csv(&csv, &Limits::default()), Ok(all.clone()));
        prop_assert_eq!(agencies::from_json(&json, &Limits::default()), Ok(all));
    }

    #[test]
    fn rules_come_back_from_both_exports(all in numbered(rule(), |one, name| one.identifier = name)) {
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        rules::to_csv(&all, &mut csv).unwrap();
        rules::to_json(&all, &mut json).unwrap();
        prop_assert_eq!(rules::from_csv(&csv, &Limits::default()), Ok(all.clone()));
        prop_assert_eq!(rules::from_json(&json, &Limits::default()), Ok(all));
    }

    #[test]
    fn agreements_come_back_from_both_exports(all in numbered(agreement(), |one, name| one.identifier = name)) {
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        agreements::to_csv(&all, &mut csv).unwrap();
        agreements::to_json(&all, &mut json).unwrap();
        prop_assert_eq!(agreements::from_csv(&csv, &Limits::default()), Ok(all.clone()));
        prop_assert_eq!(agreements::from_json(&json, &Limits::default()), Ok(all));
    }

    #[test]
    fn no_bytes_make_an_import_fail_otherwise_than_by_faults(bytes in any::<Vec<u8>>(), text in any::<String>()) {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            for faults in [
                agencies::from_csv(bytes, &Limits::default()).err(),
                agreements::from_json(bytes, &Limits::default()).err(),
                rules::from_json(bytes, &Limits::default()).err(),
            ].into_iter().flatten() {
                prop_assert!(!faults.is_empty());
            }
        }
    }
}
