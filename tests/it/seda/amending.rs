//! A source that is amended says what the changes make of what it said, and nothing else of it is touched.

use cartulaire::{
    domain::{
        amendment::{CategoryChange, Changes, Edit, Members, RuleUpdate},
        rule::{Category, CategoryRules, Management, RuleUse},
        unit::Content,
    },
    seda::{amend, piece::SourceUnit},
};
use chrono::NaiveDate;
use proptest::{collection::vec, option::of, prelude::*, sample::select};

use crate::{
    fixtures,
    seda::{RICH, manifest_of, read_manifest, reference},
};

/// The units of every accepted fixture and, where they stand, of the fullest packages of others.
fn sources() -> Vec<SourceUnit> {
    let own = fixtures::accepted().into_iter().map(|fixture| {
        let files = fixtures::files(&fixture.path);
        read_manifest(files.get("manifest.xml").unwrap().as_slice()).units
    });
    let mut units: Vec<SourceUnit> = own.flatten().collect();
    if let Some(folder) = reference("sips") {
        units.extend(RICH.iter().flat_map(|name| read_manifest(manifest_of(&folder.join(name)).as_bytes()).units));
    }
    units.retain(|unit| unit.has_content);
    units
}

#[test]
fn a_source_read_by_itself_says_what_it_said_in_its_manifest() {
    let units = sources();
    assert!(units.len() > 20, "{}", units.len());
    for unit in units {
        let read = amend::read(&unit.source).unwrap().unwrap();
        assert_eq!((&read.content, &read.management), (&unit.content, &unit.management), "{}", unit.source);
        assert_eq!((&read.source, &read.text), (&unit.source, &unit.text));
        let same = amend::amend(&unit.source, &Changes::default()).unwrap().unwrap();
        assert_eq!(same, unit.source, "no change leaves every byte");
    }
}

