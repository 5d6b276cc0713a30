//! Rules in force, computed by hand: the ends and paths below were read from the manifests, not from the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cartulaire::{
    archive::{reckoning::Computed, referentials::Notation},
    domain::{
        id::{ArchiveId, UnitId},
        inheritance::{FinalAction, Origin},
        mandate::{Administer, Read},
        referential::Referential,
        rule::Category,
        search::{Criteria, Due},
    },
};

use crate::{
    archive::{House, houses, units},
    fixtures,
};

const HEADER: &str = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement";

/// The durations chosen for the rules that the packages name.
const RULES: &str = "
APP-00001,AppraisalRule,Cinq ans,,5,Year
APP-00002,AppraisalRule,Cinq ans,,5,Year
ACC-00001,AccessRule,Aucun délai,,0,Year
ACC-00002,AccessRule,Vingt-cinq ans,,25,Year
ACC-00003,AccessRule,Cinquante ans,,50,Year
ACC-00004,AccessRule,Sans terme,,unlimited,
ACC-00005,AccessRule,Cent ans,,1200,Month
STO-00001,StorageRule,Un an,,1,Year
DIS-00001,DisseminationRule,Vingt-cinq ans,,25,Year
DIS-00002,DisseminationRule,Soixante-quinze ans,,75,Year
REU-00001,ReuseRule,Dix ans,,10,Year
CLASS-00001,ClassificationRule,Trente ans,,30,Year
HOL-00001,HoldRule,Un an,,1,Year
HOL-00002,HoldRule,Sans durée,,,
HOL-00003,HoldRule,Sans durée,,,
HOL-00004,HoldRule,Deux ans,,2,Year";

fn import_rules(house: &House, rules: &str) {
    let csv = format!("{HEADER}\n{}\n", rules.trim());
    let imported =
        house.archive().import(&house.may::<Administer>(), Referential::Rules, csv.as_bytes(), Notation::Csv);
    imported.unwrap().unwrap();
}

/// A transfer of the reference, when it is there.
fn sip(name: &str) -> Option<PathBuf> {
    Some(fixtures::reference()?.join("sips").join(name))
}

/// What is in force at each unit, by its identifier in the manifest: `RULE of ORIGIN END by PATH`, `CATEGORY ACTION of
/// ORIGIN`. The header of the transfer is `SIP`.
fn in_force(house: &House, archive: ArchiveId) -> BTreeMap<String, BTreeSet<String>> {
    let hits = units(house.archive(), &house.actor, archive);
    let names: BTreeMap<UnitId, String> = hits.iter().map(|hit| (hit.unit, hit.local_id.clone())).collect();
    let origin = |origin: Origin| match origin {
        Origin::Unit(unit) => names[&unit].clone(),
        Origin::Archive(id) => {
            assert_eq!(id, archive);
            "SIP".to_owned()
        }
    };
    let told = |hit: &cartulaire::domain::search::Hit| {
        let mut told = BTreeSet::new();
        for found in house.archive().unit_rules(&house.may::<Read>(), hit.unit).unwrap().unwrap() {
            for rule in &found.rules {
                for path in &rule.paths {
                    let path: Vec<&str> = path.iter().map(|step| names[step].as_str()).collect();
                    let (id, from, end) = (&rule.rule, origin(rule.origin), rule.end);
                    assert!(told.insert(format!("{id} of {from} {end} by {}", path.join(" "))));
                }
            }
            for (action, from) in &found.final_actions {
                told.insert(format!("{} {action} of {}", found.category.element(), origin(*from)));
            }
        }
        (hit.local_id.clone(), told)
    };
    hits.iter().map(told).collect()
}

/// A table of what is expected: a unit, `|`, and what is in force, parted by `;`.
fn expected(table: &str) -> BTreeMap<String, BTreeSet<String>> {
    let row = |line: &str| {
        let (unit, rest) = line.split_once('|').unwrap();
        let said = rest.split(';').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty());
        (unit.trim().to_owned(), said.collect())
    };
    table.lines().filter(|line| !line.trim().is_empty()).map(row).collect()
}

