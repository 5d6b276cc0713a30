//! Units are amended, one or many at a time: found, shown and delivered as they stand, with every former state kept.
//!
//! ```text
//! archive v1 ── amend ── v2 ── amend ── v3 ── undo ── v4: as v2
//!                └── search, show, delivery, history, rebuild: the present state
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use cartulaire::{
    archive::{
        amend::{AmendRequest, CHANGES_TOLD, Mode, Outcome},
        deliver::{Form, Order, Recipient},
        examine::{self, terms::Referentials},
        hold::HoldRequest,
        limits::Limits,
        selection::Refusal,
    },
    boot::{self, Init, SystemClock},
    config::Config,
    domain::{
        amendment::{CategoryChange, Changes, Difference, Edit, Members, RuleUpdate},
        clock::Clock as _,
        id::{AmendmentId, ArchiveId, Id, UnitId},
        mandate::{Describe, Read},
        rule::{Category, RuleUse},
        search::{Criteria, Hit, Selection},
    },
    package::open::Source,
    vault::{Terms, Vault, layout::OcflId},
};

use crate::{
    archive::{
        House, accept, houses,
        rebuild::{accepted, assert_same_tables, many_units, rebuild_from, rebuilt_tables},
        referentials::import_all,
        units,
    },
    seda::{manifest_of, read_manifest},
    store::stores,
};

/// The name under which the first process writes.
const NODE: &str = "node-0";

pub(super) fn request(units: &[UnitId], changes: Changes) -> AmendRequest {
    AmendRequest { selection: Selection::Units(units.to_vec()), changes, reason: "Coquille signalée".to_owned() }
}

fn titled(title: &str) -> Changes {
    Changes { title: Some(title.to_owned()), ..Changes::default() }
}

pub(super) fn amend(house: &House, request: &AmendRequest) -> Outcome {
    house.archive().amend(&house.may::<Describe>(), request, Mode::Act).unwrap().unwrap()
}

fn refusal(house: &House, request: &AmendRequest) -> Refusal {
    house.archive().amend(&house.may::<Describe>(), request, Mode::Act).unwrap().unwrap_err()
}

fn unit(house: &House, id: UnitId) -> Hit {
    house.archive().unit(&house.may::<Read>(), id).unwrap().unwrap().hit
}

fn found(house: &House, text: &str) -> usize {
    let criteria = Criteria { text: text.to_owned(), ..Criteria::default() };
    house.archive().search(&house.may::<Read>(), &criteria, None, 500).unwrap().hits.len()
}

fn undo(house: &House, id: AmendmentId, force: bool) -> Result<Outcome, Refusal> {
    house.archive().undo(&house.may::<Describe>(), id, "Erreur de notre part", force, Mode::Act).unwrap()
}

fn root(house: &House, package: &str) -> (ArchiveId, Hit) {
    let id = house.accept(&accepted(package));
    let hit = units(house.archive(), &house.actor, id).into_iter().find(|hit| hit.parents.is_empty()).unwrap();
    (id, hit)
}

fn everything() -> Changes {
    Changes {
        title: Some("Registre <rectifié> & relié « été »".to_owned()),
        description: Edit::Set("Sur deux lignes :\nla seconde.".to_owned()),
        level: Edit::Set("File".to_owned()),
        start_date: Edit::Set("1999-12".to_owned()),
        end_date: Edit::Set("2001".to_owned()),
        document_type: Edit::Set("Registre".to_owned()),
        keywords: Members { add: vec!["château   d’eau".to_owned(), "eau".to_owned()], remove: Vec::new() },
        identifiers: Members { add: vec![("FilePlanPosition".to_owned(), "4.1.2".to_owned())], remove: Vec::new() },
        rules: vec![CategoryChange {
            add: vec![RuleUse {
                rule: "APP-ESSAI".to_owned(),
                start: Some("2002-01-01".parse().unwrap()),
                hold_end: None,
            }],
            final_action: Edit::Set("Keep".to_owned()),
            ..CategoryChange::of(Category::Appraisal)
        }],
        ..Changes::default()
    }
}

