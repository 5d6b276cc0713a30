//! The whole walk of an archive, from `init` to `rebuild`.

use super::*;

#[test]
fn what_is_deposited_is_found_given_back_delivered_and_rebuilt() {
    let desk = Desk::open();
    let deposited = desk.line(&["deposit", &fixture(LIBRARY)]);
    assert_eq!(keys(&deposited), ["archive", "findings", "package", "status", "totals", "transfer", "verdict"]);
    assert_eq!((&deposited["verdict"], &deposited["status"]), (&"accepted".into(), &"accepted".into()));
    let archive = deposited["archive"].as_str().unwrap();

    let found = desk.lines(&["search", "bibliotheque", "subventions"]);
    assert_eq!(found.len(), 1);
    assert!(found[0]["title"].as_str().unwrap().contains("bibliothèque Marguerite-Audoux"));
    assert_eq!(found[0]["archive"], archive);
    let unit = found[0]["unit"].as_str().unwrap();

    let given = desk.path("given");
    desk.does(&["get", archive, "--out", &given]).ends_with(0);
    assert_same_folders(Path::new(&given), Path::new(&fixture(LIBRARY)));
    desk.does(&["get", archive, "--out", &given]).ends_with(1);

    let delivery = desk.path("delivery.zip");
    let told = desk.line(&["deliver", unit, "--descendants", "--form", "transfer", "--out", &delivery]);
    assert_eq!((told["units"].as_u64(), told["objects"].as_u64()), (Some(5), Some(4)));
    desk.does(&["tenant", "create", "second"]).ends_with(0);
    let elsewhere = desk.line(&["--tenant", "second", "deposit", &delivery]);
    assert_eq!(elsewhere["verdict"], "accepted");

    let before = everything(&desk);
    let volume = desk.data().join("volumes/b").display().to_string();
    desk.does(&["rebuild", "--from", &volume]).ends_with(0);
    assert_eq!(everything(&desk), before);
    assert!(desk.line(&["verify", "--tenant", "second"])["whole"].as_bool().unwrap());
}

