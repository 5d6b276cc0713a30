//! Searches: French words, values, dates, pages and facets, the same on both engines.

use cartulaire::{
    domain::{
        search::{Criteria, Facet, Page},
        tenant::TenantId,
        unit::Unit,
    },
    store::{COUNT_LIMIT, Store},
};

use super::{sample, stores};

/// The titles found, newest first.
fn titles(store: &Store, tenant: &TenantId, criteria: &Criteria) -> Vec<String> {
    shown(&store.holdings(tenant).search(criteria, None, 100).unwrap())
}

fn shown(page: &Page) -> Vec<String> {
    page.hits.iter().map(|hit| hit.content.title.clone()).collect()
}

fn words(text: &str) -> Criteria {
    Criteria { text: text.to_owned(), ..Criteria::default() }
}

fn described(title: &str, change: impl FnOnce(&mut Unit)) -> Unit {
    let mut unit = sample::unit(title);
    change(&mut unit);
    unit
}

#[test]
fn words_are_found_whatever_their_form() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let all = ["Délibérations du conseil", "Procès-verbal de l’assemblée", "Arrêté 2026-12", "Marchés publics"];
        sample::keep_units(store, &tenant, all.iter().map(|title| sample::unit(title)).collect());
        for (asked, expected) in [
            ("délibéré", vec![0]),
            ("CONSEIL delibere", vec![0]),
            ("l'assemblée", vec![1]),
            ("proces", vec![1]),
            ("procès verbaux", vec![1]),
            ("2026-12", vec![2]),
            ("2026", vec![2]),
            ("marché public", vec![3]),
            ("délib*", vec![0]),
            ("budget", vec![]),
            ("conseil assemblée", vec![]),
            ("", vec![3, 2, 1, 0]),
            ("\"'); DROP TABLE units; -- * OR NEAR(", vec![]),
        ] {
            let expected: Vec<&str> = expected.into_iter().map(|at: usize| all[at]).collect();
            assert_eq!(titles(store, &tenant, &words(asked)), expected, "{}: {asked}", fresh.engine);
        }
    }
}

#[test]
fn the_whole_description_is_searched() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let unit = described("Dossier", |unit| {
            unit.text = "mot du manifeste".to_owned();
            unit.content.description = Some("toiture".to_owned());
            unit.content.keywords = vec!["École primaire".to_owned()];
            unit.content.identifiers = vec![("SystemId".to_owned(), "PC-042".to_owned())];
        });
        sample::keep_units(store, &tenant, vec![unit]);
        for asked in ["dossiers", "manifeste", "toitures", "ecole", "pc-042"] {
            assert_eq!(titles(store, &tenant, &words(asked)), ["Dossier"], "{asked}");
        }
    }
}

#[test]
fn values_narrow_a_search_exactly() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let a = described("a", |unit| {
            unit.content.originating_agency = Some("FRAD_01".to_owned());
            unit.content.level = Some("File".to_owned());
            unit.content.keywords = vec!["Écoles primaires".to_owned()];
            unit.content.identifiers = vec![("SystemId".to_owned(), "X 1".to_owned())];
        });
        let b = described("b", |unit| {
            unit.content.originating_agency = Some("frad_01".to_owned());
            unit.content.level = Some("Item".to_owned());
            unit.parents = vec![a.id];
        });
        let kept = sample::keep_units(store, &tenant, vec![a, b]);
        sample::keep_units(store, &tenant, vec![sample::unit("c")]);
        let all = Criteria::default;
        let some = |text: &str| Some(text.to_owned());
        for (criteria, expected) in [
            (Criteria { originating_agency: some("FRAD_01"), ..all() }, vec!["a"]),
            (Criteria { originating_agency: some("frad_01"), ..all() }, vec!["b"]),
            (Criteria { originating_agency: some("frad"), ..all() }, vec![]),
            (Criteria { level: some("Item"), ..all() }, vec!["b"]),
            (Criteria { keyword: some("ecoles PRIMAIRES"), ..all() }, vec!["a"]),
            (Criteria { keyword: some("ecoles"), ..all() }, vec![]),
            (Criteria { identifier: some("X 1"), ..all() }, vec!["a"]),
            (Criteria { identifier: some("x 1"), ..all() }, vec![]),
            (Criteria { identifier: some("X 1"), text: "a".to_owned(), ..all() }, vec!["a"]),
            (Criteria { identifier: some("X 1"), text: "b".to_owned(), ..all() }, vec![]),
            (Criteria { roots_only: true, ..all() }, vec!["c", "a"]),
            (Criteria { archive: Some(kept.archive.id), ..all() }, vec!["b", "a"]),
            (Criteria { archive: Some(kept.archive.id), roots_only: true, ..all() }, vec!["a"]),
        ] {
            assert_eq!(titles(store, &tenant, &criteria), expected, "{}: {criteria:?}", fresh.engine);
        }
    }
}