#[test]
fn an_amended_unit_is_found_shown_and_delivered_as_it_stands_and_its_first_state_is_kept() {
    for house in houses() {
        for package in ["cinq_niveaux", "subvention", "dialecte_vitam"] {
            let (archive, hit) = root(&house, package);
            let before = house.archive().full_unit(&house.may::<Read>(), archive, hit.unit).unwrap().unwrap();
            let mut changes = everything();
            if before.management.categories.iter().any(|said| said.category == Category::Appraisal) {
                changes.rules[0].final_action = Edit::Keep;
            }
            let request = request(&[hit.unit], changes);
            let shown = house.archive().amend(&house.may::<Describe>(), &request, Mode::Show).unwrap().unwrap();
            assert_eq!((shown.amendment, shown.units, shown.archives), (None, 1, 1));
            assert_eq!(unit(&house, hit.unit), hit, "a dry run writes nothing");
            let done = amend(&house, &request);
            assert_eq!(done.changed, shown.changed, "{package}");

            let now = unit(&house, hit.unit);
            assert_eq!(now.cursor, hit.cursor);
            assert_eq!(now.content.title, "Registre <rectifié> & relié « été »");
            assert!(now.content.keywords.contains(&"château d’eau".to_owned()));
            assert!(found(&house, "registre rectifié château") >= 1);
            let criteria = Criteria { keyword: Some("eau".to_owned()), archive: Some(archive), ..Criteria::default() };
            let page = house.archive().search(&house.may::<Read>(), &criteria, None, 10).unwrap();
            assert_eq!(page.hits.iter().map(|hit| hit.unit).collect::<Vec<_>>(), [hit.unit]);
            let full = house.archive().full_unit(&house.may::<Read>(), archive, hit.unit).unwrap().unwrap();
            assert_eq!(full.content, now.content);
            assert!(full.source.contains("Registre &lt;rectifié&gt; &amp; relié « été »"), "{}", full.source);
            assert_eq!(house.archive().times_amended(&house.may::<Read>(), hit.unit).unwrap(), 1);
            delivered_as_it_stands(&house, archive, &now);

            let history = house.archive().history(&house.may::<Read>(), hit.unit).unwrap().unwrap();
            assert_eq!((history.len(), history[0].by), (1, house.actor.id));
            assert_eq!(history[0].differences, done.changed[0].differences);
            let title = history[0].differences.iter().find(|one| one.field == "Title").unwrap();
            assert_eq!(title.before.as_deref(), Some(before.content.title.as_str()));
            undo(&house, done.amendment.unwrap(), false).unwrap();
            let back = house.archive().full_unit(&house.may::<Read>(), archive, hit.unit).unwrap().unwrap();
            assert_eq!(back, before, "{package}, {}", house.engine);
            assert_eq!(unit(&house, hit.unit), hit);
        }
    }
}

/// The whole archive as a package that every control accepts, and that says what the unit says now.
fn delivered_as_it_stands(house: &House, archive: ArchiveId, now: &Hit) {
    let roots = house.archive().roots(&house.may::<Read>(), archive, None, 100).unwrap();
    let units = roots.iter().map(|hit| hit.unit).collect();
    let dialect = house.archive().archive(&house.may::<Read>(), archive).unwrap().unwrap().archive.dialect;
    for form in [Form::Delivery, Form::Transfer] {
        let (units, to) = (Vec::clone(&units), Recipient::House);
        let order = Order { units, with_descendants: true, form, to, version: None };
        let path = house.data.join("modifiée.zip");
        house.archive().deliver(&house.may::<Read>(), &order, fs::File::create(&path).unwrap()).unwrap();
        let source = Source::File(fs::File::open(&path).unwrap());
        let checked =
            examine::blank(source, &Referentials::default(), &[dialect], &Limits::default(), &mut |_| {}).unwrap();
        assert!(checked.report.passes(), "{:#?}", checked.report.findings());
        let manifest = read_manifest(manifest_of(&path).as_bytes());
        let delivered = manifest.units.iter().find(|unit| unit.local_id == now.local_id).unwrap();
        assert_eq!(delivered.content.title, now.content.title);
        assert_eq!(delivered.content.keywords, now.content.keywords);
    }
}

