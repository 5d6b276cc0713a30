//! A catalog made again equals the original, in every table but those named as not rebuilt.

use cartulaire::{
    domain::{archive::Part, id::Id, journal::JournalId, mandate::Actor},
    store::{Credential, Error, NOT_REBUILT, Store},
};

use super::{sample, stores};

#[test]
fn a_catalog_made_again_equals_the_original() {
    for (original, again) in stores().into_iter().zip(stores()) {
        let tenant = sample::settled(&original.store, "ville");
        let actor =
            Actor { id: Id::mint(sample::at(0)), tenant: tenant.clone(), permissions: Vec::new(), agency: None };
        let credential = Credential { actor, label: "x".to_owned(), revoked_at: None };
        let transfer = sample::transfer(&tenant, "M1");
        sample::write(&original.store, &tenant, |pen| {
            pen.insert_credential(&credential)?;
            pen.set_verifier(&tenant, credential.actor.id, "secret")?;
            pen.insert_transfer(&transfer)
        });
        let parts: Vec<Part> = (0..700).map(|n| Part::Unit(Box::new(sample::unit(&format!("acte n° {n}"))))).collect();
        let kept = sample::keep(&original.store, &tenant, parts.clone());

        rebuild(&original.store, &again.store, &tenant, |pen| {
            pen.insert_tenant(&original.store.tenant(&tenant)?.unwrap())?;
            pen.insert_credential(&credential)?;
            pen.insert_transfer(&transfer)?;
            pen.keep_archive(&kept, parts.into_iter().map(Ok::<_, Error>))
        });
        let (mut before, mut after) = (original.store.dump().unwrap(), again.store.dump().unwrap());
        assert_ne!(before["verifiers"], after["verifiers"], "secrets are not rebuilt");
        for table in NOT_REBUILT {
            assert!(before.remove(*table).is_some() && after.remove(*table).is_some(), "{table} is a table");
        }
        assert_eq!(before, after, "{}", original.engine);
        assert!(before["words"].len() > 700 && before["units"].len() == 700);
    }
}

/// Replays the lines, and writes the rows that they tell of.
fn rebuild(
    original: &Store,
    again: &Store,
    tenant: &cartulaire::domain::tenant::TenantId,
    work: impl FnOnce(&mut cartulaire::store::Pen<'_>) -> Result<(), Error>,
) {
    let journal = JournalId::LifeCycle(tenant.clone());
    let lines = original.lines(&journal, 0, 100).unwrap();
    let replayed: Result<(), Error> = again.restore(|pen| lines.iter().try_for_each(|line| pen.replay(line)));
    replayed.unwrap();
    again.restore(work).unwrap();
}

#[test]
fn every_table_is_dumped_and_says_what_it_holds() {
    for fresh in stores() {
        let dump = fresh.store.dump().unwrap();
        let migrations = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/common")).unwrap();
        let sql = |entry: std::fs::DirEntry| std::fs::read_to_string(entry.path().join("up.sql")).unwrap();
        let sql: String = migrations.map(|entry| sql(entry.unwrap())).collect();
        let mut tables: Vec<&str> =
            sql.split("CREATE TABLE ").skip(1).map(|rest| rest.split(' ').next().unwrap()).collect();
        tables.push("words");
        tables.sort_unstable();
        assert_eq!(dump.keys().collect::<Vec<_>>(), tables);

        let tenant = sample::settled(&fresh.store, "ville");
        let row = fresh.store.dump().unwrap()["tenants"].concat();
        assert!(row.contains("id=\"ville\"") && row.contains(&format!("archival_agency=\"SA-{tenant}\"")), "{row}");
    }
}

#[test]
fn a_store_opened_again_holds_what_it_held() {
    for fresh in stores() {
        let tenant = sample::settled(&fresh.store, "ville");
        let again = Store::open(&fresh.url).unwrap();
        assert_eq!(again.dump().unwrap(), fresh.store.dump().unwrap());
        assert!(again.tenant(&tenant).unwrap().is_some());
    }
}

#[test]
fn an_address_that_names_no_engine_is_refused() {
    assert!(matches!(Store::open("mysql://x"), Err(Error::Address)));
    assert!(matches!(Store::open("catalog.db"), Err(Error::Address)));
}

#[test]
fn a_sqlite_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let fresh = &stores()[0];
    let mode = std::fs::metadata(fresh.url.strip_prefix("sqlite:").unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
