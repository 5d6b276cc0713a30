//! Grammars and documents made to exhaust: an answer or a clear error within the limits, never a panic.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::xml::{
    bounds::Bounds,
    relaxng::{
        Error, Excess, Grammar, Limits,
        tests::{LANDMARKS, compile, sentences},
    },
};

#[test]
fn definitions_that_double_each_other_stay_small() {
    let mut grammar = "<grammar><start><element name='a'><ref name='d0'/></element></start>".to_owned();
    for at in 0..60 {
        let _ = write!(grammar, "<define name='d{at}'><ref name='d{n}'/><ref name='d{n}'/></define>", n = at + 1);
    }
    grammar.push_str("<define name='d60'><optional><element name='b'><empty/></element></optional></define></grammar>");
    let compiled = compile(&grammar).unwrap();
    assert!(sentences(&compiled, &format!("<a>{}</a>", "<b/>".repeat(6))).is_empty());
    assert!(!sentences(&compiled, "<a><c/></a>").is_empty());
}

#[test]
fn a_chain_of_references_without_end_is_refused() {
    let mut grammar = "<grammar><start><element name='a'><ref name='d0'/></element></start>".to_owned();
    for at in 0..5_000 {
        let _ = write!(grammar, "<define name='d{at}'><ref name='d{}'/></define>", at + 1);
    }
    grammar.push_str("<define name='d5000'><empty/></define></grammar>");
    assert!(compile(&grammar).err().unwrap().message.contains("Plus de"));
    let deep = format!("<element name='a'>{}<empty/>{}</element>", "<group>".repeat(5_000), "</group>".repeat(5_000));
    assert!(compile(&deep).err().unwrap().message.contains("imbriqués"));
    let wide = format!("<element name='a'>{}</element>", "<text/>".repeat(200_000));
    assert!(compile(&wide).err().unwrap().message.contains("100000"));
}

#[test]
fn interleaved_options_end_in_an_answer_or_a_clear_error() {
    let mut inside = String::new();
    for at in 0..40 {
        let _ = write!(
            inside,
            "<group><optional><element name='x{at}'><empty/></element></optional><optional><element name='b'><empty/></element>\
             </optional></group>"
        );
    }
    let grammar = format!(
        "<element xmlns='http://relaxng.org/ns/structure/1.0' name='a'><interleave>{inside}</interleave></element>"
    );
    let limits = Limits { patterns: 20_000, memory: 10_000, ..Limits::default() };
    let compiled = Grammar::compile(&[("a.rng", grammar.as_bytes())], limits).unwrap();
    let document = format!("<a>{}</a>", "<b/>".repeat(30));
    match compiled.validate(document.as_bytes(), Bounds::default(), &LANDMARKS) {
        Ok(verdict) => assert!(verdict.violations.is_empty()),
        Err(Error::Excess(Excess::Patterns(_))) => {}
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn what_is_remembered_is_forgotten_without_a_change_of_verdict() {
    let mut inside = String::new();
    for at in 0..30 {
        let _ = write!(inside, "<zeroOrMore><element name='x{at}'><text/></element></zeroOrMore>");
    }
    let grammar = format!(
        "<element xmlns='http://relaxng.org/ns/structure/1.0' name='a'><interleave>{inside}</interleave>\
         <optional><element><anyName/><element name='z'><empty/></element></element></optional></element>"
    );
    let mut document = "<a>".to_owned();
    for at in 0..2_000 {
        let _ = write!(document, "<x{}>t</x{0}>", (at * 7) % 30);
    }
    document.push_str("<free><z/></free></a>");
    for memory in [400, 200_000] {
        let limits = Limits { memory, ..Limits::default() };
        let compiled = Grammar::compile(&[("a.rng", grammar.as_bytes())], limits).unwrap();
        let verdict = compiled.validate(document.as_bytes(), Bounds::default(), &LANDMARKS).unwrap();
        assert!(verdict.violations.is_empty(), "{memory}: {:?}", verdict.violations.first());
        let wrong = document.replace("<z/>", "<y/>");
        let verdict = compiled.validate(wrong.as_bytes(), Bounds::default(), &LANDMARKS).unwrap();
        assert_eq!(verdict.violations.len(), 2, "{:?}", verdict.violations);
    }
}

#[test]
fn a_value_past_the_limit_is_a_clear_error() {
    let grammar = "<element xmlns='http://relaxng.org/ns/structure/1.0' name='a'><value>x</value></element>";
    let limits = Limits { value_bytes: 100, ..Limits::default() };
    let compiled = Grammar::compile(&[("a.rng", grammar.as_bytes())], limits).unwrap();
    let long = format!("<a>{}</a>", "x".repeat(200));
    let error = compiled.validate(long.as_bytes(), Bounds::default(), &LANDMARKS).unwrap_err();
    assert!(matches!(error, Error::Excess(Excess::Value(100))));
}

/// Any pattern, right or wrong.
fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("<empty/>".to_owned()),
        Just("<text/>".to_owned()),
        Just("<notAllowed/>".to_owned()),
        Just("<value>x</value>".to_owned()),
        Just("<data type='integer'/>".to_owned()),
        Just("<ref name='r'/>".to_owned()),
        Just("<attribute name='x'/>".to_owned()),
        Just("<attribute><anyName/><value>1</value></attribute>".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let wraps = ["group", "choice", "interleave", "oneOrMore", "zeroOrMore", "optional", "mixed", "list"];
        prop_oneof![
            (proptest::sample::select(wraps.to_vec()), proptest::collection::vec(inner.clone(), 1..4))
                .prop_map(|(wrap, parts)| format!("<{wrap}>{}</{wrap}>", parts.concat())),
            (proptest::sample::select(vec!["a", "b", "c"]), inner)
                .prop_map(|(name, inner)| format!("<element name='{name}'>{inner}</element>")),
        ]
    })
}

/// Any small document.
fn document() -> impl Strategy<Value = String> {
    let leaf =
        prop_oneof![Just("x".to_owned()), Just(" ".to_owned()), Just("<a/>".to_owned()), Just("<b x='1'/>".to_owned())];
    leaf.prop_recursive(4, 30, 4, |inner| {
        (proptest::sample::select(vec!["a", "b", "c"]), proptest::collection::vec(inner, 0..4))
            .prop_map(|(name, parts)| format!("<{name}>{}</{name}>", parts.concat()))
    })
    .prop_map(|inside| format!("<a>{inside}</a>"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_grammar_and_no_document_make_it_panic(start in pattern(), r in pattern(), document in document()) {
        let grammar = format!(
            "<grammar><start><element name='a'>{start}</element></start><define name='r'>{r}</define></grammar>"
        );
        match compile(&grammar) {
            Ok(compiled) => for sentence in sentences(&compiled, &document) {
                prop_assert!(sentence.ends_with('.'), "{sentence}");
            },
            Err(fault) => prop_assert!(fault.message.ends_with('.'), "{fault}"),
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Grammar::compile(&[("a.rng", &bytes)], Limits::default()).is_err());
    }
}
