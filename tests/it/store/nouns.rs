//! What is put in comes back as it was, whatever it holds.

use std::{collections::BTreeMap, fmt::Debug};

use cartulaire::domain::referential::Referential;
use cartulaire::{
    domain::{
        agency::{Agency, Role},
        agreement::{Acceptance, Agreement, SignaturePolicy},
        archive::{Counts, Part},
        digest::Digest,
        disposal::{Attested, Disposal, DisposalState, Sending},
        id::Id,
        mandate::{Actor, Permission},
        rule::{Category, Duration, Rule},
        seda::{Dialect, SedaVersion},
        transfer::TransferStatus,
        unit::Unit,
    },
    store::{ArchiveFilter, Credential, Edition, Error, Kept, Registered},
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};

use super::{sample, stores};

/// Runs a property with a few dozen cases on one store.
fn holds<S: Strategy>(strategy: &S, property: impl Fn(S::Value))
where
    S::Value: Debug,
{
    let mut runner = TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() });
    runner
        .run(strategy, |value| {
            property(value);
            Ok(())
        })
        .unwrap();
}

#[test]
fn tenants_come_back() {
    for fresh in stores() {
        let (a, b) = (sample::settled(&fresh.store, "ville-b"), sample::settled(&fresh.store, "ville-a"));
        let ids: Vec<_> = fresh.store.tenants().unwrap().into_iter().map(|tenant| tenant.id).collect();
        assert_eq!(ids, [b, a.clone()]);
        assert_eq!(fresh.store.tenant(&a).unwrap().unwrap().archival_agency, "SA-ville-b");
        assert_eq!(fresh.store.tenant(&sample::tenant("other")).unwrap(), None);
    }
}

#[test]
fn credentials_come_back_and_are_found_by_their_verifier_until_revoked() {
    for fresh in stores() {
        let tenant = sample::settled(&fresh.store, "ville");
        let actor = Actor {
            id: Id::mint(sample::at(0)),
            tenant: tenant.clone(),
            permissions: vec![Permission::Read, Permission::Deposit],
            agency: Some("Urbanisme".to_owned()),
        };
        let credential = Credential { actor: actor.clone(), label: "Parapheur".to_owned(), revoked_at: None };
        sample::write(&fresh.store, &tenant, |pen| pen.insert_credential(&credential));
        assert_eq!(fresh.store.credential_by_verifier("aa").unwrap(), None, "an actor without a secret is locked");
        sample::write(&fresh.store, &tenant, |pen| pen.set_verifier(&tenant, actor.id, "bb"));
        sample::write(&fresh.store, &tenant, |pen| pen.set_verifier(&tenant, actor.id, "aa"));
        assert_eq!(fresh.store.credential_by_verifier("bb").unwrap(), None);
        assert_eq!(fresh.store.credential_by_verifier("aa").unwrap(), Some(credential.clone()));
        assert_eq!(fresh.store.holdings(&tenant).credential(actor.id).unwrap(), Some(credential.clone()));

        let revoke =
            || sample::write(&fresh.store, &tenant, |pen| pen.revoke_credential(&tenant, actor.id, sample::at(5)));
        assert!(revoke());
        assert!(!revoke(), "revoked once");
        assert_eq!(fresh.store.credential_by_verifier("aa").unwrap(), None);
        let revoked = Credential { revoked_at: Some(sample::at(5)), ..credential };
        assert_eq!(fresh.store.holdings(&tenant).credentials().unwrap(), [revoked]);
    }
}

#[test]
fn any_transfer_comes_back() {
    for fresh in stores() {
        let tenant = sample::settled(&fresh.store, "ville");
        holds(&sample::any_transfer(tenant.clone()), |transfer| {
            let registered = sample::write(&fresh.store, &tenant, |pen| pen.insert_transfer(&transfer));
            assert_eq!(registered, Registered::New);
            assert_eq!(fresh.store.holdings(&tenant).transfer(transfer.id).unwrap(), Some(transfer));
        });
    }
}

