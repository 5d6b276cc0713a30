//! One deposit from end to end.
//!
//! ```text
//! fixture ── deposit ── archive ── search ── object ── bytes
//!    └────── again ──── the same answer
//! ```

use cartulaire::{
    archive::deposit::Receipt,
    domain::{
        mandate::{Control, Deposit, Permission, Read},
        object::Matter,
        search::Criteria,
        transfer::TransferStatus,
    },
};
use std::io::Read as _;

use crate::{archive::houses, fixtures};

#[test]
fn a_deliberation_is_kept_found_and_given_back() {
    let fixture =
        fixtures::accepted().into_iter().find(|fixture| fixture.name.contains("budget_supplementaire")).unwrap();
    let files = fixtures::files(&fixture.path);
    for house in houses() {
        let archive = house.archive();
        let receipt = archive.deposit(&house.may::<Deposit>(), archive.local(&fixture.path)).unwrap();
        let Receipt::Settled(settled) = receipt else { panic!("{receipt:?}") };
        assert!(matches!(settled.transfer.status, TransferStatus::Accepted { .. }), "{settled:?}");
        let again = archive.deposit(&house.may::<Deposit>(), archive.local(&fixture.path)).unwrap();
        assert!(matches!(again, Receipt::Same(transfer) if transfer.id == settled.transfer.id));

        let criteria = Criteria { text: "délibérations du budget".to_owned(), ..Criteria::default() };
        let page = archive.search(&house.may::<Read>(), &criteria, None, 20).unwrap();
        assert!(!page.hits.is_empty());
        let all = archive.search(&house.may::<Read>(), &Criteria::default(), None, 100).unwrap();
        let mut given_back = 0;
        for hit in all.hits.iter().filter(|hit| hit.group.is_some()) {
            for object in archive.objects(&house.may::<Read>(), hit.group.unwrap()).unwrap() {
                let Matter::Binary(binary) = &object.matter else { continue };
                let (_, mut opened) = archive.open_object(&house.may::<Read>(), object.id).unwrap().unwrap();
                let mut bytes = Vec::new();
                opened.file.read_to_end(&mut bytes).unwrap();
                assert_eq!(files.get(&binary.name.display()), Some(&bytes), "{}", binary.name.display());
                given_back += 1;
            }
        }
        assert_eq!(given_back, files.len() - 1);
    }
}

#[test]
fn whoever_sits_at_the_machine_neither_authorises_nor_destroys() {
    for house in houses() {
        for right in [Permission::Dispose, Permission::Agree, Permission::Control] {
            assert!(!house.actor.permissions.contains(&right), "{}", house.engine);
        }
        let visa = house.account("Archives départementales", &[Permission::Control], Some("FRAD084"));
        assert_eq!(visa.mandate::<Control>().unwrap().agency(), Some("FRAD084"));
        assert!(house.archive().is_account(&visa, "Archives départementales").unwrap());
        assert!(!house.archive().is_account(&visa, "local").unwrap());
    }
}
