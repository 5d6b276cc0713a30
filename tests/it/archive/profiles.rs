//! Archival profiles: imported, kept, asked where an agreement names them, told in French where a transfer does not
//! follow.
//!
//! ```text
//! agreement names P ─ no P ─► refused ─ import P ─► followed ─ stricter P ─► refused, element by element
//! ```

use std::{fs, path::PathBuf};

use cartulaire::{
    archive::examine::Examination,
    domain::{
        check::{Finding, Outcome},
        mandate::{Administer, Deposit, Read},
        profile::{Language, Profile},
    },
    package::open::Source,
};

use crate::{
    archive::{House, houses, referentials::import_all},
    fixtures,
};

/// The profile that the fixtures' agreement `PROFIL` asks for.
const ASKED: &str = "PROFIL-ACTES-2026";

/// A grammar for transfers in SEDA 2.2 whose first unit is of this level.
fn grammar(level: &str) -> String {
    format!(
        "<grammar xmlns='http://relaxng.org/ns/structure/1.0' ns='fr:gouv:culture:archivesdefrance:seda:v2.2'>
          <start><element name='ArchiveTransfer'>
            <zeroOrMore><element><anyName><except><name>DataObjectPackage</name></except></anyName><ref name='any'/></element></zeroOrMore>
            <element name='DataObjectPackage'>
              <zeroOrMore><element name='DataObjectGroup'><ref name='any'/></element></zeroOrMore>
              <element name='DescriptiveMetadata'><element name='ArchiveUnit'><attribute name='id'/>
                <optional><element name='Management'><ref name='any'/></element></optional>
                <element name='Content'><element name='DescriptionLevel'><value>{level}</value></element>
                  <element name='Title'><text/></element><ref name='any'/></element>
                <ref name='any'/></element></element>
              <element name='ManagementMetadata'><ref name='any'/></element></element>
            <ref name='any'/></element></start>
          <define name='any'><zeroOrMore><choice><attribute><anyName/></attribute><text/>
            <element><anyName/><ref name='any'/></element></choice></zeroOrMore></define></grammar>"
    )
}

/// A schema that knows the root's name and nothing below, or wants another root.
fn schema(root: &str) -> String {
    format!(
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' elementFormDefault='qualified'
          targetNamespace='fr:gouv:culture:archivesdefrance:seda:v2.2'><xs:element name='{root}'><xs:complexType>
          <xs:sequence><xs:any processContents='skip' minOccurs='0' maxOccurs='unbounded'/></xs:sequence>
          </xs:complexType></xs:element></xs:schema>"
    )
}

fn import(house: &House, identifier: &str, file: &str, text: &str) -> Result<Profile, String> {
    let files = [(file.to_owned(), text.as_bytes().to_vec())];
    house.archive().import_profile(&house.may::<Administer>(), identifier, &files).unwrap()
}

/// Imports two profiles, the first one twice.
pub fn import_some(house: &House) {
    import(house, ASKED, "actes.rng", &grammar("Item")).unwrap();
    import(house, "AUTRE profil « été »", "autre.xsd", &schema("ArchiveTransfer")).unwrap();
    import(house, ASKED, "actes.rng", &grammar("File")).unwrap();
}

/// A transfer under the agreement that asks for the profile, and that names it.
fn transfer(house: &House) -> PathBuf {
    let folder = house.data.parent().unwrap().join("versement");
    let package =
        fixtures::refused_with_referentials().into_iter().find(|one| one.name.ends_with("DIFF__autre_profil"));
    for (name, bytes) in fixtures::files(&package.unwrap().path) {
        let path = folder.join(&name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = String::from_utf8_lossy(&bytes).replace("PROFIL-BUDGET-2026", ASKED);
        fs::write(path, if name == "manifest.xml" { text.into_bytes() } else { bytes }).unwrap();
    }
    folder
}

fn examine(house: &House, folder: &std::path::Path) -> Examination {
    house.archive().examine(&house.may::<Deposit>(), Source::Folder(folder.to_owned()), &mut |_| {}).unwrap()
}

fn refusals(examination: &Examination) -> Vec<&Finding> {
    examination.report.findings().iter().filter(|finding| finding.outcome == Outcome::Ko).collect()
}

#[test]
fn an_agreement_that_names_a_profile_makes_transfers_follow_it() {
    for house in houses() {
        import_all(&house);
        let package = transfer(&house);

        let absent = examine(&house, &package);
        let told = refusals(&absent);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].code, "CHECK_HEADER.CHECK_IC_AP_RELATION.UNKNOWN");
        assert!(told[0].message.contains(ASKED), "{told:?}");

        import(&house, ASKED, "actes.rng", &grammar("File")).unwrap();
        let followed = examine(&house, &package);
        assert!(followed.report.passes(), "{:?}", refusals(&followed));
        assert!(followed.report.findings().iter().all(|finding| !finding.code.ends_with("CHECK_ARCHIVEPROFILE")));

        import(&house, ASKED, "actes.rng", &grammar("Fonds")).unwrap();
        let broken = examine(&house, &package);
        let told = refusals(&broken);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].code, "CHECK_HEADER.CHECK_ARCHIVEPROFILE");
        assert_eq!(
            told[0].message.replace('\u{a0}', " "),
            "Dans l’unité d’archives « Arrêté de circulation n° 2026-205 » : La valeur « File » ne convient pas à l’élément \
             « DescriptionLevel » : le profil impose « Fonds »."
        );
        assert!(
            told[0].place.starts_with("/ArchiveTransfer/DataObjectPackage/DescriptiveMetadata/ArchiveUnit/Content")
        );
        assert!(matches!(
            house.settle(&package).transfer.status,
            cartulaire::domain::transfer::TransferStatus::Refused { .. }
        ));
    }
}