#[test]
fn a_key_is_taken_until_its_transfer_is_refused() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let insert = |transfer: &_| sample::write(store, &tenant, |pen| pen.insert_transfer(transfer));
        let first = sample::transfer(&tenant, "M1");
        assert_eq!(insert(&first), Registered::New);
        let again = sample::transfer(&tenant, "M1");
        assert_eq!(insert(&again), Registered::Known(Box::new(first.clone())));
        assert_eq!(store.holdings(&tenant).transfer(again.id).unwrap(), None);

        let other = sample::settled(store, "autre");
        let elsewhere = sample::transfer(&other, "M1");
        assert_eq!(
            sample::write(store, &other, |pen| pen.insert_transfer(&elsewhere)),
            Registered::New,
            "keys are a tenant's own"
        );

        let refused = TransferStatus::Refused { reply: Id::mint(sample::at(0)), at: sample::at(1) };
        let advanced = cartulaire::domain::transfer::Transfer { status: refused, ..first.clone() };
        let advance = || sample::write(store, &tenant, |pen| pen.advance_transfer(&advanced, &first.status));
        assert!(advance());
        assert!(!advance(), "it no longer stands where it stood");
        assert_eq!(insert(&again), Registered::New);
        let key = first.key.clone().unwrap();
        assert_eq!(store.holdings(&tenant).transfer_by_key(&key).unwrap(), Some(again.clone()));

        // A key that an examination finds, and that another has, is a conflict that leaves nothing.
        let keyless = cartulaire::domain::transfer::Transfer { key: None, ..sample::transfer(&tenant, "") };
        assert_eq!(insert(&keyless), Registered::New);
        let found = cartulaire::domain::transfer::Transfer { key: first.key.clone(), ..keyless.clone() };
        let journal = cartulaire::domain::journal::JournalId::LifeCycle(tenant.clone());
        let before = store.head(&journal).unwrap();
        let outcome = store.write(|pen| {
            pen.seal(&journal, sample::event("x", "y"), sample::at(0), [0; 16])?;
            pen.advance_transfer(&found, &TransferStatus::Received)
        });
        assert!(matches!(outcome, Err(Error::Conflict)), "{outcome:?}");
        assert_eq!(store.head(&journal).unwrap(), before);
        assert_eq!(store.holdings(&tenant).transfer(keyless.id).unwrap(), Some(keyless));
    }
}

#[test]
fn transfers_are_listed_newest_first_by_state_and_by_page() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let all: Vec<_> = (0..5).map(|n| sample::transfer(&tenant, &n.to_string())).collect();
        for transfer in &all {
            sample::write(store, &tenant, |pen| pen.insert_transfer(transfer));
        }
        let ids = |status, after, limit| {
            let page = store.holdings(&tenant).transfers(status, after, limit).unwrap();
            page.into_iter().map(|transfer| transfer.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(None, None, 2), [all[4].id, all[3].id]);
        assert_eq!(ids(Some("received"), Some(all[3].id), 9), [all[2].id, all[1].id, all[0].id]);
        assert_eq!(ids(Some("refused"), None, 9), []);
    }
}

#[test]
fn any_archive_unit_and_object_come_back() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let counts = (0..9_u64, 0..9_u64, 0..9_u64, 0..=u64::from(u32::MAX))
            .prop_map(|(units, groups, objects, bytes)| Counts { units, groups, objects, bytes });
        let any = (sample::any_header(), counts, vec(sample::any_unit(), 0..3), vec(sample::any_object(), 0..3));
        holds(&any, |(header, counts, units, objects)| {
            let group = sample::group();
            let mut parts = vec![Part::Group(group.clone())];
            parts.extend(objects.iter().cloned().map(|object| Part::Object(Box::new(object))));
            parts.extend(units.iter().cloned().map(|unit| Part::Unit(Box::new(unit))));
            let kept = sample::write(store, &tenant, |pen| {
                let mut kept = sample::kept(&tenant, pen.next_place(&tenant)?);
                kept.archive.header = header.clone();
                kept.archive.counts = counts;
                pen.keep_archive(&kept, parts.clone().into_iter().map(Ok::<_, Error>))?;
                Ok(kept)
            });
            let holdings = store.holdings(&tenant);
            assert_eq!(holdings.archive(kept.archive.id).unwrap().as_ref(), Some(&kept));
            assert_eq!(holdings.archive_by_number(kept.place.number).unwrap().as_ref(), Some(&kept));
            assert_eq!(holdings.group(group.id).unwrap(), Some((kept.archive.id, group)));
            for unit in &units {
                let entry = holdings.unit(unit.id).unwrap().unwrap();
                let back = Unit {
                    id: entry.hit.unit,
                    local_id: entry.hit.local_id,
                    parents: entry.hit.parents,
                    group: entry.hit.group,
                    existing_group: entry.existing_group,
                    content: entry.hit.content,
                    management: entry.management,
                    source: String::new(),
                    text: unit.text.clone(),
                };
                assert_eq!((entry.hit.archive, &back), (kept.archive.id, unit));
            }
            for object in &objects {
                assert_eq!(holdings.object(object.id).unwrap(), Some((kept.archive.id, object.clone())));
            }
        });
    }
}

