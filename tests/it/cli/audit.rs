//! `audit`: what is bad is made again, what cannot be is the exit status, and coverage is told.

use super::*;

/// A content file of the only archive on one volume.
fn content(desk: &Desk, volume: &str, archive: &str) -> PathBuf {
    let tuple = |from: usize| &archive[from..from + 4];
    let folder = format!("volumes/{volume}/ocfl/principal/{}/{}/{archive}.1/v1/content", tuple(0), tuple(4));
    let mut files: Vec<PathBuf> =
        fs::read_dir(desk.data().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.remove(0)
}

fn spoil(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    bytes.push(b'x');
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_bad_copy_is_made_again_and_two_bad_copies_are_the_exit_status() {
    let desk = Desk::open();
    let deposited = desk.line(&["deposit", &fixture(LIBRARY)]);
    let archive = deposited["archive"].as_str().unwrap();
    let never = desk.lines(&["audit", "--coverage"]);
    assert!(never.iter().all(|row| row["never"] == row["objects"] && row["oldest"].is_null()), "{never:?}");
    let [a, b] = ["a", "b"].map(|volume| content(&desk, volume, archive));

    spoil(&a);
    let pass = desk.line(&["audit", "--rate", "0"]);
    assert_eq!(keys(&pass), ["busy", "bytes", "copies", "findings", "repaired", "unrepaired", "volumes"]);
    assert_eq!((pass["repaired"].as_u64(), pass["unrepaired"].as_u64()), (Some(1), Some(0)));
    assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
    let rest = desk.line(&["audit"]);
    assert!(rest["volumes"].as_array().unwrap().iter().all(|volume| volume["ended"] == "resting"), "{rest}");
    assert!(desk.lines(&["audit", "--coverage"]).iter().all(|row| row["never"] == 0 && row["bad"] == 0));

    spoil(&a);
    spoil(&b);
    let said = desk.does(&["audit", "--now", "--rate", "0"]).ends_with(1);
    assert!(said.data.contains("PERDUE") && said.data.contains("2\u{a0}n’ont pas pu l’être"), "{}", said.data);
    desk.does(&["audit", "--coverage"]).ends_with(1);
    desk.does(&["audit", "--volume", "3"]).ends_with(2);
    desk.does(&["audit", "--tenant", "ailleurs"]).ends_with(1);
}
