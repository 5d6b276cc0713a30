//! Every kind of violation that a small schema can show, with its place and its sentence.

use std::ops::ControlFlow;

use cartulaire::xml::{limits::Limits, violation::Kind};

use crate::xml::{document, transfer, violations};

/// Kind, line, column, path, sentence.
type Expected = (Kind, u64, u64, &'static str, &'static str);

/// What a transfer contains, from its second line on, and all that is wrong with it.
const BROKEN: &[(&str, &[Expected])] = &[
    ("<Date>2024-01-01</Date>", &[]),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Ingest>x</Ingest><ObjectRef>b</ObjectRef></Unit><Unit id='b'><Title>été</Title><Rate>1.5</Rate></Unit>",
        &[],
    ),
    (
        "",
        &[(
            Kind::MissingElement,
            3,
            1,
            "/Transfer",
            "L’élément « Date » manque dans « Transfer » : il est obligatoire à cet endroit.",
        )],
    ),
    (
        "<Date>2024-02-30</Date>",
        &[(
            Kind::WrongValue,
            2,
            1,
            "/Transfer/Date[1]",
            "« 2024-02-30 » ne convient pas à l’élément « Date » ; un jour du calendrier, écrit AAAA-MM-JJ, est attendu.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Foo/>",
        &[(
            Kind::UnknownElement,
            2,
            24,
            "/Transfer/Foo[1]",
            "L’élément « Foo », dans « Transfer », est inconnu du schéma ; éléments admis ici : « Object », « Unit ».",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Date>2024-01-01</Date>",
        &[(
            Kind::UnexpectedElement,
            2,
            24,
            "/Transfer/Date[2]",
            "L’élément « Date », dans « Transfer », n’est pas permis à cet endroit ; éléments admis ici : « Object », « Unit ».",
        )],
    ),
    (
        "<Date>2024-01-01</Date>\n<Unit><Title>é…é</Title> text</Unit>",
        &[(
            Kind::UnexpectedText,
            3,
            26,
            "/Transfer/Unit[1]",
            "L’élément « Unit » ne peut contenir que des éléments, mais du texte s’y trouve.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Object id='a'></Object>",
        &[(
            Kind::MissingElement,
            2,
            39,
            "/Transfer/Object[1]",
            "L’élément « Digest » manque dans « Object » : il est obligatoire à cet endroit.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Object id='a'><Digest algorithm='SHA-3000'>00</Digest></Object>",
        &[(
            Kind::Enumeration,
            2,
            39,
            "/Transfer/Object[1]/Digest[1]/@algorithm",
            "« SHA-3000 » n’est pas une valeur permise de l’attribut « algorithm » de l’élément « Digest » ; valeurs permises : « SHA-256 », « SHA-512 ».",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Object id='a'><Digest algorithm='SHA-256'>0x</Digest></Object>",
        &[(
            Kind::WrongValue,
            2,
            39,
            "/Transfer/Object[1]/Digest[1]",
            "« 0x » ne convient pas à l’élément « Digest » ; un contenu codé en hexadécimal est attendu.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Object id='a'><Digest>00</Digest></Object>",
        &[(
            Kind::MissingAttribute,
            2,
            39,
            "/Transfer/Object[1]/Digest[1]",
            "L’attribut « algorithm » manque sur l’élément « Digest » : il est obligatoire.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Object id='a'><Digest algorithm='SHA-256' b='c'>00</Digest></Object>",
        &[(
            Kind::UnknownAttribute,
            2,
            39,
            "/Transfer/Object[1]/Digest[1]/@b",
            "L’attribut « b » n’est pas permis sur l’élément « Digest ».",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Object id='a'><Digest algorithm='SHA-256'>00</Digest><Size>0</Size></Object>",
        &[(
            Kind::WrongValue,
            2,
            78,
            "/Transfer/Object[1]/Size[1]",
            "« 0 » ne convient pas à l’élément « Size » ; un nombre entier supérieur à zéro est attendu.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Object id='a'><Digest algorithm='SHA-256'>00</Digest><Format>l'x</Format></Object>",
        &[(
            Kind::Pattern,
            2,
            78,
            "/Transfer/Object[1]/Format[1]",
            "« l'x » n’a pas la forme exigée pour l’élément « Format ».",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit id='1'><Title>abc</Title></Unit>",
        &[(
            Kind::WrongValue,
            2,
            24,
            "/Transfer/Unit[1]/@id",
            "« 1 » ne convient pas à l’attribut « id » de l’élément « Unit » ; un identifiant qui commence par une lettre ou « _ », sans espace ni deux-points, est attendu.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>ab</Title></Unit>",
        &[(
            Kind::Length,
            2,
            30,
            "/Transfer/Unit[1]/Title[1]",
            "La valeur de l’élément « Title » est trop courte (longueur minimale : 3).",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abcdefghijklmnopqrstuvwxyz</Title></Unit>",
        &[(
            Kind::Length,
            2,
            30,
            "/Transfer/Unit[1]/Title[1]",
            "La valeur de l’élément « Title » est trop longue (longueur maximale : 20).",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit id='a'><Title>abc</Title><Unit id='a'><Title>abc</Title></Unit></Unit>",
        &[(
            Kind::DuplicateId,
            2,
            55,
            "/Transfer/Unit[1]/Unit[1]/@id",
            "L’identifiant « a » de l’attribut « id » de l’élément « Unit » est déjà utilisé dans le document.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Rate>-1</Rate></Unit>",
        &[(
            Kind::Bounds,
            2,
            48,
            "/Transfer/Unit[1]/Rate[1]",
            "« -1 » est trop petit pour l’élément « Rate » : le minimum est « 0 ».",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Rate>10</Rate></Unit>",
        &[(
            Kind::Bounds,
            2,
            48,
            "/Transfer/Unit[1]/Rate[1]",
            "« 10 » est trop grand pour l’élément « Rate » : il faut moins que « 10 ».",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Rate>1.234</Rate></Unit>",
        &[(
            Kind::Bounds,
            2,
            48,
            "/Transfer/Unit[1]/Rate[1]",
            "La valeur de l’élément « Rate » a trop de chiffres (maximum : 3).",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Rate>1.23</Rate></Unit>",
        &[(
            Kind::Bounds,
            2,
            48,
            "/Transfer/Unit[1]/Rate[1]",
            "La valeur de l’élément « Rate » a trop de décimales (maximum : 1).",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Rate xsi:nil='true'>1</Rate></Unit>",
        &[(
            Kind::Nil,
            2,
            48,
            "/Transfer/Unit[1]/Rate[1]",
            "L’élément « Rate » est déclaré vide par « xsi:nil » mais a un contenu.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title xsi:nil='true'/></Unit>",
        &[
            (
                Kind::Nil,
                2,
                30,
                "/Transfer/Unit[1]/Title[1]",
                "L’élément « Title » ne peut pas être déclaré vide par « xsi:nil ».",
            ),
            (
                Kind::Length,
                2,
                30,
                "/Transfer/Unit[1]/Title[1]",
                "La valeur de l’élément « Title » est trop courte (longueur minimale : 3).",
            ),
        ],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Event>x</Event></Unit>",
        &[(
            Kind::Abstract,
            2,
            48,
            "/Transfer/Unit[1]/Event[1]",
            "L’élément « Event » est abstrait : un élément qui le remplace est attendu.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Empty>x</Empty></Unit>",
        &[(
            Kind::UnexpectedText,
            2,
            55,
            "/Transfer/Unit[1]/Empty[1]",
            "L’élément « Empty » doit être vide, sans texte ni espace.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Any/></Unit>",
        &[(
            Kind::Abstract,
            2,
            48,
            "/Transfer/Unit[1]/Any[1]",
            "Le type de l’élément « Any » est abstrait : « xsi:type » doit donner un type concret.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><Any xsi:type='Nope'/></Unit>",
        &[(
            Kind::WrongType,
            2,
            48,
            "/Transfer/Unit[1]/Any[1]",
            "Le type donné à l’élément « Any » n’existe pas ou n’y est pas permis.",
        )],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title><ObjectRef>x</ObjectRef>\n<ObjectRef>x</ObjectRef></Unit>",
        &[
            (
                Kind::UnknownReference,
                2,
                48,
                "/Transfer/Unit[1]/ObjectRef[1]",
                "La référence « x » de l’élément « ObjectRef » ne désigne aucun identifiant du document.",
            ),
            (
                Kind::UnknownReference,
                3,
                1,
                "/Transfer/Unit[1]/ObjectRef[2]",
                "La référence « x » de l’élément « ObjectRef » ne désigne aucun identifiant du document.",
            ),
        ],
    ),
    (
        "<Date>2024-01-01</Date><Unit><Title>abc</Title></Unit><Unit key='k'><Title>abc</Title></Unit><Unit key='k'><Title>abc</Title></Unit>",
        &[(
            Kind::Uniqueness,
            2,
            94,
            "/Transfer/Unit[3]",
            "La clé de l’élément « Unit » est déjà prise, alors qu’elle doit être unique (« oneTitle »).",
        )],
    ),
];

#[test]
fn every_kind_of_violation_has_its_place_and_its_sentence() {
    let schema = transfer();
    for (content, expected) in BROKEN {
        let found = violations(&schema, document(content).as_bytes());
        let found: Vec<_> =
            found.iter().map(|v| (v.kind, v.line, v.column, v.path.as_str(), v.message.as_str())).collect();
        assert_eq!(found, *expected, "{content}");
    }
}

#[test]
fn an_unknown_root_is_all_that_is_said() {
    let found = violations(&transfer(), "<Autre xmlns='urn:x'><a/><b>&lt;</b></Autre>".as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, Kind::UnknownElement);
    assert_eq!(
        found[0].to_string(),
        "Ligne 1, colonne 1 : Le schéma ne connaît pas d’élément « Autre » (espace de noms « urn:x ») à cet endroit."
    );
}

#[test]
fn several_violations_are_told_in_order_until_the_caller_breaks_off() {
    let text = document("<Date>x</Date>\n<Unit/>\n<Unit><Title>abc</Title><ObjectRef>x</ObjectRef></Unit>");
    let kinds: Vec<_> = violations(&transfer(), text.as_bytes()).iter().map(|v| (v.kind, v.line)).collect();
    assert_eq!(kinds, [(Kind::WrongValue, 2), (Kind::MissingElement, 3), (Kind::UnknownReference, 4)]);
    let mut count = 0;
    let stop = &mut |_| {
        count += 1;
        ControlFlow::Break(())
    };
    transfer().validate(text.as_bytes(), &Limits::default(), stop).unwrap();
    assert_eq!(count, 1);
}