#[test]
fn archives_are_numbered_without_gap_and_listed_by_page_and_filter() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let other = sample::settled(store, "autre");
        let kept: Vec<Kept> = (0..4)
            .map(|n| {
                sample::keep_units(store, &other, Vec::new());
                sample::write(store, &tenant, |pen| {
                    let mut kept = sample::kept(&tenant, pen.next_place(&tenant)?);
                    kept.archive.header.transferring_agency = format!("SV{}", n % 2);
                    kept.archive.accepted_at = sample::at(n);
                    pen.keep_archive(&kept, std::iter::empty::<Result<Part, Error>>())?;
                    Ok(kept)
                })
            })
            .collect();
        let numbers = |filter: &ArchiveFilter, before, limit| {
            let page = store.holdings(&tenant).archives(filter, before, limit).unwrap();
            page.into_iter().map(|kept| kept.place.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&ArchiveFilter::default(), None, 9), [4, 3, 2, 1]);
        assert_eq!(numbers(&ArchiveFilter::default(), Some(3), 1), [2]);
        let of = ArchiveFilter { transferring_agency: Some("SV1".to_owned()), ..ArchiveFilter::default() };
        assert_eq!(numbers(&of, None, 9), [4, 2]);
        let between =
            ArchiveFilter { from: Some(sample::at(1)), before: Some(sample::at(3)), ..ArchiveFilter::default() };
        assert_eq!(numbers(&between, None, 9), [3, 2]);
        let named = ArchiveFilter { message_identifier: Some("M3".to_owned()), ..ArchiveFilter::default() };
        assert_eq!(store.holdings(&tenant).archives(&named, None, 9).unwrap(), [kept[2].clone()]);
    }
}

#[test]
fn the_tree_of_an_archive_is_walked_down_and_up() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let mut units: Vec<Unit> = (0..6).map(|n| sample::unit(&format!("u{n}"))).collect();
        let ids: Vec<_> = units.iter().map(|unit| unit.id).collect();
        // 0 and 1 are roots; 2 under both; 3 and 4 under 2; 5 under 3 and 0.
        for (child, parents) in [(2, vec![0, 1]), (3, vec![2]), (4, vec![2]), (5, vec![3, 0])] {
            units[child].parents = parents.into_iter().map(|at: usize| ids[at]).collect();
        }
        let kept = sample::keep_units(store, &tenant, units);
        let holdings = store.holdings(&tenant);
        let found =
            |hits: Vec<cartulaire::domain::search::Hit>| hits.into_iter().map(|hit| hit.unit).collect::<Vec<_>>();
        let archive = kept.archive.id;
        assert_eq!(found(holdings.roots(archive, None, 9).unwrap()), ids[..2]);
        assert_eq!(found(holdings.children(ids[2], None, 9).unwrap()), ids[3..5]);
        let first = holdings.children(ids[2], None, 1).unwrap();
        assert_eq!(found(holdings.children(ids[2], Some(first[0].cursor), 9).unwrap()), [ids[4]]);
        assert_eq!(found(holdings.ancestors(ids[5]).unwrap()), ids[..4]);
        assert_eq!(found(holdings.ancestors(ids[0]).unwrap()), []);
        let page = holdings.units(archive, None, 4).unwrap();
        assert_eq!(found(holdings.units(archive, Some(page[3].cursor), 4).unwrap()), ids[4..]);
        assert_eq!(page[2].parents, ids[..2], "in the order of the source");
        let counts = holdings.children_counts(&ids).unwrap();
        assert_eq!(counts, BTreeMap::from([(ids[0], 2), (ids[1], 1), (ids[2], 2), (ids[3], 1)]));
    }
}