#[test]
fn an_undo_is_refused_where_a_unit_changed_since_unless_forced() {
    for house in houses() {
        let (archive, hit) = root(&house, "subvention");
        let first = amend(&house, &request(&[hit.unit], titled("Premier intitulé"))).amendment.unwrap();
        let second = amend(&house, &request(&[hit.unit], titled("Second intitulé"))).amendment.unwrap();
        assert!(matches!(undo(&house, first, false).unwrap_err(), Refusal::Faults { count: 1, .. }));
        assert_eq!(unit(&house, hit.unit).content.title, "Second intitulé");
        undo(&house, second, false).unwrap();
        assert_eq!(unit(&house, hit.unit).content.title, "Premier intitulé");
        // The undo is itself an amendment, which came since.
        undo(&house, first, true).unwrap();
        assert_eq!(unit(&house, hit.unit), hit);
        let history = house.archive().history(&house.may::<Read>(), hit.unit).unwrap().unwrap();
        let reverts: Vec<_> = history.iter().map(|one| one.reverts).collect();
        assert_eq!(reverts, [None, None, Some(second), Some(first)]);
        let unknown = Id::mint(SystemClock.now());
        assert_eq!(undo(&house, unknown, false).unwrap_err(), Refusal::UnknownAmendment(unknown));
        let versions = vault(&house).read_inventory(&object(&house, archive)).unwrap().head();
        assert_eq!(versions, 5, "one version of the object per amendment");
    }
}

fn object(house: &House, archive: ArchiveId) -> OcflId {
    OcflId::archive(house.actor.tenant.clone(), archive)
}

/// The first volume, from beside the house.
fn vault(house: &House) -> Vault {
    Vault::open(Terms { required: Some(1), ..Terms::new(vec![house.volumes()[0].clone()], "temoin") }).unwrap()
}

#[test]
fn rules_are_added_changed_and_taken_out_and_must_be_those_of_the_referential() {
    for house in houses() {
        import_all(&house);
        let (archive, hit) = root(&house, "subvention");
        let rules = house.store().holdings(&house.actor.tenant).rules().unwrap();
        let of = |category| rules.iter().find(|rule| rule.category == category).unwrap().identifier.clone();
        let (access, appraisal) = (of(Category::Access), of(Category::Appraisal));
        let day = "2020-02-29".parse().unwrap();
        let add = |rule: &str| RuleUse { rule: rule.to_owned(), start: Some(day), hold_end: None };
        let with = |change: CategoryChange| Changes { rules: vec![change], ..Changes::default() };
        let base = CategoryChange::of(Category::Access);
        let said = |house: &House| {
            let entry = house.archive().unit(&house.may::<Read>(), hit.unit).unwrap().unwrap();
            entry.management.categories.into_iter().find(|said| said.category == Category::Access)
        };
        if let Some(said) = said(&house) {
            let remove = said.rules.iter().map(|used| used.rule.clone()).collect();
            let refs = Members { add: Vec::new(), remove: said.ref_non_rule_ids };
            let change =
                CategoryChange { remove, prevent_inheritance: Some(false), ref_non_rule_ids: refs, ..base.clone() };
            amend(&house, &request(&[hit.unit], with(change)));
        }
        assert_eq!(said(&house), None);
        for wrong in ["INCONNUE", appraisal.as_str()] {
            let asked = request(&[hit.unit], with(CategoryChange { add: vec![add(wrong)], ..base.clone() }));
            assert!(matches!(refusal(&house, &asked), Refusal::Faults { count: 1, .. }), "{wrong}");
        }
        let late = RuleUse { start: "9999-01-01".parse().ok(), ..add(&access) };
        let asked = request(&[hit.unit], with(CategoryChange { add: vec![late], ..base.clone() }));
        assert!(matches!(refusal(&house, &asked), Refusal::Faults { count: 1, .. }));

        amend(&house, &request(&[hit.unit], with(CategoryChange { add: vec![add(&access)], ..base.clone() })));
        assert_eq!(said(&house).unwrap().rules, [add(&access)]);
        let update = RuleUpdate { rule: access.clone(), start: Edit::Clear, hold_end: Edit::Keep };
        let done = amend(&house, &request(&[hit.unit], with(CategoryChange { update: vec![update], ..base.clone() })));
        let (before, after) = (format!("{access}, StartDate 2020-02-29"), access.clone());
        let expected = Difference { field: "AccessRule/Rule".to_owned(), before: Some(before), after: Some(after) };
        assert_eq!(done.changed[0].differences, [expected]);
        let cut = CategoryChange { prevent_inheritance: Some(true), remove: vec![access.clone()], ..base.clone() };
        amend(&house, &request(&[hit.unit], with(cut)));
        assert!(said(&house).is_some_and(|said| said.rules.is_empty() && said.prevent_inheritance));
        delivered_as_it_stands(&house, archive, &unit(&house, hit.unit));
    }
}

