//! The process dies between two system calls: after each number of steps, recovery gives all or nothing.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{Promise, base, check, copy_tree, folder, open, scenario, watched};
use crate::vault::disk::{Disk, Witness};

#[test]
fn stopped_after_any_step_the_vault_recovers_all_or_nothing() {
    let origin = folder();
    base(origin.path());
    let (mut stops, mut kept) = (0, 0);
    loop {
        let house = folder();
        let paths = vec![house.path().join("a"), house.path().join("b")];
        copy_tree(origin.path(), house.path());
        let promises = run(&paths, stops);
        let finished = promises.contains(&Promise::Purged);
        if stops % 2 == 1 {
            recover_and_stop(&paths, &promises, stops % 23);
        }
        check(&paths, &promises, stops % 2 == 0);
        kept += usize::from(promises.iter().any(|promise| matches!(promise, Promise::Published(_))));
        if finished {
            break;
        }
        stops += 1;
    }
    assert!(stops > 100, "the scenario has only {stops} steps");
    println!("{stops} stops, {kept} of them after a publication; half of them with a second stop in the recovery");
}

/// Runs the scenario until it has made `steps` steps, and then does nothing any more, not even clean up.
fn run(paths: &[PathBuf], steps: usize) -> Vec<Promise> {
    let promises = Mutex::new(Vec::new());
    if let Ok(vault) = open(paths, &stopping_after(steps)) {
        let _ = scenario(&vault, &|promise| promises.lock().unwrap().push(promise));
    }
    promises.into_inner().unwrap()
}

fn recover_and_stop(paths: &[PathBuf], promises: &[Promise], steps: usize) {
    if let Ok(vault) = open(paths, &stopping_after(steps)) {
        let accepted = super::accepted(promises, false);
        let _ = vault.recover(&|intended| accepted.get(&intended.object).is_some_and(|known| known.contains(intended)));
    }
}

fn stopping_after(steps: usize) -> Disk {
    let count = AtomicUsize::new(0);
    let witness: Witness = Arc::new(move |_| {
        let stopped = count.fetch_add(1, Ordering::SeqCst) >= steps;
        if stopped { Err(io::Error::other("the process is dead")) } else { Ok(()) }
    });
    watched(witness)
}