#[test]
fn objects_of_a_group_come_in_the_order_of_the_manifest() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let group = sample::group();
        let objects: Vec<_> = (0..3).map(|_| sample::object(&group)).collect();
        let mut parts = vec![Part::Group(group.clone())];
        parts.extend(objects.iter().cloned().map(|object| Part::Object(Box::new(object))));
        sample::keep(store, &tenant, parts);
        assert_eq!(store.holdings(&tenant).objects_of_group(group.id).unwrap(), objects);
    }
}

#[test]
fn units_are_found_by_identifier() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let mut unit = sample::unit("a");
        unit.content.identifiers =
            [("SystemId", "7"), ("OriginatingSystemId", "7")].map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
        sample::keep_units(store, &tenant, vec![unit.clone(), sample::unit("b")]);
        let found = |kind, value| {
            let hits = store.holdings(&tenant).units_by_identifier(kind, value, 9).unwrap();
            hits.into_iter().map(|hit| hit.unit).collect::<Vec<_>>()
        };
        assert_eq!(found(Some("SystemId"), "7"), [unit.id]);
        assert_eq!(found(None, "7"), [unit.id], "once, even under two names");
        assert_eq!(found(Some("ArchivalAgencyArchiveUnitIdentifier"), "7"), []);
    }
}

fn any_agreement() -> impl Strategy<Value = Agreement> {
    let lists = (vec(sample::text(), 0..3), vec(sample::text(), 0..3), vec(sample::text(), 0..3));
    let words = (
        vec(select(SedaVersion::ALL.to_vec()), 0..3),
        vec(select(Dialect::ALL.to_vec()), 0..2),
        select(vec![Acceptance::Automatic, Acceptance::Human]),
        select(vec![SignaturePolicy::Allowed, SignaturePolicy::Mandatory, SignaturePolicy::Forbidden]),
    );
    let most = || option::of(0..=u64::from(u32::MAX));
    (sample::text(), any::<(bool, bool)>(), lists, words, sample::maybe(), (most(), most())).prop_map(
        |(name, (active, master_mandatory), (transferring, originating, formats), words, profile, most)| Agreement {
            identifier: Id::<()>::mint(sample::at(0)).to_string(),
            name,
            active,
            transferring_agencies: transferring,
            originating_agencies: originating,
            versions: words.0,
            dialects: words.1,
            acceptance: words.2,
            formats,
            signatures: words.3,
            profile,
            max_bytes: most.0,
            max_objects: most.1,
            master_mandatory,
        },
    )
}

#[test]
fn any_agreements_come_back() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let version = std::cell::Cell::new(0);
        holds(&vec(any_agreement(), 0..3), |mut agreements| {
            agreements.sort_by(|a, b| a.identifier.cmp(&b.identifier));
            version.set(version.get() + 1);
            let edition = Edition { version: version.get(), digest: Digest::ZERO, imported_at: sample::at(0) };
            sample::write(store, &tenant, |pen| pen.replace_agreements(&tenant, &edition, &agreements));
            let holdings = store.holdings(&tenant);
            assert_eq!(holdings.agreements().unwrap(), agreements);
            for agreement in agreements {
                assert_eq!(holdings.agreement(&agreement.identifier).unwrap(), Some(agreement));
            }
        });
    }
}