#[test]
fn dates_are_found_when_they_meet_the_days_asked_for() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let dated = |title: &str, start: Option<&str>, end: Option<&str>| {
            described(title, |unit| {
                unit.content.start_date = start.map(str::to_owned);
                unit.content.end_date = end.map(str::to_owned);
            })
        };
        let units = vec![
            dated("2024", Some("2024"), None),
            dated("mars-mai", Some("2025-03"), Some("2025-05-15")),
            dated("instant", Some("2025-06-01T10:00:00"), None),
            dated("sans", None, None),
            dated("illisible", Some("vers 2025"), None),
        ];
        sample::keep_units(store, &tenant, units);
        let day = |text: &str| Some(text.parse().unwrap());
        for (from, until, text, expected) in [
            ("2024-12-31", "2024-12-31", "", vec!["2024"]),
            ("2025-01-01", "2025-05-31", "", vec!["mars-mai"]),
            ("2025-05-16", "2030-01-01", "", vec!["instant"]),
            ("2024-06-01", "2025-06-01", "", vec!["instant", "mars-mai", "2024"]),
            ("2024-06-01", "2025-06-01", "mars", vec!["mars-mai"]),
            ("2024-06-01", "2024-07-01", "mars", vec![]),
        ] {
            let criteria = Criteria { from: day(from), until: day(until), ..words(text) };
            assert_eq!(titles(store, &tenant, &criteria), expected, "{}: {criteria:?}", fresh.engine);
        }
    }
}

#[test]
fn pages_follow_each_other_without_gap_or_repeat() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let other = sample::settled(store, "autre");
        for archive in 0..3 {
            let units = (0..7).map(|n| sample::unit(&format!("acte {archive}.{n}"))).collect();
            sample::keep_units(store, &tenant, units);
            sample::keep_units(store, &other, vec![sample::unit("acte d'ailleurs")]);
        }
        let newest_first: Vec<String> =
            (0..3).rev().flat_map(|archive| (0..7).rev().map(move |n| format!("acte {archive}.{n}"))).collect();
        for criteria in [words(""), words("actes")] {
            let mut found = Vec::new();
            let mut after = None;
            loop {
                let page = store.holdings(&tenant).search(&criteria, after, 4).unwrap();
                assert_eq!((page.total.counted, page.total.capped), (21, false));
                found.extend(shown(&page));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, newest_first, "{}", fresh.engine);
            let exact = store.holdings(&tenant).search(&criteria, None, 21).unwrap();
            assert_eq!((exact.hits.len(), exact.next), (21, None));
        }
    }
}

#[test]
fn facets_count_the_values_of_what_is_found() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let unit = |title: &str, agency: &str, level: Option<&str>, date: &str| {
            described(title, |unit| {
                unit.content.originating_agency = Some(agency.to_owned());
                unit.content.level = level.map(str::to_owned);
                unit.content.start_date = Some(date.to_owned());
            })
        };
        sample::keep_units(
            store,
            &tenant,
            vec![
                unit("acte", "A", Some("Item"), "2024-05"),
                unit("actes", "A", Some("File"), "2025"),
                unit("acte", "B", None, "2025-01-01"),
                unit("autre", "C", Some("Item"), "2020"),
            ],
        );
        let facets = store.holdings(&tenant).facets(&words("acte")).unwrap();
        let plain =
            |facets: Vec<Facet>| facets.into_iter().map(|facet| (facet.value, facet.total.counted)).collect::<Vec<_>>();
        let expected = |values: &[(&str, u64)]| values.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect::<Vec<_>>();
        assert_eq!(plain(facets.originating_agencies), expected(&[("A", 2), ("B", 1)]));
        assert_eq!(plain(facets.levels), expected(&[("File", 1), ("Item", 1)]));
        assert_eq!(plain(facets.years), expected(&[("2025", 2), ("2024", 1)]));
        let all = store.holdings(&tenant).facets(&Criteria::default()).unwrap();
        assert_eq!(plain(all.originating_agencies), expected(&[("A", 2), ("B", 1), ("C", 1)]));
    }
}

#[test]
fn a_count_stops_at_its_limit_and_says_so() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let limit = u64::from(COUNT_LIMIT);
        let total = || store.holdings(&tenant).search(&words("a"), None, 1).unwrap().total;
        sample::keep_units(store, &tenant, (0..limit).map(|_| sample::unit("a")).collect());
        assert_eq!((total().counted, total().capped), (limit, false));
        sample::keep_units(store, &tenant, vec![sample::unit("a")]);
        assert_eq!((total().counted, total().capped), (limit, true));
    }
}
