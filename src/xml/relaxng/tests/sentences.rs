//! What an archivist is told: which element of which unit, and what the profile wants.

use crate::xml::{
    bounds::Bounds,
    relaxng::{
        Grammar, Limits,
        tests::{LANDMARKS, compile, sentences, verdict},
    },
    violation::Kind,
};

/// A transfer of units, with keywords and documents.
fn profile() -> Grammar {
    compile(
        "<grammar><start><element name='Transfer'><element name='Date'><data type='date'/></element>\
           <element name='Profile'><value>ACTES_v3</value></element>\
           <oneOrMore><ref name='unit'/></oneOrMore></element></start>\
         <define name='unit'><element name='Unit'><optional><attribute name='id'/></optional>\
           <element name='Content'><element name='Level'><choice><value>File</value><value>Item</value></choice></element>\
             <element name='Title'><text/></element>\
             <ref name='k1'/><ref name='k2'/>\
             <optional><element name='Note'><text/></element></optional></element>\
           <zeroOrMore><element name='Document'><element name='Attachment'><attribute name='filename'/>\
             <attribute name='format'><data type='token'><param name='pattern'>fmt/[0-9]+</param></data></attribute>\
             </element></element></zeroOrMore>\
           <zeroOrMore><ref name='unit'/></zeroOrMore></element></define>\
         <define name='k1'><element name='Keyword'><element name='KeywordContent'><value>Acte</value></element></element></define>\
         <define name='k2'><element name='Keyword'><element name='KeywordContent'><value>Budget</value></element></element></define>\
         </grammar>",
    )
    .unwrap()
}

const KEYWORDS: &str = "<Keyword><KeywordContent>Acte</KeywordContent></Keyword>\n<Keyword><KeywordContent>Budget</KeywordContent></Keyword>";

fn transfer(units: &str) -> String {
    format!("<Transfer><Date>2026-11-22</Date><Profile>ACTES_v3</Profile>\n{units}\n</Transfer>")
}

fn unit(inside: &str, after: &str) -> String {
    format!("<Unit id='u1'>\n<Content>\n{inside}\n</Content>\n{after}\n</Unit>")
}

#[test]
fn a_document_that_follows_its_profile_has_no_violation() {
    let one = unit(&format!("<Level>File</Level><Title>Délibération</Title>{KEYWORDS}"), "");
    assert_eq!(sentences(&profile(), &transfer(&one)), [""; 0]);
}

/// The inside of a unit's content, what follows it, and what is told.
const TOLD: &[(&str, &str, &[&str])] = &[
    (
        "<Level>Dossier</Level><Title>Budget 2026</Title>{K}",
        "",
        &["Ligne 4, dans l’unité « Budget 2026 » : La valeur « Dossier » ne convient pas à l’élément « Level » : \
           le profil n’admet que « File », « Item »."],
    ),
    (
        "<Title>Budget 2026</Title>{K}",
        "",
        &[
            "Ligne 4, dans l’unité « Budget 2026 » : L’élément « Level » manque dans « Content », avant « Title » : le profil l’exige.",
        ],
    ),
    (
        "<Level>File</Level><Title>Budget 2026</Title><Keyword><KeywordContent>Acte</KeywordContent></Keyword>",
        "",
        &[
            "Ligne 5, dans l’unité « Budget 2026 » : L’élément « Keyword » (celui dont « KeywordContent » vaut « Budget ») \
           manque dans « Content » : le profil l’exige.",
        ],
    ),
    (
        "<Level>File</Level><Title>B</Title>{K}<Subject>x<y/></Subject>\n<Note/><Note/>",
        "",
        &[
            "Ligne 5, dans l’unité « B » : L’élément « Subject » n’est pas prévu par le profil dans « Content » ; attendu ici : « Note ».",
            "Ligne 6, dans l’unité « B » : L’élément « Note » (n° 2) est de trop dans « Content » : le profil n’en admet plus à cet endroit.",
        ],
    ),
    (
        "<Title>B</Title><Level>File</Level>{K}",
        "",
        &[
            "Ligne 4, dans l’unité « B » : L’élément « Level » est mal placé dans « Content » : le profil l’attend avant « Title ».",
        ],
    ),
    (
        "<Level>File</Level><Title>B</Title>{K}",
        "<Document><Attachment filename='acte.pdf' format='pdf'/></Document><Document><Attachment format='fmt/18' x='1'/></Document>",
        &[
            "Ligne 7, dans le document « acte.pdf » : La valeur « pdf » ne convient pas à l’attribut « format » de « Attachment » : \
             le profil exige la forme « fmt/[0-9]+ ».",
            "Ligne 7, dans le document n° 2 : L’attribut « x » n’est pas prévu par le profil sur « Attachment ».",
            "Ligne 7, dans le document n° 2 : L’attribut « filename » manque sur « Attachment » : le profil l’exige.",
        ],
    ),
    (
        "<Level/><Title>B</Title>libre{K}",
        "",
        &[
            "Ligne 4, dans l’unité « B » : L’élément « Level » est vide : le profil n’admet que « File », « Item ».",
            "Ligne 4, dans l’unité « B » : Du texte se trouve dans « Content », où le profil n’en admet pas.",
        ],
    ),
];

