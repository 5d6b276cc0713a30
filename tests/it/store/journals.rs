//! Journals: one chain whatever the number of writers, nothing without a line, nothing of an act that fails.

use std::thread;

use cartulaire::{
    domain::{
        id::Id,
        journal::{Head, JournalId, Line, verify},
        mandate::Actor,
    },
    store::{Credential, Error, Store},
};

use super::{sample, stores};

const WRITERS: u64 = 4;
const LINES_EACH: u64 = 100;

fn all_lines(store: &Store, journal: &JournalId) -> Vec<Line> {
    let mut lines = Vec::new();
    loop {
        let page = store.lines(journal, u64::try_from(lines.len()).unwrap(), 64).unwrap();
        if page.is_empty() {
            return lines;
        }
        lines.extend(page);
    }
}

#[test]
fn many_writers_make_one_chain_in_each_of_two_journals() {
    for fresh in stores() {
        let tenant = sample::tenant("ville");
        let journals = [JournalId::Events(tenant.clone()), JournalId::LifeCycle(tenant)];
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (store, journals) = (&fresh.store, &journals);
                scope.spawn(move || {
                    for n in 0..LINES_EACH {
                        // Each writer goes through the journals in another order.
                        let asked = if writer % 2 == 0 { [0, 1] } else { [1, 0] }.map(|at| journals[at].clone());
                        let sealed: Result<(), Error> = store.write(|pen| {
                            for journal in &asked {
                                let event = sample::event("test", &format!("{writer}-{n}"));
                                pen.seal(journal, event, sample::at(0), [2; 16])?;
                            }
                            Ok(())
                        });
                        sealed.unwrap();
                    }
                });
            }
        });
        for journal in &journals {
            let lines = all_lines(&fresh.store, journal);
            let head = verify(Head::EMPTY, &lines).unwrap();
            assert_eq!(head.length, WRITERS * LINES_EACH, "{}", fresh.engine);
            assert_eq!(fresh.store.head(journal).unwrap(), head);
        }
    }
}

#[test]
fn an_act_that_fails_leaves_nothing() {
    for fresh in stores() {
        let tenant = sample::settled(&fresh.store, "ville");
        let before = fresh.store.dump().unwrap();
        let journal = JournalId::LifeCycle(tenant.clone());
        let failed: Result<(), Error> = fresh.store.write(|pen| {
            pen.insert_transfer(&sample::transfer(&tenant, "M"))?;
            let kept = sample::kept(&tenant, pen.next_place(&tenant)?);
            let parts = [Ok(cartulaire::domain::archive::Part::Group(sample::group())), Err(Error::Address)];
            pen.seal(&journal, sample::event("test", "x"), sample::at(0), [0; 16])?;
            pen.keep_archive(&kept, parts.into_iter())
        });
        assert!(matches!(failed, Err(Error::Address)), "{failed:?}");
        assert_eq!(fresh.store.dump().unwrap(), before, "{}", fresh.engine);
    }
}

#[test]
fn an_attempt_that_fails_leaves_the_others_of_its_group() {
    for fresh in stores() {
        let tenant = sample::settled(&fresh.store, "ville");
        let journal = JournalId::LifeCycle(tenant.clone());
        let before = fresh.store.head(&journal).unwrap().length;
        let all: Vec<_> = (0..3).map(|n| sample::transfer(&tenant, &n.to_string())).collect();
        let group: Result<Vec<bool>, Error> = fresh.store.write(|pen| {
            let mut done = Vec::new();
            for (n, transfer) in all.iter().enumerate() {
                let attempted = pen.attempt(|pen| {
                    pen.insert_transfer(transfer)?;
                    pen.seal(&journal, sample::event("reception", "x"), sample::at(0), [0; 16])?;
                    // The second act meets an error of the engine, which ends a transaction on PostgreSQL.
                    if n == 1 { pen.insert_credential(&nobodys_credential()) } else { Ok(()) }
                });
                done.push(attempted.is_ok());
            }
            Ok(done)
        });
        assert_eq!(group.unwrap(), [true, false, true], "{}", fresh.engine);
        let holdings = fresh.store.holdings(&tenant);
        let kept: Vec<bool> = all.iter().map(|transfer| holdings.transfer(transfer.id).unwrap().is_some()).collect();
        assert_eq!(kept, [true, false, true]);
        let lines = all_lines(&fresh.store, &journal);
        assert_eq!(verify(Head::EMPTY, &lines).unwrap(), fresh.store.head(&journal).unwrap());
        assert_eq!(fresh.store.head(&journal).unwrap().length, before + 2);
    }
}

/// The credential of a tenant that is not there.
fn nobodys_credential() -> Credential {
    let actor =
        Actor { id: Id::mint(sample::at(0)), tenant: sample::tenant("absent"), permissions: Vec::new(), agency: None };
    Credential { actor, label: String::new(), revoked_at: None }
}

#[test]
fn an_act_that_panics_leaves_nothing_and_stops_no_other() {
    for fresh in stores() {
        let tenant = sample::settled(&fresh.store, "ville");
        let before = fresh.store.dump().unwrap();
        let store = &fresh.store;
        let panicked = thread::scope(|scope| {
            let act = scope.spawn(|| {
                sample::write(store, &tenant, |pen| -> Result<(), Error> {
                    pen.insert_transfer(&sample::transfer(&tenant, "M"))?;
                    panic!("as asked by the test");
                });
            });
            act.join().is_err()
        });
        assert!(panicked);
        assert_eq!(store.dump().unwrap(), before, "{}", fresh.engine);
        sample::write(store, &tenant, |pen| pen.insert_transfer(&sample::transfer(&tenant, "M")));
    }
}

#[test]
fn nothing_changes_without_a_line() {
    for fresh in stores() {
        let tenant = sample::settled(&fresh.store, "ville");
        let transfer = sample::transfer(&tenant, "M");
        let silent = fresh.store.write(|pen| pen.insert_transfer(&transfer));
        assert!(matches!(silent, Err(Error::Silent)), "{silent:?}");
        assert_eq!(fresh.store.holdings(&tenant).transfer(transfer.id).unwrap(), None);
    }
}

#[test]
fn lines_sealed_elsewhere_are_replayed_if_they_follow() {
    for fresh in stores() {
        let journal = JournalId::Installation;
        let mut head = Head::EMPTY;
        let lines: Vec<Line> = (0..3)
            .map(|n| {
                let line = head.seal(
                    &journal,
                    sample::event("test", &n.to_string()),
                    sample::at(n),
                    [3; 16],
                    n.unsigned_abs(),
                );
                head = head.after(&line);
                line
            })
            .collect();
        let replay = |lines: &[&Line]| -> Result<(), Error> {
            fresh.store.write(|pen| lines.iter().try_for_each(|line| pen.replay(line)))
        };
        assert!(matches!(replay(&[&lines[1]]), Err(Error::Broken(_))));
        replay(&[&lines[0], &lines[1]]).unwrap();
        assert!(matches!(replay(&[&lines[1]]), Err(Error::Broken(_))), "once is enough");
        replay(&[&lines[2]]).unwrap();
        assert_eq!(all_lines(&fresh.store, &journal), lines);
        assert_eq!(fresh.store.heads().unwrap(), [(journal.clone(), head)]);
        assert_eq!(fresh.store.lines_about(&journal, "1", 0, 9).unwrap(), [lines[1].clone()]);
    }
}
