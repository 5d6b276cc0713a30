//! Each construct of the specification with documents that follow it and documents that do not.

use crate::xml::relaxng::tests::{compile, compile_files, sentences, verdict};

/// A grammar, what follows it, what does not.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    ("<element name='a'><empty/></element>", &["<a/>", "<a> </a>"], &["<a>x</a>", "<a><b/></a>", "<b/>", "<a c=''/>"]),
    ("<element name='a'><text/></element>", &["<a/>", "<a>x<!-- c -->y</a>"], &["<a><b/></a>"]),
    (
        "<element name='a' ns='u'><text/></element>",
        &["<a xmlns='u'/>", "<p:a xmlns:p='u'/>"],
        &["<a/>", "<a xmlns='v'/>"],
    ),
    ("<element name='a'><attribute name='x'/></element>", &["<a x=''/>", "<a x='1'/>"], &["<a/>", "<a x='' y=''/>"]),
    (
        "<element name='a' ns='u'><attribute name='x'/></element>",
        &["<a xmlns='u' x=''/>"],
        &["<p:a xmlns:p='u' p:x=''/>"],
    ),
    (
        "<element name='a' xmlns:q='u'><attribute name='q:x'><value>1</value></attribute></element>",
        &["<a xmlns:p='u' p:x=' 1 '/>"],
        &["<a x='1'/>", "<a xmlns:p='u' p:x='2'/>"],
    ),
    (
        "<element name='a'><optional><attribute name='x'><data type='integer'/></attribute></optional><text/></element>",
        &["<a/>", "<a x='+07'/>"],
        &["<a x='z'/>", "<a x=''/>"],
    ),
    (
        "<element name='a'><element name='b'><text/></element><element name='c'><text/></element></element>",
        &["<a><b/><c/></a>", "<a> <b/> <c/> </a>"],
        &["<a><c/><b/></a>", "<a><b/></a>", "<a><b/><c/><c/></a>", "<a>x<b/><c/></a>"],
    ),
    (
        "<element name='a'><interleave><element name='b'><empty/></element><oneOrMore><element name='c'><empty/></element>\
         </oneOrMore></interleave></element>",
        &["<a><b/><c/></a>", "<a><c/><b/><c/></a>", "<a><c/><c/><b/></a>"],
        &["<a><b/></a>", "<a><c/></a>", "<a><b/><c/><b/></a>"],
    ),
    (
        "<element name='a'><mixed><zeroOrMore><element name='b'><text/></element></zeroOrMore></mixed></element>",
        &["<a/>", "<a>x<b>y</b>z<b/></a>"],
        &["<a>x<c/></a>"],
    ),
    (
        "<element name='a'><choice><value>x</value><value type='string'> y</value><data type='boolean'/></choice></element>",
        &["<a>x</a>", "<a> x\n</a>", "<a> y</a>", "<a>true</a>", "<a> 0 </a>"],
        &["<a>y</a>", "<a/>", "<a>x x</a>"],
    ),
    (
        "<element name='a'><list><oneOrMore><data type='decimal'/></oneOrMore><value>mm</value></list></element>",
        &["<a>1 2.5  3 mm</a>"],
        &["<a>1 2</a>", "<a>mm</a>", "<a/>", "<a>1 mm mm</a>"],
    ),
    (
        "<element name='a'><list><zeroOrMore><choice><value>x</value><value>y</value></choice></zeroOrMore></list></element>",
        &["<a/>", "<a> </a>", "<a>x y  x</a>"],
        &["<a>z</a>"],
    ),
    (
        "<element name='a'><data type='string'><param name='minLength'>2</param><param name='maxLength'>3</param>\
         <except><value>abc</value></except></data></element>",
        &["<a>ab</a>", "<a>abd</a>", "<a>é€</a>"],
        &["<a>a</a>", "<a>abcd</a>", "<a>abc</a>"],
    ),
    (
        "<element name='a'><data type='token'><param name='pattern'>[A-Z]+.*</param><param name='pattern'>.*[0-9]</param>\
         </data></element>",
        &["<a>AB1</a>", "<a> A9 </a>"],
        &["<a>AB</a>", "<a>b1</a>"],
    ),
    (
        "<element name='a'><attribute name='d'><data type='date'/></attribute><data type='dateTime'/></element>",
        &["<a d='2026-11-22'>2026-11-22T10:00:00</a>", "<a d='2026-11-22Z'>2026-11-22T10:00:00.5+01:00</a>"],
        &["<a d='2026-02-30'>2026-11-22T10:00:00</a>", "<a d='2026-11-22'>2026-11-22</a>"],
    ),
    (
        "<element name='a'><choice><data type='ID'/><data type='NMTOKENS'/></choice></element>",
        &["<a>x1</a>", "<a>1x 2y</a>"],
        &["<a>a,b</a>", "<a/>"],
    ),
    (
        "<element name='a'><value type='integer'>7</value></element>",
        &["<a>07</a>", "<a> +7 </a>"],
        &["<a>8</a>", "<a>7.0</a>"],
    ),
    (
        "<element name='a'><data type='anyURI'/></element>",
        &["<a>http://a/b</a>", "<a>b c</a>", "<a/>"],
        &["<a><b/></a>"],
    ),
    (
        "<element><anyName><except><name>b</name><nsName ns='u'/></except></anyName><empty/></element>",
        &["<a/>", "<b xmlns='v'/>"],
        &["<b/>", "<a xmlns='u'/>"],
    ),
    (
        "<element><nsName ns='u'><except><name ns='u'>b</name></except></nsName><empty/></element>",
        &["<a xmlns='u'/>"],
        &["<b xmlns='u'/>", "<a/>"],
    ),
    (
        "<element><choice><name>a</name><name>b</name></choice><zeroOrMore><attribute><anyName/></attribute></zeroOrMore></element>",
        &["<a/>", "<b x='1' y='2' xml:lang='fr'/>"],
        &["<c/>", "<a>x</a>"],
    ),
    ("<element name='a'><choice><notAllowed/><empty/></choice></element>", &["<a/>"], &["<a>x</a>"]),
    ("<element name='a'><group><notAllowed/><empty/></group></element>", &[], &["<a/>"]),
    (
        "<grammar><start><ref name='tree'/></start><define name='tree'><element name='t'><zeroOrMore><ref name='tree'/>\
         </zeroOrMore></element></define></grammar>",
        &["<t/>", "<t><t><t/></t><t/></t>"],
        &["<t><u/></t>", "<t><t>x</t></t>"],
    ),
    (
        "<grammar><start combine='choice'><ref name='a'/></start><start combine='choice'><ref name='b'/></start>\
         <div><define name='a'><element name='a'><ref name='at'/></element></define></div>\
         <define name='b'><element name='b'><empty/></element></define>\
         <define name='at' combine='interleave'><attribute name='x'/></define>\
         <define name='at' combine='interleave'><attribute name='y'/></define></grammar>",
        &["<b/>", "<a y='' x=''/>"],
        &["<a x=''/>", "<c/>"],
    ),
    (
        "<grammar><start><ref name='out'/></start><define name='in'><element name='o'><empty/></element></define>\
         <define name='out'><element name='a'><grammar><start><ref name='in'/></start><define name='in'>\
         <element name='i'><parentRef name='in'/></element></define></grammar></element></define></grammar>",
        &["<a><i><o/></i></a>"],
        &["<a><o/></a>", "<a><i/></a>"],
    ),
    (
        "<element name='a'><oneOrMore><choice><element name='b'><text/></element><group><element name='b'><text/></element>\
         <element name='c'><text/></element></group></choice></oneOrMore></element>",
        &["<a><b/></a>", "<a><b/><c/><b/></a>"],
        &["<a><c/></a>", "<a><b/><c/><c/></a>"],
    ),
    (
        "<element name='a'><choice><element name='k'><value>1</value></element><element name='k'><value>2</value></element>\
         </choice><element name='k'><value>3</value></element></element>",
        &["<a><k>1</k><k>3</k></a>", "<a><k>2</k><k>3</k></a>"],
        &["<a><k>3</k><k>3</k></a>", "<a><k>1</k></a>"],
    ),
    (
        "<element name='a'><choice><attribute name='t'><value>x</value></attribute><element name='t'><value>x</value></element>\
         </choice></element>",
        &["<a t='x'/>", "<a><t>x</t></a>"],
        &["<a/>", "<a t='x'><t>x</t></a>"],
    ),
    (
        "<element name='a' xmlns:f='urn:f' f:note='1'><f:doc>texte <f:b/></f:doc><empty/></element>",
        &["<a/>"],
        &["<a>x</a>"],
    ),
];

