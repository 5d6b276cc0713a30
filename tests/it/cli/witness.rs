//! The witness as a process: its keys, its answers over HTTP, and when it refuses to sit.

use std::process::Command;

use cartulaire::{
    pki::keys::SigningKey,
    proof::{
        exchange::Answer,
        policy::Policy,
        signer::Signer,
        vkey::{Scheme, Vkey},
    },
};

use super::{Desk, cartulaire};
use crate::peers::log::{Served, post, step};

#[test]
fn a_witness_cosigns_survives_a_kill_and_is_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let said = cartulaire(&["--data", &data, "witness"]).ends_with(2);
    assert!(said.notes.contains("pas encore de nom"), "{}", said.notes);
    let said = cartulaire(&["--data", &data, "witness", "--name", "temoin.exemple.fr"]).ends_with(0);
    let keys: Vec<Vkey> = said.data.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(keys.iter().map(Vkey::scheme).collect::<Vec<_>>(), [Scheme::Cosignature, Scheme::MlDsaCosignature]);
    let log =
        Signer::new("sae.exemple.fr/log/1", Scheme::Note, SigningKey::generate(Scheme::Note.algorithm()).unwrap());
    let log = log.unwrap();
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cartulaire"));
        command.args(["--data", &data, "witness", "--listen", "127.0.0.1:0", "--log", &log.vkey().to_string()]);
        Served::start(&mut command)
    };
    let ask = |served: &Served, old, new| {
        let asked = step(&log, old, new);
        let (status, body) = post(&served.address, &asked.to_string());
        (Answer::read(status, &body, asked.checkpoint.note(), &keys), asked.checkpoint.note().clone())
    };
    let served = start();
    let (Answer::Cosigned(lines), mut note) = ask(&served, 0, 5) else { panic!("not cosigned") };
    note.add(lines);
    assert!(Policy::new(1, keys.clone()).unwrap().met_by(&note).is_met);
    let taken = cartulaire(&["--data", &data, "witness"]).ends_with(1);
    assert!(taken.notes.contains("Un autre témoin travaille déjà"), "{}", taken.notes);
    drop(served);
    let served = start();
    assert_eq!(ask(&served, 0, 9).0, Answer::Stands { size: 5 });
    assert!(matches!(ask(&served, 5, 9).0, Answer::Cosigned(_)));
    drop(served);
    let other = cartulaire(&["--data", &data, "witness", "--name", "autre.exemple.fr"]).ends_with(1);
    assert!(other.notes.contains("« temoin.exemple.fr »"), "{}", other.notes);
    std::fs::remove_dir_all(folder.path().join("state")).unwrap();
    let forgotten = cartulaire(&["--data", &data, "witness"]).ends_with(1);
    assert!(forgotten.notes.contains("n’a plus sa mémoire"), "{}", forgotten.notes);
}

#[test]
fn a_witness_does_not_sit_in_an_installation_nor_take_what_is_no_key() {
    let desk = Desk::open();
    std::fs::write(desk.data().join("cartulaire.toml"), "").unwrap();
    desk.does(&["witness", "--name", "w"]).ends_with(1);
    let data = desk.path("witness");
    assert!(
        cartulaire(&["--data", &data, "witness", "--name", "w", "--log", "clé"]).ends_with(2).notes.contains("« clé »")
    );
    assert!(cartulaire(&["--data", &data, "witness", "--name", "a b"]).ends_with(2).notes.contains("ne convient pas"));
}
