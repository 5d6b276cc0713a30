//! The catalog is a reading of the volumes: either of them alone gives it back whole, and an older copy catches up.
//!
//! ```text
//! everything that can happen ── catalog ─┬─ dump ──┐
//!                        └───── volumes ── rebuild ┴─ equal
//! ```

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use cartulaire::{
    archive::{
        Archive,
        deliver::{Form, Order, Recipient},
        deposit::Receipt,
        rebuild::{self, Rebuilt},
    },
    boot::{self, Init},
    config::Config,
    domain::{
        clock::Timestamp,
        id::{Id, TransferId},
        mandate::{Actor, Administer, Deposit, Permission, Read, Validate},
        search::Criteria,
        transfer::TransferStatus,
    },
    store::{NOT_REBUILT, Store},
    vault::{Terms, Vault, layout::OcflId},
};

use crate::{
    archive::{
        House, accept, houses,
        profiles::import_some,
        referentials::{import_agreements, import_all},
        settle, units,
    },
    fixtures,
    store::stores,
};

const UNITS: usize = 2_000;

pub(super) fn accepted(part: &str) -> PathBuf {
    fixtures::accepted().into_iter().find(|fixture| fixture.name.contains(part)).unwrap().path
}

fn deposit_spooled(archive: &Archive, by: &Actor, package: &Path) -> TransferId {
    let may = by.mandate::<Deposit>().unwrap();
    let bytes = fixtures::zip(package);
    let spooled = archive.spool(&may, "envoi à distance.zip", &mut bytes.as_slice(), 1 << 30).unwrap();
    match archive.receive(&may, spooled).unwrap() {
        Receipt::Acknowledged(transfer) => transfer.id,
        other => panic!("{other:?}"),
    }
}

/// Lets everything happen that leaves a trace; gives a token that is good then.
pub(super) fn fill(house: &House) -> String {
    let (archive, administer) = (house.archive(), house.may::<Administer>());
    let neighbour = house.neighbour();
    let (revoked, _) = archive.issue(&administer, "Application de gestion", &[Permission::Deposit], None).unwrap();
    let (_, token) = archive.issue(&administer, "Portail, côté été", &Permission::ALL, None).unwrap();
    assert!(archive.revoke(&administer, revoked.actor.id).unwrap());
    // One deposit before any referential, one refused without a key, one in the other tenant.
    let first = house.accept(&accepted("noms_de_fichiers"));
    settle(archive, &house.actor, &refused("CHECK_SEDA.NOT_XML_FILE__du_texte"));
    accept(archive, &neighbour, &accepted("noms_de_fichiers"));
    import_all(house);
    import_all(house);
    import_some(house);
    house.accept(&accepted("budget_supplementaire"));
    house.accept(&accepted("dialecte_vitam"));
    house.accept(&many_units(&house.data));
    settle(archive, &house.actor, &refused("CHECK_DIGEST.INVALID"));
    // Received and settled; received and refused; received and not settled.
    deposit_spooled(archive, &house.actor, &accepted("arrete_individuel"));
    deposit_spooled(archive, &neighbour, &refused("CHECK_DIGEST.INVALID"));
    while archive.work_once().unwrap() {}
    deposit_spooled(archive, &house.actor, &accepted("budget_xml"));
    // Seen by a person: accepted, refused, still waiting.
    import_agreements(house, "human");
    for (package, seen) in [("subvention", Some(true)), ("cinq_niveaux", Some(false)), ("denomination", None)] {
        let waiting = house.settle(&accepted(package)).transfer;
        assert!(matches!(waiting.status, TransferStatus::AwaitingValidation { .. }), "{waiting:?}");
        match seen {
            Some(true) => drop(archive.validate(&house.may::<Validate>(), waiting.id).unwrap().unwrap()),
            Some(false) => drop(archive.reject(&house.may::<Validate>(), waiting.id, "Non.").unwrap().unwrap()),
            None => {}
        }
    }
    let roots = archive.roots(&house.may::<Read>(), first, None, 10).unwrap();
    for form in [Form::Delivery, Form::Transfer] {
        let units = roots.iter().map(|hit| hit.unit).collect();
        let order = Order { units, with_descendants: true, form, to: Recipient::House, version: None };
        archive.deliver(&house.may::<Read>(), &order, Vec::new()).unwrap();
    }
    token
}