#[test]
fn what_cannot_be_written_is_refused_and_nothing_is() {
    for house in houses() {
        let (_, hit) = root(&house, "subvention");
        let limit = house.archive().limits().given_text;
        let before = house.store().dump().unwrap();
        let long = "é".repeat(limit + 1);
        let keyword = |word: &str| Members { add: vec![word.to_owned()], remove: Vec::new() };
        for (changes, is_value) in [
            (titled(""), false),
            (titled(" \u{a0} "), false),
            (titled("a\u{0}b"), false),
            (titled("a\u{8}b"), false),
            (titled("a\u{ffff}b"), false),
            (titled("a\u{85}b"), false),
            (titled(&long), false),
            (Changes { description: Edit::Set(long.clone()), ..Changes::default() }, false),
            (Changes { keywords: keyword("\u{1b}[31m"), ..Changes::default() }, false),
            (Changes { level: Edit::Set("Dossier".to_owned()), ..Changes::default() }, true),
            (Changes { start_date: Edit::Set("hier".to_owned()), ..Changes::default() }, true),
            (
                Changes {
                    identifiers: Members { add: vec![("Titre".to_owned(), "x".to_owned())], remove: Vec::new() },
                    ..Changes::default()
                },
                true,
            ),
        ] {
            let refused = refusal(&house, &request(&[hit.unit], changes.clone()));
            let expected = matches!(refused, Refusal::Value { .. }) == is_value;
            assert!(
                expected && matches!(refused, Refusal::Value { .. } | Refusal::Text { .. }),
                "{changes:?}: {refused:?}"
            );
        }
        assert_eq!(refusal(&house, &request(&[hit.unit], Changes::default())), Refusal::NoChange);
        assert_eq!(refusal(&house, &request(&[], titled("x"))), Refusal::Nothing);
        let no_reason = AmendRequest { reason: "\t".to_owned(), ..request(&[hit.unit], titled("x")) };
        assert_eq!(refusal(&house, &no_reason), Refusal::Text { what: "Motif", limit });
        let backwards = Changes {
            start_date: Edit::Set("2020-02".to_owned()),
            end_date: Edit::Set("2019".to_owned()),
            ..Changes::default()
        };
        assert!(matches!(refusal(&house, &request(&[hit.unit], backwards)), Refusal::Faults { count: 1, .. }));
        assert_eq!(house.store().dump().unwrap(), before);
        // The longest text that is taken, and every character that XML must escape.
        let most = "<&>\"']]>é".chars().cycle().take(limit).collect::<String>();
        amend(&house, &request(&[hit.unit], titled(&most)));
        assert_eq!(unit(&house, hit.unit).content.title, most);
    }
}

