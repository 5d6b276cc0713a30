//! A tenant moves: given back by one installation, taken over by another, on either engine, its proofs going on.
//!
//! ```text
//! everything that can happen ── restitute ── take over ── compare ── go on ── rebuild ── move again
//! ```

mod broken;
pub mod ground;

use std::collections::BTreeMap;

use cartulaire::{
    archive::takeover::Refusal,
    domain::{
        id::ArchiveId,
        journal::JournalId,
        mandate::{Actor, Administer, Permission, Read},
    },
    proof::merkle::{leaf_hash, verify_inclusion},
    record::integrity::{State, Verdict},
};

use crate::{
    archive::{
        House, accept, houses,
        rebuild::{accepted, assert_same_tables, fill, rebuild_from, rebuilt_tables},
        takeover::ground::{
            assert_whole, elsewhere, empty, files, restitute, restitute_as, take_over, tenant, try_take_over, verified,
            verified_alone,
        },
        units,
    },
    store::stores,
};

/// The tables whose rows of a tenant stand alike wherever it is: ranks and cursors are an installation's own.
const OWN_TABLES: &[&str] =
    &["actors", "agencies", "agreements", "object_groups", "referential_versions", "rules", "transfers"];

/// The rows of a tenant.
fn own(dump: &BTreeMap<String, Vec<String>>, table: &str, tenant: &str) -> Vec<String> {
    let of = format!("tenant=\"{tenant}\"");
    dump[table].iter().filter(|row| row.contains(&of)).cloned().collect()
}

/// What a tenant's archives show, by their public numbers.
fn shown(house: &House, by: &Actor) -> Vec<String> {
    let archive = house.archive();
    let mut shown = Vec::new();
    for kept in
        house.store().holdings(&by.tenant).archives(&cartulaire::store::ArchiveFilter::default(), None, 1_000).unwrap()
    {
        shown.push(format!("{} {} {:?} {:?}", kept.place.number, kept.inventory, kept.archive.counts, kept.archive.id));
        for hit in units(archive, by, kept.archive.id) {
            shown.push(format!("{:?}", (hit.unit, hit.archive, hit.content)));
        }
    }
    shown
}

/// Whether the proof of an archive's accession holds by itself.
fn proven(house: &House, by: &Actor, id: ArchiveId) -> (u64, String) {
    let proof = house.archive().proof_of_archive(&by.mandate::<Read>().unwrap(), id).unwrap().unwrap();
    let checkpoint = proof.checkpoint.checkpoint();
    let leaf = leaf_hash(proof.extra.as_ref().unwrap());
    assert!(verify_inclusion(leaf, proof.index, checkpoint.size(), &proof.path, checkpoint.root()));
    (proof.index, checkpoint.origin().to_owned())
}

fn rebuilt_alike(house: &House) {
    house.archive().flush().unwrap();
    let live = rebuilt_tables(house.store());
    for volume in house.volumes() {
        let fresh = stores().into_iter().find(|fresh| fresh.engine == house.engine).unwrap();
        let rebuilt = rebuild_from(&volume, &fresh.store);
        assert_eq!(rebuilt.quarantined, []);
        assert_same_tables(&live, &rebuilt_tables(&fresh.store), house.engine);
    }
}

#[test]
fn a_tenant_moves_to_an_empty_installation_on_the_other_engine_and_goes_on_there() {
    for house in houses() {
        fill(&house);
        let first = house.store().holdings(&tenant("sault")).archive_by_number(1).unwrap().unwrap().archive.id;
        let (proof, seen) = (proven(&house, &house.actor, first), shown(&house, &house.actor));
        let out = restitute(&house);
        let new = take_over(elsewhere(&house), &out.path);
        let (before, after) = (house.store().dump().unwrap(), new.store().dump().unwrap());
        for table in OWN_TABLES {
            // SQLite dumps a truth as a number.
            let truths = |rows: Vec<String>| -> Vec<String> {
                rows.iter().map(|row| row.replace("=\"true\"", "=\"1\"").replace("=\"false\"", "=\"0\"")).collect()
            };
            let (before, after) = (truths(own(&before, table, "sault")), truths(own(&after, table, "sault")));
            assert_eq!(before, after, "{table} of {}", house.engine);
            assert!(!before.is_empty(), "{table}");
        }
        assert_eq!(shown(&new, &new.actor), seen);
        for journal in [JournalId::Events(tenant("sault")), JournalId::LifeCycle(tenant("sault"))] {
            let length = new.store().seams(&journal).unwrap().last().unwrap().until;
            let lines = |of: &House| of.store().lines(&journal, 0, u32::try_from(length).unwrap()).unwrap();
            assert_eq!(lines(&house), lines(&new), "{journal}");
        }
        assert_eq!(proven(&new, &new.actor, first), proof, "the same entry of the same log proves it");
        assert_same_bytes(&out.path, &new);
        assert_whole(&verified(&new), new.engine);
        // It goes on: another line, sealed, and everything is made again from either volume.
        let by = new.may::<Administer>();
        new.archive().issue(&by, "Portail de la ville", &[Permission::Read], None).unwrap();
        rebuilt_alike(&new);
        new.archive().seal_now().unwrap();
        assert_whole(&verified(&new), new.engine);
        rebuilt_alike(&new);
        let new = new.reopened();
        assert_whole(&verified(&new), new.engine);
    }
}