fn words() -> impl Strategy<Value = String> {
    let letters = select(vec!["é", "A", " ", "&", "<", ">", "\"", "'", "]]>", "中", "-", "1", "&amp;", "\u{a0}x"]);
    vec(letters, 1..8)
        .prop_map(|words| format!("x{}y", words.concat().split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn edit() -> impl Strategy<Value = Edit<String>> {
    prop_oneof![Just(Edit::Keep), Just(Edit::Clear), words().prop_map(Edit::Set)]
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (1_i32..=9999, 1_u32..=365).prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).unwrap())
}

fn days() -> impl Strategy<Value = Edit<NaiveDate>> {
    prop_oneof![Just(Edit::Keep), Just(Edit::Clear), day().prop_map(Edit::Set)]
}

/// Picks that are turned into names of what a unit has, or not.
fn category() -> impl Strategy<Value = CategoryChange> {
    let used = ("[A-Z]{1,3}-[0-9]", of(day())).prop_map(|(rule, start)| RuleUse { rule, start, hold_end: None });
    let update = ("[A-Z]", days(), days()).prop_map(|(rule, start, hold_end)| RuleUpdate { rule, start, hold_end });
    let lists = (vec(used, 0..3), vec(update, 0..2), vec("[A-Z]", 0..2));
    let action = prop_oneof![Just(Edit::Keep), Just(Edit::Clear), Just(Edit::Set("Keep".to_owned()))];
    let cuts = (of(any::<bool>()), vec("[A-Z]-[0-9]", 0..2));
    (select(Category::ALL.to_vec()), lists, action, cuts).prop_map(
        |(category, (add, update, remove), final_action, (prevent_inheritance, refs))| CategoryChange {
            category,
            add,
            update,
            remove,
            final_action,
            prevent_inheritance,
            ref_non_rule_ids: Members { add: refs, remove: Vec::new() },
        },
    )
}

fn changes() -> impl Strategy<Value = Changes> {
    let singles = (of(words()), edit(), edit(), edit(), edit(), edit(), edit());
    let kinds = select(amend::IDENTIFIERS.to_vec());
    let identifiers = vec((kinds, words()).prop_map(|(kind, value)| (kind.to_owned(), value)), 0..3);
    (singles, edit(), vec(words(), 0..3), identifiers, vec(category(), 0..3)).prop_map(
        |(singles, document_type, keywords, identifiers, mut rules)| {
            let (title, description, level, start_date, end_date, originating_agency, submission_agency) = singles;
            rules.sort_by_key(|change| change.category);
            rules.dedup_by_key(|change| change.category);
            Changes {
                title,
                description,
                level,
                start_date,
                end_date,
                originating_agency,
                submission_agency,
                document_type,
                keywords: Members { add: keywords, remove: Vec::new() },
                identifiers: Members { add: identifiers, remove: Vec::new() },
                rules,
            }
        },
    )
}

/// The changes, made to fit a unit: they name rules, keywords and identifiers that it has.
fn fitted(mut changes: Changes, unit: &SourceUnit) -> Changes {
    changes.keywords.remove = unit.content.keywords.iter().step_by(2).cloned().collect();
    changes.identifiers.remove = unit.content.identifiers.iter().skip(1).step_by(2).cloned().collect();
    for change in &mut changes.rules {
        let said = unit.management.categories.iter().find(|said| said.category == change.category);
        let names: Vec<String> =
            said.map(|said| said.rules.iter().map(|used| used.rule.clone()).collect()).unwrap_or_default();
        for (update, name) in change.update.iter_mut().zip(&names) {
            update.rule.clone_from(name);
        }
        change.update.truncate(names.len());
        for (remove, name) in change.remove.iter_mut().zip(names.iter().rev()) {
            remove.clone_from(name);
        }
        change.remove.truncate(names.len());
        change.ref_non_rule_ids.remove = said.map(|said| said.ref_non_rule_ids.clone()).unwrap_or_default();
        if change.category != Category::Hold {
            change.update.iter_mut().for_each(|update| update.hold_end = Edit::Keep);
        }
    }
    let faulty = |change: &CategoryChange| {
        let one = Changes { rules: vec![change.clone()], ..Changes::default() };
        !one.faults(&unit.management).is_empty()
    };
    changes.rules.retain(|change| !faulty(change));
    changes
}

fn sorted(mut content: Content, mut management: Management) -> (Content, Management) {
    content.keywords.sort();
    content.identifiers.sort();
    management.categories.sort_by_key(|said: &CategoryRules| said.category);
    (content, management)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_an_amended_source_says_is_what_the_changes_make_of_it(which in any::<prop::sample::Index>(), wanted in changes()) {
        thread_local! { static UNITS: Vec<SourceUnit> = sources(); }
        UNITS.with(|units| {
            let unit = &units[which.index(units.len())];
            let changes = fitted(wanted, unit);
            let source = amend::amend(&unit.source, &changes).unwrap().unwrap();
            let read = amend::read(&source).unwrap().unwrap();
            let (content, management) = (read.content.clone(), read.management.clone());
            let made = (changes.made_of_content(&unit.content), changes.made_of_management(&unit.management));
            prop_assert_eq!(sorted(content, management), sorted(made.0, made.1), "{}", source);
            prop_assert_eq!(&read.source, &source);
            // What nobody speaks of is still there, byte for byte.
            for kept in ["CustodialHistory", "Language", "Writer", "Event", "Coverage", "Gps", "LogBook"] {
                prop_assert_eq!(whole(&unit.source, kept), whole(&source, kept));
            }
            Ok(())
        })?;
    }
}

/// The first element of this name with all it holds.
fn whole<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let start = source.find(&format!("<{name}>"))?;
    let end = source[start..].find(&format!("</{name}>"))?;
    Some(&source[start..start + end])
}

#[test]
fn a_hold_that_prevents_rearrangement_is_read_from_its_source() {
    let source = "<Management xmlns=\"fr:gouv:culture:archivesdefrance:seda:v2.2\"><HoldRule><Rule>H1</Rule>\
        <HoldReason>x</HoldReason><PreventRearrangement>true</PreventRearrangement><Rule>H2</Rule></HoldRule></Management>";
    assert!(amend::prevents_rearrangement(source, "H1").unwrap());
    assert!(!amend::prevents_rearrangement(source, "H2").unwrap());
}