#[test]
fn documents_follow_their_grammars_or_do_not() {
    for (grammar, following, breaking) in CASES {
        let compiled = compile(grammar).unwrap_or_else(|fault| panic!("{grammar}: {fault}"));
        for document in *following {
            let found = sentences(&compiled, document);
            assert!(found.is_empty(), "{grammar}\n{document}\n{found:#?}");
        }
        for document in *breaking {
            let verdict = verdict(&compiled, document);
            assert!(!verdict.violations.is_empty(), "{grammar}\n{document}");
            for violation in verdict.violations {
                assert!(violation.message.ends_with('.') && violation.line > 0, "{violation:?}");
            }
        }
    }
}

#[test]
fn files_that_are_handed_in_are_included_and_cited() {
    let main = "<grammar><include href='dir/common.rng'><define name='b'><element name='B'><empty/></element></define>\
        </include></grammar>";
    let common = "<grammar><start><element name='a'><ref name='b'/><externalRef href='c.rng' ns='u'/></element></start>\
        <define name='b'><element name='b'><empty/></element></define></grammar>";
    let c = "<element name='c'><optional><externalRef href='c.rng'/></optional></element>";
    let compiled = compile_files(&[("main.rng", main), ("common.rng", common), ("c.rng", c)]).unwrap();
    assert!(sentences(&compiled, "<a><B/><c xmlns='u'><c/></c></a>").is_empty());
    assert!(!sentences(&compiled, "<a><b/><c xmlns='u'/></a>").is_empty());
    assert!(!sentences(&compiled, "<a><B/><c/></a>").is_empty());
}