fn assert_in_force(house: &House, archive: ArchiveId, table: &str) {
    let (found, expected) = (in_force(house, archive), expected(table));
    for (unit, told) in &found {
        assert_eq!(Some(told), expected.get(unit), "{unit} on {}", house.engine);
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn every_behaviour_of_the_complex_rules_package_is_the_one_its_units_describe() {
    let Some(package) = sip("OK_RULES_COMPLEXE_COMPLETE_V2.zip") else { return };
    for house in houses() {
        import_rules(&house, RULES);
        let archive = house.accept(&package);
        assert_in_force(
            &house,
            archive,
            "
            ID4 | ACC-00002 of SIP 2025-01-01 by ID4
            ID6 |
            ID8 | STO-00001 of ID8 2001-01-01 by ID8; StorageRule Copy of ID8; DIS-00001 of ID8 2025-01-01 by ID8; REU-00001 of ID8 2010-01-01 by ID8
            ID10 | StorageRule Copy of ID10; ACC-00002 of ID18 2027-01-01 by ID10 ID20 ID18; REU-00001 of ID8 2010-01-01 by ID10 ID8
            ID14 | StorageRule Copy of ID10; ACC-00002 of ID18 2027-01-01 by ID14 ID10 ID20 ID18; REU-00001 of ID8 2010-01-01 by ID14 ID10 ID8
            ID16 | ACC-00003 of ID16 2050-01-01 by ID16; ACC-00002 of SIP 2025-01-01 by ID16
            ID18 | ACC-00002 of ID18 2027-01-01 by ID18; ACC-00003 of ID16 2050-01-01 by ID18 ID16
            ID20 | ACC-00002 of ID18 2027-01-01 by ID20 ID18; DIS-00002 of ID20 2075-01-01 by ID20
            ID24 | ACC-00002 of ID24 2027-01-01 by ID24
            ID26 | ACC-00003 of ID26 2050-01-01 by ID26; ACC-00002 of ID24 2027-01-01 by ID26 ID24
            ID28 | ACC-00004 of ID28 never by ID28; ACC-00005 of ID28 2100-01-01 by ID28
            ID30 | ACC-00004 of ID30 never by ID30; ACC-00005 of ID28 2100-01-01 by ID30 ID28
            ID32 | ACC-00001 of ID32 2000-01-01 by ID32; DIS-00001 of ID32 2025-01-01 by ID32
            ID36 | ACC-00001 of ID32 2000-01-01 by ID36 ID32; DIS-00001 of ID32 2025-01-01 by ID36 ID32
            ID38 | ACC-00002 of SIP 2025-01-01 by ID38; DIS-00001 of ID38 2025-01-01 by ID38
            ID40 | ACC-00002 of SIP 2025-01-01 by ID40 ID38; DIS-00001 of ID38 2025-01-01 by ID40 ID38
            ID42 | ACC-00003 of ID42 2050-01-01 by ID42; DIS-00001 of ID38 2025-01-01 by ID42 ID40 ID38
            ID44 | ACC-00003 of ID42 2050-01-01 by ID44 ID42; DIS-00002 of ID44 2075-01-01 by ID44
            ID48 | ACC-00002 of ID48 2027-01-01 by ID48
            ID50 | STO-00001 of ID50 2001-01-01 by ID50; StorageRule Copy of ID50; APP-00002 of ID50 2005-01-01 by ID50; AppraisalRule Destroy of ID50; ACC-00003 of ID50 2050-01-01 by ID50; ACC-00002 of ID48 2027-01-01 by ID50 ID48; DIS-00001 of ID50 2025-01-01 by ID50; REU-00001 of ID50 2010-01-01 by ID50; CLASS-00001 of ID50 2030-01-01 by ID50
            ID52 | STO-00001 of ID50 2001-01-01 by ID52 ID50; StorageRule Copy of ID50; APP-00002 of ID50 2005-01-01 by ID52 ID50; AppraisalRule Destroy of ID50; ACC-00003 of ID50 2050-01-01 by ID52 ID50; ACC-00002 of ID52 2025-01-01 by ID52; DIS-00001 of ID50 2025-01-01 by ID52 ID50; DIS-00002 of ID52 unknown by ID52; REU-00001 of ID50 2010-01-01 by ID52 ID50; CLASS-00001 of ID50 2030-01-01 by ID52 ID50
            ID56 | STO-00001 of ID50 2001-01-01 by ID56 ID52 ID50; StorageRule Copy of ID50; APP-00002 of ID50 2005-01-01 by ID56 ID52 ID50; AppraisalRule Destroy of ID50; ACC-00003 of ID50 2050-01-01 by ID56 ID52 ID50; ACC-00002 of ID52 2025-01-01 by ID56 ID52; DIS-00001 of ID50 2025-01-01 by ID56 ID52 ID50; DIS-00002 of ID52 unknown by ID56 ID52; REU-00001 of ID50 2010-01-01 by ID56 ID52 ID50; CLASS-00001 of ID50 2030-01-01 by ID56 ID52 ID50
            ID58 | ACC-00003 of ID58 2050-01-01 by ID58; DIS-00001 of ID58 2025-01-01 by ID58; HOL-00001 of ID58 2001-01-01 by ID58; HOL-00002 of ID58 2010-01-01 by ID58; HOL-00004 of ID58 never by ID58
            ID60 | ACC-00004 of ID60 never by ID60; ACC-00003 of ID58 2050-01-01 by ID60 ID58; DIS-00001 of ID58 2025-01-01 by ID60 ID58; HOL-00001 of ID58 2001-01-01 by ID60 ID58; HOL-00002 of ID58 2010-01-01 by ID60 ID58; HOL-00004 of ID58 never by ID60 ID58
            ID70 | ACC-00001 of ID70 2000-01-01 by ID70; ACC-00003 of ID58 2050-01-01 by ID70 ID58; DIS-00001 of ID58 2025-01-01 by ID70 ID58; HOL-00001 of ID58 2001-01-01 by ID70 ID58; HOL-00004 of ID70 never by ID70
            ID62 | ACC-00003 of ID62 2052-01-01 by ID62; ACC-00004 of ID60 never by ID62 ID60; ACC-00001 of ID70 2000-01-01 by ID62 ID70; DIS-00001 of ID58 2025-01-01 by ID62 ID60 ID58; DIS-00001 of ID58 2025-01-01 by ID62 ID70 ID58; HOL-00001 of ID58 2001-01-01 by ID62 ID60 ID58; HOL-00001 of ID58 2001-01-01 by ID62 ID70 ID58; HOL-00002 of ID58 2010-01-01 by ID62 ID60 ID58; HOL-00004 of ID58 never by ID62 ID60 ID58; HOL-00004 of ID70 never by ID62 ID70
            ID64 | ACC-00003 of ID62 2052-01-01 by ID64 ID62; ACC-00004 of ID60 never by ID64 ID62 ID60; ACC-00001 of ID70 2000-01-01 by ID64 ID62 ID70; DIS-00001 of ID58 2025-01-01 by ID64 ID62 ID60 ID58; DIS-00001 of ID58 2025-01-01 by ID64 ID62 ID70 ID58; HOL-00001 of ID58 2001-01-01 by ID64 ID62 ID60 ID58; HOL-00001 of ID58 2001-01-01 by ID64 ID62 ID70 ID58; HOL-00002 of ID58 2010-01-01 by ID64 ID62 ID60 ID58; HOL-00004 of ID58 never by ID64 ID62 ID60 ID58; HOL-00004 of ID70 never by ID64 ID62 ID70
            ID68 | ACC-00003 of ID62 2052-01-01 by ID68 ID64 ID62; ACC-00004 of ID60 never by ID68 ID64 ID62 ID60; ACC-00001 of ID70 2000-01-01 by ID68 ID64 ID62 ID70; DIS-00001 of ID58 2025-01-01 by ID68 ID64 ID62 ID60 ID58; DIS-00001 of ID58 2025-01-01 by ID68 ID64 ID62 ID70 ID58; HOL-00001 of ID58 2001-01-01 by ID68 ID64 ID62 ID60 ID58; HOL-00001 of ID58 2001-01-01 by ID68 ID64 ID62 ID70 ID58; HOL-00002 of ID58 2010-01-01 by ID68 ID64 ID62 ID60 ID58; HOL-00004 of ID58 never by ID68 ID64 ID62 ID60 ID58; HOL-00004 of ID70 never by ID68 ID64 ID62 ID70
            ",
        );
    }
}

#[test]
fn holds_end_as_they_say_after_their_duration_or_never() {
    let Some(package) = sip("OK_HoldRules_vitam_dialect.zip") else { return };
    for house in houses() {
        import_rules(&house, RULES);
        let archive = house.accept(&package);
        assert_in_force(
            &house,
            archive,
            "
            ID01 |
            ID02 | APP-00002 of ID02 2005-01-01 by ID02; AppraisalRule Keep of ID02; HOL-00001 of ID02 2001-01-01 by ID02
            ID03 | HOL-00001 of ID03 never by ID03
            ID04 | HOL-00002 of ID04 2010-01-01 by ID04
            ID05 | APP-00002 of ID02 2005-01-01 by ID05 ID02; AppraisalRule Keep of ID02; HOL-00001 of ID02 2001-01-01 by ID05 ID02; HOL-00002 of ID05 never by ID05
            ID06 |
            ID07 |
            ID08 | HOL-00001 of ID08 2001-01-01 by ID08; HOL-00002 of ID08 2010-01-01 by ID08; HOL-00003 of ID08 never by ID08
            ",
        );
    }
}

/// The package with a complex tree, which says no rule itself, with some said: `(what stands before, what is put there)`.
fn said_in(package: &Path, said: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut archive = zip::ZipArchive::new(fs::File::open(package).unwrap()).unwrap();
    archive.extract(folder.path()).unwrap();
    let manifest = folder.path().join("manifest.xml");
    let mut text = fs::read_to_string(&manifest).unwrap();
    for (before, put) in said {
        assert_eq!(text.matches(before).count(), 1, "{before}");
        text = text.replacen(before, &format!("{before}{put}"), 1);
    }
    fs::write(manifest, text).unwrap();
    folder
}

#[test]
fn a_tree_with_two_ways_up_is_without_rules_until_both_ways_contradict_each_other() {
    let Some(package) = sip("OK_ARBO-COMPLEXE.zip") else { return };
    for house in houses() {
        import_rules(&house, RULES);
        let silent = house.accept(&package);
        assert_in_force(&house, silent, "ID3 |\nID4 |\nID8 |\nID10 |\nID14 |");

        let appraisal = |action| {
            format!(
                "<Management><AppraisalRule><Rule>APP-00001</Rule><StartDate>2016-02-29</StartDate>\
                 <FinalAction>{action}</FinalAction></AppraisalRule></Management>"
            )
        };
        let folder = said_in(
            &package,
            &[
                ("<ArchiveUnit id=\"ID4\">", &appraisal("Destroy")),
                ("<ArchiveUnit id=\"ID10\">", &appraisal("Keep")),
                ("<MessageIdentifier>", "Avec des règles. "),
                (
                    "<SubmissionAgencyIdentifier>Vitam</SubmissionAgencyIdentifier>",
                    "<AccessRule><Rule>ACC-00002</Rule><StartDate>2016-11-22</StartDate></AccessRule>",
                ),
            ],
        );
        let archive = house.accept(folder.path());
        assert_in_force(
            &house,
            archive,
            "
            ID3 | ACC-00002 of SIP 2041-11-22 by ID3
            ID4 | ACC-00002 of SIP 2041-11-22 by ID4 ID3; APP-00001 of ID4 2021-02-28 by ID4; AppraisalRule Destroy of ID4
            ID10 | ACC-00002 of SIP 2041-11-22 by ID10 ID3; APP-00001 of ID10 2021-02-28 by ID10; AppraisalRule Keep of ID10
            ID8 | ACC-00002 of SIP 2041-11-22 by ID8 ID4 ID3; ACC-00002 of SIP 2041-11-22 by ID8 ID10 ID3; APP-00001 of ID4 2021-02-28 by ID8 ID4; APP-00001 of ID10 2021-02-28 by ID8 ID10; AppraisalRule Destroy of ID4; AppraisalRule Keep of ID10
            ID14 | ACC-00002 of SIP 2041-11-22 by ID14 ID10 ID3; APP-00001 of ID10 2021-02-28 by ID14 ID10; AppraisalRule Keep of ID10
            ",
        );
        for (hit, (unit, rules)) in units(house.archive(), &house.actor, archive)
            .iter()
            .rev()
            .zip(house.archive().archive_rules(&house.may::<Read>(), archive).unwrap())
        {
            assert_eq!(hit.unit, unit);
            let action = rules.iter().find(|one| one.category == Category::Appraisal).map(|one| one.final_action());
            let expected = match hit.local_id.as_str() {
                "ID4" => Some(FinalAction::One("Destroy")),
                "ID10" | "ID14" => Some(FinalAction::One("Keep")),
                "ID8" => Some(FinalAction::Conflict),
                _ => None,
            };
            assert_eq!(action, expected, "{}", hit.local_id);
        }
        house.archive().compute_rules(&mut |_| {}).unwrap();
        assert_eq!(due(&house, "2021-02-28", None), ["ID10", "ID14", "ID4", "ID8"]);
        assert_eq!(due(&house, "2021-02-28", Some("CONFLICT")), ["ID8"]);
        assert_eq!(due(&house, "2021-02-28", Some("Destroy")), ["ID4"]);
        assert!(due(&house, "2021-02-27", None).is_empty());
    }
}

fn due_of(house: &House, category: Category, before: &str, rest: Criteria) -> Vec<String> {
    let due = Some(Due { category, before: before.parse().unwrap() });
    let criteria = Criteria { due, ..rest };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = house.archive().search(&house.may::<Read>(), &criteria, after, 2).unwrap();
        let cursors: Vec<i64> = page.hits.iter().map(|hit| hit.cursor.0).collect();
        assert!(cursors.is_sorted_by(|a, b| a > b) && after.is_none_or(|after| cursors.iter().all(|at| *at < after.0)));
        found.extend(page.hits.into_iter().map(|hit| hit.local_id));
        after = page.next;
        if after.is_none() {
            assert_eq!(u64::try_from(found.len()).unwrap(), page.total.counted);
            found.sort();
            return found;
        }
    }
}

/// The units due for their appraisal, by their identifier in the manifest.
fn due(house: &House, before: &str, final_action: Option<&str>) -> Vec<String> {
    let rest = Criteria { final_action: final_action.map(str::to_owned), ..Criteria::default() };
    due_of(house, Category::Appraisal, before, rest)
}

/// A small transfer of three units one below another, whose management the test writes.
fn transfer(message: &str, agency_rules: &str, [top, middle, bottom]: [&str; 3]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let content = |title| format!("<Content><DescriptionLevel>File</DescriptionLevel><Title>{title}</Title></Content>");
    let managed = |said: &str| if said.is_empty() { String::new() } else { format!("<Management>{said}</Management>") };
    let manifest = fs::read_to_string(silent().join("manifest.xml")).unwrap();
    let (before, rest) = manifest.split_once("<ArchiveUnit").unwrap();
    let after = &rest[rest.find("</DescriptiveMetadata>").unwrap()..];
    let units = format!(
        "<ArchiveUnit id=\"{message}-1\">{}{}<ArchiveUnit id=\"{message}-2\">{}{}<ArchiveUnit id=\"{message}-3\">{}{}\
         </ArchiveUnit></ArchiveUnit></ArchiveUnit>",
        managed(top),
        content("Dossier"),
        managed(middle),
        content("Chemise"),
        managed(bottom),
        content("Pièce"),
    );
    let text = format!("{before}{units}{after}").replace("SLB-PLAN", message);
    let header = "<SubmissionAgencyIdentifier>SLB-SECRETARIAT</SubmissionAgencyIdentifier>";
    assert!(text.contains(header));
    fs::write(folder.path().join("manifest.xml"), text.replace(header, &format!("{header}{agency_rules}"))).unwrap();
    folder
}

/// The fixture that has units and nothing else.
fn silent() -> PathBuf {
    fixtures::accepted().into_iter().find(|fixture| fixture.name.contains("sans_objet")).unwrap().path
}

const FIVE_YEARS: &str = "<AppraisalRule><Rule>APP-00001</Rule><StartDate>2010-01-01</StartDate>\
    <FinalAction>Destroy</FinalAction></AppraisalRule>";

fn attached(unit: UnitId) -> String {
    format!("<UpdateOperation><SystemId>{unit}</SystemId></UpdateOperation>")
}

fn unit_named(house: &House, archive: ArchiveId, local_id: &str) -> UnitId {
    units(house.archive(), &house.actor, archive).iter().find(|hit| hit.local_id == local_id).unwrap().unit
}

/// Computes whatever waits.
fn computed(house: &House) -> Computed {
    let computed = house.archive().compute_rules(&mut |_| {}).unwrap();
    assert_eq!((computed.waiting, house.archive().waiting_for_rules().unwrap()), (0, 0));
    computed
}

#[test]
fn a_changed_rule_reaches_what_lies_below_in_other_archives_and_nothing_else() {
    for house in houses() {
        import_rules(&house, RULES);
        let above = house.accept(transfer("HAUT", "", [FIVE_YEARS, "", ""]).path());
        let attached = attached(unit_named(&house, above, "HAUT-2"));
        let below = house.accept(transfer("BAS", "", [&attached, "", ""]).path());
        let under = self::attached(unit_named(&house, below, "BAS-3"));
        house.accept(transfer("FOND", "", [&under, "", ""]).path());
        house.accept(transfer("LOIN", "", ["", "", ""]).path());
        assert_eq!(computed(&house).archives, 4);
        assert_eq!(computed(&house), Computed::default());
        let all = ["BAS-1", "BAS-2", "BAS-3", "FOND-1", "FOND-2", "FOND-3", "HAUT-1", "HAUT-2", "HAUT-3"];
        assert_eq!(due(&house, "2015-01-01", None), all);
        assert!(due(&house, "2014-12-31", None).is_empty());

        // Only the archive above uses the rule: the other two inherit it.
        import_rules(
            &house,
            &RULES.replace("APP-00001,AppraisalRule,Cinq ans,,5", "APP-00001,AppraisalRule,Dix ans,,10"),
        );
        assert_eq!(computed(&house).archives, 3);
        assert!(due(&house, "2019-12-31", None).is_empty());
        assert_eq!(due(&house, "2020-01-01", Some("Destroy")), all);
        assert!(due(&house, "2020-01-01", Some("Keep")).is_empty());

        // A text that changes moves no end.
        import_rules(
            &house,
            &RULES.replace("APP-00001,AppraisalRule,Cinq ans,,5", "APP-00001,AppraisalRule,Une décennie,,10"),
        );
        assert_eq!(computed(&house), Computed::default());
    }
}

#[test]
fn due_units_are_found_together_with_words_archives_and_roots() {
    for house in houses() {
        import_rules(&house, RULES);
        let access = "<AccessRule><Rule>ACC-00002</Rule><StartDate>1990-06-01</StartDate></AccessRule>";
        let longer = "<AppraisalRule><Rule>APP-00002</Rule><StartDate>2014-01-01</StartDate>\
            <FinalAction>Destroy</FinalAction></AppraisalRule>";
        let one = house.accept(transfer("UN", access, [FIVE_YEARS, "", longer]).path());
        house.accept(transfer("DEUX", "", [FIVE_YEARS, "", ""]).path());
        computed(&house);
        assert_eq!(due(&house, "2015-01-01", None), ["DEUX-1", "DEUX-2", "DEUX-3", "UN-1", "UN-2"]);
        assert_eq!(due(&house, "2019-01-01", None), ["DEUX-1", "DEUX-2", "DEUX-3", "UN-1", "UN-2", "UN-3"]);
        let with = |rest| due_of(&house, Category::Appraisal, "2015-01-01", rest);
        assert_eq!(with(Criteria { text: "chemise".to_owned(), ..Criteria::default() }), ["DEUX-2", "UN-2"]);
        assert_eq!(with(Criteria { archive: Some(one), ..Criteria::default() }), ["UN-1", "UN-2"]);
        assert_eq!(with(Criteria { roots_only: true, ..Criteria::default() }), ["DEUX-1", "UN-1"]);
        let open = due_of(&house, Category::Access, "2015-06-01", Criteria::default());
        assert_eq!(open, ["UN-1", "UN-2", "UN-3"]);
        assert!(due_of(&house, Category::Access, "2015-05-31", Criteria::default()).is_empty());
        let neighbour = house.neighbour();
        let criteria = Criteria {
            due: Some(Due { category: Category::Appraisal, before: "2099-01-01".parse().unwrap() }),
            ..Criteria::default()
        };
        let page = house.archive().search(&neighbour.mandate::<Read>().unwrap(), &criteria, None, 10).unwrap();
        assert!(page.hits.is_empty() && page.total.counted == 0);
    }
}

#[test]
fn a_rule_in_use_does_not_leave_and_one_that_is_not_may() {
    for house in houses() {
        import_rules(&house, RULES);
        house.accept(transfer("UN", "", [FIVE_YEARS, "", ""]).path());
        let import = |rules: &str| {
            let csv = format!("{HEADER}\n{}\n", rules.trim());
            let by = house.may::<Administer>();
            house.archive().import(&by, Referential::Rules, csv.as_bytes(), Notation::Csv).unwrap()
        };
        let without = |id: &str| RULES.lines().filter(|line| !line.starts_with(id)).collect::<Vec<_>>().join("\n");
        let faults = import(&without("APP-00001")).unwrap_err();
        assert_eq!(faults.len(), 1);
        let told = faults[0].to_string();
        assert!(told.starts_with("la règle « APP-00001 » manque à ce fichier, mais une unité"), "{told}");
        assert!(told.contains("« Dossier »"), "{told}");
        assert_eq!(house.archive().rules(&house.may::<Read>()).unwrap().len(), 16);
        assert_eq!(import(&without("REU-00001")).unwrap().version, 2);
        assert_eq!(house.archive().rules(&house.may::<Read>()).unwrap().len(), 15);
    }
}

#[test]
fn before_any_referential_nothing_is_due_and_the_import_makes_it_so() {
    for house in houses() {
        house.accept(transfer("UN", "", [FIVE_YEARS, "", ""]).path());
        computed(&house);
        assert!(due(&house, "9999-12-31", None).is_empty());
        import_rules(&house, RULES);
        assert_eq!(computed(&house).archives, 1);
        assert_eq!(due(&house, "2015-01-01", None), ["UN-1", "UN-2", "UN-3"]);
    }
}

#[test]
fn the_delays_of_the_code_du_patrimoine_are_added_beside_what_is_there() {
    for house in houses() {
        import_rules(&house, "AR048,AccessRule,À nous,,60,Year\nAPP-00001,AppraisalRule,Cinq ans,,5,Year");
        let (by, may) = (house.may::<Administer>(), house.may::<Read>());
        let added = house.archive().add_delays(&by, &may).unwrap().unwrap();
        assert_eq!((added.added.len(), added.kept), (24, vec!["AR048"]));
        let rules = house.archive().rules(&may).unwrap();
        assert_eq!(rules.len(), 26);
        assert_eq!(rules.iter().find(|rule| rule.identifier == "AR048").unwrap().value, "À nous");
        let again = house.archive().add_delays(&by, &may).unwrap().unwrap();
        assert_eq!((again.edition, again.added.len(), again.kept.len()), (None, 0, 25));
    }
}

#[test]
fn a_round_computes_what_waits() {
    for house in houses() {
        import_rules(&house, RULES);
        house.accept(transfer("UN", "", [FIVE_YEARS, "", ""]).path());
        assert_eq!(house.archive().waiting_for_rules().unwrap(), 17);
        house.archive().round(0);
        assert_eq!(house.archive().waiting_for_rules().unwrap(), 0);
        assert_eq!(due(&house, "2015-01-01", None), ["UN-1", "UN-2", "UN-3"]);
    }
}

#[test]
fn an_index_that_is_lost_is_computed_again_to_the_same() {
    for house in houses() {
        import_rules(&house, RULES);
        let above = house.accept(transfer("HAUT", "", [FIVE_YEARS, "", ""]).path());
        let attached = attached(unit_named(&house, above, "HAUT-2"));
        house.accept(transfer("BAS", "", [&attached, "", ""]).path());
        computed(&house);
        let tables = ["due", "beneath", "stale", "changed_rules"];
        let before: Vec<_> =
            house.store().dump().unwrap().into_iter().filter(|(t, _)| tables.contains(&t.as_str())).collect();
        for table in tables {
            house.execute(&format!("DELETE FROM {table}"));
        }
        house.execute("INSERT INTO stale SELECT tenant, id, 1, true FROM archives");
        assert_eq!(computed(&house).archives, 2);
        let after: Vec<_> =
            house.store().dump().unwrap().into_iter().filter(|(t, _)| tables.contains(&t.as_str())).collect();
        assert_eq!(before, after);
    }
}