#[test]
fn violations_are_told_by_unit_and_reading_goes_on() {
    let profile = profile();
    for (inside, after, told) in TOLD {
        let document = transfer(&unit(&inside.replace("{K}", KEYWORDS), after));
        let found = sentences(&profile, &document);
        assert_eq!(found, *told, "{document}");
    }
}

#[test]
fn what_is_wrong_with_the_header_is_told_without_a_unit() {
    let one = unit(&format!("<Level>File</Level><Title>D</Title>{KEYWORDS}"), "");
    let document = format!("<Transfer><Date>hier</Date><Profile>ACTES_v2</Profile>{one}</Transfer>");
    assert_eq!(
        sentences(&profile(), &document),
        [
            "Ligne 1 : La valeur « hier » ne convient pas à l’élément « Date » : le profil attend un jour du calendrier, écrit AAAA-MM-JJ.",
            "Ligne 1 : La valeur « ACTES_v2 » ne convient pas à l’élément « Profile » : le profil impose « ACTES_v3 ».",
        ]
    );
}

#[test]
fn paths_lead_to_the_element_and_to_the_parent_of_what_is_missing() {
    let good = unit(&format!("<Level>File</Level><Title>D</Title>{KEYWORDS}"), "");
    let bad = unit(&format!("<Level>?</Level>{KEYWORDS}"), "");
    let verdict = verdict(&profile(), &transfer(&format!("{good}{bad}")));
    let found: Vec<(Kind, &str)> = verdict.violations.iter().map(|one| (one.kind, one.path.as_str())).collect();
    assert_eq!(
        found,
        [(Kind::WrongValue, "/Transfer/Unit[2]/Content/Level"), (Kind::MissingElement, "/Transfer/Unit[2]/Content"),]
    );
    assert!(verdict.violations.iter().all(|one| one.within.as_deref() == Some("l’unité « u1 »")));
}

#[test]
fn another_root_and_another_namespace_end_the_reading() {
    let grammar = compile("<element name='a' ns='urn:seda:v1.0'><text/></element>").unwrap();
    let verdict = verdict(&grammar, "<a xmlns='urn:seda:v2.1'><b/></a>");
    assert!(verdict.stopped && verdict.violations.len() == 1);
    assert_eq!(
        verdict.violations[0].message,
        "L’élément « a » est écrit dans l’espace de noms « urn:seda:v2.1 » ; le profil l’attend dans l’espace de noms « urn:seda:v1.0 »."
    );
    assert_eq!(
        sentences(&grammar, "<c/>"),
        ["Ligne 1 : L’élément racine « c » n’est pas celui du profil ; attendu ici : « a »."]
    );
}

#[test]
fn no_more_is_told_than_the_limit_allows() {
    let limits = Limits { violations: 3, ..Limits::default() };
    let grammar = "<element xmlns='http://relaxng.org/ns/structure/1.0' name='a'><empty/></element>";
    let grammar = Grammar::compile(&[("a.rng", grammar.as_bytes())], limits).unwrap();
    let document = format!("<a>{}</a>", "<b/>".repeat(10));
    let verdict = grammar.validate(document.as_bytes(), Bounds::default(), &LANDMARKS).unwrap();
    assert!(verdict.stopped);
    assert_eq!(verdict.violations.len(), 3);
}

#[test]
fn what_is_not_well_formed_is_told_after_what_was_found() {
    let found = sentences(&profile(), "<Transfer><Date>x</Date>");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[1].contains("avant la fermeture"), "{found:#?}");
}