/// Every object of the restitution stands on every volume, byte for byte.
fn assert_same_bytes(out: &std::path::Path, new: &House) {
    let given = files(&out.join("ocfl/sault"));
    for volume in new.volumes() {
        let mut stands = files(&volume.join("ocfl/sault"));
        stands.retain(|(path, _)| !path.starts_with("records/log-1"));
        assert_eq!(stands, given);
        assert!(!volume.join("arriving").exists());
    }
}

#[test]
fn a_tenant_comes_beside_others_and_its_archives_find_their_ranks_there() {
    for house in houses() {
        let neighbour = house.neighbour();
        accept(house.archive(), &neighbour, &accepted("noms_de_fichiers"));
        house.accept(&accepted("budget_xml"));
        accept(house.archive(), &neighbour, &accepted("budget_supplementaire"));
        let seen = shown(&house, &neighbour);
        let out = restitute_as(&house, &neighbour);
        let mut others = houses();
        let new = others.swap_remove(0);
        new.accept(&accepted("cinq_niveaux"));
        new.accept(&accepted("subvention"));
        let mine = shown(&new, &new.actor);
        try_take_over(&new, &out.path).unwrap();
        let taken = new.archive().local_actor(Some(&tenant("voisine"))).unwrap();
        assert_eq!((shown(&new, &taken), shown(&new, &new.actor)), (seen, mine));
        let ranks: Vec<u64> = [1, 2]
            .map(|number| {
                new.store().holdings(&taken.tenant).archive_by_number(number).unwrap().unwrap().place.sequence
            })
            .to_vec();
        assert_eq!(ranks, [3, 4]);
        accept(new.archive(), &taken, &accepted("denomination"));
        new.accept(&accepted("arrete_individuel"));
        assert_whole(&verified(&new), new.engine);
        rebuilt_alike(&new);
    }
}

#[test]
fn a_tenant_moves_twice_and_each_of_its_lines_keeps_its_log() {
    for house in houses() {
        let first = house.accept(&accepted("noms_de_fichiers"));
        let one = take_over(elsewhere(&house), &restitute(&house).path);
        let second = one.accept(&accepted("budget_xml"));
        let proofs = [proven(&one, &one.actor, first), proven(&one, &one.actor, second)];
        let out = restitute(&one);
        assert_whole(&verified_alone(&out.path), "the second restitution");
        let two = take_over(elsewhere(&one), &out.path);
        let third = two.accept(&accepted("subvention"));
        assert_eq!([proven(&two, &two.actor, first), proven(&two, &two.actor, second)], proofs);
        assert_ne!(proofs[0].1, proofs[1].1);
        let journal = JournalId::LifeCycle(tenant("sault"));
        let logs: Vec<u32> = two.store().seams(&journal).unwrap().iter().map(|seam| seam.number).collect();
        assert_eq!(logs, [1, 2]);
        two.archive().seal_now().unwrap();
        assert_whole(&verified(&two), two.engine);
        rebuilt_alike(&two);
        for archive in [first, second, third] {
            let report = two.archive().integrity_report(&two.may::<Read>(), archive).unwrap().unwrap().integrity;
            assert_ne!(report.verdict, Verdict::Broken, "{report:?}");
            assert!(report.lines.iter().all(|line| line.state == State::Verified), "{report:?}");
        }
    }
}

#[test]
fn accounts_come_locked_and_are_enrolled_again() {
    for house in houses() {
        let (portal, token) =
            house.archive().issue(&house.may::<Administer>(), "Portail", &Permission::ALL, Some("SERVICE-A")).unwrap();
        house.accept(&accepted("noms_de_fichiers"));
        let new = take_over(elsewhere(&house), &restitute(&house).path);
        assert_eq!(new.archive().actor_of_token(&token).unwrap(), None);
        let again = new.archive().enrol(&new.may::<Administer>(), portal.actor.id).unwrap().unwrap();
        assert_eq!(new.archive().actor_of_token(&again).unwrap(), Some(portal.actor.clone()));
        let local = new.actor.id;
        assert_eq!(new.archive().enrol(&new.may::<Administer>(), local).unwrap(), None, "the machine's user has none");
        new.archive().revoke(&new.may::<Administer>(), portal.actor.id).unwrap();
        assert_eq!(new.archive().enrol(&new.may::<Administer>(), portal.actor.id).unwrap(), None);
        rebuilt_alike(&new);
    }
}

#[test]
fn a_tenant_that_is_here_is_never_taken_over() {
    for house in houses() {
        house.accept(&accepted("noms_de_fichiers"));
        let out = restitute(&house);
        let before = house.store().dump().unwrap();
        assert!(matches!(try_take_over(&house, &out.path), Err(Refusal::Stands(stands)) if stands == tenant("sault")));
        assert_eq!(house.store().dump().unwrap(), before);
        let new = take_over(elsewhere(&house), &out.path);
        assert!(matches!(try_take_over(&new, &out.path), Err(Refusal::Stands(_))));
        assert_whole(&verified(&new), new.engine);
    }
}

#[test]
fn a_tenant_without_an_archive_moves_too() {
    for house in houses() {
        let out = restitute(&house);
        let new = take_over(empty(stores().remove(0)), &out.path);
        new.accept(&accepted("noms_de_fichiers"));
        assert_whole(&verified(&new), new.engine);
        rebuilt_alike(&new);
    }
}