fn refused(start: &str) -> PathBuf {
    fixtures::refused().into_iter().find(|fixture| fixture.name.starts_with(start)).unwrap().path
}

/// A package of many units under a few folders, with keywords, dates and rules.
pub(super) fn many_units(data: &Path) -> PathBuf {
    let folder = data.join("beaucoup");
    fs::create_dir_all(&folder).unwrap();
    let mut manifest = fs::read_to_string(accepted("sans_objet").join("manifest.xml")).unwrap();
    let start = manifest.find("<DescriptiveMetadata>").unwrap() + "<DescriptiveMetadata>".len();
    let end = manifest.find("</DescriptiveMetadata>").unwrap();
    let described: Vec<String> = (0..UNITS / 20)
        .map(|series| {
            let items: Vec<String> = (0..19)
                .map(|item| {
                    format!(
                        "<ArchiveUnit id=\"u{series}-{item}\"><Content><DescriptionLevel>Item</DescriptionLevel>\
                         <Title>Permis n° {series}/{item} délivré à l’été</Title>\
                         <OriginatingAgencyArchiveUnitIdentifier>PC-{series}-{item}</OriginatingAgencyArchiveUnitIdentifier>\
                         <StartDate>20{:02}-0{}-1{}</StartDate></Content></ArchiveUnit>",
                        series % 27,
                        item % 9 + 1,
                        item % 10
                    )
                })
                .collect();
            format!(
                "<ArchiveUnit id=\"s{series}\"><Content><DescriptionLevel>Series</DescriptionLevel>\
                 <Title>Permis de construire, registre {series}</Title></Content>{}</ArchiveUnit>",
                items.concat()
            )
        })
        .collect();
    manifest.replace_range(start..end, &described.concat());
    let (before, after) = manifest.split_once("<MessageIdentifier>").unwrap();
    fs::write(folder.join("manifest.xml"), format!("{before}<MessageIdentifier>BEAUCOUP-{after}")).unwrap();
    folder
}

pub(super) fn rebuilt_tables(store: &Store) -> BTreeMap<String, Vec<String>> {
    let mut dump = store.dump().unwrap();
    dump.retain(|table, _| !NOT_REBUILT.contains(&table.as_str()));
    dump
}

