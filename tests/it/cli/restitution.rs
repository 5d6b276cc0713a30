//! `restitute`: a folder, taken up; a file; the standard output; and what is refused.

use super::*;

#[test]
fn a_tenant_is_given_back_as_a_folder_and_as_streams_and_verified() {
    let desk = Desk::open();
    desk.line(&["deposit", &fixture(LIBRARY)]);
    let (folder, zip, tar) = (desk.path("rendu"), desk.path("rendu.zip"), desk.path("rendu.tar"));
    let given = desk.line(&["restitute", "--out", &folder]);
    assert_eq!(
        keys(&given),
        [
            "already",
            "archives",
            "bytes",
            "log_size",
            "made_at",
            "objects",
            "out",
            "restitution",
            "resumed",
            "sha512",
            "tenant",
            "time_stamp_missing",
            "units"
        ]
    );
    assert_eq!((given["archives"].as_u64(), given["resumed"].as_bool()), (Some(1), Some(false)));
    assert!(Path::new(&folder).join("index.html").exists());
    let verified = cartulaire(&["verify", &folder]).ends_with(0);
    assert!(verified.data.contains("intact"), "{}", verified.data);
    assert_eq!(desk.line(&["restitute", "--out", &folder])["already"], true);
    let said = desk.does(&["restitute", "--out", &folder]).ends_with(0).data;
    assert!(said.contains("déjà entière"), "{said}");

    desk.line(&["restitute", "--out", &zip, "--format", "zip"]);
    desk.line(&["restitute", "--out", &tar, "--format", "tar"]);
    assert!(fs::read(&zip).unwrap().starts_with(b"PK"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_cartulaire"));
    let output = command.arg("--data").arg(desk.data()).args(["restitute", "--out", "-"]).output().unwrap();
    assert!(output.status.success());
    let unpacked = desk.path("flux");
    tar::Archive::new(output.stdout.as_slice()).unpack(&unpacked).unwrap();
    cartulaire(&["verify", &unpacked]).ends_with(0);

    fs::write(Path::new(&folder).join("kit/verifier.py"), "autre chose").unwrap();
    cartulaire(&["verify", &folder]).ends_with(1);
}

#[test]
fn what_cannot_be_done_is_said_and_leaves_nothing() {
    let desk = Desk::open();
    let foreign = desk.path("autre");
    fs::create_dir(&foreign).unwrap();
    fs::write(Path::new(&foreign).join("a"), "à moi").unwrap();
    let said = desk.does(&["restitute", "--out", &foreign]).ends_with(1).notes;
    assert!(said.contains("contient autre chose"), "{said}");
    desk.does(&["restitute", "--out", "-", "--format", "folder"]).ends_with(2);
    desk.does(&["restitute", "--out", &desk.path("x"), "--format", "rar"]).ends_with(2);
    desk.does(&["restitute"]).ends_with(2);
    desk.does(&["--tenant", "absent", "restitute", "--out", &desk.path("x")]).ends_with(1);
    desk.does(&["tenant", "create", "voisine", "--name", "Voisine", "--agency", "V"]);
    let said = desk.does(&["restitute", "--out", &desk.path("x")]);
    if said.status == 1 {
        assert!(said.notes.contains("Plusieurs services"), "{}", said.notes);
    }
    cartulaire(&["verify", &foreign]).ends_with(1);
}