#[test]
fn one_object_comes_back_bit_for_bit_on_standard_output() {
    let desk = Desk::open();
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let units = desk.lines(&["search", "annexe", "2", "2026-042"]);
    let shown = desk.line(&["show", units[0]["unit"].as_str().unwrap()]);
    let object = shown["objects"].as_array().unwrap().first().unwrap_or_else(|| panic!("{shown}"));
    let (id, name) = (object["object"].as_str().unwrap(), object["name"].as_str().unwrap());
    let kept = desk.path("object");
    desk.does(&["get", id, "--out", &kept]).ends_with(0);
    assert_eq!(fs::read(&kept).unwrap(), fs::read(Path::new(&fixture(LIBRARY)).join(name)).unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_cartulaire"));
    let raw = command.arg("--data").arg(desk.data()).args(["get", id]).output().unwrap();
    assert_eq!(raw.stdout, fs::read(&kept).unwrap());
}

#[test]
fn the_same_deposit_twice_gets_one_answer_and_another_under_its_name_is_refused() {
    let desk = Desk::open();
    let first = desk.line(&["deposit", &fixture(LIBRARY)]);
    assert_eq!(desk.line(&["deposit", &fixture(LIBRARY)]), first);

    let changed = desk.path("changed");
    copy_folder(Path::new(&fixture(LIBRARY)), Path::new(&changed));
    let manifest = Path::new(&changed).join("manifest.xml");
    let text = fs::read_to_string(&manifest).unwrap().replace("<Comment>", "<Comment>Autre. ");
    fs::write(&manifest, text).unwrap();
    let said = desk.does(&["--json", "deposit", &changed]).ends_with(1);
    let conflict = said.lines().remove(0);
    assert_eq!(conflict["verdict"], "refused");
    assert_eq!(conflict["findings"][0]["code"], "TRANSFER_CONFLICT");
    assert_eq!(conflict["transfer"], first["transfer"]);
    assert_eq!(desk.lines(&["transfers"]).len(), 1);
}

#[test]
fn several_deposits_at_once_are_answered_in_order_and_their_replies_can_be_read() {
    let desk = Desk::open();
    let packages = [
        "accepted/budget_xml",
        WRONG_DIGEST,
        LIBRARY,
        "accepted/arborescence_cinq_niveaux",
        "accepted/noms_de_fichiers",
    ]
    .map(fixture);
    let arguments: Vec<&str> =
        ["--json", "deposit", "--jobs", "3"].into_iter().chain(packages.iter().map(String::as_str)).collect();
    let lines = desk.does(&arguments).ends_with(1).lines();
    assert_eq!(lines.iter().map(|line| line["package"].as_str().unwrap()).collect::<Vec<_>>(), packages);
    assert!(lines[1].get("archive").is_none() && lines[1]["status"] == "refused", "{}", lines[1]);
    let reply = desk.does(&["show", "--xml", lines[1]["transfer"].as_str().unwrap()]).ends_with(0).data;
    assert!(reply.contains("<ArchiveTransferReply") && reply.contains("CHECK_DIGEST.INVALID"), "{reply}");
    let manifest = desk.does(&["show", "--xml", lines[2]["archive"].as_str().unwrap()]).ends_with(0).data;
    assert_eq!(manifest, fs::read_to_string(Path::new(&fixture(LIBRARY)).join("manifest.xml")).unwrap());
    assert_eq!(desk.lines(&["transfers", "--status", "refused"]).len(), 1);
    assert_eq!(desk.lines(&["transfers"]).len(), 5);

    let names = desk.path("names");
    desk.does(&["get", lines[4]["archive"].as_str().unwrap(), "--out", &names]).ends_with(0);
    assert_same_folders(Path::new(&names), Path::new(&packages[4]));
}

#[test]
fn an_empty_search_gives_every_unit_and_criteria_narrow_it() {
    let desk = Desk::open();
    desk.does(&["deposit", &fixture(LIBRARY), &fixture("accepted/arborescence_cinq_niveaux")]).ends_with(0);
    let all = desk.lines(&["search"]);
    let archives: std::collections::BTreeSet<&str> = all.iter().map(|unit| unit["archive"].as_str().unwrap()).collect();
    assert_eq!(archives.len(), 2);
    let counted: u64 = archives.iter().map(|archive| desk.line(&["show", archive])["units"].as_u64().unwrap()).sum();
    assert_eq!(u64::try_from(all.len()).unwrap(), counted);
    assert_eq!(desk.lines(&["search", "--limit", "3"]).as_slice(), &all[..3]);
    let whole = "099-219900000-20261104-2026-042-DE";
    assert!(!desk.lines(&["search", "--identifier", whole]).is_empty());
    assert!(desk.lines(&["search", "--identifier", "099-219900000"]).is_empty(), "an identifier is matched whole");
    assert_eq!(desk.lines(&["search", "--roots"]).len(), 2);
    assert!(desk.lines(&["search", "--until", "1900-01-01"]).is_empty());
    let act = desk.lines(&["search", "--identifier", whole]).remove(0);
    let archive = act["archive"].as_str().unwrap();
    let within = desk.lines(&["search", "--archive", archive]);
    assert!(!within.is_empty() && within.len() < all.len());
    assert!(within.iter().all(|unit| unit["archive"] == archive));
}

/// Every unit, transfer, referential and archive that the catalog knows, in both tenants.
fn everything(desk: &Desk) -> Vec<Vec<Value>> {
    ["principal", "second"]
        .into_iter()
        .flat_map(|tenant| {
            [["--tenant", tenant, "search"], ["--tenant", tenant, "transfers"], ["--tenant", tenant, "tenants"]]
                .map(|arguments| desk.lines(&arguments))
        })
        .collect()
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push((path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

#[track_caller]
fn assert_same_folders(one: &Path, other: &Path) {
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (one, other) = (files(one), files(other));
    assert_eq!(names(&one), names(&other));
    assert!(one == other, "a file's bytes differ");
}

fn copy_folder(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