/// The first differences only: a dump is long.
pub(super) fn assert_same_tables(
    live: &BTreeMap<String, Vec<String>>,
    other: &BTreeMap<String, Vec<String>>,
    name: &str,
) {
    assert_eq!(live.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{name}");
    let mut wrong = Vec::new();
    for (table, rows) in live {
        let only = |some: &[String], others: &[String]| {
            some.iter().filter(|row| others.binary_search(row).is_err()).take(3).cloned().collect::<Vec<_>>()
        };
        let (lost, made) = (only(rows, other.get(table).unwrap()), only(other.get(table).unwrap(), rows));
        if rows != other.get(table).unwrap() {
            wrong.push(format!(
                "{table}: {} rows, then {}\n  live:    {lost:#?}\n  rebuilt: {made:#?}",
                rows.len(),
                other.get(table).unwrap().len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
}

pub(super) fn rebuild_from(volume: &Path, store: &Store) -> Rebuilt {
    let vault = Vault::open(Terms { required: Some(1), ..Terms::new(vec![volume.to_owned()], "rebuild") }).unwrap();
    rebuild::rebuild(store, &vault, &mut |_| {}).unwrap()
}

#[test]
fn either_volume_alone_gives_the_catalog_back() {
    for house in houses() {
        let token = fill(&house);
        assert!(house.archive().actor_of_token(&token).unwrap().is_some());
        let shown = shown(house.archive(), &house.actor);
        house.archive().flush().unwrap();
        let live = rebuilt_tables(house.store());
        for table in [
            "actors",
            "archives",
            "lines",
            "profiles",
            "referential_versions",
            "rules",
            "tenants",
            "transfers",
            "units",
            "words",
        ] {
            assert!(live.get(table).is_some_and(|rows| rows.len() > 1), "{table} of {:?}", live.keys());
        }
        for volume in house.volumes() {
            let engine = house.engine;
            let fresh = stores().into_iter().find(|fresh| fresh.engine == engine).unwrap();
            let rebuilt = rebuild_from(&volume, &fresh.store);
            assert_eq!(rebuilt.quarantined, Vec::<OcflId>::new());
            assert_eq!(rebuilt.lines, u64::try_from(live["lines"].len()).unwrap());
            assert_same_tables(&live, &rebuilt_tables(&fresh.store), &format!("{engine}, {}", volume.display()));
        }
        let engine = house.engine;
        let fresh = stores().into_iter().find(|fresh| fresh.engine == engine).unwrap();
        rebuild_from(&house.volumes()[0], &fresh.store);
        let config = Config { database: fresh.url.clone(), ..house.installation.config.clone() };
        let House { installation, actor, data, _folder, catalog: _catalog, .. } = house;
        drop(installation);
        config.save(&data).unwrap();
        let archive = boot::open(&data).unwrap().archive;
        assert_eq!(self::shown(&archive, &actor), shown);
        assert!(archive.actor_of_token(&token).unwrap().is_none(), "a rebuilt account is locked");
        goes_on(&archive, &actor);
    }
}

/// What a reader sees, bytes included.
fn shown(archive: &Archive, by: &Actor) -> Vec<String> {
    let may = by.mandate::<Read>().unwrap();
    let mut shown = Vec::new();
    for text in ["budget", "permis été", ""] {
        let criteria = Criteria { text: text.to_owned(), ..Criteria::default() };
        let page = archive.search(&may, &criteria, None, 100).unwrap();
        shown.push(format!("{text}: {:?} {:?}", page.total, archive.facets(&may, &criteria).unwrap()));
        shown.extend(page.hits.iter().map(|hit| format!("{hit:?}")));
        for group in page.hits.iter().filter_map(|hit| hit.group) {
            for object in archive.objects(&may, group).unwrap() {
                let Some((object, opened)) = archive.open_object(&may, object.id).unwrap() else { continue };
                let mut bytes = Vec::new();
                std::io::copy(&mut opened.verified().unwrap(), &mut bytes).unwrap();
                shown.push(format!("{object:?} {bytes:?}"));
            }
        }
    }
    shown
}

/// What waited is settled, and new deposits are taken.
fn goes_on(archive: &Archive, by: &Actor) {
    while archive.work_once().unwrap() {}
    let waiting = archive.transfers(&by.mandate::<Deposit>().unwrap(), Some("awaiting-validation"), None, 10).unwrap();
    assert!(!waiting.is_empty());
    for transfer in waiting {
        let settled = archive.validate(&by.mandate::<Validate>().unwrap(), transfer.id).unwrap().unwrap();
        assert!(matches!(settled.transfer.status, TransferStatus::Accepted { .. }), "{settled:?}");
    }
    let again = archive.deposit(&by.mandate::<Deposit>().unwrap(), archive.local(&accepted("noms_de_fichiers")));
    assert!(matches!(again.unwrap(), Receipt::Same(_)));
    let settled = settle(archive, by, &accepted("dossier_mixte"));
    assert!(matches!(settled.transfer.status, TransferStatus::AwaitingValidation { .. }), "{settled:?}");
    let verified = archive.verify(&|| {}).unwrap();
    assert!(verified.is_whole(), "{verified:?}");
}

#[test]
fn an_object_that_no_line_accepts_is_reported_and_not_catalogued() {
    for house in houses() {
        let id = house.accept(&accepted("subvention"));
        let tenant = house.actor.tenant.clone();
        let live = rebuilt_tables(house.store());
        let stray = Id::mint(Timestamp::from_millis(1_795_000_000_000).unwrap());
        let volume = house.volumes().remove(0);
        let (kept, stray) = (OcflId::archive(tenant.clone(), id), OcflId::archive(tenant, stray));
        copy_object(&volume, &kept, &stray);
        let fresh = stores().into_iter().find(|fresh| fresh.engine == house.engine).unwrap();
        let rebuilt = rebuild_from(&volume, &fresh.store);
        assert_eq!(rebuilt.quarantined, [stray]);
        assert_same_tables(&live, &rebuilt_tables(&fresh.store), house.engine);
    }
}

/// Puts a true object under another identifier beside it, as a crash between object and line would leave one.
fn copy_object(volume: &Path, from: &OcflId, to: &OcflId) {
    let vault = Vault::open(Terms { required: Some(1), ..Terms::new(vec![volume.to_owned()], "stray") }).unwrap();
    let mut staging = vault.stage(to).unwrap();
    let inventory = vault.read_all(from, &"archive.json".into()).unwrap();
    staging.put_bytes("archive.json", &inventory).unwrap();
    let staged = staging.finish("Égaré", "personne", Timestamp::from_millis(1_795_000_000_000).unwrap()).unwrap();
    let published = vault.publish(vec![staged], &[]).unwrap();
    vault.settle(published);
}

#[test]
fn an_older_copy_of_the_catalog_catches_up_when_the_archive_opens() {
    let folder = tempfile::tempdir().unwrap();
    let (data, aside) = (folder.path().join("data"), folder.path().join("copie"));
    let config = Config { reserve_bytes: 0, ..Config::default() };
    let (tenant, name) = ("sault".parse().unwrap(), "Sault-les-Bruyères".to_owned());
    let init = Init { tenant, name, archival_agency: "SLB-ARCHIVES".to_owned(), config };
    let installation = boot::init(&data, &init).unwrap();
    let actor = installation.archive.local_actor(None).unwrap();
    accept(&installation.archive, &actor, &accepted("subvention"));
    let file = installation.config.database_url(&data).strip_prefix("sqlite:").unwrap().to_owned();
    drop(installation);
    fs::copy(&file, &aside).unwrap();

    let installation = boot::open(&data).unwrap();
    let archive = &installation.archive;
    archive.issue(&actor.mandate::<Administer>().unwrap(), "Portail", &Permission::ALL, None).unwrap();
    accept(archive, &actor, &accepted("budget_supplementaire"));
    settle(archive, &actor, &refused("CHECK_DIGEST.INVALID"));
    deposit_spooled(archive, &actor, &accepted("budget_xml"));
    archive.create_tenant("voisine".parse().unwrap(), "Voisine-sur-Nesque", "VSN-ARCHIVES").unwrap();
    let neighbour = archive.local_actor(Some(&"voisine".parse().unwrap())).unwrap();
    let id = accept(archive, &neighbour, &accepted("budget_supplementaire"));
    let seen = units(archive, &neighbour, id);
    drop(installation);
    let live = rebuilt_tables(&Store::open(&format!("sqlite:{file}")).unwrap());

    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{file}{suffix}"));
    }
    fs::copy(&aside, &file).unwrap();
    let older = rebuilt_tables(&Store::open(&format!("sqlite:{file}")).unwrap());
    assert_ne!(older, live);
    let installation = boot::open(&data).unwrap();
    assert_eq!(units(&installation.archive, &neighbour, id), seen);
    drop(installation);
    let caught_up = rebuilt_tables(&Store::open(&format!("sqlite:{file}")).unwrap());
    assert_same_tables(&live, &caught_up, "an older copy");
}