#[test]
fn referentials_are_replaced_whole_and_remember_their_editions() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let holdings = store.holdings(&tenant);
        assert!(!holdings.has_referential(Referential::Agencies).unwrap());
        let agency = |identifier: &str, roles: &[Role]| Agency {
            identifier: identifier.to_owned(),
            name: "Service".to_owned(),
            description: None,
            roles: roles.to_vec(),
            certificate: None,
        };
        let edition = |version| Edition { version, digest: Digest::ZERO, imported_at: sample::at(0) };
        let first = [agency("A", &Role::ALL), agency("B", &[])];
        sample::write(store, &tenant, |pen| pen.replace_agencies(&tenant, &edition(1), &first));
        assert_eq!(holdings.agencies().unwrap(), first);
        let second = [agency("C", &[Role::Control])];
        sample::write(store, &tenant, |pen| pen.replace_agencies(&tenant, &edition(2), &second));
        assert_eq!(holdings.agencies().unwrap(), second);
        assert_eq!(holdings.agency("A").unwrap(), None);
        assert_eq!(holdings.editions(Referential::Agencies).unwrap(), [edition(2), edition(1)]);
        assert!(holdings.has_referential(Referential::Agencies).unwrap());
        assert!(!holdings.has_referential(Referential::Rules).unwrap());

        let durations = [
            None,
            Some(Duration::Days(1)),
            Some(Duration::Months(2)),
            Some(Duration::Years(3)),
            Some(Duration::Unlimited),
        ];
        let rules: Vec<Rule> = (0..)
            .zip(durations)
            .map(|(n, duration)| Rule {
                identifier: format!("R{n}"),
                category: Category::ALL[n],
                value: "Durée d’utilité".to_owned(),
                description: Some("L. 213-1".to_owned()),
                duration,
            })
            .collect();
        sample::write(store, &tenant, |pen| pen.replace_rules(&tenant, &edition(1), &rules));
        assert_eq!(holdings.rules().unwrap(), rules);
        assert_eq!(holdings.rule("R2").unwrap().as_ref(), rules.get(2));

        let journal = cartulaire::domain::journal::JournalId::Events(tenant.clone());
        let twice = store.write(|pen| {
            pen.seal(&journal, sample::event("import", "rules"), sample::at(0), [0; 16])?;
            pen.replace_rules(&tenant, &edition(2), &[rules[0].clone(), rules[0].clone()])
        });
        assert!(matches!(twice, Err(Error::Conflict)), "{twice:?}");
        assert_eq!(holdings.rules().unwrap(), rules, "a failed import leaves the former rules");
    }
}

#[test]
fn plans_come_back_with_what_was_said_of_them_and_how_far_they_came() {
    for fresh in stores() {
        let (store, tenant) = (&fresh.store, sample::settled(&fresh.store, "ville"));
        let holdings = store.holdings(&tenant);
        let first = sample::disposal(Id::mint(sample::at(0)));
        let second = sample::disposal(Id::mint(sample::at(0)));
        sample::write(store, &tenant, |pen| {
            pen.insert_disposal(&tenant, &first)?;
            pen.insert_disposal(&tenant, &second)
        });
        assert_eq!(holdings.disposal(first.id).unwrap(), Some(first.clone()));
        assert_eq!(holdings.disposals(None, 9).unwrap(), [second.clone(), first.clone()]);
        assert_eq!(holdings.disposals(Some(second.id), 9).unwrap(), std::slice::from_ref(&first));
        let consent = sample::agreement(&first, "A");
        let sent = Sending { message: Id::mint(sample::at(0)), package: Digest::new([1; 64]) };
        let papers = Attested { certificate: Digest::new([2; 64]), notification: Digest::new([3; 64]) };
        sample::write(store, &tenant, |pen| {
            pen.consent(&tenant, first.id, &consent, DisposalState::Agreed)?;
            assert_eq!(pen.disposal_state(&tenant, first.id)?, Some((DisposalState::Agreed, first.list)));
            assert!(pen.disposal_sent(&tenant, second.id, &sent)? && pen.disposal_done(&tenant, second.id, &papers)?);
            assert!(!pen.move_disposal(&tenant, Id::mint(sample::at(0)), DisposalState::Done)?);
            Ok(())
        });
        assert_eq!(holdings.consents(first.id).unwrap(), [consent]);
        let done = Disposal { state: DisposalState::Done, sent: Some(sent), attested: Some(papers), ..second.clone() };
        assert_eq!(holdings.disposal(second.id).unwrap(), Some(done));
    }
}