#[test]
fn a_selection_of_a_thousand_units_of_a_hundred_archives_is_amended_and_undone() {
    for house in houses() {
        for archive in 0..100 {
            house.accept(&ten_units(&house.data, archive));
        }
        let changes = Changes {
            keywords: Members { add: vec!["reprise 2026".to_owned()], remove: Vec::new() },
            ..Changes::default()
        };
        let selection = Selection::Found(Criteria { text: "lot essai".to_owned(), ..Criteria::default() });
        let mass = AmendRequest { selection, changes, reason: "Reprise".to_owned() };
        let done = amend(&house, &mass);
        assert_eq!((done.units, done.archives, done.unchanged), (1_000, 100, 0));
        assert_eq!((done.changed.len(), done.overtaken.len()), (CHANGES_TOLD, 0));
        assert_eq!(found(&house, "reprise"), 500, "a page of them");
        let again = amend(&house, &mass);
        assert_eq!((again.amendment, again.unchanged), (None, 1_000));
        assert_eq!(undo(&house, done.amendment.unwrap(), false).unwrap().units, 1_000);
        assert_eq!(found(&house, "reprise"), 0);
        assert_eq!(found(&house, "lot essai"), 500);
        let limits = house.archive().limits().selected_units;
        let many: Vec<UnitId> = (0..=limits).map(|_| Id::mint(SystemClock.now())).collect();
        assert_eq!(refusal(&house, &request(&many, titled("x"))), Refusal::TooMany { limit: limits });
    }
}

/// A package of ten units without objects.
fn ten_units(data: &Path, number: usize) -> PathBuf {
    let folder = data.join(format!("lot-{number}"));
    fs::create_dir_all(&folder).unwrap();
    let mut manifest = fs::read_to_string(accepted("sans_objet").join("manifest.xml")).unwrap();
    let start = manifest.find("<DescriptiveMetadata>").unwrap() + "<DescriptiveMetadata>".len();
    let end = manifest.find("</DescriptiveMetadata>").unwrap();
    let item = |item| {
        format!(
            "<ArchiveUnit id=\"u{item}\"><Content><DescriptionLevel>Item</DescriptionLevel>\
             <Title>Lot d’essai {number}, pièce {item}</Title></Content></ArchiveUnit>"
        )
    };
    manifest.replace_range(start..end, &(0..10).map(item).collect::<String>());
    let (before, after) = manifest.split_once("<MessageIdentifier>").unwrap();
    fs::write(folder.join("manifest.xml"), format!("{before}<MessageIdentifier>LOT-{number}-{after}")).unwrap();
    folder
}

#[test]
fn two_amendments_of_one_unit_at_the_same_time_both_stand() {
    for house in houses() {
        let (_, hit) = root(&house, "subvention");
        let before = hit.content.keywords.len();
        thread::scope(|threads| {
            for who in 0..4 {
                let house = &house;
                threads.spawn(move || {
                    for n in 0..4 {
                        let add = vec![format!("mot {who} {n}")];
                        let keywords = Members { add, remove: Vec::new() };
                        amend(house, &request(&[hit.unit], Changes { keywords, ..Changes::default() }));
                    }
                });
            }
        });
        assert_eq!(unit(&house, hit.unit).content.keywords.len(), before + 16, "{}", house.engine);
        assert_eq!(house.archive().history(&house.may::<Read>(), hit.unit).unwrap().unwrap().len(), 16);
    }
}

