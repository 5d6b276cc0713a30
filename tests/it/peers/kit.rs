//! The dependency-free verifier of the kit, tried by a stranger's program: vectors of the standards, and volumes made,
//! altered and forged by code that is not ours and by `openssl`.

use std::{io, path::Path, process::Command};

#[test]
fn the_verifier_finds_each_alteration_of_a_volume_and_names_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (program, argument) in [("python3", "--version"), ("openssl", "version")] {
        match Command::new(program).arg(argument).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                println!("skipped: {program} is not installed");
                return;
            }
            other => assert!(other.unwrap().status.success(), "{program} does not run"),
        }
    }
    let output = Command::new("python3").arg("-B").arg(root.join("tests/peers/test_kit.py")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    // What the runner counted: a run that found no test would succeed too.
    let ran = said.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next()?.parse::<u32>().ok());
    println!("the kit’s verifier: {} tests in Python", ran.unwrap_or_default());
    assert!(ran.is_some_and(|ran| ran > 50), "{said}");
}
