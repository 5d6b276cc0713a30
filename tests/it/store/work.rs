//! Work under way: jobs are claimed once, leases held by one, uploads advance from where they stand.

use std::{collections::BTreeSet, thread};

use cartulaire::{
    domain::{id::Id, tenant::TenantId},
    store::{Job, JobId, Upload},
};

use super::{sample, stores};

fn job(tenant: &TenantId, not_before: i64) -> Job {
    Job {
        id: Id::mint(sample::at(0)),
        tenant: tenant.clone(),
        kind: "ingest".to_owned(),
        subject: "t".to_owned(),
        created_at: sample::at(0),
        not_before: sample::at(not_before),
        attempts: 0,
        failure: None,
    }
}

#[test]
fn each_job_is_claimed_by_one_of_many_workers() {
    for fresh in stores() {
        let tenant = sample::tenant("ville");
        let jobs: BTreeSet<JobId> = (0..40)
            .map(|_| {
                let job = job(&tenant, 0);
                fresh.store.enqueue(&job).unwrap();
                job.id
            })
            .collect();
        let claimed: Vec<JobId> = thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|worker| {
                    let store = &fresh.store;
                    scope.spawn(move || {
                        let claim = || store.claim(&worker.to_string(), sample::at(1), sample::at(100)).unwrap();
                        std::iter::from_fn(claim).map(|job| job.id).collect::<Vec<_>>()
                    })
                })
                .collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        assert_eq!(claimed.len(), 40, "{}", fresh.engine);
        assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), jobs);
    }
}

#[test]
fn a_job_is_held_given_back_and_forgotten() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::tenant("ville"));
        store.enqueue(&job(&tenant, 10)).unwrap();
        let claim = |worker, now, until| store.claim(worker, sample::at(now), sample::at(until)).unwrap();
        assert_eq!(claim("a", 9, 20), None, "not due yet");
        let held = claim("a", 10, 20).unwrap();
        assert_eq!(held.attempts, 1);
        assert_eq!(claim("b", 19, 30), None);
        assert!(store.renew("a", &held, sample::at(25)).unwrap());
        assert_eq!(claim("b", 20, 30), None, "renewed");
        assert!(claim("b", 25, 30).is_some(), "its claim ran out");
        assert!(!store.renew("a", &held, sample::at(99)).unwrap());
        assert!(!store.complete("a", &held).unwrap());
        assert!(store.fail("b", &held, "disk full", sample::at(50)).unwrap());
        assert_eq!(claim("a", 49, 60), None);
        let again = claim("a", 50, 60).unwrap();
        assert_eq!((again.attempts, again.failure.as_deref()), (3, Some("disk full")));
        assert_eq!(store.jobs_left().unwrap(), 1);
        assert!(store.complete("a", &again).unwrap());
        assert_eq!(store.jobs_left().unwrap(), 0);
    }
}

#[test]
fn a_job_is_asked_for_with_the_act_that_needs_it_or_not_at_all() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let failed: Result<(), cartulaire::store::Error> = store.write(|pen| {
            pen.enqueue(&job(&tenant, 0))?;
            Err(cartulaire::store::Error::Address)
        });
        assert!(failed.is_err());
        assert_eq!(store.jobs_left().unwrap(), 0);
        sample::write(store, &tenant, |pen| pen.enqueue(&job(&tenant, 0)));
        assert_eq!(store.jobs_left().unwrap(), 1);
    }
}

#[test]
fn a_lease_has_one_holder_until_it_runs_out() {
    for fresh in stores() {
        let take =
            |holder, now, until| fresh.store.take_lease("seal", holder, sample::at(now), sample::at(until)).unwrap();
        assert!(take("a", 0, 10));
        assert!(!take("b", 9, 20));
        assert!(take("a", 9, 15), "its holder renews it");
        assert!(take("b", 15, 20), "it ran out");
        fresh.store.drop_lease("seal", "a").unwrap();
        assert!(!take("a", 16, 20), "only its holder drops it");
        fresh.store.drop_lease("seal", "b").unwrap();
        assert!(take("a", 16, 20));
    }
}

#[test]
fn an_upload_advances_from_where_it_stands() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::tenant("ville"));
        let upload = Upload {
            id: Id::mint(sample::at(0)),
            tenant: tenant.clone(),
            by: Id::mint(sample::at(0)),
            length: 100,
            received: 0,
            path: "spool/1".to_owned(),
            metadata: "filename ZMOpcA==".to_owned(),
            expires_at: sample::at(50),
        };
        store.begin_upload(&upload).unwrap();
        assert!(store.advance_upload(&tenant, upload.id, 0, 40).unwrap());
        assert!(!store.advance_upload(&tenant, upload.id, 0, 60).unwrap(), "it stands at 40");
        let stands = Upload { received: 40, ..upload.clone() };
        assert_eq!(store.holdings(&tenant).upload(upload.id).unwrap(), Some(stands.clone()));
        assert_eq!(store.expired_uploads(sample::at(49), 9).unwrap(), []);
        assert_eq!(store.expired_uploads(sample::at(50), 9).unwrap(), [stands]);
        assert!(store.end_upload(&tenant, upload.id).unwrap());
        assert!(!store.end_upload(&tenant, upload.id).unwrap());
    }
}
