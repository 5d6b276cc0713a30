//! The power fails: after each step, what was not synchronised may be gone, and every promise given holds.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use super::{
    Promise, archive, base, bytes, check, folder,
    model::{Kept, Model},
    open, scenario, watched,
};

/// What was done, and what was promised on the way.
#[derive(Clone, Debug)]
enum Moment {
    Step(Kept),
    Promise(Promise),
}

/// How much of what was not synchronised survives.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// Nothing: only what was synchronised is left.
    All,
    /// All names and no bytes: new files are empty.
    Bytes,
    /// Some folders, some files, some torn.
    Some(u64),
}

#[test]
fn whatever_a_power_failure_takes_every_promise_holds() {
    let origin = folder();
    let paths = base(origin.path());
    let mut model = Model::of(origin.path());
    let moments = record(&paths);
    let mut promises: Vec<Promise> = Vec::new();
    let (mut steps, mut failures) = (0, 0_u64);
    for moment in &moments {
        match moment {
            Moment::Step(step) => {
                model.apply(step);
                steps += 1;
            }
            Moment::Promise(promise) => promises.push(promise.clone()),
        }
        let other = if steps % 2 == 0 { Loss::Bytes } else { Loss::Some(failures) };
        for loss in [Loss::All, other] {
            fail(&model, loss, &promises, failures.is_multiple_of(2));
            failures += 1;
        }
    }
    assert!(promises.contains(&Promise::Purged), "the scenario went to its end");
    println!("{steps} steps, {} promises, {failures} power failures", promises.len());
}

#[test]
fn a_model_forgets_what_was_not_synchronised() {
    let origin = folder();
    let file = origin.path().join("file");
    let mut model = Model::of(origin.path());
    let left = |model: &Model| {
        let to = folder();
        model.write(to.path());
        std::fs::read(to.path().join("file")).ok()
    };
    model.apply(&Kept::OpenFile(file.clone()));
    model.apply(&Kept::Write(file.clone(), b"a".to_vec()));
    model.apply(&Kept::Sync(file.clone()));
    assert_eq!(left(&model), None, "its name is not durable");
    model.apply(&Kept::Sync(origin.path().to_owned()));
    model.apply(&Kept::Write(file, b"b".to_vec()));
    assert_eq!(left(&model), Some(b"a".to_vec()));
}

/// Does the scenario for real, and records it.
fn record(paths: &[PathBuf]) -> Vec<Moment> {
    let moments = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&moments);
    let disk = watched(Arc::new(move |step| {
        seen.lock().unwrap().push(Moment::Step(Kept::of(step)));
        Ok(())
    }));
    let vault = open(paths, &disk).unwrap();
    scenario(&vault, &|promise| moments.lock().unwrap().push(Moment::Promise(promise))).unwrap();
    moments.lock().unwrap().clone()
}

fn fail(model: &Model, loss: Loss, promises: &[Promise], kept: bool) {
    let mut model = model.clone();
    match loss {
        Loss::All => {}
        Loss::Bytes => model.persist_names(),
        Loss::Some(seed) => {
            let mut state = seed;
            model.persist(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33
            });
        }
    }
    if promises.contains(&Promise::Purged) {
        assert!(!model.still_holds(&bytes(&archive(1))), "bytes of an erased object are on the disk");
    }
    let house = folder();
    model.write(house.path());
    check(&[house.path().join("a"), house.path().join("b")], promises, kept);
}
