//! Reports and attestations from the command line.

use super::*;

#[test]
fn a_report_and_an_attestation_are_written_and_an_altered_copy_changes_the_exit_status() {
    let desk = Desk::open();
    let deposited = desk.line(&["deposit", &fixture(LIBRARY)]);
    let archive = deposited["archive"].as_str().unwrap();
    let transfer = desk.lines(&["transfers"]).remove(0);
    let (report, attestation) = (desk.path("rapport.pdf"), desk.path("depot.pdf"));
    let said = desk.does(&["integrity", archive, "--pdf", &report]).ends_with(0).data;
    assert!(said.contains("intègre") && said.contains("Ce que ce rapport ne prouve pas"), "{said}");
    desk.does(&["attest", "deposit", transfer["transfer"].as_str().unwrap(), "--out", &attestation]).ends_with(0);
    for paper in [&report, &attestation] {
        assert!(fs::read(paper).unwrap().starts_with(b"%PDF-"));
    }
    assert_eq!(desk.line(&["integrity", archive])["verdict"], "intact");
    desk.does(&["integrity", "x"]).ends_with(1);
    desk.does(&["attest", "deposit", "x", "--out", &attestation]).ends_with(1);
    let copy = copies(&desk.data().join("volumes"), archive).remove(0);
    fs::rename(&copy, copy.with_extension("away")).unwrap();
    let said = desk.does(&["integrity", archive]).ends_with(1).data;
    assert!(said.contains("absente"), "{said}");
}

/// The folders of an archive's copies.
fn copies(folder: &Path, archive: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let below =
        |path: PathBuf| if path.ends_with(format!("{archive}.1")) { vec![path] } else { copies(&path, archive) };
    entries.flat_map(below).collect()
}