#[test]
fn what_was_amended_held_and_moved_comes_back_from_either_volume() {
    for house in houses() {
        let (_, hit) = root(&house, "subvention");
        let big = house.accept(&many_units(&house.data));
        let all = units(house.archive(), &house.actor, big);
        let some: Vec<UnitId> = all.iter().step_by(3).map(|hit| hit.unit).collect();
        let first = amend(&house, &request(&[hit.unit], everything())).amendment.unwrap();
        let mass = amend(&house, &request(&some, titled("Permis, reprise"))).amendment.unwrap();
        amend(&house, &request(&some[..5], everything()));
        undo(&house, first, false).unwrap();
        undo(&house, mass, true).unwrap();
        let hold = HoldRequest {
            selection: Selection::Units(vec![hit.unit]),
            reason: "Contentieux".to_owned(),
            owner: None,
            reassess: None,
            until: None,
            prevents_rearrangement: true,
        };
        house.archive().place_hold(&house.may::<Describe>(), &hold).unwrap().unwrap();
        super::moves::move_one(&house, all[1].unit, hit.unit);
        house.archive().flush().unwrap();
        let live = rebuilt_tables(house.store());
        assert_eq!(live["amendments"].len(), 6);
        for volume in house.volumes() {
            let fresh = stores().into_iter().find(|fresh| fresh.engine == house.engine).unwrap();
            rebuild_from(&volume, &fresh.store);
            assert_same_tables(&live, &rebuilt_tables(&fresh.store), house.engine);
        }
        let shown = |house: &House| units(house.archive(), &house.actor, big);
        let before = shown(&house);
        let house = house.reopened();
        assert_eq!(shown(&house), before);
        assert_eq!(rebuilt_tables(house.store()), live);
    }
}

#[test]
fn a_version_that_was_published_and_never_committed_is_gone_after_a_restart() {
    for house in houses() {
        let (archive, hit) = root(&house, "subvention");
        amend(&house, &request(&[hit.unit], titled("Premier")));
        let object = object(&house, archive);
        let volumes = house.volumes();
        let house = house.meanwhile(|_| {
            let vault = Vault::open(Terms { reserve_bytes: 0, ..Terms::new(volumes, NODE) }).unwrap();
            let mut staging = vault.new_version(&object).unwrap();
            staging.put_bytes("amendments/perdu.jsonl", b"perdu").unwrap();
            let staged = staging.finish("Perdu", "personne", SystemClock.now()).unwrap();
            assert_eq!(staged.version, 3);
            // Published, then the process dies: its intent stays, and no line tells of it.
            std::mem::forget(vault.publish(vec![staged], &[]).unwrap());
            assert_eq!(vault.read_inventory(&object).unwrap().head(), 3);
        });
        assert_eq!(vault(&house).read_inventory(&object).unwrap().head(), 2, "{}", house.engine);
        assert_eq!(unit(&house, hit.unit).content.title, "Premier");
        amend(&house, &request(&[hit.unit], titled("Second")));
        assert_eq!(unit(&house, hit.unit).content.title, "Second");
    }
}

#[test]
fn an_amendment_whose_lines_were_appended_and_never_committed_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (data, aside) = (folder.path().join("data"), folder.path().join("copie"));
    let config = Config { reserve_bytes: 0, ..Config::default() };
    let (tenant, name) = ("sault".parse().unwrap(), "Sault-les-Bruyères".to_owned());
    let init = Init { tenant, name, archival_agency: "SLB-ARCHIVES".to_owned(), config };
    let installation = boot::init(&data, &init).unwrap();
    let actor = installation.archive.local_actor(None).unwrap();
    let id = accept(&installation.archive, &actor, &accepted("subvention"));
    let unit = units(&installation.archive, &actor, id)[0].unit;
    let file = installation.config.database_url(&data).strip_prefix("sqlite:").unwrap().to_owned();
    drop(installation);
    fs::copy(&file, &aside).unwrap();

    let installation = boot::open(&data).unwrap();
    let describe = actor.mandate::<Describe>().unwrap();
    let done = installation.archive.amend(&describe, &request(&[unit], everything()), Mode::Act).unwrap().unwrap();
    let seen = units(&installation.archive, &actor, id);
    drop(installation);
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{file}{suffix}"));
    }
    fs::copy(&aside, &file).unwrap();
    let installation = boot::open(&data).unwrap();
    assert_eq!(units(&installation.archive, &actor, id), seen);
    let history = installation.archive.history(&actor.mandate::<Read>().unwrap(), unit).unwrap().unwrap();
    assert_eq!(history.iter().map(|one| Some(one.amendment)).collect::<Vec<_>>(), [done.amendment]);
}