#[test]
fn a_file_that_is_not_handed_in_is_refused_by_its_name() {
    for grammar in [
        "<grammar><include href='file:///etc/passwd'/></grammar>",
        "<element name='a'><externalRef href='http://example.org/passwd'/></element>",
    ] {
        let fault = compile(grammar).err().unwrap();
        assert!(fault.message.contains("passwd") && fault.message.contains("n’est pas fourni"), "{fault}");
    }
}

/// Grammars that are none, with a word of the sentence that says so.
const WRONG: &[(&str, &str)] = &[
    ("<elephant/>", "elephant"),
    ("<element name='a'/>", "au moins un motif"),
    ("<element><empty/></element>", "empty"),
    ("<element name='a'><ref name='b'/></element>", "hors de toute grammaire"),
    ("<grammar><start><ref name='b'/></start></grammar>", "« b » n’est pas défini"),
    ("<grammar><define name='b'><text/></define></grammar>", "start"),
    (
        "<grammar><start><ref name='a'/></start><define name='a'><optional><ref name='a'/></optional></define></grammar>",
        "elle-même",
    ),
    ("<grammar><start><empty/></start></grammar>", "« start »"),
    (
        "<grammar><start><element name='a'><empty/></element></start><start><element name='b'><empty/></element></start></grammar>",
        "deux fois",
    ),
    (
        "<grammar><start combine='choice'><element name='a'><empty/></element></start><start combine='interleave'>\
         <element name='b'><empty/></element></start></grammar>",
        "deux façons",
    ),
    ("<element name='a'><data type='nombre'/></element>", "nombre"),
    ("<element name='a'><data type='string' datatypeLibrary='urn:x'/></element>", "urn:x"),
    ("<element name='a'><data type='string'><param name='couleur'>1</param></data></element>", "couleur"),
    ("<element name='a'><data type='string'><param name='maxLength'>beaucoup</param></data></element>", "« string »"),
    ("<element name='a'><data type='string'><param name='pattern'>[</param></data></element>", "« string »"),
    ("<element name='a'><value type='integer'>sept</value></element>", "sept"),
    ("<element name='a'><attribute name='x'><element name='b'><empty/></element></attribute></element>", "attribut"),
    ("<element name='a'><list><element name='b'><empty/></element></list></element>", "liste"),
    ("<element name='a'><list><text/></list></element>", "liste"),
    ("<element name='a'><data type='string'/><element name='b'><empty/></element></element>", "groupée"),
    ("<element name='a'><data type='string'><except><text/></except></data></element>", "exception"),
    (
        "<element name='a'><oneOrMore><group><attribute name='x'/><attribute name='y'/></group></oneOrMore></element>",
        "répéter",
    ),
    ("<element name='a'><attribute name='xmlns'/></element>", "xmlns"),
    ("<element name='p:a'><empty/></element>", "préfixe"),
    ("<element name='1a'><empty/></element>", "1a"),
    ("<element name='a' couleur='x'><empty/></element>", "couleur"),
    ("<element name='a'>texte<empty/></element>", "texte"),
    ("<element name='a'><empty></element>", "fermante"),
];

#[test]
fn what_is_no_grammar_is_refused_with_its_reason_and_line() {
    for (grammar, word) in WRONG {
        let fault = compile(grammar).err().unwrap_or_else(|| panic!("{grammar} is taken"));
        assert!(fault.message.to_lowercase().contains(&word.to_lowercase()), "{grammar}: {fault}");
        assert!(fault.line == 1 && fault.message.ends_with('.'), "{grammar}: {fault}");
    }
}

#[test]
fn a_grammar_serves_several_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<crate::xml::relaxng::Grammar>();
}