#[test]
fn a_profile_may_be_a_schema() {
    for house in houses() {
        import_all(&house);
        let package = transfer(&house);
        import(&house, ASKED, "actes.xsd", &schema("ArchiveTransfer")).unwrap();
        assert!(examine(&house, &package).report.passes());
        import(&house, ASKED, "actes.xsd", &schema("Transfert")).unwrap();
        let broken = examine(&house, &package);
        let told = refusals(&broken);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].code, "CHECK_HEADER.CHECK_ARCHIVEPROFILE");
    }
}

#[test]
fn a_profile_comes_back_as_it_was_given_and_a_wrong_one_changes_nothing() {
    for house in houses() {
        import_some(&house);
        let by = house.may::<Read>();
        let all = house.archive().profiles(&by).unwrap();
        let listed: Vec<_> = all.iter().map(|one| (one.identifier.as_str(), one.language, one.version)).collect();
        assert_eq!(listed, [("AUTRE profil « été »", Language::XmlSchema, 2), (ASKED, Language::RelaxNg, 3)]);
        for wrong in ["<grammar xmlns='http://relaxng.org/ns/structure/1.0'/>", "<a/>", ""] {
            assert!(import(&house, ASKED, "actes.rng", wrong).unwrap_err().ends_with('.'));
        }
        assert!(import(&house, " ", "actes.rng", &grammar("File")).unwrap_err().contains("identifiant"));
        assert!(import(&house, ASKED, "../actes.rng", &grammar("File")).unwrap_err().contains("nom de fichier"));
        assert_eq!(house.archive().profiles(&by).unwrap(), all);
        let files = house.archive().export_profile(&by, ASKED).unwrap().unwrap();
        assert_eq!(files, [("actes.rng".to_owned(), grammar("File").into_bytes())]);
        assert!(house.archive().export_profile(&by, "INCONNU").unwrap().is_none());
        let house = house.reopened();
        assert_eq!(house.archive().profiles(&house.may::<Read>()).unwrap(), all);
    }
}

#[test]
fn a_neighbour_sees_no_profile_of_ours() {
    for house in houses() {
        import_some(&house);
        let neighbour = house.neighbour();
        let by = neighbour.mandate::<Read>().unwrap();
        assert!(house.archive().profiles(&by).unwrap().is_empty());
        assert!(house.archive().export_profile(&by, ASKED).unwrap().is_none());
    }
}

#[test]
fn a_blank_test_by_a_given_profile_overrides_the_agreement() {
    use cartulaire::archive::examine::profile::Profile;
    for house in houses() {
        import_all(&house);
        import(&house, ASKED, "actes.rng", &grammar("Fonds")).unwrap();
        let package = transfer(&house);
        let given = Profile::compile("essai", &[("essai.rng".to_owned(), grammar("File").into_bytes())]).unwrap();
        let source = || Source::Folder(package.clone());
        let by = house.may::<Deposit>();
        let by_given = house.archive().examine_by(&by, source(), Some(&given), &mut |_| {}).unwrap();
        assert!(by_given.report.passes(), "{:?}", refusals(&by_given));
        assert!(!house.archive().examine(&by, source(), &mut |_| {}).unwrap().report.passes());
    }
}
