//! Profiles on the command line: imported, listed, given back, and tried on packages without any installation.

use super::*;

const LAX: &str = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><start><element><anyName/><ref name='any'/></element></start>\
    <define name='any'><zeroOrMore><choice><attribute><anyName/></attribute><text/><element><anyName/><ref name='any'/>\
    </element></choice></zeroOrMore></define></grammar>";

#[test]
fn a_profile_is_imported_listed_and_given_back() {
    let desk = Desk::open();
    let (lax, wrong) = (desk.path("lax.rng"), desk.path("wrong.rng"));
    fs::write(&lax, LAX).unwrap();
    fs::write(&wrong, LAX.replace("'any'/>", "'aucun'/>")).unwrap();
    let told = desk.line(&["profile", "import", "ACTES v3", &lax]);
    assert_eq!((told["identifier"].as_str(), told["language"].as_str()), (Some("ACTES v3"), Some("rng")));
    assert_eq!(keys(&told), ["files", "identifier", "imported_at", "language", "version"]);
    let refused = desk.does(&["profile", "import", "ACTES v3", &wrong]).ends_with(1);
    assert!(refused.data.contains("wrong.rng, ligne 1 : « aucun » n’est pas défini."), "{}", refused.data);
    assert_eq!(desk.lines(&["profile", "list"]), [told]);
    assert_eq!(desk.does(&["profile", "export", "ACTES v3"]).ends_with(0).data, LAX);
    desk.does(&["profile", "export", "ACTES v3", "--to", &desk.path("out")]).ends_with(0);
    assert_eq!(fs::read_to_string(desk.room.path().join("out/lax.rng")).unwrap(), LAX);
    desk.does(&["profile", "export", "INCONNU"]).ends_with(1);
    desk.does(&["profile", "import", "ACTES v3", &desk.path("absent.rng")]).ends_with(2);
}

#[test]
fn a_blank_test_follows_the_profile_that_it_is_given() {
    let room = tempfile::tempdir().unwrap();
    let (lax, strict) = (room.path().join("lax.rng"), room.path().join("strict.rng"));
    fs::write(&lax, LAX).unwrap();
    fs::write(&strict, LAX.replace("<anyName/><ref", "<name>Bordereau</name><ref")).unwrap();
    let library = fixture(LIBRARY);
    let by = |profile: &Path| cartulaire(&["--json", "examine", "--profile", profile.to_str().unwrap(), &library]);
    by(&lax).ends_with(0);
    let refused = by(&strict).ends_with(1).lines().remove(0);
    assert_eq!(refused["totals"]["CHECK_HEADER.CHECK_ARCHIVEPROFILE"], 1);
    by(&room.path().join("absent.rng")).ends_with(2);
}
